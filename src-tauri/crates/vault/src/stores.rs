//! The stores of this device: one folder per user, named so that a listing names nobody.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use curlew_redact::{Key, SecretString};

use crate::database::{self, Expect, open_database};
use crate::device::{Device, DeviceEntry, StoredKey};
use crate::error::{DamagedPart, VaultError, While};
use crate::keychain::{Keychain, MemoryKeychain};
use crate::keys;
use crate::keyslots::{self, KeySlots, sync_folder};
use crate::records::{self, Files};
use crate::settings::VaultSettings;
use crate::vault::Vault;

/// Name of the index in a store's folder.
pub(crate) const INDEX_FILE: &str = "index.db";
/// Name of the folder of patients' files in a store's folder.
pub(crate) const RECORDS: &str = "records";

/// A store's name: 32 hexadecimal digits that only this device can connect with a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreId(String);

impl StoreId {
    /// Reads a store's name; `None` for anything that is not one, such as a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StoreId {
    type Err = NotAStoreId;

    fn from_str(text: &str) -> Result<Self, NotAStoreId> {
        Self::parse(text).ok_or(NotAStoreId)
    }
}

/// The text is not a store's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a store")]
pub struct NotAStoreId;

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person, as their identity provider names them.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's issuer URL.
    pub issuer: String,
    /// The person's subject at that issuer.
    pub subject: String,
    /// Whose store it is, in words, for the unlock screen. Kept in the OS keychain, not on the disk.
    pub label: String,
}

/// A store that can be unlocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreInfo {
    /// Its name.
    pub id: StoreId,
    /// Whose it is.
    pub label: String,
    /// Passphrases that may still be tried; 0 when its key has been destroyed.
    pub attempts_left: u32,
}

/// Every store on this device.
pub struct Vaults {
    root: PathBuf,
    device: Device,
    settings: VaultSettings,
}

impl Vaults {
    /// The stores below `root`, with their secrets in `keychain`. Touches nothing yet.
    #[must_use]
    pub fn new(root: PathBuf, keychain: Arc<dyn Keychain>, settings: VaultSettings) -> Self {
        Self {
            root,
            device: Device::new(keychain),
            settings,
        }
    }

    /// The folder of all stores.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether this key file is the one that the store's keychain entry belongs to.
    pub(crate) fn slots_belong(&self, store: &StoreId, slots: &KeySlots) -> Result<bool, VaultError> {
        let Some(entry) = self.device.entry(store.as_str())? else {
            return Ok(false);
        };
        Ok([&entry.secret, &entry.next_secret]
            .into_iter()
            .flatten()
            .any(|secret| slots.belongs_to(store.as_str(), &secret.0)))
    }

    fn folder(&self, store: &StoreId) -> PathBuf {
        self.root.join(&store.0)
    }

    fn attempts_left(&self, entry: &DeviceEntry) -> u32 {
        if entry.is_destroyed() {
            0
        } else {
            self.settings.max_attempts.saturating_sub(entry.attempts)
        }
    }

