//! Requests to the sign-in service: small answers, one size limit, and the adapter `openidconnect` calls through.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use curlew_redact::{ExposeSecret, SecretString};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::SignInError;

/// Discovery documents, key sets and token answers are a few kilobytes.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// The person is waiting: give up before they do.
const LONGEST_ANSWER: Duration = Duration::from_secs(20);

/// Why there was no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpFailure {
    #[error("no answer")]
    Unreachable,
    #[error("its certificate is not trusted")]
    Untrusted,
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
            Self::Untrusted => SignInError::Untrusted { what },
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
                .map_err(|error| match is_untrusted(&error) {
                    true => HttpFailure::Untrusted,
                    false => HttpFailure::Unreachable,
                })?;
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

/// Whether a request failed because the other side's certificate is not believed: signed by nobody this computer knows, out of
/// date, or another server's. The person can do something about that, where they could only wait for a network.
#[must_use]
pub fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        // An `io::Error` made of another gives, as its source, that other's source: the other itself is asked for by itself.
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(|error| error.get_ref())
            .map(|inner| -> &(dyn Error + 'static) { inner });
        if matches!(
            error.downcast_ref::<rustls::Error>(),
            Some(rustls::Error::InvalidCertificate(_))
        ) {
            return true;
        }
        cause = wrapped.or_else(|| error.source());
    }
    false
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
