//! Reads a policy file: every mistake in it at once, each with its line and a fix.

use super::check::{Finding, Place, Wrong, check, nearest};
use super::keys::{KEYS, Key, Kind};
use super::values::Value;
use crate::wire::EmergencyReason;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Findings told at most: a file of another kind would have one a line.
const MOST_FINDINGS: usize = 20;

/// What a layer gives for one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) key: &'static Key,
    pub(crate) value: Value,
    pub(crate) place: Place,
}

/// Reads the text of a file: what it sets, and what is wrong with it in reading order. When anything is wrong, nothing
/// of it may be used.
pub(crate) fn read(text: &str) -> (Vec<Given>, Vec<Finding>) {
    // Notepad marks UTF-8 with three bytes that are no part of the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading {
        text,
        given: Vec::new(),
        findings: Vec::new(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut broken = BTreeSet::new();
    for error in &errors {
        let place = reading.place(error.span().unwrap_or(0..0));
        // What follows a mistake in its own line is an echo of it.
        if let Place::Line { line, .. } = place
            && broken.insert(line)
        {
            let (problem, fix) = syntax(error.message(), line_of(text, line));
            reading.findings.push(Finding { place, problem, fix });
        }
    }
    for (name, value) in table.into_inner() {
        let Place::Line { line, .. } = reading.place(name.span()) else {
            continue;
        };
        if !broken.contains(&line) {
            reading.entry(name.get_ref(), name.span(), &value);
        }
    }
    reading.findings.sort();
    reading.findings.truncate(MOST_FINDINGS);
    (reading.given, reading.findings)
}

struct Reading<'t> {
    text: &'t str,
    given: Vec<Given>,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        let before = &self.text[..floor(self.text, span.start)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place::Line {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    fn wrong(&mut self, span: Range<usize>, (problem, fix): Wrong) {
        let place = self.place(span);
        self.findings.push(Finding { place, problem, fix });
    }

    fn entry(&mut self, name: &str, at: Range<usize>, value: &Spanned<DeValue<'_>>) {
        let Some(key) = Key::named(name) else {
            return self.wrong(at, unknown(name, value.get_ref()));
        };
        let read = match key.kind {
            Kind::Reasons => self.reasons(value),
            _ => value_of(key, value.get_ref())
                .and_then(|value| check(key, &value).map(|()| value))
                .map_err(|wrong| self.wrong(value.span(), wrong)),
        };
        if let Ok(value) = read {
            let place = self.place(at);
            self.given.push(Given { key, value, place });
        }
    }

    fn reasons(&mut self, value: &Spanned<DeValue<'_>>) -> Result<Value, ()> {
        const EXAMPLE: &str = "Write each as [[emergency_reasons]] with code = \"life-threatening\" and words = \"Life is in danger\" under it";
        let DeValue::Array(list) = value.get_ref() else {
            let found = kind_words(value.get_ref());
            self.wrong(
                value.span(),
                (
                    format!("emergency_reasons must be tables, and is {found}."),
                    format!("{EXAMPLE}."),
                ),
            );
            return Err(());
        };
        if list.is_empty() {
            self.wrong(
                value.span(),
                (
                    "emergency_reasons is an empty list.".to_owned(),
                    format!("{EXAMPLE}; or turn emergency access off with features_off = [\"emergency\"]."),
                ),
            );
            return Err(());
        }
        let before = self.findings.len();
        let mut reasons: Vec<EmergencyReason> = Vec::new();
        for one in list {
            let DeValue::Table(table) = one.get_ref() else {
                let found = kind_words(one.get_ref());
                self.wrong(
                    one.span(),
                    (
                        format!("emergency_reasons must be tables, and one is {found}."),
                        format!("{EXAMPLE}."),
                    ),
                );
                continue;
            };
            if let Some(reason) = self.reason(table, one.span()) {
                match reasons.iter().any(|known| known.code == reason.code) {
                    false => reasons.push(reason),
                    true => self.wrong(
                        one.span(),
                        (
                            format!("The emergency reason {:?} is given twice.", reason.code),
                            "Give each code once.".to_owned(),
                        ),
                    ),
                }
            }
        }
        if self.findings.len() > before {
            return Err(());
        }
        Ok(Value::Reasons(reasons))
    }

    fn reason(&mut self, table: &DeTable<'_>, at: Range<usize>) -> Option<EmergencyReason> {
        let mut fields = [("code", None), ("words", None)];
        let mut whole = true;
        for (name, value) in table {
            let field = fields.iter_mut().find(|(field, _)| field == name.get_ref());
            match (field, value.get_ref()) {
                (Some((_, place)), DeValue::String(text)) => {
                    *place = Some((text.to_string(), value.span()));
                }
                (Some((field, place)), other) => {
                    let words = format!("{field} must be text, and is {}.", kind_words(other));
                    // Wrong is not missing.
                    *place = Some((String::from("x"), value.span()));
                    whole = false;
                    self.wrong(value.span(), (words, "Put it in double quotes.".to_owned()));
                }
                (None, _) => {
                    whole = false;
                    let wrong = stray(name.get_ref());
                    self.wrong(name.span(), wrong);
                }
            }
        }
        for (field, value) in &fields {
            if value.is_none() {
                whole = false;
                self.wrong(
                    at.clone(),
                    (
                        format!("This emergency reason has no {field}."),
                        format!("Add {field} = \"…\" under its [[emergency_reasons]]."),
                    ),
                );
            }
        }
        let [(_, Some((code, code_at))), (_, Some((words, words_at)))] = fields else {
            return None;
        };
        let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        if code.is_empty() || !code.bytes().all(plain) {
            whole = false;
            self.wrong(
                code_at,
                (
                    format!("The emergency reason's code {code:?} has something other than small letters, digits and hyphens."),
                    "Write it as in \"life-threatening\".".to_owned(),
                ),
            );
        }
        if words.trim().is_empty() {
            whole = false;
            self.wrong(
                words_at,
                (
                    "The emergency reason's words are empty.".to_owned(),
                    "Say in words what the person chooses, for example \"Life is in danger\".".to_owned(),
                ),
            );
        }
        whole.then_some(EmergencyReason { code, words })
    }
}

/// A name that is no key.
fn unknown(name: &str, value: &DeValue<'_>) -> Wrong {
    let problem = format!("{name} is not a policy key.");
    // A misspelt section of reasons is nearer than "there are no sections".
    let near = nearest(name, KEYS.iter().map(|key| key.name));
    let fix = match (near, value) {
        (Some(near), _) => format!("Did you mean {near}?"),
        (None, DeValue::Table(_)) => {
            "A policy has no sections: write its keys at the top level, without [brackets] above them."
                .to_owned()
        }
        (None, _) => "Take the line out. `curlewctl policy explain` lists the keys there are.".to_owned(),
    };
    (problem, fix)
}

/// A name that does not belong in an emergency reason.
fn stray(name: &str) -> Wrong {
    match Key::named(name) {
        Some(_) => (
            format!("{name} stands under [[emergency_reasons]], so it is read as a part of that reason."),
            format!("Move {name} above the first [[emergency_reasons]]."),
        ),
        None => (
            format!("An emergency reason has no {name}."),
            match nearest(name, ["code", "words"].into_iter()) {
                Some(near) => format!("Did you mean {near}?"),
                None => "It has code and words, and nothing else.".to_owned(),
            },
        ),
    }
}

/// The value as its key's kind wants it.
fn value_of(key: &Key, value: &DeValue<'_>) -> Result<Value, Wrong> {
    let must = |what: &str, fix: String| {
        (
            format!("{} must be {what}, and is {}.", key.name, kind_words(value)),
            fix,
        )
    };
    let example = || format!("For example: {}.", key.example);
    match key.kind {
        Kind::Word | Kind::Address | Kind::SecureAddress | Kind::PublicKey | Kind::Proxy | Kind::OneOf(_) => {
            match value {
                DeValue::String(text) => Ok(Value::Text(text.to_string())),
                _ => Err(must("text", format!("Put it in double quotes. {}", example()))),
            }
        }
        Kind::Whole { least, most, .. } => match value {
            DeValue::Integer(number) => {
                let text = number.as_str().trim_start_matches('+');
                i64::from_str_radix(text, number.radix())
                    .map(Value::Whole)
                    .map_err(|_| {
                        (
                            format!("{} is {text}, which is out of bounds.", key.name),
                            format!("Give a number from {least} to {most}."),
                        )
                    })
            }
            DeValue::String(text) if text.trim().parse::<i64>().is_ok() => Err(must(
                "a whole number",
                format!("Write it without quotes: {} = {}.", key.name, text.trim()),
            )),
            _ => Err(must("a whole number", example())),
        },
        Kind::YesNo => match value {
            DeValue::Boolean(yes) => Ok(Value::YesNo(*yes)),
            DeValue::String(text) if matches!(text.as_ref(), "true" | "false") => Err(must(
                "true or false",
                format!("Write it without quotes: {} = {text}.", key.name),
            )),
            _ => Err(must(
                "true or false",
                format!("Write {0} = true or {0} = false.", key.name),
            )),
        },
        Kind::AnyOf(_) | Kind::Words | Kind::Caseload | Kind::Files => match value {
            DeValue::Array(list) => list
                .iter()
                .map(|one| match one.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    other => Err((
                        format!(
                            "{} must be a list of texts, and has {} in it.",
                            key.name,
                            kind_words(other)
                        ),
                        format!("Put each in double quotes. {}", example()),
                    )),
                })
                .collect::<Result<_, _>>()
                .map(Value::List),
            DeValue::String(text) => Err(must(
                "a list of texts",
                format!("Put it in square brackets: {} = [{:?}].", key.name, text),
            )),
            _ => Err(must("a list of texts", example())),
        },
        Kind::Reasons => Err(must("tables", example())),
    }
}

/// A TOML value's type as a person would say it.
fn kind_words(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

/// What is wrong with a line that is not TOML, and the likeliest fix.
fn syntax(message: &str, line: &str) -> Wrong {
    let name = line.split(['=', ' ', '\t']).next().unwrap_or_default();
    let known = Key::named(name);
    let example = known.map_or("record_api = \"https://record.example/fhir\"", |key| key.example);
    let fix = if message.contains("duplicate key") {
        "Set each key once: take one of the two lines out.".to_owned()
    } else if line.contains(['“', '”', '‘', '’', '„']) {
        "Use straight quotes (\"), not the curled ones of a word processor.".to_owned()
    } else if line.contains('\\') {
        "In double quotes a backslash has a meaning of its own: put paths in single quotes, as in 'C:\\ProgramData\\Curlew\\network-ca.pem'."
            .to_owned()
    } else if known.is_some_and(|key| key.kind == Kind::YesNo) {
        format!("Write {name} = true or {name} = false.")
    } else if !line.contains('=') && line.contains(':') {
        format!("Use = between a key and its value, not a colon. For example: {example}.")
    } else if !line.contains('=') && !line.trim_start().starts_with('[') {
        format!("Write KEY = VALUE, or start the line with # if it is a remark. For example: {example}.")
    } else if line.matches('"').count() % 2 == 1 {
        "Close the double quotes on the same line.".to_owned()
    } else if line.contains('[') && !line.contains(']') {
        "Close the square bracket.".to_owned()
    } else {
        format!("Write text in double quotes, numbers and true or false without. For example: {example}.")
    };
    let problem = match message {
        told if told.contains("duplicate key") => format!("{name} is set twice."),
        told => format!("This is not valid TOML: {}.", told.replace('\n', ", ")),
    };
    (problem, fix)
}

fn line_of(text: &str, line: usize) -> &str {
    text.lines().nth(line - 1).unwrap_or_default().trim_start()
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
