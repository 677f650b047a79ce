//! What must hold of the whole population.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date")
}

#[test]
fn quick_look() {
    let start = std::time::Instant::now();
    let p = population(1, 60, today());
    eprintln!(
        "{} resources {} patients in {:?}",
        p.resources.len(),
        p.patients.len(),
        start.elapsed()
    );
    let bytes: usize = p.resources.iter().map(|r| r.to_string().len()).sum();
    eprintln!("{} MiB", bytes >> 20);
    let mut counts = BTreeMap::new();
    for r in &p.resources {
        *counts
            .entry(r["resourceType"].as_str().unwrap_or(""))
            .or_insert(0) += 1;
    }
    eprintln!("{counts:?}");
    for c in &p.caseloads {
        eprintln!("{} {:?}", c.username, c.patients.len());
    }
    let ids: BTreeSet<String> = p
        .resources
        .iter()
        .map(|r| format!("{}/{}", r["resourceType"], r["id"]))
        .collect();
    assert_eq!(ids.len(), p.resources.len());
}
