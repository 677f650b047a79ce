//! The resources Curlew reads, a table each, grouped by subject.

mod clinical;
mod documents;
mod encounters;
mod governance;
mod medicines;
mod people;
mod plans;
mod results;

use std::fmt;

pub use clinical::*;
pub use documents::*;
pub use encounters::*;
pub use governance::*;
pub use medicines::*;
pub use people::*;
pub use plans::*;
pub use results::*;

use crate::datatypes::{CodeableConcept, Extension, Identifier, Meta, Narrative, Reference};
use crate::read::{Absent, Element, Field, Modifier, Reader};
use crate::tree::Node;

/// What every resource has.
#[derive(Clone, Default, PartialEq)]
pub struct Base {
    /// The logical id.
    pub id: Option<String>,
    /// What the server says of this version. Empty if it says nothing.
    pub meta: Meta,
    /// Whether part of `meta` could not be read. What guards the patient may be among it, and unknown means no.
    pub meta_damaged: bool,
    /// The language it is written in.
    pub language: Option<String>,
    /// The resource for people to read: XHTML from outside, to be cleaned before it is shown.
    pub text: Option<Narrative>,
    /// Resources that exist only inside this one.
    pub contained: Vec<Resource>,
    /// What profiles added.
    pub extension: Vec<Extension>,
    /// Everything anywhere inside that may change its meaning. Not understood: show it with a warning.
    pub modifiers: Vec<Modifier>,
    /// Everything anywhere inside that the sender says is absent, and why.
    pub absent: Vec<Absent>,
    /// How many elements inside could not be read and are missing here.
    pub lost: usize,
}

impl Base {
    pub(crate) fn fill(&mut self, key: &str, node: Node<'_>, reader: &mut Reader<'_>) {
        match key {
            "id" => self.id.fill(node, reader),
            "meta" => {
                let before = reader.lost_so_far();
                let mut meta = Some(std::mem::take(&mut self.meta)).filter(|meta| *meta != Meta::default());
                meta.fill(node, reader);
                self.meta = meta.unwrap_or_default();
                self.meta_damaged |= reader.lost_so_far() > before;
            }
            "language" => self.language.fill(node, reader),
            "text" => self.text.fill(node, reader),
            "contained" => self.contained.fill(node, reader),
            "extension" => self.extension.fill(node, reader),
            _ => {}
        }
    }

    /// Why an element has no value, by its path without the resource's name: `birthDate`, `name[0].family`.
    pub fn why_absent(&self, element: &str) -> Option<&str> {
        let stands_at = |path: &str| {
            path.strip_suffix(element)
                .is_some_and(|before| before.ends_with('.'))
        };
        self.absent
            .iter()
            .find(|absent| stands_at(&absent.path))
            .map(|absent| absent.reason.as_str())
    }

    /// The contained resource with this id.
    pub fn contained(&self, id: &str) -> Option<&Resource> {
        self.contained.iter().find(|resource| resource.id() == Some(id))
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Base").finish_non_exhaustive()
    }
}

/// A resource of a type Curlew does not take apart. It is kept, counted and listed as received.
#[derive(Clone, Default, PartialEq)]
pub struct UnknownResource {
    /// What every resource has.
    pub base: Base,
    /// The type it says it is.
    pub resource_type: String,
    /// Whom it is about, where it says so in `subject` or `patient`.
    pub subject: Option<Reference>,
    /// Its status, as written.
    pub status: Option<String>,
    /// What it is, where it says so in `code`.
    pub code: Option<CodeableConcept>,
}

impl UnknownResource {
    fn read(resource_type: &str, node: Node<'_>, reader: &mut Reader<'_>) -> Self {
        let mut unknown = Self {
            resource_type: resource_type.to_owned(),
            ..Self::default()
        };
        for (key, value) in node.members() {
            let key = key.lossy();
            match &*key {
                // Nobody says these are what they are elsewhere; a different shape is no fault here.
                "subject" | "patient" => unknown.subject = unknown.subject.or(quietly(value)),
                "status" => unknown.status = quietly(value),
                "code" => unknown.code = quietly(value),
                key => unknown.base.fill(key, value, reader),
            }
        }
        unknown
    }
}

/// Reads a value that need not be of the type looked for.
fn quietly<T: Element>(node: Node<'_>) -> Option<T> {
    T::read(node, &mut Reader::silent(node.tree()))
}

impl fmt::Debug for UnknownResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownResource").finish_non_exhaustive()
    }
}

