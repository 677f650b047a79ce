//! Bits flipped anywhere, in every kind of file: found or carrying nothing, confined, told, and mended by fetching again.
//!
//! `CURLEW_FLIPS=500` flips that many bits in each kind of file; `CURLEW_FLIP_SEED` chooses others.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use curlew_audit::Action;
use curlew_record::view::TimelineFilter;
use curlew_vault::{
    Basis, CaseloadEntry, DamagedPart, Identity, OpenPatient, Part, StoreId, Vault, VaultError, Vaults,
};
use support::{
    CHEAP, FileKeychain, apply, at, copy_folder, folder_in_memory, hold, last, look, nurse, open, passphrase,
    patient, problem, restore_folder, scattered, update,
};

fn doctor() -> Identity {
    Identity {
        subject: "doctor-subject-55502".into(),
        label: "Doctor Synthetic".into(),
        ..nurse()
    }
}

/// Two people's stores and the keychain, in one folder.
struct Device(PathBuf);

impl Device {
    fn start(&self) -> Vaults {
        let keychain = Arc::new(FileKeychain(self.0.join("keychain")));
        Vaults::new(self.0.join("stores"), keychain, CHEAP)
    }

    fn file(&self, id: &StoreId, name: &str) -> PathBuf {
        self.0.join("stores").join(id.as_str()).join(name)
    }
}

/// Reads every screen, so that every page that holds anything is read.
fn read_everything(open: &OpenPatient) -> Result<String, VaultError> {
    let timeline = open.timeline(&TimelineFilter::default(), 0, 10_000)?;
    let mut all = format!("{:?}{:?}", open.first()?, timeline);
    for line in &timeline.lines {
        let (_, sources) = open.source(&line.id)?;
        all.extend(sources.into_iter().map(|source| source.raw));
    }
    all += &format!("{:?}{:?}{:?}", open.medicines()?, open.results()?, open.gaps()?);
    all += &format!(
        "{:?}{:?}{:?}{:?}",
        open.summary()?,
        open.documents()?,
        open.plans()?,
        open.people()?
    );
    all += &format!(
        "{:?}{:?}",
        open.search("problem", 100)?,
        open.timeline_index(&TimelineFilter::default())?
    );
    Ok(all)
}

/// Everything that can be seen of a store.
#[derive(Clone, PartialEq)]
struct Seen {
    /// Who is listed, and how each copy stands.
    today: Vec<String>,
    /// Every screen of each patient; none when the copy is damaged.
    patients: BTreeMap<&'static str, Option<String>>,
    /// Entries in the log; none when it says that it is broken.
    log: Option<u64>,
    /// The patient whose load was interrupted, once it has gone on to its end; none when it has to start again.
    finished: Option<String>,
}

const PATIENTS: [&str; 3] = ["p1", "p2", "p3"];

fn see(vault: &Vault) -> Result<Seen, VaultError> {
    let log = vault.verify_log()?.ok();
    let mut today = Vec::new();
    for person in vault.caseload()? {
        today.push(format!(
            "{} {} {} {} {:?} {:?} {:?}",
            person.patient,
            person.held,
            person.damaged,
            person.raw_patient,
            person.last_contact,
            person.first,
            person.withheld_reason
        ));
    }
    let mut patients = BTreeMap::new();
    for id in PATIENTS {
        let shown = open(vault, id, 30).and_then(|open| read_everything(&open));
        match shown {
            Ok(shown) => patients.insert(id, Some(shown)),
            Err(VaultError::NotHeld) => None,
            Err(VaultError::Damaged {
                what: DamagedPart::PatientFile,
            }) => patients.insert(id, None),
            Err(error) => return Err(error),
        };
    }
    let went_on = match vault.resume("p3")? {
        Some(_) => apply(vault, update("p3", Basis::Full, &[], last(), 31)),
        None => Err(VaultError::NotHeld),
    };
    let finished = match went_on {
        Ok(_) => Some(read_everything(&open(vault, "p3", 32)?)?),
        Err(
            VaultError::NotHeld
            | VaultError::Damaged {
                what: DamagedPart::PatientFile,
            },
        ) => None,
        Err(error) => return Err(error),
    };
    Ok(Seen {
        today,
        patients,
        log,
        finished,
    })
}

