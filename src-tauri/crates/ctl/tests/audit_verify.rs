//! Ten thousand looks in a real store, then whatever somebody with the passphrase and the keychain could do to them: a bit
//! turned anywhere in a stored entry, an entry removed, two swapped, the end cut off. `curlewctl audit verify` has to name
//! the first entry that is wrong.
//!
//! Hundreds of tamperings go through [`Vault::verify_log`], which the program calls; ten of each kind through the built
//! program itself, on a copy of the store.

mod device;

use chrono::TimeDelta;
use curlew_audit::{Action, Actor, Look, OutcomeText};
use curlew_vault::{Vault, VaultError};
use device::{Device, PASSPHRASE, run, then};
use rusqlite::{Connection, params};

const ENTRIES: u64 = 10_000;
/// Of each kind, through the built program.
const BY_THE_PROGRAM: usize = 10;

fn look(number: u64) -> Look {
    let outcome = match number % 50 {
        0 => OutcomeText::Refused("Not on your caseload\u{1f}".into()),
        25 => OutcomeText::Failed("The file is damaged".into()),
        _ => OutcomeText::Done,
    };
    Look {
        actor: Actor {
            id: "900000000001".into(),
            name: "Nurse Synthetic".into(),
            role: "Community nurse".into(),
            organisation: "Saltmarsh Community Health NHS Trust".into(),
        },
        device: "laptop-7".into(),
        patient: (!number.is_multiple_of(7)).then(|| format!("p{}", number % 61)),
        patient_name: (!number.is_multiple_of(7)).then(|| "TESTER, Zoë (Ms)".into()),
        action: if number.is_multiple_of(7) {
            Action::ViewCaseload
        } else {
            Action::OpenPatient
        },
        shown: "Overview".into(),
        purpose: "TREAT".into(),
        outcome,
    }
}

/// A device on which [`ENTRIES`] looks were written down, and the store locked.
fn used() -> Device {
    let device = Device::new();
    let vault = device.create_store();
    for number in 1..=ENTRIES {
        let at = then() + TimeDelta::milliseconds(i64::try_from(number * 977).expect("a time"));
        drop(vault.write_look(look(number), at).expect("written down"));
    }
    vault.lock();
    device
}

/// Runs the built program on a device: exit code, and everything it said.
fn verify(device: &Device, arguments: &[&str], stdin: &str) -> (Option<i32>, String) {
    let mut program = device.curlewctl();
    program
        .args(["audit", "verify", "--data-dir"])
        .arg(device.data())
        .args(arguments);
    let ended = run(&mut program, stdin);
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.code(), String::from_utf8(said).expect("words"))
}

/// Chance that repeats itself (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn entry(&mut self) -> u64 {
        1 + self.below(ENTRIES)
    }
}

#[derive(Debug, Clone, Copy)]
enum Tampering {
    /// One bit of entry `seq`, counted over all its stored bytes by chance.
    Flip {
        seq: u64,
        chance: u64,
    },
    Remove(u64),
    Swap(u64, u64),
    /// Only so many entries are left.
    Cut(u64),
    /// So many are left, and no seal that says where the log ended.
    CutWithSeal(u64),
}

/// The triggers stand against our own mistakes; whoever tampers begins here.
const NO_TRIGGERS: &str =
    "DROP TRIGGER audit_entry_is_never_changed; DROP TRIGGER audit_entry_is_never_removed";

impl Tampering {
    /// Does it, and tells which entry is the first wrong one now.
    fn carry_out(self, index: &Connection) -> rusqlite::Result<u64> {
        index.execute_batch(NO_TRIGGERS)?;
        match self {
            Self::Flip { seq, chance } => flip(index, seq, chance),
            Self::Remove(seq) => {
                index.execute("DELETE FROM audit_entry WHERE seq = ?", [seq])?;
                Ok(seq)
            }
            Self::Swap(a, b) => {
                index.execute(
                    "UPDATE audit_entry AS e SET (at, look, previous, digest) =
                         (SELECT at, look, previous, digest FROM audit_entry o WHERE o.seq = ?1 + ?2 - e.seq)
                     WHERE e.seq IN (?1, ?2)",
                    [a, b],
                )?;
                Ok(a.min(b))
            }
            Self::Cut(left) => {
                index.execute("DELETE FROM audit_entry WHERE seq > ?", [left])?;
                Ok(left + 1)
            }
            Self::CutWithSeal(left) => {
                index.execute("DELETE FROM audit_entry WHERE seq > ?", [left])?;
                index.execute("DELETE FROM audit_head", [])?;
                // Without a seal the log should have no entries at all.
                Ok(1)
            }
        }
    }

    /// What the program has to say.
    fn words(self, first_wrong: u64) -> String {
        match self {
            Self::Cut(left) => format!("the log ends at entry {left}, and should end at entry {ENTRIES}"),
            Self::Remove(ENTRIES) => {
                format!(
                    "the log ends at entry {}, and should end at entry {ENTRIES}",
                    ENTRIES - 1
                )
            }
            Self::CutWithSeal(0) => format!("the log ends at entry 0, and should end at entry {ENTRIES}"),
            _ => format!("at entry {first_wrong}: "),
        }
    }
}

