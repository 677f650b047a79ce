//! The written stories of the sandbox, unified: what a reader finds of each, as snapshots that were read by a person,
//! and a check of every single thing that was planted.
//!
//! The population is written with a fixed seed and a fixed day, so that the snapshots never age.

use chrono::{DateTime, NaiveDate, Utc};
use curlew_record::display::plain_text;
use curlew_record::view::{Line, MedicineGroup, Section};
use curlew_record::{Arrival, Held, Projection, SourceInput, project, source_view};
use curlew_sandbox::population::{Kind, Planted, Population, STORIES, planted, population};
use curlew_sandbox::store::Store;
use curlew_tests::{Failure, Outcome};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const SEED: u64 = 1;

/// A patient of the stories: everything received, and what Curlew makes of it.
struct Told {
    resources: BTreeMap<String, String>,
    record: Projection,
}

fn received() -> Outcome<DateTime<Utc>> {
    Ok("2026-11-23T07:41:00Z".parse()?)
}

/// `Type/id` of a resource.
fn name(resource: &Value) -> Outcome<String> {
    let part = |key: &str| resource[key].as_str().ok_or("a resource without a name");
    Ok(format!("{}/{}", part("resourceType")?, part("id")?))
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if key == "reference" || key == "url" => {
                        found.insert(text.clone());
                    }
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// What a server sends for a patient: their own resources, and the files, products, staff and places these refer to.
fn sent(written: &Population, store: &Store, patient: &str) -> Outcome<BTreeMap<String, String>> {
    const SHARED: [&str; 7] = [
        "Medication/",
        "Binary",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "Location",
        "HealthcareService",
    ];
    let mut by_name: BTreeMap<String, &Value> = BTreeMap::new();
    for resource in &written.resources {
        by_name.insert(name(resource)?, resource);
    }
    let mut waiting: Vec<String> = store
        .record_of(patient)
        .iter()
        .map(|key| format!("{}/{}", key.resource_type, key.id))
        .collect();
    let mut sent = BTreeMap::new();
    while let Some(next) = waiting.pop() {
        let Some(resource) = by_name.get(&next) else {
            continue;
        };
        if sent.insert(next, resource.to_string()).is_none() {
            let mut found = BTreeSet::new();
            references(resource, &mut found);
            waiting.extend(
                found
                    .into_iter()
                    .filter(|to| SHARED.iter().any(|kind| to.starts_with(kind))),
            );
        }
    }
    Ok(sent)
}

/// Every patient of the stories, in the order they were written.
fn told() -> Outcome<Vec<(String, Told)>> {
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).ok_or("no such day")?;
    let written = population(SEED, STORIES.len(), today);
    let store = Store::default();
    for resource in &written.resources {
        store.put(resource)?;
    }
    let at = received()?;
    written
        .patients
        .iter()
        .map(|patient| {
            let resources = sent(&written, &store, patient)?;
            let held = resources.values().map(|raw| Held {
                raw,
                version_received: at,
            });
            let record = project(patient, held, &Arrival::default());
            Ok((patient.clone(), Told { resources, record }))
        })
        .collect()
}

fn marks(line: &Line) -> String {
    line.marks
        .iter()
        .map(|mark| format!(" [{}]", mark.text))
        .collect()
}

fn write_line(out: &mut String, line: &Line) -> Outcome {
    let note = line
        .when_note
        .as_deref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    writeln!(
        out,
        "- {}{note} {} | {}{}",
        line.when,
        line.setting.label,
        line.title,
        marks(line)
    )?;
    if let Some(detail) = &line.detail {
        writeln!(out, "    {detail}")?;
    }
    if let Some(rule) = &line.joined_by {
        let sources: Vec<&str> = line.sources.iter().map(|s| s.resource.as_str()).collect();
        writeln!(out, "    one line because {rule}: {}", sources.join(", "))?;
    }
    Ok(())
}

fn write_medicine(out: &mut String, group: &MedicineGroup) -> Outcome {
    writeln!(out, "- {} | {}", plain_text(&group.line), group.status)?;
    for difference in &group.differences {
        writeln!(out, "    ! {}", plain_text(difference))?;
    }
    for mark in &group.marks {
        writeln!(out, "    ! {}", mark.text)?;
    }
    for source in &group.sources {
        writeln!(out, "    {}: {}", source.setting.label, plain_text(&source.says))?;
    }
    for change in &group.changes {
        writeln!(out, "    ~ {} {}", change.when_text, plain_text(&change.says))?;
    }
    for span in &group.spans {
        writeln!(
            out,
            "    = {}: {}, {} ({})",
            span.source, span.start_text, span.end_text, span.dose
        )?;
    }
    Ok(())
}

