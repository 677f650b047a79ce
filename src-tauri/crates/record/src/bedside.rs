//! What must not be seen by the patient or family, and why: the rule behind the bedside mode.
//!
//! Screens at a bedside hide the lines named here and count what they hide. The rule, in the order it is asked:
//!
//! 1. Labelled `NOPAT` (HL7 v3-ActCode): not to be disclosed to the patient or family. GP Connect carries this label, and
//!    says that its absence proves nothing; so do we, in [`LIMITS`].
//! 2. Labelled `R` or `V` (HL7 v3-Confidentiality), or with any other label of v3-ActCode, whose policies name why a thing
//!    is sensitive. A label we do not know hides: it was put there for a reason.
//! 3. Section 7 of the content standard, safeguarding, and entries whose words name safeguarding or domestic abuse: whoever
//!    stands at the bed may be whom it is about.
//! 4. Third parties: family history, and entries whose words say that they hold information about or from a third party.
//!    Shared care records are known to show such data wrongly (BCS, on sensitive, third-party and safeguarding data).
//!
//! Words may hide here what they may never join or decide: hiding too much at a bedside costs one key press. A line made of
//! several entries is hidden when any of them must be.

use curlew_fhir::{CodeableConcept, Coding};

use crate::{fact::Fact, safety::says_any};

/// What a person should know about this mode before trusting it.
pub const LIMITS: &str = "Bedside mode hides what is labelled or filed as not for the patient or family. \
    Much that should be labelled is not: look before you turn the screen.";

const NOT_TO_FAMILY: &str = "labelled as not to be disclosed to the patient or family";
const SENSITIVE: &str = "labelled as sensitive";

/// Why labels keep a thing from the bedside.
pub(crate) fn of_labels<'l>(labels: impl IntoIterator<Item = &'l Coding>) -> Option<&'static str> {
    let of = |system: &str, label: &Coding| {
        label
            .system
            .as_deref()
            .is_none_or(|stated| stated.ends_with(system))
    };
    let mut sensitive = None;
    for label in labels {
        match label.code.as_deref().unwrap_or_default() {
            "NOPAT" => return Some(NOT_TO_FAMILY),
            "R" | "V" if of("v3-Confidentiality", label) => sensitive = Some(SENSITIVE),
            _ if label.system.is_some() && of("v3-ActCode", label) => sensitive = Some(SENSITIVE),
            _ => {}
        }
    }
    sensitive
}

/// Why labels of a document keep it from the bedside.
pub(crate) fn of_concepts(labels: &[CodeableConcept]) -> Option<&'static str> {
    of_labels(labels.iter().flat_map(|label| &label.coding))
}

/// Why an entry must not be seen at the bedside; `None` when nothing says so.
pub(crate) fn reason(fact: &Fact) -> Option<&'static str> {
    if let Some(label) = fact.not_at_bedside {
        return Some(label);
    }
    // Nearly every title says nothing of the kind: all words are looked for at once, and told apart when there are any.
    let named = says_any(&fact.title, &WORDS);
    if fact.section == 7 || (named && says_any(&fact.title, SAFEGUARDING)) {
        return Some("safeguarding");
    }
    if fact.resource.starts_with("FamilyMemberHistory/") {
        return Some("about a relative, not about the patient");
    }
    named.then_some("holds information about or from a third party")
}

/// Words that keep a line from the bedside: of safeguarding and of what it is about, then of third parties.
const WORDS: [&str; 8] = [
    "safeguarding",
    "child protection",
    "looked after child",
    "looked-after child",
    "domestic abuse",
    "domestic violence",
    "third party",
    "third-party",
];

/// Of them, those of safeguarding.
const SAFEGUARDING: &[&str] = WORDS.split_at(6).0;

#[cfg(test)]
mod tests {
    use super::*;

    fn label(system: &str, code: &str) -> Coding {
        Coding {
            system: Some(format!("http://terminology.hl7.org/CodeSystem/{system}")),
            code: Some(code.to_owned()),
            ..Coding::default()
        }
    }

    #[test]
    fn labels_that_say_who_may_see_hide_and_the_others_do_not() {
        let reason = |system: &str, code: &str| of_labels(&[label(system, code)]);
        assert_eq!(reason("v3-ActCode", "NOPAT"), Some(NOT_TO_FAMILY));
        assert_eq!(reason("v3-Confidentiality", "R"), Some(SENSITIVE));
        assert_eq!(reason("v3-Confidentiality", "V"), Some(SENSITIVE));
        assert_eq!(reason("v3-ActCode", "SDV"), Some(SENSITIVE));
        assert_eq!(
            reason("v3-ActCode", "SOMETHING-NEW"),
            Some(SENSITIVE),
            "unknown hides"
        );
        assert_eq!(reason("v3-Confidentiality", "N"), None);
        assert_eq!(reason("v3-ObservationValue", "SUBSETTED"), None);
        assert_eq!(reason("v3-ActReason", "TREAT"), None);
    }

    #[test]
    fn the_strictest_of_several_labels_is_named() {
        let labels = [label("v3-Confidentiality", "R"), label("v3-ActCode", "NOPAT")];
        assert_eq!(of_labels(&labels), Some(NOT_TO_FAMILY));
    }
}
