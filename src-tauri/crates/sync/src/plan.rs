//! What a page means, as plain data. No I/O, no clock: decided here, done elsewhere.

use curlew_api::outcome_issues;
use curlew_fhir::bundle::{Entry, read_bundle};
use curlew_fhir::{Header, ReadError, read_header};
use curlew_record::{Arrival, Failure, Unreadable, Withheld};
use curlew_vault::Change;

/// Types in which an allergy, a medicine or a warning could have been.
const SAFETY: [&str; 10] = [
    "AllergyIntolerance",
    "Consent",
    "Flag",
    "List",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "Patient",
];

/// Types that name many people, or that a server keeps of its own doings.
const NOT_OF_ONE_PERSON: [&str; 4] = ["AuditEvent", "Bundle", "Group", "Parameters"];

/// What one page brings for one patient.
#[derive(Debug, Default)]
pub(crate) struct PagePlan {
    /// To be stored, in the order received.
    pub(crate) changes: Vec<Change>,
    /// Entries of the page, stored or named.
    pub(crate) received: u32,
}

/// Plans a page. What cannot be stored is named in `arrival`, and is never a reason to lose the rest.
///
/// Kept are the patient's own resources and those that belong to nobody (organisations, practitioners, places,
/// medicines). Another person's are not: whether *they* agree was not asked.
///
/// # Errors
/// When the page is no bundle at all.
pub(crate) fn plan_page(
    patient: &str,
    body: &str,
    number: u32,
    arrival: &mut Arrival,
) -> Result<PagePlan, ReadError> {
    let bundle = read_bundle(body)?;
    let mut plan = PagePlan::default();
    for issue in bundle
        .issues
        .iter()
        .filter(|issue| issue.path.starts_with("Bundle.entry"))
    {
        let place = issue.path.trim_start_matches("Bundle.");
        // A part of the envelope of an entry that is otherwise well loses nothing.
        if !place.contains('.') || place.ends_with(".resource") {
            plan.received += 1;
            arrival.unreadable.push(Unreadable {
                item: format!("{place} of page {number}"),
                problem: issue.problem.clone(),
            });
        }
    }
    for (place, entry) in bundle.entries.iter().enumerate() {
        let Some(raw) = entry.resource else {
            plan.deletion(entry);
            continue;
        };
        plan.received += 1;
        match read_header(raw) {
            Ok(header) if header.resource_type == "OperationOutcome" => note_outcome(raw, arrival),
            Ok(header) => plan.resource(patient, header, raw, arrival),
            Err(error) => arrival.unreadable.push(Unreadable {
                item: format!("entry[{place}] of page {number}"),
                problem: error.to_string(),
            }),
        }
    }
    Ok(plan)
}

impl PagePlan {
    fn resource(&mut self, patient: &str, header: Header, raw: &str, arrival: &mut Arrival) {
        let not_kept = match &header.patient {
            _ if NOT_OF_ONE_PERSON.contains(&header.resource_type.as_str()) => {
                Some("it is not part of one person's record")
            }
            Some(other) if other != patient => Some("it belongs to another person's record"),
            _ => None,
        };
        match not_kept {
            Some(reason) => note_withheld(arrival, &header.resource_type, reason),
            None => self.changes.push(Change::Put {
                header,
                raw: raw.to_owned(),
            }),
        }
    }

    /// Histories, and some servers' deltas, name what is gone.
    fn deletion(&mut self, entry: &Entry<'_>) {
        let Some((method, address)) = &entry.request else {
            return;
        };
        if method == "DELETE"
            && let Some(gone) = curlew_api::Deleted::at(address)
        {
            self.changes.push(Change::Delete {
                resource_type: gone.resource_type,
                id: gone.id,
            });
        }
    }
}

/// What a server says beside its results may mean that they are not all there are (UK Core: consumers shall check).
/// What it says it has kept back is withheld; anything else is something that did not arrive.
fn note_outcome(raw: &str, arrival: &mut Arrival) {
    for issue in outcome_issues(raw) {
        if issue.code == "suppressed" {
            let withheld = Withheld {
                resource_type: issue.about,
                count: 0,
                reason: issue.text,
            };
            // Said on every page by some.
            if !arrival.withheld.contains(&withheld) {
                arrival.withheld.push(withheld);
            }
        } else {
            arrival.failures.push(Failure {
                what: format!("the source says: {}", issue.text),
                touches_safety: true,
            });
        }
    }
}

/// Names a type that the server would not give: `Observation: the record API answered 405`.
pub(crate) fn note_not_given(not_given: String, arrival: &mut Arrival) {
    let touches_safety = SAFETY.contains(&not_given.split(':').next().unwrap_or_default());
    arrival.failures.push(Failure {
        what: not_given,
        touches_safety,
    });
}

