//! A client of the sandbox that shares no code with it or with the product: plain reqwest, no cookies, no redirects.

// Each test file uses a part of this, and the names say what it does.
#![allow(dead_code, missing_docs, unreachable_pub)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use curlew_sandbox::{Options, Running, Sandbox, Source};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

pub const REDIRECT: &str = "http://127.0.0.1:49999/cb";
pub const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters-0001";

/// An empty sandbox.
pub fn empty() -> Running {
    start(Options {
        source: Source::Empty,
        ..Options::default()
    })
}

pub fn start(options: Options) -> Running {
    Sandbox::start(options).expect("the sandbox starts")
}

/// A client that follows nothing and asks for no compression by itself.
pub fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .no_proxy()
        .build()
        .expect("a client can be built")
}

pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// The parameters of a correct authorization request.
pub fn request(running: &Running) -> Vec<(&'static str, String)> {
    vec![
        ("response_type", "code".into()),
        ("client_id", "curlew".into()),
        ("redirect_uri", REDIRECT.into()),
        ("scope", "openid profile offline_access user/*.rs".into()),
        ("state", "the-state".into()),
        ("nonce", "the-nonce".into()),
        ("aud", running.base_url().to_string()),
        ("code_challenge", challenge(VERIFIER)),
        ("code_challenge_method", "S256".into()),
    ]
}

pub fn changed(
    mut request: Vec<(&'static str, String)>,
    name: &'static str,
    value: Option<&str>,
) -> Vec<(&'static str, String)> {
    request.retain(|(n, _)| *n != name);
    request.extend(value.map(|value| (name, value.to_owned())));
    request
}

pub async fn authorize(running: &Running, request: &[(&'static str, String)]) -> Response {
    let mut url = Url::parse(&format!("{}/authorize", running.issuer())).expect("a URL");
    url.query_pairs_mut().extend_pairs(request);
    client().get(url).send().await.expect("an answer")
}

/// Presses a user's button on the sign-in page.
pub async fn choose(running: &Running, page: &str, user: &str) -> Response {
    let id = page
        .split("name=\"request\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let form = [
        ("request", id.expect("the page has a request id")),
        ("user", user),
    ];
    client()
        .post(format!("{}/login", running.issuer()))
        .form(&form)
        .send()
        .await
        .expect("an answer")
}

/// The parameters of the address a response redirects to.
pub fn sent_back(response: &Response) -> (String, std::collections::HashMap<String, String>) {
    let location = response
        .headers()
        .get("location")
        .expect("a redirect")
        .to_str()
        .expect("text");
    let url = Url::parse(location).expect("a URL");
    let before = location.split('?').next().unwrap_or_default().to_owned();
    (before, url.query_pairs().into_owned().collect())
}

pub async fn code_for(running: &Running, user: &str) -> String {
    let page = authorize(running, &request(running)).await;
    assert_eq!(page.status(), StatusCode::OK);
    let back = choose(running, &page.text().await.expect("a page"), user).await;
    assert_eq!(back.status(), StatusCode::SEE_OTHER);
    let (_, parameters) = sent_back(&back);
    parameters["code"].clone()
}

pub async fn post_token(running: &Running, form: &[(&str, &str)]) -> (StatusCode, Value) {
    let answer = client()
        .post(format!("{}/token", running.issuer()))
        .form(form)
        .send()
        .await
        .expect("an answer");
    let status = answer.status();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    (status, answer.json().await.expect("JSON"))
}

pub async fn redeem(running: &Running, code: &str) -> (StatusCode, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "curlew"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    post_token(running, &form).await
}

pub async fn refresh(running: &Running, token: &str) -> (StatusCode, Value) {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "curlew"),
        ("refresh_token", token),
    ];
    post_token(running, &form).await
}

pub async fn tokens_of(running: &Running, user: &str) -> Value {
    let (status, tokens) = redeem(running, &code_for(running, user).await).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    tokens
}

/// A signed-in user of the FHIR server.
pub struct Reader {
    pub http: Client,
    pub token: String,
    pub base: String,
}

impl Reader {
    pub async fn of(running: &Running, user: &str) -> Self {
        let tokens = tokens_of(running, user).await;
        let token = tokens["access_token"].as_str().expect("a token").to_owned();
        Self {
            http: client(),
            token,
            base: running.base_url().to_string(),
        }
    }

    pub fn request(&self, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}/{path}", self.base)
        };
        self.http.get(url).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer = self.request(path).send().await.expect("an answer");
        let status = answer.status();
        let kind = answer.headers()["content-type"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(kind.starts_with("application/fhir+json"), "{path}: {kind}");
        (status, answer.json().await.expect("JSON"))
    }

    pub async fn ok(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// Every page, following `next` to the end; fails where pages do not end.
    pub async fn pages(&self, path: &str) -> Vec<Value> {
        let mut pages = vec![self.ok(path).await];
        while let Some(next) = next(pages.last().expect("a page")) {
            assert!(pages.len() < 10_000, "pages without end");
            let url = next.to_owned();
            pages.push(self.ok(&url).await);
        }
        pages
    }

    /// `Type/id` of every match and included resource on every page.
    pub async fn keys(&self, path: &str) -> Vec<String> {
        self.pages(path).await.iter().flat_map(keys).collect()
    }
}

pub fn next(bundle: &Value) -> Option<&str> {
    let links = bundle["link"].as_array().into_iter().flatten();
    links
        .filter(|link| link["relation"] == "next")
        .find_map(|link| link["url"].as_str())
}

pub fn keys(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["search"]["mode"] != "outcome");
    entries
        .map(|entry| {
            let resource = &entry["resource"];
            format!(
                "{}/{}",
                resource["resourceType"].as_str().expect("a type"),
                resource["id"].as_str().expect("an id")
            )
        })
        .collect()
}

pub fn outcome_codes(body: &Value) -> Vec<&str> {
    assert_eq!(body["resourceType"], "OperationOutcome", "{body}");
    body["issue"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|issue| issue["code"].as_str())
        .collect()
}

/// One patient on the nurse's caseload with `observations` observations made by one practitioner, and a stranger.
pub fn small_record(running: &Running, observations: usize) {
    let put = |resource: Value| {
        running.store().put(&resource).expect("storable");
    };
    put(
        json!({"resourceType": "Patient", "id": "p", "birthDate": "1941-03-02",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "name": [{"family": "Testperson", "given": ["Ada"]}]}),
    );
    put(
        json!({"resourceType": "Patient", "id": "stranger", "birthDate": "1950-01-01",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026"}],
        "name": [{"family": "Otherperson"}]}),
    );
    put(json!({"resourceType": "Practitioner", "id": "d", "name": [{"family": "Testdoctor"}]}));
    put(
        json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true,
        "identifier": [{"system": curlew_sandbox::population::CASELOAD, "value": "nurse"}],
        "member": [{"entity": {"reference": "Patient/p"}}]}),
    );
    for index in 0..observations {
        put(observation(&format!("o{index:04}"), "p"));
    }
    put(observation("of-stranger", "stranger"));
}

pub fn observation(id: &str, patient: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "364075005"}], "text": "Heart rate"},
        "subject": {"reference": format!("Patient/{patient}")},
        "performer": [{"reference": "Practitioner/d"}],
        "note": [{"text": "made for a test ".repeat(20)}]})
}
