//! OpenID Connect in the system browser: discovery, code with PKCE, verified identity, tokens and roles.
//!
//! One way in, [`sign_in`], and one thing that comes out, a [`Session`]: who the person is ([`User`], as their
//! provider stated it and as this crate verified it) and access tokens that stay valid for as long as the
//! provider allows. [`Session::resume`] makes one from a refresh token kept by the caller in the OS keychain.
//!
//! The record API is the only address that has to be known. Its `.well-known/smart-configuration` names the
//! endpoints and the issuer; the issuer's `openid-configuration` names the signing keys. What a server
//! *advertises* is never a reason to refuse it: real ones leave working capabilities out.
//!
//! The browser is the person's own (RFC 8252): no page of the provider is ever drawn by Curlew, so no password
//! ever passes through it. The answer comes back on a port of this machine that exists for one request.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use curlew_sign_in::{CancellationToken, SignInConfig, SystemBrowser, sign_in};
//!
//! let config = SignInConfig::new("https://record.example.nhs.uk/fhir".parse()?, "curlew");
//! let session = sign_in(&config, &reqwest::Client::new(), &SystemBrowser, CancellationToken::new()).await?;
//! println!("{}", session.user().role_name);
//! # Ok(()) }
//! ```
//!
//! Tokens are [`SecretString`](curlew_redact::SecretString)s throughout: they are wiped when dropped and print
//! as a placeholder. No error, log line or `Debug` of this crate carries a token, a code or a claim.

mod browser;
mod config;
mod discovery;
mod error;
mod flow;
mod http;
mod loopback;
mod protocol;
mod session;
mod user;

pub use browser::{Browser, BrowserError, SystemBrowser};
pub use config::SignInConfig;
pub use discovery::find_service;
pub use error::{Abandonment, SignInError};
pub use flow::sign_in;
pub use http::is_untrusted;
pub use session::{AccessTokens, OnRotated, Session};
pub use tokio_util::sync::CancellationToken;
pub use user::User;
