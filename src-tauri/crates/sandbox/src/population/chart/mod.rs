//! A patient's record while it is being written: the resources so far, and short ways to add one.
//!
//! [`Chart::put`] adds any resource and fills in what every one of them needs (id, `meta`, subject); the
//! methods in `clinical`, `medicines`, `services` and `papers` write the kinds that stories use most.

mod clinical;
mod medicines;
mod papers;
mod services;

use chrono::NaiveDate;
use serde_json::{Value, json};

pub(super) use clinical::Signs;
pub(super) use medicines::Given;
pub(super) use services::Visit;

use super::calendar::Calendar;
use super::chance::Chance;
use super::organisations::{Feed, ODS_CODE, ORGANISATIONS, Organisation, SETTING_TAG, jobs};
use super::people::person;

/// Who a chart is about.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) title: &'static str,
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    pub(super) gender: &'static str,
    pub(super) born: NaiveDate,
    pub(super) nhs_number: String,
}

/// Which organisations look after a person, as ids of [`ORGANISATIONS`].
#[derive(Clone, Copy)]
pub(super) struct Cared {
    pub(super) practice: &'static str,
    pub(super) pharmacy: &'static str,
    pub(super) council: &'static str,
    pub(super) care_home: Option<&'static str>,
}

/// A record being written.
pub(super) struct Chart {
    pub(super) calendar: Calendar,
    pub(super) chance: Chance,
    pub(super) id: String,
    /// Days since birth: nothing is stored earlier.
    age: i64,
    /// How many days ago the practice last issued the repeats, all on one day as practices do.
    pub(super) issued_ago: i64,
    cared: Cared,
    resources: Vec<Value>,
}

