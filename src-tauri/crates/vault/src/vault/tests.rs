//! The index from inside: appends that fail, edits behind our back, pragmas.

use curlew_audit::{Action, Actor, OutcomeText};
use curlew_redact::SecretString;

use super::*;
use crate::{
    Argon2Cost, Basis, Change, Identity, MemoryKeychain, Part, PatientUpdate, VaultSettings, Vaults,
};
use curlew_consent::{Standing, Viewer, permit};

fn store() -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cheap = Argon2Cost {
        memory_kib: 8,
        iterations: 1,
        parallelism: 1,
    };
    let settings = VaultSettings {
        argon2: cheap.into(),
        max_attempts: 3,
    };
    let vaults = Vaults::new(folder.path().into(), Arc::new(MemoryKeychain::new()), settings);
    let nurse = Identity {
        issuer: "i".into(),
        subject: "s".into(),
        label: "Nurse Synthetic".into(),
    };
    let vault = vaults
        .create(
            &nurse,
            &SecretString::from("a passphrase"),
            DateTime::<Utc>::UNIX_EPOCH,
        )
        .expect("a new store");
    (folder, vault)
}

fn look() -> Look {
    Look {
        actor: Actor {
            id: "s".into(),
            name: "Nurse Synthetic".into(),
            role: "Community nurse".into(),
            organisation: "Synthetic Community Trust".into(),
        },
        device: "laptop-7".into(),
        patient: Some("p1".into()),
        patient_name: None,
        action: Action::OpenPatient,
        shown: "Overview".into(),
        purpose: "TREAT".into(),
        outcome: OutcomeText::Done,
    }
}

fn write(vault: &Vault) -> Result<Receipt, VaultError> {
    vault.write_look(look(), DateTime::<Utc>::UNIX_EPOCH)
}

fn run(vault: &Vault, sql: &str) -> Result<(), VaultError> {
    vault
        .shared
        .with(|unlocked| unlocked.index.execute_batch(sql).map_err(reading))
}

#[test]
fn a_look_that_cannot_be_stored_gives_no_receipt_and_leaves_no_half() {
    let (_folder, vault) = store();
    drop(write(&vault).expect("a receipt"));
    // A disk that is full: the file may not grow by a page.
    run(&vault, "PRAGMA max_page_count = 1").expect("a pragma");
    let filled = (0..1_000)
        .find_map(|_| write(&vault).err())
        .expect("the disk is full in the end");
    assert!(matches!(&filled, VaultError::Database { .. }), "{filled}");
    run(&vault, "PRAGMA max_page_count = 1000000").expect("a pragma");
    // The second half of the append fails: the first is undone.
    run(
        &vault,
        "CREATE TRIGGER broken BEFORE INSERT ON audit_head BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    .expect("a trigger");
    let before = vault.access_log(10_000).expect("a log").len();
    assert!(write(&vault).is_err());
    assert_eq!(vault.access_log(10_000).expect("a log").len(), before);
    run(&vault, "DROP TRIGGER broken").expect("no trigger");
    drop(write(&vault).expect("a receipt"));
    assert_eq!(vault.verify_log().expect("a check"), Ok(before as u64 + 1));
}

#[test]
fn the_log_takes_no_changes_and_no_removals() {
    let (_folder, vault) = store();
    for _ in 0..3 {
        drop(write(&vault).expect("a receipt"));
    }
    assert!(run(&vault, "UPDATE audit_entry SET look = '{}' WHERE seq = 2").is_err());
    assert!(run(&vault, "DELETE FROM audit_entry WHERE seq = 3").is_err());
    assert_eq!(vault.verify_log().expect("a check"), Ok(3));
}

#[test]
fn whoever_gets_past_the_triggers_is_found_by_the_chain() {
    for (sql, seq) in [
        (
            "UPDATE audit_entry SET look = replace(look, 'Nurse', 'Someone') WHERE seq = 2",
            2,
        ),
        ("UPDATE audit_entry SET at = at + 1 WHERE seq = 3", 3),
        ("DELETE FROM audit_entry WHERE seq = 2", 2),
        ("DELETE FROM audit_entry WHERE seq = 4", 4),
        ("UPDATE audit_entry SET seq = 9 WHERE seq = 4", 4),
    ] {
        let (_folder, vault) = store();
        for _ in 0..4 {
            drop(write(&vault).expect("a receipt"));
        }
        run(
            &vault,
            "DROP TRIGGER audit_entry_is_never_changed; DROP TRIGGER audit_entry_is_never_removed",
        )
        .expect("no triggers");
        run(&vault, sql).expect("an edit");
        let broken = vault
            .verify_log()
            .expect("a check")
            .expect_err("the edit is found");
        assert_eq!(broken.seq, seq, "{sql}: {broken}");
    }
    // The seal on the end cannot be made without the key.
    let (_folder, vault) = store();
    drop(write(&vault).expect("a receipt"));
    run(&vault, "UPDATE audit_head SET seq = 0").expect("an edit");
    assert!(matches!(
        write(&vault),
        Err(VaultError::Damaged {
            what: DamagedPart::Index
        })
    ));
}

#[test]
fn a_newer_index_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("index.db");
    let key = keys::make_key().expect("a key");
    let file =
        open_database(&records::on_disk(&path), &key, &database::INDEX, Expect::Absent).expect("an index");
    file.pragma_update(None, "user_version", 99).expect("a pragma");
    drop(file);
    let before = std::fs::read(&path).expect("a file");
    let refused = open_database(&records::on_disk(&path), &key, &database::INDEX, Expect::Present).err();
    assert!(matches!(refused, Some(VaultError::Newer { found: 99, known: 2 })));
    assert_eq!(std::fs::read(&path).expect("a file"), before);
    let wrong = keys::make_key().expect("a key");
    let refused = open_database(
        &records::on_disk(&path),
        &wrong,
        &database::INDEX,
        Expect::Present,
    )
    .err();
    assert!(matches!(
        refused,
        Some(VaultError::Damaged {
            what: DamagedPart::Index
        })
    ));
}