/// Defines [`Resource`]: a row is a type and the field that says whom it is about, if one does.
macro_rules! resources {
    ($( $name:ident $(=> $subject:ident)?, )*) => {
        /// One resource, by its type.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        #[allow(missing_docs)] // Each variant is documented by the type it holds.
        pub enum Resource {
            $( $name(Box<$name>), )*
            /// A type Curlew does not take apart.
            Unknown(Box<UnknownResource>),
        }

        /// The types Curlew takes apart.
        pub const RESOURCE_TYPES: &[&str] = &[$( stringify!($name), )*];

        impl Resource {
            fn read_as(resource_type: &str, node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
                Some(match resource_type {
                    $( stringify!($name) => Self::$name(Element::read(node, reader)?), )*
                    other => Self::Unknown(Box::new(UnknownResource::read(other, node, reader))),
                })
            }

            /// The type it says it is.
            pub fn resource_type(&self) -> &str {
                match self {
                    $( Self::$name(_) => stringify!($name), )*
                    Self::Unknown(unknown) => &unknown.resource_type,
                }
            }

            /// What every resource has.
            pub fn base(&self) -> &Base {
                match self {
                    $( Self::$name(resource) => &resource.base, )*
                    Self::Unknown(unknown) => &unknown.base,
                }
            }

            fn base_mut(&mut self) -> &mut Base {
                match self {
                    $( Self::$name(resource) => &mut resource.base, )*
                    Self::Unknown(unknown) => &mut unknown.base,
                }
            }

            /// Whom it is about, where its type says so in one place.
            pub fn subject(&self) -> Option<&Reference> {
                match self {
                    $( $( Self::$name(resource) => resource.$subject.as_ref(), )? )*
                    Self::Unknown(unknown) => unknown.subject.as_ref(),
                    _ => None,
                }
            }
        }

        $( impl From<$name> for Resource {
            fn from(resource: $name) -> Self {
                Self::$name(Box::new(resource))
            }
        } )*
    };
}

resources! {
    AllergyIntolerance => patient,
    Appointment,
    AuditEvent,
    Binary,
    Bundle,
    CarePlan => subject,
    CareTeam => subject,
    ClinicalImpression => subject,
    Communication => subject,
    Composition => subject,
    Condition => subject,
    Consent => patient,
    Device => patient,
    DeviceUseStatement => subject,
    DiagnosticReport => subject,
    DocumentReference => subject,
    Encounter => subject,
    EpisodeOfCare => patient,
    FamilyMemberHistory => patient,
    Flag => subject,
    Goal => subject,
    Group,
    HealthcareService,
    ImagingStudy => subject,
    Immunization => patient,
    List => subject,
    Location,
    Medication,
    MedicationAdministration => subject,
    MedicationDispense => subject,
    MedicationRequest => subject,
    MedicationStatement => subject,
    Observation => subject,
    OperationOutcome,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Procedure => subject,
    Provenance,
    QuestionnaireResponse => subject,
    RelatedPerson => patient,
    ResearchSubject => individual,
    RiskAssessment => subject,
    ServiceRequest => subject,
    Specimen => subject,
    SupplyDelivery => patient,
    Task => for_,
}

impl Resource {
    /// The logical id.
    pub fn id(&self) -> Option<&str> {
        self.base().id.as_deref()
    }

    /// What the server says of this version.
    pub fn meta(&self) -> &Meta {
        &self.base().meta
    }

    /// Whether the author has declared it a mistake. It then says nothing about the patient, and must be seen
    /// to say nothing: shown as struck out, never as a fact and never silently dropped.
    pub fn entered_in_error(&self) -> bool {
        const MISTAKE: &str = "entered-in-error";
        let verified = |status: &Option<CodeableConcept>| {
            status.as_ref().is_some_and(|status| {
                status
                    .coding
                    .iter()
                    .any(|coding| coding.code.as_deref() == Some(MISTAKE))
            })
        };
        match self {
            Self::AllergyIntolerance(allergy) => verified(&allergy.verification_status),
            Self::Condition(condition) => verified(&condition.verification_status),
            other => other.status() == Some(MISTAKE),
        }
    }

    /// Whether it says that something did **not** happen, or is forbidden.
    pub fn negated(&self) -> bool {
        match self {
            Self::MedicationRequest(request) => request.do_not_perform == Some(true),
            Self::ServiceRequest(request) => request.do_not_perform == Some(true),
            Self::MedicationStatement(statement) => statement.status.as_deref() == Some("not-taken"),
            other => other.status() == Some("not-done"),
        }
    }

