//! One patient: what changed, or everything.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use curlew_api::{ApiError, Cursor, Deleted, Page};
use curlew_consent::{Permitted, Viewer, permit};
use curlew_fhir::read_header;
use curlew_record::{Arrival, Failure};
use curlew_vault::{
    Applied, Basis, CaseloadPatient, Change, PART_BYTES, Part, PatientUpdate, Vault, VaultError,
};

use crate::bookmark::{Bookmark, SyncPoint, instant, note, read_note};
use crate::load::Contact;
use crate::plan::{PagePlan, note_not_given, plan_page};
use crate::standing::{Known, Received};
use crate::{Outcome, Sync, SyncError};

/// A delta longer than this is no longer one. Its pages are held in memory, so that they become visible together.
const DELTA_PAGES: u32 = 8;

/// Why a patient's load did not end well.
#[derive(Debug)]
pub(crate) enum Trouble {
    Api(ApiError),
    /// The same, on this page.
    Page(u32, ApiError),
    Sync(SyncError),
    Cancelled,
    /// Something that decides over the record cannot be read. In words.
    Unreadable(String),
    /// It may not be kept. In words.
    Denied(String),
    /// The pages bring consents or flags that were not known.
    NewStanding(Vec<String>),
}

impl Trouble {
    /// As the trouble of a contact as a whole.
    pub(crate) fn into_error(self) -> SyncError {
        match self {
            Self::Api(error) | Self::Page(_, error) => SyncError::Api(error),
            Self::Sync(error) => error,
            Self::Cancelled => SyncError::Api(ApiError::Unreachable),
            Self::Unreadable(what) | Self::Denied(what) => SyncError::Api(ApiError::Malformed(what)),
            Self::NewStanding(_) => {
                SyncError::Api(ApiError::Malformed("a consent changed while it was read".into()))
            }
        }
    }
}

impl From<SyncError> for Trouble {
    fn from(error: SyncError) -> Self {
        Self::Sync(error)
    }
}

impl Sync {
    /// Brings one patient up to date, under what is `known`.
    pub(crate) async fn fetch(
        &self,
        state: &CaseloadPatient,
        received: &Arc<Received>,
        known: &Arc<Known>,
        contact: &Contact<'_>,
    ) -> Result<Outcome, Trouble> {
        if let Some((point, since)) = self.delta_since(state, known, contact)
            && let Some(outcome) = self.delta(state, received, known, contact, point, &since).await?
        {
            return Ok(outcome);
        }
        match self.whole(state, received, known, contact, true).await {
            // What was stored of an earlier attempt is of no use: an expired place, or a damaged file.
            Err(Resumed(true, trouble)) if trouble.is_cured_by_starting_over() => {
                self.start_over(state).await?;
                self.whole(state, received, known, contact, false)
                    .await
                    .map_err(|Resumed(_, trouble)| trouble)
            }
            outcome => outcome.map_err(|Resumed(_, trouble)| trouble),
        }
    }

    /// From where a delta would ask; none when only the whole record will do.
    pub(crate) fn delta_since(
        &self,
        state: &CaseloadPatient,
        known: &Known,
        contact: &Contact<'_>,
    ) -> Option<(SyncPoint, String)> {
        let point: SyncPoint = state.synced_to.as_deref().and_then(read_note)?;
        let sound = state.held && !state.damaged && !state.loading && state.arrival.failures.is_empty();
        let same_standing = point.standing == known.fingerprint;
        let in_time = !point.is_whole_due(self.now(), contact.deletions.known_to.is_some());
        let since = point.ask_since()?;
        (sound && same_standing && in_time).then_some((point, since))
    }

