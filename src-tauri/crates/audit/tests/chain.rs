//! The chain as properties: whatever is done to it, verification finds it and says where.

use std::convert::Infallible;

use chrono::{DateTime, TimeDelta, Utc};
use curlew_audit::{
    Action, Actor, ChainStorage, Digest, Entry, Fault, Head, Look, OutcomeText, audit_event, verify, write,
};
use proptest::prelude::*;

#[derive(Default)]
struct Shelf(Vec<Entry>);

impl ChainStorage for Shelf {
    type Error = Infallible;

    fn head(&self) -> Result<Head, Infallible> {
        Ok(self.0.last().map_or(Head::EMPTY, Head::after))
    }

    fn append(&mut self, entry: &Entry) -> Result<(), Infallible> {
        self.0.push(entry.clone());
        Ok(())
    }
}

/// A disk that is full.
struct Full;

impl ChainStorage for Full {
    type Error = &'static str;

    fn head(&self) -> Result<Head, &'static str> {
        Ok(Head::EMPTY)
    }

    fn append(&mut self, _entry: &Entry) -> Result<(), &'static str> {
        Err("no space left")
    }
}

fn look(patient: Option<&str>, action: Action, outcome: OutcomeText) -> Look {
    Look {
        actor: Actor {
            id: "555000000001".into(),
            name: "Nurse Synthetic".into(),
            role: "Community nurse".into(),
            organisation: "Synthetic Community Trust".into(),
        },
        device: "laptop-7".into(),
        patient: patient.map(Into::into),
        patient_name: patient.map(|_| "TESTER, Anna (Ms)".into()),
        action,
        shown: "Overview".into(),
        purpose: "TREAT".into(),
        outcome,
    }
}

fn chain(length: u64) -> (Vec<Entry>, Head) {
    let mut shelf = Shelf::default();
    for number in 0..length {
        let patient = format!("p{}", number % 7);
        let at = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::milliseconds(number as i64 * 1_234);
        let receipt = write(
            &mut shelf,
            look(Some(&patient), Action::OpenPatient, OutcomeText::Done),
            at,
        )
        .unwrap();
        assert_eq!(receipt.seq(), number + 1);
    }
    let head = shelf.head().unwrap();
    (shelf.0, head)
}

#[test]
fn a_chain_of_ten_thousand_entries_verifies() {
    let (entries, head) = chain(10_000);
    assert_eq!(head.seq, 10_000);
    assert_eq!(verify(entries, &head), Ok(()));
}

#[test]
fn an_empty_chain_is_whole_and_an_emptied_one_is_not() {
    assert_eq!(verify([], &Head::EMPTY), Ok(()));
    let (_, head) = chain(3);
    let broken = verify([], &head).unwrap_err();
    assert_eq!((broken.seq, broken.what), (1, Fault::Truncated { end: 3 }));
}

#[test]
fn what_cannot_be_written_down_gives_no_receipt() {
    let refused = write(
        &mut Full,
        look(Some("p1"), Action::OpenPatient, OutcomeText::Done),
        DateTime::<Utc>::UNIX_EPOCH,
    );
    assert_eq!(refused.unwrap_err(), "no space left");
}

#[test]
fn only_a_look_that_was_granted_opens_a_record() {
    let mut shelf = Shelf::default();
    let mut receipt = |patient, action, outcome| {
        write(
            &mut shelf,
            look(patient, action, outcome),
            DateTime::<Utc>::UNIX_EPOCH,
        )
        .unwrap()
    };
    assert_eq!(
        receipt(Some("p1"), Action::OpenPatient, OutcomeText::Done).opens(),
        Some("p1")
    );
    assert_eq!(
        receipt(Some("p1"), Action::OpenInEmergency, OutcomeText::Done).opens(),
        Some("p1")
    );
    assert_eq!(
        receipt(None, Action::OpenPatient, OutcomeText::Done).opens(),
        None
    );
    assert_eq!(
        receipt(Some("p1"), Action::ViewCaseload, OutcomeText::Done).opens(),
        None
    );
    assert_eq!(
        receipt(
            Some("p1"),
            Action::OpenPatient,
            OutcomeText::Refused("consent".into())
        )
        .opens(),
        None
    );
}

#[test]
fn a_rewritten_tail_is_found_by_its_head() {
    // Somebody who knows the format writes entry 5 anew and every digest after it.
    let (entries, head) = chain(9);
    let mut shelf = Shelf(entries[..4].to_vec());
    for entry in &entries[4..] {
        let mut look = entry.look.clone();
        look.patient = Some("somebody-else".into());
        drop(write(&mut shelf, look, entry.at).unwrap());
    }
    let broken = verify(shelf.0, &head).unwrap_err();
    assert_eq!((broken.seq, broken.what), (9, Fault::BeyondHead));
}

#[test]
fn debug_of_a_look_names_nobody() {
    let debugged = format!(
        "{:?}",
        look(Some("9000000009"), Action::OpenPatient, OutcomeText::Done)
    );
    assert!(
        !debugged.contains("9000000009") && !debugged.contains("TESTER"),
        "{debugged}"
    );
}

