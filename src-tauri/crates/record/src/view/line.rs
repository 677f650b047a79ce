//! One line of a record, whichever screen it stands on, and where it comes from.

use super::{Mark, RichText};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use ts_rs::TS;

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
