//! Tolerant reading of FHIR R4 JSON into small structs.

mod datatypes;
mod date_time;
mod decimal;
mod header;
mod limits;
mod read;
mod reference;
mod resource;
mod scan;
mod skim;
mod tree;
mod value;

pub mod bundle;

pub use datatypes::*;
pub use date_time::{FhirDateTime, Precision};
pub use decimal::Decimal;
pub use header::{Header, read_header};
pub use limits::*;
pub use read::{Absent, Issue, Modifier};
pub use reference::Target;
pub use resource::*;
pub use value::Value;

use read::{Element as _, Reader};
use tree::{Broken, Tree};

/// What was read, and what could not be.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<T> {
    /// What was read.
    pub value: T,
    /// What could not be, element by element.
    pub issues: Vec<Issue>,
}

/// Why nothing could be read at all. Says nothing of what the text holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Not JSON.
    #[error("not JSON: it goes wrong at byte {at}")]
    NotJson {
        /// Where it was noticed.
        at: usize,
    },
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// Nothing says what it is.
    #[error("no resource type")]
    NoResourceType,
    /// Something else where a bundle was expected.
    #[error("not a Bundle")]
    NotABundle {
        /// The type it says it is.
        found: String,
    },
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Larger than [`MAX_RESOURCE_BYTES`], [`MAX_VALUES`], [`MAX_BUNDLE_BYTES`] or [`MAX_ENTRIES`] allow.
    #[error("larger than this program takes on")]
    TooLarge,
}

impl From<Broken> for ReadError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Syntax { at } => Self::NotJson { at },
            Broken::TooDeep => Self::TooDeep,
            Broken::TooLarge => Self::TooLarge,
        }
    }
}

/// Reads one resource.
///
/// Fails only where there is no JSON object with a `resourceType`, or more of it than the limits allow.
/// Whatever else is wrong costs the element it stands in, and is named in [`Reading::issues`].
pub fn read_resource(json: &str) -> Result<Reading<Resource>, ReadError> {
    let tree = Tree::parse(json.strip_prefix('\u{feff}').unwrap_or(json))?;
    let root = tree.root();
    if root.kind() != tree::Kind::Object {
        return Err(ReadError::NotAnObject);
    }
    let mut reader = Reader::new(&tree);
    let value = Resource::read(root, &mut reader).ok_or(ReadError::NoResourceType)?;
    Ok(Reading {
        value,
        issues: reader.into_issues(),
    })
}
