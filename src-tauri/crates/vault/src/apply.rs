//! Taking in what sync brought: staged part by part, visible in one step.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use curlew_consent::Permitted;
use curlew_record::Arrival;
use rusqlite::{Connection, TransactionBehavior};

use crate::caseload;
use crate::copies::{self, CopyFile, CopyState};
use crate::database::{RECORD, lay_out, look_again};
use crate::error::{DamagedPart, VaultError, While};
use crate::fresh::Fresh;
use crate::locking::Opened;
use crate::projecting::{Shown, Summary, project_fresh, reproject};
use crate::staging::{self, reading};
use crate::steps;
use crate::texts::Press;
use crate::update::{Applied, Basis, Change, Part, PatientUpdate, note_withheld};
use crate::vault::Vault;

/// Where an interrupted load goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumption {
    /// What the staged changes start from.
    pub basis: Basis,
    /// The cursor of the last [`Part::More`].
    pub next: String,
}

/// What one part of a full load came to.
enum Staged {
    /// More is to come.
    Part(Applied),
    /// The copy is whole, and waits to take the old one's place.
    Whole(Box<Summary>),
}

impl Vault {
    /// Takes in one part of a patient's changes.
    ///
    /// A part that is not the last is stored with its cursor in one step and shown to nobody. The last part makes
    /// everything current in one step: for a full refresh a new file takes the old one's place; a delta is one
    /// transaction in the file. Whatever is interrupted leaves the patient as they were before.
    ///
    /// Parts add to what is staged. To start again instead of going on, call [`Self::discard_staged`] first.
    ///
    /// # Errors
    /// [`VaultError::NotHeld`] for a delta of somebody without a copy; [`VaultError::Damaged`] when what was staged
    /// or held can no longer be read (a full refresh from the beginning mends both).
    pub fn apply(&self, update: Permitted<PatientUpdate>) -> Result<Applied, VaultError> {
        let update = update.into_inner();
        let writer = self.shared.writer(&update.patient);
        let _only_writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        let PatientUpdate {
            patient,
            basis,
            changes,
            part,
            received_at,
        } = update;
        match basis {
            Basis::Full => self.apply_full(&patient, changes, part, received_at),
            Basis::Delta => self.apply_delta(&patient, &changes, part, received_at),
        }
    }

