//! Clocks that stand still until they are moved.

use chrono::{DateTime, Duration, Utc};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The clock that can be set and the one that cannot. The first starts at the real time, because the sandbox's tokens carry
/// real times.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<Times>>);

#[derive(Debug)]
struct Times {
    wall: DateTime<Utc>,
    steady: std::time::Duration,
}

impl Default for FixedClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Times {
            wall: Utc::now(),
            steady: std::time::Duration::ZERO,
        })))
    }
}

impl FixedClock {
    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the clock says that can be set.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.times().wall
    }

    /// Time by the clock that cannot be set.
    #[must_use]
    pub fn steady(&self) -> std::time::Duration {
        self.times().steady
    }

    /// Lets time pass: both clocks move. Backwards, somebody has set the one that can be.
    pub fn advance(&self, by: Duration) {
        let mut times = self.times();
        times.wall += by;
        times.steady += by.to_std().unwrap_or_default();
    }

    /// Lets the machine sleep, as on Linux: the steady clock stands still.
    pub fn sleep(&self, by: Duration) {
        self.times().wall += by;
    }
}
