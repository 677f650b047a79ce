//! What the patient's consents deny.
//!
//! A consent is a tree of rules. Each rule either fits a [`Request`] or not, or cannot be judged; an innermost
//! fitting rule overrides those around it. Only denials matter in the end, because without any consent direct
//! care is permitted.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use curlew_fhir::{
    CodeableConcept, Coding, Consent, Header, Provision, ProvisionActor, ProvisionData, Target,
};

use crate::labels::{ACT_CODE, ACT_REASON, CONFIDENTIALITY, system_of};
use crate::{Decision, Outcome, Purpose, Standing, Viewer};

const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
const ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
const SNOMED: &str = "http://snomed.info/sct";

/// Dissent from secondary use of GP data (Type 1) and from disclosure by NHS Digital (its predecessor, Type 2).
/// Neither gates individual care.
const SECONDARY_USE_DISSENT: [&str; 2] = ["827241000000103", "881561000000100"];

/// Whether a condition is met. Ordered, so that "all of" is the least and "any of" the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// It cannot be told.
    Perhaps,
    Yes,
}

impl From<bool> for Fit {
    fn from(met: bool) -> Self {
        if met { Self::Yes } else { Self::No }
    }
}

/// Whether any of the alternatives of a condition fits. A condition without alternatives limits nothing.
fn any_of<T>(alternatives: &[T], fits: impl FnMut(&T) -> Fit) -> Fit {
    if alternatives.is_empty() {
        Fit::Yes
    } else {
        alternatives.iter().map(fits).max().unwrap_or(Fit::Yes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Permit,
    Deny,
}

/// What is to be done with the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Show,
    Keep,
}

/// What is asked of a consent.
#[derive(Clone, Copy)]
struct Request<'r> {
    viewer: &'r Viewer,
    /// One resource, or the patient as a whole.
    resource: Option<&'r Header>,
    purpose: Purpose,
    action: Action,
    now: DateTime<Utc>,
}

pub(crate) fn on_patient(standing: &Standing<'_>, viewer: &Viewer, now: DateTime<Utc>) -> Option<Decision> {
    decide(standing, viewer, None, now)
}

pub(crate) fn on_resource(
    standing: &Standing<'_>,
    viewer: &Viewer,
    header: &Header,
    now: DateTime<Utc>,
) -> Option<Decision> {
    decide(standing, viewer, Some(header), now)
}

fn decide(
    standing: &Standing<'_>,
    viewer: &Viewer,
    resource: Option<&Header>,
    now: DateTime<Utc>,
) -> Option<Decision> {
    let request = Request {
        viewer,
        resource,
        purpose: Purpose::DirectCare,
        action: Action::Show,
        now,
    };
    let what = if resource.is_some() {
        "this item"
    } else {
        "this record"
    };
    let decision = |outcome, reason| {
        Some(Decision {
            outcome,
            reason,
            rule: "consent",
        })
    };
    let mut consents = standing
        .consents
        .iter()
        .filter(|consent| counts(consent, standing))
        .peekable();
    consents.peek()?;
    let consents: Vec<&Consent> = consents.collect();
    let denies = |request: Request<'_>| consents.iter().any(|consent| denies(consent, &request));

    if let Some(unclear) = consents.iter().find_map(|consent| unclear(consent, &request)) {
        return decision(Outcome::Withheld, unclear.to_owned());
    }
    if !denies(request) {
        let keeping = Request {
            action: Action::Keep,
            ..request
        };
        let reason = format!("The patient's consent lets {what} be shown but not kept.");
        return if denies(keeping) {
            decision(Outcome::ShowOnlineOnly, reason)
        } else {
            None
        };
    }
    if denies(Request {
        purpose: Purpose::Emergency,
        ..request
    }) {
        return decision(
            Outcome::Withheld,
            format!("The patient has not consented to sharing {what}."),
        );
    }
    let reason = format!("The patient has consented to sharing {what} in an emergency only.");
    decision(Outcome::EmergencyOnly, reason)
}

