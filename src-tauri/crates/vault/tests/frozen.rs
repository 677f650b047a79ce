//! Stores as earlier versions of the program left them still open, whole.
//!
//! `tests/frozen/store-N` is a store folder of format N with the keychain it belongs to, made once by the program of
//! that time from people who do not exist, and never made again.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use curlew_audit::Action;
use curlew_record::view::TimelineFilter;
use curlew_record::{Arrival, Failure};
use curlew_vault::{
    Basis, CaseloadEntry, Change, Keychain, KeychainError, MemoryKeychain, OpenPatient, Part, PatientUpdate,
    Wanted,
};
use support::{Bench, allergy, apply, at, copy_folder, open, patient, problem, put, update};

/// A keychain that can be written down.
#[derive(Default)]
struct Noted {
    inner: MemoryKeychain,
    accounts: Mutex<std::collections::BTreeSet<String>>,
}

impl Keychain for Noted {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        self.inner.get(account)
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        self.accounts
            .lock()
            .expect("no panic elsewhere")
            .insert(account.to_owned());
        self.inner.set(account, secret)
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.inner.delete(account)
    }
}

/// A frozen store in a folder of its own, and the keychain it belongs to.
fn thaw(format: u32) -> Bench {
    let frozen =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/frozen/store-{format}"));
    let text = std::fs::read_to_string(frozen.join("keychain.json")).expect("the frozen keychain");
    let entries: BTreeMap<String, String> = serde_json::from_str(&text).expect("a map");
    let keychain = MemoryKeychain::new();
    for (account, digits) in entries {
        let secret: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|place| u8::from_str_radix(&digits[place..place + 2], 16).expect("hexadecimal digits"))
            .collect();
        keychain.set(&account, &secret).expect("a keychain in memory");
    }
    let bench = Bench::with_keychain(Arc::new(keychain));
    copy_folder(&frozen.join("stores"), bench.folder.path());
    bench
}

fn titles(open: &OpenPatient) -> Vec<String> {
    let page = open
        .timeline(&TimelineFilter::default(), 0, 100)
        .expect("the open record answers");
    let mut titles: Vec<String> = page.lines.into_iter().map(|line| line.title).collect();
    titles.sort();
    titles
}

