//! Time never runs backwards, and the log's end stays where it was, whatever is put back.

mod support;

use curlew_audit::{Action, Fault};
use curlew_vault::UploadState;
use support::{Bench, at, copy_folder, look, restore_folder};

#[test]
fn effective_time_never_runs_backwards() {
    let bench = Bench::new();
    let vault = bench.create();
    assert_eq!(vault.effective_now(at(10)).unwrap(), at(10));
    for earlier in [9, -60, -60 * 24 * 30, -60 * 24 * 365 * 56] {
        assert_eq!(
            vault.effective_now(at(earlier)).unwrap(),
            at(10),
            "{earlier} minutes"
        );
    }
    assert_eq!(vault.effective_now(at(90)).unwrap(), at(90));
    vault.set_server_contact(at(200)).unwrap();
    assert_eq!(
        vault.effective_now(at(91)).unwrap(),
        at(200),
        "the server knows better"
    );
    vault.set_server_contact(at(150)).unwrap();
    assert_eq!(vault.last_server_contact().unwrap(), Some(at(200)));
    drop(vault);
    let vault = bench.unlock().unwrap();
    assert_eq!(vault.effective_now(at(0)).unwrap(), at(200), "across a restart");
}

#[test]
fn putting_the_folder_back_does_not_put_time_back() {
    let bench = Bench::new();
    drop(bench.create());
    let copy = tempfile::tempdir().unwrap();
    copy_folder(bench.folder.path(), copy.path());
    let vault = bench.unlock().unwrap();
    assert_eq!(vault.effective_now(at(5_000)).unwrap(), at(5_000));
    vault.lock();
    drop(vault);
    restore_folder(copy.path(), bench.folder.path());
    let vault = bench.unlock().unwrap();
    assert_eq!(vault.effective_now(at(1)).unwrap(), at(5_000));
}

#[test]
fn a_log_put_back_from_an_old_copy_is_seen_to_be_short() {
    let bench = Bench::new();
    let vault = bench.create();
    let write = |vault: &curlew_vault::Vault, from: i64, looks: i64| {
        for minute in from..from + looks {
            drop(
                vault
                    .write_look(look("p1", Action::OpenPatient), at(minute))
                    .unwrap(),
            );
        }
    };
    write(&vault, 0, 3);
    vault.lock();
    drop(vault);
    let copy = tempfile::tempdir().unwrap();
    copy_folder(bench.folder.path(), copy.path());
    let vault = bench.unlock().unwrap();
    assert_eq!(vault.verify_log().unwrap(), Ok(3));
    write(&vault, 10, 4);
    assert_eq!(vault.verify_log().unwrap(), Ok(7));
    vault.lock();
    drop(vault);
    restore_folder(copy.path(), bench.folder.path());
    let vault = bench.unlock().unwrap();
    let broken = vault.verify_log().unwrap().unwrap_err();
    assert_eq!((broken.seq, broken.what), (4, Fault::Truncated { end: 7 }));
    // Writing on does not heal it: another history is not the one that was anchored.
    write(&vault, 50, 10);
    vault.lock();
    drop(vault);
    let vault = bench.unlock().unwrap();
    assert!(vault.verify_log().unwrap().is_err());
}

#[test]
fn uploads_are_noted_beside_the_chain_and_change_nothing_in_it() {
    let bench = Bench::new();
    let vault = bench.create();
    for minute in 0..5 {
        drop(
            vault
                .write_look(look("p1", Action::OpenPatient), at(minute))
                .unwrap(),
        );
    }
    let pending = |vault: &curlew_vault::Vault| -> Vec<u64> {
        vault
            .pending_audit(10)
            .unwrap()
            .iter()
            .map(|entry| entry.seq)
            .collect()
    };
    assert_eq!(pending(&vault), [1, 2, 3, 4, 5]);
    vault.mark_audit(1, UploadState::Sent).unwrap();
    vault.mark_audit(2, UploadState::Refused("422".into())).unwrap();
    vault.mark_audit(3, UploadState::Sent).unwrap();
    vault.mark_audit(3, UploadState::Waiting).unwrap();
    assert_eq!(pending(&vault), [3, 4, 5]);
    let log = vault.access_log(2).unwrap();
    assert_eq!(
        log.iter().map(|logged| logged.entry.seq).collect::<Vec<_>>(),
        [5, 4],
        "newest first"
    );
    let log = vault.access_log(10).unwrap();
    assert_eq!(log[3].upload, UploadState::Refused("422".into()));
    assert_eq!(log[4].upload, UploadState::Sent);
    assert_eq!(vault.verify_log().unwrap(), Ok(5));
    assert!(vault.mark_audit(99, UploadState::Sent).is_err(), "no such entry");
}

