//! What this device is set to: a policy file, and what the command line puts in its place.

use chrono::Duration;
use curlew_record::view::LabelledText;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use thiserror::Error;
use url::Url;

/// Client id the record API knows Curlew by, unless policy names another.
const CLIENT_ID: &str = "curlew";

/// Everything the app is set to, resolved and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base address of the shared record API; absent until somebody sets it.
    pub record_api: Option<Url>,
    /// OAuth client id.
    pub client_id: String,
    /// Lowest authentication assurance level accepted (1 to 3).
    pub minimum_assurance: u8,
    /// Folder for encrypted stores and the log.
    pub data_dir: PathBuf,
    /// The lease: how long a copy is fresh, readable, kept.
    pub lease: Lease,
    /// Wrong passphrases before a store's key slot is destroyed.
    pub max_attempts: u32,
    /// Shortest passphrase accepted, in characters.
    pub passphrase_min_chars: usize,
    /// How many patients are loaded at most.
    pub caseload_cap: usize,
}

/// How long a copy may be used, counted from the last contact with the record API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Shown without remark until then.
    pub fresh: Duration,
    /// Shown with its age until then; after that locked until contact.
    pub readable: Duration,
    /// Destroyed then.
    pub kept: Duration,
}

/// The policy file as written. Unknown keys are an error, so that a misspelt rule is not a rule forgotten.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    record_api: Option<String>,
    client_id: Option<String>,
    minimum_assurance: Option<u8>,
    fresh_hours: Option<u32>,
    readable_hours: Option<u32>,
    kept_days: Option<u32>,
    max_attempts: Option<u32>,
    passphrase_min_chars: Option<usize>,
    caseload_cap: Option<usize>,
}

/// Why the settings cannot be used. Each says which file or flag, and what would be right.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The policy file is there but cannot be read.
    #[error(
        "The policy file {path} cannot be read: {source}. Check that it exists and that you may read it."
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The policy file is not valid TOML, or holds something Curlew does not know. Names line and column.
    #[error("The policy file {path} is not valid:\n{problem}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What and where.
        problem: String,
    },
    /// The record API's address cannot be used.
    #[error(
        "The record API address {given:?} cannot be used: {problem}. Give an address such as https://record.example/fhir."
    )]
    RecordApi {
        /// As given.
        given: String,
        /// Why not.
        problem: String,
    },
    /// A value is out of range.
    #[error("{name} is {given}, which is out of range: {allowed}.")]
    OutOfRange {
        /// Key in the policy file.
        name: &'static str,
        /// As given.
        given: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// No folder for this person's data could be found.
    #[error("No folder for Curlew's data could be found for this account. Name one with --data-dir.")]
    NoDataDir,
}

impl Settings {
    /// Reads the policy file (`policy`, else the machine's, else the user's, else none), then puts what the command line
    /// gave in its place.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub fn resolve(
        policy: Option<&Path>,
        record_api: Option<&str>,
        data_dir: Option<PathBuf>,
    ) -> Result<Self, SettingsError> {
        let folders = directories::ProjectDirs::from("uk", "", "Curlew");
        let (path, text) = match policy {
            Some(path) => (path.to_owned(), Some(read(path)?)),
            None => first_present(&folders)?,
        };
        let file = match text {
            Some(text) => parse(&path, &text)?,
            None => PolicyFile::default(),
        };
        let data_dir = data_dir
            .or_else(|| folders.map(|folders| folders.data_local_dir().to_owned()))
            .ok_or(SettingsError::NoDataDir)?;
        Self::checked(file, record_api, data_dir)
    }

    /// Settings for a given record API and folder, everything else by default.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn for_record_api(record_api: &str, data_dir: PathBuf) -> Result<Self, SettingsError> {
        Self::checked(PolicyFile::default(), Some(record_api), data_dir)
    }

    fn checked(file: PolicyFile, record_api: Option<&str>, data_dir: PathBuf) -> Result<Self, SettingsError> {
        let record_api = record_api
            .map(str::to_owned)
            .or(file.record_api)
            .map(|given| address(&given))
            .transpose()?;
        let minimum_assurance = file.minimum_assurance.unwrap_or(2);
        in_range(
            "minimum_assurance",
            minimum_assurance,
            1,
            3,
            "a level from 1 to 3",
        )?;
        let fresh = file.fresh_hours.unwrap_or(12);
        let readable = file.readable_hours.unwrap_or(72);
        let kept = file.kept_days.unwrap_or(7);
        in_range("fresh_hours", fresh, 1, readable, "from 1 to readable_hours")?;
        in_range(
            "kept_days",
            kept,
            readable.div_ceil(24),
            90,
            "at least readable_hours, and at most 90 days",
        )?;
        let max_attempts = file.max_attempts.unwrap_or(5);
        in_range("max_attempts", max_attempts, 3, 20, "from 3 to 20")?;
        let passphrase_min_chars = file.passphrase_min_chars.unwrap_or(12);
        in_range(
            "passphrase_min_chars",
            passphrase_min_chars,
            8,
            64,
            "from 8 to 64",
        )?;
        let caseload_cap = file.caseload_cap.unwrap_or(60);
        in_range("caseload_cap", caseload_cap, 1, 1000, "from 1 to 1000")?;
        Ok(Self {
            record_api,
            client_id: file.client_id.unwrap_or_else(|| CLIENT_ID.to_owned()),
            minimum_assurance,
            data_dir,
            lease: Lease {
                fresh: Duration::hours(i64::from(fresh)),
                readable: Duration::hours(i64::from(readable)),
                kept: Duration::days(i64::from(kept)),
            },
            max_attempts,
            passphrase_min_chars,
            caseload_cap,
        })
    }

    /// The rules for a new passphrase, in words.
    #[must_use]
    pub fn passphrase_rules(&self) -> String {
        format!(
            "At least {} characters. Three or four unrelated words work well.",
            self.passphrase_min_chars
        )
    }
}

