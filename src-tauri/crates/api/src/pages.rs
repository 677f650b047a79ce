//! A record, page by page.

use crate::ApiError;

/// Where to go on reading. A text to store as it is; only this crate reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// As stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(stored: String) -> Self {
        Self(stored)
    }
}

/// One page: the text of a bundle, verbatim.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// The bundle's JSON, as received.
    pub body: String,
    /// Where to go on; none after the last page.
    pub next: Option<Cursor>,
    /// The server's own time of this answer, as a FHIR instant: the next `_since`.
    pub server_time: Option<String>,
    /// Bytes of the body, decompressed.
    pub bytes: u64,
}

/// The pages of one record. Ends after the last page or the first error.
pub struct Pages<'a> {
    _client: std::marker::PhantomData<&'a ()>,
}

impl Pages<'_> {
    /// The next page; none after the last, or after an error.
    pub async fn next(&mut self) -> Option<Result<Page, ApiError>> {
        todo!()
    }
}
