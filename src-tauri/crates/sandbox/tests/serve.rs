//! Serving folders: small ones written here, and the real set where it is at hand.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use curlew_sandbox::{Options, ServedConsent, Source};
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::*;

fn serving(dir: &Path, consent: ServedConsent) -> curlew_sandbox::Running {
    start(Options {
        source: Source::Folder {
            dir: dir.to_owned(),
            consent,
        },
        ..Options::default()
    })
}

#[tokio::test]
async fn references_inside_a_bundle_become_references_to_resources() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write(
        "a.json",
        r#"{"resourceType":"Bundle","type":"transaction","entry":[
        {"fullUrl":"urn:uuid:0001","resource":{"resourceType":"Patient","id":"p1","generalPractitioner":[{"reference":"Practitioner?identifier=https://x|77"}]}},
        {"fullUrl":"https://old.example/fhir/Encounter/e9","resource":{"resourceType":"Encounter","id":"e9","subject":{"reference":"urn:uuid:0001"}}},
        {"fullUrl":"urn:uuid:0002","resource":{"resourceType":"Observation","subject":{"reference":"urn:uuid:0001"},"encounter":{"reference":"https://old.example/fhir/Encounter/e9"},
          "identifier":[{"value":"urn:uuid:0001"}],"valueQuantity":{"value":5.10},
          "extension":[{"url":"x","valueUri":"urn:uuid:0001"},{"url":"y","extension":[{"url":"z","valueReference":{"reference":"urn:uuid:9999"}}]}]}}]}"#,
    );
    std::fs::create_dir(dir.path().join("below")).unwrap();
    write(
        "below/practitioners.ndjson",
        "{\"resourceType\":\"Practitioner\",\"id\":\"gp\",\"identifier\":[{\"system\":\"https://x\",\"value\":\"77\"}]}\n\n{broken\n{\"resourceType\":\"Practitioner\",\"id\":\"bad id\"}\n",
    );
    write(
        "single.json",
        r#"{"resourceType":"Flag","id":"f","subject":{"reference":"Patient/p1"}}"#,
    );
    write("not-fhir.json", "[1,2]");
    write("notes.txt", "not a record");
    let running = serving(dir.path(), ServedConsent::All);

    let report = running.load_report();
    assert_eq!((report.files, report.other_files, report.resources), (4, 1, 5));
    assert_eq!(report.unresolved_references, 1);
    let left_out: Vec<_> = report
        .left_out
        .iter()
        .map(|one| (one.file.replace('\\', "/"), one.item.clone()))
        .collect();
    let expected = [
        ("below/practitioners.ndjson", "line 3"),
        ("below/practitioners.ndjson", "line 4"),
        ("not-fhir.json", "whole file"),
    ];
    assert_eq!(
        left_out,
        expected.map(|(file, item)| (file.to_owned(), item.to_owned()))
    );

    let nurse = Reader::of(&running, "nurse").await;
    let patient = nurse.ok("Patient/p1").await;
    assert_eq!(patient["generalPractitioner"][0]["reference"], "Practitioner/gp");
    let observation = nurse.ok("Observation/0002").await;
    assert_eq!(observation["subject"]["reference"], "Patient/p1");
    assert_eq!(observation["encounter"]["reference"], "Encounter/e9");
    assert_eq!(observation["extension"][0]["valueUri"], "Patient/p1");
    assert_eq!(observation["identifier"][0]["value"], "urn:uuid:0001");
    assert_eq!(
        observation["extension"][1]["extension"][0]["valueReference"]["reference"],
        "urn:uuid:9999"
    );
    assert!(
        running
            .store()
            .get("Observation", "0002")
            .unwrap()
            .contains("5.10")
    );
    let everything: BTreeSet<String> = nurse.keys("Patient/p1/$everything").await.into_iter().collect();
    let expected = [
        "Consent/consent-p1",
        "Encounter/e9",
        "Flag/f",
        "Observation/0002",
        "Patient/p1",
        "Practitioner/gp",
    ];
    assert_eq!(everything, expected.map(str::to_owned).into_iter().collect());

    let bare = serving(dir.path(), ServedConsent::None);
    assert!(
        Reader::of(&bare, "carer")
            .await
            .keys("Consent?patient=p1")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_page_link_and_every_date_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (0..9)
        .map(|n| observation(&format!("o{n}"), "p").to_string())
        .collect();
    std::fs::write(dir.path().join("o.ndjson"), lines.join("\n")).unwrap();
    std::fs::write(
        dir.path().join("p.json"),
        json!({"resourceType": "Patient", "id": "p"}).to_string(),
    )
    .unwrap();
    let first = serving(dir.path(), ServedConsent::None);
    let nurse = Reader::of(&first, "nurse").await;
    let page = nurse.ok("Patient/p/$everything?_count=4").await;
    let (port, before) = (first.port(), nurse.ok("Observation/o8").await);
    first.stop();

    let source = Source::Folder {
        dir: dir.path().to_owned(),
        consent: ServedConsent::None,
    };
    let second = start(Options {
        port,
        source,
        ..Options::default()
    });
    // A new connection: the old one went with the server.
    let stranger = Reader {
        http: client(),
        ..nurse
    }
    .request("Observation/o8")
    .send()
    .await
    .unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    let nurse = Reader::of(&second, "nurse").await;
    assert_eq!(nurse.ok("Observation/o8").await, before);
    let mut all = keys(&page);
    all.extend(nurse.keys(next(&page).unwrap()).await);
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (10, 10));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_said_so() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        source: Source::Folder {
            dir: dir.path().join("missing"),
            consent: ServedConsent::All,
        },
        ..Options::default()
    };
    let why = curlew_sandbox::Sandbox::start(options).unwrap_err();
    assert!(matches!(why, curlew_sandbox::StartError::Folder { .. }), "{why}");
}

