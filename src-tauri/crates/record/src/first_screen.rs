//! The first screen: stored free of the present moment, painted with it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::view::{Banner, CareSetting, Line, Overview, PatientView, SafetyStrip};

/// Everything the first screen needs, free of "now", so that it can be stored at sync time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstScreen {
    /// Server's logical id of the patient.
    pub patient: String,
    /// The banner without its ages.
    pub banner: Banner,
    /// Date of birth as received, for the age.
    pub born: Option<String>,
    /// Date or date-time of death as received; empty when deceased at an unknown time.
    pub died: Option<String>,
    /// The safety strip.
    pub safety: SafetyStrip,
    /// The overview; its appointments are every booked one, and those in the future are chosen at view time.
    pub overview: Overview,
    /// When each of the overview's appointments is, in milliseconds since 1970, in the same order.
    pub appointment_times: Vec<Option<i64>>,
    /// Every care setting the record holds something from, with the newest arrival from it.
    pub sources: Vec<SourceState>,
    /// How many gaps there are.
    pub gap_count: u32,
    /// Whether a gap could hide an allergy or a medicine.
    pub safety_gap: bool,
    /// Lines in the whole timeline.
    pub timeline_total: u32,
    /// How many timeline lines were received at each moment (milliseconds since 1970), newest first.
    pub received: Vec<(i64, u32)>,
}

/// One source as the projection knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// Care setting of the source.
    pub setting: CareSetting,
    /// Newest moment anything from it was received or last updated at source, in milliseconds since 1970.
    pub newest: Option<i64>,
    /// How many resources it contributes.
    pub resources: u32,
    /// Set when the source is known to be withheld, in words.
    pub withheld: Option<String>,
    /// Set when fetching it failed, in words.
    pub failed: Option<String>,
}

/// What is known about this computer's copy when it is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyInfo {
    /// Last successful contact with the record for this patient.
    pub last_contact: Option<DateTime<Utc>>,
    /// Until when policy lets this copy be read.
    pub readable_until: Option<DateTime<Utc>>,
}

/// One row of the Today list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseloadSummary {
    /// `SMITH, John (Mr)`.
    pub name: String,
    /// `14-Jul-1945 (61y)`.
    pub born: String,
    /// Current gender, full word.
    pub gender: String,
    /// `943 476 5919` or "Not Known".
    pub nhs_number: String,
    /// Whether the patient has died.
    pub deceased: bool,
    /// Whether the record carries a restricted or sensitive flag.
    pub restricted: bool,
    /// Next booked appointment, in words.
    pub next_appointment: Option<String>,
}

/// A Patient resource could not be summarised.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// Not readable as a resource at all.
    #[error("the patient's details could not be read")]
    Unreadable,
    /// Some other type of resource.
    #[error("expected a Patient resource, got another type")]
    NotAPatient,
}

impl FirstScreen {
    /// The row of the Today list, as of `now`.
    pub fn caseload_summary(&self, now: DateTime<Utc>) -> CaseloadSummary {
        let _ = now;
        todo!("bodies follow within minutes")
    }
}

/// The first screen as painted at `now`: ages, freshness, what is new since `last_look`.
pub fn patient_view(
    first: &FirstScreen,
    now: DateTime<Utc>,
    copy: &CopyInfo,
    last_look: Option<DateTime<Utc>>,
) -> PatientView {
    let _ = (first, now, copy, last_look);
    todo!("bodies follow within minutes")
}

/// A caseload row from the bare Patient resource, for people not yet held.
///
/// # Errors
/// When `raw` is not a readable Patient.
pub fn summary_of_patient(raw: &str, now: DateTime<Utc>) -> Result<CaseloadSummary, SummaryError> {
    let _ = (raw, now);
    todo!("bodies follow within minutes")
}

/// Marks `line` as new when it was received after `last_look`.
pub fn mark_new(line: &mut Line, last_look: Option<DateTime<Utc>>) {
    line.is_new = last_look.is_some_and(|look| line.received_at > look.timestamp_millis() as f64);
}