fn problems(id: &str, text: &str) -> Vec<String> {
    let mut raws = vec![patient(id, "Flipped")];
    raws.extend((0..12).map(|number| {
        let text = format!("{text} problem {number}");
        problem(id, &format!("c{number}"), &text, "2020-05-01")
    }));
    raws
}

/// A device as it lies there: p1 and p2 held, p3 half loaded, a log; locked, or as a crash leaves it.
fn make(crashed: bool) -> (tempfile::TempDir, StoreId, StoreId, Vec<Seen>) {
    let folder = folder_in_memory();
    let device = Device(folder.path().join("live"));
    std::fs::create_dir_all(device.0.join("keychain")).expect("a folder");
    let doctors = device
        .start()
        .create(&doctor(), &passphrase(), at(0))
        .expect("a store");
    hold(&doctors, "p1", "Doctors", &["Gout"], 1);
    let vault = device
        .start()
        .create(&nurse(), &passphrase(), at(0))
        .expect("a store");
    let (id, other) = (vault.store_id(), doctors.store_id());
    drop(doctors);
    let entry = |(position, id): (usize, &&str)| CaseloadEntry {
        patient: (*id).into(),
        position: position as u32,
        raw_patient: patient(id, "Flipped"),
    };
    let everybody = PATIENTS.iter().enumerate().map(entry).collect();
    vault.set_caseload(everybody, at(0)).expect("a caseload");
    for id in ["p1", "p2"] {
        apply(&vault, update(id, Basis::Full, &problems(id, "Old"), last(), 1)).expect("loaded");
    }
    let half = Part::More { next: "2".into() };
    apply(
        &vault,
        update("p3", Basis::Full, &problems("p3", "Staged"), half, 1),
    )
    .expect("staged");
    let written = |vault: &Vault, minutes| {
        drop(
            vault
                .write_look(look("p1", Action::ViewCaseload), at(minutes))
                .expect("written down"),
        );
    };
    (2..12).for_each(|minutes| written(&vault, minutes));
    vault.lock();
    drop(vault);
    let copy = folder.path().join("copy");
    // What could be seen at each moment since the last lock.
    let mut truths = Vec::new();
    let mut see_copy = |copy: &Path| {
        let vault = Device(copy.to_owned())
            .start()
            .unlock(&id, &passphrase(), at(20))
            .expect("unlocked");
        truths.push(see(&vault).expect("whole"));
    };
    if !crashed {
        copy_folder(&device.0, &copy);
        let seen = folder.path().join("seen");
        copy_folder(&copy, &seen);
        see_copy(&seen);
        return (folder, id, other, truths);
    }
    let vault = device
        .start()
        .unlock(&id, &passphrase(), at(13))
        .expect("unlocked");
    // The keychain is told of a look behind the looker's back; a crash an instant after it would come before.
    let anchor = device.0.join("keychain").join(format!("log_{id}"));
    let wait_for = |seq: i64| {
        let told = format!(r#""seq":{seq},"#);
        let deadline = Instant::now() + Duration::from_secs(60);
        while !std::fs::read(&anchor).is_ok_and(|text| String::from_utf8_lossy(&text).contains(&told)) {
            assert!(
                Instant::now() < deadline,
                "the log's end never reached the keychain"
            );
            std::thread::yield_now();
        }
    };
    for minute in 14..20 {
        written(&vault, minute);
        wait_for(minute - 3);
        restore(&device.0, &copy);
        let seen = folder.path().join("seen");
        restore(&copy, &seen);
        see_copy(&seen);
        vault.note_contact("p1", at(minute), None).expect("noted");
    }
    drop(vault);
    (folder, id, other, truths)
}

fn restore(from: &Path, to: &Path) {
    if to.exists() {
        restore_folder(from, to);
    } else {
        copy_folder(from, to);
    }
}

/// One kind of file: flips bits in it and looks at everything each time.
struct Kind {
    name: &'static str,
    crashed: bool,
    file: fn(&Device, &StoreId) -> PathBuf,
    /// What it may be called when it is damaged.
    told_as: &'static [DamagedPart],
    /// Whether it is a file of a load that is not finished.
    staged: bool,
    /// The patients whose copy it may take away.
    takes: &'static [&'static str],
    /// How many of a hundred flips must be found, at least: the rest fall where nothing lies.
    found: usize,
}

