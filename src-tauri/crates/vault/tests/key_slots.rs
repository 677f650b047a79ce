//! Passphrases, attempts and what an old copy of the folder does not bring back.

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use curlew_audit::Action;
use curlew_redact::SecretString;
use curlew_vault::{Argon2Cost, DamagedPart, Keychain, SlotCost, StoreId, VaultError, VaultSettings, Vaults};
use support::{Bench, CHEAP, Fickle, at, copy_folder, look, nurse, passphrase, restore_folder, wrong};

#[test]
fn a_store_opens_again_with_its_passphrase_and_lists_by_its_label() {
    let bench = Bench::new();
    let vault = bench.create();
    vault
        .set_profile(&serde_json::json!({ "name": "Nurse Synthetic" }))
        .unwrap();
    let id = vault.store_id();
    drop(vault);
    let stores = bench.start().stores().unwrap();
    assert_eq!(stores.len(), 1);
    assert_eq!(stores[0].label, "Nurse Synthetic, community nurse");
    assert_eq!((&stores[0].id, stores[0].attempts_left), (&id, 3));
    let profile: serde_json::Value = bench.unlock().unwrap().profile().unwrap().unwrap();
    assert_eq!(profile["name"], "Nurse Synthetic");
}

#[test]
fn listing_the_folder_names_nobody() {
    let bench = Bench::new();
    drop(bench.create());
    let mut names = Vec::new();
    let mut folders = vec![bench.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let file = file.unwrap();
            names.push(file.file_name().into_string().unwrap());
            if file.file_type().unwrap().is_dir() {
                folders.push(file.path());
            }
        }
    }
    assert!(names.iter().any(|name| name == "keyslots.json"));
    for name in &names {
        for telling in ["nurse", "55501", "issuer", "synthetic"] {
            assert!(!name.to_lowercase().contains(telling), "{name}");
        }
    }
    // The same person on another device has another name.
    let other = Bench::new();
    drop(other.create());
    assert_ne!(bench.id(), other.id());
}

#[test]
fn a_wrong_passphrase_leaves_state_and_costs_an_attempt() {
    let bench = Bench::new();
    drop(bench.create());
    let before = std::fs::read(bench.store_folder().join("keyslots.json")).unwrap();
    let refused = bench.start().unlock(&bench.id(), &wrong(), at(1)).err().unwrap();
    assert!(
        matches!(refused, VaultError::WrongPassphrase { attempts_left: 2 }),
        "{refused}"
    );
    assert_eq!(
        std::fs::read(bench.store_folder().join("keyslots.json")).unwrap(),
        before
    );
    // The right one opens it, and gives the attempts back.
    drop(bench.unlock().unwrap());
    assert_eq!(bench.start().stores().unwrap()[0].attempts_left, 3);
}

#[test]
fn after_the_last_attempt_the_slot_is_destroyed_and_can_be_replaced() {
    let bench = Bench::new();
    drop(bench.create());
    let id = bench.id();
    let refusals: Vec<VaultError> = (0..4)
        .map(|_| bench.start().unlock(&id, &wrong(), at(1)).err().unwrap())
        .collect();
    assert!(matches!(
        refusals[0],
        VaultError::WrongPassphrase { attempts_left: 2 }
    ));
    assert!(matches!(
        refusals[1],
        VaultError::WrongPassphrase { attempts_left: 1 }
    ));
    assert!(matches!(refusals[2], VaultError::Destroyed));
    assert!(matches!(refusals[3], VaultError::Destroyed));
    assert!(
        matches!(bench.unlock().err().unwrap(), VaultError::Destroyed),
        "the right one too"
    );
    let stores = bench.start().stores().unwrap();
    assert_eq!(
        stores[0].attempts_left, 0,
        "still listed, so that the person is told"
    );
    assert!(!bench.store_folder().join("keyslots.json").exists());
    drop(bench.create());
    assert!(bench.unlock().is_ok());
}

