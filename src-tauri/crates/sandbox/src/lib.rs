//! A shared record API of Curlew's own: the demo's server, and the server of every test.
//!
//! [`Sandbox::start`] opens one loopback port that answers as two things at once, the way a real shared
//! care record does:
//!
//! * an **OpenID provider** (`sign_in`): discovery, authorization code with PKCE S256, a small login page,
//!   RS256 ID tokens, refresh tokens that rotate;
//! * a **FHIR R4 server** (`fhir`): read, search, `$everything`, history with deletions, `AuditEvent`,
//!   every call behind an access token.
//!
//! What it serves comes from [`population`] (invented people of Mid and South Essex, the same bytes for
//! the same seed) or from a folder of FHIR files ([`serve`]). It misbehaves on request ([`faults`]).
//!
//! ```no_run
//! use curlew_sandbox::{Options, Sandbox};
//!
//! let running = Sandbox::start(Options::default())?;
//! println!("record API at {}", running.base_url());
//! running.stop();
//! # Ok::<(), curlew_sandbox::StartError>(())
//! ```
//!
//! It shares no code with the product, so that it cannot agree with the product's mistakes, and it is
//! never part of what is shipped.

mod clock;
pub mod faults;
mod fhir;
mod json_text;
pub mod population;
pub mod serve;
mod server;
mod sign_in;
pub mod store;
pub mod users;

pub use server::{Options, Running, Sandbox, ServedConsent, Source, StartError, StatedPurpose};
