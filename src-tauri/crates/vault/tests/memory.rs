//! A store in memory does what a store on a disk does, and touches no file.

mod support;

use curlew_audit::Action;
use curlew_consent::{Purpose, Standing, Viewer, permit_to_show};
use curlew_record::view::TimelineFilter;
use curlew_vault::{
    Basis, CaseloadEntry, Change, Identity, OpenPatient, Part, PatientUpdate, Resumption, UploadState, Vault,
    VaultError,
};
use support::{Bench, allergy, apply, at, hold, last, look, nurse, open, patient, problem, update};

fn in_memory() -> Vault {
    Vault::in_memory(&nurse(), at(0)).expect("a store in memory")
}

fn titles(open: &OpenPatient) -> Vec<String> {
    open.timeline(&TimelineFilter::default(), 0, 1_000)
        .expect("a timeline")
        .lines
        .into_iter()
        .map(|line| line.title)
        .collect()
}

/// A day with a store: everything that writes, reads or removes. `each` is called after every step.
fn a_day(vault: &Vault, mut each: impl FnMut(&str)) {
    vault
        .set_profile(&serde_json::json!({ "name": "Nurse Synthetic" }))
        .expect("a profile");
    let entry = |id: &str, position| CaseloadEntry {
        patient: id.into(),
        position,
        raw_patient: patient(id, "Quillfeatherstone"),
    };
    vault
        .set_caseload(vec![entry("p1", 0), entry("p2", 1)], at(0))
        .expect("a caseload");
    each("caseload listed");
    let mut raws = vec![
        patient("p1", "Quillfeatherstone"),
        allergy("p1", "a1", "zanthocillin"),
    ];
    // Enough for sorting, for the segments of the full-text index and for every page the engine keeps to overflow.
    raws.extend((0..1_500).map(|number| {
        problem(
            "p1",
            &format!("c{number}"),
            &format!("Moribund curlewitis of joint {number}"),
            "2019-05-01",
        )
    }));
    let (first, rest) = raws.split_at(600);
    let more = Part::More {
        next: "page 2".into(),
    };
    apply(vault, update("p1", Basis::Full, first, more, 1)).expect("staged");
    each("half staged");
    let resumed = vault.resume("p1").expect("readable");
    assert!(matches!(resumed, Some(Resumption { basis: Basis::Full, next }) if next == "page 2"));
    let applied = apply(vault, update("p1", Basis::Full, rest, last(), 2)).expect("swapped");
    assert!(applied.complete && applied.resources as usize == raws.len());
    each("loaded");
    let mut delta = update(
        "p1",
        Basis::Delta,
        &[problem("p1", "c1", "Moribund curlewitis, worse", "2020-05-01")],
        last(),
        4,
    );
    delta.changes.push(Change::Purge {
        resource_type: "AllergyIntolerance".into(),
        id: "a1".into(),
        reason: "not to be shared".into(),
    });
    apply(vault, delta).expect("changed");
    each("changed");
    hold(vault, "p2", "Other", &["Asthma"], 4);
    // A second full load of the same patient: the old copy's history is carried over and its file goes.
    apply(vault, update("p1", Basis::Full, &raws[..900], last(), 5)).expect("loaded again");
    each("loaded again");
    let opened = open(vault, "p1", 6).expect("an open patient");
    assert!(
        opened
            .first()
            .expect("a first screen")
            .banner
            .name
            .contains("QUILLFEATHERSTONE")
    );
    assert!(opened.search("curlewitis joint 899", 10).is_ok());
    assert!(!opened.search("moribund", 10).expect("a search").lines.is_empty());
    assert!(
        !opened
            .timeline_index(&TimelineFilter::default())
            .expect("an index")
            .years
            .is_empty()
    );
    let line = opened
        .timeline(&TimelineFilter::default(), 0, 1)
        .expect("a page")
        .lines
        .remove(0);
    assert!(!opened.source(&line.id).expect("a source").1.is_empty());
    each("opened and searched");
    vault.forget("p1", "withdrawn", at(7)).expect("erased");
    assert!(matches!(opened.first(), Err(VaultError::Locked)));
    assert!(matches!(open(vault, "p1", 8), Err(VaultError::NotHeld)));
    assert!(
        open(vault, "p2", 8).is_ok(),
        "the other patient's key was sealed again"
    );
    each("erased");
    assert_eq!(vault.effective_now(at(-500)).expect("a time"), at(7));
    let entries = vault.verify_log().expect("readable").expect("whole");
    assert_eq!(entries, vault.pending_audit(100).expect("readable").len() as u64);
    for entry in vault.pending_audit(100).expect("readable") {
        vault.mark_audit(entry.seq, UploadState::Sent).expect("marked");
    }
    assert!(vault.pending_audit(100).expect("readable").is_empty());
    each("uploaded");
}

