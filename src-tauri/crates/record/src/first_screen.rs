//! The first screen: stored free of the present moment, painted with it.

use chrono::{DateTime, Utc};
use curlew_fhir::{Resource, read_resource};
use serde::{Deserialize, Serialize};

use crate::{
    banner::{self, ADDRESS, GP_PRACTICE},
    care_setting::label,
    display::{self, Moment},
    measurements,
    view::{
        Banner, CareSetting, FreshnessState, LabelledText, Line, Overview, PatientView, SafetyStrip,
        SourceFreshness,
    },
};

/// How long a copy counts as fresh before its age is pointed out (domain facts, offline rules: 12 hours).
const FRESH_HOURS: i64 = 12;

/// Everything the first screen needs, free of "now", so that it can be stored at sync time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FirstScreen {
    /// Server's logical id of the patient.
    pub patient: String,
    /// The banner without its ages.
    pub banner: Banner,
    /// Date of birth as received, for the age.
    pub born: Option<String>,
    /// Date or date-time of death as received; empty when deceased at an unknown time.
    pub died: Option<String>,
    /// The safety strip.
    pub safety: SafetyStrip,
    /// The overview; its appointments are every booked one, and those in the future are chosen at view time.
    pub overview: Overview,
    /// When each of the overview's appointments is, in milliseconds since 1970, in the same order.
    pub appointment_times: Vec<Option<i64>>,
    /// Every care setting the record holds something from, with the newest arrival from it.
    pub sources: Vec<SourceState>,
    /// How many gaps there are.
    pub gap_count: u32,
    /// Whether a gap could hide an allergy or a medicine.
    pub safety_gap: bool,
    /// Lines in the whole timeline.
    pub timeline_total: u32,
    /// How many timeline lines were received at each moment (milliseconds since 1970), newest first.
    pub received: Vec<(i64, u32)>,
}

/// One source as the projection knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// Care setting of the source.
    pub setting: CareSetting,
    /// When the newest thing from it was received, in milliseconds since 1970.
    pub newest: Option<i64>,
    /// How many resources it contributes.
    pub resources: u32,
    /// Set when part of it is known to be withheld, in words.
    pub withheld: Option<String>,
    /// Set when fetching part of it failed, in words.
    pub failed: Option<String>,
}

/// What is known about this computer's copy when it is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyInfo {
    /// Last successful contact with the record for this patient.
    pub last_contact: Option<DateTime<Utc>>,
    /// Until when policy lets this copy be read.
    pub readable_until: Option<DateTime<Utc>>,
    /// It is shown as it was received and no copy is kept.
    pub only_shown: bool,
}

/// One row of the Today list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseloadSummary {
    /// `SMITH, John (Mr)`.
    pub name: String,
    /// `14-Jul-1945 (61y)`.
    pub born: String,
    /// Current gender, full word.
    pub gender: String,
    /// `943 476 5919` or "Not Known".
    pub nhs_number: String,
    /// Whether the patient has died.
    pub deceased: bool,
    /// Whether the record carries a restricted or sensitive flag.
    pub restricted: bool,
    /// Next booked appointment, in words.
    pub next_appointment: Option<String>,
    /// When that is, in milliseconds since 1970; none without an appointment, or for one whose day is not known.
    pub next_at: Option<i64>,
    /// Where they live and their GP practice, to tell two people of one name apart. Not for a list of many people, and none
    /// for somebody restricted, whose address is what is protected.
    pub tells_apart: Vec<LabelledText>,
}

/// A Patient resource could not be summarised.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// Not readable as a resource at all.
    #[error("the patient's details could not be read")]
    Unreadable,
    /// Some other type of resource.
    #[error("expected a Patient resource, got another type")]
    NotAPatient,
}

impl FirstScreen {
    /// The row of the Today list, as of `now`.
    pub fn caseload_summary(&self, now: DateTime<Utc>) -> CaseloadSummary {
        let next = self.appointments_from(now).next().map(|(at, line)| {
            let words = match &line.when_note {
                Some(note) => format!("{} {note}, {}", line.when, line.title),
                None => format!("{}, {}", line.when, line.title),
            };
            (words, at)
        });
        summary(&self.banner, self.born.as_deref(), now, next)
    }

    /// Booked appointments that have not passed, next first. One without a date is kept: it may be to come.
    fn appointments_from(&self, now: DateTime<Utc>) -> impl Iterator<Item = (Option<i64>, &Line)> {
        let today = now.timestamp_millis() - 24 * 3_600_000;
        let mut coming: Vec<(Option<i64>, &Line)> = self
            .overview
            .appointments
            .iter()
            .zip(&self.appointment_times)
            .filter(|(_, at)| at.is_none_or(|at| at >= today))
            // A day without a time lasts until its end; anything with a time is over once it has begun.
            .filter(|(line, at)| {
                let timed = line
                    .when_note
                    .as_deref()
                    .is_some_and(|note| note.as_bytes().get(2) == Some(&b':'));
                !timed || at.is_none_or(|at| at >= now.timestamp_millis())
            })
            .map(|(line, at)| (*at, line))
            .collect();
        let soonest = |at: Option<i64>| at.unwrap_or(i64::MAX);
        coming.sort_by(|a, b| soonest(a.0).cmp(&soonest(b.0)).then_with(|| a.1.id.cmp(&b.1.id)));
        coming.into_iter()
    }
}

