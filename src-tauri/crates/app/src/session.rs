//! Sign-in, first run, unlock, lock.

use crate::app::{Open, blocking};
use crate::failures::Failed;
use crate::wire::{Connection, Status};
use crate::{App, Error};
use chrono::{DateTime, Utc};
use curlew_api::{Client, HttpClient, http_client};
use curlew_audit::{Action, Look, OutcomeText};
use curlew_redact::{ExposeSecret as _, SecretString};
use curlew_sign_in::{Abandonment, CancellationToken, Session, SignInConfig, SignInError, User};
use curlew_vault::{Identity, StoreId, Vault, VaultError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Longest wait for a shared device's log to be sent after a lock.
const LAST_ENTRIES: std::time::Duration = std::time::Duration::from_secs(20);

impl App {
    /// Signs in through the person's own browser. When their store is open, or once it is, fresh data can be fetched. On a
    /// shared device a store in memory is opened at once.
    ///
    /// # Errors
    /// See [`Error`]; nothing is changed by any of them.
    pub async fn sign_in(&self) -> Result<Status, Error> {
        self.sign_in_for(self.waiting_handle()).await
    }

    /// Signs in, for the launch with this handle when there is one.
    pub(crate) async fn sign_in_for(&self, launch: Option<SecretString>) -> Result<Status, Error> {
        let mut config = self.sign_in_config()?;
        let launching = launch.is_some();
        config.launch = launch;
        let http = self.http_client()?;
        let cancel = CancellationToken::new();
        {
            let mut state = self.state();
            if state.signing_in.is_some() {
                return Err(Error::Busy("A sign-in"));
            }
            state.signing_in = Some(cancel.clone());
        }
        self.push_status();
        let outcome =
            curlew_sign_in::sign_in(&config, &http, self.inner.host.browser.as_ref(), cancel.clone()).await;
        // Locked meanwhile: the sign-in belongs to whoever was here before.
        let outcome = match outcome {
            Ok(_) if cancel.is_cancelled() => Err(SignInError::Abandoned(Abandonment::Cancelled)),
            outcome => outcome,
        };
        self.state().signing_in = None;
        self.note_activity();
        let adopted = match outcome {
            Ok(session) => {
                let signed_in = session.clone();
                let adopted = self.adopt(session).await;
                if launching && adopted.is_ok() {
                    self.launched_by(&signed_in);
                }
                adopted
            }
            Err(error) => Err(error.into()),
        };
        // A handle that was refused is refused again each time: the person must be able to sign in without it.
        if launching
            && matches!(
                adopted,
                Err(Error::SignIn(SignInError::Refused(_)) | Error::OtherUser)
            )
        {
            self.state().launch = None;
        }
        if let Err(error @ (Error::OtherUser | Error::SignIn(SignInError::Refused(_)))) = &adopted {
            self.write_refused_sign_in(error).await;
        }
        if adopted.is_ok() && self.vault().is_ok() {
            self.refresh_quietly().await;
        }
        let status = self.push_status();
        adopted.map(|()| status)
    }

    /// Reaches the record API and its sign-in service as policy says.
    pub(crate) fn http_client(&self) -> Result<HttpClient, Error> {
        let settings = &self.inner.settings;
        let record_api = settings.record_api.as_ref().ok_or(Error::NotConfigured)?;
        Ok(http_client(&settings.network, record_api)?)
    }

    /// A refused sign-in belongs in the log of whoever's store is open, else of whoever opens one next.
    async fn write_refused_sign_in(&self, why: &Error) {
        let written = match (self.vault(), self.look(Action::SignIn, "")) {
            (Ok(vault), Ok(look)) => {
                let (now, outcome) = (self.now(), OutcomeText::Refused(why.to_string()));
                blocking(move || {
                    drop(vault.write_look(Look { outcome, ..look }, now)?);
                    Ok(())
                })
                .await
            }
            _ => {
                self.note_failure(None, Failed::SignInRefused).await;
                Ok(())
            }
        };
        if let Err(error) = written {
            tracing::warn!(%error, "a refused sign-in could not be written to the access log");
        }
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
        if self.inner.settings.shared_desktop {
            return Err(Error::BadRequest("This device is shared and keeps nothing"));
        }
        self.check_new(&passphrase)?;
        let session = self.state().session.clone().ok_or(Error::SignedOut)?;
        let user = session.user().clone();
        let this = self.clone();
        let vault = blocking(move || {
            let vault = this
                .inner
                .vaults
                .create(&identity(&user), &passphrase, this.now())?;
            vault.set_profile(&Profile {
                user,
                signed_in: None,
            })?;
            Ok(Arc::new(vault))
        })
        .await?;
        self.open_store(&vault, session.user().clone(), Action::CreateStore, None)
            .await?;
        self.attach(&vault, session, SignedIn::Now).await?;
        self.refresh_quietly().await;
        Ok(self.push_status())
    }

    /// Opens a store with its passphrase. Works without a network; a session is picked up again when there is one.
    ///
    /// # Errors
    /// When the passphrase is wrong, the keychain is absent, the store is damaged or newer, or a full sign-in is due.
    pub async fn unlock(&self, store: &str, passphrase: SecretString) -> Result<Status, Error> {
        if self.state().open.is_some() {
            return Err(Error::Busy("Another store"));
        }
        let id: StoreId = store
            .parse()
            .map_err(|_| Error::BadRequest("That is not a store of this device"))?;
        let this = self.clone();
        let wanted = id.clone();
        let unlocked =
            blocking(move || Ok(this.inner.vaults.unlock(&wanted, &passphrase, this.now())?)).await;
        let vault = match unlocked {
            Ok(vault) => Arc::new(vault),
            Err(error) => {
                match &error {
                    Error::Vault(VaultError::WrongPassphrase { .. }) => {
                        self.note_failure(Some(&id), Failed::WrongPassphrase).await;
                    }
                    Error::Vault(VaultError::Destroyed) => {
                        self.note_failure(Some(&id), Failed::Destroyed).await
                    }
                    _ => {}
                }
                return Err(error);
            }
        };
        let Profile { user, signed_in } = vault.profile()?.ok_or(Error::SignedOut)?;
        let same_person =
            self.state().session.clone().filter(|session| {
                session.user().issuer == user.issuer && session.user().subject == user.subject
            });
        let due = self.sign_in_due(&vault, signed_in)?;
        if same_person.is_none() && due.is_none_or(|by| by.is_over) {
            vault.lock();
            self.note_failure(Some(&id), Failed::SignInDue).await;
            return Err(Error::SignInDue);
        }
        self.open_store(&vault, user.clone(), Action::Unlock, due.map(|by| by.at))
            .await?;
        match same_person {
            Some(session) => {
                self.attach(&vault, session, SignedIn::Now).await?;
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

    /// By when the owner of this store must sign in again in full, by a time that never runs backwards; none when they
    /// have never been seen to.
    fn sign_in_due(&self, vault: &Vault, signed_in: Option<DateTime<Utc>>) -> Result<Option<Due>, Error> {
        let now = vault.effective_now(self.now())?;
        Ok(signed_in.map(|signed_in| {
            let at = signed_in + self.inner.settings.sign_in_every;
            Due {
                at,
                is_over: now > at,
            }
        }))
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
            // What was asked for while this person was here is not for the next.
            state.launch = None;
            if let Some(load) = &open.load {
                load.cancel.cancel();
            }
            if let Some(quiet) = &open.quiet {
                quiet.cancel();
            }
            if self.inner.settings.shared_desktop {
                self.send_last(&open.vault, state.client.clone());
            }
            open.vault.lock();
        }
        state.session = None;
        state.client = None;
        state.watch = state.watch.forget_person();
    }

    /// Puts words above the next sign-in or unlock: why a program before this one locked.
    pub fn say(&self, words: String) {
        self.state().notice = Some(words);
    }

    /// Waits until a lock on a shared device has sent its log, but not for ever: before the program may end.
    pub async fn last_entries_sent(&self) {
        let mut sending = self.inner.last_entries.subscribe();
        let sent = sending.wait_for(|sending| *sending == 0);
        if tokio::time::timeout(LAST_ENTRIES, sent).await.is_err() {
            tracing::warn!("the log of a shared device was still being sent when the program ended");
        }
    }

    /// On a shared device the log dies with the store: what has not been sent yet is taken out and sent, in the background,
    /// while everything else is already gone.
    fn send_last(&self, vault: &Vault, client: Option<Arc<Client>>) {
        let entries = match (
            client,
            vault.pending_audit(u32::MAX),
            tokio::runtime::Handle::try_current(),
        ) {
            (Some(client), Ok(entries), Ok(runtime)) if !entries.is_empty() => {
                let this = self.clone();
                this.inner.last_entries.send_modify(|sending| *sending += 1);
                runtime.spawn(async move {
                    curlew_sync::send_entries(&client, entries).await;
                    this.inner.last_entries.send_modify(|sending| *sending -= 1);
                });
                return;
            }
            (_, entries, _) => entries.map_or(0, |entries| entries.len()),
        };
        if entries > 0 {
            tracing::warn!(
                entries,
                "entries of the access log could not be sent and are lost"
            );
        }
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
        config.scopes.clone_from(&settings.scopes);
        config.issuer.clone_from(&settings.issuer);
        config.minimum_assurance = settings.minimum_assurance;
        config.minimum_identity_assurance = settings.minimum_identity_assurance;
        Ok(config)
    }

    /// Takes a new session in: for the store that is open, or to make or unlock one.
    async fn adopt(&self, session: Session) -> Result<(), Error> {
        let open = self
            .state()
            .open
            .as_ref()
            .map(|open| (Arc::clone(&open.vault), open.user.clone()));
        match open {
            Some((vault, owner))
                if owner.issuer == session.user().issuer && owner.subject == session.user().subject =>
            {
                self.attach(&vault, session, SignedIn::Now).await
            }
            Some(_) => Err(Error::OtherUser),
            None if self.inner.settings.shared_desktop => {
                let user = session.user().clone();
                let vault = Arc::new(Vault::in_memory(&identity(&user), self.now())?);
                self.open_store(&vault, user, Action::CreateStore, None).await?;
                self.attach(&vault, session, SignedIn::Now).await
            }
            None => {
                let mut state = self.state();
                state.session = Some(session);
                state.notice = None;
                Ok(())
            }
        }
    }

    async fn open_store(
        &self,
        vault: &Arc<Vault>,
        user: User,
        action: Action,
        sign_in_by: Option<DateTime<Utc>>,
    ) -> Result<(), Error> {
        self.note_activity();
        let look = self.look_by(&user, action, "");
        {
            let mut state = self.state();
            if state.open.is_some() {
                vault.lock();
                return Err(Error::Busy("Another store"));
            }
            state.notice = None;
            state.open = Some(Open {
                vault: Arc::clone(vault),
                user: user.clone(),
                connection: Connection::Offline,
                patient: None,
                load: None,
                quiet: None,
                proof: None,
                sign_in_by,
            });
        }
        let now = self.now();
        let lease = self.inner.settings.lease;
        let written = {
            let vault = Arc::clone(vault);
            blocking(move || {
                drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
                crate::caseload::erase_expired(&vault, &lease, now)
            })
            .await
        };
        let written = match written {
            Ok(erased) => self.write_erasures(vault, &erased).await,
            Err(error) => Err(error),
        };
        let written = match written {
            Ok(()) => self.write_failures(vault, &user).await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.lock_now();
        }
        written
    }

    /// Joins a session to this store, if it is still the open one: keeps its refresh token in the keychain, now and at
    /// every rotation. A full sign-in is written down, with the role as it is now, and starts the time to the next.
    async fn attach(&self, vault: &Arc<Vault>, session: Session, signed_in: SignedIn) -> Result<(), Error> {
        let now = self.now();
        let user = session.user().clone();
        let due = if signed_in == SignedIn::Now {
            let look = self.look_by(&user, Action::SignIn, "");
            let (vault, user) = (Arc::clone(vault), user.clone());
            let at = blocking(move || {
                let at = vault.effective_now(now)?;
                drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
                vault.set_profile(&Profile {
                    user,
                    signed_in: Some(at),
                })?;
                Ok(at)
            })
            .await?;
            Some(at + self.inner.settings.sign_in_every)
        } else {
            None
        };
        // Nothing is kept on a shared device, and whoever comes next must sign in themselves.
        if !self.inner.settings.shared_desktop {
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
        }
        let mut state = self.state();
        let open = state
            .open
            .as_mut()
            .filter(|open| Arc::ptr_eq(&open.vault, vault))
            .ok_or(Error::Locked)?;
        open.user = user;
        open.connection = Connection::Online;
        open.sign_in_by = due.or(open.sign_in_by);
        state.session = Some(session);
        state.client = None;
        Ok(())
    }

    /// Where the store was opened without a network: picks the kept session up before anything is asked. Every lock ends the
    /// one in memory, and most locks are far from any network; coming back must not need a browser.
    pub(crate) async fn pick_up_session(&self) {
        let owner = self
            .with_open(|open| {
                // The kept one has ended, and only a sign-in helps.
                let ended = open.connection == Connection::SignInNeeded;
                (!ended).then(|| (Arc::clone(&open.vault), open.user.clone()))
            })
            .flatten();
        let Some((vault, user)) = owner else { return };
        if self.state().session.is_none() {
            self.resume_session(&vault, user).await;
        }
    }

    /// After an unlock: picks the session up from the keychain when the network is there.
    async fn resume_session(&self, vault: &Arc<Vault>, user: User) {
        // A refresh token is spent once: two at the same time would look like a theft to the provider.
        let _one_at_a_time = self.inner.resuming.lock().await;
        if self.state().session.is_some() {
            return;
        }
        let account = refresh_token_account(&vault.store_id());
        let keychain = Arc::clone(&self.inner.host.keychain);
        let kept =
            blocking(move || Ok(keychain.get(&account).map_err(curlew_vault::VaultError::from)?)).await;
        let token = match kept {
            Ok(Some(token)) => SecretString::from(String::from_utf8_lossy(&token).into_owned()),
            Ok(None) => return self.set_connection_of(vault, Connection::SignInNeeded),
            Err(error) => {
                tracing::warn!(%error, "the kept session could not be read");
                return;
            }
        };
        let (config, http) = match (self.sign_in_config(), self.http_client()) {
            (Ok(config), Ok(http)) => (config, http),
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "the kept session cannot be used as this device is set");
                return;
            }
        };
        match Session::resume(&config, &http, token, user).await {
            Ok(session) => {
                match self.attach(vault, session, SignedIn::Earlier).await {
                    Ok(()) => self.refresh_quietly().await,
                    Err(error) => {
                        tracing::info!(%error, "the session was resumed for a store that is no longer open")
                    }
                }
                self.push_status();
            }
            Err(SignInError::SessionEnded) => self.set_connection_of(vault, Connection::SignInNeeded),
            Err(error) => tracing::info!(%error, "the session was not resumed; going on offline"),
        }
    }

    pub(crate) fn set_connection(&self, connection: Connection) {
        self.with_open(|open| open.connection = connection);
        self.push_status();
    }

    fn set_connection_of(&self, vault: &Arc<Vault>, connection: Connection) {
        self.with_store(vault, |open| open.connection = connection);
        self.push_status();
    }
}

/// What a store keeps of its owner.
#[derive(Debug, Serialize, Deserialize)]
struct Profile {
    #[serde(flatten)]
    user: User,
    /// When they last signed in in full.
    #[serde(default)]
    signed_in: Option<DateTime<Utc>>,
}

/// By when a full sign-in is due.
#[derive(Debug, Clone, Copy)]
struct Due {
    at: DateTime<Utc>,
    is_over: bool,
}

/// How a session came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignedIn {
    /// The person has just signed in.
    Now,
    /// It goes on from an earlier sign-in.
    Earlier,
}

fn identity(user: &User) -> Identity {
    Identity {
        issuer: user.issuer.clone(),
        subject: user.subject.clone(),
        label: format!("{}, {}", user.name, user.role_name),
    }
}

/// Where a store's refresh token is kept in the keychain.
pub(crate) fn refresh_token_account(store: &StoreId) -> String {
    format!("refresh-token:{store}")
}