#[test]
fn a_store_in_memory_does_what_a_store_on_disk_does() {
    a_day(&in_memory(), |_| {});
    let bench = Bench::new();
    a_day(&bench.create(), |_| {});
}

#[test]
fn locking_a_store_in_memory_leaves_nothing_to_unlock() {
    let vault = in_memory();
    hold(&vault, "p1", "Canary", &["Gout"], 1);
    let opened = open(&vault, "p1", 2).expect("an open patient");
    vault.lock();
    assert!(matches!(opened.first(), Err(VaultError::Locked)));
    assert!(matches!(open(&vault, "p1", 3), Err(VaultError::Locked)));
    assert!(matches!(vault.caseload(), Err(VaultError::Locked)));
    // The next person's store, even under the same name, begins empty.
    let next = in_memory();
    assert_ne!(next.store_id(), vault.store_id());
    assert!(next.held_patients().expect("readable").is_empty());
    assert_eq!(next.verify_log().expect("readable"), Ok(0));
}

#[test]
fn two_stores_in_memory_know_nothing_of_each_other() {
    let (nurses, doctors) = (
        in_memory(),
        Vault::in_memory(
            &Identity {
                subject: "doctor-subject-55502".into(),
                label: "Doctor Synthetic".into(),
                ..nurse()
            },
            at(0),
        )
        .expect("a store in memory"),
    );
    hold(&nurses, "p1", "Hers", &["Gout"], 1);
    hold(&doctors, "p1", "His", &["Asthma"], 1);
    assert!(
        titles(&open(&nurses, "p1", 2).expect("hers"))
            .iter()
            .any(|title| title.contains("Gout"))
    );
    nurses.lock();
    assert!(
        titles(&open(&doctors, "p1", 2).expect("his"))
            .iter()
            .any(|title| title.contains("Asthma"))
    );
}

/// Fetched for one look, for an emergency.
pub fn shown_once(vault: &Vault, id: &str) -> Result<OpenPatient, VaultError> {
    let raws = [
        patient(id, "Quillfeatherstone"),
        problem(id, "c1", "Moribund curlewitis", "2019-05-01"),
    ];
    let receipt = vault.write_look(look(id, Action::OpenInEmergency), at(1))?;
    vault.show(
        receipt,
        showable(update(id, Basis::Full, &raws, last(), 1), Purpose::Emergency),
    )
}

fn showable(update: PatientUpdate, purpose: Purpose) -> curlew_consent::Showable<PatientUpdate> {
    let reading = curlew_fhir::read_resource(&patient(&update.patient, "Shown")).expect("readable");
    let curlew_fhir::Resource::Patient(person) = reading.value else {
        panic!("not a patient")
    };
    let standing = Standing {
        patient: &person,
        consents: &[],
        flags: &[],
        legitimate_relationship: purpose == Purpose::DirectCare,
    };
    let viewer = Viewer {
        activity_codes: vec!["B0360".into()],
        ..Viewer::default()
    };
    match permit_to_show(update, &standing, &viewer, purpose, at(0)) {
        Ok(showable) => showable,
        Err(decision) => panic!("consent said no: {}", decision.reason),
    }
}

#[cfg(target_os = "linux")]
mod no_file {
    //! The day is lived in a process that may not write a byte into any file, watched for every file it opens.

    use std::collections::BTreeSet;
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::*;

    const WHERE: &str = "CURLEW_TEST_DAY";

    /// Regular files that this process has open or mapped to write, besides the program and its libraries.
    fn files_in_use() -> BTreeSet<String> {
        let open = std::fs::read_dir("/proc/self/fd")
            .expect("a list of open files")
            .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
            .filter(|file| file.is_absolute() && !file.starts_with("/proc") && !file.starts_with("/dev"))
            .map(|file| file.display().to_string());
        let maps = std::fs::read_to_string("/proc/self/maps").expect("a list of mappings");
        let shared = maps
            .lines()
            .filter(|line| line.split(' ').nth(1).is_some_and(|may| may.starts_with("rw-s")))
            .filter_map(|line| line.split_once('/').map(|(_, path)| format!("/{path}")));
        open.chain(shared).collect()
    }

