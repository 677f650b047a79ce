//! Runs of styled text.

use crate::view::{Span, SpanStyle};

/// Body text.
pub fn plain(text: impl Into<String>) -> Span {
    Span {
        text: text.into(),
        style: SpanStyle::Plain,
    }
}

/// Bold text.
pub fn strong(text: impl Into<String>) -> Span {
    Span {
        text: text.into(),
        style: SpanStyle::Strong,
    }
}

/// Secondary text.
pub fn muted(text: impl Into<String>) -> Span {
    Span {
        text: text.into(),
        style: SpanStyle::Muted,
    }
}

/// The words alone, for search, console and screen readers.
pub fn plain_text(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}
