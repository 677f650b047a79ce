//! The program is killed while it changes a store of an earlier version to its own format. Whatever was cut off, the next
//! start finds everything that was held, and leaves nothing of the old format beside it.
//!
//! `CURLEW_KILLS=1000` kills as often; `CURLEW_KILL_SEED` chooses other moments.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use curlew_audit::Action;
use curlew_record::view::TimelineFilter;
use curlew_vault::{Keychain as _, OpenPatient, StoreId, Vault, Vaults, Wanted};
use support::{CHEAP, FileKeychain, at, copy_folder, look, nurse, open, passphrase, scattered};

const FOLDER: &str = "CURLEW_TEST_MIGRATION_FOLDER";

fn device(folder: &Path) -> Vaults {
    let keychain = Arc::new(FileKeychain(folder.join("keychain")));
    Vaults::new(folder.join("stores"), keychain, CHEAP)
}

/// A frozen store and the keychain it belongs to, as files.
fn thaw(format: u32, folder: &Path) {
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/frozen/store-{format}"));
    copy_folder(&frozen.join("stores"), &folder.join("stores"));
    std::fs::create_dir_all(folder.join("keychain")).expect("a folder");
    let keychain = FileKeychain(folder.join("keychain"));
    let text = std::fs::read_to_string(frozen.join("keychain.json")).expect("the frozen keychain");
    let entries: BTreeMap<String, String> = serde_json::from_str(&text).expect("a map");
    for (account, digits) in entries {
        let secret: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|place| u8::from_str_radix(&digits[place..place + 2], 16).expect("hexadecimal digits"))
            .collect();
        keychain.set(&account, &secret).expect("kept");
    }
}

fn store_id(vaults: &Vaults) -> StoreId {
    let nurse = nurse();
    vaults
        .store_of(&nurse.issuer, &nurse.subject)
        .expect("a keychain")
        .expect("the nurse's store")
}

fn unlock(folder: &Path) -> Vault {
    let vaults = device(folder);
    vaults
        .unlock(&store_id(&vaults), &passphrase(), at(25))
        .expect("an update costs nobody their store")
}

/// The program that is killed: it unlocks, which changes the index, and opens, which changes the patient's file.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn victim() {
    let Ok(folder) = std::env::var(FOLDER).map(PathBuf::from) else {
        return;
    };
    let say = |word: &str| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nmigration {word}")
            .and_then(|()| out.flush())
            .expect("the parent listens");
    };
    say("begins");
    let vault = unlock(&folder);
    drop(open(&vault, "p1", 26).expect("opened"));
    say("is done");
}

