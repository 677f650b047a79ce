//! Sign-in, first run, unlock, lock.

use crate::app::{Open, blocking};
use crate::wire::{Connection, Status};
use crate::{App, Error};
use curlew_audit::Action;
use curlew_redact::{ExposeSecret as _, SecretString};
use curlew_sign_in::{CancellationToken, Session, SignInConfig, SignInError, User};
use curlew_vault::{Identity, StoreId, Vault};
use std::sync::Arc;

impl App {
    /// Signs in through the person's own browser. When their store is open, or once it is, fresh data can be fetched.
    ///
    /// # Errors
    /// See [`Error`]; nothing is changed by any of them.
    pub async fn sign_in(&self) -> Result<Status, Error> {
        let config = self.sign_in_config()?;
        let http = curlew_api::http_client()?;
        let cancel = CancellationToken::new();
        {
            let mut state = self.state();
            if state.signing_in.is_some() {
                return Err(Error::Busy("A sign-in"));
            }
            state.signing_in = Some(cancel.clone());
        }
        self.push_status();
        let outcome = curlew_sign_in::sign_in(&config, &http, self.inner.host.browser.as_ref(), cancel).await;
        self.state().signing_in = None;
        let adopted = match outcome {
            Ok(session) => self.adopt(session),
            Err(error) => Err(error.into()),
        };
        if adopted.is_ok() && self.vault().is_ok() {
            self.refresh_quietly().await;
        }
        let status = self.push_status();
        adopted.map(|()| status)
    }

    /// Ends a sign-in that is waiting for the browser.
    pub fn cancel_sign_in(&self) {
        if let Some(cancel) = &self.state().signing_in {
            cancel.cancel();
        }
    }

    /// Makes the signed-in person's store on this device and opens it.
    ///
    /// # Errors
    /// When nobody is signed in, the passphrase is too short, or there is no keychain.
    pub async fn create_store(&self, passphrase: SecretString) -> Result<Status, Error> {
        if passphrase.expose_secret().chars().count() < self.inner.settings.passphrase_min_chars {
            return Err(Error::WeakPassphrase(self.inner.settings.passphrase_rules()));
        }
        let session = self.state().session.clone().ok_or(Error::SignedOut)?;
        let user = session.user().clone();
        let this = self.clone();
        let vault = blocking(move || {
            let identity = Identity {
                issuer: user.issuer.clone(),
                subject: user.subject.clone(),
                label: format!("{}, {}", user.name, user.role_name),
            };
            let vault = this.inner.vaults.create(&identity, &passphrase, this.now())?;
            vault.set_profile(&user)?;
            Ok(vault)
        })
        .await?;
        self.open_store(Arc::new(vault), session.user().clone(), Action::CreateStore)
            .await?;
        self.attach(session)?;
        self.refresh_quietly().await;
        Ok(self.push_status())
    }

    /// Opens a store with its passphrase. Works without a network; a session is picked up again when there is one.
    ///
    /// # Errors
    /// When the passphrase is wrong, the keychain is absent, or the store is damaged or newer.
    pub async fn unlock(&self, store: &str, passphrase: SecretString) -> Result<Status, Error> {
        if self.state().open.is_some() {
            return Err(Error::Busy("Another store"));
        }
        let id: StoreId = store
            .parse()
            .map_err(|_| Error::BadRequest("That is not a store of this device"))?;
        let this = self.clone();
        let vault = blocking(move || Ok(this.inner.vaults.unlock(&id, &passphrase, this.now())?)).await?;
        let user: User = vault.profile()?.ok_or(Error::SignedOut)?;
        let vault = Arc::new(vault);
        self.open_store(Arc::clone(&vault), user.clone(), Action::Unlock)
            .await?;

        let same_person =
            self.state().session.clone().filter(|session| {
                session.user().issuer == user.issuer && session.user().subject == user.subject
            });
        match same_person {
            Some(session) => {
                self.attach(session)?;
                let this = self.clone();
                tokio::spawn(async move {
                    this.refresh_quietly().await;
                    this.push_status()
                });
            }
            None => {
                self.state().session = None;
                let this = self.clone();
                tokio::spawn(async move { this.resume_session(&vault, user).await });
            }
        }
        Ok(self.push_status())
    }

    /// Locks at once: keys leave memory, the screen is cleared, a load ends at its last whole patient.
    ///
    /// # Errors
    /// None at present; locking never fails to lock.
    pub async fn lock(&self) -> Result<Status, Error> {
        if let (Ok(vault), Ok(look)) = (self.vault(), self.look(Action::Lock, "")) {
            let now = self.now();
            // Best effort: a lock that cannot be written down must still lock.
            if let Err(error) = blocking(move || Ok(vault.write_look(look, now).map(drop)?)).await {
                tracing::warn!(%error, "the lock could not be written to the access log");
            }
        }
        self.lock_now();
        Ok(self.push_status())
    }

    /// Locks without waiting for anything, for when the window closes.
    pub fn lock_now(&self) {
        let mut state = self.state();
        if let Some(cancel) = state.signing_in.take() {
            cancel.cancel();
        }
        if let Some(open) = state.open.take() {
            if let Some(load) = &open.load {
                load.cancel.cancel();
            }
            open.vault.lock();
        }
        state.session = None;
        state.client = None;
    }

