//! After a lock, a new program: what the old one held in memory is given back to the system, all of it.
//!
//! Wiping what was freed is not enough. Measured after a lock, with every freed block overwritten: the web view still held
//! every fact it had shown, and this program some of them, in places that belong to the toolkit. So once a store has been
//! locked, for whatever reason, this process ends and the same program starts again, on its lock screen, in the same place.
//! Nothing is lost by it: a lock keeps nothing but what is in the store and the keychain, and that is what a start finds.

use curlew_app::{App, Event, wire::Stage};
use std::env;
use std::ffi::OsString;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use tauri::{AppHandle, Manager as _};

use crate::asked::Asked;
use crate::clipboard::Clipboard;
use crate::window::{self, Place};

/// Set by real-window tests that go on in the same window after a lock: their driver knows one process only. A shipped
/// program does not look.
const STAY: &str = "CURLEW_STAY_AFTER_LOCK";

/// Watches for a lock.
#[derive(Debug)]
pub(crate) struct Renewal {
    /// What second starts ask for from then on is for the next program.
    asked: Arc<Asked>,
    was_open: AtomicBool,
    /// Once a lock has been seen.
    begun: Mutex<Option<Successor>>,
}

/// What the next program is told.
#[derive(Debug)]
struct Successor {
    place: Place,
    /// Why it was locked, in the app's own words, which are about no patient.
    notice: Option<String>,
}

/// Environment variable for the words on the lock screen.
const NOTICE: &str = "CURLEW_NOTICE";

/// What the program before this one had to say, if it ended at a lock.
pub(crate) fn notice() -> Option<String> {
    env::var(NOTICE).ok()
}

impl Renewal {
    pub(crate) fn new(asked: Arc<Asked>) -> Self {
        Self {
            asked,
            was_open: AtomicBool::new(false),
            begun: Mutex::new(None),
        }
    }

    /// Looks at what is pushed to the window. When it says that an open store is open no longer, this process ends as soon as
    /// nothing more is to be sent in its name.
    pub(crate) fn watch(&self, handle: &AppHandle, event: &Event) {
        let Event::Status(status) = event else { return };
        let open = status.stage == Stage::Open;
        let locked = self.was_open.swap(open, Ordering::Relaxed) && !open;
        if !locked || (cfg!(debug_assertions) && env::var_os(STAY).is_some()) {
            return;
        }
        self.asked.ends();
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Successor {
            place: window::place(handle),
            notice: status.notice.clone(),
        });
        let handle = handle.clone();
        tauri::async_runtime::spawn(async move {
            handle.state::<App>().last_entries_sent().await;
            handle.state::<Clipboard>().take_out().await;
            handle.exit(0);
        });
    }

    /// Starts the program again with these arguments, if it ended because of a lock. Returns only where there is nothing to
    /// start, where the system makes a new process of it, or with the words for why it could not be started.
    pub(crate) fn start_again(&self, arguments: Vec<OsString>) -> Result<(), String> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(next) = begun.as_ref() else {
            return Ok(());
        };
        let failed = |error: std::io::Error| format!("Curlew could not start again after the lock: {error}.");
        let mut command = Command::new(env::current_exe().map_err(failed)?);
        command.args(arguments).env(window::PLACE, next.place.to_string());
        match &next.notice {
            Some(words) => command.env(NOTICE, words),
            None => command.env_remove(NOTICE),
        };
        take_over(command).map_err(failed)
    }
}

/// The new program takes this process's place: whoever started Curlew and waits for its end goes on waiting.
#[cfg(unix)]
fn take_over(mut command: Command) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

/// Windows cannot put a new program into a process; it starts beside this one, which ends.
#[cfg(not(unix))]
fn take_over(mut command: Command) -> std::io::Result<()> {
    command.spawn().map(drop)
}
