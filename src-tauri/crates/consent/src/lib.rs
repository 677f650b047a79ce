//! Whether a resource may be cached, shown, or opened in an emergency, and why.

use chrono::{DateTime, Utc};
use curlew_fhir as fhir;

mod permitted;

pub use permitted::{CacheUpdate, Permitted, permit};

/// Who wants to look: what the sign-in said of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewer {
    /// The user's id, as the issuer names them.
    pub user_id: String,
    /// Job role codes, such as `S8000:G8000:R8001`.
    pub role_codes: Vec<String>,
    /// National RBAC activity codes, such as `B0360`.
    pub activity_codes: Vec<String>,
    /// The ODS code of the organisation they act for.
    pub organisation: Option<String>,
}

/// What somebody wants to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Individual care (`TREAT`).
    DirectCare,
    /// A recorded emergency (`ETREAT`, `BTG`).
    Emergency,
}

/// What is known that bears on who may look at one patient.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The patient.
    pub patient: &'a fhir::Patient,
    /// Every consent about them that the record holds.
    pub consents: &'a [fhir::Consent],
    /// Every flag about them that the record holds.
    pub flags: &'a [fhir::Flag],
    /// Whether the viewer has a reason to look after this patient that the record knows of.
    pub legitimate_relationship: bool,
}

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It may be shown, and kept for offline use.
    CacheAndShow,
    /// It may be shown while connected, and never written down.
    ShowOnlineOnly,
    /// It may be shown only in a recorded emergency, and never written down.
    EmergencyOnly,
    /// It may not be shown. That something is withheld must be said.
    Withheld,
}

/// What may be done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What may be done.
    pub outcome: Outcome,
    /// Why, in words for the person at the screen.
    pub reason: String,
    /// The name of the rule that decided, stable, for the audit trail.
    pub rule: &'static str,
}

/// Decides about a patient as a whole.
pub fn decide_patient(_standing: &Standing<'_>, _viewer: &Viewer, _purpose: Purpose, _now: DateTime<Utc>) -> Decision {
    Decision { outcome: Outcome::Withheld, reason: String::new(), rule: "unknown" }
}

/// Decides about one resource of a patient.
pub fn decide_resource(
    standing: &Standing<'_>,
    viewer: &Viewer,
    purpose: Purpose,
    _header: &fhir::Header,
    now: DateTime<Utc>,
) -> Decision {
    decide_patient(standing, viewer, purpose, now)
}
