//! Patients, from the server to the vault.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use core::marker::Sync as ThreadSafe;
use curlew_api::{ApiError, Deletions, Page};
use curlew_vault::{CaseloadPatient, VaultError};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use crate::bookmark::{SyncPoint, read_note};
use crate::caseload::reason_for;
use crate::merged::replaced_by;
use crate::patient::Trouble;
use crate::standing::Received;
use crate::together::Answers;
use crate::{FailureCode, LoadReport, Outcome, PatientReport, Progress, Roster, Sync, SyncError};

/// Patients fetched at a time. A ward's worth of laptops does this at once: enough to fill the wait for one answer with
/// the work on another, and no more.
const AT_ONCE: usize = 4;
/// Patients whose consents and flags are asked for in one go.
const KNOWN_AT_ONCE: usize = 60;

/// What all patients of one load share.
pub(crate) struct Contact<'l> {
    pub(crate) cancel: &'l CancellationToken,
    tally: Mutex<Progress>,
    tell: &'l (dyn Fn(Progress) + Send + ThreadSafe),
    /// Deleted at the server since the oldest copy, as far as the server says.
    pub(crate) deletions: Deletions,
    session_ended: AtomicBool,
    /// What changed, for those who were asked for together.
    answers: Mutex<Answers>,
    /// Who has left the caseload.
    roster: Roster,
}

fn to_nobody(_: Progress) {}

impl<'l> Contact<'l> {
    /// A contact that nobody watches.
    pub(crate) fn quiet(cancel: &'l CancellationToken) -> Self {
        Self {
            cancel,
            tally: Mutex::default(),
            tell: &to_nobody,
            deletions: Deletions::default(),
            session_ended: AtomicBool::new(false),
            answers: Mutex::default(),
            roster: Roster::default(),
        }
    }
}

impl Contact<'_> {
    pub(crate) fn tally(&self, change: impl FnOnce(&mut Progress)) {
        // Told while it is held, so that numbers arrive in the order they grew.
        let mut progress = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut progress);
        (self.tell)(*progress);
    }

    /// Somebody who has left the caseload and is not kept: their copy is not refreshed.
    pub(crate) fn has_left(&self, patient: &str) -> bool {
        self.roster.left(patient).is_some() && !self.roster.is_kept(patient)
    }

    /// What came of asking for this patient together with others, if it was from the same time on. Given once: whoever is
    /// read a second time is asked for anew.
    pub(crate) fn take_answer(&self, patient: &str, since: &str) -> Option<Page> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked_since, page) = answers.remove(patient)?;
        (asked_since == since).then_some(page)
    }

    /// Waits for the network, but not longer than the person does.
    pub(crate) async fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, Trouble> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Trouble::Cancelled),
            outcome = work => outcome.map_err(Trouble::Api),
        }
    }
}

/// A patient being fetched.
type UnderWay<'l> = Pin<Box<dyn Future<Output = (String, Ended)> + Send + 'l>>;

/// How one patient ended.
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) erased: bool,
}

impl Ended {
    pub(crate) fn failed(code: FailureCode, what: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Failed {
                code,
                what: what.into(),
            },
            erased: false,
        }
    }
}

