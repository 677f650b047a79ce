//! From the record API's address to the sign-in service's endpoints.
//!
//! SMART App Launch 2.2.0 (`smart-configuration`) first, then OpenID Connect Discovery 1.0 at the issuer it names.
//! Only what is used is read: a document that leaves out what its standard requires still serves.

use serde::Deserialize;
use url::Url;

use crate::http::{Http, HttpFailure, is_safe};
use crate::{SignInConfig, SignInError};

const RECORD_API: &str = "the record API";
const SERVICE: &str = "the sign-in service";

/// Where to ask what.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    /// Exactly as the issuer writes itself: it is compared as text.
    pub(crate) issuer: String,
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) keys: Url,
    pub(crate) userinfo: Option<Url>,
    pub(crate) revocation: Option<Url>,
}

/// The fields both documents share.
#[derive(Debug, Default, Deserialize)]
struct Document {
    issuer: Option<String>,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    jwks_uri: Option<String>,
    userinfo_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
}

/// Finds the endpoints.
pub(crate) async fn discover(config: &SignInConfig, http: &Http) -> Result<Endpoints, SignInError> {
    let record_api = config.record_api.as_str().trim_end_matches('/');
    if !is_safe(&config.record_api) {
        return Err(SignInError::Unusable(
            "the record API's address is not https".into(),
        ));
    }
    let smart: Document = match http
        .json(
            address(&format!("{record_api}/.well-known/smart-configuration"))?,
            None,
        )
        .await
    {
        Ok(document) => document,
        // Not every FHIR server speaks SMART; with an issuer from policy it need not.
        Err(HttpFailure::Status(400..=499)) if config.issuer.is_some() => Document::default(),
        Err(HttpFailure::Status(status @ 400..=428)) => {
            return Err(SignInError::Unusable(format!(
                "the record API does not say where to sign in (it answered {status})"
            )));
        }
        Err(failure) => return Err(failure.of(RECORD_API)),
    };
    let issuer = match (&config.issuer, &smart.issuer) {
        (Some(pinned), Some(named)) if pinned != named => {
            return Err(SignInError::Unusable(
                "the record API names another sign-in service than policy allows".into(),
            ));
        }
        (Some(issuer), _) | (None, Some(issuer)) => issuer.clone(),
        (None, None) => {
            return Err(SignInError::Unusable(
                "the record API does not name its sign-in service".into(),
            ));
        }
    };
    let at_issuer = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let openid: Document = match http.json(address(&at_issuer)?, None).await {
        Ok(document) => document,
        // SMART's document alone can be enough.
        Err(HttpFailure::Status(404)) if smart.jwks_uri.is_some() => Document::default(),
        Err(failure) => return Err(failure.of(SERVICE)),
    };
    // OpenID Connect Discovery 1.0, 4.3: or any host could speak for any issuer.
    if openid.issuer.as_ref().is_some_and(|named| *named != issuer) {
        return Err(SignInError::Unusable(
            "the sign-in service names another issuer than its own".into(),
        ));
    }
    Ok(Endpoints {
        authorization: required(
            smart.authorization_endpoint.or(openid.authorization_endpoint),
            "where to sign in",
        )?,
        token: required(
            smart.token_endpoint.or(openid.token_endpoint),
            "where to fetch tokens",
        )?,
        keys: required(openid.jwks_uri.or(smart.jwks_uri), "where its keys are")?,
        userinfo: openid
            .userinfo_endpoint
            .or(smart.userinfo_endpoint)
            .as_deref()
            .map(address)
            .transpose()?,
        revocation: openid
            .revocation_endpoint
            .or(smart.revocation_endpoint)
            .as_deref()
            .map(address)
            .transpose()?,
        issuer,
    })
}

/// Whether sign-in can begin: finds the sign-in service as a sign-in would, fetches its keys, and gives its issuer. For
/// support; nobody is signed in.
///
/// # Errors
/// As a sign-in would fail.
pub async fn find_service(config: &SignInConfig, client: &reqwest::Client) -> Result<String, SignInError> {
    let http = Http::new(client.clone());
    let endpoints = discover(config, &http).await?;
    http.json::<serde::de::IgnoredAny>(endpoints.keys, None)
        .await
        .map_err(|failure| failure.of(SERVICE))?;
    Ok(endpoints.issuer)
}

fn required(endpoint: Option<String>, what: &str) -> Result<Url, SignInError> {
    let endpoint =
        endpoint.ok_or_else(|| SignInError::Unusable(format!("the sign-in service does not say {what}")))?;
    address(&endpoint)
}

fn address(text: &str) -> Result<Url, SignInError> {
    let url = Url::parse(text)
        .map_err(|_| SignInError::Unusable("the sign-in service gives an address that is none".into()))?;
    if is_safe(&url) {
        Ok(url)
    } else {
        Err(SignInError::Unusable(
            "the sign-in service gives an address that is not https".into(),
        ))
    }
}
