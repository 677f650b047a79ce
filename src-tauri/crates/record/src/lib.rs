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
//! The aim is to unify in no more time than that parse takes; the last figures, and how near they come, are in the closing
//! note of the session that took them. On a busy machine times say little, and instructions say nearly as much: those below
//! were counted with `valgrind --tool=callgrind` around [`project`], in millions, for 25 patients of Synthea (8,741
//! resources) and for the 13 of bulk10 (6,987). What is unified was the same to the byte before and after.
//!
//! | done | Synthea | bulk10 |
//! |---|---|---|
//! | before | 1,097 | 1,263 |
//! | strings and white space looked at eight characters at a time; references to problems noticed by the reader instead of looked for in the text; courses of one medicine compared without copies; what must not be seen at the bedside asked once of a fact, all words in one walk | 822 | 802 |
//! | lists that are nearly always empty as large as a pointer; words that many facts say kept once | 834 | 769 |
//!
//! What is left in Synthea is spread: reading three fifths, facts 14 %, wording 23 %. Half of the wording and of the facts
//! is strings made and freed; lending the reader's text to facts would be next.
//!
//! [`Unifier`] needs no text after it was added, and reads again only look-alikes, so memory follows the facts and
//! not the documents. Of 50,000 made-up resources it gathers 52 MiB (it was 75) and takes 100 MiB at most (it was 139), their
//! points of results, 12 MiB, and their titles and details among it.
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

mod alike;
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
mod measurements;
mod medicines;
mod narrative;
pub mod nasty_cases;
mod original_text;
mod projection;
mod record;
mod repeated;
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
    CaseloadSummary, CopyInfo, FirstScreen, ListedPatient, SourceState, SummaryError, mark_new, patient_view,
    summary_of_patient,
};
pub use held::{Arrival, Failure, Held, Unreadable, Withheld};
pub use projection::{Pieces, Projection, TimelineRow};
pub use sections::{Role, Screen};
pub use source::{SourceInput, source_view};
pub use unifier::{Unifier, project};
