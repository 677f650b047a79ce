//! Documents, and the lists that say what belongs together.

use curlew_fhir::{Binary, Composition, DocumentReference, List, Section};

use super::{Draft, moment};
use crate::{
    care_setting,
    fact::{ListFact, Named, Subject, all_words, code_words, concept_words, first_words},
    narrative, safety,
    view::{LineKind, MarkTone},
};

pub(super) fn document(draft: &mut Draft, it: &DocumentReference) {
    draft.fact.kind = LineKind::Document;
    draft.fact.section = 38;
    let attached = it.content.iter().filter_map(|c| c.attachment.as_ref());
    draft.title_from(it.type_.as_ref());
    let name = it
        .description
        .clone()
        .or_else(|| attached.clone().find_map(|a| a.title.clone()));
    if draft.title.is_empty() {
        draft.title = name
            .clone()
            .or_else(|| first_words(&it.category))
            .unwrap_or_else(|| "Document, not described".to_owned());
    }
    if name.as_ref().is_some_and(|n| *n != draft.title) {
        draft.text(name);
    }
    for attachment in attached {
        let kind = attachment.content_type.as_deref().map(media_words);
        let held =
            attachment.data.is_some() || attachment.url.as_deref().is_some_and(|u| u.contains("Binary/"));
        draft.text(kind.map(|kind| {
            if held {
                kind
            } else {
                format!("{kind}, held at source")
            }
        }));
        if let Some(binary) = attachment
            .url
            .as_deref()
            .and_then(|url| url.find("Binary/").map(|at| &url[at..]))
        {
            let key = binary.split(['?', '#']).next().unwrap_or(binary);
            let key = key.split("/_history/").next().unwrap_or(key);
            draft.fact.parts.push(Named {
                key: Some(key.into()),
                words: None,
            });
        }
    }
    if safety::about_resuscitation(&draft.fact.codes, &draft.title) {
        draft.fact.section = 37;
    }
    let context = it.context.as_ref();
    draft.fact.when = context
        .and_then(|c| c.period.as_ref())
        .and_then(|p| moment(p.start.as_ref()));
    draft.when(it.date.as_ref());
    draft.recorded(it.date.as_ref());
    if let Some(context) = context {
        let setting: Vec<_> = context
            .practice_setting
            .iter()
            .chain(&context.facility_type)
            .collect();
        draft.fact.origin.by_class = care_setting::by_class(None, &setting).map(Box::new);
        draft.encounter(context.encounter.first());
        draft.refers(&context.related);
    }
    draft.organisation(it.custodian.as_ref());
    for author in &it.author {
        draft.who("by ", Some(author));
    }
    draft.fact.not_at_bedside = draft
        .fact
        .not_at_bedside
        .or_else(|| crate::bedside::of_concepts(&it.security_label));
    for label in &it.security_label {
        let restricted = label
            .coding
            .iter()
            .any(|c| matches!(c.code.as_deref(), Some("R" | "V" | "NOPAT")));
        if restricted {
            let words = concept_words(label).unwrap_or_else(|| "restricted".to_owned());
            draft.mark(MarkTone::Check, words);
        }
    }
    match it.status.as_deref() {
        Some("superseded") => draft.mark(MarkTone::Check, "superseded by a newer document"),
        other => draft.status(other, &["current"]),
    }
    draft.status(it.doc_status.as_deref(), &["final"]);
}

fn media_words(media: &str) -> String {
    let plain = media.split(';').next().unwrap_or(media).trim();
    match plain {
        "application/pdf" => "PDF".to_owned(),
        "text/plain" => "plain text".to_owned(),
        "text/html" => "web page".to_owned(),
        "image/tiff" => "scanned image".to_owned(),
        "application/rtf" | "text/rtf" => "word-processed document".to_owned(),
        other if other.starts_with("image/") => "image".to_owned(),
        other if other.starts_with("audio/") => "sound".to_owned(),
        other if other.starts_with("video/") => "video".to_owned(),
        other => other.to_owned(),
    }
}

pub(super) fn composition(draft: &mut Draft, it: &Composition) {
    draft.fact.kind = LineKind::Document;
    draft.fact.section = 38;
    draft.title_from(it.type_.as_ref());
    if let Some(title) = it.title.clone().filter(|t| !t.trim().is_empty()) {
        let kind = std::mem::replace(&mut draft.title, title);
        if kind != draft.title {
            draft.text(kind);
        }
    }
    let mut sections = Vec::new();
    section_words(&it.section, &mut sections);
    for words in sections {
        draft.text(words);
    }
    let words = draft.title.to_lowercase();
    if safety::about_resuscitation(&draft.fact.codes, &draft.title) {
        draft.fact.section = 37;
    } else if words.contains("about me") {
        draft.fact.section = 3;
    }
    draft.when(it.date.as_ref());
    draft.organisation(it.custodian.as_ref());
    for author in &it.author {
        draft.who("by ", Some(author));
    }
    draft.status(it.status.as_deref(), &["final"]);
    draft.encounter(it.encounter.as_ref());
    // The sections refer to entries that are lines of their own; the text is what the author wrote.
}

