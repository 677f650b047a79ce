//! Whom the signed-in person is caring for.

use std::collections::HashMap;

use curlew_api::{ApiError, Caseload};
use curlew_vault::CaseloadEntry;

use crate::{CaseloadReport, Sync, SyncError};

/// What is said of somebody whose record the server names and does not give.
pub(crate) fn reason_for(error: &ApiError) -> &'static str {
    match error {
        ApiError::Forbidden => "The shared record no longer lets you see this person's record.",
        _ => "The shared record no longer has this person's record.",
    }
}

impl Sync {
    /// Asks whom the signed-in person is caring for, and replaces the list on this device.
    ///
    /// People the server still names and no longer gives stay on the list, as far as they are known, with the reason;
    /// their copy, if there is one, is erased. People it no longer names leave the list; what becomes of their copy is
    /// policy's to decide.
    ///
    /// # Errors
    /// When the server could not be asked or the list not be stored; it is as before then.
    pub async fn refresh_caseload(&self) -> Result<CaseloadReport, SyncError> {
        // First on each contact. Why it did not work is the access log's to show, and no reason to see nobody.
        if let Err(error) = self.upload_audit().await {
            tracing::info!(%error, "the access log waits for the next contact");
        }
        let Caseload { patients, missing } = self.client.caseload().await?;
        let now = self.now();
        let mut report = CaseloadReport {
            people: u32::try_from(patients.len()).unwrap_or(u32::MAX),
            missing: missing.iter().map(|(id, _)| id.clone()).collect(),
            erased: Vec::new(),
        };
        report.erased = self
            .in_vault(move |vault| {
                let before: HashMap<String, _> = vault
                    .caseload()?
                    .into_iter()
                    .map(|known| (known.patient.clone(), known))
                    .collect();
                let mut erased = Vec::new();
                let mut listed: Vec<(String, String)> = patients
                    .into_iter()
                    .map(|patient| (patient.id, patient.raw))
                    .collect();
                for (id, error) in missing {
                    let gone = matches!(error, ApiError::Gone | ApiError::Forbidden);
                    let Some(known) = before.get(&id) else { continue };
                    if gone && (known.held || known.damaged || known.loading) {
                        vault.forget(&id, reason_for(&error), now)?;
                        erased.push(id.clone());
                    } else if gone {
                        vault.note_withheld(&id, reason_for(&error))?;
                    }
                    listed.push((id, known.raw_patient.clone()));
                }
                let entries = listed
                    .into_iter()
                    .zip(0..)
                    .map(|((patient, raw_patient), position)| CaseloadEntry {
                        patient,
                        position,
                        raw_patient,
                    })
                    .collect();
                vault.set_caseload(entries, now)?;
                vault.set_server_contact(now)?;
                Ok(erased)
            })
            .await?;
        Ok(report)
    }
}
