//! A store of our own to measure: made, filled and opened through the vault's public face, as sync and the app do it.

use crate::records::Record;
use chrono::{DateTime, Utc};
use curlew_audit::{Action, Actor, Look, OutcomeText, Receipt};
use curlew_consent::{Standing, Viewer, permit};
use curlew_fhir::{Patient, Resource};
use curlew_record::{Arrival, CopyInfo, patient_view};
use curlew_redact::SecretString;
use curlew_tests::Outcome;
use curlew_tests::support::{FakeKeychain, PASSPHRASE};
use curlew_vault::{
    Argon2Cost, Basis, Change, Identity, OpenPatient, PART_BYTES, Part, PatientUpdate, Vault, VaultSettings,
    Vaults,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Resources in one page of a load, as `curlew_api::Limits` asks for them.
pub(crate) const PAGE: usize = 500;

/// An unlocked store in a folder of its own.
pub(crate) struct Store {
    folder: TempDir,
    vault: Vault,
    viewer: Viewer,
    now: DateTime<Utc>,
}

impl Store {
    pub(crate) fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        // Cheap: what a guess costs is not measured here.
        let argon2 = Argon2Cost {
            memory_kib: 8,
            iterations: 1,
            parallelism: 1,
        };
        let settings = VaultSettings {
            argon2: argon2.into(),
            max_attempts: 5,
        };
        let vaults = Vaults::new(folder.path().into(), Arc::new(FakeKeychain::default()), settings);
        let identity = Identity {
            issuer: "https://issuer.example".into(),
            subject: "bench".into(),
            label: "A nurse".into(),
        };
        let now = Utc::now();
        let vault = vaults.create(&identity, &SecretString::from(PASSPHRASE), now)?;
        let viewer = Viewer {
            user_id: "bench".into(),
            role_codes: vec!["S8000:G8000:R8001".into()],
            activity_codes: vec!["B0360".into()],
            organisation: Some("RTEST".into()),
        };
        Ok(Self {
            folder,
            vault,
            viewer,
            now,
        })
    }

    /// Caches a record as sync does: headers read page by page, consent asked, stored in durable steps of as many pages as
    /// sync stores in one, each with its cursor.
    pub(crate) fn cache(&self, record: &Record) -> Outcome {
        self.cache_in_pages(record, PAGE)
    }

    pub(crate) fn cache_in_pages(&self, record: &Record, page: usize) -> Outcome {
        let person = person(record)?;
        let standing = Standing {
            patient: &person,
            consents: &[],
            flags: &[],
            legitimate_relationship: true,
        };
        let pages = record.resources.chunks(page.max(1));
        let count = pages.len();
        let (mut changes, mut bytes) = (Vec::new(), 0);
        for (number, resources) in pages.enumerate() {
            for raw in resources {
                bytes += raw.len();
                changes.push(Change::Put {
                    header: curlew_fhir::read_header(raw)?,
                    raw: raw.clone(),
                });
            }
            if bytes < PART_BYTES && number + 1 < count {
                continue;
            }
            bytes = 0;
            let part = if number + 1 == count {
                Part::Last {
                    arrival: Arrival::default(),
                    synced_to: None,
                }
            } else {
                Part::More {
                    next: format!("page {}", number + 1),
                }
            };
            let update = PatientUpdate {
                patient: record.patient.clone(),
                basis: Basis::Full,
                changes: std::mem::take(&mut changes),
                part,
                received_at: self.now,
            };
            let permitted = permit(update, &standing, &self.viewer, self.now)
                .map_err(|decision| format!("consent said no: {}", decision.reason))?;
            self.vault.apply(permitted)?;
        }
        Ok(())
    }

    /// Opens a patient up to the data of the first screen: the look written down durably, the file opened, its first
    /// screen read and worded for now.
    pub(crate) fn open(&self, patient: &str) -> Outcome<OpenPatient> {
        let receipt = self.look(patient)?;
        let open = self.vault.open(receipt)?;
        let copy = CopyInfo {
            last_contact: open.last_contact(),
            readable_until: None,
            ..CopyInfo::default()
        };
        let view = patient_view(&open.first()?, self.now, &copy, open.last_look());
        std::hint::black_box(view);
        Ok(open)
    }

    /// Writes a look down, durably.
    pub(crate) fn look(&self, patient: &str) -> Outcome<Receipt> {
        let look = Look {
            actor: Actor {
                id: "bench".into(),
                name: "A nurse".into(),
                role: "Community nurse".into(),
                organisation: "Nobody's trust".into(),
            },
            device: "bench".into(),
            patient: Some(patient.into()),
            patient_name: None,
            action: Action::OpenPatient,
            shown: "overview".into(),
            purpose: "TREAT".into(),
            outcome: OutcomeText::Done,
        };
        Ok(self.vault.write_look(look, self.now)?)
    }

    /// Every patient's file, the newest last.
    pub(crate) fn files(&self) -> Outcome<Vec<PathBuf>> {
        let mut found = Vec::new();
        for store in std::fs::read_dir(self.folder.path())? {
            let records = store?.path().join("records");
            if records.is_dir() {
                for file in std::fs::read_dir(records)? {
                    let file = file?;
                    found.push((file.metadata()?.modified()?, file.path()));
                }
            }
        }
        found.sort();
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }
}

/// The person a record is about, as consent wants to see them.
fn person(record: &Record) -> Outcome<Patient> {
    for raw in &record.resources {
        if curlew_fhir::read_header(raw).is_ok_and(|header| header.resource_type == "Patient")
            && let Ok(reading) = curlew_fhir::read_resource(raw)
            && let Resource::Patient(person) = reading.value
        {
            return Ok(*person);
        }
    }
    Err("a record without its Patient resource".into())
}

/// Bytes of everything in a folder.
pub(crate) fn size_of(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            size_of(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}

/// Asks the system to forget what it holds of a file, so that the next opening reads it from the disk. Says whether it
/// can be asked here at all.
pub(crate) fn evict(path: &Path) -> Outcome<bool> {
    #[cfg(target_os = "linux")]
    {
        let file = std::fs::File::open(path)?;
        file.sync_all()?;
        rustix::fs::fadvise(
            &file,
            0,
            None::<std::num::NonZeroU64>,
            rustix::fs::Advice::DontNeed,
        )?;
        Ok(true)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        Ok(false)
    }
}

/// Bytes this process has had read from disks so far; `None` where the system does not tell.
pub(crate) fn read_from_disk() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/self/io").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("read_bytes: "))?;
    line.trim().parse().ok()
}
