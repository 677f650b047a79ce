//! An unlocked store.

#[cfg(all(feature = "tampering", not(debug_assertions)))]
compile_error!("`tampering` is for tests of the access log in debug builds only");

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use curlew_audit::{Broken, Head, Look, Receipt};
use curlew_redact::Key;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::anchoring::Anchoring;
use crate::caseload::{self, CaseloadEntry, CaseloadPatient, LastTimes};
use crate::copies::{self, CopyFile, CopyState, ErasureKey};
use crate::database::{self, Expect, judge, look_again, open_database, read_checked};
use crate::device::{Device, LogAnchor};
use crate::erasing;
use crate::error::{DamagedPart, VaultError};
use crate::keys;
use crate::keyslots::KeySlots;
use crate::locking::{OpenHandle, Opened, Stop};
use crate::log::{self, IndexChain, LoggedLook, UploadState};
use crate::open_patient::{Handle, OpenPatient};
use crate::people::Known;
use crate::projecting::{Summary, made_by_this_program, make_current};
use crate::records::{self, Files, Records};
use crate::stores::{INDEX_FILE, RECORDS, StoreId, index_key};

/// One user's unlocked store. Share it in an [`Arc`]; every method may be called from any thread, and blocks.
///
/// Dropping it, or [`Vault::lock`], closes every file and wipes every key.
pub struct Vault {
    pub(crate) shared: Arc<Shared>,
}

/// What a vault and the patients opened from it have in common.
pub(crate) struct Shared {
    pub(crate) id: StoreId,
    pub(crate) records: Records,
    pub(crate) device: Device,
    pub(crate) unlocked: Mutex<Option<Unlocked>>,
    pub(crate) open: Mutex<Vec<OpenHandle>>,
    pub(crate) stop: Stop,
    /// One erasure at a time, without keeping anybody from the index while the keychain is asked.
    pub(crate) erasing: Mutex<()>,
    /// One writer a patient; patients are written side by side.
    writers: Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

/// Everything that is gone once the store is locked.
pub(crate) struct Unlocked {
    pub(crate) index: Connection,
    pub(crate) seal_key: Key,
    pub(crate) erasure: ErasureKey,
    /// The log's end as the keychain had it when the store was unlocked.
    pub(crate) anchored: Head,
    /// Writes the log's end into the keychain. `None` when the log no longer holds what was anchored: anchoring it again
    /// would heal the evidence.
    pub(crate) anchoring: Option<Arc<Anchoring>>,
    /// Everybody on the caseload, as last read.
    pub(crate) known: Option<Known>,
    /// Changes of ours to the index that nobody on the caseload shows.
    pub(crate) changes_apart: u64,
}

pub(crate) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these values usable: every change to what they lead to is a transaction.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn reading(error: rusqlite::Error) -> VaultError {
    judge(error, DamagedPart::Index)
}

impl Shared {
    /// Runs with the index, or says that the store is locked.
    pub(crate) fn with<T>(
        &self,
        run: impl FnOnce(&mut Unlocked) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut unlocked = guard(&self.unlocked);
        let unlocked = unlocked.as_mut().ok_or(VaultError::Locked)?;
        run(unlocked).map_err(|error| look_again(&unlocked.index, error, DamagedPart::Index))
    }

    /// The lock that a writer of this patient's files holds.
    pub(crate) fn writer(&self, patient: &str) -> Arc<Mutex<()>> {
        Arc::clone(guard(&self.writers).entry(patient.to_owned()).or_default())
    }

    /// Takes a damaged copy out of use. Nothing is deleted: the file stays until the patient is fetched again.
    pub(crate) fn lay_aside(&self, file: &str) {
        let laid = self.with(|unlocked| copies::lay_aside(&unlocked.index, file));
        tracing::warn!(
            done = laid.is_ok(),
            "a patient's copy is damaged and was set aside"
        );
    }
}

pub(crate) fn clock(index: &Connection, name: &str) -> Result<Option<i64>, VaultError> {
    index
        .prepare_cached("SELECT at FROM clock WHERE name = ?")
        .and_then(|mut select| select.query_row([name], |row| row.get(0)).optional())
        .map_err(reading)
}

pub(crate) fn set_clock(index: &Connection, name: &str, at: i64) -> Result<(), VaultError> {
    index
        .prepare_cached(
            "INSERT INTO clock (name, at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = max(at, ?2)",
        )
        .and_then(|mut insert| insert.execute(params![name, at]))
        .map_err(reading)?;
    Ok(())
}

impl Vault {
    /// Opens the files of a store whose root key has just come out of its envelope.
    pub(crate) fn open_store(
        id: StoreId,
        folder: &Path,
        device: Device,
        root: &Key,
        now: DateTime<Utc>,
    ) -> Result<Self, VaultError> {
        KeySlots::sweep(folder);
        let index = open_database(
            &records::on_disk(&folder.join(INDEX_FILE)),
            &index_key(root)?,
            &database::INDEX,
            Expect::Present,
        )?;
        Self::over(id, index, Files::Folder(folder.join(RECORDS)), device, root, now)
    }

