//! Who may see what: a relationship first, then consent, then sensitivity.
//!
//! The rules are the server's own, written apart from the product's `consent` crate on purpose:
//!
//! * A record is open to a user who has the patient on their caseload, or whose organisation cares for the patient
//!   (named by the Patient, an EpisodeOfCare, a CareTeam or an Encounter).
//! * An active privacy `Consent` that denies direct care without narrowing closes the record: demographics, consents
//!   and flags stay readable, so that a client can say why. One that narrows (class, label, code, data) withholds what it names.
//! * Resources labelled `R` or `V` need the activity B1611 (access sensitive flagged records).
//! * Actor or data that cannot be recognised counts against showing.
//! * A request that says it is for an emergency (`X-Purpose-Of-Use` with `BTG` or `ETREAT`) needs no relationship, and is
//!   judged by what consents say of emergencies: only one that permits them opens the record again. Labels up to `R` do
//!   not stand against it; `V` does. Each such request is recorded.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::date::interval;
use super::outcome::{Issue, Refusal};
use crate::population::CASELOAD;
use crate::server::Service;
use crate::store::{Key, Version};
use crate::users::UserAccount;

/// National RBAC activity: access sensitive flagged records.
const SENSITIVE_ACTIVITY: &str = "B1611";

/// Where a user stands with one patient.
#[derive(Debug)]
pub(crate) enum Standing {
    /// The record is open, but for what these rules name.
    Open(Vec<Rule>),
    /// The patient's consent closes the record.
    Denied,
    /// No relationship.
    Stranger,
}

/// A narrowed denial: withholds what matches **all** the parts that are given.
#[derive(Debug)]
pub(crate) struct Rule {
    classes: Vec<String>,
    labels: Vec<String>,
    codes: Vec<String>,
    data: Vec<Key>,
}

/// What is to be done with one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Show it.
    Shown,
    /// Say nothing of it: another user's, or no relationship.
    Hidden,
    /// Do not show it, and say that something is withheld, for this reason.
    Withheld(&'static str),
}

const BY_CONSENT: &str = "the patient does not agree to share this";
const BY_LABEL: &str = "marked as sensitive";

/// Header that says why data is asked for, with a v3-ActReason code.
const PURPOSE_OF_USE: &str = "x-purpose-of-use";

/// The purpose a request states.
pub(crate) fn stated_purpose(headers: &HeaderMap) -> Option<&str> {
    headers.get(PURPOSE_OF_USE)?.to_str().ok()
}

/// Whether a request says that it is for an emergency.
pub(crate) fn is_emergency(headers: &HeaderMap) -> bool {
    matches!(stated_purpose(headers), Some("BTG" | "ETREAT"))
}

/// One user's view for the length of one request.
pub(crate) struct Access<'s> {
    service: &'s Service,
    user: &'s UserAccount,
    now: DateTime<Utc>,
    emergency: bool,
    caseload: HashSet<Arc<str>>,
    groups: HashSet<Key>,
    organisations: HashSet<Key>,
    standings: RefCell<HashMap<Arc<str>, Rc<Standing>>>,
}

impl<'s> Access<'s> {
    pub(crate) fn new(
        service: &'s Service,
        user: &'s UserAccount,
        now: DateTime<Utc>,
        emergency: bool,
    ) -> Self {
        let mut caseload = HashSet::new();
        let mut groups = HashSet::new();
        for (key, version) in service.store.identified("Group", Some(CASELOAD), &user.username) {
            let members = version
                .facts
                .links
                .iter()
                .filter(|link| &*link.resource_type == "Patient");
            caseload.extend(members.map(|link| link.id.clone()));
            groups.insert(key);
        }
        let organisations = user
            .roles
            .iter()
            .flat_map(|role| service.store.identified("Organization", None, &role.org_code))
            .map(|(key, _)| key)
            .collect();
        Self {
            service,
            user,
            now,
            emergency,
            caseload,
            groups,
            organisations,
            standings: RefCell::default(),
        }
    }

    /// Whose view this is.
    pub(crate) fn username(&self) -> &str {
        &self.user.username
    }

    /// Whether it is an emergency's.
    pub(crate) fn is_emergency(&self) -> bool {
        self.emergency
    }

    /// Where the user stands with a patient.
    pub(crate) fn standing(&self, patient: &str) -> Rc<Standing> {
        if let Some(known) = self.standings.borrow().get(patient) {
            return known.clone();
        }
        let found = Rc::new(self.find_standing(patient));
        self.standings.borrow_mut().insert(patient.into(), found.clone());
        found
    }

