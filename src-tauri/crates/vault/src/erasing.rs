//! Erasing a patient: the key first, then the file. How it holds against old copies of the folder is told in
//! [`crate::copies`].

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::copies::{self, ErasureKey};
use crate::database::judge;
use crate::device::{Device, StoredKey};
use crate::error::{DamagedPart, VaultError};
use crate::keys;
use crate::stores::StoreId;
use crate::vault::{Opened, Vault, guard, set_clock};

fn reading(error: rusqlite::Error) -> VaultError {
    judge(error, DamagedPart::Index)
}

impl Vault {
    /// Erases a patient's copy, and says why on the caseload: the key first, then the file.
    ///
    /// Afterwards neither the file nor a copy of it, nor an old copy of the whole folder put back, opens with
    /// anything left on this computer. Erasing somebody who is not held only notes the reason.
    ///
    /// # Errors
    /// When the keychain or the index cannot be written: the copy is as before then, and the call can be repeated.
    pub fn forget(&self, patient: &str, reason: &str, now: DateTime<Utc>) -> Result<(), VaultError> {
        let writer = self.shared.writer(patient);
        let _only_writer = guard(&writer);
        self.shared.close_open(Some(patient), Some(Opened::Copy));
        let shared = &self.shared;
        let erased = shared.with(|unlocked| {
            set_clock(&unlocked.index, "seen", now.timestamp_millis())?;
            // Three steps, each of which may be the last: prepare the next key, use it, forget the old one. Unlocking
            // finishes what was cut off.
            let next = keys::make_key()?;
            let stored = StoredKey(keys::same_key(&next));
            shared.device.change(shared.id.as_str(), |entry| {
                entry.next_erasure = Some(stored);
                Ok(())
            })?;
            let next = ErasureKey {
                key: next,
                epoch: unlocked.erasure.epoch + 1,
            };
            let erased = copies::erase(&mut unlocked.index, &unlocked.erasure, &next, patient, reason)?;
            unlocked.erasure = next;
            shared.device.change(shared.id.as_str(), |entry| {
                entry.erasure = entry.next_erasure.take();
                entry.epoch += 1;
                Ok(())
            })?;
            // The write-ahead log still holds pages with the old rows.
            unlocked
                .index
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                .map_err(reading)?;
            Ok(erased)
        })?;
        shared.records.remove(&erased);
        shared.records.settle()
    }
}

/// Finishes or undoes a change of the erasure key that was cut off. Gives the key and the latest time seen.
pub(crate) fn settle_erasure(
    index: &Connection,
    device: &Device,
    id: &StoreId,
) -> Result<(ErasureKey, i64), VaultError> {
    let known = copies::epoch(index)?;
    let (key, epoch, seen) = device.change(id.as_str(), |entry| {
        if entry.next_erasure.is_some() && known == Some(entry.epoch + 1) {
            entry.erasure = entry.next_erasure.take();
            entry.epoch += 1;
        } else {
            entry.next_erasure = None;
        }
        let key = entry.erasure.as_ref().ok_or(VaultError::Destroyed)?;
        Ok((keys::same_key(&key.0), entry.epoch, entry.seen))
    })?;
    if known.is_none() {
        copies::set_epoch(index, epoch)?;
    }
    Ok((ErasureKey { key, epoch }, seen))
}
