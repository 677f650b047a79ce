//! Who may see what, as a client meets it.

mod support;

use curlew_sandbox::{Options, Source};
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::*;

#[tokio::test]
async fn a_person_is_found_by_number_or_by_name_and_birth_date_and_only_so_without_a_relationship() {
    let running = empty();
    small_record(&running, 0);
    let nurse = Reader::of(&running, "nurse").await;
    let number = "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|";
    assert_eq!(nurse.keys(&format!("{number}9990000018")).await, ["Patient/p"]);
    assert_eq!(
        nurse.keys(&format!("{number}9990000026")).await,
        ["Patient/stranger"]
    );
    assert_eq!(
        nurse
            .keys("Patient?family=testp&given=ada&birthdate=1941-03-02")
            .await,
        ["Patient/p"]
    );
    assert_eq!(
        nurse.keys("Patient?family=otherperson&birthdate=1950").await,
        ["Patient/stranger"]
    );
    assert!(nurse.keys("Patient?family=otherperson").await.is_empty());
    assert_eq!(nurse.keys("Patient").await, ["Patient/p"]);
    assert_eq!(nurse.keys("Patient?_id=p,stranger").await, ["Patient/p"]);
    let mut restricted = running.store().get_json("Patient", "stranger").unwrap();
    restricted["meta"]["security"] = json!([{"code": "R"}]);
    running.store().put(&restricted).unwrap();
    assert!(
        nurse
            .keys("Patient?family=otherperson&birthdate=1950")
            .await
            .is_empty()
    );
    assert_eq!(
        nurse.keys(&format!("{number}9990000026")).await,
        ["Patient/stranger"]
    );
}

#[tokio::test]
async fn the_caseload_is_the_users_own() {
    let running = empty();
    small_record(&running, 0);
    let nurse = Reader::of(&running, "nurse").await;
    let doctor = Reader::of(&running, "doctor").await;
    assert_eq!(nurse.keys("Group").await, ["Group/g"]);
    assert_eq!(
        nurse.keys("Group?_include=Group:member").await,
        ["Group/g", "Patient/p"]
    );
    assert!(doctor.keys("Group").await.is_empty());
    assert_eq!(doctor.get("Group/g").await.0, StatusCode::NOT_FOUND);
    assert_eq!(doctor.get("Patient/p/$everything").await.0, StatusCode::FORBIDDEN);
    // An episode at the doctor's own trust makes a relationship.
    let put = |resource: Value| running.store().put(&resource).unwrap();
    put(json!({"resourceType": "Organization", "id": "trust", "identifier": [{"value": "XCUR1"}]}));
    put(
        json!({"resourceType": "EpisodeOfCare", "id": "e", "patient": {"reference": "Patient/p"}, "managingOrganization": {"reference": "Organization/trust"}}),
    );
    assert_eq!(doctor.get("Patient/p/$everything").await.0, StatusCode::OK);
}

#[tokio::test]
async fn consent_closes_a_record_and_says_so() {
    let running = empty();
    small_record(&running, 3);
    let nurse = Reader::of(&running, "nurse").await;
    let consent = |provision: Value| {
        let consent = json!({"resourceType": "Consent", "id": "c", "status": "active",
            "scope": {"coding": [{"code": "patient-privacy"}]}, "patient": {"reference": "Patient/p"}, "provision": provision});
        running.store().put(&consent).unwrap();
    };
    consent(json!({"type": "deny"}));
    for path in [
        "Patient/p/$everything",
        "Observation?patient=p",
        "Observation/o0000",
    ] {
        let (status, body) = nurse.get(path).await;
        assert_eq!(
            (status, outcome_codes(&body)),
            (StatusCode::FORBIDDEN, vec!["suppressed"]),
            "{path}"
        );
    }
    assert_eq!(nurse.get("Patient/p").await.0, StatusCode::OK);
    assert_eq!(nurse.keys("Consent?patient=p").await, ["Consent/c"]);
    // Only in an emergency is still closed for direct care; research alone is not its business.
    consent(json!({"type": "deny", "provision": [{"type": "permit", "purpose": [{"code": "BTG"}]}]}));
    assert_eq!(nurse.get("Patient/p/$everything").await.0, StatusCode::FORBIDDEN);
    consent(json!({"type": "deny", "purpose": [{"code": "HRESCH"}]}));
    assert_eq!(nurse.get("Patient/p/$everything").await.0, StatusCode::OK);
    consent(json!({"type": "deny", "period": {"end": "2001-01-01"}}));
    assert_eq!(nurse.get("Patient/p/$everything").await.0, StatusCode::OK);
    // Narrowed: the rest is shown, and what is withheld is counted.
    consent(
        json!({"type": "permit", "provision": [{"type": "deny", "data": [{"meaning": "instance", "reference": {"reference": "Observation/o0001"}}]}]}),
    );
    let bundle = nurse.ok("Patient/p/$everything").await;
    assert!(!keys(&bundle).contains(&"Observation/o0001".to_owned()));
    assert!(keys(&bundle).contains(&"Observation/o0000".to_owned()));
    let outcome = &bundle["entry"].as_array().unwrap().last().unwrap()["resource"];
    assert_eq!(outcome_codes(outcome), ["suppressed"]);
    assert_eq!(outcome["issue"][0]["expression"][0], "Observation");
}

