//! Requests to the sign-in service: small answers, one size limit, and the adapter `openidconnect` calls through.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use curlew_redact::{ExposeSecret, SecretString};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;
use thiserror::Error;
use url::{Host, Url};

use crate::SignInError;

/// Discovery documents, key sets and token answers are a few kilobytes.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// The person is waiting: give up before they do.
const LONGEST_ANSWER: Duration = Duration::from_secs(20);

/// Why there was no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum HttpFailure {
    #[error("no answer")]
    Unreachable,
    #[error("the answer is too large")]
    TooLarge,
    #[error("the answer is {0}")]
    Status(u16),
    #[error("the answer is not what it should be")]
    Malformed,
}

impl HttpFailure {
    /// The failure of asking `what` ("the record API", "the sign-in service").
    pub(crate) fn of(self, what: &'static str) -> SignInError {
        match self {
            // A gateway's "not now" is the same to the person as no answer: wait, and try again.
            Self::Unreachable | Self::Status(429 | 500..) => SignInError::Unreachable { what },
            Self::Status(status) => SignInError::Unusable(format!("{what} answered {status}")),
            Self::TooLarge => SignInError::Unusable(format!("{what} sent too large an answer")),
            Self::Malformed => {
                SignInError::Unusable(format!("{what} sent an answer that is not what it should be"))
            }
        }
    }
}

/// A client for small answers.
#[derive(Debug, Clone)]
pub(crate) struct Http(reqwest::Client);

impl Http {
    pub(crate) fn new(client: reqwest::Client) -> Self {
        Self(client)
    }

    async fn send(
        &self,
        request: reqwest::Request,
    ) -> Result<(reqwest::StatusCode, reqwest::header::HeaderMap, Vec<u8>), HttpFailure> {
        let exchange = async {
            let mut response = self
                .0
                .execute(request)
                .await
                .map_err(|_| HttpFailure::Unreachable)?;
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|_| HttpFailure::Unreachable)? {
                if body.len() + chunk.len() > LARGEST_ANSWER {
                    return Err(HttpFailure::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            Ok((response.status(), response.headers().clone(), body))
        };
        tokio::time::timeout(LONGEST_ANSWER, exchange)
            .await
            .unwrap_or(Err(HttpFailure::Unreachable))
    }

    /// A JSON document, with a bearer token when one is needed.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        url: Url,
        bearer: Option<&SecretString>,
    ) -> Result<T, HttpFailure> {
        let mut request = self.0.get(url).header(ACCEPT, "application/json");
        if let Some(token) = bearer {
            request = request.bearer_auth(token.expose_secret());
        }
        let request = request.build().map_err(|_| HttpFailure::Malformed)?;
        let (status, _, body) = self.send(request).await?;
        if !status.is_success() {
            return Err(HttpFailure::Status(status.as_u16()));
        }
        serde_json::from_slice(&body).map_err(|_| HttpFailure::Malformed)
    }

    /// Sends a form; only whether it was taken matters.
    pub(crate) async fn form(&self, url: Url, fields: &[(&str, &str)]) -> Result<(), HttpFailure> {
        let request = self
            .0
            .post(url)
            .form(fields)
            .build()
            .map_err(|_| HttpFailure::Malformed)?;
        let (status, _, _) = self.send(request).await?;
        if status.is_success() {
            Ok(())
        } else {
            Err(HttpFailure::Status(status.as_u16()))
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpFailure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpFailure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(|_| HttpFailure::Malformed)?;
            let (status, headers, body) = self.send(request).await?;
            // Left to `openidconnect`, a proxy's HTML for 503 would read as a malformed answer and end a session
            // that is well.
            if status.is_server_error() || status.as_u16() == 429 {
                return Err(HttpFailure::Status(status.as_u16()));
            }
            let mut response = HttpResponse::new(body);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}

/// Whether secrets may travel to `url`: over TLS, or without leaving this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        },
        _ => false,
    }
}
