//! What can go wrong with a contact as a whole. What goes wrong for one patient is in the report.

use curlew_api::ApiError;
use curlew_vault::VaultError;
use thiserror::Error;

/// Why a contact did not come about.
#[derive(Debug, Error)]
pub enum SyncError {
    /// The record API did not give what was asked.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// This device could not read or store it.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A task was lost. A defect: please report.
    #[error("a task ended unexpectedly")]
    TaskLost,
}
