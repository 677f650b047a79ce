//! A signed-in nurse with an empty store, and a server to sync from.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::Utc;
use curlew_api::{Client, Limits, Network, http_client};
use curlew_consent::Viewer;
use curlew_redact::SecretString;
use curlew_sandbox::{Options, Running, Sandbox, Source};
use curlew_sign_in::{Browser, BrowserError, CancellationToken, SignInConfig, sign_in};
use curlew_sync::{LoadReport, Outcome, Sync};
use curlew_vault::{Argon2Cost, CaseloadPatient, Identity, Keychain, KeychainError, VaultSettings, Vaults};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// The id of the one patient most tests need.
pub(crate) const PATIENT: &str = "p1";

pub(crate) struct Ward {
    pub(crate) server: Running,
    pub(crate) sync: Sync,
    folder: TempDir,
}

#[derive(Default)]
struct MemoryKeychain(Mutex<HashMap<String, Vec<u8>>>);

impl Keychain for MemoryKeychain {
    fn get(&self, account: &str) -> Result<Option<Vec<u8>>, KeychainError> {
        Ok(self.0.lock().expect("the keychain").get(account).cloned())
    }

    fn set(&self, account: &str, secret: &[u8]) -> Result<(), KeychainError> {
        self.0
            .lock()
            .expect("the keychain")
            .insert(account.into(), secret.to_vec());
        Ok(())
    }

    fn delete(&self, account: &str) -> Result<(), KeychainError> {
        self.0.lock().expect("the keychain").remove(account);
        Ok(())
    }
}

/// Chooses the nurse on the sandbox's page.
struct Nurse;

impl Browser for Nurse {
    fn open(&self, url: &Url) -> Result<(), BrowserError> {
        let url = url.clone();
        tokio::spawn(async move {
            let page = reqwest::get(url.clone())
                .await
                .expect("a page")
                .text()
                .await
                .expect("text");
            let (_, rest) = page.split_once("name=\"request\" value=\"").expect("a form");
            let (request, _) = rest.split_once('"').expect("a value");
            let form = [("request", request), ("user", "nurse")];
            let login = url.join("/login").expect("an address");
            reqwest::Client::new()
                .post(login)
                .form(&form)
                .send()
                .await
                .expect("an answer");
        });
        Ok(())
    }
}

impl Ward {
    /// A server with a population of its own.
    pub(crate) async fn populated(patients: usize) -> Self {
        let today = Utc::now().date_naive();
        Self::with(
            Source::Population {
                seed: 1,
                patients,
                today,
            },
            500,
        )
        .await
    }

    /// A server with one patient, who has `observations` of them, in pages of five.
    pub(crate) async fn with_one_patient(observations: usize) -> Self {
        let ward = Self::with(Source::Empty, 5).await;
        let nurse = json!({ "system": "https://sandbox.curlew.example/Id/caseload", "value": "nurse" });
        ward.put(&json!({
            "resourceType": "Group", "id": "g1", "type": "person", "actual": true, "identifier": [nurse],
            "member": [{ "entity": { "reference": format!("Patient/{PATIENT}") } }],
        }));
        ward.put(&json!({
            "resourceType": "Patient", "id": PATIENT, "birthDate": "1940-03-01",
            "name": [{ "family": "Testpatient", "given": ["Ada"] }],
        }));
        for number in 0..observations {
            ward.put(&observation(&format!("o{number}"), "before"));
        }
        ward
    }

