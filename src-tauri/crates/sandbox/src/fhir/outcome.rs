//! Errors the FHIR way: every refusal is an `OperationOutcome`.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The media type of every FHIR answer.
pub(crate) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// One issue of an outcome. The words name no patient: an outcome may end up in a log.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    severity: &'static str,
    code: &'static str,
    text: String,
    about: Option<String>,
}

impl Issue {
    /// What stopped the request. `code` is from FHIR's `issue-type`.
    pub(crate) fn error(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            severity: "error",
            code,
            text: text.into(),
            about: None,
        }
    }

    /// What the client should know beside the results.
    pub(crate) fn warning(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            severity: "warning",
            code,
            text: text.into(),
            about: None,
        }
    }

    /// The issue with the resource type it is about.
    pub(crate) fn about(self, resource_type: &str) -> Self {
        Self {
            about: Some(resource_type.to_owned()),
            ..self
        }
    }

    fn json(&self) -> Value {
        let mut issue = json!({"severity": self.severity, "code": self.code, "details": {"text": self.text}});
        if let Some(about) = &self.about {
            issue["expression"] = json!([about]);
        }
        issue
    }
}

/// The resource itself.
pub(crate) fn resource(issues: &[Issue]) -> Value {
    json!({"resourceType": "OperationOutcome", "issue": issues.iter().map(Issue::json).collect::<Vec<_>>()})
}

/// A whole answer made of an outcome.
pub(crate) fn outcome(status: StatusCode, issues: &[Issue]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, FHIR_JSON),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, resource(issues).to_string()).into_response()
}

/// Why a request is refused: a status and an issue.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    issue: Issue,
    challenge: Option<String>,
}

impl Refusal {
    /// Any refusal.
    pub(crate) fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            status,
            issue: Issue::error(code, text),
            challenge: None,
        }
    }

    /// 400: the request makes no sense.
    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", text)
    }

    /// 404.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such resource.")
    }

    /// 410.
    pub(crate) fn deleted() -> Self {
        Self::new(StatusCode::GONE, "deleted", "This resource has been deleted.")
    }

    /// 401 with the challenge that says why (RFC 6750).
    pub(crate) fn unauthorised(challenge: String) -> Self {
        let text = "A valid access token is needed.";
        Self {
            challenge: Some(challenge),
            ..Self::new(StatusCode::UNAUTHORIZED, "login", text)
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = outcome(self.status, &[self.issue]);
        if let Some(value) = self.challenge.and_then(|text| text.parse().ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}
