//! Signing in, from the record API's address to a person in a role; and every way it ends otherwise.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Provider, Scripted, field};
use curlew_sign_in::{
    Abandonment, Browser, BrowserError, CancellationToken, Session, SignInConfig, SignInError, sign_in,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

async fn attempt(config: &SignInConfig, browser: &dyn Browser) -> Result<Session, SignInError> {
    sign_in(config, &reqwest::Client::new(), browser, CancellationToken::new()).await
}

async fn refusal(provider: &Provider) -> String {
    match attempt(&provider.config(), &Scripted::signs_in()).await {
        Err(SignInError::Refused(reason)) => reason,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_person_signs_in() {
    let provider = Provider::start().await;
    let session = attempt(&provider.config(), &Scripted::signs_in())
        .await
        .expect("a session");
    let user = session.user();
    assert_eq!(
        (user.name.as_str(), user.role_name.as_str()),
        ("Ada Testpatient", "Nurse Access Role")
    );
    assert_eq!(user.organisation_name, "Saltmarsh Community Health NHS Trust");
    assert_eq!(
        (user.issuer.as_str(), user.assurance),
        (provider.origin.as_str(), 3)
    );

    let asked = provider.rules().asked.clone().expect("a request");
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["aud"], format!("{}/fhir", provider.origin));
    assert_eq!(asked["prompt"], "login consent");
    assert!(asked["redirect_uri"].starts_with("http://127.0.0.1:") && asked["redirect_uri"].ends_with("/cb"));
    // SMART App Launch 2.2.0: 122 bits at least. 22 characters of base64url hold 132.
    assert!(asked["state"].len() >= 22 && asked["nonce"].len() >= 22 && asked["code_challenge"].len() == 43);
    assert!(
        asked["scope"]
            .split(' ')
            .filter(|scope| *scope == "openid")
            .count()
            == 1
    );
}

#[tokio::test]
async fn nothing_printed_holds_a_secret() {
    let provider = Provider::start().await;
    let session = attempt(&provider.config(), &Scripted::signs_in())
        .await
        .expect("a session");
    let printed = format!("{session:?} {:?} {:#?}", session.refresh_token(), session);
    for secret in ["access-1", "refresh-1", "the-code"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[tokio::test]
async fn stray_requests_are_answered_and_the_waiting_goes_on() {
    let provider = Provider::start().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let browser = Scripted::walks(move |url: Url| {
        let noted = Arc::clone(&noted);
        async move {
            let back: Url = field(&url, "redirect_uri").parse().expect("an address");
            let mut note = Vec::new();
            for stray in [
                "/favicon.ico",
                "/cb",
                "/cb?state=guessed&code=stolen",
                "/cb?state=guessed&error=access_denied",
            ] {
                let answer = reqwest::get(back.join(stray).expect("an address"))
                    .await
                    .expect("an answer");
                note.push(answer.status().as_u16());
            }
            // A browser opens connections it then does not use.
            let unused =
                tokio::net::TcpStream::connect(back.socket_addrs(|| None).expect("an address")[0]).await;
            let page = reqwest::get(url).await.expect("an answer");
            note.push(page.status().as_u16());
            assert!(
                page.headers()["content-security-policy"]
                    .to_str()
                    .expect("text")
                    .starts_with("default-src 'none'")
            );
            assert!(
                page.text()
                    .await
                    .expect("a page")
                    .contains("You can close this window and go back to Curlew")
            );
            // One answer, then the port is closed.
            assert!(reqwest::get(back).await.is_err());
            drop(unused);
            noted.lock().expect("the note").extend(note);
        }
    });
    attempt(&provider.config(), &browser).await.expect("a session");
    // The browser's task ends after the page; the session may be there first.
    while seen.lock().expect("the note").is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(*seen.lock().expect("the note"), [404, 400, 400, 400, 200]);
}

#[tokio::test]
async fn an_identity_that_cannot_be_verified_is_refused_in_words() {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time")
        .as_secs();
    for (claims, words) in [
        (json!({ "nonce": "another" }), "another sign-in"),
        (json!({ "nonce": null }), "another sign-in"),
        (json!({ "iss": "https://elsewhere.example" }), "another issuer"),
        (json!({ "aud": "another-program" }), "another program"),
        (json!({ "aud": ["curlew", "another-program"] }), "another program"),
        (json!({ "exp": now - 3600, "iat": now - 7200 }), "expired"),
        (json!({ "iat": now + 3600 }), "clock"),
        (json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }), "another token"),
    ] {
        let provider = Provider::start().await;
        provider.rules().claims = claims.clone();
        let reason = refusal(&provider).await;
        assert!(reason.contains(words), "{claims}: {reason}");
    }
    let provider = Provider::start().await;
    provider.rules().wrong_key = true;
    assert!(refusal(&provider).await.contains("not properly signed"));
    provider.rules().no_identity = true;
    assert!(refusal(&provider).await.contains("no identity"));
}

#[tokio::test]
async fn a_clock_that_is_a_minute_off_is_forgiven() {
    let provider = Provider::start().await;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time")
        .as_secs();
    for claims in [json!({ "exp": now - 60 }), json!({ "iat": now + 60 })] {
        provider.rules().claims = claims;
        attempt(&provider.config(), &Scripted::signs_in())
            .await
            .expect("a session");
    }
}

#[tokio::test]
async fn the_level_reached_counts_and_not_the_level_asked_for() {
    let provider = Provider::start().await;
    provider.rules().claims = json!({ "authentication_assurance_level": "1", "acr": "AAL2_OR_AAL3_ANY" });
    assert!(
        refusal(&provider)
            .await
            .contains("level 1, and level 2 is needed")
    );
    assert_eq!(
        provider.rules().asked.clone().expect("a request")["acr_values"],
        "AAL2_OR_AAL3_ANY"
    );
}

#[tokio::test]
async fn roles_come_from_userinfo_when_the_identity_names_none() {
    let provider = Provider::start().await;
    provider.rules().claims = json!({ "nhsid_nrbac_roles": null });
    let roles = json!([{ "person_roleid": "2", "role_name": "Doctor", "org_code": "XCUR1" }]);
    // A token bound to the record API is not taken: the person has no role that anybody vouches for.
    assert!(refusal(&provider).await.contains("no role"));
    provider.rules().userinfo = Some(json!({ "sub": "somebody else", "nhsid_nrbac_roles": roles }));
    assert!(refusal(&provider).await.contains("somebody else"));
    provider.rules().userinfo = Some(json!({ "sub": "900000000001", "nhsid_nrbac_roles": roles }));
    let session = attempt(&provider.config(), &Scripted::signs_in())
        .await
        .expect("a session");
    assert_eq!(session.user().role_name, "Doctor");
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_not_taken_to_this_one() {
    let provider = Provider::start().await;
    provider.rules().callback_issuer = Some("https://elsewhere.example".into());
    assert!(refusal(&provider).await.contains("another issuer"));
    assert!(provider.rules().token_requests.is_empty());
}

#[tokio::test]
async fn the_providers_own_words_are_passed_on() {
    let provider = Provider::start().await;
    provider.rules().refuse = Some(("temporarily_unavailable", Some("Closed for the night")));
    assert!(refusal(&provider).await.contains("Closed for the night"));
    provider.rules().refuse = Some(("access_denied", None));
    let outcome = attempt(&provider.config(), &Scripted::signs_in()).await;
    assert_eq!(outcome.err(), Some(SignInError::Abandoned(Abandonment::Closed)));
}

#[tokio::test]
async fn a_browser_left_open_times_out_and_a_person_can_cancel() {
    let provider = Provider::start().await;
    let config = SignInConfig {
        timeout: Duration::ZERO,
        ..provider.config()
    };
    let outcome = attempt(&config, &Scripted::is_left_open()).await;
    assert_eq!(outcome.err(), Some(SignInError::Abandoned(Abandonment::TimedOut)));

    let cancel = CancellationToken::new();
    let pressed = cancel.clone();
    let browser = Scripted::walks(move |_| {
        pressed.cancel();
        async {}
    });
    let outcome = sign_in(&provider.config(), &reqwest::Client::new(), &browser, cancel).await;
    assert_eq!(
        outcome.err(),
        Some(SignInError::Abandoned(Abandonment::Cancelled))
    );
}

#[tokio::test]
async fn a_port_in_use_and_a_missing_browser_are_said() {
    let provider = Provider::start().await;
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let config = SignInConfig {
        redirect_port: taken.local_addr().expect("an address").port(),
        ..provider.config()
    };
    assert_eq!(
        attempt(&config, &Scripted::signs_in()).await.err(),
        Some(SignInError::PortUnavailable)
    );

    struct Missing;
    impl Browser for Missing {
        fn open(&self, _: &Url) -> Result<(), BrowserError> {
            Err(BrowserError)
        }
    }
    assert_eq!(
        attempt(&provider.config(), &Missing).await.err(),
        Some(SignInError::NoBrowser)
    );
}

#[tokio::test]
async fn a_record_api_that_cannot_be_used_is_told_from_one_that_cannot_be_reached() {
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody: Url = format!("http://{}/fhir", gone.local_addr().expect("an address"))
        .parse()
        .expect("an address");
    drop(gone);
    let outcome = attempt(&SignInConfig::new(nobody, "curlew"), &Scripted::signs_in()).await;
    assert_eq!(
        outcome.err(),
        Some(SignInError::Unreachable {
            what: "the record API"
        })
    );

    let unusable = async |smart: Value, config: fn(SignInConfig) -> SignInConfig| {
        let provider = Provider::start().await;
        provider.rules().smart = smart;
        match attempt(&config(provider.config()), &Scripted::signs_in()).await {
            Err(SignInError::Unusable(what)) => what,
            other => panic!("usable: {other:?}"),
        }
    };
    let same = |config| config;
    assert!(
        unusable(json!({ "issuer": null }), same)
            .await
            .contains("does not name")
    );
    assert!(
        unusable(json!({ "token_endpoint": "http://elsewhere.example/t" }), same)
            .await
            .contains("not https")
    );
    assert!(
        unusable(json!({ "token_endpoint": null }), same)
            .await
            .contains("where to fetch tokens")
    );
    let pinned = |config| SignInConfig {
        issuer: Some("https://am.example".into()),
        ..config
    };
    assert!(
        unusable(json!({}), pinned)
            .await
            .contains("another sign-in service")
    );
    let clear = SignInConfig::new(
        "http://record.example/fhir".parse().expect("an address"),
        "curlew",
    );
    assert!(matches!(
        attempt(&clear, &Scripted::signs_in()).await,
        Err(SignInError::Unusable(_))
    ));
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_is_unreachable_and_no_refusal() {
    let provider = Provider::start().await;
    provider.rules().token_status = Some(503);
    let outcome = attempt(&provider.config(), &Scripted::signs_in()).await;
    assert_eq!(
        outcome.err(),
        Some(SignInError::Unreachable {
            what: "the sign-in service"
        })
    );
}