#[tokio::test]
async fn an_emergency_opens_what_only_the_rules_of_every_day_close_and_is_recorded() {
    let running = empty();
    small_record(&running, 1);
    let put = |resource: Value| running.store().put(&resource).unwrap();
    for (id, label) in [("restricted", "R"), ("very", "V")] {
        let mut labelled = observation(id, "p");
        labelled["meta"] = json!({"security": [{"code": label}]});
        put(labelled);
    }
    let nurse = Reader::of(&running, "nurse").await;
    let asked = async |path: &str, purpose: &str| {
        let answer = nurse
            .request(path)
            .header("X-Purpose-Of-Use", purpose)
            .send()
            .await
            .unwrap();
        (
            answer.status(),
            keys(&answer.json::<Value>().await.unwrap_or_default()),
        )
    };
    let (status, seen) = asked("Patient/p/$everything", "BTG").await;
    assert_eq!(status, StatusCode::OK);
    assert!(seen.contains(&"Observation/restricted".to_owned()), "{seen:?}");
    assert!(!seen.contains(&"Observation/very".to_owned()));
    let (_, seen) = asked("Patient/p/$everything", "TREAT").await;
    assert!(!seen.contains(&"Observation/restricted".to_owned()));

    // Somebody nothing connects them with.
    assert_eq!(nurse.get("Patient/stranger").await.0, StatusCode::FORBIDDEN);
    assert_eq!(asked("Patient/stranger", "BTG").await.0, StatusCode::OK);

    // A dissent stands, unless it leaves emergencies out.
    let dissent = |provision: Value| {
        put(json!({"resourceType": "Consent", "id": "c", "status": "active",
            "scope": {"coding": [{"code": "patient-privacy"}]}, "patient": {"reference": "Patient/p"}, "provision": provision}));
    };
    dissent(json!({"type": "deny"}));
    assert_eq!(
        asked("Patient/p/$everything", "BTG").await.0,
        StatusCode::FORBIDDEN
    );
    dissent(json!({"type": "deny", "provision": [{"type": "permit", "purpose": [{"code": "BTG"}]}]}));
    assert_eq!(asked("Patient/p/$everything", "BTG").await.0, StatusCode::OK);
    assert_eq!(nurse.get("Patient/p/$everything").await.0, StatusCode::FORBIDDEN);

    let stated = running.stated_purposes();
    assert_eq!(stated.len(), 5, "{stated:?}");
    assert!(stated.iter().all(|stated| stated.username == "nurse"));
    assert_eq!(
        (stated[0].purpose.as_str(), stated[0].path.as_str()),
        ("BTG", "/fhir/Patient/p/$everything")
    );
}

#[tokio::test]
async fn sensitive_resources_need_the_activity_and_leaving_consent_to_the_client_shows_all() {
    let running = start(Options {
        source: Source::Empty,
        enforce_consent: false,
        ..Options::default()
    });
    let strict = empty();
    for running in [&running, &strict] {
        small_record(running, 1);
        let mut labelled = observation("secret", "p");
        labelled["meta"] = json!({"security": [{"code": "V"}]});
        running.store().put(&labelled).unwrap();
    }
    let loose = Reader::of(&running, "nurse")
        .await
        .keys("Patient/p/$everything")
        .await;
    let kept = Reader::of(&strict, "nurse")
        .await
        .keys("Patient/p/$everything")
        .await;
    assert_eq!(loose.len(), kept.len() + 1);
    assert!(!kept.contains(&"Observation/secret".to_owned()));
}

#[tokio::test]
async fn a_documents_bytes_go_with_the_record_that_names_them() {
    let running = empty();
    small_record(&running, 0);
    let put = |resource: Value| running.store().put(&resource).unwrap();
    put(json!({"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "aGVsbG8="}));
    put(
        json!({"resourceType": "DocumentReference", "id": "d", "status": "current", "subject": {"reference": "Patient/p"},
        "content": [{"attachment": {"contentType": "text/plain", "url": "Binary/b"}}]}),
    );
    let nurse = Reader::of(&running, "nurse").await;
    assert!(
        nurse
            .keys("Patient/p/$everything")
            .await
            .contains(&"Binary/b".to_owned())
    );
    let file = nurse.request("Binary/b").send().await.unwrap();
    assert_eq!(file.headers()["content-type"], "text/plain");
    assert_eq!(file.bytes().await.unwrap(), "hello");
    let resource = nurse
        .request("Binary/b")
        .header("accept", "application/fhir+json")
        .send()
        .await
        .unwrap();
    assert_eq!(
        resource.json::<Value>().await.unwrap()["contentType"],
        "text/plain"
    );
    let doctor = Reader::of(&running, "doctor").await;
    assert_eq!(
        doctor.request("Binary/b").send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_population_gives_each_user_a_caseload_that_can_be_read() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
    let source = Source::Population {
        seed: 1,
        patients: 20,
        today,
    };
    let running = start(Options {
        source,
        ..Options::default()
    });
    assert!(running.load_report().left_out.is_empty());
    for user in ["nurse", "doctor", "carer"] {
        let reader = Reader::of(&running, user).await;
        let group = reader.ok("Group").await;
        assert_eq!(group["total"], 1, "{user}");
        let members = group["entry"][0]["resource"]["member"]
            .as_array()
            .unwrap()
            .clone();
        assert!(!members.is_empty(), "{user}");
        let mut opened = 0;
        for member in members {
            let patient = member["entity"]["reference"].as_str().unwrap();
            assert_eq!(reader.get(patient).await.0, StatusCode::OK, "{user} {patient}");
            let (status, body) = reader.get(&format!("{patient}/$everything?_count=1000")).await;
            match status {
                StatusCode::OK => opened += 1,
                // Consent withdrawn is one of the stories.
                other => assert_eq!(
                    (other, outcome_codes(&body)),
                    (StatusCode::FORBIDDEN, vec!["suppressed"])
                ),
            }
        }
        assert!(opened > 0, "{user}");
    }
}
