//! From what was received to the rows of every screen.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use curlew_fhir::{Patient, Reading, Resource, read_header, read_resource};
use serde::{Deserialize, Serialize};

use crate::{
    Arrival, FirstScreen, Held, SourceState,
    allergies::{self, Allergies},
    banner::{self, Identity},
    directory::{Place, place_of},
    display::Moment,
    early_warning,
    fact::{Fact, Named, Subject, concept_words},
    facts::fact_of,
    gaps::{self, Missing, NotShown},
    medicines,
    record::Record,
    results, safety,
    sections::{self, Screen},
    timeline,
    view::{CareSetting, Gap, GapReason, Gaps, Line, Medicines, Overview, Results, Sections},
};

/// Lines of recent history on the first screen.
const RECENT: usize = 30;

/// Problems, medicines and appointments on the first screen. Opening a record must not take longer the more there
/// is in it; the true counts stand beside the lists, and the whole lists one click away. Allergies, resuscitation
/// and alerts have no such limit: none may be missing from the first look.
const LISTED: usize = 50;

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

/// Projects every received resource of one patient.
///
/// `patient` is the server's logical id; when it is empty no resource is checked for being about somebody
/// else. The order of `held` does not matter. Each resource ends up behind at least one line or named in
/// [`Gaps`].
pub fn project<'a>(patient: &str, held: impl IntoIterator<Item = Held<'a>>, arrival: &Arrival) -> Projection {
    let mut reading = Received::default();
    for one in held {
        reading.take(one, patient);
    }
    let Received {
        received,
        facts,
        places,
        mut not_shown,
        mut patients,
    } = reading;
    patients.sort_by(|a, b| a.0.cmp(&b.0));
    let own = own_ids(patient, &patients);
    let (facts, others): (Vec<_>, Vec<_>) = facts.into_iter().partition(|entry| is_about(entry, &own));
    not_shown
        .other_patient
        .extend(others.into_iter().map(|entry| entry.fact.resource));
    let mut facts: Vec<Fact<'a>> = facts.into_iter().map(|entry| entry.fact).collect();

    let patient_resource = patients.iter().find(|(id, _)| id == patient).or_else(|| {
        // Without a known id the only Patient is the one meant.
        if patient.is_empty() {
            patients.first()
        } else {
            None
        }
    });
    let identity = patient_resource.map_or_else(banner::unknown, |(_, patient)| banner::identity(patient));
    if let Some((_, patient)) = patient_resource {
        place_general_practice(&mut facts, patient);
    }

    let record = Record::new(facts, places);
    let gaps = gaps::gaps(&record, &not_shown, arrival);
    let missing = gaps::missing(&gaps, &record);
    let allergies = allergies::allergies(&record, missing.allergies.as_deref());
    let medicines = medicines::medicines(&record, missing.medicines.as_deref());
    let shown_on = record.shown_on();
    let mut results = results::results(&record, &shown_on, missing.anything.as_deref());
    let born = identity.born.as_deref().and_then(Moment::parse);
    (results.early_warnings, results.early_warning_note) =
        early_warning::panels(&record, &shown_on, born.as_ref());
    let timeline = timeline::timeline(&record, &results::changes(&results));
    let first = first_screen(
        patient, identity, &record, &timeline, &medicines, &allergies, &gaps, &missing, arrival,
    );
    let of = |screen| sections::sections(&record, screen, missing.anything.as_deref());
    let mut projection = Projection {
        first,
        timeline,
        medicines: medicines.medicines,
        results,
        summary: of(Screen::Summary),
        documents: of(Screen::Documents),
        plans: of(Screen::Plans),
        people: of(Screen::People),
        gaps: Gaps::default(),
    };
    projection.gaps = account(&record, &projection, gaps, &not_shown, received);
    projection.first.gap_count = u32::try_from(projection.gaps.gaps.len()).unwrap_or(u32::MAX);
    projection
}

