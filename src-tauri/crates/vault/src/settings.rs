//! What policy sets: the cost of a passphrase guess and how many are allowed.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use curlew_redact::SecretString;
use serde::{Deserialize, Serialize};

use crate::error::VaultError;
use crate::keys;

/// The cost of one Argon2id derivation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Argon2Cost {
    /// The least that OWASP's password storage guidance accepts for Argon2id: 19 MiB, two passes, one lane.
    pub const FLOOR: Self = Self {
        memory_kib: 19 * 1024,
        iterations: 2,
        parallelism: 1,
    };

    /// The same cost, raised to [`Self::FLOOR`] wherever it lies below.
    #[must_use]
    pub fn at_least_floor(self) -> Self {
        Self {
            memory_kib: self.memory_kib.max(Self::FLOOR.memory_kib),
            iterations: self.iterations.max(Self::FLOOR.iterations),
            parallelism: self.parallelism.max(Self::FLOOR.parallelism),
        }
    }
}

/// How long a derivation may take: long enough to make guessing dear, short enough for somebody in a hurry.
const WANTED: RangeInclusive<Duration> = Duration::from_millis(250)..=Duration::from_millis(500);
/// What is aimed at within [`WANTED`].
const AIM: Duration = Duration::from_millis(350);
/// Derivations that are timed at most: a computer that is busy with something else never settles.
const MOST_ROUNDS: usize = 4;

impl Argon2Cost {
    /// The most memory that [`SlotCost::CALIBRATED`] asks for: a quarter of a GiB, which a four-year-old laptop has to spare.
    const MOST_MEMORY_KIB: u32 = 256 * 1024;
    /// The most passes it asks for. Slots of up to 64 are opened.
    const MOST_ITERATIONS: u32 = 48;

    /// The cost that takes this computer 250 to 500 ms, found by timing derivations from the floor up. Never below the floor,
    /// however slow the computer is.
    fn calibrated(took: impl Fn(Self) -> Result<Duration, VaultError>) -> Result<Self, VaultError> {
        let mut cost = Self::FLOOR;
        for _ in 0..MOST_ROUNDS {
            let Ok(time) = took(cost) else {
                // There is not enough memory for that; the floor was found to be possible in the first round, or the
                // derivation itself will say that it is not.
                return Ok(Self::FLOOR);
            };
            let next = cost.scaled(time);
            if WANTED.contains(&time) || next == cost {
                break;
            }
            cost = next;
        }
        Ok(cost)
    }

    /// This cost, scaled from what it took to what is aimed at. Memory is raised first, because memory is what a
    /// guesser's hardware is short of, then passes.
    fn scaled(self, took: Duration) -> Self {
        let times = (AIM.as_secs_f64() / took.as_secs_f64().max(1e-6)).clamp(1e-3, 1e3);
        let work = f64::from(self.memory_kib) * f64::from(self.iterations) * times;
        let memory = (work / f64::from(Self::FLOOR.iterations)).min(f64::from(Self::MOST_MEMORY_KIB));
        Self {
            memory_kib: memory.round() as u32,
            iterations: ((work / memory).round() as u32).min(Self::MOST_ITERATIONS),
            parallelism: 1,
        }
        .at_least_floor()
    }
}

/// Times one derivation.
pub type Stopwatch = fn(Argon2Cost) -> Result<Duration, VaultError>;

fn time_one(cost: Argon2Cost) -> Result<Duration, VaultError> {
    let start = Instant::now();
    keys::derive_from_passphrase(&SecretString::from("calibration"), &[0; 16], cost)?;
    Ok(start.elapsed())
}

/// Where the cost of a new key slot comes from.
#[derive(Debug, Clone, Copy)]
pub enum SlotCost {
    /// This cost, however low. For tests, and for policy that has measured its own machines.
    Fixed(Argon2Cost),
    /// Whatever takes this computer 250 to 500 ms by this stopwatch, measured whenever a slot is made: when a store is, and
    /// whenever its passphrase changes. Never below [`Argon2Cost::FLOOR`].
    Calibrated(Stopwatch),
}

impl SlotCost {
    /// What the product uses.
    pub const CALIBRATED: Self = Self::Calibrated(time_one);

    /// The cost for a slot that is being made now. Takes a second or two when it has to be measured.
    pub(crate) fn now(self) -> Result<Argon2Cost, VaultError> {
        match self {
            Self::Fixed(cost) => Ok(cost),
            Self::Calibrated(took) => Argon2Cost::calibrated(took),
        }
    }
}

