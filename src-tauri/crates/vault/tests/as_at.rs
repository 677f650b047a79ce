//! As at: what could be seen then, exactly, or said why not.

mod support;

use chrono::{DateTime, Utc};
use curlew_audit::{Action, Shown};
use curlew_record::view::TimelineFilter;
use curlew_record::{Arrival, Failure, FirstScreen};
use curlew_vault::{Basis, Change, OpenPatient, Part, PatientUpdate, Vault, VaultError, VersionSet, Wanted};
use proptest::prelude::*;
use support::{Bench, allergy, apply, at, hold, look, open, patient, problem, put, update};

/// Everything that the screens say.
#[derive(PartialEq)]
struct Said {
    first: FirstScreen,
    screens: serde_json::Value,
}

fn said(open: &OpenPatient) -> Said {
    let mut screens = serde_json::json!([
        open.timeline(&TimelineFilter::default(), 0, 1_000)
            .expect("the open record answers"),
        open.timeline_index(&TimelineFilter::default())
            .expect("the open record answers"),
        open.medicines().expect("the open record answers"),
        open.results().expect("the open record answers"),
        open.summary().expect("the open record answers"),
        open.documents().expect("the open record answers"),
        open.plans().expect("the open record answers"),
        open.people().expect("the open record answers"),
        open.gaps().expect("the open record answers"),
    ]);
    for screen in screens.as_array_mut().expect("the open record answers") {
        let past = screen
            .as_object_mut()
            .expect("the open record answers")
            .remove("as_at");
        assert_eq!(
            past.is_some(),
            open.as_at().is_some(),
            "every answer says what it is"
        );
    }
    Said {
        first: open.first().expect("the open record answers"),
        screens,
    }
}

/// Compares without printing a whole record.
fn same(left: &Said, right: &Said) {
    assert!(left.first == right.first, "the first screens differ");
    let screens = left.screens.as_array().expect("the open record answers").iter();
    for (place, (left, right)) in screens
        .zip(right.screens.as_array().expect("the open record answers"))
        .enumerate()
    {
        assert!(left == right, "screen {place} differs:\n{left}\n{right}");
    }
}

fn open_as_at(vault: &Vault, id: &str, moment: DateTime<Utc>) -> Result<OpenPatient, VaultError> {
    let receipt = vault.write_look(look(id, Action::OpenAsAt), moment)?;
    vault.as_at(receipt, Wanted::Moment(moment))
}

fn part(failures: &[&str]) -> Part {
    let failures = failures
        .iter()
        .map(|what| Failure {
            what: (*what).to_owned(),
            touches_safety: true,
        })
        .collect();
    Part::Last {
        arrival: Arrival {
            failures,
            ..Arrival::default()
        },
        synced_to: None,
    }
}

fn delta(id: &str, changes: Vec<Change>, minutes: i64) -> PatientUpdate {
    PatientUpdate {
        patient: id.into(),
        basis: Basis::Delta,
        changes,
        part: part(&[]),
        received_at: at(minutes),
    }
}

fn delete(id: &str) -> Change {
    Change::Delete {
        resource_type: "Condition".into(),
        id: id.into(),
    }
}

fn titles(open: &OpenPatient) -> Vec<String> {
    let page = open
        .timeline(&TimelineFilter::default(), 0, 1_000)
        .expect("the open record answers");
    let mut titles: Vec<String> = page.lines.into_iter().map(|line| line.title).collect();
    titles.sort();
    titles
}

