//! From what was received to the rows of every screen.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{
    Arrival, FirstScreen, SourceState,
    allergies::{self, Allergies},
    banner::Identity,
    display::Moment,
    early_warning,
    fact::Subject,
    gaps::{self, Missing, NotShown},
    medicines,
    record::Record,
    results, safety,
    sections::{self, Screen},
    timeline,
    view::{
        CareSetting, Gap, GapReason, Gaps, Line, LineKind, MarkTone, Medicines, Overview, ResultSeries,
        Results, Sections, SourceRef,
    },
};

/// Lines of recent history on the first screen.
const RECENT: usize = 30;
/// Lines in the short cards of the overview at most.
const AT_A_GLANCE: usize = 12;

/// Problems, medicines and appointments on the first screen. Opening a record must not take longer the more there
/// is in it; the true counts stand beside the lists, and the whole lists one click away. Allergies, resuscitation
/// and alerts have no such limit: none may be missing from the first look.
const LISTED: usize = 50;

/// One patient's record, projected: rows for every screen, worded, free of the present moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// What the first screen needs.
    pub first: FirstScreen,
    /// Every event, newest first, in a total and stable order; empty where the rows were taken one by one
    /// ([`Unifier::finish_by_pieces`](crate::Unifier::finish_by_pieces)), as are the results and the sections then.
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

/// Takes what grows with the record, piece by piece as it is worded: first every row of the timeline, newest first; then
/// each screen of sections; then each series of the Results screen, in its order, and then its other lines.
pub trait Pieces {
    /// A row of the timeline.
    fn row(&mut self, row: TimelineRow);
    /// A screen that is a list of sections.
    fn sections(&mut self, screen: Screen, sections: Sections);
    /// A series of the Results screen.
    fn series(&mut self, series: ResultSeries);
    /// A line of the Results screen that is not a number.
    fn other_result(&mut self, line: Line);
}

/// A line of the timeline with what storage needs to order and find it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// The line as shown.
    pub line: Line,
    /// When it happened, in milliseconds since 1970; `i64::MIN` when not recorded. Newest first.
    pub sort_key: i64,
    /// For a partial date the last millisecond it can mean; `None` for a whole one.
    pub latest: Option<i64>,
    /// Organisations on the line, as named there.
    pub organisations: Vec<String>,
    /// Lines of the problems it is linked to by a reference; a problem is linked to itself.
    pub problems: Vec<String>,
    /// Words to find it by: everything on the line, its codes and their displays.
    pub search_text: String,
}

impl Projection {
    /// Every line of every screen, each once by id: what any id in a view model opens.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        let mut seen = HashSet::new();
        self.all_lines().filter(move |line| seen.insert(line.id.as_str()))
    }

    fn all_lines(&self) -> impl Iterator<Item = &Line> {
        let sections = [&self.summary, &self.documents, &self.plans, &self.people];
        self.timeline
            .iter()
            .map(|row| &row.line)
            .chain(&self.results.other)
            .chain(
                sections
                    .into_iter()
                    .flat_map(|s| &s.sections)
                    .flat_map(|s| &s.lines),
            )
    }
}

/// What everything received comes to, ready to be worded.
pub(crate) struct Unified {
    pub(crate) patient: String,
    pub(crate) identity: Identity,
    pub(crate) record: Record,
    pub(crate) not_shown: NotShown,
    /// How many resources were received.
    pub(crate) received: usize,
}

impl Unified {
    /// Words the record, handing each piece on as soon as it is worded.
    pub(crate) fn into_pieces(self, arrival: &Arrival, pieces: &mut impl Pieces) -> Projection {
        let Self {
            patient,
            identity,
            record,
            not_shown,
            received,
        } = self;
        let gaps = gaps::gaps(&record, &not_shown, arrival);
        let missing = gaps::missing(&gaps, &record);
        let allergies = allergies::allergies(&record, missing.allergies.as_deref());
        let medicines = medicines::medicines(&record, missing.medicines.as_deref());
        let shown_on = record.shown_on();
        let born = identity.born.as_deref().and_then(Moment::parse);
        let (early_warnings, early_warning_note) = early_warning::panels(&record, &shown_on, born.as_ref());
        let results::Screen {
            series,
            other,
            rest: mut results,
        } = results::results(&record, &shown_on, missing.anything.as_deref());
        drop(shown_on);
        (results.early_warnings, results.early_warning_note) = (early_warnings, early_warning_note);

        let first = Overviewed::of(&record);
        let mut told = Told::new(&record);
        let wanted_again: HashSet<usize> = other.iter().copied().collect();
        timeline::timeline(
            &record,
            &results::changes(&record, &series),
            &wanted_again,
            |one| {
                told.tell(&record, &first.booked_ids, &one);
                pieces.row(one);
            },
        );
        drop(wanted_again);
        let first = first_screen(
            patient, identity, &record, first, &mut told, &medicines, &allergies, &gaps, &missing, arrival,
        );
        let mut projection = Projection {
            first,
            timeline: Vec::new(),
            medicines: medicines.medicines,
            results,
            summary: Sections::default(),
            documents: Sections::default(),
            plans: Sections::default(),
            people: Sections::default(),
            gaps: Gaps::default(),
        };
        for screen in [Screen::Summary, Screen::Documents, Screen::Plans, Screen::People] {
            let sections = sections::sections(&record, screen, missing.anything.as_deref());
            for line in sections.sections.iter().flat_map(|section| &section.lines) {
                told.stands_behind(&record, &line.sources);
            }
            if screen == Screen::Plans {
                projection.first.overview.plans = plans_at_a_glance(&sections);
            }
            pieces.sections(screen, sections);
        }
        for one in series {
            pieces.series(one.worded(&record));
        }
        for cluster in other {
            let line = record.last_line(cluster);
            told.stands_behind(&record, &line.sources);
            pieces.other_result(line);
        }
        projection.gaps = account(&record, &projection, told, gaps, &not_shown, received);
        projection.first.gap_count = u32::try_from(projection.gaps.gaps.len()).unwrap_or(u32::MAX);
        projection
    }
}

