//! The patient banner (ISB 1505) from the Patient resource, without anything that depends on the present.

use curlew_fhir::{Extension, HumanName, Identifier, Patient, Value};

use crate::{
    display::{self, NOT_KNOWN, NhsNumberError},
    fact::{all_words, concept_words},
    facts::words::{address_words, contacts_words, person_name, usual_name, value_words},
    view::{Banner, LabelledText},
};

/// Identifier system of NHS numbers.
const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

/// The banner, with the birth and death dates as received beside it for the ages.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) banner: Banner,
    pub(crate) born: Option<String>,
    pub(crate) died: Option<String>,
}

/// The identity of a patient whose own resource did not arrive.
pub(crate) fn unknown() -> Identity {
    Identity {
        banner: Banner {
            name: NOT_KNOWN.to_owned(),
            preferred_name: None,
            born: NOT_KNOWN.to_owned(),
            died: None,
            age_at_death: None,
            gender: NOT_KNOWN.to_owned(),
            sex_at_birth: None,
            nhs_number: NOT_KNOWN.to_owned(),
            nhs_number_status: None,
            details: Vec::new(),
            deceased: false,
            restricted: false,
            warnings: vec![
                "The patient\u{2019}s details did not arrive: identity cannot be confirmed".to_owned(),
            ],
        },
        born: None,
        died: None,
    }
}

/// The identity of a patient.
pub(crate) fn identity(it: &Patient) -> Identity {
    let name = usual_name(&it.name);
    let mut warnings = Vec::new();
    let (nhs_number, nhs_number_status) = number(&it.identifier, &mut warnings);
    let born = it.birth_date.as_ref().map(|d| d.as_str().to_owned());
    let (deceased, died) = match &it.deceased {
        Some(Value::DateTime(at)) => (true, Some(at.as_str().to_owned())),
        Some(Value::Boolean(true)) => (true, None),
        _ => (false, None),
    };
    let gender = display::gender(it.gender.as_deref());
    let sex = birth_sex(&it.base.extension).filter(|sex| *sex != gender);
    if it.active == Some(false) {
        warnings.push("This record is no longer in use at its source".to_owned());
    }
    for link in &it.link {
        match link.type_.as_deref() {
            Some("replaced-by") => warnings
                .push("This record has been replaced by another: look the patient up again".to_owned()),
            Some("replaces") => warnings.push("This record replaces an earlier one".to_owned()),
            Some("seealso" | "refer") => warnings.push(
                "This person has another record, held apart from this one: what is in it is not shown here"
                    .to_owned(),
            ),
            _ => {}
        }
    }
    if !it.base.modifiers.is_empty() {
        warnings.push("The details contain a modifier that Curlew does not understand".to_owned());
    }
    let restricted = it
        .base
        .meta
        .security
        .iter()
        .filter_map(|c| c.code.as_deref())
        .any(|code| matches!(code, "R" | "V" | "REDACTED"));
    let banner = Banner {
        name: name.map_or_else(|| NOT_KNOWN.to_owned(), person_name),
        preferred_name: preferred(&it.name, name),
        born: born_words(born.as_deref(), it.base.why_absent("birthDate")),
        died: deceased.then(|| match &died {
            Some(date) => display::Moment::parse(date).map_or_else(|| date.clone(), |m| m.date_text()),
            None => "Date not recorded".to_owned(),
        }),
        age_at_death: None,
        gender: gender.to_owned(),
        sex_at_birth: sex.map(str::to_owned),
        nhs_number,
        nhs_number_status,
        details: details(it),
        deceased,
        restricted,
        warnings,
    };
    Identity { banner, born, died }
}

fn born_words(born: Option<&str>, absent: Option<&str>) -> String {
    match (born, absent) {
        (Some(text), _) => display::Moment::parse(text).map_or_else(|| text.to_owned(), |m| m.date_text()),
        (None, Some("masked")) => "Withheld".to_owned(),
        (None, _) => NOT_KNOWN.to_owned(),
    }
}

/// A name the patient prefers, when it is not the one in the banner.
fn preferred(names: &[HumanName], shown: Option<&HumanName>) -> Option<String> {
    let other = names
        .iter()
        .find(|n| matches!(n.use_.as_deref(), Some("nickname" | "usual")))?;
    if shown.is_some_and(|s| s == other) {
        return None;
    }
    let words = other.text.clone().or_else(|| {
        let given = other.given.join(" ");
        (!given.is_empty()).then_some(given)
    })?;
    let same = shown.is_some_and(|s| s.given.join(" ").eq_ignore_ascii_case(&words));
    (!same).then_some(words)
}

