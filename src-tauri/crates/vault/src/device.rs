//! What this device's keychain holds for each store: the device secret, and every count that must not be undone
//! by putting an old copy of the folder back.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use curlew_audit::Head;
use curlew_redact::Key;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{DamagedPart, VaultError};
use crate::keychain::Keychain;
use crate::keys;

/// Account of the key that names the folders.
const FOLDER_NAMES: &str = "folder-names";

/// Format of a store's entry. The first had no code over its text.
const VERSION: u32 = 2;
/// Length of the code over an entry's text: not against anybody, who could make it as well as we, but against rot, which
/// must neither refund an attempt nor set back the time.
const CHECK: usize = 16;

fn account(store: &str) -> String {
    format!("store:{store}")
}

/// Account of how far a store's log goes. Apart from the entry, because it is written after every look.
fn log_account(store: &str) -> String {
    format!("log:{store}")
}

fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::KeychainEntry,
    }
}

fn check(text: &[u8]) -> [u8; CHECK] {
    let mut out = [0; CHECK];
    out.copy_from_slice(&Sha256::digest(text)[..CHECK]);
    out
}

/// Takes the code off the end of what the keychain holds.
fn checked(secret: &[u8]) -> Option<&[u8]> {
    let (text, code) = secret.split_last_chunk::<CHECK>()?;
    (*code == check(text)).then_some(text)
}

/// How far a store's log goes, as it was last written down in the keychain.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct LogAnchor {
    /// The log's end.
    pub(crate) head: Head,
    /// When that was, in milliseconds since 1970.
    pub(crate) at: i64,
}

/// A key as it is written in a keychain entry.
pub(crate) struct StoredKey(pub(crate) Key);

impl StoredKey {
    pub(crate) fn make() -> Result<Self, VaultError> {
        keys::make_key().map(Self)
    }
}

impl Serialize for StoredKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(BASE64.encode(self.0.expose()));
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for StoredKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let bytes = BASE64.decode(text.as_bytes()).map(Zeroizing::new).ok();
        let mut array: [u8; 32] = bytes
            .and_then(|bytes| bytes.as_slice().try_into().ok())
            .ok_or_else(|| de::Error::custom("not a key"))?;
        let key = Key::from_bytes(array);
        array.zeroize();
        Ok(Self(key))
    }
}

/// The keychain entry of one store.
#[derive(Serialize, Deserialize)]
pub(crate) struct DeviceEntry {
    /// Format of this entry.
    pub(crate) version: u32,
    /// Whose store it is, in words, for the unlock screen.
    pub(crate) label: String,
    /// The device's half of the wrapping key; absent once the slot is destroyed.
    pub(crate) secret: Option<StoredKey>,
    /// The next one, while a change of passphrase is under way.
    pub(crate) next_secret: Option<StoredKey>,
    /// Passphrases tried since the last right one. Counted before each try.
    pub(crate) attempts: u32,
    /// Wraps every patient's key; replaced at each erasure, so that an old copy of the index opens nothing.
    pub(crate) erasure: Option<StoredKey>,
    /// The next one, while an erasure is under way.
    pub(crate) next_erasure: Option<StoredKey>,
    /// How often it was replaced.
    pub(crate) epoch: u64,
    /// Where the audit chain stood when it was last anchored here.
    pub(crate) chain: Head,
    /// Latest time ever seen, in milliseconds since 1970.
    pub(crate) seen: i64,
}

impl DeviceEntry {
    /// A new store's entry.
    pub(crate) fn make(label: String, now: i64) -> Result<Self, VaultError> {
        Ok(Self {
            version: VERSION,
            label,
            secret: Some(StoredKey::make()?),
            next_secret: None,
            attempts: 0,
            erasure: Some(StoredKey::make()?),
            next_erasure: None,
            epoch: 1,
            chain: Head::EMPTY,
            seen: now,
        })
    }

    /// Forgets every secret; the label stays, so that the unlock screen can say what happened.
    pub(crate) fn destroy(&mut self) {
        self.secret = None;
        self.next_secret = None;
        self.erasure = None;
        self.next_erasure = None;
    }

    /// Settles a change of the erasure key: the index is sealed under the key of `epoch`. When that is the next one, it has
    /// been used and the old one goes; otherwise what was prepared has not been used, and it goes.
    pub(crate) fn reach_epoch(&mut self, epoch: u64) {
        if epoch == self.epoch + 1
            && let Some(next) = self.next_erasure.take()
        {
            self.erasure = Some(next);
            self.epoch = epoch;
        }
        self.next_erasure = None;
    }