fn largest_but(device: &Device, id: &StoreId, staging: bool) -> PathBuf {
    let mut files: Vec<PathBuf> = std::fs::read_dir(device.file(id, "records"))
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .collect();
    // The half loaded one has no screens, and is the smallest.
    files.sort_by_key(|file| file.metadata().expect("a file").len());
    if staging {
        files.remove(0)
    } else {
        files.pop().expect("a file")
    }
}

const KINDS: [Kind; 9] = [
    Kind {
        name: "keyslots.json",
        crashed: false,
        file: |device, id| device.file(id, "keyslots.json"),
        told_as: &[DamagedPart::KeySlots],
        staged: false,
        takes: &[],
        found: 85,
    },
    Kind {
        name: "index.db",
        crashed: false,
        file: |device, id| device.file(id, "index.db"),
        told_as: &[DamagedPart::Index],
        staged: false,
        takes: &[],
        found: 50,
    },
    Kind {
        name: "a patient's file",
        crashed: false,
        file: |device, id| largest_but(device, id, false),
        told_as: &[],
        staged: false,
        takes: &["p1", "p2"],
        found: 50,
    },
    Kind {
        name: "a staged file",
        crashed: false,
        file: |device, id| largest_but(device, id, true),
        told_as: &[],
        staged: true,
        takes: &[],
        found: 50,
    },
    Kind {
        name: "index.db after a crash",
        crashed: true,
        file: |device, id| device.file(id, "index.db"),
        told_as: &[DamagedPart::Index],
        staged: false,
        takes: &[],
        found: 20,
    },
    Kind {
        name: "the write-ahead log after a crash",
        crashed: true,
        file: |device, id| device.file(id, "index.db-wal"),
        told_as: &[DamagedPart::Index],
        staged: false,
        takes: &[],
        found: 50,
    },
    Kind {
        name: "the store's keychain entry",
        crashed: false,
        file: |device, id| device.0.join("keychain").join(format!("store_{id}")),
        told_as: &[DamagedPart::KeychainEntry],
        staged: false,
        takes: &[],
        found: 100,
    },
    Kind {
        name: "the keychain's key of the folders' names",
        crashed: false,
        file: |device, _| device.0.join("keychain").join("folder-names"),
        told_as: &[DamagedPart::KeychainEntry],
        staged: false,
        takes: &[],
        found: 100,
    },
    Kind {
        name: "the keychain's end of the log",
        crashed: true,
        file: |device, id| device.0.join("keychain").join(format!("log_{id}")),
        told_as: &[DamagedPart::KeychainEntry],
        staged: false,
        takes: &[],
        found: 100,
    },
];

impl Kind {
    fn flip_bits(&self, flips: usize, seed: u64) {
        let (folder, id, other, truths) = make(self.crashed);
        let (copy, live) = (folder.path().join("copy"), Device(folder.path().join("live")));
        let truth = truths.last().expect("something is seen");
        let mut pick = scattered(seed);
        let (mut found, mut earlier) = (0, 0);
        for turn in 0..flips {
            restore_folder(&copy, &live.0);
            let file = (self.file)(&live, &id);
            let mut bytes = std::fs::read(&file).expect("a file");
            let bit = pick(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&file, bytes).expect("a file");
            let what = format!("{}, bit {bit}", self.name);

            let stores = live.start().stores().expect("listed");
            assert_eq!(stores.len(), 2, "{what}: the other person's store is listed");
            // By name, as after signing in, and then by its folder, as on the unlock screen.
            let found_by_name = live
                .start()
                .store_of(&nurse().issuer, &nurse().subject)
                .map(|found| {
                    assert_eq!(
                        found.as_ref(),
                        Some(&id),
                        "{what}: the store goes by another name"
                    );
                });
            let seen = live
                .start()
                .unlock(&id, &passphrase(), at(20))
                .and_then(|vault| see(&vault))
                .and_then(|seen| found_by_name.map(|()| seen));
            match seen {
                Ok(seen) => {
                    let lost = self.judge(&what, &seen, truth, &truths);
                    found += usize::from(lost > 0);
                    earlier += usize::from(lost > 1);
                }
                Err(VaultError::Damaged { what: part }) => {
                    assert!(self.told_as.contains(&part), "{what}: told as {part:?}");
                    found += 1;
                }
                Err(VaultError::Newer { .. }) if self.told_as == [DamagedPart::KeySlots] => found += 1,
                Err(error) => panic!("{what}: {error}"),
            }
            // Now and then, because it takes as long again: nobody else is touched, and fetching again mends it.
            if turn % 20 == 0 {
                let others = live
                    .start()
                    .unlock(&other, &passphrase(), at(21))
                    .expect("the other's store");
                assert!(
                    open(&others, "p1", 22).is_ok(),
                    "{what}: it reached another person's store"
                );
                self.mend(&what, &live, &id, truth);
            }
        }
        println!(
            "{}: {found} of {flips} flipped bits found, {earlier} told as lost since",
            self.name
        );
        assert!(
            found * 100 >= self.found * flips,
            "{}: only {found} of {flips} were found",
            self.name
        );
    }