fn number(identifiers: &[Identifier], warnings: &mut Vec<String>) -> (String, Option<String>) {
    let mut numbers = identifiers
        .iter()
        .filter(|i| i.system.as_deref() == Some(NHS_NUMBER) && i.use_.as_deref() != Some("old"))
        .filter(|i| i.value.is_some());
    let Some(first) = numbers.next() else {
        return (NOT_KNOWN.to_owned(), None);
    };
    let value = first.value.as_deref().unwrap_or_default();
    if numbers.any(|other| other.value.as_deref() != Some(value)) {
        warnings.push("More than one NHS number is given for this patient".to_owned());
    }
    match display::parse_nhs_number(value) {
        Ok(_) => {}
        Err(NhsNumberError::NotTenDigits) => {
            warnings.push("The NHS number does not have ten digits".to_owned())
        }
        Err(_) => warnings.push("The NHS number fails its check digit".to_owned()),
    }
    let status = first
        .extension
        .iter()
        .find(|e| {
            e.url
                .as_deref()
                .is_some_and(|u| u.ends_with("NHSNumberVerificationStatus"))
        })
        .and_then(|e| {
            e.value
                .as_ref()?
                .concept()?
                .coding
                .iter()
                .find_map(|c| c.code.clone())
        });
    let words = match status {
        Some(code) => display::nhs_number_status(&code),
        None => Some("Verification status not stated".to_owned()),
    };
    (display::nhs_number(value), words)
}

/// Sex at birth, from UK Core or US Core.
fn birth_sex(extensions: &[Extension]) -> Option<&'static str> {
    let stated = extensions.iter().find(|e| {
        e.url
            .as_deref()
            .is_some_and(|u| u.ends_with("Extension-UKCore-BirthSex") || u.ends_with("us-core-birthsex"))
    })?;
    match stated.value.as_ref()? {
        Value::Text(code) => display::sex(code),
        Value::CodeableConcept(concept) => concept
            .coding
            .iter()
            .filter_map(|c| c.code.as_deref())
            .find_map(display::sex),
        Value::Coding(coding) => coding.code.as_deref().and_then(display::sex),
        _ => None,
    }
}

/// Label of where somebody lives, in zone 2.
pub(crate) const ADDRESS: &str = "Address";

/// Label of their GP practice, in zone 2.
pub(crate) const GP_PRACTICE: &str = "GP practice";

/// Zone 2: address, contact, GP, language and so on.
fn details(it: &Patient) -> Vec<LabelledText> {
    let mut details: Vec<LabelledText> = Vec::new();
    let mut add = |label: &str, text: Option<String>| {
        if let Some(text) = text.filter(|t| !t.trim().is_empty()) {
            details.push(LabelledText {
                label: label.to_owned(),
                text,
            });
        }
    };
    for address in &it.address {
        let label = match address.use_.as_deref() {
            Some("temp") => "Temporary address",
            Some("old") => "Old address",
            Some("work") => "Work address",
            _ => ADDRESS,
        };
        add(label, address_words(address));
    }
    add("Contact", contacts_words(&it.telecom));
    for gp in &it.general_practitioner {
        add(GP_PRACTICE, gp.display.clone());
    }
    for communication in &it.communication {
        let interpreter = communication.extension.iter().chain(&it.base.extension).any(|e| {
            let about = e.url.as_deref().unwrap_or_default().to_ascii_lowercase();
            about.contains("interpreterrequired") && e.value.as_ref().and_then(Value::boolean) == Some(true)
        });
        let language = communication.language.as_ref().and_then(concept_words);
        add(
            "Language",
            language.map(|l| {
                if interpreter {
                    format!("{l}, interpreter required")
                } else {
                    l
                }
            }),
        );
    }
    add(
        "Marital status",
        it.marital_status.as_ref().and_then(concept_words),
    );
    for extension in &it.base.extension {
        let url = extension.url.as_deref().unwrap_or_default();
        let label = match url.rsplit(['/', '-']).next() {
            Some("EthnicCategory") => "Ethnic category",
            Some("religion") => "Religion",
            Some("birthPlace") => "Birth place",
            Some("ResidentialStatus") => "Residential status",
            _ => continue,
        };
        add(label, extension.value.as_ref().and_then(value_words));
    }
    for contact in &it.contact {
        let name = contact.name.as_ref().map(person_name);
        let shown: Vec<String> = [
            name,
            all_words(&contact.relationship),
            contacts_words(&contact.telecom),
        ]
        .into_iter()
        .flatten()
        .collect();
        add("Personal contact", (!shown.is_empty()).then(|| shown.join(", ")));
    }
    let local = it
        .identifier
        .iter()
        .filter(|i| i.system.as_deref() != Some(NHS_NUMBER))
        .filter_map(|i| {
            let kind = i
                .type_
                .as_ref()
                .and_then(concept_words)
                .or_else(|| i.assigner.as_ref()?.display.clone())?;
            Some(format!("{kind} {}", i.value.as_deref()?))
        });
    let local: Vec<String> = local.collect();
    add("Local numbers", (!local.is_empty()).then(|| local.join(", ")));
    details
}
