//! How much the reader takes on, so that hostile text costs bounded memory and time.
//!
//! The figures sit well above anything seen in real records (a scanned letter held inside a `Binary`, a whole
//! patient of 27,000 entries in 69 MiB) and well below what would hurt a four-year-old laptop.

/// The longest text of one resource: 64 MiB.
pub const MAX_RESOURCE_BYTES: usize = 64 << 20;

/// The longest text of one bundle: 1 GiB.
pub const MAX_BUNDLE_BYTES: usize = 1 << 30;

/// The deepest nesting of objects and lists in one resource. Eight levels of extension inside four levels of
/// questionnaire items inside a contained resource stay below it.
pub const MAX_DEPTH: usize = 96;

/// The most values (keys included) in one resource.
pub const MAX_VALUES: usize = 1 << 21;

/// The most entries in one bundle.
pub const MAX_ENTRIES: usize = 500_000;

/// The most problems described one by one; those beyond are counted in a last line.
pub const MAX_ISSUES: usize = 200;