fn summary(
    banner: &Banner,
    born: Option<&str>,
    now: DateTime<Utc>,
    next_appointment: Option<(String, Option<i64>)>,
) -> CaseloadSummary {
    let (next_appointment, next_at) = next_appointment.unzip();
    let tells_apart = banner
        .details
        .iter()
        .filter(|detail| !banner.restricted && matches!(detail.label.as_str(), ADDRESS | GP_PRACTICE));
    CaseloadSummary {
        name: banner.name.clone(),
        born: if banner.deceased {
            banner.born.clone()
        } else {
            born_with_age(banner, born, now)
        },
        gender: banner.gender.clone(),
        nhs_number: banner.nhs_number.clone(),
        deceased: banner.deceased,
        restricted: banner.restricted,
        next_appointment,
        next_at: next_at.flatten(),
        tells_apart: tells_apart.cloned().collect(),
    }
}

/// `14-Jul-1945 (61y)`: age in brackets after the date, no label (PAB, age rules).
fn born_with_age(banner: &Banner, born: Option<&str>, now: DateTime<Utc>) -> String {
    match born
        .and_then(Moment::parse)
        .and_then(|born| display::age(&born, now))
    {
        Some(age) => format!("{} ({age})", banner.born),
        None => banner.born.clone(),
    }
}

/// The first screen as painted at `now`: ages, freshness, what is new since `last_look`.
pub fn patient_view(
    first: &FirstScreen,
    now: DateTime<Utc>,
    copy: &CopyInfo,
    last_look: Option<DateTime<Utc>>,
) -> PatientView {
    let mut banner = first.banner.clone();
    if banner.deceased {
        banner.age_at_death = age_at_death(first.born.as_deref(), first.died.as_deref());
    } else {
        banner.born = born_with_age(&banner, first.born.as_deref(), now);
    }
    let mut overview = first.overview.clone();
    overview.appointments = first
        .appointments_from(now)
        .map(|(_, line)| line.clone())
        .collect();
    for lines in [
        &mut overview.recent,
        &mut overview.problems,
        &mut overview.appointments,
        &mut overview.allergies,
        &mut overview.abnormal,
        &mut overview.plans,
    ] {
        lines.iter_mut().for_each(|line| mark_new(line, last_look));
    }
    overview.measurements = measurements::of_contacts(&overview.recent);
    if let Some(look) = last_look {
        for group in &mut overview.medicines {
            group.is_new = group.received_at > look.timestamp_millis() as f64;
        }
    }
    let new_since = last_look.map(|look| {
        let after = look.timestamp_millis();
        let new: u32 = first
            .received
            .iter()
            .filter(|(at, _)| *at > after)
            .map(|(_, lines)| lines)
            .sum();
        LabelledText {
            label: if new == 0 {
                "Nothing new".to_owned()
            } else {
                format!("{new} new")
            },
            text: format!("since you last looked {}", Moment::Instant(look).text()),
        }
    });
    PatientView {
        patient: first.patient.clone(),
        banner,
        safety: first.safety.clone(),
        freshness: freshness(first, now, copy),
        gap_count: first.gap_count,
        overview,
        timeline_total: first.timeline_total,
        new_since,
        copy: copy_words(now, copy),
        emergency: None,
        not_kept: None,
        as_at: None,
        changed: Vec::new(),
    }
}

fn age_at_death(born: Option<&str>, died: Option<&str>) -> Option<String> {
    let (born, died) = (Moment::parse(born?)?, Moment::parse(died?)?);
    match died {
        Moment::Instant(at) => display::age(&born, at),
        // A partial date of death gives an age only where every day it can mean gives the same.
        _ => {
            let first = display::age_range(born.earliest_day()?, born.latest_day()?, died.earliest_day()?)?;
            let last = display::age_range(born.earliest_day()?, born.latest_day()?, died.latest_day()?)?;
            (first == last).then_some(first)
        }
    }
}

/// "Copy from 07:41 today, readable until 26-Nov-2026 07:41"; "Received 07:41 today, ..." where none is kept.
fn copy_words(now: DateTime<Utc>, copy: &CopyInfo) -> String {
    let begins = if copy.only_shown { "Received" } else { "Copy from" };
    let from = match copy.last_contact {
        Some(at) => {
            let (at, today) = (Moment::Instant(at), Moment::Instant(now));
            match (at.clock(), at.date_text() == today.date_text()) {
                (Some(clock), true) => format!("{begins} {clock} today"),
                _ => format!("{begins} {}", at.text()),
            }
        }
        None => "Copy of unknown age".to_owned(),
    };
    match copy.readable_until {
        Some(until) => format!("{from}, readable until {}", Moment::Instant(until).text()),
        None => from,
    }
}

