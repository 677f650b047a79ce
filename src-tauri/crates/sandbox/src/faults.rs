//! Misbehaviour on request: what to do wrong, on which route, how many times.

use std::str::FromStr;
use std::time::Duration;

/// Which requests a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// Every request, the OpenID provider's too.
    Any,
    /// Any request to the FHIR server.
    Fhir,
    /// `metadata` and `smart-configuration`.
    Metadata,
    /// A read or vread of one resource.
    Read,
    /// A search of any type but those named below.
    Search,
    /// `Patient/{id}/$everything`, every page of it.
    Everything,
    /// Any `_history`.
    History,
    /// A search or read of `Group`.
    Group,
    /// A search or read of `Consent`.
    Consent,
    /// A search or read of `Flag`.
    Flag,
    /// `AuditEvent`, written or searched.
    AuditEvent,
    /// OpenID discovery and keys.
    Discovery,
    /// The authorization page and the login form.
    Authorize,
    /// The token endpoint.
    Token,
    /// `userinfo`.
    UserInfo,
    /// The revocation endpoint.
    Revoke,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Answers correctly, this much later.
    Latency(Duration),
    /// Answers with this status and an `OperationOutcome`, and `Retry-After` where given.
    Status {
        /// HTTP status code.
        code: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
    /// Sends half the body, then drops the connection.
    CutMidBody,
    /// Sends half the JSON as if it were the whole, with a length that fits.
    TruncatedJson,
    /// Sends a body that is not JSON.
    MalformedJson,
    /// Announces more bytes than it sends.
    WrongLength,
    /// A bundle whose `next` link leads back to the page itself.
    LoopingNext,
    /// Sends the body in small pieces with this pause between them.
    SlowDrip {
        /// Bytes in one piece.
        bytes: usize,
        /// Pause before each piece.
        pause: Duration,
    },
}

/// One rule: a misbehaviour on a route, for the next `times` requests or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which requests.
    pub route: Route,
    /// What goes wrong.
    pub what: Misbehaviour,
    /// Requests let through unharmed first.
    pub skip: u32,
    /// How many requests are affected; `None` means every one.
    pub times: Option<u32>,
}

/// A `--fault` that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct FaultSyntax(String);

impl FromStr for Fault {
    type Err = FaultSyntax;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Err(FaultSyntax(text.to_owned()))
    }
}
