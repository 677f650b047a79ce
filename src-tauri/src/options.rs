//! The command line: how Curlew is set, and whom another program asks it to open.
//!
//! The system starts Curlew with a link that came from anywhere. What is after the link on the command line may have come
//! out of it, by a quote that was not escaped; so nothing may follow a link, and a running Curlew takes nothing from a second
//! start but whom to open.

use clap::Parser;
use curlew_app::{App, LinkRefused, Settings, SettingsError};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Viewer for an English shared care record: one history across every care setting, with or without a network.
#[derive(Debug, Clone, Parser)]
#[command(name = "curlew", version)]
pub(crate) struct Options {
    /// Base address of the shared record API (FHIR R4), for example https://record.example/fhir.
    #[arg(long, value_name = "URL")]
    record_api: Option<String>,
    /// Policy file (TOML). Without it, the machine's policy file is read when there is one.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Folder for this person's encrypted stores and the log.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Opens this patient once somebody is in. Other programs on this computer can see the number while Curlew starts.
    #[arg(long, value_name = "NHS NUMBER", conflicts_with = "link")]
    patient: Option<String>,
    /// A link from another program: curlew://patient?nhs=9990000000. Always last.
    #[arg(value_name = "LINK")]
    link: Option<OsString>,
}

impl Options {
    /// What was meant: the policy file, with anything given on the command line in its place.
    ///
    /// # Errors
    /// When the policy file cannot be read, or something in it or on the command line is not valid.
    pub(crate) fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::resolve(
            self.policy.as_deref(),
            self.record_api.as_deref(),
            self.data_dir.clone(),
        )
    }

    /// Tells the app whom it was started for, if for anybody.
    pub(crate) fn ask(&self, app: &App) {
        if let Some(number) = &self.patient {
            app.open_number(number);
        }
        if let Some(link) = &self.link {
            match link.to_str() {
                Some(link) => app.open_link(link),
                None => app.launch(Err(LinkRefused::Characters)),
            }
        }
    }

    /// The same settings for the program that follows after a lock. Whom this one was started for is not asked for again:
    /// whoever unlocks next may be somebody else.
    pub(crate) fn arguments_of_settings(&self) -> Vec<OsString> {
        let api = self
            .record_api
            .as_ref()
            .map(|api| ("--record-api", OsStr::new(api)));
        let policy = self
            .policy
            .as_ref()
            .map(|policy| ("--policy", policy.as_os_str()));
        let data_dir = self.data_dir.as_ref().map(|dir| ("--data-dir", dir.as_os_str()));
        [api, policy, data_dir]
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let mut argument = OsString::from(name);
                argument.push("=");
                argument.push(value);
                argument
            })
            .collect()
    }
}

fn is_link(argument: &OsString) -> bool {
    let scheme = b"curlew:";
    let bytes = argument.as_encoded_bytes();
    bytes.len() >= scheme.len() && bytes[..scheme.len()].eq_ignore_ascii_case(scheme)
}

/// Whether something follows a link. Given the whole command line.
pub(crate) fn something_follows_a_link(arguments: impl IntoIterator<Item = OsString>) -> bool {
    let mut rest = arguments
        .into_iter()
        .skip(1)
        .skip_while(|argument| !is_link(argument));
    rest.next().is_some() && rest.next().is_some()
}

/// What a second start asks of the one that is running: whom to open. Everything else on its command line is ignored.
pub(crate) fn second_start(app: &App, arguments: Vec<String>) {
    if something_follows_a_link(arguments.iter().map(OsString::from)) {
        return app.launch(Err(LinkRefused::Added));
    }
    match Options::try_parse_from(arguments) {
        Ok(options) => options.ask(app),
        // Its own words quote what was given.
        Err(_) => app.launch(Err(LinkRefused::Parameter)),
    }
}

/// The same question for the program that follows after a lock: one argument, or none where it was not in order. It asks
/// again as if the system had just started it; a link is one only with its scheme, so that it cannot be read as an option.
pub(crate) fn asking(arguments: Vec<String>) -> Option<OsString> {
    if something_follows_a_link(arguments.iter().map(OsString::from)) {
        return None;
    }
    let options = Options::try_parse_from(arguments).ok()?;
    match (options.patient, options.link) {
        (Some(number), _) => Some(format!("--patient={number}").into()),
        (None, link) => link.filter(is_link),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Options {
        Options::try_parse_from(arguments).expect("valid")
    }

    #[test]
    fn nothing_may_follow_a_link() {
        let follows = |arguments: &[&str]| something_follows_a_link(arguments.iter().map(OsString::from));
        assert!(follows(&[
            "curlew",
            "curlew://patient?nhs=1",
            "--policy",
            "//evil/policy.toml"
        ]));
        assert!(follows(&[
            "curlew",
            "--data-dir=x",
            "CURLEW://patient",
            "--record-api=https://evil.example"
        ]));
        assert!(!follows(&["curlew", "--data-dir", "x", "curlew://patient?nhs=1"]));
        assert!(!follows(&["curlew", "--policy", "x"]));
        assert!(!follows(&["curlew"]));
    }

    #[test]
    fn the_next_program_is_set_as_this_one_and_opens_nobody() {
        let options = parsed(&[
            "curlew",
            "--record-api=https://record.example/fhir",
            "--data-dir",
            "a b",
            "curlew://patient?nhs=9990018677",
        ]);
        let next = options.arguments_of_settings();
        assert_eq!(
            next,
            ["--record-api=https://record.example/fhir", "--data-dir=a b"]
        );
        let options = parsed(&["curlew", "--policy", "p.toml", "--patient", "999 001 8677"]);
        assert_eq!(options.arguments_of_settings(), ["--policy=p.toml"]);
        assert_eq!(options.patient.as_deref(), Some("999 001 8677"));
        assert!(Options::try_parse_from(["curlew", "--patient", "1", "curlew://patient"]).is_err());
    }

    #[test]
    fn what_was_asked_during_a_lock_is_asked_again_and_nothing_besides() {
        let asked = |arguments: &[&str]| asking(arguments.iter().map(|one| (*one).to_owned()).collect());
        let link = "curlew://patient?nhs=9990018677";
        assert_eq!(asked(&["curlew", link]), Some(link.into()));
        assert_eq!(
            asked(&["curlew", "--patient", "999 001 8677"]),
            Some("--patient=999 001 8677".into())
        );
        // Settings of a second start are not taken over, nor anything dressed up as a link.
        assert_eq!(asked(&["curlew", "--policy=/evil.toml", link]), Some(link.into()));
        assert_eq!(asked(&["curlew", link, "--policy=/evil.toml"]), None);
        assert_eq!(asked(&["curlew", "--", "--policy=/evil.toml"]), None);
        assert_eq!(asked(&["curlew", "https://evil.example"]), None);
        assert_eq!(asked(&["curlew"]), None);
    }

    #[test]
    fn the_scheme_is_registered_by_the_installers() {
        let settings: serde_json::Value =
            serde_json::from_str(include_str!("../tauri.conf.json")).expect("the configuration is JSON");
        assert_eq!(
            settings["plugins"]["deep-link"]["desktop"]["schemes"],
            serde_json::json!(["curlew"])
        );
    }
}