#[test]
fn every_action_has_its_own_stable_name() {
    let mut codes: Vec<&str> = Action::ALL.iter().map(|action| action.code()).collect();
    for (action, code) in Action::ALL.iter().zip(&codes) {
        // The hashed name and the stored name are one.
        assert_eq!(serde_json::to_value(action).unwrap(), *code);
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Action::ALL.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// One bit of one stored entry, wherever it falls.
    #[test]
    fn any_single_bit_edit_is_found_at_its_entry(at in 0_usize..12, bit in any::<prop::sample::Index>()) {
        let (mut entries, head) = chain(12);
        let mut stored = serde_json::to_vec(&entries[at]).unwrap();
        let bit = bit.index(stored.len() * 8);
        stored[bit / 8] ^= 1 << (bit % 8);
        // An entry that can no longer be read is found by reading it.
        if let Ok(edited) = serde_json::from_slice::<Entry>(&stored) {
            prop_assert_ne!(&edited, &entries[at], "the edit was lost");
            entries[at] = edited;
            let broken = verify(entries, &head).unwrap_err();
            prop_assert_eq!(broken.seq, at as u64 + 1);
        }
    }

    #[test]
    fn any_removal_is_found_where_it_happened(at in 0_usize..12) {
        let (mut entries, head) = chain(12);
        entries.remove(at);
        prop_assert_eq!(verify(entries, &head).unwrap_err().seq, at as u64 + 1);
    }

    #[test]
    fn any_swap_is_found_where_it_begins(a in 0_usize..12, b in 0_usize..12) {
        prop_assume!(a != b);
        let (mut entries, head) = chain(12);
        entries.swap(a, b);
        prop_assert_eq!(verify(entries, &head).unwrap_err().seq, a.min(b) as u64 + 1);
    }

    #[test]
    fn any_truncation_is_found_where_it_begins(left in 0_usize..12) {
        let (mut entries, head) = chain(12);
        entries.truncate(left);
        let broken = verify(entries, &head).unwrap_err();
        prop_assert_eq!((broken.seq, broken.what), (left as u64 + 1, Fault::Truncated { end: 12 }));
        let words = format!("the log ends at entry {left}, and should end at entry 12");
        prop_assert_eq!(broken.to_string(), words);
    }

    #[test]
    fn any_entry_put_in_twice_is_found(at in 0_usize..12) {
        let (mut entries, head) = chain(12);
        entries.insert(at, entries[at].clone());
        prop_assert_eq!(verify(entries, &head).unwrap_err().seq, at as u64 + 2);
    }

    /// Moving text across a border between fields must change the bytes that are hashed.
    #[test]
    fn no_two_looks_share_their_bytes(name in "[a-z]{0,6}", role in "[a-z]{0,6}", cut in 0_usize..7) {
        let (mut entries, _) = chain(1);
        let joined = format!("{name}{role}");
        prop_assume!(cut <= joined.len() && cut != name.len());
        let mut first = entries.remove(0);
        let mut second = first.clone();
        (first.look.actor.name, first.look.actor.role) = (name, role);
        (second.look.actor.name, second.look.actor.role) = (joined[..cut].into(), joined[cut..].into());
        prop_assert_ne!(first.expected_digest(), second.expected_digest());
    }
}

#[test]
fn an_absent_patient_and_an_unnamed_one_differ() {
    let (entries, _) = chain(1);
    let mut absent = entries[0].clone();
    absent.look.patient = None;
    let mut empty = entries[0].clone();
    empty.look.patient = Some(String::new());
    assert_ne!(absent.expected_digest(), empty.expected_digest());
}

#[test]
fn the_digest_of_a_known_entry_never_changes() {
    // A chain written today must verify for as long as audit logs are kept.
    let (entries, _) = chain(2);
    insta::assert_snapshot!(entries[1].digest);
    assert_eq!(entries[0].previous, Digest::ORIGIN);
}

fn one(look: Look) -> Entry {
    let mut shelf = Shelf::default();
    let at = DateTime::parse_from_rfc3339("2026-11-22T09:14:02.345Z")
        .expect("a valid time")
        .to_utc();
    drop(write(&mut shelf, look, at).expect("a valid time"));
    shelf.0.remove(0)
}

#[test]
fn a_look_at_a_record_follows_balp_patient_read() {
    let event = audit_event(&one(look(Some("p1"), Action::OpenPatient, OutcomeText::Done)));
    // In one order, whichever way other packages have built serde_json.
    insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!(event) });
}

#[test]
fn a_search_for_people_follows_balp_query() {
    let event = audit_event(&one(look(None, Action::FindPatients, OutcomeText::Done)));
    insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!(event) });
}

#[test]
fn a_refusal_is_reported_and_claims_no_profile_of_success() {
    let refused = OutcomeText::Refused("the person has withdrawn consent".into());
    let event = audit_event(&one(look(Some("p1"), Action::OpenPatient, refused)));
    assert_eq!(event["outcome"], "4");
    assert_eq!(event["outcomeDesc"], "the person has withdrawn consent");
    assert!(event.get("meta").is_none());
}

#[test]
fn an_emergency_says_so_in_codes() {
    let look = Look {
        purpose: "BTG".into(),
        ..look(Some("p1"), Action::OpenInEmergency, OutcomeText::Done)
    };
    let event = audit_event(&one(look));
    assert_eq!(event["purposeOfEvent"][0]["coding"][0]["code"], "BTG");
    assert_eq!(event["agent"][2]["purposeOfUse"][0]["coding"][0]["code"], "BTG");
}

#[test]
fn every_action_makes_an_event_that_names_its_own_entry() {
    for action in Action::ALL {
        let entry = one(look(Some("p1"), action, OutcomeText::Done));
        let event = audit_event(&entry);
        assert_eq!(event["id"], entry.event_id(), "{action:?}");
        assert_eq!(event, audit_event(&entry), "the same event each time");
        assert_eq!(event["recorded"], "2026-11-22T09:14:02.345Z");
        assert_eq!(
            event["agent"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|a| a["requestor"] == true)
                .count(),
            1
        );
    }
    let ids: std::collections::BTreeSet<String> = chain(500).0.iter().map(Entry::event_id).collect();
    assert_eq!(ids.len(), 500);
}