/// A fact with the patient it says it is about.
struct Entry<'a> {
    fact: Fact<'a>,
    about: Option<Named>,
}

/// What reading gathers.
#[derive(Default)]
struct Received<'a> {
    received: usize,
    facts: Vec<Entry<'a>>,
    places: Vec<(String, Vec<String>, Place)>,
    not_shown: NotShown,
    patients: Vec<(String, Patient)>,
}

impl<'a> Received<'a> {
    fn take(&mut self, held: Held<'a>, patient: &str) {
        self.received += 1;
        let reading = match read_resource(held.raw) {
            Ok(reading) => reading,
            Err(error) => {
                let name = read_header(held.raw)
                    .map(|header| format!("{}/{}", header.resource_type, header.id))
                    .unwrap_or_else(|_| format!("resource of {} characters", held.raw.len()));
                return self.not_shown.unreadable.push(format!("{name}: {error}"));
            }
        };
        let name = self.note_issues(held.raw, &reading);
        let resource = &reading.value;
        if resource.entered_in_error() {
            return self.not_shown.entered_in_error.push(name);
        }
        match resource {
            Resource::OperationOutcome(outcome) => {
                let said: Vec<String> = outcome
                    .issue
                    .iter()
                    .filter_map(|issue| {
                        issue
                            .details
                            .as_ref()
                            .and_then(concept_words)
                            .or_else(|| issue.diagnostics.clone())
                    })
                    .collect();
                let said = if said.is_empty() {
                    "something went wrong, without saying what".to_owned()
                } else {
                    said.join("; ")
                };
                return self.not_shown.outcomes.push((name, said));
            }
            Resource::Unknown(_) | Resource::AuditEvent(_) | Resource::Bundle(_) | Resource::Group(_) => {
                return self.not_shown.not_displayed.push(name);
            }
            Resource::Patient(it) => {
                let id = it.base.id.clone().unwrap_or_else(|| patient.to_owned());
                self.patients.push((id, (**it).clone()));
            }
            _ => {}
        }
        let about = match resource {
            Resource::Patient(it) => it.base.id.as_ref().map(|id| Named {
                key: Some(format!("Patient/{id}")),
                words: None,
            }),
            other => other.subject().map(Named::of),
        };
        // Only what has no id needs a number, and to make one the whole text is read again.
        let place = match resource.id() {
            Some(_) => 0,
            None => stable_number(held.raw),
        };
        let fact = fact_of(held, place, &reading);
        if let Some(place) = place_of(resource) {
            self.places
                .push((fact.resource.clone(), fact.identifiers.clone(), place));
        }
        self.facts.push(Entry { fact, about });
    }

    /// Notes what in a resource could not be read or is masked; returns what the resource is called.
    fn note_issues(&mut self, raw: &str, reading: &Reading<Resource>) -> String {
        let resource = &reading.value;
        let kind = resource.resource_type();
        let name = match resource.id() {
            Some(id) => format!("{kind}/{id}"),
            None => format!("{kind}/(no id)#{}", stable_number(raw)),
        };
        for issue in &reading.issues {
            let path = issue.path.strip_prefix(kind).unwrap_or(&issue.path);
            self.not_shown
                .elements
                .push((kind.to_owned(), format!("{name}{path}: {}", issue.problem)));
        }
        for absent in resource
            .base()
            .absent
            .iter()
            .filter(|absent| absent.reason == "masked")
        {
            let path = absent.path.strip_prefix(kind).unwrap_or(&absent.path);
            self.not_shown.masked.push(format!("{name}{path}"));
        }
        name
    }
}

/// A number for a resource without an id that does not depend on where it stood.
fn stable_number(raw: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    raw.hash(&mut hasher);
    (hasher.finish() & 0xffff_ffff) as usize
}

