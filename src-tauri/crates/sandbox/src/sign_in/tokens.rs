//! The token, revocation and user-info endpoints.

use std::sync::Arc;

use axum::extract::{RawForm, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::CLIENT_ID;
use super::authorize::Parameters;
use super::grants::{Family, NotGood};
use super::keys::{at_hash, random_token, s256};
use crate::server::Service;
use crate::users::UserAccount;

/// How long an ID token is good for: it is read once, at sign-in.
const ID_TOKEN_SECONDS: i64 = 300;

/// `POST /token`.
pub(super) async fn token(State(service): State<Arc<Service>>, RawForm(form): RawForm) -> Response {
    match exchange(&service, &form) {
        Ok(tokens) => unstored(StatusCode::OK, tokens),
        Err((error, description)) => {
            let status = if error == "server_error" {
                StatusCode::INTERNAL_SERVER_ERROR
            } else {
                StatusCode::BAD_REQUEST
            };
            unstored(status, json!({"error": error, "error_description": description}))
        }
    }
}

type Refusal = (&'static str, &'static str);

fn exchange(service: &Service, form: &[u8]) -> Result<Value, Refusal> {
    let form = Parameters::read(form).map_err(|_| ("invalid_request", "a parameter is given twice"))?;
    if form.get("client_id") != Some(CLIENT_ID) {
        return Err(("invalid_client", "client_id is missing or not known"));
    }
    let now = service.clock.now();
    match form.get("grant_type") {
        Some("authorization_code") => {
            let code = form.get("code").ok_or(("invalid_request", "code is missing"))?;
            let verifier = form
                .get("code_verifier")
                .ok_or(("invalid_grant", "code_verifier is missing"))?;
            let (asked, family) = service
                .provider
                .grants()
                .redeem(code, now)
                .map_err(|why| match why {
                    NotGood::Reused => (
                        "invalid_grant",
                        "this code has been used; everything it gave is revoked",
                    ),
                    NotGood::Expired => ("invalid_grant", "this code has expired"),
                    NotGood::Unknown => ("invalid_grant", "this code is not known"),
                })?;
            if form.get("redirect_uri") != Some(&asked.redirect_uri) {
                return Err((
                    "invalid_grant",
                    "redirect_uri is not the one the code was asked for with",
                ));
            }
            if !(43..=128).contains(&verifier.len()) || s256(verifier) != asked.challenge {
                return Err(("invalid_grant", "code_verifier does not fit the challenge"));
            }
            give(service, family, asked.nonce.as_deref(), now)
        }
        Some("refresh_token") => {
            let token = form
                .get("refresh_token")
                .ok_or(("invalid_request", "refresh_token is missing"))?;
            let family = service
                .provider
                .grants()
                .rotate(token, now)
                .map_err(|why| match why {
                    NotGood::Reused => (
                        "invalid_grant",
                        "this refresh token has been used; the session is revoked",
                    ),
                    NotGood::Expired => ("invalid_grant", "the session has ended; sign in again"),
                    NotGood::Unknown => ("invalid_grant", "this refresh token is not known"),
                })?;
            give(service, family, None, now)
        }
        _ => Err((
            "unsupported_grant_type",
            "grant_type must be authorization_code or refresh_token",
        )),
    }
}

/// New tokens for a family. A refresh token only where `offline_access` or `online_access` was asked for.
fn give(
    service: &Service,
    family_id: u64,
    nonce: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Value, Refusal> {
    const FAILED: Refusal = ("server_error", "tokens could not be made");
    let mut grants = service.provider.grants();
    let family = grants
        .family(family_id)
        .cloned()
        .ok_or(("invalid_grant", "the session has ended"))?;
    let user = service
        .user(&family.username)
        .ok_or(("invalid_grant", "the user is gone"))?;
    let access = random_token().map_err(|_| FAILED)?;
    let wants_refresh = family
        .scope
        .split(' ')
        .any(|s| matches!(s, "offline_access" | "online_access"));
    let refresh = wants_refresh.then(random_token).transpose().map_err(|_| FAILED)?;
    let lifetime = service.provider.token_lifetime();
    grants.give(family_id, access.clone(), now + lifetime, refresh.clone());
    drop(grants);

    let claims = id_token_claims(service, user, &family, nonce, &access, now);
    let id_token = service.provider.key.sign(&claims).map_err(|_| FAILED)?;
    let mut tokens = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": lifetime.num_seconds().max(0),
        "scope": family.scope,
        "id_token": id_token,
        // The record is shown inside Curlew's own frame, which always has a banner (SMART App Launch 2.2).
        "need_patient_banner": true,
    });
    if let Some(patient) = &family.patient {
        tokens["patient"] = patient.as_str().into();
    }
    if let Some(refresh) = refresh {
        tokens["refresh_token"] = refresh.into();
    }
    Ok(tokens)
}