    /// What is seen is the truth, or says what is missing. Gives 0 for the truth, 1 for a damaged copy, 2 for an earlier truth
    /// with a log that says that it was longer.
    fn judge(&self, what: &str, seen: &Seen, truth: &Seen, truths: &[Seen]) -> usize {
        if seen == truth {
            return 0;
        }
        if seen.log.is_none() {
            let was = truths
                .iter()
                .any(|was| was.today == seen.today && was.patients == seen.patients);
            assert!(was, "{what}: a store that never was");
            return 2;
        }
        assert_eq!(
            seen.log, truth.log,
            "{what}: the log is another and does not say so"
        );
        if self.staged && seen.finished.is_none() {
            // Staged changes that cannot be read are dropped, and the load starts again: nothing was shown of them.
            assert!(seen.patients == truth.patients, "{what}: it reached a copy");
            return 1;
        }
        assert!(
            seen.finished == truth.finished,
            "{what}: it reached the staged file"
        );
        let mut damaged = 0;
        for (id, shown) in &seen.patients {
            match shown {
                Some(shown) => assert!(
                    Some(shown) == truth.patients[id].as_ref(),
                    "{what}: {id} shows something else"
                ),
                None => {
                    assert!(self.takes.contains(id), "{what}: {id} is damaged");
                    damaged += 1;
                }
            }
        }
        assert_eq!(
            seen.patients.len(),
            truth.patients.len(),
            "{what}: a copy is gone without a word"
        );
        assert_eq!(
            damaged, 1,
            "{what}: {damaged} copies are damaged, or Today tells something else"
        );
        1
    }

    fn mend(&self, what: &str, live: &Device, id: &StoreId, truth: &Seen) {
        let again = |vault: Result<Vault, VaultError>| -> Result<(), VaultError> {
            let vault = vault?;
            for id in ["p1", "p2"] {
                vault.discard_staged(id)?;
                apply(&vault, update(id, Basis::Full, &problems(id, "Old"), last(), 1))?;
                let again = read_everything(&open(&vault, id, 24)?)?;
                let truth = truth.patients[id].as_ref().expect("whole");
                assert!(again == *truth, "{what}: {id} is another after mending");
            }
            Ok(())
        };
        let start = live.start();
        let mended = again(start.unlock(id, &passphrase(), at(23))).or_else(|error| {
            // A store that cannot be opened or written to is set aside when somebody says so, and made anew.
            assert!(
                matches!(error, VaultError::Damaged { .. } | VaultError::Newer { .. }),
                "{what}: {error:?}"
            );
            start.set_aside(id)?;
            again(start.create(&nurse(), &passphrase(), at(23)))
        });
        mended.unwrap_or_else(|error| panic!("{what}: nothing mends it: {error}"));
    }
}

#[test]
fn bits_flipped_anywhere_are_found_told_confined_and_mended() {
    let number = |name: &str, otherwise: usize| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let (flips, seed) = (number("CURLEW_FLIPS", 60), number("CURLEW_FLIP_SEED", 7));
    println!("{flips} flips in each kind of file, from seed {seed}");
    std::thread::scope(|scope| {
        for kinds in [KINDS.iter().step_by(2), KINDS[1..].iter().step_by(2)] {
            scope.spawn(move || kinds.for_each(|kind| kind.flip_bits(flips, seed as u64)));
        }
    });
}
