//! One file: its resources as text, with the references one bundle makes to itself resolved.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::modified;
use crate::json_text;
use crate::store::{Key, Prepared, is_type_name};

/// A resource on its way into the store.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) prepared: Prepared,
    /// `entry 7` or `line 7`.
    pub(super) item: String,
    /// It refers to something this file does not hold.
    pub(super) open_references: bool,
}

/// What one file held.
#[derive(Debug, Default)]
pub(super) struct FileContent {
    pub(super) modified: DateTime<Utc>,
    pub(super) resources: Vec<Pending>,
    pub(super) full_urls: Vec<(String, Key)>,
    /// (where, why).
    pub(super) left_out: Vec<(String, String)>,
}

/// Members that hold words or business identifiers, never a reference to be rewritten.
const NEVER_REFERENCES: [&str; 9] = [
    "value",
    "system",
    "text",
    "div",
    "display",
    "valueString",
    "comment",
    "fullUrl",
    "data",
];

/// Whether this string is a reference that only its own bundle or server can resolve.
pub(super) fn is_open_reference(member: &str, text: &str) -> bool {
    if NEVER_REFERENCES.contains(&member) {
        return false;
    }
    text.starts_with("urn:uuid:")
        || (member == "reference"
            && (text.starts_with("urn:oid:")
                || text
                    .split_once('?')
                    .is_some_and(|(head, query)| is_type_name(head) && query.contains('='))))
}

/// Reads a file; what cannot be read is said in the answer.
pub(super) fn read(path: &Path) -> FileContent {
    let mut content = FileContent {
        modified: modified(path),
        ..FileContent::default()
    };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(why) => {
            content.leave_out("whole file", why.kind().to_string());
            return content;
        }
    };
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(_) => {
            content.leave_out("whole file", "not UTF-8 text");
            return content;
        }
    };
    let by_line = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("ndjson"));
    if by_line {
        for (index, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            content.take(line, &format!("line {}", index + 1));
        }
    } else {
        content.take(text, "whole file");
    }
    content
}

struct BundleEntry<'a> {
    full_url: Option<String>,
    resource: &'a str,
}

impl FileContent {
    fn leave_out(&mut self, item: &str, reason: impl Into<String>) {
        self.left_out.push((item.to_owned(), reason.into()));
    }

    /// Takes a resource, or the resources of a bundle.
    fn take(&mut self, json: &str, item: &str) {
        if let Err(why) = serde_json::from_str::<serde::de::IgnoredAny>(json) {
            // Only the place: the parser's own words may quote the text.
            return self.leave_out(
                item,
                format!("not JSON (line {}, column {})", why.line(), why.column()),
            );
        }
        let Some(members) = json_text::members(json) else {
            return self.leave_out(item, "not a JSON object");
        };
        let member = |wanted: &str| {
            members
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, text)| *text)
        };
        let string = |wanted: &str| member(wanted).and_then(json_text::string_value);
        match (string("resourceType").as_deref(), string("type").as_deref()) {
            (None, _) => self.leave_out(item, "not a FHIR resource: no resourceType"),
            (Some("Bundle"), kind) => {
                let Some(entries) = member("entry").and_then(json_text::elements) else {
                    return self.leave_out(item, "a bundle without entries");
                };
                // The newest version comes first in a history, and must be stored last.
                let newest_first = kind == Some("history");
                self.take_bundle(&entries, item, newest_first);
            }
            (Some(_), _) => {
                self.take_resource(json, item, None, &HashMap::new());
            }
        }
    }

    fn take_bundle(&mut self, entries: &[&str], item: &str, newest_first: bool) {
        let place = |index: usize| match item {
            "whole file" => format!("entry {}", index + 1),
            line => format!("{line}, entry {}", index + 1),
        };
        let mut found = Vec::with_capacity(entries.len());
        let mut keys: HashMap<String, Key> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let Some(members) = json_text::members(entry) else {
                self.leave_out(&place(index), "an entry that is not an object");
                continue;
            };
            let member = |wanted: &str| {
                members
                    .iter()
                    .find(|(name, _)| name == wanted)
                    .map(|(_, text)| *text)
            };
            let full_url = member("fullUrl")
                .and_then(json_text::string_value)
                .map(std::borrow::Cow::into_owned);
            let Some(resource) = member("resource") else {
                // A deletion or a response carries none, and that is no loss.
                if member("request").is_none() && member("response").is_none() {
                    self.leave_out(&place(index), "an entry without a resource");
                }
                continue;
            };
            if let (Some(url), Some(key)) = (&full_url, key_of(resource, full_url.as_deref())) {
                keys.insert(url.clone(), key);
            }
            found.push((index, BundleEntry { full_url, resource }));
        }
        if newest_first {
            found.reverse();
        }
        for (index, entry) in found {
            self.take_resource(entry.resource, &place(index), entry.full_url.as_deref(), &keys);
        }
        self.full_urls.extend(keys);
    }

    fn take_resource(&mut self, json: &str, item: &str, full_url: Option<&str>, keys: &HashMap<String, Key>) {
        let open = Cell::new(false);
        let text = json_text::rewrite(json, |member, text| {
            let own =
                (text.starts_with("urn:") || member == "reference") && !NEVER_REFERENCES.contains(&member);
            match own.then(|| keys.get(text)).flatten() {
                Some(key) => Some(key.to_string()),
                None => {
                    open.set(open.get() || is_open_reference(member, text));
                    None
                }
            }
        });
        let Some(text) = text else {
            return self.leave_out(item, "not a JSON object");
        };
        let given = id_from_url(full_url).unwrap_or_else(|| {
            // Content names what nothing else names: the same text gets the same id at every start.
            uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
        });
        match Prepared::read_or_named(text, Some(&given)) {
            Ok(prepared) => {
                self.resources.push(Pending {
                    prepared,
                    item: item.to_owned(),
                    open_references: open.get(),
                });
            }
            Err(why) => self.leave_out(item, why.to_string()),
        }
    }
}

/// The key a resource will have, as far as it says so.
fn key_of(resource: &str, full_url: Option<&str>) -> Option<Key> {
    let members = json_text::members(resource)?;
    let string = |wanted: &str| {
        let found = members.iter().find(|(name, _)| name == wanted);
        found
            .and_then(|(_, text)| json_text::string_value(text))
            .map(std::borrow::Cow::into_owned)
    };
    let id = string("id").or_else(|| id_from_url(full_url))?;
    Some(Key::new(&string("resourceType")?, &id))
}

fn id_from_url(full_url: Option<&str>) -> Option<String> {
    let url = full_url?;
    let id = url.strip_prefix("urn:uuid:").or_else(|| url.rsplit('/').next())?;
    crate::store::is_id(id).then(|| id.to_owned())
}
