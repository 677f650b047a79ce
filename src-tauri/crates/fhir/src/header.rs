//! The outside of a resource, without reading the inside.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::ReadError;
use crate::datatypes::{CodeableConcept, Coding, Meta, Reference};
use crate::limits::MAX_RESOURCE_BYTES;
use crate::read::{Element, Reader};
use crate::reference::Target;
use crate::resource::AppointmentParticipant;
use crate::skim::Cursor;
use crate::tree::Tree;

/// What is needed to file a resource and to decide who may see it.
#[derive(Clone, Default, PartialEq)]
pub struct Header {
    /// Its type.
    pub resource_type: String,
    /// Its logical id; empty if it has none.
    pub id: String,
    /// The server's name for this version.
    pub version_id: Option<String>,
    /// When the server took this version in.
    pub last_updated: Option<DateTime<Utc>>,
    /// The system it came from.
    pub source: Option<String>,
    /// How sensitive it is.
    pub security: Vec<Coding>,
    /// Tags, such as the care setting.
    pub tag: Vec<Coding>,
    /// The profiles it says it follows.
    pub profile: Vec<String>,
    /// What it is: the codings of its `code`, `type`, `medicationCodeableConcept` or `vaccineCode`.
    pub codes: Vec<Coding>,
    /// The logical id of the patient it is about; its own, if it is one. A reference by `urn:` is given as
    /// written, for the caller to resolve within the bundle.
    pub patient: Option<String>,
    /// Whether something asked for here stood there and could not be read. What guards the patient may then
    /// be among what is missing, and unknown means no.
    pub damaged: bool,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("resource_type", &self.resource_type)
            .finish_non_exhaustive()
    }
}

/// Reads the outside of a resource: its own members are looked at, what they hold is stepped over.
///
/// The inside is not checked, so text whose header can be read may still fail [`crate::read_resource`].
pub fn read_header(json: &str) -> Result<Header, ReadError> {
    let json = json.strip_prefix('\u{feff}').unwrap_or(json);
    if json.len() > MAX_RESOURCE_BYTES {
        return Err(ReadError::TooLarge);
    }
    let mut cursor = Cursor::new(json);
    if cursor.peek() != Some(b'{') {
        return Err(ReadError::NotAnObject);
    }
    let mut header = Header::default();
    let mut seen = Vec::with_capacity(3);
    let mut subject = None;
    let mut participants = String::new();
    cursor.each_member(|key, cursor| {
        let value = cursor.value()?;
        match key {
            // A name given twice is not for us to choose from: like the full reader, keep the first that is one.
            "id" if seen.contains(&key) && header.id.is_empty() => {
                header.damaged = true;
                header.id = header.part(value).unwrap_or_default();
            }
            "resourceType" | "id" | "meta" if seen.contains(&key) => header.damaged = true,
            "resourceType" => {
                seen.push("resourceType");
                header.resource_type = header.part(value).unwrap_or_default();
            }
            "id" => {
                seen.push("id");
                header.id = header.part(value).unwrap_or_default();
            }
            "meta" => {
                seen.push("meta");
                header.take_meta(value);
            }
            // The names R4 gives to "whom this is about", by type. Where a type means something else by one
            // of them, it does not point at a `Patient` with it.
            "subject" | "patient" | "beneficiary" | "individual" | "for" => {
                let reference: Option<Reference> = read_alone(value);
                subject = subject.take().or_else(|| patient_of(&reference?));
            }
            "code" | "type" | "medicationCodeableConcept" | "vaccineCode" => header.take_codes(value),
            "participant" => participants = value.to_owned(),
            _ => {}
        }
        Ok(())
    })?;
    cursor.end()?;
    header.patient = match header.resource_type.as_str() {
        "" => return Err(ReadError::NoResourceType),
        "Patient" => Some(header.id.clone()).filter(|id| !id.is_empty()),
        "Appointment" => patient_among(&participants),
        _ => subject,
    };
    Ok(header)
}

/// The patient a reference leads to, by id or, within a bundle, by `urn:`.
fn patient_of(reference: &Reference) -> Option<String> {
    match reference.target()? {
        Target::Resource {
            resource_type: "Patient",
            id,
            ..
        } => Some(id.to_owned()),
        Target::Urn(urn) if reference.type_.as_deref().is_none_or(|type_| type_ == "Patient") => {
            Some(urn.to_owned())
        }
        _ => None,
    }
}

/// The patient among those booked.
fn patient_among(participants: &str) -> Option<String> {
    let tree = Tree::parse(participants).ok()?;
    let mut reader = Reader::new(&tree);
    let participants = tree
        .root()
        .items()
        .filter_map(|item| AppointmentParticipant::read(item, &mut reader));
    participants
        .filter_map(|participant| participant.actor)
        .find_map(|actor| patient_of(&actor))
}

fn read_alone<T: Element>(text: &str) -> Option<T> {
    let tree = Tree::parse(text).ok()?;
    T::read(tree.root(), &mut Reader::new(&tree))
}

impl Header {
    fn part<T: Element>(&mut self, text: &str) -> Option<T> {
        let Ok(tree) = Tree::parse(text) else {
            self.damaged = true;
            return None;
        };
        let mut reader = Reader::new(&tree);
        let part = T::read(tree.root(), &mut reader);
        self.damaged |= reader.lost_so_far() > 0;
        part
    }

    /// What these keys hold differs by type: a concept, several, a coding, or a bare word, which is none.
    fn take_codes(&mut self, text: &str) {
        let Ok(tree) = Tree::parse(text) else { return };
        let mut reader = Reader::silent(&tree);
        let several = tree.root().items();
        for concept in several.chain(std::iter::once(tree.root())) {
            let read = CodeableConcept::read(concept, &mut reader);
            self.codes
                .extend(read.map(|concept| concept.coding).unwrap_or_default());
        }
    }

    fn take_meta(&mut self, text: &str) {
        let meta: Meta = self.part(text).unwrap_or_default();
        self.version_id = meta.version_id;
        self.last_updated = meta.last_updated.map(|moment| moment.earliest_utc());
        self.source = meta.source;
        self.security = meta.security;
        self.tag = meta.tag;
        self.profile = meta.profile;
    }
}
