//! Patients' copies: whole or not at all, and gone when erased.

mod support;

use curlew_audit::{Action, OutcomeText};
use curlew_record::view::TimelineFilter;
use curlew_record::{Arrival, Failure};
use curlew_vault::{Applied, Basis, CaseloadEntry, Change, DamagedPart, Part, Resumption, Vault, VaultError};
use support::{
    Bench, allergy, apply, at, copy_folder, hold, last, look, nurse, open, patient, permitted, problem, put,
    restore_folder, update,
};

fn titles(vault: &Vault, id: &str) -> Vec<String> {
    let open = open(vault, id, 500).expect("an open patient");
    let page = open
        .timeline(&TimelineFilter::default(), 0, 1_000)
        .expect("a timeline");
    page.lines.into_iter().map(|line| line.title).collect()
}

#[test]
fn what_was_applied_is_shown_and_opens_to_its_source_verbatim() {
    let bench = Bench::new();
    let vault = bench.create();
    let applied = hold(
        &vault,
        "p1",
        "Canary",
        &["Heart failure", "Chronic kidney disease"],
        1,
    );
    assert_eq!(
        applied,
        Applied {
            resources: 4,
            complete: true
        }
    );
    drop(vault);
    let vault = bench.unlock().unwrap();
    let open = open(&vault, "p1", 5).unwrap();
    assert_eq!(open.patient(), "p1");
    assert!(
        open.first()
            .unwrap()
            .banner
            .name
            .to_uppercase()
            .contains("CANARY")
    );
    assert_eq!(open.last_contact(), Some(at(1)));
    assert_eq!(open.last_look(), None);
    let gaps = open.gaps().unwrap();
    assert_eq!(gaps.received, 4);
    assert_eq!(gaps.received, gaps.shown + gaps.named);
    let found = open.search("kidn chron", 10).unwrap();
    assert_eq!(found.lines.len(), 1);
    let (line, sources) = open.source(&found.lines[0].id).unwrap();
    assert_eq!(line.id, found.lines[0].id);
    assert_eq!(sources.len(), 1);
    assert_eq!(
        sources[0].raw,
        problem("p1", "p1-c1", "Chronic kidney disease", "2020-05-01")
    );
    assert_eq!(sources[0].received, at(1));
    assert!(matches!(
        open.source("Condition/nobody").err().unwrap(),
        VaultError::NoSuchLine
    ));
}

#[test]
fn every_line_of_every_screen_opens_to_its_source() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure"], 1);
    let open = open(&vault, "p1", 5).unwrap();
    let mut lines = open.timeline(&TimelineFilter::default(), 0, 1_000).unwrap().lines;
    for sections in [open.summary(), open.documents(), open.plans(), open.people()] {
        lines.extend(
            sections
                .unwrap()
                .sections
                .into_iter()
                .flat_map(|section| section.lines),
        );
    }
    lines.extend(open.results().unwrap().other);
    assert!(!lines.is_empty());
    for line in lines {
        let (found, sources) = open.source(&line.id).unwrap();
        assert_eq!(found.id, line.id);
        assert_eq!(sources.len(), line.sources.len(), "{}", line.id);
    }
}

#[test]
fn searching_takes_words_not_operators() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(
        &vault,
        "p1",
        "Canary",
        &["Heart failure", "Co-codamol overuse"],
        1,
    );
    let open = open(&vault, "p1", 5).unwrap();
    let count = |text: &str| open.search(text, 50).unwrap().lines.len();
    assert_eq!(count("co-cod"), 1);
    assert_eq!(count("overuse CO"), 1);
    assert_eq!(count("heart OR zzqx"), 0, "an operator is a word like any other");
    for hostile in [
        "\"",
        "heart*",
        "words:heart",
        "(",
        "NEAR(heart failure)",
        "heart\0",
        "' OR 1=1 --",
        "*",
    ] {
        open.search(hostile, 50).unwrap();
    }
    assert_eq!(count("***"), 0, "nothing but separators finds nothing");
    assert!(count("  ") > 1, "nothing typed filters nothing");
}