#[test]
fn putting_the_folder_back_refunds_no_attempt() {
    let bench = Bench::new();
    drop(bench.create());
    let id = bench.id();
    let copy = tempfile::tempdir().unwrap();
    copy_folder(bench.folder.path(), copy.path());
    for attempts_left in [2, 1] {
        let refused = bench.start().unlock(&id, &wrong(), at(1)).err().unwrap();
        assert!(
            matches!(refused, VaultError::WrongPassphrase { attempts_left: left } if left == attempts_left)
        );
        restore_folder(copy.path(), bench.folder.path());
    }
    assert!(matches!(
        bench.start().unlock(&id, &wrong(), at(1)).err().unwrap(),
        VaultError::Destroyed
    ));
    restore_folder(copy.path(), bench.folder.path());
    assert!(matches!(bench.unlock().err().unwrap(), VaultError::Destroyed));
}

#[test]
fn an_attempt_is_counted_before_it_is_made() {
    // Were it counted after, cutting the power at the right moment would make guessing free.
    struct Cut {
        inner: curlew_vault::MemoryKeychain,
        writes_left: std::sync::Mutex<Option<u32>>,
    }
    impl Keychain for Cut {
        fn get(&self, account: &str) -> Result<Option<Vec<u8>>, curlew_vault::KeychainError> {
            self.inner.get(account)
        }
        fn set(&self, account: &str, secret: &[u8]) -> Result<(), curlew_vault::KeychainError> {
            let mut left = self.writes_left.lock().unwrap();
            match left.as_mut() {
                Some(0) => return Err(curlew_vault::KeychainError::Locked),
                Some(left) => *left -= 1,
                None => {}
            }
            self.inner.set(account, secret)
        }
        fn delete(&self, account: &str) -> Result<(), curlew_vault::KeychainError> {
            self.inner.delete(account)
        }
    }
    let keychain = Arc::new(Cut {
        inner: curlew_vault::MemoryKeychain::new(),
        writes_left: std::sync::Mutex::new(None),
    });
    let bench = Bench::with_keychain(Arc::clone(&keychain) as Arc<dyn Keychain>);
    drop(bench.create());
    let id = bench.id();
    *keychain.writes_left.lock().unwrap() = Some(1);
    let cut_off = bench.start().unlock(&id, &wrong(), at(1)).err().unwrap();
    assert!(matches!(cut_off, VaultError::NoKeychain(_)));
    *keychain.writes_left.lock().unwrap() = None;
    assert_eq!(bench.start().stores().unwrap()[0].attempts_left, 2);
}

#[test]
fn a_changed_passphrase_replaces_the_old_one_for_good() {
    let bench = Bench::new();
    let vault = bench.create();
    drop(vault.write_look(look("p1", Action::ViewCaseload), at(1)).unwrap());
    drop(vault);
    let (id, new) = (bench.id(), SecretString::from("another passphrase altogether"));
    let copy = tempfile::tempdir().unwrap();
    copy_folder(bench.folder.path(), copy.path());
    let refused = bench.start().change_passphrase(&id, &wrong(), &new).unwrap_err();
    assert!(matches!(
        refused,
        VaultError::WrongPassphrase { attempts_left: 2 }
    ));
    bench.start().change_passphrase(&id, &passphrase(), &new).unwrap();
    assert!(matches!(
        bench.unlock().err().unwrap(),
        VaultError::WrongPassphrase { .. }
    ));
    let vault = bench.start().unlock(&id, &new, at(2)).unwrap();
    assert_eq!(
        vault.access_log(10).unwrap().len(),
        1,
        "nothing was encrypted again, nothing is lost"
    );
    drop(vault);
    // An old key file with the old passphrase: the device secret it belongs to is gone.
    std::fs::copy(
        copy.path().join(id.as_str()).join("keyslots.json"),
        bench.store_folder().join("keyslots.json"),
    )
    .unwrap();
    let refused = bench.unlock().err().unwrap();
    assert!(
        matches!(
            refused,
            VaultError::Damaged {
                what: DamagedPart::KeySlots
            }
        ),
        "{refused}"
    );
    assert_eq!(bench.start().stores().unwrap()[0].attempts_left, 3);
}

