//! The table of decisions: for each situation the outcome, the rule that decided, and what the reason says.

use chrono::{DateTime, TimeZone, Utc};
use curlew_consent::{
    Decision, Outcome, Purpose, Standing, Viewer, decide_patient, decide_resource, shown_online_only,
};
use curlew_fhir::{Consent, Flag, Patient, Resource, read_header, read_resource};

use Outcome::{CacheAndShow, EmergencyOnly, ShowOnlineOnly, Withheld};

const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const SNOMED: &str = "http://snomed.info/sct";

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 14, 9, 30, 0)
        .single()
        .expect("a time that exists")
}

/// A situation, made from the ordinary one: a nurse of RCUR1 opens the record of a patient of hers.
#[derive(Clone)]
struct Situation {
    patient: String,
    consents: Vec<String>,
    flags: Vec<String>,
    relationship: bool,
    viewer: Viewer,
    purpose: Purpose,
    item: Option<String>,
}

fn nurse() -> Situation {
    Situation {
        patient: r#"{"resourceType": "Patient", "id": "p1"}"#.into(),
        consents: vec![],
        flags: vec![],
        relationship: true,
        viewer: Viewer {
            user_id: "555000000001".into(),
            role_codes: vec!["S8000:G8000:R8001".into()],
            activity_codes: vec!["B0360".into()],
            organisation: Some("RCUR1".into()),
        },
        purpose: Purpose::DirectCare,
        item: None,
    }
}

fn doctor() -> Situation {
    let mut situation = nurse();
    situation.viewer.activity_codes.push("B1611".into());
    situation
}