/// What the other screens remember of a timeline whose rows have been given away.
struct Told {
    rows: usize,
    /// Lines received at each moment.
    received: BTreeMap<i64, u32>,
    /// The newest, without what is only booked.
    recent: Vec<Line>,
    /// The newest results that are marked as abnormal or to be checked.
    abnormal: Vec<Line>,
    /// For each fact, whether a line with its name has been behind any row.
    behind: Vec<bool>,
}

impl Told {
    fn new(record: &Record) -> Self {
        Self {
            rows: 0,
            received: BTreeMap::new(),
            recent: Vec::with_capacity(RECENT),
            abnormal: Vec::new(),
            behind: vec![false; record.facts.len()],
        }
    }

    fn tell(&mut self, record: &Record, booked: &HashSet<String>, row: &TimelineRow) {
        self.rows += 1;
        *self.received.entry(row.line.received_at as i64).or_default() += 1;
        if self.recent.len() < RECENT && !booked.contains(&row.line.id) {
            self.recent.push(row.line.clone());
        }
        if self.abnormal.len() < AT_A_GLANCE
            && row.line.kind == LineKind::Result
            && calls_for_a_look(&row.line)
        {
            self.abnormal.push(row.line.clone());
        }
        self.stands_behind(record, &row.line.sources);
    }

    fn stands_behind(&mut self, record: &Record, sources: &[SourceRef]) {
        for source in sources {
            if let Some(fact) = record.named(&source.resource) {
                self.behind[fact] = true;
            }
        }
    }
}

fn calls_for_a_look(line: &Line) -> bool {
    line.marks.iter().any(|mark| mark.tone != MarkTone::Note)
}

/// How to look after somebody, from the sections that say so, in the order it is needed at a bedside.
fn plans_at_a_glance(plans: &Sections) -> Vec<Line> {
    // About me, individual requirements, contingency and safety, care and support, additional support.
    const IN_ORDER: [u8; 5] = [3, 4, 35, 34, 36];
    IN_ORDER
        .iter()
        .flat_map(|number| {
            plans
                .sections
                .iter()
                .filter(move |section| section.number == *number)
        })
        .flat_map(|section| &section.lines)
        .take(AT_A_GLANCE)
        .cloned()
        .collect()
}

/// What stands on the first screen because of its kind, by cluster.
struct Overviewed {
    booked: Vec<(Option<i64>, usize)>,
    booked_ids: HashSet<String>,
    problems: Vec<(i64, usize)>,
}

impl Overviewed {
    fn of(record: &Record) -> Self {
        let mut booked: Vec<(Option<i64>, usize)> = Vec::new();
        let mut problems: Vec<(i64, usize)> = Vec::new();
        let mut booked_ids: HashSet<String> = HashSet::new();
        for cluster in record.roots() {
            let fact = record.primary(cluster);
            match fact.subject {
                Subject::Appointment { booked: true } => {
                    booked.push((fact.when.map(|m| m.earliest_millis()), cluster));
                    booked_ids.insert(fact.resource.clone());
                }
                Subject::Problem { active: true } => {
                    problems.push((fact.when.map_or(i64::MIN, |m| m.earliest_millis()), cluster));
                }
                _ => {}
            }
        }
        booked.sort();
        problems.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        Self {
            booked,
            booked_ids,
            problems,
        }
    }
}

