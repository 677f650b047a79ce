//! Damage stays where it is, is told, and is mended by fetching again.

mod support;

use std::path::Path;

use curlew_record::view::TimelineFilter;
use curlew_vault::{DamagedPart, OpenPatient, Vault, VaultError};
use support::{Bench, at, hold, open};

fn flip(file: &Path, bit: usize) {
    let mut bytes = std::fs::read(file).expect("a file");
    bytes[bit / 8] ^= 1 << (bit % 8);
    std::fs::write(file, bytes).expect("a file");
}

/// Reads every screen, so that every page that holds anything is read.
fn read_everything(open: &OpenPatient) -> Result<String, VaultError> {
    let timeline = open.timeline(&TimelineFilter::default(), 0, 10_000)?;
    let mut all = format!("{:?}{:?}", open.first()?, timeline);
    for line in &timeline.lines {
        let (_, sources) = open.source(&line.id)?;
        all.extend(sources.into_iter().map(|source| source.raw));
    }
    all.push_str(&format!(
        "{:?}{:?}{:?}",
        open.medicines()?,
        open.results()?,
        open.gaps()?
    ));
    all.push_str(&format!(
        "{:?}{:?}{:?}{:?}",
        open.summary()?,
        open.documents()?,
        open.plans()?,
        open.people()?
    ));
    all.push_str(&format!(
        "{:?}{:?}",
        open.search("problem", 100)?,
        open.timeline_index(&TimelineFilter::default())?
    ));
    Ok(all)
}

fn look_at(vault: &Vault, id: &str) -> Result<String, VaultError> {
    read_everything(&open(vault, id, 10)?)
}

/// A generator of our own (splitmix64), so that a failure can be played again.
fn scattered(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }
}

#[test]
fn a_damaged_copy_is_that_patients_alone_and_is_mended_by_fetching_again() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Damaged", &["Heart failure"], 1);
    let file = bench.records().remove(0);
    hold(&vault, "p2", "Whole", &["Asthma"], 1);
    // In the first page, which every opening reads.
    flip(&file, 2_000 * 8);
    let refused = open(&vault, "p1", 10).err().unwrap();
    assert!(
        matches!(
            refused,
            VaultError::Damaged {
                what: DamagedPart::PatientFile
            }
        ),
        "{refused}"
    );
    // Told on the caseload, and again at the next opening, also after a restart; the file is kept.
    drop(vault);
    let vault = bench.unlock().unwrap();
    let state = vault.caseload_patient("p1").unwrap().unwrap();
    assert!(state.damaged && !state.held);
    let again = open(&vault, "p1", 11).err().unwrap();
    assert!(
        matches!(
            again,
            VaultError::Damaged {
                what: DamagedPart::PatientFile
            }
        ),
        "{again}"
    );
    assert!(file.exists());
    assert!(
        look_at(&vault, "p2").unwrap().contains("Asthma"),
        "it reached another patient"
    );
    hold(&vault, "p1", "Damaged", &["Heart failure"], 12);
    assert!(look_at(&vault, "p1").unwrap().contains("Heart failure"));
    assert!(!file.exists(), "superseded");
    assert_eq!(bench.records().len(), 2);
}

#[test]
fn bits_flipped_anywhere_are_found_or_carry_nothing() {
    let bench = Bench::new();
    let vault = bench.create();
    // Words that cannot be packed into nothing: most of the file is to be something that is read.
    let mut letters = scattered(3);
    let mut words = || {
        (0..10)
            .map(|_| format!(" {:x}", letters(usize::MAX)))
            .collect::<String>()
    };
    let texts: Vec<String> = (0..40)
        .map(|number| format!("Problem number {number}{}", words()))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    hold(&vault, "p1", "Damaged", &texts, 1);
    let whole = look_at(&vault, "p1").unwrap();
    vault.lock();
    drop(vault);
    let copy = tempfile::tempdir().unwrap();
    support::copy_folder(bench.folder.path(), copy.path());
    let mut pick = scattered(7);
    let mut found = 0;
    for _ in 0..60 {
        support::restore_folder(copy.path(), bench.folder.path());
        let file = bench.records().remove(0);
        let bit = pick(std::fs::metadata(&file).unwrap().len() as usize * 8);
        flip(&file, bit);
        let vault = bench.unlock().unwrap();
        match look_at(&vault, "p1") {
            Ok(shown) => assert_eq!(shown, whole, "bit {bit}"),
            Err(VaultError::Damaged {
                what: DamagedPart::PatientFile,
            }) => found += 1,
            Err(other) => panic!("bit {bit}: {other:?}"),
        }
    }
    assert!(found > 40, "only {found} of 60 flipped bits were found");
}