/// The clock as somebody sets it, minute by minute from Monday morning.
const HOUR: i64 = 60;
const MONTH: i64 = 30 * 24 * HOUR;
const TO_1970: i64 = -56 * 365 * 24 * HOUR;

#[test]
fn no_clock_and_no_old_copy_of_the_folder_extends_a_lease() {
    for set_to in [-HOUR, -MONTH, TO_1970, HOUR, MONTH] {
        let bench = Bench::new();
        let vault = bench.create();
        vault.set_server_contact(at(0)).unwrap();
        vault.lock();
        drop(vault);
        let copy = tempfile::tempdir().unwrap();
        copy_folder(bench.folder.path(), copy.path());
        // Two days pass, and with them some of the lease.
        let vault = bench.unlock().unwrap();
        let passed = vault.effective_now(at(48 * HOUR)).unwrap();
        assert_eq!(passed, at(48 * HOUR));
        // The clock is set, looked at, and set right again.
        let wrong = vault.effective_now(at(48 * HOUR + set_to)).unwrap();
        assert!(wrong >= passed, "{set_to}: set back within a session");
        let latest = wrong.max(at(49 * HOUR));
        assert_eq!(vault.effective_now(at(49 * HOUR)).unwrap(), latest, "{set_to}");
        vault.lock();
        drop(vault);
        for restored in [false, true] {
            if restored {
                restore_folder(copy.path(), bench.folder.path());
            }
            let vault = bench
                .start()
                .unlock(&bench.id(), &support::passphrase(), at(set_to))
                .unwrap();
            let now = vault.effective_now(at(set_to)).unwrap();
            assert!(
                now >= latest,
                "{set_to}, restored {restored}: {now} is before {latest}"
            );
            let contact = vault.last_server_contact().unwrap();
            assert_eq!(
                contact,
                Some(at(0)),
                "{set_to}: nor does anything bring the contact nearer"
            );
        }
    }
}

#[test]
fn a_crash_and_an_old_copy_of_the_folder_put_neither_time_nor_the_log_back() {
    let bench = Bench::new();
    let vault = bench.create();
    drop(vault.write_look(look("p1", Action::OpenPatient), at(1)).unwrap());
    vault.lock();
    drop(vault);
    let copy = tempfile::tempdir().unwrap();
    copy_folder(bench.folder.path(), copy.path());
    let vault = bench.unlock().unwrap();
    drop(
        vault
            .write_look(look("p1", Action::OpenPatient), at(MONTH))
            .unwrap(),
    );
    // The program dies: nothing is locked, nothing is anchored any more. What the look told the keychain is there already,
    // or will be in a moment.
    std::mem::forget(vault);
    let account = format!("log:{}", bench.id());
    let told = || {
        let anchor = bench.keychain.get(&account).unwrap();
        anchor.is_some_and(|anchor| String::from_utf8_lossy(&anchor).contains(r#""seq":2,"#))
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !told() {
        assert!(
            std::time::Instant::now() < deadline,
            "the keychain was never told"
        );
        std::thread::yield_now();
    }
    restore_folder(copy.path(), bench.folder.path());
    let vault = bench.unlock().unwrap();
    assert!(vault.effective_now(at(2)).unwrap() >= at(MONTH));
    let broken = vault.verify_log().unwrap().unwrap_err();
    assert_eq!((broken.seq, broken.what), (2, Fault::Truncated { end: 2 }));
}
