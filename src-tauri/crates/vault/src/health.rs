//! Whether the files of the stores look as they were written, for support: without a passphrase as far as that goes, and
//! with the store open to the last page. Nothing is opened for reading, set aside or repaired, and nobody is named.

use std::fs;
use std::path::Path;

use crate::copies::{self, CopyState};
use crate::error::{DamagedPart, VaultError, While};
use crate::keyslots::{self, KeySlots};
use crate::stores::{INDEX_FILE, RECORDS, StoreId, Vaults};
use crate::vault::Vault;

/// SQLCipher 4's page: every file is a whole number of them.
const PAGE: u64 = 4096;

/// What a store's folder shows from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreHealth {
    /// Its folder's name.
    pub store: StoreId,
    /// Files in it.
    pub files: usize,
    /// Their size together, in bytes.
    pub bytes: u64,
    /// What is wrong: a phrase each, naming files and nobody.
    pub problems: Vec<String>,
}

/// What the folder of all stores shows from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// By folder name.
    pub stores: Vec<StoreHealth>,
    /// Stores that somebody has set aside, which nothing uses any more.
    pub set_aside: usize,
}

/// What the copies of an open store show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copies {
    /// Every page authenticated.
    pub whole: usize,
    /// Damaged, found now: the files' names, which are random and name nobody.
    pub damaged: Vec<String>,
    /// Found damaged earlier, and waiting to be fetched again.
    pub set_aside: usize,
}

impl Vaults {
    /// Looks at the stores' files from outside.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn health(&self) -> Result<Health, VaultError> {
        let doing = "listing the stores";
        let mut health = Health::default();
        let listing = match fs::read_dir(self.root()) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(health),
            Err(source) => return Err(VaultError::Io { doing, source }),
        };
        for folder in listing {
            let folder = folder.while_doing(doing)?;
            let name = folder.file_name();
            match name.to_str() {
                Some(name) if name.contains(".aside-") => health.set_aside += 1,
                Some(name) => {
                    if let Some(store) = StoreId::parse(name) {
                        health.stores.push(self.store_health(store, &folder.path())?);
                    }
                }
                None => {}
            }
        }
        health.stores.sort_by(|a, b| a.store.cmp(&b.store));
        Ok(health)
    }

    fn store_health(&self, store: StoreId, folder: &Path) -> Result<StoreHealth, VaultError> {
        let mut health = StoreHealth {
            store,
            files: 0,
            bytes: 0,
            problems: Vec::new(),
        };
        match KeySlots::read(folder) {
            Ok(None) => health.problems.push(format!("{} is missing", keyslots::FILE)),
            Ok(Some(slots)) => {
                // Only the keychain can tell a changed key file from the one that was written.
                if let Ok(false) = self.slots_belong(&health.store, &slots) {
                    health.problems.push(format!(
                        "{} is not the one this device's keychain belongs to, or is damaged",
                        keyslots::FILE
                    ));
                }
            }
            Err(VaultError::Newer { .. }) => health.problems.push(format!(
                "{} was written by a newer version of Curlew",
                keyslots::FILE
            )),
            Err(_) => health.problems.push(format!("{} is damaged", keyslots::FILE)),
        }
        if !folder.join(INDEX_FILE).exists() {
            health.problems.push(format!("{INDEX_FILE} is missing"));
        }
        for place in [folder.to_owned(), folder.join(RECORDS)] {
            health.add_files(&place)?;
        }
        Ok(health)
    }
}

impl StoreHealth {
    fn add_files(&mut self, folder: &Path) -> Result<(), VaultError> {
        let doing = "looking at a store's files";
        let listing = match fs::read_dir(folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(VaultError::Io { doing, source }),
        };
        for file in listing {
            let file = file.while_doing(doing)?;
            let about = file.metadata().while_doing(doing)?;
            if !about.is_file() {
                continue;
            }
            self.files += 1;
            self.bytes += about.len();
            let name = file.file_name().to_string_lossy().into_owned();
            if name.ends_with(".db") {
                match about.len() {
                    0 => self.problems.push(format!("{name} is empty")),
                    length if length % PAGE != 0 => {
                        self.problems.push(format!("{name} ends in the middle of a page"));
                    }
                    _ => {}
                }
                if fs::File::open(file.path()).is_err() {
                    self.problems.push(format!("{name} cannot be read"));
                }
            }
        }
        Ok(())
    }
}

impl Vault {
    /// Reads every page of the index and of every copy, and says how many are as they were written. Lays nothing aside.
    ///
    /// # Errors
    /// When locked, or the index is damaged.
    pub fn check_copies(&self) -> Result<Copies, VaultError> {
        let mut found = Copies::default();
        let patients = self.shared.with(|unlocked| {
            if !every_page_authenticates(&unlocked.index)? {
                return Err(VaultError::Damaged {
                    what: DamagedPart::Index,
                });
            }
            crate::caseload::held_patients(&unlocked.index)
        })?;
        for patient in patients {
            let copy = self
                .shared
                .with(|unlocked| copies::find(&unlocked.index, &unlocked.erasure, &patient, CopyState::Live));
            let copy = match copy {
                Ok(Some(copy)) => copy,
                Ok(None) => {
                    found.set_aside += 1;
                    continue;
                }
                Err(VaultError::Damaged { .. }) => {
                    found.damaged.push("a copy whose key is damaged".to_owned());
                    continue;
                }
                Err(other) => return Err(other),
            };
            let opened = self.shared.records.open(&copy);
            match opened.and_then(|file| every_page_authenticates(&file)) {
                Ok(true) => found.whole += 1,
                // Refreshed or erased since it was looked up: what took its place was checked when it was written.
                _ if !self.is_live(&patient, &copy)? => {}
                Ok(false) | Err(VaultError::Damaged { .. }) => {
                    found.damaged.push(format!("{}.db", copy.file))
                }
                Err(other) => return Err(other),
            }
        }
        Ok(found)
    }
}

/// SQLCipher answers with a row for each page that does not authenticate.
fn every_page_authenticates(file: &rusqlite::Connection) -> Result<bool, VaultError> {
    match file.query_row("PRAGMA cipher_integrity_check", [], |_| Ok(())) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(true),
        Ok(()) => Ok(false),
        Err(error) => Err(crate::database::judge(error, DamagedPart::PatientFile)),
    }
}
