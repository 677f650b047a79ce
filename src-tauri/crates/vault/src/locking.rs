//! Locking: at once, whatever else is going on.
//!
//! Somebody else is waiting for the desktop. Locking therefore waits for no load, no search and no keychain: work under way
//! is told to stop, which every statement of the engine notices within microseconds and answers with
//! [`VaultError::Locked`]; each change is a transaction, so what was cut off leaves the store as it was.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Weak};
use std::time::Duration;

use curlew_audit::Head;
use rusqlite::Connection;

use crate::anchoring::Anchoring;
use crate::error::{VaultError, While};
use crate::log;
use crate::open_patient::Handle;
use crate::vault::{Shared, Unlocked, clock, guard};

/// How many steps of the engine's machine lie between two looks at the flag. A step takes some tens of nanoseconds.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;

/// Locking waits this long for the keychain and then lets it finish by itself: a keychain may be asking its user
/// something, and what it would be told here is only how far the access log goes.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// Says to all work of one store that it is being locked.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Makes every statement of a connection end early once the store is being locked.
    pub(crate) fn watch(&self, connection: &mut Connection) -> Result<(), VaultError> {
        let told = Arc::clone(&self.0);
        connection
            .progress_handler(STEPS_BETWEEN_LOOKS, Some(move || told.load(Ordering::Relaxed)))
            .while_doing("opening a file")
    }

    fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What an open handle leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opened {
    /// A copy that is kept here.
    Copy,
    /// A record that is shown and not kept.
    Shown,
    /// A copy that is kept here, as it was at an earlier moment.
    Past,
}

/// An open handle, as locking and erasing find it.
pub(crate) struct OpenHandle {
    patient: String,
    what: Opened,
    handle: Weak<Handle>,
}

/// How far the access log goes and what time it is, for the keychain, where putting an old copy of the folder back does
/// not undo them.
struct Anchor {
    /// The log's end. `None` when it no longer holds what was anchored: anchoring it again would heal the evidence.
    head: Option<Head>,
    seen: i64,
    /// What is still being written after the last look.
    after_looks: Option<Arc<Anchoring>>,
}

impl Shared {
    /// Remembers an open handle, so that locking closes it. Whoever lost the race against locking is closed at once.
    pub(crate) fn enter_open(
        &self,
        patient: &str,
        what: Opened,
        handle: &Arc<Handle>,
    ) -> Result<(), VaultError> {
        let mut open = guard(&self.open);
        // Locking forgets the keys first and closes what is listed second: seen from in here, it is either still to come
        // or has been.
        if guard(&self.unlocked).is_none() {
            handle.close();
            return Err(VaultError::Locked);
        }
        open.push(OpenHandle {
            patient: patient.to_owned(),
            what,
            handle: Arc::downgrade(handle),
        });
        Ok(())
    }

    /// Closes the open handles of a patient, or of all; of one kind, or of both.
    pub(crate) fn close_open(&self, patient: Option<&str>, what: Option<Opened>) {
        guard(&self.open).retain(|open| {
            let closes = patient.is_none_or(|patient| patient == open.patient)
                && what.is_none_or(|what| {
                    // The past of a copy goes with the copy.
                    what == open.what || (what == Opened::Copy && open.what == Opened::Past)
                });
            match open.handle.upgrade() {
                Some(handle) if closes => {
                    handle.close();
                    false
                }
                Some(_) => true,
                None => false,
            }
        });
    }

    /// Closes every file and wipes every key.
    pub(crate) fn lock(&self) {
        self.stop.tell();
        let unlocked = guard(&self.unlocked).take();
        let anchor = unlocked.map(|unlocked| self.anchor(unlocked));
        self.close_open(None, None);
        self.records.let_go();
        match anchor {
            Some(Ok(anchor)) => self.write_anchor(anchor),
            Some(Err(error)) => tracing::warn!(%error, "the access log's end could not be read to anchor it"),
            None => {}
        }
    }

    /// Reads what is to be anchored, and lets go of the index and the keys.
    fn anchor(&self, mut unlocked: Unlocked) -> Result<Anchor, VaultError> {
        let index = &mut unlocked.index;
        index
            .progress_handler(0, None::<fn() -> bool>)
            .while_doing("closing the store")?;
        let anchored = &unlocked.anchored;
        let head = log::head(index, &unlocked.seal_key)?;
        let holds = anchored.seq == 0 || log::holds(index, anchored.seq, &anchored.digest)?;
        Ok(Anchor {
            head: holds.then_some(head),
            after_looks: unlocked.anchoring.take(),
            seen: clock(index, "seen")?.unwrap_or(i64::MIN),
        })
    }

    fn write_anchor(&self, anchor: Anchor) {
        let (device, id) = (self.device.clone(), self.id.clone());
        let write = move || {
            if let Some(after_looks) = &anchor.after_looks {
                after_looks.finish();
            }
            let written = device.change(id.as_str(), |entry| {
                entry.chain = anchor.head.unwrap_or(entry.chain);
                entry.seen = entry.seen.max(anchor.seen);
                Ok(())
            });
            if let Err(error) = written {
                tracing::warn!(%error, "the access log's end could not be anchored in the keychain");
            }
        };
        let (done, wait) = mpsc::channel::<()>();
        let begun = std::thread::Builder::new()
            .name("curlew-anchor".to_owned())
            .spawn(move || {
                write();
                // Hanging up is the answer; nobody listens any more when it took too long.
                drop(done);
            });
        match begun {
            Ok(_) => _ = wait.recv_timeout(LONGEST_WAIT),
            Err(error) => {
                tracing::warn!(%error, "the access log's end could not be anchored in the keychain")
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.lock();
    }
}