#[test]
fn a_past_view_says_what_was_said_then_and_says_that_it_is_past() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure", "Knee pain"], 1);
    let then = said(&open(&vault, "p1", 2).unwrap());
    let changed = vec![
        put(&problem("p1", "p1-c0", "Heart failure, severe", "2020-05-01")),
        delete("p1-c1"),
        put(&allergy("p1", "p1-a2", "latex")),
    ];
    apply(&vault, delta("p1", changed, 10)).unwrap();
    let now = said(&open(&vault, "p1", 11).unwrap());
    assert!(then != now, "something changed");

    let past = open_as_at(&vault, "p1", at(9)).unwrap();
    let as_at = past.as_at().unwrap();
    assert!(
        as_at.text.starts_with("As this device could show it on "),
        "{as_at:?}"
    );
    assert_eq!(as_at.notes, Vec::<String>::new());
    same(&said(&past), &then);
    // The source behind a line is that of then too.
    let (line, sources) = past.source("Condition/p1-c0").unwrap();
    assert_eq!(line.title, "Heart failure");
    assert!(sources[0].raw.contains("\"Heart failure\""));
    assert!(past.source_view("Condition/p1-c0").unwrap().as_at.is_some());

    // From its own moment on it is what it is; what was new to the user then, too.
    same(&said(&open_as_at(&vault, "p1", at(10)).unwrap()), &now);
    let seen = said(&open(&vault, "p1", 20).unwrap());
    same(&said(&open_as_at(&vault, "p1", at(19)).unwrap()), &seen);
}

#[test]
fn what_was_being_loaded_was_not_yet_to_be_seen() {
    let bench = Bench::new();
    let vault = bench.create();
    let more = |page: &str| Part::More { next: page.into() };
    let raws = [patient("p1", "Canary")];
    apply(&vault, update("p1", Basis::Full, &raws, more("2"), 1)).unwrap();
    let raws = [allergy("p1", "a1", "penicillin")];
    apply(&vault, update("p1", Basis::Full, &raws, part(&[]), 5)).unwrap();
    assert!(matches!(
        open_as_at(&vault, "p1", at(3)).err(),
        Some(VaultError::NotHeldThen)
    ));
    assert_eq!(titles(&open_as_at(&vault, "p1", at(5)).unwrap()), ["penicillin"]);
}

#[test]
fn what_had_not_arrived_then_is_told_as_it_was() {
    let bench = Bench::new();
    let vault = bench.create();
    let raws = [patient("p1", "Canary"), problem("p1", "c1", "Gout", "2020")];
    apply(
        &vault,
        update("p1", Basis::Full, &raws, part(&["page 3 did not arrive"]), 1),
    )
    .unwrap();
    let then = said(&open(&vault, "p1", 2).unwrap());
    // Nothing of the record changes, only what is missing.
    apply(&vault, update("p1", Basis::Full, &raws, part(&[]), 10)).unwrap();
    let past = open_as_at(&vault, "p1", at(4)).unwrap();
    assert!(
        past.gaps()
            .unwrap()
            .gaps
            .iter()
            .any(|gap| gap.text.contains("page 3"))
    );
    same(&said(&past), &then);
    let now = open(&vault, "p1", 11).unwrap();
    assert!(
        !now.gaps()
            .unwrap()
            .gaps
            .iter()
            .any(|gap| gap.text.contains("page 3"))
    );
    let words: Vec<String> = now
        .moments()
        .unwrap()
        .into_iter()
        .map(|moment| moment.words)
        .collect();
    assert_eq!(words[1], "What was missing changed");
}

#[test]
fn what_consent_destroyed_is_gone_from_the_past_and_the_past_says_so() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure", "Secret matter"], 1);
    let shown = open(&vault, "p1", 2).unwrap().version_set().unwrap();
    let open_past = open_as_at(&vault, "p1", at(5)).unwrap();
    let purge = Change::Purge {
        resource_type: "Condition".into(),
        id: "p1-c1".into(),
        reason: "consent was withdrawn.".into(),
    };
    apply(&vault, delta("p1", vec![purge], 10)).unwrap();
    assert!(
        matches!(open_past.gaps(), Err(VaultError::Locked)),
        "a view that was open does not go on showing it"
    );
    let past = open_as_at(&vault, "p1", at(5)).unwrap();
    assert_eq!(titles(&past), ["Heart failure", "penicillin"]);
    let notes = &past.as_at().unwrap().notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].starts_with("1 entry (") && notes[0].contains("because consent was withdrawn"),
        "{notes:?}"
    );
    assert!(
        past.gaps()
            .unwrap()
            .gaps
            .iter()
            .any(|gap| gap.text.contains("could be seen then, and destroyed on"))
    );
    assert_ne!(past.version_set().unwrap(), shown, "no longer what was shown");
    // After the destruction nothing of it is missing from what could be seen.
    assert!(
        open_as_at(&vault, "p1", at(10))
            .unwrap()
            .as_at()
            .unwrap()
            .notes
            .is_empty()
    );
}

