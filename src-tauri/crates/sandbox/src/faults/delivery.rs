//! The outermost layer: counts a request, carries out its misbehaviour, compresses and sends the answer.

use std::convert::Infallible;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;

use super::{Misbehaviour, Route};
use crate::clock::http_date;
use crate::fhir::outcome::{Issue, outcome};
use crate::server::Service;

/// Bodies below this many bytes are not worth compressing.
const COMPRESS_FROM: usize = 1024;

/// Wraps every request; see the module's opening.
pub(crate) async fn deliver(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let route = Route::of(request.uri().path());
    service.requests.count(route);
    service.note_purpose(request.headers(), request.uri().path());
    service.faults.run_hooks(route, &service.store);
    let (wait, fault) = service.faults.take(route, request.uri().path());
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    if fault == Some(Misbehaviour::RevokeTokens) {
        service.provider.revoke_all();
    }
    let own_url = format!("{}{}", service.origin, request.uri());
    let gzip = accepts_gzip(request.headers());
    let response = match fault {
        Some(Misbehaviour::Status { code, retry_after }) => refused(code, retry_after),
        Some(Misbehaviour::Instead(ref hostile)) => return hostile.response(),
        _ => next.run(request).await,
    };
    if let Some(Misbehaviour::AnswerLate(late)) = fault {
        tokio::time::sleep(late).await;
    }
    let (mut parts, body) = response.into_parts();
    // A question inside a batch cannot be cut off by itself: the whole answer is.
    let fault = fault.or_else(|| parts.extensions.remove().map(|OnTheWay(fault)| fault));
    let Ok(mut bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    bytes = altered(bytes, fault.as_ref(), &own_url);

    let headers = &mut parts.headers;
    // The clock may have been moved: the date a client reads must be the server's, not the machine's.
    set(headers, header::DATE, &http_date(service.clock.now()));
    if bytes.len() >= COMPRESS_FROM {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if gzip && let Some(smaller) = compressed(&bytes) {
            bytes = smaller;
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    headers.remove(header::CONTENT_LENGTH);
    service.requests.count_bytes(bytes.len());
    let body = sent(bytes, fault.as_ref(), headers);
    Response::from_parts(parts, body)
}

/// What a question inside a batch was to meet on the way, where there is only one answer to be sent.
#[derive(Debug, Clone)]
pub(crate) struct OnTheWay(pub(crate) Misbehaviour);

/// The body with the faults that change what it says.
pub(crate) fn altered(bytes: Bytes, fault: Option<&Misbehaviour>, own_url: &str) -> Bytes {
    match fault {
        Some(Misbehaviour::TruncatedJson) => bytes.slice(..bytes.len() / 2),
        Some(Misbehaviour::MalformedJson) => {
            Bytes::from_static(b"{\"resourceType\": \"Bundle\", \"type\": searchset, ]")
        }
        Some(Misbehaviour::DuplicateNext) => doubled(&bytes, "link").unwrap_or(bytes),
        Some(Misbehaviour::DuplicateEntries) => doubled(&bytes, "entry").unwrap_or(bytes),
        Some(Misbehaviour::LoopingNext) => looping(&bytes, own_url).unwrap_or(bytes),
        _ => bytes,
    }
}

/// A bundle of ours with everything in its last list, or in its list of links, given twice: text by text, so that the
/// resources stay as they are.
fn doubled(bytes: &Bytes, list: &str) -> Option<Bytes> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (before, rest) = text.split_once(&format!("\"{list}\":["))?;
    let (all, after) = match list {
        "entry" => (rest.strip_suffix("]}")?, "]}"),
        _ => rest.split_at(rest.find(']')?),
    };
    Some(Bytes::from(format!("{before}\"{list}\":[{all},{all}{after}")))
}

/// A bundle of ours with its `next` link, had or not, leading to `own_url`.
fn looping(bytes: &Bytes, own_url: &str) -> Option<Bytes> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (before, links) = text.split_once("\"link\":[")?;
    let (links, after) = links.split_once(']')?;
    let mut kept: Vec<serde_json::Value> = serde_json::from_str(&format!("[{links}]")).ok()?;
    kept.retain(|link| link["relation"] != "next");
    kept.push(serde_json::json!({"relation": "next", "url": own_url}));
    let links = serde_json::Value::from(kept);
    Some(Bytes::from(format!("{before}\"link\":{links}{after}")))
}

/// The body with the faults that change how it is sent. Lengths are announced here where they lie.
fn sent(bytes: Bytes, fault: Option<&Misbehaviour>, headers: &mut HeaderMap) -> Body {
    match fault {
        Some(Misbehaviour::CutMidBody) => {
            set(headers, header::CONTENT_LENGTH, &bytes.len().max(1).to_string());
            short(bytes.slice(..bytes.len() / 2), true)
        }
        Some(Misbehaviour::WrongLength) => {
            set(headers, header::CONTENT_LENGTH, &(bytes.len() + 64).to_string());
            short(bytes, false)
        }
        Some(Misbehaviour::SlowDrip { bytes: piece, pause }) => {
            set(headers, header::CONTENT_LENGTH, &bytes.len().to_string());
            dripping(bytes, (*piece).max(1), *pause)
        }
        _ => Body::from(bytes),
    }
}

fn dripping(bytes: Bytes, piece: usize, pause: Duration) -> Body {
    Body::from_stream(stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let next = rest.split_to(piece.min(rest.len()));
        Some((Ok::<_, Infallible>(next), rest))
    }))
}

