//! What this device is set to: a policy file, and what the command line puts in its place.

use crate::about::UpdateFeed;
use crate::sources::{self, CaseloadRule};
use crate::wire::{EmergencyReason, SettingRow, SettingSource};
use chrono::Duration;
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
    /// Where the caseload is kept. Never empty.
    pub caseload: Vec<CaseloadRule>,
    /// How long after somebody has left the caseload their copy is erased.
    pub leave_after: Duration,
    /// Whether somebody may be kept on the device after leaving the caseload, at the user's wish.
    pub keep_offline: bool,
    /// How often the app makes contact by itself; never when absent.
    pub background: Option<Duration>,
    /// Whether records are brought up to date by itself on a network paid for by use.
    pub background_on_metered: bool,
    /// Without activity for so long, the app locks.
    pub idle: Duration,
    /// A full sign-in is needed this often; in between the passphrase alone opens the store.
    pub sign_in_every: Duration,
    /// How long a record stays open in an emergency.
    pub emergency: Duration,
    /// Reasons for emergency access to choose from. Never empty.
    pub emergency_reasons: Vec<EmergencyReason>,
    /// The device is shared: nothing is kept on its disk, and locking forgets everything.
    pub shared_desktop: bool,
    /// Where newer versions come from; nowhere unless policy names a feed and its key.
    pub updates: Option<UpdateFeed>,
    /// Keys that the policy file sets, and those the command line does.
    set_by: Vec<(&'static str, SettingSource)>,
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
    caseload: Option<Vec<String>>,
    leave_hours: Option<u32>,
    keep_offline: Option<bool>,
    background_minutes: Option<u32>,
    background_on_metered: Option<bool>,
    idle_minutes: Option<u32>,
    sign_in_days: Option<u32>,
    emergency_minutes: Option<u32>,
    emergency_reasons: Option<Vec<ReasonInFile>>,
    shared_desktop: Option<bool>,
    update_feed: Option<String>,
    update_public_key: Option<String>,
}

/// One `[[emergency_reasons]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonInFile {
    code: String,
    words: String,
}