impl From<Argon2Cost> for SlotCost {
    fn from(cost: Argon2Cost) -> Self {
        Self::Fixed(cost)
    }
}

/// Settings of every store on this device.
///
/// The fields are taken as they are, so that tests can be quick; the product builds its settings with
/// [`VaultSettings::product`], which never goes below the floor.
#[derive(Debug, Clone, Copy)]
pub struct VaultSettings {
    /// Cost of a passphrase guess in new key slots. Existing slots keep the cost written in them.
    pub argon2: SlotCost,
    /// Wrong passphrases after which a store's key slot is destroyed.
    pub max_attempts: u32,
}

impl VaultSettings {
    /// Settings for the product: policy's wishes, but never below [`Argon2Cost::FLOOR`] nor without an attempt.
    #[must_use]
    pub fn product(argon2: SlotCost, max_attempts: u32) -> Self {
        Self {
            argon2: match argon2 {
                SlotCost::Fixed(cost) => cost.at_least_floor().into(),
                calibrated @ SlotCost::Calibrated(_) => calibrated,
            },
            max_attempts: max_attempts.max(1),
        }
    }
}

impl Default for VaultSettings {
    /// A calibrated cost, and the five attempts that NHS login and comparable deployments allow a PIN (`domain.md` 4b).
    fn default() -> Self {
        Self::product(SlotCost::CALIBRATED, 5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(cost: Argon2Cost) -> f64 {
        f64::from(cost.memory_kib) * f64::from(cost.iterations)
    }

    /// A computer that does `speed` KiB of one pass in a millisecond.
    fn computer(speed: f64) -> impl Fn(Argon2Cost) -> Result<Duration, VaultError> {
        move |cost| Ok(Duration::from_secs_f64(work(cost) / speed / 1_000.0))
    }

    #[test]
    fn a_slow_computer_gets_the_floor_and_a_fast_one_gets_memory_first() {
        let on = |speed| Argon2Cost::calibrated(computer(speed)).expect("a cost");
        assert_eq!(
            on(10.0),
            Argon2Cost::FLOOR,
            "seconds at the floor, and still the floor"
        );
        // 50 ms at the floor: seven times the memory.
        let quick = on(work(Argon2Cost::FLOOR) / 50.0);
        assert_eq!((quick.iterations, quick.memory_kib), (2, 7 * 19 * 1024));
        let quicker = on(work(Argon2Cost::FLOOR) / 5.0);
        assert_eq!(quicker.memory_kib, Argon2Cost::MOST_MEMORY_KIB);
        assert!(quicker.iterations > 2);
        // Whatever the computer: within what is wanted, or at one of the two ends.
        for speed in 1..2_000 {
            let speed = f64::from(speed) * 10.0;
            let cost = on(speed);
            assert_eq!(cost, cost.at_least_floor());
            let time = computer(speed)(cost).expect("a time");
            let at_an_end = cost == Argon2Cost::FLOOR || cost.iterations == Argon2Cost::MOST_ITERATIONS;
            assert!(
                WANTED.contains(&time) || at_an_end,
                "{speed}: {cost:?} takes {time:?}"
            );
        }
    }

    #[test]
    fn a_computer_that_is_busy_for_a_moment_is_measured_again() {
        // The first derivation takes five times as long as it should, as when its memory has to be found first.
        let first = std::cell::Cell::new(true);
        let honest = computer(2_000.0);
        let cost = Argon2Cost::calibrated(|cost| {
            let times = if first.replace(false) { 5 } else { 1 };
            Ok(honest(cost)? * times)
        })
        .expect("a cost");
        assert!(WANTED.contains(&honest(cost).expect("a time")), "{cost:?}");
    }

    #[test]
    fn a_computer_short_of_memory_gets_the_floor() {
        let cost = Argon2Cost::calibrated(|cost| {
            if cost.memory_kib > 32 * 1024 {
                return Err(VaultError::Keys("there was not enough memory for the passphrase"));
            }
            Ok(Duration::from_millis(20))
        });
        assert_eq!(cost.expect("a cost"), Argon2Cost::FLOOR);
    }

    #[test]
    fn a_cost_calibrated_on_this_computer_can_be_used() {
        let cost = SlotCost::CALIBRATED.now().expect("enough memory");
        assert_eq!(cost, cost.at_least_floor());
        assert!(time_one(cost).is_ok());
    }
}
