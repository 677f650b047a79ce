//! Stand-ins for tests without a window: a keychain, a clock, a browser; and the device that is made of them.

mod browser;
mod clock;
mod contact;
mod device;
mod keychain;
pub mod marked;
mod records;
mod wire;

pub use browser::ScriptedBrowser;
pub use clock::FixedClock;
pub use contact::{Asking, Contact};
pub use device::{Device, PASSPHRASE, Shown, plain_words, screens};
pub use keychain::FakeKeychain;
pub use records::{records, skip};
pub use wire::{Served, served};

use chrono::NaiveDate;
use curlew_sandbox::{Options, Running, Sandbox, Source, StartError};

/// A sandbox with the first people of the synthetic population, which are the written stories.
///
/// # Errors
/// When no port is free.
pub fn sandbox(patients: usize) -> Result<Running, StartError> {
    Sandbox::start(Options {
        source: population(patients),
        ..Options::default()
    })
}

/// The synthetic population, told today: copies and appointments have the ages that a demo shows.
#[must_use]
pub fn population(patients: usize) -> Source {
    let today: NaiveDate = chrono::Utc::now().date_naive();
    Source::Population {
        seed: 1,
        patients,
        today,
    }
}
