//! An OpenID provider that can be told to misbehave, and a browser that walks its login.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use curlew_sign_in::{Browser, BrowserError, SignInConfig};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

type Fields = std::collections::HashMap<String, String>;

/// What the provider does, and what it has seen.
pub(crate) struct Rules {
    /// Merged into the ID token's claims; null removes one.
    pub(crate) claims: Value,
    /// Sign with a key that is not published.
    pub(crate) wrong_key: bool,
    /// Send no ID token.
    pub(crate) no_identity: bool,
    /// `iss` of the redirect; none leaves it out.
    pub(crate) callback_issuer: Option<String>,
    /// Refuse at the authorization endpoint: error and description.
    pub(crate) refuse: Option<(&'static str, Option<&'static str>)>,
    /// Seconds each access token lives; the last one serves for all that follow.
    pub(crate) lives: Vec<u64>,
    /// Answer the token endpoint with this status and no JSON.
    pub(crate) token_status: Option<u16>,
    /// What `userinfo` says; none answers 401.
    pub(crate) userinfo: Option<Value>,
    /// Merged into the `smart-configuration`.
    pub(crate) smart: Value,
    pub(crate) asked: Option<Fields>,
    pub(crate) token_requests: Vec<Fields>,
    pub(crate) revoked: Vec<String>,
    spent: HashSet<String>,
    issued: u32,
    dead: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            claims: json!({}),
            wrong_key: false,
            no_identity: false,
            callback_issuer: None,
            refuse: None,
            lives: vec![3600],
            token_status: None,
            userinfo: None,
            smart: json!({}),
            asked: None,
            token_requests: Vec::new(),
            revoked: Vec::new(),
            spent: HashSet::new(),
            issued: 0,
            dead: false,
        }
    }
}

pub(crate) struct Provider {
    pub(crate) origin: String,
    rules: Mutex<Rules>,
}

/// Making keys takes longer than everything else here: every provider has the same two, the second unpublished.
static KEYS: LazyLock<[RsaKeyPair; 2]> =
    LazyLock::new(|| [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")));

impl Provider {
    pub(crate) async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let rules = Mutex::new(Rules {
            callback_issuer: Some(origin.clone()),
            ..Rules::default()
        });
        let provider = Arc::new(Self { origin, rules });
        let routes = Router::new()
            .route("/fhir/.well-known/smart-configuration", get(smart))
            .route("/.well-known/openid-configuration", get(openid))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/revoke", post(revoke))
            .with_state(Arc::clone(&provider));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    pub(crate) fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().expect("the rules")
    }

    pub(crate) fn config(&self) -> SignInConfig {
        SignInConfig::new(
            format!("{}/fhir", self.origin).parse().expect("an address"),
            "curlew",
        )
    }

    fn id_token(&self, rules: &Rules, access: &str, nonce: Option<&str>) -> String {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("a time")
            .as_secs();
        let mut claims = json!({
            "iss": self.origin, "sub": "900000000001", "aud": "curlew", "iat": now, "exp": now + 300,
            "nonce": nonce, "name": "Ada Testpatient", "acr": "AAL3_FIDO2",
            "authentication_assurance_level": "3", "id_assurance_level": "3", "selected_roleid": "2",
            "at_hash": URL_SAFE_NO_PAD.encode(&Sha256::digest(access)[..16]),
            "nhsid_nrbac_roles": [{
                "person_roleid": "2", "org_code": "XCUR2", "role_code": "S8000:G8000:R8001",
                "role_name": "\"Clinical\":\"Clinical Provision\":\"Nurse Access Role\"", "activity_codes": ["B0360"],
            }],
            "nhsid_user_orgs": [{ "org_code": "XCUR2", "org_name": "Saltmarsh Community Health NHS Trust" }],
        });
        merge(&mut claims, &rules.claims);
        let key = &KEYS[usize::from(rules.wrong_key)];
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "k" });
        let mut token = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            token.as_bytes(),
            &mut signature,
        )
        .expect("a signature");
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        token
    }
}

fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().expect("an object") {
        if value.is_null() {
            into.as_object_mut().expect("an object").remove(name);
        } else {
            into[name] = value.clone();
        }
    }
}

type Shared = State<Arc<Provider>>;

/// Leaves out what a real server left out though it works: `client-public`, `launch-standalone`.
async fn smart(State(provider): Shared) -> Json<Value> {
    let origin = &provider.origin;
    let mut document = json!({
        "issuer": origin, "authorization_endpoint": format!("{origin}/authorize"), "token_endpoint": format!("{origin}/token"),
        "capabilities": [], "grant_types_supported": ["authorization_code"],
    });
    merge(&mut document, &provider.rules().smart);
    Json(document)
}