/// The shared sets of real records, unpacked below the project's `target`; `None`, said aloud, where they are absent.
fn shared(set: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?;
    let unpack = root.parent()?.join("shared/data/unpack");
    if !unpack.exists() {
        println!("SKIPPED: shared/data is not beside the project, so {set} was not served");
        return None;
    }
    let target = root.join("target/shared-data");
    // Two tests unpacking at once would read each other's half-written files.
    static UNPACKING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one_at_a_time = UNPACKING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let unpacked = std::process::Command::new(unpack)
        .arg(&target)
        .current_dir(root)
        .output()
        .expect("unpack runs");
    assert!(
        unpacked.status.success(),
        "{}",
        String::from_utf8_lossy(&unpacked.stderr)
    );
    Some(target.join(set))
}

#[tokio::test]
async fn all_of_synthea_loads_and_every_count_served_is_the_count_parsed() {
    let Some(dir) = shared("synthea") else { return };
    // Counted here by another reader than the sandbox's.
    let mut parsed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut of_patient: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut files = 0;
    for file in std::fs::read_dir(&dir).unwrap() {
        files += 1;
        let bundle: Value = serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        let resources: Vec<&Value> = bundle["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| &entry["resource"])
            .collect();
        let patient = resources
            .iter()
            .find(|resource| resource["resourceType"] == "Patient")
            .unwrap();
        let whole = of_patient
            .entry(patient["id"].as_str().unwrap().to_owned())
            .or_default();
        for resource in resources {
            let (kind, id) = (
                resource["resourceType"].as_str().unwrap(),
                resource["id"].as_str().unwrap(),
            );
            parsed.entry(kind.to_owned()).or_default().insert(id.to_owned());
            whole.insert(format!("{kind}/{id}"));
        }
    }
    let running = serving(&dir, ServedConsent::All);
    let report = running.load_report();
    assert_eq!(report.left_out, []);
    assert_eq!((report.files, report.unresolved_references), (files, 0));
    assert_eq!(
        report.resources,
        parsed.values().map(BTreeSet::len).sum::<usize>()
    );
    assert_eq!(report.resources + report.made_up, running.store().count());

    let nurse = Reader::of(&running, "nurse").await;
    for (kind, ids) in &parsed {
        let (status, counted) = nurse.get(&format!("{kind}?_count=0")).await;
        assert_eq!(
            (status, counted["total"].as_u64()),
            (StatusCode::OK, Some(ids.len() as u64)),
            "{kind}"
        );
    }
    let group = nurse.ok("Group").await;
    assert_eq!(
        group["entry"][0]["resource"]["member"].as_array().unwrap().len(),
        of_patient.len()
    );
    for (patient, mut expected) in of_patient {
        let served = nurse
            .keys(&format!("Patient/{patient}/$everything?_count=1000"))
            .await;
        expected.insert(format!("Consent/consent-{patient}"));
        let distinct: BTreeSet<String> = served.iter().cloned().collect();
        assert_eq!(served.len(), distinct.len());
        assert_eq!(distinct, expected);
    }
    let urn = json!("urn:uuid:");
    let some = nurse.ok("Observation?_count=500").await.to_string();
    assert!(!some.contains(&format!(
        "\"reference\":{}",
        urn.to_string().trim_end_matches('"')
    )));
}

#[tokio::test]
async fn broken_and_foreign_sets_never_stop_the_server() {
    for set in ["nasty", "bulk10-ndjson", "ukcore"] {
        let Some(dir) = shared(set) else { return };
        let running = serving(&dir, ServedConsent::All);
        let report = running.load_report();
        println!(
            "{set}: {} resources, {} left out, {} other files",
            report.resources,
            report.left_out.len(),
            report.other_files
        );
        assert!(report.resources > 0, "{set}");
        assert!(report.left_out.iter().all(|one| !one.reason.is_empty()));
        let nurse = Reader::of(&running, "nurse").await;
        for patient in running.store().ids("Patient") {
            let (status, _) = nurse.get(&format!("Patient/{patient}")).await;
            assert_eq!(status, StatusCode::OK, "{set} {patient}");
        }
    }
}