    /// The `status` code, for the types that have one.
    pub fn status(&self) -> Option<&str> {
        match self {
            Self::Appointment(it) => &it.status,
            Self::CarePlan(it) => &it.status,
            Self::CareTeam(it) => &it.status,
            Self::ClinicalImpression(it) => &it.status,
            Self::Communication(it) => &it.status,
            Self::Composition(it) => &it.status,
            Self::Consent(it) => &it.status,
            Self::Device(it) => &it.status,
            Self::DeviceUseStatement(it) => &it.status,
            Self::DiagnosticReport(it) => &it.status,
            Self::DocumentReference(it) => &it.status,
            Self::Encounter(it) => &it.status,
            Self::EpisodeOfCare(it) => &it.status,
            Self::FamilyMemberHistory(it) => &it.status,
            Self::Flag(it) => &it.status,
            Self::Goal(it) => &it.lifecycle_status,
            Self::ImagingStudy(it) => &it.status,
            Self::Immunization(it) => &it.status,
            Self::List(it) => &it.status,
            Self::Location(it) => &it.status,
            Self::Medication(it) => &it.status,
            Self::MedicationAdministration(it) => &it.status,
            Self::MedicationDispense(it) => &it.status,
            Self::MedicationRequest(it) => &it.status,
            Self::MedicationStatement(it) => &it.status,
            Self::Observation(it) => &it.status,
            Self::Procedure(it) => &it.status,
            Self::QuestionnaireResponse(it) => &it.status,
            Self::ResearchSubject(it) => &it.status,
            Self::RiskAssessment(it) => &it.status,
            Self::ServiceRequest(it) => &it.status,
            Self::Specimen(it) => &it.status,
            Self::SupplyDelivery(it) => &it.status,
            Self::Task(it) => &it.status,
            Self::Unknown(it) => &it.status,
            _ => return None,
        }
        .as_deref()
    }

    /// The business identifiers, for the types whose facts arrive by several feeds.
    pub fn identifiers(&self) -> &[Identifier] {
        match self {
            Self::AllergyIntolerance(it) => &it.identifier,
            Self::Appointment(it) => &it.identifier,
            Self::CarePlan(it) => &it.identifier,
            Self::CareTeam(it) => &it.identifier,
            Self::ClinicalImpression(it) => &it.identifier,
            Self::Communication(it) => &it.identifier,
            Self::Composition(it) => it.identifier.as_slice(),
            Self::Condition(it) => &it.identifier,
            Self::Consent(it) => &it.identifier,
            Self::Device(it) => &it.identifier,
            Self::DeviceUseStatement(it) => &it.identifier,
            Self::DiagnosticReport(it) => &it.identifier,
            Self::DocumentReference(it) => &it.identifier,
            Self::Encounter(it) => &it.identifier,
            Self::EpisodeOfCare(it) => &it.identifier,
            Self::FamilyMemberHistory(it) => &it.identifier,
            Self::Flag(it) => &it.identifier,
            Self::Goal(it) => &it.identifier,
            Self::Group(it) => &it.identifier,
            Self::HealthcareService(it) => &it.identifier,
            Self::ImagingStudy(it) => &it.identifier,
            Self::Immunization(it) => &it.identifier,
            Self::List(it) => &it.identifier,
            Self::Location(it) => &it.identifier,
            Self::Medication(it) => &it.identifier,
            Self::MedicationAdministration(it) => &it.identifier,
            Self::MedicationDispense(it) => &it.identifier,
            Self::MedicationRequest(it) => &it.identifier,
            Self::MedicationStatement(it) => &it.identifier,
            Self::Observation(it) => &it.identifier,
            Self::Organization(it) => &it.identifier,
            Self::Patient(it) => &it.identifier,
            Self::Practitioner(it) => &it.identifier,
            Self::PractitionerRole(it) => &it.identifier,
            Self::Procedure(it) => &it.identifier,
            Self::QuestionnaireResponse(it) => it.identifier.as_slice(),
            Self::RelatedPerson(it) => &it.identifier,
            Self::ResearchSubject(it) => &it.identifier,
            Self::RiskAssessment(it) => &it.identifier,
            Self::ServiceRequest(it) => &it.identifier,
            Self::Specimen(it) => &it.identifier,
            Self::SupplyDelivery(it) => &it.identifier,
            Self::Task(it) => &it.identifier,
            Self::AuditEvent(_)
            | Self::Binary(_)
            | Self::Bundle(_)
            | Self::OperationOutcome(_)
            | Self::Provenance(_)
            | Self::Unknown(_) => &[],
        }
    }
}

impl Element for Resource {
    fn read(node: Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if !reader.object(node) {
            return None;
        }
        let resource_type = node.member("resourceType").and_then(Node::text);
        let Some(resource_type) = resource_type.filter(|name| !name.is_empty()) else {
            reader.lose(node, "does not say its resource type");
            return None;
        };
        let before = reader.lost_so_far();
        let mut resource = Self::read_as(&resource_type, node, reader)?;
        let base = resource.base_mut();
        base.lost = reader.lost_so_far() - before;
        base.modifiers = reader.modifiers_in(node);
        base.absent = reader.absent_in(node);
        Some(resource)
    }
}
