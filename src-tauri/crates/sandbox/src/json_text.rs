//! JSON as text: what is served is what was received, digit for digit.
//!
//! Parsing a resource into a tree and writing it again would turn `5.10` into `5.1` and reorder its members. A
//! record API that did so would hide from the product exactly the detail it must keep, so the sandbox edits text:
//! it drops white space, replaces single strings and stamps `meta`, and leaves every other byte alone.
//!
//! Everything here expects text that a JSON parser has accepted; on other text it answers `None`.

use std::borrow::Cow;

/// The members of an object, in order, as (name, text of the value). `None` where the text is not an object.
pub(crate) fn members(object: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let bytes = object.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    at = skip_space(bytes, at + 1);
    let mut found = Vec::with_capacity(16);
    if bytes.get(at) == Some(&b'}') {
        return Some(found);
    }
    loop {
        let name_end = string_end(bytes, at)?;
        let name = unescaped(object.get(at + 1..name_end - 1)?)?;
        at = skip_space(bytes, name_end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = skip_space(bytes, at + 1);
        let end = value_end(bytes, at)?;
        found.push((name, object.get(at..end)?));
        at = skip_space(bytes, end);
        match bytes.get(at)? {
            b',' => at = skip_space(bytes, at + 1),
            b'}' => return Some(found),
            _ => return None,
        }
    }
}

/// The elements of an array, in order, as text. `None` where the text is not an array.
pub(crate) fn elements(array: &str) -> Option<Vec<&str>> {
    let bytes = array.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'[') {
        return None;
    }
    at = skip_space(bytes, at + 1);
    let mut found = Vec::new();
    if bytes.get(at) == Some(&b']') {
        return Some(found);
    }
    loop {
        let end = value_end(bytes, at)?;
        found.push(array.get(at..end)?);
        at = skip_space(bytes, end);
        match bytes.get(at)? {
            b',' => at = skip_space(bytes, at + 1),
            b']' => return Some(found),
            _ => return None,
        }
    }
}

/// Copies JSON without white space, offering each string **value** with the name of its member to `replace`.
/// A string inside an array carries the name of the array's member. `None` from `replace` keeps the string as written.
pub(crate) fn rewrite(json: &str, mut replace: impl FnMut(&str, &str) -> Option<String>) -> Option<String> {
    let bytes = json.as_bytes();
    let mut out = String::with_capacity(json.len() / 2);
    // One member name for each open container: an object's is the one being read, an array's is inherited.
    let mut open: Vec<(bool, &str)> = Vec::with_capacity(16);
    let mut expect_name = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => at += 1,
            b'"' => {
                let end = string_end(bytes, at)?;
                let inner = json.get(at + 1..end - 1)?;
                if expect_name {
                    open.last_mut()?.1 = inner;
                    expect_name = false;
                    out.push_str(json.get(at..end)?);
                } else {
                    let name = open.last().map_or("", |frame| frame.1);
                    match replace(name, inner) {
                        Some(new) => push_quoted(&mut out, &new),
                        None => out.push_str(json.get(at..end)?),
                    }
                }
                at = end;
            }
            _ => {
                match byte {
                    b'{' => {
                        open.push((true, ""));
                        expect_name = true;
                    }
                    b'[' => {
                        let name = open.last().map_or("", |frame| frame.1);
                        open.push((false, name));
                    }
                    b'}' | b']' => {
                        open.pop()?;
                        expect_name = false;
                    }
                    b',' => expect_name = open.last()?.0,
                    _ => {}
                }
                out.push(char::from(byte));
                at += 1;
            }
        }
    }
    Some(out)
}

/// Offers each string value with its member's name, changing nothing. Strings come unescaped.
pub(crate) fn strings<'a>(json: &'a str, mut see: impl FnMut(&'a str, Cow<'a, str>)) -> Option<()> {
    let bytes = json.as_bytes();
    let mut open: Vec<(bool, &'a str)> = Vec::with_capacity(16);
    let mut expect_name = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = string_end(bytes, at)?;
                let inner = json.get(at + 1..end - 1)?;
                if expect_name {
                    open.last_mut()?.1 = inner;
                    expect_name = false;
                } else {
                    see(open.last().map_or("", |frame| frame.1), unescaped(inner)?);
                }
                at = end;
                continue;
            }
            b'{' => {
                open.push((true, ""));
                expect_name = true;
            }
            b'[' => {
                let name = open.last().map_or("", |frame| frame.1);
                open.push((false, name));
            }
            b'}' | b']' => {
                open.pop()?;
                expect_name = false;
            }
            b',' => expect_name = open.last()?.0,
            _ => {}
        }
        at += 1;
    }
    Some(())
}

