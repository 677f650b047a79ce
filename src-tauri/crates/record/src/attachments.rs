//! Documents and pictures inside a resource: what each is, whether it can be drawn, and its bytes.
//!
//! What a document is, its first bytes say; what it says of itself only makes up the words. A document too large to be
//! drawn on a small laptop is named with what to do instead, never half drawn.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use curlew_fhir::{Attachment, Resource, Value, read_resource};
use thiserror::Error;

use crate::view::{AttachmentKind, AttachmentView};

/// The largest document drawn, in bytes.
pub const LARGEST: usize = 24 * 1024 * 1024;

/// The largest picture drawn, in pixels: four bytes each in the web view.
const MOST_PIXELS: usize = 48_000_000;

/// The longest side of a picture drawn, in pixels.
const LONGEST_SIDE: usize = 16_000;

/// How far into a file a PDF's header may stand (ISO 32000-1, Annex H, note 13).
const HEADER_WITHIN: usize = 1024;

/// Why a document's bytes are not given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotDrawn {
    /// The resource holds no such document.
    #[error("there is no such document")]
    NoSuchDocument,
    /// It is not drawn, for a reason in words.
    #[error("the document cannot be drawn")]
    Refused(String),
}

/// A document that can be drawn.
#[derive(Clone, PartialEq, Eq)]
pub struct Drawable {
    /// PDF or image.
    pub kind: AttachmentKind,
    /// Told from its bytes.
    pub media_type: &'static str,
    /// Its bytes, base64 without white space.
    pub data: String,
}

/// Every document and picture in `resource`, in its own order.
#[must_use]
pub fn attachments(resource: &Resource) -> Vec<AttachmentView> {
    held(resource)
        .iter()
        .enumerate()
        .map(|(index, held)| {
            let judged = judge(held);
            AttachmentView {
                index: u32::try_from(index).unwrap_or(u32::MAX),
                kind: judged.kind,
                title: held.title.unwrap_or("Document").trim().to_owned(),
                words: judged.words,
                refusal: judged.refusal,
            }
        })
        .collect()
}

/// One document of the resource in `raw`, for drawing.
///
/// # Errors
/// When there is no such document, or it is not drawn.
pub fn drawable(raw: &str, index: u32) -> Result<Drawable, NotDrawn> {
    let reading = read_resource(raw).map_err(|_| NotDrawn::NoSuchDocument)?;
    let all = held(&reading.value);
    let held = all.get(index as usize).ok_or(NotDrawn::NoSuchDocument)?;
    let judged = judge(held);
    match (judged.refusal, judged.kind, judged.media_type) {
        (Some(why), ..) => Err(NotDrawn::Refused(why)),
        (None, kind @ (AttachmentKind::Pdf | AttachmentKind::Image), Some(media_type)) => Ok(Drawable {
            kind,
            media_type,
            data: tight(held.data.unwrap_or_default()),
        }),
        _ => Err(NotDrawn::Refused(
            "This is text: it is shown as the original text.".to_owned(),
        )),
    }
}

/// An attachment, wherever it stands.
struct Held<'a> {
    title: Option<&'a str>,
    declared: Option<&'a str>,
    data: Option<&'a str>,
    elsewhere: bool,
}