#[test]
fn a_change_of_passphrase_that_is_cut_off_leaves_the_old_or_the_new() {
    for writes in 0..4 {
        struct Cut(curlew_vault::MemoryKeychain, std::sync::Mutex<u32>);
        impl Keychain for Cut {
            fn get(&self, account: &str) -> Result<Option<Vec<u8>>, curlew_vault::KeychainError> {
                self.0.get(account)
            }
            fn set(&self, account: &str, secret: &[u8]) -> Result<(), curlew_vault::KeychainError> {
                let mut left = self.1.lock().unwrap();
                *left = left.checked_sub(1).ok_or(curlew_vault::KeychainError::Locked)?;
                self.0.set(account, secret)
            }
            fn delete(&self, account: &str) -> Result<(), curlew_vault::KeychainError> {
                self.0.delete(account)
            }
        }
        let keychain = Arc::new(Cut(
            curlew_vault::MemoryKeychain::new(),
            std::sync::Mutex::new(u32::MAX),
        ));
        let bench = Bench::with_keychain(Arc::clone(&keychain) as Arc<dyn Keychain>);
        drop(bench.create());
        let new = SecretString::from("another passphrase altogether");
        *keychain.1.lock().unwrap() = writes;
        assert!(
            bench
                .start()
                .change_passphrase(&bench.id(), &passphrase(), &new)
                .is_err()
                == (writes < 4)
        );
        *keychain.1.lock().unwrap() = u32::MAX;
        let old_opens = bench.unlock().is_ok();
        let new_opens = bench.start().unlock(&bench.id(), &new, at(2)).is_ok();
        assert!(
            old_opens != new_opens,
            "after {writes} writes: old {old_opens}, new {new_opens}"
        );
    }
}

#[test]
fn damage_to_the_key_file_is_told_and_costs_no_attempt() {
    let bench = Bench::new();
    drop(bench.create());
    let file = bench.store_folder().join("keyslots.json");
    let whole = std::fs::read(&file).unwrap();
    let mut found = 0;
    for bit in (0..whole.len() * 8).step_by(3) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // White space between JSON tokens carries nothing.
        let same = serde_json::from_slice::<serde_json::Value>(&bytes).ok()
            == serde_json::from_slice::<serde_json::Value>(&whole).ok();
        std::fs::write(&file, &bytes).unwrap();
        match bench.unlock() {
            Ok(_) => assert!(same, "bit {bit} was lost"),
            Err(
                VaultError::Damaged {
                    what: DamagedPart::KeySlots,
                }
                | VaultError::Newer { .. },
            ) => found += 1,
            Err(other) => panic!("bit {bit}: {other}"),
        }
    }
    assert!(found > 500, "{found}");
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(bench.start().stores().unwrap()[0].attempts_left, 3);
    assert!(bench.unlock().is_ok());
}

#[test]
fn a_newer_key_file_is_refused_with_a_sentence() {
    let bench = Bench::new();
    drop(bench.create());
    let file = bench.store_folder().join("keyslots.json");
    let text = std::fs::read_to_string(&file)
        .unwrap()
        .replace("\"version\": 1", "\"version\": 7");
    std::fs::write(&file, text).unwrap();
    let refused = bench.unlock().err().unwrap();
    assert!(
        matches!(refused, VaultError::Newer { found: 7, known: 1 }),
        "{refused}"
    );
}

#[test]
fn either_half_alone_is_useless() {
    let bench = Bench::new();
    drop(bench.create());
    // The disk and the passphrase, on another computer: no keychain entry.
    let elsewhere = Bench::new();
    copy_folder(bench.folder.path(), elsewhere.folder.path());
    let refused = elsewhere
        .start()
        .unlock(&bench.id(), &passphrase(), at(1))
        .err()
        .unwrap();
    assert!(matches!(refused, VaultError::NoSuchStore), "{refused}");
    assert!(elsewhere.start().stores().unwrap().is_empty());
    // With a keychain entry of another store of its own under the same name: the key file does not belong to it.
    drop(elsewhere.create());
    let stolen = elsewhere.store_folder().join("keyslots.json");
    std::fs::copy(bench.store_folder().join("keyslots.json"), stolen).unwrap();
    let refused = elsewhere.unlock().err().unwrap();
    assert!(
        matches!(
            refused,
            VaultError::Damaged {
                what: DamagedPart::KeySlots
            }
        ),
        "{refused}"
    );
}

