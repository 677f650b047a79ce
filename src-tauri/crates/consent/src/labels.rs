//! What a security label says about who may look.

use chrono::{DateTime, Utc};
use curlew_fhir::{Coding, Flag};

use crate::{Decision, Outcome, Viewer};

pub(crate) const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
pub(crate) const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
pub(crate) const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const OBSERVATION_VALUE: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

/// The code system of a label. STU3 knew the same HL7 v3 systems by other names, and GP Connect still sends those.
pub(crate) fn system_of(label: &Coding) -> &str {
    match label.system.as_deref().unwrap_or_default() {
        "http://hl7.org/fhir/v3/Confidentiality" => CONFIDENTIALITY,
        "http://hl7.org/fhir/v3/ActCode" => ACT_CODE,
        "http://hl7.org/fhir/v3/ActReason" => ACT_REASON,
        "http://hl7.org/fhir/v3/ObservationValue" => OBSERVATION_VALUE,
        system => system,
    }
}

/// What a label means to somebody who cares for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Ordinary,
    DoNotKeep,
    Restricted,
    ForEmergencies,
    VeryRestricted,
    NotDisclosed,
    NotForCare,
    NotUnderstood,
}

/// What is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Labelled {
    Patient,
    Item,
}

fn meaning(label: &Coding) -> Meaning {
    let code = label.code.as_deref().unwrap_or_default();
    match (system_of(label), code) {
        (CONFIDENTIALITY, "U" | "L" | "M" | "N") => Meaning::Ordinary,
        (CONFIDENTIALITY, "R") => Meaning::Restricted,
        (CONFIDENTIALITY, "V") => Meaning::VeryRestricted,
        (CONFIDENTIALITY, "REDACTED") => Meaning::NotDisclosed,
        // Not to the patient or family: says nothing about professionals.
        (ACT_CODE, "NOPAT") => Meaning::Ordinary,
        // Sensitivity policies: why something is sensitive.
        (
            ACT_CODE,
            "ETH" | "ETHUD" | "OPIOIDUD" | "SUD" | "HIV" | "STD" | "SCA" | "SICKLE" | "GDIS" | "MH" | "PSY"
            | "PSYTHPN" | "BH" | "COGN" | "DVD" | "EMOTDIS" | "SEX" | "SDV" | "VIO" | "MST" | "SPI" | "TBOO",
        ) => Meaning::Restricted,
        (ACT_CODE, "NOPERSISTP" | "NOCOLLECT" | "NOREUSE" | "NOINTEGRATE") => Meaning::DoNotKeep,
        (ACT_CODE, "NODSCLCD" | "NODSCLCDS" | "NOAUTH") => Meaning::NotDisclosed,
        (ACT_REASON, "TREAT" | "COC" | "CAREMGT") => Meaning::Ordinary,
        // Made up for a test.
        (ACT_REASON, "HTEST") => Meaning::Ordinary,
        (ACT_REASON, "ETREAT" | "BTG") => Meaning::ForEmergencies,
        (ACT_REASON, _) => Meaning::NotForCare,
        // How far the data can be trusted, not who may see it.
        (
            OBSERVATION_VALUE,
            "SUBSETTED" | "AUTHENTICATED" | "HRELIABLE" | "RELIABLE" | "CLINAST" | "DEVAST" | "PATAST"
            | "HCPAST",
        ) => Meaning::Ordinary,
        _ => Meaning::NotUnderstood,
    }
}

/// The strictest outcome of several labels, for the rule that asks.
fn strictest<'l>(
    rule: &'static str,
    labels: impl Iterator<Item = &'l Coding> + Clone,
    labelled: Labelled,
    viewer: &Viewer,
) -> Option<Decision> {
    // Purposes add up: what is labelled for payment *and* for treatment is for treatment.
    let is_purpose = |label: &Coding| system_of(label) == ACT_REASON;
    let for_care = labels
        .clone()
        .any(|label| is_purpose(label) && meaning(label) == Meaning::Ordinary);
    labels
        .filter(|label| !(for_care && is_purpose(label)))
        .filter_map(|label| outcome(meaning(label), labelled, viewer))
        .max_by_key(|(outcome, _)| *outcome)
        .map(|(outcome, reason)| Decision::new(outcome, rule, reason))
}

