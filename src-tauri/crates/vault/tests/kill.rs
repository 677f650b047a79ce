//! The program is killed in the middle of things, again and again. Afterwards everything is as before or as after, the log
//! verifies, no attempt is given back, and no file is left that nothing leads to.
//!
//! `CURLEW_KILLS=1000` kills as often; `CURLEW_KILL_SEED` chooses other work. What is done follows from the seed; where in it
//! the kill falls does not.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use curlew_record::view::TimelineFilter;
use curlew_redact::SecretString;
use curlew_vault::{Basis, CaseloadEntry, Part, Vault, VaultError, VaultSettings, Vaults};
use support::{CHEAP, FileKeychain, apply, at, last, nurse, open, patient, problem, scattered, update};

const PROBLEMS: usize = 25;
const FOLDER: &str = "CURLEW_TEST_KILL_FOLDER";
const SEED: &str = "CURLEW_TEST_KILL_SEED";
const ATTEMPTS: u32 = 1_000_000;
const SETTINGS: VaultSettings = VaultSettings {
    max_attempts: ATTEMPTS,
    ..CHEAP
};

fn device(folder: &Path) -> Vaults {
    let keychain = Arc::new(FileKeychain(folder.join("keychain")));
    Vaults::new(folder.join("stores"), keychain, SETTINGS)
}

/// Everybody's record is of one colour.
fn coloured(id: &str, colour: usize) -> Vec<String> {
    let mut raws = vec![patient(id, "Killed")];
    raws.extend((0..PROBLEMS).map(|number| {
        problem(
            id,
            &format!("c{number}"),
            &format!("colour{colour} problem {number}"),
            "2020-05-01",
        )
    }));
    raws
}

fn passphrase(number: usize) -> SecretString {
    SecretString::from(format!("passphrase number {number}"))
}

/// What the killed program does, one after the other. Beside it, all the time, it writes looks down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A full load of a patient, in two parts.
    Load(usize, usize),
    /// The first part of one alone.
    Stage(usize, usize),
    /// A delta, for a patient who is held.
    Change(usize, usize),
    /// An erasure.
    Erase(usize),
    /// A passphrase change.
    Passphrase(usize),
    /// A wrong passphrase.
    Wrong,
    /// Locking, and unlocking again.
    Relock,
}

const PATIENTS: [&str; 3] = ["p0", "p1", "p2"];

impl Step {
    fn pick(pick: &mut impl FnMut(usize) -> usize) -> Self {
        let (who, colour) = (pick(PATIENTS.len()), pick(1_000));
        match pick(16) {
            0..=3 => Self::Load(who, colour),
            4 => Self::Stage(who, colour),
            5..=7 => Self::Change(who, colour),
            8..=10 => Self::Erase(who),
            11..=13 => Self::Passphrase(colour),
            14 => Self::Wrong,
            _ => Self::Relock,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Load(..) => "full load",
            Self::Stage(..) => "staging",
            Self::Change(..) => "delta",
            Self::Erase(_) => "erasure",
            Self::Passphrase(_) => "passphrase change",
            Self::Wrong => "wrong passphrase",
            Self::Relock => "lock and unlock",
        }
    }
}

/// What is known of the store from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    /// The colour of each copy.
    colours: [Option<usize>; PATIENTS.len()],
    passphrase: usize,
}

impl Known {
    fn after(&self, step: Step) -> Self {
        let mut known = self.clone();
        match step {
            Step::Load(who, colour) => known.colours[who] = Some(colour),
            Step::Change(who, colour) if known.colours[who].is_some() => known.colours[who] = Some(colour),
            Step::Erase(who) => known.colours[who] = None,
            Step::Passphrase(number) => known.passphrase = number,
            Step::Change(..) | Step::Stage(..) | Step::Wrong | Step::Relock => {}
        }
        known
    }
}

fn say(words: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nkill {words}")
        .and_then(|()| out.flush())
        .expect("the parent listens");
}

