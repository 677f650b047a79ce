//! Values of every FHIR data type in words.

use curlew_fhir::{Address, ContactPoint, HumanName, Period, Quantity, Range, Ratio, Resource, Value};

use super::moment;
use crate::{
    display::{self, NameParts, quantity, result_unit},
    fact::{code_words, concept_words},
};

/// Any value in words; `None` only when it holds nothing.
pub(crate) fn value_words(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Decimal(number) => Some(number.as_str().to_owned()),
        Value::Text(text) | Value::Time(text) => Some(text.clone()),
        Value::DateTime(at) => moment(Some(at)).map(|m| m.text()),
        Value::Quantity(amount) => quantity_words(amount),
        Value::Coding(coding) => coding
            .display
            .clone()
            .or_else(|| coding.code.as_ref().map(|c| format!("code {c}"))),
        Value::CodeableConcept(concept) => concept_words(concept),
        Value::Reference(reference) => reference.display.clone(),
        Value::Period(period) => period_words(period),
        Value::Range(range) => range_words(range),
        Value::Ratio(ratio) => ratio_words(ratio),
        Value::SampledData(_) => Some("recorded trace, see the source".to_owned()),
        Value::Timing(timing) => timing.code.as_ref().and_then(concept_words).or_else(|| {
            let days: Vec<String> = timing
                .event
                .iter()
                .filter_map(|e| moment(Some(e)))
                .map(|m| m.text())
                .collect();
            (!days.is_empty()).then(|| days.join(", "))
        }),
        Value::Attachment(attachment) => attachment
            .title
            .clone()
            .or_else(|| Some("attachment, see the source".to_owned())),
        Value::Annotation(note) => note.text.clone(),
        Value::Identifier(identifier) => identifier.value.clone(),
        Value::HumanName(name) => Some(person_name(name)),
        Value::Address(address) => address_words(address),
        Value::ContactPoint(point) => point.value.clone(),
        Value::Dosage(dosage) => dosage.text.clone(),
        Value::Other { type_name, .. } => Some(format!("{type_name}, see the source")),
        _ => Some("see the source".to_owned()),
    }
}

/// An amount with the digits it was sent with.
pub(crate) fn quantity_words(amount: &Quantity) -> Option<String> {
    let value = amount.value.as_ref()?;
    Some(quantity(
        amount.comparator.as_deref(),
        value.as_str(),
        &unit_of(amount),
    ))
}

/// The unit for reading: the author's, made readable; failing that the code's.
pub(crate) fn unit_of(amount: &Quantity) -> String {
    amount
        .unit
        .as_deref()
        .or(amount.code.as_deref())
        .map(result_unit)
        .unwrap_or_default()
}

pub(crate) fn range_words(range: &Range) -> Option<String> {
    bounds_words(range.low.as_ref(), range.high.as_ref())
}

/// `3.5 to 5.3 mmol/L`, `less than 5 mg/L`, `more than 60`.
pub(crate) fn bounds_words(low: Option<&Quantity>, high: Option<&Quantity>) -> Option<String> {
    let number = |q: Option<&Quantity>| q.and_then(|q| q.value.as_ref()).map(|v| v.as_str().to_owned());
    match (number(low), number(high)) {
        (Some(low_number), Some(high_number)) => {
            let (a, b) = (
                low.map(unit_of).unwrap_or_default(),
                high.map(unit_of).unwrap_or_default(),
            );
            if a == b || a.is_empty() {
                Some(quantity(None, &format!("{low_number} to {high_number}"), &b))
            } else {
                Some(format!(
                    "{} to {}",
                    quantity(None, &low_number, &a),
                    quantity(None, &high_number, &b)
                ))
            }
        }
        (Some(low_number), None) => Some(format!(
            "from {}",
            quantity(None, &low_number, &low.map(unit_of).unwrap_or_default())
        )),
        (None, Some(high_number)) => Some(format!(
            "up to {}",
            quantity(None, &high_number, &high.map(unit_of).unwrap_or_default())
        )),
        (None, None) => None,
    }
}

/// `400 mg in 5 mL` for amounts, `1 : 320` for titres without units.
pub(crate) fn ratio_words(ratio: &Ratio) -> Option<String> {
    let (numerator, denominator) = (ratio.numerator.as_ref()?, ratio.denominator.as_ref());
    let Some(denominator) = denominator else {
        return quantity_words(numerator);
    };
    let (top, bottom) = (quantity_words(numerator)?, quantity_words(denominator)?);
    let unitless = unit_of(numerator).is_empty() && unit_of(denominator).is_empty();
    Some(if unitless {
        format!("{top} : {bottom}")
    } else {
        format!("{top} in {bottom}")
    })
}

