//! A keychain in memory that can be taken away.

use curlew_vault::{Keychain, KeychainError, MemoryKeychain};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Keeps what it is given, unless it has been told to fail.
#[derive(Debug, Default)]
pub struct FakeKeychain {
    entries: MemoryKeychain,
    failing: Mutex<Option<KeychainError>>,
    used: Mutex<BTreeSet<String>>,
}

impl FakeKeychain {
    /// From now on every call fails with this, or works again.
    pub fn fail(&self, with: Option<KeychainError>) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = with;
    }

    /// Names of everything that was ever put in it.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<String> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn check(&self) -> Result<(), KeychainError> {
        self.failing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .map_or(Ok(()), Err)
    }
}

impl Keychain for FakeKeychain {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        self.check()?;
        self.entries.get(account)
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        self.check()?;
        self.used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(account.to_owned());
        self.entries.set(account, secret)
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.check()?;
        self.entries.delete(account)
    }
}
