//! What a screen shows: view models, already worded and formatted.
//!
//! The UI renders these and decides nothing clinical. Every type here has a TypeScript twin, generated
//! with `ts-rs` into `ui/src/lib/generated/` and checked for drift by `cargo verify`.
//!
//! Texts that depend on the present (ages, freshness) are made when a record is opened, never stored.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Text with emphasis, so that "generic name bold, brand upper case" (CUI MEDi) is decided here and not in CSS.
pub type RichText = Vec<Span>;

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

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Span {
    /// The text, including any separating space or dash.
    pub text: String,
    /// How it is set.
    pub style: SpanStyle,
}

/// How a [`Span`] is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SpanStyle {
    /// Body text.
    Plain,
    /// Bold.
    Strong,
    /// Secondary text.
    Muted,
}

/// A label and its value, for banner details and the source drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LabelledText {
    /// The label, without a colon.
    pub label: String,
    /// The value as shown.
    pub text: String,
}

/// The part of the service a fact comes from. Colour and word are both shown, never colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum CareSetting {
    /// General practice.
    Gp,
    /// Acute hospital.
    Acute,
    /// Community services.
    Community,
    /// Mental health services.
    MentalHealth,
    /// Social care: councils and care homes.
    SocialCare,
    /// Ambulance and urgent care.
    Ambulance,
    /// Voluntary sector and hospice.
    Voluntary,
    /// Community pharmacy.
    Pharmacy,
    /// "Setting not stated". Never guessed.
    NotStated,
}

/// A care setting as shown on a line, with the rule that decided it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct SettingView {
    /// Which setting; selects the colour token.
    pub setting: CareSetting,
    /// Its word, for example "GP practice".
    pub label: Cow<'static, str>,
    /// The rule that decided it, in words, for example "from the organisation's type (GP practice)".
    pub rule: Cow<'static, str>,
}

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

/// What kind of fact a line is. Drives icon and filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// A contact, admission or attendance.
    Encounter,
    /// A problem or diagnosis.
    Problem,
    /// An allergy or adverse reaction.
    Allergy,
    /// A medicine statement, request, dispense or administration.
    Medicine,
    /// A result or measurement.
    Result,
    /// A procedure or therapy.
    Procedure,
    /// A vaccination.
    Immunisation,
    /// A document or image.
    Document,
    /// A plan, goal, task, referral or request.
    Plan,
    /// An alert or risk.
    Alert,
    /// A future or past appointment.
    Appointment,
    /// A score, questionnaire or assessment.
    Assessment,
    /// A legal, consent or safeguarding entry.
    Legal,
    /// A person or team.
    Person,
    /// An organisation, place or service.
    Service,
    /// Family or social history.
    Background,
    /// A device or piece of equipment.
    Device,
    /// Anything else that was received and is shown as received.
    Other,
}

/// A mark on a line that changes how it must be read. Always shown in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Mark {
    /// Weight of the mark.
    pub tone: MarkTone,
    /// Its words: "abnormal high", "entered in error", "not done", "contains a modifier that Curlew does not understand".
    pub text: String,
}

/// Weight of a [`Mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum MarkTone {
    /// Red: danger.
    Danger,
    /// Amber: check this.
    Check,
    /// Grey: for information.
    Note,
}

/// One received resource behind a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceRef {
    /// `Type/id`.
    pub resource: String,
    /// Where it came from.
    pub setting: SettingView,
    /// Organisation or system, as stated.
    pub organisation: Option<String>,
    /// What this source says, in one line.
    pub says: RichText,
    /// Date recorded, as shown.
    pub recorded: Option<String>,
}

/// One line of the history: one fact, with every source that states it stacked under it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Line {
    /// Stable id, `Type/id` of the first source. Opens the source drawer.
    pub id: String,
    /// What kind of fact.
    pub kind: LineKind,
    /// When it happened, as shown (`22-Nov-2026`, `Oct-2026`, `Not recorded`); empty for what is not an event.
    pub when: String,
    /// What the date is not: "Day not recorded", "recorded 21-Nov-2026".
    pub when_note: Option<String>,
    /// Care setting and the rule that decided it.
    pub setting: SettingView,
    /// Organisation as stated.
    pub organisation: Option<String>,
    /// What it is, strong.
    pub title: String,
    /// The rest, muted, one short sentence or list.
    pub detail: Option<String>,
    /// Marks that change how the line must be read.
    pub marks: Vec<Mark>,
    /// Every source behind the line; never empty.
    pub sources: Vec<SourceRef>,
    /// Why several sources are one line, in words.
    pub joined_by: Option<String>,
    /// `Encounter/id` or `EpisodeOfCare/id` this belongs to, when stated.
    pub encounter: Option<String>,
    /// When the newest version behind this line was received, in milliseconds since 1970. Compared with the last look.
    pub received_at: f64,
    /// Received since this user last looked at this patient.
    pub is_new: bool,
    /// Why it must not be seen by the patient or family (`crate::bedside`); absent when nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hide_at_bedside: Option<String>,
}

/// A date as shown, with the instants it can mean, for drawing only. Nothing is guessed: a month spans its month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Dated {
    /// As shown: `22-Nov-2026`, `Oct-2026`.
    pub text: String,
    /// The first instant it can mean, in milliseconds since 1970.
    pub from: f64,
    /// The first instant it can no longer mean; the same as `from` for an exact time.
    pub to: f64,
}

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

