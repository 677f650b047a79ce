//! `keyslots.json`: the root key, wrapped.
//!
//! The file is authenticated twice. A code under the device secret covers every byte that matters and is checked
//! first: without it nobody with the right keychain can tell a damaged file from a wrong passphrase, and a bit
//! rotting on the disk would cost the user their attempts. The wrapping itself is authenticated again when the
//! passphrase opens it.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use curlew_redact::{Key, SecretString};
use serde::{Deserialize, Serialize};

use crate::error::{DamagedPart, VaultError, While};
use crate::keys;
use crate::settings::Argon2Cost;

/// Name of the file in a store's folder.
pub(crate) const FILE: &str = "keyslots.json";
/// Name of the file while it is being written.
const NEXT: &str = "keyslots.json.next";
/// The format this version writes, and the newest it reads.
const VERSION: u32 = 1;
/// Costs beyond this are not a slot we wrote, and would hang or exhaust the computer: 1 GiB, 64 passes, 16 lanes.
const MOST: Argon2Cost = Argon2Cost {
    memory_kib: 1024 * 1024,
    iterations: 64,
    parallelism: 16,
};

/// The file's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeySlots {
    version: u32,
    slots: Vec<Slot>,
    /// Code under the device secret over all slots, base64.
    seal: String,
}

/// One way to the root key. One slot today; a second (a recovery key) fits in without a new format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Slot {
    kind: SlotKind,
    argon2id: Argon2Cost,
    salt: String,
    /// The root key under XChaCha20-Poly1305: nonce, then ciphertext with tag, base64.
    root: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SlotKind {
    /// Device secret from the keychain and a passphrase through Argon2id 1.3.
    DeviceAndPassphrase,
}

/// Only what is needed to tell a newer file from a damaged one.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::KeySlots,
    }
}

fn context(store: &str, cost: Argon2Cost, salt: &[u8]) -> Vec<u8> {
    let mut context = b"curlew key slot 1\0".to_vec();
    context.extend_from_slice(store.as_bytes());
    for number in [cost.memory_kib, cost.iterations, cost.parallelism] {
        context.extend_from_slice(&number.to_be_bytes());
    }
    context.extend_from_slice(salt);
    context
}

impl KeySlots {
    /// Wraps a root key.
    pub(crate) fn make(
        store: &str,
        root: &Key,
        device: &Key,
        passphrase: &SecretString,
        cost: Argon2Cost,
    ) -> Result<Self, VaultError> {
        let salt: [u8; 32] = keys::make_bytes()?;
        let wrapping = keys::derive_wrapping_key(
            device,
            &keys::derive_from_passphrase(passphrase, &salt, cost)?,
            store,
        )?;
        let root = keys::seal(&wrapping, &context(store, cost, &salt), root.expose())?;
        let slot = Slot {
            kind: SlotKind::DeviceAndPassphrase,
            argon2id: cost,
            salt: BASE64.encode(salt),
            root: BASE64.encode(root),
        };
        let mut slots = Self {
            version: VERSION,
            slots: vec![slot],
            seal: String::new(),
        };
        let text = slots.sealed_text()?;
        slots.seal = BASE64.encode(keys::derive_mac(
            &slots.seal_key(device)?,
            &[store.as_bytes(), &text],
        )?);
        Ok(slots)
    }

    fn seal_key(&self, device: &Key) -> Result<Key, VaultError> {
        keys::derive_key(device, "curlew key slot file 1")
    }

    fn sealed_text(&self) -> Result<Vec<u8>, VaultError> {
        serde_json::to_vec(&(self.version, &self.slots)).map_err(|_| damaged())
    }

    /// Whether the file is the one written under this device secret, unchanged.
    pub(crate) fn belongs_to(&self, store: &str, device: &Key) -> bool {
        let (Ok(text), Ok(key), Ok(seal)) = (
            self.sealed_text(),
            self.seal_key(device),
            BASE64.decode(&self.seal),
        ) else {
            return false;
        };
        keys::mac_matches(&key, &[store.as_bytes(), &text], &seal)
    }

    /// Opens the root key; `None` when the passphrase is another. [`Self::belongs_to`] must have been asked first.
    pub(crate) fn open(
        &self,
        store: &str,
        device: &Key,
        passphrase: &SecretString,
    ) -> Result<Option<Key>, VaultError> {
        for slot in &self.slots {
            let cost = slot.argon2id;
            if cost.memory_kib > MOST.memory_kib
                || cost.iterations > MOST.iterations
                || cost.parallelism > MOST.parallelism
            {
                return Err(damaged());
            }
            let salt = BASE64.decode(&slot.salt).map_err(|_| damaged())?;
            let sealed = BASE64.decode(&slot.root).map_err(|_| damaged())?;
            let wrapping = keys::derive_wrapping_key(
                device,
                &keys::derive_from_passphrase(passphrase, &salt, cost)?,
                store,
            )?;
            if let Some(root) = keys::unseal_key(&wrapping, &context(store, cost, &salt), &sealed) {
                return Ok(Some(root));
            }
        }
        Ok(None)
    }

    /// Removes what a write that was cut off has left.
    pub(crate) fn sweep(folder: &Path) {
        drop(std::fs::remove_file(folder.join(NEXT)));
    }

    /// Reads the file of a store's folder; `None` when there is none.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, VaultError> {
        let text = match std::fs::read(folder.join(FILE)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(VaultError::Io {
                    doing: "reading the key file",
                    source,
                });
            }
        };
        let VersionOnly { version } = serde_json::from_slice(&text).map_err(|_| damaged())?;
        if version > VERSION {
            return Err(VaultError::Newer {
                found: version,
                known: VERSION,
            });
        }
        serde_json::from_slice(&text).map(Some).map_err(|_| damaged())
    }

    /// Writes the file in one step: whoever reads it finds the old one or the new one.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), VaultError> {
        let doing = "writing the key file";
        let text = serde_json::to_vec_pretty(self).map_err(|_| damaged())?;
        let next = folder.join(NEXT);
        let mut file = File::create(&next).while_doing(doing)?;
        file.write_all(&text).while_doing(doing)?;
        file.sync_all().while_doing(doing)?;
        drop(file);
        std::fs::rename(&next, folder.join(FILE)).while_doing(doing)?;
        sync_folder(folder)
    }
}

/// Makes a rename, a new file or a removal in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), VaultError> {
    // Windows journals these itself and does not open folders as files.
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .while_doing("making a change durable")?;
    }
    Ok(())
}