impl Sync {
    /// Brings these patients' copies up to date, each in one step, and says how each ended.
    ///
    /// The access log is sent first. `progress` is called often, from one task at a time, and must return quickly.
    /// Cancelling ends it at the next wait for the network: a patient under way keeps the copy they had, and what was
    /// already received goes on from there next time.
    pub async fn load(
        &self,
        patients: &[String],
        progress: &(dyn Fn(Progress) + Send + ThreadSafe),
        cancel: &CancellationToken,
    ) -> LoadReport {
        let total = Progress {
            patients: u32::try_from(patients.len()).unwrap_or(u32::MAX),
            ..Progress::default()
        };
        let mut contact = Contact {
            cancel,
            tally: Mutex::new(total),
            tell: progress,
            deletions: Deletions::default(),
            session_ended: AtomicBool::new(false),
            answers: Mutex::default(),
            roster: self.in_vault(Roster::of).await.unwrap_or_default(),
        };
        contact.tally(|_| {});
        let audit_waiting = match self.upload_audit().await {
            Ok(sent) => sent.reason,
            Err(error) => Some(error.to_string()),
        };
        let mut report = LoadReport {
            audit_waiting,
            ..LoadReport::default()
        };
        contact.deletions = self.deletions(patients, &contact).await;

        let mut ended: HashMap<String, Ended> = HashMap::with_capacity(patients.len());
        let mut replaced: Vec<(&String, Received)> = Vec::new();
        for some in patients.chunks(KNOWN_AT_ONCE) {
            let mut known = match self.known_about(some, &contact).await {
                Ok(known) => known,
                Err(trouble) => {
                    for patient in some {
                        ended.insert(patient.clone(), contact.fail(&trouble));
                    }
                    continue;
                }
            };
            // A record that another has replaced waits until it is known how that one ends.
            let is_replaced = |known: Option<&Result<Received, ApiError>>| {
                known.is_some_and(|known| {
                    known
                        .as_ref()
                        .is_ok_and(|known| replaced_by(&known.patient).is_some())
                })
            };
            let mut to_load = Vec::with_capacity(some.len());
            for patient in some {
                if is_replaced(known.get(patient)) {
                    replaced.extend(
                        known
                            .remove(patient)
                            .and_then(Result::ok)
                            .map(|known| (patient, known)),
                    );
                } else {
                    to_load.push(patient);
                }
            }
            let answers = self.ask_together(&to_load, &known, &contact).await;
            *contact.answers.lock().unwrap_or_else(PoisonError::into_inner) = answers;
            let mut waiting = to_load.into_iter();
            let mut under_way: FuturesUnordered<UnderWay<'_>> = FuturesUnordered::new();
            loop {
                while under_way.len() < AT_ONCE
                    && let Some(patient) = waiting.next()
                {
                    let (known, contact) = (known.get(patient).cloned(), &contact);
                    under_way.push(Box::pin(async move {
                        (patient.clone(), self.load_one(patient, known, contact).await)
                    }));
                }
                let Some((patient, end)) = under_way.next().await else {
                    break;
                };
                ended.insert(patient, end);
            }
        }
        for (patient, received) in replaced {
            let end = match self.load_replaced(patient, &received, &mut ended, &contact).await {
                Ok(end) => end,
                Err(trouble) => contact.note_failure(&trouble),
            };
            contact.tally(|progress| {
                progress.done += 1;
                progress.failed += u32::from(matches!(end.outcome, Outcome::Failed { .. }));
            });
            ended.insert(patient.clone(), end);
        }
        report.cancelled = cancel.is_cancelled();
        let mut tell = |patient: String, end: Ended| {
            if end.erased {
                report.erased.push(patient.clone());
            }
            report.patients.push(PatientReport {
                patient,
                outcome: end.outcome,
            });
        };
        for patient in patients {
            // Asked for twice, ended once.
            if let Some(end) = ended.remove(patient) {
                tell(patient.clone(), end);
            }
        }
        // Nobody asked for these: they have taken the place of those who were asked for.
        for (patient, end) in ended {
            tell(patient, end);
        }
        report
    }

    /// A record that another has replaced: that one is loaded, if it has not been, and decides how this one ends.
    async fn load_replaced(
        &self,
        patient: &str,
        received: &Received,
        ended: &mut HashMap<String, Ended>,
        contact: &Contact<'_>,
    ) -> Result<Ended, Trouble> {
        let new = self.last_of_chain(patient, &received.patient, contact).await?;
        let id = patient.to_owned();
        let state = self
            .in_vault(move |vault| vault.caseload_patient(&id))
            .await?
            .unwrap_or_else(|| CaseloadPatient {
                patient: patient.to_owned(),
                ..CaseloadPatient::default()
            });
        if !ended.contains_key(&new) {
            contact.tally(|progress| progress.patients += 1);
            let mut known = self
                .known_about(std::slice::from_ref(&new), contact)
                .await?
                .remove(&new);
            if let Some(Ok(known)) = &mut known {
                // The same person, by the server's word: whoever cares for the one cares for the other.
                known.on_caseload = !state.raw_patient.is_empty();
            }
            let end = self.load_one(&new, known, contact).await;
            ended.insert(new.clone(), end);
        }
        let Some(of_new) = ended.get(&new).map(|end| end.outcome.clone()) else {
            return Err(Trouble::Unreadable("a record without an end".into()));
        };
        self.end_replaced(&state, &new, &of_new).await
    }

    /// What was deleted at the server since the oldest of these copies was brought up to date.
    async fn deletions(&self, patients: &[String], contact: &Contact<'_>) -> Deletions {
        let asked: Vec<String> = patients.to_vec();
        let points = self
            .in_vault(move |vault| {
                let mut points = Vec::new();
                for patient in asked {
                    let Some(state) = vault.caseload_patient(&patient)? else {
                        continue;
                    };
                    points.extend(state.synced_to.as_deref().and_then(read_note::<SyncPoint>));
                }
                Ok(points)
            })
            .await
            .unwrap_or_default();
        // All in the same form and zone, so the earliest text is the earliest time.
        let Some(since) = points.iter().filter_map(SyncPoint::ask_deletions_since).min() else {
            return Deletions::default();
        };
        contact
            .wait(self.client.deletions(&since))
            .await
            .unwrap_or_default()
    }