impl Chart {
    /// An empty record with its Patient resource.
    pub(super) fn open(person: &Person, cared: Cared, seed: u64, calendar: Calendar) -> Self {
        let mut chance = Chance::new(seed, &person.id);
        let issued_ago = chance.between(3, 27);
        let age = (calendar.today - person.born).num_days();
        let mut chart = Self {
            calendar,
            chance,
            id: person.id.clone(),
            age,
            issued_ago,
            cared,
            resources: Vec::new(),
        };
        let practice = chart.organisation(Feed::Gp);
        let (line, town) = match cared.care_home {
            Some(home) => (
                format!("Room {}, {}", chart.chance.between(1, 40), named(home).name),
                named(home).town,
            ),
            None => {
                let street = *chart.chance.pick(&[
                    "Mudflat Lane",
                    "Sluice Road",
                    "Barge Walk",
                    "Creek View",
                    "Windpump Close",
                    "Saltpan Way",
                ]);
                (format!("{} {street}", chart.chance.between(1, 90)), practice.town)
            }
        };
        let patient = json!({
            "resourceType": "Patient",
            "id": person.id,
            "meta": {
                "versionId": "1",
                "lastUpdated": calendar.stored(40.min(age)),
                "source": Feed::Gp.source(),
                "profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"],
            },
            "extension": [{
                "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory",
                "valueCodeableConcept": {"coding": [{
                    "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory", "code": "A", "display": "British, Mixed British",
                }]},
            }],
            "identifier": [{
                "extension": [verification("01", "Number present and verified")],
                "use": "official",
                "system": "https://fhir.nhs.uk/Id/nhs-number",
                "value": person.nhs_number,
            }],
            "active": true,
            "name": [{"use": "official", "family": person.family, "given": [person.given], "prefix": [person.title]}],
            "telecom": [{"system": "phone", "value": format!("01632 960{:03}", chart.chance.between(200, 899)), "use": "home"}],
            "gender": person.gender,
            "birthDate": person.born.to_string(),
            "address": [{"use": "home", "line": [line], "city": town, "postalCode": "ZZ99 3VZ"}],
            "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en", "display": "English"}]}}],
            "generalPractitioner": [{
                "reference": format!("Organization/{}", practice.id),
                "identifier": {"system": ODS_CODE, "value": practice.code},
                "display": practice.name,
            }],
        });
        chart.resources.push(patient);
        chart.sex_at_birth(person.gender);
        chart
    }

    /// UK Core's birth sex, where the administrative gender is one of the two it knows.
    fn sex_at_birth(&mut self, gender: &str) {
        let (code, display) = match gender {
            "female" => ("F", "Female"),
            "male" => ("M", "Male"),
            _ => return,
        };
        self.edit_patient(|it| {
            if let Some(extensions) = it["extension"].as_array_mut() {
                extensions.push(json!({
                    "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-BirthSex",
                    "valueCodeableConcept": {"coding": [{
                        "system": "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender", "code": code, "display": display,
                    }]},
                }));
            }
        });
    }

    /// Adds a resource sent by `feed` and stored `recorded` days ago. Fills in the id (`name` after the
    /// patient's own), `meta` and, where the type has one, the reference to the patient. Returns its reference.
    pub(super) fn put(&mut self, feed: Feed, name: &str, recorded: i64, mut resource: Value) -> String {
        let kind = resource["resourceType"].as_str().unwrap_or_default().to_owned();
        let id = format!("{}-{name}", self.id);
        if let Some(subject) = subject_element(&kind) {
            resource[subject] = self.me();
        }
        let mut meta = json!({"versionId": "1", "lastUpdated": self.calendar.stored(self.in_life(recorded)), "source": feed.source()});
        if let Some(profile) = profile(&kind) {
            meta["profile"] = json!([format!("https://fhir.hl7.org.uk/StructureDefinition/{profile}")]);
        }
        if feed == Feed::Ambulance {
            meta["tag"] = json!([{"system": SETTING_TAG, "code": "ambulance", "display": "Ambulance"}]);
        }
        resource["meta"] = meta;
        let reference = format!("{kind}/{id}");
        resource["id"] = Value::String(id);
        self.resources.push(resource);
        reference
    }

    /// Changes a resource already written.
    pub(super) fn edit(&mut self, reference: &str, change: impl FnOnce(&mut Value)) {
        let (kind, id) = reference.split_once('/').unwrap_or(("", reference));
        let found = self
            .resources
            .iter_mut()
            .rev()
            .find(|it| it["id"] == id && it["resourceType"] == kind);
        debug_assert!(found.is_some(), "{reference} is edited before it is written");
        if let Some(resource) = found {
            change(resource);
        }
    }

    /// `reference`, if it is among the last few resources written.
    fn latest(&self, reference: &str) -> Option<String> {
        let (kind, id) = reference.split_once('/')?;
        let mut recent = self.resources.iter().rev().take(4);
        recent
            .any(|it| it["id"] == id && it["resourceType"] == kind)
            .then(|| reference.to_owned())
    }

    /// Marks everything written after the first `start` resources as part of `encounter`.
    pub(super) fn within(&mut self, start: usize, encounter: &str) {
        let link = json!({"reference": encounter});
        for resource in self.resources.iter_mut().skip(start) {
            let element = match resource["resourceType"].as_str() {
                Some(
                    "Observation" | "DiagnosticReport" | "Procedure" | "Condition" | "ServiceRequest"
                    | "Composition",
                ) => "encounter",
                Some("MedicationAdministration") => "context",
                Some("DocumentReference") => {
                    resource["context"]["encounter"] = json!([link]);
                    continue;
                }
                _ => continue,
            };
            resource[element] = link.clone();
        }
    }

    /// Changes the Patient resource.
    pub(super) fn edit_patient(&mut self, change: impl FnOnce(&mut Value)) {
        let reference = format!("Patient/{}", self.id);
        self.edit(&reference, change);
    }

    /// Labels a resource with a confidentiality code (`R` restricted, `V` very restricted).
    pub(super) fn label(&mut self, reference: &str, code: &str) {
        let display = if code == "V" {
            "very restricted"
        } else {
            "restricted"
        };
        self.edit(reference, |resource| {
            resource["meta"]["security"] = json!([{
                "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": code, "display": display,
            }]);
        });
    }

    /// The finished record.
    pub(super) fn close(self) -> Vec<Value> {
        self.resources
    }

    /// `ago`, or the day of birth if that is later.
    pub(super) fn in_life(&self, ago: i64) -> i64 {
        ago.min(self.age)
    }

    /// How many resources so far.
    pub(super) fn len(&self) -> usize {
        self.resources.len()
    }

    /// A reference to the patient.
    pub(super) fn me(&self) -> Value {
        json!({"reference": format!("Patient/{}", self.id)})
    }

    /// The organisation behind a feed, for this patient.
    pub(super) fn organisation(&self, feed: Feed) -> &'static Organisation {
        match feed {
            Feed::Gp => named(self.cared.practice),
            Feed::Pharmacy => named(self.cared.pharmacy),
            Feed::SocialCare => named(self.cared.council),
            Feed::CareHome => named(self.cared.care_home.unwrap_or("samphire-house")),
            Feed::Acute => named("estuary-hospitals"),
            Feed::AcuteThames => named("thames-reach-hospitals"),
            Feed::Community => named("saltmarsh-community"),
            Feed::MentalHealth => named("heron-mental-health"),
            Feed::Ambulance => named("seawall-ambulance"),
            Feed::Hospice => named("ferry-house-hospice"),
            Feed::Voluntary => named("tide-befriending"),
        }
    }

    /// A reference to the organisation behind a feed.
    pub(super) fn at(&self, feed: Feed) -> Value {
        organisation_reference(self.organisation(feed))
    }

    /// A reference to the holder of the `job`-th job at the organisation behind a feed.
    pub(super) fn by(&self, feed: Feed, job: usize) -> Value {
        let organisation = self.organisation(feed);
        let index = ORGANISATIONS
            .iter()
            .position(|it| it.id == organisation.id)
            .unwrap_or(0);
        let held = jobs(feed);
        let job = job.min(held.len() - 1);
        let (prefix, given, family) = person(index, job, held[job]);
        json!({
            "reference": format!("PractitionerRole/{}-{job}", organisation.id),
            "display": format!("{prefix} {given} {family}, {}", held[job]),
        })
    }
}

