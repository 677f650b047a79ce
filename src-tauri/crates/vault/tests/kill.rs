//! The program is killed in the middle of things, again and again. Afterwards each patient is whole, as before or as
//! after, and the log verifies.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use curlew_record::view::TimelineFilter;
use curlew_vault::{Basis, Keychain, KeychainError, Part, VaultError, Vaults};
use support::{Bench, CHEAP, apply, at, last, nurse, open, passphrase, patient, problem, update};

/// A keychain that outlives a killed program, as the operating system's does. Each write is one rename.
struct FileKeychain(PathBuf);

impl FileKeychain {
    fn file(&self, account: &str) -> PathBuf {
        self.0.join(account.replace(':', "_"))
    }
}

impl Keychain for FileKeychain {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        Ok(std::fs::read(self.file(account)).ok())
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        let next = self.0.join("next");
        std::fs::write(&next, secret)
            .and_then(|()| std::fs::rename(next, self.file(account)))
            .map_err(|_| KeychainError::Refused("test"))
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        drop(std::fs::remove_file(self.file(account)));
        Ok(())
    }
}

const PROBLEMS: usize = 25;
const FOLDER: &str = "CURLEW_TEST_KILL_FOLDER";
const ROUND: &str = "CURLEW_TEST_KILL_ROUND";

/// Everybody's record is of one colour.
fn coloured(id: &str, colour: &str) -> Vec<String> {
    let mut raws = vec![patient(id, "Killed")];
    raws.extend((0..PROBLEMS).map(|number| {
        problem(
            id,
            &format!("c{number}"),
            &format!("{colour} problem {number}"),
            "2020-05-01",
        )
    }));
    raws
}

/// The program that is killed: recolours two patients by full refresh and by delta, looks, erases, and says each step.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn writer() {
    let Ok(folder) = std::env::var(FOLDER).map(PathBuf::from) else {
        return;
    };
    let round: usize = std::env::var(ROUND).map_or(0, |round| round.parse().expect("a number"));
    let keychain = Arc::new(FileKeychain(folder.join("keychain")));
    let vaults = Vaults::new(folder.join("stores"), keychain, CHEAP);
    let id = vaults
        .store_of(&nurse().issuer, &nurse().subject)
        .expect("a keychain")
        .expect("a store");
    let vault = vaults
        .unlock(&id, &passphrase(), at(round as i64))
        .expect("an unlocked store");
    let say = |step: &str| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "step {step}")
            .and_then(|()| out.flush())
            .expect("the parent listens");
    };
    for turn in round.. {
        let colour = ["red", "blue", "green"][turn % 3];
        let raws = coloured("p1", colour);
        let (first, rest) = raws.split_at(PROBLEMS / 2);
        vault.discard_staged("p1").expect("discarded");
        apply(
            &vault,
            update("p1", Basis::Full, first, Part::More { next: "2".into() }, 1),
        )
        .expect("staged");
        say("staged");
        apply(&vault, update("p1", Basis::Full, rest, last(), 1)).expect("swapped");
        say("swapped");
        let basis = if turn % 4 == 0 { Basis::Full } else { Basis::Delta };
        match apply(&vault, update("p2", basis, &coloured("p2", colour), last(), 1)) {
            Ok(_) | Err(VaultError::NotHeld) => {}
            Err(error) => panic!("{error}"),
        }
        say("changed");
        drop(open(&vault, "p1", 2).expect("an open patient"));
        say("looked");
        if turn % 3 == 0 {
            vault.forget("p2", "withdrawn", at(3)).expect("erased");
            say("erased");
        }
    }
}

/// After a kill: every patient that is held is of one colour, all of it; the rest is not there; the log verifies.
fn judge(folder: &std::path::Path, round: usize) {
    let keychain = Arc::new(FileKeychain(folder.join("keychain")));
    let vaults = Vaults::new(folder.join("stores"), keychain, CHEAP);
    let id = vaults
        .store_of(&nurse().issuer, &nurse().subject)
        .expect("what was stored")
        .expect("what was stored");
    let vault = vaults
        .unlock(&id, &passphrase(), at(round as i64))
        .expect("what was stored");
    let entries = vault
        .verify_log()
        .expect("what was stored")
        .expect("what was stored");
    for id in ["p1", "p2"] {
        let state = vault.caseload_patient(id).expect("what was stored");
        let held = state.as_ref().is_some_and(|state| state.held);
        assert!(
            !state.as_ref().is_some_and(|state| state.damaged),
            "round {round}: {id} is damaged"
        );
        match open(&vault, id, 9) {
            Ok(open) => {
                assert!(held);
                assert_eq!(state.expect("what was stored").resources as usize, PROBLEMS + 1);
                let lines = open
                    .timeline(&TimelineFilter::default(), 0, 1_000)
                    .expect("what was stored")
                    .lines;
                let colours: std::collections::BTreeSet<&str> = lines
                    .iter()
                    .filter_map(|line| line.title.split_once(" problem ").map(|(colour, _)| colour))
                    .collect();
                assert_eq!(colours.len(), 1, "round {round}: {id} is {colours:?}");
                let problems = lines
                    .iter()
                    .filter(|line| line.title.contains(" problem "))
                    .count();
                assert_eq!(problems, PROBLEMS, "round {round}: {id}");
            }
            Err(VaultError::NotHeld) => assert!(!held),
            Err(error) => panic!("round {round}: {id}: {error}"),
        }
    }
    assert_eq!(vault.verify_log().expect("what was stored"), Ok(entries + 2));
    // No orphans: a file for each copy that is held or under way, and nothing else.
    let files = std::fs::read_dir(folder.join("stores").join(id.as_str()).join("records"))
        .expect("what was stored")
        .filter(|file| {
            file.as_ref()
                .expect("what was stored")
                .path()
                .extension()
                .is_some_and(|kind| kind == "db")
        })
        .count();
    assert!(files <= 4, "round {round}: {files} files");
}

#[test]
fn a_killed_program_leaves_every_patient_whole() {
    let bench = Bench::new();
    let folder = bench.folder.path();
    std::fs::create_dir_all(folder.join("keychain")).unwrap();
    let keychain = Arc::new(FileKeychain(folder.join("keychain")));
    drop(
        Vaults::new(folder.join("stores"), keychain, CHEAP)
            .create(&nurse(), &passphrase(), at(0))
            .unwrap(),
    );
    let rounds: usize =
        std::env::var("CURLEW_KILL_ROUNDS").map_or(20, |rounds| rounds.parse().expect("a number"));
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "writer",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FOLDER, folder)
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let steps = BufReader::new(child.stdout.take().unwrap()).lines();
        // Killed right after one step, at whatever point of the next it has reached by then.
        let wanted = 1 + round * 7 % 11;
        let seen = steps
            .map_while(Result::ok)
            .filter(|line| line.contains("step "))
            .take(wanted)
            .inspect(|_| (0..round * 3_000).for_each(|turn| assert!(std::hint::black_box(turn) < usize::MAX)))
            .count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(seen, wanted, "round {round}: the writer stopped by itself");
        judge(folder, round);
    }
}