    fn find_standing(&self, patient: &str) -> Standing {
        let mut related = self.emergency || self.caseload.contains(patient);
        let mut rules = Vec::new();
        let mut denied = false;
        for kind in ["Patient", "EpisodeOfCare", "CareTeam", "Encounter"] {
            let cares = |(_, version): &(Key, Version)| {
                version
                    .facts
                    .links
                    .iter()
                    .any(|link| self.organisations.contains(link))
            };
            related = related
                || self
                    .service
                    .store
                    .compartment_of_type(patient, kind)
                    .iter()
                    .any(cares);
        }
        if related && self.service.enforce_consent {
            for (_, version) in self.service.store.compartment_of_type(patient, "Consent") {
                let consent = version
                    .text
                    .as_deref()
                    .and_then(|text| serde_json::from_str(text).ok());
                if let Some(consent) = consent {
                    // Every consent is read: one that closes the record does not excuse the rules of another.
                    denied |= self.read_consent(&consent, &mut rules);
                }
            }
        }
        match (related, denied) {
            (false, _) => Standing::Stranger,
            (true, true) => Standing::Denied,
            (true, false) => Standing::Open(rules),
        }
    }

    /// Adds a consent's narrowed denials; says whether it closes the whole record.
    fn read_consent(&self, consent: &Value, rules: &mut Vec<Rule>) -> bool {
        let scope = codes(&consent["scope"]["coding"]);
        let about_privacy = scope.is_empty() || scope.iter().any(|code| code == "patient-privacy");
        if consent["status"] != "active" || !about_privacy {
            return false;
        }
        let root = &consent["provision"];
        let opted_out = codes(&consent["policyRule"]["coding"])
            .iter()
            .any(|code| code == "OPTOUT");
        if root.is_null() {
            return opted_out;
        }
        if !self.in_period(root) {
            return false;
        }
        let root_denies = root["type"] == "deny" || (root["type"].is_null() && opted_out);
        let (mut closed, mut closed_within) = (false, false);
        if root_denies && self.applies(root, true) {
            match narrowing(root) {
                Some(rule) => rules.push(rule),
                None => closed = true,
            }
        }
        for nested in root["provision"].as_array().into_iter().flatten() {
            let denies = if nested["type"].is_null() {
                !root_denies
            } else {
                nested["type"] == "deny"
            };
            if !self.in_period(nested) || !self.applies(nested, denies) {
                continue;
            }
            match (denies, narrowing(nested)) {
                (true, Some(rule)) => rules.push(rule),
                // An exception that denies is not undone by one that permits, whichever comes first.
                (true, None) => closed_within = true,
                (false, None) => closed = false,
                (false, Some(_)) => {}
            }
        }
        closed || closed_within
    }

    fn in_period(&self, provision: &Value) -> bool {
        let period = &provision["period"];
        let bound = |name: &str| period[name].as_str().and_then(interval);
        bound("start").is_none_or(|(start, _)| start <= self.now)
            && bound("end").is_none_or(|(_, end)| self.now < end)
    }

    /// Whether a provision is about this user giving direct care. A denial whose actor cannot be recognised is taken to apply.
    fn applies(&self, provision: &Value, denies: bool) -> bool {
        let purposes = codes(&provision["purpose"]);
        // Emergency treatment is a kind of treatment, and breaking the glass a kind of that.
        let ours = |code: &String| match code.as_str() {
            "TREAT" => true,
            "ETREAT" | "BTG" => self.emergency,
            _ => false,
        };
        if !purposes.is_empty() && !purposes.iter().any(ours) {
            return false;
        }
        let Some(actors) = provision["actor"].as_array().filter(|actors| !actors.is_empty()) else {
            return true;
        };
        actors.iter().any(|actor| {
            let reference = &actor["reference"];
            if let Some(value) = reference["identifier"]["value"].as_str() {
                return value == self.user.sub || self.user.roles.iter().any(|role| role.org_code == value);
            }
            match reference["reference"].as_str().and_then(Key::of_reference) {
                Some(key) if self.organisations.contains(&key) => true,
                Some(key)
                    if self
                        .service
                        .store
                        .current(&key)
                        .is_some_and(|found| found.text.is_some()) =>
                {
                    false
                }
                _ => denies,
            }
        })
    }