fn outcome(meaning: Meaning, labelled: Labelled, viewer: &Viewer) -> Option<(Outcome, &'static str)> {
    use Labelled::{Item, Patient};
    use Outcome::{EmergencyOnly, ShowOnlineOnly, Withheld};
    let cleared = viewer.may_see_sensitive();
    Some(match (meaning, labelled) {
        (Meaning::Ordinary, _) => return None,
        (Meaning::DoNotKeep, Patient) => (ShowOnlineOnly, "This record may be shown but not kept."),
        (Meaning::DoNotKeep, Item) => (ShowOnlineOnly, "This item may be shown but not kept."),
        // Where a person in danger lives must not leave the building on a laptop.
        (Meaning::Restricted, Patient) if cleared => (
            ShowOnlineOnly,
            "This record is flagged as sensitive: it may be shown but not kept.",
        ),
        (Meaning::Restricted, Item) if cleared => return None,
        (Meaning::Restricted, Patient) => (
            EmergencyOnly,
            "This record is flagged as sensitive and your role does not include sensitive records.",
        ),
        (Meaning::Restricted, Item) => (
            EmergencyOnly,
            "This item is labelled as sensitive and your role does not include sensitive records.",
        ),
        (Meaning::ForEmergencies, Patient) => (EmergencyOnly, "This record is shared for emergencies only."),
        (Meaning::ForEmergencies, Item) => (EmergencyOnly, "This item is shared for emergencies only."),
        (Meaning::VeryRestricted, Patient) if cleared => (EmergencyOnly, "This record is very restricted."),
        (Meaning::VeryRestricted, Item) if cleared => (
            ShowOnlineOnly,
            "This item is very restricted: it may be shown but not kept.",
        ),
        (Meaning::VeryRestricted, Patient) => (
            Withheld,
            "This record is very restricted and your role does not include sensitive records.",
        ),
        (Meaning::VeryRestricted, Item) => (
            Withheld,
            "This item is very restricted and your role does not include sensitive records.",
        ),
        (Meaning::NotDisclosed, Patient) => (Withheld, "This record is marked as not to be disclosed."),
        (Meaning::NotDisclosed, Item) => (Withheld, "This item is marked as not to be disclosed."),
        (Meaning::NotForCare, Patient) => (Withheld, "This record is shared for purposes other than care."),
        (Meaning::NotForCare, Item) => (Withheld, "This item is shared for purposes other than care."),
        (Meaning::NotUnderstood, Patient) => (
            Withheld,
            "This record carries a security label that Curlew does not know.",
        ),
        (Meaning::NotUnderstood, Item) => (
            Withheld,
            "This item carries a security label that Curlew does not know.",
        ),
    })
}

/// Whether something is labelled not to be seen by the patient or family: at the bedside it stays hidden.
/// No label proves nothing: much that should be labelled is not.
pub fn not_before_patient(labels: &[Coding]) -> bool {
    labels.iter().any(|label| label.is(ACT_CODE, "NOPAT"))
}

pub(crate) fn on_patient(labels: &[Coding], viewer: &Viewer) -> Option<Decision> {
    strictest("sensitivity", labels.iter(), Labelled::Patient, viewer)
}

pub(crate) fn on_resource(labels: &[Coding], viewer: &Viewer) -> Option<Decision> {
    strictest("sensitivity", labels.iter(), Labelled::Item, viewer)
}

/// A restriction may also arrive as a flag, raised and lowered apart from the demographics.
pub(crate) fn on_flags(flags: &[Flag], viewer: &Viewer, now: DateTime<Utc>) -> Option<Decision> {
    let in_force = flags.iter().filter(|flag| {
        !matches!(flag.status.as_deref(), Some("inactive" | "entered-in-error"))
            && flag.period.as_ref().is_none_or(|period| period.contains(now))
    });
    if in_force
        .clone()
        .any(|flag| flag.code.is_none() && flag.base.lost > 0)
    {
        let reason = "A flag on this record could not be read, and may be one that restricts it.";
        return Some(Decision::new(Outcome::Withheld, "flag", reason));
    }
    let restrictions = in_force
        .filter_map(|flag| flag.code.as_ref())
        .flat_map(|code| &code.coding)
        .filter(|coding| system_of(coding) == CONFIDENTIALITY);
    strictest("flag", restrictions, Labelled::Patient, viewer)
}
