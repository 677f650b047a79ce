//! Whether a resource may be cached, shown, or opened in an emergency, and why.
//!
//! Nothing here asks a server, a disk or a clock: what is known of the patient is a [`Standing`], who looks is
//! a [`Viewer`], and the answer is a [`Decision`], an [`Outcome`] with a reason in words. Two questions:
//!
//! * [`decide_patient`]: the patient as a whole: role, relationship, sensitivity, consent.
//! * [`decide_resource`]: one resource of theirs: all of that, and what the resource itself says.
//!
//! and two doors. [`permit`] lets through of a [`CacheUpdate`] what may be written down, as a [`Permitted`], which nothing
//! else can make. [`permit_to_show`] lets through what may be shown and not kept, as a [`Showable`], which is no
//! `Permitted`. Storage that accepts only `Permitted` values cannot be written to unasked:
//!
//! ```compile_fail
//! use curlew_consent::Permitted;
//! let forged = Permitted("a record"); // the field is private
//! ```
//!
//! ```compile_fail
//! use curlew_consent::Permitted;
//! let forged: Permitted<&str> = "a record".into(); // there is no conversion
//! ```
//!
//! ```compile_fail
//! use curlew_consent::Permitted;
//! let forged: Permitted<&str> = Permitted::default(); // nor an empty one to fill
//! ```
//!
//! ```compile_fail
//! # use curlew_consent::Permitted;
//! fn keep_for_later(permitted: &Permitted<String>) -> Permitted<String> {
//!     permitted.clone() // a permission is used once: tomorrow the answer may differ
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use curlew_consent::{Permitted, Showable};
//! fn keep(_: Permitted<String>) {}
//! fn look_is_not_leave_to_keep(shown: Showable<String>) {
//!     keep(shown)
//! }
//! ```
//!
//! # The rules
//!
//! Every rule is asked and the strictest answer stands: **deny wins**. Wherever a rule cannot tell, it answers
//! as if the worst it might mean were so: **unknown means no**.
//!
//! | rule | says |
//! |---|---|
//! | `role` | without an activity that lets one read records (B0360 view detailed health records, or B0428 personal medication administration in a care home), nothing |
//! | `relationship` | without a legitimate relationship, in a recorded emergency only |
//! | `sensitivity` | by security label, see [`labels`](crate#labels) |
//! | `flag` | an active flag whose code is a confidentiality code restricts the patient as a label would |
//! | `consent` | what the patient's consents deny; see below |
//! | `another-patient` | a resource that is about somebody else is not let in |
//! | `damaged` | where labels or consents are there and cannot be read, nothing |
//! | `direct-care` | otherwise yes |
//!
//! The last line is the policy of an English shared care record: sharing for direct care with a legitimate
//! relationship rests on implied consent, which a dissent overrides. The **national data opt-out and Type 1
//! opt-outs are about secondary use and gate nothing here**.
//!
//! # Labels
//!
//! | label | on the patient | on a resource |
//! |---|---|---|
//! | U, L, M, N, none | no limit | no limit |
//! | R, or a sensitivity such as HIV or PSY | with B1611 online only (where they live must not leave on a laptop), else emergency only | with B1611 no limit, else emergency only |
//! | V | with B1611 emergency only, else withheld | with B1611 online only, else withheld |
//! | REDACTED, no disclosure | withheld | withheld |
//! | do not keep (NOPERSISTP and kin) | online only | online only |
//! | NOPAT | no limit: it is about what family may see, [`not_before_patient`] | the same |
//! | anything else | withheld | withheld |
//!
//! # Consents
//!
//! A [`Consent`](fhir::Consent) counts if it is about privacy, not ended, and within its period. Its base rule
//! is the root provision's type, else its policy rule (`OPTIN`, `OPTOUT`, `EMRGONLY` …); nested provisions are
//! exceptions, the innermost that fits decides, and of several on one level a denial. A condition that cannot
//! be judged (an actor known by name only, a period of data) makes a denial fit and a permission not. A denial
//! of `collect` alone means "show, but do not keep". A denial with a permission for `ETREAT` or `BTG` inside is
//! the IHE PCF break-glass pattern and means "in a recorded emergency only". A consent that carries a modifier
//! or could not be read whole denies. One that denies the record but for some of its data withholds the whole
//! record: a part shown as if it were all is the greater danger.
//!
//! A permission never lifts another rule. An emergency never widens what may be kept.

mod consents;
mod labels;
mod permitted;

use chrono::{DateTime, Utc};
use curlew_fhir as fhir;

pub use labels::not_before_patient;
pub use permitted::{CacheUpdate, Permitted, Showable, permit, permit_to_show};

/// National RBAC activity: view detailed health records.
const VIEW_DETAILED_RECORDS: &str = "B0360";
/// National RBAC activity: personal medication administration, which care home staff hold.
const PERSONAL_MEDICATION: &str = "B0428";
/// National RBAC activity: access sensitive flagged records.
const ACCESS_SENSITIVE_RECORDS: &str = "B1611";

/// Who wants to look: what the sign-in said of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewer {
    /// The user's id, as the issuer names them.
    pub user_id: String,
    /// Job role codes, such as `S8000:G8000:R8001`.
    pub role_codes: Vec<String>,
    /// National RBAC activity codes, such as `B0360`.
    pub activity_codes: Vec<String>,
    /// The ODS code of the organisation they act for.
    pub organisation: Option<String>,
}

