//! What this program is, under which licence, made of what, and where newer versions of it come from.

use crate::settings::SettingsError;
use crate::wire::{About, Notices};
use crate::{App, Settings};
use std::path::Path;
use url::Url;

/// The file of third-party notices, in the folder of the installed program's own files. `cargo xtask notices` makes it.
pub const NOTICES: &str = "third-party-notices.txt";

/// Where newer versions come from. There is none unless policy names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateFeed {
    /// Address of the release's manifest, as Tauri's updater reads it. Never clear HTTP.
    pub feed: Url,
    /// The minisign public key every release is signed with, in base64.
    pub public_key: String,
}

impl UpdateFeed {
    /// Both keys of the policy file, or neither: a feed without a key could not be trusted, a key without a feed is a mistake.
    ///
    /// # Errors
    /// When one is missing, the address is not https, or the key is too short to be one.
    pub(crate) fn checked(
        feed: Option<String>,
        public_key: Option<String>,
    ) -> Result<Option<Self>, SettingsError> {
        let problem = |name, given, allowed| SettingsError::OutOfRange { name, given, allowed };
        let (feed, public_key) = match (feed, public_key) {
            (None, None) => return Ok(None),
            (Some(feed), Some(public_key)) => (feed, public_key),
            (Some(_), None) => {
                return Err(problem(
                    "update_public_key",
                    "missing".to_owned(),
                    "update_feed needs it, because nothing unsigned is installed",
                ));
            }
            (None, Some(_)) => {
                return Err(problem(
                    "update_feed",
                    "missing".to_owned(),
                    "update_public_key is of use only with a feed",
                ));
            }
        };
        let address = Url::parse(&feed)
            .ok()
            .filter(|address| address.scheme() == "https" && address.host_str().is_some())
            .ok_or_else(|| problem("update_feed", feed, "an https address"))?;
        // A minisign public key is 42 bytes; Tauri's signer wraps its file in base64 once more.
        let long_enough = public_key.len() >= 56
            && public_key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
        if !long_enough {
            return Err(problem(
                "update_public_key",
                "not such a key".to_owned(),
                "the base64 text that `tauri signer generate` writes to its .pub file",
            ));
        }
        Ok(Some(Self {
            feed: address,
            public_key,
        }))
    }
}

impl Settings {
    /// In words: where newer versions come from. `packaged` says that the system's package manager installed this program.
    #[must_use]
    pub fn updates_in_words(&self, packaged: bool) -> String {
        match &self.updates {
            _ if packaged => "This system's package manager installs new versions.".to_owned(),
            None => {
                "Curlew does not look for new versions: no policy names a feed. Your IT team installs them."
                    .to_owned()
            }
            Some(from) => format!(
                "New versions come from {}, and only when they are signed with your organisation's key.",
                from.feed.host_str().unwrap_or_default()
            ),
        }
    }
}

impl App {
    /// Version, licence and where new versions come from.
    #[must_use]
    pub fn about(&self) -> About {
        let packaged = cfg!(target_os = "linux");
        let settings = self.in_force();
        About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            licence: "Licensed under Apache-2.0".to_owned(),
            updates: settings.updates_in_words(packaged),
            can_update: settings.updates.is_some() && !packaged,
        }
    }

    /// The notices of everything Curlew is made of, from the installed program's own files.
    #[must_use]
    pub fn notices(&self, own_files: Option<&Path>) -> Notices {
        let found = own_files.and_then(|folder| std::fs::read_to_string(folder.join(NOTICES)).ok());
        Notices {
            text: found.unwrap_or_else(|| {
                "The notices come with the installed program. This copy runs from its source tree: `cargo xtask notices` makes them there."
                    .to_owned()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "dW50cnVzdGVkIGNvbW1lbnQ6IG1pbmlzaWduIHB1YmxpYyBrZXkgRkFLRQo=";

    fn checked(feed: Option<&str>, key: Option<&str>) -> Result<Option<UpdateFeed>, String> {
        UpdateFeed::checked(feed.map(str::to_owned), key.map(str::to_owned))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn there_is_no_feed_unless_policy_names_one() {
        assert_eq!(checked(None, None), Ok(None));
    }

    #[test]
    fn a_feed_needs_a_key_and_https() {
        let feed = "https://updates.trust.example/curlew.json";
        assert!(checked(Some(feed), Some(KEY)).is_ok_and(|found| found.is_some()));
        for (feed, key, named) in [
            (Some(feed), None, "update_public_key"),
            (None, Some(KEY), "update_feed"),
            (Some("http://updates.trust.example/"), Some(KEY), "https"),
            (Some(feed), Some("not a key"), "tauri signer"),
        ] {
            let problem = checked(feed, key).expect_err("this must be refused");
            assert!(problem.contains(named), "{problem}");
        }
    }

    #[test]
    fn without_a_feed_or_under_a_package_manager_nothing_is_looked_for() {
        let mut settings = Settings::for_record_api("https://record.example/fhir", "/nowhere".into())
            .expect("these settings are valid");
        assert!(settings.updates_in_words(false).contains("does not look"));
        settings.updates =
            checked(Some("https://updates.trust.example/x"), Some(KEY)).expect("both are given");
        assert!(settings.updates_in_words(false).contains("updates.trust.example"));
        assert!(settings.updates_in_words(true).contains("package manager"));
    }
}
