//! What a reference points at.

use crate::datatypes::Reference;

/// Where a [`Reference`] leads, by the form of its address (R4, "References").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target<'r> {
    /// `#id`: a resource contained in the same one; the id.
    Contained(&'r str),
    /// `Type/id`, or an absolute address that ends so, with or without `/_history/version`.
    Resource {
        /// The resource type.
        resource_type: &'r str,
        /// The logical id.
        id: &'r str,
        /// The address of the server, if it was absolute.
        server: Option<&'r str>,
    },
    /// `urn:uuid:…` or `urn:oid:…`, as written: the full URL of another entry of the same bundle.
    Urn(&'r str),
    /// An address of some other form, as written.
    Elsewhere(&'r str),
}

impl Reference {
    /// Where it leads; nothing if it has no address and names its target by identifier or words only.
    pub fn target(&self) -> Option<Target<'_>> {
        let address = self.reference.as_deref()?;
        if let Some(id) = address.strip_prefix('#') {
            return Some(Target::Contained(id));
        }
        if address.starts_with("urn:") {
            return Some(Target::Urn(address));
        }
        Some(type_and_id(without_version(address)).unwrap_or(Target::Elsewhere(address)))
    }

    /// The id of the target, if the address is of a resource of this type.
    pub fn id_of(&self, wanted: &str) -> Option<&str> {
        match self.target()? {
            Target::Resource {
                resource_type, id, ..
            } if resource_type == wanted => Some(id),
            _ => None,
        }
    }
}

/// An address without the version it may name: `Type/id` of `Type/id/_history/version`.
pub fn without_version(address: &str) -> &str {
    // Nearly no address names one, and nearly none has this character.
    if !address.as_bytes().contains(&b'_') {
        return address;
    }
    address
        .split_once("/_history/")
        .map_or(address, |(address, _version)| address)
}

fn type_and_id(address: &str) -> Option<Target<'_>> {
    let (before, id) = address.rsplit_once('/')?;
    let (server, resource_type) = match before.rsplit_once('/') {
        Some((server, resource_type)) => (Some(server), resource_type),
        None => (None, before),
    };
    let is_type = resource_type.starts_with(|first: char| first.is_ascii_uppercase())
        && resource_type.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_id = !id.is_empty()
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    (is_type && is_id).then_some(Target::Resource {
        resource_type,
        id,
        server,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_address_leads_where_the_specification_says() {
        let local = |resource_type, id| {
            Some(Target::Resource {
                resource_type,
                id,
                server: None,
            })
        };
        let remote = |server, resource_type, id| {
            Some(Target::Resource {
                resource_type,
                id,
                server: Some(server),
            })
        };
        let cases = [
            ("#med-1", Some(Target::Contained("med-1"))),
            ("#", Some(Target::Contained(""))),
            ("Patient/9000000009", local("Patient", "9000000009")),
            ("Patient/p_1.a-b", local("Patient", "p_1.a-b")),
            ("Patient/1/_history/7", local("Patient", "1")),
            (
                "https://record.test/fhir/Patient/1",
                remote("https://record.test/fhir", "Patient", "1"),
            ),
            (
                "https://record.test/fhir/Patient/1/_history/2",
                remote("https://record.test/fhir", "Patient", "1"),
            ),
            ("urn:uuid:6a1c", Some(Target::Urn("urn:uuid:6a1c"))),
            ("urn:oid:1.2.3", Some(Target::Urn("urn:oid:1.2.3"))),
            ("Patient", Some(Target::Elsewhere("Patient"))),
            ("Patient/", Some(Target::Elsewhere("Patient/"))),
            (
                "Patient?identifier=1",
                Some(Target::Elsewhere("Patient?identifier=1")),
            ),
            (
                "https://record.test/",
                Some(Target::Elsewhere("https://record.test/")),
            ),
        ];
        for (address, expected) in cases {
            let reference = Reference {
                reference: Some(address.to_owned()),
                ..Reference::default()
            };
            assert_eq!(reference.target(), expected, "{address}");
        }
        assert_eq!(Reference::default().target(), None);
    }

    #[test]
    fn the_id_is_given_for_the_wanted_type_only() {
        let reference = Reference {
            reference: Some("Group/7".to_owned()),
            ..Reference::default()
        };
        assert_eq!(reference.id_of("Group"), Some("7"));
        assert_eq!(reference.id_of("Patient"), None);
    }
}