impl Viewer {
    fn may(&self, activity: &str) -> bool {
        self.activity_codes.iter().any(|code| code == activity)
    }

    fn may_see_sensitive(&self) -> bool {
        self.may(ACCESS_SENSITIVE_RECORDS)
    }
}

/// What somebody wants to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Individual care (`TREAT`).
    DirectCare,
    /// A recorded emergency (`ETREAT`, `BTG`).
    Emergency,
}

/// What is known that bears on who may look at one patient.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The patient.
    pub patient: &'a fhir::Patient,
    /// Every consent about them that the record holds.
    pub consents: &'a [fhir::Consent],
    /// Every flag about them that the record holds.
    pub flags: &'a [fhir::Flag],
    /// Whether the viewer has a reason to look after this patient that the record knows of.
    pub legitimate_relationship: bool,
}

impl Standing<'_> {
    fn patient_id(&self) -> Option<&str> {
        self.patient.base.id.as_deref()
    }
}

/// What may be done, from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It may be shown, and kept for offline use.
    CacheAndShow,
    /// It may be shown while connected, and never written down.
    ShowOnlineOnly,
    /// It may be shown only in a recorded emergency, and never written down.
    EmergencyOnly,
    /// It may not be shown. That something is withheld must be said.
    Withheld,
}

/// How the reason of every [`Outcome::ShowOnlineOnly`] ends in everyday care. Of a decision only its reason is kept on a
/// device.
const NOT_KEPT: &str = "shown but not kept.";

/// Whether this is the reason of a decision that something may be shown online and not kept.
pub fn shown_online_only(reason: &str) -> bool {
    reason.ends_with(NOT_KEPT)
}

/// What may be done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What may be done.
    pub outcome: Outcome,
    /// Why, in words for the person at the screen. Names no patient.
    pub reason: String,
    /// The name of the rule that decided, stable, for the audit trail.
    pub rule: &'static str,
}

impl Decision {
    fn new(outcome: Outcome, rule: &'static str, reason: &str) -> Self {
        Self {
            outcome,
            reason: reason.to_owned(),
            rule,
        }
    }

    /// The stricter of two; of equals, the first.
    fn or_stricter(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.outcome > self.outcome => other,
            _ => self,
        }
    }

    /// What a recorded emergency makes of it: what it opens is shown, and still not kept.
    fn in_emergency(self) -> Self {
        if self.outcome != Outcome::EmergencyOnly {
            return self;
        }
        let reason = format!("Shown for a recorded emergency. {}", self.reason);
        Self {
            outcome: Outcome::ShowOnlineOnly,
            reason,
            ..self
        }
    }

    fn for_purpose(self, purpose: Purpose) -> Self {
        match purpose {
            Purpose::DirectCare => self,
            Purpose::Emergency => self.in_emergency(),
        }
    }
}

/// Decides about a patient as a whole.
pub fn decide_patient(
    standing: &Standing<'_>,
    viewer: &Viewer,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Decision {
    on_patient(standing, viewer, now).for_purpose(purpose)
}

/// Decides about one resource of a patient, from its header.
pub fn decide_resource(
    standing: &Standing<'_>,
    viewer: &Viewer,
    purpose: Purpose,
    header: &fhir::Header,
    now: DateTime<Utc>,
) -> Decision {
    on_patient(standing, viewer, now)
        .or_stricter(another_patient(standing, header))
        .or_stricter(damaged(header.damaged, "this item"))
        .or_stricter(labels::on_resource(&header.security, viewer))
        .or_stricter(consents::on_resource(standing, viewer, header, now))
        .for_purpose(purpose)
}

fn on_patient(standing: &Standing<'_>, viewer: &Viewer, now: DateTime<Utc>) -> Decision {
    Decision::new(Outcome::CacheAndShow, "direct-care", "Shared for direct care.")
        .or_stricter(role(viewer))
        .or_stricter(relationship(standing))
        .or_stricter(damaged(standing.patient.base.meta_damaged, "this patient"))
        .or_stricter(labels::on_patient(&standing.patient.base.meta.security, viewer))
        .or_stricter(labels::on_flags(standing.flags, viewer, now))
        .or_stricter(consents::on_patient(standing, viewer, now))
}

fn role(viewer: &Viewer) -> Option<Decision> {
    if viewer.may(VIEW_DETAILED_RECORDS) || viewer.may(PERSONAL_MEDICATION) {
        return None;
    }
    let reason = "Your role does not include viewing health records.";
    Some(Decision::new(Outcome::Withheld, "role", reason))
}

fn relationship(standing: &Standing<'_>) -> Option<Decision> {
    if standing.legitimate_relationship {
        return None;
    }
    let reason = "You have no recorded relationship with this patient.";
    Some(Decision::new(Outcome::EmergencyOnly, "relationship", reason))
}

fn damaged(is_damaged: bool, what: &str) -> Option<Decision> {
    is_damaged.then(|| Decision {
        outcome: Outcome::Withheld,
        reason: format!("The labels that say who may see {what} could not be read."),
        rule: "damaged",
    })
}

fn another_patient(standing: &Standing<'_>, header: &fhir::Header) -> Option<Decision> {
    let about = header.patient.as_deref()?;
    let same = standing.patient_id().is_some_and(|id| {
        about == id || about.strip_prefix("urn:uuid:").or(about.strip_prefix("urn:oid:")) == Some(id)
    });
    let reason = "This item is about another patient.";
    (!same).then(|| Decision::new(Outcome::Withheld, "another-patient", reason))
}
