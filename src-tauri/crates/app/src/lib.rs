//! The use cases and the one state machine: everything a person can do, without a window.
//!
//! [`App`] is the whole of it. The window calls its functions one command a line; a test calls the same functions
//! with its own [`Host`] (keychain, browser, clock). It is in one of four [stages](wire::Stage):
//!
//! ```text
//!              sign_in              create_store
//!  SignedOut ----------> FirstRun ---------------> Open
//!                                                  ^  | lock, sign_out
//!                                          unlock  |  v
//!                                                 Locked  (a store exists on this device)
//! ```
//!
//! Being signed in is a second, independent fact: an open store with no session reads everything it holds, which is
//! the nurse's whole day. A session only adds fresh data.
//!
//! Nothing of a patient leaves the vault without [`curlew_audit::Receipt`], and nothing enters it without
//! [`curlew_consent::Permitted`]; this crate could not do otherwise if it tried.
//!
//! [`wire`] lists what crosses to the window; [`Error::words`] has the sentence and the next step of every failure.

mod about;
mod access_log;
mod app;
mod as_at;
mod background;
mod caseload;
pub mod doctor;
mod emergency;
mod error;
mod estimate;
mod failures;
mod host;
mod launch;
mod lease;
mod link;
mod load;
pub mod logs;
mod overview;
mod passphrase;
mod patient;
pub mod policy;
mod print;
mod reading;
mod roster;
mod session;
mod settings;
mod sources;
pub mod support;
mod viewing;
mod watch;
pub mod wire;

pub use about::{NOTICES, UpdateFeed};
pub use app::{App, Event};
pub use background::Quiet;
pub use curlew_record::view;
pub use curlew_sync::schedule::Conditions;
pub use curlew_vault::keep_out_of_dumps;
pub use error::Error;
pub use host::{Clock, Host, SteadyClock};
pub use link::{LaunchRequest, LinkRefused, NhsNumber};
pub use settings::{Lease, Settings, SettingsError};
pub use sources::CaseloadRule;
