//! What the app takes from the machine it runs on. Tests bring their own.

use chrono::{DateTime, Utc};
use curlew_sign_in::{Browser, SystemBrowser};
use curlew_sync::schedule::Conditions;
use curlew_vault::{Keychain, OsKeychain, SlotCost};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The time, as the machine's clock has it. The vault decides what to believe of it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Time since some moment, from a clock that nobody can set. On some systems it stands still while the machine sleeps.
pub type SteadyClock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The machine: keychain, browser, clock, and how hard a passphrase is made to guess.
#[derive(Clone)]
pub struct Host {
    /// Where device secrets and refresh tokens are kept.
    pub keychain: Arc<dyn Keychain>,
    /// What opens the sign-in page.
    pub browser: Arc<dyn Browser>,
    /// The time.
    pub clock: Clock,
    /// Time that only ever goes forwards, for idleness and sleep.
    pub steady: SteadyClock,
    /// Cost of deriving a key from a passphrase, for new stores.
    pub argon2: SlotCost,
    /// What the machine tells of its power and its network.
    pub conditions: Arc<dyn Fn() -> Conditions + Send + Sync>,
    /// The device's name, as written in the access log.
    pub device: String,
}

impl Host {
    /// The real machine.
    #[must_use]
    pub fn system() -> Self {
        Self {
            keychain: Arc::new(OsKeychain::new("uk.curlew.desktop")),
            browser: Arc::new(SystemBrowser),
            clock: Arc::new(Utc::now),
            steady: {
                let start = Instant::now();
                Arc::new(move || start.elapsed())
            },
            argon2: SlotCost::CALIBRATED,
            conditions: Arc::new(crate::background::conditions),
            device: device_name(),
        }
    }
}

/// The machine's host name, which is how its IT team knows it.
fn device_name() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}
