//! Text with emphasis, labels and marks.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Text with emphasis, so that "generic name bold, brand upper case" (CUI MEDi) is decided here and not in CSS.
pub type RichText = Vec<Span>;

/// A run of text in one style.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Span {
    /// The text, including any separating space or dash.
    pub text: String,
    /// How it is set.
    pub style: SpanStyle,
}

/// How a [`Span`] is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SpanStyle {
    /// Body text.
    Plain,
    /// Bold.
    Strong,
    /// Secondary text.
    Muted,
}

/// A label and its value, for banner details and the source drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LabelledText {
    /// The label, without a colon.
    pub label: String,
    /// The value as shown.
    pub text: String,
}

/// A mark on a line that changes how it must be read. Always shown in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Mark {
    /// Weight of the mark.
    pub tone: MarkTone,
    /// Its words: "abnormal high", "entered in error", "not done", "contains a modifier that Curlew does not understand".
    pub text: String,
}

/// Weight of a [`Mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum MarkTone {
    /// Red: danger.
    Danger,
    /// Amber: check this.
    Check,
    /// Grey: for information.
    Note,
}
