//! What a record opens with, and the screens made of sections and gaps.

use super::{Banner, LabelledText, Line, MedicineGroup, SafetyStrip, SourceFreshness};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The past moment that an answer was true at. It never stands on an answer about the present.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AsAt {
    /// The moment, in milliseconds since 1970.
    pub at: f64,
    /// In words: "As this device could show it on 21-Nov-2026 09:14".
    pub text: String,
    /// What of that moment can no longer be told, in words; empty when the view is exact.
    pub notes: Vec<String>,
}

/// One section of the content standard (PRSB Core Information Standard v2) with its lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Section {
    /// Number in the standard, 1 to 38; 0 for what has no section.
    pub number: u8,
    /// Title in the standard's words.
    pub title: String,
    /// Lines, newest first.
    pub lines: Vec<Line>,
    /// When there are none: whether it is empty, not asked for, or not shared.
    pub empty: Option<String>,
}

/// A screen that is a list of sections: Documents, Plans, People and services, Problems.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Sections {
    /// The sections in the standard's order.
    pub sections: Vec<Section>,
    /// Ids of the documents that this user has not opened since they came or changed. Only on the Documents screen of the
    /// present.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub unread: Vec<String>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}

/// Why something is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// Consent, sensitivity or role withholds it.
    Withheld,
    /// The source says it has more that has not arrived.
    InTransit,
    /// The source has never been connected.
    NotConnected,
    /// A page or request failed.
    Failed,
    /// The element or resource could not be read.
    Unreadable,
    /// Received and kept, but Curlew has no screen for this type.
    NotDisplayed,
    /// The copy is old.
    Old,
    /// The source marked it as entered in error or deleted.
    EnteredInError,
}

/// One entry of the one list of what is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// In words, with a next step where there is one.
    pub text: String,
    /// How many resources or elements this names; 0 when not countable.
    pub count: u32,
    /// `Type/id` or path of each, where known, at most 50.
    pub items: Vec<String>,
    /// Whether it could hide an allergy or a medicine, which changes "none known" wording.
    pub touches_safety: bool,
}

/// The Gaps screen. `received == shown + named` always holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Gaps {
    /// Every gap, most serious first.
    pub gaps: Vec<Gap>,
    /// Resources received for this patient.
    pub received: u32,
    /// Of those, resources behind at least one line.
    pub shown: u32,
    /// Of those, resources named in `gaps` as not shown.
    pub named: u32,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}

/// The Overview: what matters in ten seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Overview {
    /// Newest lines across all settings, at most 30.
    pub recent: Vec<Line>,
    /// Which of them are told in one go under the line of their contact; all of them stand in `recent` too.
    #[serde(default)]
    #[ts(as = "Option<Vec<ContactMeasurements>>", optional)]
    pub measurements: Vec<ContactMeasurements>,
    /// Current medicines, the most dangerous difference first, at most 50.
    pub medicines: Vec<MedicineGroup>,
    /// How many current medicines there are.
    pub medicine_count: u32,
    /// How many of them have differences, or an allergy recorded to them.
    pub medicines_to_check: u32,
    /// Active problems, newest first, at most 50.
    pub problems: Vec<Line>,
    /// How many active problems there are.
    pub problem_count: u32,
    /// Future appointments, next first, at most 50.
    pub appointments: Vec<Line>,
    /// Allergy table, alphabetical by agent.
    pub allergies: Vec<Line>,
    /// Newest results marked abnormal or to be checked, at most 12.
    #[serde(default)]
    #[ts(as = "Option<Vec<Line>>", optional)]
    pub abnormal: Vec<Line>,
    /// How to look after them: about me, individual requirements, contingency, care and support plans, at most 12.
    #[serde(default)]
    #[ts(as = "Option<Vec<Line>>", optional)]
    pub plans: Vec<Line>,
}

/// What was measured at one contact, on its own day, and carries no mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactMeasurements {
    /// The contact's own line.
    pub contact: String,
    /// "4 measurements: Blood pressure 104/58 mmHg \u{b7} Heart rate 92 beats per minute \u{b7} ...", every one of them.
    pub words: String,
    /// Their lines, newest first.
    pub lines: Vec<String>,
}

/// A card of the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum OverviewCard {
    /// Newest lines of every setting.
    Recent,
    /// Current medicines, what disagrees first.
    Medicines,
    /// Newest abnormal results.
    Abnormal,
    /// How to look after them.
    Plans,
    /// Active problems.
    Problems,
    /// Future appointments.
    Appointments,
    /// Allergies with their reactions.
    Allergies,
}

/// First screen of a patient: everything needed to paint it, and nothing more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PatientView {
    /// Server's logical id of the patient; the key for every further call.
    pub patient: String,
    /// The banner.
    pub banner: Banner,
    /// The safety strip.
    pub safety: SafetyStrip,
    /// The freshness bar.
    pub freshness: Vec<SourceFreshness>,
    /// How many gaps there are, for the bar.
    pub gap_count: u32,
    /// The overview.
    pub overview: Overview,
    /// Lines in the whole timeline.
    pub timeline_total: u32,
    /// Lines received since this user last looked, and when that was.
    pub new_since: Option<LabelledText>,
    /// "Copy from 07:41 today, readable until 26-Nov-2026 07:41".
    pub copy: String,
    /// Set when the record is open in an emergency: to be loud on every screen of it.
    pub emergency: Option<EmergencyAccess>,
    /// Set when the record is shown from the server and not kept on this device: why, in a sentence.
    pub not_kept: Option<String>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
    /// What is new, changed or gone since this user last looked, by kind, in words; empty when nothing is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub changed: Vec<String>,
}

/// An emergency access under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EmergencyAccess {
    /// When the record closes by itself: "10:14 today".
    pub until: String,
    /// The same moment in milliseconds since 1970, for a countdown.
    pub until_ms: f64,
    /// The reason chosen, in words.
    pub reason: String,
    /// What was typed besides.
    pub text: String,
    /// The whole of it for the person at the screen, in a sentence.
    pub sentence: String,
}
