//! What the server says it can do.

use std::collections::BTreeSet;

/// How a patient's record is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `Patient/[id]/$everything`.
    Everything,
    /// One search for each type.
    TypeSearch,
}

/// What `/metadata` says, as far as a choice depends on it. Advertised capabilities choose a route; they are
/// never a reason to refuse a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Server's software, as it names itself.
    pub software: String,
    /// How a patient's record is asked for.
    pub route: Route,
    /// Deletions can be learnt from `_history?_since` of the whole server.
    pub history: bool,
    /// `AuditEvent` can be sent.
    pub audit_event: bool,
    /// Types that can be searched; empty when the server does not say.
    pub types: BTreeSet<String>,
}
