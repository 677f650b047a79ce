//! Client of the shared record API: capabilities, paging, retry.
//!
//! [`Client`] asks a FHIR R4 server for what Curlew needs and hands back what it said, **verbatim**: a page is
//! the text of a bundle, a resource is its own JSON. Nothing is interpreted here beyond what asking again requires.
//!
//! Three things it takes care of, so that nobody above has to:
//!
//! * **Where the record comes from.** [`Capabilities`] are read once; [`Client::everything`] then uses
//!   `Patient/$everything` where there is one, and one search for each type where there is not. Either way the
//!   caller sees [`Pages`], and a [`Cursor`] after each to go on from.
//! * **Where a page may come from.** Redirects and `next` links stay on the record API's own origin; a `next`
//!   that has been seen before ends the reading with an error, not in a loop. Clear HTTP is refused except to this machine.
//! * **Asking again.** Only what is safe to repeat, with jittered back-off, and never sooner than `Retry-After`.
//!   A 401 replaces the access token once. A body larger than [`Limits`] allows is dropped while it arrives.
//!
//! Errors carry no patient data: not the address (it holds identifiers), not the body.

mod capabilities;
mod caseload;
mod certificate;
mod client;
mod error;
mod http;
mod network;
mod outcome;
mod pages;
mod together;

#[cfg(test)]
mod tests;

pub use capabilities::{Capabilities, Route};
pub use caseload::{Caseload, CaseloadPatient, CaseloadSource};
pub use certificate::{Presented, presented_certificate};
pub use client::{Client, Deleted, Deletions};
pub use curlew_sign_in::is_untrusted;
pub use error::ApiError;
pub use http::{Limits, PurposeOfUse, Wait};
pub use network::{Network, Proxy, Way, http_client};
pub use outcome::{OutcomeIssue, outcome_issues};
pub use pages::{Cursor, Page, Pages};
/// What sends the requests.
pub use reqwest::{Client as HttpClient, Error as HttpError};
