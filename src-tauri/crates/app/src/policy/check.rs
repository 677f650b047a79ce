//! Whether a value is one that its key may have, and the words when it is not.

use super::keys::{Key, Kind};
use super::values::Value;
use crate::sources::{self, CaseloadRule};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use url::Url;

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a file; both from 1.
    Line {
        /// Line.
        line: usize,
        /// Column, in characters.
        column: usize,
    },
    /// A value of a registry key.
    Value(String),
    /// In no one place.
    Nowhere,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { line, column } => write!(f, "Line {line}, column {column}"),
            Self::Value(name) => write!(f, "Value {name}"),
            Self::Nowhere => f.write_str("Taken together"),
        }
    }
}

/// One thing wrong with a policy, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What is wrong: a sentence.
    pub problem: String,
    /// What to do: a sentence.
    pub fix: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    Fix: {}", self.place, self.problem, self.fix)
    }
}

/// What is wrong with a value, and the fix; in sentences.
pub(crate) type Wrong = (String, String);

/// Checks a value of the right type against its key's bounds.
pub(crate) fn check(key: &Key, value: &Value) -> Result<(), Wrong> {
    match (key.kind, value) {
        (Kind::Word, Value::Text(text)) => word(key, text),
        (Kind::Address, Value::Text(text)) => address(text)
            .map(drop)
            .map_err(|problem| not_an_address(key, text, &problem)),
        (Kind::SecureAddress, Value::Text(text)) => match address(text) {
            Ok(url) if url.scheme() == "https" => Ok(()),
            Ok(_) => Err(not_an_address(key, text, "it is not https")),
            Err(problem) => Err(not_an_address(key, text, &problem)),
        },
        (Kind::PublicKey, Value::Text(text)) => public_key(key, text),
        (Kind::Proxy, Value::Text(text)) => proxy(key, text),
        (Kind::Whole { .. }, Value::Whole(number)) => whole(key, *number),
        (Kind::OneOf(known), Value::Text(text)) => known_word(key, known, text),
        (Kind::AnyOf(known), Value::List(list)) => {
            list.iter().try_for_each(|one| known_word(key, known, one))?;
            once_each(key, list)
        }
        (Kind::Words, Value::List(list)) => {
            at_least_one(key, list)?;
            list.iter().try_for_each(|one| word(key, one))
        }
        (Kind::Caseload, Value::List(list)) => {
            at_least_one(key, list)?;
            for one in list {
                if CaseloadRule::read(one).is_none() {
                    return Err((
                        format!("{} names {one:?}, which is no place of a caseload.", key.name),
                        format!("Use {}.", sources::ALLOWED),
                    ));
                }
            }
            Ok(())
        }
        (Kind::Files, Value::List(list)) => list.iter().try_for_each(|one| file(key, one)),
        _ => Ok(()),
    }
}

fn word(key: &Key, text: &str) -> Result<(), Wrong> {
    if text.is_empty() {
        return Err((
            format!("{} is empty.", key.name),
            format!(
                "Give a value, for example {}, or leave the line out.",
                key.example
            ),
        ));
    }
    if text.chars().any(char::is_whitespace) {
        return Err((
            format!("{} holds {text:?}, which has a space in it.", key.name),
            format!("Take the space out. For example: {}.", key.example),
        ));
    }
    Ok(())
}

/// A minisign public key is 42 bytes; Tauri's signer wraps its file in base64 once more.
fn public_key(key: &Key, text: &str) -> Result<(), Wrong> {
    let base64 = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    if text.len() >= 56 && base64 {
        return Ok(());
    }
    Err((
        format!("{} is no such key.", key.name),
        "Copy the base64 text that `tauri signer generate` writes to its .pub file.".to_owned(),
    ))
}

fn whole(key: &Key, number: i64) -> Result<(), Wrong> {
    let Kind::Whole {
        least, most, zero, ..
    } = key.kind
    else {
        return Ok(());
    };
    if (least..=most).contains(&number) || (number == 0 && zero.is_some()) {
        return Ok(());
    }
    let or_zero = zero.map_or_else(String::new, |words| format!(", or 0 for {words}"));
    Err((
        format!("{} is {number}, which is out of bounds.", key.name),
        format!("Give a number from {least} to {most}{or_zero}."),
    ))
}

fn known_word(key: &Key, known: &[(&str, &str)], text: &str) -> Result<(), Wrong> {
    if known.iter().any(|(name, _)| *name == text) {
        return Ok(());
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let fix = match nearest(text, names.iter().copied()) {
        Some(name) => format!("Did you mean {name:?}? It can be {}.", listed(&names)),
        None => format!("It can be {}.", listed(&names)),
    };
    Err((format!("{} cannot be {text:?}.", key.name), fix))
}

fn once_each(key: &Key, list: &[String]) -> Result<(), Wrong> {
    let mut seen = BTreeSet::new();
    match list.iter().find(|one| !seen.insert(one.as_str())) {
        None => Ok(()),
        Some(twice) => Err((
            format!("{} names {twice:?} twice.", key.name),
            "Name it once.".to_owned(),
        )),
    }
}

fn at_least_one(key: &Key, list: &[String]) -> Result<(), Wrong> {
    if list.is_empty() {
        return Err((
            format!("{} is an empty list.", key.name),
            format!(
                "Name at least one, or leave the line out for the default. For example: {}.",
                key.example
            ),
        ));
    }
    Ok(())
}

fn file(key: &Key, path: &str) -> Result<(), Wrong> {
    // A Windows path is as good a path in a policy that is checked elsewhere.
    let windows = path.as_bytes().get(1) == Some(&b':') || path.starts_with(r"\\");
    if Path::new(path).is_absolute() || windows {
        return Ok(());
    }
    Err((
        format!("{} names {path:?}, which is not a whole path.", key.name),
        "Give the path from the root, for example /etc/curlew/network-ca.pem or 'C:\\ProgramData\\Curlew\\network-ca.pem'."
            .to_owned(),
    ))
}

fn proxy(key: &Key, text: &str) -> Result<(), Wrong> {
    if matches!(text, "system" | "none") {
        return Ok(());
    }
    match curlew_api::Proxy::read(text) {
        Ok(_) => Ok(()),
        // The address is not repeated: what is wrong with it may be a password in it.
        Err(problem) => Err((
            format!("{} cannot be used: {problem}.", key.name),
            "Write system, none, or an address such as http://proxy.example:8080.".to_owned(),
        )),
    }
}

fn not_an_address(key: &Key, text: &str, problem: &str) -> Wrong {
    // What may be a password is not repeated: it would be in every log of this message.
    let shown = if text.contains('@') {
        String::new()
    } else {
        format!("is {text:?}, which ")
    };
    (
        format!("{} {shown}cannot be used: {problem}.", key.name),
        format!("Give an address such as {}.", key.example),
    )
}

/// Reads an address that secrets may travel to: https, or http without leaving this machine.
pub(crate) fn address(given: &str) -> Result<Url, String> {
    let url = Url::parse(given).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "it does not start with https://".to_owned(),
        other => other.to_string(),
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a name or a password".to_owned());
    }
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => return Err("it names no host".to_owned()),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        "http" => Err("it is not encrypted (http), which is allowed only to this machine itself".to_owned()),
        _ => Err("it is not a web address".to_owned()),
    }
}

/// The likeliest of `known` that `text` was meant to be; none when nothing is near.
pub(crate) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let text = plain(text);
    known
        .map(|name| (strsim::damerau_levenshtein(&text, &plain(name)), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

/// "a, b or c".
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}
