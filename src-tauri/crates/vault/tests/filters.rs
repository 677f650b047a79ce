//! The timeline narrowed: each count is what choosing it shows.

mod support;

use curlew_record::view::{FacetCount, TimelineFilter};
use curlew_vault::{Basis, OpenPatient, Vault};
use support::{Bench, apply, last, open, patient, problem, update};

fn raws() -> Vec<String> {
    let encounter = |id: &str, day: &str, hospital: &str, diagnosis: &str| {
        format!(
            r#"{{"resourceType":"Encounter","id":"{id}","status":"finished","subject":{{"reference":"Patient/p1"}},
            "type":[{{"text":"Visit {id}"}}],"period":{{"start":"{day}"}},"serviceProvider":{{"display":"{hospital}"}}{diagnosis}}}"#
        )
    };
    let diagnosis = r#","diagnosis":[{"condition":{"reference":"Condition/c0"}}]"#;
    let procedure = |id: &str, when: &str, reason: &str| {
        format!(
            r#"{{"resourceType":"Procedure","id":"{id}","status":"completed","subject":{{"reference":"Patient/p1"}},
            "code":{{"text":"Operation {id}"}},"encounter":{{"reference":"Encounter/e1"}}{when}{reason}}}"#
        )
    };
    let on = |day: &str| format!(r#","performedDateTime":"{day}""#);
    let because = r#","reasonReference":[{"reference":"https://record.example/Condition/c0/_history/2"}]"#;
    vec![
        patient("p1", "Canary"),
        problem("p1", "c0", "Heart failure", "2026-03-01"),
        problem("p1", "c1", "Heart failure", "2020"),
        encounter("e1", "2026-10-01", "Northside Hospital", diagnosis),
        encounter("e2", "2026-10-20", "Southside Surgery", ""),
        procedure("r1", &on("2026-10-02"), because),
        procedure("r2", &on("2026-10"), ""),
        procedure("r3", "", ""),
    ]
}

fn held() -> (Bench, Vault) {
    let bench = Bench::new();
    let vault = bench.create();
    apply(&vault, update("p1", Basis::Full, &raws(), last(), 1)).expect("the open record answers");
    (bench, vault)
}

fn ids(open: &OpenPatient, filter: &TimelineFilter) -> Vec<String> {
    let page = open.timeline(filter, 0, 500).expect("the open record answers");
    let index = open.timeline_index(filter).expect("the open record answers");
    assert_eq!(index.total as usize, page.lines.len(), "{filter:?}");
    let mut ids: Vec<String> = page.lines.into_iter().map(|line| line.id).collect();
    ids.sort();
    ids
}

fn counted(counts: &[FacetCount]) -> Vec<(&str, u32)> {
    counts
        .iter()
        .map(|count| (count.label.as_str(), count.count))
        .collect()
}

#[test]
fn a_problem_brings_what_refers_to_it_and_nothing_that_only_looks_like_it() {
    let (_bench, vault) = held();
    let open = open(&vault, "p1", 5).unwrap();
    let problems = open.timeline_index(&TimelineFilter::default()).unwrap().problems;
    assert_eq!(counted(&problems), [("Heart failure", 3), ("Heart failure", 1)]);
    let of = |value: &str| {
        ids(
            &open,
            &TimelineFilter {
                problems: vec![value.to_owned()],
                ..TimelineFilter::default()
            },
        )
    };
    // The other problem has the same words; the other operations were in the same contact.
    assert_eq!(
        of("Condition/c0"),
        ["Condition/c0", "Encounter/e1", "Procedure/r1"]
    );
    assert_eq!(of("Condition/c1"), ["Condition/c1"]);
    assert_eq!(of("Condition/unknown"), Vec::<String>::new());
}

#[test]
fn a_contact_brings_everything_that_says_it_belongs_to_it() {
    let (_bench, vault) = held();
    let open = open(&vault, "p1", 5).unwrap();
    let filter = TimelineFilter {
        encounter: Some("Encounter/e1".into()),
        ..TimelineFilter::default()
    };
    assert_eq!(
        ids(&open, &filter),
        ["Encounter/e1", "Procedure/r1", "Procedure/r2", "Procedure/r3"]
    );
}

#[test]
fn a_period_keeps_what_may_have_happened_in_it_and_says_what_it_leaves_out() {
    let (_bench, vault) = held();
    let open = open(&vault, "p1", 5).unwrap();
    let period = |from: Option<&str>, to: Option<&str>| TimelineFilter {
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        ..TimelineFilter::default()
    };
    let october = period(Some("2026-10-02"), Some("2026-10-20"));
    // "Oct-2026" may be any day of it.
    assert_eq!(
        ids(&open, &october),
        ["Encounter/e2", "Procedure/r1", "Procedure/r2"]
    );
    let index = open.timeline_index(&october).unwrap();
    assert_eq!(
        index.left_out.as_deref(),
        Some("1 entry without a date is left out")
    );
    assert_eq!(ids(&open, &period(Some("2026-10-21"), None)), ["Procedure/r2"]);
    assert_eq!(ids(&open, &period(None, Some("2020-06-30"))), ["Condition/c1"]);
    assert_eq!(
        ids(&open, &period(None, Some("2019-12-31"))),
        Vec::<String>::new()
    );
    assert_eq!(
        ids(&open, &period(Some("2027-01-01"), None)),
        Vec::<String>::new()
    );
    assert_eq!(
        ids(&open, &period(Some("2000-01-01"), Some("2030-01-01"))).len(),
        6
    );
    assert_eq!(
        open.timeline_index(&TimelineFilter::default()).unwrap().left_out,
        None
    );
}