/// A line of the timeline, short: when, where, what, and what makes it be read otherwise.
fn write_row(out: &mut String, line: &Line) -> Outcome {
    let note = line.when_note.as_deref().map(|note| format!(" ({note})"));
    let several = match line.sources.len() {
        0 | 1 => String::new(),
        several => format!(" \u{b7} {several} sources"),
    };
    writeln!(
        out,
        "{}{} {} | {}{}{several}",
        line.when,
        note.unwrap_or_default(),
        line.setting.label,
        line.title,
        marks(line)
    )?;
    Ok(())
}

/// The record as a person reads it: what stands first, every medicine, problem, plan and gap, what was joined or carries a
/// mark with all its words, and then the whole timeline, a line each.
fn as_text(record: &Projection) -> Outcome<String> {
    let mut out = String::new();
    let (first, safety) = (&record.first, &record.first.safety);
    let banner = &first.banner;
    writeln!(
        out,
        "{} | Born {} | {} | NHS No. {}",
        banner.name, banner.born, banner.gender, banner.nhs_number
    )?;
    for warning in &banner.warnings {
        writeln!(out, "! {warning}")?;
    }
    if let Some(died) = &banner.died {
        writeln!(out, "Died {died}")?;
    }
    for (title, items, empty) in [
        (
            "Resuscitation",
            &safety.resuscitation,
            safety.resuscitation_empty.as_str(),
        ),
        (
            safety.allergy_heading.as_str(),
            &safety.allergies,
            safety.allergy_note.as_deref().unwrap_or_default(),
        ),
        (
            "High-risk medicines",
            &safety.high_risk_medicines,
            safety.high_risk_empty.as_str(),
        ),
        ("Alerts", &safety.alerts, safety.alerts_empty.as_str()),
    ] {
        writeln!(out, "\n{title}")?;
        if items.is_empty() {
            writeln!(out, "  {empty}")?;
        }
        for item in items {
            writeln!(
                out,
                "- {} | {}",
                item.text,
                item.note.as_deref().unwrap_or_default()
            )?;
        }
    }
    let gaps = &record.gaps;
    writeln!(
        out,
        "\nGaps: {} received, {} shown, {} named",
        gaps.received, gaps.shown, gaps.named
    )?;
    for gap in &gaps.gaps {
        writeln!(out, "- {}", gap.text)?;
        for item in &gap.items {
            writeln!(out, "    {item}")?;
        }
    }
    writeln!(
        out,
        "\nMedicines: {} current, {} to check, in the order of the overview",
        first.overview.medicine_count, first.overview.medicines_to_check
    )?;
    for first in &first.overview.medicines {
        // The overview has no room for what changed over time; the Medicines screen has.
        let whole = record.medicines.current.iter().find(|group| group.id == first.id);
        write_medicine(&mut out, whole.unwrap_or(first))?;
    }
    for words in [&record.medicines.stopped, &record.medicines.notice]
        .into_iter()
        .flatten()
    {
        writeln!(out, "! {words}")?;
    }
    writeln!(out, "\nPast medicines")?;
    for group in &record.medicines.past {
        write_medicine(&mut out, group)?;
    }
    writeln!(
        out,
        "\nNEWS2 sets: {}; the newest:",
        record.results.early_warnings.len()
    )?;
    for set in record.results.early_warnings.iter().take(2) {
        let words = [&set.recorded, &set.calculated, &set.not_calculated, &set.differs];
        let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        writeln!(out, "- {} {} | {}", set.when, set.setting.label, words.join(". "))?;
    }
    let wanted = [3, 4, 6, 7, 17, 29, 30, 34, 35, 36, 37];
    let sections = [&record.summary, &record.plans]
        .into_iter()
        .flat_map(|screen| &screen.sections);
    let wanted = sections.filter(|section| wanted.contains(&section.number));
    for Section {
        title, lines, empty, ..
    } in wanted
    {
        writeln!(out, "\n{title}")?;
        if let Some(empty) = empty {
            writeln!(out, "  {empty}")?;
        }
        for line in lines {
            write_line(&mut out, line)?;
        }
    }
    writeln!(
        out,
        "\nTimeline: {} lines; those marked, or joined by a rule:",
        record.timeline.len()
    )?;
    for row in &record.timeline {
        let joined = row
            .line
            .joined_by
            .as_deref()
            .is_some_and(|rule| !rule.starts_with("the others are parts of it, as"));
        // Abnormal results are many and expected: the Results screen is their place.
        let expected = |text: &str| matches!(text, "active" | "resolved") || text.contains("abnormal ");
        let marked = row.line.marks.iter().any(|mark| !expected(&mark.text));
        if joined || marked {
            write_line(&mut out, &row.line)?;
        }
    }
    writeln!(out, "\nThe whole timeline")?;
    for row in &record.timeline {
        write_row(&mut out, &row.line)?;
    }
    Ok(out)
}

