//! Loading for offline, and the proof sheet that says how it ended.

use crate::app::{RunningLoad, State, blocking, moment};
use crate::caseload::caseload_row;
use crate::estimate::{self, Rates};
use crate::wire::{Connection, CopyState, LoadEstimate, LoadProgress, ProofRow, ProofSheet};
use crate::{App, Error};
use chrono::{DateTime, Utc};
use curlew_api::{ApiError, Client, Limits, PurposeOfUse};
use curlew_consent::Viewer;
use curlew_record::view::FreshnessState;
use curlew_record::{CopyInfo, patient_view};
use curlew_sign_in::{AccessTokens, CancellationToken};
use curlew_sync::{FailureCode, LoadReport, Outcome, PatientReport, Progress, Roster, Sync};
use std::sync::{Arc, Mutex};

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
        self.pick_up_session().await;
        let sync = self.sync()?;
        let vault = Arc::clone(&sync.vault);
        let cancel = CancellationToken::new();
        let started = self.with_store(&vault, |open| {
            if open.load.is_some() {
                return Err(Error::Busy("A load"));
            }
            Self::end_quiet_contact(open);
            open.load = Some(RunningLoad {
                cancel: cancel.clone(),
                progress: LoadProgress::default(),
            });
            Ok(())
        });
        started.ok_or(Error::Locked)??;
        self.push_status();

        let loaded = self.load_and_report(&sync, &vault, patients, &cancel).await;
        // Of this store alone: somebody else's may be open by now.
        self.with_store(&vault, |open| {
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
        self.refresh_list(sync).await?;
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
        let (this, store) = (self.clone(), Arc::clone(vault));
        let begun = self.now();
        let last: Arc<Mutex<Progress>> = Arc::default();
        let seen = Arc::clone(&last);
        let report = sync
            .load(
                &patients,
                &move |progress: Progress| {
                    if let Ok(mut seen) = seen.lock() {
                        *seen = progress;
                    }
                    let progress = progress_view(&progress, this.now() - begun);
                    let told = this.with_store(&store, |open| {
                        if let Some(load) = open.load.as_mut() {
                            load.progress = progress.clone();
                        }
                    });
                    // The numbers are of one person's load: whoever is here now has not asked.
                    if told.is_some() {
                        this.push_progress(progress);
                    }
                },
                cancel,
            )
            .await;

        let took = self.now() - begun;
        let progress = last.lock().map(|last| *last).unwrap_or_default();
        if !report.cancelled {
            let vault = Arc::clone(vault);
            blocking(move || {
                Ok(vault.change_note(estimate::NOTE, |rates: &mut Rates| rates.learn(&progress, took))?)
            })
            .await?;
        }
        self.write_erasures(vault, &report.erased).await?;
        self.note_connection(&report);
        if !report.cancelled {
            // Everybody else whose copy is here was met at this contact too.
            self.review(sync, &patients).await?;
        }

        let (vault, lease, now) = (Arc::clone(vault), self.inner.settings.lease, self.now());
        let cap = self.inner.settings.caseload_cap;
        blocking(move || {
            let effective = vault.effective_now(now)?;
            let people = vault.caseload()?;
            let proof = |patient: &str, words: &dyn Fn(CopyState, Option<String>) -> String| {
                let person = people.iter().find(|person| person.patient == patient);
                let row = person.map(|person| caseload_row(person, &lease, effective));
                let copy = row
                    .as_ref()
                    .filter(|row| row.copy != CopyState::NotHeld)
                    .map(|row| row.copy_text.clone());
                ProofRow {
                    patient: patient.to_owned(),
                    name: row
                        .as_ref()
                        .map_or_else(|| "Not on your caseload".to_owned(), |row| row.name.clone()),
                    copy: row.as_ref().map_or(CopyState::NotHeld, |row| row.copy),
                    text: words(row.as_ref().map_or(CopyState::NotHeld, |row| row.copy), copy),
                    sources: person
                        .zip(row.as_ref())
                        .map_or_else(String::new, |(person, row)| {
                            sources_words(person, row.copy, effective)
                        }),
                    resources: person.map_or(0, |person| person.resources),
                }
            };
            let loaded = report.patients.iter().map(|PatientReport { patient, outcome }| {
                proof(patient, &|state, copy| outcome_words(outcome, state, copy))
            });
            let left_out = over_the_cap.iter().map(|patient| {
                proof(patient, &|_, _| {
                    format!("Not loaded: your organisation keeps at most {cap} people on a device.")
                })
            });
            let mut rows: Vec<ProofRow> = loaded.chain(left_out).collect();
            rows.sort_by_key(|row| row.copy == CopyState::Complete);
            let unread = |row: &&ProofRow| {
                row.copy == CopyState::Complete
                    && people
                        .iter()
                        .any(|person| person.patient == row.patient && !person.arrival.unreadable.is_empty())
            };
            let unread = rows.iter().filter(unread).count();
            Ok(proof_sheet(rows, unread, report.cancelled, &moment(now, now)))
        })
        .await
    }

    /// What loading these people (everyone on the caseload when empty) will take, from what the last load on this device
    /// took. Asks nobody.
    ///
    /// # Errors
    /// When locked.
    pub async fn load_estimate(&self, patients: Vec<String>) -> Result<LoadEstimate, Error> {
        let vault = self.vault()?;
        let cap = self.inner.settings.caseload_cap;
        blocking(move || {
            let people = vault.caseload()?;
            let asked = |person: &&curlew_vault::CaseloadPatient| {
                patients.is_empty() || patients.contains(&person.patient)
            };
            let counted = |of: fn(&curlew_vault::CaseloadPatient) -> bool| {
                people
                    .iter()
                    .filter(asked)
                    .take(cap)
                    .filter(|person| of(person))
                    .count()
            };
            let held = counted(|person| person.held);
            let withheld = counted(|person| !person.held && person.withheld_reason.is_some());
            let anew = counted(|person| !person.held && person.withheld_reason.is_none());
            let rates: Rates = vault.note(estimate::NOTE)?.unwrap_or_default();
            Ok(rates.estimate(anew, held, withheld))
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
        self.client_of(&mut self.state())
    }

    fn client_of(&self, state: &mut State) -> Result<Arc<Client>, Error> {
        if let Some(client) = &state.client {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.new_client(state)?);
        state.client = Some(Arc::clone(&client));
        Ok(client)
    }

    fn new_client(&self, state: &State) -> Result<Client, Error> {
        let tokens: Arc<dyn AccessTokens> = Arc::new(state.session.clone().ok_or(Error::SignedOut)?);
        let base = self
            .inner
            .settings
            .record_api
            .clone()
            .ok_or(Error::NotConfigured)?;
        Ok(Client::new(base, self.http_client()?, tokens, Limits::default())?)
    }

    pub(crate) fn sync(&self) -> Result<Sync, Error> {
        self.vault()?;
        let mut state = self.state();
        let client = self.client_of(&mut state)?;
        self.sync_with(&state, client)
    }

    /// The same, for one record in an emergency: a client of its own, whose every request says so.
    pub(crate) fn sync_for(&self, purpose: PurposeOfUse) -> Result<Sync, Error> {
        self.vault()?;
        let state = self.state();
        let client = self.new_client(&state)?.with_purpose(purpose);
        self.sync_with(&state, Arc::new(client))
    }

    /// Store, viewer and session of one person, taken in one moment.
    fn sync_with(&self, state: &State, client: Arc<Client>) -> Result<Sync, Error> {
        let open = state.open.as_ref().ok_or(Error::Locked)?;
        Ok(Sync {
            client,
            vault: Arc::clone(&open.vault),
            viewer: Viewer {
                user_id: open.user.subject.clone(),
                role_codes: vec![open.user.role_code.clone()],
                activity_codes: open.user.activity_codes.clone(),
                organisation: Some(open.user.organisation_code.clone()),
            },
            clock: Arc::clone(&self.inner.host.clock),
            caseload: self.caseload_policy(open.user.fhir_user.as_deref(), &Roster::of(&open.vault)?)?,
        })
    }

    /// What a load says about the connection: one patient's failure may be the network's.
    pub(crate) fn note_connection(&self, report: &LoadReport) {
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
            Err(Error::Api(error)) if error.is_no_contact() => self.set_connection(Connection::Offline),
            Err(Error::Api(ApiError::Unauthorised)) => self.set_connection(Connection::SignInNeeded),
            Err(_) => {}
        }
        outcome
    }
}

fn progress_view(progress: &Progress, took: chrono::Duration) -> LoadProgress {
    let (rate, remaining) = estimate::pace(progress, took);
    LoadProgress {
        rate,
        remaining,
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

fn outcome_words(outcome: &Outcome, state: CopyState, copy: Option<String>) -> String {
    match outcome {
        Outcome::Complete { .. } => copy.unwrap_or_else(|| "Complete".to_owned()),
        // Everything came; the copy's own words name what of it could not be read.
        Outcome::Incomplete { .. } if state == CopyState::Complete => copy.unwrap_or_default(),
        Outcome::Incomplete { what, .. } => format!("Incomplete: {}. Load again.", what.join("; ")),
        Outcome::Withheld { reason } => reason.clone(),
        Outcome::Replaced { .. } => {
            "Replaced by another record in the shared record, which is on this device. Check name, date of birth and NHS \
             number before you open it."
                .to_owned()
        }
        Outcome::Failed {
            code: FailureCode::Left,
            ..
        } => copy.unwrap_or_else(|| "Left your caseload: not loaded.".to_owned()),
        Outcome::Failed { what, .. } => match copy {
            Some(copy) => format!("Not refreshed: {what}. Load again. Copy on this device: {copy}"),
            None => format!("Not loaded: {what}. Load again."),
        },
    }
}

/// How each source of a copy stands, in one line.
fn sources_words(person: &curlew_vault::CaseloadPatient, copy: CopyState, now: DateTime<Utc>) -> String {
    let (CopyState::Complete | CopyState::Incomplete | CopyState::Ageing, Some(first)) =
        (copy, &person.first)
    else {
        return String::new();
    };
    let info = CopyInfo {
        last_contact: person.last_contact,
        readable_until: None,
        ..CopyInfo::default()
    };
    let sources = patient_view(first, now, &info, person.last_look).freshness;
    let of = |wanted: &[FreshnessState], aged: bool| {
        let named = sources.iter().filter(|source| wanted.contains(&source.state));
        let words: Vec<String> = named
            .map(|source| match aged {
                true => format!("{} {}", source.label, source.text),
                false => source.label.clone(),
            })
            .collect();
        words.join(", ")
    };
    [
        ("", of(&[FreshnessState::Fresh, FreshnessState::Ageing], true)),
        ("Did not arrive: ", of(&[FreshnessState::Failed], false)),
        ("Not shared: ", of(&[FreshnessState::NotShared], false)),
        ("Nothing received: ", of(&[FreshnessState::NotConnected], false)),
    ]
    .into_iter()
    .filter(|(_, named)| !named.is_empty())
    .map(|(what, named)| format!("{what}{named}."))
    .collect::<Vec<_>>()
    .join(" ")
}

fn proof_sheet(rows: Vec<ProofRow>, unread: usize, cancelled: bool, made: &str) -> ProofSheet {
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
    if unread > 0 {
        summary.push_str(&format!(
            " {unread} of the complete {} something that could not be read: see below.",
            if unread == 1 { "holds" } else { "hold" }
        ));
    }
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
            sources: String::new(),
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
            0,
            true,
            "now",
        );
        assert_eq!(
            sheet.summary,
            "2 of 5 complete, 1 incomplete, 1 not shared with you, 1 not loaded. The load was cancelled before the end."
        );
        assert!(!sheet.all_complete);
        let sheet = proof_sheet([Complete, Complete].map(row).into(), 1, false, "now");
        assert_eq!(
            sheet.summary,
            "2 of 2 complete. 1 of the complete holds something that could not be read: see below."
        );
    }

    #[test]
    fn what_came_and_cannot_be_read_is_not_said_to_be_missing() {
        let unread = Outcome::Incomplete {
            resources: 4,
            what: vec!["1 entry could not be read".to_owned()],
        };
        let copy = "Complete, 1 item could not be read, 1 min old";
        let words = outcome_words(&unread, CopyState::Complete, Some(copy.to_owned()));
        assert_eq!(words, copy, "loading again would bring the same");
        let words = outcome_words(&unread, CopyState::Incomplete, Some(copy.to_owned()));
        assert!(words.ends_with("Load again."), "{words}");
    }

    #[test]
    fn a_failed_refresh_never_reads_as_complete() {
        let failed = Outcome::Failed {
            code: FailureCode::Unreachable,
            what: "the record API cannot be reached".to_owned(),
        };
        let words = outcome_words(&failed, CopyState::Complete, Some("Complete, 3 h old".to_owned()));
        assert!(words.starts_with("Not refreshed"), "{words}");
    }
}
