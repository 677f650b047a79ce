//! Two misfortunes at once: the program was killed while it wrote a change into a patient's file, so that a journal lies beside
//! it which the next start needs; and that journal has rotted. What is shown is the record before the change, or after it, or
//! it is told as damaged: never some of each.
//!
//! `CURLEW_FLIPS=500` flips that many bits; `CURLEW_FLIP_SEED` chooses others.

// Windows tells of a write only when the file is closed, which is too late to see the moment to die in.
#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use curlew_record::view::TimelineFilter;
use curlew_vault::{Basis, DamagedPart, StoreId, VaultError, Vaults};
use support::{
    CHEAP, FileKeychain, apply, at, copy_folder, last, nurse, open, passphrase, patient, problem,
    restore_folder, scattered, update,
};

const FOLDER: &str = "CURLEW_TEST_JOURNAL_FOLDER";
const PROBLEMS: usize = 120;
/// SQLCipher's.
const PAGE: usize = 4096;
/// The change that is cut off is one of these.
const ROUNDS: usize = 400;
const VICTIMS: usize = 60;

fn device(folder: &Path) -> Vaults {
    let keychain = Arc::new(FileKeychain(folder.join("keychain")));
    Vaults::new(folder.join("stores"), keychain, CHEAP)
}

fn store_id(vaults: &Vaults) -> StoreId {
    let nurse = nurse();
    vaults
        .store_of(&nurse.issuer, &nurse.subject)
        .expect("a keychain")
        .expect("the nurse's store")
}

/// A record all of one colour, in words that cannot be packed into nothing: a change of colour changes most pages.
fn coloured(colour: usize) -> Vec<String> {
    let mut letters = scattered(colour as u64);
    let mut raws = vec![patient("p1", "Killed")];
    raws.extend((0..PROBLEMS).map(|number| {
        let noise: String = (0..8).map(|_| format!(" {:x}", letters(usize::MAX))).collect();
        let text = format!("colour{colour} problem {number}{noise}");
        problem("p1", &format!("c{number}"), &text, "2020-05-01")
    }));
    raws
}

/// The program that is killed: change after change of one record.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn victim() {
    let Ok(folder) = std::env::var(FOLDER).map(PathBuf::from) else {
        return;
    };
    let vaults = device(&folder);
    let vault = vaults
        .unlock(&store_id(&vaults), &passphrase(), at(1))
        .expect("unlocked");
    for colour in 1..ROUNDS {
        apply(&vault, update("p1", Basis::Delta, &coloured(colour), last(), 2)).expect("changed");
    }
}

/// The copy and its journal.
fn files(folder: &Path) -> (PathBuf, PathBuf) {
    let vaults = device(folder);
    let records = folder
        .join("stores")
        .join(store_id(&vaults).as_str())
        .join("records");
    let copy = std::fs::read_dir(records)
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .find(|path| path.extension().is_some_and(|ending| ending == "db"))
        .expect("a copy");
    let journal = PathBuf::from(format!("{}-journal", copy.display()));
    (copy, journal)
}

/// Kills as soon as pages of the copy have changed while its journal is there: from then on only the journal knows what was.
fn kill_between_pages(mut child: Child, copy: &Path, journal: &Path) {
    let written = || std::fs::metadata(copy).and_then(|about| about.modified()).ok();
    let mut before = None;
    while child.try_wait().expect("asked").is_none() {
        match (
            std::fs::metadata(journal).is_ok_and(|about| about.len() > 0),
            before,
        ) {
            (false, _) => before = None,
            (true, None) => before = Some(written()),
            (true, Some(before)) if written() != before => break,
            _ => {}
        }
    }
    child.kill().expect("killed");
    child.wait().expect("dead");
}

/// What is shown of the record: the colour of each problem; none when it is told as damaged.
fn shown(folder: &Path) -> Option<Vec<String>> {
    let vaults = device(folder);
    let vault = vaults
        .unlock(&store_id(&vaults), &passphrase(), at(3))
        .expect("the store is not touched");
    let read = open(&vault, "p1", 4).and_then(|open| {
        let page = open.timeline(&TimelineFilter::default(), 0, 1_000)?;
        let mut all: Vec<String> = Vec::new();
        for line in page.lines {
            let (line, sources) = open.source(&line.id)?;
            all.push(line.title);
            all.extend(sources.into_iter().map(|source| source.raw));
        }
        let found = open.search("problem", 1_000)?.lines;
        all.extend(found.into_iter().map(|line| line.title));
        Ok(all)
    });
    match read {
        Ok(all) => Some(all),
        Err(VaultError::Damaged {
            what: DamagedPart::PatientFile,
        }) => None,
        Err(error) => panic!("{error}"),
    }
}