    /// The store that an open index and the patients' files beside it make.
    pub(crate) fn over(
        id: StoreId,
        mut index: Connection,
        records: Files,
        device: Device,
        root: &Key,
        now: DateTime<Utc>,
    ) -> Result<Self, VaultError> {
        let seal_key = keys::derive_key(root, "curlew audit seal 1")?;
        let settled = erasing::settle_erasure(&index, &device, &id)
            .and_then(|settled| {
                set_clock(&index, "seen", settled.seen.max(now.timestamp_millis()))?;
                Ok(settled)
            })
            .map_err(|error| look_again(&index, error, DamagedPart::Index))?;
        let anchored = settled.anchored;
        let holds = anchored.seq == 0 || log::holds(&index, anchored.seq, &anchored.digest)?;
        let anchoring = holds.then(|| Anchoring::new(device.clone(), id.clone()));
        let stop = Stop::default();
        stop.watch(&mut index)?;
        let vault = Self {
            shared: Arc::new(Shared {
                id,
                records: Records::new(records, stop.clone()),
                device,
                unlocked: Mutex::new(Some(Unlocked {
                    index,
                    seal_key,
                    erasure: settled.erasure,
                    anchored,
                    anchoring,
                    known: None,
                    changes_apart: 0,
                })),
                open: Mutex::default(),
                erasing: Mutex::default(),
                stop,
                writers: Mutex::default(),
            }),
        };
        vault.sweep()?;
        Ok(vault)
    }

    /// Removes files that no row names: staging that was cut off before it was entered, and copies that were still
    /// open when they were erased or superseded. And what is left of a change of format.
    fn sweep(&self) -> Result<(), VaultError> {
        self.shared.records.remove_old_formats()?;
        let known = self.shared.with(|unlocked| copies::all_files(&unlocked.index))?;
        for name in self.shared.records.names()? {
            let Some(stem) = name.split('.').next() else {
                continue;
            };
            if !known.iter().any(|known| known == stem) && StoreId::parse(stem).is_some() {
                self.shared.records.remove(&[stem.to_owned()]);
            }
        }
        Ok(())
    }

    /// The store's name.
    #[must_use]
    pub fn store_id(&self) -> StoreId {
        self.shared.id.clone()
    }

    /// What was kept of the user by [`Self::set_profile`].
    ///
    /// # Errors
    /// When the index cannot be read, or what is kept is not a `T`.
    pub fn profile<T: DeserializeOwned>(&self) -> Result<Option<T>, VaultError> {
        let text: Option<String> = self.shared.with(|unlocked| {
            unlocked
                .index
                .query_row("SELECT value FROM setting WHERE name = 'profile'", [], |row| {
                    row.get(0)
                })
                .optional()
                .map_err(reading)
        })?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| VaultError::Damaged {
                what: DamagedPart::Index,
            })
    }

