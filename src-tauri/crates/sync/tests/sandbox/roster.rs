//! Where the caseload comes from, and what becomes of those who leave it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{TimeDelta, Utc};
use curlew_api::CaseloadSource;
use curlew_sync::{CaseloadPolicy, FailureCode, Outcome, Roster, erase_departed, keep_offline};
use serde_json::json;

use crate::support::{PATIENT, Ward, complete};

/// Hours that the clock of this device is put on.
fn put_on(ward: &mut Ward) -> Arc<AtomicI64> {
    let hours = Arc::new(AtomicI64::new(0));
    let told = Arc::clone(&hours);
    ward.sync.clock = Arc::new(move || Utc::now() + TimeDelta::hours(told.load(Ordering::Relaxed)));
    hours
}

fn leave(ward: &Ward) {
    // The server still lets the nurse see the person: only her list, which is another one, no longer names them.
    ward.put(
        &json!({"resourceType": "List", "id": "today", "status": "current", "mode": "working", "entry": []}),
    );
}

fn come_back(ward: &Ward) {
    ward.put(
        &json!({"resourceType": "List", "id": "today", "status": "current", "mode": "working",
        "entry": [{"item": {"reference": format!("Patient/{PATIENT}")}}]}),
    );
}

async fn ward_with_a_list() -> Ward {
    let mut ward = Ward::with_one_patient(7).await;
    come_back(&ward);
    ward.sync.caseload = CaseloadPolicy {
        sources: vec![CaseloadSource::List("today".into())],
        ..CaseloadPolicy::default()
    };
    ward
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_named_with_the_hour_and_erased_then() {
    let mut ward = ward_with_a_list().await;
    let hours = put_on(&mut ward);
    complete(&ward.load_patient().await);
    leave(&ward);
    let report = ward.sync.refresh_caseload().await.expect("a caseload");
    assert_eq!((report.people, report.leaving, report.erased.len()), (0, 1, 0));
    let roster = Roster::of(&ward.sync.vault).expect("a roster");
    let (left, until) = (
        roster.left(PATIENT).expect("left"),
        roster.erased_at(PATIENT).expect("an hour"),
    );
    assert_eq!(until - left, TimeDelta::hours(24));
    // Still there to be read, still on the screen, and no longer brought up to date.
    assert!(ward.state(PATIENT).held);
    assert!(!ward.state(PATIENT).raw_patient.is_empty());
    assert!(matches!(
        ward.load_again().await,
        Outcome::Failed {
            code: FailureCode::Left,
            ..
        }
    ));

    hours.store(23, Ordering::Relaxed);
    assert!(
        erase_departed(&ward.sync.vault, (ward.sync.clock)())
            .expect("erased")
            .is_empty()
    );
    assert!(ward.state(PATIENT).held);
    hours.store(25, Ordering::Relaxed);
    // Without any network.
    ward.server.go_dark();
    assert_eq!(
        erase_departed(&ward.sync.vault, (ward.sync.clock)()).expect("erased"),
        [PATIENT]
    );
    assert!(ward.sync.vault.caseload().expect("a caseload").is_empty());
    assert!(ward.sync.vault.held_patients().expect("a list").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn coming_back_cancels_it_and_so_does_a_wish() {
    let mut ward = ward_with_a_list().await;
    let hours = put_on(&mut ward);
    complete(&ward.load_patient().await);
    leave(&ward);
    ward.sync.refresh_caseload().await.expect("a caseload");
    come_back(&ward);
    hours.store(20, Ordering::Relaxed);
    ward.sync.refresh_caseload().await.expect("a caseload");
    assert_eq!(
        Roster::of(&ward.sync.vault).expect("a roster").left(PATIENT),
        None
    );
    complete(&ward.load_again().await);

    leave(&ward);
    keep_offline(&ward.sync.vault, PATIENT, true).expect("kept");
    ward.sync.refresh_caseload().await.expect("a caseload");
    hours.store(200, Ordering::Relaxed);
    let report = ward.sync.refresh_caseload().await.expect("a caseload");
    assert!(report.erased.is_empty() && ward.state(PATIENT).held);
    // Kept is kept fresh.
    complete(&ward.load_again().await);
    keep_offline(&ward.sync.vault, PATIENT, false).expect("let go");
    let report = ward.sync.refresh_caseload().await.expect("a caseload");
    assert_eq!(report.erased, [PATIENT]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_source_names_its_people() {
    let mut ward = Ward::with_one_patient(0).await;
    let today = Utc::now().date_naive();
    ward.put(&json!({
        "resourceType": "Patient", "id": PATIENT, "birthDate": "1940-03-01",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9434765919"}],
        "generalPractitioner": [{"reference": "Organization/surgery"}],
        "name": [{"family": "Testpatient", "given": ["Ada"]}],
    }));
    ward.put(
        &json!({"resourceType": "CareTeam", "id": "team", "status": "active",
        "subject": {"reference": format!("Patient/{PATIENT}")},
        "participant": [{"member": {"reference": "Practitioner/17"}}]}),
    );
    ward.put(
        &json!({"resourceType": "Appointment", "id": "visit", "status": "booked",
        "start": format!("{today}T10:00:00Z"), "end": format!("{today}T10:30:00Z"),
        "participant": [{"actor": {"reference": format!("Patient/{PATIENT}")}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/17"}, "status": "accepted"}]}),
    );
    come_back(&ward);
    for source in [
        CaseloadSource::Groups,
        CaseloadSource::Group("g1".into()),
        CaseloadSource::List("today".into()),
        CaseloadSource::CareTeams("Practitioner/17".into()),
        CaseloadSource::GeneralPractitioner("Organization/surgery".into()),
        CaseloadSource::Appointments {
            actor: "Practitioner/17".into(),
            day: today,
        },
        CaseloadSource::NhsNumbers(vec!["9434765919".into()]),
    ] {
        ward.sync.caseload.sources = vec![source.clone()];
        assert_eq!(ward.everyone().await, [PATIENT], "{source:?}");
    }
    for nobody in [
        CaseloadSource::CareTeams("Practitioner/18".into()),
        CaseloadSource::GeneralPractitioner("Organization/another".into()),
        CaseloadSource::Appointments {
            actor: "Practitioner/17".into(),
            day: today + TimeDelta::days(1),
        },
    ] {
        ward.sync.caseload.sources = vec![nobody.clone()];
        assert!(ward.everyone().await.is_empty(), "{nobody:?}");
    }
    ward.sync.caseload.sources = vec![CaseloadSource::NhsNumbers(vec![
        "9434765919".into(),
        "4010232137".into(),
    ])];
    let report = ward.sync.refresh_caseload().await.expect("a caseload");
    assert_eq!((report.people, report.unknown_numbers), (1, vec![1]));
    let roster = Roster::of(&ward.sync.vault).expect("a roster");
    assert_eq!(roster.not_found(), ["4010232137"]);
    // One source that cannot be asked leaves the list as it was.
    ward.sync.caseload.sources = vec![CaseloadSource::List("unknown".into()), CaseloadSource::Groups];
    assert!(ward.sync.refresh_caseload().await.is_err());
    assert_eq!(ward.sync.vault.caseload().expect("a caseload").len(), 1);
}
