//! Where a policy may stand, and the layers joined.

use super::check::{Finding, address};
use super::keys as key;
use super::read::{Given, read};
use super::values::{Origin, Policy, Value};
use crate::SettingsError;
use crate::policy::Place;
use std::path::{Path, PathBuf};

/// Name of a policy file, in the machine's and the person's folder.
const FILE: &str = "policy.toml";

/// The machine's policy file: `/etc/curlew/policy.toml`, `%ProgramData%\Curlew\policy.toml` or
/// `/Library/Application Support/Curlew/policy.toml`. Whoever can write it decides for everybody on the machine, so it
/// belongs to an administrator.
#[must_use]
pub fn machine_file() -> Option<PathBuf> {
    // Tests of the built program bring a machine of their own; a shipped one knows only this.
    #[cfg(debug_assertions)]
    if let Some(file) = std::env::var_os("CURLEW_MACHINE_POLICY") {
        return Some(file.into());
    }
    #[cfg(windows)]
    let folder = super::registry::machine_data().join("Curlew");
    #[cfg(target_os = "macos")]
    let folder = PathBuf::from("/Library/Application Support/Curlew");
    #[cfg(not(any(windows, target_os = "macos")))]
    let folder = PathBuf::from("/etc/curlew");
    Some(folder.join(FILE))
}

/// The person's policy file: `~/.config/curlew/policy.toml`, `%AppData%\Curlew\config\policy.toml` or
/// `~/Library/Application Support/uk.Curlew/policy.toml`.
#[must_use]
pub fn person_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("uk", "", "Curlew").map(|folders| folders.config_dir().join(FILE))
}

/// Where policy is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The machine's file, if it is there.
    pub machine: Option<PathBuf>,
    /// The person's file, if it is there.
    pub person: Option<PathBuf>,
    /// A file that must be there, in place of the person's.
    pub named: Option<PathBuf>,
    /// Whether the Windows registry is asked.
    pub registry: bool,
}

impl Places {
    /// Those of this system, with the file that the command line names.
    #[must_use]
    pub fn of_system(named: Option<&Path>) -> Self {
        Self {
            machine: machine_file(),
            person: person_file(),
            named: named.map(Path::to_owned),
            registry: true,
        }
    }
}

/// Reads every layer, and joins them.
///
/// # Errors
/// When a layer that is there cannot be used, or the layers stand against each other.
pub(crate) fn gather(places: &Places, record_api: Option<&str>) -> Result<Policy, SettingsError> {
    let mut policy = Policy::default();
    #[cfg(windows)]
    if places.registry {
        lay_registry(&mut policy, super::registry::Hive::Machine, "HKEY_LOCAL_MACHINE")?;
    }
    if let Some(file) = &places.machine {
        lay_file(&mut policy, file, Origin::Organisation, Missing::IsNone)?;
    }
    #[cfg(windows)]
    if places.registry {
        lay_registry(&mut policy, super::registry::Hive::Person, "HKEY_CURRENT_USER")?;
    }
    if let Some(given) = record_api {
        policy.lay(vec![from_command_line(given)?], &Origin::CommandLine);
    }
    match (&places.named, &places.person) {
        (Some(file), _) => lay_file(&mut policy, file, Origin::Person, Missing::IsWrong)?,
        (None, Some(file)) => lay_file(&mut policy, file, Origin::Person, Missing::IsNone)?,
        (None, None) => {}
    }
    let contradictions = policy.contradictions();
    if contradictions.is_empty() {
        Ok(policy)
    } else {
        Err(SettingsError::Contradictory {
            findings: contradictions
                .into_iter()
                .map(|finding| Finding {
                    place: Place::Nowhere,
                    ..finding
                })
                .collect(),
        })
    }
}

fn from_command_line(given: &str) -> Result<Given, SettingsError> {
    let url = address(given).map_err(|problem| SettingsError::RecordApi {
        given: given.to_owned(),
        problem,
    })?;
    Ok(Given {
        key: &key::RECORD_API,
        value: Value::Text(url.into()),
        place: Place::Nowhere,
    })
}

/// What it means that a file is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsNone,
    IsWrong,
}

fn lay_file(
    policy: &mut Policy,
    file: &Path,
    origin: impl Fn(String) -> Origin,
    missing: Missing,
) -> Result<(), SettingsError> {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && missing == Missing::IsNone => {
            return Ok(());
        }
        Err(source) => {
            return Err(SettingsError::Unreadable {
                path: file.to_owned(),
                source,
            });
        }
    };
    let text = text(&bytes).map_err(|finding| SettingsError::Invalid {
        place: file.display().to_string(),
        findings: vec![finding],
    })?;
    let (given, mut findings) = read(text);
    if findings.is_empty() {
        // A file must make sense by itself, so that its mistakes are told with their lines.
        let mut alone = Policy::default();
        let place = origin(file.display().to_string());
        alone.lay(given.clone(), &place);
        findings = alone.contradictions();
        policy.lay(given, &place);
    }
    if findings.is_empty() {
        Ok(())
    } else {
        Err(SettingsError::Invalid {
            place: file.display().to_string(),
            findings,
        })
    }
}