fn held(resource: &Resource) -> Vec<Held<'_>> {
    match resource {
        Resource::DocumentReference(document) => document
            .content
            .iter()
            .filter_map(|content| content.attachment.as_ref())
            // Its bytes stand in a Binary of their own, which is opened beside it.
            .filter(|attachment| attachment.data.is_some() || !in_a_binary(attachment))
            .map(of)
            .collect(),
        Resource::Binary(binary) => vec![Held {
            title: None,
            declared: binary.content_type.as_deref(),
            data: binary.data.as_deref(),
            elsewhere: false,
        }],
        Resource::Communication(communication) => communication
            .payload
            .iter()
            .filter_map(|payload| match &payload.content {
                Some(Value::Attachment(attachment)) => Some(of(attachment)),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn in_a_binary(attachment: &Attachment) -> bool {
    attachment
        .url
        .as_deref()
        .is_some_and(|url| url.contains("Binary/"))
}

fn of(attachment: &Attachment) -> Held<'_> {
    Held {
        title: attachment.title.as_deref(),
        declared: attachment.content_type.as_deref(),
        data: attachment.data.as_deref(),
        elsewhere: attachment.url.is_some(),
    }
}

struct Judged {
    kind: AttachmentKind,
    media_type: Option<&'static str>,
    words: String,
    refusal: Option<String>,
}

impl Judged {
    fn not(words: String, refusal: &str) -> Self {
        Self {
            kind: AttachmentKind::Other,
            media_type: None,
            words,
            refusal: Some(refusal.to_owned()),
        }
    }
}

/// FHIR's base64Binary may be broken over lines.
fn tight(data: &str) -> String {
    data.split_ascii_whitespace().collect()
}

fn judge(held: &Held<'_>) -> Judged {
    let declared = held
        .declared
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let Some(data) = held.data else {
        let words = "Not in this copy".to_owned();
        return if held.elsewhere {
            Judged::not(
                words,
                "The record names this document but did not send it. Open it in the system of the organisation that holds it.",
            )
        } else {
            Judged::not(
                words,
                "The record describes this document but holds nothing of it. Ask the organisation that wrote it.",
            )
        };
    };
    // Before anything is decoded: base64 is four characters for three bytes.
    if data.len() / 4 * 3 > LARGEST + HEADER_WITHIN {
        return Judged::not(
            format!("{} or more", size_words(LARGEST)),
            "This document is too large to be drawn here. Open it in the system of the organisation that holds it.",
        );
    }
    let Ok(bytes) = STANDARD.decode(tight(data)) else {
        return Judged::not(
            "Damaged".to_owned(),
            "This document arrived damaged and cannot be shown. Load the patient again; if it stays so, ask the organisation that wrote it.",
        );
    };
    let size = size_words(bytes.len());
    if bytes.is_empty() {
        return Judged::not(
            "Empty".to_owned(),
            "This document arrived empty. Ask the organisation that wrote it.",
        );
    }
    if is_pdf(&bytes) {
        return Judged {
            kind: AttachmentKind::Pdf,
            media_type: Some("application/pdf"),
            words: format!("PDF, {size}"),
            refusal: None,
        };
    }
    if let Some((name, media_type)) = picture(&bytes) {
        return drawn_picture(&bytes, name, media_type, &size);
    }
    if matches!(bytes.get(..4), Some(b"II*\0" | b"MM\0*")) {
        return Judged::not(
            format!("Scanned picture (TIFF), {size}"),
            "Curlew cannot draw TIFF scans. Open it in the system of the organisation that holds it, or ask them for a PDF.",
        );
    }
    if declared.starts_with("text/") || declared == "application/xhtml+xml" {
        return Judged {
            kind: AttachmentKind::Text,
            media_type: None,
            words: format!("Text, {size}"),
            refusal: None,
        };
    }
    if declared == "application/pdf" || declared.starts_with("image/") {
        return Judged::not(
            size,
            "This document is not what it says it is, so it is not drawn. Ask the organisation that wrote it to send it again.",
        );
    }
    let words = if declared.is_empty() {
        format!("Kind not stated, {size}")
    } else {
        format!("{declared}, {size}")
    };
    Judged::not(
        words,
        "Curlew draws PDF documents and PNG, JPEG, GIF, WebP and BMP pictures. Open this one in the system of the organisation that holds it.",
    )
}

fn is_pdf(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEADER_WITHIN.min(bytes.len())).unwrap_or_default();
    head.windows(5).any(|window| window == b"%PDF-")
}

fn picture(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(("PNG", "image/png"))
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(("JPEG", "image/jpeg"))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some(("GIF", "image/gif"))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(("WebP", "image/webp"))
    } else if bytes.starts_with(b"BM") && bytes.get(14..18) == Some(&[40, 0, 0, 0]) {
        Some(("BMP", "image/bmp"))
    } else {
        None
    }
}

