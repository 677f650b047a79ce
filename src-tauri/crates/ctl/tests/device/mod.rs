//! A device for tests of the built `curlewctl`: a home, a keychain in a file, a nurse's store, and nothing of this machine's own
//! policy or proxy.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses its own part of this"
)]

/// The program's own: what a test keeps there is what the program finds.
#[path = "../../src/keychain_file.rs"]
mod keychain_file;

use chrono::{DateTime, TimeDelta, Utc};
use curlew_consent::{Standing, Viewer, permit};
use curlew_redact::SecretString;
use curlew_vault::{Argon2Cost, Basis, Change, Identity, Part, PatientUpdate, Vault, VaultSettings, Vaults};
use keychain_file::{KeychainFile, VARIABLE};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

/// The nurse's passphrase.
pub const PASSPHRASE: &str = "reed avocet samphire tide";

/// What survives a restart.
pub struct Device {
    home: TempDir,
}

/// When the store was made.
pub fn then() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).expect("a time")
}

impl Device {
    /// Nobody has used it.
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("keychain.json"), "{}").expect("written");
        Self { home }
    }

    /// Another in the same state.
    pub fn copied(&self) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        copy_folder(self.home.path(), home.path());
        Self { home }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn vaults(&self) -> Vaults {
        // Cheap: what a guess costs is the vault's own test.
        let argon2 = Argon2Cost {
            memory_kib: 8,
            iterations: 1,
            parallelism: 1,
        };
        let settings = VaultSettings {
            argon2: argon2.into(),
            max_attempts: 5,
        };
        let keychain = KeychainFile(self.path("keychain.json"));
        Vaults::new(self.data().join("stores"), Arc::new(keychain), settings)
    }

    /// Makes the nurse's store, open.
    pub fn create_store(&self) -> Vault {
        let nurse = Identity {
            issuer: "https://issuer.example".into(),
            subject: "900000000001".into(),
            label: "Nurse Synthetic".into(),
        };
        self.vaults()
            .create(&nurse, &SecretString::from(PASSPHRASE), then())
            .expect("a store")
    }

    /// Opens the only store.
    pub fn unlock(&self) -> Vault {
        let vaults = self.vaults();
        let store = vaults.stores().expect("stores").remove(0).id;
        vaults
            .unlock(&store, &SecretString::from(PASSPHRASE), then())
            .expect("opens")
    }

    /// The only store's folder.
    pub fn store_folder(&self) -> PathBuf {
        let store = self.vaults().stores().expect("stores").remove(0).id;
        self.data().join("stores").join(store.as_str())
    }

    /// The files of the patients' copies.
    pub fn copies(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.store_folder().join("records")).expect("a folder");
        let mut files: Vec<PathBuf> = folder.map(|file| file.expect("a file").path()).collect();
        files.sort();
        files
    }

    /// `curlewctl` on this device.
    pub fn curlewctl(&self) -> Command {
        self.prepared(env!("CARGO_BIN_EXE_curlewctl"))
    }

    /// Another program that is to start it.
    pub fn prepared(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for variable in [
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            command.env_remove(variable);
        }
        command
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("CURLEW_MACHINE_POLICY", self.path("machine.toml"))
            .env(VARIABLE, self.path("keychain.json"));
        command
    }
}

/// Runs to the end; `input` is all that it is told.
pub fn run(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input");
    // One that stops before it reads closes the pipe.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

/// Keeps a patient's copy: who they are, and problems enough for several pages.
pub fn hold(vault: &Vault, patient: &str) {
    let about = format!(
        r#"{{"resourceType":"Patient","id":"{patient}","identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000034"}}],"name":[{{"use":"official","family":"Synthetic","given":["Anna"]}}],"gender":"female","birthDate":"1945-07-14"}}"#
    );
    let problems = (0..60).map(|number| {
        format!(
            r#"{{"resourceType":"Condition","id":"{patient}-c{number}","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}}]}},"subject":{{"reference":"Patient/{patient}"}},"code":{{"text":"Problem {number} of {patient}"}},"onsetDateTime":"2020-05-01"}}"#
        )
    });
    let changes = std::iter::once(about.clone())
        .chain(problems)
        .map(|raw| Change::Put {
            header: curlew_fhir::read_header(&raw).expect("a resource"),
            raw,
        })
        .collect();
    let update = PatientUpdate {
        patient: patient.into(),
        basis: Basis::Full,
        changes,
        part: Part::Last {
            arrival: curlew_record::Arrival::default(),
            synced_to: None,
        },
        received_at: then() + TimeDelta::minutes(1),
    };
    let curlew_fhir::Resource::Patient(person) = curlew_fhir::read_resource(&about).expect("a patient").value
    else {
        panic!("not a patient")
    };
    let standing = Standing {
        patient: &person,
        consents: &[],
        flags: &[],
        legitimate_relationship: true,
    };
    let viewer = Viewer {
        user_id: "900000000001".into(),
        role_codes: vec!["S8000:G8000:R8001".into()],
        activity_codes: vec!["B0360".into()],
        organisation: Some("RTEST".into()),
    };
    let Ok(permitted) = permit(update, &standing, &viewer, then()) else {
        panic!("consent said no")
    };
    vault.apply(permitted).expect("kept");
}

/// Changes a file behind the program's back.
pub fn change(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(file).expect("read");
    change(&mut bytes);
    std::fs::write(file, bytes).expect("written");
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}
