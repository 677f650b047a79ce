//! A store in a temporary folder, with a keychain in memory and a passphrase that costs nothing.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses its own part of this"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use curlew_audit::{Action, Actor, Look, OutcomeText};
use curlew_consent::{Permitted, Standing, Viewer, permit};
use curlew_record::Arrival;
use curlew_redact::SecretString;
use curlew_vault::{
    Applied, Argon2Cost, Basis, Change, Identity, Keychain, KeychainError, MemoryKeychain, OpenPatient, Part,
    PatientUpdate, SlotCost, StoreId, Vault, VaultError, VaultSettings, Vaults,
};
use tempfile::TempDir;

pub const CHEAPEST: Argon2Cost = Argon2Cost {
    memory_kib: 8,
    iterations: 1,
    parallelism: 1,
};

pub const CHEAP: VaultSettings = VaultSettings {
    argon2: SlotCost::Fixed(CHEAPEST),
    max_attempts: 3,
};

pub fn passphrase() -> SecretString {
    SecretString::from("correct horse battery staple")
}

pub fn wrong() -> SecretString {
    SecretString::from("incorrect horse")
}

/// Monday morning, and so many minutes later.
pub fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_420_800, 0).expect("a valid time") + TimeDelta::minutes(minutes)
}

pub fn nurse() -> Identity {
    Identity {
        issuer: "https://issuer.example".into(),
        subject: "nurse-subject-55501".into(),
        label: "Nurse Synthetic, community nurse".into(),
    }
}

/// A device: a folder and a keychain, which outlive the program.
pub struct Bench {
    pub folder: TempDir,
    pub keychain: Arc<dyn Keychain>,
    pub settings: VaultSettings,
}

impl Bench {
    pub fn new() -> Self {
        Self::with_keychain(Arc::new(MemoryKeychain::new()))
    }

    pub fn with_keychain(keychain: Arc<dyn Keychain>) -> Self {
        Self {
            folder: TempDir::new().expect("a temporary folder"),
            keychain,
            settings: CHEAP,
        }
    }

    /// The program, freshly started.
    pub fn start(&self) -> Vaults {
        Vaults::new(
            self.folder.path().to_owned(),
            Arc::clone(&self.keychain),
            self.settings,
        )
    }

    pub fn create(&self) -> Vault {
        self.start()
            .create(&nurse(), &passphrase(), at(0))
            .expect("a new store")
    }

    pub fn id(&self) -> StoreId {
        let nurse = nurse();
        self.start()
            .store_of(&nurse.issuer, &nurse.subject)
            .expect("a keychain")
            .expect("the nurse's store")
    }

    pub fn unlock(&self) -> Result<Vault, VaultError> {
        self.start().unlock(&self.id(), &passphrase(), at(0))
    }

    pub fn store_folder(&self) -> PathBuf {
        self.folder.path().join(self.id().as_str())
    }

    pub fn records(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.store_folder().join("records"))
            .expect("a folder of records")
            .map(|file| file.expect("a file").path())
            .collect();
        files.sort();
        files
    }
}

/// Copies a folder and everything in it, as a thief or a backup would.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for file in std::fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        let target = to.join(file.file_name());
        if file.file_type().expect("a type").is_dir() {
            copy_folder(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).expect("a copy");
        }
    }
}

/// Puts a copy back over the folder, as if nothing had happened since.
pub fn restore_folder(copy: &Path, folder: &Path) {
    std::fs::remove_dir_all(folder).expect("the folder goes");
    copy_folder(copy, folder);
}

pub fn look(patient: &str, action: Action) -> Look {
    Look {
        actor: Actor {
            id: "nurse-subject-55501".into(),
            name: "Nurse Synthetic".into(),
            role: "Community nurse".into(),
            organisation: "Synthetic Community Trust".into(),
        },
        device: "laptop-7".into(),
        patient: Some(patient.into()),
        patient_name: Some("TESTER, Anna (Ms)".into()),
        action,
        shown: "Overview".into(),
        purpose: "TREAT".into(),
        outcome: OutcomeText::Done,
    }
}

pub fn open(vault: &Vault, patient: &str, minutes: i64) -> Result<OpenPatient, VaultError> {
    let receipt = vault.write_look(look(patient, Action::OpenPatient), at(minutes))?;
    vault.open(receipt)
}

pub fn patient(id: &str, family: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","meta":{{"versionId":"1","lastUpdated":"2026-11-20T08:00:00Z"}},"identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000034"}}],"name":[{{"use":"official","family":"{family}","given":["Synthetic"]}}],"gender":"female","birthDate":"1945-07-14"}}"#
    )
}

