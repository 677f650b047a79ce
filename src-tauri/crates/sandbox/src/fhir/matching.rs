//! Whether a resource fits a search parameter.
//!
//! One table for all types: FHIR names the same idea the same way almost everywhere, and a parameter whose member a
//! type does not have simply finds nothing.

use serde_json::Value;

use super::date::{DateParameter, interval};

/// How a parameter's value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Token,
    Date,
    Reference,
    Text,
}

/// Parameter, comparison, and the members it looks at.
const TABLE: &[(&str, Kind, &[&str])] = &[
    ("active", Kind::Token, &["active"]),
    ("actor", Kind::Reference, &["participant"]),
    ("agent", Kind::Reference, &["agent"]),
    ("author", Kind::Reference, &["author"]),
    ("authored", Kind::Date, &["authored"]),
    ("authoredon", Kind::Date, &["authoredOn"]),
    ("based-on", Kind::Reference, &["basedOn"]),
    ("birthdate", Kind::Date, &["birthDate"]),
    ("category", Kind::Token, &["category"]),
    ("class", Kind::Token, &["class"]),
    ("clinical-status", Kind::Token, &["clinicalStatus"]),
    (
        "code",
        Kind::Token,
        &["code", "medicationCodeableConcept", "vaccineCode"],
    ),
    ("created", Kind::Date, &["created"]),
    (
        "date",
        Kind::Date,
        &[
            "date",
            "effectiveDateTime",
            "effectivePeriod",
            "effectiveInstant",
            "performedDateTime",
            "performedPeriod",
            "occurrenceDateTime",
            "occurrencePeriod",
            "period",
            "start",
            "recorded",
            "dateTime",
            "recordedDate",
            "authoredOn",
            "sent",
            "started",
            "assertedDate",
            "whenHandedOver",
            "created",
        ],
    ),
    ("encounter", Kind::Reference, &["encounter", "context"]),
    ("entity", Kind::Reference, &["entity"]),
    ("gender", Kind::Token, &["gender"]),
    ("general-practitioner", Kind::Reference, &["generalPractitioner"]),
    ("identifier", Kind::Token, &["identifier"]),
    ("intent", Kind::Token, &["intent"]),
    ("issued", Kind::Date, &["issued"]),
    ("location", Kind::Reference, &["location"]),
    ("medication", Kind::Reference, &["medicationReference"]),
    ("member", Kind::Reference, &["member"]),
    (
        "organization",
        Kind::Reference,
        &[
            "managingOrganization",
            "organization",
            "custodian",
            "serviceProvider",
        ],
    ),
    ("participant", Kind::Reference, &["participant"]),
    ("part-of", Kind::Reference, &["partOf"]),
    (
        "patient",
        Kind::Reference,
        &["patient", "subject", "beneficiary", "for"],
    ),
    ("performer", Kind::Reference, &["performer"]),
    ("practitioner", Kind::Reference, &["practitioner"]),
    ("recorded-date", Kind::Date, &["recordedDate"]),
    ("recorder", Kind::Reference, &["recorder"]),
    ("related", Kind::Reference, &["relatesTo"]),
    ("requester", Kind::Reference, &["requester"]),
    ("specimen", Kind::Reference, &["specimen"]),
    ("status", Kind::Token, &["status"]),
    ("subject", Kind::Reference, &["subject", "patient"]),
    ("type", Kind::Token, &["type"]),
    ("verification-status", Kind::Token, &["verificationStatus"]),
    ("name", Kind::Text, &["name"]),
    ("family", Kind::Text, &["name.family"]),
    ("given", Kind::Text, &["name.given"]),
];

/// Parameters of `meta`, which every resource has.
const OF_META: &[(&str, Kind, &str)] = &[
    ("_profile", Kind::Reference, "profile"),
    ("_security", Kind::Token, "security"),
    ("_source", Kind::Reference, "source"),
    ("_tag", Kind::Token, "tag"),
];

/// The parameters a type can be searched by, with FHIR's name for their kind.
pub(super) fn supported(resource_type: &str) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("_id", "token"), ("_lastUpdated", "date")];
    let named = |kind| match kind {
        Kind::Token => "token",
        Kind::Date => "date",
        Kind::Reference => "reference",
        Kind::Text => "string",
    };
    all.extend(OF_META.iter().map(|(name, kind, _)| (*name, named(*kind))));
    let about_people = [
        "birthdate",
        "gender",
        "family",
        "given",
        "general-practitioner",
        "name",
    ];
    let fits = |name: &str| match resource_type {
        "Patient" => about_people.contains(&name) || matches!(name, "identifier" | "active" | "organization"),
        "Practitioner" | "Organization" | "Location" | "HealthcareService" => {
            matches!(
                name,
                "identifier" | "name" | "active" | "type" | "part-of" | "family" | "given"
            )
        }
        _ => !about_people.contains(&name),
    };
    all.extend(
        TABLE
            .iter()
            .filter(|(name, ..)| fits(name))
            .map(|(name, kind, _)| (*name, named(*kind))),
    );
    all
}