/// Sends these bytes, fewer than were announced, and lets them leave before it stops: broken off, or as if that were all.
/// Either makes the server drop the connection.
fn short(bytes: Bytes, broken_off: bool) -> Body {
    Body::from_stream(stream::unfold(Some(bytes), move |left| async move {
        match left {
            Some(bytes) if !bytes.is_empty() => Some((Ok(bytes), Some(Bytes::new()))),
            Some(_) => {
                // Pending once, so that what was given before is flushed to the wire.
                tokio::task::yield_now().await;
                broken_off.then(|| (Err(std::io::Error::other("cut on request")), None))
            }
            None => None,
        }
    }))
}

pub(crate) fn refused(code: u16, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let issue = match code {
        401 => Issue::error("login", "The access token is not accepted."),
        403 => Issue::error("forbidden", "You may not see this."),
        404 => Issue::error("not-found", "There is no such resource."),
        410 => Issue::error("deleted", "This resource has been deleted."),
        429 => Issue::error("throttled", "Too many requests. Try again later."),
        503 => Issue::error(
            "transient",
            "The record is not available at the moment. Try again later.",
        ),
        _ => Issue::error("exception", "The server failed, on request."),
    };
    let mut response = outcome(status, &[issue]);
    if code == 401 {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = retry_after {
        set(response.headers_mut(), header::RETRY_AFTER, &seconds.to_string());
    }
    response
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let all = headers.get_all(header::ACCEPT_ENCODING);
    all.iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            named && !refused
        })
}

fn compressed(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_used_only_where_it_is_welcome() {
        let accepts = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            accepts_gzip(&headers)
        };
        assert!(accepts("gzip") && accepts("br, GZIP;q=0.5") && accepts("*"));
        assert!(!accepts("br") && !accepts("gzip;q=0") && !accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn a_looping_bundle_leads_to_itself_and_keeps_its_entries() {
        let page = Bytes::from_static(br#"{"resourceType":"Bundle","link":[{"relation":"self","url":"a"},{"relation":"next","url":"b"}],"entry":[]}"#);
        let looped: serde_json::Value = serde_json::from_slice(&looping(&page, "here").unwrap()).unwrap();
        assert_eq!(
            looped["link"][1],
            serde_json::json!({"relation": "next", "url": "here"})
        );
        assert_eq!(looped["link"].as_array().unwrap().len(), 2);
        assert!(looped["entry"].is_array());
    }
}
