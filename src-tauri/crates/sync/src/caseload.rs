//! Whom the signed-in person is caring for.

use std::collections::{BTreeSet, HashMap};

use curlew_api::{ApiError, Caseload};
use curlew_vault::{CaseloadEntry, Vault, VaultError};

use crate::merged::replaced_by;
use crate::{CaseloadReport, Roster, Sync, SyncError};

/// Why the copy of somebody who has left was erased.
const LEFT: &str = "This person left your caseload, and the time policy keeps their copy has passed.";

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
    /// their copy, if there is one, is erased. People it no longer names stay at its end as long as a copy of theirs is
    /// here: it is erased when policy's time for that has passed, and coming back to the list ends the waiting.
    /// Somebody whose record another has replaced stays, and the other is listed after them.
    ///
    /// # Errors
    /// When the server could not be asked or the list not be stored; it is as before then.
    pub async fn refresh_caseload(&self) -> Result<CaseloadReport, SyncError> {
        // First on each contact. Why it did not work is the access log's to show, and no reason to see nobody.
        if let Err(error) = self.upload_audit().await {
            tracing::info!(%error, "the access log waits for the next contact");
        }
        let mut found = self.client.caseload(&self.caseload.sources).await?;
        let replacements = self.replacements(&mut found).await?;
        let Caseload {
            patients,
            missing,
            unknown_numbers,
            ambiguous_numbers,
        } = found;
        let now = self.now();
        let mut report = CaseloadReport {
            people: u32::try_from(patients.len()).unwrap_or(u32::MAX),
            missing: missing.iter().map(|(id, _)| id.clone()).collect(),
            unknown_numbers,
            ambiguous_numbers,
            ..CaseloadReport::default()
        };
        let policy = self.caseload.clone();
        let (unknown, several) = (report.unknown_numbers.clone(), report.ambiguous_numbers.clone());
        let (erased, leaving) = self
            .in_vault(move |vault| {
                let effective = vault.effective_now(now)?;
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
                let on_list: BTreeSet<String> = listed.iter().map(|(id, _)| id.clone()).collect();
                let mut held: BTreeSet<String> = vault.held_patients()?.into_iter().collect();
                for id in &erased {
                    held.remove(id);
                }
                let numbers = policy.numbers();
                let named = |places: &[usize]| {
                    places
                        .iter()
                        .filter_map(|place| numbers.get(*place).cloned())
                        .collect()
                };
                let (not_found, ambiguous) = (named(&unknown), named(&several));
                let due = Roster::change(vault, |roster| {
                    roster.note_numbers(not_found, ambiguous);
                    for (old, new) in &replacements {
                        roster.note_merged(old, new);
                    }
                    roster.settle(&on_list, &held, &policy, effective)
                })?;
                let left: Vec<&String> = held.difference(&on_list).collect();
                for id in &due {
                    vault.forget(id, LEFT, now)?;
                    erased.push(id.clone());
                }
                let leaving = left.len() - due.len();
                // With what was known of them: they are named on the screen until their copy has gone.
                listed.extend(left.into_iter().filter(|id| !due.contains(*id)).map(|id| {
                    let raw = before.get(id).map(|known| known.raw_patient.clone());
                    (id.clone(), raw.unwrap_or_default())
                }));
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
                for id in due {
                    Roster::change(vault, |roster| roster.forget(&id))?;
                }
                Ok((erased, leaving))
            })
            .await?;
        report.erased = erased;
        report.leaving = u32::try_from(leaving).unwrap_or(u32::MAX);
        Ok(report)
    }

    /// Lists, after everybody whose record another has replaced, that other one. Gives who was replaced by whom.
    async fn replacements(&self, found: &mut Caseload) -> Result<Vec<(String, String)>, SyncError> {
        let mut replaced = Vec::new();
        let mut place = 0;
        while let Some(patient) = found.patients.get(place) {
            place += 1;
            let Some(new) = replaced_by(&patient.raw) else {
                continue;
            };
            let old = patient.id.clone();
            if !found.patients.iter().any(|known| known.id == new) {
                match self.client.patient(&new).await {
                    Ok(raw) => found
                        .patients
                        .insert(place, curlew_api::CaseloadPatient { id: new.clone(), raw }),
                    Err(error) if error.ends_contact() => return Err(error.into()),
                    // Said for the old one when it is loaded: its copy stays as it is.
                    Err(_) => {}
                }
            }
            replaced.push((old, new));
        }
        Ok(replaced)
    }
}

/// Erases the copies of those who have left the caseload and whose time has come, network or not. Gives who they were.
///
/// # Errors
/// When the store is locked, or cannot be written.
pub fn erase_departed(vault: &Vault, now: chrono::DateTime<chrono::Utc>) -> Result<Vec<String>, VaultError> {
    let effective = vault.effective_now(now)?;
    let due = Roster::of(vault)?.due(effective);
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let stay: Vec<CaseloadEntry> = vault
        .caseload()?
        .into_iter()
        .filter(|known| !due.contains(&known.patient))
        .map(|known| CaseloadEntry {
            patient: known.patient,
            position: known.position,
            raw_patient: known.raw_patient,
        })
        .collect();
    let listed_at = vault.caseload_listed_at()?.unwrap_or(now);
    for patient in &due {
        vault.forget(patient, LEFT, now)?;
        Roster::change(vault, |roster| roster.forget(patient))?;
    }
    vault.set_caseload(stay, listed_at)?;
    Ok(due.into_iter().collect())
}
