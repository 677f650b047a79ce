//! Loading for offline, and the proof sheet that says how it ended.

use crate::app::{RunningLoad, blocking, moment};
use crate::caseload::caseload_row;
use crate::wire::{Connection, CopyState, LoadProgress, ProofRow, ProofSheet};
use crate::{App, Error};
use curlew_api::{ApiError, Client, Limits};
use curlew_consent::Viewer;
use curlew_sign_in::{AccessTokens, CancellationToken};
use curlew_sync::{FailureCode, LoadReport, Outcome, PatientReport, Progress, Sync};
use std::sync::Arc;

impl App {
    /// Loads these people (everyone on the caseload when empty) for use without a network.
    ///
    /// Progress is pushed as [`crate::Event::Load`]; [`Self::cancel_load`] ends it after the patients under way. Each
    /// patient's copy changes in one step, so that whatever happens each is the old one or the new one.
    ///
    /// # Errors
    /// When nobody is signed in, a load is under way, or the record API cannot be reached at all. What fails for one
    /// patient is on the proof sheet instead.
    pub async fn load_offline(&self, patients: Vec<String>) -> Result<ProofSheet, Error> {
        let sync = self.sync()?;
        let vault = self.vault()?;
        let cancel = CancellationToken::new();
        let started = self.with_open(|open| {
            if open.load.is_some() {
                return Err(Error::Busy("A load"));
            }
            open.load = Some(RunningLoad {
                cancel: cancel.clone(),
                progress: LoadProgress::default(),
            });
            Ok(())
        });
        started.ok_or(Error::Locked)??;
        self.push_status();

        let loaded = self.load_and_report(&sync, &vault, patients, &cancel).await;
        self.with_open(|open| {
            open.load = None;
            if let Ok(sheet) = &loaded {
                open.proof = Some(sheet.clone());
            }
        });
        self.push_status();
        loaded
    }

    async fn load_and_report(
        &self,
        sync: &Sync,
        vault: &Arc<curlew_vault::Vault>,
        patients: Vec<String>,
        cancel: &CancellationToken,
    ) -> Result<ProofSheet, Error> {
        self.refresh_through(sync).await?;
        let (patients, over_the_cap) = if patients.is_empty() {
            let vault = Arc::clone(vault);
            let cap = self.inner.settings.caseload_cap;
            blocking(move || {
                let mut people: Vec<String> = vault
                    .caseload()?
                    .into_iter()
                    .map(|person| person.patient)
                    .collect();
                let over_the_cap = people.split_off(cap.min(people.len()));
                Ok((people, over_the_cap))
            })
            .await?
        } else {
            (patients, Vec::new())
        };
        let this = self.clone();
        let report = sync
            .load(
                &patients,
                &move |progress: Progress| {
                    let progress = progress_view(&progress);
                    this.with_open(|open| {
                        if let Some(load) = open.load.as_mut() {
                            load.progress = progress.clone();
                        }
                    });
                    this.push_progress(progress);
                },
                cancel,
            )
            .await;

        self.write_erasures(&report.erased).await?;
        self.note_connection(&report);

        let (vault, lease, now) = (Arc::clone(vault), self.inner.settings.lease, self.now());
        let cap = self.inner.settings.caseload_cap;
        blocking(move || {
            let effective = vault.effective_now(now)?;
            let people = vault.caseload()?;
            let proof = |patient: &str, words: &dyn Fn(Option<String>) -> String| {
                let person = people.iter().find(|person| person.patient == patient);
                let row = person.map(|person| caseload_row(person, &lease, effective));
                ProofRow {
                    patient: patient.to_owned(),
                    name: row
                        .as_ref()
                        .map_or_else(|| "Not on your caseload".to_owned(), |row| row.name.clone()),
                    copy: row.as_ref().map_or(CopyState::NotHeld, |row| row.copy),
                    text: words(row.map(|row| row.copy_text)),
                    resources: person.map_or(0, |person| person.resources),
                }
            };
            let loaded = report.patients.iter().map(|PatientReport { patient, outcome }| {
                proof(patient, &|copy| outcome_words(outcome, copy))
            });
            let left_out = over_the_cap.iter().map(|patient| {
                proof(patient, &|_| {
                    format!("Not loaded: your organisation keeps at most {cap} people on a device.")
                })
            });
            let mut rows: Vec<ProofRow> = loaded.chain(left_out).collect();
            rows.sort_by_key(|row| row.copy == CopyState::Complete);
            Ok(proof_sheet(rows, report.cancelled, &moment(now, now)))
        })
        .await
    }

    /// Ends a load; what is already loaded stays.
    pub fn cancel_load(&self) {
        self.with_open(|open| {
            if let Some(load) = &open.load {
                load.cancel.cancel();
            }
        });
    }

    /// The proof sheet of the last load since unlock.
    ///
    /// # Errors
    /// When locked.
    pub fn proof_sheet(&self) -> Result<Option<ProofSheet>, Error> {
        self.with_open(|open| open.proof.clone()).ok_or(Error::Locked)
    }

