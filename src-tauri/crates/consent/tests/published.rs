//! The `Consent` examples that others published, found among the shared records, each with what it comes to.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{TimeZone, Utc};
use curlew_consent::{Outcome, Purpose, Standing, Viewer, decide_patient};
use curlew_fhir::{Consent, Patient, Resource, read_resource};

/// The folder of unpacked records, or nothing where they are absent.
fn shared_records() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?;
    let unpack = root.parent()?.join("shared/data/unpack");
    if !unpack.exists() {
        return None;
    }
    let folder = root.join("target/shared-data");
    let unpacked = Command::new(unpack)
        .arg(&folder)
        .output()
        .map(|output| output.status);
    assert!(
        unpacked.is_ok_and(|status| status.success()),
        "the shared records could not be unpacked"
    );
    Some(folder)
}

fn json_files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            json_files_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

fn consents_in(resource: Resource, found: &mut Vec<Consent>) {
    match resource {
        Resource::Consent(consent) => found.push(*consent),
        Resource::Bundle(bundle) => {
            bundle
                .entry
                .into_iter()
                .filter_map(|entry| entry.resource)
                .for_each(|it| consents_in(it, found));
        }
        _ => {}
    }
}

/// What part of an example's id or file name, and what it comes to for a nurse on 1 June 2015 who cares for
/// the patient.
const EXPECTED: [(&str, Outcome, &str); 9] = [
    ("consent-example-basic", Outcome::CacheAndShow, "opted in"),
    (
        "bundle-enrl",
        Outcome::Withheld,
        "a signed form of which only the name is known",
    ),
    ("Consent-RoD", Outcome::CacheAndShow, "about research"),
    ("MichaelJones", Outcome::CacheAndShow, "about research"),
    (
        "NationalProxy-Consent-rejected",
        Outcome::CacheAndShow,
        "rejected",
    ),
    (
        "NationalProxy-Consent-proposed",
        Outcome::CacheAndShow,
        "not yet in force",
    ),
    (
        "NationalProxy-Consent-confirmed",
        Outcome::CacheAndShow,
        "lets a relative look, and says nothing of professionals",
    ),
    ("WGSRoD", Outcome::CacheAndShow, "about research"),
    ("Validation", Outcome::CacheAndShow, "implied for direct care"),
];

#[test]
fn published_consents_come_to_what_they_say() {
    let Some(folder) = shared_records() else {
        // Written past the test harness, which keeps what a passing test prints to itself.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: the shared records are not beside this workspace"
        );
        return;
    };
    let viewer = Viewer {
        activity_codes: vec!["B0360".into()],
        organisation: Some("RCUR1".into()),
        ..Viewer::default()
    };
    let now = Utc
        .with_ymd_and_hms(2015, 6, 1, 12, 0, 0)
        .single()
        .expect("a time that exists");
    let mut files = Vec::new();
    json_files_below(&folder, &mut files);
    let (mut seen, mut wrong) = (0, Vec::new());
    for file in files {
        let text = String::from_utf8_lossy(&std::fs::read(&file).expect("a file just listed")).into_owned();
        if !text.contains("\"Consent\"") {
            continue;
        }
        let Ok(reading) = read_resource(&text) else {
            continue;
        };
        let mut consents = Vec::new();
        consents_in(reading.value, &mut consents);
        for mut consent in consents {
            seen += 1;
            consent.patient = None; // Whoever's it is, ask as if it were this patient's.
            let name = format!(
                "{} {}",
                file.display(),
                consent.base.id.as_deref().unwrap_or_default()
            );
            let standing = Standing {
                patient: &Patient::default(),
                consents: std::slice::from_ref(&consent),
                flags: &[],
                legitimate_relationship: true,
            };
            let decision = decide_patient(&standing, &viewer, Purpose::DirectCare, now);
            match EXPECTED.iter().find(|(part, ..)| name.contains(part)) {
                Some((_, outcome, _)) if *outcome == decision.outcome => {}
                Some((_, outcome, why)) => {
                    wrong.push(format!("{name}: {outcome:?}, {why}; got {decision:?}"))
                }
                None => wrong.push(format!("{name}: not in the table; {decision:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 20, "only {seen} consents were found");
}
