//! What the server must know of a resource without reading it again.

use std::sync::Arc;

use serde_json::Value;

use crate::json_text;

/// A resource's name: its type and id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Resource type, such as `Observation`.
    pub resource_type: Arc<str>,
    /// Logical id.
    pub id: Arc<str>,
}

impl Key {
    /// The key of `Type/id`.
    pub fn new(resource_type: &str, id: &str) -> Self {
        Self {
            resource_type: resource_type.into(),
            id: id.into(),
        }
    }

    /// The key a relative reference names: `Type/id`, or `Type/id/_history/n`.
    pub fn of_reference(reference: &str) -> Option<Self> {
        let mut parts = reference.split('/');
        let (resource_type, id) = (parts.next()?, parts.next()?);
        let rest_fits = matches!(
            (parts.next(), parts.next(), parts.next()),
            (None, ..) | (Some("_history"), Some(_), None)
        );
        (rest_fits && is_type_name(resource_type) && is_id(id)).then(|| Self::new(resource_type, id))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.resource_type, self.id)
    }
}

/// Read once when a version arrives.
#[derive(Debug, Default, Clone)]
pub(crate) struct Facts {
    /// Whose record it is part of: ids of patients named in the members FHIR's patient compartment uses.
    pub(crate) patients: Vec<Arc<str>>,
    /// Business identifiers: (system, value).
    pub(crate) identifiers: Vec<(String, String)>,
    /// Everything it refers to by `Type/id`.
    pub(crate) links: Vec<Key>,
    /// `meta.security` codes.
    pub(crate) security: Vec<String>,
}

/// The members through which FHIR R4's patient compartment is entered, whatever the resource type. A superset of
/// `CompartmentDefinition/patient`: `for` makes a Task part of a record, which R4 left out and every record needs.
const COMPARTMENT_MEMBERS: [&str; 10] = [
    "patient",
    "subject",
    "beneficiary",
    "for",
    "individual",
    "target",
    "participant",
    "entity",
    "recipient",
    "sourcePatientInfo",
];

/// Types that are about many people at once: naming a patient does not make them part of that patient's record.
const SHARED_TYPES: [&str; 6] = [
    "Group",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "Bundle",
];

impl Facts {
    /// Reads the facts from a resource's text. `None` where it is not an object.
    pub(crate) fn read(resource_type: &str, id: &str, text: &str) -> Option<Self> {
        let mut facts = Self::default();
        if resource_type == "Patient" {
            facts.patients.push(id.into());
        }
        for (name, value) in json_text::members(text)? {
            match name.as_ref() {
                "identifier" => facts.identifiers = identifiers(value),
                "meta" => facts.security = security(value),
                _ => {}
            }
            if !value.starts_with(['{', '[']) {
                continue;
            }
            let in_compartment = !SHARED_TYPES.contains(&resource_type)
                && resource_type != "Patient"
                && COMPARTMENT_MEMBERS.contains(&name.as_ref());
            json_text::strings(value, |member, string| {
                let is_link = member == "reference" || (member == "url" && string.starts_with("Binary/"));
                let Some(key) = is_link.then(|| Key::of_reference(&string)).flatten() else {
                    return;
                };
                if &*key.resource_type == "Patient" && in_compartment && !facts.patients.contains(&key.id) {
                    facts.patients.push(key.id.clone());
                }
                if !facts.links.contains(&key) {
                    facts.links.push(key);
                }
            });
        }
        facts.links.shrink_to_fit();
        Some(facts)
    }
}

/// Whether FHIR allows this as a logical id: 1 to 64 of letters, digits, `-` and `.`.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// Whether this looks like a resource type's name.
pub(crate) fn is_type_name(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphabetic())
}

fn identifiers(text: &str) -> Vec<(String, String)> {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let one = |entry: &Value| {
        let value = entry.get("value")?.as_str()?.to_owned();
        let system = entry
            .get("system")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        Some((system, value))
    };
    match &value {
        Value::Array(entries) => entries.iter().filter_map(one).collect(),
        entry => one(entry).into_iter().collect(),
    }
}

fn security(meta: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(meta) else {
        return Vec::new();
    };
    let labels = value
        .get("security")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    labels
        .iter()
        .filter_map(|label| label.get("code")?.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_belongs_to_its_subject_and_refers_to_its_performer() {
        let text = r#"{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"},"performer":[{"reference":"Practitioner/d"}],"meta":{"security":[{"code":"R"}]},"identifier":[{"system":"s","value":"1"}]}"#;
        let facts = Facts::read("Observation", "o", text).unwrap();
        assert_eq!(facts.patients, ["p".into()]);
        assert_eq!(
            facts.links,
            [Key::new("Patient", "p"), Key::new("Practitioner", "d")]
        );
        assert_eq!(facts.security, ["R"]);
        assert_eq!(facts.identifiers, [("s".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn a_caseload_is_in_nobodys_record() {
        let text = r#"{"resourceType":"Group","id":"g","member":[{"entity":{"reference":"Patient/p"}}]}"#;
        let facts = Facts::read("Group", "g", text).unwrap();
        assert!(facts.patients.is_empty());
        assert_eq!(facts.links, [Key::new("Patient", "p")]);
    }

    #[test]
    fn only_relative_references_of_the_right_shape_are_keys() {
        assert_eq!(
            Key::of_reference("Patient/1/_history/2"),
            Some(Key::new("Patient", "1"))
        );
        for other in [
            "urn:uuid:1",
            "#a",
            "Patient",
            "patient/1",
            "Patient/1/x",
            "Patient/a b",
            "http://h/Patient/1",
        ] {
            assert_eq!(Key::of_reference(other), None, "{other}");
        }
    }
}
