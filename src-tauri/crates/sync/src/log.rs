//! The access log, upward.
//!
//! An answer can be lost after the server has kept the event, and then the event is sent again. Where the server lets a client
//! choose ids (`updateCreate`), the second sending is an update that changes nothing. Elsewhere it is a create on the condition
//! that there is no event of this id yet (`If-None-Exist`), which helps where the server keeps ids it is given. A server that
//! does neither may hold such an event twice: R4's `AuditEvent` has no `identifier` to make a better condition of. Both then
//! carry the same text and digest, so that whoever reads the server's log can tell; Settings and `curlewctl doctor` say which
//! kind of server it is.

use curlew_api::{ApiError, Client};
use curlew_audit::{Entry, audit_event};
use curlew_vault::UploadState;

use crate::{AuditReport, Sync, SyncError};

/// Read from the vault at once.
const ENTRIES_AT_ONCE: u32 = 200;

impl Sync {
    /// Sends the entries of the access log that the server does not have yet, oldest first.
    ///
    /// Entries are never lost: what the server cannot take now waits; what it refuses as it is, is marked with the
    /// reason and kept. An entry carries its own identifier, so that one sent twice, because an answer was lost, is known.
    ///
    /// # Errors
    /// When the server cannot be reached, the session has ended, or the log cannot be read.
    pub async fn upload_audit(&self) -> Result<AuditReport, SyncError> {
        let mut report = AuditReport::default();
        loop {
            let waiting = self
                .in_vault(|vault| vault.pending_audit(ENTRIES_AT_ONCE))
                .await?;
            if waiting.is_empty() {
                return Ok(report);
            }
            for entry in waiting {
                let event = audit_event(&entry).to_string();
                let state = match self.client.post_audit_event(&event, &entry.event_id()).await {
                    Ok(()) => UploadState::Sent,
                    Err(error) if error.ends_contact() => return Err(error.into()),
                    Err(error) if is_about_this_entry(&error) => UploadState::Refused(words(&error)),
                    // It takes none today: no use in asking for each.
                    Err(error) => {
                        let waiting = self.in_vault(|vault| vault.pending_audit(u32::MAX)).await?;
                        report.kept += u32::try_from(waiting.len()).unwrap_or(u32::MAX);
                        report.reason = Some(words(&error));
                        return Ok(report);
                    }
                };
                match &state {
                    UploadState::Refused(reason) => {
                        report.kept += 1;
                        report.reason = Some(reason.clone());
                    }
                    _ => report.sent += 1,
                }
                let seq = entry.seq;
                self.in_vault(move |vault| vault.mark_audit(seq, state)).await?;
            }
        }
    }
}

/// Sends entries of a log that is no longer there. What the server does not take is lost, which is said in the log file by
/// number alone.
pub async fn send_entries(client: &Client, entries: Vec<Entry>) {
    let mut lost = 0_u32;
    for entry in entries {
        let event = audit_event(&entry).to_string();
        if client.post_audit_event(&event, &entry.event_id()).await.is_err() {
            lost += 1;
        }
    }
    if lost > 0 {
        tracing::warn!(lost, "entries of the access log were not taken and are lost");
    }
}

fn is_about_this_entry(error: &ApiError) -> bool {
    match error {
        ApiError::Status(status) | ApiError::Outcome { status, .. } => {
            matches!(status, 400 | 409 | 413 | 422)
        }
        _ => false,
    }
}

fn words(error: &ApiError) -> String {
    match error {
        ApiError::Outcome { text, .. } => text.clone(),
        error => error.to_string(),
    }
}