/// The patient's own id, and those of records that were merged into this one or it into them.
fn own_ids(patient: &str, patients: &[(String, Patient)]) -> HashSet<String> {
    let mut own = HashSet::new();
    if patient.is_empty() {
        return own;
    }
    own.insert(patient.to_owned());
    for (_, held) in patients.iter().filter(|(id, _)| id == patient) {
        let merged = held
            .link
            .iter()
            .filter(|l| matches!(l.type_.as_deref(), Some("replaces" | "replaced-by")));
        own.extend(
            merged
                .filter_map(|l| l.other.as_ref()?.id_of("Patient"))
                .map(str::to_owned),
        );
    }
    own
}

/// Whether a fact is this patient's, or about nobody in particular. A record shown under the wrong name is the
/// worst a viewer can do: what names another patient is named in the gaps instead.
fn is_about(entry: &Entry<'_>, own: &HashSet<String>) -> bool {
    let Some(key) = entry.about.as_ref().and_then(|about| about.key.as_deref()) else {
        return true;
    };
    match key
        .strip_prefix("Patient/")
        .or_else(|| key.strip_prefix("urn:uuid:"))
    {
        Some(id) => own.is_empty() || own.contains(id),
        None => true,
    }
}

/// The practice and practitioner that the patient names stand under "GP practice".
fn place_general_practice(facts: &mut [Fact<'_>], patient: &Patient) {
    let named: Vec<String> = patient
        .general_practitioner
        .iter()
        .filter_map(|r| Named::of(r).key)
        .collect();
    for fact in facts {
        let own = crate::directory::keys(&fact.resource, &fact.identifiers);
        if own.iter().any(|key| named.contains(key)) {
            fact.section = 2;
        }
    }
}

#[allow(clippy::too_many_arguments)] // One call, gathering what the other screens made.
fn first_screen(
    patient: &str,
    identity: Identity,
    record: &Record<'_>,
    timeline: &[TimelineRow],
    medicines: &medicines::Screen,
    allergies: &Allergies,
    gaps: &[Gap],
    missing: &Missing,
    arrival: &Arrival,
) -> FirstScreen {
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
    let mut received: BTreeMap<i64, u32> = BTreeMap::new();
    for row in timeline {
        *received.entry(row.line.received_at as i64).or_default() += 1;
    }
    FirstScreen {
        patient: patient.to_owned(),
        banner: identity.banner,
        born: identity.born,
        died: identity.died,
        safety: safety::strip(record, allergies, &medicines.medicines, missing),
        overview: Overview {
            recent: timeline
                .iter()
                .map(|row| &row.line)
                .filter(|line| !booked_ids.contains(&line.id))
                .take(RECENT)
                .cloned()
                .collect(),
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
        },
        appointment_times: coming.into_iter().map(|(at, _)| at).collect(),
        sources: sources(record, arrival),
        gap_count: number(gaps.len()),
        safety_gap: gaps.iter().any(|gap| gap.touches_safety),
        timeline_total: number(timeline.len()),
        received: received.into_iter().rev().collect(),
    }
}

/// What each setting contributes, then what failed or was withheld.
fn sources(record: &Record<'_>, arrival: &Arrival) -> Vec<SourceState> {
    let mut by_setting: BTreeMap<CareSetting, (i64, u32)> = BTreeMap::new();
    for (fact, setting) in record.facts.iter().zip(&record.settings) {
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
    record: &Record<'_>,
    projection: &Projection,
    mut gaps: Vec<Gap>,
    not_shown: &NotShown,
    received: usize,
) -> Gaps {
    let mut behind: HashSet<&str> = projection
        .all_lines()
        .flat_map(|l| &l.sources)
        .map(|s| s.resource.as_str())
        .collect();
    for group in projection
        .medicines
        .current
        .iter()
        .chain(&projection.medicines.past)
    {
        behind.extend(group.sources.iter().map(|s| s.resource.as_str()));
    }
    let lost: Vec<String> = record
        .facts
        .iter()
        .map(|fact| &fact.resource)
        .filter(|resource| !behind.contains(resource.as_str()))
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