/// Where the years lie in the timeline, and what can be filtered on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineIndex {
    /// Lines under the current filter.
    pub total: u32,
    /// Year headings, newest first: label ("2026", "Date not recorded") and the offset of their first line.
    pub years: Vec<YearMark>,
    /// Settings present, with counts.
    pub settings: Vec<FacetCount>,
    /// Kinds present, with counts.
    pub kinds: Vec<FacetCount>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
    /// Organisations present, as they are named on the lines, with counts.
    #[serde(default)]
    pub organisations: Vec<FacetCount>,
    /// Problems that lines are linked to by a reference, with counts. The value is the problem's line id.
    #[serde(default)]
    pub problems: Vec<FacetCount>,
    /// Lines new or changed since this user last looked, under the other filters.
    #[serde(default)]
    pub changed: u32,
    /// What a period leaves out because it has no date, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub left_out: Option<String>,
}

/// Offset of a year in the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct YearMark {
    /// The year, or "Date not recorded".
    pub label: String,
    /// Offset of its first line.
    pub offset: u32,
    /// Lines in it.
    pub count: u32,
    /// The same by care setting, in a fixed order, for drawing the year's activity.
    #[serde(default)]
    pub settings: Vec<FacetCount>,
    /// In words: "312 entries in 2026: GP practice 120, Hospital 100".
    #[serde(default)]
    pub words: String,
    /// The years just before it that hold nothing, in words: "Nothing from 2004 to 2010".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub nothing_before: Option<String>,
}

/// Entries of the timeline that belong to one contact, stay or episode, by what the sources say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineGroup {
    /// `Encounter/id` or `EpisodeOfCare/id`.
    pub id: String,
    /// What the contact is: its own line's title, or that it has not been received.
    pub label: String,
    /// Date of its newest entry, as shown. The group stands where that entry stands.
    pub when: String,
    /// Care setting of the contact itself, else of its newest entry.
    pub setting: SettingView,
    /// "14 entries, 05-Nov-2026 to 11-Nov-2026 · results 6, medicines 4".
    pub words: String,
    /// How many of them are new or changed since this user last looked: "3 new".
    pub new_words: Option<String>,
    /// Offset of the contact's own line, when the filter keeps it. Its marks are the group's.
    pub own: Option<u32>,
    /// Offsets of its entries, newest first, as runs: where each begins and how many it has.
    pub runs: Vec<(u32, u32)>,
}

/// How the timeline groups under a filter. What is in no group stands alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineGroups {
    /// By their newest entry, newest first.
    pub groups: Vec<TimelineGroup>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}

/// A value that can be filtered on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FacetCount {
    /// The value as sent back in a filter (`gp`, `medicine`).
    pub value: String,
    /// The words shown.
    pub label: String,
    /// Lines with it.
    pub count: u32,
}

/// What the timeline is narrowed to. Empty lists mean everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineFilter {
    /// Care settings to keep.
    pub settings: Vec<CareSetting>,
    /// Kinds to keep.
    pub kinds: Vec<LineKind>,
    /// Words to find, in any order.
    pub text: String,
    /// Organisations to keep, as named on the lines; a line of several sources is kept for any of them.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub organisations: Vec<String>,
    /// Problems (line ids) to keep, with everything linked to them by a reference.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub problems: Vec<String>,
    /// Contact or episode (`Encounter/id`, `EpisodeOfCare/id`) to keep, with everything that says it belongs to it.
    #[serde(default)]
    #[ts(optional)]
    pub encounter: Option<String>,
    /// First day to keep, `YYYY-MM-DD`. A partial date is kept when a day it can mean is.
    #[serde(default)]
    #[ts(optional)]
    pub from: Option<String>,
    /// Last day to keep, `YYYY-MM-DD`.
    #[serde(default)]
    #[ts(optional)]
    pub to: Option<String>,
    /// Only what is new or changed since this user last looked.
    #[serde(default)]
    #[ts(as = "Option<bool>", optional)]
    pub only_changed: bool,
}

/// A window into the timeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelinePage {
    /// Offset of the first line.
    pub offset: u32,
    /// The lines, newest first.
    pub lines: Vec<Line>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}

/// Everything known about one line: the source drawer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SourceView {
    /// The line.
    pub line: Line,
    /// One entry per source resource.
    pub resources: Vec<SourceResource>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}

/// One received resource, opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceResource {
    /// `Type/id`.
    pub resource: String,
    /// Author, role, organisation, system, the three times, codes, status.
    pub facts: Vec<LabelledText>,
    /// Original text as plain text, when there is any.
    pub text: Option<String>,
    /// The raw resource, indented for reading, exactly as received otherwise.
    pub raw: String,
    /// What in it could not be read, by path.
    pub issues: Vec<String>,
    /// Documents and pictures it holds.
    #[serde(default)]
    pub attachments: Vec<AttachmentView>,
}

/// What a document is, told from its first bytes and not only from what it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum AttachmentKind {
    /// A PDF, drawn page by page.
    Pdf,
    /// A picture that every web view draws.
    Image,
    /// Text, shown as original text.
    Text,
    /// Anything else, or nothing at all: `refusal` says what to do.
    Other,
}

/// A document or picture inside a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttachmentView {
    /// Its place among the resource's attachments, from 0.
    pub index: u32,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its title, or what it is.
    pub title: String,
    /// "PDF, 34 kB".
    pub words: String,
    /// Why it is not drawn and what to do instead; absent when it can be, or is text.
    pub refusal: Option<String>,
}

/// The bytes of one document, to be drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DocumentContent {
    /// `Type/id` of the resource that holds it.
    pub resource: String,
    /// What it is.
    pub kind: AttachmentKind,
    /// Media type as told from its bytes.
    pub media_type: String,
    /// The bytes, base64.
    pub data: String,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}
