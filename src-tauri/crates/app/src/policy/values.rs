//! What is set, by whom, and what it says in words.

use super::check::{Finding, Place};
use super::keys::{self as key, Fallback, KEYS, Key, Kind};
use super::read::Given;
use crate::sources::CaseloadRule;
use crate::wire::{EmergencyReason, SettingRow, SettingSource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use ts_rs::TS;

/// The value of a key, checked against its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number.
    Whole(i64),
    /// Yes or no.
    YesNo(bool),
    /// A list.
    List(Vec<String>),
    /// Reasons.
    Reasons(Vec<EmergencyReason>),
}

/// Who set a key, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The organisation, in this file or registry key.
    Organisation(String),
    /// The command line.
    CommandLine,
    /// The person's own file.
    Person(String),
    /// Nobody.
    Default,
}

impl Origin {
    /// As the Settings screen is told.
    #[must_use]
    pub fn source(&self) -> SettingSource {
        match self {
            Self::Organisation(_) => SettingSource::Policy,
            Self::CommandLine => SettingSource::CommandLine,
            Self::Person(_) => SettingSource::Person,
            Self::Default => SettingSource::Default,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation(place) => write!(f, "{place} (locked)"),
            Self::Person(place) => f.write_str(place),
            Self::CommandLine => f.write_str("the command line"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// Something that policy can turn off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Print and print preview.
    Printing,
    /// Emergency access.
    Emergency,
    /// Copies on the disk.
    OfflineCopies,
    /// Copying from the window.
    Clipboard,
}

impl Feature {
    pub(crate) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "printing" => Self::Printing,
            "emergency" => Self::Emergency,
            "offline-copies" => Self::OfflineCopies,
            "clipboard" => Self::Clipboard,
            _ => return None,
        })
    }
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed for good.
    Error,
    /// What was worked around.
    Warn,
    /// What was done.
    Info,
    /// Each step.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The level of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "off" => Self::Off,
            "error" => Self::Error,
            "warn" => Self::Warn,
            "info" => Self::Info,
            "debug" => Self::Debug,
            "trace" => Self::Trace,
            _ => return None,
        })
    }
}

/// What one layer or another has set.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Set {
    value: Value,
    by: Origin,
    place: Place,
}

/// Everything that is set, each key by the strongest layer that sets it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    set: BTreeMap<&'static str, Set>,
}

impl Policy {
    /// Lays what one layer gives under what is set already: stronger layers come first.
    pub(crate) fn lay(&mut self, given: Vec<Given>, by: &Origin) {
        for Given { key, value, place } in given {
            self.set.entry(key.name).or_insert_with(|| Set {
                value,
                by: by.clone(),
                place,
            });
        }
    }

    /// Whether this key's value was set by anybody, and by whom.
    #[must_use]
    pub fn origin(&self, key: &Key) -> Origin {
        self.set
            .get(key.name)
            .map_or(Origin::Default, |set| set.by.clone())
    }

    fn value(&self, key: &Key) -> Option<Value> {
        self.set
            .get(key.name)
            .map(|set| set.value.clone())
            .or_else(|| key.fallback.value())
    }

