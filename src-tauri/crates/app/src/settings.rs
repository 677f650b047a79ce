//! What this device is set to: policy in all its layers, as values that the use cases read.

use crate::about::UpdateFeed;
use crate::policy::{self, Feature, Finding, LogLevel, Places, Policy, key};
use crate::sources::CaseloadRule;
use crate::wire::{EmergencyReason, SettingRow, SettingSource};
use chrono::Duration;
use curlew_api::{ApiError, Network, Proxy};
use std::path::{Path, PathBuf};
use thiserror::Error;
use url::Url;

/// Everything the app is set to, resolved and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base address of the shared record API; absent until somebody sets it.
    pub record_api: Option<Url>,
    /// The proxy it is reached through, and the certificate authorities believed besides the system's.
    pub network: Network,
    /// OAuth client id.
    pub client_id: String,
    /// The only sign-in service accepted, if one is pinned; exactly as it writes itself.
    pub issuer: Option<String>,
    /// OAuth scopes asked for.
    pub scopes: Vec<String>,
    /// Lowest authentication assurance level accepted (1 to 3).
    pub minimum_assurance: u8,
    /// Lowest identity assurance level accepted (0 to 3).
    pub minimum_identity_assurance: u8,
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
    /// The device is shared, or may keep no copies: nothing is kept on its disk, and locking forgets everything.
    pub shared_desktop: bool,
    /// How much is logged.
    pub log_level: LogLevel,
    /// What is turned off.
    pub features_off: Vec<Feature>,
    /// Where newer versions come from; nowhere unless policy names a feed and its key.
    pub updates: Option<UpdateFeed>,
    /// What was set, and by whom.
    policy: Policy,
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

/// Why the settings cannot be used. Each says which file or flag, and what would be right.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A policy is there but cannot be read.
    #[error("The policy {} cannot be read: {source}.\nFix: Check that it exists and that you may read it.", path.display())]
    Unreadable {
        /// The file or registry key.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A policy holds something that Curlew cannot use.
    #[error("The policy {place} cannot be used.\n{}", list(findings))]
    Invalid {
        /// The file or registry key.
        place: String,
        /// What, and where in it.
        findings: Vec<Finding>,
    },
    /// Each policy is right by itself, and together they are not.
    #[error("The policies of this device stand against each other.\n{}", list(findings))]
    Contradictory {
        /// What stands against what.
        findings: Vec<Finding>,
    },
    /// The record API's address on the command line cannot be used.
    #[error(
        "The record API address {given:?} cannot be used: {problem}. Give an address such as https://record.example/fhir."
    )]
    RecordApi {
        /// As given.
        given: String,
        /// Why not.
        problem: String,
    },
    /// No folder for this person's data could be found.
    #[error("No folder for Curlew's data could be found for this account. Name one with --data-dir.")]
    NoDataDir,
}

fn list(findings: &[Finding]) -> String {
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    findings.join("\n")
}

