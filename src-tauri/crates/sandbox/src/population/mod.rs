//! Invented people of Mid and South Essex. Placeholder until the population is written.

use chrono::NaiveDate;

use crate::users::UserAccount;

/// What the sandbox serves by default.
#[derive(Debug, Clone)]
pub struct Population {
    /// Each with `resourceType`, `id`, `meta.versionId` and `meta.lastUpdated`.
    pub resources: Vec<serde_json::Value>,
    /// Who can sign in.
    pub users: Vec<UserAccount>,
}

/// The population of a seed: the same bytes for the same arguments.
pub fn population(_seed: u64, _patients: usize, _today: NaiveDate) -> Population {
    Population { resources: Vec::new(), users: crate::users::ready_users() }
}