#[test]
fn each_story_reads_as_reviewed() -> Outcome {
    for (patient, told) in told()? {
        insta::assert_snapshot!(patient.as_str(), as_text(&told.record)?);
    }
    Ok(())
}

/// All that a record says of a resource: its lines, its medicine, and gaps that name it, in words.
struct Said<'r> {
    lines: Vec<&'r Line>,
    medicines: Vec<&'r MedicineGroup>,
    gaps: Vec<&'r str>,
}

impl Said<'_> {
    fn marks(&self) -> String {
        self.lines.iter().map(|line| marks(line)).collect()
    }

    fn notes(&self) -> String {
        self.lines
            .iter()
            .filter_map(|line| line.when_note.as_deref())
            .collect()
    }

    fn differences(&self) -> String {
        let all = self.medicines.iter().flat_map(|group| &group.differences);
        all.map(|difference| plain_text(difference)).collect()
    }
}

fn said<'r>(told: &'r Told, resource: &str) -> Said<'r> {
    let record = &told.record;
    let own = |name: &str| {
        name.strip_prefix(resource)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':']))
    };
    Said {
        lines: record
            .lines()
            .filter(|line| line.sources.iter().any(|source| source.resource == resource))
            .collect(),
        medicines: record
            .medicines
            .current
            .iter()
            .chain(&record.medicines.past)
            .filter(|group| group.sources.iter().any(|source| source.resource == resource))
            .collect(),
        gaps: record
            .gaps
            .gaps
            .iter()
            .filter(|gap| gap.items.iter().any(|item| own(item)))
            .map(|gap| gap.text.as_str())
            .collect(),
    }
}

/// Disagreements that Curlew shows side by side without a sentence of its own, each for a reason.
const SIDE_BY_SIDE: [&str; 11] = [
    // Needs knowledge of drug classes, which is decision support.
    "flucloxacillin prescribed against a recorded penicillin allergy",
    // Prose against prose: both are lines.
    "paracetamol given in food though the covert plan does not cover it",
    "ring his sister, or his support worker",
    "preferred place of death: home, earlier hospital",
    // Different units are series of their own, each value with its unit.
    "a temperature in degrees Fahrenheit among Celsius",
    "birth weight 3.21 kg or 3,120 g",
    // Both times are shown in local time, in their true order.
    "the ambulance arrives after the hospital admits, if its UTC is read as local time",
    // The banner says that he died, and everything active is shown as its source has it.
    "a care package that goes on after death",
    "repeats still active",
    "an appointment after death",
    // Two codes of one concern, each a line with its date and source.
    "council: subject to a protection plan; practice: cause for concern",
];