#[test]
fn a_full_load_keeps_the_past_of_what_it_brings_and_says_what_it_did_not_bring() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure", "Knee pain"], 1);
    apply(
        &vault,
        delta(
            "p1",
            vec![put(&problem("p1", "p1-c0", "Heart failure, severe", "2020"))],
            10,
        ),
    )
    .unwrap();
    apply(
        &vault,
        delta(
            "p1",
            vec![put(&problem("p1", "p1-c0", "Heart failure", "2020-05-01"))],
            20,
        ),
    )
    .unwrap();
    let at_twelve = said(&open(&vault, "p1", 30).unwrap());
    // Back to the first words, and "Knee pain" not given any more.
    hold(&vault, "p1", "Canary", &["Heart failure"], 40);
    let past = |minutes| titles(&open_as_at(&vault, "p1", at(minutes)).unwrap());
    assert_eq!(past(5), ["Heart failure", "penicillin"]);
    assert_eq!(past(15), ["Heart failure, severe", "penicillin"]);
    assert_eq!(past(25), ["Heart failure", "penicillin"]);
    let noted = open_as_at(&vault, "p1", at(25)).unwrap();
    assert!(noted.as_at().unwrap().notes[0].contains("the source no longer gives it"));
    assert!(said(&noted) != at_twelve);
    assert!(
        open_as_at(&vault, "p1", at(40))
            .unwrap()
            .as_at()
            .unwrap()
            .notes
            .is_empty()
    );
}

#[test]
fn what_its_source_had_deleted_stays_in_the_past_across_a_full_load() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure", "Knee pain"], 1);
    let then = said(&open(&vault, "p1", 2).unwrap());
    apply(&vault, delta("p1", vec![delete("p1-c1")], 10)).unwrap();
    hold(&vault, "p1", "Canary", &["Heart failure"], 40);
    hold(&vault, "p1", "Canary", &["Heart failure"], 50);
    same(&said(&open_as_at(&vault, "p1", at(5)).unwrap()), &then);
}

#[test]
fn a_look_is_matched_by_its_version_set_whatever_the_clock_says() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure"], 100);
    let set = vault.caseload_patient("p1").unwrap().unwrap().version_set;
    assert_eq!(open(&vault, "p1", 101).unwrap().version_set().unwrap(), set);
    // The clock is set back an hour, and the record changes.
    apply(
        &vault,
        delta("p1", vec![put(&problem("p1", "p1-c9", "Gout", "2021"))], 40),
    )
    .unwrap();
    let later = vault.caseload_patient("p1").unwrap().unwrap().version_set;
    assert_ne!(set, later);
    let text = Shown {
        screen: "overview".into(),
        version_set: later.map(|set| set.to_string()),
    }
    .to_string();
    let read = Shown::parse(&text)
        .version_set
        .and_then(|set| VersionSet::parse(&set));
    let receipt = vault
        .write_look(look("p1", Action::ViewLogEntry), at(41))
        .unwrap();
    let wanted = Wanted::Look {
        seq: receipt.seq(),
        at: at(41),
        version_set: read,
    };
    let past = vault.as_at(receipt, wanted).unwrap();
    assert_eq!(past.version_set().unwrap(), later);
    assert!(titles(&past).contains(&"Gout".to_owned()));
}

