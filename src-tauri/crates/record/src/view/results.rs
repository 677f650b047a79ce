//! The Results screen.

use super::{AsAt, Line, Mark, SettingView};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One measurement in a trend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ResultPoint {
    /// Line id.
    pub id: String,
    /// When taken, as shown.
    pub when: String,
    /// Milliseconds since 1970 for the proportional time axis; absent when the date is partial or missing.
    pub at: Option<f64>,
    /// Value as written, with unit (`5.0 mmol/L`).
    pub value: String,
    /// Number for drawing only, never shown as text.
    pub number: Option<f64>,
    /// Second number for drawing a blood pressure bar (diastolic).
    pub number_low: Option<f64>,
    /// Abnormal flag in words.
    pub flag: Option<Mark>,
    /// Setting it came from.
    pub setting: SettingView,
    /// Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hide_at_bedside: Option<String>,
}

/// One measured quantity over time. Units are never mixed within a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ResultSeries {
    /// Stable id.
    pub id: String,
    /// Name of the test.
    pub name: String,
    /// Panel or category it belongs to ("Renal function", "Vital signs").
    pub group: String,
    /// Unit of every point in it, as written.
    pub unit: Option<String>,
    /// Reference range as written.
    pub range: Option<String>,
    /// Range bounds for shading.
    pub range_low: Option<f64>,
    /// Range bounds for shading.
    pub range_high: Option<f64>,
    /// Change in words: "was 47".
    pub change: Option<String>,
    /// Newest first.
    pub points: Vec<ResultPoint>,
}

/// A NEWS2 early warning score: as somebody recorded it, and as Curlew counts it from one complete set of readings.
/// Neither replaces the other. What to do about a score is not for Curlew to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct EarlyWarning {
    /// Stable id: `Type/id` of the recorded total, else of the first reading.
    pub id: String,
    /// When the readings were taken, as shown.
    pub when: String,
    /// Care setting of the total, else of the first reading.
    pub setting: SettingView,
    /// Organisation as stated.
    pub organisation: Option<String>,
    /// "NEWS2 total 6, as recorded"; absent when nobody recorded one.
    pub recorded: Option<String>,
    /// "NEWS2 total 6. Calculated by Curlew from these readings"; absent unless every reading is there.
    pub calculated: Option<String>,
    /// Why nothing was calculated, in a sentence that names what is missing or cannot be used.
    pub not_calculated: Option<String>,
    /// In words, when the recorded and the calculated total differ.
    pub differs: Option<String>,
    /// On which saturation scale the calculation stands.
    pub scale: Option<String>,
    /// All seven parameters in the order of the chart, also those without a reading.
    pub parts: Vec<EarlyWarningPart>,
    /// Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hide_at_bedside: Option<String>,
}

/// One parameter of an [`EarlyWarning`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EarlyWarningPart {
    /// "respiration rate".
    pub name: String,
    /// The reading as written, with its unit; "not recorded at this time" when there is none.
    pub reading: String,
    /// The score recorded for it, as recorded.
    pub recorded: Option<String>,
    /// The score Curlew counts; only in a complete set.
    pub calculated: Option<String>,
    /// The line the reading opens.
    pub line: Option<String>,
}

/// The Results screen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Results {
    /// Series, grouped by `group`, latest first.
    pub series: Vec<ResultSeries>,
    /// Reports and results that are not numbers.
    pub other: Vec<Line>,
    /// What to say when there is nothing.
    pub empty: String,
    /// NEWS2 scores, newest first, at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<EarlyWarning>>", optional)]
    pub early_warnings: Vec<EarlyWarning>,
    /// How to read them, and how many older ones are not listed; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub early_warning_note: Option<String>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}
