//! The real keychain of this machine, which must be unlocked. `cargo test` leaves it alone; `cargo verify` runs it by name
//! in a desktop session of its own.

mod support;

use std::sync::Arc;

use curlew_vault::{Keychain, OsKeychain, VaultError};
use support::{Bench, at, wrong};

#[test]
fn the_os_keychain_keeps_a_store_and_its_attempts() {
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