    /// Where an interrupted load of this patient goes on; `None` when there is nothing to go on from.
    ///
    /// # Errors
    /// When the index cannot be read. Staged changes that cannot be read are discarded.
    pub fn resume(&self, patient: &str) -> Result<Option<Resumption>, VaultError> {
        let writer = self.shared.writer(patient);
        let _only_writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        for state in [CopyState::Staging, CopyState::Live] {
            let Some(copy) = self.find_copy(patient, state)? else {
                continue;
            };
            match self
                .shared
                .records
                .open(&copy)
                .and_then(|file| staging::cursor(&file))
            {
                Ok(Some((basis, Some(next)))) => return Ok(Some(Resumption { basis, next })),
                Ok(_) => {}
                Err(VaultError::Damaged { .. }) if state == CopyState::Staging => {
                    self.drop_staging_file(patient)?;
                }
                Err(VaultError::Damaged { .. }) => self.shared.lay_aside(&copy.file),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Drops whatever parts of an unfinished load of this patient are staged.
    ///
    /// # Errors
    /// When the index or the file cannot be written.
    pub fn discard_staged(&self, patient: &str) -> Result<(), VaultError> {
        let writer = self.shared.writer(patient);
        let _only_writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.drop_staging_file(patient)?;
        let Some(copy) = self.find_copy(patient, CopyState::Live)? else {
            return Ok(());
        };
        match self
            .shared
            .records
            .open(&copy)
            .and_then(|mut file| discard(&mut file))
        {
            Err(VaultError::Damaged { .. }) => {
                self.shared.lay_aside(&copy.file);
                Ok(())
            }
            done => done,
        }
    }

    fn find_copy(&self, patient: &str, state: CopyState) -> Result<Option<CopyFile>, VaultError> {
        self.shared
            .with(|unlocked| copies::find(&unlocked.index, &unlocked.erasure, patient, state))
    }

    fn drop_staging_file(&self, patient: &str) -> Result<(), VaultError> {
        let dropped = self
            .shared
            .with(|unlocked| copies::drop_staging(&unlocked.index, patient))?;
        self.shared.records.remove(&dropped);
        Ok(())
    }

    fn apply_full(
        &self,
        patient: &str,
        changes: Vec<Change>,
        part: Part,
        received_at: DateTime<Utc>,
    ) -> Result<Applied, VaultError> {
        let records = &self.shared.records;
        // The file that is staged; or a new one, which the index knows nothing of until it is whole on the disk.
        let (new, staged) = match self.find_copy(patient, CopyState::Staging)? {
            Some(copy) => {
                let mut file = records.open(&copy)?;
                let staged = self.stage_full(&mut file, patient, changes, part, received_at, false);
                (None, close(file, staged)?)
            }
            None => {
                // A staging row of an index that was put back from an old copy has a key that opens nothing.
                self.drop_staging_file(patient)?;
                let copy = copies::make()?;
                let staged = records.make(&copy).and_then(|mut file| {
                    let staged = self.stage_full(&mut file, patient, changes, part, received_at, true);
                    close(file, staged)
                });
                let staged = staged.and_then(|staged| records.settle().map(|()| staged));
                if staged.is_err() {
                    records.remove(std::slice::from_ref(&copy.file));
                }
                (Some(copy), staged?)
            }
        };
        let now = received_at.timestamp_millis();
        let summary = match staged {
            Staged::Whole(summary) => summary,
            Staged::Part(applied) => {
                if let Some(copy) = new {
                    self.shared.with(|unlocked| {
                        copies::enter_staging(&unlocked.index, &unlocked.erasure, patient, &copy, now)
                    })?;
                }
                return Ok(applied);
            }
        };
        let superseded = self.shared.with(|unlocked| {
            let erasure = &unlocked.erasure;
            copies::swap(&mut unlocked.index, patient, |index| {
                if let Some(copy) = &new {
                    copies::enter_staging(index, erasure, patient, copy, now)?;
                }
                settle_index(index, patient, &summary, received_at)
            })
        })?;
        records.remove(&superseded);
        // A whole load may have destroyed something: no view of an earlier moment goes on showing it.
        self.shared.close_open(Some(patient), Some(Opened::Past));
        Ok(applied(&summary))
    }

    /// Stores one part in the staging file, which may be new; with the last, makes its screens.
    fn stage_full(
        &self,
        file: &mut Connection,
        patient: &str,
        changes: Vec<Change>,
        part: Part,
        received_at: DateTime<Utc>,
        new: bool,
    ) -> Result<Staged, VaultError> {
        let mut press = Press::new()?;
        let step = begin(file)?;
        if new {
            lay_out(&step, &RECORD).map_err(reading)?;
        }
        let (arrival, synced_to) = match part {
            Part::More { next } => {
                staging::stage(&step, &changes, received_at, &mut press)?;
                return finish_part(step, Basis::Full, &next).map(Staged::Part);
            }
            Part::Last { arrival, synced_to } => (arrival, synced_to),
        };
        let old = match self.find_copy(patient, CopyState::Live)? {
            None => None,
            Some(old) => match self
                .shared
                .records
                .open(&old)
                .and_then(|old| Ok((steps::moment(&old, received_at)?, old)))
            {
                Ok(old) => Some(old),
                // A damaged old copy has nothing to carry over; it is about to be replaced.
                Err(VaultError::Damaged { .. }) => None,
                Err(error) => return Err(error),
            },
        };
        let at = old
            .as_ref()
            .map_or(received_at.timestamp_millis(), |(moment, _)| *moment);
        let last_look = self.last_times(patient)?.look;
        let shown = |withheld: &BTreeMap<String, String>| Shown {
            at,
            arrival: with_withheld(arrival, withheld),
            synced_to,
            last_look,
        };
        let fresh = match new && old.is_none() {
            true => Fresh::of(&changes),
            false => None,
        };
        let summary = match fresh {
            Some(fresh) => {
                fresh.write(&step, received_at, at, &mut press)?;
                let shown = shown(&fresh.withheld);
                project_fresh(&step, patient, shown, received_at, &fresh, &mut press)?
            }
            None => {
                staging::stage(&step, &changes, received_at, &mut press)?;
                // They are in the file now, where they are read one by one.
                drop(changes);
                let withheld = staging::settle(&step, at, &mut press)?;
                if let Some((_, old)) = &old {
                    match staging::carry_over(old, &step, at, &withheld, &mut press) {
                        Ok(()) | Err(VaultError::Damaged { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
                drop(old);
                reproject(&step, patient, shown(&withheld), &mut press)?
            }
        };
        step.commit().map_err(reading)?;
        Ok(Staged::Whole(Box::new(summary)))
    }

    fn apply_delta(
        &self,
        patient: &str,
        changes: &[Change],
        part: Part,
        received_at: DateTime<Utc>,
    ) -> Result<Applied, VaultError> {
        let copy = self
            .find_copy(patient, CopyState::Live)?
            .ok_or(VaultError::NotHeld)?;
        // A delta makes an unfinished full refresh pointless.
        self.drop_staging_file(patient)?;
        let done = self.shared.records.open(&copy).and_then(|mut file| {
            self.apply_delta_to(&mut file, patient, changes, part, received_at)
                .map_err(|error| look_again(&file, error, DamagedPart::PatientFile))
        });
        if let Err(VaultError::Damaged { .. }) = &done {
            self.shared.lay_aside(&copy.file);
        }
        done
    }

    fn apply_delta_to(
        &self,
        file: &mut Connection,
        patient: &str,
        changes: &[Change],
        part: Part,
        received_at: DateTime<Utc>,
    ) -> Result<Applied, VaultError> {
        let mut press = Press::new()?;
        let step = begin(file)?;
        staging::stage(&step, changes, received_at, &mut press)?;
        let (arrival, synced_to) = match part {
            Part::More { next } => return finish_part(step, Basis::Delta, &next),
            Part::Last { arrival, synced_to } => (arrival, synced_to),
        };
        if let Some(unchanged) = self.unchanged(&step, patient, &arrival)? {
            step.rollback().map_err(reading)?;
            self.note_contact(patient, received_at, synced_to.as_deref())?;
            return Ok(unchanged);
        }
        let at = steps::moment(&step, received_at)?;
        let withheld = staging::settle(&step, at, &mut press)?;
        let arrival = with_withheld(arrival, &withheld);
        let update = Shown {
            at,
            arrival,
            synced_to,
            last_look: self.last_times(patient)?.look,
        };
        let summary = reproject(&step, patient, update, &mut press)?;
        // The index repeats a little of the file. Between the two commits it is marked as not to be trusted.
        self.shared
            .with(|unlocked| caseload::unsettle(&unlocked.index, patient))?;
        step.commit().map_err(reading)?;
        self.shared
            .with(|unlocked| settle_index(&unlocked.index, patient, &summary, received_at))?;
        if !withheld.is_empty() {
            self.shared.close_open(Some(patient), Some(Opened::Past));
        }
        Ok(applied(&summary))
    }

    /// How the copy stands, when nothing new is staged and nothing else is said of it than before: contacts overlap on
    /// purpose, so most of what a delta brings is held already, and the screens it shows on need not be made again.
    fn unchanged(
        &self,
        step: &Connection,
        patient: &str,
        arrival: &Arrival,
    ) -> Result<Option<Applied>, VaultError> {
        if staging::is_anything_staged(step)? {
            return Ok(None);
        }
        let (state, settled) = self
            .shared
            .with(|unlocked| caseload::state(&unlocked.index, patient, None))?;
        let as_before = settled && state.withheld_reason.is_none() && state.arrival == *arrival;
        Ok(as_before.then_some(Applied {
            resources: state.resources,
            complete: arrival.failures.is_empty(),
        }))
    }
}

/// Begins a change of a patient's file.
///
/// To check that a version's state is one of three words, the engine makes a table of the three in memory for each version
/// it writes, which takes several times as long as writing it. What is written here are constants of ours.
pub(crate) fn begin(file: &mut Connection) -> Result<rusqlite::Transaction<'_>, VaultError> {
    file.execute_batch("PRAGMA ignore_check_constraints = ON")
        .map_err(reading)?;
    file.transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(reading)
}

/// Closes a file in which something was `done`, or tells what really was the matter with it.
fn close<T>(file: Connection, done: Result<T, VaultError>) -> Result<T, VaultError> {
    let done = done.map_err(|error| look_again(&file, error, DamagedPart::PatientFile))?;
    file.close()
        .map_err(|(_, error)| error)
        .while_doing("closing a patient's file")?;
    Ok(done)
}

fn discard(file: &mut Connection) -> Result<(), VaultError> {
    let step = begin(file)?;
    staging::discard(&step)?;
    step.commit().map_err(reading)
}

fn finish_part(step: rusqlite::Transaction<'_>, basis: Basis, next: &str) -> Result<Applied, VaultError> {
    staging::set_cursor(&step, basis, next)?;
    let resources = staging::staged_count(&step)?;
    step.commit().map_err(reading)?;
    Ok(Applied {
        resources,
        complete: false,
    })
}

pub(crate) fn with_withheld(
    mut arrival: Arrival,
    withheld: &std::collections::BTreeMap<String, String>,
) -> Arrival {
    for (resource, reason) in withheld {
        let resource_type = resource.split('/').next().unwrap_or_default();
        note_withheld(&mut arrival, resource_type, reason);
    }
    arrival
}

fn settle_index(
    index: &Connection,
    patient: &str,
    summary: &Summary,
    received_at: DateTime<Utc>,
) -> Result<(), VaultError> {
    caseload::set_held(index, patient, summary)?;
    caseload::note_contact(index, patient, received_at)?;
    caseload::note_withheld(index, patient, None)
}

fn applied(summary: &Summary) -> Applied {
    Applied {
        resources: summary.resources,
        complete: summary.arrival.failures.is_empty(),
    }
}
