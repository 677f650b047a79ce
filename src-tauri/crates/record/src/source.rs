//! The source drawer: one line opened into the resources behind it.

use chrono::{DateTime, Utc};

use crate::view::{Line, SourceView};

/// One resource behind a line, as stored.
#[derive(Debug, Clone, Copy)]
pub struct SourceInput<'a> {
    /// The JSON text, verbatim as received.
    pub raw: &'a str,
    /// When this version reached us.
    pub received: DateTime<Utc>,
    /// When the source last changed it (`meta.lastUpdated`), when stated.
    pub recorded: Option<DateTime<Utc>>,
}

/// Everything known about one line, for the source drawer.
pub fn source_view(line: &Line, resources: &[SourceInput<'_>]) -> SourceView {
    let _ = (line, resources);
    todo!("bodies follow within minutes")
}
