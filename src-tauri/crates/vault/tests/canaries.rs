//! Nothing readable at rest: every byte the vault writes is searched for marked facts, and so is a plain database,
//! to show that the search would find them.

mod support;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use curlew_audit::Action;
use curlew_record::view::TimelineFilter;
use curlew_vault::{Basis, CaseloadEntry, Change, Part};
use support::{Bench, allergy, apply, at, last, look, patient, problem, update};

const CANARIES: [&str; 5] = [
    "Quillfeatherstone",
    "9990000034",
    "zanthocillin",
    "Moribund curlewitis",
    "laptop-canary",
];

/// A text as it might lie on a disk: in UTF-8, in UTF-16 of either order, and in base64 at each of its three
/// alignments; upper and lower case.
fn disguises(text: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
        all.push(text.as_bytes().to_vec());
        all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        all.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        for shift in 0..3 {
            let padded = [&b"___"[..shift], text.as_bytes()].concat();
            let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(padded);
            // The first and last letters depend on what stands beside the text.
            let (from, to) = ([0, 2, 3][shift], encoded.len() - 2);
            all.push(encoded.as_bytes()[from..to].to_vec());
        }
    }
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

/// Which canaries lie readable below a folder, in which file.
fn hunt(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    // By their first four bytes, so that each file is walked once.
    let mut by_beginning: HashMap<[u8; 4], Vec<(&'static str, Vec<u8>)>> = HashMap::new();
    for canary in CANARIES {
        for disguise in disguises(canary) {
            let beginning = *disguise.first_chunk().expect("more than four bytes");
            by_beginning
                .entry(beginning)
                .or_default()
                .push((canary, disguise));
        }
    }
    let mut found = Vec::new();
    for file in files(folder) {
        let bytes = std::fs::read(&file).expect("a file");
        for (at, beginning) in bytes.windows(4).enumerate() {
            for (canary, disguise) in by_beginning.get(beginning).into_iter().flatten() {
                if bytes[at..].starts_with(disguise) {
                    found.push((*canary, file.clone()));
                }
            }
        }
    }
    found
}

fn marked_resources() -> Vec<String> {
    let mut raws = vec![
        patient("p1", "Quillfeatherstone"),
        allergy("p1", "a1", "zanthocillin"),
        problem("p1", "c1", "Moribund curlewitis", "2020-05-01"),
    ];
    // Enough to spill over pages, sort buffers and the full-text index's segments.
    raws.extend((0..400).map(|number| {
        problem(
            "p1",
            &format!("c-{number}"),
            &format!("Moribund curlewitis of joint {number}"),
            "2019-05-01",
        )
    }));
    raws
}

#[test]
fn no_canary_lies_readable_in_any_file_at_any_moment() {
    let bench = Bench::new();
    let clean = |when: &str| {
        let found = hunt(bench.folder.path());
        assert!(found.is_empty(), "{when}: {found:?}");
    };
    let vault = bench.create();
    let entry = CaseloadEntry {
        patient: "p1".into(),
        position: 0,
        raw_patient: patient("p1", "Quillfeatherstone"),
    };
    vault.set_caseload(vec![entry], at(0)).unwrap();
    clean("caseload listed");
    let raws = marked_resources();
    let (first, rest) = raws.split_at(300);
    apply(
        &vault,
        update(
            "p1",
            Basis::Full,
            first,
            Part::More {
                next: "zanthocillin-page".into(),
            },
            1,
        ),
    )
    .unwrap();
    clean("half applied");
    apply(&vault, update("p1", Basis::Full, rest, last(), 2)).unwrap();
    clean("applied");
    let mut written = look("p1", Action::OpenPatient);
    written.patient_name = Some("QUILLFEATHERSTONE, Synthetic".into());
    written.device = "laptop-canary".into();
    let receipt = vault.write_look(written, at(3)).unwrap();
    let opened = vault.open(receipt).unwrap();
    assert!(!opened.search("moribund curlew", 50).unwrap().lines.is_empty());
    let filter = TimelineFilter {
        text: "joint".into(),
        ..TimelineFilter::default()
    };
    assert!(opened.timeline_index(&filter).unwrap().total >= 400);
    clean("opened and searched");
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
        reason: "zanthocillin is not to be shared".into(),
    });
    apply(&vault, delta).unwrap();
    clean("changed");
    drop(opened);
    vault.lock();
    clean("locked");
    let vault = bench.unlock().unwrap();
    vault.forget("p1", "Quillfeatherstone withdrew", at(5)).unwrap();
    clean("erased");
    drop(vault);
    clean("closed");
    assert!(
        files(bench.folder.path())
            .iter()
            .any(|file| file.ends_with("index.db"))
    );
}

#[test]
fn the_same_hunt_finds_every_canary_in_a_plain_database() {
    let folder = tempfile::tempdir().unwrap();
    let plain = rusqlite::Connection::open(folder.path().join("plain.db")).unwrap();
    plain.execute_batch("CREATE TABLE held (raw TEXT)").unwrap();
    for raw in marked_resources() {
        plain.execute("INSERT INTO held (raw) VALUES (?)", [raw]).unwrap();
    }
    let wide: Vec<u8> = "on laptop-canary"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    plain
        .execute("INSERT INTO held (raw) VALUES (?)", [wide])
        .unwrap();
    drop(plain);
    let found = hunt(folder.path());
    for canary in CANARIES {
        assert!(
            found.iter().any(|(seen, _)| *seen == canary),
            "{canary} was not found"
        );
    }
    // Each disguise is recognised.
    for disguise in disguises("Quillfeatherstone") {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("file"),
            [&b"before "[..], &disguise, b" after"].concat(),
        )
        .unwrap();
        assert!(!hunt(folder.path()).is_empty());
    }
    for shift in 0..3 {
        let text = format!("{}Quillfeatherstone, and more", "x".repeat(shift));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("file"),
            base64::engine::general_purpose::STANDARD.encode(text),
        )
        .unwrap();
        assert!(!hunt(folder.path()).is_empty(), "base64 at {shift}");
    }
}
