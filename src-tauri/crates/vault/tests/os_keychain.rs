//! The real keychain of this machine. Needs one that is unlocked, so it runs only where `CURLEW_TEST_OS_KEYCHAIN` says
//! that there is (see `cargo verify`, which starts one of its own).

mod support;

use std::sync::Arc;

use curlew_vault::{Keychain, KeychainError, OsKeychain, VaultError};
use support::{Bench, at, wrong};

fn promised() -> bool {
    std::env::var_os("CURLEW_TEST_OS_KEYCHAIN").is_some()
}

#[test]
fn the_os_keychain_keeps_a_store_and_its_attempts() {
    if !promised() {
        return;
    }
    let service = format!("curlew-test-{}", std::process::id());
    let keychain = Arc::new(OsKeychain::new(service.as_str()));
    assert_eq!(keychain.get("nobody"), Ok(None));
    assert_eq!(keychain.delete("nobody"), Ok(()));
    let bytes: Vec<u8> = (0..=255).collect();
    keychain.set("binary", &bytes).unwrap();
    assert_eq!(keychain.get("binary"), Ok(Some(bytes)));
    keychain.delete("binary").unwrap();
    assert_eq!(keychain.get("binary"), Ok(None));
    let bench = Bench::with_keychain(Arc::clone(&keychain) as Arc<dyn Keychain>);
    drop(bench.create());
    let refused = bench.start().unlock(&bench.id(), &wrong(), at(1)).err().unwrap();
    assert!(
        matches!(refused, VaultError::WrongPassphrase { attempts_left: 2 }),
        "{refused}"
    );
    // As another program would see it.
    let id = bench.id();
    let stores = bench.start().stores().unwrap();
    assert_eq!(
        (stores[0].attempts_left, stores[0].label.as_str()),
        (2, "Nurse Synthetic, community nurse")
    );
    drop(bench.unlock().unwrap());
    bench.start().destroy(&id).unwrap();
    keychain.delete("folder-names").unwrap();
}

#[test]
fn without_a_service_the_os_keychain_says_so() {
    // Only where there certainly is none: a Linux machine without a session bus.
    if promised() || !cfg!(target_os = "linux") || std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
        return;
    }
    let answer = OsKeychain::new("curlew-test").get("anything");
    assert!(
        matches!(answer, Err(KeychainError::Absent | KeychainError::Locked)),
        "{answer:?}"
    );
}