    /// Ends the session at the provider as far as it can be reached, forgets it here, and locks.
    ///
    /// # Errors
    /// When the keychain refuses to forget the session.
    pub async fn sign_out(&self) -> Result<Status, Error> {
        let session = self.state().session.clone();
        if let Some(session) = session
            && let Err(error) = session.revoke().await
        {
            tracing::info!(%error, "the provider was not told of the sign-out");
        }
        if let Ok(vault) = self.vault() {
            let now = self.now();
            let look = self.look(Action::SignOut, "")?;
            let keychain = Arc::clone(&self.inner.host.keychain);
            let account = refresh_token_account(&vault.store_id());
            blocking(move || {
                drop(vault.write_look(look, now)?);
                keychain
                    .delete(&account)
                    .map_err(curlew_vault::VaultError::from)?;
                Ok(())
            })
            .await?;
        }
        self.lock_now();
        Ok(self.push_status())
    }

    fn sign_in_config(&self) -> Result<SignInConfig, Error> {
        let settings = &self.inner.settings;
        let record_api = settings.record_api.clone().ok_or(Error::NotConfigured)?;
        let mut config = SignInConfig::new(record_api, settings.client_id.clone());
        config.minimum_assurance = settings.minimum_assurance;
        Ok(config)
    }

    /// Takes a new session in: for the store that is open, or to make or unlock one.
    fn adopt(&self, session: Session) -> Result<(), Error> {
        let owner = self.state().open.as_ref().map(|open| open.user.clone());
        match owner {
            Some(owner)
                if owner.issuer == session.user().issuer && owner.subject == session.user().subject =>
            {
                self.attach(session)
            }
            Some(_) => Err(Error::OtherUser),
            None => {
                self.state().session = Some(session);
                Ok(())
            }
        }
    }

    async fn open_store(&self, vault: Arc<Vault>, user: User, action: Action) -> Result<(), Error> {
        {
            let mut state = self.state();
            state.open = Some(Open {
                vault: Arc::clone(&vault),
                user,
                connection: Connection::Offline,
                patient: None,
                load: None,
                proof: None,
            });
        }
        let look = self.look(action, "")?;
        let now = self.now();
        let lease = self.inner.settings.lease;
        let written = blocking(move || {
            drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
            crate::caseload::erase_expired(&vault, &lease, now)
        })
        .await;
        let written = match written {
            Ok(erased) => self.write_erasures(&erased).await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.lock_now();
        }
        written
    }

    /// Joins a session to the open store: keeps its refresh token in the keychain, now and at every rotation.
    fn attach(&self, session: Session) -> Result<(), Error> {
        let vault = self.vault()?;
        vault.set_profile(session.user())?;
        let account = refresh_token_account(&vault.store_id());
        let keychain = Arc::clone(&self.inner.host.keychain);
        let keep = move |token: &SecretString| {
            if let Err(error) = keychain.set(&account, token.expose_secret().as_bytes()) {
                tracing::warn!(%error, "the session could not be kept for the next start");
            }
        };
        if let Some(token) = session.refresh_token() {
            keep(&token);
        }
        session.on_rotated(Arc::new(keep));
        let mut state = self.state();
        if let Some(open) = state.open.as_mut() {
            open.user = session.user().clone();
            open.connection = Connection::Online;
        }
        state.session = Some(session);
        state.client = None;
        Ok(())
    }

    /// After an unlock: picks the session up from the keychain when the network is there.
    async fn resume_session(&self, vault: &Arc<Vault>, user: User) {
        let account = refresh_token_account(&vault.store_id());
        let keychain = Arc::clone(&self.inner.host.keychain);
        let kept =
            blocking(move || Ok(keychain.get(&account).map_err(curlew_vault::VaultError::from)?)).await;
        let token = match kept {
            Ok(Some(token)) => SecretString::from(String::from_utf8_lossy(&token).into_owned()),
            Ok(None) => return self.set_connection(Connection::SignInNeeded),
            Err(error) => {
                tracing::warn!(%error, "the kept session could not be read");
                return;
            }
        };
        let (Ok(config), Ok(http)) = (self.sign_in_config(), curlew_api::http_client()) else {
            return;
        };
        match Session::resume(&config, &http, token, user).await {
            Ok(session) => {
                match self.attach(session) {
                    Ok(()) => self.refresh_quietly().await,
                    Err(error) => {
                        tracing::info!(%error, "the session was resumed for a store that is no longer open")
                    }
                }
                self.push_status();
            }
            Err(SignInError::SessionEnded) => self.set_connection(Connection::SignInNeeded),
            Err(error) => tracing::info!(%error, "the session was not resumed; going on offline"),
        }
    }

    pub(crate) fn set_connection(&self, connection: Connection) {
        self.with_open(|open| open.connection = connection);
        self.push_status();
    }
}

/// Where a store's refresh token is kept in the keychain.
fn refresh_token_account(store: &StoreId) -> String {
    format!("refresh-token:{store}")
}
