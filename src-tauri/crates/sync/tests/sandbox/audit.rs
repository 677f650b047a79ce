//! The access log on its way up.

use chrono::Utc;
use curlew_audit::{Action, Actor, Look, OutcomeText};
use curlew_sandbox::faults::{Fault, Misbehaviour, Route};

use crate::support::Ward;

fn look(ward: &Ward, shown: &str) {
    let actor = Actor {
        id: "900000000001".into(),
        name: "A Nurse".into(),
        role: "Nurse Access Role".into(),
        organisation: "Saltmarsh Community Health NHS Trust".into(),
    };
    let look = Look {
        actor,
        device: "laptop-7".into(),
        patient: None,
        patient_name: None,
        action: Action::ViewCaseload,
        shown: shown.into(),
        purpose: "TREAT".into(),
        outcome: OutcomeText::Done,
    };
    let _receipt = ward.sync.vault.write_look(look, Utc::now()).expect("written");
}

fn on_the_server(ward: &Ward) -> usize {
    ward.server.store().ids("AuditEvent").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_sent_once_each() {
    let ward = Ward::with_one_patient(0).await;
    look(&ward, "first");
    look(&ward, "second");
    let report = ward.sync.upload_audit().await.expect("sent");
    assert_eq!((report.sent, report.kept, on_the_server(&ward)), (2, 0, 2));
    let report = ward.sync.upload_audit().await.expect("nothing to send");
    assert_eq!((report.sent, on_the_server(&ward)), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_double_an_entry() {
    let ward = Ward::with_one_patient(0).await;
    look(&ward, "first");
    ward.server
        .faults()
        .add(Fault::on(Route::AuditEvent, Misbehaviour::CutMidBody).times(1));
    // Whether the cut shows depends on how much of an answer there is to cut.
    let _ = ward.sync.upload_audit().await;
    let _ = ward.sync.upload_audit().await.expect("sent");
    assert_eq!(on_the_server(&ward), 1);
    assert!(ward.sync.vault.pending_audit(10).expect("the log").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_none_is_asked_once_and_everything_waits() {
    let ward = Ward::with_one_patient(0).await;
    look(&ward, "first");
    look(&ward, "second");
    ward.server
        .faults()
        .add(Fault::on(Route::AuditEvent, Misbehaviour::status(405)));
    ward.server.requests().reset();
    let report = ward.sync.upload_audit().await.expect("an answer");
    assert_eq!((report.sent, report.kept), (0, 2));
    assert!(report.reason.is_some());
    assert_eq!(ward.server.requests().to(Route::AuditEvent), 1);

    ward.server.faults().clear();
    assert_eq!(ward.sync.upload_audit().await.expect("sent").sent, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_refused_as_it_is_stays_here_and_does_not_hold_up_the_others() {
    let ward = Ward::with_one_patient(0).await;
    look(&ward, "first");
    look(&ward, "second");
    ward.server
        .faults()
        .add(Fault::on(Route::AuditEvent, Misbehaviour::status(422)).times(1));
    let report = ward.sync.upload_audit().await.expect("an answer");
    assert_eq!((report.sent, report.kept, on_the_server(&ward)), (1, 1, 1));
    assert_eq!(ward.sync.vault.access_log(10).expect("the log").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_goes_first_on_each_contact() {
    let ward = Ward::with_one_patient(0).await;
    look(&ward, "first");
    ward.everyone().await;
    assert_eq!(on_the_server(&ward), 1);
    look(&ward, "second");
    let report = ward.load(&[]).await;
    assert_eq!((report.audit_waiting, on_the_server(&ward)), (None, 2));
}
