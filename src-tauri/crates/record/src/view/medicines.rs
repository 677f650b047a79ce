//! The Medicines screen.

use super::{AsAt, CareSetting, Dated, Mark, RichText, SourceRef};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One thing that happened to a medicine: started, dose changed, stopped, started again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MedicineChange {
    /// When; absent when the source gives no date for it.
    pub when: Option<Dated>,
    /// The same in words: the date, or "Date not recorded".
    pub when_text: String,
    /// Who says so and what: "GP practice: dose changed from **2.5 mg once a day** to **5 mg once a day**".
    pub says: RichText,
    /// Care setting of the source.
    pub setting: CareSetting,
    /// `Type/id` of the statement behind it; opens the source drawer.
    pub resource: String,
}

/// One course of a medicine as one source tells it, for drawing as a bar. An unknown end stays unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MedicineSpan {
    /// `Type/id` of the statement behind it; opens the source drawer.
    pub resource: String,
    /// Care setting of the source.
    pub setting: CareSetting,
    /// Who says so, as in the differences: "GP practice".
    pub source: String,
    /// Status word: Started, Suspended, Discontinued.
    pub status: String,
    /// Whether the source has it as current: the bar is open at the right.
    pub current: bool,
    /// Dose and how often, in words; "dose not stated" when neither is.
    pub dose: String,
    /// When it began; absent when the source does not say.
    pub start: Option<Dated>,
    /// "prescribed 07-Jul-2022", "taken since Oct-2026", "recorded as taken 10-Nov-2026", "start not recorded".
    pub start_text: String,
    /// When it ended or is planned to end; absent when the source does not say.
    pub end: Option<Dated>,
    /// "stopped 10-Nov-2026", "planned until 17-Nov-2026", "no end recorded", "stopped, date not recorded".
    pub end_text: String,
}

/// A medicine: one substance, its sources, and what they disagree about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MedicineGroup {
    /// Stable id, `Type/id` of the first source.
    pub id: String,
    /// The medication line of the most recent source (CUI MEDi format); without a dose where sources differ about it.
    pub line: RichText,
    /// Status word, never blank: Started, Not Started, Suspended, Completed, Discontinued, or as stated.
    pub status: String,
    /// Whether it belongs under Current (Started, Not Started, Suspended) in any source.
    pub current: bool,
    /// Disagreements between sources, each in words. Nothing is auto-picked.
    pub differences: Vec<RichText>,
    /// Marks (allergy to the same coded substance, unreadable parts).
    pub marks: Vec<Mark>,
    /// What each source says; never empty. Newest first.
    pub sources: Vec<SourceRef>,
    /// Why these sources are one line.
    pub joined_by: Option<String>,
    /// High-risk class in words, by the product's name.
    pub high_risk: Option<String>,
    /// What changed over time, each in a sentence, newest first. Empty on the overview, which has no room for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<MedicineChange>>", optional)]
    pub changes: Vec<MedicineChange>,
    /// Each source's courses, newest start first, for a bar each. Empty on the overview.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<MedicineSpan>>", optional)]
    pub spans: Vec<MedicineSpan>,
    /// When the newest version behind this group was received, in milliseconds since 1970.
    pub received_at: f64,
    /// Received since this user last looked.
    pub is_new: bool,
    /// Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hide_at_bedside: Option<String>,
}

/// The Medicines screen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Medicines {
    /// Current medicines, newest start first.
    pub current: Vec<MedicineGroup>,
    /// Past medicines, newest end first.
    pub past: Vec<MedicineGroup>,
    /// What to say when `current` is empty.
    pub empty: String,
    /// What to say when `past` is empty.
    #[serde(default)]
    pub past_empty: String,
    /// "2 medicines stopped in the 3 months to 23-Nov-2026: see Past" (MEDv): what has gone from the current list; absent
    /// when nothing has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub stopped: Option<String>,
    /// Standing notice: what is missing that could hold medicines.
    pub notice: Option<String>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}