/// The resource again with its type, id and `meta` first, and `meta.versionId` and `meta.lastUpdated` as given.
/// The rest of `meta`, and every other member, stays as written.
pub(crate) fn stamp(
    resource: &str,
    resource_type: &str,
    id: &str,
    version: u64,
    last_updated: &str,
) -> Option<String> {
    let all = members(resource)?;
    let mut out = String::with_capacity(resource.len() + 128);
    out.push_str("{\"resourceType\":");
    push_quoted(&mut out, resource_type);
    out.push_str(",\"id\":");
    push_quoted(&mut out, id);
    out.push_str(",\"meta\":{\"versionId\":\"");
    out.push_str(&version.to_string());
    out.push_str("\",\"lastUpdated\":");
    push_quoted(&mut out, last_updated);
    for (name, value) in &all {
        if name == "meta" {
            for (part, text) in members(value).unwrap_or_default() {
                if part != "versionId" && part != "lastUpdated" {
                    out.push(',');
                    push_quoted(&mut out, &part);
                    out.push(':');
                    out.push_str(text);
                }
            }
        }
    }
    out.push('}');
    for (name, value) in &all {
        if !matches!(name.as_ref(), "resourceType" | "id" | "meta") {
            out.push(',');
            push_quoted(&mut out, name);
            out.push(':');
            out.push_str(value);
        }
    }
    out.push('}');
    Some(out)
}

/// A string as JSON writes it, quotes included, appended to `out`.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// The value of a JSON string's text between its quotes.
pub(crate) fn unescaped(inner: &str) -> Option<Cow<'_, str>> {
    if inner.contains('\\') {
        serde_json::from_str::<String>(&format!("\"{inner}\""))
            .ok()
            .map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// The value of a JSON text that is one string.
pub(crate) fn string_value(text: &str) -> Option<Cow<'_, str>> {
    unescaped(text.strip_prefix('"')?.strip_suffix('"')?)
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
        at += 1;
    }
    at
}

/// One past the closing quote of the string that opens at `start`.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// One past the value that begins at `start`.
fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    match bytes.get(start)? {
        b'"' => string_end(bytes, start),
        b'{' | b'[' => {
            let mut depth = 0usize;
            let mut at = start;
            loop {
                match bytes.get(at)? {
                    b'"' => {
                        at = string_end(bytes, at)?;
                        continue;
                    }
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        _ => {
            let mut at = start;
            while !matches!(
                bytes.get(at),
                None | Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')
            ) {
                at += 1;
            }
            Some(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamping_keeps_numbers_order_and_the_rest_of_meta() {
        let given = r#" { "value" : 5.10, "meta": {"versionId":"9", "profile":["p"]}, "id":"a", "resourceType":"Observation", "note":"a \"quoted\" é" } "#;
        let stamped = stamp(given, "Observation", "a", 2, "2026-01-02T03:04:05.000Z").unwrap();
        assert_eq!(
            stamped,
            r#"{"resourceType":"Observation","id":"a","meta":{"versionId":"2","lastUpdated":"2026-01-02T03:04:05.000Z","profile":["p"]},"value":5.10,"note":"a \"quoted\" é"}"#
        );
    }

    #[test]
    fn rewriting_replaces_values_but_never_names() {
        let given = r#"{"urn:x": "urn:x", "list": ["urn:x", {"reference": "urn:x"}], "n": 1.0e3}"#;
        let mut seen = Vec::new();
        let out = rewrite(given, |name, text| {
            seen.push(name.to_owned());
            (text == "urn:x").then(|| "A/1".to_owned())
        })
        .unwrap();
        assert_eq!(
            out,
            r#"{"urn:x":"A/1","list":["A/1",{"reference":"A/1"}],"n":1.0e3}"#
        );
        assert_eq!(seen, ["urn:x", "list", "reference"]);
    }

    #[test]
    fn broken_text_is_refused_not_followed() {
        for broken in [
            "",
            "[]",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":\"",
            "{\"a\":{\"b\":1}",
            "{\"a\\",
        ] {
            assert!(members(broken).is_none(), "{broken}");
        }
        assert!(rewrite("}", |_, _| None).is_none());
    }

    #[test]
    fn an_escaped_slash_is_the_slash() {
        let mut found = Vec::new();
        strings(r#"{"reference":"Patient\/7"}"#, |name, text| {
            found.push((name, text.into_owned()));
        })
        .unwrap();
        assert_eq!(found, [("reference", "Patient/7".to_owned())]);
    }
}
