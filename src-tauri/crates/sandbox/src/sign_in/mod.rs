//! The OpenID provider: authorization code with PKCE for one public client on a loopback redirect.
//!
//! What it honours is what a client must get right: `state`, `nonce`, `aud` (SMART App Launch 2.2), the exact redirect,
//! S256 and nothing weaker, codes that work once, refresh tokens that rotate. What it issues looks like CIS2.

mod authorize;
mod grants;
mod keys;
mod page;
mod tokens;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use chrono::TimeDelta;
use serde_json::json;

use crate::server::Service;
use grants::Grants;
pub(crate) use grants::NotGood;
pub(crate) use keys::KeyFailure;
use keys::SigningKey;

/// The one client the provider knows: public, so without a secret.
pub(crate) const CLIENT_ID: &str = "curlew";

const SCOPES: [&str; 14] = [
    "openid",
    "profile",
    "email",
    "fhirUser",
    "offline_access",
    "online_access",
    "nhsperson",
    "associatedorgs",
    "nationalrbacaccess",
    "organisationalmemberships",
    "selectedrole",
    "launch",
    "user/*.rs",
    "user/AuditEvent.cs",
];

/// The provider's key and all it has given out.
#[derive(Debug)]
pub(crate) struct Provider {
    key: SigningKey,
    grants: Mutex<Grants>,
    token_lifetime: Mutex<TimeDelta>,
}

impl Provider {
    pub(crate) fn new(token_lifetime: TimeDelta) -> Result<Self, KeyFailure> {
        Ok(Self {
            key: SigningKey::generate()?,
            grants: Mutex::default(),
            token_lifetime: Mutex::new(token_lifetime),
        })
    }

    /// A handle that a record system would start a viewer with, to open this patient.
    pub(crate) fn launch(&self, patient: &str) -> Result<String, KeyFailure> {
        let handle = keys::random_token()?;
        self.grants().launch(handle.clone(), patient.to_owned());
        Ok(handle)
    }

    /// Ends every session.
    pub(crate) fn revoke_all(&self) {
        self.grants().revoke_all();
    }

    /// Makes every access token given so far unknown.
    pub(crate) fn expire_access(&self) {
        self.grants().expire_access();
    }

    /// For tokens given from now on.
    pub(crate) fn set_token_lifetime(&self, lifetime: TimeDelta) {
        *self.token_lifetime.lock().unwrap_or_else(PoisonError::into_inner) = lifetime;
    }

    fn token_lifetime(&self) -> TimeDelta {
        *self.token_lifetime.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who a bearer token speaks for: the username.
    pub(crate) fn bearer(&self, token: &str, now: chrono::DateTime<chrono::Utc>) -> Result<String, NotGood> {
        self.grants()
            .bearer(token, now)
            .map(|family| family.username.clone())
    }
}

/// The provider's routes.
pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(openid_configuration))
        .route("/fhir/.well-known/smart-configuration", get(smart_configuration))
        .route("/jwks", get(jwks))
        .route("/authorize", get(authorize::by_link).post(authorize::by_form))
        .route("/login", post(authorize::login))
        .route("/token", post(tokens::token))
        .route("/revoke", post(tokens::revoke))
        .route("/userinfo", get(tokens::userinfo).post(tokens::userinfo))
}

async fn openid_configuration(State(service): State<Arc<Service>>) -> Response {
    let issuer = &service.origin;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "jwks_uri": format!("{issuer}/jwks"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "acr_values_supported": ["AAL3_ANY", "AAL2_ANY", "AAL2_OR_AAL3_ANY"],
        "prompt_values_supported": ["none", "login", "consent"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "acr", "amr", "name", "given_name",
            "family_name", "uid", "nhsid_useruid", "idassurancelevel", "id_assurance_level",
            "authentication_assurance_level", "selected_roleid", "nhsid_nrbac_roles", "nhsid_user_orgs",
            "nhsid_org_memberships",
        ],
    }))
    .into_response()
}

async fn smart_configuration(State(service): State<Arc<Service>>) -> Response {
    let issuer = &service.origin;
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/jwks"),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "token_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "response_types_supported": ["code"],
        "scopes_supported": SCOPES,
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "launch-ehr", "launch-standalone", "context-ehr-patient", "client-public", "sso-openid-connect", "permission-user", "permission-offline",
            "permission-online", "permission-v2",
        ],
    }))
    .into_response()
}

async fn jwks(State(service): State<Arc<Service>>) -> Response {
    (
        [(header::CACHE_CONTROL, "max-age=60")],
        Json(service.provider.key.jwks()),
    )
        .into_response()
}