#[test]
fn only_a_receipt_for_looking_back_opens_the_past_and_it_opens_nothing_else() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &[], 1);
    let receipt = vault.write_look(look("p1", Action::OpenPatient), at(2)).unwrap();
    assert!(matches!(
        vault.as_at(receipt, Wanted::Moment(at(2))).err(),
        Some(VaultError::NotAReceiptForOpening)
    ));
    let receipt = vault.write_look(look("p1", Action::OpenAsAt), at(2)).unwrap();
    assert!(matches!(
        vault.open(receipt).err(),
        Some(VaultError::NotAReceiptForOpening)
    ));
    let receipt = vault.write_look(look("p2", Action::OpenAsAt), at(2)).unwrap();
    assert!(matches!(
        vault.as_at(receipt, Wanted::Moment(at(2))).err(),
        Some(VaultError::NotHeld)
    ));
}

#[test]
fn locking_and_erasing_close_the_past_as_they_close_the_present() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &[], 1);
    let past = open_as_at(&vault, "p1", at(2)).unwrap();
    vault.forget("p1", "left the caseload", at(3)).unwrap();
    assert!(matches!(past.first(), Err(VaultError::Locked)));
    hold(&vault, "p1", "Canary", &[], 10);
    let past = open_as_at(&vault, "p1", at(11)).unwrap();
    vault.lock();
    assert!(matches!(past.gaps(), Err(VaultError::Locked)));
}

#[test]
fn looking_back_writes_nothing_of_the_patient_to_the_disk() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure"], 1);
    let files = || {
        let records = bench.records();
        records
            .iter()
            .map(|file| (file.clone(), std::fs::read(file).unwrap()))
            .collect::<Vec<_>>()
    };
    let before = files();
    let past = open_as_at(&vault, "p1", at(2)).unwrap();
    assert_eq!(titles(&past).len(), 2);
    assert_eq!(files(), before);
}

#[test]
fn moments_say_what_each_change_brought() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure", "Knee pain"], 1);
    let changed = vec![
        put(&problem("p1", "p1-c0", "Heart failure, severe", "2020-05-01")),
        delete("p1-c1"),
        put(&allergy("p1", "p1-a2", "latex")),
    ];
    apply(&vault, delta("p1", changed, 10)).unwrap();
    // What is received again unchanged is no change.
    apply(
        &vault,
        delta("p1", vec![put(&allergy("p1", "p1-a2", "latex"))], 20),
    )
    .unwrap();
    let open = open(&vault, "p1", 30).unwrap();
    let moments = open.moments().unwrap();
    let told: Vec<(DateTime<Utc>, &str)> = moments
        .iter()
        .map(|moment| (moment.at, moment.words.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                at(1),
                "The copy was made: 1 new allergy \u{b7} 2 new problems \u{b7} 1 new entry about people and services"
            ),
            (
                at(10),
                "1 new allergy \u{b7} 1 changed problem \u{b7} 1 removed problem"
            ),
        ]
    );
}