/// The one colour of everything that is shown.
fn colour(all: &[String]) -> Option<&str> {
    let colours: Vec<&str> = all
        .iter()
        .filter_map(|text| {
            let from = &text[text.find("colour")?..];
            from.split(' ').next()
        })
        .collect();
    (colours.len() >= 3 * PROBLEMS && colours.iter().all(|colour| *colour == colours[0]))
        .then_some(colours[0])
}

#[test]
fn a_journal_that_rotted_never_mixes_two_states() {
    let number = |name: &str, otherwise: usize| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let (flips, seed) = (number("CURLEW_FLIPS", 80), number("CURLEW_FLIP_SEED", 7));
    // On a real disk: there the moment between the pages and the end of the journal is long enough to die in.
    let place = tempfile::tempdir().expect("a folder");
    let (live, crashed) = (place.path().join("live"), place.path().join("crashed"));
    std::fs::create_dir_all(live.join("keychain")).expect("a folder");
    let vault = device(&live)
        .create(&nurse(), &passphrase(), at(0))
        .expect("a new store");
    apply(&vault, update("p1", Basis::Full, &coloured(0), last(), 1)).expect("loaded");
    vault.lock();
    drop(vault);
    let begin = place.path().join("begin");
    copy_folder(&live, &begin);

    let mut tries = 0;
    let (before, after) = loop {
        assert!(
            tries < VICTIMS,
            "no kill fell between the pages and the end of the journal"
        );
        tries += 1;
        restore_folder(&begin, &live);
        let (copy, journal) = files(&live);
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args([
                "--exact",
                "victim",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FOLDER, &live)
            .stdout(Stdio::null())
            .spawn()
            .expect("a victim");
        kill_between_pages(child, &copy, &journal);
        if !journal.exists() {
            continue;
        }
        if crashed.exists() {
            std::fs::remove_dir_all(&crashed).expect("removed");
        }
        copy_folder(&live, &crashed);
        let before = shown(&live).expect("a crash damages nothing");
        // Without its journal the copy is another: the journal was needed.
        restore_folder(&crashed, &live);
        std::fs::remove_file(&journal).expect("removed");
        let after = shown(&live);
        if after.as_ref() != Some(&before) {
            break (before, after);
        }
    };
    let was = colour(&before).expect("of one colour").to_owned();
    println!(
        "victim {tries} died in time: {was} with its journal, {:?} without",
        after.as_deref().map(colour)
    );

    // As it was a moment earlier: the pages are written in their order, and half of them were.
    let torn = place.path().join("torn");
    copy_folder(&crashed, &torn);
    let (copy, _) = files(&live);
    restore_folder(&crashed, &live);
    let new = std::fs::read(&copy).expect("the copy, written");
    shown(&live);
    let old = std::fs::read(&copy).expect("the copy, rolled back");
    let half = (new.len().min(old.len()) / PAGE / 2) * PAGE;
    assert!(
        new[half..] != old[half..] && new[..half] != old[..half],
        "both halves change"
    );
    let mixed = [&new[..half], &old[half..]].concat();
    std::fs::write(files(&torn).0, mixed).expect("written");
    restore_folder(&torn, &live);
    assert_eq!(
        shown(&live).as_ref(),
        Some(&before),
        "the journal mends what is torn"
    );

    for (name, image) in [("written", &crashed), ("half written", &torn)] {
        let came_out = flip_bits(image, &live, &was, flips, seed as u64);
        println!("{name}: {flips} flips: {came_out:?}");
    }
}

/// Flips one bit of the journal after the other, and says how often what was shown.
fn flip_bits(image: &Path, live: &Path, was: &str, flips: usize, seed: u64) -> BTreeMap<&'static str, usize> {
    let mut pick = scattered(seed);
    restore_folder(image, live);
    let (_, journal) = files(live);
    let length = std::fs::metadata(&journal).expect("a journal").len() as usize;
    let mut came_out = BTreeMap::new();
    for flip in 0..flips {
        restore_folder(image, live);
        let mut bytes = std::fs::read(&journal).expect("a journal");
        // Every other one in the header, on which everything depends.
        let bit = pick(if flip % 2 == 0 { length } else { 28 } * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&journal, bytes).expect("written");
        let seen = shown(live);
        let how = match seen.as_deref().map(|all| (all, colour(all))) {
            None => "told as damaged",
            Some((_, Some(one))) if one == was => "as before",
            Some((_, Some(_))) => "as after",
            Some((all, None)) => {
                let mut colours = BTreeMap::<&str, usize>::new();
                for text in all {
                    let word = text.find("colour").map_or("none", |at| &text[at..at + 7]);
                    *colours.entry(word).or_default() += 1;
                }
                panic!("bit {bit} of a journal of {length} bytes: some of each is shown: {colours:?}")
            }
        };
        *came_out.entry(how).or_default() += 1;
    }
    came_out
}
