//! The authorization endpoint and the form behind it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::{Host, Url};

use super::grants::{Asked, Family};
use super::keys::random_token;
use super::{CLIENT_ID, page};
use crate::server::Service;

/// `GET /authorize`.
pub(super) async fn by_link(State(service): State<Arc<Service>>, RawQuery(query): RawQuery) -> Response {
    authorize(&service, query.unwrap_or_default().as_bytes())
}

/// `POST /authorize`, which OpenID Connect asks for too.
pub(super) async fn by_form(State(service): State<Arc<Service>>, RawForm(form): RawForm) -> Response {
    authorize(&service, &form)
}

fn authorize(service: &Service, parameters: &[u8]) -> Response {
    // Until client and redirect are known to belong together, the browser must not be sent anywhere: this page answers.
    let asked = match Parameters::read(parameters) {
        Ok(asked) => asked,
        Err(name) => return page::refuse(&format!("The request names {name} twice.")),
    };
    if asked.get("client_id") != Some(CLIENT_ID) {
        return page::refuse("The program that sent you here is not known to this record.");
    }
    let Some(redirect_uri) = asked.get("redirect_uri").filter(|uri| is_loopback_redirect(uri)) else {
        return page::refuse(
            "The program that sent you here did not say where on this computer to return to.",
        );
    };
    let state = asked.get("state").map(str::to_owned);
    let back = |error: &str, description: &str| {
        answer(
            service,
            redirect_uri,
            state.as_deref(),
            &[("error", error), ("error_description", description)],
        )
    };
    if asked.get("response_type") != Some("code") {
        return back("unsupported_response_type", "response_type must be code");
    }
    let Some(challenge) = asked.get("code_challenge").filter(|c| is_s256_challenge(c)) else {
        return back("invalid_request", "PKCE is required: code_challenge with S256");
    };
    if asked.get("code_challenge_method") != Some("S256") {
        return back("invalid_request", "code_challenge_method must be S256");
    }
    let base = service.base();
    if asked.get("aud").map(|aud| aud.trim_end_matches('/')) != Some(&base) {
        return back("invalid_request", "aud must be the address of this FHIR server");
    }
    let scope = asked.get("scope").unwrap_or_default();
    if !scope.split(' ').any(|one| one == "openid") {
        return back("invalid_scope", "scope must contain openid");
    }
    let patient = match asked.get("launch") {
        None => None,
        Some(_) if !scope.split(' ').any(|one| one == "launch") => {
            return back("invalid_scope", "a launch needs the scope launch");
        }
        Some(handle) => match service.provider.grants().launched(handle) {
            Some(patient) => Some(patient),
            None => return back("invalid_request", "this launch is not known or has been used"),
        },
    };
    if asked.get("prompt") == Some("none") {
        return back("login_required", "nobody is signed in");
    }
    let Ok(request) = random_token() else {
        return back("server_error", "no randomness");
    };
    let waiting = Asked {
        redirect_uri: redirect_uri.to_owned(),
        state: state.clone(),
        nonce: asked.get("nonce").map(str::to_owned),
        challenge: challenge.to_owned(),
        scope: scope.to_owned(),
        patient,
    };
    service
        .provider
        .grants()
        .ask(request.clone(), waiting, service.clock.now());
    page::choose(&request, &service.users)
}

/// `POST /login`: the person has chosen, or has chosen not to.
pub(super) async fn login(State(service): State<Arc<Service>>, RawForm(form): RawForm) -> Response {
    let Ok(chosen) = Parameters::read(&form) else {
        return page::refuse("The form was not understood.");
    };
    let now = service.clock.now();
    let waiting = chosen
        .get("request")
        .and_then(|request| service.provider.grants().answer(request, now));
    let Some(asked) = waiting else {
        return page::refuse("This sign-in page has been used already, or was left open too long.");
    };
    let (redirect_uri, state) = (asked.redirect_uri.clone(), asked.state.clone());
    let username = chosen.get("user").unwrap_or_default();
    let Some(user) = service.users.iter().find(|user| user.username == username) else {
        let why = [
            ("error", "access_denied"),
            ("error_description", "the person chose not to sign in"),
        ];
        return answer(&service, &redirect_uri, state.as_deref(), &why);
    };
    let (Ok(code), Ok(session)) = (random_token(), random_token()) else {
        return answer(
            &service,
            &redirect_uri,
            state.as_deref(),
            &[("error", "server_error")],
        );
    };
    let family = Family {
        username: user.username.clone(),
        scope: asked.scope.clone(),
        patient: asked.patient.clone(),
        session,
        auth_time: now,
    };
    service.provider.grants().begin(code.clone(), asked, family, now);
    answer(&service, &redirect_uri, state.as_deref(), &[("code", &code)])
}

/// Sends the browser back, with `state` as given and `iss` (RFC 9207).
fn answer(
    service: &Service,
    redirect_uri: &str,
    state: Option<&str>,
    parameters: &[(&str, &str)],
) -> Response {
    let Ok(mut target) = Url::parse(redirect_uri) else {
        return page::refuse("The way back is not an address.");
    };
    target.query_pairs_mut().extend_pairs(parameters);
    if let Some(state) = state {
        target.query_pairs_mut().append_pair("state", state);
    }
    target.query_pairs_mut().append_pair("iss", &service.origin);
    let Ok(location) = HeaderValue::from_str(target.as_str()) else {
        return page::refuse("The way back is not an address.");
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// RFC 8252, 7.3 and 8.3: the loopback address as a number, any port, never a name that could be made to point elsewhere.
fn is_loopback_redirect(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    loopback
        && url.scheme() == "http"
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
        // What is parsed must be what was written: "http://127.1" or a backslash would be read differently by others.
        && (uri.starts_with("http://127.0.0.1") || uri.starts_with("http://[::1]"))
        && !uri.contains('\\')
}

fn is_s256_challenge(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Form parameters, each at most once (RFC 6749, 3.1).
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`; fails with the name of a parameter given twice.
    pub(super) fn read(encoded: &[u8]) -> Result<Self, String> {
        let mut all = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if all
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                return Err(name.into_owned());
            }
        }
        Ok(Self(all))
    }

    /// A parameter's value; an empty one counts as absent (RFC 6749, 3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_loopback_number_is_a_way_back() {
        for good in [
            "http://127.0.0.1:49152/cb",
            "http://[::1]:8080/",
            "http://127.0.0.1/cb?x=1",
        ] {
            assert!(is_loopback_redirect(good), "{good}");
        }
        for bad in [
            "http://localhost:1/cb",
            "https://127.0.0.1:1/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://evil.example/http://127.0.0.1",
            "http://127.0.0.1:1/cb#f",
            "http://127.1:1/cb",
            "http://127.0.0.1\\@evil.example/",
            "//127.0.0.1/cb",
            "curlew://cb",
            "",
        ] {
            assert!(!is_loopback_redirect(bad), "{bad}");
        }
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        assert_eq!(Parameters::read(b"a=1&a=2").err(), Some("a".to_owned()));
        assert_eq!(Parameters::read(b"a=").unwrap().get("a"), None);
    }
}