    /// Every store, by label.
    ///
    /// # Errors
    /// When the keychain cannot be used or the folder cannot be read.
    pub fn stores(&self) -> Result<Vec<StoreInfo>, VaultError> {
        let doing = "listing the stores";
        let listing = match std::fs::read_dir(&self.root) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(VaultError::Io { doing, source }),
        };
        let mut stores = Vec::new();
        for folder in listing {
            let folder = folder.while_doing(doing)?;
            let Some(id) = folder.file_name().to_str().and_then(StoreId::parse) else {
                continue;
            };
            let entry = match self.device.entry(id.as_str()) {
                Ok(Some(entry)) => entry,
                Ok(None) => continue,
                // One that cannot be read is listed all the same, so that its owner is told when they try; it keeps nobody
                // else from theirs.
                Err(VaultError::Damaged { .. }) => {
                    stores.push(StoreInfo {
                        attempts_left: self.settings.max_attempts,
                        label: "A store whose entry in the keychain is damaged".to_owned(),
                        id,
                    });
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Without its key file a store was never finished, unless the keychain says that it was destroyed.
            if entry.is_destroyed() || folder.path().join(keyslots::FILE).exists() {
                stores.push(StoreInfo {
                    attempts_left: self.attempts_left(&entry),
                    label: entry.label,
                    id,
                });
            }
        }
        stores.sort_by(|a, b| a.label.cmp(&b.label).then_with(|| a.id.cmp(&b.id)));
        Ok(stores)
    }

    /// The store of a person, when there is one on this device.
    ///
    /// # Errors
    /// When the keychain cannot be used.
    pub fn store_of(&self, issuer: &str, subject: &str) -> Result<Option<StoreId>, VaultError> {
        let Some(key) = self.device.folder_key()? else {
            return Ok(None);
        };
        let id = name(&key, issuer, subject)?;
        let entered = match self.device.entry(id.as_str()) {
            // There is one, and unlocking it will say what is wrong with it.
            Err(VaultError::Damaged { .. }) => true,
            entry => entry?.is_some(),
        };
        let known = entered && self.folder(&id).exists();
        Ok(known.then_some(id))
    }

    /// Makes a person's store and opens it. A store whose key has been destroyed is replaced; one that cannot be opened
    /// for another reason is set aside.
    ///
    /// # Errors
    /// [`VaultError::AlreadyExists`] when there is one that still can be unlocked; [`VaultError::NoKeychain`] when
    /// the device secret has nowhere to live: nothing is cached then.
    pub fn create(
        &self,
        identity: &Identity,
        passphrase: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<Vault, VaultError> {
        let doing = "making the store";
        let id = name(
            &self.device.folder_key_or_make()?,
            &identity.issuer,
            &identity.subject,
        )?;
        let folder = self.folder(&id);
        let entry = match self.device.entry(id.as_str()) {
            // Its store has been set aside: there is nothing left that this entry could open.
            Err(VaultError::Damaged { .. }) if !folder.exists() => None,
            entry => entry?,
        };
        let destroyed = entry.as_ref().is_some_and(DeviceEntry::is_destroyed);
        if entry.is_some() && !destroyed && folder.join(keyslots::FILE).exists() {
            return Err(VaultError::AlreadyExists);
        }
        if folder.exists() {
            if destroyed {
                // What is left is noise.
                std::fs::remove_dir_all(&folder).while_doing(doing)?;
            } else {
                // The keychain was reset, the key file is lost, or a store was never finished. Its files cannot be
                // opened, but that is not ours to judge for good.
                self.set_aside(&id)?;
            }
        }
        make_folder(&folder.join(RECORDS)).while_doing(doing)?;
        // Of an earlier store of the same name: how far its log went says nothing about this one's.
        self.device.forget(id.as_str())?;
        let entry = DeviceEntry::make(identity.label.clone(), now.timestamp_millis())?;
        self.device.set_entry(id.as_str(), &entry)?;
        let root = keys::make_key()?;
        drop(open_database(
            &records::on_disk(&folder.join(INDEX_FILE)),
            &index_key(&root)?,
            &database::INDEX,
            Expect::Absent,
        )?);
        let secret = entry.secret.as_ref().ok_or(VaultError::Destroyed)?;
        // Last: from here on the store exists.
        let cost = self.settings.argon2.now()?;
        KeySlots::make(id.as_str(), &root, &secret.0, passphrase, cost)?.write(&folder)?;
        sync_folder(&self.root)?;
        Vault::open_store(id, &folder, self.device.clone(), &root, now)
    }

    /// Unlocks a store.
    ///
    /// The attempt is counted in the keychain before it is made, so that neither a crash nor an old copy of the
    /// folder gives it back.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::Destroyed`] after the last attempt, [`VaultError::Damaged`]
    /// with the part that is, [`VaultError::Newer`].
    pub fn unlock(
        &self,
        store: &StoreId,
        passphrase: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<Vault, VaultError> {
        let root = self.root_key(store, passphrase)?;
        Vault::open_store(
            store.clone(),
            &self.folder(store),
            self.device.clone(),
            &root,
            now,
        )
    }

    /// Changes the passphrase. Nothing is encrypted again; the old passphrase opens neither the new key file nor,
    /// because the device secret changes with it, a copy of the old one.
    ///
    /// # Errors
    /// As [`Self::unlock`], for the old passphrase.
    pub fn change_passphrase(
        &self,
        store: &StoreId,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<(), VaultError> {
        let root = self.root_key(store, old)?;
        // The computer may be another than the one the store was made on, or its policy.
        let cost = self.settings.argon2.now()?;
        let next = keys::make_key()?;
        let stored = StoredKey(keys::same_key(&next));
        self.device.change(store.as_str(), |entry| {
            entry.next_secret = Some(stored);
            Ok(())
        })?;
        KeySlots::make(store.as_str(), &root, &next, new, cost)?.write(&self.folder(store))?;
        self.device.change(store.as_str(), |entry| {
            entry.secret = entry.next_secret.take();
            Ok(())
        })
    }

    /// Destroys a store: its secrets first, then its files.
    ///
    /// # Errors
    /// When the keychain or the disk refuses. The secrets may be gone by then; call again for the rest.
    pub fn destroy(&self, store: &StoreId) -> Result<(), VaultError> {
        let folder = self.folder(store);
        let entered = match self.device.entry(store.as_str()) {
            Err(VaultError::Damaged { .. }) => true,
            entry => entry?.is_some(),
        };
        if !entered && !folder.exists() {
            return Err(VaultError::NoSuchStore);
        }
        self.device.forget(store.as_str())?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder).while_doing("removing the store")?;
        }
        sync_folder(&self.root)
    }

    /// Moves a store that cannot be opened out of the way, so that a new one can be made. Nothing is deleted.
    ///
    /// # Errors
    /// When the folder cannot be renamed.
    pub fn set_aside(&self, store: &StoreId) -> Result<(), VaultError> {
        let stamp = keys::hex(&keys::make_bytes::<4>()?);
        let aside = self.root.join(format!("{}.aside-{}", store.0, *stamp));
        std::fs::rename(self.folder(store), aside).while_doing("setting the store aside")?;
        sync_folder(&self.root)
    }

    /// The root key, for the right passphrase; counts the attempt.
    fn root_key(&self, store: &StoreId, passphrase: &SecretString) -> Result<Key, VaultError> {
        let folder = self.folder(store);
        let entry = self
            .device
            .entry(store.as_str())?
            .ok_or(VaultError::NoSuchStore)?;
        if entry.is_destroyed() {
            return Err(VaultError::Destroyed);
        }
        // The key file is authenticated before an attempt is spent on it: damage costs nobody their attempts.
        let slots = KeySlots::read(&folder)?.ok_or(VaultError::Damaged {
            what: DamagedPart::KeySlots,
        })?;
        let belongs = |secret: &Option<StoredKey>| {
            secret
                .as_ref()
                .is_some_and(|secret| slots.belongs_to(store.as_str(), &secret.0))
        };
        let promote = !belongs(&entry.secret);
        if promote && !belongs(&entry.next_secret) {
            return Err(VaultError::Damaged {
                what: DamagedPart::KeySlots,
            });
        }
        let max = self.settings.max_attempts;
        let device = self.device.change(store.as_str(), |entry| {
            if promote {
                // A change of passphrase was cut off after the file was written.
                entry.secret = entry.next_secret.take();
            }
            if entry.attempts >= max {
                entry.destroy();
            }
            entry.attempts = entry.attempts.saturating_add(1);
            Ok(entry.secret.as_ref().map(|secret| keys::same_key(&secret.0)))
        })?;
        let device = device.ok_or(VaultError::Destroyed)?;
        let root = slots.open(store.as_str(), &device, passphrase)?;
        let left = self.device.change(store.as_str(), |entry| {
            if root.is_some() {
                entry.attempts = 0;
                entry.next_secret = None;
            } else if entry.attempts >= max {
                entry.destroy();
            }
            Ok(self.attempts_left(entry))
        })?;
        match root {
            Some(root) => Ok(root),
            None if left == 0 => {
                // The device's half of the key is gone; the file goes with it.
                drop(std::fs::remove_file(folder.join(keyslots::FILE)));
                Err(VaultError::Destroyed)
            }
            None => Err(VaultError::WrongPassphrase { attempts_left: left }),
        }
    }
}

impl Vault {
    /// A store for a desktop that many share: no file, no keychain entry, no passphrase. Everything lies in this process's
    /// memory, encrypted under keys that are never written anywhere, and is gone at [`Vault::lock`] or when dropped.
    ///
    /// It is a [`Vault`] like any other: copies, search, versions, the access log and its upload work the same. What has
    /// not been uploaded when it locks is lost with it, so upload the log first.
    ///
    /// # Errors
    /// When the system gives no random numbers or no memory.
    pub fn in_memory(identity: &Identity, now: DateTime<Utc>) -> Result<Self, VaultError> {
        let id = StoreId(keys::hex(&keys::make_bytes::<16>()?).to_string());
        let device = Device::new(Arc::new(MemoryKeychain::new()));
        let entry = DeviceEntry::make(identity.label.clone(), now.timestamp_millis())?;
        device.set_entry(id.as_str(), &entry)?;
        let root = keys::make_key()?;
        let index = open_database(
            &records::in_memory(id.as_str()),
            &index_key(&root)?,
            &database::INDEX,
            Expect::Absent,
        )?;
        Self::over(
            id,
            index,
            Files::Memory(records::Memory::default()),
            device,
            &root,
            now,
        )
    }
}

/// The key of `index.db`: derived, so that the root key itself is never handed to the engine.
pub(crate) fn index_key(root: &Key) -> Result<Key, VaultError> {
    keys::derive_key(root, "curlew index 1")
}

fn name(key: &Key, issuer: &str, subject: &str) -> Result<StoreId, VaultError> {
    let code = keys::derive_mac(key, &[b"curlew store", issuer.as_bytes(), subject.as_bytes()])?;
    Ok(StoreId(keys::hex(&code[..16]).to_string()))
}

/// Makes a folder that only its owner may list.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
