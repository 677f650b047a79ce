//! What a screen shows: view models, already worded and formatted.
//!
//! The UI renders these and decides nothing clinical. Every type here has a TypeScript twin, generated
//! with `ts-rs` into `ui/src/lib/generated/` and checked for drift by `cargo verify`.
//!
//! Texts that depend on the present (ages, freshness) are made when a record is opened, never stored.

mod banner;
mod line;
mod medicines;
mod patient;
mod results;
mod source;
mod text;
mod timeline;

pub use banner::{AllergyState, Banner, FreshnessState, SafetyItem, SafetyStrip, SourceFreshness};
pub use line::{CareSetting, Dated, Line, LineKind, SettingView, SourceRef};
pub use medicines::{MedicineChange, MedicineGroup, MedicineSpan, Medicines};
pub use patient::{
    AsAt, ContactMeasurements, EmergencyAccess, Gap, GapReason, Gaps, Overview, OverviewCard, PatientView,
    Section, Sections,
};
pub use results::{EarlyWarning, EarlyWarningPart, ResultPoint, ResultSeries, Results};
pub use source::{AttachmentKind, AttachmentView, DocumentContent, SourceResource, SourceView};
pub use text::{LabelledText, Mark, MarkTone, RichText, Span, SpanStyle};
pub use timeline::{
    FacetCount, TimelineFilter, TimelineGroup, TimelineGroups, TimelineIndex, TimelinePage, YearMark,
};