    #[test]
    #[ignore = "run by the tests below, in a process of its own"]
    fn the_day() {
        let Ok(place) = std::env::var(WHERE) else { return };
        let before = files_in_use();
        let watch = |step: &str| {
            let opened: Vec<String> = files_in_use().difference(&before).cloned().collect();
            assert!(opened.is_empty(), "{step}: {opened:?}");
        };
        if place == "memory" {
            let vault = in_memory();
            a_day(&vault, watch);
            let shown = shown_once(&vault, "p9").expect("shown");
            watch("shown");
            vault.lock();
            watch("locked");
            drop(shown);
            drop(in_memory());
        } else {
            let bench = Bench::new();
            a_day(&bench.create(), watch);
        }
    }

    /// Lives the day in a process of its own, whose every folder is `folder`.
    fn live(place: &str, folder: &Path, may_write: bool) -> std::process::Output {
        let limit = if may_write { "unlimited" } else { "0" };
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("ulimit -f {limit}; exec \"$@\""), "sh"])
            .arg(std::env::current_exe().expect("this program"))
            .args(["--exact", "no_file::the_day", "--ignored", "--test-threads=1"])
            .current_dir(folder)
            .env(WHERE, place)
            .env_remove("LLVM_PROFILE_FILE")
            .stdin(Stdio::null());
        for variable in [
            "TMPDIR",
            "SQLITE_TMPDIR",
            "HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "XDG_RUNTIME_DIR",
        ] {
            shell.env(variable, folder);
        }
        shell.output().expect("a shell")
    }

    fn words(output: &std::process::Output) -> String {
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    #[test]
    fn a_store_in_memory_touches_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = live("memory", folder.path(), false);
        assert!(output.status.success(), "{}", words(&output));
        assert!(words(&output).contains("1 passed"), "{}", words(&output));
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn the_same_watch_sees_a_store_on_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let stopped = live("disk", folder.path(), false);
        assert!(
            !stopped.status.success(),
            "a store on disk was made without writing"
        );
        let seen = live("disk", folder.path(), true);
        assert!(words(&seen).contains("index.db"), "{}", words(&seen));
    }
}

mod showing {
    use super::*;
    use curlew_vault::{DamagedPart, Part};

    #[test]
    fn what_is_shown_once_is_whole_and_no_copy_is_kept() {
        let bench = Bench::new();
        for vault in [in_memory(), bench.create()] {
            let shown = shown_once(&vault, "p1").expect("shown");
            assert_eq!(shown.patient(), "p1");
            assert!(
                shown
                    .first()
                    .expect("a first screen")
                    .banner
                    .name
                    .contains("QUILLFEATHERSTONE")
            );
            assert_eq!(shown.search("curlewitis", 10).expect("a search").lines.len(), 1);
            let line = &shown.search("curlewitis", 10).expect("a search").lines[0];
            assert!(
                shown.source(&line.id).expect("a source").1[0]
                    .raw
                    .contains("Moribund")
            );
            assert_eq!(shown.last_contact(), Some(at(1)));
            assert!(
                vault.held_patients().expect("readable").is_empty(),
                "nothing is kept"
            );
            assert!(vault.caseload_patient("p1").expect("readable").is_none());
            assert!(matches!(open(&vault, "p1", 2), Err(VaultError::NotHeld)));
            // Forgetting erases what is held; what is shown in an emergency stays on the screen until told otherwise.
            vault.forget("p1", "may not be kept", at(3)).expect("forgotten");
            assert!(shown.first().is_ok());
            vault.stop_showing("p2");
            assert!(shown.first().is_ok());
            vault.stop_showing("p1");
            assert!(matches!(shown.first(), Err(VaultError::Locked)));
        }
    }

    #[test]
    fn locking_takes_what_is_shown_away() {
        let bench = Bench::new();
        let vault = bench.create();
        let shown = shown_once(&vault, "p1").expect("shown");
        vault.lock();
        assert!(matches!(shown.first(), Err(VaultError::Locked)));
        assert!(matches!(shown.medicines(), Err(VaultError::Locked)));
        assert!(matches!(shown_once(&vault, "p1"), Err(VaultError::Locked)));
    }

    #[test]
    fn showing_writes_no_record_to_the_disk_and_changes_no_copy() {
        let bench = Bench::new();
        let vault = bench.create();
        hold(&vault, "p1", "Kept", &["Gout"], 0);
        let size = |vault: &Vault| {
            assert_eq!(vault.held_patients().expect("readable"), ["p1"]);
            let files = bench.records();
            let sizes: Vec<u64> = files
                .iter()
                .map(|file| file.metadata().expect("a file").len())
                .collect();
            let texts: Vec<Vec<u8>> = files
                .iter()
                .map(|file| std::fs::read(file).expect("a file"))
                .collect();
            (files, sizes, texts)
        };
        let before = size(&vault);
        let shown = shown_once(&vault, "p1").expect("shown");
        assert!(titles(&shown).iter().any(|title| title.contains("curlewitis")));
        assert!(size(&vault) == before, "the copy on the disk was touched");
        let kept = titles(&open(&vault, "p1", 5).expect("the copy"));
        assert!(kept.iter().any(|title| title.contains("Gout")));
        assert!(!kept.iter().any(|title| title.contains("curlewitis")));
    }

