//! Properties of unification, over random choices and orders of a small awkward record.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

mod support;

use std::collections::BTreeSet;

use curlew_record::{Arrival, Projection};
use proptest::{prelude::*, sample::subsequence};
use serde_json::{Value, json};
use support::{coded, patient, record_of, resource};

/// Resources that agree, disagree, refer to each other, repeat, and are broken.
fn pool() -> Vec<Value> {
    let subject = json!({"reference": "Patient/p1"});
    let medicine = |id: &str, feed: &str, status: &str, name: &str| {
        resource(
            feed,
            json!({"resourceType": "MedicationRequest", "id": id, "status": status, "intent": "order",
            "subject": subject, "authoredOn": "2026-05-01", "medicationCodeableConcept": {"text": name},
            "dosageInstruction": [{"text": "one a day"}]}),
        )
    };
    let condition = |id: &str, feed: &str, onset: &str| {
        resource(
            feed,
            json!({"resourceType": "Condition", "id": id, "subject": subject, "onsetDateTime": onset,
            "code": coded("Fall", "1912002"), "clinicalStatus": {"coding": [{"code": "active"}]}}),
        )
    };
    let result = |id: &str, value: f64| {
        resource(
            "acute",
            json!({"resourceType": "Observation", "id": id, "status": "final", "subject": subject,
            "code": coded("Sodium", "1000661000000107"), "effectiveDateTime": "2026-05-01T08:00:00Z",
            "valueQuantity": {"value": value, "unit": "mmol/L"}}),
        )
    };
    let allergy = |id: &str, feed: &str| {
        resource(
            feed,
            json!({"resourceType": "AllergyIntolerance", "id": id, "patient": subject,
            "clinicalStatus": {"coding": [{"code": "active"}]}, "code": coded("Penicillin", "764146007")}),
        )
    };
    vec![
        json!({"resourceType": "Organization", "id": "o1", "name": "Example Surgery", "type": [{"coding": [{"code": "RO76"}]}]}),
        json!({"resourceType": "Medication", "id": "med1", "code": coded("Apixaban 5mg tablets", "42206511000001102")}),
        medicine("m1", "gp", "active", "Warfarin 3mg tablets"),
        medicine("m2", "acute", "stopped", "Warfarin"),
        medicine("m3", "acute", "active", "Apixaban 5mg tablets"),
        resource(
            "acute",
            json!({"resourceType": "MedicationRequest", "id": "m4", "status": "active", "intent": "order",
            "subject": subject, "medicationReference": {"reference": "Medication/med1"}}),
        ),
        condition("c1", "gp", "2026-05-01"),
        condition("c2", "acute", "2026-05-01"),
        condition("c3", "gp", "2026-05"),
        result("r1", 140.0),
        result("r2", 128.0),
        resource(
            "acute",
            json!({"resourceType": "DiagnosticReport", "id": "d1", "status": "final", "subject": subject,
            "code": {"text": "Renal function"}, "effectiveDateTime": "2026-05-01T08:00:00Z",
            "result": [{"reference": "Observation/r1"}, {"reference": "Observation/r2"}]}),
        ),
        allergy("a1", "gp"),
        allergy("a2", "acute"),
        resource(
            "gp",
            json!({"resourceType": "List", "id": "l1", "title": "Ended allergies", "status": "current",
            "subject": subject, "entry": [{"item": {"reference": "AllergyIntolerance/a2"}}]}),
        ),
        json!({"resourceType": "Provenance", "id": "v1", "target": [{"reference": "Condition/c3"}], "recorded": "2026-06-01T10:00:00Z",
            "agent": [{"who": {"reference": "Organization/o1"}}]}),
        json!({"resourceType": "Encounter", "id": "e1", "status": "finished", "subject": subject, "class": {"code": "EMER"},
            "period": {"start": "not a date"}}),
        json!({"resourceType": "Claim", "id": "x1", "patient": subject}),
        json!({"resourceType": "Procedure", "status": "completed", "subject": subject, "code": {"text": "No id"}}),
        json!({"resourceType": "Condition", "id": "w1", "subject": {"reference": "Patient/other"}, "code": {"text": "Gout"}}),
    ]
}

fn raws(chosen: &[Value]) -> Vec<String> {
    std::iter::once(patient())
        .chain(chosen.iter().cloned())
        .map(|r| r.to_string())
        .collect()
}

fn projected(raws: &[String]) -> Projection {
    record_of(raws, &Arrival::default())
}

/// Every resource behind a line or a medicine.
fn behind(record: &Projection) -> BTreeSet<String> {
    let medicines = record
        .medicines
        .current
        .iter()
        .chain(&record.medicines.past)
        .flat_map(|g| &g.sources);
    record
        .lines()
        .flat_map(|l| &l.sources)
        .chain(medicines)
        .map(|s| s.resource.clone())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_decides_nothing(
        (chosen, shuffled) in subsequence(pool(), 0..=pool().len())
            .prop_flat_map(|chosen| (Just(chosen.clone()), Just(chosen).prop_shuffle()))
    ) {
        prop_assert!(projected(&raws(&chosen)) == projected(&raws(&shuffled)));
    }

    #[test]
    fn no_resource_vanishes(chosen in subsequence(pool(), 0..=pool().len())) {
        let raws = raws(&chosen);
        let record = projected(&raws);
        prop_assert_eq!(record.gaps.received as usize, raws.len());
        prop_assert_eq!(behind(&record).len(), record.gaps.shown as usize);
    }

    #[test]
    fn a_resource_received_twice_only_grows_the_stack_of_sources(
        chosen in subsequence(pool(), 1..=pool().len()),
        which in any::<proptest::sample::Index>(),
    ) {
        // Only what has a time of day, or is a state, can be told to be the same thing twice; and a2 is made
        // "ended" by a list that does not name the copy.
        let twice: Vec<&Value> = chosen
            .iter()
            .filter(|r| matches!(r["resourceType"].as_str(), Some("Condition" | "AllergyIntolerance" | "Observation" | "DiagnosticReport")))
            .filter(|r| r["subject"]["reference"] != "Patient/other" && r["id"] != "a2")
            .collect();
        prop_assume!(!twice.is_empty());
        let mut copy = twice[which.index(twice.len())].clone();
        copy["id"] = json!(format!("{}-zz-again", copy["id"].as_str().unwrap()));
        let before = projected(&raws(&chosen));
        let mut more = chosen.clone();
        more.push(copy);
        let after = projected(&raws(&more));
        let bare = |record: &Projection| -> Vec<(String, String, String, Option<String>)> {
            record.timeline.iter().map(|r| &r.line).map(|l| (l.id.clone(), l.when.clone(), l.title.clone(), l.detail.clone())).collect()
        };
        prop_assert_eq!(bare(&before), bare(&after));
        prop_assert_eq!(behind(&after).len(), behind(&before).len() + 1);
    }

    #[test]
    fn every_line_id_opens_a_line_that_lists_it(chosen in subsequence(pool(), 0..=pool().len())) {
        let record = projected(&raws(&chosen));
        let ids: BTreeSet<&str> = record.lines().map(|l| l.id.as_str()).collect();
        for line in record.lines() {
            prop_assert!(line.sources.iter().any(|s| s.resource == line.id));
        }
        for group in record.medicines.current.iter().chain(&record.medicines.past) {
            prop_assert!(record.lines().any(|l| l.sources.iter().any(|s| s.resource == group.id)));
        }
        for point in record.results.series.iter().flat_map(|s| &s.points) {
            prop_assert!(ids.contains(point.id.as_str()));
        }
    }
}
