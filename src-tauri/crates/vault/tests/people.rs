//! Who is on the caseload is read once, and again whenever it may have changed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use curlew_audit::Action;
use curlew_vault::{CaseloadEntry, CaseloadPatient, People, Vault, VaultError};
use support::{Bench, at, hold, look, open, patient};

fn entry(id: &str, family: &str, position: u32) -> CaseloadEntry {
    CaseloadEntry {
        patient: id.into(),
        position,
        raw_patient: patient(id, family),
    }
}

/// Each is as the caseload has them.
fn agree(vault: &Vault) -> Arc<People> {
    let people = vault.people().unwrap();
    let caseload = vault.caseload().unwrap();
    assert_eq!(people.len(), caseload.len());
    for (person, state) in people.iter().zip(caseload) {
        assert_eq!(person.summary(at(90)).unwrap().name, state.name(at(90)));
        assert_eq!(person.banner().unwrap().name, state.name(at(90)));
        let raw_patient = String::new();
        assert!(person.state == CaseloadPatient { raw_patient, ..state });
    }
    people
}

#[test]
fn whatever_changes_is_read_again_and_a_look_changes_nothing() {
    let bench = Bench::new();
    let vault = bench.create();
    assert!(agree(&vault).is_empty());
    let listed = vec![entry("p1", "Ashdown", 0), entry("p2", "Sandling", 1)];
    vault.set_caseload(listed, at(1)).unwrap();
    let mut known = agree(&vault);
    assert_eq!(known.len(), 2);
    let changes: [(&str, &dyn Fn()); 8] = [
        ("a name", &|| {
            let listed = vec![entry("p1", "Ashdowne", 0), entry("p2", "Sandling", 1)];
            vault.set_caseload(listed, at(2)).unwrap();
        }),
        ("a copy", &|| _ = hold(&vault, "p1", "Ashdown", &["Asthma"], 3)),
        ("a newer copy", &|| _ = hold(&vault, "p1", "Turnstone", &[], 4)),
        ("a contact", &|| {
            vault.note_contact("p1", at(5), Some("t9")).unwrap()
        }),
        ("an opening", &|| drop(open(&vault, "p1", 6).unwrap())),
        ("a reason", &|| vault.note_withheld("p2", "withdrawn").unwrap()),
        ("an erasure", &|| vault.forget("p1", "left", at(7)).unwrap()),
        ("nobody", &|| vault.set_caseload(Vec::new(), at(8)).unwrap()),
    ];
    for (what, change) in changes {
        change();
        let next = agree(&vault);
        assert!(!Arc::ptr_eq(&known, &next), "{what}");
        drop(vault.write_look(look("p2", Action::FindPatients), at(9)).unwrap());
        vault.effective_now(at(9)).unwrap();
        assert!(Arc::ptr_eq(&next, &vault.people().unwrap()), "after {what}");
        known = next;
    }
    assert!(known.is_empty());
    vault.lock();
    assert!(matches!(vault.people().err().unwrap(), VaultError::Locked));
}

#[test]
fn who_cannot_be_read_is_still_on_the_list() {
    let bench = Bench::new();
    let vault = bench.create();
    let mut entry = entry("p1", "Ashdown", 0);
    entry.raw_patient.truncate(20);
    vault.set_caseload(vec![entry], at(1)).unwrap();
    let people = vault.people().unwrap();
    assert_eq!(people[0].state.patient, "p1");
    assert!(people[0].banner().is_none() && people[0].summary(at(2)).is_none());
}
