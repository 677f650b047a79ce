//! The unified history of one patient across every care setting, worded for display.
//!
//! Everything clinical that a person reads in Curlew is worded here, once. The crate is pure: no I/O, no
//! clock (the present is an argument), no globals. Its input is the verbatim text of what was received,
//! its output the view models of [`view`], which screens, print and console only paint.
//!
//! The walk through the house:
//!
//! 1. [`project`] takes every [`Held`] resource of one patient and the [`Arrival`] (what failed, was
//!    withheld or could not be stored) and returns a [`Projection`]: rows for each screen, ready to store.
//!    Each resource is boiled down to a compact fact and its tree dropped; facts are then resolved against
//!    each other (organisations, practitioners, medicines), joined where they state the same thing, and placed.
//! 2. [`patient_view`] turns the stored [`FirstScreen`] into what is painted now: ages, freshness, what is new.
//! 3. [`source_view`] opens one line into the resources behind it.
//!
//! What is shown for data that misleads is told case by case in [`nasty_cases`].
//!
//! Three rules hold everywhere and are tested as properties:
//!
//! - **Nothing vanishes.** Every received resource is behind at least one line or is named in
//!   [`view::Gaps`]: `received == shown + named`.
//! - **Nothing is decided for the clinician.** Sources that disagree stay side by side, in words.
//! - **Order does not matter.** The same resources in any order give the same projection.
//!
//! # Speed and memory
//!
//! `cargo run --release -p curlew-tests --bin bench -- unify` measures, beside `serde_json::Value` on the same bytes.
//! The aim, to unify in no more time than that parse takes, is **not reached**. Shares below are of all samples taken
//! in unifying Synthea and bulk10 together, on a busy machine.
//!
//! | tried | share before | share after |
//! |---|---|---|
//! | joining by borrowed keys, no bucket for a lone fact, no second map of clusters; names found by digest instead of two copies of each; facts sorted by place, moved once; an encounter's origin lent, not copied (`Record::new`) | 15.7 % | 9.8 % |
//! | dates taken from what the reader understood instead of from their text, and written without `format!` (`facts`, part of `fact_of`) | `Draft::take` 10.7 % | 4.7 % |
//! | a tree's memory lent to the next one; resources read where they stay; room for as many items as there are (`read_resource`) | 0.89 of the `Value` parse | 0.80 |
//! | rows handed over as they are worded (`timeline`) | memory only | |
//!
//! What is left is spread: reading 26 %, wording the timeline 12 %, results 9 %, taking facts apart again 6 %, what must
//! not be seen at the bedside 5 %. Most of it is strings made and freed; lending the reader's text to facts would be next.
//!
//! [`Unifier`] needs no text after it was added, and reads again only look-alikes, so memory follows the facts and
//! not the documents.
//!
//! ```
//! use chrono::{TimeZone, Utc};
//! use curlew_record::{Arrival, Held, project};
//!
//! let received = Utc.with_ymd_and_hms(2026, 11, 23, 7, 41, 0).unwrap();
//! let patient = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Example","given":["Ada"]}]}"#;
//! let allergy = r#"{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},
//!   "clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"penicillin"}}"#;
//! let held = [patient, allergy].map(|raw| Held { raw, version_received: received });
//!
//! let record = project("p1", held, &Arrival::default());
//! assert_eq!(record.first.safety.allergy_heading, "Known allergies");
//! assert_eq!(record.gaps.received, record.gaps.shown + record.gaps.named);
//! ```

mod allergies;
pub mod as_at;
pub mod attachments;
mod banner;
pub mod bedside;
mod care_setting;
mod changes;
mod directory;
pub mod display;
mod early_warning;
mod fact;
mod facts;
mod few;
mod first_screen;
mod gaps;
mod held;
mod index;
mod joining;
mod links;
mod medicines;
mod narrative;
pub mod nasty_cases;
mod original_text;
mod projection;
mod record;
mod results;
mod resuscitation;
mod safety;
mod sections;
mod source;
mod timeline;
mod unifier;
pub mod view;

pub use changes::{ChangeCount, change_words};
pub use first_screen::{
    CaseloadSummary, CopyInfo, FirstScreen, SourceState, SummaryError, mark_new, patient_view,
    summary_of_patient,
};
pub use held::{Arrival, Failure, Held, Unreadable, Withheld};
pub use projection::{Projection, TimelineRow};
pub use sections::Role;
pub use source::{SourceInput, source_view};
pub use unifier::{Unifier, project};
