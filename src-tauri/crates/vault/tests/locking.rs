//! Locking waits for nobody, and what it cuts off leaves the store as it was.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use curlew_audit::Action;
use curlew_record::view::TimelineFilter;
use curlew_vault::{Basis, Keychain, KeychainError, MemoryKeychain, Part, Vault, VaultError};
use support::{Bench, apply, at, hold, last, look, open, patient, problem, update};

fn many(id: &str, text: &str) -> Vec<String> {
    let mut raws = vec![patient(id, "Example")];
    raws.extend((0..2_000).map(|number| {
        let text = format!("{text} of joint {number}");
        problem(id, &format!("c{number}"), &text, "2019-05-01")
    }));
    raws
}

/// Works in another thread, again and again, until the store says that it is locked.
fn until_locked(
    vault: &Arc<Vault>,
    mut work: impl FnMut(&Vault) -> Result<(), VaultError> + Send + 'static,
) -> std::thread::JoinHandle<VaultError> {
    let vault = Arc::clone(vault);
    let (begun, begins) = std::sync::mpsc::channel::<()>();
    let working = std::thread::spawn(move || {
        let mut begun = Some(begun);
        loop {
            drop(begun.take());
            if let Err(error) = work(&vault) {
                return error;
            }
        }
    });
    assert!(begins.recv().is_err(), "it says that it has begun by hanging up");
    working
}

#[test]
fn work_under_way_is_cut_off_and_leaves_everything_as_it_was() {
    let bench = Bench::new();
    let vault = Arc::new(bench.create());
    hold(&vault, "p1", "Opened", &["Gout"], 1);
    apply(&vault, update("p2", Basis::Full, &many("p2", "Gout"), last(), 1)).unwrap();
    for turn in 0..3 {
        let vault = if turn == 0 {
            Arc::clone(&vault)
        } else {
            Arc::new(bench.unlock().unwrap())
        };
        let seen = open(&vault, "p2", 2).unwrap();
        let kept = open(&vault, "p1", 2).unwrap();
        let workers = [
            until_locked(&vault, |vault| {
                apply(vault, update("p2", Basis::Full, &many("p2", "Gout"), last(), 3)).map(drop)
            }),
            until_locked(&vault, |vault| {
                let part = Part::More { next: "2".into() };
                apply(
                    vault,
                    update("p3", Basis::Full, &many("p3", "Asthma")[..50], part, 3),
                )
                .map(drop)
            }),
            until_locked(&vault, drop_look),
            until_locked(&vault, move |_| seen.search("gout joint", 500).map(drop)),
            until_locked(&vault, |vault| {
                vault.forget("p4", "withdrawn", at(4))?;
                vault.verify_log().map(drop)
            }),
        ];
        vault.lock();
        for worker in workers {
            let error = worker.join().unwrap();
            assert!(matches!(error, VaultError::Locked), "turn {turn}: {error:?}");
        }
        assert!(matches!(kept.first(), Err(VaultError::Locked)));
    }
    let vault = bench.unlock().unwrap();
    assert!(vault.verify_log().unwrap().is_ok());
    for (id, lines) in [("p1", 2), ("p2", 2_000)] {
        let state = vault.caseload_patient(id).unwrap().unwrap();
        assert!(state.held && !state.damaged, "{id}");
        let total = open(&vault, id, 5)
            .unwrap()
            .timeline_index(&TimelineFilter::default())
            .unwrap()
            .total;
        assert!(total >= lines, "{id}: {total}");
    }
    // Whatever was half staged goes on or goes away; it is not in the way.
    vault.discard_staged("p3").unwrap();
    hold(&vault, "p3", "After", &["Asthma"], 6);
    let files = bench.records();
    assert_eq!(files.len(), 3, "{files:?}");
}

fn drop_look(vault: &Vault) -> Result<(), VaultError> {
    drop(vault.write_look(look("p1", Action::ViewScreen), at(3))?);
    Ok(())
}

/// A keychain that is asking its user something, and answers nobody until they are done.
#[derive(Default)]
struct Asking {
    inner: MemoryKeychain,
    asks: AtomicBool,
    answered: Mutex<bool>,
    changed: Condvar,
}

impl Asking {
    fn wait(&self) {
        if self.asks.load(Ordering::SeqCst) {
            let mut answered = self.answered.lock().expect("the state");
            while !*answered {
                answered = self.changed.wait(answered).expect("the state");
            }
        }
    }

    fn answer(&self) {
        *self.answered.lock().expect("the state") = true;
        self.changed.notify_all();
    }
}

impl Keychain for Asking {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        self.wait();
        self.inner.get(account)
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        self.wait();
        self.inner.set(account, secret)
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.wait();
        self.inner.delete(account)
    }
}

#[test]
fn locking_does_not_wait_for_a_keychain_that_is_asking_its_user() {
    let keychain = Arc::new(Asking::default());
    let bench = Bench::with_keychain(Arc::clone(&keychain) as Arc<dyn Keychain>);
    let vault = Arc::new(bench.create());
    hold(&vault, "p1", "Kept", &["Gout"], 1);
    let opened = open(&vault, "p1", 2).unwrap();
    keychain.asks.store(true, Ordering::SeqCst);
    // An erasure is stuck in the keychain as well; it keeps nobody from the index.
    let erasing = {
        let vault = Arc::clone(&vault);
        std::thread::spawn(move || vault.forget("p9", "withdrawn", at(3)))
    };
    drop(vault.write_look(look("p1", Action::ViewScreen), at(3)).unwrap());
    // Comes back, although the keychain never answers: this is the test.
    vault.lock();
    assert!(matches!(opened.first(), Err(VaultError::Locked)));
    assert!(matches!(vault.caseload(), Err(VaultError::Locked)));
    keychain.answer();
    assert!(matches!(erasing.join().unwrap(), Err(VaultError::Locked)));
    keychain.asks.store(false, Ordering::SeqCst);
    let vault = bench.unlock().unwrap();
    assert_eq!(vault.verify_log().unwrap(), Ok(2));
    assert!(open(&vault, "p1", 4).is_ok());
}

#[test]
fn a_store_that_is_locked_twice_or_dropped_while_locked_is_locked() {
    let bench = Bench::new();
    let vault = bench.create();
    let other = open(&vault, "p1", 1).err().unwrap();
    assert!(matches!(other, VaultError::NotHeld));
    vault.lock();
    vault.lock();
    drop(vault);
    assert_eq!(bench.unlock().unwrap().verify_log().unwrap(), Ok(1));
}