    /// Keeps what is needed of the user between sessions: name, role, organisations, issuer. No tokens: those belong
    /// in the keychain.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn set_profile<T: Serialize>(&self, profile: &T) -> Result<(), VaultError> {
        let text = serde_json::to_string(profile).map_err(|_| VaultError::Damaged {
            what: DamagedPart::Index,
        })?;
        self.shared.with(|unlocked| {
            unlocked
                .index
                .execute(
                    "INSERT OR REPLACE INTO setting (name, value) VALUES ('profile', ?)",
                    [text],
                )
                .map_err(reading)?;
            Ok(())
        })
    }

    // --- the caseload ---

    /// Replaces the caseload. Copies of people who are no longer on it are not touched: that is policy's to decide.
    ///
    /// # Errors
    /// When the index cannot be written; the caseload is as before then.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the caller has no further use for the list"
    )]
    pub fn set_caseload(&self, entries: Vec<CaseloadEntry>, now: DateTime<Utc>) -> Result<(), VaultError> {
        self.shared
            .with(|unlocked| caseload::replace(&mut unlocked.index, &entries, now))
    }

    /// When the caseload was last listed; `None` when never, or when it was empty.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn caseload_listed_at(&self) -> Result<Option<DateTime<Utc>>, VaultError> {
        self.shared.with(|unlocked| caseload::listed_at(&unlocked.index))
    }

    /// Everybody on the caseload, in the server's order, with how each copy stands. Opens no patient's file, except
    /// after a crash in the middle of a delta.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn caseload(&self) -> Result<Vec<CaseloadPatient>, VaultError> {
        let listed = self.shared.with(|unlocked| caseload::listed(&unlocked.index))?;
        listed
            .into_iter()
            .map(|entry| {
                let patient = entry.patient.clone();
                self.state(&patient, Some(entry))
            })
            .collect()
    }

    /// One person, on the caseload or with a copy here; `None` for anybody else.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn caseload_patient(&self, patient: &str) -> Result<Option<CaseloadPatient>, VaultError> {
        let entry = self
            .shared
            .with(|unlocked| caseload::listed_one(&unlocked.index, patient))?;
        let listed = entry.is_some();
        let state = self.state(patient, entry)?;
        Ok((listed || state.held || state.damaged).then_some(state))
    }

    /// Everybody with a copy here, whole, damaged or under way, on the caseload or not.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn held_patients(&self) -> Result<Vec<String>, VaultError> {
        self.shared
            .with(|unlocked| caseload::held_patients(&unlocked.index))
    }

    fn state(&self, patient: &str, listed: Option<CaseloadEntry>) -> Result<CaseloadPatient, VaultError> {
        let damaged = |state: CaseloadPatient| CaseloadPatient {
            held: false,
            damaged: true,
            first: None,
            ..state
        };
        loop {
            let (state, settled, copy) = self.shared.with(|unlocked| {
                let (index, erasure) = (&unlocked.index, &unlocked.erasure);
                let (state, settled) = caseload::state(index, patient, listed.clone())?;
                let copy = match state.held || !settled {
                    true => copies::find(index, erasure, patient, CopyState::Live)?,
                    false => None,
                };
                Ok((state, settled, copy))
            })?;
            let copy = match copy {
                // The index was put back from an old copy: its keys open nothing any more.
                None if state.held => return Ok(damaged(state)),
                Some(copy) if !settled => copy,
                _ => return Ok(state),
            };
            // A crash came between the file's transaction and the index's: the file is right.
            let read = self
                .open_current(patient, &copy)
                .and_then(|file| crate::projecting::read_summary(&file, self.last_times(patient)?.look))
                .and_then(|summary| self.settle(patient, &summary));
            match read {
                Ok(()) => {
                    return self
                        .shared
                        .with(|unlocked| Ok(caseload::state(&unlocked.index, patient, listed)?.0));
                }
                Err(_) if !self.is_live(patient, &copy)? => {}
                Err(error) => {
                    return match self.judged(error, &copy) {
                        VaultError::Damaged {
                            what: DamagedPart::PatientFile,
                        } => Ok(damaged(state)),
                        error => Err(error),
                    };
                }
            }
        }
    }

    /// Whether the index still leads to this copy. A refresh puts another in its place and an erasure none, and then that
    /// its file cannot be opened any more says nothing: whoever looked it up a moment before looks again.
    pub(crate) fn is_live(&self, patient: &str, copy: &CopyFile) -> Result<bool, VaultError> {
        let live = self
            .shared
            .with(|unlocked| copies::find(&unlocked.index, &unlocked.erasure, patient, CopyState::Live))?;
        Ok(live.is_some_and(|live| live.file == copy.file))
    }

    /// Lays a copy aside when that is what the error means.
    pub(crate) fn judged(&self, error: VaultError, copy: &CopyFile) -> VaultError {
        if let VaultError::Damaged { .. } = &error {
            self.shared.lay_aside(&copy.file);
        }
        error
    }

    /// Repeats in the index what Today needs of a copy.
    fn settle(&self, patient: &str, summary: &Summary) -> Result<(), VaultError> {
        self.shared
            .with(|unlocked| caseload::set_held(&unlocked.index, patient, summary))
    }

    pub(crate) fn last_times(&self, patient: &str) -> Result<LastTimes, VaultError> {
        self.shared
            .with(|unlocked| caseload::last_times(&unlocked.index, patient))
    }

    /// Opens a patient's copy with its rows as this version of the program makes them.
    pub(crate) fn open_current(&self, patient: &str, copy: &CopyFile) -> Result<Connection, VaultError> {
        let mut file = self.shared.records.open(copy)?;
        // Nearly always so, and then no writer is waited for.
        if made_by_this_program(&file)? {
            return Ok(file);
        }
        let writer = self.shared.writer(patient);
        let _one_at_a_time = guard(&writer);
        let summary = make_current(&mut file, patient, self.last_times(patient)?.look)?;
        self.settle(patient, &summary)?;
        Ok(file)
    }

    /// Notes a successful contact for a patient about whom nothing changed, and where the next delta starts, if that has
    /// moved. The patient's file keeps the earlier place: should the index be made anew, a little more is asked for.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn note_contact(
        &self,
        patient: &str,
        now: DateTime<Utc>,
        synced_to: Option<&str>,
    ) -> Result<(), VaultError> {
        self.shared.with(|unlocked| {
            // One step: each costs the disk a flush, and on an idle contact this is all there is to write.
            let step = unlocked.index.transaction().map_err(reading)?;
            caseload::note_contact(&step, patient, now)?;
            if let Some(synced_to) = synced_to {
                caseload::move_on(&step, patient, synced_to)?;
            }
            step.commit().map_err(reading)
        })
    }

    /// Notes why a patient's record may not be kept, in words, for the caseload.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn note_withheld(&self, patient: &str, reason: &str) -> Result<(), VaultError> {
        self.shared
            .with(|unlocked| caseload::note_withheld(&unlocked.index, patient, Some(reason)))
    }

    // --- looking ---

    /// Writes a look down. Durable once it returns: only then is there a receipt.
    ///
    /// # Errors
    /// When it could not be written. Nothing may be shown then.
    pub fn write_look(&self, look: Look, now: DateTime<Utc>) -> Result<Receipt, VaultError> {
        self.shared.with(|unlocked| {
            let receipt = unlocked.apart(|unlocked| {
                let mut chain = IndexChain {
                    index: &mut unlocked.index,
                    seal_key: &unlocked.seal_key,
                };
                curlew_audit::write(&mut chain, look, now)
            })?;
            if let Some(anchoring) = &unlocked.anchoring {
                anchoring.note(LogAnchor {
                    head: Head {
                        seq: receipt.seq(),
                        digest: receipt.digest(),
                    },
                    at: now.timestamp_millis(),
                });
            }
            Ok(receipt)
        })
    }

    /// Opens the patient that a receipt was given for. The receipt is used up.
    ///
    /// # Errors
    /// [`VaultError::NotAReceiptForOpening`], [`VaultError::NotHeld`], [`VaultError::Damaged`] for this patient alone.
    #[expect(clippy::needless_pass_by_value, reason = "a receipt opens a record once")]
    pub fn open(&self, receipt: Receipt) -> Result<OpenPatient, VaultError> {
        let patient = receipt.opens().ok_or(VaultError::NotAReceiptForOpening)?;
        let (copy, last, changed, file, first) = loop {
            let (copy, last, changed) = self.shared.with(|unlocked| {
                let index = &unlocked.index;
                if !log::holds(index, receipt.seq(), &receipt.digest())? {
                    return Err(VaultError::NotAReceiptForOpening);
                }
                let found = copies::find(index, &unlocked.erasure, patient, CopyState::Live)?;
                let Some(copy) = found else {
                    let damaged = caseload::state(index, patient, None)?.0;
                    return Err(if damaged.damaged || damaged.held {
                        VaultError::Damaged {
                            what: DamagedPart::PatientFile,
                        }
                    } else {
                        VaultError::NotHeld
                    });
                };
                Ok((
                    copy,
                    caseload::last_times(index, patient)?,
                    caseload::state(index, patient, None)?.0.changed_since_last_look(),
                ))
            })?;
            let opened = self.open_current(patient, &copy).and_then(|file| {
                let first = read_checked(&file, DamagedPart::PatientFile, crate::projecting::read_first)?;
                Ok((file, first))
            });
            match opened {
                Ok((file, first)) => break (copy, last, changed, file, first),
                Err(_) if !self.is_live(patient, &copy)? => {}
                Err(error) => return Err(self.judged(error, &copy)),
            }
        };
        self.shared
            .with(|unlocked| caseload::note_look(&unlocked.index, patient, receipt.at()))?;
        let handle = Arc::new(Handle::new(Arc::downgrade(&self.shared), copy.file, file));
        self.shared.enter_open(patient, Opened::Copy, &handle)?;
        Ok(OpenPatient::new(patient.to_owned(), handle, first, last).with_changed(changed))
    }

    /// The newest entries of the access log, newest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn access_log(&self, limit: u32) -> Result<Vec<LoggedLook>, VaultError> {
        self.shared.with(|unlocked| log::newest(&unlocked.index, limit))
    }

    /// Walks the whole access log. Gives the number of entries when it is whole, or where it is broken first.
    ///
    /// # Errors
    /// When the index or the keychain cannot be read.
    pub fn verify_log(&self) -> Result<Result<u64, Broken>, VaultError> {
        let (device, id) = (&self.shared.device, self.shared.id.as_str());
        let locked = device.entry(id)?.ok_or(VaultError::NoSuchStore)?.chain;
        let anchor = erasing::farthest(locked, device.log_anchor(id)?);
        let check = self
            .shared
            .with(|unlocked| log::check(&unlocked.index, &unlocked.seal_key, &anchor))?;
        Ok(match check.broken {
            None => Ok(check.entries),
            Some(broken) => Err(broken),
        })
    }

    /// Runs statements on the index behind the access log's back, for tests of [`Self::verify_log`]: whoever has the
    /// passphrase and the keychain could do the same with tools of their own.
    ///
    /// # Errors
    /// When the index refuses.
    #[cfg(feature = "tampering")]
    pub fn tamper<T>(
        &self,
        with: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, VaultError> {
        self.shared
            .with(|unlocked| with(&unlocked.index).map_err(reading))
    }

    /// The oldest entries that the server does not have yet, oldest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn pending_audit(&self, limit: u32) -> Result<Vec<curlew_audit::Entry>, VaultError> {
        self.shared.with(|unlocked| log::waiting(&unlocked.index, limit))
    }

    /// Notes how the upload of an entry ended.
    ///
    /// # Errors
    /// When the index cannot be written.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the state is stored; the caller has no further use for it"
    )]
    pub fn mark_audit(&self, seq: u64, state: UploadState) -> Result<(), VaultError> {
        self.shared
            .with(|unlocked| log::mark(&unlocked.index, seq, &state))
    }

    // --- time ---

    /// When the server was last reached.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn last_server_contact(&self) -> Result<Option<DateTime<Utc>>, VaultError> {
        self.shared
            .with(|unlocked| Ok(caseload::time(clock(&unlocked.index, "server")?)))
    }

    /// Notes that the server was reached. Never moves backwards.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn set_server_contact(&self, now: DateTime<Utc>) -> Result<(), VaultError> {
        self.shared
            .with(|unlocked| set_clock(&unlocked.index, "server", now.timestamp_millis()))
    }

    /// The time to judge a lease by: the latest of the clock, the last contact and every time seen before, so that
    /// setting the clock back, or the folder, extends nothing.
    ///
    /// # Errors
    /// When the index cannot be read or written.
    pub fn effective_now(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, VaultError> {
        self.shared.with(|unlocked| {
            let index = &unlocked.index;
            let (seen, server) = (clock(index, "seen")?, clock(index, "server")?);
            let local = now.timestamp_millis();
            let latest = [seen, server].into_iter().flatten().fold(local, i64::max);
            // Written once a minute at most: reading a screen must not cost a flush to disk.
            if seen.is_none_or(|seen| latest - seen >= 60_000) {
                unlocked.apart(|unlocked| set_clock(&unlocked.index, "seen", latest))?;
            }
            Ok(if latest == local {
                now
            } else {
                caseload::time(Some(latest)).unwrap_or(now)
            })
        })
    }

    /// Locks the store: closes every file, wipes every key. What is called afterwards fails with
    /// [`VaultError::Locked`]; patients opened from it included.
    pub fn lock(&self) {
        self.shared.lock();
    }
}

#[cfg(test)]
mod tests;
