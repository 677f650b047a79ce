//! How a medicine changed over time, as each source tells it: started, dose changed, stopped, started again.
//!
//! Only what a source states is told. The day of a prescription is when it was prescribed, not when the first
//! tablet was taken; what is only said to be taken on a day was "recorded as taken" then; an end that nobody
//! dated has no date. Doses are compared as the words they are shown in, never computed.

use std::collections::BTreeSet;

use chrono::{DateTime, Months};

use super::{
    Entry,
    group::Group,
    voice::{Voice, ended_before_start},
};
use crate::{
    display::{self, Moment, plain, strong},
    fact::{MedicineFact, MedicineRole, Phase},
    record::Record,
    view::{Dated, MedicineChange, MedicineSpan, RichText},
};

/// What a dose nobody states is called.
const NO_DOSE: &str = "dose not stated";

impl Group<'_> {
    /// What changed over time, newest first; what has no date stands first, where it is seen.
    pub(super) fn changes(&self, record: &Record) -> Vec<MedicineChange> {
        let mut changes: Vec<MedicineChange> = Vec::new();
        // Beside a prescription the first supply and the first dose say only how far back the record goes.
        let alone = self.voices.iter().all(|voice| voice.deciding.is_empty());
        for voice in &self.voices {
            let mut told = Telling {
                record,
                voice,
                changes: Vec::new(),
            };
            told.courses();
            for role in [MedicineRole::Issue, MedicineRole::Dispense] {
                told.supplies(self.of(voice, role), role, alone);
            }
            if alone || !self.given_after_stop.is_empty() {
                told.doses_given(self.of(voice, MedicineRole::Administration));
            }
            changes.append(&mut told.changes);
        }
        changes.sort_by(|a, b| {
            let key = |c: &MedicineChange| c.when.as_ref().map_or(f64::INFINITY, |when| when.from);
            key(b).total_cmp(&key(a))
        });
        changes
    }

    /// Every course any source states, newest start first. A statement received twice is one course.
    pub(super) fn spans(&self, record: &Record) -> Vec<MedicineSpan> {
        let mut spans: Vec<MedicineSpan> = Vec::new();
        for voice in &self.voices {
            for entry in &voice.deciding {
                let span = span(record, voice, entry);
                if !spans.iter().any(|other| same_span(other, &span)) {
                    spans.push(span);
                }
            }
        }
        spans.sort_by(|a, b| {
            let key = |s: &MedicineSpan| s.start.as_ref().map_or(f64::INFINITY, |start| start.from);
            key(b).total_cmp(&key(a))
        });
        spans
    }

    /// What one voice says in one role, oldest first.
    fn of(&self, voice: &Voice<'_>, role: MedicineRole) -> Vec<&Entry<'_>> {
        let said: BTreeSet<usize> = voice.said.iter().copied().collect();
        let entries = self.entries.iter().rev();
        entries
            .filter(|e| e.medicine.role == role && said.contains(&e.index))
            .collect()
    }
}

/// One source, telling its part.
struct Telling<'t, 'r> {
    record: &'t Record,
    voice: &'t Voice<'r>,
    changes: Vec<MedicineChange>,
}

impl Telling<'_, '_> {
    fn tell(&mut self, entry: &Entry<'_>, when: Option<Moment>, words: RichText) {
        let mut says = vec![plain(format!("{}: ", self.voice.name))];
        says.extend(words);
        self.changes.push(MedicineChange {
            when: when.map(|m| dated(&m)),
            when_text: when.map_or_else(|| "Date not recorded".to_owned(), |m| m.date_text()),
            says,
            setting: self.voice.setting,
            resource: self.record.facts[entry.index].resource.clone(),
        });
    }