impl Settings {
    /// Reads the machine's policy, what the command line gives, and the file `policy` or else the person's own. The earlier
    /// wins.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub fn resolve(
        policy: Option<&Path>,
        record_api: Option<&str>,
        data_dir: Option<PathBuf>,
    ) -> Result<Self, SettingsError> {
        let folders = directories::ProjectDirs::from("uk", "", "Curlew");
        let data_dir = data_dir
            .or_else(|| folders.map(|folders| folders.data_local_dir().to_owned()))
            .ok_or(SettingsError::NoDataDir)?;
        Self::from_places(&Places::of_system(policy), record_api, data_dir)
    }

    /// As [`Self::resolve`], with policy looked for in these places.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub fn from_places(
        places: &Places,
        record_api: Option<&str>,
        data_dir: PathBuf,
    ) -> Result<Self, SettingsError> {
        Ok(Self::from_policy(policy::gather(places, record_api)?, data_dir))
    }

    /// Settings for a given record API and folder, everything else by default.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn for_record_api(record_api: &str, data_dir: PathBuf) -> Result<Self, SettingsError> {
        Self::from_places(&Places::default(), Some(record_api), data_dir)
    }

    /// Checks that Curlew could use this file as the machine's policy.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub fn check_policy(file: &Path) -> Result<(), SettingsError> {
        policy::check_file(file)
    }

    /// Checks that the files which a policy names can be used on this computer.
    ///
    /// # Errors
    /// [`ApiError::Authority`], for the first that cannot.
    pub fn check_files(file: &Path) -> Result<(), ApiError> {
        let places = Places {
            machine: Some(file.to_owned()),
            ..Places::default()
        };
        Self::from_places(&places, None, PathBuf::new()).map_or(Ok(()), |settings| settings.network.check())
    }

    /// Every value of a policy has been checked against its key; here it only changes its form.
    fn from_policy(policy: Policy, data_dir: PathBuf) -> Self {
        let hours = |key| Duration::hours(policy.whole(key));
        let days = |key| Duration::days(policy.whole(key));
        let minutes = |key| Duration::minutes(policy.whole(key));
        let address = |key| policy.text(key).and_then(|text| Url::parse(&text).ok());
        let features_off = policy.features_off();
        Self {
            record_api: address(&key::RECORD_API),
            network: Network {
                proxy: match policy.text(&key::PROXY).as_deref() {
                    None | Some("system") => Proxy::System,
                    // What is no address is never policy; if it were, no proxy is the safe reading.
                    Some(address) => Proxy::read(address).unwrap_or(Proxy::Direct),
                },
                // Whether each is there and can be read is asked at each contact: what is on the device is readable without.
                authorities: policy
                    .list(&key::EXTRA_CAS)
                    .into_iter()
                    .map(PathBuf::from)
                    .collect(),
            },
            client_id: policy.text(&key::CLIENT_ID).unwrap_or_default(),
            issuer: policy.text(&key::ISSUER),
            scopes: policy.list(&key::SCOPES),
            minimum_assurance: number(&policy, &key::MINIMUM_ASSURANCE),
            minimum_identity_assurance: number(&policy, &key::MINIMUM_IDENTITY_ASSURANCE),
            data_dir,
            lease: Lease {
                fresh: hours(&key::FRESH_HOURS),
                readable: hours(&key::READABLE_HOURS),
                kept: days(&key::KEPT_DAYS),
            },
            max_attempts: number(&policy, &key::MAX_ATTEMPTS),
            passphrase_min_chars: number(&policy, &key::PASSPHRASE_MIN_CHARS),
            caseload_cap: number(&policy, &key::CASELOAD_CAP),
            caseload: policy
                .list(&key::CASELOAD)
                .iter()
                .filter_map(|one| CaseloadRule::read(one))
                .collect(),
            leave_after: hours(&key::LEAVE_HOURS),
            keep_offline: policy.yes(&key::KEEP_OFFLINE),
            background: Some(minutes(&key::BACKGROUND_MINUTES)).filter(|every| *every > Duration::zero()),
            background_on_metered: policy.yes(&key::BACKGROUND_ON_METERED),
            idle: minutes(&key::IDLE_MINUTES),
            sign_in_every: days(&key::SIGN_IN_DAYS),
            emergency: minutes(&key::EMERGENCY_MINUTES),
            emergency_reasons: policy.reasons(),
            shared_desktop: policy.yes(&key::SHARED_DESKTOP)
                || features_off.contains(&Feature::OfflineCopies),
            log_level: policy
                .text(&key::LOG_LEVEL)
                .and_then(|level| LogLevel::named(&level))
                .unwrap_or(LogLevel::Info),
            features_off,
            updates: address(&key::UPDATE_FEED)
                .zip(policy.text(&key::UPDATE_PUBLIC_KEY))
                .map(|(feed, public_key)| UpdateFeed { feed, public_key }),
            policy,
        }
    }

    /// The rules for a new passphrase, in words.
    #[must_use]
    pub fn passphrase_rules(&self) -> String {
        format!(
            "At least {} characters. Three or four unrelated words work well.",
            self.passphrase_min_chars
        )
    }

    /// Whether policy has turned this off.
    #[must_use]
    pub fn is_off(&self, feature: Feature) -> bool {
        self.features_off.contains(&feature)
    }

    /// What was set, and by whom.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Where the log is written: nowhere on a device that keeps nothing.
    #[must_use]
    pub fn log_folder(&self) -> Option<PathBuf> {
        (!self.shared_desktop).then(|| self.data_dir.join("logs"))
    }

    /// Every setting in words, for the Settings screen and `curlewctl policy explain`.
    #[must_use]
    pub fn rows(&self) -> Vec<SettingRow> {
        let folder = |key: &str, label: &str, text: String| SettingRow {
            key: key.to_owned(),
            label: label.to_owned(),
            text,
            source: SettingSource::Default,
        };
        let mut rows = self.policy.rows();
        rows.push(folder(
            "data_dir",
            "Data folder",
            self.data_dir.display().to_string(),
        ));
        let logs = self.log_folder().map(|folder| folder.display().to_string());
        rows.push(folder(
            "log_folder",
            "The log lies in",
            logs.unwrap_or_else(|| "Nowhere: this device keeps nothing".to_owned()),
        ));
        rows
    }
}

