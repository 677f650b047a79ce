//! Whom the signed-in person is caring for.

/// One person on the caseload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseloadPatient {
    /// Server's logical id.
    pub id: String,
    /// The `Patient` resource, verbatim.
    pub raw: String,
}

/// A caseload as the server gave it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caseload {
    /// Everyone on it, in the server's order, each once.
    pub patients: Vec<CaseloadPatient>,
    /// Logical ids of members the server would not give.
    pub missing: Vec<String>,
}