    /// Prescriptions and statements in the order of their dates. What has no date cannot be put in an order, and is
    /// compared with nothing.
    fn courses(&mut self) {
        // A statement received twice is one: the copy is no second course.
        let mut courses: Vec<(Entry<'_>, String)> = Vec::new();
        for course in self.voice.deciding.iter().rev() {
            let now = shown(course.medicine, course);
            let told = |(other, then): &(Entry<'_>, String)| same_course(other, course) && *then == now;
            if !courses.iter().any(told) {
                courses.push((*course, now));
            }
        }
        let mut before: Option<(Entry<'_>, String)> = None;
        let mut ends: Vec<Entry<'_>> = Vec::new();
        for (course, now) in courses {
            let this = (course, now.clone());
            match before.as_ref().filter(|_| course.when.is_some()) {
                None if only_over(self.record, &course) => {}
                None => self.tell(
                    &course,
                    course.when,
                    vec![plain(format!("{} ", verb(course.medicine))), strong(now)],
                ),
                Some((last, was)) => {
                    let over = !last.medicine.phase.is_current();
                    let gap = over && ended_before_start(last.medicine.ended, course.when);
                    if gap {
                        self.tell(&course, course.when, vec![plain("started again: "), strong(now)]);
                    } else {
                        // One course runs into the next: the end of the first is no stop, unless it says why.
                        let told = last.medicine.ended.is_none() && last.medicine.reason.is_some();
                        ends.retain(|ended| told || ended.index != last.index);
                        if *was != now {
                            let was = strong(was.clone());
                            let words = vec![plain("changed from "), was, plain(" to "), strong(now)];
                            self.tell(&course, course.when, words);
                        } else if over && last.medicine.ended.is_none() {
                            self.tell(
                                &course,
                                course.when,
                                vec![plain("prescribed again: "), strong(now)],
                            );
                        }
                    }
                }
            }
            if !course.medicine.phase.is_current() || course.medicine.phase == Phase::Suspended {
                ends.push(course);
            }
            if course.when.is_some() {
                before = Some(this);
            }
        }
        for course in ends {
            let when = end_date(self.record, &course);
            let mut words = vec![strong(end_word(&course.medicine.phase))];
            if only_over(self.record, &course) {
                words.push(plain(format!(": {}", shown(course.medicine, &course))));
            }
            words.extend(
                course
                    .medicine
                    .reason
                    .as_ref()
                    .map(|why| plain(format!(", reason: {why}"))),
            );
            if when.is_none() {
                words.extend(
                    course
                        .when
                        .map(|m| plain(format!(" ({} {})", verb(course.medicine), m.date_text()))),
                );
            }
            self.tell(&course, when, words);
        }
    }

    /// Issues or supplies: the first where nobody prescribed (`alone`), then only what changed in their words.
    fn supplies(&mut self, supplies: Vec<&Entry<'_>>, role: MedicineRole, alone: bool) {
        let word = if role == MedicineRole::Issue {
            "issue"
        } else {
            "supply"
        };
        let mut before: Option<String> = None;
        for supply in supplies {
            if supply.when.is_none() || supply.medicine.phase == Phase::Discontinued {
                continue;
            }
            let now = shown(supply.medicine, supply);
            match &before {
                None if alone => {
                    self.tell(
                        supply,
                        supply.when,
                        vec![
                            plain(format!("first {word} in this record: ")),
                            strong(now.clone()),
                        ],
                    );
                }
                Some(was) if *was != now => {
                    let words = vec![
                        plain(format!("{word} changed from ")),
                        strong(was.clone()),
                        plain(" to "),
                        strong(now.clone()),
                    ];
                    self.tell(supply, supply.when, words);
                }
                _ => {}
            }
            before = Some(now);
        }
    }

    /// Doses given, where nobody prescribed or somebody stopped it: the first and the latest.
    fn doses_given(&mut self, given: Vec<&Entry<'_>>) {
        let given: Vec<&Entry<'_>> = given
            .into_iter()
            .filter(|e| e.when.is_some() && e.medicine.phase != Phase::NotTaken)
            .collect();
        let Some((first, rest)) = given.split_first() else {
            return;
        };
        let dose = shown(first.medicine, first);
        self.tell(
            first,
            first.when,
            vec![plain("first dose in this record: "), strong(dose)],
        );
        if let Some(last) = rest.last() {
            let dose = shown(last.medicine, last);
            self.tell(
                last,
                last.when,
                vec![plain("latest dose in this record: "), strong(dose)],
            );
        }
    }
}

/// The product and its dose in words, as it is compared and shown.
fn shown(medicine: &MedicineFact, entry: &Entry<'_>) -> String {
    let dose = entry.dose_words();
    let dose = if dose.is_empty() { NO_DOSE.to_owned() } else { dose };
    format!("{}, {dose}", display::drug_name(&medicine.product.name))
}

/// Whether two statements say the same of one course, but for the medicine and its dose.
fn same_course(a: &Entry<'_>, b: &Entry<'_>) -> bool {
    let said = |e: &Entry<'_>| (e.when, e.medicine.ended);
    said(a) == said(b) && a.medicine.reason == b.medicine.reason && a.medicine.phase == b.medicine.phase
}

/// Whether two spans are drawn alike, whatever stands behind them. Dates are asked first: they differ soonest.
fn same_span(a: &MedicineSpan, b: &MedicineSpan) -> bool {
    let MedicineSpan {
        resource: _,
        setting,
        source,
        status,
        current,
        dose,
        start,
        start_text,
        end,
        end_text,
    } = a;
    *start == b.start
        && *end == b.end
        && *start_text == b.start_text
        && *end_text == b.end_text
        && *setting == b.setting
        && *source == b.source
        && *status == b.status
        && *current == b.current
        && *dose == b.dose
}

/// A statement that something is over, which says nothing of when it began: no period, one of a single day, or one
/// that opens on the day of saying so.
fn only_over(record: &Record, course: &Entry<'_>) -> bool {
    let medicine = course.medicine;
    let day = |moment: Option<Moment>| moment.and_then(|m| m.day());
    let said = medicine.ended.or(record.facts[course.index].recorded);
    let one_day = said.is_some() && day(said) == day(course.when);
    medicine.role == MedicineRole::Statement
        && !medicine.phase.is_current()
        && (!medicine.has_period || one_day)
}

/// How a course begins, as far as its source says.
fn verb(medicine: &MedicineFact) -> &'static str {
    match (medicine.role, &medicine.phase) {
        (_, Phase::NotStarted) => "planned, not started",
        (MedicineRole::Statement, Phase::NotTaken) => "recorded",
        (MedicineRole::Statement, _) if medicine.has_period => "started",
        (MedicineRole::Statement, phase) if phase.is_current() => "recorded as taken",
        (MedicineRole::Statement, _) => "recorded",
        _ => "prescribed",
    }
}

fn end_word(phase: &Phase) -> &'static str {
    match phase {
        Phase::Completed => "course completed",
        Phase::NotTaken => "recorded as not taken",
        Phase::Suspended => "on hold",
        _ => "stopped",
    }
}

/// When a course ended. Without an end the day on which somebody said so is the nearest that is known, but only of a
/// statement: a prescription's day is when it began.
fn end_date(record: &Record, course: &Entry<'_>) -> Option<Moment> {
    let medicine = course.medicine;
    if medicine.phase == Phase::Suspended {
        return None;
    }
    medicine.ended.or_else(|| match medicine.role {
        MedicineRole::Statement if medicine.has_period => record.facts[course.index].recorded,
        MedicineRole::Statement => course.when,
        _ => None,
    })
}

fn span(record: &Record, voice: &Voice<'_>, course: &Entry<'_>) -> MedicineSpan {
    let medicine = course.medicine;
    let current = medicine.phase.is_current();
    let dose = course.dose_words();
    let end = if current {
        medicine.ended
    } else {
        end_date(record, course)
    };
    let end_text = match (current, &end) {
        (true, Some(end)) => format!("planned until {}", end.date_text()),
        (true, None) => "no end recorded".to_owned(),
        (false, Some(end)) if medicine.ended.is_none() => format!(
            "{} by {}, when it was recorded",
            end_word(&medicine.phase),
            end.date_text()
        ),
        (false, Some(end)) => format!("{} {}", end_word(&medicine.phase), end.date_text()),
        (false, None) => format!("{}, date not recorded", end_word(&medicine.phase)),
    };
    // What was only said to be over, or not taken, on a day did not begin on that day.
    let start = course.when.filter(|_| !only_over(record, course));
    MedicineSpan {
        resource: record.facts[course.index].resource.clone(),
        setting: voice.setting,
        source: voice.name.clone(),
        status: medicine.phase.word().to_owned(),
        current,
        dose: if dose.is_empty() { NO_DOSE.to_owned() } else { dose },
        start_text: start.map_or_else(
            || "start not recorded".to_owned(),
            |m| format!("{} {}", verb(medicine), m.date_text()),
        ),
        start: start.map(|m| dated(&m)),
        end: end.map(|m| dated(&m)),
        end_text,
    }
}

/// For how long what was stopped is told above the current list.
const LATELY: Months = Months::new(3);

/// "2 medicines stopped and 1 completed in the 3 months to 23-Nov-2026" (MEDv): what is no longer on the current list.
/// The present is not known here; the newest arrival, which is, stands in the sentence.
pub(super) fn lately_stopped(record: &Record, groups: &[Group<'_>], newest: i64) -> Option<String> {
    let to = Moment::Instant(DateTime::from_timestamp_millis(newest)?);
    let since = to.day()?.checked_sub_months(LATELY)?;
    let (mut stopped, mut completed, mut undated) = (0_usize, 0_usize, 0_usize);
    for group in groups.iter().filter(|group| !group.current) {
        let courses = group.voices.iter().flat_map(|voice| &voice.deciding);
        let last = courses
            .filter(|course| matches!(course.medicine.phase, Phase::Discontinued | Phase::Completed))
            .map(|course| (end_date(record, course), &course.medicine.phase))
            .max_by_key(|(end, _)| end.map(|m| m.earliest_millis()));
        match last {
            Some((Some(end), phase)) if end.latest_day().is_some_and(|day| day >= since) => match phase {
                Phase::Completed => completed += 1,
                _ => stopped += 1,
            },
            Some((None, Phase::Discontinued)) => undated += 1,
            _ => {}
        }
    }
    let count = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut words = match (stopped, completed) {
        (0, 0) => String::new(),
        (0, _) => count(completed, "medicine completed", "medicines completed"),
        (_, 0) => count(stopped, "medicine stopped", "medicines stopped"),
        _ => format!(
            "{} and {completed} completed",
            count(stopped, "medicine stopped", "medicines stopped")
        ),
    };
    if !words.is_empty() {
        words = format!("{words} in the 3 months to {}", to.date_text());
    }
    if undated > 0 {
        let more = count(undated, "medicine was stopped", "medicines were stopped");
        words = match words.is_empty() {
            true => format!("{more} on a date that is not recorded"),
            false => format!("{words}; {more} on a date that is not recorded"),
        };
    }
    (!words.is_empty()).then(|| format!("{words}: see Past"))
}

/// A moment with the instants it can mean.
fn dated(moment: &Moment) -> Dated {
    let (from, to) = moment.instants();
    Dated {
        text: moment.date_text(),
        from: from as f64,
        to: to as f64,
    }
}
