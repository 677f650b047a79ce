//! The unified records of a hundred foreign patients, counted against a script in another language that reads their
//! JSON and knows nothing of Curlew (`tests/counts/synthea_counts.py`).

use curlew_record::{Arrival, Held, Projection, project};
use curlew_tests::Outcome;
use curlew_tests::support::{records, skip};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const NAME: &str = "unified_records_hold_as_many_of_everything_as_a_script_counts_in_the_json";

/// What is counted, in the script's words.
const COUNTED: [&str; 6] = [
    "conditions_active",
    "conditions_past",
    "allergies",
    "medication_lines",
    "immunisations",
    "encounters",
];

fn unified(path: &Path) -> Outcome<(String, Projection)> {
    let text = std::fs::read_to_string(path)?;
    let bundle = curlew_fhir::bundle::read_bundle(&text)?;
    let resources: Vec<&str> = bundle.entries.iter().filter_map(|entry| entry.resource).collect();
    let patient = resources
        .iter()
        .filter_map(|raw| curlew_fhir::read_header(raw).ok())
        .find(|header| header.resource_type == "Patient")
        .ok_or("a bundle without a patient")?
        .id;
    let held = resources.into_iter().map(|raw| Held {
        raw,
        version_received: chrono::DateTime::UNIX_EPOCH,
    });
    let record = project(&patient, held, &Arrival::default());
    Ok((patient, record))
}

/// The same counts from the unified record: lines, and of contacts the resources behind lines. Four pairs of Synthea's
/// contacts are joined by rule, three sent twice and identical but for the id, one told by two organisations with the
/// same code and moment; each pair is one line with two sources, and is counted apart.
fn counts(record: &Projection) -> [usize; 6] {
    let behind = |kind: &str| {
        let prefix = format!("{kind}/");
        let sources = record.lines().flat_map(|line| &line.sources);
        sources
            .filter(|source| source.resource.starts_with(&prefix))
            .count()
    };
    let lines = |kind: &str| {
        let prefix = format!("{kind}/");
        record.lines().filter(|line| line.id.starts_with(&prefix)).count()
    };
    let active = record.first.overview.problem_count as usize;
    [
        active,
        lines("Condition") - active,
        lines("AllergyIntolerance"),
        record.medicines.current.len() + record.medicines.past.len(),
        lines("Immunization"),
        behind("Encounter"),
    ]
}

fn joined_contacts(record: &Projection) -> usize {
    let contacts = record.lines().filter(|line| line.id.starts_with("Encounter/"));
    contacts.filter(|line| line.joined_by.is_some()).count()
}

#[test]
fn unified_records_hold_as_many_of_everything_as_a_script_counts_in_the_json() -> Outcome {
    let Some(folder) = records("synthea")? else {
        return skip(
            NAME,
            "the folder ../shared/data is absent, so there was nothing to count",
        );
    };
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counts/synthea_counts.py");
    let Ok(said) = Command::new("python3").arg(&script).arg(&folder).output() else {
        return skip(NAME, "python3 is absent, so nothing was counted independently");
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));

    let mut wrong = Vec::new();
    let mut totals = [0; 6];
    let (mut patients, mut joined) = (0, 0);
    for line in String::from_utf8(said.stdout)?.lines() {
        let counted: Value = serde_json::from_str(line)?;
        let file = counted["file"].as_str().ok_or("the script names no file")?;
        let (patient, record) = unified(&folder.join(file))?;
        assert_eq!(counted["patient"].as_str(), Some(patient.as_str()), "{file}");
        for ((what, shown), total) in COUNTED.iter().zip(counts(&record)).zip(&mut totals) {
            let expected = counted[*what].as_u64().ok_or("the script leaves a count out")?;
            *total += shown;
            if shown as u64 != expected {
                wrong.push(format!("{file}: {what}: {expected} counted, {shown} shown"));
            }
        }
        patients += 1;
        joined += joined_contacts(&record);
    }
    assert_eq!(patients, 100);
    assert!(
        totals.iter().all(|total| *total > 0),
        "{totals:?}: nothing was compared"
    );
    println!("{patients} patients, {COUNTED:?}: {totals:?}; {joined} lines hold two contacts each");
    assert_eq!(joined, 4, "contacts joined");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
