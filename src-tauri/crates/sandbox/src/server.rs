//! Starting, stopping and steering the sandbox.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::middleware;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::sync::oneshot;
use url::Url;

use crate::clock::Clock;
use crate::faults::{Fault, Faults, Requests, deliver};
use crate::fhir;
use crate::population::population;
use crate::serve::{self, LoadReport};
use crate::sign_in::{self, NotGood, Provider};
use crate::store::{Key, Prepared, Store};
use crate::users::{UserAccount, ready_users};

/// What the sandbox serves.
#[derive(Debug, Clone)]
pub enum Source {
    /// Invented people of Mid and South Essex.
    Population {
        /// Same seed, same bytes.
        seed: u64,
        /// How many people.
        patients: usize,
        /// The day the stories are told on.
        today: NaiveDate,
    },
    /// A folder of FHIR R4 bundles (`*.json`) or NDJSON.
    Folder {
        /// Read with everything below it.
        dir: PathBuf,
        /// Consents to make up for its patients.
        consent: ServedConsent,
    },
    /// Nothing: the test puts its own resources.
    Empty,
}

/// Consents made up for the patients of a served folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServedConsent {
    /// One active permit for each patient who has no consent in the folder.
    #[default]
    All,
    /// None: only what the folder holds.
    None,
}

/// How to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// What to serve.
    pub source: Source,
    /// How long access tokens live.
    pub token_lifetime: Duration,
    /// Whether the server itself refuses what `Consent` and security labels deny. Off, the client's own judgement can be seen.
    pub enforce_consent: bool,
    /// What to do wrong from the first request on.
    pub faults: Vec<Fault>,
    /// Who can sign in, and as what.
    pub users: Vec<UserAccount>,
}

impl Default for Options {
    /// Sixty people, seed 1, told today; a free port; five-minute tokens; consent enforced; no faults.
    fn default() -> Self {
        Self {
            port: 0,
            source: Source::Population {
                seed: 1,
                patients: 60,
                today: Utc::now().date_naive(),
            },
            token_lifetime: Duration::from_secs(300),
            enforce_consent: true,
            faults: Vec::new(),
            users: ready_users(),
        }
    }
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken or not allowed.
    #[error("port {port} on 127.0.0.1 cannot be opened: {source}")]
    Port {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder to serve cannot be read at all.
    #[error("the folder cannot be read: {source}")]
    Folder {
        /// The folder asked for.
        dir: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address is not a URL.
    #[error("the server's own address is not usable")]
    Address,
    /// No signing key could be made.
    #[error("no signing key could be made")]
    Key,
    /// No thread or run time for the server.
    #[error("the server's run time did not start: {0}")]
    RunTime(std::io::Error),
}

/// Everything a request may need.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) users: Vec<UserAccount>,
    pub(crate) provider: Provider,
    pub(crate) faults: Faults,
    pub(crate) requests: Requests,
    /// `http://127.0.0.1:PORT`: the issuer.
    pub(crate) origin: String,
    pub(crate) enforce_consent: bool,
    pub(crate) started: DateTime<Utc>,
    pub(crate) snapshots: fhir::Snapshots,
    audits: Mutex<HashMap<Key, PostedAudit>>,
    purposes: Mutex<Vec<StatedPurpose>>,
}

/// A request that said what it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedPurpose {
    /// As stated: a v3-ActReason code.
    pub purpose: String,
    /// Address asked for, without the query.
    pub path: String,
    /// Who asked; empty when the token was not good.
    pub username: String,
}

/// Who sent an AuditEvent, and how to know it again.
#[derive(Debug)]
pub(crate) struct PostedAudit {
    pub(crate) username: String,
    pub(crate) digest: [u8; 32],
}

impl Service {
    /// The FHIR base.
    pub(crate) fn base(&self) -> String {
        format!("{}/fhir", self.origin)
    }

    pub(crate) fn user(&self, username: &str) -> Option<&UserAccount> {
        self.users.iter().find(|user| user.username == username)
    }