/// Turns one bit of an entry's stored values: number, time, text and both digests, each as likely as it is long.
fn flip(index: &Connection, seq: u64, mut chance: u64) -> rusqlite::Result<u64> {
    let columns = ["look", "previous", "digest"];
    let length: u64 = index.query_row(
        "SELECT octet_length(look) + 64 + 16 FROM audit_entry WHERE seq = ?",
        [seq],
        |row| row.get(0),
    )?;
    chance %= length * 8;
    // Eight bytes each.
    for (number, column) in ["at", "seq"].into_iter().enumerate() {
        if chance >= 64 {
            chance -= 64;
            continue;
        }
        // A number already taken cannot be stored twice: those bits are as good as a higher one.
        let bit = if number == 1 && chance < 14 {
            chance + 14
        } else {
            chance
        };
        let value: i64 = index.query_row(
            &format!("SELECT {column} FROM audit_entry WHERE seq = ?"),
            [seq],
            |row| row.get(0),
        )?;
        let sql = format!("UPDATE audit_entry SET {column} = ? WHERE seq = ?");
        index.execute(&sql, params![value ^ (1_i64 << bit), seq])?;
        // Below nought it comes before all others.
        return Ok(if number == 1 && bit == 63 { 1 } else { seq });
    }
    for column in columns {
        let mut bytes: Vec<u8> = index.query_row(
            &format!("SELECT CAST({column} AS BLOB) FROM audit_entry WHERE seq = ?"),
            [seq],
            |row| row.get(0),
        )?;
        let at = usize::try_from(chance / 8).expect("a place");
        if at >= bytes.len() {
            chance -= bytes.len() as u64 * 8;
            continue;
        }
        bytes[at] ^= 1 << (chance % 8);
        let value = if column == "look" { "CAST(? AS TEXT)" } else { "?" };
        let sql = format!("UPDATE audit_entry SET {column} = {value} WHERE seq = ?");
        index.execute(&sql, params![bytes, seq])?;
        return Ok(seq);
    }
    unreachable!("a bit beyond the entry");
}

fn all_tamperings() -> Vec<Vec<Tampering>> {
    let mut chance = Chance(7);
    let flips = (0..300)
        .map(|_| Tampering::Flip {
            seq: chance.entry(),
            chance: chance.below(u64::MAX),
        })
        .collect();
    let mut removals = vec![Tampering::Remove(ENTRIES), Tampering::Remove(1)];
    removals.extend((0..60).map(|_| Tampering::Remove(chance.entry())));
    let mut swaps = vec![Tampering::Swap(ENTRIES - 1, ENTRIES), Tampering::Swap(1, 2)];
    while swaps.len() < 60 {
        let (a, b) = (chance.entry(), chance.entry());
        if a != b {
            swaps.push(Tampering::Swap(a, b));
        }
    }
    let mut cuts = vec![
        Tampering::Cut(ENTRIES - 1),
        Tampering::Cut(0),
        Tampering::CutWithSeal(0),
        Tampering::CutWithSeal(ENTRIES - 1),
    ];
    cuts.extend((0..60).map(|_| Tampering::Cut(chance.below(ENTRIES))));
    vec![flips, removals, swaps, cuts]
}

/// Found, at the right entry? Everything is undone afterwards.
fn found_by_the_library(vault: &Vault, tampering: Tampering) -> Result<(), VaultError> {
    vault.tamper(|index| index.execute_batch("SAVEPOINT before"))?;
    let first_wrong = vault.tamper(|index| tampering.carry_out(index))?;
    let broken = vault
        .verify_log()?
        .expect_err(&format!("{tampering:?} was not found"));
    assert_eq!(broken.seq, first_wrong, "{tampering:?}: {broken}");
    let words = tampering.words(first_wrong);
    assert!(broken.to_string().contains(&words), "{tampering:?}: {broken}");
    vault.tamper(|index| index.execute_batch("ROLLBACK TO before; RELEASE before"))
}

#[test]
fn every_tampering_with_ten_thousand_entries_is_found_at_its_entry() {
    let device = used();
    let every = all_tamperings();

    let copy = device.copied();
    let vault = copy.unlock();
    assert_eq!(vault.verify_log().expect("checked"), Ok(ENTRIES));
    for tampering in every.iter().flatten() {
        found_by_the_library(&vault, *tampering).expect("checked");
    }
    assert_eq!(
        vault.verify_log().expect("checked"),
        Ok(ENTRIES),
        "nothing is left of the tampering"
    );
    vault.lock();

    let typed = format!("{PASSPHRASE}\n");
    for tampering in every.iter().flat_map(|kind| kind.iter().take(BY_THE_PROGRAM)) {
        let copy = device.copied();
        let vault = copy.unlock();
        let first_wrong = vault
            .tamper(|index| tampering.carry_out(index))
            .expect("tampered with");
        vault.lock();
        drop(vault);
        let (code, said) = verify(&copy, &["--passphrase-stdin"], &typed);
        assert_eq!(code, Some(2), "{tampering:?}: {said}");
        assert!(
            said.contains(&tampering.words(first_wrong)),
            "{tampering:?}: {said}"
        );
        assert!(!said.contains("TESTER"), "no patient is named: {said}");
    }

    // Whole, or not looked at: other codes.
    let (code, said) = verify(&device, &["--passphrase-stdin"], &typed);
    assert_eq!(
        (code, said.trim()),
        (Some(0), "All 10000 entries are in place and unchanged.")
    );
    for (arguments, stdin, expected) in [
        (&["--passphrase-stdin"][..], "not the passphrase\n", 1),
        (&["--passphrase-stdin"], "", 1),
        (&["--passphrase-stdin", "--store", "no-store"], &typed, 1),
        (&["--passphrase", PASSPHRASE], "", 64),
    ] {
        let (code, said) = verify(&device, arguments, stdin);
        assert_eq!(code, Some(expected), "{arguments:?}: {said}");
    }
    let (code, help) = verify(&device, &["--help"], "");
    assert_eq!(code, Some(0));
    assert!(help.contains("2  the log has been changed or damaged"), "{help}");
}
