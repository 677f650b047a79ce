//! Receiving `AuditEvent`s: once each, however often they are sent.
//!
//! A client that loses the answer sends again. The same event is known by `If-None-Exist`, by the id of an update that
//! creates, or by being word for word the same from the same user; then it is answered 200 and kept once. An audit event
//! is never changed.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::outcome::{FHIR_JSON, Issue, Refusal, outcome};
use super::parameters::Parameters;
use crate::server::{PostedAudit, Service};
use crate::store::{Key, is_id};

/// Larger bodies are refused.
const LARGEST: usize = 1024 * 1024;

/// `POST /AuditEvent`.
pub(super) async fn create(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    receive(&service, &headers, None, &body).into_response()
}

/// `PUT /AuditEvent/{id}`: creates under the client's own id.
pub(super) async fn update(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    receive(&service, &headers, Some(id), &body).into_response()
}

fn receive(
    service: &Service,
    headers: &HeaderMap,
    id: Option<String>,
    body: &[u8],
) -> Result<Response, Refusal> {
    let user = service.signed_in(headers).map_err(Refusal::unauthorised)?;
    if body.len() > LARGEST {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-long",
            "This event is too large.",
        ));
    }
    let mut event: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "structure", "The body is not JSON."))?;
    check(&event, id.as_deref())?;
    let condition = headers.get("if-none-exist").and_then(|value| value.to_str().ok());

    // Held throughout: two copies of one event arriving together must still be kept once.
    let mut posted = service.posted_audits();
    if let Some(condition) = condition {
        let wanted = Parameters::read(condition.split_once('?').map_or(condition, |(_, query)| query));
        let known = posted
            .iter()
            .find(|(key, audit)| audit.username == user.username && is_the_one(service, key, &wanted));
        if let Some((key, _)) = known {
            return Ok(stored(service, headers, StatusCode::OK, key));
        }
    }
    if let Some(members) = event.as_object_mut() {
        members.remove("meta");
    }
    let digest: [u8; 32] = Sha256::digest(event.to_string().as_bytes()).into();
    let repeated = posted
        .iter()
        .find(|(_, audit)| audit.username == user.username && audit.digest == digest);
    if let Some((key, _)) = repeated
        && id.as_deref().is_none_or(|id| id == &*key.id)
    {
        return Ok(stored(service, headers, StatusCode::OK, key));
    }
    let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let key = Key::new("AuditEvent", &id);
    if service.store.current(&key).is_some() {
        let text = "An audit event is never changed, and this id is in use.";
        return Err(Refusal::new(StatusCode::CONFLICT, "conflict", text));
    }
    event["id"] = id.into();
    service
        .store
        .put(&event)
        .map_err(|why| Refusal::invalid(format!("The event cannot be stored: {why}.")))?;
    posted.insert(
        key.clone(),
        PostedAudit {
            username: user.username.clone(),
            digest,
        },
    );
    Ok(stored(service, headers, StatusCode::CREATED, &key))
}

/// The elements FHIR R4 requires of an AuditEvent.
fn check(event: &Value, id: Option<&str>) -> Result<(), Refusal> {
    if event["resourceType"] != "AuditEvent" {
        return Err(Refusal::invalid("The body is not an AuditEvent."));
    }
    if let Some(id) = id
        && (!is_id(id) || event["id"].as_str() != Some(id))
    {
        return Err(Refusal::invalid(
            "The id in the body is not the id in the address.",
        ));
    }
    let agents = event["agent"].as_array().filter(|agents| !agents.is_empty());
    let complete = event["type"].is_object()
        && event["recorded"].is_string()
        && event["source"]["observer"].is_object()
        && agents.is_some_and(|agents| agents.iter().all(|agent| agent["requestor"].is_boolean()));
    if complete {
        Ok(())
    } else {
        let text = "An AuditEvent needs type, recorded, source.observer, and agents that each say requestor.";
        Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "required", text))
    }
}

/// Whether a stored event answers to every parameter of an `If-None-Exist`. AuditEvent has no identifier in R4, so any
/// identifier inside it counts.
fn is_the_one(service: &Service, key: &Key, wanted: &Parameters) -> bool {
    let event = service.store.get_json("AuditEvent", &key.id).unwrap_or_default();
    let mut any = false;
    let all = wanted.iter().all(|(name, value)| {
        any = true;
        match name {
            "_id" => value == &*key.id,
            "identifier" => has_identifier(&event, value),
            _ => false,
        }
    });
    any && all
}

fn has_identifier(value: &Value, wanted: &str) -> bool {
    let (system, wanted_value) = match wanted.split_once('|') {
        Some((system, value)) => (Some(system), value),
        None => (None, wanted),
    };
    let is_it =
        |one: &Value| one["value"] == wanted_value && system.is_none_or(|system| one["system"] == system);
    match value {
        Value::Array(all) => all.iter().any(|one| has_identifier(one, wanted)),
        Value::Object(members) => members.iter().any(|(name, inner)| {
            let named = matches!(name.as_str(), "identifier" | "valueIdentifier");
            let matched = match inner {
                Value::Array(all) => all.iter().any(is_it),
                one => is_it(one),
            };
            (named && matched) || has_identifier(inner, wanted)
        }),
        _ => false,
    }
}

fn stored(service: &Service, headers: &HeaderMap, status: StatusCode, key: &Key) -> Response {
    let preference = headers
        .get("prefer")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let base = service.base();
    let place = [
        (header::LOCATION, format!("{base}/{key}/_history/1")),
        (header::ETAG, "W/\"1\"".to_owned()),
    ];
    if preference.contains("return=minimal") {
        return (status, place).into_response();
    }
    if preference.contains("return=OperationOutcome") {
        let mut response = outcome(status, &[Issue::warning("informational", "The event is kept.")]);
        response.headers_mut().extend(
            place
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.parse().ok()?))),
        );
        return response;
    }
    let text = service.store.get(&key.resource_type, &key.id).unwrap_or_default();
    (status, place, [(header::CONTENT_TYPE, FHIR_JSON)], text).into_response()
}
