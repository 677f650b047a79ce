//! Whose certificate a server shows, trusted or not: so that support can name the proxy that inspects TLS.

use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::Network;

/// What a server's certificate says of itself. Nothing of it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// Who issued it, as in `CN=…,O=…`.
    pub issuer: String,
    /// For whom.
    pub subject: String,
    /// Until when it is valid.
    pub valid_until: DateTime<Utc>,
}

/// The certificate that `url`'s server shows; none when there is no answer in time.
///
/// The connection is made without verifying the certificate, because the question is what it is. Nothing goes over it but a
/// request for the server's root: no token, no identifier, and its answer is not read.
pub async fn presented_certificate(network: &Network, url: &Url, wait: Duration) -> Option<Presented> {
    let http = network
        .builder(url)
        .ok()?
        .tls_danger_accept_invalid_certs(true)
        .tls_info(true)
        .build()
        .ok()?;
    let root = url.join("/").ok()?;
    let answer = tokio::time::timeout(wait, http.head(root).send())
        .await
        .ok()?
        .ok()?;
    let shown: &reqwest::tls::TlsInfo = answer.extensions().get()?;
    read(shown.peer_certificate()?)
}

fn read(der: &[u8]) -> Option<Presented> {
    let certificate = Certificate::from_der(der).ok()?;
    let content = certificate.tbs_certificate();
    let seconds = content.validity().not_after.to_unix_duration().as_secs();
    // Somebody else's text: on one line, and not without end.
    let plain = |text: String| -> String {
        text.chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .take(200)
            .collect()
    };
    Some(Presented {
        issuer: plain(content.issuer().to_string()),
        subject: plain(content.subject().to_string()),
        valid_until: DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)?,
    })
}
