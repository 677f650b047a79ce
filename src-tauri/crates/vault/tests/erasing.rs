//! An erasure that the keychain cuts off costs nobody else their copy, and is finished later.

mod support;

use std::sync::{Arc, Mutex};

use curlew_vault::{Keychain, KeychainError, MemoryKeychain, VaultError};
use support::{Bench, at, copy_folder, hold, open, restore_folder};

/// A keychain that stops taking changes after so many.
#[derive(Default)]
struct Stopping {
    inner: MemoryKeychain,
    writes_left: Mutex<Option<u32>>,
}

impl Stopping {
    fn allow(&self, writes: Option<u32>) {
        *self.writes_left.lock().expect("the store answers") = writes;
    }
}

impl Keychain for Stopping {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        self.inner.get(account)
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        // How far the log goes is written behind the back of whoever is looking, at its own times.
        if let Some(left) = self.writes_left.lock().expect("the store answers").as_mut()
            && !account.starts_with("log:")
        {
            *left = left.checked_sub(1).ok_or(KeychainError::Locked)?;
        }
        self.inner.set(account, secret)
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.inner.delete(account)
    }
}

/// Erases p1 and p2 with a keychain that stops after `first` and then after `second` changes. With `restart`, the
/// program ends in between. Whatever happens, p3 opens in the end.
fn cut_off(first: Option<u32>, second: Option<u32>, restart: bool) {
    let keychain = Arc::new(Stopping::default());
    let bench = Bench::with_keychain(Arc::clone(&keychain) as Arc<dyn Keychain>);
    let mut vault = bench.create();
    for id in ["p1", "p2", "p3"] {
        hold(&vault, id, "Example", &["Gout"], 1);
    }
    let what = format!("{first:?}, {second:?}, restart {restart}");
    for (id, writes) in [("p1", first), ("p2", second)] {
        keychain.allow(writes);
        let erased = vault.forget(id, "withdrawn", at(2));
        assert_eq!(erased.is_err(), writes.is_some(), "{what}: {erased:?}");
        if restart {
            drop(vault);
            keychain.allow(None);
            vault = bench.unlock().expect("the store answers");
        }
        assert!(open(&vault, "p3", 3).is_ok(), "{what}: p3 is lost after {id}");
    }
    keychain.allow(None);
    for id in ["p1", "p2"] {
        vault.forget(id, "withdrawn", at(4)).expect("the store answers");
        assert!(
            matches!(open(&vault, id, 5), Err(VaultError::NotHeld)),
            "{what}: {id}"
        );
    }
    assert!(open(&vault, "p3", 5).is_ok(), "{what}: p3 is lost");
    hold(&vault, "p2", "Again", &["Gout"], 6);
    drop(vault);
    let vault = bench.unlock().expect("the store answers");
    for id in ["p2", "p3"] {
        let state = vault
            .caseload_patient(id)
            .expect("the store answers")
            .expect("the store answers");
        assert!(state.held && !state.damaged, "{what}: {id} after a restart");
        assert!(open(&vault, id, 7).is_ok(), "{what}: {id} after a restart");
    }
    assert_eq!(bench.records().len(), 2, "{what}");
}

#[test]
fn a_keychain_that_fails_half_way_through_costs_nobody_else_their_copy() {
    for first in [None, Some(0), Some(1)] {
        for second in [None, Some(0), Some(1)] {
            for restart in [false, true] {
                cut_off(first, second, restart);
            }
        }
    }
}

#[test]
fn a_file_copied_earlier_opens_with_nothing_that_is_left() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Erased", &["Gout"], 1);
    let file = bench.records().remove(0);
    hold(&vault, "p2", "Kept", &["Asthma"], 1);
    let (copy, whole) = (std::fs::read(&file).unwrap(), tempfile::tempdir().unwrap());
    vault.lock();
    copy_folder(bench.folder.path(), whole.path());
    let vault = bench.unlock().unwrap();
    vault.forget("p1", "withdrawn", at(2)).unwrap();
    assert!(!file.exists());
    // The file alone, put back: no row leads to it, and it is swept away.
    std::fs::write(&file, &copy).unwrap();
    assert!(matches!(open(&vault, "p1", 3), Err(VaultError::NotHeld)));
    drop(vault);
    let vault = bench.unlock().unwrap();
    assert!(!file.exists());
    assert!(open(&vault, "p2", 4).is_ok());
    drop(vault);
    // The whole folder, put back with the index that knew it: its key is sealed under a key that is gone.
    restore_folder(whole.path(), bench.folder.path());
    let vault = bench.unlock().unwrap();
    let refused = open(&vault, "p1", 5).err().unwrap();
    assert!(matches!(refused, VaultError::Damaged { .. }), "{refused}");
    let state = vault.caseload_patient("p1").unwrap().unwrap();
    assert!(state.damaged && !state.held && state.first.is_none());
}
