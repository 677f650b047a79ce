//! Properties of unification, over random choices and orders of a small awkward record, and over generated facts
//! that nearly say the same. The same properties over real records are in `corpus.rs`.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

mod support;

use std::collections::BTreeSet;

use curlew_record::{Arrival, Held, Projection, project, view::Line};
use proptest::{prelude::*, sample::subsequence};
use serde_json::{Value, json};
use support::{at, coded, patient, record_of, resource};

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

/// A line as it is read: everything but its sources and what depends on when it was received.
fn as_read(line: &Line) -> (String, String, String, Vec<String>, Vec<String>) {
    // What a result was before is about the one before, not about the line.
    let detail = line.detail.iter().flat_map(|d| d.split(" \u{b7} "));
    let own = detail.filter(|words| !words.contains("was ") && !words.contains("unchanged since"));
    (
        line.id.clone(),
        line.when.clone(),
        line.title.clone(),
        own.map(str::to_owned).collect(),
        line.marks.iter().map(|mark| mark.text.clone()).collect(),
    )
}

/// The medicines as they are read, without their sources.
fn medicines_as_read(record: &Projection) -> Vec<String> {
    let groups = record.medicines.current.iter().chain(&record.medicines.past);
    groups
        .map(|group| {
            let changes: Vec<_> = group.changes.iter().map(|c| (&c.when_text, &c.says)).collect();
            let spans: Vec<_> = group
                .spans
                .iter()
                .map(|s| (&s.source, &s.start_text, &s.end_text, &s.dose))
                .collect();
            format!(
                "{:?}",
                (
                    &group.line,
                    &group.status,
                    group.current,
                    &group.differences,
                    changes,
                    spans
                )
            )
        })
        .collect()
}

/// Resources that only other resources need: without them the lines that name them say less.
fn supports(resource: &Value) -> bool {
    matches!(
        resource["resourceType"].as_str(),
        Some("Organization" | "Medication" | "List" | "Provenance" | "Encounter" | "DiagnosticReport")
    )
}

