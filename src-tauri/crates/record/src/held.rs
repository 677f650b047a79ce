//! What the record is made from: the received resources, and what is known about those that did not arrive.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The current version of one resource, verbatim as received.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// The JSON text of the resource.
    pub raw: &'a str,
    /// When this version reached us: the third of the three times, beside happened and recorded.
    pub version_received: DateTime<Utc>,
}

/// How the last contact went: everything that is known to be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Requests or pages that failed.
    pub failures: Vec<Failure>,
    /// What policy, sensitivity or role kept back.
    pub withheld: Vec<Withheld>,
    /// Entries that arrived and could not even be stored.
    pub unreadable: Vec<Unreadable>,
    /// What else must be said about what is missing, each a whole sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A request or page that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// In words a clinician understands, for example "page 3 of the hospital's record did not arrive".
    pub what: String,
    /// Whether an allergy or a medicine could have been in it.
    pub touches_safety: bool,
}

/// Resources that the source or policy keeps back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Their type, when that may be known.
    pub resource_type: Option<String>,
    /// How many; 0 when not countable.
    pub count: u32,
    /// Why, in words.
    pub reason: String,
}

/// An entry that arrived and could not be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// `Type/id` where that much could be read, otherwise its place in the page.
    pub item: String,
    /// What was wrong with it. Never quotes its content.
    pub problem: String,
}
