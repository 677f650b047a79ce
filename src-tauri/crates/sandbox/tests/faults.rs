//! Misbehaviour, as a client meets it.

mod support;

use std::time::{Duration, Instant};

use curlew_sandbox::faults::{Fault, Misbehaviour, Route};
use reqwest::StatusCode;
use serde_json::json;
use support::*;

const PAGE: &str = "Patient/p/$everything?_count=10";

async fn reading() -> (curlew_sandbox::Running, Reader) {
    let running = empty();
    small_record(&running, 25);
    let nurse = Reader::of(&running, "nurse").await;
    (running, nurse)
}

#[tokio::test]
async fn a_status_strikes_as_often_as_asked_and_then_the_record_is_whole() {
    let (running, nurse) = reading().await;
    let what = Misbehaviour::Status {
        code: 503,
        retry_after: Some(2),
    };
    running.faults().add(Fault::on(Route::Everything, what).times(2));
    for _ in 0..2 {
        let answer = nurse.request(PAGE).send().await.unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["retry-after"]),
            (StatusCode::SERVICE_UNAVAILABLE, &"2".parse().unwrap())
        );
        assert_eq!(outcome_codes(&answer.json().await.unwrap()), ["transient"]);
    }
    assert_eq!(nurse.keys(PAGE).await.len(), 27);
    assert_eq!(running.faults().carried_out(), 2);
    assert_eq!(running.requests().to(Route::Everything), 5);
    for code in [401u16, 403, 404, 410, 429, 500] {
        running
            .faults()
            .add(Fault::on(Route::Everything, Misbehaviour::status(code)).times(1));
        assert_eq!(nurse.get(PAGE).await.0.as_u16(), code);
    }
}

#[tokio::test]
async fn a_cut_body_breaks_after_it_has_begun() {
    let (running, nurse) = reading().await;
    running
        .faults()
        .add(Fault::on(Route::Everything, Misbehaviour::CutMidBody).times(1));
    let mut answer = nurse.request(PAGE).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let announced = answer.content_length().unwrap();
    let mut received = 0;
    let broken = loop {
        match answer.chunk().await {
            Ok(Some(bytes)) => received += bytes.len() as u64,
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(
        broken && received > 0 && received < announced,
        "{received} of {announced}"
    );
    assert_eq!(nurse.keys(PAGE).await.len(), 27);
}

#[tokio::test]
async fn a_wrong_length_is_an_error_of_the_transport() {
    let (running, nurse) = reading().await;
    running
        .faults()
        .add(Fault::on(Route::Everything, Misbehaviour::WrongLength).times(1));
    let answer = nurse.request(PAGE).send().await.unwrap();
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn truncated_and_malformed_bodies_arrive_whole_but_are_not_json() {
    let (running, nurse) = reading().await;
    for what in [Misbehaviour::TruncatedJson, Misbehaviour::MalformedJson] {
        running.faults().add(Fault::on(Route::Everything, what).times(1));
        let answer = nurse.request(PAGE).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let bytes = answer.bytes().await.unwrap();
        assert!(bytes.starts_with(b"{\"resourceType\""));
        assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_err());
    }
}

#[tokio::test]
async fn a_looping_next_leads_back_to_its_own_page() {
    let (running, nurse) = reading().await;
    running.faults().add(
        Fault::on(Route::Everything, Misbehaviour::LoopingNext)
            .after(1)
            .times(2),
    );
    let first = nurse.ok(PAGE).await;
    let second = nurse.ok(next(&first).unwrap()).await;
    assert_eq!(next(&second), next(&first));
    let again = nurse.ok(next(&second).unwrap()).await;
    assert_eq!(keys(&again), keys(&second));
    let healed = nurse.ok(next(&again).unwrap()).await;
    assert_ne!(next(&healed), next(&second));
}

#[tokio::test]
async fn a_slow_drip_brings_the_whole_body_slowly() {
    let (running, nurse) = reading().await;
    let what = Misbehaviour::SlowDrip {
        bytes: 1024,
        pause: Duration::from_millis(2),
    };
    running.faults().add(Fault::on(Route::Everything, what).times(1));
    let begun = Instant::now();
    let bytes = nurse.request(PAGE).send().await.unwrap().bytes().await.unwrap();
    let least = Duration::from_millis(2) * u32::try_from(bytes.len() / 1024).unwrap();
    assert!(begun.elapsed() >= least && bytes.len() > 4096);
    assert_eq!(keys(&serde_json::from_slice(&bytes).unwrap()).len(), 10);
}

#[tokio::test]
async fn latency_waits_and_answers_correctly() {
    let (running, nurse) = reading().await;
    running
        .faults()
        .add(Fault::on(Route::Fhir, Misbehaviour::Latency(Duration::from_millis(60))).times(1));
    let begun = Instant::now();
    nurse.ok(PAGE).await;
    assert!(begun.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn tokens_can_be_revoked_in_the_middle_of_a_sync() {
    let (running, nurse) = reading().await;
    running.faults().add(
        Fault::on(Route::Everything, Misbehaviour::RevokeTokens)
            .after(1)
            .times(1),
    );
    let first = nurse.ok(PAGE).await;
    assert_eq!(nurse.get(next(&first).unwrap()).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn consent_can_be_withdrawn_in_the_middle_of_a_sync() {
    let (running, nurse) = reading().await;
    running.faults().when(Route::Everything, 1, |store| {
        let deny = json!({"resourceType": "Consent", "id": "c", "status": "active", "patient": {"reference": "Patient/p"}, "provision": {"type": "deny"}});
        store.put(&deny).unwrap();
    });
    let first = nurse.ok(PAGE).await;
    assert_eq!(nurse.get(next(&first).unwrap()).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_server_gone_dark_comes_back_on_the_same_port_with_sessions_and_links() {
    let (running, nurse) = reading().await;
    let first = nurse.ok(PAGE).await;
    running.go_dark();
    assert!(nurse.request(PAGE).send().await.is_err());
    assert!(
        client()
            .get(running.base_url())
            .send()
            .await
            .unwrap_err()
            .is_connect()
    );
    running.come_back().unwrap();
    assert_eq!(keys(&nurse.ok(next(&first).unwrap()).await).len(), 10);
    let port = running.port();
    running.stop();
    assert!(nurse.request(PAGE).send().await.is_err());
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let options = curlew_sandbox::Options {
        port,
        source: curlew_sandbox::Source::Empty,
        ..Default::default()
    };
    assert!(matches!(
        curlew_sandbox::Sandbox::start(options),
        Err(curlew_sandbox::StartError::Port { .. })
    ));
    drop(taken);
}

#[tokio::test]
async fn a_moved_clock_is_seen_in_dates_and_stamps() {
    let (running, nurse) = reading().await;
    running.shift_clock(chrono::TimeDelta::minutes(-90));
    let answer = nurse.request(PAGE).send().await.unwrap();
    let date = chrono::DateTime::parse_from_rfc2822(answer.headers()["date"].to_str().unwrap()).unwrap();
    let behind = chrono::Utc::now() - date.to_utc();
    assert!((85..95).contains(&behind.num_minutes()), "{behind}");
}
