//! The client.

use std::collections::HashMap;
use std::sync::Arc;

use curlew_sign_in::AccessTokens;
use url::Url;

use crate::{ApiError, Capabilities, Caseload, Cursor, Limits, Pages};

/// Something deleted at the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Deleted {
    /// Resource type.
    pub resource_type: String,
    /// Server's logical id.
    pub id: String,
}

/// What was deleted since a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deletions {
    /// Each once.
    pub deleted: Vec<Deleted>,
}

/// A shared record API.
pub struct Client {}

impl Client {
    /// A client of the record API at `base`.
    ///
    /// # Errors
    /// [`ApiError::Address`] when `base` is not an https address, or http to this machine.
    pub fn new(
        _base: Url,
        _http: reqwest::Client,
        _tokens: Arc<dyn AccessTokens>,
        _limits: Limits,
    ) -> Result<Self, ApiError> {
        todo!()
    }
    /// Base address, without a closing slash.
    pub fn base(&self) -> &Url {
        todo!()
    }
    /// What the server says it can do; asked once.
    pub async fn capabilities(&self) -> Result<Capabilities, ApiError> {
        todo!()
    }
    /// Whom the signed-in person is caring for.
    pub async fn caseload(&self) -> Result<Caseload, ApiError> {
        todo!()
    }
    /// A patient's record: all of it, or what changed at the server since `since`; from the start, or from `resume`.
    pub async fn everything(
        &self,
        _patient: &str,
        _since: Option<&str>,
        _resume: Option<Cursor>,
    ) -> Result<Pages<'_>, ApiError> {
        todo!()
    }
    /// One `Patient`, verbatim.
    pub async fn patient(&self, _patient: &str) -> Result<String, ApiError> {
        todo!()
    }
    /// `Consent`s of each of `patients`, verbatim. Every patient asked for has an entry.
    pub async fn consents(&self, _patients: &[String]) -> Result<HashMap<String, Vec<String>>, ApiError> {
        todo!()
    }
    /// `Flag`s of each of `patients`, verbatim. Every patient asked for has an entry.
    pub async fn flags(&self, _patients: &[String]) -> Result<HashMap<String, Vec<String>>, ApiError> {
        todo!()
    }
    /// What was deleted since `since`, for the whole server; none when the server cannot say.
    pub async fn deletions(&self, _since: &str) -> Result<Option<Deletions>, ApiError> {
        todo!()
    }
    /// Sends one `AuditEvent`. Its own identifier makes a second sending harmless.
    pub async fn post_audit_event(&self, _json: &str) -> Result<(), ApiError> {
        todo!()
    }
    /// `Patient`s with this NHS number, verbatim. More than one is a hazard the caller must show.
    pub async fn find_by_nhs_number(&self, _nhs_number: &str) -> Result<Vec<String>, ApiError> {
        todo!()
    }
    /// `Patient`s with this name, born on this day (`YYYY-MM-DD`), verbatim.
    pub async fn find_by_name_born(&self, _name: &str, _born: &str) -> Result<Vec<String>, ApiError> {
        todo!()
    }
}