pub fn allergy(patient: &str, id: &str, substance: &str) -> String {
    format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"{id}","meta":{{"versionId":"1","lastUpdated":"2026-11-20T08:00:00Z"}},"clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}}]}},"patient":{{"reference":"Patient/{patient}"}},"code":{{"text":"{substance}"}},"recordedDate":"2019-03-02"}}"#
    )
}

pub fn problem(patient: &str, id: &str, text: &str, onset: &str) -> String {
    format!(
        r#"{{"resourceType":"Condition","id":"{id}","meta":{{"versionId":"1","lastUpdated":"2026-11-20T08:00:00Z"}},"clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}}]}},"subject":{{"reference":"Patient/{patient}"}},"code":{{"text":"{text}"}},"onsetDateTime":"{onset}"}}"#
    )
}

pub fn put(raw: &str) -> Change {
    let header = curlew_fhir::read_header(raw).expect("a readable resource");
    Change::Put {
        header,
        raw: raw.to_owned(),
    }
}

pub fn last() -> Part {
    Part::Last {
        arrival: Arrival::default(),
        synced_to: Some("2026-11-23T08:00:00Z".into()),
    }
}

pub fn update(patient: &str, basis: Basis, raws: &[String], part: Part, minutes: i64) -> PatientUpdate {
    PatientUpdate {
        patient: patient.into(),
        basis,
        changes: raws.iter().map(|raw| put(raw)).collect(),
        part,
        received_at: at(minutes),
    }
}

/// Passes an update through consent with nothing standing against it.
pub fn permitted(update: PatientUpdate) -> Permitted<PatientUpdate> {
    let raw = patient(&update.patient, "Permitted");
    let reading = curlew_fhir::read_resource(&raw).expect("a readable patient");
    let curlew_fhir::Resource::Patient(person) = reading.value else {
        panic!("not a patient")
    };
    let standing = Standing {
        patient: &person,
        consents: &[],
        flags: &[],
        legitimate_relationship: true,
    };
    let viewer = Viewer {
        user_id: "nurse-subject-55501".into(),
        role_codes: vec!["S8000:G8000:R8001".into()],
        activity_codes: vec!["B0360".into()],
        organisation: Some("RTEST".into()),
    };
    match permit(update, &standing, &viewer, at(0)) {
        Ok(permitted) => permitted,
        Err(decision) => panic!("consent said no: {} ({})", decision.reason, decision.rule),
    }
}

pub fn apply(vault: &Vault, update: PatientUpdate) -> Result<Applied, VaultError> {
    vault.apply(permitted(update))
}

/// A patient held whole: demographics, an allergy, and a problem for each text.
pub fn hold(vault: &Vault, id: &str, family: &str, problems: &[&str], minutes: i64) -> Applied {
    let mut raws = vec![
        patient(id, family),
        allergy(id, &format!("{id}-a1"), "penicillin"),
    ];
    for (number, text) in problems.iter().enumerate() {
        raws.push(problem(id, &format!("{id}-c{number}"), text, "2020-05-01"));
    }
    apply(vault, update(id, Basis::Full, &raws, last(), minutes)).expect("a full load")
}

/// A keychain that can be told to fail, as one whose service has gone away.
#[derive(Default)]
pub struct Fickle {
    pub inner: MemoryKeychain,
    pub absent: std::sync::atomic::AtomicBool,
}

impl Fickle {
    fn check(&self) -> Result<(), KeychainError> {
        if self.absent.load(std::sync::atomic::Ordering::SeqCst) {
            Err(KeychainError::Absent)
        } else {
            Ok(())
        }
    }
}

impl Keychain for Fickle {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        self.check()?;
        self.inner.get(account)
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        self.check()?;
        self.inner.set(account, secret)
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.check()?;
        self.inner.delete(account)
    }
}

/// A generator of our own (splitmix64), so that a failure can be played again: a number below the one given.
pub fn scattered(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }
}

/// A keychain that outlives a killed program, as the operating system's does. Each write is one rename.
pub struct FileKeychain(pub PathBuf);

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
        // Each account by itself: the log's end is written beside everything else.
        let next = self.file(account).with_extension("next");
        std::fs::write(&next, secret)
            .and_then(|()| std::fs::rename(next, self.file(account)))
            .map_err(|_| KeychainError::Refused("test"))
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        drop(std::fs::remove_file(self.file(account)));
        Ok(())
    }
}

/// A folder on a disk in memory where there is one. A killed program loses nothing that it has handed to the system, so
/// this tests the same, and wears nothing out.
pub fn folder_in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    folder.expect("a folder")
}