    /// Brings in what changed. None when it turns out that only the whole record will do.
    async fn delta(
        &self,
        state: &CaseloadPatient,
        received: &Arc<Received>,
        known: &Arc<Known>,
        contact: &Contact<'_>,
        point: SyncPoint,
        since: &str,
    ) -> Result<Option<Outcome>, Trouble> {
        let patient = state.patient.as_str();
        let mut arrival = Arrival::default();
        let mut changes = Vec::new();
        let mut server_time = None;
        let mut number = 0;
        // Asked for together with others, and the whole answer; else the pages as they come.
        let mut together = contact.take_answer(patient, since);
        let mut pages = match &together {
            Some(_) => None,
            None => Some(
                contact
                    .wait(self.client.everything(patient, Some(since), None))
                    .await?,
            ),
        };
        loop {
            let page = match (together.take(), &mut pages) {
                (Some(page), _) => Some(page),
                (None, Some(pages)) => contact.wait(async { pages.next().await.transpose() }).await?,
                (None, None) => None,
            };
            let Some(page) = page else { break };
            number += 1;
            if number > DELTA_PAGES || !page.not_given.is_empty() {
                return Ok(None);
            }
            // A server whose clock has been put back stamps what is new with times that were asked past already.
            if went_back(page.server_time.as_deref(), since) {
                return Ok(None);
            }
            let plan = planned(patient, &page, number, &mut arrival, contact)?;
            server_time = server_time.or(page.server_time);
            changes.extend(plan.changes);
        }
        expect_known(&changes, received)?;
        // Whatever cannot simply be added to what is held is counted afresh.
        let stale = !state.arrival.unreadable.is_empty() && !changes.is_empty();
        let said_before = arrival
            .withheld
            .iter()
            .all(|withheld| state.arrival.withheld.contains(withheld));
        if !arrival.failures.is_empty() || !arrival.unreadable.is_empty() || !said_before || stale {
            return Ok(None);
        }
        // What the record has just brought is there, whatever was deleted before: ids are used again.
        let brought = |gone: &&Deleted| {
            changes.iter().any(|change| {
                matches!(change, Change::Put { header, .. }
                    if header.id == gone.id && header.resource_type == gone.resource_type)
            })
        };
        let deleted: Vec<Change> = contact
            .deletions
            .deleted
            .iter()
            .filter(|gone| !brought(gone))
            .map(|gone| Change::Delete {
                resource_type: gone.resource_type.clone(),
                id: gone.id.clone(),
            })
            .collect();
        changes.extend(deleted);
        let now = self.now();
        let synced_to = note(&point.moved_on(server_time, contact.deletions.known_to.as_ref()));
        if changes.is_empty() {
            let id = patient.to_owned();
            self.in_vault(move |vault| vault.note_contact(&id, now, synced_to.as_deref()))
                .await?;
            return Ok(Some(outcome(state.resources, &state.arrival)));
        }
        let update = PatientUpdate {
            patient: patient.to_owned(),
            basis: Basis::Delta,
            changes,
            part: Part::Last {
                arrival: state.arrival.clone(),
                synced_to,
            },
            received_at: now,
        };
        let update = self.permitted(update, known)?;
        if update
            .get()
            .changes
            .iter()
            .any(|change| matches!(change, Change::Purge { .. }))
        {
            return Ok(None);
        }
        match self.in_vault(move |vault| vault.apply(update)).await {
            Ok(applied) => Ok(Some(outcome(applied.resources, &state.arrival))),
            // The copy is set aside or gone: there is nothing to add to.
            Err(SyncError::Vault(VaultError::Damaged { .. } | VaultError::NotHeld)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Brings in everything, page by page, going on from where an earlier attempt under the same rules stopped.
    async fn whole(
        &self,
        state: &CaseloadPatient,
        received: &Arc<Received>,
        known: &Arc<Known>,
        contact: &Contact<'_>,
        may_resume: bool,
    ) -> Result<Outcome, Resumed> {
        let patient = state.patient.as_str();
        let mark = if may_resume {
            self.bookmark(state, known)
                .await
                .map_err(|trouble| Resumed(true, trouble))?
        } else {
            None
        };
        let resumed = mark.is_some();
        let first_page = mark.as_ref().map_or(0, |mark| mark.pages);
        let mut mark = mark.unwrap_or_else(|| Bookmark {
            cursor: String::new(),
            pages: 0,
            server_time: None,
            patient_seen: false,
            standing: known.fingerprint.clone(),
            arrival: Arrival::default(),
        });
        let cursor = resumed.then(|| Cursor::from(mark.cursor.clone()));
        let fail = |mark: &Bookmark, trouble: Trouble| {
            // Only the first page after resuming says something about the place it was resumed from.
            let trouble = match trouble {
                Trouble::Api(
                    error @ (ApiError::Malformed(_) | ApiError::Status(_) | ApiError::Outcome { .. }),
                ) => Trouble::Page(mark.pages + 1, error),
                trouble => trouble,
            };
            Resumed(resumed && mark.pages == first_page, trouble)
        };
        let mut pages = contact
            .wait(self.client.everything(patient, None, cursor))
            .await
            .map_err(|trouble| fail(&mark, trouble))?;
        let mut waiting = Waiting::default();
        loop {
            let page = contact
                .wait(async { pages.next().await.transpose() })
                .await
                .and_then(|page| {
                    page.ok_or_else(|| {
                        Trouble::Api(ApiError::Malformed("the pages end before the last one".into()))
                    })
                });
            let page = match page {
                Ok(page) => page,
                Err(trouble) => {
                    // What has come is there to go on from, whatever keeps the rest from coming.
                    let storing = self.storing(patient, received, known);
                    let before = mark.clone();
                    self.in_vault(move |vault| Ok(storing.put_by(vault, waiting, &before)))
                        .await
                        .map_err(Trouble::from)
                        .and_then(|put_by| put_by)
                        .map_err(|trouble| fail(&mark, trouble))?;
                    return Err(fail(&mark, trouble));
                }
            };
            let stored = self
                .store_page(page, &mark, waiting, received, known, contact, patient)
                .await
                .map_err(|trouble| fail(&mark, trouble))?;
            mark = stored.mark;
            match stored.ended {
                Ok(applied) => return Ok(outcome(applied.resources, &mark.arrival)),
                Err(left) => waiting = left,
            }
        }
    }

    /// Takes in one page of a whole record.
    ///
    /// Reading, judging and storing a page is work for a processor: all of it is done away from the threads that wait for
    /// the network, so that several patients' pages are worked on at the same time.
    #[allow(clippy::too_many_arguments)] // What is known of a patient, where they stand, and what has come.
    async fn store_page(
        &self,
        page: Page,
        mark: &Bookmark,
        waiting: Waiting,
        received: &Arc<Received>,
        known: &Arc<Known>,
        contact: &Contact<'_>,
        patient: &str,
    ) -> Result<Stored, Trouble> {
        let bytes = page.bytes;
        let storing = self.storing(patient, received, known);
        let before = mark.clone();
        let stored = self
            .in_vault(move |vault| Ok(storing.store(vault, page, before, waiting)))
            .await??;
        contact.tally(|progress| {
            progress.resources += u64::from(stored.resources);
            progress.bytes += bytes;
        });
        Ok(stored)
    }

    fn storing(&self, patient: &str, received: &Arc<Received>, known: &Arc<Known>) -> Storing {
        Storing {
            patient: patient.to_owned(),
            received: Arc::clone(received),
            known: Arc::clone(known),
            viewer: self.viewer.clone(),
            now: self.now(),
        }
    }

    /// The place an earlier attempt stopped at; none, with nothing left of it, when it cannot be gone on from.
    async fn bookmark(&self, state: &CaseloadPatient, known: &Known) -> Result<Option<Bookmark>, Trouble> {
        let id = state.patient.clone();
        let Some(stored) = self.in_vault(move |vault| vault.resume(&id)).await? else {
            if state.loading {
                self.start_over(state).await?;
            }
            return Ok(None);
        };
        let mark: Option<Bookmark> = read_note(&stored.next);
        match mark.filter(|mark| stored.basis == Basis::Full && mark.standing == known.fingerprint) {
            Some(mark) => Ok(Some(mark)),
            None => {
                self.start_over(state).await?;
                Ok(None)
            }
        }
    }

    async fn start_over(&self, state: &CaseloadPatient) -> Result<(), Trouble> {
        let id = state.patient.clone();
        Ok(self.in_vault(move |vault| vault.discard_staged(&id)).await?)
    }

    fn permitted(&self, update: PatientUpdate, known: &Known) -> Result<Permitted<PatientUpdate>, Trouble> {
        permit(update, &known.standing(), &self.viewer, self.now())
            .map_err(|decision| Trouble::Denied(decision.reason))
    }
}

/// All that storing a page takes, so that it can be done on another thread.
struct Storing {
    patient: String,
    received: Arc<Received>,
    known: Arc<Known>,
    viewer: Viewer,
    now: DateTime<Utc>,
}

/// What has come of a record and is not stored yet. Each durable step costs the disk a few flushes, which takes longer than
/// everything else that is done to a page of ordinary size: pages are stored together up to [`PART_BYTES`].
#[derive(Default)]
struct Waiting {
    changes: Vec<Change>,
    /// Of their texts.
    bytes: usize,
}

/// A page that has been taken in.
struct Stored {
    /// Where it leaves off.
    mark: Bookmark,
    /// Entries it had.
    resources: u32,
    /// How the whole ended, after the last page; before it, what waits to be stored.
    ended: Result<Applied, Waiting>,
}

impl Storing {
    fn store(
        self,
        vault: &Vault,
        page: Page,
        mut mark: Bookmark,
        mut waiting: Waiting,
    ) -> Result<Stored, Trouble> {
        for not_given in page.not_given {
            note_not_given(not_given, &mut mark.arrival);
        }
        let PagePlan {
            changes,
            received: resources,
        } = plan_page(&self.patient, &page.body, mark.pages + 1, &mut mark.arrival)
            .map_err(|error| Trouble::Api(ApiError::Malformed(error.to_string())))?;
        drop(page.body);
        expect_known(&changes, &self.received)?;
        mark.patient_seen |= changes.iter().any(is_a_patient);
        // Before the first page was asked for: what changes while the rest is read is asked for next time.
        mark.server_time = mark.server_time.take().or(page.server_time);
        mark.pages += 1;
        waiting.bytes += page.bytes as usize;
        waiting.changes.extend(changes);
        if let Some(next) = page.next {
            mark.cursor = next.as_str().to_owned();
            if waiting.bytes >= PART_BYTES {
                self.put_by(vault, std::mem::take(&mut waiting), &mark)?;
            }
            return Ok(Stored {
                mark,
                resources,
                ended: Err(waiting),
            });
        }
        if !mark.patient_seen {
            // A record of nobody is none. The server gave this one when asked for it by itself; but an answer without the
            // very person it is about may lack anything else too.
            mark.arrival.failures.push(Failure {
                what:
                    "the answer did not name the patient it is about, so other parts of it may be missing too"
                        .into(),
                touches_safety: true,
            });
            let header = read_header(&self.received.patient)
                .map_err(|_| Trouble::Unreadable("who this person is cannot be read".into()))?;
            waiting.changes.push(Change::Put {
                header,
                raw: self.received.patient.clone(),
            });
        }
        let point = mark.server_time.clone().map(|time| SyncPoint {
            since: time.clone(),
            deletions_known_to: time.clone(),
            standing: self.known.fingerprint.clone(),
            whole: time,
        });
        let last = Part::Last {
            arrival: mark.arrival.clone(),
            synced_to: point.as_ref().and_then(note),
        };
        let applied = self.apply(vault, waiting.changes, last)?;
        Ok(Stored {
            mark,
            resources,
            ended: Ok(applied),
        })
    }

    /// Stores what waits, with the place to go on from.
    fn put_by(&self, vault: &Vault, waiting: Waiting, mark: &Bookmark) -> Result<(), Trouble> {
        if waiting.changes.is_empty() {
            return Ok(());
        }
        let part = Part::More {
            next: note(mark).unwrap_or_default(),
        };
        self.apply(vault, waiting.changes, part).map(drop)
    }

    fn apply(&self, vault: &Vault, changes: Vec<Change>, part: Part) -> Result<Applied, Trouble> {
        let update = PatientUpdate {
            patient: self.patient.clone(),
            basis: Basis::Full,
            changes,
            part,
            received_at: self.now,
        };
        let update = permit(update, &self.known.standing(), &self.viewer, self.now)
            .map_err(|decision| Trouble::Denied(decision.reason))?;
        Ok(vault.apply(update).map_err(SyncError::Vault)?)
    }
}

/// A trouble, and whether it may come of having gone on from an earlier attempt.
pub(crate) struct Resumed(bool, Trouble);

impl Trouble {
    fn is_cured_by_starting_over(&self) -> bool {
        match self {
            Self::Api(error) | Self::Page(_, error) => !error.ends_contact(),
            Self::Sync(SyncError::Vault(VaultError::Damaged { .. })) => true,
            _ => false,
        }
    }
}

fn planned(
    patient: &str,
    page: &Page,
    number: u32,
    arrival: &mut Arrival,
    contact: &Contact<'_>,
) -> Result<PagePlan, Trouble> {
    let plan = plan_page(patient, &page.body, number, arrival)
        .map_err(|error| Trouble::Api(ApiError::Malformed(error.to_string())))?;
    contact.tally(|progress| {
        progress.resources += u64::from(plan.received);
        progress.bytes += page.bytes;
    });
    Ok(plan)
}

/// Checks that the pages bring no consent or flag but those the record was judged by.
fn expect_known(changes: &[Change], received: &Received) -> Result<(), Trouble> {
    let new: Vec<String> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Put { header, raw } if !received.knows(header) => Some(raw.clone()),
            _ => None,
        })
        .collect();
    if new.is_empty() {
        Ok(())
    } else {
        Err(Trouble::NewStanding(new))
    }
}

/// Whether a server's clock stands before the time it was asked from. By less it does not matter: contacts overlap.
fn went_back(now: Option<&str>, since: &str) -> bool {
    match (now.and_then(instant), instant(since)) {
        (Some(now), Some(since)) => now < since,
        _ => false,
    }
}

fn is_a_patient(change: &Change) -> bool {
    matches!(change, Change::Put { header, .. } if header.resource_type == "Patient")
}

/// How a copy stands, from what did not arrive.
fn outcome(resources: u32, arrival: &Arrival) -> Outcome {
    let mut what: Vec<String> = arrival
        .failures
        .iter()
        .map(|failure| failure.what.clone())
        .collect();
    match arrival.unreadable.len() {
        0 => {}
        1 => what.push("1 entry could not be read".into()),
        many => what.push(format!("{many} entries could not be read")),
    }
    if what.is_empty() {
        Outcome::Complete { resources }
    } else {
        Outcome::Incomplete { resources, what }
    }
}
