//! What can go wrong, one variant for each thing a person would do next.

use thiserror::Error;

/// Why there is no session.
///
/// The words in it are the provider's own or this crate's; they never hold a token, a code or a claim.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignInError {
    /// The record API or its sign-in service does not answer: no network, or the service is down.
    #[error("{what} cannot be reached")]
    Unreachable {
        /// Which of the two: "the record API", "the sign-in service".
        what: &'static str,
    },
    /// Its certificate is not one this computer believes, so nothing was sent.
    #[error("the certificate of {what} is not trusted by this computer")]
    Untrusted {
        /// Which of the two.
        what: &'static str,
    },
    /// It answered with something that cannot be used, or that is not safe to use.
    #[error("sign-in cannot be used: {0}")]
    Unusable(String),
    /// No browser could be opened.
    #[error("no browser could be opened")]
    NoBrowser,
    /// The person did not finish.
    #[error("sign-in was not finished: {0}")]
    Abandoned(Abandonment),
    /// The provider said no, or what it said about the person could not be verified or is not enough.
    #[error("sign-in was refused: {0}")]
    Refused(String),
    /// No local port could be opened for the browser's answer.
    #[error("no local port could be opened for the browser's answer")]
    PortUnavailable,
    /// The provider has ended this session: sign in again.
    #[error("the session has ended")]
    SessionEnded,
}

/// How a sign-in was left unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Abandonment {
    /// The person turned back in the browser.
    #[error("it was closed in the browser")]
    Closed,
    /// The person cancelled it in Curlew.
    #[error("it was cancelled")]
    Cancelled,
    /// Nothing came back in time.
    #[error("nothing came back from the browser in time")]
    TimedOut,
}
