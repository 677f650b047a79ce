//! A session: tokens renewed once for all who wait, rotated, kept, ended.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Provider, Scripted};
use curlew_redact::{ExposeSecret, SecretString};
use curlew_sign_in::{AccessTokens, CancellationToken, Session, SignInError, sign_in};
use serde_json::json;

async fn session(provider: &Provider) -> Session {
    sign_in(
        &provider.config(),
        &reqwest::Client::new(),
        &Scripted::signs_in(),
        CancellationToken::new(),
    )
    .await
    .expect("a session")
}

fn refreshes(provider: &Provider) -> usize {
    provider
        .rules()
        .token_requests
        .iter()
        .filter(|request| request["grant_type"] == "refresh_token")
        .count()
}

fn text(secret: Option<SecretString>) -> String {
    secret
        .map(|secret| secret.expose_secret().to_owned())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_good_token_is_handed_out_without_asking() {
    let provider = Provider::start().await;
    let session = session(&provider).await;
    for _ in 0..3 {
        assert_eq!(
            session.access_token().await.expect("a token").expose_secret(),
            "access-1"
        );
    }
    assert_eq!(refreshes(&provider), 0);
}

#[tokio::test]
async fn many_who_find_a_token_expired_share_one_refresh() {
    let provider = Provider::start().await;
    provider.rules().lives = vec![0, 3600];
    let session = session(&provider).await;
    let kept = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&kept);
    session.on_rotated(Arc::new(move |token| {
        note.lock()
            .expect("the note")
            .push(token.expose_secret().to_owned())
    }));

    let many = (0..20).map(|_| {
        let session = session.clone();
        tokio::spawn(async move { session.access_token().await.expect("a token") })
    });
    for token in many.collect::<Vec<_>>() {
        assert_eq!(token.await.expect("a task").expose_secret(), "access-2");
    }
    assert_eq!(refreshes(&provider), 1);
    assert_eq!(*kept.lock().expect("the note"), ["refresh-2"]);
    assert_eq!(text(session.refresh_token()), "refresh-2");
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once_whoever_says_so() {
    let provider = Provider::start().await;
    let session = session(&provider).await;
    let rejected = session.access_token().await.expect("a token");
    for _ in 0..3 {
        assert_eq!(
            session.replace(&rejected).await.expect("a token").expose_secret(),
            "access-2"
        );
    }
    assert_eq!(refreshes(&provider), 1);
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_lose_the_new_refresh_token() {
    let provider = Provider::start().await;
    provider.rules().lives = vec![0, 3600];
    let session = session(&provider).await;
    let (told, hear) = tokio::sync::oneshot::channel();
    let told = Mutex::new(Some(told));
    session.on_rotated(Arc::new(move |_| {
        if let Some(told) = told.lock().expect("the sender").take() {
            let _ = told.send(());
        }
    }));
    // Polled once, so that the refresh is under way, and dropped.
    let waiting = session.access_token();
    assert!(tokio::time::timeout(Duration::ZERO, waiting).await.is_err());
    hear.await.expect("the rotation");
    assert_eq!(text(session.refresh_token()), "refresh-2");
    assert_eq!(
        session.access_token().await.expect("a token").expose_secret(),
        "access-2"
    );
}

#[tokio::test]
async fn a_refresh_token_used_elsewhere_ends_the_session_for_good() {
    let provider = Provider::start().await;
    let session = session(&provider).await;
    let stolen = session.refresh_token().expect("a refresh token");
    let config = provider.config();
    let user = session.user().clone();
    let other = Session::resume(&config, &reqwest::Client::new(), stolen, user)
        .await
        .expect("a session");
    assert_eq!(
        other.access_token().await.expect("a token").expose_secret(),
        "access-2"
    );

    let mine = session.access_token().await.expect("still good here");
    assert_eq!(
        session.replace(&mine).await.err(),
        Some(SignInError::SessionEnded)
    );
    let asked = refreshes(&provider);
    assert_eq!(
        session.access_token().await.err(),
        Some(SignInError::SessionEnded)
    );
    assert!(session.refresh_token().is_none());
    assert_eq!(refreshes(&provider), asked, "an ended session asks nobody");
}

#[tokio::test]
async fn resuming_rotates_and_stays_with_the_same_person() {
    let provider = Provider::start().await;
    let first = session(&provider).await;
    let (token, user) = (
        first.refresh_token().expect("a refresh token"),
        first.user().clone(),
    );
    let http = reqwest::Client::new();
    let resumed = Session::resume(&provider.config(), &http, token, user.clone())
        .await
        .expect("a session");
    assert_eq!(text(resumed.refresh_token()), "refresh-2");
    assert_eq!(resumed.user(), &user);

    provider.rules().claims = json!({ "sub": "somebody else" });
    let token = resumed.refresh_token().expect("a refresh token");
    let outcome = Session::resume(&provider.config(), &http, token, user.clone()).await;
    assert!(matches!(outcome, Err(SignInError::Refused(_))), "{outcome:?}");

    provider.rules().claims = json!({});
    let spent = SecretString::from("refresh-1");
    let outcome = Session::resume(&provider.config(), &http, spent, user).await;
    assert_eq!(outcome.err(), Some(SignInError::SessionEnded));
}

#[tokio::test]
async fn a_provider_that_is_down_does_not_end_a_session() {
    let provider = Provider::start().await;
    provider.rules().lives = vec![100];
    let session = session(&provider).await;
    provider.rules().token_status = Some(503);
    // Into the last quarter of its life: a new one is wanted, and this one still serves.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(80)).await;
    tokio::time::resume();
    assert_eq!(
        session.access_token().await.expect("the old one").expose_secret(),
        "access-1"
    );
    assert_eq!(refreshes(&provider), 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(30)).await;
    tokio::time::resume();
    let outcome = session.access_token().await;
    assert_eq!(
        outcome.err(),
        Some(SignInError::Unreachable {
            what: "the sign-in service"
        })
    );
    provider.rules().token_status = None;
    assert_eq!(
        session.access_token().await.expect("a new one").expose_secret(),
        "access-2"
    );
}

#[tokio::test]
async fn signing_out_revokes_both_tokens_and_ends_the_session() {
    let provider = Provider::start().await;
    let session = session(&provider).await;
    session.revoke().await.expect("revoked");
    assert_eq!(provider.rules().revoked, ["refresh-1", "access-1"]);
    assert_eq!(
        session.access_token().await.err(),
        Some(SignInError::SessionEnded)
    );
    assert!(session.refresh_token().is_none());
    session.revoke().await.expect("nothing left to revoke");
    assert_eq!(provider.rules().revoked.len(), 2);
}