/// What is wrong with how a planted thing is told; `None` when it is told.
fn untold(story: &str, it: &Planted, all: &[(String, Told)]) -> Result<Option<String>, Failure> {
    let own = || {
        all.iter()
            .filter(|(patient, _)| patient == story || patient.starts_with(&format!("{story}-")))
    };
    let mut words = String::new();
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    let mut settled = false;
    for resource in it.resources {
        let Some((told, said)) = own()
            .map(|(_, told)| (told, said(told, resource)))
            .find(|(_, said)| !said.lines.is_empty() || !said.gaps.is_empty())
        else {
            // A reference in words leads nowhere and is still told by its words.
            let display = own().find_map(|(_, told)| display_of(told, resource));
            let shown = display.is_some_and(|display| {
                own().any(|(_, told)| {
                    let mut details = told.record.lines().filter_map(|line| line.detail.as_deref());
                    details.any(|detail| detail.contains(&display))
                })
            });
            if it.kind == Kind::Missing && shown {
                settled = true;
                continue;
            }
            return Ok(Some(format!("{resource} is neither on a line nor named")));
        };
        if said.lines.iter().any(|line| line.title.trim().is_empty()) {
            return Ok(Some(format!("{resource} is on a line without words")));
        }
        ids.extend(said.lines.iter().map(|line| line.id.as_str()));
        let (marks, notes, gaps) = (said.marks(), said.notes(), said.gaps.join("; "));
        settled |= match it.kind {
            Kind::Disagreement => {
                !said.differences().is_empty()
                    || told.record.first.safety.resuscitation.iter().any(|item| {
                        let differs = item.note.as_deref().is_some_and(|n| n.contains("sources differ"));
                        differs && item.line.as_deref() == Some(*resource)
                    })
                    || told
                        .record
                        .first
                        .banner
                        .warnings
                        .iter()
                        .any(|warning| warning.contains("held apart"))
                    || SIDE_BY_SIDE.contains(&it.what)
            }
            Kind::EnteredInError => said.lines.is_empty() && gaps.contains("entered in error"),
            Kind::ModifierExtension => marks.contains("modifier that Curlew does not understand"),
            Kind::Broken => marks.contains("could not be read") && gaps.contains("could not be read"),
            Kind::PartialDate => notes.contains("ot recorded"),
            Kind::Missing => gaps.contains("referred to, but not received"),
            Kind::Unlisted => gaps.contains("no screen for"),
            Kind::Unplaced => said
                .lines
                .iter()
                .any(|line| line.setting.label == "Setting not stated"),
            Kind::Empty => gaps.contains("does not mean there is nothing") || gaps.contains("on its way"),
            Kind::Withheld => !marks.is_empty() || !gaps.is_empty(),
            Kind::Late => {
                let raw = told
                    .resources
                    .get(*resource)
                    .ok_or("a planted resource that was not sent")?;
                let input = SourceInput {
                    raw,
                    received: received()?,
                    recorded: curlew_fhir::read_header(raw)?.last_updated,
                };
                let view = source_view(said.lines[0], &[input]);
                let late = |label: &str| view.resources[0].facts.iter().any(|fact| fact.label == label);
                notes.contains("recorded") || late("Last changed at source")
            }
            Kind::Negated | Kind::Ended | Kind::Uncoded | Kind::Duplicate => true,
        };
        if matches!(it.kind, Kind::Negated | Kind::Ended) {
            let title = said
                .lines
                .first()
                .map(|line| format!("{} {:?}", line.title, line.detail));
            write!(
                words,
                "{marks} {} {}",
                title.unwrap_or_default(),
                said.differences()
            )?;
        }
    }
    let told = match it.kind {
        Kind::Negated => [
            "not done",
            "not taken",
            "Not given",
            "No known",
            "Do not",
            "declined",
        ]
        .iter()
        .any(|known| words.contains(known)),
        Kind::Ended => [
            "inactive",
            "ended",
            "until ",
            "refuted",
            "resolved",
            "Discontinued",
            "Completed",
            "stopped",
        ]
        .iter()
        .any(|known| words.contains(known)),
        // Told twice: one line with both, or two lines that a reader sees.
        Kind::Duplicate => !ids.is_empty(),
        _ => settled,
    };
    Ok((!told).then(|| format!("not told: {words}")))
}

/// The words that whatever refers to `resource` has for it.
fn display_of(told: &Told, resource: &str) -> Option<String> {
    let wanted = format!("\"reference\":\"{resource}\"");
    let raw = told.resources.values().find(|raw| raw.contains(&wanted))?;
    let value: Value = serde_json::from_str(raw).ok()?;
    find_display(&value, resource)
}

fn find_display(value: &Value, resource: &str) -> Option<String> {
    if value["reference"].as_str() == Some(resource) {
        return value["display"].as_str().map(str::to_owned);
    }
    match value {
        Value::Object(members) => members.values().find_map(|member| find_display(member, resource)),
        Value::Array(items) => items.iter().find_map(|item| find_display(item, resource)),
        _ => None,
    }
}

#[test]
fn everything_planted_is_found_and_told() -> Outcome {
    let all = told()?;
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (story, it) in planted() {
        checked += 1;
        if let Some(problem) = untold(story, it, &all)? {
            wrong.push(format!("{story}, {:?}: {}: {problem}", it.kind, it.what));
        }
    }
    println!("{checked} planted things looked for");
    assert!(checked > 60, "{checked}");
    assert!(
        wrong.is_empty(),
        "{} of {checked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    Ok(())
}

#[test]
fn what_is_shown_side_by_side_is_planted() {
    for what in SIDE_BY_SIDE {
        assert!(
            planted().any(|(_, it)| it.what == what),
            "nothing planted is {what:?}"
        );
    }
}