#[test]
fn the_index_of_a_timeline_agrees_with_its_pages_under_every_filter() {
    let bench = Bench::new();
    let vault = bench.create();
    let texts: Vec<String> = (0..60).map(|number| format!("Problem number {number}")).collect();
    let raws: Vec<String> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| {
            problem(
                "p1",
                &format!("c{number}"),
                text,
                &format!("{}-03-01", 1990 + number % 9),
            )
        })
        .chain([patient("p1", "Canary"), allergy("p1", "a1", "penicillin")])
        .collect();
    apply(&vault, update("p1", Basis::Full, &raws, last(), 1)).unwrap();
    let open = open(&vault, "p1", 5).unwrap();
    let everything = open.timeline_index(&TimelineFilter::default()).unwrap();
    let mut filters = vec![TimelineFilter::default()];
    for kind in &everything.kinds {
        let kind = serde_json::from_value(serde_json::json!(kind.value)).unwrap();
        filters.push(TimelineFilter {
            kinds: vec![kind],
            ..TimelineFilter::default()
        });
    }
    filters.push(TimelineFilter {
        text: "problem number 1".into(),
        ..TimelineFilter::default()
    });
    for filter in filters {
        let index = open.timeline_index(&filter).unwrap();
        let all = open.timeline(&filter, 0, 1_000).unwrap().lines;
        assert_eq!(index.total as usize, all.len());
        assert_eq!(
            index.years.iter().map(|year| year.count).sum::<u32>(),
            index.total
        );
        let mut paged = Vec::new();
        while paged.len() < all.len() {
            let page = open.timeline(&filter, paged.len() as u32, 7).unwrap();
            assert!(!page.lines.is_empty());
            paged.extend(page.lines);
        }
        assert_eq!(paged, all, "pages tile the whole");
        for year in &index.years {
            let first = &open.timeline(&filter, year.offset, 1).unwrap().lines[0];
            let dated = year.label == "Date not recorded" || first.when.contains(&year.label);
            assert!(dated, "{} begins with {}", year.label, first.when);
        }
    }
}

#[test]
fn a_part_without_its_end_is_seen_by_nobody_and_goes_on_where_it_was() {
    let bench = Bench::new();
    let vault = bench.create();
    let first = [
        patient("p1", "Canary"),
        problem("p1", "c0", "Heart failure", "2020-05-01"),
    ];
    let staged = apply(
        &vault,
        update(
            "p1",
            Basis::Full,
            &first,
            Part::More {
                next: "page-2".into(),
            },
            1,
        ),
    )
    .unwrap();
    assert_eq!(
        staged,
        Applied {
            resources: 2,
            complete: false
        }
    );
    drop(vault);
    let vault = bench.unlock().unwrap();
    let state = vault.caseload_patient("p1").unwrap();
    assert!(state.is_none(), "not held, not listed");
    assert!(matches!(
        open(&vault, "p1", 2).err().unwrap(),
        VaultError::NotHeld
    ));
    let resumed = vault.resume("p1").unwrap();
    assert_eq!(
        resumed,
        Some(Resumption {
            basis: Basis::Full,
            next: "page-2".into()
        })
    );
    let second = [problem("p1", "c1", "Asthma", "2021-05-01")];
    let applied = apply(&vault, update("p1", Basis::Full, &second, last(), 3)).unwrap();
    assert_eq!(
        applied,
        Applied {
            resources: 3,
            complete: true
        }
    );
    assert_eq!(vault.resume("p1").unwrap(), None);
    let shown = titles(&vault, "p1");
    assert!(
        shown.iter().any(|title| title.contains("Heart failure")),
        "{shown:?}"
    );
    assert!(shown.iter().any(|title| title.contains("Asthma")), "{shown:?}");
}

#[test]
fn starting_again_leaves_nothing_of_the_first_start() {
    let bench = Bench::new();
    let vault = bench.create();
    let stale = [
        patient("p1", "Canary"),
        problem("p1", "c9", "Deleted since", "2020-05-01"),
    ];
    apply(
        &vault,
        update("p1", Basis::Full, &stale, Part::More { next: "2".into() }, 1),
    )
    .unwrap();
    vault.discard_staged("p1").unwrap();
    assert_eq!(vault.resume("p1").unwrap(), None);
    hold(&vault, "p1", "Canary", &["Heart failure"], 2);
    assert!(
        !titles(&vault, "p1")
            .iter()
            .any(|title| title.contains("Deleted since"))
    );
    assert_eq!(bench.records().len(), 1, "one file for one patient");
}

