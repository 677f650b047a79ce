//! The source drawer: one line opened into the resources behind it.

use chrono::{DateTime, Utc};
use curlew_fhir::read_resource;

use crate::{
    attachments::attachments,
    display::Moment,
    fact::{Part, Said, code_words},
    facts::{fact_of, words::type_words},
    original_text::original_text,
    view::{LabelledText, Line, SourceResource, SourceView},
};

/// One resource behind a line, as stored.
#[derive(Debug, Clone, Copy)]
pub struct SourceInput<'a> {
    /// The JSON text, verbatim as received.
    pub raw: &'a str,
    /// When this version reached us.
    pub received: DateTime<Utc>,
    /// When the source last changed it (`meta.lastUpdated`), when stated.
    pub recorded: Option<DateTime<Utc>>,
}

/// Everything known about one line, for the source drawer.
pub fn source_view(line: &Line, resources: &[SourceInput<'_>]) -> SourceView {
    SourceView {
        line: line.clone(),
        resources: resources.iter().map(opened).collect(),
        as_at: None,
    }
}

fn opened(input: &SourceInput<'_>) -> SourceResource {
    let received = LabelledText {
        label: "Received here".to_owned(),
        text: Moment::Instant(input.received).text(),
    };
    let reading = match read_resource(input.raw) {
        Ok(reading) => reading,
        Err(error) => {
            return SourceResource {
                resource: "resource that could not be read".to_owned(),
                facts: vec![received],
                text: None,
                raw: indented(input.raw),
                issues: vec![error.to_string()],
                attachments: Vec::new(),
            };
        }
    };
    let resource = &reading.value;
    let base = resource.base();
    let id = base.id.as_deref().unwrap_or("(no id)#0");
    let name = format!("{}/{id}", resource.resource_type());
    let at = input.received.timestamp_millis();
    let fact = fact_of(name, at, 0, &[], &reading, &mut Said::default());

    let mut facts: Vec<LabelledText> = Vec::new();
    let mut add = |label: &str, text: Option<String>| {
        if let Some(text) = text.filter(|t| !t.trim().is_empty()) {
            facts.push(LabelledText {
                label: label.to_owned(),
                text,
            });
        }
    };
    add("Type", Some(type_words(resource.resource_type())));
    add("Status", resource.status().map(code_words));
    add(
        "Happened",
        fact.when
            .map(|m| m.text())
            .or_else(|| Some("Not recorded".to_owned())),
    );
    add("Recorded", fact.recorded.map(|m| m.text()));
    add(
        "Last changed at source",
        input.recorded.map(|at| Moment::Instant(at).text()),
    );
    for part in &fact.details {
        match part {
            Part::Text(text) => add("Says", Some(text.to_string())),
            Part::Who(before, named) => {
                let name = named
                    .words
                    .as_ref()
                    .or(named.key.as_ref())
                    .map(ToString::to_string);
                add(&label_of(before), name);
            }
        }
    }
    for code in &fact.codes {
        add("Code", Some(format!("{} in {}", code.code, code.system)));
    }
    for identifier in &fact.identifiers {
        add("Identifier", Some(identifier.replace('|', " ")));
    }
    add("System", base.meta.source.clone());
    add("Version", base.meta.version_id.clone());
    for modifier in &base.modifiers {
        add(
            "Modifier not understood",
            Some(format!("{} {}", modifier.path, modifier.url)),
        );
    }
    for absent in &base.absent {
        add(
            "Said to be absent",
            Some(format!("{}: {}", absent.path, code_words(&absent.reason))),
        );
    }
    facts.push(received);

    let text = original_text(resource);
    SourceResource {
        resource: fact.resource,
        facts,
        text,
        raw: indented(input.raw),
        issues: reading.issues.iter().map(ToString::to_string).collect(),
        attachments: attachments(resource),
    }
}

/// A label from the words that stand before a name on the line: "by " gives "By".
fn label_of(before: &str) -> String {
    let words = before.trim().trim_end_matches(':');
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Refers to".to_owned(),
    }
}

/// The JSON indented for reading. Only white space between tokens changes: every string and every digit stays
/// as received, which parsing and printing again would not promise.
pub(crate) fn indented(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + raw.len() / 4);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = raw.chars().peekable();
    while let Some(c) = characters.next() {
        if in_string {
            out.push(c);
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while characters.next_if(|c| c.is_whitespace()).is_some() {}
                match characters.next_if(|c| matches!(c, '}' | ']')) {
                    Some(close) => out.push(close),
                    None => {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    // Depth is bounded by what could be stored; a hostile depth only costs its own white space.
    out.extend(std::iter::repeat_n("  ", depth.min(64)));
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn indenting_changes_white_space_only() {
        let raw = r#"{"a":5.0,"b":[1e2, {"c":"x, {y}: \"z\""}],"d":[],"e":{ }}"#;
        let shown = indented(raw);
        assert!(
            shown.contains("\"a\": 5.0,") && shown.contains("1e2") && shown.contains(r#""x, {y}: \"z\"""#)
        );
        assert!(shown.contains("\"d\": [],") && shown.contains("\"e\": {}"));
        let tight = |s: &str| {
            let value: serde_json::Value = serde_json::from_str(s).expect("still JSON");
            value
        };
        assert_eq!(tight(&shown), tight(raw));
    }
}
