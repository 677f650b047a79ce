//! The Source drawer: the resources behind a line, and their attachments.

use super::{AsAt, LabelledText, Line};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything known about one line: the source drawer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SourceView {
    /// The line.
    pub line: Line,
    /// One entry per source resource.
    pub resources: Vec<SourceResource>,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}

/// One received resource, opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceResource {
    /// `Type/id`.
    pub resource: String,
    /// Author, role, organisation, system, the three times, codes, status.
    pub facts: Vec<LabelledText>,
    /// Original text as plain text, when there is any.
    pub text: Option<String>,
    /// The raw resource, indented for reading, exactly as received otherwise.
    pub raw: String,
    /// What in it could not be read, by path.
    pub issues: Vec<String>,
    /// Documents and pictures it holds.
    #[serde(default)]
    pub attachments: Vec<AttachmentView>,
}

/// What a document is, told from its first bytes and not only from what it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum AttachmentKind {
    /// A PDF, drawn page by page.
    Pdf,
    /// A picture that every web view draws.
    Image,
    /// Text, shown as original text.
    Text,
    /// Anything else, or nothing at all: `refusal` says what to do.
    Other,
}

/// A document or picture inside a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttachmentView {
    /// Its place among the resource's attachments, from 0.
    pub index: u32,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its title, or what it is.
    pub title: String,
    /// "PDF, 34 kB".
    pub words: String,
    /// Why it is not drawn and what to do instead; absent when it can be, or is text.
    pub refusal: Option<String>,
}

/// The bytes of one document, to be drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DocumentContent {
    /// `Type/id` of the resource that holds it.
    pub resource: String,
    /// What it is.
    pub kind: AttachmentKind,
    /// Media type as told from its bytes.
    pub media_type: String,
    /// The bytes, base64.
    pub data: String,
    /// Set on every answer that comes from the past, with the moment it was true at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub as_at: Option<AsAt>,
}