#[test]
fn a_flipped_bit_in_the_index_is_told_and_nothing_is_recreated() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "Canary", &[], 1);
    for minute in 0..50 {
        drop(open(&vault, "p1", minute).unwrap());
    }
    vault.lock();
    drop(vault);
    let copy = tempfile::tempdir().unwrap();
    support::copy_folder(bench.folder.path(), copy.path());
    let size = std::fs::metadata(bench.store_folder().join("index.db"))
        .unwrap()
        .len() as usize;
    let mut pick = scattered(42);
    let mut found = 0;
    for _ in 0..40 {
        support::restore_folder(copy.path(), bench.folder.path());
        let index = bench.store_folder().join("index.db");
        let bit = pick(size * 8);
        flip(&index, bit);
        let outcome = bench.unlock().and_then(|vault| {
            let log = vault.access_log(1_000)?;
            // A bit of the seal: the log is told to be broken, which is as good as damage.
            let intact = vault.verify_log()?.is_ok_and(|entries| entries == 50);
            assert_eq!(log.len(), 50);
            Ok((intact, vault.caseload_patient("p1")?))
        });
        match outcome {
            Ok((intact, state)) => {
                assert!(state.unwrap().held, "bit {bit}");
                found += usize::from(!intact);
            }
            Err(VaultError::Damaged {
                what: DamagedPart::Index,
            }) => found += 1,
            Err(other) => panic!("bit {bit}: {other:?}"),
        }
        assert!(index.exists());
    }
    assert!(found > 25, "only {found} of 40 flipped bits were found");
    // Made anew only when somebody says so, and then beside the old one.
    bench.start().set_aside(&bench.id()).unwrap();
    drop(bench.create());
    assert_eq!(bench.unlock().unwrap().verify_log().unwrap(), Ok(0));
}

#[test]
fn a_patients_file_that_has_gone_is_damage_not_an_empty_record() {
    for emptied in [false, true] {
        let bench = Bench::new();
        let vault = bench.create();
        hold(&vault, "p1", "Canary", &[], 1);
        let file = bench.records().remove(0);
        if emptied {
            std::fs::write(&file, b"").unwrap();
        } else {
            std::fs::remove_file(&file).unwrap();
        }
        let refused = open(&vault, "p1", 2).err().unwrap();
        assert!(
            matches!(
                refused,
                VaultError::Damaged {
                    what: DamagedPart::PatientFile
                }
            ),
            "{refused}"
        );
        hold(&vault, "p1", "Canary", &[], 3);
        assert!(open(&vault, "p1", 4).is_ok());
    }
}

#[test]
fn two_patients_files_exchanged_are_not_each_others() {
    let bench = Bench::new();
    let vault = bench.create();
    hold(&vault, "p1", "First", &[], 1);
    hold(&vault, "p2", "Second", &[], 1);
    let files = bench.records();
    let (a, b) = (
        std::fs::read(&files[0]).unwrap(),
        std::fs::read(&files[1]).unwrap(),
    );
    std::fs::write(&files[0], b).unwrap();
    std::fs::write(&files[1], a).unwrap();
    for id in ["p1", "p2"] {
        let refused = open(&vault, id, 2).err().unwrap();
        assert!(
            matches!(
                refused,
                VaultError::Damaged {
                    what: DamagedPart::PatientFile
                }
            ),
            "{refused}"
        );
    }
}

#[test]
fn damage_found_while_staging_is_told_and_starting_again_mends_it() {
    use curlew_vault::{Basis, Part};
    let bench = Bench::new();
    let vault = bench.create();
    let first = [support::patient("p1", "Canary")];
    support::apply(
        &vault,
        support::update("p1", Basis::Full, &first, Part::More { next: "2".into() }, 1),
    )
    .unwrap();
    let file = bench.records().remove(0);
    let size = std::fs::metadata(&file).unwrap().len() as usize;
    for page in 0..size / 4096 {
        flip(&file, (page * 4096 + 100) * 8);
    }
    let rest = || support::update("p1", Basis::Full, &[], support::last(), 2);
    assert!(matches!(
        support::apply(&vault, rest()).unwrap_err(),
        VaultError::Damaged { .. }
    ));
    assert_eq!(vault.resume("p1").unwrap(), None, "nothing to go on from");
    hold(&vault, "p1", "Canary", &["Asthma"], 3);
    assert!(look_at(&vault, "p1").unwrap().contains("Asthma"));
    assert_eq!(
        vault.caseload_patient("p1").unwrap().unwrap().last_contact,
        Some(at(3))
    );
}
