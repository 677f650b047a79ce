//! The state machine.

use crate::policy::Feature;
use crate::watch::Watch;
use crate::wire::{
    Connection, EmergencyPolicy, LoadProgress, ProofSheet, RecordClosed, SettingRow, SettingSource, Stage,
    Status, StoreChoice, UserView,
};
use crate::{Error, Host, Settings};
use chrono::{DateTime, Utc};
use curlew_api::Client;
use curlew_audit::{Action, Actor, Look, OutcomeText};
use curlew_sign_in::{CancellationToken, Session, User};
use curlew_vault::{OpenPatient, StoreId, StoreInfo, Vault, VaultSettings, Vaults};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Folder of the stores, under the data folder.
pub(crate) const STORES: &str = "stores";

/// Purpose of use of everyday care (v3-ActReason).
pub(crate) const TREATMENT: &str = "TREAT";

/// Pushed to the window when something changed by itself.
#[derive(Debug, Clone)]
pub enum Event {
    /// The whole state.
    Status(Box<Status>),
    /// Progress of a load.
    Load(LoadProgress),
    /// The open record has been closed without the person's doing.
    Closed(Box<RecordClosed>),
}

/// Curlew, without a window. Clones share one state.
#[derive(Clone)]
pub struct App {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) host: Host,
    pub(crate) vaults: Vaults,
    events: Box<dyn Fn(Event) + Send + Sync>,
    /// Rung when the machine says that its network is back.
    pub(crate) network: tokio::sync::Notify,
    /// Logs of stores that are gone, on their way to the server.
    pub(crate) last_entries: tokio::sync::watch::Sender<u32>,
    /// Held while the kept session is picked up.
    pub(crate) resuming: tokio::sync::Mutex<()>,
    /// The support bundle that was read last: what is saved must be what was read.
    pub(crate) read_bundle: Mutex<Option<Vec<crate::wire::BundlePart>>>,
    state: Mutex<State>,
}

/// Everything that changes. Held for moments only, never across a wait.
#[derive(Default)]
pub(crate) struct State {
    /// Who is signed in, whether or not their store is open.
    pub(crate) session: Option<Session>,
    /// The record API as they ask it; kept, for its connections and what it has learnt of the server.
    pub(crate) client: Option<Arc<Client>>,
    /// The open store.
    pub(crate) open: Option<Open>,
    /// A sign-in under way in the browser.
    pub(crate) signing_in: Option<CancellationToken>,
    /// Activity and the clocks, by which the app locks by itself.
    pub(crate) watch: Watch,
    /// Why the app locked by itself, until somebody opens a store.
    pub(crate) notice: Option<String>,
    /// What another program asked for and nobody has taken yet.
    pub(crate) launch: Option<crate::launch::Waiting>,
    /// How many requests there have been.
    pub(crate) launches: u32,
}

/// An open store and what is going on in it.
pub(crate) struct Open {
    pub(crate) vault: Arc<Vault>,
    /// Whose store it is, as they last signed in.
    pub(crate) user: User,
    pub(crate) connection: Connection,
    /// The one patient on the screen.
    pub(crate) patient: Option<OnScreen>,
    pub(crate) load: Option<RunningLoad>,
    /// A contact of the app's own that is under way.
    pub(crate) quiet: Option<CancellationToken>,
    pub(crate) proof: Option<ProofSheet>,
    /// When a full sign-in is due.
    pub(crate) sign_in_by: Option<DateTime<Utc>>,
}

/// The patient on the screen.
pub(crate) struct OnScreen {
    pub(crate) patient: String,
    /// The name as it was shown, for the access log.
    pub(crate) name: String,
    pub(crate) record: Arc<OpenPatient>,
    /// The earlier moment that every screen answers from while it is set.
    pub(crate) past: Option<Arc<OpenPatient>>,
    /// When policy's lease on this copy, or the emergency, runs out.
    pub(crate) readable_until: DateTime<Utc>,
    /// Open in an emergency: its purpose of use.
    pub(crate) emergency: Option<&'static str>,
}

pub(crate) struct RunningLoad {
    pub(crate) cancel: CancellationToken,
    pub(crate) progress: LoadProgress,
}