/// The program that is killed. It is told the passphrase, does what its seed says, and says each step.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn victim() {
    let Ok(folder) = std::env::var(FOLDER).map(PathBuf::from) else {
        return;
    };
    let number = |name: &str| -> usize { std::env::var(name).expect("set").parse().expect("a number") };
    let mut pick = scattered(number(SEED) as u64);
    let mut secret = number("CURLEW_TEST_KILL_PASSPHRASE");
    let vaults = device(&folder);
    let id = vaults
        .store_of(&nurse().issuer, &nurse().subject)
        .expect("a keychain")
        .expect("a store");
    let unlock = |secret| Arc::new(vaults.unlock(&id, &passphrase(secret), at(1)).expect("unlocked"));
    let mut vault = unlock(secret);
    let mut looking = looker(&vault);
    loop {
        let step = Step::pick(&mut pick);
        say(&format!("begin {}", pick(1_000_000)));
        match step {
            Step::Load(who, colour) => {
                let id = PATIENTS[who];
                let raws = coloured(id, colour);
                let (first, rest) = raws.split_at(PROBLEMS / 2);
                vault.discard_staged(id).expect("discarded");
                let more = Part::More { next: "2".into() };
                apply(&vault, update(id, Basis::Full, first, more, 1)).expect("staged");
                apply(&vault, update(id, Basis::Full, rest, last(), 1)).expect("swapped");
            }
            Step::Stage(who, colour) => {
                let more = Part::More { next: "2".into() };
                let first = &coloured(PATIENTS[who], colour)[..5];
                apply(&vault, update(PATIENTS[who], Basis::Full, first, more, 1)).expect("staged");
            }
            Step::Change(who, colour) => {
                let id = PATIENTS[who];
                match apply(&vault, update(id, Basis::Delta, &coloured(id, colour), last(), 1)) {
                    Ok(_) | Err(VaultError::NotHeld) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            Step::Erase(who) => vault.forget(PATIENTS[who], "withdrawn", at(3)).expect("erased"),
            Step::Passphrase(new) => {
                vaults
                    .change_passphrase(&id, &passphrase(secret), &passphrase(new))
                    .expect("changed");
                secret = new;
            }
            Step::Wrong => {
                let refused = vaults.unlock(&id, &passphrase(2_000), at(1)).err();
                assert!(matches!(refused, Some(VaultError::WrongPassphrase { .. })));
            }
            Step::Relock => {
                vault.lock();
                looking.join().expect("the looks end");
                vault = unlock(secret);
                looking = looker(&vault);
            }
        }
        say("done");
    }
}

/// Writes looks down, and opens what there is, until the store is locked.
fn looker(vault: &Arc<Vault>) -> std::thread::JoinHandle<()> {
    let vault = Arc::clone(vault);
    std::thread::spawn(move || {
        for turn in 0.. {
            say("look");
            match open(&vault, PATIENTS[turn % PATIENTS.len()], 2) {
                // The look was written down: whether there was anything to see does not matter.
                Ok(_) | Err(VaultError::NotHeld) => say("looked"),
                Err(VaultError::Locked) => return,
                Err(error) => panic!("{error}"),
            }
        }
    })
}

/// What the victim said before it died.
#[derive(Default)]
struct Heard {
    begun: usize,
    done: usize,
    looks_begun: u64,
    looks_done: u64,
}

impl Heard {
    fn line(&mut self, line: &str) {
        match line.strip_prefix("kill ") {
            Some("done") => self.done += 1,
            Some("look") => self.looks_begun += 1,
            Some("looked") => self.looks_done += 1,
            Some(begin) if begin.starts_with("begin ") => self.begun += 1,
            _ => {}
        }
    }
}

/// The steps that a seed leads to.
fn steps(seed: usize, how_many: usize) -> Vec<Step> {
    let mut pick = scattered(seed as u64);
    (0..how_many)
        .map(|_| {
            let step = Step::pick(&mut pick);
            pick(1_000_000);
            step
        })
        .collect()
}

/// Lets a victim work, and kills it.
fn kill_one(folder: &Path, seed: usize, known: &Known, chance: &mut impl FnMut(usize) -> usize) -> Heard {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "victim",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .env(SEED, seed.to_string())
        .env("CURLEW_TEST_KILL_PASSPHRASE", known.passphrase.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a victim");
    let mut heard = Heard::default();
    let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
    // Some steps on, and then a moment later: of any order from a microsecond to a dozen milliseconds, because the steps
    // are as different as that, and each has its own moments at which it must not be cut off.
    let (wanted, order) = (1 + chance(6), 1 + chance(14));
    let wait = Duration::from_micros(chance(1 << order) as u64);
    for line in lines.by_ref().map_while(Result::ok) {
        heard.line(&line);
        if heard.begun == wanted {
            break;
        }
    }
    let start = Instant::now();
    while start.elapsed() < wait {
        std::hint::spin_loop();
    }
    child.kill().expect("killed");
    lines.map_while(Result::ok).for_each(|line| heard.line(&line));
    let mut errors = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("its errors"), &mut errors)
        .expect("its errors");
    child.wait().expect("dead");
    assert!(
        heard.begun >= wanted,
        "seed {seed}: the victim stopped by itself: {errors}"
    );
    heard
}

/// The store after a kill, opened as the program would at its next start. Panics unless every promise holds.
fn judge(folder: &Path, before: &Known, heard: &Heard, done: &[Step], logged: u64) -> (Known, u64) {
    let vaults = device(folder);
    let id = vaults
        .store_of(&nurse().issuer, &nurse().subject)
        .expect("a keychain")
        .expect("a store");
    let old = done
        .iter()
        .take(heard.done)
        .fold(before.clone(), |known, step| known.after(*step));
    let cut_off = done.get(heard.done..heard.begun).and_then(<[Step]>::first);
    let new = cut_off.map_or_else(|| old.clone(), |step| old.after(*step));

    // Attempts: every wrong one since the last right one is counted; one that was cut off may be.
    let used = ATTEMPTS - vaults.stores().expect("listed")[0].attempts_left;
    let resets = |step: &&Step| matches!(step, Step::Passphrase(_) | Step::Relock);
    let finished = &done[..heard.done];
    let since = finished
        .iter()
        .rposition(|step| resets(&step))
        .map_or(0, |at| at + 1);
    let wrong = finished[since..]
        .iter()
        .filter(|step| **step == Step::Wrong)
        .count() as u32;
    let settled = cut_off.is_some_and(|step| resets(&step));
    assert!(
        (wrong..=wrong + 1).contains(&used) || (settled && used == 0),
        "{used} attempts, after {wrong} wrong ones"
    );

    // The passphrase is the old one or the new one, and never both.
    let opens = |number| vaults.unlock(&id, &passphrase(number), at(1));
    let (vault, passphrase) = match (opens(old.passphrase), old.passphrase == new.passphrase) {
        (Ok(vault), _) => (vault, old.passphrase),
        (Err(VaultError::WrongPassphrase { .. }), false) => {
            (opens(new.passphrase).expect("the new passphrase"), new.passphrase)
        }
        (Err(error), _) => panic!("neither passphrase: {error}"),
    };
    if old.passphrase != new.passphrase {
        let other = old.passphrase + new.passphrase - passphrase;
        assert!(
            matches!(opens(other), Err(VaultError::WrongPassphrase { .. })),
            "both passphrases open it"
        );
        drop(opens(passphrase).expect("the right one gives the attempts back"));
    }
    assert_eq!(vaults.stores().expect("listed")[0].attempts_left, ATTEMPTS);

    // The log: whole, and nothing that was said to be written is missing.
    let entries = vault.verify_log().expect("readable").expect("whole");
    let expected = logged + heard.looks_done..=logged + heard.looks_begun;
    assert!(expected.contains(&entries), "{entries} entries, not {expected:?}");

    // Each patient is whole, of the old colour or the new one.
    let mut colours = [None; PATIENTS.len()];
    let mut files = 0;
    let mut looks = 0;
    for (who, id) in PATIENTS.into_iter().enumerate() {
        let state = vault.caseload_patient(id).expect("readable");
        let (held, loading) = state.as_ref().map_or((false, false), |state| {
            assert!(!state.damaged, "{id} is damaged");
            (state.held, state.loading)
        });
        files += usize::from(held) + usize::from(loading);
        looks += 1;
        match open(&vault, id, 9) {
            Ok(open) => {
                assert!(held);
                let shown = open
                    .timeline(&TimelineFilter::default(), 0, 1_000)
                    .expect("readable")
                    .lines;
                let shown: Vec<&str> = shown
                    .iter()
                    .filter_map(|line| Some(line.title.split_once(" problem ")?.0))
                    .collect();
                assert_eq!(shown.len(), PROBLEMS, "{id}");
                assert!(shown.iter().all(|colour| *colour == shown[0]), "{id}: {shown:?}");
                colours[who] = shown[0]
                    .strip_prefix("colour")
                    .and_then(|colour| colour.parse().ok());
                assert_eq!(state.expect("held").resources as usize, PROBLEMS + 1, "{id}");
            }
            Err(VaultError::NotHeld) => assert!(!held, "{id}"),
            Err(error) => panic!("{id}: {error}"),
        }
        assert!(
            colours[who] == old.colours[who] || colours[who] == new.colours[who],
            "{id} is {:?}, not {:?} or {:?}",
            colours[who],
            old.colours[who],
            new.colours[who]
        );
        // What was half loaded can be gone on with, or dropped.
        vault.resume(id).expect("readable");
    }
    assert_eq!(vault.verify_log().expect("readable"), Ok(entries + looks));

    // A file for each copy that is held or under way, and nothing else anywhere.
    let store = folder.join("stores").join(id.as_str());
    let names = |folder: &Path| -> Vec<String> {
        std::fs::read_dir(folder)
            .expect("a folder")
            .map(|file| {
                file.expect("a file")
                    .file_name()
                    .into_string()
                    .expect("a plain name")
            })
            .collect()
    };
    let mut records = names(&store.join("records"));
    // A journal that was made and not yet written to stays beside its copy until the next change of it.
    let copies = records.clone();
    records.retain(|name| {
        !name
            .strip_suffix("-journal")
            .is_some_and(|copy| copies.iter().any(|name| name == copy))
    });
    assert_eq!(records.len(), files, "{records:?}");
    let mut beside = names(&store);
    beside.retain(|name| !matches!(name.as_str(), "index.db-wal" | "index.db-shm"));
    beside.sort();
    assert_eq!(beside, ["index.db", "keyslots.json", "records"]);
    assert_eq!(names(&folder.join("stores")), [id.as_str()]);
    (Known { colours, passphrase }, entries + looks)
}

#[test]
fn a_killed_program_leaves_everything_as_it_was_or_as_it_was_to_be() {
    let number = |name: &str, otherwise: usize| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let (kills, first) = (number("CURLEW_KILLS", 100), number("CURLEW_KILL_SEED", 1));
    println!("{kills} kills from seed {first} on");
    let mut chance = scattered(first as u64 ^ 0xdead);
    let mut where_cut = BTreeMap::new();
    let mut entries = 0;
    for from in (first..first + kills).step_by(STORE_LASTS) {
        let to = (from + STORE_LASTS).min(first + kills);
        entries += kill_in_one_store(from..to, &mut chance, &mut where_cut);
    }
    println!("cut off in: {where_cut:#?}; {entries} entries in the logs");
}

/// A store is made anew after so many kills, because its log, which is verified after each, only grows.
const STORE_LASTS: usize = 100;

/// Kills the program once for each seed, and gives the length that the log has reached.
fn kill_in_one_store(
    seeds: Range<usize>,
    chance: &mut impl FnMut(usize) -> usize,
    where_cut: &mut BTreeMap<&str, usize>,
) -> u64 {
    let folder = support::folder_in_memory();
    let folder = folder.path();
    std::fs::create_dir_all(folder.join("keychain")).expect("a folder");
    let store = device(folder)
        .create(&nurse(), &passphrase(0), at(0))
        .expect("a new store");
    let entry = |(position, id): (usize, &&str)| CaseloadEntry {
        patient: (*id).into(),
        position: position as u32,
        raw_patient: patient(id, "Killed"),
    };
    let everybody = PATIENTS.iter().enumerate().map(entry).collect();
    store.set_caseload(everybody, at(0)).expect("a caseload");
    drop(store);
    let mut known = Known {
        colours: [None; PATIENTS.len()],
        passphrase: 0,
    };
    let mut logged = 0;
    for seed in seeds {
        let heard = kill_one(folder, seed, &known, chance);
        let done = steps(seed, heard.begun);
        let cut_off = done.get(heard.done).map_or("between steps", |step| step.name());
        *where_cut.entry(cut_off).or_default() += 1;
        if heard.looks_begun > heard.looks_done {
            *where_cut
                .entry("also: writing a look down or opening")
                .or_default() += 1;
        }
        let judged = std::panic::catch_unwind(|| judge(folder, &known, &heard, &done, logged));
        (known, logged) = judged.unwrap_or_else(|panic| {
            println!(
                "seed {seed}, after {}, cut off in {cut_off}: {done:?}",
                heard.done
            );
            std::panic::resume_unwind(panic)
        });
    }
    logged
}
