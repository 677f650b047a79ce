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

#[cfg(test)]
mod tests {
    //! Published test vectors, through our own functions. Each was compared with a second implementation: Argon2id and
    //! ChaCha20-Poly1305 with OpenSSL's (through Python's `cryptography`), HKDF and HChaCha20 with a few lines of Python.

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).expect("hexadecimal digits"))
            .collect()
    }

    #[test]
    fn argon2id_agrees_with_the_reference_implementation() {
        // From the test program of the reference implementation (P-H-C/phc-winner-argon2, Argon2id v=19).
        for (memory_kib, iterations, parallelism, password, salt, expected) in [
            (
                256,
                2,
                1,
                "password",
                "somesalt",
                "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe",
            ),
            (
                256,
                2,
                2,
                "password",
                "somesalt",
                "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037",
            ),
            (
                65_536,
                1,
                1,
                "password",
                "somesalt",
                "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98",
            ),
            (
                65_536,
                2,
                1,
                "password",
                "diffsalt",
                "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c",
            ),
        ] {
            let cost = Argon2Cost {
                memory_kib,
                iterations,
                parallelism,
            };
            let key = derive_from_passphrase(&SecretString::from(password), salt.as_bytes(), cost)
                .expect("a derivation");
            assert_eq!(
                *hex(key.expose()),
                expected,
                "m={memory_kib} t={iterations} p={parallelism}"
            );
        }
    }

    #[test]
    fn argon2id_agrees_with_rfc_9106() {
        // Section 5.3. It uses a secret and associated data, which our derivation does not: the primitive by itself.
        let params = argon2::ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .output_len(32)
            .data(argon2::AssociatedData::new(&[4; 12]).expect("short enough"))
            .build()
            .expect("parameters");
        let secret = [3; 8];
        let argon2 = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params)
            .expect("short enough");
        let mut tag = [0; 32];
        argon2
            .hash_password_into(&[1; 32], &[2; 16], &mut tag)
            .expect("a derivation");
        assert_eq!(
            *hex(&tag),
            "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
        );
    }

    #[test]
    fn hkdf_agrees_with_rfc_5869() {
        // Appendix A.1 to A.3; a shorter output is a prefix of a longer one.
        let ikm = bytes(&"0b".repeat(22));
        let key = expand(
            Some(&bytes("000102030405060708090a0b0c")),
            &ikm,
            &[&bytes("f0f1f2f3f4f5f6f7f8f9")],
        );
        let expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
        assert_eq!(*hex(key.expect("a key").expose()), expected);
        let long = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
        let key = expand(Some(&long(0x60, 0xaf)), &long(0x00, 0x4f), &[&long(0xb0, 0xff)]);
        let expected = "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c";
        assert_eq!(*hex(key.expect("a key").expose()), expected);
        let key = expand(None, &ikm, &[]);
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
        assert_eq!(*hex(key.expect("a key").expose()), expected);
    }

    #[test]
    fn key_wrapping_agrees_with_the_xchacha20_poly1305_draft() {
        // draft-irtf-cfrg-xchacha-03, appendix A.3.1.
        let key: Vec<u8> = (0x80..=0x9f).collect();
        let key = Key::from_bytes(key.try_into().expect("32 bytes"));
        let context = bytes("50515253c0c1c2c3c4c5c6c7");
        let mut sealed: Vec<u8> = (0x40..=0x57).collect();
        sealed.extend(bytes(concat!(
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb",
            "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452",
            "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9",
            "21f9664c97637da9768812f615c68b13b52e",
            "c0875924c1c7987947deafd8780acf49",
        )));
        let plain = unseal(&key, &context, &sealed).expect("the draft's message");
        assert!(plain.starts_with(b"Ladies and Gentlemen of the class of '99"));
        assert_eq!(plain.len(), 114);
        for bit in 0..sealed.len() * 8 {
            let mut edited = sealed.clone();
            edited[bit / 8] ^= 1 << (bit % 8);
            assert!(unseal(&key, &context, &edited).is_none(), "bit {bit}");
        }
        assert!(unseal(&key, b"another context", &sealed).is_none());
        assert!(unseal(&key, &context, &[]).is_none());
    }

    #[test]
    fn what_is_sealed_opens_under_its_key_and_context_alone() {
        let (key, other) = (make_key().expect("a key"), make_key().expect("a key"));
        let sealed = seal(&key, b"p1", b"thirty-two bytes of a root key..").expect("sealed");
        assert_eq!(
            unseal(&key, b"p1", &sealed).as_deref().map(Vec::as_slice),
            Some(&b"thirty-two bytes of a root key.."[..])
        );
        assert!(unseal(&other, b"p1", &sealed).is_none());
        assert!(unseal(&key, b"p2", &sealed).is_none());
        assert_ne!(
            sealed,
            seal(&key, b"p1", b"thirty-two bytes of a root key..").expect("sealed")
        );
    }

    #[test]
    fn codes_over_parts_keep_the_parts_apart() {
        let key = make_key().expect("a key");
        let code = derive_mac(&key, &[b"issuer", b"subject"]).expect("a code");
        assert!(mac_matches(&key, &[b"issuer", b"subject"], &code));
        assert!(!mac_matches(&key, &[b"issuers", b"ubject"], &code));
        assert!(!mac_matches(&key, &[b"issuersubject"], &code));
        assert!(!mac_matches(&key, &[b"issuer", b"subject"], &code[..31]));
    }
}