impl App {
    /// Curlew with these settings on this machine. `events` is called from any thread.
    #[must_use]
    pub fn new(settings: Settings, host: Host, events: impl Fn(Event) + Send + Sync + 'static) -> Self {
        let vaults = Vaults::new(
            settings.data_dir.join(STORES),
            Arc::clone(&host.keychain),
            VaultSettings {
                argon2: host.argon2,
                max_attempts: settings.max_attempts,
            },
        );
        Self {
            inner: Arc::new(Inner {
                settings,
                host,
                vaults,
                events: Box::new(events),
                network: tokio::sync::Notify::new(),
                last_entries: tokio::sync::watch::Sender::new(0),
                resuming: tokio::sync::Mutex::new(()),
                read_bundle: Mutex::default(),
                state: Mutex::default(),
            }),
        }
    }

    /// The whole state, as the frame shows it.
    #[must_use]
    pub fn status(&self) -> Status {
        let stores = self.store_choices();
        let state = self.state();
        let signed_in_without_store = state.session.as_ref().is_some_and(|session| {
            let user = session.user();
            // A shared device has no stores: whoever signs in is in.
            !self.inner.settings.shared_desktop
                && self
                    .inner
                    .vaults
                    .store_of(&user.issuer, &user.subject)
                    .ok()
                    .flatten()
                    .is_none()
        });
        let stage = match (&state.open, signed_in_without_store, stores.is_empty()) {
            (Some(_), _, _) => Stage::Open,
            (None, true, _) => Stage::FirstRun,
            (None, false, false) => Stage::Locked,
            (None, false, true) => Stage::SignedOut,
        };
        let user = match (&state.open, &state.session) {
            (Some(open), _) => Some(user_view(&open.user)),
            (None, Some(session)) => Some(user_view(session.user())),
            (None, None) => None,
        };
        let connection = state.open.as_ref().map_or(
            if state.session.is_some() {
                Connection::Online
            } else {
                Connection::Offline
            },
            |open| open.connection,
        );
        let last_contact = state
            .open
            .as_ref()
            .and_then(|open| open.vault.last_server_contact().ok().flatten());
        Status {
            stage,
            stores,
            user,
            connection,
            connection_text: self.connection_words(connection, last_contact),
            record_api: self
                .inner
                .settings
                .record_api
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            signing_in: state.signing_in.is_some(),
            load: state
                .open
                .as_ref()
                .and_then(|open| open.load.as_ref())
                .map(|load| load.progress.clone()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            passphrase_rules: self.inner.settings.passphrase_rules(),
            shared_desktop: self.inner.settings.shared_desktop,
            notice: state.notice.clone(),
            launch: self.launch_view(&state),
            idle_seconds: u32::try_from(self.inner.settings.idle.num_seconds()).unwrap_or(u32::MAX),
            sign_in_by: state
                .open
                .as_ref()
                .and_then(|open| open.sign_in_by)
                .map(|by| format!("A full sign-in is due by {}", moment(by, self.now()))),
            features_off: self.inner.settings.features_off.clone(),
            emergency: EmergencyPolicy {
                minutes: u32::try_from(self.inner.settings.emergency.num_minutes()).unwrap_or(u32::MAX),
                reasons: self.inner.settings.emergency_reasons.clone(),
                text_min_chars: crate::emergency::TEXT_MIN_CHARS,
            },
        }
    }

    /// The stores of this device. With the keychain locked nobody can be named, but whoever has a store must still be
    /// offered to unlock it, and be told of the keychain then.
    fn store_choices(&self) -> Vec<StoreChoice> {
        if self.inner.settings.shared_desktop {
            return Vec::new();
        }
        let named = self.inner.vaults.stores().map(|stores| {
            let choice = |store: StoreInfo| StoreChoice {
                id: store.id.to_string(),
                label: store.label,
                attempts_left: store.attempts_left,
            };
            stores.into_iter().map(choice).collect()
        });
        named.unwrap_or_else(|error| {
            tracing::warn!(%error, "the stores of this device cannot be named");
            let folders = std::fs::read_dir(self.inner.settings.data_dir.join(STORES))
                .into_iter()
                .flatten()
                .flatten();
            folders
                .filter_map(|folder| StoreId::parse(folder.file_name().to_str()?))
                .map(|id| StoreChoice {
                    id: id.to_string(),
                    label: "A store on this device (its owner cannot be named: the keychain is locked)"
                        .to_owned(),
                    attempts_left: self.inner.settings.max_attempts,
                })
                .collect()
        })
    }

    fn connection_words(&self, connection: Connection, last_contact: Option<DateTime<Utc>>) -> String {
        let contact = last_contact.map(|contact| moment(contact, self.now()));
        match (connection, contact, last_contact) {
            (Connection::Online, Some(contact), _) => format!("Online · last contact {contact}"),
            (Connection::Online, None, _) => "Online".to_owned(),
            (Connection::SignInNeeded, _, _) => "Sign-in has ended · sign in for fresh data".to_owned(),
            (Connection::Offline, Some(contact), Some(at)) => {
                let until = moment(at + self.inner.settings.lease.readable, self.now());
                format!("Offline · last contact {contact} · readable until {until}")
            }
            (Connection::Offline, ..) => "Offline".to_owned(),
        }
    }

    /// What this device is set to.
    #[must_use]
    pub fn in_force(&self) -> &Settings {
        &self.inner.settings
    }

    /// The settings in force, in words.
    #[must_use]
    pub fn settings_view(&self) -> crate::wire::Settings {
        let mut rows = self.inner.settings.rows();
        // Which way the record comes, and what is lost by it: the server's to say, once it has been asked.
        let said = self
            .state()
            .client
            .as_ref()
            .and_then(|client| client.known_capabilities().cloned());
        if let Some(capabilities) = said {
            rows.push(SettingRow {
                key: "record_api_route".to_owned(),
                label: format!("What the record API can do ({})", capabilities.software),
                text: capabilities.words().join(" "),
                source: SettingSource::Server,
            });
        }
        crate::wire::Settings { rows }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves plain data, which is still true.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses what policy has turned off.
    pub(crate) fn allowed(&self, feature: Feature) -> Result<(), Error> {
        if !self.inner.settings.is_off(feature) {
            return Ok(());
        }
        Err(Error::TurnedOff(match feature {
            Feature::Printing => "Printing",
            Feature::Emergency => "Emergency access",
            Feature::OfflineCopies => "Keeping copies",
            Feature::Clipboard => "Copying",
        }))
    }

    /// Without the offer of an emergency, where policy has none.
    pub(crate) fn as_policy_offers(&self, why: Error) -> Error {
        match why {
            Error::ExceptInEmergency(why) if self.inner.settings.is_off(Feature::Emergency) => *why,
            why => why,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.inner.host.clock)()
    }

    pub(crate) fn push_status(&self) -> Status {
        let status = self.status();
        (self.inner.events)(Event::Status(Box::new(status.clone())));
        status
    }

    pub(crate) fn push_progress(&self, progress: LoadProgress) {
        (self.inner.events)(Event::Load(progress));
    }

    pub(crate) fn push_closed(&self, closed: RecordClosed) {
        (self.inner.events)(Event::Closed(Box::new(closed)));
    }

    /// The open store, or [`Error::Locked`]. Every command that shows anything comes by here first, and an app that
    /// should have locked does so now: a late timer must not leave a moment in which the record can be read.
    pub(crate) fn vault(&self) -> Result<Arc<Vault>, Error> {
        if let Some(why) = self.should_lock() {
            self.lock_because(why);
        }
        self.state()
            .open
            .as_ref()
            .map(|open| Arc::clone(&open.vault))
            .ok_or(Error::Locked)
    }

    /// Applies `change` to the open store's state; nothing happens when it was locked meanwhile.
    pub(crate) fn with_open<T>(&self, change: impl FnOnce(&mut Open) -> T) -> Option<T> {
        self.state().open.as_mut().map(change)
    }

    /// Applies `change` to the state of this store, while it is the open one. What was begun for one person must not
    /// end in the store of the next.
    pub(crate) fn with_store<T>(&self, vault: &Arc<Vault>, change: impl FnOnce(&mut Open) -> T) -> Option<T> {
        let mut state = self.state();
        let open = state.open.as_mut()?;
        Arc::ptr_eq(&open.vault, vault).then(|| change(open))
    }

    /// A look by the person whose store is open.
    pub(crate) fn look(&self, action: Action, shown: &str) -> Result<Look, Error> {
        let state = self.state();
        let open = state.open.as_ref().ok_or(Error::Locked)?;
        let mut look = self.look_by(&open.user, action, shown);
        // Everything looked at in a record opened in an emergency was looked at for the emergency.
        if action.is_within_a_record()
            && let Some(purpose) = open.patient.as_ref().and_then(|on_screen| on_screen.emergency)
        {
            look.purpose = purpose.to_owned();
        }
        Ok(look)
    }

    /// A look by this person.
    pub(crate) fn look_by(&self, user: &User, action: Action, shown: &str) -> Look {
        Look {
            actor: actor(user),
            device: self.inner.host.device.clone(),
            patient: None,
            patient_name: None,
            action,
            shown: shown.to_owned(),
            purpose: TREATMENT.to_owned(),
            outcome: OutcomeText::Done,
        }
    }
}

/// Runs what waits for the disk away from the threads that wait for the network.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::TaskLost)?
}

pub(crate) fn actor(user: &User) -> Actor {
    Actor {
        id: user.subject.clone(),
        name: user.name.clone(),
        role: user.role_name.clone(),
        organisation: user.organisation_name.clone(),
    }
}

fn user_view(user: &User) -> UserView {
    UserView {
        name: user.name.clone(),
        role: user.role_name.clone(),
        organisation: user.organisation_name.clone(),
        overview: crate::overview::cards(&user.role_code),
    }
}

/// A moment in the standard's words: "07:41 today", otherwise `22-Nov-2026 07:41`.
pub(crate) fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let (at, now) = (
        at.with_timezone(&chrono::Local),
        now.with_timezone(&chrono::Local),
    );
    if at.date_naive() == now.date_naive() {
        format!("{} today", at.format("%H:%M"))
    } else {
        moment_in_full(at.to_utc())
    }
}