/// Whether a consent has anything to say about who sees this patient's record for care.
fn counts(consent: &Consent, standing: &Standing<'_>) -> bool {
    let ended = matches!(
        consent.status.as_deref(),
        Some("draft" | "proposed" | "rejected" | "inactive" | "entered-in-error")
    );
    let about_other = match consent
        .patient
        .as_ref()
        .and_then(|patient| patient.id_of("Patient"))
    {
        Some(id) => standing.patient_id().is_some_and(|patient| patient != id),
        None => false,
    };
    // To be treated, to take part in research, and wishes for later: not about who may look.
    let other_scope = consent.scope.as_ref().is_some_and(|scope| {
        let codes = scope
            .coding
            .iter()
            .filter(|coding| coding.system.as_deref() == Some(SCOPE));
        let mut codes = codes
            .map(|coding| coding.code.as_deref().unwrap_or_default())
            .peekable();
        codes.peek().is_some() && codes.all(|code| matches!(code, "treatment" | "research" | "adr"))
    });
    let secondary_use = !consent.category.is_empty()
        && consent.category.iter().all(|category| {
            SECONDARY_USE_DISSENT
                .iter()
                .any(|dissent| category.has(SNOMED, dissent))
        });
    !(ended || about_other || other_scope || secondary_use)
}