/// One criterion: a parameter with its value, understood.
#[derive(Debug)]
pub(super) struct Criterion {
    kind: Kind,
    members: Vec<&'static str>,
    of_meta: bool,
    modifier: Option<String>,
    values: Vec<String>,
    dates: Vec<DateParameter>,
}

/// A parameter that cannot be a criterion.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotUsable {
    /// No such parameter here.
    Unknown,
    /// Known, but the value is not of its kind.
    Value,
}

impl Criterion {
    /// Reads a parameter such as `code=http://snomed.info/sct|123`, with its modifier if any.
    pub(super) fn read(name: &str, value: &str) -> Result<Self, NotUsable> {
        let (bare, modifier) = match name.split_once(':') {
            Some((bare, modifier)) => (bare, Some(modifier.to_owned())),
            None => (name, None),
        };
        let of_table = TABLE
            .iter()
            .find(|(known, ..)| *known == bare)
            .map(|(_, kind, members)| (*kind, members.to_vec(), false));
        let of_meta = || {
            OF_META
                .iter()
                .find(|(known, ..)| *known == bare)
                .map(|(_, kind, member)| (*kind, vec![*member], true))
        };
        let (kind, members, of_meta) = of_table.or_else(of_meta).ok_or(NotUsable::Unknown)?;
        let known_modifier = match modifier.as_deref() {
            None => true,
            Some("exact" | "contains") => kind == Kind::Text,
            Some("not") => kind == Kind::Token,
            Some(other) => kind == Kind::Reference && other.starts_with(|c: char| c.is_ascii_uppercase()),
        };
        if !known_modifier {
            return Err(NotUsable::Unknown);
        }
        let values: Vec<String> = value.split(',').map(str::to_owned).collect();
        let dates = match kind {
            Kind::Date => values
                .iter()
                .map(|text| DateParameter::read(text).ok_or(NotUsable::Value))
                .collect(),
            _ => Ok(Vec::new()),
        }?;
        Ok(Self {
            kind,
            members,
            of_meta,
            modifier,
            values,
            dates,
        })
    }

    /// Whether the resource fits.
    pub(super) fn fits(&self, resource: &Value) -> bool {
        let from = if self.of_meta { &resource["meta"] } else { resource };
        let mut found = self.members.iter().flat_map(|member| elements(from, member));
        match self.kind {
            Kind::Token => {
                let matched = found.any(|element| self.values.iter().any(|value| token(element, value)));
                matched != (self.modifier.as_deref() == Some("not"))
            }
            Kind::Date => found.any(|element| self.date(element)),
            Kind::Reference => {
                let wanted: Vec<String> = match &self.modifier {
                    Some(of) => self.values.iter().map(|value| format!("{of}/{value}")).collect(),
                    None => self.values.clone(),
                };
                found.any(|element| {
                    references(element)
                        .iter()
                        .any(|r| wanted.iter().any(|w| reference(r, w)))
                })
            }
            Kind::Text => {
                let words: Vec<String> = found.flat_map(texts).collect();
                words
                    .iter()
                    .any(|word| self.values.iter().any(|value| self.text(word, value)))
            }
        }
    }

    fn text(&self, word: &str, value: &str) -> bool {
        match self.modifier.as_deref() {
            Some("exact") => word == value,
            Some(_) => folded(word).contains(&folded(value)),
            None => folded(word).starts_with(&folded(value)),
        }
    }

    fn date(&self, element: &Value) -> bool {
        let whole = match element {
            Value::String(text) => interval(text),
            Value::Object(period) => {
                let bound = |name: &str| period.get(name).and_then(Value::as_str).and_then(interval);
                let (start, end) = (bound("start"), bound("end"));
                let from = start.map_or(chrono::DateTime::<chrono::Utc>::MIN_UTC, |(from, _)| from);
                let until = end.map_or(chrono::DateTime::<chrono::Utc>::MAX_UTC, |(_, until)| until);
                (start.is_some() || end.is_some()).then_some((from, until))
            }
            _ => None,
        };
        whole.is_some_and(|whole| self.dates.iter().any(|date| date.fits_interval(whole)))
    }
}

/// The elements at a member, or at a member of a member, arrays opened.
fn elements<'v>(from: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![from];
    for member in path.split('.') {
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(all) => all.iter().collect::<Vec<_>>(),
                one => vec![one],
            })
            .filter_map(|value| value.get(member))
            .collect();
    }
    let open = |value: &'v Value| match value {
        Value::Array(all) => all.iter().collect::<Vec<_>>(),
        one => vec![one],
    };
    found.into_iter().flat_map(open).collect()
}

