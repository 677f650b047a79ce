//! The fixed zone of every patient screen: who this is, what must not be missed, how old each source is.

use super::{CareSetting, LabelledText};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The fixed patient banner (ISB 1505; PAB-0016 order: name, born, gender, NHS No.).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Banner {
    /// `SMITH, John (Mr)`.
    pub name: String,
    /// Preferred name, when it differs.
    pub preferred_name: Option<String>,
    /// `14-Jul-1945 (61y)`; without the age when deceased.
    pub born: String,
    /// `Died` line, when deceased.
    pub died: Option<String>,
    /// `Age at Death` value, when deceased and known.
    pub age_at_death: Option<String>,
    /// Current gender, full word.
    pub gender: String,
    /// Sex at birth, only when it differs from gender.
    pub sex_at_birth: Option<String>,
    /// `943 476 5919`, or "Not Known".
    pub nhs_number: String,
    /// Verification status in words, for anything but "present and verified".
    pub nhs_number_status: Option<String>,
    /// Second zone: address, phones, GP, language and so on.
    pub details: Vec<LabelledText>,
    /// True when deceased: the banner changes colour and pattern.
    pub deceased: bool,
    /// True when the record carries a restricted or sensitive flag.
    pub restricted: bool,
    /// Identity warnings in words (conflicting demographics, unverified number, replaced record).
    pub warnings: Vec<String>,
}

/// The four allergy states of the banner (PAB-0064..72).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum AllergyState {
    /// At least one active allergy is recorded.
    Known,
    /// A coded statement of no known allergies, and nothing missing that could contradict it.
    NoneKnown,
    /// The record was read whole and says nothing.
    NotRecorded,
    /// A source failed, is withheld, or was not cached: nothing can be concluded.
    Unavailable,
}

/// One entry of the safety strip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SafetyItem {
    /// Main words, strong.
    pub text: String,
    /// Secondary words (reaction, date, where the form is).
    pub note: Option<String>,
    /// The line this leads to.
    pub line: Option<String>,
    /// Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hide_at_bedside: Option<String>,
}

/// What could kill or mislead, above the fold on every patient screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SafetyStrip {
    /// CPR decision, newest first; empty means none recorded.
    pub resuscitation: Vec<SafetyItem>,
    /// What to say when `resuscitation` is empty ("No decision recorded", or "Unavailable: …").
    pub resuscitation_empty: String,
    /// Allergy state, which selects emphasis and icon.
    pub allergy_state: AllergyState,
    /// Allergy heading in the standard's words, for example "Known allergies".
    pub allergy_heading: String,
    /// Agents with past reactions; empty unless `Known`.
    pub allergies: Vec<SafetyItem>,
    /// Words that qualify the state (who said none known and when; what is missing).
    pub allergy_note: Option<String>,
    /// Anticoagulants, insulin, opioids, methotrexate, lithium and the like, from coded products.
    pub high_risk_medicines: Vec<SafetyItem>,
    /// What to say when `high_risk_medicines` is empty.
    pub high_risk_empty: String,
    /// Alerts, safeguarding and reasonable adjustments.
    pub alerts: Vec<SafetyItem>,
    /// What to say when `alerts` is empty.
    pub alerts_empty: String,
}

/// How current a source's data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FreshnessState {
    /// Within policy's fresh time.
    Fresh,
    /// Older than that; the age is shown.
    Ageing,
    /// Withheld by consent, sensitivity or role.
    NotShared,
    /// The last fetch failed.
    Failed,
    /// Nothing from this source was ever received.
    NotConnected,
}

/// One source in the freshness bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceFreshness {
    /// Care setting of the source.
    pub setting: CareSetting,
    /// Its word, for example "GP practice".
    pub label: String,
    /// How it stands.
    pub state: FreshnessState,
    /// In words: "2 h", "not shared", "failed this morning".
    pub text: String,
    /// Longer explanation for a tooltip and screen readers.
    pub explanation: String,
}
