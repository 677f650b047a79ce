//! Caseload to vault: plan, fetch, check consent, stage, swap, report.
//!
//! [`Sync`] brings what the record API has to what this device holds. Three things it does at a contact:
//! [`Sync::upload_audit`] (always first), [`Sync::refresh_caseload`] and [`Sync::load`].
//!
//! What a page means is decided as plain data before anything is done (`plan`); whether it may be kept is asked of
//! `curlew_consent` before each write, with consents and flags read anew at this contact; and `curlew_vault` makes it
//! visible in one step. Between those three, a patient's copy is always the old one or the new one.
//!
//! # Whole or what changed
//!
//! A patient's record is fetched whole, page by page, stored with the place to go on from: in durable steps of up to 4 MiB,
//! because a step costs the disk more than a page costs the processor, and at once when the rest does not come. So a network
//! that goes away costs no page, and a program that is killed at most those 4 MiB of each of four patients.
//!
//! Afterwards what changed is asked for, by the server's clock and a little further back than needed, as long as nothing but
//! the changes can differ: same consents, flags and role, nothing missing or unreadable last time. Where any of that fails,
//! it is fetched whole again: that is slower, and never wrong. What comes twice because contacts overlap is held already,
//! and then nothing is written but that there was a contact.
//!
//! Deletions come from the server's history, read from where they were last known, which may lie further back than the
//! rest: a contact that brings changes and cannot read the history to its end takes the deletions it was told, and leaves
//! that place where it was. A record whose deletions stay unknown is fetched whole at least every 20 hours.
//!
//! # What it costs the server
//!
//! With nothing changed, four requests for each sixty patients: their consents, their flags, themselves, and what was deleted;
//! two more for the caseload; and what changed, for fifteen patients in one request where the server answers batches (ten
//! in all for sixty), else in one for each (66). Where an answer about consents, flags or deletions takes several pages, each
//! is a request more: `bench -- sync` counts 15 for sixty people with a thousand resources each, 58 questions of them in four
//! batches, 38 kB as sent, 0.7 s beside a busy machine. What that makes of three thousand clients at half past seven is in
//! [`schedule`].

mod bookmark;
mod caseload;
mod error;
mod load;
mod log;
mod merged;
mod patient;
mod plan;
mod report;
mod reviewing;
mod roster;
pub mod schedule;
mod standing;
mod together;
mod viewing;

use core::marker::Sync as ThreadSafe;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use curlew_api::Client;
use curlew_consent::Viewer;
use curlew_vault::{Vault, VaultError};

pub use caseload::erase_departed;
pub use error::SyncError;
pub use log::send_entries;
pub use report::{AuditReport, CaseloadReport, FailureCode, LoadReport, Outcome, PatientReport, Progress};
pub use reviewing::NoLonger;
pub use roster::{BadLine, CaseloadPolicy, Roster, keep_offline, read_nhs_numbers, set_numbers};
pub use viewing::NotShown;

/// Tells the time. An argument, so that tests can say what time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + ThreadSafe>;

/// One person's contact between a record API and their store.
#[derive(Clone)]
pub struct Sync {
    /// Where the record comes from.
    pub client: Arc<Client>,
    /// Where it is kept.
    pub vault: Arc<Vault>,
    /// For whom.
    pub viewer: Viewer,
    /// What time it is.
    pub clock: Clock,
    /// Where the caseload comes from, and what becomes of those who leave it.
    pub caseload: CaseloadPolicy,
}

impl fmt::Debug for Sync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sync").finish_non_exhaustive()
    }
}

impl Sync {
    fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Works with the vault, which blocks, where blocking is fine. It is never cut off: once begun, it is done.
    async fn in_vault<T, W>(&self, work: W) -> Result<T, SyncError>
    where
        T: Send + 'static,
        W: FnOnce(&Vault) -> Result<T, VaultError> + Send + 'static,
    {
        let vault = Arc::clone(&self.vault);
        match tokio::task::spawn_blocking(move || work(&vault)).await {
            Ok(outcome) => outcome.map_err(SyncError::Vault),
            Err(_) => Err(SyncError::TaskLost),
        }
    }
}
