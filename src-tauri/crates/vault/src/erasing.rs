//! Erasing a patient: the key first, then the file. How it holds against old copies of the folder is told in
//! [`crate::copies`].

use chrono::{DateTime, Utc};
use curlew_audit::Head;
use rusqlite::Connection;

use crate::copies::{self, ErasureKey};
use crate::database::judge;
use crate::device::{Device, LogAnchor, StoredKey};
use crate::error::{DamagedPart, VaultError};
use crate::keys;
use crate::locking::Opened;
use crate::stores::StoreId;
use crate::vault::{Vault, guard, set_clock};

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
        let _one_at_a_time = guard(&shared.erasing);
        // Three steps, each of which may be the last: prepare the next key, use it, forget the old one. Unlocking finishes
        // what was cut off, and so does the next erasure, which must not throw away a key that is in use already. The index
        // is free for others while the keychain is asked.
        let epoch = shared.with(|unlocked| Ok(unlocked.erasure.epoch))?;
        let next = ErasureKey {
            key: keys::make_key()?,
            epoch: epoch + 1,
        };
        let stored = StoredKey(keys::same_key(&next.key));
        shared.device.change(shared.id.as_str(), |entry| {
            entry.reach_epoch(epoch);
            entry.next_erasure = Some(stored);
            Ok(())
        })?;
        let erased = shared.with(|unlocked| {
            set_clock(&unlocked.index, "seen", now.timestamp_millis())?;
            let erased = copies::erase(&mut unlocked.index, &unlocked.erasure, &next, patient, reason)?;
            unlocked.erasure = next;
            Ok(erased)
        })?;
        shared.device.change(shared.id.as_str(), |entry| {
            entry.reach_epoch(epoch + 1);
            Ok(())
        })?;
        shared.with(|unlocked| {
            // The write-ahead log still holds pages with the old rows.
            unlocked
                .index
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                .map_err(reading)
        })?;
        shared.records.remove(&erased);
        shared.records.settle()
    }
}

/// The keychain's side of a store that has just been unlocked.
pub(crate) struct Settled {
    pub(crate) erasure: ErasureKey,
    /// Latest time ever seen, in milliseconds since 1970.
    pub(crate) seen: i64,
    /// Where the audit chain stood when it was last anchored.
    pub(crate) anchored: Head,
}

/// The farther of what was anchored at the last lock and after the last look.
pub(crate) fn farthest(chain: Head, log: Option<LogAnchor>) -> Head {
    match log {
        Some(log) if log.head.seq > chain.seq => log.head,
        _ => chain,
    }
}

/// Finishes or undoes a change of the erasure key that was cut off.
pub(crate) fn settle_erasure(
    index: &Connection,
    device: &Device,
    id: &StoreId,
) -> Result<Settled, VaultError> {
    let known = copies::epoch(index)?;
    let log = match device.log_anchor(id.as_str()) {
        Ok(log) => log,
        Err(error @ VaultError::Damaged { .. }) => {
            // What was anchored at the last lock still stands, and the next look writes it anew.
            tracing::warn!(%error, "how far the access log goes can no longer be read from the keychain");
            None
        }
        Err(error) => return Err(error),
    };
    let settled = device.change(id.as_str(), |entry| {
        entry.reach_epoch(known.unwrap_or(entry.epoch));
        let key = entry.erasure.as_ref().ok_or(VaultError::Destroyed)?;
        Ok(Settled {
            erasure: ErasureKey {
                key: keys::same_key(&key.0),
                epoch: entry.epoch,
            },
            seen: log.map_or(entry.seen, |log| entry.seen.max(log.at)),
            anchored: farthest(entry.chain, log),
        })
    })?;
    if known.is_none() {
        copies::set_epoch(index, settled.erasure.epoch)?;
    }
    Ok(settled)
}