pub(crate) fn period_words(period: &Period) -> Option<String> {
    match (moment(period.start.as_ref()), moment(period.end.as_ref())) {
        (Some(start), Some(end)) => Some(format!("{} to {}", start.text(), end.text())),
        (Some(start), None) => Some(format!("from {}", start.text())),
        (None, Some(end)) => Some(format!("until {}", end.text())),
        (None, None) => None,
    }
}

pub(crate) fn person_name(name: &HumanName) -> String {
    display::name(NameParts {
        family: name.family.as_deref(),
        given: &name.given,
        prefix: &name.prefix,
        text: name.text.as_deref(),
    })
}

/// The name a person goes by: official, then usual, then whichever is first; an old name only as a last resort.
pub(crate) fn usual_name(names: &[HumanName]) -> Option<&HumanName> {
    let of = |use_: &str| names.iter().find(|n| n.use_.as_deref() == Some(use_));
    of("official")
        .or_else(|| of("usual"))
        .or_else(|| {
            names
                .iter()
                .find(|n| !matches!(n.use_.as_deref(), Some("old" | "maiden" | "nickname")))
        })
        .or_else(|| names.first())
}

pub(crate) fn address_words(address: &Address) -> Option<String> {
    let parts = address.line.iter().map(String::as_str).chain(
        [&address.city, &address.district, &address.state]
            .into_iter()
            .filter_map(|p| p.as_deref()),
    );
    let shown = display::address(parts, address.postal_code.as_deref());
    let shown = if shown.is_empty() {
        address.text.clone()?
    } else {
        shown
    };
    Some(match address.country.as_deref() {
        Some(country) if !matches!(country, "GBR" | "GB" | "UK" | "United Kingdom" | "England") => {
            format!("{shown}, {country}")
        }
        _ => shown,
    })
}

/// `Home 020 7946 0018`, `Email …` (banner zone 2: Home, Work, Mobile, Email).
pub(crate) fn contact_words(point: &ContactPoint) -> Option<String> {
    let value = point.value.as_deref()?;
    let label = match (point.system.as_deref(), point.use_.as_deref()) {
        (Some("email"), _) => return Some(format!("Email {value}")),
        (_, Some("mobile")) => "Mobile",
        (_, Some("home")) => "Home",
        (_, Some("work")) => "Work",
        (_, Some("old")) => "Old",
        (Some("fax"), _) => "Fax",
        (Some("url"), _) => return Some(value.to_owned()),
        _ => "Phone",
    };
    Some(format!("{label} {}", display::phone(value)))
}

/// Every current way to get in touch.
pub(crate) fn contacts_words(points: &[ContactPoint]) -> Option<String> {
    let shown: Vec<String> = points.iter().filter_map(contact_words).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// The name of a resource that others refer to.
pub(crate) fn resource_name(resource: &Resource) -> Option<String> {
    match resource {
        Resource::Practitioner(it) => usual_name(&it.name).map(person_name),
        Resource::RelatedPerson(it) => usual_name(&it.name).map(person_name),
        Resource::Patient(it) => usual_name(&it.name).map(person_name),
        Resource::Organization(it) => it.name.clone(),
        Resource::Location(it) => it.name.clone(),
        Resource::HealthcareService(it) => it.name.clone(),
        Resource::Medication(it) => it.code.as_ref().and_then(concept_words),
        Resource::Condition(it) => it.code.as_ref().and_then(concept_words),
        Resource::Device(it) => it
            .device_name
            .iter()
            .find_map(|n| n.name.clone())
            .or_else(|| it.type_.as_ref().and_then(concept_words)),
        Resource::CareTeam(it) => it.name.clone(),
        Resource::PractitionerRole(it) => {
            let person = it.practitioner.as_ref().and_then(|p| p.display.clone());
            person.or_else(|| it.code.iter().find_map(concept_words))
        }
        _ => None,
    }
}

/// A resource type's name as words: "medication request".
pub(crate) fn type_words(resource_type: &str) -> String {
    let mut words = String::with_capacity(resource_type.len() + 4);
    for (at, c) in resource_type.chars().enumerate() {
        if c.is_uppercase() && at > 0 {
            words.push(' ');
        }
        words.push(if at == 0 { c } else { c.to_ascii_lowercase() });
    }
    code_words(&words)
}
