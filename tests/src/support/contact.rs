//! A signed-in nurse with an empty store of her own and a way to the record API: what `curlew-sync` works with, without
//! the app around it.

use super::{FakeKeychain, ScriptedBrowser};
use crate::Outcome;
use chrono::{DateTime, Utc};
use curlew_api::{Client, Limits, Network, Wait, http_client};
use curlew_consent::Viewer;
use curlew_redact::SecretString;
use curlew_sign_in::{CancellationToken, Session, SignInConfig, sign_in};
use curlew_sync::{CaseloadPolicy, LoadReport, Sync};
use curlew_vault::{Argon2Cost, Identity, VaultSettings, Vaults};
use std::sync::Arc;
use tempfile::TempDir;
use url::Url;

/// One person's way to one record API.
pub struct Contact {
    /// The contact itself.
    pub sync: Sync,
    /// Who is signed in, for their tokens.
    pub session: Session,
    limits: Limits,
    wait: Option<Wait>,
    folder: TempDir,
}

/// How the record API is asked.
pub struct Asking {
    /// Page sizes, tries and limits.
    pub limits: Limits,
    /// How it waits between two tries; the real way when absent.
    pub wait: Option<Wait>,
    /// What time it is here.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + std::marker::Sync>,
    /// Where the caseload comes from.
    pub caseload: CaseloadPolicy,
}

impl Default for Asking {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            wait: None,
            clock: Arc::new(Utc::now),
            caseload: CaseloadPolicy::default(),
        }
    }
}

impl Contact {
    /// Signs the sandbox's nurse in and makes her an empty store.
    ///
    /// # Errors
    /// With the first step that failed.
    pub async fn begin(base: &Url, asking: Asking) -> Outcome<Self> {
        let http = http_client(&Network::default(), base)?;
        let config = SignInConfig::new(base.clone(), "curlew");
        let browser = ScriptedBrowser::new("nurse");
        let session = sign_in(&config, &http, &browser, CancellationToken::new()).await?;
        let user = session.user().clone();
        let folder = tempfile::tempdir()?;
        let settings = VaultSettings {
            // Cheap: what a guess costs is the vault's own test.
            argon2: Argon2Cost {
                memory_kib: 8,
                iterations: 1,
                parallelism: 1,
            }
            .into(),
            max_attempts: 5,
        };
        let vaults = Vaults::new(folder.path().into(), Arc::new(FakeKeychain::default()), settings);
        let identity = Identity {
            issuer: user.issuer.clone(),
            subject: user.subject.clone(),
            label: "A nurse".into(),
        };
        let passphrase = SecretString::from(super::PASSPHRASE);
        let vault = vaults.create(&identity, &passphrase, (asking.clock)())?;
        let tokens = Arc::new(session.clone());
        let client = match &asking.wait {
            Some(wait) => Client::waiting_with(
                base.clone(),
                http,
                tokens,
                asking.limits.clone(),
                Arc::clone(wait),
            )?,
            None => Client::new(base.clone(), http, tokens, asking.limits.clone())?,
        };
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
            clock: asking.clock,
            caseload: asking.caseload,
        };
        Ok(Self {
            sync,
            session,
            limits: asking.limits,
            wait: asking.wait,
            folder,
        })
    }

    /// Signs the same nurse in once more, after her session has ended.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub async fn sign_in_again(&mut self, base: &Url) -> Outcome {
        let http = http_client(&Network::default(), base)?;
        let config = SignInConfig::new(base.clone(), "curlew");
        let browser = ScriptedBrowser::new("nurse");
        self.session = sign_in(&config, &http, &browser, CancellationToken::new()).await?;
        let client = match &self.wait {
            Some(wait) => Client::waiting_with(
                base.clone(),
                http,
                Arc::new(self.session.clone()),
                self.limits.clone(),
                Arc::clone(wait),
            )?,
            None => Client::new(
                base.clone(),
                http,
                Arc::new(self.session.clone()),
                self.limits.clone(),
            )?,
        };
        self.sync.client = Arc::new(client);
        Ok(())
    }

    /// Where the store lies.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Asks for the caseload and gives the ids of everybody on it.
    ///
    /// # Errors
    /// When it cannot be asked for or stored.
    pub async fn everyone(&self) -> Outcome<Vec<String>> {
        self.sync.refresh_caseload().await?;
        let caseload = self.sync.vault.caseload()?;
        Ok(caseload.into_iter().map(|person| person.patient).collect())
    }

    /// Brings these patients up to date, quietly.
    pub async fn load(&self, patients: &[String]) -> LoadReport {
        self.sync.load(patients, &|_| {}, &CancellationToken::new()).await
    }
}