fn note_withheld(arrival: &mut Arrival, resource_type: &str, reason: &str) {
    let same = |known: &&mut Withheld| {
        known.resource_type.as_deref() == Some(resource_type) && known.reason == reason
    };
    match arrival.withheld.iter_mut().find(same) {
        Some(known) => known.count += 1,
        None => arrival.withheld.push(Withheld {
            resource_type: Some(resource_type.to_owned()),
            count: 1,
            reason: reason.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(entries: &[&str]) -> (PagePlan, Arrival) {
        let entries: Vec<_> = entries
            .iter()
            .map(|resource| format!(r#"{{"resource":{resource}}}"#))
            .collect();
        let body = format!(
            r#"{{"resourceType":"Bundle","type":"searchset","entry":[{}]}}"#,
            entries.join(",")
        );
        let mut arrival = Arrival::default();
        let plan = plan_page("p1", &body, 2, &mut arrival).expect("a bundle");
        (plan, arrival)
    }

    fn kept(plan: &PagePlan) -> Vec<String> {
        let name = |change: &Change| match change {
            Change::Put { header, .. } => format!("{}/{}", header.resource_type, header.id),
            Change::Delete { resource_type, id } => format!("-{resource_type}/{id}"),
            Change::Purge { .. } => "purge".into(),
        };
        plan.changes.iter().map(name).collect()
    }

    #[test]
    fn own_and_supporting_resources_are_kept_verbatim() {
        let odd = r#"{ "resourceType":"Observation","id":"o1", "subject":{"reference":"Patient/p1"},"valueQuantity":{"value":1.50} }"#;
        let (plan, arrival) = plan(&[
            r#"{"resourceType":"Patient","id":"p1"}"#,
            odd,
            r#"{"resourceType":"Organization","id":"x"}"#,
        ]);
        assert_eq!(kept(&plan), ["Patient/p1", "Observation/o1", "Organization/x"]);
        assert!(matches!(&plan.changes[1], Change::Put { raw, .. } if raw == odd));
        assert_eq!(arrival, Arrival::default());
        assert_eq!(plan.received, 3);
    }

    #[test]
    fn another_persons_resources_are_counted_and_not_kept() {
        let (plan, arrival) = plan(&[
            r#"{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p2"}}"#,
            r#"{"resourceType":"Observation","id":"2","subject":{"reference":"Patient/p2"}}"#,
            r#"{"resourceType":"Patient","id":"p2"}"#,
            r#"{"resourceType":"Group","id":"g"}"#,
        ]);
        assert_eq!(kept(&plan), [""; 0]);
        let counted: Vec<_> = arrival
            .withheld
            .iter()
            .map(|kept| (kept.resource_type.as_deref(), kept.count))
            .collect();
        assert_eq!(
            counted,
            [(Some("Observation"), 2), (Some("Patient"), 1), (Some("Group"), 1)]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_is_kept() {
        let (plan, arrival) = plan(&[
            r#"{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"}}"#,
            r#"{"id":"no type"}"#,
            r#""not an object""#,
            r#"{"resourceType":"Observation","id":"2","subject":{"reference":"Patient/p1"}}"#,
        ]);
        assert_eq!(kept(&plan), ["Observation/1", "Observation/2"]);
        let items: Vec<_> = arrival.unreadable.iter().map(|item| item.item.as_str()).collect();
        assert_eq!(items, ["entry[2].resource of page 2", "entry[1] of page 2"]);
        assert_eq!(plan.received, 4);
    }

    #[test]
    fn what_the_server_says_beside_the_results_is_a_failure() {
        let (plan, arrival) = plan(&[
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"warning","details":{"text":"Results incomplete"}}]}"#,
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"information","diagnostics":"12 ms"}]}"#,
        ]);
        assert_eq!(kept(&plan), [""; 0]);
        assert_eq!(arrival.failures.len(), 1);
        assert!(
            arrival.failures[0].what.contains("Results incomplete") && arrival.failures[0].touches_safety
        );
    }

    #[test]
    fn what_the_server_keeps_back_is_withheld_and_said_once() {
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"suppressed",
            "details":{"text":"2 Observation resources are withheld"},"expression":["Observation"]}]}"#;
        let (_, arrival) = plan(&[outcome, outcome]);
        assert!(arrival.failures.is_empty());
        let reason = "2 Observation resources are withheld".to_owned();
        assert_eq!(
            arrival.withheld,
            [Withheld {
                resource_type: Some("Observation".into()),
                count: 0,
                reason
            }]
        );
    }

    #[test]
    fn a_page_that_is_no_bundle_is_an_error() {
        for body in ["", "{", "[]", r#"{"resourceType":"Patient","id":"p1"}"#] {
            assert!(
                plan_page("p1", body, 1, &mut Arrival::default()).is_err(),
                "{body}"
            );
        }
    }

    #[test]
    fn types_not_given_are_judged_by_what_could_have_been_in_them() {
        let mut arrival = Arrival::default();
        note_not_given(
            "MedicationRequest: the record API answered 405".into(),
            &mut arrival,
        );
        note_not_given("Goal: the record API answered 405".into(), &mut arrival);
        assert_eq!(
            arrival
                .failures
                .iter()
                .map(|failure| failure.touches_safety)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }

    proptest! {
        /// Everything received is stored or named: nothing is lost between the two.
        #[test]
        fn received_is_kept_plus_named(kinds in prop::collection::vec(0_u8..6, 0..40)) {
            let entries: Vec<String> = kinds.iter().enumerate().map(|(id, kind)| match kind {
                0 => format!(r#"{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/p1"}}}}"#),
                1 => format!(r#"{{"resourceType":"Condition","id":"{id}","subject":{{"reference":"Patient/p2"}}}}"#),
                2 => format!(r#"{{"resourceType":"Practitioner","id":"{id}"}}"#),
                3 => "{}".to_owned(),
                4 => "7".to_owned(),
                _ => r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x"}]}"#.to_owned(),
            }).collect();
            let (plan, arrival) = plan(&entries.iter().map(String::as_str).collect::<Vec<_>>());
            let withheld: u32 = arrival.withheld.iter().map(|kept| kept.count).sum();
            let named = withheld as usize + arrival.unreadable.len() + arrival.failures.len();
            prop_assert_eq!(plan.changes.len() + named, kinds.len());
            prop_assert_eq!(plan.received as usize, kinds.len());
        }
    }
}