#[test]
fn without_a_keychain_nothing_is_written() {
    let keychain = Arc::new(Fickle::default());
    keychain.absent.store(true, Ordering::SeqCst);
    let bench = Bench::with_keychain(Arc::clone(&keychain) as Arc<dyn Keychain>);
    let refused = bench
        .start()
        .create(&nurse(), &passphrase(), at(0))
        .err()
        .unwrap();
    assert!(matches!(refused, VaultError::NoKeychain(_)), "{refused}");
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), 0);
    keychain.absent.store(false, Ordering::SeqCst);
    drop(bench.create());
    keychain.absent.store(true, Ordering::SeqCst);
    assert!(matches!(
        bench.start().stores().unwrap_err(),
        VaultError::NoKeychain(_)
    ));
}

#[test]
fn two_people_on_one_device_have_two_stores() {
    let bench = Bench::new();
    let nurses = bench.create();
    let mut doctor = nurse();
    doctor.subject = "doctor-subject-55502".into();
    doctor.label = "Doctor Synthetic, registrar".into();
    let doctors = bench
        .start()
        .create(&doctor, &SecretString::from("a doctor's passphrase"), at(0))
        .unwrap();
    assert_ne!(nurses.store_id(), doctors.store_id());
    let labels: Vec<String> = bench
        .start()
        .stores()
        .unwrap()
        .into_iter()
        .map(|store| store.label)
        .collect();
    assert_eq!(
        labels,
        ["Doctor Synthetic, registrar", "Nurse Synthetic, community nurse"]
    );
    let refused = bench
        .start()
        .unlock(&doctors.store_id(), &passphrase(), at(0))
        .err()
        .unwrap();
    assert!(matches!(refused, VaultError::WrongPassphrase { .. }));
}

#[test]
fn a_second_store_for_the_same_person_is_refused_and_a_destroyed_one_is_gone() {
    let bench = Bench::new();
    let vault = bench.create();
    let refused = bench
        .start()
        .create(&nurse(), &passphrase(), at(0))
        .err()
        .unwrap();
    assert!(matches!(refused, VaultError::AlreadyExists), "{refused}");
    let id = vault.store_id();
    drop(vault);
    bench.start().destroy(&id).unwrap();
    assert!(bench.start().stores().unwrap().is_empty());
    assert!(matches!(
        bench.start().unlock(&id, &passphrase(), at(0)).err().unwrap(),
        VaultError::NoSuchStore
    ));
    assert!(!bench.folder.path().join(id.as_str()).exists());
}

#[test]
fn a_reset_keychain_sets_the_old_store_aside_and_deletes_nothing() {
    let bench = Bench::new();
    drop(bench.create());
    let id = bench.id();
    bench.keychain.delete(&format!("store:{id}")).unwrap();
    drop(bench.create());
    let aside: Vec<String> = std::fs::read_dir(bench.folder.path())
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".aside-"))
        .collect();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(bench.start().stores().unwrap().len(), 1);
}

#[test]
fn a_lost_key_file_is_told_and_the_rest_is_set_aside_not_deleted() {
    let bench = Bench::new();
    drop(bench.create());
    std::fs::remove_file(bench.store_folder().join("keyslots.json")).unwrap();
    let refused = bench.unlock().err().unwrap();
    assert!(
        matches!(
            refused,
            VaultError::Damaged {
                what: DamagedPart::KeySlots
            }
        ),
        "{refused}"
    );
    drop(bench.create());
    assert!(bench.unlock().is_ok());
    let kept = std::fs::read_dir(bench.folder.path())
        .unwrap()
        .map(|folder| folder.unwrap().path());
    assert!(
        kept.filter(|folder| folder.extension().is_some())
            .any(|aside| aside.join("index.db").exists())
    );
}

#[test]
fn debug_of_an_update_names_nobody() {
    let update = support::update(
        "p-secret",
        curlew_vault::Basis::Full,
        &[support::patient("p-secret", "Secretfamily")],
        support::last(),
        1,
    );
    let debugged = format!("{update:?}");
    assert!(debugged.contains("Put(Patient)"), "{debugged}");
    assert!(!debugged.to_lowercase().contains("secret"), "{debugged}");
}

