//! Which lines are about which problem: by reference, never by guess.
//!
//! A line is linked to a problem when a resource behind it names the problem in a FHIR reference (a reason, a contact's
//! diagnosis, what a plan addresses, a problem header of GP Connect, an entry of a list), or when the problem names it
//! (the contact it was recorded in, its evidence, clinical content related to it). Same words, same code or same day link
//! nothing: what a source has not linked, Curlew does not.

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

/// The references of a resource that link it to a problem, as `Type/id` or `urn:uuid:…`: for a problem what it names, for
/// anything else the problems it names. Read from the text, so that none is missed wherever it stands: in an element we do
/// not otherwise read, or in an extension.
pub(crate) fn of(resource_type: &str, raw: &str) -> Vec<String> {
    let is_problem = resource_type == "Condition";
    // Most resources name no problem, and to find that out must cost next to nothing.
    if !is_problem && !raw.contains("Condition/") && !raw.contains("urn:uuid:") {
        return Vec::new();
    }
    let mut links: Vec<String> = Vec::new();
    for target in references(raw) {
        let key = match target.strip_prefix("urn:uuid:") {
            Some(_) => target.to_owned(),
            None => match local(target) {
                Some(local) => local,
                None => continue,
            },
        };
        let kind = key.split('/').next().unwrap_or_default();
        let wanted = key.starts_with("urn:") || (kind == "Condition") != is_problem;
        if wanted && !NOT_ABOUT.contains(&kind) && !links.contains(&key) {
            links.push(key);
        }
    }
    links
}

/// Every value of a `"reference"` in a JSON text.
fn references(raw: &str) -> impl Iterator<Item = &str> {
    raw.match_indices("\"reference\"").filter_map(|(at, key)| {
        let rest = raw[at + key.len()..].trim_start().strip_prefix(':')?;
        let value = rest.trim_start().strip_prefix('"')?;
        value.split('"').next()
    })
}

/// `Type/id` of a reference, whatever address or version stands around it.
fn local(target: &str) -> Option<String> {
    let target = target.split("/_history/").next()?;
    let mut parts = target.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    let named = kind.starts_with(|first: char| first.is_ascii_uppercase())
        && kind.chars().all(|c| c.is_ascii_alphabetic());
    (named && !id.is_empty()).then(|| format!("{kind}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::of;

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
}
