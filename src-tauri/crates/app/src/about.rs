//! What this program is, under which licence, made of what, and where newer versions of it come from.

use crate::wire::{About, Notices};
use crate::{App, Error, Settings};
use curlew_api::Way;
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

    /// The way to the feed of new versions and to what it names: policy's proxy and certificate authorities, as for all else.
    ///
    /// # Errors
    /// In words for the person, when there is no feed or a certificate file cannot be used.
    pub fn way_to_updates(&self) -> Result<Way, String> {
        let Some(from) = &self.updates else {
            return Err(self.updates_in_words(false));
        };
        self.network.way_to(&from.feed).map_err(|error| {
            let (_, message, next_step) = Error::from(error).words();
            format!("{message} {next_step}")
        })
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

    #[test]
    fn there_is_no_feed_unless_policy_names_one_with_its_key() {
        let policy = "update_feed = \"https://updates.trust.example/curlew.json\"\n\
             update_public_key = \"dW50cnVzdGVkIGNvbW1lbnQ6IG1pbmlzaWduIHB1YmxpYyBrZXkgRkFLRQo=\"\n";
        assert_eq!(crate::policy::check(policy), []);
        for (feed, key, named) in [(true, false, "update_public_key"), (false, true, "update_feed")] {
            let lines: Vec<&str> = policy.lines().collect();
            let one = match (feed, key) {
                (true, _) => lines[0],
                _ => lines[1],
            };
            let findings = crate::policy::check(one);
            assert!(findings[0].to_string().contains(named), "{findings:?}");
        }
        for (text, named) in [
            (policy.replace("https", "http"), "https"),
            (policy.replace("dW50cnVzdGVk", "not a key "), "tauri signer"),
        ] {
            let findings = crate::policy::check(&text);
            assert!(findings[0].to_string().contains(named), "{findings:?}");
        }
    }

    #[test]
    fn without_a_feed_or_under_a_package_manager_nothing_is_looked_for() {
        let mut settings = Settings::for_record_api("https://record.example/fhir", "/nowhere".into())
            .expect("these settings are valid");
        assert!(settings.updates_in_words(false).contains("does not look"));
        settings.updates = Some(UpdateFeed {
            feed: Url::parse("https://updates.trust.example/x").expect("an address"),
            public_key: "a key".to_owned(),
        });
        assert!(settings.updates_in_words(false).contains("updates.trust.example"));
        assert!(settings.updates_in_words(true).contains("package manager"));
    }

    #[test]
    fn updates_take_policys_way_and_say_which_certificate_file_bars_it() {
        let mut settings = Settings::for_record_api("https://record.example/fhir", "/nowhere".into())
            .expect("these settings are valid");
        assert!(
            settings
                .way_to_updates()
                .is_err_and(|words| words.contains("does not look"))
        );
        settings.updates = Some(UpdateFeed {
            feed: Url::parse("https://updates.trust.example/x").expect("an address"),
            public_key: "a key".to_owned(),
        });
        settings.network.proxy = curlew_api::Proxy::read("http://proxy.trust.example:8080").expect("a proxy");
        let way = settings.way_to_updates().expect("a way");
        assert!(format!("{way:?}").contains("proxy.trust.example"), "{way:?}");
        settings.network.authorities = vec!["/nowhere/network-ca.pem".into()];
        let words = settings.way_to_updates().expect_err("there is no such file");
        assert!(
            words.contains("network-ca.pem") && words.contains("extra_cas"),
            "{words}"
        );
    }
}