/// A moment in the standard's words that hold on any later day: `22-Nov-2026 07:41`.
pub(crate) fn moment_in_full(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono::Local)
        .format("%d-%b-%Y %H:%M")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use curlew_vault::Identity;
    use std::path::PathBuf;

    fn open(subject: &str) -> (Arc<Vault>, Open) {
        let identity = Identity {
            issuer: "https://sign-in.example".to_owned(),
            subject: subject.to_owned(),
            label: subject.to_owned(),
        };
        let vault = Arc::new(Vault::in_memory(&identity, DateTime::UNIX_EPOCH).expect("memory is there"));
        let open = Open {
            vault: Arc::clone(&vault),
            user: User {
                issuer: identity.issuer,
                subject: identity.subject,
                name: identity.label,
                role_name: "Nurse".to_owned(),
                role_code: "S8000:G8000:R8001".to_owned(),
                organisation_name: "A Trust".to_owned(),
                organisation_code: "XCUR9".to_owned(),
                activity_codes: Vec::new(),
                assurance: 3,
                fhir_user: None,
            },
            connection: Connection::Offline,
            patient: None,
            load: None,
            quiet: None,
            proof: None,
            sign_in_by: None,
        };
        (vault, open)
    }

    #[test]
    fn what_was_begun_in_one_persons_store_does_not_end_in_the_next_ones() {
        let settings = Settings::for_record_api("http://127.0.0.1:9/fhir", PathBuf::from("no-such-folder"))
            .expect("a valid address");
        let app = App::new(settings, Host::system(), |_| {});
        let ((first, its), (second, theirs)) = (open("first"), open("second"));
        app.state().open = Some(its);
        let online = |open: &mut Open| open.connection = Connection::Online;
        assert!(app.with_store(&first, online).is_some());

        app.state().open = Some(theirs);
        assert!(
            app.with_store(&first, online).is_none(),
            "the first person has gone"
        );
        assert_eq!(app.with_open(|open| open.connection), Some(Connection::Offline));
        assert!(app.with_store(&second, online).is_some());

        app.lock_now();
        assert!(app.with_store(&second, online).is_none());
    }
}