async fn openid(State(provider): Shared) -> Json<Value> {
    let origin = &provider.origin;
    Json(json!({
        "issuer": origin, "jwks_uri": format!("{origin}/jwks"), "userinfo_endpoint": format!("{origin}/userinfo"),
        "revocation_endpoint": format!("{origin}/revoke"),
    }))
}

async fn jwks() -> Json<Value> {
    let public = KEYS[0].public_key();
    Json(json!({ "keys": [{
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k",
        "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
    }]}))
}

async fn authorize(State(provider): Shared, Query(asked): Query<Fields>) -> Redirect {
    let mut rules = provider.rules();
    let mut back: Url = asked["redirect_uri"].parse().expect("an address");
    match rules.refuse {
        Some((error, description)) => {
            back.query_pairs_mut().append_pair("error", error);
            if let Some(description) = description {
                back.query_pairs_mut()
                    .append_pair("error_description", description);
            }
        }
        None => {
            back.query_pairs_mut().append_pair("code", "the-code");
        }
    }
    back.query_pairs_mut().append_pair("state", &asked["state"]);
    if let Some(issuer) = &rules.callback_issuer {
        back.query_pairs_mut().append_pair("iss", issuer);
    }
    rules.asked = Some(asked);
    Redirect::to(back.as_str())
}

async fn token(State(provider): Shared, Form(form): Form<Fields>) -> Response {
    let mut rules = provider.rules();
    rules.token_requests.push(form.clone());
    if let Some(status) = rules.token_status {
        return (StatusCode::from_u16(status).expect("a status"), "<html>").into_response();
    }
    let invalid = |why: &str| {
        let body = Json(json!({ "error": "invalid_grant", "error_description": why }));
        (StatusCode::BAD_REQUEST, body).into_response()
    };
    let nonce = match form["grant_type"].as_str() {
        "authorization_code" => {
            let asked = rules.asked.clone().expect("an authorization request");
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
            if asked["code_challenge"] != challenge || asked["redirect_uri"] != form["redirect_uri"] {
                return invalid("PKCE");
            }
            Some(asked["nonce"].clone())
        }
        _ => {
            // Using a token twice ends the session: rotation with reuse detection.
            if rules.dead || !rules.spent.insert(form["refresh_token"].clone()) {
                rules.dead = true;
                return invalid("used");
            }
            None
        }
    };
    rules.issued += 1;
    let (number, life) = (
        rules.issued,
        if rules.lives.len() > 1 {
            rules.lives.remove(0)
        } else {
            rules.lives[0]
        },
    );
    let access = format!("access-{number}");
    let mut answer = json!({
        "access_token": access, "token_type": "Bearer", "expires_in": life, "refresh_token": format!("refresh-{number}"),
    });
    if !rules.no_identity {
        answer["id_token"] = provider.id_token(&rules, &access, nonce.as_deref()).into();
    }
    Json(answer).into_response()
}

async fn userinfo(State(provider): Shared, headers: HeaderMap) -> Response {
    let bearer = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match &provider.rules().userinfo {
        Some(claims) if bearer.starts_with("Bearer access-") => Json(claims.clone()).into_response(),
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn revoke(State(provider): Shared, Form(form): Form<Fields>) -> StatusCode {
    provider.rules().revoked.push(form["token"].clone());
    StatusCode::OK
}

/// What a browser does with the address it is given.
type Walk = Box<dyn Fn(Url) + Send + Sync>;

/// A browser that does what it was told.
pub(crate) struct Scripted(Walk);

impl Scripted {
    /// Follows every redirect, as a person who signs in.
    pub(crate) fn signs_in() -> Self {
        Self::walks(|url| async move {
            reqwest::get(url).await.expect("an answer");
        })
    }

    /// Does as told, in a task of its own.
    pub(crate) fn walks<F, W>(walk: F) -> Self
    where
        F: Fn(Url) -> W + Send + Sync + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        Self(Box::new(move |url| {
            tokio::spawn(walk(url));
        }))
    }

    /// Opens, and nothing comes of it.
    pub(crate) fn is_left_open() -> Self {
        Self(Box::new(|_| {}))
    }
}

impl Browser for Scripted {
    fn open(&self, url: &Url) -> Result<(), BrowserError> {
        (self.0)(url.clone());
        Ok(())
    }
}

/// A field of an address's query.
pub(crate) fn field(url: &Url, wanted: &str) -> String {
    url.query_pairs()
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value.into_owned())
        .expect("the field")
}