#[test]
fn what_changed_since_the_last_look_is_counted_by_kind_for_caseload_and_banner() {
    let bench = Bench::new();
    let vault = bench.create();
    let changed = |vault: &Vault| {
        let state = vault.caseload_patient("p1").unwrap().unwrap();
        state.changed_since_last_look()
    };
    hold(&vault, "p1", "Canary", &["Heart failure", "Knee pain"], 1);
    assert!(
        changed(&vault).is_empty(),
        "never looked: nothing to compare with"
    );
    assert!(
        open(&vault, "p1", 2)
            .unwrap()
            .changed_since_last_look()
            .is_empty()
    );
    apply(
        &vault,
        delta(
            "p1",
            vec![put(&problem("p1", "p1-c0", "Heart failure, worse", "2020"))],
            10,
        ),
    )
    .unwrap();
    apply(
        &vault,
        delta(
            "p1",
            vec![put(&problem("p1", "p1-c0", "Heart failure, severe", "2020"))],
            20,
        ),
    )
    .unwrap();
    apply(
        &vault,
        delta(
            "p1",
            vec![delete("p1-c1"), put(&allergy("p1", "p1-a2", "latex"))],
            30,
        ),
    )
    .unwrap();
    let words = ["1 new allergy", "1 changed problem", "1 removed problem"];
    assert_eq!(changed(&vault), words, "changed twice is changed once");
    let open_now = open(&vault, "p1", 40).unwrap();
    assert_eq!(open_now.changed_since_last_look(), words);
    let only = TimelineFilter {
        only_changed: true,
        ..TimelineFilter::default()
    };
    let lines = open_now.timeline(&only, 0, 10).unwrap().lines;
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.is_new));
    assert_eq!(
        open_now
            .timeline_index(&TimelineFilter::default())
            .unwrap()
            .changed,
        2
    );
    assert!(changed(&vault).is_empty(), "seen now");
    // Back to what it was: nothing to say.
    apply(
        &vault,
        delta(
            "p1",
            vec![put(&problem("p1", "p1-c0", "Passing words", "2020"))],
            50,
        ),
    )
    .unwrap();
    apply(
        &vault,
        delta(
            "p1",
            vec![put(&problem("p1", "p1-c0", "Heart failure, severe", "2020"))],
            60,
        ),
    )
    .unwrap();
    assert!(changed(&vault).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 24 } else { 200 }))]

    /// Whatever was loaded, changed, deleted and loaded again, and however the looks fell between: as at the moment of a
    /// look says what that look said, and its version set is the one it was written down with.
    #[test]
    fn as_at_says_what_each_look_said(steps in steps()) {
        let bench = Bench::new();
        let vault = bench.create();
        let mut looks = Vec::new();
        // A full load may destroy what it does not bring: looks before it are held to what is left.
        let mut from = 0;
        hold(&vault, "p1", "Canary", &[], 0);
        for (number, step) in steps.iter().enumerate() {
            let minutes = 10 * (number as i64 + 1);
            match step {
                Step::Change { put: changed, deleted, missing } => {
                    let mut changes: Vec<Change> = changed
                        .iter()
                        .map(|(id, words)| put(&problem("p1", &format!("c{id}"), &format!("Words {words}"), "2020")))
                        .collect();
                    changes.extend(deleted.iter().map(|id| delete(&format!("c{id}"))));
                    let update = PatientUpdate {
                        part: part(if *missing { &["page 3 did not arrive"] } else { &[] }),
                        ..delta("p1", changes, minutes)
                    };
                    apply(&vault, update).unwrap();
                }
                Step::Whole { held } => {
                    let mut raws = vec![patient("p1", "Canary")];
                    raws.extend(held.iter().map(|(id, words)| {
                        problem("p1", &format!("c{id}"), &format!("Words {words}"), "2020")
                    }));
                    apply(&vault, update("p1", Basis::Full, &raws, part(&[]), minutes)).unwrap();
                    from = minutes;
                }
            }
            let opened = open(&vault, "p1", minutes + 5).unwrap();
            let set = vault.caseload_patient("p1").unwrap().unwrap().version_set;
            prop_assert_eq!(opened.version_set().unwrap(), set);
            looks.push((minutes + 5, said(&opened), set));
        }
        for (minutes, then, set) in &looks {
            let past = open_as_at(&vault, "p1", at(*minutes) - chrono::TimeDelta::milliseconds(1)).unwrap();
            let exact = past.as_at().unwrap().notes.is_empty();
            prop_assert!(exact || *minutes < from, "only a whole load destroys");
            prop_assert_eq!(past.version_set().unwrap() == *set, exact, "the version set tells whether it is the same");
            if exact {
                same(&said(&past), then);
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Change {
        put: Vec<(u8, u8)>,
        deleted: Vec<u8>,
        missing: bool,
    },
    Whole {
        held: std::collections::BTreeMap<u8, u8>,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let resource = || (0_u8..4, 0_u8..3);
    let change = (
        prop::collection::vec(resource(), 0..3),
        prop::collection::vec(0_u8..4, 0..2),
        any::<bool>(),
    )
        .prop_map(|(put, deleted, missing)| Step::Change {
            put,
            deleted,
            missing,
        });
    let whole = prop::collection::btree_map(0_u8..4, 0_u8..3, 0..4).prop_map(|held| Step::Whole { held });
    prop::collection::vec(prop_oneof![3 => change, 1 => whole], 1..7)
}
