//! Contacts cut short: the copy is the old one or the new one, and what failed is named.

use curlew_sandbox::faults::{Fault, Misbehaviour, Route};
use curlew_sign_in::CancellationToken;
use curlew_sync::{FailureCode, Outcome};

use crate::support::{PATIENT, Ward, complete, observation};

fn failed(outcome: &Outcome) -> (FailureCode, &str) {
    match outcome {
        Outcome::Failed { code, what } => (*code, what),
        other => panic!("not failed: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_leaves_the_old_copy_and_is_named() {
    for misbehaviour in [
        Misbehaviour::MalformedJson,
        Misbehaviour::TruncatedJson,
        Misbehaviour::LoopingNext,
    ] {
        let ward = Ward::with_one_patient(12).await;
        let before = complete(&ward.load_patient().await);
        ward.put(&observation("new", "after"));
        ward.server
            .faults()
            .add(Fault::on(Route::Everything, misbehaviour.clone()));
        let outcome = ward.load_again().await;
        assert_eq!(failed(&outcome).0, FailureCode::Malformed, "{misbehaviour:?}");
        let state = ward.state(PATIENT);
        assert_eq!((state.held, state.resources), (true, before));
        assert!(state.first.is_some());

        ward.server.faults().clear();
        assert_eq!(complete(&ward.load_again().await), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_that_breaks_off_shows_nothing_and_goes_on_where_it_was() {
    for misbehaviour in [
        Misbehaviour::status(500),
        Misbehaviour::CutMidBody,
        Misbehaviour::TruncatedJson,
    ] {
        let ward = Ward::with_one_patient(22).await;
        ward.everyone().await;
        // 23 resources in pages of five: the fourth page breaks.
        ward.server
            .faults()
            .add(Fault::on(Route::Everything, misbehaviour.clone()).after(3));
        let outcome = ward.load_again().await;
        let (_, what) = failed(&outcome);
        assert!(
            what.contains("page 4") || what.contains("cannot be reached"),
            "{misbehaviour:?}: {what}"
        );
        let state = ward.state(PATIENT);
        assert!(!state.held && state.loading && state.first.is_none());

        ward.server.faults().clear();
        ward.server.requests().reset();
        assert_eq!(complete(&ward.load_again().await), 23);
        assert_eq!(
            ward.server.requests().to(Route::Everything),
            2,
            "only the pages that were missing"
        );
        assert!(!ward.state(PATIENT).loading);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passing_fault_is_not_noticed() {
    for misbehaviour in [
        Misbehaviour::status(503),
        Misbehaviour::Status {
            code: 429,
            retry_after: Some(0),
        },
        Misbehaviour::CutMidBody,
        Misbehaviour::TruncatedJson,
    ] {
        let ward = Ward::with_one_patient(12).await;
        ward.everyone().await;
        ward.server
            .faults()
            .add(Fault::on(Route::Everything, misbehaviour).after(1).times(1));
        assert_eq!(complete(&ward.load_again().await), 13);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_is_gone_does_not_erase_a_copy_and_one_that_refuses_does() {
    for status in [404, 410] {
        let ward = Ward::with_one_patient(3).await;
        complete(&ward.load_patient().await);
        ward.server
            .faults()
            .add(Fault::on(Route::Everything, Misbehaviour::status(status)));
        let outcome = ward.load_again().await;
        assert_eq!(failed(&outcome).0, FailureCode::ServerAnswer, "{status}");
        assert!(ward.state(PATIENT).held);
    }
    let ward = Ward::with_one_patient(3).await;
    complete(&ward.load_patient().await);
    ward.server
        .faults()
        .add(Fault::on(Route::Everything, Misbehaviour::status(403)));
    assert!(matches!(ward.load_again().await, Outcome::Withheld { .. }));
    assert!(!ward.state(PATIENT).held);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_about_consent_nothing_is_brought_in() {
    let ward = Ward::with_one_patient(3).await;
    ward.everyone().await;
    ward.server
        .faults()
        .add(Fault::on(Route::Consent, Misbehaviour::status(500)));
    assert_eq!(failed(&ward.load_again().await).0, FailureCode::ServerAnswer);
    assert!(!ward.state(PATIENT).held);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_on_the_way_is_not_noticed() {
    let ward = Ward::with_one_patient(12).await;
    ward.everyone().await;
    ward.server.expire_access_tokens();
    assert_eq!(complete(&ward.load_again().await), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_on_the_way_loses_nothing() {
    let ward = Ward::with_one_patient(12).await;
    let before = complete(&ward.load_patient().await);
    ward.server
        .faults()
        .add(Fault::on(Route::Everything, Misbehaviour::RevokeTokens).times(1));
    let outcome = ward.load_again().await;
    assert_eq!(failed(&outcome).0, FailureCode::SessionEnded);
    let state = ward.state(PATIENT);
    assert_eq!((state.held, state.resources), (true, before));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_loses_nothing() {
    let ward = Ward::with_one_patient(3).await;
    let before = complete(&ward.load_patient().await);
    ward.server.go_dark();
    assert_eq!(failed(&ward.load_again().await).0, FailureCode::Unreachable);
    let state = ward.state(PATIENT);
    assert_eq!((state.held, state.resources), (true, before));
    assert!(ward.sync.refresh_caseload().await.is_err());
    assert_eq!(ward.sync.vault.caseload().expect("a caseload").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_load_says_so_and_keeps_what_was_there() {
    let ward = Ward::with_one_patient(22).await;
    ward.everyone().await;
    let cancel = CancellationToken::new();
    let patients = [PATIENT.to_owned()];
    let report = ward
        .sync
        .load(
            &patients,
            &|progress| {
                if progress.resources >= 10 {
                    cancel.cancel()
                }
            },
            &cancel,
        )
        .await;
    assert!(report.cancelled);
    assert_eq!(failed(&report.patients[0].outcome).0, FailureCode::Cancelled);
    let state = ward.state(PATIENT);
    assert!(!state.held && state.loading);

    let report = ward.sync.load(&patients, &|_| {}, &cancel).await;
    assert!(report.cancelled, "already cancelled");
    assert_eq!(failed(&report.patients[0].outcome).0, FailureCode::Cancelled);

    ward.server.requests().reset();
    assert_eq!(complete(&ward.load_again().await), 23);
    assert!(
        ward.server.requests().to(Route::Everything) <= 3,
        "went on from the second page"
    );
}
