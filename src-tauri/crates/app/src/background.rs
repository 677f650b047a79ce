//! Contact that nobody asked for: after unlocking, when the network comes back, and every so often.
//!
//! Duties first: the access log goes up, then it is asked who may no longer be seen. Only then are copies brought up to
//! date, of those who are here already; whom to load in the first place is a person's decision. Nothing of it is told but
//! what has changed. A person who asks for a load does not wait for it: it ends where it stands.

use crate::app::blocking;
use crate::wire::Connection;
use crate::{App, Error};
use curlew_sign_in::CancellationToken;
use curlew_sync::schedule::{self, Conditions, Restraint};

/// How a contact of the app's own ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// Locked, signed out, or a person's own load is under way.
    NotNow,
    /// The record API could not be reached.
    Unreachable,
    /// The access log, the list and who may no longer be seen; no records, for this reason.
    Essential(&'static str),
    /// Everything: so many copies were met.
    Whole(usize),
}

impl App {
    /// Stays in contact for as long as the app runs: see this module. Never ends.
    pub async fn stay_current(&self) {
        let Some(every) = self
            .inner
            .settings
            .background
            .and_then(|every| every.to_std().ok())
        else {
            return;
        };
        let mut failures = 0;
        let mut wait = schedule::after_start(chance());
        loop {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // The machine says that the network is back: so does everybody else's, in the same second.
                () = self.inner.network.notified() => {
                    tokio::time::sleep(schedule::after_return(chance())).await;
                }
            }
            let was_offline = self.connection() == Some(Connection::Offline);
            let ended = self.contact_quietly().await;
            tracing::info!(?ended, "contact by itself");
            wait = match ended {
                Quiet::Unreachable => {
                    failures += 1;
                    schedule::after_failure(every, failures, chance())
                }
                _ => {
                    if was_offline && failures > 0 {
                        tracing::info!("the network is back");
                    }
                    failures = 0;
                    schedule::after_contact(every, chance())
                }
            };
        }
    }

    /// The machine says that it has a network again.
    pub fn network_returned(&self) {
        tracing::info!("the machine says that its network is back");
        self.inner.network.notify_one();
    }

    /// One contact of the app's own.
    pub async fn contact_quietly(&self) -> Quiet {
        self.pick_up_session().await;
        let Ok(sync) = self.sync() else {
            return Quiet::NotNow;
        };
        let vault = std::sync::Arc::clone(&sync.vault);
        let cancel = CancellationToken::new();
        let begun = self.with_store(&vault, |open| {
            if open.load.is_some() || open.quiet.is_some() {
                return false;
            }
            open.quiet = Some(cancel.clone());
            true
        });
        if begun != Some(true) {
            return Quiet::NotNow;
        }
        let ended = self.quiet_contact(&sync, &cancel).await;
        self.with_store(&vault, |open| open.quiet = None);
        self.push_status();
        match ended {
            Ok(ended) => ended,
            Err(Error::Api(error)) if error.is_no_contact() => Quiet::Unreachable,
            Err(error) => {
                tracing::info!(%error, "contact by itself came to nothing");
                Quiet::Unreachable
            }
        }
    }

    async fn quiet_contact(
        &self,
        sync: &curlew_sync::Sync,
        cancel: &CancellationToken,
    ) -> Result<Quiet, Error> {
        let restraint = schedule::restraint(
            (self.inner.host.conditions)(),
            self.inner.settings.background_on_metered,
        );
        if let Restraint::Essential(why) = restraint {
            // The access log, the list, and everybody held judged anew.
            self.refresh_through(sync).await?;
            return Ok(Quiet::Essential(why));
        }
        self.refresh_list(sync).await?;
        let store = std::sync::Arc::clone(&sync.vault);
        let cap = self.inner.settings.caseload_cap;
        let held = blocking(move || {
            let mut held: Vec<String> = store
                .caseload()?
                .into_iter()
                .filter(|person| person.held)
                .map(|person| person.patient)
                .collect();
            held.truncate(cap);
            Ok(held)
        })
        .await?;
        let report = sync.load(&held, &|_| {}, cancel).await;
        self.write_erasures(&sync.vault, &report.erased).await?;
        self.note_connection(&report);
        self.review(sync, &held).await?;
        Ok(Quiet::Whole(held.len()))
    }

    fn connection(&self) -> Option<Connection> {
        self.with_open(|open| open.connection)
    }

    /// Ends a contact of the app's own, if one is under way: a person wants something.
    pub(crate) fn end_quiet_contact(open: &mut crate::app::Open) {
        if let Some(quiet) = open.quiet.take() {
            quiet.cancel();
        }
    }
}

/// Chance, evenly over 0..=1; without a source of it, the longest wait is the polite one.
fn chance() -> f64 {
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}

/// What this machine tells of its power and its network. Linux tells the battery (`/sys/class/power_supply`) and, where
/// NetworkManager runs, whether the network is paid for by use; macOS the battery (`pmset`). Windows is not asked: both
/// answers need calls that this program makes none of, and policy's interval can be set to 0 there.
#[must_use]
pub(crate) fn conditions() -> Conditions {
    Conditions {
        battery: battery(),
        metered: metered(),
    }
}

#[cfg(target_os = "linux")]
fn battery() -> Option<u8> {
    let supplies = std::fs::read_dir("/sys/class/power_supply").ok()?;
    for supply in supplies.flatten() {
        let told = |what: &str| std::fs::read_to_string(supply.path().join(what)).unwrap_or_default();
        // Mice and pens have batteries too; theirs are of "Device" scope.
        let own = told("type").trim() == "Battery" && told("scope").trim() != "Device";
        if own && told("status").trim() == "Discharging" {
            return told("capacity").trim().parse().ok();
        }
    }
    None
}

#[cfg(target_os = "macos")]
fn battery() -> Option<u8> {
    let told = said_by("pmset", &["-g", "batt"])?;
    if !told.contains("Battery Power") {
        return None;
    }
    let (before, _) = told.split_once('%')?;
    before
        .rsplit(|letter: char| !letter.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn battery() -> Option<u8> {
    None
}

#[cfg(target_os = "linux")]
fn metered() -> Option<bool> {
    let told = said_by("nmcli", &["-t", "-f", "GENERAL.METERED", "device", "show"])?;
    let answers: Vec<&str> = told
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(_, word)| word)
        .collect();
    let paid = answers.iter().any(|word| word.starts_with("yes"));
    (!answers.is_empty()).then_some(paid)
}

#[cfg(not(target_os = "linux"))]
fn metered() -> Option<bool> {
    None
}

/// What a program of the system says; none when it is not there or does not answer well.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