#[test]
fn every_count_is_what_choosing_it_shows_alone_and_with_others() {
    let (_bench, vault) = held();
    let open = open(&vault, "p1", 5).unwrap();
    let bases = [
        TimelineFilter::default(),
        TimelineFilter {
            from: Some("2026-01-01".into()),
            ..TimelineFilter::default()
        },
        TimelineFilter {
            text: "operation".into(),
            ..TimelineFilter::default()
        },
        TimelineFilter {
            problems: vec!["Condition/c0".into()],
            ..TimelineFilter::default()
        },
        TimelineFilter {
            organisations: vec!["Northside Hospital".into()],
            ..TimelineFilter::default()
        },
    ];
    let mut tried = 0;
    for base in bases {
        let index = open.timeline_index(&base).unwrap();
        for count in &index.organisations {
            let filter = TimelineFilter {
                organisations: vec![count.value.clone()],
                ..base.clone()
            };
            assert_eq!(ids(&open, &filter).len(), count.count as usize, "{filter:?}");
            tried += 1;
        }
        for count in &index.problems {
            let filter = TimelineFilter {
                problems: vec![count.value.clone()],
                ..base.clone()
            };
            assert_eq!(ids(&open, &filter).len(), count.count as usize, "{filter:?}");
            tried += 1;
        }
    }
    assert!(tried >= 12, "only {tried} were tried");
    let organisations = open
        .timeline_index(&TimelineFilter::default())
        .unwrap()
        .organisations;
    let northside = organisations
        .iter()
        .find(|count| count.label == "Northside Hospital")
        .unwrap();
    // The contact, and what happened in it, whose organisation is the contact's.
    assert!(northside.count >= 1, "{organisations:?}");
}

#[test]
fn nothing_is_changed_for_somebody_who_never_looked() {
    let (_bench, vault) = held();
    let open = open(&vault, "p1", 5).unwrap();
    let only = TimelineFilter {
        only_changed: true,
        ..TimelineFilter::default()
    };
    assert_eq!(ids(&open, &only), Vec::<String>::new());
    assert_eq!(
        open.timeline_index(&TimelineFilter::default()).unwrap().changed,
        0
    );
}

#[test]
fn a_contact_and_what_belongs_to_it_are_one_group_and_everything_stays_in_exactly_one_place() {
    let (_bench, vault) = held();
    let open = open(&vault, "p1", 5).unwrap();
    let groups = open
        .timeline_groups(&TimelineFilter::default())
        .expect("the open record answers")
        .groups;
    let [group] = groups.as_slice() else {
        panic!("one contact has entries of its own, not {groups:?}");
    };
    assert_eq!(
        (group.id.as_str(), group.label.as_str()),
        ("Encounter/e1", "Visit e1")
    );
    // One of its operations has no date: it is the oldest, and says so.
    assert_eq!(
        group.words,
        "4 entries, Date not recorded to 02-Oct-2026 \u{b7} procedures 3"
    );
    assert_eq!(group.when, "02-Oct-2026");
    let page = open.timeline(&TimelineFilter::default(), 0, 500).unwrap().lines;
    let members: Vec<&str> = group
        .runs
        .iter()
        .flat_map(|(first, length)| *first..*first + *length)
        .map(|offset| page[offset as usize].id.as_str())
        .collect();
    assert_eq!(
        members,
        ["Procedure/r1", "Encounter/e1", "Procedure/r2", "Procedure/r3"]
    );
    assert_eq!(
        page[group.own.expect("its own line is here") as usize].id,
        "Encounter/e1"
    );
}

#[test]
fn groups_under_a_filter_point_into_what_the_filter_keeps() {
    let (_bench, vault) = held();
    let open = open(&vault, "p1", 5).unwrap();
    let filter = TimelineFilter {
        kinds: vec![curlew_record::view::LineKind::Procedure],
        ..TimelineFilter::default()
    };
    let groups = open.timeline_groups(&filter).unwrap().groups;
    let page = open.timeline(&filter, 0, 500).unwrap().lines;
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].runs, [(0, u32::try_from(page.len()).unwrap())]);
    assert_eq!(groups[0].own, None, "the contact itself is filtered away");
}

#[test]
fn a_year_says_what_it_holds_by_setting_and_which_years_before_it_hold_nothing() {
    let (_bench, vault) = held();
    let open = open(&vault, "p1", 5).unwrap();
    let years = open.timeline_index(&TimelineFilter::default()).unwrap().years;
    for year in &years {
        let sum: u32 = year.settings.iter().map(|setting| setting.count).sum();
        assert_eq!(sum, year.count, "{year:?}");
        assert!(year.words.contains(&year.count.to_string()), "{year:?}");
    }
    let old = years
        .iter()
        .find(|year| year.label == "2020")
        .expect("a problem of 2020");
    assert_eq!(old.nothing_before.as_deref(), Some("Nothing from 2021 to 2025"));
}