#[test]
fn a_delta_replaces_adds_and_removes_in_one_step() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure", "Asthma"], 1);
    let file = bench.records();
    let mut delta = update(
        "p1",
        Basis::Delta,
        &[
            problem(
                "p1",
                "p1-c0",
                "Heart failure, reduced ejection fraction",
                "2020-05-01",
            ),
            problem("p1", "p1-c2", "Gout", "2024-02-01"),
        ],
        Part::More { next: "2".into() },
        10,
    );
    delta.changes.push(Change::Delete {
        resource_type: "Condition".into(),
        id: "p1-c1".into(),
    });
    apply(&vault, delta).unwrap();
    // Staged: nothing of it shows, not even after a restart.
    drop(vault);
    let vault = bench.unlock().unwrap();
    let before = titles(&vault, "p1");
    assert!(before.iter().any(|title| title.contains("Asthma")), "{before:?}");
    assert!(!before.iter().any(|title| title.contains("Gout")), "{before:?}");
    assert_eq!(
        vault.resume("p1").unwrap(),
        Some(Resumption {
            basis: Basis::Delta,
            next: "2".into()
        })
    );
    let applied = apply(&vault, update("p1", Basis::Delta, &[], last(), 11)).unwrap();
    assert_eq!(applied.resources, 4);
    let after = titles(&vault, "p1");
    assert!(
        after.iter().any(|title| title.contains("reduced ejection")),
        "{after:?}"
    );
    assert!(after.iter().any(|title| title.contains("Gout")), "{after:?}");
    assert!(!after.iter().any(|title| title.contains("Asthma")), "{after:?}");
    assert_eq!(bench.records(), file, "in the same file");
}

#[test]
fn a_delta_for_somebody_not_held_is_refused() {
    let vault = Bench::new().create();
    let refused = apply(
        &vault,
        update("p1", Basis::Delta, &[patient("p1", "Canary")], last(), 1),
    );
    assert!(matches!(refused.unwrap_err(), VaultError::NotHeld));
}

#[test]
fn what_was_received_again_unchanged_is_not_new() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure"], 1);
    drop(open(&vault, "p1", 5).unwrap());
    // The same by delta, the same by full refresh, and one thing more.
    let again = [problem("p1", "p1-c0", "Heart failure", "2020-05-01")];
    apply(&vault, update("p1", Basis::Delta, &again, last(), 10)).unwrap();
    hold(&vault, "p1", "Canary", &["Heart failure", "Gout"], 20);
    let state = vault.caseload_patient("p1").unwrap().unwrap();
    assert_eq!(state.changed_since_last_look(), ["1 new problem"]);
    let open = open(&vault, "p1", 30).unwrap();
    assert_eq!(open.last_look(), Some(at(5)));
    let new: Vec<String> = open
        .timeline(&TimelineFilter::default(), 0, 100)
        .unwrap()
        .lines
        .into_iter()
        .filter(|line| line.is_new)
        .map(|line| line.title)
        .collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert!(new[0].contains("Gout"), "{new:?}");
}

#[test]
fn what_consent_keeps_back_goes_with_its_history_and_is_named() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure", "Sensitive matter"], 1);
    let mut refresh = update("p1", Basis::Delta, &[], last(), 10);
    refresh.changes.push(Change::Purge {
        resource_type: "Condition".into(),
        id: "p1-c1".into(),
        reason: "the person has asked for it not to be shared".into(),
    });
    let applied = apply(&vault, refresh).unwrap();
    assert_eq!(applied.resources, 3);
    assert!(
        !titles(&vault, "p1")
            .iter()
            .any(|title| title.contains("Sensitive"))
    );
    let state = vault.caseload_patient("p1").unwrap().unwrap();
    assert_eq!(state.arrival.withheld.len(), 1);
    assert_eq!(
        state.arrival.withheld[0].reason,
        "the person has asked for it not to be shared"
    );
    let open = open(&vault, "p1", 20).unwrap();
    assert!(matches!(
        open.source("Condition/p1-c1").err().unwrap(),
        VaultError::NoSuchLine
    ));
}

