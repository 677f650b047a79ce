//! Tolerant reading of FHIR R4 JSON into small structs.
//!
//! A shared care record is fed by dozens of systems, and bad data arrives from good servers. This crate reads
//! what they send so that **one bad element costs that element only**, and is named:
//!
//! ```
//! use curlew_fhir::{Resource, read_resource};
//!
//! let reading = read_resource(r#"{
//!     "resourceType": "AllergyIntolerance",
//!     "code": {"text": "Penicillin"},
//!     "recordedDate": "last spring"
//! }"#)?;
//! let Resource::AllergyIntolerance(allergy) = &reading.value else { panic!() };
//! assert_eq!(allergy.code.as_ref().and_then(|code| code.words()), Some("Penicillin"));
//! assert_eq!(reading.issues[0].path, "AllergyIntolerance.recordedDate");
//! # Ok::<(), curlew_fhir::ReadError>(())
//! ```
//!
//! # A tour
//!
//! * [`read_resource`] gives a [`Reading`]: a [`Resource`] and the [`Issue`]s found in it. It fails only where
//!   there is no resource at all, or more than the [limits](MAX_DEPTH) allow.
//! * [`ResourceReader`] does so for many, one after another, without asking for memory each time.
//! * [`read_header`] looks at the outside only: what storing, syncing and consent need to know.
//! * [`bundle::read_bundle`] takes a page apart into entries that borrow their JSON byte for byte.
//! * [`Base`] is what every resource has, among it the [`Modifier`]s and [`Absent`] values found anywhere inside.
//! * [`FhirDateTime`], [`Decimal`] and [`Value`] keep what was written: a partial date, the digits, the type
//!   that a key ends in.
//!
//! Inside, `tree` parses text into a flat list of nodes that borrow it, strictly by the grammar and without
//! judging values; `read` turns nodes into structs by field tables that are spelt as the specification spells
//! them, and never fails. An issue remembers a node; its path is worked out only if somebody asks.
//!
//! # Why not `fhir-sdk`
//!
//! A kept library was weighed, once, before this crate was begun: `fhir-sdk` 0.16 with its R4B types, Rust 1.95, two
//! cores. A clean release build of it took six minutes; it read a bundle in the time of `serde_json::from_str::<Value>`;
//! and of two collections of files, each read whole with `serde_json` into its types, it refused 135 of 887 from UK
//! profiles and 69 of 335 nasty ones for one bad element: an allergy lost because a date beside it is wrong. Those figures
//! are the weighing's own and no program here repeats them. Deriving `serde::Deserialize` has that flaw built in: a
//! mismatch leaves the parser in the middle of a value. It also reads `5.0` into the same number as `5`. So the structs are
//! ours: they hold what the screens show, and need no derive but their own. How fast they are read is measured again by
//! whoever asks: `cargo run --release -p curlew-tests --bin bench -- unify` prints it beside `serde_json::Value` on the same
//! bytes ("read only"; see `record`'s page for the last figures). How both collections are read is a test:
//! `tests/corpus.rs`.
//!
//! # Nasty cases
//!
//! What each looks like, and what is to be made of it. Words for the screen are `record`'s.
//!
//! | case | what the reader does |
//! |---|---|
//! | `modifierExtension`, `implicitRules` at any depth | in [`Base::modifiers`], with path and URL: the resource may mean something else, so it is shown with a warning, never alone |
//! | entered in error | [`Resource::entered_in_error`], whether by status or by verification status; kept, to be shown as a mistake |
//! | `not-done`, `not-taken`, `doNotPerform` | [`Resource::negated`]: shown as something that did *not* happen |
//! | a value of the wrong kind | lost and named; all else stands |
//! | a slip with one possible meaning: a lone item where a list belongs, a list of one where none does, `"5.0"` for `5.0` | read, and named with [`Issue::lost`] false |
//! | two values of one element (`onsetAge` and `onsetDateTime`, or a key twice) | the first is read, the second lost and named: which is right is not ours to say |
//! | `null`, or a key nobody knows | passed over: nothing readable is lost, and the raw resource is kept |
//! | a value that is absent for a reason (`_birthDate`) | in [`Base::absent`], with the reason; `masked` is not `unknown` |
//! | partial date | stays partial; [`FhirDateTime::earliest_utc`] sorts it, [`FhirDateTime::latest_utc`] ends it |
//! | a time without a zone, or without seconds | read; its [`FhirDateTime::offset`] is `None` |
//! | a day no calendar has, `14/07/1945` | lost and named, not guessed |
//! | `5.0`, `0.10`, `1e999` | kept as written in [`Decimal`] |
//! | units: UCUM code, printed unit, or neither | kept apart in [`Quantity`]; comparing is for `record`, and only by code |
//! | a choice of a type R4 does not allow there | read for what it says it is; a type Curlew does not take apart is [`Value::Other`] with its JSON |
//! | a reference by identifier or words only, `#contained`, `urn:uuid:` | [`Reference::target`]; resolving is for the caller |
//! | identities that conflict | read as sent; `record` compares them |
//! | a resource type Curlew does not know | [`Resource::Unknown`]: counted and listed |
//! | an escape that spells no character (`\ud800`) | that one text is lost |
//! | an entry that is not JSON inside a page that is | delimited by its brackets, handed over, refused alone |
//! | a page cut short | refused: it must be fetched again |
//! | nesting beyond [`MAX_DEPTH`], a million values, gigabytes | refused, in bounded memory and time |

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
pub use reference::{Target, without_version};
pub use resource::*;
pub use value::Value;

use read::{Element as _, Reader};
use tree::{Broken, Slots, Tree};

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
    ResourceReader::default().read(json)
}

/// Reads one resource after another, in the same memory. What it reads keeps nothing of it.
#[derive(Debug, Default)]
pub struct ResourceReader {
    slots: Slots,
}

impl ResourceReader {
    /// As [`read_resource`].
    ///
    /// # Errors
    /// Where there is no JSON object with a `resourceType`, or more of it than the limits allow.
    pub fn read(&mut self, json: &str) -> Result<Reading<Resource>, ReadError> {
        self.read_noting(json, |_| {})
    }

    /// As [`read`](Self::read), and shows what each `reference` in the text says, as written, wherever it stands: also in
    /// elements that are not read otherwise.
    ///
    /// # Errors
    /// As [`read`](Self::read); no reference is shown then.
    pub fn read_noting<'t>(
        &mut self,
        json: &'t str,
        reference: impl FnMut(&'t str),
    ) -> Result<Reading<Resource>, ReadError> {
        let tree = Tree::parse_in(json.strip_prefix('\u{feff}').unwrap_or(json), &mut self.slots)?;
        let root = tree.root();
        if root.kind() != tree::Kind::Object {
            return Err(ReadError::NotAnObject);
        }
        let mut reader = Reader::new(&tree);
        let value = Resource::read(root, &mut reader).ok_or(ReadError::NoResourceType)?;
        let issues = reader.into_issues();
        tree.references().for_each(reference);
        tree.give_back(&mut self.slots);
        Ok(Reading { value, issues })
    }
}