    async fn with(source: Source, page_size: u32) -> Self {
        let server = Sandbox::start(Options {
            source,
            // Longer than any test moves the server's clock.
            token_lifetime: Duration::from_secs(3_600),
            ..Options::default()
        })
        .expect("a server");
        let http = http_client(&Network::default(), &server.base_url()).expect("a client");
        let config = SignInConfig::new(server.base_url(), "curlew");
        let session = sign_in(&config, &http, &Nurse, CancellationToken::new())
            .await
            .expect("a session");
        let user = session.user().clone();
        let folder = tempfile::tempdir().expect("a folder");
        let settings = VaultSettings {
            argon2: Argon2Cost {
                memory_kib: 8,
                iterations: 1,
                parallelism: 1,
            }
            .into(),
            max_attempts: 5,
        };
        let vaults = Vaults::new(
            folder.path().into(),
            Arc::new(MemoryKeychain::default()),
            settings,
        );
        let identity = Identity {
            issuer: user.issuer.clone(),
            subject: user.subject.clone(),
            label: "A nurse".into(),
        };
        let passphrase = SecretString::from("eight kittiwakes on a ledge");
        let vault = vaults
            .create(&identity, &passphrase, Utc::now())
            .expect("a store");
        let limits = Limits {
            page_size,
            attempts: 2,
            first_wait: Duration::from_millis(1),
            ..Limits::default()
        };
        let client = Client::new(server.base_url(), http, Arc::new(session), limits).expect("a client");
        let viewer = Viewer {
            user_id: user.subject,
            role_codes: vec![user.role_code],
            activity_codes: user.activity_codes,
            organisation: Some(user.organisation_code),
        };
        let sync = Sync {
            client: Arc::new(client),
            vault: Arc::new(vault),
            viewer,
            clock: Arc::new(Utc::now),
            caseload: curlew_sync::CaseloadPolicy::default(),
        };
        Self { server, sync, folder }
    }

    pub(crate) fn put(&self, resource: &Value) {
        self.server.store().put(resource).expect("stored");
    }

    /// Everyone on the caseload.
    pub(crate) async fn everyone(&self) -> Vec<String> {
        self.sync.refresh_caseload().await.expect("a caseload");
        let caseload = self.sync.vault.caseload().expect("a caseload");
        caseload.into_iter().map(|person| person.patient).collect()
    }

    pub(crate) async fn load(&self, patients: &[String]) -> LoadReport {
        self.sync.load(patients, &|_| {}, &CancellationToken::new()).await
    }

    /// Lists the one patient and loads them.
    pub(crate) async fn load_patient(&self) -> Outcome {
        let everyone = self.everyone().await;
        assert_eq!(everyone, [PATIENT]);
        self.load_again().await
    }

    pub(crate) async fn load_again(&self) -> Outcome {
        let report = self.load(&[PATIENT.to_owned()]).await;
        report.patients.into_iter().next().expect("an outcome").outcome
    }

    /// The patients' files as they are on the disk, byte for byte.
    pub(crate) fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let list = |folder: PathBuf| {
            let entries = std::fs::read_dir(folder).expect("a folder");
            entries.map(|entry| entry.expect("an entry").path())
        };
        let stores = list(self.folder.path().to_owned()).filter(|path| path.is_dir());
        stores
            .flat_map(|store| list(store.join("records")))
            .map(|path| {
                let bytes = std::fs::read(&path).expect("its bytes");
                (path, bytes)
            })
            .collect()
    }

    pub(crate) fn state(&self, patient: &str) -> CaseloadPatient {
        self.sync
            .vault
            .caseload_patient(patient)
            .expect("a state")
            .expect("a patient")
    }
}

pub(crate) fn observation(id: &str, value: &str) -> Value {
    json!({
        "resourceType": "Observation", "id": id, "status": "final", "subject": { "reference": format!("Patient/{PATIENT}") },
        "code": { "text": "A synthetic finding" }, "valueString": value, "effectiveDateTime": "2025-05-01",
    })
}

/// Says no to all sharing for direct care.
pub(crate) fn dissent() -> Value {
    json!({
        "resourceType": "Consent", "id": "c1", "status": "active", "patient": { "reference": format!("Patient/{PATIENT}") },
        "scope": { "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy",
        }] },
        "category": [{ "text": "Sharing" }],
        "policyRule": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT" }] },
        "provision": { "type": "deny" },
    })
}

pub(crate) fn complete(outcome: &Outcome) -> u32 {
    match outcome {
        Outcome::Complete { resources } => *resources,
        other => panic!("not complete: {other:?}"),
    }
}