#[allow(clippy::too_many_arguments)] // One call, gathering what the other screens made.
fn first_screen(
    patient: String,
    identity: Identity,
    record: &Record,
    standing: Overviewed,
    told: &mut Told,
    medicines: &medicines::Screen,
    allergies: &Allergies,
    gaps: &[Gap],
    missing: &Missing,
    arrival: &Arrival,
) -> FirstScreen {
    let Overviewed {
        booked,
        problems,
        booked_ids: _,
    } = standing;
    // The present is not known here, but it is never before the newest arrival: what was over by then stays over.
    let newest = record
        .facts
        .iter()
        .map(|fact| fact.received)
        .max()
        .unwrap_or(i64::MIN);
    let over = newest.saturating_sub(2 * 24 * 3_600_000);
    let coming: Vec<(Option<i64>, usize)> = booked
        .into_iter()
        .filter(|(at, _)| at.is_none_or(|at| at >= over))
        .take(LISTED)
        .collect();
    let problem_count = problems.len();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    FirstScreen {
        patient,
        banner: identity.banner,
        born: identity.born,
        died: identity.died,
        safety: safety::strip(record, allergies, &medicines.medicines, missing),
        overview: Overview {
            recent: std::mem::take(&mut told.recent),
            measurements: Vec::new(),
            medicines: medicines.by_danger().into_iter().take(LISTED).cloned().collect(),
            medicine_count: number(medicines.medicines.current.len()),
            medicines_to_check: number(medicines.to_check()),
            problem_count: number(problem_count),
            problems: problems
                .into_iter()
                .take(LISTED)
                .map(|(_, cluster)| record.line(cluster))
                .collect(),
            appointments: coming.iter().map(|(_, cluster)| record.line(*cluster)).collect(),
            allergies: allergies
                .active
                .iter()
                .map(|cluster| record.line(*cluster))
                .collect(),
            abnormal: std::mem::take(&mut told.abnormal),
            plans: Vec::new(),
        },
        appointment_times: coming.into_iter().map(|(at, _)| at).collect(),
        sources: sources(record, arrival),
        gap_count: number(gaps.len()),
        safety_gap: gaps.iter().any(|gap| gap.touches_safety),
        timeline_total: number(told.rows),
        received: std::mem::take(&mut told.received).into_iter().rev().collect(),
    }
}

/// What each setting contributes, then what failed or was withheld.
fn sources(record: &Record, arrival: &Arrival) -> Vec<SourceState> {
    let mut by_setting: BTreeMap<CareSetting, (i64, u32)> = BTreeMap::new();
    for (fact, setting) in record.facts.iter().zip(record.settings.iter()) {
        // The patient, people and places say nothing of how current a source is.
        if fact.event {
            let entry = by_setting.entry(setting.setting).or_insert((i64::MIN, 0));
            *entry = (entry.0.max(fact.received), entry.1 + 1);
        }
    }
    let mut sources: Vec<SourceState> = by_setting
        .into_iter()
        .map(|(setting, (newest, resources))| SourceState {
            setting,
            newest: Some(newest),
            resources,
            withheld: None,
            failed: None,
        })
        .collect();
    let part = |withheld: Option<String>, failed: Option<String>| SourceState {
        setting: CareSetting::NotStated,
        newest: None,
        resources: 0,
        withheld,
        failed,
    };
    if !arrival.failures.is_empty() {
        let what: Vec<&str> = arrival.failures.iter().map(|f| f.what.as_str()).collect();
        sources.push(part(None, Some(what.join("; "))));
    }
    if !arrival.withheld.is_empty() {
        let mut why: Vec<&str> = arrival.withheld.iter().map(|w| w.reason.as_str()).collect();
        why.dedup();
        sources.push(part(Some(why.join("; ")), None));
    }
    sources
}

/// Closes the books: every received resource is behind a line or named. Should a line ever be missing, the
/// resource is named here rather than lost.
fn account(
    record: &Record,
    projection: &Projection,
    mut told: Told,
    mut gaps: Vec<Gap>,
    not_shown: &NotShown,
    received: usize,
) -> Gaps {
    // Those of the pieces have been told already.
    for group in projection
        .medicines
        .current
        .iter()
        .chain(&projection.medicines.past)
    {
        told.stands_behind(record, &group.sources);
    }
    let lost: Vec<String> = record
        .facts
        .iter()
        .map(|fact| &fact.resource)
        .filter(|name| record.named(name).is_none_or(|first| !told.behind[first]))
        .cloned()
        .collect();
    let shown = record.facts.len() - lost.len();
    let named = not_shown.resources() + lost.len();
    if !lost.is_empty() {
        let count = u32::try_from(lost.len()).unwrap_or(u32::MAX);
        let items = lost.into_iter().take(50).collect();
        let text = "Resources that Curlew could not place on any screen".to_owned();
        gaps.push(Gap {
            reason: GapReason::NotDisplayed,
            text,
            count,
            items,
            touches_safety: true,
        });
    }
    gaps::counted_gaps(gaps, received, shown, named)
}
