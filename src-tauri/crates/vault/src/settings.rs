//! What policy sets: the cost of a passphrase guess and how many are allowed.

use serde::{Deserialize, Serialize};

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
