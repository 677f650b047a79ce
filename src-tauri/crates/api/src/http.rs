//! How requests are sent: limits, retries, tokens.

use std::time::Duration;

use crate::ApiError;

/// How much, how long and how often.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest body accepted, in bytes, after decompression.
    pub body_bytes: usize,
    /// Most pages followed for one patient or search.
    pub pages: usize,
    /// Resources asked for in one page.
    pub page_size: u32,
    /// Longest wait for an answer to begin.
    pub first_byte: Duration,
    /// Longest silence in the middle of a body.
    pub between_bytes: Duration,
    /// Times a safe request is tried in all.
    pub attempts: u32,
    /// First back-off; it doubles, with jitter, up to [`Self::longest_wait`].
    pub first_wait: Duration,
    /// Longest back-off, and longest `Retry-After` worth waiting for.
    pub longest_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 96 * 1024 * 1024,
            pages: 10_000,
            page_size: 500,
            first_byte: Duration::from_secs(60),
            between_bytes: Duration::from_secs(30),
            attempts: 4,
            first_wait: Duration::from_millis(400),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// An HTTP client as Curlew uses it everywhere: redirects only within the origin, gzip, brotli and zstd, the
/// system's proxy and certificate authorities.
///
/// # Errors
/// [`ApiError::Address`] when TLS cannot be set up on this machine.
pub fn http_client() -> Result<reqwest::Client, ApiError> {
    todo!()
}