    pub(crate) fn is_destroyed(&self) -> bool {
        self.secret.is_none()
    }
}

/// The device: its keychain, with read-change-write made one step.
#[derive(Clone)]
pub(crate) struct Device {
    keychain: Arc<dyn Keychain>,
    one_at_a_time: Arc<Mutex<()>>,
}

impl Device {
    pub(crate) fn new(keychain: Arc<dyn Keychain>) -> Self {
        Self {
            keychain,
            one_at_a_time: Arc::new(Mutex::new(())),
        }
    }

    /// The key that names the folders, when there is one.
    pub(crate) fn folder_key(&self) -> Result<Option<Key>, VaultError> {
        let Some(secret) = self.keychain.get(FOLDER_NAMES)?.map(Zeroizing::new) else {
            return Ok(None);
        };
        // Earlier versions wrote the key alone.
        let key = match secret.len() {
            32 => Some(secret.as_slice()),
            _ => checked(&secret),
        };
        let bytes: [u8; 32] = key.and_then(|key| key.try_into().ok()).ok_or_else(damaged)?;
        Ok(Some(Key::from_bytes(bytes)))
    }

    /// The key that names the folders, made when there is none.
    pub(crate) fn folder_key_or_make(&self) -> Result<Key, VaultError> {
        let _guard = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        match self.folder_key() {
            Ok(Some(key)) => return Ok(key),
            // Stores under names of the old key are still listed and unlocked; nobody new can be found under it.
            Ok(None) | Err(VaultError::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
        let key = keys::make_key()?;
        let mut secret = Zeroizing::new([0; 32 + CHECK]);
        secret[..32].copy_from_slice(key.expose());
        secret[32..].copy_from_slice(&check(key.expose()));
        self.keychain.set(FOLDER_NAMES, secret.as_slice())?;
        Ok(key)
    }

    /// A store's entry, when there is one.
    pub(crate) fn entry(&self, store: &str) -> Result<Option<DeviceEntry>, VaultError> {
        let Some(secret) = self.keychain.get(&account(store))?.map(Zeroizing::new) else {
            return Ok(None);
        };
        let (text, known) = match checked(&secret) {
            Some(text) => (text, true),
            None => (secret.as_slice(), false),
        };
        let entry: DeviceEntry = serde_json::from_slice(text).map_err(|_| damaged())?;
        match (entry.version, known) {
            // Written by an earlier version, without a code. It gets one when it is next written.
            (1, false) | (VERSION, true) => Ok(Some(entry)),
            (found, true) if found > VERSION => Err(VaultError::Newer {
                found,
                known: VERSION,
            }),
            _ => Err(damaged()),
        }
    }

    /// Sets or replaces a store's entry.
    pub(crate) fn set_entry(&self, store: &str, entry: &DeviceEntry) -> Result<(), VaultError> {
        // Enough room at once: growing would leave copies of the secrets behind.
        let mut json = Zeroizing::new(Vec::with_capacity(4096));
        serde_json::to_writer(&mut *json, entry).map_err(|_| damaged())?;
        let code = check(&json);
        json.extend_from_slice(&code);
        Ok(self.keychain.set(&account(store), &json)?)
    }

    /// Reads an entry, changes it and writes it back, with nobody in between.
    pub(crate) fn change<T>(
        &self,
        store: &str,
        change: impl FnOnce(&mut DeviceEntry) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let _guard = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entry = self.entry(store)?.ok_or(VaultError::NoSuchStore)?;
        entry.version = VERSION;
        let answer = change(&mut entry)?;
        self.set_entry(store, &entry)?;
        Ok(answer)
    }

    /// How far a store's log went when that was last written down; `None` when it never was.
    pub(crate) fn log_anchor(&self, store: &str) -> Result<Option<LogAnchor>, VaultError> {
        let Some(secret) = self.keychain.get(&log_account(store))? else {
            return Ok(None);
        };
        let anchor = checked(&secret).and_then(|text| serde_json::from_slice(text).ok());
        anchor.map(Some).ok_or_else(damaged)
    }

    /// Writes down how far a store's log goes.
    pub(crate) fn set_log_anchor(&self, store: &str, anchor: &LogAnchor) -> Result<(), VaultError> {
        let mut text = serde_json::to_vec(anchor).map_err(|_| damaged())?;
        let code = check(&text);
        text.extend_from_slice(&code);
        Ok(self.keychain.set(&log_account(store), &text)?)
    }

    /// Removes a store's entries.
    pub(crate) fn forget(&self, store: &str) -> Result<(), VaultError> {
        self.keychain.delete(&account(store))?;
        Ok(self.keychain.delete(&log_account(store))?)
    }
}
