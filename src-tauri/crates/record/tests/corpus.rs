//! The 100 Synthea patients of the shared data: nothing vanishes, nothing panics; order, page boundaries, duplicates
//! and what is taken away by consent decide nothing about the rest.
//!
//! The data is not part of the project. Where it is absent the tests say so and pass over it.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::PathBuf,
    process::Command,
    sync::OnceLock,
};

use chrono::{DateTime, TimeZone, Utc};
use curlew_record::{Arrival, Held, Projection, project, view::Line};
use proptest::prelude::*;

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

proptest! {
    // Each case projects a whole patient three times.
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// The properties of `properties.rs`, over real records: any order, any pages, any duplicates, any withheld.
    #[test]
    fn pages_duplicates_and_withdrawals_change_no_other_line_of_a_real_record(
        which in any::<prop::sample::Index>(),
        page in 1_usize..400,
        every in 7_usize..40,
    ) {
        if let Some(files) = synthea() {
            let smaller: Vec<PathBuf> = files
                .iter()
                .filter(|path| fs::metadata(path).is_ok_and(|it| it.len() < 1_500_000))
                .cloned()
                .collect();
            prop_assume!(!smaller.is_empty());
            let (patient, all) = resources(which.get(&smaller));
            let whole = projected(&patient, &all);

            let pages: Vec<String> = all.chunks(page).rev().flatten().cloned().collect();
            prop_assert!(projected(&patient, &pages) == whole, "pages of {}", page);

            // Taken away: every n-th problem, result, vaccination and procedure.
            let clinical = |raw: &String| {
                let kind = curlew_fhir::read_header(raw).map(|h| h.resource_type).unwrap_or_default();
                matches!(kind.as_str(), "Condition" | "Immunization" | "Procedure")
            };
            let gone: HashSet<String> = all.iter().filter(|raw| clinical(raw)).step_by(every).map(|raw| name(raw)).collect();
            let kept: Vec<&String> = all.iter().filter(|raw| !gone.contains(&name(raw))).collect();
            let after = projected(&patient, kept);
            let read = |line: &Line| (line.when.clone(), line.title.clone(), line.setting.clone());
            let left: HashMap<&str, &Line> = after.lines().map(|line| (line.id.as_str(), line)).collect();
            let untouched = whole.lines().filter(|line| line.sources.iter().all(|s| !gone.contains(&s.resource)));
            for line in untouched {
                prop_assert_eq!(left.get(line.id.as_str()).map(|l| read(l)), Some(read(line)), "{}", &line.id);
            }
            prop_assert!(after.lines().all(|line| line.sources.iter().all(|s| !gone.contains(&s.resource))));

            // Received again under another id: more sources, no more lines.
            let again: Vec<String> = all.iter().filter(|raw| clinical(raw)).step_by(every).map(|raw| copy(raw)).collect();
            let more = projected(&patient, all.iter().chain(&again));
            prop_assert_eq!(more.gaps.received as usize, all.len() + again.len());
            let grown: Vec<_> = more.timeline.iter().map(|row| read(&row.line)).collect();
            let before: Vec<_> = whole.timeline.iter().map(|row| read(&row.line)).collect();
            prop_assert_eq!(grown, before);
        }
    }
}

/// `Type/id`.
fn name(raw: &str) -> String {
    let header = curlew_fhir::read_header(raw).expect("a header");
    format!("{}/{}", header.resource_type, header.id)
}

/// The same resource under another id that sorts after its own.
fn copy(raw: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(raw).expect("JSON");
    let id = value["id"].as_str().unwrap_or_default().to_owned();
    value["id"] = serde_json::Value::String(format!("{id}-zz"));
    value.to_string()
}