    #[test]
    fn an_ordinary_receipt_shows_no_emergency_and_no_other_patient() {
        let vault = in_memory();
        let raws = [patient("p1", "Example")];
        let made = |purpose| showable(update("p1", Basis::Full, &raws, last(), 1), purpose);
        let written =
            |patient: &str, action| vault.write_look(look(patient, action), at(1)).expect("a receipt");
        for (receipt, purpose) in [
            (written("p1", Action::OpenPatient), Purpose::Emergency),
            (written("p2", Action::OpenInEmergency), Purpose::Emergency),
            (written("p2", Action::OpenPatient), Purpose::DirectCare),
            (written("p1", Action::ViewCaseload), Purpose::DirectCare),
        ] {
            let refused = vault.show(receipt, made(purpose));
            assert!(matches!(refused, Err(VaultError::NotAReceiptForOpening)));
        }
        // Nor does a receipt of another store.
        let elsewhere = in_memory();
        let receipt = elsewhere
            .write_look(look("p1", Action::OpenPatient), at(2))
            .expect("a receipt");
        let refused = vault.show(receipt, made(Purpose::DirectCare));
        assert!(matches!(refused, Err(VaultError::NotAReceiptForOpening)));
        let receipt = written("p1", Action::OpenPatient);
        assert!(vault.show(receipt, made(Purpose::DirectCare)).is_ok());
    }

    #[test]
    fn half_a_record_is_not_shown_as_whole() {
        let vault = in_memory();
        let receipt = || {
            vault
                .write_look(look("p1", Action::OpenPatient), at(1))
                .expect("a receipt")
        };
        let raws = [
            patient("p1", "Example"),
            problem("p1", "c1", "Gout", "2020-01-01"),
        ];
        let part = update("p1", Basis::Full, &raws, Part::More { next: "2".into() }, 1);
        let shown = vault
            .show(receipt(), showable(part, Purpose::DirectCare))
            .expect("shown");
        let gaps = format!("{:?}", shown.gaps().expect("gaps"));
        assert!(gaps.contains("the rest of the record was not fetched"), "{gaps}");
        let delta = update("p1", Basis::Delta, &raws, last(), 1);
        let refused = vault.show(receipt(), showable(delta, Purpose::DirectCare));
        assert!(matches!(refused, Err(VaultError::NotHeld)));
    }

    #[test]
    fn what_may_not_be_shown_is_named_in_the_gaps() {
        let vault = in_memory();
        let very = problem("p1", "c2", "Moribund curlewitis", "2020-01-01").replace(
            r#""versionId":"1","#,
            r#""versionId":"1","security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}],"#,
        );
        let raws = [
            patient("p1", "Example"),
            problem("p1", "c1", "Gout", "2020-01-01"),
            very,
        ];
        let receipt = vault
            .write_look(look("p1", Action::OpenInEmergency), at(1))
            .expect("a receipt");
        let record = showable(update("p1", Basis::Full, &raws, last(), 1), Purpose::Emergency);
        let shown = vault.show(receipt, record).expect("shown");
        assert!(!titles(&shown).iter().any(|title| title.contains("curlewitis")));
        let gaps = shown.gaps().expect("gaps");
        assert!(format!("{gaps:?}").contains("role"), "{gaps:?}");
        assert!(shown.search("curlewitis", 10).expect("a search").lines.is_empty());
    }

    #[test]
    fn damage_to_what_is_shown_is_no_damage_to_a_copy() {
        // Its file has no row in the index, so nothing can be laid aside in its name.
        let bench = Bench::new();
        let vault = bench.create();
        hold(&vault, "p1", "Kept", &["Gout"], 0);
        let shown = shown_once(&vault, "p1").expect("shown");
        let missing = shown.source("Condition/nobody").err().expect("no such line");
        assert!(matches!(missing, VaultError::NoSuchLine));
        assert!(!matches!(
            missing,
            VaultError::Damaged {
                what: DamagedPart::PatientFile
            }
        ));
        assert!(open(&vault, "p1", 5).is_ok());
    }
}
