//! The FHIR R4 server: every call behind a token, every error an `OperationOutcome`.

mod access;
mod audit_event;
mod batch;
mod bundle;
mod capability;
mod date;
mod everything;
mod history;
mod matching;
pub(crate) mod outcome;
mod parameters;
mod read;
mod search;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::server::Service;
use crate::store::is_type_name;
pub(crate) use access::stated_purpose;
use access::{Access, is_emergency};
pub(crate) use everything::Snapshots;
use outcome::{Issue, Refusal, outcome};
use parameters::Parameters;

type Answer = Result<Response, Refusal>;

/// The server's routes, under `/fhir`.
pub(crate) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/fhir/metadata", get(capability::metadata))
        .route("/fhir", post(batch::batch))
        .route("/fhir/_history", get(system_history))
        .route("/fhir/AuditEvent", get(audit_search).post(audit_event::create))
        .route("/fhir/AuditEvent/{id}", get(audit_read).put(audit_event::update))
        .route("/fhir/Patient/{id}/$everything", get(everything))
        .route("/fhir/{type}", get(search_by_link))
        .route("/fhir/{type}/_search", post(search_by_form))
        .route("/fhir/{type}/_history", get(type_history))
        .route("/fhir/{type}/{id}", get(read))
        .route("/fhir/{type}/{id}/_history", get(instance_history))
        .route("/fhir/{type}/{id}/_history/{version}", get(vread))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_allowed)
}

async fn nowhere() -> Response {
    let text = "This server has nothing at this address.";
    outcome(StatusCode::NOT_FOUND, &[Issue::error("not-found", text)])
}

async fn not_allowed() -> Response {
    let text = "This server does not do that here.";
    outcome(
        StatusCode::METHOD_NOT_ALLOWED,
        &[Issue::error("not-supported", text)],
    )
}

/// Who asks, once the token has been found good.
fn viewer<'s>(service: &'s Service, headers: &HeaderMap) -> Result<Access<'s>, Refusal> {
    let user = service.signed_in(headers).map_err(Refusal::unauthorised)?;
    Ok(Access::new(
        service,
        user,
        service.clock.now(),
        is_emergency(headers),
    ))
}

fn type_name(text: &str) -> Result<&str, Refusal> {
    if is_type_name(text) {
        Ok(text)
    } else {
        Err(Refusal::not_found())
    }
}

fn asked(query: Option<String>) -> Parameters {
    Parameters::read(&query.unwrap_or_default())
}

/// Whether the client wants parameters that are not understood to be an error (`Prefer: handling=strict`).
fn strict(headers: &HeaderMap) -> bool {
    let preferences = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok());
    preferences
        .flat_map(|value| value.split([',', ';']))
        .any(|one| one.trim() == "handling=strict")
}

type Asked = (State<Arc<Service>>, HeaderMap);

async fn read((State(service), headers): Asked, Path((name, id)): Path<(String, String)>) -> Response {
    viewer(&service, &headers)
        .and_then(|access| read::read(&service, &access, &headers, type_name(&name)?, &id, None))
        .into_response()
}

async fn audit_read((State(service), headers): Asked, Path(id): Path<String>) -> Response {
    viewer(&service, &headers)
        .and_then(|access| read::read(&service, &access, &headers, "AuditEvent", &id, None))
        .into_response()
}

async fn vread(
    (State(service), headers): Asked,
    Path((name, id, version)): Path<(String, String, String)>,
) -> Response {
    viewer(&service, &headers)
        .and_then(|access| {
            let version = version.parse().map_err(|_| Refusal::not_found())?;
            read::read(&service, &access, &headers, type_name(&name)?, &id, Some(version))
        })
        .into_response()
}

async fn search_by_link(
    (State(service), headers): Asked,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    viewer(&service, &headers)
        .and_then(|access| {
            search::search(
                &service,
                &access,
                type_name(&name)?,
                asked(query),
                strict(&headers),
            )
        })
        .into_response()
}

async fn audit_search((State(service), headers): Asked, RawQuery(query): RawQuery) -> Response {
    viewer(&service, &headers)
        .and_then(|access| search::search(&service, &access, "AuditEvent", asked(query), strict(&headers)))
        .into_response()
}

async fn search_by_form(
    (State(service), headers): Asked,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    RawForm(form): RawForm,
) -> Response {
    let mut parameters = asked(query);
    parameters.extend(Parameters::read(&String::from_utf8_lossy(&form)));
    viewer(&service, &headers)
        .and_then(|access| search::search(&service, &access, type_name(&name)?, parameters, strict(&headers)))
        .into_response()
}

async fn everything(
    (State(service), headers): Asked,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    viewer(&service, &headers)
        .and_then(|access| everything::everything(&service, &access, &id, asked(query), strict(&headers)))
        .into_response()
}

async fn system_history((State(service), headers): Asked, RawQuery(query): RawQuery) -> Response {
    viewer(&service, &headers)
        .and_then(|access| history::history(&service, &access, history::Of::System, asked(query)))
        .into_response()
}

async fn type_history(
    (State(service), headers): Asked,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    viewer(&service, &headers)
        .and_then(|access| {
            history::history(
                &service,
                &access,
                history::Of::Type(type_name(&name)?),
                asked(query),
            )
        })
        .into_response()
}

async fn instance_history(
    (State(service), headers): Asked,
    Path((name, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    viewer(&service, &headers)
        .and_then(|access| {
            let of = history::Of::Instance(type_name(&name)?, &id);
            history::history(&service, &access, of, asked(query))
        })
        .into_response()
}