    /// Consents, flags and identity of some patients, as the server has them now.
    pub(crate) async fn known_about(
        &self,
        patients: &[String],
        contact: &Contact<'_>,
    ) -> Result<HashMap<String, Result<Received, ApiError>>, Trouble> {
        let mut found = contact.wait(self.client.patients(patients)).await?;
        let there: Vec<String> = patients
            .iter()
            .filter(|id| matches!(found.get(*id), Some(Ok(_))))
            .cloned()
            .collect();
        let mut consents = contact.wait(self.client.consents(&there)).await?;
        let mut flags = contact.wait(self.client.flags(&there)).await?;
        let now = self.now();
        self.in_vault(move |vault| vault.set_server_contact(now)).await?;
        let known = patients.iter().filter_map(|id| {
            let received = found.remove(id)?.and_then(|patient| {
                // Not knowing is not the same as there being none.
                let unknown = || ApiError::Malformed("no answer about consents".into());
                Ok(Received {
                    patient,
                    consents: consents.remove(id).ok_or_else(unknown)?,
                    flags: flags.remove(id).ok_or_else(unknown)?,
                    on_caseload: false,
                })
            });
            Some((id.clone(), received))
        });
        Ok(known.collect())
    }

    async fn load_one(
        &self,
        patient: &str,
        known: Option<Result<Received, ApiError>>,
        contact: &Contact<'_>,
    ) -> Ended {
        let outcome = Box::pin(self.try_load_one(patient, known, contact)).await;
        let end = outcome.unwrap_or_else(|trouble| contact.note_failure(&trouble));
        contact.tally(|progress| {
            progress.done += 1;
            progress.failed += u32::from(matches!(
                end.outcome,
                Outcome::Incomplete { .. } | Outcome::Failed { .. }
            ));
        });
        end
    }