impl Settings {
    /// Every setting in words, for the Settings screen and `curlewctl policy explain`.
    #[must_use]
    pub fn rows(&self) -> Vec<LabelledText> {
        let row = |label: &str, text: String| LabelledText {
            label: label.to_owned(),
            text,
        };
        let record_api = self
            .record_api
            .as_ref()
            .map_or_else(|| "Not set".to_owned(), Url::to_string);
        vec![
            row("Record API", record_api),
            row("Client id", self.client_id.clone()),
            row(
                "Minimum sign-in assurance",
                format!("Level {}", self.minimum_assurance),
            ),
            row("A copy is fresh for", hours(self.lease.fresh)),
            row("A copy may be read for", hours(self.lease.readable)),
            row("A copy is destroyed after", hours(self.lease.kept)),
            row("Wrong passphrases allowed", self.max_attempts.to_string()),
            row("New passphrases", self.passphrase_rules()),
            row("Patients kept at most", self.caseload_cap.to_string()),
            row("Data folder", self.data_dir.display().to_string()),
        ]
    }
}

fn hours(time: Duration) -> String {
    match time.num_hours() {
        1 => "1 hour".to_owned(),
        hours if hours > 72 && hours % 24 == 0 => format!("{} days", hours / 24),
        hours => format!("{hours} hours"),
    }
}

fn address(given: &str) -> Result<Url, SettingsError> {
    let problem = |problem: &str| SettingsError::RecordApi {
        given: given.to_owned(),
        problem: problem.to_owned(),
    };
    let url = Url::parse(given).map_err(|error| problem(&error.to_string()))?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => return Err(problem("it names no host")),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        "http" => Err(problem(
            "it is not encrypted (http), which is allowed only to this machine itself",
        )),
        _ => Err(problem("it is not a web address")),
    }
}

fn in_range<T: Copy + PartialOrd + std::fmt::Display>(
    name: &'static str,
    given: T,
    least: T,
    most: T,
    allowed: &'static str,
) -> Result<(), SettingsError> {
    if given < least || given > most {
        return Err(SettingsError::OutOfRange {
            name,
            given: given.to_string(),
            allowed,
        });
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn parse(path: &Path, text: &str) -> Result<PolicyFile, SettingsError> {
    toml::from_str(text).map_err(|error| SettingsError::Invalid {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}

/// The machine's policy file, else the user's; a file that is there but unreadable is an error, not "no policy".
fn first_present(
    folders: &Option<directories::ProjectDirs>,
) -> Result<(PathBuf, Option<String>), SettingsError> {
    let machine = if cfg!(windows) {
        std::env::var_os("ProgramData").map(|folder| PathBuf::from(folder).join("Curlew"))
    } else if cfg!(target_os = "macos") {
        Some(PathBuf::from("/Library/Application Support/Curlew"))
    } else {
        Some(PathBuf::from("/etc/curlew"))
    };
    let user = folders.as_ref().map(|folders| folders.config_dir().to_owned());
    for folder in [machine, user].into_iter().flatten() {
        let path = folder.join("policy.toml");
        match std::fs::read_to_string(&path) {
            Ok(text) => return Ok((path, Some(text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(SettingsError::Unreadable { path, source }),
        }
    }
    Ok((PathBuf::new(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<Settings, SettingsError> {
        Settings::checked(
            parse(Path::new("policy.toml"), text)?,
            None,
            PathBuf::from("data"),
        )
    }

    #[test]
    fn defaults_are_those_of_the_design() {
        let settings = with("").expect("an empty policy is a policy");
        assert_eq!(settings.lease.fresh, Duration::hours(12));
        assert_eq!(settings.lease.readable, Duration::hours(72));
        assert_eq!(settings.lease.kept, Duration::days(7));
        assert_eq!((settings.max_attempts, settings.caseload_cap), (5, 60));
        assert!(settings.record_api.is_none());
    }

    #[test]
    fn a_misspelt_rule_is_refused_with_its_line() {
        let error = with("client_id = \"x\"\nfresh_hour = 3\n")
            .expect_err("fresh_hour is not a rule")
            .to_string();
        assert!(
            error.contains("line 2") && error.contains("fresh_hour"),
            "{error}"
        );
    }

    #[test]
    fn clear_http_is_refused_except_to_this_machine() {
        for refused in [
            "http://record.example/fhir",
            "ftp://record.example",
            "record.example",
            "file:///etc",
        ] {
            assert!(with(&format!("record_api = \"{refused}\"")).is_err(), "{refused}");
        }
        for allowed in [
            "https://record.example/fhir",
            "http://127.0.0.1:4000/fhir",
            "http://[::1]:4000/fhir",
        ] {
            assert!(with(&format!("record_api = \"{allowed}\"")).is_ok(), "{allowed}");
        }
    }

    #[test]
    fn values_out_of_range_are_named() {
        for (text, name) in [
            ("minimum_assurance = 0", "minimum_assurance"),
            ("fresh_hours = 100", "fresh_hours"),
            ("kept_days = 1", "kept_days"),
            ("max_attempts = 0", "max_attempts"),
            ("passphrase_min_chars = 4", "passphrase_min_chars"),
        ] {
            let error = with(text).expect_err(text).to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn the_command_line_wins_over_the_policy_file() {
        let file = parse(Path::new("p"), "record_api = \"https://a.example/fhir\"").expect("valid");
        let settings =
            Settings::checked(file, Some("https://b.example/fhir"), PathBuf::from("data")).expect("valid");
        assert_eq!(
            settings.record_api.expect("set").as_str(),
            "https://b.example/fhir"
        );
    }
}