    /// Whether the record of a patient may be read as a whole; the refusal says why not.
    pub(crate) fn open_record(&self, patient: &str) -> Result<(), Refusal> {
        match &*self.standing(patient) {
            Standing::Open(_) => Ok(()),
            Standing::Denied => Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "suppressed",
                "The patient does not agree to share this record.",
            )),
            Standing::Stranger => Err(stranger()),
        }
    }

    /// What to do with one version of a resource.
    pub(crate) fn judge(&self, key: &Key, version: &Version) -> Judgement {
        match &*key.resource_type {
            "Group" => return shown_if(self.groups.contains(key)),
            "AuditEvent" => return shown_if(self.service.wrote_audit(key, &self.user.username)),
            "Binary" => return self.judge_binary(key, version),
            _ => {}
        }
        let patients = &version.facts.patients;
        if patients.is_empty() {
            return Judgement::Shown;
        }
        let telling_why = matches!(&*key.resource_type, "Patient" | "Consent" | "Flag");
        let mut judgement = Judgement::Hidden;
        for patient in patients {
            match &*self.standing(patient) {
                Standing::Stranger => {}
                Standing::Denied if telling_why => judgement = Judgement::Shown,
                Standing::Denied => return Judgement::Withheld(BY_CONSENT),
                Standing::Open(rules) => {
                    if rules.iter().any(|rule| rule.matches(key, version)) {
                        return Judgement::Withheld(BY_CONSENT);
                    }
                    judgement = Judgement::Shown;
                }
            }
        }
        if judgement == Judgement::Shown && !telling_why && self.is_too_sensitive(version) {
            return Judgement::Withheld(BY_LABEL);
        }
        judgement
    }

    fn is_too_sensitive(&self, version: &Version) -> bool {
        let labelled = version
            .facts
            .security
            .iter()
            .any(|code| (code == "R" && !self.emergency) || code == "V");
        let role = self.user.selected_role();
        let permitted =
            role.is_some_and(|role| role.activity_codes.iter().any(|code| code == SENSITIVE_ACTIVITY));
        self.service.enforce_consent && labelled && !permitted
    }

    /// A document's bytes go with the resources that name them.
    fn judge_binary(&self, key: &Key, version: &Version) -> Judgement {
        let owners = self.service.store.referring_to_binary(key);
        if owners.is_empty() && version.facts.patients.is_empty() {
            let context = version
                .facts
                .links
                .iter()
                .find(|link| &*link.resource_type == "Patient");
            return context.map_or(Judgement::Shown, |link| {
                shown_if(self.open_record(&link.id).is_ok())
            });
        }
        let mut judgement = Judgement::Hidden;
        for (owner, owner_version) in &owners {
            match self.judge(owner, owner_version) {
                Judgement::Shown => return Judgement::Shown,
                Judgement::Withheld(why) => judgement = Judgement::Withheld(why),
                Judgement::Hidden => {}
            }
        }
        judgement
    }
}

fn shown_if(shown: bool) -> Judgement {
    if shown {
        Judgement::Shown
    } else {
        Judgement::Hidden
    }
}

/// 403: nothing connects this user to the patient.
pub(crate) fn stranger() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "forbidden",
        "The patient is not on your caseload, and your organisation does not care for them.",
    )
}

impl Rule {
    fn matches(&self, key: &Key, version: &Version) -> bool {
        let is_consent_itself = matches!(&*key.resource_type, "Patient" | "Consent");
        !is_consent_itself
            && (self.classes.is_empty() || self.classes.iter().any(|class| class == &*key.resource_type))
            && (self.labels.is_empty()
                || self
                    .labels
                    .iter()
                    .any(|label| version.facts.security.contains(label)))
            && (self.data.is_empty()
                || self
                    .data
                    .iter()
                    .any(|data| data == key || version.facts.links.contains(data)))
            && (self.codes.is_empty()
                || version
                    .text
                    .as_deref()
                    .is_some_and(|text| self.names_a_code(text)))
    }

    fn names_a_code(&self, text: &str) -> bool {
        let Ok(resource) = serde_json::from_str::<Value>(text) else {
            return true;
        };
        let mut found = codes(&resource["code"]["coding"]);
        for member in ["category", "type"] {
            match &resource[member] {
                Value::Array(all) => found.extend(all.iter().flat_map(|one| codes(&one["coding"]))),
                one => found.extend(codes(&one["coding"])),
            }
        }
        self.codes.iter().any(|code| found.contains(code))
    }
}

/// The parts that make a provision about something less than the whole record; `None` where there are none.
fn narrowing(provision: &Value) -> Option<Rule> {
    let classes: Vec<String> = codes(&provision["class"])
        .iter()
        .map(|code| code.rsplit('/').next().unwrap_or(code).to_owned())
        .collect();
    let data = provision["data"].as_array().into_iter().flatten();
    let data: Vec<Key> = data
        .filter_map(|one| Key::of_reference(one["reference"]["reference"].as_str()?))
        .collect();
    let code = provision["code"].as_array().into_iter().flatten();
    let rule = Rule {
        classes,
        labels: codes(&provision["securityLabel"]),
        codes: code.flat_map(|concept| codes(&concept["coding"])).collect(),
        data,
    };
    let narrows =
        !(rule.classes.is_empty() && rule.labels.is_empty() && rule.codes.is_empty() && rule.data.is_empty());
    narrows.then_some(rule)
}

/// The `code`s of a list of codings.
fn codes(codings: &Value) -> Vec<String> {
    let all = codings.as_array().into_iter().flatten();
    all.filter_map(|coding| coding["code"].as_str().map(str::to_owned))
        .collect()
}

/// How much is withheld, by type and reason, for an outcome beside the results.
#[derive(Debug, Default)]
pub(crate) struct Withheld(BTreeMap<(String, &'static str), u32>);

impl Withheld {
    pub(crate) fn note(&mut self, key: &Key, reason: &'static str) {
        *self.0.entry((key.resource_type.to_string(), reason)).or_default() += 1;
    }

    pub(crate) fn issues(&self) -> Vec<Issue> {
        let sentence = |(resource_type, reason): &(String, &str), count: u32| {
            let noun = if count == 1 {
                "resource is"
            } else {
                "resources are"
            };
            let text = format!("{count} {resource_type} {noun} withheld: {reason}");
            Issue::warning("suppressed", text).about(resource_type)
        };
        self.0
            .iter()
            .map(|(what, count)| sentence(what, *count))
            .collect()
    }
}
