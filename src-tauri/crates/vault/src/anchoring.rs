//! Writing down in the keychain how far the access log goes, after every look and behind the looker's back.
//!
//! The log's own end lies in the index, and the newest of it in the index's write-ahead log. Whoever loses that file, by
//! rot or by deleting it, loses the last looks, and what is left is a shorter chain that is whole. The keychain remembers
//! that it was longer.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::device::{Device, LogAnchor};
use crate::stores::StoreId;
use crate::vault::guard;

/// Writes the newest anchor of one store; never more than one at a time, and never one that is not the newest.
pub(crate) struct Anchoring {
    device: Device,
    store: StoreId,
    state: Mutex<State>,
    written: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Option<LogAnchor>,
    /// Somebody is writing, and will look for what is waiting before they stop.
    writing: bool,
}

impl Anchoring {
    pub(crate) fn new(device: Device, store: StoreId) -> Arc<Self> {
        Arc::new(Self {
            device,
            store,
            state: Mutex::default(),
            written: Condvar::new(),
        })
    }

    /// Has an anchor written soon. Returns at once: a keychain takes many times as long as a look.
    pub(crate) fn note(self: &Arc<Self>, anchor: LogAnchor) {
        {
            let mut state = guard(&self.state);
            state.waiting = Some(anchor);
            if state.writing {
                return;
            }
            state.writing = true;
        }
        let me = Arc::clone(self);
        let begun = std::thread::Builder::new()
            .name("curlew-anchor".to_owned())
            .spawn(move || me.write());
        if let Err(error) = begun {
            // The next look tries again.
            guard(&self.state).writing = false;
            self.written.notify_all();
            tracing::warn!(%error, "the access log's end could not be anchored in the keychain");
        }
    }

    /// Waits until nothing is being written, however long the keychain takes.
    pub(crate) fn finish(&self) {
        let state = guard(&self.state);
        drop(
            self.written
                .wait_while(state, |state| state.writing)
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    fn write(&self) {
        loop {
            let anchor = {
                let mut state = guard(&self.state);
                let Some(anchor) = state.waiting.take() else {
                    state.writing = false;
                    self.written.notify_all();
                    return;
                };
                anchor
            };
            if let Err(error) = self.device.set_log_anchor(self.store.as_str(), &anchor) {
                tracing::warn!(%error, "the access log's end could not be anchored in the keychain");
            }
        }
    }
}