fn section_words(sections: &[Section], words: &mut Vec<String>) {
    for section in sections {
        let heading = section
            .title
            .clone()
            .or_else(|| section.code.as_ref().and_then(concept_words));
        let text = section
            .text
            .as_ref()
            .and_then(|n| n.div.as_deref())
            .map(narrative::plain_text);
        let empty = section
            .empty_reason
            .as_ref()
            .and_then(concept_words)
            .map(|r| format!("empty: {}", code_words(&r)));
        match (heading, text.filter(|t| !t.is_empty()).or(empty)) {
            (Some(heading), Some(text)) => words.push(format!("{heading}: {}", text.replace('\n', ", "))),
            (heading, text) => words.extend(heading.or(text)),
        }
        section_words(&section.section, words);
    }
}

pub(super) fn binary(draft: &mut Draft, it: &Binary) {
    draft.fact.kind = LineKind::Document;
    draft.fact.section = 38;
    draft.fact.event = false;
    let kind = it
        .content_type
        .as_deref()
        .map_or_else(|| "kind not stated".to_owned(), media_words);
    draft.title = format!("File without a description, {kind}");
}

pub(super) fn list(draft: &mut Draft, it: &List) {
    draft.fact.kind = LineKind::Other;
    draft.fact.event = false;
    draft.title_from(it.code.as_ref());
    if let Some(title) = it.title.clone().filter(|t| !t.trim().is_empty()) {
        draft.title = title;
    }
    if draft.title.is_empty() {
        draft.title = "List".to_owned();
    }
    draft.when(it.date.as_ref());
    let title = draft.title.clone();
    let words = title.to_lowercase();
    let allergies = words.contains("allerg") || draft.has_code("52472-8") || draft.has_code("48765-2");
    // A list is a container: its entries stand in their sections, and what it says of a section is said there.
    draft.fact.section = 0;
    let kept = it.entry.iter().filter(|e| e.deleted != Some(true));
    let entries: Vec<Named> = kept
        .filter_map(|e| e.item.as_ref())
        .map(|item| draft.named(item))
        .collect();
    let empty_reason = it
        .empty_reason
        .as_ref()
        .and_then(concept_words)
        .map(|w| code_words(w.trim_start_matches("code ")));
    draft.labelled("empty: ", empty_reason.clone());
    if empty_reason.is_none() {
        draft.text(match entries.len() {
            0 => "no entries".to_owned(),
            1 => "1 entry".to_owned(),
            n => format!("{n} entries"),
        });
    }
    let warnings: Vec<String> = it
        .base
        .extension
        .iter()
        .filter(|e| {
            e.url
                .as_deref()
                .is_some_and(|u| u.to_ascii_lowercase().contains("warningcode"))
        })
        .filter_map(|e| e.value.as_ref())
        .filter_map(super::words::value_words)
        .map(|code| warning_words(&code))
        .collect();
    for warning in &warnings {
        draft.mark(MarkTone::Check, warning.clone());
    }
    draft.title = format!("List: {title}");
    draft.notes(&it.note);
    draft.who("by ", it.source.as_ref());
    draft.text(all_words(it.ordered_by.as_slice()).map(|o| format!("ordered by {}", code_words(&o))));
    draft.status(it.status.as_deref(), &["current"]);
    draft.fact.subject = Subject::List(Box::new(ListFact {
        title,
        allergies,
        ended: allergies && (words.contains("ended") || words.contains("resolved")),
        entries,
        nil_known: it
            .empty_reason
            .as_ref()
            .is_some_and(|r| r.coding.iter().any(|c| c.code.as_deref() == Some("nilknown"))),
        empty_reason,
        warnings,
    }));
}

/// GP Connect's list warning codes in words.
fn warning_words(code: &str) -> String {
    // Sent as a code, or as the words of its display: `data-in-transit`, "Data in Transit".
    match code.trim().to_lowercase().replace(' ', "-").as_str() {
        "data-in-transit" => "more is on its way from another practice and has not been filed".to_owned(),
        "data-awaiting-filing" => "more has arrived at the source and has not been filed".to_owned(),
        "confidential-items" => "items marked confidential are not included".to_owned(),
        "opted-out" => "the patient has opted out of sharing this list".to_owned(),
        _ => format!("the source warns: {}", code_words(code)),
    }
}