    /// The record API in the signed-in person's name: one client a session, for its connections and for what it has
    /// learnt of the server.
    pub(crate) fn client(&self) -> Result<Arc<Client>, Error> {
        let mut state = self.state();
        if let Some(client) = &state.client {
            return Ok(Arc::clone(client));
        }
        let tokens: Arc<dyn AccessTokens> = Arc::new(state.session.clone().ok_or(Error::SignedOut)?);
        let base = self
            .inner
            .settings
            .record_api
            .clone()
            .ok_or(Error::NotConfigured)?;
        let client = Arc::new(Client::new(
            base,
            curlew_api::http_client()?,
            tokens,
            Limits::default(),
        )?);
        state.client = Some(Arc::clone(&client));
        Ok(client)
    }

    pub(crate) fn sync(&self) -> Result<Sync, Error> {
        let vault = self.vault()?;
        let client = self.client()?;
        let viewer = self
            .with_open(|open| Viewer {
                user_id: open.user.subject.clone(),
                role_codes: vec![open.user.role_code.clone()],
                activity_codes: open.user.activity_codes.clone(),
                organisation: Some(open.user.organisation_code.clone()),
            })
            .ok_or(Error::Locked)?;
        Ok(Sync {
            client,
            vault,
            viewer,
            clock: Arc::clone(&self.inner.host.clock),
        })
    }

    /// What a load says about the connection: one patient's failure may be the network's.
    fn note_connection(&self, report: &LoadReport) {
        let failed_by = |wanted: FailureCode| {
            report
                .patients
                .iter()
                .any(|patient| matches!(&patient.outcome, Outcome::Failed { code, .. } if *code == wanted))
        };
        if failed_by(FailureCode::SessionEnded) {
            self.set_connection(Connection::SignInNeeded);
        } else if failed_by(FailureCode::Unreachable) {
            self.set_connection(Connection::Offline);
        }
    }

    /// Notes what a contact said about the connection, and passes its outcome on.
    pub(crate) fn contact<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        match &outcome {
            Ok(_) => self.set_connection(Connection::Online),
            Err(Error::Api(ApiError::Unreachable)) => self.set_connection(Connection::Offline),
            Err(Error::Api(ApiError::Unauthorised)) => self.set_connection(Connection::SignInNeeded),
            Err(_) => {}
        }
        outcome
    }
}

fn progress_view(progress: &Progress) -> LoadProgress {
    LoadProgress {
        patients: progress.patients,
        done: progress.done,
        failed: progress.failed,
        resources: u32::try_from(progress.resources).unwrap_or(u32::MAX),
        bytes: progress.bytes as f64,
        text: format!(
            "{} of {} patients, {} records, {:.1} MB",
            progress.done,
            progress.patients,
            curlew_record::display::grouped(&progress.resources.to_string()),
            progress.bytes as f64 / 1e6
        ),
    }
}

fn outcome_words(outcome: &Outcome, copy: Option<String>) -> String {
    match outcome {
        Outcome::Complete { .. } => copy.unwrap_or_else(|| "Complete".to_owned()),
        Outcome::Incomplete { what, .. } => format!("Incomplete: {}. Load again.", what.join("; ")),
        Outcome::Withheld { reason } => reason.clone(),
        Outcome::Failed { what, .. } => match copy {
            Some(copy) => format!("Not refreshed: {what}. Load again. Copy on this device: {copy}"),
            None => format!("Not loaded: {what}. Load again."),
        },
    }
}

fn proof_sheet(rows: Vec<ProofRow>, cancelled: bool, made: &str) -> ProofSheet {
    let count = |state: CopyState| rows.iter().filter(|row| row.copy == state).count();
    let complete = count(CopyState::Complete);
    let mut summary = format!("{complete} of {} complete", rows.len());
    for (number, word) in [
        (count(CopyState::Incomplete), "incomplete"),
        (count(CopyState::Ageing), "from an earlier load"),
        (count(CopyState::Withheld), "not shared with you"),
        (count(CopyState::NotHeld), "not loaded"),
    ] {
        if number > 0 {
            summary.push_str(&format!(", {number} {word}"));
        }
    }
    summary.push('.');
    if cancelled {
        summary.push_str(" The load was cancelled before the end.");
    }
    ProofSheet {
        made: made.to_owned(),
        summary,
        all_complete: complete == rows.len(),
        rows,
        cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(copy: CopyState) -> ProofRow {
        ProofRow {
            patient: String::new(),
            name: String::new(),
            copy,
            text: String::new(),
            resources: 0,
        }
    }

    #[test]
    fn the_summary_counts_everyone_once() {
        use CopyState::{Complete, Incomplete, NotHeld, Withheld};
        let sheet = proof_sheet(
            [Complete, Complete, Incomplete, Withheld, NotHeld]
                .map(row)
                .into(),
            true,
            "now",
        );
        assert_eq!(
            sheet.summary,
            "2 of 5 complete, 1 incomplete, 1 not shared with you, 1 not loaded. The load was cancelled before the end."
        );
        assert!(!sheet.all_complete);
    }

    #[test]
    fn a_failed_refresh_never_reads_as_complete() {
        let failed = Outcome::Failed {
            code: FailureCode::Unreachable,
            what: "the record API cannot be reached".to_owned(),
        };
        let words = outcome_words(&failed, Some("Complete, 3 h old".to_owned()));
        assert!(words.starts_with("Not refreshed"), "{words}");
    }
}