    /// The user a request's bearer token speaks for, or the challenge to answer with (RFC 6750, 3).
    pub(crate) fn signed_in(&self, headers: &HeaderMap) -> Result<&UserAccount, String> {
        let text = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = text.and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let Some(token) = token else {
            return Err("Bearer realm=\"record\"".to_owned());
        };
        let invalid = |why: &str| {
            format!("Bearer realm=\"record\", error=\"invalid_token\", error_description=\"{why}\"")
        };
        let username = self
            .provider
            .bearer(token, self.clock.now())
            .map_err(|why| match why {
                NotGood::Expired => invalid("the access token has expired"),
                NotGood::Unknown | NotGood::Reused => invalid("the access token is not known"),
            })?;
        self.user(&username).ok_or_else(|| invalid("the user is gone"))
    }

    /// AuditEvents received so far; held by whoever receives one.
    pub(crate) fn posted_audits(&self) -> MutexGuard<'_, HashMap<Key, PostedAudit>> {
        self.audits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a request that says what it is for.
    pub(crate) fn note_purpose(&self, headers: &HeaderMap, path: &str) {
        let Some(purpose) = fhir::stated_purpose(headers) else {
            return;
        };
        let username = self
            .signed_in(headers)
            .map(|user| user.username.clone())
            .unwrap_or_default();
        self.purposes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(StatedPurpose {
                purpose: purpose.to_owned(),
                path: path.to_owned(),
                username,
            });
    }

    /// Whether this user sent this AuditEvent.
    pub(crate) fn wrote_audit(&self, key: &Key, username: &str) -> bool {
        self.posted_audits()
            .get(key)
            .is_some_and(|audit| audit.username == username)
    }
}

/// The sandbox: see [`Sandbox::start`].
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Makes what is to be served, opens the port and answers on threads of its own until [`Running::stop`] or drop.
    /// Blocks while the population is made or the folder read. Needs no run time of the caller's and may be called inside one.
    pub fn start(options: Options) -> Result<Running, StartError> {
        // The port first: a taken one should be known before a minute of reading.
        let listener = listen(options.port)?;
        let port = listener
            .local_addr()
            .map_err(|source| StartError::Port {
                port: options.port,
                source,
            })?
            .port();
        let origin = format!("http://127.0.0.1:{port}");
        let base = Url::parse(&format!("{origin}/fhir")).map_err(|_| StartError::Address)?;
        let clock = Arc::new(Clock::default());
        let store = Arc::new(Store::new(clock.clone()));
        let users = options.users;
        let mut report = LoadReport::default();
        match options.source {
            Source::Population {
                seed,
                patients,
                today,
            } => {
                fill(
                    &store,
                    population(seed, patients, today).resources,
                    &mut report,
                    clock.now(),
                );
            }
            Source::Folder { dir, consent } => {
                report = serve::load_folder(&store, &dir, consent, &users).map_err(|source| {
                    StartError::Folder {
                        dir: dir.clone(),
                        source,
                    }
                })?;
            }
            Source::Empty => {}
        }
        let lifetime = TimeDelta::from_std(options.token_lifetime).unwrap_or(TimeDelta::MAX / 4);
        let service = Arc::new(Service {
            store,
            started: clock.now(),
            clock,
            users,
            provider: Provider::new(lifetime).map_err(|_| StartError::Key)?,
            faults: Faults::new(options.faults),
            requests: Requests::default(),
            origin,
            enforce_consent: options.enforce_consent,
            snapshots: fhir::Snapshots::default(),
            audits: Mutex::default(),
            purposes: Mutex::default(),
        });
        let serving = Serving::begin(listener, service.clone())?;
        Ok(Running {
            service,
            report,
            base,
            port,
            serving: Mutex::new(Some(serving)),
        })
    }
}

/// Stores a population with the dates of change it gives itself.
fn fill(store: &Store, resources: Vec<serde_json::Value>, report: &mut LoadReport, now: DateTime<Utc>) {
    for resource in resources {
        match Prepared::read(resource.to_string()).and_then(|prepared| store.load(prepared, now)) {
            Ok(_) => report.resources += 1,
            Err(why) => report.leave_out("population", "a resource", &why.to_string()),
        }
    }
}

fn listen(port: u16) -> Result<TcpListener, StartError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let open = || -> std::io::Result<TcpListener> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    open().map_err(|source| StartError::Port { port, source })
}

fn router(service: Arc<Service>) -> Router {
    fhir::routes()
        .merge(sign_in::routes())
        .layer(middleware::from_fn_with_state(service.clone(), deliver))
        .with_state(service)
}

