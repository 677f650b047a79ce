//! Bundles, written as text around the resources' own text, and the opaque links between their pages.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::outcome::{self, FHIR_JSON, Issue, Refusal};
use super::parameters::Parameters;
use crate::clock::{http_date, instant};
use crate::json_text::push_quoted;
use crate::store::{Key, Version};

/// Pages are never larger than this many matches, whatever `_count` asks.
pub(crate) const LARGEST_PAGE: usize = 1000;
/// Matches on a page where `_count` is not given.
pub(crate) const USUAL_PAGE: usize = 50;

/// Where a page begins: after an item, in an order that later changes do not disturb. Nothing is kept on the server, so a
/// link still works after a restart; what it lets its bearer see is checked again each time.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The query as first asked.
    query: String,
    /// Sort key of the last item sent.
    pub(crate) sort: String,
    /// `Type/id`, or a version's number in the history, of the last item sent.
    pub(crate) item: String,
}

impl Cursor {
    pub(crate) fn new(parameters: &Parameters, sort: impl Into<String>, item: impl Into<String>) -> Self {
        Self {
            query: parameters.encoded(),
            sort: sort.into(),
            item: item.into(),
        }
    }

    /// The link's query.
    pub(crate) fn encoded(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        format!("_page={}", URL_SAFE_NO_PAD.encode(json))
    }

    /// The parameters first asked, and the cursor where this is a later page.
    pub(crate) fn resolve(asked: Parameters) -> Result<(Parameters, Option<Self>), Refusal> {
        let Some(token) = asked.one("_page") else {
            return Ok((asked, None));
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).ok();
        let cursor: Option<Self> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let cursor = cursor.ok_or_else(|| Refusal::invalid("This is not a page link of this server."))?;
        Ok((Parameters::read(&cursor.query), Some(cursor)))
    }
}

/// A bundle under way.
pub(crate) struct Page<'s> {
    base: &'s str,
    head: String,
    entries: String,
}

impl<'s> Page<'s> {
    /// Begins a bundle of `kind` whose time is `now`: what a client takes as the server's time for its next `_since`.
    pub(crate) fn new(
        base: &'s str,
        kind: &str,
        now: DateTime<Utc>,
        total: Option<usize>,
        this: &str,
        next: Option<&str>,
    ) -> Self {
        let mut head = format!(
            "{{\"resourceType\":\"Bundle\",\"id\":\"{}\",\"meta\":{{\"lastUpdated\":\"{}\"}},\"type\":\"{kind}\"",
            uuid::Uuid::new_v4(),
            instant(now)
        );
        if let Some(total) = total {
            head.push_str(&format!(",\"total\":{total}"));
        }
        head.push_str(",\"link\":[{\"relation\":\"self\",\"url\":");
        push_quoted(&mut head, this);
        head.push('}');
        if let Some(next) = next {
            head.push_str(",{\"relation\":\"next\",\"url\":");
            push_quoted(&mut head, next);
            head.push('}');
        }
        head.push(']');
        Self {
            base,
            head,
            entries: String::new(),
        }
    }

    fn begin_entry(&mut self, key: &Key) {
        self.entries
            .push_str(if self.entries.is_empty() { "{" } else { ",{" });
        self.entries.push_str("\"fullUrl\":");
        push_quoted(&mut self.entries, &format!("{}/{key}", self.base));
    }

    /// Adds a resource found by a search.
    pub(crate) fn push(&mut self, key: &Key, version: &Version, mode: &str) {
        self.begin_entry(key);
        if let Some(text) = &version.text {
            self.entries.push_str(",\"resource\":");
            self.entries.push_str(text);
        }
        self.entries.push_str(",\"search\":{\"mode\":\"");
        self.entries.push_str(mode);
        self.entries.push_str("\"}}");
    }

    /// Adds one version of a resource's history; a deletion has no resource.
    pub(crate) fn push_version(&mut self, key: &Key, version: &Version) {
        self.begin_entry(key);
        let (method, status) = match (&version.text, version.number) {
            (None, _) => ("DELETE", "204"),
            (Some(_), 1) => ("PUT", "201"),
            (Some(_), _) => ("PUT", "200"),
        };
        if let Some(text) = &version.text {
            self.entries.push_str(",\"resource\":");
            self.entries.push_str(text);
        }
        self.entries.push_str(&format!(
            ",\"request\":{{\"method\":\"{method}\",\"url\":\"{key}\"}},\
             \"response\":{{\"status\":\"{status}\",\"etag\":\"W/\\\"{}\\\"\",\"lastModified\":\"{}\"}}}}",
            version.number,
            instant(version.at)
        ));
    }

    /// Adds what the client should know beside the results.
    pub(crate) fn push_issues(&mut self, issues: &[Issue]) {
        if issues.is_empty() {
            return;
        }
        if !self.entries.is_empty() {
            self.entries.push(',');
        }
        let outcome = outcome::resource(issues);
        self.entries.push_str(&format!(
            "{{\"resource\":{outcome},\"search\":{{\"mode\":\"outcome\"}}}}"
        ));
    }

    /// The whole answer. FHIR forbids an empty `entry`.
    pub(crate) fn finish(self, now: DateTime<Utc>) -> Response {
        let mut body = self.head;
        if !self.entries.is_empty() {
            body.push_str(",\"entry\":[");
            body.push_str(&self.entries);
            body.push(']');
        }
        body.push('}');
        let headers = [
            (header::CONTENT_TYPE, FHIR_JSON.to_owned()),
            (header::CACHE_CONTROL, "no-store".to_owned()),
            (header::LAST_MODIFIED, http_date(now)),
        ];
        (StatusCode::OK, headers, body).into_response()
    }
}

/// How many matches a page holds: `_count`, within the server's limit.
pub(crate) fn page_size(parameters: &Parameters) -> Result<usize, Refusal> {
    match parameters.one("_count") {
        None => Ok(USUAL_PAGE),
        Some(text) => {
            let asked: usize = text
                .parse()
                .map_err(|_| Refusal::invalid("_count is not a number."))?;
            Ok(asked.min(LARGEST_PAGE))
        }
    }
}
