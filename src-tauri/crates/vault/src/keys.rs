//! Making, deriving and wrapping keys. Nothing home-made: Argon2id (RFC 9106), HKDF-SHA-256 (RFC 5869),
//! HMAC-SHA-256 (RFC 2104) and XChaCha20-Poly1305, each from its RustCrypto crate.
//!
//! `derive_*` is deterministic, `make_*` is random.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use curlew_redact::{ExposeSecret, Key, SecretString};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::error::VaultError;
use crate::settings::Argon2Cost;

/// Length of the random nonce before each sealed message.
const NONCE: usize = 24;

/// Fills an array from the operating system's generator.
pub(crate) fn make_bytes<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::Keys("the system gave no random numbers"))?;
    Ok(bytes)
}

/// A new random key.
pub(crate) fn make_key() -> Result<Key, VaultError> {
    Ok(Key::from_bytes(make_bytes()?))
}

/// The same key again, for a second owner that must be dropped by itself.
pub(crate) fn same_key(key: &Key) -> Key {
    Key::from_bytes(*key.expose())
}

/// A key for one purpose, from a key for many.
pub(crate) fn derive_key(from: &Key, purpose: &str) -> Result<Key, VaultError> {
    expand(None, from.expose(), &[purpose.as_bytes()])
}

/// The key that wraps a root key: both the device's secret and the passphrase's derivative go in, so that
/// either alone is useless. Bound to the store's id.
pub(crate) fn derive_wrapping_key(device: &Key, passphrase: &Key, store: &str) -> Result<Key, VaultError> {
    let mut material = Zeroizing::new([0; 64]);
    material[..32].copy_from_slice(device.expose());
    material[32..].copy_from_slice(passphrase.expose());
    expand(
        None,
        material.as_slice(),
        &[b"curlew key slot 1\0", store.as_bytes()],
    )
}

fn expand(salt: Option<&[u8]>, material: &[u8], info: &[&[u8]]) -> Result<Key, VaultError> {
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(salt, material)
        .expand_multi_info(info, &mut out)
        .map_err(|_| VaultError::Keys("a key of that length cannot be derived"))?;
    let key = Key::from_bytes(out);
    out.zeroize();
    Ok(key)
}

/// The passphrase's derivative.
pub(crate) fn derive_from_passphrase(
    passphrase: &SecretString,
    salt: &[u8],
    cost: Argon2Cost,
) -> Result<Key, VaultError> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, Some(32))
        .map_err(|_| VaultError::Keys("the cost of the passphrase is out of range"))?;
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose_secret().as_bytes(), salt, &mut out)
        .map_err(|_| VaultError::Keys("there was not enough memory for the passphrase"))?;
    let key = Key::from_bytes(out);
    out.zeroize();
    Ok(key)
}

/// Encrypts and authenticates `plain` together with `context`: a random nonce, then the ciphertext.
pub(crate) fn seal(key: &Key, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce: [u8; NONCE] = make_bytes()?;
    let ciphertext = XChaCha20Poly1305::new(key.expose().into())
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plain,
                aad: context,
            },
        )
        .map_err(|_| VaultError::Keys("a key could not be wrapped"))?;
    let mut sealed = nonce.to_vec();
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens what [`seal`] made; `None` when the key, the context or a bit is another.
pub(crate) fn unseal(key: &Key, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>()?;
    XChaCha20Poly1305::new(key.expose().into())
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: ciphertext,
                aad: context,
            },
        )
        .ok()
        .map(Zeroizing::new)
}

/// Opens a sealed key.
pub(crate) fn unseal_key(key: &Key, context: &[u8], sealed: &[u8]) -> Option<Key> {
    let plain = unseal(key, context, sealed)?;
    let bytes: [u8; 32] = plain.as_slice().try_into().ok()?;
    Some(Key::from_bytes(bytes))
}

fn mac(key: &Key, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose()).ok()?;
    for part in parts {
        // Each part with its length, so that no two lists of parts share their bytes.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Some(mac)
}

/// A message authentication code over a list of parts.
pub(crate) fn derive_mac(key: &Key, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
    let mac = mac(key, parts).ok_or(VaultError::Keys("a seal could not be made"))?;
    Ok(mac.finalize().into_bytes().into())
}

/// Compares in constant time.
pub(crate) fn mac_matches(key: &Key, parts: &[&[u8]], expected: &[u8]) -> bool {
    mac(key, parts).is_some_and(|mac| mac.verify_slice(expected).is_ok())
}

/// Lower-case hexadecimal, wiped when dropped.
pub(crate) fn hex(bytes: &[u8]) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // The full capacity at once: growing would leave copies behind.
    let mut out = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}