#[test]
fn what_did_not_arrive_is_remembered_and_makes_the_copy_incomplete() {
    let bench = Bench::new();
    let vault = bench.create();
    let failure = Failure {
        what: "page 3 did not arrive".into(),
        touches_safety: true,
    };
    let arrival = Arrival {
        failures: vec![failure],
        ..Arrival::default()
    };
    let part = Part::Last {
        arrival: arrival.clone(),
        synced_to: Some("t1".into()),
    };
    let applied = apply(
        &vault,
        update("p1", Basis::Full, &[patient("p1", "Canary")], part, 1),
    )
    .unwrap();
    assert!(!applied.complete);
    drop(vault);
    let vault = bench.unlock().unwrap();
    let state = vault.caseload_patient("p1").unwrap().unwrap();
    assert!(state.first.is_some());
    assert_eq!((state.arrival, state.synced_to), (arrival, Some("t1".into())));
}

#[test]
fn the_caseload_keeps_its_order_and_says_how_each_copy_stands() {
    let bench = Bench::new();
    let vault = bench.create();
    let entry = |id: &str, position| CaseloadEntry {
        patient: id.into(),
        position,
        raw_patient: patient(id, &format!("Family{id}")),
    };
    vault
        .set_caseload(vec![entry("p2", 1), entry("p1", 0), entry("p3", 2)], at(0))
        .unwrap();
    hold(&vault, "p2", "Familyp2", &[], 1);
    vault.note_withheld("p3", "withdrawn").unwrap();
    let caseload = vault.caseload().unwrap();
    let ids: Vec<&str> = caseload.iter().map(|person| person.patient.as_str()).collect();
    assert_eq!(ids, ["p1", "p2", "p3"]);
    assert_eq!(
        caseload.iter().map(|person| person.held).collect::<Vec<_>>(),
        [false, true, false]
    );
    assert_eq!(caseload[2].withheld_reason.as_deref(), Some("withdrawn"));
    assert!(caseload[1].name(at(2)).to_uppercase().contains("FAMILYP2"));
    vault.set_caseload(vec![entry("p3", 0)], at(5)).unwrap();
    assert_eq!(vault.caseload().unwrap().len(), 1);
    assert_eq!(vault.caseload_listed_at().unwrap(), Some(at(5)));
    assert!(
        vault.caseload_patient("p2").unwrap().is_some(),
        "held, though no longer listed"
    );
    assert!(vault.caseload_patient("p1").unwrap().is_none());
}

#[test]
fn only_its_own_receipt_opens_a_record() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &[], 1);
    let refuse = |receipt| {
        let refused = vault.open(receipt).err().unwrap();
        assert!(matches!(refused, VaultError::NotAReceiptForOpening), "{refused}");
    };
    refuse(vault.write_look(look("p1", Action::ViewCaseload), at(2)).unwrap());
    let mut refused_look = look("p1", Action::OpenPatient);
    refused_look.outcome = OutcomeText::Refused("consent".into());
    refuse(vault.write_look(refused_look, at(2)).unwrap());
    // Written down in somebody else's chain.
    let other = Bench::new();
    let others = other.create();
    for _ in 0..5 {
        drop(others.write_look(look("p1", Action::OpenPatient), at(2)).unwrap());
    }
    refuse(others.write_look(look("p1", Action::OpenPatient), at(2)).unwrap());
    assert!(open(&vault, "p1", 3).is_ok());
}

#[test]
fn locking_closes_what_is_open() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &[], 1);
    let opened = open(&vault, "p1", 2).unwrap();
    assert!(opened.medicines().is_ok());
    vault.lock();
    assert!(matches!(opened.medicines().unwrap_err(), VaultError::Locked));
    assert!(matches!(opened.first().unwrap_err(), VaultError::Locked));
    assert!(matches!(vault.caseload().err().unwrap(), VaultError::Locked));
    assert!(matches!(open(&vault, "p1", 3).err().unwrap(), VaultError::Locked));
    assert!(bench.unlock().is_ok());
}