    pub(crate) fn text(&self, key: &Key) -> Option<String> {
        match self.value(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn whole(&self, key: &Key) -> i64 {
        match self.value(key) {
            Some(Value::Whole(number)) => number,
            _ => 0,
        }
    }

    pub(crate) fn yes(&self, key: &Key) -> bool {
        self.value(key) == Some(Value::YesNo(true))
    }

    pub(crate) fn list(&self, key: &Key) -> Vec<String> {
        match self.value(key) {
            Some(Value::List(list)) => list,
            _ => Vec::new(),
        }
    }

    pub(crate) fn reasons(&self) -> Vec<EmergencyReason> {
        match self.value(&key::EMERGENCY_REASONS) {
            Some(Value::Reasons(reasons)) => reasons,
            _ => Vec::new(),
        }
    }

    pub(crate) fn features_off(&self) -> Vec<Feature> {
        let words = self.list(&key::FEATURES_OFF);
        words.iter().filter_map(|word| Feature::named(word)).collect()
    }

    /// Which keys stand against each other, or against a default.
    #[must_use]
    pub fn contradictions(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let told = |key: &Key| {
            let by = match self.set.get(key.name) {
                Some(_) => "",
                None => ", the default",
            };
            format!("{} ({}{by})", key.name, self.whole(key))
        };
        // At the key that is set; a default is nobody's mistake.
        let place = |first: &Key, second: &Key| {
            let set = self.set.get(first.name).or_else(|| self.set.get(second.name));
            set.map_or(Place::Nowhere, |set| set.place.clone())
        };
        let (fresh, readable, kept) = (&key::FRESH_HOURS, &key::READABLE_HOURS, &key::KEPT_DAYS);
        if self.whole(fresh) > self.whole(readable) {
            findings.push(Finding {
                place: place(fresh, readable),
                problem: format!("{} is more than {}.", told(fresh), told(readable)),
                fix: format!(
                    "A copy cannot be fresh when it can no longer be read: set fresh_hours to at most {}, or raise readable_hours.",
                    self.whole(readable)
                ),
            });
        }
        if self.whole(readable) > self.whole(kept) * 24 {
            findings.push(Finding {
                place: place(readable, kept),
                problem: format!("{} is longer than {}.", told(readable), told(kept)),
                fix: format!(
                    "A copy cannot be read once it is destroyed: set kept_days to at least {}, or lower readable_hours.",
                    self.whole(readable).div_euclid(24) + i64::from(self.whole(readable) % 24 > 0)
                ),
            });
        }
        let no_copies = self.features_off().contains(&Feature::OfflineCopies);
        let shared = self.set.get(key::SHARED_DESKTOP.name);
        if no_copies && shared.is_some_and(|set| set.value == Value::YesNo(false)) {
            findings.push(Finding {
                place: place(&key::SHARED_DESKTOP, &key::FEATURES_OFF),
                problem: "shared_desktop is false, and features_off names offline-copies.".to_owned(),
                fix: "Without offline copies nothing is kept on the disk, as on a shared device: leave one of the two out."
                    .to_owned(),
            });
        }
        let (feed, public_key) = (&key::UPDATE_FEED, &key::UPDATE_PUBLIC_KEY);
        for (with, without) in [(feed, public_key), (public_key, feed)] {
            if self.set.contains_key(with.name) && !self.set.contains_key(without.name) {
                findings.push(Finding {
                    place: place(with, without),
                    problem: format!("{} is set without {}.", with.name, without.name),
                    fix: format!("Set both or neither. For example: {}.", without.example),
                });
            }
        }
        if self.set.contains_key(key::EMERGENCY_REASONS.name)
            && self.features_off().contains(&Feature::Emergency)
        {
            findings.push(Finding {
                place: place(&key::EMERGENCY_REASONS, &key::FEATURES_OFF),
                problem: "emergency_reasons are given, and features_off names emergency.".to_owned(),
                fix: "Leave out the reasons, or take \"emergency\" out of features_off.".to_owned(),
            });
        }
        findings
    }

    /// The value in force, in words.
    #[must_use]
    pub fn words(&self, key: &Key) -> String {
        match (self.value(key), key.kind, key.fallback) {
            (None, _, Fallback::None(words)) => words.to_owned(),
            (None, ..) => "Not set".to_owned(),
            (Some(value), ..) => words(key, &value),
        }
    }

    /// A row of the Settings screen for each key.
    pub(crate) fn rows(&self) -> Vec<SettingRow> {
        let row = |key: &&'static Key| SettingRow {
            key: key.name.to_owned(),
            label: key.label.to_owned(),
            text: self.words(key),
            source: self.origin(key).source(),
        };
        KEYS.iter().map(row).collect()
    }
}

/// A value in words: "12 hours", "Yes", "the groups shown to you".
pub(crate) fn words(key: &Key, value: &Value) -> String {
    match (value, key.kind) {
        (
            Value::Whole(0),
            Kind::Whole {
                zero: Some(words), ..
            },
        ) => sentence(words),
        (Value::Whole(number), Kind::Whole { unit, .. }) => match (number, unit) {
            (number, "") => number.to_string(),
            (1, unit) => format!("1 {}", unit.trim_end_matches('s')),
            (number, unit) => format!("{number} {unit}"),
        },
        (Value::YesNo(true), _) => "Yes".to_owned(),
        (Value::YesNo(false), _) => "No".to_owned(),
        (Value::List(list), _) if list.is_empty() => "None".to_owned(),
        (Value::List(list), Kind::Caseload) => {
            let rules = list.iter().filter_map(|one| CaseloadRule::read(one));
            rules.map(|rule| rule.words()).collect::<Vec<_>>().join("; ")
        }
        (Value::List(list), Kind::AnyOf(known)) => {
            let named = list.iter().map(|word| {
                let known = known.iter().find(|(name, _)| name == word);
                known.map_or(word.as_str(), |(_, words)| *words)
            });
            named.collect::<Vec<_>>().join("; ")
        }
        (Value::List(list), Kind::Words) => list.join(" "),
        (Value::List(list), _) => list.join("; "),
        (Value::Text(text), Kind::OneOf(known)) => {
            let known = known.iter().find(|(name, _)| name == text);
            known.map_or_else(|| text.clone(), |(name, words)| format!("{name}: {words}"))
        }
        (Value::Text(text), Kind::Proxy) if text == "system" => "As the system is set".to_owned(),
        (Value::Text(text), Kind::Proxy) if text == "none" => "None".to_owned(),
        (Value::Text(text), _) => text.clone(),
        (Value::Reasons(reasons), _) => {
            let words: Vec<&str> = reasons.iter().map(|reason| reason.words.as_str()).collect();
            words.join("; ")
        }
        (Value::Whole(number), _) => number.to_string(),
    }
}

/// With a capital letter.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