#[test]
fn a_store_of_format_1_opens_with_everything_it_held() {
    let bench = thaw(1);
    let vault = bench.unlock().unwrap();
    let state = vault.caseload_patient("p1").unwrap().unwrap();
    assert!(state.held && !state.damaged, "an update costs nobody their copy");
    assert!(state.version_set.is_some());
    assert_eq!(state.last_look, Some(at(15)));
    assert_eq!(
        state.changed_since_last_look(),
        ["1 new allergy", "1 removed problem"]
    );
    assert_eq!(vault.verify_log().unwrap(), Ok(1));
    let now = open(&vault, "p1", 30).unwrap();
    assert_eq!(titles(&now), ["Heart failure, severe", "latex", "penicillin"]);
    let moments: Vec<_> = now
        .moments()
        .unwrap()
        .into_iter()
        .map(|moment| moment.at)
        .collect();
    assert_eq!(moments, [at(1), at(10), at(20)]);
    let as_at = |minutes| {
        let receipt = vault
            .write_look(support::look("p1", Action::OpenAsAt), at(31))
            .unwrap();
        vault.as_at(receipt, Wanted::Moment(at(minutes))).unwrap()
    };
    let then = as_at(5);
    assert_eq!(titles(&then), ["Heart failure", "Knee pain", "penicillin"]);
    assert_eq!(
        then.version_set().unwrap(),
        None,
        "nobody kept what was missing then"
    );
    assert!(then.as_at().unwrap().notes[0].starts_with("What was missing at that moment is not known"));
    assert!(
        then.gaps()
            .unwrap()
            .gaps
            .iter()
            .any(|gap| gap.text.starts_with("What was missing at that moment"))
    );
    assert_eq!(
        titles(&as_at(12)),
        ["Heart failure, severe", "Knee pain", "penicillin"]
    );
    // The newest step is the present one, of which it is known.
    let last = as_at(25);
    assert_eq!(last.as_at().unwrap().notes, Vec::<String>::new());
    assert_eq!(last.version_set().unwrap(), now.version_set().unwrap());
    // Nothing in the old format is left beside the new.
    let left: Vec<_> = std::fs::read_dir(bench.store_folder())
        .unwrap()
        .chain(std::fs::read_dir(bench.store_folder().join("records")).unwrap())
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("before"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_store_of_format_2_opens_with_everything_it_held() {
    let bench = thaw(2);
    let vault = bench.unlock().unwrap();
    let state = vault.caseload_patient("p1").unwrap().unwrap();
    assert!(state.held && !state.damaged, "an update costs nobody their copy");
    let before = state.version_set;
    assert!(before.is_some());
    let now = open(&vault, "p1", 30).unwrap();
    assert_eq!(titles(&now), ["Heart failure, severe", "latex", "penicillin"]);
    assert_eq!(
        now.version_set().unwrap(),
        before,
        "what is shown is what was shown"
    );
    // The rows are made anew in the new shape, words, filters and sources included.
    let found = now.search("heart sev", 10).unwrap().lines;
    assert_eq!(found.len(), 1);
    let (line, sources) = now.source(&found[0].id).unwrap();
    assert_eq!((line.title.as_str(), sources.len()), ("Heart failure, severe", 1));
    let index = now.timeline_index(&TimelineFilter::default()).unwrap();
    assert_eq!(index.problems.len(), 1);
    for (minutes, expected) in [
        (5, ["Heart failure", "Knee pain", "penicillin"]),
        (12, ["Heart failure, severe", "Knee pain", "penicillin"]),
    ] {
        let receipt = vault
            .write_look(support::look("p1", Action::OpenAsAt), at(31))
            .unwrap();
        let then = vault.as_at(receipt, Wanted::Moment(at(minutes))).unwrap();
        assert_eq!(titles(&then), expected);
        assert!(then.version_set().unwrap().is_some());
    }
}

#[test]
fn a_copy_of_an_earlier_format_takes_in_changes_before_anybody_opens_it() {
    for (format, basis) in [1, 2]
        .into_iter()
        .flat_map(|f| [(f, Basis::Delta), (f, Basis::Full)])
    {
        let bench = thaw(format);
        let vault = bench.unlock().unwrap();
        let raws = match basis {
            Basis::Delta => vec![problem("p1", "c3", "Gout", "2022")],
            Basis::Full => vec![
                patient("p1", "Frozen"),
                problem("p1", "c1", "Heart failure, severe", "2020-05-01"),
                problem("p1", "c3", "Gout", "2022"),
            ],
        };
        apply(&vault, update("p1", basis, &raws, support::last(), 40)).unwrap();
        let receipt = vault
            .write_look(support::look("p1", Action::OpenAsAt), at(50))
            .unwrap();
        let then = vault.as_at(receipt, Wanted::Moment(at(12))).unwrap();
        let mut expected = vec!["Heart failure, severe", "Knee pain", "penicillin"];
        if basis == Basis::Full {
            // No longer given, so no longer kept; what its source had deleted is.
            expected.retain(|title| *title != "penicillin");
        }
        assert_eq!(titles(&then), expected, "{format} {basis:?}");
        assert!(titles(&open(&vault, "p1", 51).unwrap()).contains(&"Gout".to_owned()));
    }
}

/// Makes a `tests/frozen/store-N`, named `store-1` here. Run once, by the program that wrote format N:
/// a patient loaded whole at minute 1, changed at minute 10, with a deletion at minute 20, opened at minute 15.
#[test]
#[ignore = "makes the frozen files, which are made once"]
fn freeze() {
    let keychain = Arc::new(Noted::default());
    let bench = Bench::with_keychain(keychain.clone());
    let vault = bench.create();
    vault
        .set_caseload(
            vec![CaseloadEntry {
                patient: "p1".into(),
                position: 0,
                raw_patient: patient("p1", "Frozen"),
            }],
            at(0),
        )
        .unwrap();
    let raws = [
        patient("p1", "Frozen"),
        allergy("p1", "a1", "penicillin"),
        problem("p1", "c1", "Heart failure", "2020-05-01"),
        problem("p1", "c2", "Knee pain", "2021-05-01"),
    ];
    apply(&vault, update("p1", Basis::Full, &raws, support::last(), 1)).unwrap();
    let changed = [problem("p1", "c1", "Heart failure, severe", "2020-05-01")];
    let failed = Part::Last {
        arrival: Arrival {
            failures: vec![Failure {
                what: "page 3 did not arrive".into(),
                touches_safety: true,
            }],
            ..Arrival::default()
        },
        synced_to: Some("2026-11-23T08:10:00Z".into()),
    };
    apply(&vault, update("p1", Basis::Delta, &changed, failed, 10)).unwrap();
    drop(open(&vault, "p1", 15).unwrap());
    let gone = PatientUpdate {
        patient: "p1".into(),
        basis: Basis::Delta,
        changes: vec![
            Change::Delete {
                resource_type: "Condition".into(),
                id: "c2".into(),
            },
            put(&allergy("p1", "a2", "latex")),
        ],
        part: support::last(),
        received_at: at(20),
    };
    apply(&vault, gone).unwrap();
    vault.lock();
    drop(vault);
    let target = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen/store-1");
    copy_folder(bench.folder.path(), &target.join("stores"));
    let entries: BTreeMap<String, String> = keychain
        .accounts
        .lock()
        .unwrap()
        .iter()
        .filter_map(|account| {
            let secret = keychain.inner.get(account).unwrap()?;
            Some((
                account.clone(),
                secret.iter().map(|byte| format!("{byte:02x}")).collect(),
            ))
        })
        .collect();
    std::fs::write(
        target.join("keychain.json"),
        serde_json::to_string_pretty(&entries).unwrap(),
    )
    .unwrap();
}
