//! The original text of a resource, for the source drawer: what its author wrote, as plain text.
//!
//! Narrative, text documents held in the record, the sections of a composition, the words of a message. A document
//! that is not text is named instead, so that the drawer never looks empty when something is there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use curlew_fhir::{Attachment, Narrative, Resource, Section, Value};

use crate::narrative;

/// Sections inside sections shown at most; R4 sets no limit, and a screen must.
const MAX_DEPTH: usize = 8;

/// Everything `resource` holds in its author's own words; `None` when it holds none.
pub(crate) fn original_text(resource: &Resource) -> Option<String> {
    let mut parts: Vec<String> = narrative_text(resource.base().text.as_ref())
        .into_iter()
        .collect();
    match resource {
        Resource::DocumentReference(document) => {
            let attachments = document
                .content
                .iter()
                .filter_map(|content| content.attachment.as_ref());
            parts.extend(attachments.filter_map(attached));
        }
        Resource::Binary(binary) => {
            parts.extend(content(binary.content_type.as_deref(), binary.data.as_deref()));
        }
        Resource::Composition(composition) => {
            for section in &composition.section {
                section_text(section, 0, &mut parts);
            }
        }
        Resource::Communication(communication) => {
            parts.extend(
                communication
                    .payload
                    .iter()
                    .filter_map(|payload| match &payload.content {
                        Some(Value::Text(text)) => Some(text.trim().to_owned()),
                        Some(Value::Attachment(attachment)) => attached(attachment),
                        _ => None,
                    }),
            );
        }
        _ => {}
    }
    parts.retain(|part| !part.is_empty());
    parts.dedup();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn narrative_text(narrative: Option<&Narrative>) -> Option<String> {
    narrative?
        .div
        .as_deref()
        .map(narrative::plain_text)
        .filter(|text| !text.is_empty())
}

fn section_text(section: &Section, depth: usize, parts: &mut Vec<String>) {
    if depth == MAX_DEPTH {
        parts.push("More sections follow, nested too deeply to be shown here.".to_owned());
        return;
    }
    let title = section
        .title
        .as_deref()
        .map(str::trim)
        .filter(|title| !title.is_empty());
    let text = narrative_text(section.text.as_ref());
    match (title, text) {
        (Some(title), Some(text)) => parts.push(format!("{title}\n{text}")),
        (Some(title), None) if section.section.is_empty() => {
            parts.push(format!("{title}\n(nothing written)"))
        }
        (Some(title), None) => parts.push(title.to_owned()),
        (None, Some(text)) => parts.push(text),
        (None, None) => {}
    }
    for section in &section.section {
        section_text(section, depth + 1, parts);
    }
}

fn attached(attachment: &Attachment) -> Option<String> {
    content(attachment.content_type.as_deref(), attachment.data.as_deref())
}

/// Text as text; anything else by its kind and size. `None` when there are no bytes here at all.
fn content(content_type: Option<&str>, data: Option<&str>) -> Option<String> {
    // FHIR's base64Binary may be broken over lines.
    let data: String = data?.split_ascii_whitespace().collect();
    let Ok(bytes) = STANDARD.decode(data) else {
        return Some("The document held here is damaged and cannot be shown.".to_owned());
    };
    let kind = content_type.unwrap_or_default();
    let essence = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let size = bytes.len();
    match essence.as_str() {
        "text/html" | "application/xhtml+xml" => {
            Some(narrative::plain_text(&String::from_utf8_lossy(&bytes)))
        }
        essence if essence.starts_with("text/") => Some(String::from_utf8_lossy(&bytes).trim().to_owned()),
        "application/pdf" => Some(format!("A PDF of {size} bytes is kept here.")),
        essence if essence.starts_with("image/") => Some(format!("A picture of {size} bytes is kept here.")),
        "" => Some(format!(
            "A document of {size} bytes is kept here; its kind is not stated."
        )),
        other => Some(format!(
            "A document of {size} bytes is kept here ({other}). Curlew cannot show it."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curlew_fhir::read_resource;

    fn text_of(json: &str) -> Option<String> {
        original_text(&read_resource(json).unwrap().value)
    }

    #[test]
    fn a_plain_text_letter_is_shown_as_written() {
        let data = STANDARD.encode("Dear colleague,\nPlease review warfarin.\n");
        let json = format!(
            r#"{{"resourceType":"Binary","id":"b","contentType":"text/plain; charset=utf-8","data":"{data}"}}"#
        );
        assert_eq!(
            text_of(&json).as_deref(),
            Some("Dear colleague,\nPlease review warfarin.")
        );
    }

    #[test]
    fn html_is_reduced_to_its_words() {
        let data = STANDARD.encode("<p>Seen at <b>home</b></p><script>alert(1)</script>");
        let json = format!(
            r#"{{"resourceType":"DocumentReference","content":[{{"attachment":{{"contentType":"text/html","data":"{data}"}}}}]}}"#
        );
        let text = text_of(&json).unwrap();
        assert!(
            text.contains("Seen at home") && !text.contains('<') && !text.contains("alert"),
            "{text}"
        );
    }

    #[test]
    fn a_pdf_and_damaged_bytes_are_named_not_silent() {
        let pdf = STANDARD.encode("%PDF-1.4");
        let json = format!(r#"{{"resourceType":"Binary","contentType":"application/pdf","data":"{pdf}"}}"#);
        assert_eq!(text_of(&json).as_deref(), Some("A PDF of 8 bytes is kept here."));
        let damaged = r#"{"resourceType":"Binary","contentType":"text/plain","data":"***"}"#;
        assert_eq!(
            text_of(damaged).as_deref(),
            Some("The document held here is damaged and cannot be shown.")
        );
        assert_eq!(
            text_of(r#"{"resourceType":"Binary","contentType":"text/plain"}"#),
            None
        );
    }

    #[test]
    fn every_section_of_a_composition_is_there_in_order() {
        let json = r#"{"resourceType":"Composition","section":[
            {"title":"Diagnosis","text":{"status":"generated","div":"<div>Pneumonia</div>"}},
            {"title":"Plan","section":[{"title":"Medicines","text":{"status":"generated","div":"<div>Stop warfarin</div>"}}]},
            {"title":"Allergies"}]}"#;
        assert_eq!(
            text_of(json).as_deref(),
            Some("Diagnosis\nPneumonia\n\nPlan\n\nMedicines\nStop warfarin\n\nAllergies\n(nothing written)")
        );
    }

    #[test]
    fn a_message_is_shown_in_its_own_words() {
        let json =
            r#"{"resourceType":"Communication","payload":[{"contentString":"Family asks for a call."}]}"#;
        assert_eq!(text_of(json).as_deref(), Some("Family asks for a call."));
    }
}