#[test]
fn an_erased_patient_is_gone_and_nobody_else_is() {
    let bench = Bench::new();
    let vault = bench.create();
    for id in ["p1", "p2", "p3"] {
        hold(&vault, id, "Canary", &["Heart failure"], 1);
    }
    let opened = open(&vault, "p2", 2).unwrap();
    vault
        .forget("p2", "the person has withdrawn consent", at(3))
        .unwrap();
    assert!(
        matches!(opened.first().unwrap_err(), VaultError::Locked),
        "closed under whoever reads it"
    );
    assert_eq!(bench.records().len(), 2);
    assert!(matches!(
        open(&vault, "p2", 4).err().unwrap(),
        VaultError::NotHeld
    ));
    drop((opened, vault));
    let vault = bench.unlock().unwrap();
    assert!(open(&vault, "p1", 5).is_ok() && open(&vault, "p3", 5).is_ok());
    vault
        .set_caseload(
            vec![CaseloadEntry {
                patient: "p2".into(),
                position: 0,
                raw_patient: patient("p2", "C"),
            }],
            at(6),
        )
        .unwrap();
    let reason = vault.caseload().unwrap()[0].withheld_reason.clone();
    assert_eq!(reason.as_deref(), Some("the person has withdrawn consent"));
    // Permitted again: fetched again.
    hold(&vault, "p2", "Canary", &[], 7);
    assert!(open(&vault, "p2", 8).is_ok());
    assert_eq!(vault.caseload().unwrap()[0].withheld_reason, None);
}

#[test]
fn putting_back_a_copy_of_everything_does_not_bring_an_erased_patient_back() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure"], 1);
    vault.lock();
    drop(vault);
    let thief = tempfile::tempdir().unwrap();
    copy_folder(bench.folder.path(), thief.path());
    let vault = bench.unlock().unwrap();
    vault.forget("p1", "withdrawn", at(3)).unwrap();
    drop(vault);
    // The whole folder as it was, the keychain as it is, and the right passphrase.
    restore_folder(thief.path(), bench.folder.path());
    let vault = bench.unlock().unwrap();
    assert_eq!(bench.records().len(), 1, "the file is there");
    let refused = open(&vault, "p1", 4).err().unwrap();
    assert!(
        matches!(
            refused,
            VaultError::Damaged {
                what: DamagedPart::PatientFile
            }
        ),
        "{refused}"
    );
    let state = vault.caseload_patient("p1").unwrap().unwrap();
    assert!(!state.held && state.damaged && state.first.is_none());
}

#[test]
fn a_full_refresh_leaves_one_file_and_an_open_reader_undisturbed() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &["Heart failure"], 1);
    let before = bench.records();
    let opened = open(&vault, "p1", 2).unwrap();
    hold(&vault, "p1", "Canary", &["Gout"], 3);
    assert!(opened.search("heart", 5).is_ok());
    drop(opened);
    let after = bench.records();
    assert_eq!(after.len(), 1);
    assert_ne!(before, after);
    assert!(titles(&vault, "p1").iter().any(|title| title.contains("Gout")));
}

/// A refresh puts a new file in the place of the old one. Whoever has just read where the old one is must not take its
/// absence for damage.
#[test]
fn an_opening_beside_refreshes_and_erasures_is_never_called_damage() {
    let bench = Bench::new();
    for vault in [bench.create(), Vault::in_memory(&nurse(), at(0)).unwrap()] {
        hold(&vault, "p1", "Ashdown", &["Asthma"], 1);
        let refreshing = std::sync::atomic::AtomicBool::new(true);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut opened = 0;
                while refreshing.load(std::sync::atomic::Ordering::Relaxed) || opened == 0 {
                    match open(&vault, "p1", 2) {
                        Ok(_) => opened += 1,
                        Err(VaultError::NotHeld) => {}
                        Err(error) => return Err(error),
                    }
                    let state = vault.caseload_patient("p1")?;
                    assert!(!state.is_some_and(|state| state.damaged), "said to be damaged");
                }
                Ok(opened)
            });
            for turn in 0..60 {
                hold(&vault, "p1", "Ashdown", &["Asthma", "Fall"], 3 + turn);
                if turn % 10 == 9 {
                    vault.forget("p1", "left", at(3 + turn)).unwrap();
                    hold(&vault, "p1", "Ashdown", &["Asthma"], 3 + turn);
                }
            }
            refreshing.store(false, std::sync::atomic::Ordering::Relaxed);
            assert!(reader.join().unwrap().unwrap() > 0);
        });
    }
}

