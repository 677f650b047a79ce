//! The Windows registry as another way to write a policy: `Software\Policies\Curlew`, a value for each key.
//!
//! Only the reading is Windows' own; what the values mean is [`from_registry`], a function of plain values, so that it is
//! tested everywhere.

use super::check::{Finding, Place, Wrong, check, nearest};
use super::keys::{KEYS, Key, Kind};
use super::read::Given;
use super::values::Value;
use crate::wire::EmergencyReason;

/// A value as the registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryValue {
    /// `REG_SZ` or `REG_EXPAND_SZ`.
    Text(String),
    /// `REG_DWORD` or `REG_QWORD`.
    Number(u64),
    /// `REG_MULTI_SZ`.
    Texts(Vec<String>),
    /// Any other type.
    Other,
}

/// What the values of the registry key set, and what is wrong with them. Names are those of the file, in any case; yes
/// and no are the numbers 1 and 0; a list is a multi-string; a reason for emergency access is a string `code=words`.
#[must_use]
pub fn from_registry(values: &[(String, RegistryValue)]) -> (super::Policy, Vec<Finding>) {
    let (given, findings) = given(values);
    let mut policy = super::Policy::default();
    policy.lay(given, &super::Origin::Organisation("the registry".to_owned()));
    (policy, findings)
}

/// As [`from_registry`], before it is laid among other layers.
pub(super) fn given(values: &[(String, RegistryValue)]) -> (Vec<Given>, Vec<Finding>) {
    let (mut given, mut findings) = (Vec::new(), Vec::new());
    for (name, value) in values {
        let place = Place::Value(name.clone());
        let lower = name.to_ascii_lowercase();
        let read = match Key::named(&lower) {
            None => Err((
                format!("{name} is not a policy key."),
                match nearest(name, KEYS.iter().map(|key| key.name)) {
                    Some(near) => format!("Did you mean {near}?"),
                    None => {
                        "Delete the value. `curlewctl policy explain` lists the keys there are.".to_owned()
                    }
                },
            )),
            Some(key) => value_of(key, value).and_then(|value| check(key, &value).map(|()| (key, value))),
        };
        match read {
            Ok((key, value)) => given.push(Given { key, value, place }),
            Err((problem, fix)) => findings.push(Finding { place, problem, fix }),
        }
    }
    findings.sort();
    (given, findings)
}

fn value_of(key: &Key, value: &RegistryValue) -> Result<Value, Wrong> {
    let wrong = |what: &str| {
        (
            format!("{} is of the wrong type.", key.name),
            format!("Make it {what}."),
        )
    };
    match (key.kind, value) {
        (
            Kind::Word | Kind::Address | Kind::SecureAddress | Kind::PublicKey | Kind::Proxy | Kind::OneOf(_),
            RegistryValue::Text(text),
        ) => Ok(Value::Text(text.trim().to_owned())),
        (
            Kind::Word | Kind::Address | Kind::SecureAddress | Kind::PublicKey | Kind::Proxy | Kind::OneOf(_),
            _,
        ) => Err(wrong("a string (REG_SZ)")),
        (Kind::Whole { .. }, RegistryValue::Number(number)) => {
            Ok(Value::Whole(i64::try_from(*number).unwrap_or(i64::MAX)))
        }
        (Kind::Whole { .. }, RegistryValue::Text(text)) => text
            .trim()
            .parse()
            .map(Value::Whole)
            .map_err(|_| wrong("a number (REG_DWORD)")),
        (Kind::Whole { .. }, _) => Err(wrong("a number (REG_DWORD)")),
        (Kind::YesNo, RegistryValue::Number(0)) => Ok(Value::YesNo(false)),
        (Kind::YesNo, RegistryValue::Number(1)) => Ok(Value::YesNo(true)),
        (Kind::YesNo, _) => Err(wrong("the number (REG_DWORD) 1 for yes or 0 for no")),
        (Kind::AnyOf(_) | Kind::Words | Kind::Caseload | Kind::Files, RegistryValue::Texts(list)) => {
            Ok(Value::List(without_empty(list).collect()))
        }
        (Kind::AnyOf(_) | Kind::Words | Kind::Caseload | Kind::Files, _) => {
            Err(wrong("a multi-string (REG_MULTI_SZ), one entry a line"))
        }
        (Kind::Reasons, RegistryValue::Texts(list)) => reasons(list),
        (Kind::Reasons, _) => Err(wrong(
            "a multi-string (REG_MULTI_SZ), each line as in life-threatening=Life is in danger",
        )),
    }
}

