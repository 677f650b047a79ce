//! The table in the forms that others read: JSON Schema, and the README's reference.

use super::keys::{Fallback, KEYS, Key, Kind};
use super::values::{Value, words};
use serde_json::{Map, Value as Json, json};

/// JSON Schema (2020-12) of a policy file, for an editor that completes and checks TOML.
#[must_use]
pub fn schema() -> Json {
    let properties: Map<String, Json> = KEYS
        .iter()
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Curlew policy",
        "description": "What an organisation sets for Curlew. `curlewctl policy check FILE` also finds what a schema cannot.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

fn property(key: &Key) -> Json {
    let mut property = match key.kind {
        Kind::Word => json!({"type": "string", "pattern": r"^\S+$"}),
        Kind::Address => json!({"type": "string", "format": "uri", "pattern": "^https?://"}),
        Kind::SecureAddress => json!({"type": "string", "format": "uri", "pattern": "^https://"}),
        Kind::PublicKey => json!({"type": "string", "minLength": 56, "pattern": "^[A-Za-z0-9+/=]+$"}),
        Kind::Proxy => json!({"type": "string", "pattern": "^(system|none|https?://[^@]+)$"}),
        Kind::Whole {
            least,
            most,
            zero: None,
            ..
        } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Kind::Whole {
            least,
            most,
            zero: Some(_),
            ..
        } => {
            json!({"type": "integer", "anyOf": [{"const": 0}, {"minimum": least, "maximum": most}]})
        }
        Kind::YesNo => json!({"type": "boolean"}),
        Kind::OneOf(known) => json!({"type": "string", "enum": names(known)}),
        Kind::AnyOf(known) => {
            json!({"type": "array", "uniqueItems": true, "items": {"type": "string", "enum": names(known)}})
        }
        Kind::Words => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string", "pattern": r"^\S+$"}})
        }
        Kind::Caseload => json!({"type": "array", "minItems": 1, "items": {"type": "string", "pattern":
            "^(group(:[A-Za-z0-9.-]{1,64})?|list:[A-Za-z0-9.-]{1,64}|\
             (care-team|general-practitioner|appointments)(:(Practitioner|PractitionerRole|Organization|Location)/[A-Za-z0-9.-]{1,64})?|\
             nhs-numbers)$"}}),
        Kind::Files => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Reasons => json!({"type": "array", "minItems": 1, "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["code", "words"],
            "properties": {
                "code": {"type": "string", "pattern": "^[a-z0-9-]+$"},
                "words": {"type": "string", "pattern": r"\S"},
            },
        }}),
    };
    if let Some(fields) = property.as_object_mut() {
        fields.insert("description".to_owned(), key.meaning.into());
        if let Some(value) = key.fallback.value() {
            fields.insert("default".to_owned(), json(&value));
        }
    }
    property
}

fn names<'a>(known: &[(&'a str, &str)]) -> Vec<&'a str> {
    known.iter().map(|(name, _)| *name).collect()
}

fn json(value: &Value) -> Json {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Whole(number) => (*number).into(),
        Value::YesNo(yes) => (*yes).into(),
        Value::List(list) => list.as_slice().into(),
        Value::Reasons(reasons) => reasons
            .iter()
            .map(|reason| json!({"code": reason.code, "words": reason.words}))
            .collect(),
    }
}

impl Key {
    /// What its value may be, in words: "a whole number from 1 to 60 (minutes)".
    #[must_use]
    pub fn allowed(&self) -> String {
        match self.kind {
            Kind::Word => "text without spaces".to_owned(),
            Kind::Address | Kind::SecureAddress => "an https address".to_owned(),
            Kind::PublicKey => "a minisign public key in base64".to_owned(),
            Kind::Proxy => "system, none or an address".to_owned(),
            Kind::Whole {
                least,
                most,
                zero,
                unit,
            } => {
                let unit = if unit.is_empty() {
                    String::new()
                } else {
                    format!(" {unit}")
                };
                let zero = zero.map_or_else(String::new, |words| format!(", or 0 for {words}"));
                format!("{least} to {most}{unit}{zero}")
            }
            Kind::YesNo => "true or false".to_owned(),
            Kind::OneOf(known) => names(known).join(", "),
            Kind::AnyOf(known) => format!("a list of {}", names(known).join(", ")),
            Kind::Words | Kind::Caseload => "a list of texts".to_owned(),
            Kind::Files => "a list of whole paths".to_owned(),
            Kind::Reasons => "tables of code and words".to_owned(),
        }
    }

    /// What holds without it, in words.
    #[must_use]
    pub fn fallback_words(&self) -> String {
        match (self.fallback, self.fallback.value()) {
            (Fallback::None(words), _) => words.to_owned(),
            (_, Some(value)) => words(self, &value),
            (_, None) => String::new(),
        }
    }
}

/// The README's reference: a Markdown table with a row a key.
#[must_use]
pub fn reference() -> String {
    let mut table = String::from("| key | value | without it | |\n|---|---|---|---|\n");
    for key in KEYS {
        let default = match key.fallback.value() {
            Some(Value::Reasons(reasons)) => format!("a list of {}", reasons.len()),
            Some(Value::List(list)) if list.is_empty() => "none".to_owned(),
            Some(Value::List(list)) => code(&list.join(" ")),
            Some(Value::Text(text)) => code(&text),
            Some(Value::Whole(number)) => number.to_string(),
            Some(Value::YesNo(yes)) => yes.to_string(),
            None => key.fallback_words().to_lowercase(),
        };
        let cells = [code(key.name), key.allowed(), default, key.meaning.to_owned()];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
