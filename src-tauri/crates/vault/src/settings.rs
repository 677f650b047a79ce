//! What policy sets: the cost of a passphrase guess and how many are allowed.

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

impl Argon2Cost {
    /// The most memory that [`Self::calibrated`] asks for: a quarter of a GiB, which a four-year-old laptop has to spare.
    const MOST_MEMORY_KIB: u32 = 256 * 1024;

    /// The cost that takes this computer about `target` (the product asks for 250 to 500 ms), by timing one derivation
    /// at the floor. Memory is raised first, because memory is what a guesser's hardware is short of, then passes.
    /// Never below the floor.
    ///
    /// # Errors
    /// When there is not enough memory for the floor.
    pub fn calibrated(target: Duration) -> Result<Self, VaultError> {
        let start = Instant::now();
        keys::derive_from_passphrase(&SecretString::from("calibration"), &[0; 16], Self::FLOOR)?;
        Ok(Self::scaled(start.elapsed(), target))
    }

    /// The floor, scaled from what it took to what is wanted.
    fn scaled(floor_took: Duration, target: Duration) -> Self {
        let times = (target.as_secs_f64() / floor_took.as_secs_f64().max(1e-6)).clamp(1.0, 1_000.0);
        let memory = (f64::from(Self::FLOOR.memory_kib) * times).min(f64::from(Self::MOST_MEMORY_KIB));
        let left = times * f64::from(Self::FLOOR.memory_kib) / memory;
        let iterations = (f64::from(Self::FLOOR.iterations) * left)
            .round()
            .clamp(2.0, 20.0);
        Self {
            memory_kib: memory.round() as u32,
            iterations: iterations as u32,
            parallelism: 1,
        }
        .at_least_floor()
    }
}

impl Default for Argon2Cost {
    /// 64 MiB, three passes, one lane: RFC 9106's second recommended choice in memory and passes, on one lane because
    /// the derivation runs on one thread.
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            iterations: 3,
            parallelism: 1,
        }
    }
}

/// Settings of every store on this device.
///
/// The fields are taken as they are, so that tests can be quick; the product builds its settings with
/// [`VaultSettings::product`], which never goes below the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultSettings {
    /// Cost of a passphrase guess in new key slots. Existing slots keep the cost written in them.
    pub argon2: Argon2Cost,
    /// Wrong passphrases after which a store's key slot is destroyed.
    pub max_attempts: u32,
}

impl VaultSettings {
    /// Settings for the product: policy's wishes, but never below [`Argon2Cost::FLOOR`] nor without an attempt.
    #[must_use]
    pub fn product(argon2: Argon2Cost, max_attempts: u32) -> Self {
        Self {
            argon2: argon2.at_least_floor(),
            max_attempts: max_attempts.max(1),
        }
    }
}

impl Default for VaultSettings {
    /// The default cost, and the five attempts that NHS login and comparable deployments allow a PIN (`domain.md` 4b).
    fn default() -> Self {
        Self::product(Argon2Cost::default(), 5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(cost: Argon2Cost) -> f64 {
        f64::from(cost.memory_kib) * f64::from(cost.iterations)
    }

    #[test]
    fn a_slow_computer_gets_the_floor_and_a_fast_one_gets_memory_first() {
        let target = Duration::from_millis(350);
        assert_eq!(
            Argon2Cost::scaled(Duration::from_millis(900), target),
            Argon2Cost::FLOOR
        );
        let quick = Argon2Cost::scaled(Duration::from_millis(50), target);
        assert_eq!((quick.iterations, quick.memory_kib), (2, 7 * 19 * 1024));
        let quicker = Argon2Cost::scaled(Duration::from_millis(5), target);
        assert_eq!(quicker.memory_kib, Argon2Cost::MOST_MEMORY_KIB);
        let times = work(quicker) / work(Argon2Cost::FLOOR);
        assert!((60.0..80.0).contains(&times), "{times}");
        for nanos in [0, 1, 1_000_000_000_000] {
            let cost = Argon2Cost::scaled(Duration::from_nanos(nanos), target);
            assert_eq!(cost, cost.at_least_floor(), "{nanos} ns");
        }
    }

    #[test]
    fn a_calibrated_cost_can_be_used() {
        let cost = Argon2Cost::calibrated(Duration::from_millis(1)).expect("enough memory");
        assert_eq!(cost, cost.at_least_floor());
    }
}
