//! The 100 Synthea patients of the shared data: nothing vanishes, nothing panics, order decides nothing.
//!
//! The data is not part of the project. Where it is absent the tests say so and pass over it.

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use chrono::{DateTime, TimeZone, Utc};
use curlew_record::{Arrival, Held, Projection, project};

fn received() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 7, 41, 0).unwrap()
}

/// The workspace root.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// Folder of unpacked Synthea bundles, unpacking them when the archive is beside the project.
fn synthea() -> Option<&'static [PathBuf]> {
    static FILES: OnceLock<Option<Vec<PathBuf>>> = OnceLock::new();
    FILES
        .get_or_init(|| {
            let root = root();
            let unpack = root.join("../shared/data/unpack");
            if !unpack.exists() {
                println!("SKIPPED: the shared data is not beside the project");
                return None;
            }
            let target = root.join("target/shared-data");
            let done = Command::new(&unpack).arg(&target).output().expect("unpack runs");
            assert!(
                done.status.success(),
                "unpack failed: {}",
                String::from_utf8_lossy(&done.stderr)
            );
            let mut files: Vec<PathBuf> = fs::read_dir(target.join("synthea"))
                .expect("unpacked")
                .map(|entry| entry.expect("readable folder").path())
                .filter(|path| path.extension().is_some_and(|e| e == "json"))
                .collect();
            files.sort();
            Some(files)
        })
        .as_deref()
}

/// The resources of a bundle, verbatim, and the patient's id.
fn resources(path: &PathBuf) -> (String, Vec<String>) {
    let text = fs::read_to_string(path).expect("readable");
    let bundle = curlew_fhir::bundle::read_bundle(&text).expect("a bundle");
    let resources: Vec<String> = bundle
        .entries
        .iter()
        .filter_map(|e| e.resource.map(|r| r.to_owned()))
        .collect();
    let patient = resources
        .iter()
        .filter_map(|r| curlew_fhir::read_header(r).ok())
        .find(|h| h.resource_type == "Patient")
        .expect("a patient")
        .id;
    (patient, resources)
}

fn projected<'a>(patient: &str, resources: impl IntoIterator<Item = &'a String>) -> Projection {
    let held = resources.into_iter().map(|raw| Held {
        raw,
        version_received: received(),
    });
    project(patient, held, &Arrival::default())
}

#[test]
fn every_resource_of_every_patient_is_shown_or_named() {
    let Some(files) = synthea() else { return };
    assert_eq!(files.len(), 100);
    let mut total = 0;
    for path in files {
        let (patient, resources) = resources(path);
        let record = projected(&patient, &resources);
        let gaps = &record.gaps;
        assert_eq!(gaps.received as usize, resources.len());
        assert_eq!(gaps.received, gaps.shown + gaps.named, "{}", path.display());
        assert!(record.first.timeline_total as usize == record.timeline.len());
        assert_ne!(record.first.banner.name, "Not Known");
        assert!(
            gaps.gaps.iter().all(|g| !g.text.contains("could not place")),
            "{}",
            path.display()
        );
        total += resources.len();
    }
    println!("{total} resources of {} patients accounted for", files.len());
}

#[test]
fn the_order_resources_arrive_in_decides_nothing() {
    let Some(files) = synthea() else { return };
    for path in files.iter().step_by(10) {
        let (patient, resources) = resources(path);
        let forward = projected(&patient, &resources);
        let backward = projected(&patient, resources.iter().rev());
        assert!(forward == backward, "{}", path.display());
    }
}
