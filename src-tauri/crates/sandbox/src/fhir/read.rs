//! Reading one resource, now or at a version.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde_json::Value;

use super::Answer;
use super::access::{Access, Judgement, stranger};
use super::outcome::{FHIR_JSON, Refusal};
use crate::clock::http_date;
use crate::server::Service;
use crate::store::{Key, Version};

/// `GET /Type/id`, and with a version number `GET /Type/id/_history/n`.
pub(super) fn read(
    service: &Service,
    access: &Access<'_>,
    headers: &HeaderMap,
    resource_type: &str,
    id: &str,
    number: Option<u64>,
) -> Answer {
    let key = Key::new(resource_type, id);
    let found = match number {
        Some(number) => service.store.version(&key, number),
        None => service.store.current(&key),
    };
    let version = found.ok_or_else(Refusal::not_found)?;
    match access.judge(&key, &version) {
        Judgement::Shown => {}
        // Another user's caseload or audit trail: its existence is nobody's business.
        Judgement::Hidden if version.facts.patients.is_empty() || resource_type == "AuditEvent" => {
            return Err(Refusal::not_found());
        }
        Judgement::Hidden => return Err(stranger()),
        Judgement::Withheld(reason) => {
            let text = format!("This resource is withheld: {reason}.");
            return Err(Refusal::new(StatusCode::FORBIDDEN, "suppressed", text));
        }
    }
    let text = version.text.as_deref().ok_or_else(Refusal::deleted)?;
    let etag = format!("W/\"{}\"", version.number);
    let validators = [
        (header::ETAG, etag.clone()),
        (header::LAST_MODIFIED, http_date(version.at)),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    if not_modified(headers, &etag, &version) {
        return Ok((StatusCode::NOT_MODIFIED, validators).into_response());
    }
    if resource_type == "Binary" && !wants_fhir(headers) {
        return native(text).map(|(kind, bytes)| {
            (
                validators,
                [
                    (header::CONTENT_TYPE, kind),
                    (header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
                ],
                bytes,
            )
                .into_response()
        });
    }
    Ok((validators, [(header::CONTENT_TYPE, FHIR_JSON)], text.to_owned()).into_response())
}

/// `If-None-Match` decides where given; `If-Modified-Since` only without it (RFC 9110, 13.2.2).
fn not_modified(headers: &HeaderMap, etag: &str, version: &Version) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &header::HeaderValue| value.to_str().ok())
    };
    if let Some(known) = text(header::IF_NONE_MATCH) {
        let bare = etag.trim_start_matches("W/");
        return known
            .split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.trim_start_matches("W/") == bare);
    }
    let since = text(header::IF_MODIFIED_SINCE).and_then(|text| DateTime::parse_from_rfc2822(text).ok());
    since.is_some_and(|since| version.at.timestamp() <= since.timestamp())
}

fn wants_fhir(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("json"))
}

/// A Binary as the file it holds.
fn native(text: &str) -> Result<(String, Vec<u8>), Refusal> {
    let unreadable = || {
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "exception",
            "This file cannot be read.",
        )
    };
    let binary: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
    let kind = binary["contentType"]
        .as_str()
        .unwrap_or("application/octet-stream")
        .to_owned();
    let data: String = binary["data"]
        .as_str()
        .unwrap_or_default()
        .split_ascii_whitespace()
        .collect();
    let bytes = STANDARD.decode(data).map_err(|_| unreadable())?;
    Ok((kind, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_is_its_own_bytes() {
        let (kind, bytes) = native(r#"{"contentType":"text/plain","data":"aGVs\nbG8="}"#).unwrap();
        assert_eq!(
            (kind.as_str(), bytes.as_slice()),
            ("text/plain", b"hello".as_slice())
        );
        assert!(native(r#"{"data":"%"}"#).is_err());
    }
}
