//! From what was received to the rows of every screen.

use serde::{Deserialize, Serialize};

use crate::{
    Arrival, FirstScreen, Held,
    view::{Gaps, Line, Medicines, Results, Sections},
};

/// One patient's record, projected: rows for every screen, worded, free of the present moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// What the first screen needs.
    pub first: FirstScreen,
    /// Every event, newest first, in a total and stable order.
    pub timeline: Vec<TimelineRow>,
    /// The Medicines screen.
    pub medicines: Medicines,
    /// The Results screen.
    pub results: Results,
    /// Problems, procedures, allergies, vaccinations, family and social history.
    pub summary: Sections,
    /// Correspondence, audio and images.
    pub documents: Sections,
    /// Plans, requests, end of life, legal, safeguarding, about me.
    pub plans: Sections,
    /// People, teams, organisations, services, appointments.
    pub people: Sections,
    /// What is not shown, and why.
    pub gaps: Gaps,
}

/// A line of the timeline with what storage needs to order and find it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// The line as shown.
    pub line: Line,
    /// When it happened, in milliseconds since 1970; `i64::MIN` when not recorded. Newest first.
    pub sort_key: i64,
    /// Words to find it by: everything on the line, its codes and their displays.
    pub search_text: String,
}

/// Projects every received resource of one patient.
///
/// `patient` is the server's logical id. The order of `held` does not matter. Each resource ends up behind
/// at least one line or named in [`Gaps`].
pub fn project<'a>(patient: &str, held: impl IntoIterator<Item = Held<'a>>, arrival: &Arrival) -> Projection {
    let _ = (patient, held.into_iter().count(), arrival);
    todo!("bodies follow within minutes")
}
