//! What can go wrong in the vault, in terms a caller can act on. No message carries patient data.

use std::fmt;

use crate::keychain::KeychainError;

/// A failure of the vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The passphrase did not open the store. State and contents are as before; one attempt is spent.
    #[error("the passphrase did not open the store, {attempts_left} attempts left")]
    WrongPassphrase {
        /// Attempts left before the key slot is destroyed.
        attempts_left: u32,
    },
    /// The store's key slot has been destroyed, by too many wrong passphrases or on request. Nothing can open it.
    #[error("the store's key has been destroyed")]
    Destroyed,
    /// The OS keychain is absent, locked or refuses. Nothing is cached without it.
    #[error("the keychain of this computer cannot be used: {0}")]
    NoKeychain(String),
    /// No store of that id on this device.
    #[error("there is no such store on this device")]
    NoSuchStore,
    /// This person already has a store here: unlock it.
    #[error("this person already has a store on this device")]
    AlreadyExists,
    /// A file is damaged. It is kept as it is, set aside where it stands in the way.
    #[error("{what} is damaged")]
    Damaged {
        /// Which part.
        what: DamagedPart,
    },
    /// The file was made by a newer version of Curlew.
    #[error("made by a newer version of Curlew (format {found}, this version knows {known})")]
    Newer {
        /// Format found in the file.
        found: u32,
        /// Newest format this version knows.
        known: u32,
    },
    /// The disk could not be read or written.
    #[error("the disk could not be used while {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database engine refused.
    #[error("the store could not be used while {doing}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// No copy of this patient on this device.
    #[error("there is no copy of this patient on this device")]
    NotHeld,
    /// The copy here was made after the moment asked for.
    #[error("the copy of this patient on this device was made after that moment")]
    NotHeldThen,
    /// No such line in this patient's copy.
    #[error("there is no such line in this patient's copy")]
    NoSuchLine,
    /// The store has been locked since.
    #[error("the store is locked")]
    Locked,
    /// The receipt is not one for opening a record, or comes from another chain.
    #[error("what was written down does not open a record of this store")]
    NotAReceiptForOpening,
    /// The receipt or the policy's lease does not allow this copy to be read any more.
    #[error("the copy is too old to be read under this policy")]
    LeaseEnded,
    /// The operating system gave no random numbers, or key derivation found no memory.
    #[error("keys could not be made: {0}")]
    Keys(&'static str),
}

/// The part of a store that is damaged. Damage never spreads: each part fails by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DamagedPart {
    /// `keyslots.json`.
    KeySlots,
    /// `index.db`: the caseload, the keys of every patient and the access log.
    Index,
    /// One patient's file.
    PatientFile,
    /// The keychain entry.
    KeychainEntry,
}

impl fmt::Display for DamagedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeySlots => "the store's key file",
            Self::Index => "the store's index",
            Self::PatientFile => "the copy of this patient",
            Self::KeychainEntry => "the store's entry in the keychain",
        })
    }
}

impl From<KeychainError> for VaultError {
    fn from(error: KeychainError) -> Self {
        Self::NoKeychain(error.to_string())
    }
}

/// Attaches what was being done to an I/O or database failure.
pub(crate) trait While<T> {
    fn while_doing(self, doing: &'static str) -> Result<T, VaultError>;
}

impl<T> While<T> for Result<T, std::io::Error> {
    fn while_doing(self, doing: &'static str) -> Result<T, VaultError> {
        self.map_err(|source| VaultError::Io { doing, source })
    }
}

impl<T> While<T> for Result<T, rusqlite::Error> {
    fn while_doing(self, doing: &'static str) -> Result<T, VaultError> {
        self.map_err(|source| VaultError::Database { doing, source })
    }
}
