//! Who looked, as the log of this store has it.

use crate::app::blocking;
use crate::print::done_words;
use crate::wire::{AccessLog, AccessLogRow};
use crate::{App, Error};
use chrono::Local;
use curlew_audit::Shown;
use curlew_vault::UploadState;

/// Entries shown at most; the whole chain is verified whatever is shown.
const SHOWN: u32 = 1_000;

impl App {
    /// The access log of the open store, newest first, and whether its chain is whole.
    ///
    /// # Errors
    /// When locked, or the store cannot be read.
    pub async fn access_log(&self) -> Result<AccessLog, Error> {
        let vault = self.vault()?;
        blocking(move || {
            let rows = vault
                .access_log(SHOWN)?
                .into_iter()
                .map(|logged| AccessLogRow {
                    seq: u32::try_from(logged.entry.seq).unwrap_or(u32::MAX),
                    at: logged
                        .entry
                        .at
                        .with_timezone(&Local)
                        .format("%d-%b-%Y %H:%M:%S")
                        .to_string(),
                    action: done_words(
                        logged.entry.look.action,
                        &Shown::parse(&logged.entry.look.shown).screen,
                    ),
                    patient: logged
                        .entry
                        .look
                        .patient_name
                        .clone()
                        .or_else(|| logged.entry.look.patient.clone()),
                    actor: format!(
                        "{}, {}",
                        logged.entry.look.actor.name, logged.entry.look.actor.role
                    ),
                    outcome: logged.entry.look.outcome.words(),
                    upload: match logged.upload {
                        UploadState::Waiting => "Waiting to be sent".to_owned(),
                        UploadState::Sent => "Sent".to_owned(),
                        UploadState::Refused(why) => format!("Refused by the server: {why}"),
                    },
                })
                .collect();
            let (intact, chain) = match vault.verify_log()? {
                Ok(entries) => (true, format!("All {entries} entries are in place and unchanged.")),
                Err(broken) => (
                    false,
                    format!("The log has been tampered with or damaged: {broken}. Tell your IT team."),
                ),
            };
            Ok(AccessLog { rows, chain, intact })
        })
        .await
    }
}
