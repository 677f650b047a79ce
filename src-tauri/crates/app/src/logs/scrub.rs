//! The last wall before the log: what could name somebody is taken out of a line, whoever wrote it there.

/// As many digits in a row, blanks and hyphens between them or not, are an NHS number, a telephone number or an id.
const LONG_NUMBER: usize = 9;

/// Types whose references name somebody: `Patient/17`.
const REFERENCES: [&str; 4] = ["Patient/", "Person/", "RelatedPerson/", "Practitioner/"];

/// A line without the path of any web address, the id of any reference to a person, or any long number.
#[must_use]
pub fn scrub(line: &str) -> String {
    without_numbers(&without_references(&without_paths(line)))
}

/// Keeps scheme, host and port of each address.
fn without_paths(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let host = after
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || "-._:[]@".contains(letter)))
            .unwrap_or(after.len());
        // A name and password before the host are nobody's business either.
        clean.push_str(after[..host].rsplit('@').next().unwrap_or_default());
        let address_ends = after[host..]
            .find(|letter: char| letter.is_whitespace() || "\"'<>)}]".contains(letter))
            .map_or(after.len(), |end| host + end);
        if address_ends > host {
            clean.push_str("/[path]");
        }
        rest = &after[address_ends..];
    }
    clean.push_str(rest);
    clean
}

fn without_references(line: &str) -> String {
    let mut clean = line.to_owned();
    for reference in REFERENCES {
        let mut scrubbed = String::with_capacity(clean.len());
        let mut rest = clean.as_str();
        while let Some(at) = rest.find(reference) {
            let (before, after) = rest.split_at(at + reference.len());
            scrubbed.push_str(before);
            let id = after
                .find(|letter: char| !(letter.is_ascii_alphanumeric() || "-.".contains(letter)))
                .unwrap_or(after.len());
            if id > 0 {
                scrubbed.push_str("[id]");
            }
            rest = &after[id..];
        }
        scrubbed.push_str(rest);
        clean = scrubbed;
    }
    clean
}

fn without_numbers(line: &str) -> String {
    let letters: Vec<char> = line.chars().collect();
    let mut clean = String::with_capacity(line.len());
    let mut at = 0;
    while at < letters.len() {
        let (mut end, mut digits) = (at, 0);
        while end < letters.len() {
            let between = matches!(letters[end], ' ' | '-')
                && digits > 0
                && letters.get(end + 1).is_some_and(char::is_ascii_digit);
            match letters[end] {
                digit if digit.is_ascii_digit() => digits += 1,
                _ if between => {}
                _ => break,
            }
            end += 1;
        }
        if digits >= LONG_NUMBER {
            clean.push_str("[number]");
        } else {
            clean.extend(&letters[at..end]);
        }
        at = end;
        if let Some(letter) = letters.get(at) {
            clean.push(*letter);
            at += 1;
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_somebody_is_gone_and_the_rest_is_not() {
        for (line, clean) in [
            (
                "GET https://me:pw@record.example:8443/fhir/Patient/9990018677?_count=500 failed",
                "GET https://record.example:8443/[path] failed",
            ),
            (
                "error sending request for url (http://127.0.0.1:9/fhir/Patient/p1)",
                "error sending request for url (http://127.0.0.1:9/[path])",
            ),
            ("at https://record.example", "at https://record.example"),
            (
                "Patient/p-17 and RelatedPerson/r.1, not Patient/",
                "Patient/[id] and RelatedPerson/[id], not Patient/",
            ),
            ("999 001 8677", "[number]"),
            ("999-001-8677.", "[number]."),
            ("tried=2 wait_ms=12345678", "tried=2 wait_ms=12345678"),
            (
                "2026-11-23T19:26:01.123456Z  INFO curlew_sync: loaded",
                "2026-11-23T19:26:01.123456Z  INFO curlew_sync: loaded",
            ),
            ("line 9 column 12 of 400", "line 9 column 12 of 400"),
            ("ü 01702 000 000 ü", "ü [number] ü"),
        ] {
            assert_eq!(scrub(line), clean, "{line}");
        }
    }
}