fn reasons(list: &[String]) -> Result<Value, Wrong> {
    let mut reasons: Vec<EmergencyReason> = Vec::new();
    for line in without_empty(list) {
        let (code, words) = line.split_once('=').unwrap_or((line.as_str(), ""));
        let (code, words) = (code.trim(), words.trim());
        let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        let fine = !code.is_empty() && code.bytes().all(plain) && !words.is_empty();
        if !fine || reasons.iter().any(|known| known.code == code) {
            return Err((
                format!("emergency_reasons has the line {line:?}, which is no reason of its own."),
                "Write each as in life-threatening=Life is in danger, each code once.".to_owned(),
            ));
        }
        reasons.push(EmergencyReason {
            code: code.to_owned(),
            words: words.to_owned(),
        });
    }
    if reasons.is_empty() {
        return Err((
            "emergency_reasons is empty.".to_owned(),
            "Name at least one, as in life-threatening=Life is in danger, or delete the value.".to_owned(),
        ));
    }
    Ok(Value::Reasons(reasons))
}

fn without_empty(list: &[String]) -> impl Iterator<Item = String> {
    list.iter()
        .map(|one| one.trim().to_owned())
        .filter(|one| !one.is_empty())
}

/// `C:\ProgramData`, as the machine's own registry names it. The environment names it too, and whoever starts a program can
/// change that, and with it would lead Curlew past the machine's policy.
#[cfg(windows)]
pub(super) fn machine_data() -> std::path::PathBuf {
    const FOLDERS: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders";
    windows_registry::LOCAL_MACHINE
        .open(FOLDERS)
        .and_then(|folders| folders.get_string("Common AppData"))
        .map_or_else(|_| r"C:\ProgramData".into(), Into::into)
}

/// One of the two registry keys that a policy may stand in.
#[cfg(windows)]
#[derive(Debug, Clone, Copy)]
pub(super) enum Hive {
    Machine,
    Person,
}