    async fn try_load_one(
        &self,
        patient: &str,
        known: Option<Result<Received, ApiError>>,
        contact: &Contact<'_>,
    ) -> Result<Ended, Trouble> {
        if contact.session_ended.load(Ordering::Relaxed) {
            return Err(Trouble::Api(ApiError::Unauthorised));
        }
        if contact.cancel.is_cancelled() {
            return Err(Trouble::Cancelled);
        }
        let id = patient.to_owned();
        let state = self
            .in_vault(move |vault| vault.caseload_patient(&id))
            .await?
            .unwrap_or_else(|| CaseloadPatient {
                patient: patient.to_owned(),
                ..CaseloadPatient::default()
            });
        let mut received = match known {
            Some(Ok(received)) => received,
            Some(Err(error @ (ApiError::Gone | ApiError::Forbidden))) => {
                return self.erase(&state, reason_for(&error).to_owned()).await;
            }
            Some(Err(error)) => return Err(Trouble::Api(error)),
            None => {
                return Err(Trouble::Api(ApiError::Malformed(
                    "no answer about this person".into(),
                )));
            }
        };
        received.on_caseload |= !state.raw_patient.is_empty();
        if contact.has_left(patient) {
            return Ok(Ended::failed(
                FailureCode::Left,
                "this person has left your caseload, and their copy is no longer refreshed",
            ));
        }

        // Once more when a page brings a consent or flag that was not known when the reading began.
        for _ in 0..3 {
            let known = received.read(&self.viewer).map_err(Trouble::Unreadable)?;
            let decision = known.decide(&self.viewer, self.now());
            if decision.outcome != curlew_consent::Outcome::CacheAndShow {
                return self.erase(&state, decision.reason).await;
            }
            let (given, known) = (Arc::new(received.clone()), Arc::new(known));
            match self.fetch(&state, &given, &known, contact).await {
                Ok(outcome) => {
                    return Ok(Ended {
                        outcome,
                        erased: false,
                    });
                }
                Err(Trouble::Denied(reason)) => return self.erase(&state, reason).await,
                Err(Trouble::NewStanding(raws)) => {
                    self.client.distrust_lists();
                    for raw in raws {
                        received.take(raw);
                    }
                    let id = patient.to_owned();
                    self.in_vault(move |vault| vault.discard_staged(&id)).await?;
                }
                Err(Trouble::Api(error @ (ApiError::Gone | ApiError::Forbidden))) => {
                    return self.refused(&state, error, contact).await;
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Err(Trouble::Unreadable(
            "what this person has agreed to kept changing while it was read".into(),
        ))
    }

    /// The record was refused in the middle: asks again for what decides, and does what follows from it.
    async fn refused(
        &self,
        state: &CaseloadPatient,
        error: ApiError,
        contact: &Contact<'_>,
    ) -> Result<Ended, Trouble> {
        let id = state.patient.clone();
        match self
            .known_about(std::slice::from_ref(&id), contact)
            .await?
            .remove(&id)
        {
            Some(Err(confirmed @ (ApiError::Gone | ApiError::Forbidden))) => {
                self.erase(state, reason_for(&confirmed).to_owned()).await
            }
            Some(Ok(mut received)) => {
                received.on_caseload = !state.raw_patient.is_empty();
                let known = received.read(&self.viewer).map_err(Trouble::Unreadable)?;
                let decision = known.decide(&self.viewer, self.now());
                if decision.outcome != curlew_consent::Outcome::CacheAndShow {
                    self.erase(state, decision.reason).await
                } else if error == ApiError::Forbidden {
                    // The server may know of a refusal that it does not put into words.
                    self.erase(state, reason_for(&error).to_owned()).await
                } else {
                    // The person is there and the record is not: that is a fault of the way to it, not the record's end.
                    Err(Trouble::Page(0, error))
                }
            }
            _ => Err(Trouble::Page(0, error)),
        }
    }

    /// Erases whatever is held of a patient, and says why on the caseload.
    pub(crate) async fn erase(&self, state: &CaseloadPatient, reason: String) -> Result<Ended, Trouble> {
        let (id, why, now) = (state.patient.clone(), reason.clone(), self.now());
        let erased = self
            .in_vault(move |vault| {
                // As it stands now: pages may have been staged since `state` was read.
                let now_held = vault.caseload_patient(&id)?;
                let any = now_held.is_some_and(|state| state.held || state.damaged || state.loading);
                if any {
                    vault.forget(&id, &why, now)?
                } else {
                    vault.note_withheld(&id, &why)?
                }
                Ok(any)
            })
            .await?;
        Ok(Ended {
            outcome: Outcome::Withheld { reason },
            erased,
        })
    }
}

impl Contact<'_> {
    /// A failure before the patient's own turn.
    fn fail(&self, trouble: &Trouble) -> Ended {
        let end = self.note_failure(trouble);
        self.tally(|progress| {
            progress.done += 1;
            progress.failed += 1;
        });
        end
    }

    fn note_failure(&self, trouble: &Trouble) -> Ended {
        let end = failure(trouble);
        if matches!(
            end.outcome,
            Outcome::Failed {
                code: FailureCode::SessionEnded,
                ..
            }
        ) {
            self.session_ended.store(true, Ordering::Relaxed);
        }
        end
    }
}

fn failure(trouble: &Trouble) -> Ended {
    match trouble {
        Trouble::Api(error) => Ended::failed(code_of(error), words_of(error)),
        Trouble::Page(0, error) => Ended::failed(code_of(error), words_of(error)),
        Trouble::Page(page, error) => {
            Ended::failed(code_of(error), format!("page {page}: {}", words_of(error)))
        }
        Trouble::Sync(SyncError::Api(error)) => Ended::failed(code_of(error), words_of(error)),
        Trouble::Sync(SyncError::Vault(error @ VaultError::Locked)) => {
            Ended::failed(FailureCode::Cancelled, error.to_string())
        }
        Trouble::Sync(error) => Ended::failed(FailureCode::Storage, error.to_string()),
        Trouble::Cancelled => Ended::failed(FailureCode::Cancelled, "cancelled"),
        Trouble::Unreadable(what) | Trouble::Denied(what) => {
            Ended::failed(FailureCode::Malformed, what.clone())
        }
        Trouble::NewStanding(_) => {
            Ended::failed(FailureCode::Malformed, "a consent changed while it was read")
        }
    }
}

fn code_of(error: &ApiError) -> FailureCode {
    match error {
        error if error.is_no_contact() => FailureCode::Unreachable,
        ApiError::Unauthorised => FailureCode::SessionEnded,
        ApiError::Malformed(_) | ApiError::TooLarge | ApiError::OtherOrigin | ApiError::Loop => {
            FailureCode::Malformed
        }
        _ => FailureCode::ServerAnswer,
    }
}

fn words_of(error: &ApiError) -> String {
    match error {
        ApiError::Outcome { text, .. } => format!("the record API says: {text}"),
        error => error.to_string(),
    }
}