fn drawn_picture(bytes: &[u8], name: &str, media_type: &'static str, size: &str) -> Judged {
    let Ok(pixels) = imagesize::blob_size(bytes) else {
        return Judged::not(
            format!("Picture ({name}), {size}"),
            "This picture is damaged and cannot be drawn. Ask the organisation that wrote it to send it again.",
        );
    };
    let words = format!(
        "Picture ({name}), {} \u{d7} {}, {size}",
        pixels.width, pixels.height
    );
    if pixels.width.max(pixels.height) > LONGEST_SIDE
        || pixels.width.saturating_mul(pixels.height) > MOST_PIXELS
    {
        return Judged::not(
            words,
            "This picture is too large to be drawn here. Open it in the system of the organisation that holds it.",
        );
    }
    Judged {
        kind: AttachmentKind::Image,
        media_type: Some(media_type),
        words,
        refusal: None,
    }
}

/// "812 bytes", "34 kB", "2.4 MB".
fn size_words(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", (bytes + 500) / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(declared: &str, bytes: &[u8]) -> String {
        let data = STANDARD.encode(bytes);
        format!(r#"{{"resourceType":"Binary","id":"b","contentType":"{declared}","data":"{data}"}}"#)
    }

    fn view(raw: &str) -> AttachmentView {
        let mut all = attachments(&read_resource(raw).expect("it is a resource").value);
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// A PNG's first chunk: enough to say how large it is.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn bytes_say_what_a_document_is_and_its_label_does_not() {
        let pdf = view(&binary("image/png", b"%PDF-1.4 and so on"));
        assert_eq!((pdf.kind, pdf.refusal), (AttachmentKind::Pdf, None));
        let page = view(&binary("application/pdf", b"<html><script>alert(1)</script>"));
        assert_eq!(page.kind, AttachmentKind::Other);
        assert!(
            page.refusal
                .expect("it is refused")
                .contains("not what it says it is")
        );
        assert!(drawable(&binary("application/pdf", b"<html>"), 0).is_err());
    }

    #[test]
    fn a_picture_is_drawn_when_it_fits_and_named_when_it_does_not() {
        let small = view(&binary("image/png", &png(1200, 800)));
        assert_eq!(small.kind, AttachmentKind::Image);
        assert!(
            small.words.starts_with("Picture (PNG), 1200 \u{d7} 800"),
            "{}",
            small.words
        );
        let bomb = view(&binary("image/png", &png(60_000, 60_000)));
        assert!(bomb.refusal.expect("it is refused").contains("too large"));
        assert!(drawable(&binary("image/png", &png(15_000, 15_000)), 0).is_err());
        let drawn = drawable(&binary("image/jpeg", &png(10, 10)), 0).ok();
        assert_eq!(drawn.map(|drawn| drawn.media_type), Some("image/png"));
    }

    #[test]
    fn a_scan_that_cannot_be_drawn_says_what_to_do() {
        let tiff = view(&binary("image/tiff", b"II*\0rest"));
        assert!(
            tiff.refusal
                .expect("it is refused")
                .contains("ask them for a PDF")
        );
    }

    #[test]
    fn a_document_held_in_a_binary_is_drawn_from_there_only() {
        let raw = r#"{"resourceType":"DocumentReference","id":"d","content":[
            {"attachment":{"contentType":"application/pdf","url":"Binary/b"}},
            {"attachment":{"contentType":"application/pdf","url":"https://record.example/letters/7"}}]}"#;
        let only = view(raw);
        assert_eq!(only.words, "Not in this copy");
        assert_eq!(drawable(raw, 1).err(), Some(NotDrawn::NoSuchDocument));
    }
}
