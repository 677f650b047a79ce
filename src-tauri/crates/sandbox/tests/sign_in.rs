//! The OpenID provider, as a client meets it.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use support::*;

fn claims(id_token: &Value) -> Value {
    let body = id_token
        .as_str()
        .and_then(|token| token.split('.').nth(1))
        .expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).expect("base64url")).expect("JSON")
}

#[tokio::test]
async fn a_nurse_signs_in_and_the_id_token_is_signed_by_the_published_key() {
    let running = empty();
    let tokens = tokens_of(&running, "nurse").await;
    let configuration: Value = client()
        .get(format!("{}/.well-known/openid-configuration", running.issuer()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(configuration["issuer"], running.issuer());
    let jwks: Value = client()
        .get(configuration["jwks_uri"].as_str().unwrap())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();

    let id_token = tokens["id_token"].as_str().unwrap();
    let (signed, signature) = id_token.rsplit_once('.').unwrap();
    let part = |name: &str| {
        URL_SAFE_NO_PAD
            .decode(jwks["keys"][0][name].as_str().unwrap())
            .unwrap()
    };
    let key = aws_lc_rs::signature::RsaPublicKeyComponents {
        n: part("n"),
        e: part("e"),
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let verified = key.verify(
        &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256,
        signed.as_bytes(),
        &signature,
    );
    assert!(verified.is_ok());

    let claims = claims(&tokens["id_token"]);
    assert_eq!(claims["iss"], running.issuer());
    assert_eq!(claims["aud"], "curlew");
    assert_eq!(claims["nonce"], "the-nonce");
    assert_eq!(claims["idassurancelevel"], "3");
    assert_eq!(claims["authentication_assurance_level"], "3");
    let at_hash = &Sha256::digest(tokens["access_token"].as_str().unwrap().as_bytes())[..16];
    assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(at_hash));
    let selected = claims["nhsid_nrbac_roles"].as_array().unwrap().iter();
    let selected: Vec<_> = selected
        .filter(|role| role["person_roleid"] == claims["selected_roleid"])
        .collect();
    assert_eq!(selected.len(), 1);
    assert_eq!(selected[0]["role_code"], "S8000:G8000:R8001");

    let reader = client()
        .get(format!("{}/userinfo", running.issuer()))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    let userinfo: Value = reader.send().await.unwrap().json().await.unwrap();
    assert_eq!(userinfo["sub"], claims["sub"]);
}

#[tokio::test]
async fn the_answer_carries_state_and_issuer_to_the_address_asked_for() {
    let running = empty();
    let page = authorize(&running, &request(&running)).await;
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script"));
    let text = page.text().await.unwrap();
    assert!(!text.contains("<script") && text.matches("<button").count() == 4);
    let back = choose(&running, &text, "doctor").await;
    let (address, parameters) = sent_back(&back);
    assert_eq!(address, REDIRECT);
    assert_eq!(parameters["state"], "the-state");
    assert_eq!(parameters["iss"], running.issuer());
    // The same page again has been answered.
    let again = choose(&running, &text, "doctor").await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    assert!(again.headers().get("location").is_none());
}

#[tokio::test]
async fn choosing_not_to_sign_in_is_access_denied() {
    let running = empty();
    let page = authorize(&running, &request(&running))
        .await
        .text()
        .await
        .unwrap();
    let (_, parameters) = sent_back(&choose(&running, &page, "").await);
    assert_eq!(parameters["error"], "access_denied");
    assert_eq!(parameters["state"], "the-state");
}

#[tokio::test]
async fn without_pkce_s256_or_the_right_aud_there_is_no_code() {
    let running = empty();
    let plain = changed(request(&running), "code_challenge", Some(VERIFIER));
    for (request, error) in [
        (
            changed(request(&running), "code_challenge", None),
            "invalid_request",
        ),
        (
            changed(plain, "code_challenge_method", Some("plain")),
            "invalid_request",
        ),
        (
            changed(request(&running), "code_challenge_method", None),
            "invalid_request",
        ),
        (
            changed(request(&running), "code_challenge_method", Some("plain")),
            "invalid_request",
        ),
        (changed(request(&running), "aud", None), "invalid_request"),
        (
            changed(request(&running), "aud", Some("https://elsewhere.example/fhir")),
            "invalid_request",
        ),
        (
            changed(request(&running), "response_type", Some("token")),
            "unsupported_response_type",
        ),
        (
            changed(request(&running), "scope", Some("profile")),
            "invalid_scope",
        ),
        (
            changed(request(&running), "prompt", Some("none")),
            "login_required",
        ),
    ] {
        let answer = authorize(&running, &request).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{request:?}");
        let (address, parameters) = sent_back(&answer);
        assert_eq!(address, REDIRECT);
        assert_eq!(parameters["error"], error, "{request:?}");
        assert_eq!(parameters["state"], "the-state");
        assert!(!parameters.contains_key("code"));
    }
}

#[tokio::test]
async fn the_browser_is_never_sent_to_an_address_that_is_not_loopback() {
    let running = empty();
    for request in [
        changed(request(&running), "redirect_uri", Some("https://evil.example/cb")),
        changed(
            request(&running),
            "redirect_uri",
            Some("http://127.0.0.1@evil.example/cb"),
        ),
        changed(request(&running), "redirect_uri", Some("http://localhost:1/cb")),
        changed(request(&running), "redirect_uri", None),
        changed(request(&running), "client_id", Some("other")),
        [
            request(&running),
            vec![("redirect_uri", "https://evil.example/".into())],
        ]
        .concat(),
    ] {
        let answer = authorize(&running, &request).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{request:?}");
        assert!(answer.headers().get("location").is_none(), "{request:?}");
    }
    let any_port = changed(
        request(&running),
        "redirect_uri",
        Some("http://[::1]:1234/elsewhere"),
    );
    assert_eq!(authorize(&running, &any_port).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_code_needs_its_verifier_and_its_redirect() {
    let running = empty();
    let with = |code: &str, name: &str, value: Option<&str>| -> Vec<(String, String)> {
        let mut form: Vec<(String, String)> = [
            ("grant_type", "authorization_code"),
            ("client_id", "curlew"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ]
        .iter()
        .filter(|(n, _)| *n != name)
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
        form.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        form
    };
    let other = "another-verifier-of-more-than-forty-three-characters";
    for (name, value, error) in [
        ("code_verifier", None, "invalid_grant"),
        ("code_verifier", Some(other), "invalid_grant"),
        ("redirect_uri", Some("http://127.0.0.1:50000/cb"), "invalid_grant"),
        ("redirect_uri", None, "invalid_grant"),
        ("client_id", Some("other"), "invalid_client"),
        ("grant_type", Some("password"), "unsupported_grant_type"),
    ] {
        let code = code_for(&running, "nurse").await;
        let form = with(&code, name, value);
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let (status, body) = post_token(&running, &form).await;
        assert_eq!(
            (status, body["error"].as_str()),
            (StatusCode::BAD_REQUEST, Some(error)),
            "{name} {value:?}"
        );
    }
}

#[tokio::test]
async fn a_code_works_once_and_not_after_its_minute() {
    let running = empty();
    let code = code_for(&running, "nurse").await;
    let (status, tokens) = redeem(&running, &code).await;
    assert_eq!(status, StatusCode::OK);
    let (status, again) = redeem(&running, &code).await;
    assert_eq!(
        (status, again["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("invalid_grant"))
    );
    // Whoever used it second may hold what it gave: all of that is over.
    let reader = Reader {
        http: client(),
        token: tokens["access_token"].as_str().unwrap().into(),
        base: running.base_url().into(),
    };
    assert_eq!(reader.get("Group").await.0, StatusCode::UNAUTHORIZED);

    let late = code_for(&running, "nurse").await;
    running.shift_clock(TimeDelta::seconds(61));
    assert_eq!(redeem(&running, &late).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_second_use_ends_the_session() {
    let running = empty();
    let first = tokens_of(&running, "nurse").await;
    let old = first["refresh_token"].as_str().unwrap();
    let (status, second) = refresh(&running, old).await;
    assert_eq!(status, StatusCode::OK);
    let new = second["refresh_token"].as_str().unwrap();
    assert_ne!(old, new);
    assert_eq!(
        claims(&second["id_token"])["sub"],
        claims(&first["id_token"])["sub"]
    );
    assert!(claims(&second["id_token"]).get("nonce").is_none());

    assert_eq!(refresh(&running, old).await.1["error"], "invalid_grant");
    assert_eq!(refresh(&running, new).await.1["error"], "invalid_grant");
    let reader = Reader {
        http: client(),
        token: second["access_token"].as_str().unwrap().into(),
        base: running.base_url().into(),
    };
    assert_eq!(reader.get("Group").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_access_token_expires_and_is_refreshed() {
    let running = empty();
    let tokens = tokens_of(&running, "nurse").await;
    assert_eq!(tokens["expires_in"], 300);
    let mut reader = Reader {
        http: client(),
        token: tokens["access_token"].as_str().unwrap().into(),
        base: running.base_url().into(),
    };
    assert_eq!(reader.get("Group").await.0, StatusCode::OK);
    running.shift_clock(TimeDelta::seconds(300));
    let expired = reader.request("Group").send().await.unwrap();
    assert_eq!(expired.status(), StatusCode::UNAUTHORIZED);
    assert!(
        expired.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("invalid_token")
    );
    let (_, again) = refresh(&running, tokens["refresh_token"].as_str().unwrap()).await;
    reader.token = again["access_token"].as_str().unwrap().into();
    assert_eq!(reader.get("Group").await.0, StatusCode::OK);
    running.expire_access_tokens();
    assert_eq!(reader.get("Group").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        refresh(&running, again["refresh_token"].as_str().unwrap())
            .await
            .0,
        StatusCode::OK
    );
    running.revoke_all_tokens();
}

#[tokio::test]
async fn revoking_the_refresh_token_ends_the_session_and_unknown_tokens_are_no_error() {
    let running = empty();
    let tokens = tokens_of(&running, "carer").await;
    let revoke = |token: String| {
        let form = [("token", token), ("client_id", "curlew".to_owned())];
        client()
            .post(format!("{}/revoke", running.issuer()))
            .form(&form)
            .send()
    };
    assert_eq!(
        revoke("never given".into()).await.unwrap().status(),
        StatusCode::OK
    );
    let reader = Reader {
        http: client(),
        token: tokens["access_token"].as_str().unwrap().into(),
        base: running.base_url().into(),
    };
    assert_eq!(reader.get("Group").await.0, StatusCode::OK);
    let refresh_token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(
        revoke(refresh_token.into()).await.unwrap().status(),
        StatusCode::OK
    );
    assert_eq!(reader.get("Group").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&running, refresh_token).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let running = empty();
    let asked = changed(request(&running), "scope", Some("openid user/*.rs"));
    let page = authorize(&running, &asked).await.text().await.unwrap();
    let (_, parameters) = sent_back(&choose(&running, &page, "nurse").await);
    let (_, tokens) = redeem(&running, &parameters["code"]).await;
    assert!(tokens["access_token"].is_string() && tokens.get("refresh_token").is_none());
}