/// The bytes as text; TOML is UTF-8 and nothing else.
fn text(bytes: &[u8]) -> Result<&str, Finding> {
    let finding = |at: usize, problem: &str, fix: &str| {
        let before = &bytes[..at];
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        Finding {
            place: Place::Line {
                line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
                column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
            },
            problem: problem.to_owned(),
            fix: fix.to_owned(),
        }
    };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(finding(
            0,
            "The file is saved as UTF-16, which TOML is not.",
            "Save it as UTF-8 (in Notepad: Save as, Encoding: UTF-8).",
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        finding(
            error.valid_up_to(),
            "Here is a character that is not UTF-8.",
            "Save the file as UTF-8 (in Notepad: Save as, Encoding: UTF-8), and write this character again.",
        )
    })
}

/// Checks a policy file as Curlew would read it.
///
/// # Errors
/// When it cannot be read or used.
pub(crate) fn check_file(file: &Path) -> Result<(), SettingsError> {
    let mut policy = Policy::default();
    lay_file(&mut policy, file, Origin::Organisation, Missing::IsWrong)
}

#[cfg(windows)]
fn lay_registry(policy: &mut Policy, hive: super::registry::Hive, name: &str) -> Result<(), SettingsError> {
    let place = format!(r"{name}\Software\Policies\Curlew");
    let values = super::registry::values(hive).map_err(|source| SettingsError::Unreadable {
        path: place.clone().into(),
        source,
    })?;
    let (given, findings) = super::registry::given(&values);
    if !findings.is_empty() {
        return Err(SettingsError::Invalid { place, findings });
    }
    policy.lay(given, &Origin::Organisation(place));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a temporary file");
        path
    }

    #[test]
    fn the_machine_wins_over_the_command_line_and_that_over_the_person() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut places = Places {
            machine: Some(written(folder.path(), "machine.toml", "idle_minutes = 3\n")),
            person: Some(written(
                folder.path(),
                "person.toml",
                "idle_minutes = 60\nkept_days = 9\nrecord_api = \"https://a.example/\"\n",
            )),
            ..Places::default()
        };
        let policy = gather(&places, Some("https://b.example/")).expect("valid");
        assert_eq!(policy.whole(&key::IDLE_MINUTES), 3);
        assert!(matches!(
            policy.origin(&key::IDLE_MINUTES),
            Origin::Organisation(_)
        ));
        assert_eq!(policy.whole(&key::KEPT_DAYS), 9);
        assert!(matches!(policy.origin(&key::KEPT_DAYS), Origin::Person(_)));
        assert_eq!(
            policy.text(&key::RECORD_API).as_deref(),
            Some("https://b.example/")
        );
        assert_eq!(policy.origin(&key::RECORD_API), Origin::CommandLine);
        // And nobody gets round the machine's record API.
        places.machine = Some(written(
            folder.path(),
            "machine.toml",
            "record_api = \"https://trust.example/\"\n",
        ));
        let policy = gather(&places, Some("https://b.example/")).expect("valid");
        assert_eq!(
            policy.text(&key::RECORD_API).as_deref(),
            Some("https://trust.example/")
        );
    }

    #[test]
    fn a_policy_that_is_there_and_cannot_be_read_is_never_no_policy() {
        let folder = tempfile::tempdir().expect("a folder");
        let with = |machine: PathBuf| Places {
            machine: Some(machine),
            ..Places::default()
        };
        assert!(gather(&with(folder.path().join("none.toml")), None).is_ok());
        // A folder of that name, text that is not UTF-8, a mistake, half a file.
        std::fs::create_dir(folder.path().join("folder.toml")).expect("a folder");
        assert!(matches!(
            gather(&with(folder.path().join("folder.toml")), None),
            Err(SettingsError::Unreadable { .. })
        ));
        for (bytes, place) in [
            (&b"\xFF\xFEi\0d\0"[..], Place::Line { line: 1, column: 1 }),
            (
                b"idle_minutes = 3\n# caf\xE9\n",
                Place::Line { line: 2, column: 6 },
            ),
            (b"idle_minute = 3\n", Place::Line { line: 1, column: 1 }),
        ] {
            let file = folder.path().join("bad.toml");
            std::fs::write(&file, bytes).expect("a file");
            match gather(&with(file), None) {
                Err(SettingsError::Invalid { findings, .. }) => assert_eq!(findings[0].place, place),
                other => panic!("{other:?}"),
            }
        }
        // The named file must be there.
        let places = Places {
            named: Some(folder.path().join("none.toml")),
            ..Places::default()
        };
        assert!(matches!(
            gather(&places, None),
            Err(SettingsError::Unreadable { .. })
        ));
    }

    #[test]
    fn layers_that_stand_against_each_other_stop_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let places = Places {
            machine: Some(written(folder.path(), "machine.toml", "readable_hours = 24\n")),
            person: Some(written(folder.path(), "person.toml", "fresh_hours = 48\n")),
            ..Places::default()
        };
        let error = gather(&places, None).expect_err("24 is less than 48").to_string();
        assert!(
            error.contains("fresh_hours") && error.contains("readable_hours"),
            "{error}"
        );
    }
}