/// A whole number that its key's bounds keep within `T`.
fn number<T: TryFrom<i64> + Default>(policy: &Policy, key: &policy::Key) -> T {
    T::try_from(policy.whole(key)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::KEYS;

    fn with(text: &str) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let machine = folder.path().join("policy.toml");
        std::fs::write(&machine, text).expect("a file");
        let places = Places {
            machine: Some(machine),
            ..Places::default()
        };
        Settings::from_places(&places, None, PathBuf::from("data"))
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
        assert_eq!(settings.background, Some(Duration::minutes(15)));
        assert!(!settings.shared_desktop && settings.keep_offline);
        assert!(settings.record_api.is_none() && settings.updates.is_none());
        assert!(settings.emergency_reasons.len() >= 4);
        let usual = curlew_sign_in::SignInConfig::new(
            Url::parse("https://record.example/fhir").expect("an address"),
            settings.client_id.clone(),
        );
        assert_eq!(
            (
                settings.scopes,
                settings.minimum_assurance,
                settings.minimum_identity_assurance,
                settings.issuer
            ),
            (
                usual.scopes,
                usual.minimum_assurance,
                usual.minimum_identity_assurance,
                usual.issuer
            )
        );
    }

    #[test]
    fn every_default_and_every_example_is_a_valid_policy() {
        for key in KEYS {
            // The two of updates want each other.
            if !key.name.starts_with("update_") {
                assert_eq!(policy::check(key.example), [], "{}", key.name);
            }
            assert!(key.example.contains(key.name), "{}", key.name);
            if let Some(value) = key.fallback.value() {
                assert_eq!(policy::checked(key, &value), Ok(()), "{}", key.name);
            }
        }
        let all: Vec<&str> = KEYS
            .iter()
            // Contradicts the reasons, and is right to.
            .filter(|key| key.name != "features_off")
            .map(|key| key.example)
            .collect();
        let (reasons, others): (Vec<&str>, Vec<&str>) =
            all.into_iter().partition(|example| example.starts_with('['));
        assert_eq!(policy::check(&[others, reasons].concat().join("\n")), []);
    }

    #[test]
    fn clear_http_is_refused_except_to_this_machine() {
        for refused in [
            "http://record.example/fhir",
            "ftp://record.example",
            "record.example",
            "file:///etc",
            "https://me:secret@record.example/fhir",
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
    fn the_network_is_the_systems_unless_policy_says_otherwise() {
        assert_eq!(with("").expect("valid").network, Network::default());
        let settings = with("proxy = \"none\"").expect("valid");
        assert_eq!(settings.network.proxy, Proxy::Direct);
        let settings = with("proxy = \"http://proxy.example:8080\"").expect("valid");
        assert!(matches!(settings.network.proxy, Proxy::Through(_)));
        let file = std::env::temp_dir().join("no-such.pem");
        let settings = with(&format!("extra_cas = ['{}']", file.display())).expect("read at each contact");
        assert_eq!(settings.network.authorities, [file]);
    }

    #[test]
    fn reasons_for_an_emergency_are_policys_to_choose() {
        let settings =
            with("[[emergency_reasons]]\ncode = \"crash-call\"\nwords = \"Crash call\"\n").expect("valid");
        assert_eq!(settings.emergency_reasons.len(), 1);
        assert_eq!(settings.emergency_reasons[0].code, "crash-call");
    }

    #[test]
    fn without_offline_copies_the_device_is_as_a_shared_one() {
        let settings = with("features_off = [\"offline-copies\", \"printing\"]").expect("valid");
        assert!(settings.shared_desktop && settings.is_off(Feature::Printing));
        assert!(!settings.is_off(Feature::Emergency));
        assert_eq!(settings.log_folder(), None);
    }

    #[test]
    fn every_key_is_shown_and_says_where_it_is_set() {
        let settings =
            with("idle_minutes = 3\nshared_desktop = true\nbackground_minutes = 0\n").expect("valid");
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
        assert_eq!(of("background_minutes").text, "Never");
        assert_eq!(of("sign_in_days").source, SettingSource::Default);
        for key in KEYS {
            assert!(!of(key.name).text.is_empty(), "{}", key.name);
        }
    }
}