/// Facts of one type and code that may state the same thing: few dates, identifiers and feeds, so that joins and near
/// misses are both many.
fn near_misses(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Value>> {
    let kind = prop_oneof![
        Just("Condition"),
        Just("AllergyIntolerance"),
        Just("Observation"),
        Just("Procedure"),
        Just("Flag"),
    ];
    kind.prop_flat_map(move |kind| prop::collection::vec(near_miss(kind), count.clone()))
}

fn near_miss(kind: &'static str) -> impl Strategy<Value = Value> {
    let when = prop_oneof![
        Just(None),
        Just(Some("2026-05")),
        Just(Some("2026-05-01")),
        Just(Some("2026-05-02")),
        Just(Some("2026-05-01T08:00:00Z")),
        Just(Some("2026-05-01T09:30:00Z")),
    ];
    let feed = prop_oneof![Just("gp"), Just("acute"), Just("community")];
    let code = prop_oneof![5 => Just("1912002"), 1 => Just("764146007")];
    let identifier = prop_oneof![3 => Just(None), 1 => Just(Some("A")), 1 => Just(Some("B"))];
    (when, feed, code, identifier, prop::bool::weighted(0.8)).prop_map(move |(when, feed, code, identifier, active)| {
        let mut body = json!({
            "resourceType": kind, "subject": {"reference": "Patient/p1"}, "patient": {"reference": "Patient/p1"},
            "code": coded("Something", code),
        });
        match kind {
            "Condition" | "AllergyIntolerance" => {
                body["clinicalStatus"] = json!({"coding": [{"code": if active { "active" } else { "resolved" }}]});
            }
            "Observation" => {
                body["status"] = json!("final");
                body["valueQuantity"] = json!({"value": if active { 5 } else { 6 }, "unit": "mmol/L"});
            }
            "Procedure" => body["status"] = json!(if active { "completed" } else { "not-done" }),
            _ => body["status"] = json!(if active { "active" } else { "inactive" }),
        }
        if let Some(when) = when {
            let field = match kind {
                "Condition" | "AllergyIntolerance" => "onsetDateTime",
                "Observation" => "effectiveDateTime",
                "Procedure" => "performedDateTime",
                _ => "x",
            };
            body[field] = json!(when);
        }
        if let Some(identifier) = identifier {
            body["identifier"] = json!([{"system": "https://ids.example.test", "value": identifier}]);
        }
        resource(feed, body)
    })
}

/// The facts under ids of their own.
fn named(facts: &[Value]) -> Vec<Value> {
    let letters = ["fa", "fb", "fc", "fd", "fe", "ff", "fg", "fh"];
    facts
        .iter()
        .zip(letters)
        .map(|(fact, id)| {
            let mut fact = fact.clone();
            fact["id"] = json!(id);
            fact
        })
        .collect()
}

/// The groups of facts that are one line, each by `Type/id`.
fn groups(facts: &[Value]) -> BTreeSet<BTreeSet<String>> {
    let record = projected(&raws(facts));
    record
        .lines()
        .map(|line| {
            line.sources
                .iter()
                .map(|source| source.resource.clone())
                .collect()
        })
        .collect()
}

fn together(groups: &BTreeSet<BTreeSet<String>>, a: &Value, b: &Value) -> bool {
    let name = |it: &Value| {
        format!(
            "{}/{}",
            it["resourceType"].as_str().unwrap(),
            it["id"].as_str().unwrap()
        )
    };
    groups
        .iter()
        .any(|group| group.contains(&name(a)) && group.contains(&name(b)))
}

/// Resources as the entries of pages of this many each.
fn through_pages(raws: &[String], sizes: &[usize]) -> Vec<String> {
    let mut rest = raws;
    let mut sizes = sizes.iter().copied().cycle();
    let mut read = Vec::new();
    while !rest.is_empty() {
        let (page, later) = rest.split_at(sizes.next().unwrap().min(rest.len()));
        rest = later;
        let entries: Vec<String> = page.iter().map(|raw| format!("{{\"resource\":{raw}}}")).collect();
        let text = format!(
            "{{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[{}]}}",
            entries.join(",")
        );
        let bundle = curlew_fhir::bundle::read_bundle(&text).unwrap();
        read.extend(
            bundle
                .entries
                .iter()
                .filter_map(|e| e.resource.map(str::to_owned)),
        );
    }
    read
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_a_page_ends_decides_nothing(
        chosen in subsequence(pool(), 0..=pool().len()),
        sizes in prop::collection::vec(1_usize..6, 1..5),
    ) {
        let raws = raws(&chosen);
        prop_assert!(projected(&through_pages(&raws, &sizes)) == projected(&raws));
    }

    #[test]
    fn what_is_taken_away_by_consent_changes_no_other_line(
        chosen in subsequence(pool(), 1..=pool().len()),
        which in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let removable: Vec<&Value> = chosen.iter().filter(|r| !supports(r) && r["id"].is_string()).collect();
        prop_assume!(!removable.is_empty());
        let gone: BTreeSet<String> = which
            .iter()
            .map(|at| at.get(&removable))
            .map(|r| format!("{}/{}", r["resourceType"].as_str().unwrap(), r["id"].as_str().unwrap()))
            .collect();
        let kept: Vec<Value> = chosen
            .iter()
            .filter(|r| !gone.contains(&format!("{}/{}", r["resourceType"].as_str().unwrap_or(""), r["id"].as_str().unwrap_or(""))))
            .cloned()
            .collect();
        let (before, after) = (projected(&raws(&chosen)), projected(&raws(&kept)));
        let mut compared = 0;
        for line in before.lines().filter(|line| line.sources.iter().all(|s| !gone.contains(&s.resource))) {
            let same = after.lines().find(|other| other.id == line.id);
            prop_assert_eq!(Some(as_read(line)), same.map(as_read), "{}", line.id);
            compared += 1;
        }
        prop_assert!(compared >= 1, "the patient's own line is always there");
        for line in after.lines() {
            prop_assert!(line.sources.iter().all(|s| !gone.contains(&s.resource)));
        }
    }

    /// The pure part of "as at": a record made of the versions received by now is the record, whenever each of them
    /// came. Which versions those are is the vault's to choose, and tested there.
    #[test]
    fn when_each_version_was_received_changes_nothing_but_what_is_new(
        chosen in subsequence(pool(), 0..=pool().len()),
        hours in prop::collection::vec(0_i64..2_000, 1..8),
    ) {
        let raws = raws(&chosen);
        let now = at("2026-11-23T07:41:00Z");
        let early = raws.iter().zip(hours.iter().cycle()).map(|(raw, hours)| Held {
            raw,
            version_received: now - chrono::TimeDelta::hours(*hours),
        });
        let as_received = project("p1", early, &Arrival::default());
        let all_now = projected(&raws);
        let read = |record: &Projection| record.timeline.iter().map(|row| as_read(&row.line)).collect::<Vec<_>>();
        prop_assert_eq!(read(&as_received), read(&all_now));
        prop_assert_eq!(&as_received.gaps, &all_now.gaps);
        prop_assert_eq!(&as_received.first.safety.allergies, &all_now.first.safety.allergies);
    }

    #[test]
    fn joining_is_reflexive_every_fact_is_on_exactly_one_line(facts in near_misses(1..7)) {
        let facts = named(&facts);
        let groups = groups(&facts);
        for fact in &facts {
            let name = format!("{}/{}", fact["resourceType"].as_str().unwrap(), fact["id"].as_str().unwrap());
            prop_assert_eq!(groups.iter().filter(|group| group.contains(&name)).count(), 1, "{}", name);
        }
    }

    #[test]
    fn joining_is_symmetric_whoever_comes_first_and_whatever_it_is_called(
        facts in near_misses(2..3),
    ) {
        let there = named(&facts);
        let back: Vec<Value> = facts.into_iter().rev().collect();
        let back = named(&back);
        prop_assert_eq!(
            together(&groups(&there), &there[0], &there[1]),
            together(&groups(&back), &back[0], &back[1])
        );
    }

    #[test]
    fn joining_is_transitive(facts in near_misses(3..4)) {
        let facts = named(&facts);
        let pair = |i: usize, j: usize| {
            let two = [facts[i].clone(), facts[j].clone()];
            together(&groups(&two), &two[0], &two[1])
        };
        let all = groups(&facts);
        for (a, b, c) in [(0, 1, 2), (1, 0, 2), (0, 2, 1)] {
            if pair(a, b) && pair(b, c) {
                prop_assert!(together(&all, &facts[a], &facts[c]), "{:?}", all);
            }
        }
    }

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
            .filter(|r| matches!(r["resourceType"].as_str(), Some("Condition" | "AllergyIntolerance" | "Observation" | "DiagnosticReport" | "MedicationRequest")))
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
        prop_assert_eq!(medicines_as_read(&before), medicines_as_read(&after));
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