/// A run time on a thread of its own. Ending it drops every connection at once, which is what a server going away looks like.
#[derive(Debug)]
struct Serving {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Serving {
    fn begin(listener: TcpListener, service: Arc<Service>) -> Result<Self, StartError> {
        let (stop, stopped) = oneshot::channel();
        let run_time = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sandbox")
            .enable_all()
            .build()
            .map_err(StartError::RunTime)?;
        let answer = async move {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => {
                    tokio::select! {
                        ended = async { axum::serve(listener, router(service)).await } => {
                            if ended.is_err() { tracing::error!("the server ended by itself"); }
                        }
                        _ = stopped => {}
                    }
                }
                Err(_) => tracing::error!("the port could not be handed to the server"),
            }
        };
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                run_time.block_on(answer);
                run_time.shutdown_timeout(Duration::from_secs(2));
            })
            .map_err(StartError::RunTime)?;
        Ok(Self { stop, thread })
    }

    fn end(self) {
        // Either may have ended by itself already.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

/// A sandbox that is answering.
#[derive(Debug)]
pub struct Running {
    service: Arc<Service>,
    report: LoadReport,
    base: Url,
    port: u16,
    serving: Mutex<Option<Serving>>,
}

impl Running {
    /// The FHIR base, `http://127.0.0.1:PORT/fhir`.
    pub fn base_url(&self) -> Url {
        self.base.clone()
    }

    /// The OpenID issuer, `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn issuer(&self) -> String {
        self.service.origin.clone()
    }

    /// The port in use.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The resources served; changes are visible to the next request.
    pub fn store(&self) -> &Store {
        &self.service.store
    }

    /// Who can sign in.
    pub fn users(&self) -> &[UserAccount] {
        &self.service.users
    }

    /// What was loaded at start, and what could not be.
    pub fn load_report(&self) -> &LoadReport {
        &self.report
    }

    /// The rules of misbehaviour in force.
    pub fn faults(&self) -> &Faults {
        &self.service.faults
    }

    /// What has been asked so far.
    pub fn requests(&self) -> &Requests {
        &self.service.requests
    }

    /// Requests that said what they were for, oldest first.
    pub fn stated_purposes(&self) -> Vec<StatedPurpose> {
        self.service
            .purposes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The server's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.service.clock.now()
    }

    /// Moves the server's clock: tokens age, `Date` and new `lastUpdated`s follow. Negative moves it back.
    pub fn shift_clock(&self, by: TimeDelta) {
        self.service.clock.shift(by);
    }

    /// What a hospital's record system would open to show this patient in a viewer: SMART App Launch's `iss` and `launch`,
    /// in a link of this form. The handle in it is good for one sign-in.
    ///
    /// # Errors
    /// When the machine has no randomness, or the scheme is none.
    pub fn launch_link(&self, scheme: &str, patient: &str) -> Result<Url, StartError> {
        let handle = self
            .service
            .provider
            .launch(patient)
            .map_err(|_| StartError::Key)?;
        let mut link = Url::parse(&format!("{scheme}://launch")).map_err(|_| StartError::Address)?;
        link.query_pairs_mut()
            .append_pair("iss", self.base.as_str())
            .append_pair("launch", &handle);
        Ok(link)
    }

    /// Makes every access token given so far unknown; refresh tokens stay good.
    pub fn expire_access_tokens(&self) {
        self.service.provider.expire_access();
    }

    /// Ends every session: access and refresh tokens.
    pub fn revoke_all_tokens(&self) {
        self.service.provider.revoke_all();
    }

    /// How long access tokens given from now on live.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.service
            .provider
            .set_token_lifetime(TimeDelta::from_std(lifetime).unwrap_or(TimeDelta::MAX / 4));
    }

    /// Closes the port and drops every connection, keeping all data and sessions: the network is gone.
    pub fn go_dark(&self) {
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = serving {
            serving.end();
        }
    }

    /// Answers again on the same port after [`Running::go_dark`].
    pub fn come_back(&self) -> Result<(), StartError> {
        let mut serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner);
        if serving.is_none() {
            *serving = Some(Serving::begin(listen(self.port)?, self.service.clone())?);
        }
        Ok(())
    }

    /// Stops answering: the port is closed and connections are dropped when this returns.
    pub fn stop(self) {
        self.go_dark();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.go_dark();
    }
}
