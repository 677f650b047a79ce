//! Which lines are about which problem: by reference, never by guess.
//!
//! A line is linked to a problem when a resource behind it names the problem in a FHIR reference (a reason, a contact's
//! diagnosis, what a plan addresses, a problem header of GP Connect, an entry of a list), or when the problem names it
//! (the contact it was recorded in, its evidence, clinical content related to it). Same words, same code or same day link
//! nothing: what a source has not linked, Curlew does not.

use std::collections::HashSet;

/// Types that a problem names and that are not about it: the person, and who wrote it down.
const NOT_ABOUT: [&str; 8] = [
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "RelatedPerson",
    "Location",
    "Device",
    "Group",
];

/// How many links are compared one by one.
const FEW: usize = 16;

/// Of all references in a resource's text those that link it to a problem, as `Type/id` or `urn:uuid:…`: for a problem what
/// it names, for anything else the problems it names. All of them are asked, so that none is missed wherever it stands: in
/// an element we do not otherwise read, or in an extension.
pub(crate) fn of(resource_type: &str, references: &[&str]) -> Vec<String> {
    let is_problem = resource_type == "Condition";
    let mut links: Vec<String> = Vec::new();
    let mut many: HashSet<String> = HashSet::new();
    for target in references {
        let (kind, id) = match target.strip_prefix("urn:uuid:") {
            Some(_) => ("", *target),
            None => match local(target) {
                Some(local) => local,
                None => continue,
            },
        };
        let wanted = kind.is_empty() || (kind == "Condition") != is_problem;
        // Most references are to something else, and to find that out must cost next to nothing.
        if !wanted || NOT_ABOUT.contains(&kind) {
            continue;
        }
        let key = if kind.is_empty() {
            id.to_owned()
        } else {
            [kind, "/", id].concat()
        };
        // A list can name tens of thousands; nearly everything names one or two.
        let new = if links.len() < FEW {
            !links.contains(&key)
        } else {
            if many.is_empty() {
                many.extend(links.iter().cloned());
            }
            many.insert(key.clone())
        };
        if new {
            links.push(key);
        }
    }
    links
}

/// Type and id of a reference, whatever address or version stands around it.
fn local(target: &str) -> Option<(&str, &str)> {
    let (before, id) = curlew_fhir::without_version(target).rsplit_once('/')?;
    let kind = before.rsplit_once('/').map_or(before, |(_, kind)| kind);
    let named = kind.starts_with(|first: char| first.is_ascii_uppercase())
        && kind.chars().all(|c| c.is_ascii_alphabetic());
    (named && !id.is_empty()).then_some((kind, id))
}

#[cfg(test)]
mod tests {
    fn of(resource_type: &str, raw: &str) -> Vec<String> {
        let mut references = Vec::new();
        curlew_fhir::ResourceReader::default()
            .read_noting(raw, |reference| references.push(reference))
            .expect("a resource");
        super::of(resource_type, &references)
    }

    #[test]
    fn a_reason_an_extension_and_an_address_elsewhere_link_and_words_do_not() {
        let raw = r#"{"resourceType":"Procedure","reasonReference":[{"reference" : "Condition/c1"}],
            "note":[{"text":"see Condition/c9"}],
            "extension":[{"valueReference":{"reference":"https://record.example/fhir/Condition/c2/_history/3"}}],
            "subject":{"reference":"Patient/p"},"encounter":{"reference":"Encounter/e"}}"#;
        assert_eq!(of("Procedure", raw), ["Condition/c1", "Condition/c2"]);
    }

    #[test]
    fn a_problem_links_what_it_names_but_not_who_wrote_it() {
        let raw = r#"{"resourceType":"Condition","encounter":{"reference":"Encounter/e"},
            "evidence":[{"detail":[{"reference":"Observation/o"},{"reference":"urn:uuid:1"}]}],
            "recorder":{"reference":"Practitioner/x"},"subject":{"reference":"Patient/p"}}"#;
        assert_eq!(
            of("Condition", raw),
            ["Encounter/e", "Observation/o", "urn:uuid:1"]
        );
    }

    /// Each is kept once, however many there are; comparing each with each would take a list of this length many seconds.
    #[test]
    fn a_list_of_very_many_is_gone_through_once() {
        let entries: Vec<String> = (0..50_000).map(|n| format!("urn:uuid:{}", n % 40_000)).collect();
        let references: Vec<&str> = entries.iter().map(String::as_str).collect();
        assert_eq!(super::of("List", &references), entries[..40_000]);
    }
}