fn fixed(settings: VaultSettings) -> Argon2Cost {
    match settings.argon2 {
        SlotCost::Fixed(cost) => cost,
        SlotCost::Calibrated(_) => panic!("not a fixed cost"),
    }
}

#[test]
fn product_settings_never_go_below_the_floor() {
    let settings = VaultSettings::product(CHEAP.argon2, 0);
    assert_eq!(fixed(settings), Argon2Cost::FLOOR);
    assert_eq!(settings.max_attempts, 1);
    let dear = Argon2Cost {
        memory_kib: 131_072,
        iterations: 1,
        parallelism: 4,
    };
    let raised = fixed(VaultSettings::product(dear.into(), 5));
    assert_eq!(
        (raised.memory_kib, raised.iterations, raised.parallelism),
        (131_072, 2, 4)
    );
    assert!(matches!(VaultSettings::default().argon2, SlotCost::Calibrated(_)));
}

/// The cost as it is written in the store's key file.
fn written_cost(bench: &Bench) -> (u64, u64, u64) {
    let text =
        std::fs::read_to_string(bench.store_folder().join("keyslots.json")).expect("a key file as written");
    let file: serde_json::Value = serde_json::from_str(&text).expect("a key file as written");
    let cost = &file["slots"][0]["argon2id"];
    let number = |name: &str| cost[name].as_u64().expect("a key file as written");
    (number("memory_kib"), number("iterations"), number("parallelism"))
}

#[test]
fn the_cost_is_measured_when_a_store_is_made_and_again_when_its_passphrase_changes() {
    // By their own stopwatches: a computer on which the floor takes 175 ms, and one on which it takes a second.
    fn work(cost: Argon2Cost) -> u32 {
        cost.memory_kib * cost.iterations
    }
    fn middling(cost: Argon2Cost) -> Result<Duration, VaultError> {
        Ok(Duration::from_millis(175) * work(cost) / work(Argon2Cost::FLOOR))
    }
    fn slow(cost: Argon2Cost) -> Result<Duration, VaultError> {
        Ok(Duration::from_secs(1) * work(cost) / work(Argon2Cost::FLOOR))
    }
    let mut bench = Bench::new();
    bench.settings.argon2 = SlotCost::Calibrated(middling);
    drop(bench.create());
    let floor = u64::from(Argon2Cost::FLOOR.memory_kib);
    assert_eq!(written_cost(&bench), (2 * floor, 2, 1));
    // Unlocking measures nothing: the slot keeps the cost written in it.
    bench.settings.argon2 = SlotCost::Calibrated(|_| panic!("nothing is measured at unlocking"));
    drop(bench.unlock().unwrap());
    assert_eq!(written_cost(&bench), (2 * floor, 2, 1));
    bench.settings.argon2 = SlotCost::Calibrated(slow);
    let new = SecretString::from("another passphrase altogether");
    bench
        .start()
        .change_passphrase(&bench.id(), &passphrase(), &new)
        .unwrap();
    assert_eq!(written_cost(&bench), (floor, 2, 1), "never below the floor");
    assert!(bench.start().unlock(&bench.id(), &new, at(1)).is_ok());
}

#[test]
fn a_store_name_is_never_a_path() {
    for bad in [
        "",
        "..",
        "../../etc/passwd",
        &"a".repeat(31),
        &"A".repeat(32),
        &"g".repeat(32),
    ] {
        assert!(bad.parse::<StoreId>().is_err(), "{bad}");
        assert_eq!(StoreId::parse(bad), None);
    }
    assert!("0123456789abcdef0123456789abcdef".parse::<StoreId>().is_ok());
}

#[test]
fn looking_for_somebody_unknown_makes_nothing() {
    let bench = Bench::new();
    let vaults: Vaults = bench.start();
    assert_eq!(vaults.store_of("https://issuer.example", "nobody").unwrap(), None);
    assert!(vaults.stores().unwrap().is_empty());
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), 0);
}