/// How old the copy is: "25 min", "2 h", "3 d".
fn age_words(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    let lived = (now - then).max(chrono::TimeDelta::zero());
    match lived.num_minutes() {
        minutes @ 0..60 => format!("{minutes} min"),
        minutes @ 60..2880 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 1440),
    }
}

/// One entry a source: how long ago it was last asked, or why nothing can be said.
fn freshness(first: &FirstScreen, now: DateTime<Utc>, copy: &CopyInfo) -> Vec<SourceFreshness> {
    let (state, age) = match copy.last_contact {
        Some(at) if now - at <= chrono::TimeDelta::hours(FRESH_HOURS) => {
            (FreshnessState::Fresh, age_words(now, at))
        }
        Some(at) => (FreshnessState::Ageing, age_words(now, at)),
        None => (FreshnessState::Ageing, "age unknown".to_owned()),
    };
    let mut shown: Vec<SourceFreshness> = Vec::new();
    for source in &first.sources {
        let name = label(source.setting).to_owned();
        let entry = match (&source.failed, &source.withheld) {
            (Some(failed), _) => SourceFreshness {
                setting: source.setting,
                label: "Part of the record".to_owned(),
                state: FreshnessState::Failed,
                text: "did not arrive".to_owned(),
                explanation: failed.clone(),
            },
            (None, Some(withheld)) => SourceFreshness {
                setting: source.setting,
                label: "Part of the record".to_owned(),
                state: FreshnessState::NotShared,
                text: "not shared".to_owned(),
                explanation: withheld.clone(),
            },
            (None, None) => {
                let newest = source.newest.and_then(DateTime::from_timestamp_millis);
                let newest = newest.map(|at| format!(", the newest received {}", Moment::Instant(at).text()));
                SourceFreshness {
                    setting: source.setting,
                    label: name.clone(),
                    state,
                    text: age.clone(),
                    explanation: format!(
                        "{} from {}{}. This copy was last checked against the record {age} ago.",
                        if source.resources == 1 {
                            "1 item".to_owned()
                        } else {
                            format!("{} items", source.resources)
                        },
                        name,
                        newest.unwrap_or_default(),
                    ),
                }
            }
        };
        shown.push(entry);
    }
    for setting in [
        CareSetting::Gp,
        CareSetting::Acute,
        CareSetting::Community,
        CareSetting::MentalHealth,
        CareSetting::SocialCare,
        CareSetting::Ambulance,
    ] {
        if first.sources.iter().all(|s| s.setting != setting) {
            shown.push(SourceFreshness {
                setting,
                label: label(setting).to_owned(),
                state: FreshnessState::NotConnected,
                text: "nothing received".to_owned(),
                explanation: format!(
                    "Nothing was ever received from {}. That does not mean there is nothing.",
                    label(setting)
                ),
            });
        }
    }
    shown
}

/// A caseload row from the bare Patient resource, for people not yet held.
///
/// # Errors
/// When `raw` is not a readable Patient.
pub fn summary_of_patient(raw: &str, now: DateTime<Utc>) -> Result<CaseloadSummary, SummaryError> {
    Ok(ListedPatient::read(raw)?.caseload_summary(now))
}

/// Who somebody is by their Patient resource alone, free of "now": somebody of whom no record is held.
#[derive(Clone, PartialEq)]
pub struct ListedPatient {
    banner: Banner,
    born: Option<String>,
}

impl ListedPatient {
    /// Reads a Patient resource as listed.
    ///
    /// # Errors
    /// When `raw` is not a readable Patient.
    pub fn read(raw: &str) -> Result<Self, SummaryError> {
        let reading = read_resource(raw).map_err(|_| SummaryError::Unreadable)?;
        let Resource::Patient(patient) = &reading.value else {
            return Err(SummaryError::NotAPatient);
        };
        let identity = banner::identity(patient);
        Ok(Self {
            banner: identity.banner,
            born: identity.born,
        })
    }

    /// The banner without its ages.
    pub fn banner(&self) -> &Banner {
        &self.banner
    }

    /// The same, to be wiped.
    pub fn banner_mut(&mut self) -> &mut Banner {
        &mut self.banner
    }

    /// The row of the Today list, as of `now`.
    pub fn caseload_summary(&self, now: DateTime<Utc>) -> CaseloadSummary {
        summary(&self.banner, self.born.as_deref(), now, None)
    }
}

/// Marks `line` as new when it was received after `last_look`.
pub fn mark_new(line: &mut Line, last_look: Option<DateTime<Utc>>) {
    line.is_new = last_look.is_some_and(|look| line.received_at > look.timestamp_millis() as f64);
}
