//! The command line.

use clap::Parser;
use curlew_app::{Settings, SettingsError};
use std::path::PathBuf;

/// Viewer for an English shared care record: one history across every care setting, with or without a network.
#[derive(Debug, Parser)]
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
}

impl Options {
    /// What was meant: the policy file, with anything given on the command line in its place.
    ///
    /// # Errors
    /// When the policy file cannot be read, or something in it or on the command line is not valid.
    pub(crate) fn settings(self) -> Result<Settings, SettingsError> {
        Settings::resolve(self.policy.as_deref(), self.record_api.as_deref(), self.data_dir)
    }
}
