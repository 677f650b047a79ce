//! What sync hands in: one patient's changes as plain data, decided before anything is written.

use std::fmt;

use chrono::{DateTime, Utc};
use curlew_consent::CacheUpdate;
use curlew_fhir::Header;
use curlew_record::{Arrival, Withheld};

/// Changes to one patient's copy, in one or more parts.
///
/// Made by sync, passed through [`curlew_consent::permit`], which drops what may not be kept, and only then
/// accepted by [`crate::Vault::apply`].
pub struct PatientUpdate {
    /// Server's logical id of the patient.
    pub patient: String,
    /// Whether these are all of the patient's resources or what changed since last time.
    pub basis: Basis,
    /// The changes, in the order they arrived.
    pub changes: Vec<Change>,
    /// Whether more is to come.
    pub part: Part,
    /// When this part was received.
    pub received_at: DateTime<Utc>,
}

/// What a patient's changes start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Everything the server has: what is not in it is no longer there.
    Full,
    /// What changed since `synced_to`.
    Delta,
}

/// One change.
pub enum Change {
    /// A version of a resource, verbatim as received.
    Put {
        /// Read from the resource.
        header: Header,
        /// Its JSON text.
        raw: String,
    },
    /// The source has deleted a resource. Earlier versions stay in the history.
    Delete {
        /// Type of the resource.
        resource_type: String,
        /// Its logical id.
        id: String,
    },
    /// The resource may not be kept: it and every earlier version are destroyed. Put here by consent.
    Purge {
        /// Type of the resource.
        resource_type: String,
        /// Its logical id.
        id: String,
        /// Why, in words.
        reason: String,
    },
}

/// Says what kind of change of what type, and nothing of the patient.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { header, .. } => write!(f, "Put({})", header.resource_type),
            Self::Delete { resource_type, .. } => write!(f, "Delete({resource_type})"),
            Self::Purge { resource_type, .. } => write!(f, "Purge({resource_type})"),
        }
    }
}

/// Names nobody.
impl fmt::Debug for PatientUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PatientUpdate")
            .field("basis", &self.basis)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

/// As much text as is worth a durable step of its own, in bytes. A record of ordinary size is stored in one; of a large one no
/// more than this is fetched again after the program was killed.
pub const PART_BYTES: usize = 4 * 1024 * 1024;

/// Where a part stands in its update.
#[derive(Debug)]
pub enum Part {
    /// More is to come. The changes and the cursor are stored in one step, and nothing of it is shown yet.
    More {
        /// Where to go on after an interruption, in `api`'s words.
        next: String,
    },
    /// The end: everything becomes visible in one step.
    Last {
        /// What did not arrive, was withheld or could not be read.
        arrival: Arrival,
        /// Where the next delta starts, in the server's time.
        synced_to: Option<String>,
    },
}

impl CacheUpdate for PatientUpdate {
    fn patient(&self) -> &str {
        &self.patient
    }

    /// A resource that may not be kept becomes a [`Change::Purge`], so that versions kept earlier go as well.
    fn retain(&mut self, keep: &mut dyn FnMut(&Header) -> Result<(), String>) {
        for change in &mut self.changes {
            if let Change::Put { header, .. } = change
                && let Err(reason) = keep(header)
            {
                *change = Change::Purge {
                    resource_type: std::mem::take(&mut header.resource_type),
                    id: std::mem::take(&mut header.id),
                    reason,
                };
            }
        }
    }
}

/// Adds `reason` to the list of what is withheld, counting per type and reason.
pub(crate) fn note_withheld(arrival: &mut Arrival, resource_type: &str, reason: &str) {
    let same = |known: &&mut Withheld| {
        known.resource_type.as_deref() == Some(resource_type) && known.reason == reason
    };
    match arrival.withheld.iter_mut().find(same) {
        Some(known) => known.count += 1,
        None => arrival.withheld.push(Withheld {
            resource_type: Some(resource_type.to_owned()),
            count: 1,
            reason: reason.to_owned(),
        }),
    }
}

/// How an [`crate::Vault::apply`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Resources held for this patient now; for a part that is not the last, those staged so far.
    pub resources: u32,
    /// Whether the copy is whole: the last part is in, and nothing failed to arrive.
    pub complete: bool,
}