/// The organisation with this id.
pub(super) fn named(id: &str) -> &'static Organisation {
    let found = ORGANISATIONS.iter().find(|it| it.id == id);
    debug_assert!(found.is_some(), "no organisation {id}");
    found.unwrap_or(&ORGANISATIONS[0])
}

/// A reference to an organisation, with its ODS code and name.
pub(super) fn organisation_reference(organisation: &Organisation) -> Value {
    json!({
        "reference": format!("Organization/{}", organisation.id),
        "identifier": {"system": ODS_CODE, "value": organisation.code},
        "display": organisation.name,
    })
}

/// The UK Core extension that says how far an NHS number can be trusted.
pub(super) fn verification(code: &str, display: &str) -> Value {
    json!({
        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
        "valueCodeableConcept": {"coding": [{
            "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus", "code": code, "display": display,
        }]},
    })
}

/// A concept of one of HL7's own code systems.
pub(super) fn hl7(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code}]})
}

/// A measured amount: `unit` as printed, `ucum` its UCUM code.
pub(super) fn quantity(value: f64, unit: &str, ucum: &str) -> Value {
    json!({"value": number(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": ucum})
}

/// A number as JSON, without a fraction it does not have.
pub(super) fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

/// The element that names the patient, for types that are about one.
fn subject_element(kind: &str) -> Option<&'static str> {
    match kind {
        "AllergyIntolerance"
        | "Immunization"
        | "FamilyMemberHistory"
        | "EpisodeOfCare"
        | "Device"
        | "Consent"
        | "RelatedPerson"
        | "NutritionOrder" => Some("patient"),
        "Task" => Some("for"),
        "ResearchSubject" => Some("individual"),
        "Patient" | "Appointment" | "Provenance" | "Binary" | "Medication" | "Group" => None,
        _ => Some("subject"),
    }
}

/// The UK Core profile of a type, where UK Core has one.
fn profile(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AllergyIntolerance" => "UKCore-AllergyIntolerance",
        "Appointment" => "UKCore-Appointment",
        "CarePlan" => "UKCore-CarePlan",
        "CareTeam" => "UKCore-CareTeam",
        "Communication" => "UKCore-Communication",
        "Composition" => "UKCore-Composition",
        "Condition" => "UKCore-Condition",
        "Consent" => "UKCore-Consent",
        "Device" => "UKCore-Device",
        "DiagnosticReport" => "UKCore-DiagnosticReport",
        "DocumentReference" => "UKCore-DocumentReference",
        "Encounter" => "UKCore-Encounter",
        "EpisodeOfCare" => "UKCore-EpisodeOfCare",
        "FamilyMemberHistory" => "UKCore-FamilyMemberHistory",
        "Flag" => "UKCore-Flag",
        "Immunization" => "UKCore-Immunization",
        "List" => "UKCore-List",
        "Medication" => "UKCore-Medication",
        "MedicationAdministration" => "UKCore-MedicationAdministration",
        "MedicationDispense" => "UKCore-MedicationDispense",
        "MedicationRequest" => "UKCore-MedicationRequest",
        "MedicationStatement" => "UKCore-MedicationStatement",
        "Observation" => "UKCore-Observation",
        "Procedure" => "UKCore-Procedure",
        "Provenance" => "UKCore-Provenance",
        "QuestionnaireResponse" => "UKCore-QuestionnaireResponse",
        "RelatedPerson" => "UKCore-RelatedPerson",
        "ServiceRequest" => "UKCore-ServiceRequest",
        "Specimen" => "UKCore-Specimen",
        "Task" => "UKCore-Task",
        _ => return None,
    })
}