/// Why a consent cannot be relied on at all.
fn unclear(consent: &Consent, request: &Request<'_>) -> Option<&'static str> {
    if consent.base.lost > 0 {
        return Some("A consent on this record could not be read whole, so nothing is assumed permitted.");
    }
    if !consent.base.modifiers.is_empty() {
        return Some("A consent on this record is changed by something Curlew does not understand.");
    }
    let says_nothing = base_effect(consent).is_none()
        && consent
            .provision
            .as_ref()
            .is_none_or(|root| fits(root, request) != Fit::No);
    says_nothing.then_some("A consent on this record does not say in a way Curlew knows what it permits.")
}

/// What a consent says where no exception fits: the type of its root, else its policy rule.
fn base_effect(consent: &Consent) -> Option<Effect> {
    let root_type = consent.provision.as_ref().and_then(|root| root.type_.as_deref());
    match root_type {
        Some("permit") => return Some(Effect::Permit),
        Some("deny") => return Some(Effect::Deny),
        Some(_) => return None,
        None => {}
    }
    match consent.policy_rule.as_ref()?.code_in(ACT_CODE)? {
        "OPTIN" | "OPTINR" | "IMPLIED" | "IMPLIEDD" | "NOCONSENT" | "NOPP" => Some(Effect::Permit),
        "OPTOUT" | "OPTOUTE" | "EMRGONLY" => Some(Effect::Deny),
        _ => None,
    }
}

fn denies(consent: &Consent, request: &Request<'_>) -> bool {
    // One that states nothing denies whatever it is about.
    let base = base_effect(consent).unwrap_or(Effect::Deny);
    let emergencies_only = consent
        .policy_rule
        .as_ref()
        .is_some_and(|rule| rule.has(ACT_CODE, "EMRGONLY"));
    if emergencies_only && request.purpose == Purpose::Emergency && request.action == Action::Show {
        return false;
    }
    let Some(root) = &consent.provision else {
        return base == Effect::Deny;
    };
    match fits(root, request) {
        Fit::No => false,
        Fit::Perhaps | Fit::Yes => effect(base, root, request) == Effect::Deny,
    }
}

/// What a fitting rule comes to once its exceptions are heard: any denial among those that fit, else any
/// permission, else what the rule itself says.
fn effect(stated: Effect, rule: &Provision, request: &Request<'_>) -> Effect {
    let mut permitted = false;
    for exception in &rule.provision {
        let stated = if exception.type_.as_deref() == Some("permit") {
            Effect::Permit
        } else {
            Effect::Deny
        };
        // What cannot be judged fits a denial and not a permission.
        let least = if stated == Effect::Permit {
            Fit::Yes
        } else {
            Fit::Perhaps
        };
        if fits(exception, request).cmp(&least) == Ordering::Less {
            continue;
        }
        match effect(stated, exception, request) {
            Effect::Deny => return Effect::Deny,
            Effect::Permit => permitted = true,
        }
    }
    if permitted { Effect::Permit } else { stated }
}

/// Whether all the conditions of a rule are met.
fn fits(rule: &Provision, request: &Request<'_>) -> Fit {
    let period = rule
        .period
        .as_ref()
        .is_none_or(|period| period.contains(request.now));
    let conditions = [
        Fit::from(period),
        any_of(&rule.actor, |actor| actor_fits(actor, request.viewer)),
        any_of(&rule.action, |action| {
            concept_fits(action, |code| action_fits(code, request.action))
        }),
        any_of(&rule.purpose, |purpose| purpose_fits(purpose, request.purpose)),
        data_fits(rule, request),
    ];
    conditions.into_iter().min().unwrap_or(Fit::Yes)
}

/// The conditions on what the data is. Asked about the patient as a whole, a rule for some of the data does
/// not fit: it will when it is asked about that data.
fn data_fits(rule: &Provision, request: &Request<'_>) -> Fit {
    let limited = !(rule.security_label.is_empty()
        && rule.class.is_empty()
        && rule.code.is_empty()
        && rule.data.is_empty()
        && rule.data_period.is_none());
    let Some(resource) = request.resource else {
        return Fit::from(!limited);
    };
    let is_denial = rule.type_.as_deref() != Some("permit");
    let conditions = [
        any_of(&rule.security_label, |label| {
            label_fits(label, resource, is_denial)
        }),
        any_of(&rule.class, |class| class_fits(class, resource)),
        any_of(&rule.code, |concept| {
            concept_fits(concept, |code| code_fits(code, resource))
        }),
        any_of(&rule.data, |data| reference_fits(data, resource)),
        // When the data came about is not in its header.
        if rule.data_period.is_some() {
            Fit::Perhaps
        } else {
            Fit::Yes
        },
    ];
    conditions.into_iter().min().unwrap_or(Fit::Yes)
}

/// A condition given as a concept; one in words only cannot be judged.
fn concept_fits(concept: &CodeableConcept, fits: impl FnMut(&Coding) -> Fit) -> Fit {
    if concept.coding.is_empty() {
        Fit::Perhaps
    } else {
        any_of(&concept.coding, fits)
    }
}

fn actor_fits(actor: &ProvisionActor, viewer: &Viewer) -> Fit {
    let is_viewer = |value: &str| {
        value.eq_ignore_ascii_case(&viewer.user_id)
            || viewer
                .organisation
                .as_deref()
                .is_some_and(|code| value.eq_ignore_ascii_case(code))
    };
    let Some(reference) = &actor.reference else {
        let codes = actor
            .role
            .iter()
            .flat_map(|role| &role.coding)
            .filter_map(|coding| coding.code.as_deref());
        let is_role = |code: &str| {
            viewer
                .role_codes
                .iter()
                .any(|role| role == code || role.rsplit(':').next() == Some(code))
        };
        return if codes.clone().any(is_role) {
            Fit::Yes
        } else {
            Fit::Perhaps
        };
    };
    let (type_name, id) = match reference.target() {
        Some(Target::Resource {
            resource_type, id, ..
        }) => (Some(resource_type), Some(id)),
        _ => (reference.type_.as_deref(), None),
    };
    if let Some("Patient" | "RelatedPerson" | "Device") = type_name {
        return Fit::No;
    }
    let identifier = reference.identifier.as_deref();
    let value = identifier.and_then(|identifier| identifier.value.as_deref());
    if value.into_iter().chain(id).any(is_viewer) {
        return Fit::Yes;
    }
    // Another organisation by the code that organisations are known by. Any other name might be the viewer's.
    let other_organisation = value.is_some()
        && identifier.and_then(|identifier| identifier.system.as_deref()) == Some(ODS)
        && viewer.organisation.is_some();
    if other_organisation { Fit::No } else { Fit::Perhaps }
}

fn action_fits(code: &Coding, action: Action) -> Fit {
    if code.system.as_deref() != Some(ACTION) {
        return Fit::Perhaps;
    }
    match code.code.as_deref().unwrap_or_default() {
        "access" | "use" | "disclose" => Fit::from(action == Action::Show),
        "collect" => Fit::from(action == Action::Keep),
        "correct" => Fit::No,
        _ => Fit::Perhaps,
    }
}

/// Purposes form a tree: emergency treatment is a kind of treatment, breaking the glass a kind of that.
fn purpose_fits(code: &Coding, purpose: Purpose) -> Fit {
    if code.system.as_deref() != Some(ACT_REASON) {
        return Fit::Perhaps;
    }
    match code.code.as_deref().unwrap_or_default() {
        "PurposeOfUse" | "TREAT" => Fit::Yes,
        "ETREAT" | "BTG" | "ERTREAT" => Fit::from(purpose == Purpose::Emergency),
        "CLINTRCH" | "CLINTRCHNPC" | "CLINTRCHPC" | "PRECLINTRCH" | "DSRCH" | "POARCH" | "TRANSRCH"
        | "HRESCH" | "POPHLTH" | "PUBHLTH" | "HMARKT" | "HOPERAT" | "HPAYMT" | "HLEGAL" | "HACCRED"
        | "HQUALIMP" | "HSYSADMIN" | "HOUTCOMS" | "HPRGRP" | "HDM" | "HDIRECT" | "TRAIN" | "PATADMIN"
        | "PATSFTY" | "PERFMSR" | "PATRQT" | "FAMRQT" | "PWATRNY" | "SUPNWK" | "MARKT" | "RESEARCH" => {
            Fit::No
        }
        _ => Fit::Perhaps,
    }
}

/// A confidentiality code stands for a level: a denial of R is one of everything as private or more so, a
/// permission of R one of everything as private or less so (R4 speaks of a high water mark). Other labels are
/// compared as they are.
fn label_fits(label: &Coding, resource: &Header, is_denial: bool) -> Fit {
    if system_of(label) != CONFIDENTIALITY {
        let same = |other: &Coding| system_of(other) == system_of(label) && other.code == label.code;
        return Fit::from(resource.security.iter().any(same));
    }
    const LEVELS: [&str; 6] = ["U", "L", "M", "N", "R", "V"];
    const NORMAL: usize = 3;
    let level = |coding: &Coding| {
        LEVELS
            .iter()
            .position(|code| coding.code.as_deref() == Some(code))
    };
    let levels = resource
        .security
        .iter()
        .filter(|other| system_of(other) == CONFIDENTIALITY);
    let highest = levels
        .map(|label| level(label).unwrap_or(LEVELS.len()))
        .max()
        .unwrap_or(NORMAL);
    match level(label) {
        Some(level) if is_denial => Fit::from(highest >= level),
        Some(level) => Fit::from(highest <= level),
        None => Fit::Perhaps,
    }
}

fn class_fits(class: &Coding, resource: &Header) -> Fit {
    let code = class.code.as_deref().unwrap_or_default();
    if class.system.as_deref() == Some(RESOURCE_TYPES) {
        return Fit::from(code == resource.resource_type);
    }
    // A profile or a kind of document: known to fit if the resource says so, else not known.
    let says_so = resource.profile.iter().any(|profile| profile == code)
        || resource
            .codes
            .iter()
            .any(|other| other.system == class.system && other.code == class.code);
    if says_so { Fit::Yes } else { Fit::Perhaps }
}

fn code_fits(code: &Coding, resource: &Header) -> Fit {
    if resource.codes.is_empty() {
        return Fit::Perhaps;
    }
    Fit::from(
        resource
            .codes
            .iter()
            .any(|other| other.system == code.system && other.code == code.code),
    )
}

fn reference_fits(data: &ProvisionData, resource: &Header) -> Fit {
    let Some(Target::Resource {
        resource_type, id, ..
    }) = data.reference.as_ref().and_then(|it| it.target())
    else {
        return Fit::Perhaps;
    };
    if resource_type == resource.resource_type && id == resource.id {
        return Fit::Yes;
    }
    // What is related to it, depends on it or has the same author cannot be told from a header.
    if data.meaning.as_deref() == Some("instance") {
        Fit::No
    } else {
        Fit::Perhaps
    }
}