/// The reasons offered where policy names none.
const EMERGENCY_REASONS: [(&str, &str); 5] = [
    ("life-threatening", "Life is in danger"),
    (
        "cannot-be-asked",
        "The patient cannot be asked, and care cannot wait",
    ),
    ("urgent-medicine", "A medicine or allergy must be checked now"),
    ("safeguarding", "Somebody is at risk of serious harm"),
    ("other", "Another reason, given below"),
];

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
        let set_by = set_by(&file, record_api.is_some());
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
        let caseload = caseload_rules(file.caseload)?;
        let leave_hours = file.leave_hours.unwrap_or(24);
        in_range("leave_hours", leave_hours, 0, 720, "from 0 to 720")?;
        let background_minutes = file.background_minutes.unwrap_or(15);
        if background_minutes != 0 {
            in_range(
                "background_minutes",
                background_minutes,
                5,
                720,
                "0 for never, or from 5 to 720",
            )?;
        }
        let idle_minutes = file.idle_minutes.unwrap_or(5);
        in_range("idle_minutes", idle_minutes, 1, 60, "from 1 to 60")?;
        let sign_in_days = file.sign_in_days.unwrap_or(30);
        in_range("sign_in_days", sign_in_days, 1, 90, "from 1 to 90")?;
        let emergency_minutes = file.emergency_minutes.unwrap_or(60);
        in_range("emergency_minutes", emergency_minutes, 5, 480, "from 5 to 480")?;
        let emergency_reasons = reasons(file.emergency_reasons)?;
        let updates = UpdateFeed::checked(file.update_feed, file.update_public_key)?;
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
            caseload,
            leave_after: Duration::hours(i64::from(leave_hours)),
            keep_offline: file.keep_offline.unwrap_or(true),
            background: (background_minutes > 0).then(|| Duration::minutes(i64::from(background_minutes))),
            background_on_metered: file.background_on_metered.unwrap_or(false),
            idle: Duration::minutes(i64::from(idle_minutes)),
            sign_in_every: Duration::days(i64::from(sign_in_days)),
            emergency: Duration::minutes(i64::from(emergency_minutes)),
            emergency_reasons,
            shared_desktop: file.shared_desktop.unwrap_or(false),
            updates,
            set_by,
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
    pub fn rows(&self) -> Vec<SettingRow> {
        let row = |key: &str, label: &str, text: String| SettingRow {
            key: key.to_owned(),
            label: label.to_owned(),
            text,
            source: self
                .set_by
                .iter()
                .find(|(name, _)| *name == key)
                .map_or(SettingSource::Default, |(_, source)| *source),
        };
        let record_api = self
            .record_api
            .as_ref()
            .map_or_else(|| "Not set".to_owned(), Url::to_string);
        let reasons: Vec<&str> = self
            .emergency_reasons
            .iter()
            .map(|reason| reason.words.as_str())
            .collect();
        vec![
            row("record_api", "Record API", record_api),
            row("client_id", "Client id", self.client_id.clone()),
            row(
                "minimum_assurance",
                "Minimum sign-in assurance",
                format!("Level {}", self.minimum_assurance),
            ),
            row("fresh_hours", "A copy is fresh for", hours(self.lease.fresh)),
            row(
                "readable_hours",
                "A copy may be read for",
                hours(self.lease.readable),
            ),
            row("kept_days", "A copy is destroyed after", hours(self.lease.kept)),
            row("idle_minutes", "Locks without activity after", minutes(self.idle)),
            row(
                "sign_in_days",
                "A full sign-in is needed every",
                hours(self.sign_in_every),
            ),
            row(
                "max_attempts",
                "Wrong passphrases allowed",
                self.max_attempts.to_string(),
            ),
            row("passphrase_min_chars", "New passphrases", self.passphrase_rules()),
            row(
                "caseload_cap",
                "Patients kept at most",
                self.caseload_cap.to_string(),
            ),
            row(
                "caseload",
                "The caseload comes from",
                self.caseload
                    .iter()
                    .map(CaseloadRule::words)
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
            row(
                "leave_hours",
                "After leaving the caseload, a copy is erased in",
                hours(self.leave_after),
            ),
            row(
                "keep_offline",
                "You may keep somebody longer",
                if self.keep_offline { "Yes" } else { "No" }.to_owned(),
            ),
            row(
                "background_minutes",
                "Contacts the record by itself every",
                self.background
                    .map_or_else(|| "Never".to_owned(), |every| format!("about {}", minutes(every))),
            ),
            row(
                "background_on_metered",
                "Refreshes records by itself on a network paid for by use",
                if self.background_on_metered { "Yes" } else { "No" }.to_owned(),
            ),
            row(
                "emergency_minutes",
                "Emergency access lasts",
                minutes(self.emergency),
            ),
            row(
                "emergency_reasons",
                "Reasons for emergency access",
                reasons.join("; "),
            ),
            row(
                "shared_desktop",
                "Shared device",
                if self.shared_desktop {
                    "Yes: nothing is kept on its disk, and locking forgets everything".to_owned()
                } else {
                    "No".to_owned()
                },
            ),
            row(
                "update_feed",
                "New versions",
                self.updates_in_words(cfg!(target_os = "linux")),
            ),
            row(
                "update_public_key",
                "New versions are signed with",
                if self.updates.is_some() {
                    "Your organisation's key"
                } else {
                    "No key is set"
                }
                .to_owned(),
            ),
            row("data_dir", "Data folder", self.data_dir.display().to_string()),
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

fn minutes(time: Duration) -> String {
    match time.num_minutes() {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// Which settings the policy file or the command line sets, by key.
fn set_by(file: &PolicyFile, record_api_given: bool) -> Vec<(&'static str, SettingSource)> {
    let in_file = [
        ("record_api", file.record_api.is_some()),
        ("client_id", file.client_id.is_some()),
        ("minimum_assurance", file.minimum_assurance.is_some()),
        ("fresh_hours", file.fresh_hours.is_some()),
        ("readable_hours", file.readable_hours.is_some()),
        ("kept_days", file.kept_days.is_some()),
        ("max_attempts", file.max_attempts.is_some()),
        ("passphrase_min_chars", file.passphrase_min_chars.is_some()),
        ("caseload_cap", file.caseload_cap.is_some()),
        ("caseload", file.caseload.is_some()),
        ("leave_hours", file.leave_hours.is_some()),
        ("keep_offline", file.keep_offline.is_some()),
        ("background_minutes", file.background_minutes.is_some()),
        ("background_on_metered", file.background_on_metered.is_some()),
        ("idle_minutes", file.idle_minutes.is_some()),
        ("sign_in_days", file.sign_in_days.is_some()),
        ("emergency_minutes", file.emergency_minutes.is_some()),
        ("emergency_reasons", file.emergency_reasons.is_some()),
        ("shared_desktop", file.shared_desktop.is_some()),
        ("update_feed", file.update_feed.is_some()),
        ("update_public_key", file.update_public_key.is_some()),
    ];
    let given = record_api_given.then_some(("record_api", SettingSource::CommandLine));
    let in_file = in_file
        .into_iter()
        .filter(|(_, set)| *set)
        .map(|(name, _)| (name, SettingSource::Policy));
    given.into_iter().chain(in_file).collect()
}

/// Where the caseload is kept, as policy or the default has it.
fn caseload_rules(given: Option<Vec<String>>) -> Result<Vec<CaseloadRule>, SettingsError> {
    let problem = |given: String| SettingsError::OutOfRange {
        name: "caseload",
        given,
        allowed: sources::ALLOWED,
    };
    match given {
        None => Ok(vec![CaseloadRule::Group(None)]),
        Some(none) if none.is_empty() => Err(problem("empty".to_owned())),
        Some(written) => written
            .into_iter()
            .map(|one| CaseloadRule::read(&one).ok_or_else(|| problem(one)))
            .collect(),
    }
}

/// The reasons for emergency access, as policy or the default has them.
fn reasons(given: Option<Vec<ReasonInFile>>) -> Result<Vec<EmergencyReason>, SettingsError> {
    let Some(given) = given else {
        let reason = |(code, words): (&str, &str)| EmergencyReason {
            code: code.to_owned(),
            words: words.to_owned(),
        };
        return Ok(EMERGENCY_REASONS.map(reason).into());
    };
    let problem = |given: String, allowed: &'static str| SettingsError::OutOfRange {
        name: "emergency_reasons",
        given,
        allowed,
    };
    if given.is_empty() {
        return Err(problem("empty".to_owned(), "at least one reason"));
    }
    let mut reasons: Vec<EmergencyReason> = Vec::with_capacity(given.len());
    for ReasonInFile { code, words } in given {
        let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        if code.is_empty() || !code.bytes().all(plain) {
            return Err(problem(code, "each code of small letters, digits and hyphens"));
        }
        if words.trim().is_empty() {
            return Err(problem(code, "words for each code"));
        }
        if reasons.iter().any(|reason| reason.code == code) {
            return Err(problem(code, "each code once"));
        }
        reasons.push(EmergencyReason { code, words });
    }
    Ok(reasons)
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
        assert_eq!(
            (settings.idle, settings.sign_in_every),
            (Duration::minutes(5), Duration::days(30))
        );
        assert!(!settings.shared_desktop);
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
            ("idle_minutes = 0", "idle_minutes"),
            ("sign_in_days = 365", "sign_in_days"),
            ("emergency_minutes = 1", "emergency_minutes"),
        ] {
            let error = with(text).expect_err(text).to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn reasons_for_an_emergency_have_a_default_and_are_policys_to_choose() {
        let settings = with("").expect("valid");
        assert_eq!(settings.emergency, Duration::minutes(60));
        assert!(settings.emergency_reasons.len() >= 4);
        let settings =
            with("[[emergency_reasons]]\ncode = \"crash-call\"\nwords = \"Crash call\"\n").expect("valid");
        assert_eq!(settings.emergency_reasons.len(), 1);
        assert_eq!(settings.emergency_reasons[0].code, "crash-call");
        for refused in [
            "emergency_reasons = []",
            "[[emergency_reasons]]\ncode = \"Crash call\"\nwords = \"x\"",
            "[[emergency_reasons]]\ncode = \"a\"\nwords = \" \"",
            "[[emergency_reasons]]\ncode = \"a\"\nwords = \"x\"\n[[emergency_reasons]]\ncode = \"a\"\nwords = \"y\"",
        ] {
            let error = with(refused).expect_err(refused).to_string();
            assert!(error.starts_with("emergency_reasons"), "{error}");
        }
    }

    #[test]
    fn every_rule_of_the_policy_file_is_shown_and_says_where_it_is_set() {
        let settings = with("idle_minutes = 3\nshared_desktop = true\n").expect("valid");
        let rows = settings.rows();
        let of = |key: &str| {
            let row = rows.iter().find(|row| row.key == key);
            row.unwrap_or_else(|| panic!("{key} is not shown"))
        };
        assert_eq!(
            (of("idle_minutes").text.as_str(), of("idle_minutes").source),
            ("3 minutes", SettingSource::Policy)
        );
        assert_eq!(of("shared_desktop").source, SettingSource::Policy);
        assert_eq!(of("sign_in_days").source, SettingSource::Default);
        // A key that the file knows and the screen does not is found by its error message, which lists them all.
        let known = with("no_such_rule = 1").expect_err("unknown").to_string();
        let listed = known
            .split("expected one of")
            .nth(1)
            .expect("the keys are listed");
        for key in listed.split('`').skip(1).step_by(2) {
            of(key);
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