fn id_token_claims(
    service: &Service,
    user: &UserAccount,
    family: &Family,
    nonce: Option<&str>,
    access: &str,
    now: DateTime<Utc>,
) -> Value {
    let mut claims = person_claims(user);
    claims["iss"] = service.origin.clone().into();
    claims["aud"] = CLIENT_ID.into();
    claims["azp"] = CLIENT_ID.into();
    claims["iat"] = now.timestamp().into();
    claims["exp"] = (now.timestamp() + ID_TOKEN_SECONDS).into();
    claims["auth_time"] = family.auth_time.timestamp().into();
    claims["sid"] = family.session.clone().into();
    claims["at_hash"] = at_hash(access).into();
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    if let Some(role) = user.selected_role() {
        claims["selected_roleid"] = role.person_roleid.clone().into();
    }
    claims
}

/// What CIS2 says of a person; levels are strings there.
fn person_claims(user: &UserAccount) -> Value {
    let organisations: Vec<Value> = user
        .roles
        .iter()
        .map(|role| json!({"org_code": role.org_code, "org_name": role.org_name}))
        .collect();
    let memberships: Vec<Value> = user
        .roles
        .iter()
        .map(|role| json!({"org_code": role.org_code, "org_name": role.org_name, "person_orgid": role.person_orgid}))
        .collect();
    let level = user.authentication_assurance;
    json!({
        "sub": user.sub,
        "uid": user.sub,
        "nhsid_useruid": user.sub,
        "name": user.name,
        "given_name": user.given_name,
        "family_name": user.family_name,
        "idassurancelevel": user.identity_assurance.to_string(),
        "id_assurance_level": user.identity_assurance.to_string(),
        "authentication_assurance_level": level.to_string(),
        "acr": format!("AAL{level}_ANY"),
        "amr": [if level >= 3 { "FIDO2" } else { "TOTP" }],
        "nhsid_nrbac_roles": user.roles,
        "nhsid_user_orgs": organisations,
        "nhsid_org_memberships": memberships,
    })
}

/// `POST /revoke` (RFC 7009): 200 whether or not the token was known.
pub(super) async fn revoke(State(service): State<Arc<Service>>, RawForm(form): RawForm) -> Response {
    let Ok(form) = Parameters::read(&form) else {
        return unstored(StatusCode::BAD_REQUEST, json!({"error": "invalid_request"}));
    };
    if form.get("client_id").is_some_and(|client| client != CLIENT_ID) {
        return unstored(StatusCode::BAD_REQUEST, json!({"error": "invalid_client"}));
    }
    let Some(token) = form.get("token") else {
        return unstored(StatusCode::BAD_REQUEST, json!({"error": "invalid_request"}));
    };
    service.provider.grants().revoke(token);
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response()
}

/// `/userinfo`: the person's claims, for a good access token.
pub(super) async fn userinfo(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    match service.signed_in(&headers) {
        Ok(user) => unstored(StatusCode::OK, person_claims(user)),
        Err(challenge) => {
            let mut response = unstored(StatusCode::UNAUTHORIZED, json!({"error": "invalid_token"}));
            if let Ok(value) = HeaderValue::from_str(&challenge) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
            }
            response
        }
    }
}

fn unstored(status: StatusCode, body: Value) -> Response {
    (
        status,
        [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")],
        Json(body),
    )
        .into_response()
}
