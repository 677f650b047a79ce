//! The OS keychain, as the vault needs it: small secrets by account name.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

/// A place for small secrets that the operating system guards per OS account.
pub trait Keychain: Send + Sync {
    /// The secret of an account; `None` when there is none.
    ///
    /// # Errors
    /// When the keychain is absent, locked or refuses.
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError>;

    /// Sets or replaces the secret of an account.
    ///
    /// # Errors
    /// When the keychain is absent, locked or refuses.
    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError>;

    /// Removes an account; nothing happens when there is none.
    ///
    /// # Errors
    /// When the keychain is absent, locked or refuses.
    fn delete(&self, account: &str) -> Result<(), KeychainError>;
}

/// Why the keychain cannot be used. The words never carry a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is none on this machine, or none is running.
    #[error("there is no keychain service")]
    Absent,
    /// It is there, but locked or unreachable.
    #[error("the keychain is locked or cannot be reached")]
    Locked,
    /// It refused for another reason.
    #[error("the keychain refused ({0})")]
    Refused(&'static str),
}

/// The operating system's keychain: Credential Manager, Keychain Services or the Secret Service.
#[derive(Debug, Clone)]
pub struct OsKeychain {
    service: String,
}

impl OsKeychain {
    /// A keychain whose entries carry `service` as their service name.
    #[must_use]
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
        }
    }

    fn entry(&self, account: &str) -> Result<keyring::Entry, KeychainError> {
        keyring::Entry::new(&self.service, account).map_err(|error| explain(&error))
    }
}

/// Two of the library's errors carry the secret's own bytes, so its words are never passed on.
fn explain(error: &keyring::Error) -> KeychainError {
    match error {
        keyring::Error::NoDefaultStore => KeychainError::Absent,
        keyring::Error::NoStorageAccess(_) => KeychainError::Locked,
        keyring::Error::PlatformFailure(_) => KeychainError::Refused("platform failure"),
        keyring::Error::Ambiguous(_) => KeychainError::Refused("more than one entry of the same name"),
        keyring::Error::TooLong(..) => KeychainError::Refused("entry too long"),
        keyring::Error::NotSupportedByStore(_) => KeychainError::Refused("not supported"),
        _ => KeychainError::Refused("unusable entry"),
    }
}

impl Keychain for OsKeychain {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        match self.entry(account)?.get_secret() {
            Ok(secret) => Ok(Some(secret)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(&error)),
        }
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        self.entry(account)?
            .set_secret(secret)
            .map_err(|error| explain(&error))
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        match self.entry(account)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(explain(&error)),
        }
    }
}

/// A keychain that lives as long as the process and is wiped with it.
///
/// For shared-desktop mode, where nothing may outlive the session, and for tests. It is never chosen because
/// the real one is missing: that is told to the user instead.
#[derive(Debug, Default)]
pub struct MemoryKeychain {
    entries: Mutex<HashMap<String, Zeroizing<Vec<u8>>>>,
}

impl MemoryKeychain {
    /// An empty keychain.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Keychain for MemoryKeychain {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.get(account).map(|secret| secret.to_vec()))
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(account.to_owned(), Zeroizing::new(secret.to_vec()));
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.remove(account);
        Ok(())
    }
}
