//! Loads that go well, and what they ask of the server.

use std::sync::Mutex;

use chrono::TimeDelta;
use curlew_sandbox::faults::{Fault, Misbehaviour, Route};
use curlew_sync::{Outcome, Progress};
use serde_json::json;

use crate::support::{PATIENT, Ward, complete, dissent, observation};

#[tokio::test(flavor = "multi_thread")]
async fn a_caseload_is_loaded_and_an_idle_second_load_asks_a_few_times_for_all() {
    let ward = Ward::populated(20).await;
    let everyone = ward.everyone().await;
    assert!(everyone.len() >= 10, "the nurse cares for {}", everyone.len());

    let seen = Mutex::new(Vec::<Progress>::new());
    let tell = |progress| seen.lock().expect("the progress").push(progress);
    let cancel = curlew_sign_in::CancellationToken::new();
    let report = ward.sync.load(&everyone, &tell, &cancel).await;
    let mut held = 0;
    for patient in &report.patients {
        let state = ward.state(&patient.patient);
        match &patient.outcome {
            Outcome::Complete { resources } => {
                held += 1;
                assert_eq!((state.held, state.resources), (true, *resources));
                // What the server's own access rules withhold for this user is not in what it gave.
                assert!(*resources as usize <= ward.server.store().count());
            }
            Outcome::Withheld { reason } => {
                assert!(!state.held && !reason.is_empty());
                assert_eq!(state.withheld_reason.as_ref(), Some(reason));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(held >= 8, "{report:?}");
    let seen = seen.into_inner().expect("the progress");
    let growing = |pair: &[Progress]| pair[0].resources <= pair[1].resources && pair[0].done <= pair[1].done;
    assert!(seen.windows(2).all(growing));
    let last = seen.last().expect("some progress");
    assert_eq!(
        (last.patients, last.done),
        (everyone.len() as u32, everyone.len() as u32)
    );
    assert!(last.bytes > 0);

    ward.server.requests().reset();
    let again = ward.load(&everyone).await;
    assert_eq!(again.patients.len(), report.patients.len());
    for (before, now) in report.patients.iter().zip(&again.patients) {
        assert_eq!(before, now);
    }
    let requests = ward.server.requests();
    assert_eq!(requests.in_batches(), held, "one question for each copy");
    assert_eq!(
        requests.to(Route::Batch),
        held.div_ceil(15),
        "fifteen in one request"
    );
    assert_eq!(requests.to(Route::Everything), 0);
    let shared = requests.to(Route::Any) - requests.to(Route::Batch);
    assert!(
        shared <= 4,
        "and for all of them: consents, flags, themselves, deletions; but {shared}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_added_changed_and_deleted_arrives() {
    let ward = Ward::with_one_patient(12).await;
    assert_eq!(complete(&ward.load_patient().await), 13);
    ward.put(&observation("new", "after"));
    ward.put(&observation("o3", "after"));
    ward.server.store().delete("Observation", "o4");
    ward.server.store().delete("Observation", "o5");
    assert_eq!(complete(&ward.load_again().await), 12);

    // Deleted and there again under the same id.
    ward.put(&observation("o5", "again"));
    assert_eq!(complete(&ward.load_again().await), 13);

    // Nothing since, and nothing lost.
    ward.server.requests().reset();
    assert_eq!(complete(&ward.load_again().await), 13);
}

/// Longer than contacts overlap.
const A_WHILE: TimeDelta = TimeDelta::minutes(6);

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_could_not_be_learnt_at_one_contact_is_learnt_at_the_next() {
    let ward = Ward::with_one_patient(12).await;
    assert_eq!(complete(&ward.load_patient().await), 13);
    ward.server.store().delete("Observation", "o4");
    ward.server.shift_clock(A_WHILE);
    ward.put(&observation("new", "after"));
    // The record answers, its history does not.
    let broken = Fault::on(Route::History, Misbehaviour::status(403));
    ward.server.faults().add(broken);
    assert_eq!(
        complete(&ward.load_again().await),
        14,
        "one too many, and not known yet"
    );

    ward.server.faults().clear();
    ward.server.shift_clock(A_WHILE);
    ward.server.requests().reset();
    assert_eq!(complete(&ward.load_again().await), 13);
    assert_eq!(ward.server.requests().to(Route::History), 1);

    // From now on what was read need not be read again.
    ward.server.shift_clock(A_WHILE);
    assert_eq!(complete(&ward.load_again().await), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_brings_nothing_new_moves_on_and_rewrites_nothing() {
    let ward = Ward::with_one_patient(12).await;
    complete(&ward.load_patient().await);
    let first = ward.state(PATIENT);
    let files = ward.files();
    assert_eq!(files.len(), 1, "{:?}", files.keys());
    // Within the overlap: all of it comes again. Deletions of other people's resources are in the history.
    ward.put(&json!({ "resourceType": "Observation", "id": "elsewhere", "status": "final", "code": { "text": "x" } }));
    ward.server.store().delete("Observation", "elsewhere");
    complete(&ward.load_again().await);
    let second = ward.state(PATIENT);
    assert!(second.last_contact > first.last_contact);

    ward.server.shift_clock(A_WHILE);
    complete(&ward.load_again().await);
    let third = ward.state(PATIENT);
    assert!(
        files == ward.files(),
        "the patient's file is the same to the byte"
    );
    assert!(
        third.synced_to.is_some() && third.synced_to != second.synced_to,
        "the next contact asks from here"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_consent_erases_the_copy_and_a_given_one_brings_it_back() {
    let ward = Ward::with_one_patient(3).await;
    assert_eq!(complete(&ward.load_patient().await), 4);
    ward.put(&dissent());
    let report = ward.load(&[PATIENT.to_owned()]).await;
    assert!(
        matches!(report.patients[0].outcome, Outcome::Withheld { .. }),
        "{report:?}"
    );
    assert_eq!(report.erased, [PATIENT]);
    let state = ward.state(PATIENT);
    assert!(!state.held && state.withheld_reason.is_some());

    ward.server.requests().reset();
    assert!(matches!(ward.load_again().await, Outcome::Withheld { .. }));
    assert_eq!(
        ward.server.requests().to(Route::Everything),
        0,
        "nothing of the record is asked for"
    );

    ward.server.store().delete("Consent", "c1");
    assert_eq!(complete(&ward.load_again().await), 4);
    assert!(ward.state(PATIENT).withheld_reason.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_arrives_in_the_middle_is_obeyed() {
    let ward = Ward::with_one_patient(12).await;
    ward.everyone().await;
    let deny = |store: &curlew_sandbox::store::Store| {
        store.put(&dissent()).expect("stored");
    };
    // After the consents were asked for, before the second page.
    ward.server.faults().when(Route::Everything, 1, deny);
    assert!(matches!(ward.load_again().await, Outcome::Withheld { .. }));
    let state = ward.state(PATIENT);
    assert!(!state.held && !state.loading);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_who_is_no_longer_there_is_erased_on_the_next_contact() {
    let ward = Ward::with_one_patient(3).await;
    complete(&ward.load_patient().await);
    ward.server.store().delete("Patient", PATIENT);
    let report = ward.load(&[PATIENT.to_owned()]).await;
    assert!(
        matches!(report.patients[0].outcome, Outcome::Withheld { .. }),
        "{report:?}"
    );
    assert_eq!(report.erased, [PATIENT]);
    assert!(!ward.state(PATIENT).held);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caseload_keeps_naming_people_it_can_no_longer_show() {
    let ward = Ward::with_one_patient(3).await;
    complete(&ward.load_patient().await);
    ward.server.store().delete("Patient", PATIENT);
    let report = ward.sync.refresh_caseload().await.expect("a caseload");
    assert_eq!(
        (report.people, &*report.missing, &*report.erased),
        (0, &[PATIENT.to_owned()][..], &[PATIENT.to_owned()][..])
    );
    let caseload = ward.sync.vault.caseload().expect("a caseload");
    assert_eq!(caseload.len(), 1);
    assert!(
        !caseload[0].held && caseload[0].withheld_reason.is_some() && !caseload[0].raw_patient.is_empty()
    );
}
