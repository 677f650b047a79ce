//! What can go wrong, one variant for each thing a caller would do next.

use std::path::PathBuf;

use thiserror::Error;

/// Why the record API did not give what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApiError {
    /// No answer: no network, or the server is down, or it gave up half way, however often it was asked.
    #[error("the record API cannot be reached")]
    Unreachable,
    /// Its certificate is not one this computer believes, so nothing was sent.
    #[error("the record API's certificate is not trusted by this computer")]
    Untrusted,
    /// A file of certificate authorities that policy names cannot be used. Says why.
    #[error("the certificate file {} cannot be used: {problem}", file.display())]
    Authority {
        /// The file.
        file: PathBuf,
        /// What is the matter with it.
        problem: &'static str,
    },
    /// The session has ended: sign in again.
    #[error("the session has ended")]
    Unauthorised,
    /// 403: this person may not see this.
    #[error("the record API refuses this person access")]
    Forbidden,
    /// 404 or 410: there is no such thing there, or no longer.
    #[error("the record API no longer has this")]
    Gone,
    /// Any other answer that is not a success.
    #[error("the record API answered {0}")]
    Status(u16),
    /// The server said in an `OperationOutcome` why not. The words are the server's: show them, do not log them.
    #[error("the record API answered {status} with a reason")]
    Outcome {
        /// HTTP status.
        status: u16,
        /// The reason, in the server's words.
        text: String,
    },
    /// The answer is not what it should be. Names the defect, never the content.
    #[error("the record API's answer cannot be used: {0}")]
    Malformed(String),
    /// The answer is larger than [`Limits`](crate::Limits) allows.
    #[error("the record API's answer is larger than allowed")]
    TooLarge,
    /// A link or redirect leads away from the record API.
    #[error("the record API's answer leads to another address")]
    OtherOrigin,
    /// The pages lead back to one already read.
    #[error("the record API's pages lead in a circle")]
    Loop,
    /// The base address cannot be used. Says why.
    #[error("the record API's address cannot be used: {0}")]
    Address(&'static str),
}

impl ApiError {
    /// Whether the record API was not spoken to at all, so that whatever it has to say is not known.
    #[must_use]
    pub fn is_no_contact(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Untrusted | Self::Authority { .. })
    }

    /// Whether asking for anything else now is of no use either: no contact, or no session.
    #[must_use]
    pub fn ends_contact(&self) -> bool {
        self.is_no_contact() || matches!(self, Self::Unauthorised)
    }
}