fn coding(system: &str, code: &str) -> String {
    format!(r#"{{"system": "{system}", "code": "{code}"}}"#)
}

impl Situation {
    fn activities(mut self, codes: &[&str]) -> Self {
        self.viewer.activity_codes = codes.iter().map(ToString::to_string).collect();
        self
    }

    fn stranger(mut self) -> Self {
        self.relationship = false;
        self
    }

    fn emergency(mut self) -> Self {
        self.purpose = Purpose::Emergency;
        self
    }

    /// Labels the patient.
    fn labelled(mut self, system: &str, code: &str) -> Self {
        let label = coding(system, code);
        self.patient =
            format!(r#"{{"resourceType": "Patient", "id": "p1", "meta": {{"security": [{label}]}}}}"#);
        self
    }

    fn patient(mut self, json: &str) -> Self {
        self.patient = json.into();
        self
    }

    fn flag(mut self, members: &str) -> Self {
        self.flags
            .push(format!(r#"{{"resourceType": "Flag", {members}}}"#));
        self
    }

    /// Asks about an observation with these labels.
    fn item(self, labels: &[(&str, &str)]) -> Self {
        let labels: Vec<String> = labels.iter().map(|(system, code)| coding(system, code)).collect();
        let labels = labels.join(", ");
        self.item_json(&format!(
            r#"{{"resourceType": "Observation", "id": "o1", "meta": {{"security": [{labels}]}},
                "subject": {{"reference": "Patient/p1"}},
                "code": {{"coding": [{{"system": "{SNOMED}", "code": "165816005"}}]}}}}"#
        ))
    }

    fn item_json(mut self, json: &str) -> Self {
        self.item = Some(json.into());
        self
    }

    /// Adds an active privacy consent with these members.
    fn consent(self, members: &str) -> Self {
        self.consent_json(&format!(
            r#"{{"resourceType": "Consent", "status": "active",
                "scope": {{"coding": [{{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}}]}},
                "patient": {{"reference": "Patient/p1"}}, {members}}}"#
        ))
    }

    fn consent_json(mut self, json: &str) -> Self {
        self.consents.push(json.into());
        self
    }

    /// Adds a consent that has a root provision with these members.
    fn provision(self, members: &str) -> Self {
        self.consent(&format!(r#""provision": {{{members}}}"#))
    }

    fn policy(self, code: &str) -> Self {
        let policy = coding(ACT_CODE, code);
        self.consent(&format!(r#""policyRule": {{"coding": [{policy}]}}"#))
    }

    fn decide(&self) -> Decision {
        let read = |json: &str| read_resource(json).expect("a resource").value;
        let Resource::Patient(patient) = read(&self.patient) else {
            panic!("a patient")
        };
        let patient: Patient = *patient;
        let consents: Vec<Consent> = self
            .consents
            .iter()
            .map(|json| match read(json) {
                Resource::Consent(consent) => *consent,
                _ => panic!("a consent"),
            })
            .collect();
        let flags: Vec<Flag> = self
            .flags
            .iter()
            .map(|json| match read(json) {
                Resource::Flag(flag) => *flag,
                _ => panic!("a flag"),
            })
            .collect();
        let standing = Standing {
            patient: &patient,
            consents: &consents,
            flags: &flags,
            legitimate_relationship: self.relationship,
        };
        match &self.item {
            Some(json) => {
                let header = read_header(json).expect("a header");
                decide_resource(&standing, &self.viewer, self.purpose, &header, now())
            }
            None => decide_patient(&standing, &self.viewer, self.purpose, now()),
        }
    }
}

/// Situation, outcome, rule, and a few words of the reason.
type Row = (&'static str, Situation, Outcome, &'static str, &'static str);

fn check(rows: Vec<Row>) {
    let mut wrong = Vec::new();
    let count = rows.len();
    for (name, situation, outcome, rule, words) in rows {
        let decision = situation.decide();
        if decision.outcome != outcome || decision.rule != rule || !decision.reason.contains(words) {
            wrong.push(format!(
                "{name}: expected {outcome:?} by {rule} ({words}), got {decision:?}"
            ));
        }
        // Of an everyday decision a device keeps the reason alone, and must tell "online only" from "not at all" by it.
        let online_only = decision.outcome == ShowOnlineOnly;
        if situation.purpose == Purpose::DirectCare && shown_online_only(&decision.reason) != online_only {
            wrong.push(format!(
                "{name}: {:?} does not read as {:?}",
                decision.reason, decision.outcome
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

const TREAT: &str =
    r#""purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT"}]"#;
const GLASS: &str = r#""type": "deny", "provision": [{"type": "permit", "purpose": [
    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG"}]}]"#;

#[test]
fn roles_and_relationships() {
    check(vec![
        (
            "a nurse and her patient",
            nurse(),
            CacheAndShow,
            "direct-care",
            "Shared for direct care",
        ),
        (
            "a care home's carer",
            nurse().activities(&["B0428"]),
            CacheAndShow,
            "direct-care",
            "direct care",
        ),
        (
            "no activities at all",
            nurse().activities(&[]),
            Withheld,
            "role",
            "role",
        ),
        (
            "only an administrator",
            nurse().activities(&["B0062"]),
            Withheld,
            "role",
            "role",
        ),
        (
            "sensitive records alone do not open records",
            nurse().activities(&["B1611"]),
            Withheld,
            "role",
            "role",
        ),
        (
            "an administrator in an emergency",
            nurse().activities(&["B0062"]).emergency(),
            Withheld,
            "role",
            "role",
        ),
        (
            "a stranger",
            nurse().stranger(),
            EmergencyOnly,
            "relationship",
            "no recorded relationship",
        ),
        (
            "a stranger in an emergency",
            nurse().stranger().emergency(),
            ShowOnlineOnly,
            "relationship",
            "recorded emergency",
        ),
        (
            "an emergency takes nothing away",
            nurse().emergency(),
            CacheAndShow,
            "direct-care",
            "direct care",
        ),
        (
            "a stranger's item",
            nurse().stranger().item(&[]),
            EmergencyOnly,
            "relationship",
            "relationship",
        ),
    ]);
}

#[test]
fn labels_on_the_patient() {
    check(vec![
        (
            "unrestricted",
            nurse().labelled(CONFIDENTIALITY, "U"),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "normal",
            nurse().labelled(CONFIDENTIALITY, "N"),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "S-flag",
            nurse().labelled(CONFIDENTIALITY, "R"),
            EmergencyOnly,
            "sensitivity",
            "does not include sensitive",
        ),
        (
            "S-flag, cleared",
            doctor().labelled(CONFIDENTIALITY, "R"),
            ShowOnlineOnly,
            "sensitivity",
            "not kept",
        ),
        (
            "S-flag, emergency",
            nurse().labelled(CONFIDENTIALITY, "R").emergency(),
            ShowOnlineOnly,
            "sensitivity",
            "emergency",
        ),
        (
            "very restricted",
            nurse().labelled(CONFIDENTIALITY, "V"),
            Withheld,
            "sensitivity",
            "very restricted",
        ),
        (
            "very restricted, emergency",
            nurse().labelled(CONFIDENTIALITY, "V").emergency(),
            Withheld,
            "sensitivity",
            "very",
        ),
        (
            "very restricted, cleared",
            doctor().labelled(CONFIDENTIALITY, "V"),
            EmergencyOnly,
            "sensitivity",
            "very restricted",
        ),
        (
            "very restricted, cleared, emergency",
            doctor().labelled(CONFIDENTIALITY, "V").emergency(),
            ShowOnlineOnly,
            "sensitivity",
            "emergency",
        ),
        (
            "redacted by PDS",
            doctor().labelled(CONFIDENTIALITY, "REDACTED"),
            Withheld,
            "sensitivity",
            "not to be disclosed",
        ),
        (
            "a code unknown to the system",
            nurse().labelled(CONFIDENTIALITY, "X"),
            Withheld,
            "sensitivity",
            "does not know",
        ),
        (
            "a label of a system unknown",
            nurse().labelled("urn:local", "N"),
            Withheld,
            "sensitivity",
            "does not know",
        ),
        (
            "not before the patient",
            nurse().labelled(ACT_CODE, "NOPAT"),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "not to be kept",
            nurse().labelled(ACT_CODE, "NOPERSISTP"),
            ShowOnlineOnly,
            "sensitivity",
            "not kept",
        ),
        (
            "made up for a test",
            nurse().labelled(ACT_REASON, "HTEST"),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "labels that cannot be read",
            nurse().patient(r#"{"resourceType": "Patient", "id": "p1", "meta": {"security": "R"}}"#),
            Withheld,
            "damaged",
            "could not be read",
        ),
        (
            "something else that cannot be read",
            nurse().patient(r#"{"resourceType": "Patient", "id": "p1", "birthDate": "yesterday"}"#),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "the item of an S-flagged patient",
            nurse().labelled(CONFIDENTIALITY, "R").item(&[]),
            EmergencyOnly,
            "sensitivity",
            "record is flagged",
        ),
    ]);
}

#[test]
fn flags() {
    let restricted = r#""code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}"#;
    let active = format!(r#""status": "active", {restricted}"#);
    check(vec![
        (
            "raised",
            nurse().flag(&active),
            EmergencyOnly,
            "flag",
            "sensitive",
        ),
        (
            "raised, cleared",
            doctor().flag(&active),
            ShowOnlineOnly,
            "flag",
            "not kept",
        ),
        (
            "lowered",
            nurse().flag(&format!(r#""status": "inactive", {restricted}"#)),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "a mistake",
            nurse().flag(&format!(r#""status": "entered-in-error", {restricted}"#)),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "status unknown",
            nurse().flag(&format!(r#""status": "sleeping", {restricted}"#)),
            EmergencyOnly,
            "flag",
            "sensitive",
        ),
        (
            "over",
            nurse().flag(&format!(r#"{active}, "period": {{"end": "2026-03-13"}}"#)),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "ends today",
            nurse().flag(&format!(r#"{active}, "period": {{"end": "2026-03-14"}}"#)),
            EmergencyOnly,
            "flag",
            "sensitive",
        ),
        (
            "about something else",
            nurse().flag(r#""status": "active", "code": {"text": "Dangerous dog"}"#),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "unreadable",
            nurse().flag(r#""status": "active", "code": 7"#),
            Withheld,
            "flag",
            "could not be read",
        ),
    ]);
}

#[test]
fn labels_on_an_item() {
    let damaged = r#"{"resourceType": "Observation", "id": "o1", "meta": {"security": [3]}, "subject": {"reference": "Patient/p1"}}"#;
    let broken = r#"{"resourceType": "Observation", "id": "o1", "meta": {"security": [NaN]}, "subject": {"reference": "Patient/p1"}}"#;
    let another = r#"{"resourceType": "Observation", "id": "o1", "subject": {"reference": "Patient/p2"}}"#;
    let place = r#"{"resourceType": "Organization", "id": "RCUR2"}"#;
    check(vec![
        ("no label", nurse().item(&[]), CacheAndShow, "direct-care", ""),
        (
            "restricted",
            nurse().item(&[(CONFIDENTIALITY, "R")]),
            EmergencyOnly,
            "sensitivity",
            "This item",
        ),
        (
            "restricted, cleared",
            doctor().item(&[(CONFIDENTIALITY, "R")]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "very restricted",
            nurse().item(&[(CONFIDENTIALITY, "V")]),
            Withheld,
            "sensitivity",
            "This item",
        ),
        (
            "very restricted, cleared",
            doctor().item(&[(CONFIDENTIALITY, "V")]),
            ShowOnlineOnly,
            "sensitivity",
            "not kept",
        ),
        (
            "HIV",
            nurse().item(&[(ACT_CODE, "HIV")]),
            EmergencyOnly,
            "sensitivity",
            "sensitive",
        ),
        (
            "HIV, emergency",
            nurse().item(&[(ACT_CODE, "HIV")]).emergency(),
            ShowOnlineOnly,
            "sensitivity",
            "emergency",
        ),
        (
            "HIV, cleared",
            doctor().item(&[(ACT_CODE, "HIV")]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "NOPAT",
            nurse().item(&[(ACT_CODE, "NOPAT")]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "NOPAT under its STU3 name, as GP Connect sends it",
            nurse().item(&[("http://hl7.org/fhir/v3/ActCode", "NOPAT")]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "restricted under the system's STU3 name",
            nurse().item(&[("http://hl7.org/fhir/v3/Confidentiality", "R")]),
            EmergencyOnly,
            "sensitivity",
            "",
        ),
        (
            "NOPAT and restricted: the stricter",
            nurse().item(&[(ACT_CODE, "NOPAT"), (CONFIDENTIALITY, "R")]),
            EmergencyOnly,
            "sensitivity",
            "",
        ),
        (
            "cleared, but not to be kept",
            doctor().item(&[(CONFIDENTIALITY, "R"), (ACT_CODE, "NOPERSISTP")]),
            ShowOnlineOnly,
            "sensitivity",
            "not kept",
        ),
        (
            "no disclosure",
            doctor().item(&[(ACT_CODE, "NODSCLCD")]),
            Withheld,
            "sensitivity",
            "not to be disclosed",
        ),
        (
            "for treatment and payment",
            nurse().item(&[(ACT_REASON, "HPAYMT"), (ACT_REASON, "TREAT")]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "for payment",
            nurse().item(&[(ACT_REASON, "HPAYMT")]),
            Withheld,
            "sensitivity",
            "other than care",
        ),
        (
            "for emergencies",
            nurse().item(&[(ACT_REASON, "ETREAT")]),
            EmergencyOnly,
            "sensitivity",
            "emergencies only",
        ),
        (
            "a label unknown",
            doctor().item(&[("urn:local", "SECRET")]),
            Withheld,
            "sensitivity",
            "does not know",
        ),
        (
            "a label of the wrong kind",
            nurse().item_json(damaged),
            Withheld,
            "damaged",
            "could not be read",
        ),
        (
            "a label that is not JSON",
            nurse().item_json(broken),
            Withheld,
            "damaged",
            "could not be read",
        ),
        (
            "another patient's",
            nurse().item_json(another),
            Withheld,
            "another-patient",
            "another patient",
        ),
        (
            "nobody's",
            nurse().item_json(place),
            CacheAndShow,
            "direct-care",
            "",
        ),
    ]);
}

#[test]
fn what_a_consent_says() {
    let research = r#"{"resourceType": "Consent", "status": "active", "provision": {"type": "deny"},
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}]}}"#;
    let type_1 = r#""category": [{"coding": [{"system": "http://snomed.info/sct", "code": "827241000000103"}]}], "provision": {"type": "deny"}"#;
    let status = |status: &str| {
        format!(r#"{{"resourceType": "Consent", "status": "{status}", "provision": {{"type": "deny"}}}}"#)
    };
    let modified = r#""modifierExtension": [{"url": "https://record.test/unless-raining"}], "provision": {"type": "permit"}"#;
    check(vec![
        ("permits", nurse().provision(r#""type": "permit""#), CacheAndShow, "direct-care", ""),
        ("denies", nurse().provision(r#""type": "deny""#), Withheld, "consent", "not consented"),
        ("denies, emergency", nurse().provision(r#""type": "deny""#).emergency(), Withheld, "consent", "not consented"),
        ("opt in", nurse().policy("OPTIN"), CacheAndShow, "direct-care", ""),
        ("implied", nurse().policy("IMPLIED"), CacheAndShow, "direct-care", ""),
        ("opt out", nurse().policy("OPTOUT"), Withheld, "consent", "not consented"),
        ("emergencies only", nurse().policy("EMRGONLY"), EmergencyOnly, "consent", "emergency only"),
        ("emergencies only, in one", nurse().policy("EMRGONLY").emergency(), ShowOnlineOnly, "consent", "recorded emergency"),
        ("a policy unknown", nurse().policy("GRANTORCHOICE"), Withheld, "consent", "does not say"),
        ("nothing at all", nurse().consent(r#""dateTime": "2026""#), Withheld, "consent", "does not say"),
        ("the root's type before the policy", nurse().consent(&format!(r#""policyRule": {{"coding": [{}]}}, "provision": {{"type": "deny"}}"#, coding(ACT_CODE, "OPTIN"))), Withheld, "consent", ""),
        ("one permits, one denies", nurse().provision(r#""type": "permit""#).provision(r#""type": "deny""#), Withheld, "consent", ""),
        ("denies, to the cleared too", doctor().provision(r#""type": "deny""#), Withheld, "consent", ""),
        ("a permission does not lift an S-flag", nurse().labelled(CONFIDENTIALITY, "R").provision(r#""type": "permit""#), EmergencyOnly, "sensitivity", ""),
        ("a permission does not make a relationship", nurse().stranger().provision(r#""type": "permit""#), EmergencyOnly, "relationship", ""),
        ("break the glass", nurse().provision(GLASS), EmergencyOnly, "consent", "emergency only"),
        ("break the glass, broken", nurse().provision(GLASS).emergency(), ShowOnlineOnly, "consent", "recorded emergency"),
        ("break the glass, an item", nurse().provision(GLASS).item(&[]), EmergencyOnly, "consent", ""),
        ("withdrawn", nurse().consent_json(&status("inactive")), CacheAndShow, "direct-care", ""),
        ("a draft", nurse().consent_json(&status("draft")), CacheAndShow, "direct-care", ""),
        ("rejected", nurse().consent_json(&status("rejected")), CacheAndShow, "direct-care", ""),
        ("a mistake", nurse().consent_json(&status("entered-in-error")), CacheAndShow, "direct-care", ""),
        ("a status unknown", nurse().consent_json(&status("perhaps")), Withheld, "consent", ""),
        ("no status", nurse().consent_json(r#"{"resourceType": "Consent", "provision": {"type": "deny"}}"#), Withheld, "consent", ""),
        ("about research", nurse().consent_json(research), CacheAndShow, "direct-care", ""),
        ("a Type 1 opt-out", nurse().consent(type_1), CacheAndShow, "direct-care", ""),
        ("the national data opt-out, by its purposes", nurse().provision(r#""type": "deny", "purpose": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HRESCH"}]"#), CacheAndShow, "direct-care", ""),
        ("another patient's consent", nurse().consent_json(r#"{"resourceType": "Consent", "status": "active", "patient": {"reference": "Patient/p2"}, "provision": {"type": "deny"}}"#), CacheAndShow, "direct-care", ""),
        ("a modifier", nurse().consent(modified), Withheld, "consent", "does not understand"),
        ("not readable whole", nurse().consent(r#""provision": {"type": "permit", "provision": "see form"}"#), Withheld, "consent", "read whole"),
        ("before its period", nurse().provision(r#""type": "deny", "period": {"start": "2026-04"}"#), CacheAndShow, "direct-care", ""),
        ("in its period", nurse().provision(r#""type": "deny", "period": {"start": "2025", "end": "2026"}"#), Withheld, "consent", ""),
        ("after its period", nurse().provision(r#""type": "deny", "period": {"end": "2025"}"#), CacheAndShow, "direct-care", ""),
    ]);
}

#[test]
fn whom_and_what_for() {
    let actor = |type_: &str, actor: &str| format!(r#""type": "{type_}", "actor": [{actor}]"#);
    let ods = |code: &str| {
        format!(
            r#"{{"reference": {{"identifier": {{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "{code}"}}}}}}"#
        )
    };
    let except = |exception: &str| format!(r#""type": "deny", "provision": [{{{exception}}}]"#);
    check(vec![
        ("denied to the viewer's organisation", nurse().provision(&actor("deny", &ods("RCUR1"))), Withheld, "consent", ""),
        ("denied to another organisation", nurse().provision(&actor("deny", &ods("RCUR2"))), CacheAndShow, "direct-care", ""),
        ("denied to all but the viewer's organisation", nurse().provision(&except(&actor("permit", &ods("RCUR1")))), CacheAndShow, "direct-care", ""),
        ("denied to all but another organisation", nurse().provision(&except(&actor("permit", &ods("RCUR2")))), Withheld, "consent", ""),
        ("denied to the viewer by id", nurse().provision(&actor("deny", r#"{"reference": {"reference": "Practitioner/555000000001"}}"#)), Withheld, "consent", ""),
        ("denied to somebody known by name only", nurse().provision(&actor("deny", r#"{"reference": {"display": "My neighbour"}}"#)), Withheld, "consent", ""),
        ("permitted to somebody known by name only", nurse().provision(&except(&actor("permit", r#"{"reference": {"display": "Her nurse"}}"#))), Withheld, "consent", ""),
        ("denied to a relative", nurse().provision(&actor("deny", r#"{"reference": {"reference": "RelatedPerson/r1"}}"#)), CacheAndShow, "direct-care", ""),
        ("denied to the viewer's role", nurse().provision(&actor("deny", r#"{"role": {"coding": [{"code": "R8001"}]}}"#)), Withheld, "consent", ""),
        ("permitted to the viewer's role only", nurse().provision(&except(&actor("permit", r#"{"role": {"coding": [{"code": "R8001"}]}}"#))), CacheAndShow, "direct-care", ""),
        ("denied for treatment", nurse().provision(&format!(r#""type": "deny", {TREAT}"#)), Withheld, "consent", "not consented"),
        ("treatment takes emergencies in", nurse().provision(&format!(r#""type": "deny", {TREAT}"#)).emergency(), Withheld, "consent", "not consented"),
        ("denied but for treatment", nurse().provision(&except(&format!(r#""type": "permit", {TREAT}"#))), CacheAndShow, "direct-care", ""),
        ("denied for a purpose unknown", nurse().provision(r#""type": "deny", "purpose": [{"system": "urn:local", "code": "9"}]"#), Withheld, "consent", ""),
        ("permitted, but not to keep", nurse().provision(r#""type": "permit", "provision": [{"type": "deny", "action": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "collect"}]}]}]"#), ShowOnlineOnly, "consent", "not kept"),
        ("denied but for looking", nurse().provision(&except(r#""type": "permit", "action": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "access"}]}]"#)), ShowOnlineOnly, "consent", "not kept"),
        ("denied but for an action in words", nurse().provision(&except(r#""type": "permit", "action": [{"text": "looking"}]"#)), Withheld, "consent", ""),
        ("denied to correct", nurse().provision(r#""type": "deny", "action": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentaction", "code": "correct"}]}]"#), CacheAndShow, "direct-care", ""),
        ("an exception to an exception", nurse().provision(&except(&format!(r#""type": "permit", {TREAT}, "provision": [{{{}}}]"#, actor("deny", &ods("RCUR1"))))), Withheld, "consent", ""),
        ("of two exceptions the denial", nurse().provision(&format!(r#""type": "permit", "provision": [{{"type": "permit", {TREAT}}}, {{"type": "deny", {TREAT}}}]"#)), Withheld, "consent", ""),
        ("an exception without a type", nurse().provision(r#""type": "permit", "provision": [{}]"#), Withheld, "consent", ""),
    ]);
}

#[test]
fn which_data() {
    let permit_but =
        |exception: &str| format!(r#""type": "permit", "provision": [{{"type": "deny", {exception}}}]"#);
    let deny_but =
        |exception: &str| format!(r#""type": "deny", "provision": [{{"type": "permit", {exception}}}]"#);
    let class = |name: &str| {
        format!(r#""class": [{{"system": "http://hl7.org/fhir/resource-types", "code": "{name}"}}]"#)
    };
    let code = |code: &str| {
        format!(r#""code": [{{"coding": [{{"system": "http://snomed.info/sct", "code": "{code}"}}]}}]"#)
    };
    let label = |code: &str| format!(r#""securityLabel": [{}]"#, coding(CONFIDENTIALITY, code));
    let data = |meaning: &str, target: &str| {
        format!(r#""data": [{{"meaning": "{meaning}", "reference": {{"reference": "{target}"}}}}]"#)
    };
    let restricted: &[(&str, &str)] = &[(CONFIDENTIALITY, "R")];
    check(vec![
        (
            "no observations: the patient",
            nurse().provision(&permit_but(&class("Observation"))),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "no observations: one",
            nurse().provision(&permit_but(&class("Observation"))).item(&[]),
            Withheld,
            "consent",
            "this item",
        ),
        (
            "no conditions: an observation",
            nurse().provision(&permit_but(&class("Condition"))).item(&[]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "only observations: one",
            nurse().provision(&deny_but(&class("Observation"))).item(&[]),
            Withheld,
            "consent",
            "this record",
        ),
        (
            "not this code",
            nurse().provision(&permit_but(&code("165816005"))).item(&[]),
            Withheld,
            "consent",
            "this item",
        ),
        (
            "not another code",
            nurse().provision(&permit_but(&code("38341003"))).item(&[]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "not a code in words",
            nurse()
                .provision(&permit_but(r#""code": [{"text": "anything about my liver"}]"#))
                .item(&[]),
            Withheld,
            "consent",
            "",
        ),
        (
            "nothing restricted: an ordinary item",
            doctor().provision(&permit_but(&label("R"))).item(&[]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "nothing restricted: a restricted item",
            doctor().provision(&permit_but(&label("R"))).item(restricted),
            Withheld,
            "consent",
            "",
        ),
        (
            "nothing from normal up",
            nurse().provision(&permit_but(&label("N"))).item(&[]),
            Withheld,
            "consent",
            "",
        ),
        (
            "not this item",
            nurse()
                .provision(&permit_but(&data("instance", "Observation/o1")))
                .item(&[]),
            Withheld,
            "consent",
            "",
        ),
        (
            "not another item",
            nurse()
                .provision(&permit_but(&data("instance", "Observation/o2")))
                .item(&[]),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "not what is related to another",
            nurse()
                .provision(&permit_but(&data("related", "Observation/o2")))
                .item(&[]),
            Withheld,
            "consent",
            "",
        ),
        (
            "not from those years",
            nurse()
                .provision(&permit_but(r#""dataPeriod": {"start": "1990", "end": "1999"}"#))
                .item(&[]),
            Withheld,
            "consent",
            "",
        ),
        (
            "a denial at the root, of some data",
            nurse().provision(&format!(r#""type": "deny", {}"#, class("Observation"))),
            CacheAndShow,
            "direct-care",
            "",
        ),
        (
            "both conditions or none",
            nurse()
                .provision(&permit_but(&format!(
                    "{}, {}",
                    class("Observation"),
                    code("38341003")
                )))
                .item(&[]),
            CacheAndShow,
            "direct-care",
            "",
        ),
    ]);
}