#[test]
fn files_that_nobody_names_are_swept_at_unlock() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &[], 1);
    drop(vault);
    let records = bench.store_folder().join("records");
    for stray in [
        "0123456789abcdef0123456789abcdef.db",
        "0123456789abcdef0123456789abcdef.db-journal",
    ] {
        std::fs::write(records.join(stray), b"cut off").unwrap();
    }
    std::fs::write(records.join("not-ours.txt"), b"left alone").unwrap();
    let vault = bench.unlock().unwrap();
    assert!(open(&vault, "p1", 2).is_ok());
    let left: Vec<String> = bench
        .records()
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.iter().any(|name| name == "not-ours.txt"));
}

#[test]
fn resources_without_an_id_or_out_of_order_are_all_kept() {
    let bench = Bench::new();
    let vault = bench.create();
    let mut raws: Vec<String> = (0..5)
        .map(|number| {
            problem("p1", "ID", &format!("Unnamed {number}"), "2020-05-01").replace("\"id\":\"ID\",", "")
        })
        .collect();
    raws.push(patient("p1", "Canary"));
    let applied = apply(&vault, update("p1", Basis::Full, &raws, last(), 1)).unwrap();
    assert_eq!(applied.resources, 6);
    let gaps = open(&vault, "p1", 2).unwrap().gaps().unwrap();
    assert_eq!(gaps.received, 6);
    assert_eq!(gaps.received, gaps.shown + gaps.named);
}

#[test]
fn the_later_of_two_versions_in_one_load_is_the_current_one() {
    let bench = Bench::new();
    let vault = bench.create();
    let raws = [
        patient("p1", "Canary"),
        problem("p1", "c0", "First wording", "2020-05-01"),
        problem("p1", "c0", "Second wording", "2020-05-01"),
    ];
    let applied = apply(&vault, update("p1", Basis::Full, &raws, last(), 1)).unwrap();
    assert_eq!(applied.resources, 2);
    let shown = titles(&vault, "p1");
    assert!(shown.iter().any(|title| title.contains("Second")), "{shown:?}");
    assert!(!shown.iter().any(|title| title.contains("First")), "{shown:?}");
}

#[test]
fn patients_are_written_side_by_side() {
    let bench = Bench::new();
    let vault = bench.create();
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let vault = &vault;
            scope.spawn(move || {
                for round in 0..3 {
                    hold(vault, &format!("p{worker}"), "Canary", &["Heart failure"], round);
                    drop(open(vault, &format!("p{worker}"), round).expect("an open patient"));
                }
            });
        }
    });
    assert_eq!(vault.held_patients().unwrap().len(), 4);
    assert_eq!(bench.records().len(), 4);
    assert_eq!(vault.verify_log().unwrap(), Ok(12));
}

#[test]
fn consent_stands_between_sync_and_the_disk() {
    // A resource that names another patient is not this patient's: consent turns it into a purge.
    let bench = Bench::new();
    let vault = bench.create();
    let mut raws = update("p1", Basis::Full, &[patient("p1", "Canary")], last(), 1);
    raws.changes
        .push(put(&problem("somebody-else", "c1", "Not theirs", "2020-05-01")));
    let permitted = permitted(raws);
    assert!(
        matches!(permitted.get().changes[1], Change::Purge { .. }),
        "{:?}",
        permitted.get().changes[1]
    );
    let applied = vault.apply(permitted).unwrap();
    assert_eq!(applied.resources, 1);
}