#[test]
fn every_file_is_opened_with_the_pragmas_that_keep_it_closed() {
    let (_folder, vault) = store();
    vault
        .shared
        .with(|unlocked| {
            let ask = |pragma: &str| -> String {
                let value = unlocked
                    .index
                    .query_row(&format!("PRAGMA {pragma}"), [], |row| {
                        row.get::<_, rusqlite::types::Value>(0)
                    })
                    .expect("a pragma");
                match value {
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    other => format!("{other:?}"),
                }
            };
            for (pragma, value) in [
                ("cipher_memory_security", "1"),
                ("temp_store", "2"),
                ("secure_delete", "1"),
                ("synchronous", "2"),
                ("journal_mode", "wal"),
                ("mmap_size", "0"),
                ("trusted_schema", "0"),
                ("foreign_keys", "1"),
                ("cell_size_check", "1"),
                ("cipher_use_hmac", "1"),
            ] {
                assert_eq!(ask(pragma), value, "{pragma}");
            }
            assert!(ask("cipher_version").starts_with('4'));
            Ok(())
        })
        .expect("an index");
}

/// Keeps a patient with one problem, with nothing standing against it.
fn keep(vault: &Vault) {
    let patient =
        r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Example","given":["Synthetic"]}]}"#;
    let problem = r#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":{"text":"Gout"}}"#;
    let put = |raw: &str| Change::Put {
        header: curlew_fhir::read_header(raw).expect("a header"),
        raw: raw.to_owned(),
    };
    let update = PatientUpdate {
        patient: "p1".into(),
        basis: Basis::Full,
        changes: vec![put(patient), put(problem)],
        part: Part::Last {
            arrival: curlew_record::Arrival::default(),
            synced_to: Some("then".into()),
        },
        received_at: DateTime::<Utc>::UNIX_EPOCH,
    };
    let curlew_fhir::Resource::Patient(person) = curlew_fhir::read_resource(patient).expect("readable").value
    else {
        panic!("not a patient");
    };
    let standing = Standing {
        patient: &person,
        consents: &[],
        flags: &[],
        legitimate_relationship: true,
    };
    let viewer = Viewer {
        user_id: "s".into(),
        role_codes: Vec::new(),
        activity_codes: vec!["B0360".into()],
        organisation: None,
    };
    let Ok(permitted) = permit(update, &standing, &viewer, DateTime::<Utc>::UNIX_EPOCH) else {
        panic!("consent said no");
    };
    vault.apply(permitted).expect("kept");
}

#[test]
fn an_update_of_the_program_makes_the_rows_anew_and_loses_nothing() {
    for older in ["DELETE FROM screen WHERE name = 'made-by'", "DELETE FROM screen"] {
        let (_folder, vault) = store();
        keep(&vault);
        let before = vault
            .open(write(&vault).expect("a receipt"))
            .expect("opens")
            .first()
            .expect("read");

        // As another version of the program left it: rows of another shape, in the file and in the index.
        let copy = vault
            .shared
            .with(|unlocked| copies::find(&unlocked.index, &unlocked.erasure, "p1", CopyState::Live))
            .expect("the index is read")
            .expect("held");
        let file = vault.shared.records.open(&copy).expect("opens");
        file.execute_batch(older).expect("an edit");
        drop(file);
        run(&vault, "UPDATE held SET first = '{}'").expect("an edit");

        let person = vault.caseload_patient("p1").expect("read").expect("known");
        assert!(person.held && !person.damaged, "an update is not damage");
        assert_eq!(person.resources, 2);
        let after = vault
            .open(write(&vault).expect("a receipt"))
            .expect("opens")
            .first()
            .expect("read");
        assert_eq!(after.banner, before.banner);
        assert_eq!(after.timeline_total, before.timeline_total);
        let told = person.arrival.failures.len();
        assert_eq!(
            told,
            usize::from(older == "DELETE FROM screen"),
            "what is no longer known is said"
        );
    }
}

#[test]
fn rows_are_known_to_be_of_this_program_until_they_are_not() {
    let (_folder, vault) = store();
    keep(&vault);
    let copy = vault
        .shared
        .with(|unlocked| copies::find(&unlocked.index, &unlocked.erasure, "p1", CopyState::Live))
        .expect("the index is read")
        .expect("held");
    let file = vault.shared.records.open(&copy).expect("opens");
    assert!(made_by_this_program(&file).expect("read"));
    file.execute_batch("DELETE FROM screen WHERE name = 'made-by'")
        .expect("an edit");
    assert!(!made_by_this_program(&file).expect("read"));
}