/// `code`, `system|code`, `|code` or `system|` against a code, Coding, CodeableConcept or Identifier.
fn token(element: &Value, wanted: &str) -> bool {
    let (system, code) = match wanted.split_once('|') {
        Some((system, code)) => (Some(system), code),
        None => (None, wanted),
    };
    let fits = |of: Option<&str>, value: Option<&str>| {
        system.is_none_or(|system| of.unwrap_or_default() == system)
            && (code.is_empty() || value == Some(code))
    };
    match element {
        Value::String(text) => code == text,
        Value::Bool(flag) => code == flag.to_string(),
        Value::Object(members) => {
            if let Some(Value::Array(codings)) = members.get("coding") {
                return codings.iter().any(|coding| token(coding, wanted));
            }
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            fits(text("system"), text("code").or_else(|| text("value")))
        }
        _ => false,
    }
}

/// Every `reference` (or bare URI) inside an element.
fn references(element: &Value) -> Vec<&str> {
    match element {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().flat_map(references).collect(),
        Value::Object(members) => {
            let own = members.get("reference").and_then(Value::as_str);
            let inner = members
                .values()
                .filter(|value| !value.is_string())
                .flat_map(references);
            own.into_iter().chain(inner).collect()
        }
        _ => Vec::new(),
    }
}

fn reference(found: &str, wanted: &str) -> bool {
    found == wanted || found.rsplit('/').next() == Some(wanted)
}

/// All texts of a name, whether a string or a HumanName.
fn texts(element: &Value) -> Vec<String> {
    match element {
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(texts).collect(),
        Value::Object(members) => {
            let parts = ["family", "given", "prefix", "suffix", "text"];
            parts
                .iter()
                .filter_map(|part| members.get(*part))
                .flat_map(texts)
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Case and the accents of western Europe do not count (FHIR R4 search, string).
fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        '’' => '\'',
        other => other,
    };
    text.to_lowercase().chars().map(plain).collect()
}

/// The earliest text of the members the `date` parameter looks at: what `_sort=date` sorts by.
pub(super) fn date_of(resource: &Value) -> String {
    let members = TABLE
        .iter()
        .find(|(name, ..)| *name == "date")
        .map_or(&[][..], |(_, _, members)| members);
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        other => other.get("start").and_then(Value::as_str).map(str::to_owned),
    };
    members
        .iter()
        .find_map(|member| resource.get(member).and_then(text))
        .unwrap_or_default()
}

/// `Type/id`s inside the members a reference parameter looks at: what `_include=Type:parameter` adds.
pub(super) fn included<'v>(resource: &'v Value, parameter: &str) -> Vec<&'v str> {
    let members = TABLE
        .iter()
        .find(|(name, kind, _)| *name == parameter && *kind == Kind::Reference);
    let members = members.map_or(&[][..], |(_, _, members)| members);
    members
        .iter()
        .filter_map(|member| resource.get(member))
        .flat_map(references)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(name: &str, value: &str, resource: &Value) -> bool {
        Criterion::read(name, value).unwrap().fits(resource)
    }

    #[test]
    fn tokens_fit_by_code_and_by_system() {
        let observation =
            json!({"status": "final", "category": [{"coding": [{"system": "s", "code": "laboratory"}]}]});
        assert!(fits("category", "laboratory", &observation));
        assert!(fits("category", "s|laboratory", &observation));
        assert!(fits("category", "other,s|", &observation));
        assert!(!fits("category", "t|laboratory", &observation));
        assert!(fits("status", "final,amended", &observation));
        assert!(!fits("status:not", "final", &observation));
    }

    #[test]
    fn names_fit_from_their_beginning_without_accents_or_case() {
        let patient = json!({"name": [{"family": "Désirée-Smith", "given": ["Ann", "Bea"]}]});
        assert!(fits("family", "desiree", &patient));
        assert!(fits("given", "BE", &patient));
        assert!(fits("name", "ann", &patient));
        assert!(!fits("family", "smith", &patient));
        assert!(fits("family:contains", "smith", &patient));
        assert!(!fits("family:exact", "desiree-smith", &patient));
    }

    #[test]
    fn references_fit_bare_typed_and_nested() {
        let group = json!({"member": [{"entity": {"reference": "Patient/7"}}]});
        assert!(fits("member", "Patient/7", &group));
        assert!(fits("member", "7", &group));
        assert!(fits("member:Patient", "7", &group));
        assert!(!fits("member", "Patient/77", &group));
        assert_eq!(included(&group, "member"), ["Patient/7"]);
    }

    #[test]
    fn an_open_period_reaches_into_the_future() {
        let plan = json!({"period": {"start": "2025-01-01"}});
        assert!(fits("date", "ge2026-01-01", &plan));
        assert!(!fits("date", "lt2025-01-01", &plan));
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        assert_eq!(Criterion::read("colour", "red").err(), Some(NotUsable::Unknown));
        assert_eq!(
            Criterion::read("status:exact", "x").err(),
            Some(NotUsable::Unknown)
        );
        assert_eq!(Criterion::read("date", "soon").err(), Some(NotUsable::Value));
    }
}
