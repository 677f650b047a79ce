//! A keychain in a file that a test names, so that a test of the built program needs no desktop session. Debug builds
//! only: a shipped program has the system's keychain and no other.

use curlew_vault::{Keychain, KeychainError};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Names the file: a JSON object from account to the bytes of its secret.
pub(crate) const VARIABLE: &str = "CURLEW_KEYCHAIN_FILE";

/// The file. Read and written whole at each call.
#[derive(Debug)]
pub(crate) struct KeychainFile(pub(crate) PathBuf);

type Entries = BTreeMap<String, Vec<u8>>;

impl KeychainFile {
    fn read(&self) -> Result<Entries, KeychainError> {
        let bytes = std::fs::read(&self.0).map_err(|_| KeychainError::Absent)?;
        // As a keychain is that waits for its own password.
        if bytes == b"locked" {
            return Err(KeychainError::Locked);
        }
        serde_json::from_slice(&bytes).map_err(|_| KeychainError::Refused("not a keychain file"))
    }

    fn change(&self, change: impl FnOnce(&mut Entries)) -> Result<(), KeychainError> {
        let mut entries = self.read()?;
        change(&mut entries);
        serde_json::to_vec(&entries)
            .ok()
            .and_then(|bytes| std::fs::write(&self.0, bytes).ok())
            .ok_or(KeychainError::Refused("the keychain file cannot be written"))
    }
}

impl Keychain for KeychainFile {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        Ok(self.read()?.remove(account))
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        self.change(|entries| _ = entries.insert(account.to_owned(), secret.to_vec()))
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.change(|entries| _ = entries.remove(account))
    }
}
