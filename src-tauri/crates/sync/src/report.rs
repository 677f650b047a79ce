//! How a load goes and how it went.

/// How far a load has come. Every number only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Patients to load.
    pub patients: u32,
    /// Patients finished, well or not.
    pub done: u32,
    /// Of those, how many should be whole on this device and are not. Somebody withheld is not a failure.
    pub failed: u32,
    /// Resources received so far.
    pub resources: u64,
    /// Bytes received so far, decompressed.
    pub bytes: u64,
}

/// How a load went, patient by patient, in the order asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadReport {
    /// One for each patient asked for.
    pub patients: Vec<PatientReport>,
    /// The load was cancelled before the end.
    pub cancelled: bool,
    /// Those whose copy was on this device and has been erased, by logical id: for the access log.
    pub erased: Vec<String>,
    /// Why the access log could not be sent first. It is kept, and sent at the next contact.
    pub audit_waiting: Option<String>,
}

impl LoadReport {
    /// Whether everybody asked for is whole on this device.
    #[must_use]
    pub fn all_complete(&self) -> bool {
        self.patients.iter().all(|patient| {
            matches!(
                patient.outcome,
                Outcome::Complete { .. } | Outcome::Replaced { .. }
            )
        })
    }
}

/// How one patient's load ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientReport {
    /// Server's logical id.
    pub patient: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a patient's copy stands after a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Held whole, and up to date with the server.
    Complete {
        /// Resources held.
        resources: u32,
    },
    /// Up to date with what arrived, and something did not.
    Incomplete {
        /// Resources held.
        resources: u32,
        /// What did not arrive or could not be read, in words.
        what: Vec<String>,
    },
    /// May not be held. Any copy has been erased.
    Withheld {
        /// Why, in words.
        reason: String,
    },
    /// Another record has taken this one's place at the server and is whole on this device. The old copy has been erased.
    Replaced {
        /// Logical id of the other one.
        by: String,
    },
    /// Nothing new is held. An earlier copy, if there is one, is as it was.
    Failed {
        /// Stable code.
        code: FailureCode,
        /// What happened, in words without patient data.
        what: String,
    },
}

/// A stable name for each way a patient's load fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// The record API cannot be reached.
    Unreachable,
    /// The session has ended: sign in again.
    SessionEnded,
    /// The record API answered with an error.
    ServerAnswer,
    /// The record API's answer could not be used.
    Malformed,
    /// This device could not store it.
    Storage,
    /// Cancelled before it was finished.
    Cancelled,
    /// Another record has taken this one's place, and could not be loaded whole.
    Replaced,
    /// The person has left the caseload: their copy is not refreshed, and goes when policy says.
    Left,
}

/// How the caseload's refresh went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseloadReport {
    /// People on it now.
    pub people: u32,
    /// Members the server names but would not give, by logical id.
    pub missing: Vec<String>,
    /// Those whose copy was on this device and has been erased: for the access log.
    pub erased: Vec<String>,
    /// People who have left it and whose copy is still here.
    pub leaving: u32,
    /// Which of the pasted NHS numbers, by their place from 0, are nobody's at the server.
    pub unknown_numbers: Vec<usize>,
    /// Which are more than one person's there, so that none of them was taken.
    pub ambiguous_numbers: Vec<usize>,
}

/// How sending the audit log went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditReport {
    /// Entries the server took.
    pub sent: u32,
    /// Entries kept because the server refused them or takes none. They stay on this device.
    pub kept: u32,
    /// Why entries were kept, in words.
    pub reason: Option<String>,
}
