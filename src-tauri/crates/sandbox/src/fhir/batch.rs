//! `POST [base]` with a `batch`: many questions in one request, each answered as it would be alone (R4, 3.1.0.11.2).
//!
//! Only reads are done: anything else is refused entry by entry. Each question meets the access rules, the misbehaviour and the
//! hooks of its own route, so that a client's shortcut is tested as hard as its long way.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::outcome::{FHIR_JSON, Refusal};
use super::parameters::Parameters;
use super::{Answer, everything, read, search, strict, type_name, viewer};
use crate::clock::instant;
use crate::faults::{Misbehaviour, OnTheWay, Route, altered, refused};
use crate::server::Service;

/// Questions in one batch. More than a client has any use for.
const MOST: usize = 100;

#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Question,
}

#[derive(Deserialize)]
struct Question {
    method: String,
    url: String,
}

/// Answers every question, in their order.
pub(super) async fn batch(State(service): State<Arc<Service>>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(refusal) = viewer(&service, &headers) {
        return refusal.into_response();
    }
    let questions = match serde_json::from_slice::<Batch>(&body) {
        Ok(batch)
            if batch.resource_type == "Bundle" && batch.kind == "batch" && batch.entry.len() <= MOST =>
        {
            batch.entry
        }
        _ => return Refusal::invalid("This is not a batch of at most 100 questions.").into_response(),
    };
    let now = instant(service.clock.now());
    let mut answers = Vec::with_capacity(questions.len());
    let mut on_the_way = None;
    for Entry { request } in questions {
        service.requests.count_in_batch();
        let (status, answer, broken) = answered(&service, &headers, &request).await;
        on_the_way = on_the_way.or(broken);
        answers.push(match status.is_success() {
            true => format!("{{\"resource\":{answer},\"response\":{{\"status\":\"{status}\"}}}}"),
            false => format!("{{\"response\":{{\"status\":\"{status}\",\"outcome\":{answer}}}}}"),
        });
    }
    let body = format!(
        "{{\"resourceType\":\"Bundle\",\"meta\":{{\"lastUpdated\":\"{now}\"}},\"type\":\"batch-response\",\"entry\":[{}]}}",
        answers.join(",")
    );
    let mut response = ([(header::CONTENT_TYPE, FHIR_JSON)], body).into_response();
    if let Some(fault) = on_the_way {
        response.extensions_mut().insert(OnTheWay(fault));
    }
    response
}

/// Status and body of one answer, and what is to go wrong with the sending of them all.
async fn answered(
    service: &Service,
    headers: &HeaderMap,
    question: &Question,
) -> (StatusCode, String, Option<Misbehaviour>) {
    let (path, query) = question.url.split_once('?').unwrap_or((&question.url, ""));
    let full = format!("/fhir/{path}");
    let route = Route::of(&full);
    service.faults.run_hooks_within(route, &service.store);
    let (wait, fault) = service.faults.take_within(route, &full);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let response = match fault {
        Some(Misbehaviour::Status { code, retry_after }) => refused(code, retry_after),
        Some(Misbehaviour::Instead(ref hostile)) => hostile.response(),
        Some(Misbehaviour::RevokeTokens) => {
            service.provider.revoke_all();
            alone(service, headers, &question.method, path, query).into_response()
        }
        _ => alone(service, headers, &question.method, path, query).into_response(),
    };
    if let Some(Misbehaviour::AnswerLate(late)) = fault {
        tokio::time::sleep(late).await;
    }
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap_or_default();
    let own_url = format!("{}/{}", service.base(), question.url);
    let bytes = altered(bytes, fault.as_ref(), &own_url);
    let broken = fault.filter(|fault| {
        matches!(
            fault,
            Misbehaviour::CutMidBody | Misbehaviour::WrongLength | Misbehaviour::SlowDrip { .. }
        )
    });
    (status, String::from_utf8_lossy(&bytes).into_owned(), broken)
}

fn alone(service: &Service, headers: &HeaderMap, method: &str, path: &str, query: &str) -> Answer {
    if method != "GET" {
        return Err(Refusal::invalid("Only reads are done in a batch here."));
    }
    // Each by the token as it is now: it may have been revoked since the question before.
    let access = viewer(service, headers)?;
    let asked = Parameters::read(query);
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["Patient", id, "$everything"] => {
            everything::everything(service, &access, id, asked, strict(headers))
        }
        [name] => search::search(service, &access, type_name(name)?, asked, strict(headers)),
        [name, id] => read::read(service, &access, headers, type_name(name)?, id, None),
        _ => Err(Refusal::not_found()),
    }
}