/// Copies of files in their old format, wherever they are.
fn left_over(folder: &Path) -> Vec<String> {
    let mut waiting = vec![folder.join("stores")];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for file in std::fs::read_dir(folder).expect("a folder").flatten() {
            if file.path().is_dir() {
                waiting.push(file.path());
            }
            let name = file.file_name().to_string_lossy().into_owned();
            if name.contains("before") {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

/// When the victim dies.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it began.
    After(Duration),
    /// So long after the copy of the index, or of the patient's file, was first seen.
    AfterCopyOf(&'static str, Duration),
}

/// Lets a victim begin, and kills it. Says whether it died in the middle of a change of format.
fn kill_one(folder: &Path, moment: Moment) -> bool {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "victim",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a victim");
    let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
    let begun = lines
        .by_ref()
        .map_while(Result::ok)
        .any(|line| line == "migration begins");
    assert!(begun, "the victim never began");
    let (seen, wait) = match moment {
        Moment::After(wait) => (None, wait),
        Moment::AfterCopyOf(name, wait) => (Some(name), wait),
    };
    if let Some(name) = seen {
        while child.try_wait().expect("asked").is_none()
            && !left_over(folder)
                .iter()
                .any(|file| file.starts_with(name) == (name == "index"))
        {
            std::hint::spin_loop();
        }
    }
    let start = Instant::now();
    while start.elapsed() < wait {
        std::hint::spin_loop();
    }
    // One that has ended already cannot be.
    drop(child.kill());
    child.wait().expect("dead");
    !left_over(folder).is_empty()
}

fn titles(open: &OpenPatient) -> Vec<String> {
    let page = open
        .timeline(&TimelineFilter::default(), 0, 100)
        .expect("the open record answers");
    let mut titles: Vec<String> = page.lines.into_iter().map(|line| line.title).collect();
    titles.sort();
    titles
}

/// The next start.
fn judge(folder: &Path) {
    let vault = unlock(folder);
    assert_eq!(left_over(folder), Vec::<String>::new(), "after unlocking");
    let state = vault.caseload_patient("p1").expect("readable").expect("listed");
    assert!(state.held && !state.damaged);
    let now = open(&vault, "p1", 30).expect("opened");
    assert_eq!(titles(&now), ["Heart failure, severe", "latex", "penicillin"]);
    assert_eq!(now.search("heart sev", 10).expect("searched").lines.len(), 1);
    assert_eq!(now.version_set().expect("known"), state.version_set);
    let moments: Vec<_> = now
        .moments()
        .expect("known")
        .into_iter()
        .map(|moment| moment.at)
        .collect();
    assert_eq!(moments, [at(1), at(10), at(20)]);
    let receipt = vault
        .write_look(look("p1", Action::OpenAsAt), at(31))
        .expect("written down");
    let then = vault.as_at(receipt, Wanted::Moment(at(5))).expect("opened");
    assert_eq!(titles(&then), ["Heart failure", "Knee pain", "penicillin"]);
    let entries = vault.verify_log().expect("readable").expect("whole");
    assert!(entries >= 3, "{entries}");
    assert_eq!(left_over(folder), Vec::<String>::new(), "after opening");
}

#[test]
fn a_change_of_format_that_was_killed_costs_nothing_and_leaves_nothing() {
    let number = |name: &str, otherwise: usize| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let (kills, seed) = (number("CURLEW_KILLS", 36), number("CURLEW_KILL_SEED", 1));
    let mut chance = scattered(seed as u64 ^ 0xf0);
    let mut in_the_middle = BTreeMap::<&str, usize>::new();
    for turn in 0..kills {
        let folder = support::folder_in_memory();
        let format = 1 + (turn % 2) as u32;
        thaw(format, folder.path());
        // Of any order from a microsecond to some milliseconds.
        let order = 1 + chance(13);
        let wait = Duration::from_micros(chance(1 << order) as u64);
        let (what, moment) = match turn / 2 % 3 {
            0 => ("any", Moment::After(wait)),
            // Only the first format has an older index.
            1 if format == 1 => ("the index", Moment::AfterCopyOf("index", wait)),
            _ => ("a patient's file", Moment::AfterCopyOf("record", wait)),
        };
        let middle = kill_one(folder.path(), moment);
        *in_the_middle.entry(what).or_default() += usize::from(middle);
        let judged = std::panic::catch_unwind(|| judge(folder.path()));
        if let Err(panic) = judged {
            println!("kill {turn} from seed {seed}, format {format}: {moment:?}");
            std::panic::resume_unwind(panic);
        }
    }
    println!("{kills} kills; died in the middle of a change: {in_the_middle:?}");
    assert!(
        in_the_middle["the index"] > 0 && in_the_middle["a patient's file"] > 0,
        "hardly any kill fell into a change: {in_the_middle:?}"
    );
}

/// The last moment at which it can be cut off: the change is durable, and the copy not yet removed. Rare, so it is made.
#[test]
fn a_copy_of_the_old_format_that_was_left_goes_at_the_next_unlock() {
    let folder = support::folder_in_memory();
    thaw(1, folder.path());
    let store = device(folder.path());
    let store = folder.path().join("stores").join(store_id(&store).as_str());
    let record = std::fs::read_dir(store.join("records"))
        .expect("a folder")
        .next()
        .expect("a file")
        .expect("a file")
        .path();
    let old = [store.join("index.db"), record].map(|file| {
        let copy = PathBuf::from(format!("{}.before-1", file.display()));
        (std::fs::read(&file).expect("read"), copy)
    });
    judge(folder.path());
    for (bytes, copy) in &old {
        std::fs::write(copy, bytes).expect("written");
    }
    assert_eq!(left_over(folder.path()).len(), 2);
    judge(folder.path());
}
