//! Answers that no honest server gives: made while they are sent, so that ten gigabytes cost the sender nothing.

use std::convert::Infallible;
use std::fmt;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures::stream;

use crate::fhir::outcome::FHIR_JSON;

/// A whole answer of a test's choosing, sent with status 200.
#[derive(Clone, PartialEq, Eq)]
pub struct Hostile {
    headers: Vec<(HeaderName, HeaderValue)>,
    head: Bytes,
    piece: Bytes,
    times: u64,
    tail: Bytes,
}

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeated = (self.piece.len() as u64).saturating_mul(self.times);
        write!(
            f,
            "Hostile({} bytes)",
            repeated + (self.head.len() + self.tail.len()) as u64
        )
    }
}

impl Hostile {
    /// These bytes, as FHIR JSON.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self {
            headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON))],
            head: bytes.into(),
            piece: Bytes::new(),
            times: 0,
            tail: Bytes::new(),
        }
    }

    /// `head`, then `piece` so many times, then `tail`.
    pub fn repeated(
        head: impl Into<Bytes>,
        piece: impl Into<Bytes>,
        times: u64,
        tail: impl Into<Bytes>,
    ) -> Self {
        Self {
            piece: piece.into(),
            times,
            tail: tail.into(),
            ..Self::bytes(head)
        }
    }

    /// The same with one more header, such as a `Content-Length` that lies or a `Content-Encoding`. A header that cannot be
    /// written is left out.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    pub(crate) fn response(&self) -> Response {
        let (head, piece, tail, times) = (
            self.head.clone(),
            self.piece.clone(),
            self.tail.clone(),
            self.times,
        );
        let body = Body::from_stream(stream::unfold(0_u64, move |at| {
            let next = match at {
                0 => Some(head.clone()),
                at if at <= times => Some(piece.clone()),
                at if at == times + 1 => Some(tail.clone()),
                _ => None,
            };
            async move { next.map(|bytes| (Ok::<_, Infallible>(bytes), at + 1)) }
        }));
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().extend(self.headers.iter().cloned());
        response
    }
}