/// The values of the policy's registry key; none where there is no such key.
///
/// # Errors
/// When the key is there and cannot be read.
#[cfg(windows)]
pub(super) fn values(hive: Hive) -> std::io::Result<Vec<(String, RegistryValue)>> {
    use windows_registry::{CURRENT_USER, LOCAL_MACHINE, Type};
    let root = match hive {
        Hive::Machine => LOCAL_MACHINE,
        Hive::Person => CURRENT_USER,
    };
    let key = match root.open(r"Software\Policies\Curlew").map_err(plain) {
        Ok(key) => key,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let values = key.values().map_err(plain)?;
    let read = |(name, value): (String, windows_registry::Value)| {
        let read = match value.ty() {
            Type::String | Type::ExpandString => String::try_from(value).map(RegistryValue::Text),
            Type::U32 | Type::U64 => u64::try_from(value).map(RegistryValue::Number),
            Type::MultiString => Vec::<String>::try_from(value).map(RegistryValue::Texts),
            _ => Ok(RegistryValue::Other),
        };
        (name, read.unwrap_or(RegistryValue::Other))
    };
    Ok(values.map(read).collect())
}

/// The system's own number of an error, by which its kind is known: the registry's answers wrap it (0x8007nnnn).
#[cfg(windows)]
fn plain(error: impl Into<std::io::Error>) -> std::io::Error {
    let error = error.into();
    match error.raw_os_error() {
        Some(wrapped) => std::io::Error::from_raw_os_error(wrapped & 0xFFFF),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{keys as key, read};
    use super::*;

    fn texts(list: &[&str]) -> RegistryValue {
        RegistryValue::Texts(list.iter().map(|one| (*one).to_owned()).collect())
    }

    #[test]
    fn the_registry_says_what_the_file_says() {
        let values = [
            (
                "Record_API".to_owned(),
                RegistryValue::Text("https://record.example/fhir".to_owned()),
            ),
            ("fresh_hours".to_owned(), RegistryValue::Number(6)),
            ("kept_days".to_owned(), RegistryValue::Text("9".to_owned())),
            ("shared_desktop".to_owned(), RegistryValue::Number(1)),
            ("caseload".to_owned(), texts(&["group:ward-7", "", "nhs-numbers"])),
            (
                "emergency_reasons".to_owned(),
                texts(&["crash-call = Crash call", "other=Another reason"]),
            ),
        ];
        let (from_values, findings) = given(&values);
        assert_eq!(findings, []);
        let (from_file, findings) = read::read(
            "record_api = \"https://record.example/fhir\"\nfresh_hours = 6\nkept_days = 9\nshared_desktop = true\n\
             caseload = [\"group:ward-7\", \"nhs-numbers\"]\n\
             [[emergency_reasons]]\ncode = \"crash-call\"\nwords = \"Crash call\"\n\
             [[emergency_reasons]]\ncode = \"other\"\nwords = \"Another reason\"\n",
        );
        assert_eq!(findings, []);
        let plain = |given: Vec<Given>| {
            let mut plain: Vec<_> = given.into_iter().map(|one| (one.key.name, one.value)).collect();
            plain.sort_by_key(|(name, _)| *name);
            plain
        };
        assert_eq!(plain(from_values), plain(from_file));
    }

    #[test]
    fn a_value_of_the_wrong_type_or_name_is_named() {
        let values = [
            ("shared_desktop".to_owned(), RegistryValue::Text("yes".to_owned())),
            ("fresh_hour".to_owned(), RegistryValue::Number(1)),
            ("idle_minutes".to_owned(), RegistryValue::Number(0)),
            ("caseload".to_owned(), RegistryValue::Text("group".to_owned())),
            ("emergency_reasons".to_owned(), texts(&["no words"])),
            ("log_level".to_owned(), RegistryValue::Other),
        ];
        let (policy, findings) = from_registry(&values);
        assert_eq!(policy, super::super::Policy::default());
        let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), values.len(), "{told:#?}");
        for (found, wanted) in [
            ("Value fresh_hour:", "Did you mean fresh_hours?"),
            ("Value idle_minutes:", "from 1 to 60"),
            ("Value shared_desktop:", "REG_DWORD"),
            ("Value caseload:", "REG_MULTI_SZ"),
            ("Value emergency_reasons:", "life-threatening=Life is in danger"),
            ("Value log_level:", "REG_SZ"),
        ] {
            assert!(
                told.iter()
                    .any(|told| told.starts_with(found) && told.contains(wanted)),
                "{found} {wanted}: {told:#?}"
            );
        }
    }

    #[test]
    fn every_kind_of_key_can_stand_in_the_registry() {
        for key in KEYS {
            let Some(fallback) = key.fallback.value() else {
                continue;
            };
            let value = match fallback.clone() {
                Value::Text(text) => RegistryValue::Text(text),
                Value::Whole(number) => RegistryValue::Number(number.unsigned_abs()),
                Value::YesNo(yes) => RegistryValue::Number(u64::from(yes)),
                Value::List(list) => RegistryValue::Texts(list),
                Value::Reasons(reasons) => RegistryValue::Texts(
                    reasons
                        .into_iter()
                        .map(|reason| format!("{}={}", reason.code, reason.words))
                        .collect(),
                ),
            };
            let (given, findings) = given(&[(key.name.to_owned(), value)]);
            assert_eq!(findings, [], "{}", key.name);
            assert_eq!(
                given.first().map(|given| &given.value),
                Some(&fallback),
                "{}",
                key.name
            );
        }
        assert!(key::RECORD_API.fallback.value().is_none());
    }
}
