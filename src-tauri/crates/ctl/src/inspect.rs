//! `curlewctl inspect FILE…`: what Curlew makes of FHIR files, as text or JSON.
//!
//! For support teams, and for trying data that no one here wrote. The files are read on the spot and nothing is
//! kept. **It prints patient data**: that is its purpose, so it never runs on a vault.
//!
//! Resources that name no patient (organisations, practitioners) count towards every patient found with them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use curlew_fhir::{Header, bundle::read_bundle, read_header};
use curlew_record::{
    Arrival, CopyInfo, Held, Projection, Role, Unreadable,
    as_at::moment_words,
    display::plain_text,
    patient_view, project,
    view::{Line, MedicineGroup, Sections},
};

/// What was typed.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// FHIR R4 JSON: bundles, single resources, or NDJSON. All files together are one body of records.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
    /// Which view of the content standard to print.
    #[arg(long, value_enum, default_value_t = RoleArg::Full)]
    role: RoleArg,
    /// Only versions last updated by this moment, for example 2026-11-23T09:14:00Z. A resource that does not
    /// say when it was updated counts as always there.
    #[arg(long, value_name = "TIME")]
    as_at: Option<DateTime<Utc>>,
}

/// A view of the content standard.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    /// All 38 sections.
    Full,
    /// The care home view.
    CareHome,
    /// The local authority view.
    LocalAuthority,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Full => Role::Full,
            RoleArg::CareHome => Role::CareHome,
            RoleArg::LocalAuthority => Role::LocalAuthority,
        }
    }
}

/// Runs the command. Fails when a file could not be read at all, or when the books do not balance.
pub(crate) fn run(args: &InspectArgs) -> ExitCode {
    let mut body = Body::default();
    for file in &args.files {
        body.read(file);
    }
    let records = body.records(args.as_at);
    let balanced = records.iter().all(|r| {
        let gaps = &r.projection.gaps;
        gaps.received == gaps.shown + gaps.named
    });
    let now = args.as_at.unwrap_or_else(Utc::now);
    let out = io::stdout().lock();
    let printed = if args.json {
        print_json(out, &body, records, args.role.into(), args.as_at)
    } else {
        print_text(out, &body, &records, args.role.into(), (now, args.as_at))
    };
    match printed {
        // A reader that stops reading (`| head`) is not a failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("The output could not be written: {error}");
            ExitCode::FAILURE
        }
        _ if !body.not_fhir.is_empty() || !balanced => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

/// Everything read from the files.
#[derive(Default)]
struct Body {
    resources: Vec<(Header, String)>,
    /// Entries inside readable files that are not resources.
    unreadable: Vec<Unreadable>,
    /// Files that hold no FHIR JSON: name and reason.
    not_fhir: Vec<(String, String)>,
}

/// One patient's record.
struct Inspected {
    patient: String,
    projection: Projection,
}

impl Body {
    fn read(&mut self, path: &Path) {
        let name = path.file_name().map_or_else(
            || path.display().to_string(),
            |n| n.to_string_lossy().into_owned(),
        );
        let text = match fs::read(path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(_) => return self.not_fhir.push((name, "not UTF-8 text".to_owned())),
            },
            Err(error) => return self.not_fhir.push((name, error.to_string())),
        };
        let lines_of_json = path.extension().is_some_and(|e| e == "ndjson" || e == "jsonl");
        if lines_of_json {
            for (number, line) in text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
            {
                self.keep(line, || format!("{name}, line {}", number + 1));
            }
            return;
        }
        match read_header(&text) {
            Ok(header) if header.resource_type == "Bundle" => match read_bundle(&text) {
                Ok(bundle) => {
                    for issue in &bundle.issues {
                        self.unreadable.push(Unreadable {
                            item: format!("{name}: {}", issue.path),
                            problem: issue.problem.clone(),
                        });
                    }
                    let renamed = renamed(
                        bundle
                            .entries
                            .iter()
                            .filter_map(|e| Some((e.full_url.as_deref()?, e.resource?))),
                    );
                    for (number, entry) in bundle.entries.iter().enumerate() {
                        if let Some(raw) = entry.resource {
                            self.keep(&rename(raw, &renamed), || format!("{name}, entry {}", number + 1));
                        }
                    }
                }
                Err(error) => self.not_fhir.push((name, error.to_string())),
            },
            Ok(_) => self.keep(&text, || name),
            Err(error) => self.not_fhir.push((name, error.to_string())),
        }
    }

    fn keep(&mut self, raw: &str, called: impl FnOnce() -> String) {
        match read_header(raw) {
            Ok(header) => self.resources.push((header, raw.to_owned())),
            Err(error) => self.unreadable.push(Unreadable {
                item: called(),
                problem: error.to_string(),
            }),
        }
    }

    /// One projection a patient; one for everything when no patient is named anywhere.
    fn records(&self, as_at: Option<DateTime<Utc>>) -> Vec<Inspected> {
        let current = self.current(as_at);
        let of = |header: &Header| -> Option<String> {
            if header.resource_type == "Patient" && !header.id.is_empty() {
                return Some(header.id.clone());
            }
            let named = header.patient.as_deref()?;
            Some(named.strip_prefix("urn:uuid:").unwrap_or(named).to_owned())
        };
        let mut patients: BTreeSet<String> = current.iter().filter_map(|(header, _)| of(header)).collect();
        if patients.is_empty() {
            patients.insert(String::new());
        }
        let arrival = Arrival {
            unreadable: self.unreadable.clone(),
            ..Arrival::default()
        };
        patients
            .into_iter()
            .map(|patient| {
                let held = current
                    .iter()
                    .filter(|(header, _)| of(header).is_none_or(|about| about == patient))
                    .map(|(header, raw)| Held {
                        raw,
                        version_received: header.last_updated.unwrap_or(DateTime::UNIX_EPOCH),
                    });
                Inspected {
                    projection: project(&patient, held, &arrival),
                    patient,
                }
            })
            .collect()
    }

    /// The newest version of each resource at that moment. Resources without an id are all kept.
    fn current(&self, as_at: Option<DateTime<Utc>>) -> Vec<&(Header, String)> {
        let mut newest: BTreeMap<(&str, &str), &(Header, String)> = BTreeMap::new();
        let mut kept: Vec<&(Header, String)> = Vec::new();
        for entry in &self.resources {
            let (header, _) = entry;
            if let (Some(limit), Some(updated)) = (as_at, header.last_updated)
                && updated > limit
            {
                continue;
            }
            if header.id.is_empty() {
                kept.push(entry);
                continue;
            }
            let known = newest.entry((&header.resource_type, &header.id)).or_insert(entry);
            if header.last_updated > known.0.last_updated {
                *known = entry;
            }
        }
        kept.extend(newest.into_values());
        kept
    }
}

/// `urn:` addresses of entries whose resource has another id, with the address it gets.
fn renamed<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    entries
        .filter(|(url, _)| url.starts_with("urn:"))
        .filter_map(|(url, raw)| {
            let header = read_header(raw).ok()?;
            let same = header.id.is_empty() || url.ends_with(&header.id);
            (!same).then(|| {
                (
                    format!("\"{url}\""),
                    format!("\"{}/{}\"", header.resource_type, header.id),
                )
            })
        })
        .collect()
}

fn rename(raw: &str, renamed: &[(String, String)]) -> String {
    let mut text = raw.to_owned();
    for (from, to) in renamed {
        if text.contains(from.as_str()) {
            text = text.replace(from.as_str(), to);
        }
    }
    text
}

/// What was printed is not the present, in words; empty when it is.
fn as_at_words(body: &Body, as_at: Option<DateTime<Utc>>) -> Option<String> {
    let at = as_at?;
    let later = body
        .resources
        .iter()
        .filter(|(header, _)| header.last_updated.is_some_and(|updated| updated > at))
        .count();
    Some(format!(
        "As at {}: {later} later versions left out",
        moment_words(at)
    ))
}

fn print_json(
    mut out: impl Write,
    body: &Body,
    records: Vec<Inspected>,
    role: Role,
    as_at: Option<DateTime<Utc>>,
) -> io::Result<()> {
    let records: Vec<serde_json::Value> = records
        .into_iter()
        .map(|record| {
            let mut projection = record.projection;
            for sections in [
                &mut projection.summary,
                &mut projection.documents,
                &mut projection.plans,
                &mut projection.people,
            ] {
                *sections = std::mem::take(sections).for_role(role);
            }
            serde_json::json!({ "patient": record.patient, "record": projection })
        })
        .collect();
    let not_fhir: Vec<_> = body
        .not_fhir
        .iter()
        .map(|(file, why)| serde_json::json!({ "file": file, "problem": why }))
        .collect();
    let all = serde_json::json!({
        "asAt": as_at_words(body, as_at),
        "records": records,
        "notFhir": not_fhir,
    });
    serde_json::to_writer_pretty(&mut out, &all).map_err(io::Error::from)?;
    writeln!(out)
}

fn print_text(
    mut out: impl Write,
    body: &Body,
    records: &[Inspected],
    role: Role,
    (now, as_at): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> io::Result<()> {
    if let Some(words) = as_at_words(body, as_at) {
        writeln!(out, "{words}")?;
    }
    for record in records {
        print_record(&mut out, record, role, now)?;
    }
    for (file, why) in &body.not_fhir {
        writeln!(out, "NOT READ  {file}: {why}")?;
    }
    let sum = |count: fn(&Inspected) -> u32| records.iter().map(count).sum::<u32>();
    writeln!(
        out,
        "{} resources read; {} patients; received {} = shown {} + named {}",
        body.resources.len(),
        records.iter().filter(|r| !r.patient.is_empty()).count(),
        sum(|r| r.projection.gaps.received),
        sum(|r| r.projection.gaps.shown),
        sum(|r| r.projection.gaps.named),
    )
}

fn print_record(out: &mut impl Write, record: &Inspected, role: Role, now: DateTime<Utc>) -> io::Result<()> {
    let projection = &record.projection;
    let view = patient_view(&projection.first, now, &CopyInfo::default(), None);
    let banner = &view.banner;
    writeln!(out, "{}", "=".repeat(100))?;
    write!(out, "{}   Born {}", banner.name, banner.born)?;
    if let Some(died) = &banner.died {
        write!(out, "   Died {died}")?;
        if let Some(age) = &banner.age_at_death {
            write!(out, "   Age at Death {age}")?;
        }
    }
    writeln!(out, "   Gender {}   NHS No. {}", banner.gender, banner.nhs_number)?;
    for warning in &banner.warnings {
        writeln!(out, "  WARNING  {warning}")?;
    }
    let safety = &view.safety;
    let items = |items: &[curlew_record::view::SafetyItem], empty: &str| {
        let shown: Vec<String> = items
            .iter()
            .map(|i| {
                i.note
                    .as_ref()
                    .map_or_else(|| i.text.clone(), |note| format!("{} ({note})", i.text))
            })
            .collect();
        if shown.is_empty() {
            empty.to_owned()
        } else {
            shown.join("; ")
        }
    };
    writeln!(
        out,
        "Resuscitation: {}",
        items(&safety.resuscitation, &safety.resuscitation_empty)
    )?;
    writeln!(
        out,
        "{}: {}",
        safety.allergy_heading,
        items(&safety.allergies, safety.allergy_note.as_deref().unwrap_or(""))
    )?;
    writeln!(
        out,
        "High-risk medicines: {}",
        items(&safety.high_risk_medicines, &safety.high_risk_empty)
    )?;
    writeln!(out, "Alerts: {}", items(&safety.alerts, &safety.alerts_empty))?;

    heading(out, "Medicines, current", projection.medicines.current.len())?;
    print_medicines(out, &projection.medicines.current)?;
    if projection.medicines.current.is_empty() {
        writeln!(out, "  {}", projection.medicines.empty)?;
    }
    heading(out, "Medicines, past", projection.medicines.past.len())?;
    print_medicines(out, &projection.medicines.past)?;

    heading(out, "Results", projection.results.series.len())?;
    for series in &projection.results.series {
        let newest = &series.points[0];
        let change = series.change.as_deref().unwrap_or("");
        writeln!(
            out,
            "  {:<12} {} | {} {} {change} [{} values]",
            newest.when,
            series.group,
            series.name,
            newest.value,
            series.points.len()
        )?;
    }
    for (title, sections) in [
        ("Summary", &projection.summary),
        ("Plans", &projection.plans),
        ("People and services", &projection.people),
        ("Documents", &projection.documents),
    ] {
        print_sections(out, title, sections, role)?;
    }
    heading(out, "Timeline, newest 20", projection.timeline.len())?;
    for row in projection.timeline.iter().take(20) {
        print_line(out, &row.line)?;
    }
    heading(out, "Gaps", projection.gaps.gaps.len())?;
    for gap in &projection.gaps.gaps {
        writeln!(
            out,
            "  {}{}",
            gap.text,
            if gap.touches_safety {
                "  (could hide an allergy or a medicine)"
            } else {
                ""
            }
        )?;
    }
    let gaps = &projection.gaps;
    writeln!(
        out,
        "received {} = shown {} + named {}",
        gaps.received, gaps.shown, gaps.named
    )
}

fn heading(out: &mut impl Write, title: &str, count: usize) -> io::Result<()> {
    writeln!(out, "\n-- {title} ({count})")
}

fn print_medicines(out: &mut impl Write, groups: &[MedicineGroup]) -> io::Result<()> {
    for group in groups {
        writeln!(out, "  {} [{}]", plain_text(&group.line), group.status)?;
        for difference in &group.differences {
            writeln!(out, "      CHECK  {}", plain_text(difference))?;
        }
        for mark in &group.marks {
            writeln!(out, "      MARK   {}", mark.text)?;
        }
        for source in &group.sources {
            writeln!(
                out,
                "      {:<18} {}",
                source.setting.label,
                plain_text(&source.says)
            )?;
        }
        if let Some(rule) = &group.joined_by {
            writeln!(out, "      joined by {rule}")?;
        }
    }
    Ok(())
}

fn print_sections(out: &mut impl Write, title: &str, sections: &Sections, role: Role) -> io::Result<()> {
    let shown = sections
        .sections
        .iter()
        .filter(|section| role.sees(section.number));
    writeln!(out, "\n-- {title}")?;
    for section in shown {
        writeln!(
            out,
            " {:>2} {} ({})",
            section.number,
            section.title,
            section.lines.len()
        )?;
        if let Some(empty) = &section.empty {
            writeln!(out, "      {empty}")?;
        }
        for line in &section.lines {
            print_line(out, line)?;
        }
    }
    Ok(())
}

fn print_line(out: &mut impl Write, line: &Line) -> io::Result<()> {
    let marks: Vec<String> = line.marks.iter().map(|m| format!("[{}]", m.text)).collect();
    let sources = if line.sources.len() > 1 {
        format!("  ({} sources)", line.sources.len())
    } else {
        String::new()
    };
    writeln!(
        out,
        "      {:<12} {:<18} {}{}{}{sources}",
        line.when,
        line.setting.label,
        line.title,
        line.detail
            .as_deref()
            .map(|d| format!(" | {d}"))
            .unwrap_or_default(),
        if marks.is_empty() {
            String::new()
        } else {
            format!(" {}", marks.join(" "))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(raws: &[&str]) -> Body {
        let mut body = Body::default();
        for raw in raws {
            body.keep(raw, || "a test".to_owned());
        }
        body
    }

    const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Tester"}]}"#;
    const BEFORE: &str = r#"{"resourceType":"Condition","id":"c1","meta":{"versionId":"1","lastUpdated":"2026-11-20T08:00:00Z"},
        "subject":{"reference":"Patient/p1"},"code":{"text":"Heart failure"}}"#;
    const AFTER: &str = r#"{"resourceType":"Condition","id":"c1","meta":{"versionId":"2","lastUpdated":"2026-11-22T09:14:00Z"},
        "subject":{"reference":"Patient/p1"},"code":{"text":"Heart failure, severe"}}"#;
    const LATER: &str = r#"{"resourceType":"Condition","id":"c2","meta":{"lastUpdated":"2026-11-23T08:00:00Z"},
        "subject":{"reference":"Patient/p1"},"code":{"text":"Gout"}}"#;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn titles(body: &Body, as_at: Option<&str>) -> Vec<String> {
        let records = body.records(as_at.map(at));
        assert_eq!(records.len(), 1);
        let rows = &records[0].projection.timeline;
        rows.iter().map(|row| row.line.title.clone()).collect()
    }

    #[test]
    fn as_at_takes_the_newest_version_of_that_moment_whatever_order_they_came_in() {
        for raws in [[PATIENT, BEFORE, AFTER, LATER], [LATER, AFTER, BEFORE, PATIENT]] {
            let body = body(&raws);
            assert_eq!(titles(&body, None), ["Heart failure, severe", "Gout"]);
            assert_eq!(
                titles(&body, Some("2026-11-22T09:14:00Z")),
                ["Heart failure, severe"]
            );
            assert_eq!(titles(&body, Some("2026-11-22T09:13:59Z")), ["Heart failure"]);
            assert_eq!(
                titles(&body, Some("2026-11-20T08:00:00+01:00")),
                Vec::<String>::new()
            );
            assert_eq!(
                titles(&body, Some("2026-11-23T08:00:00Z")),
                titles(&body, None),
                "as at now is now"
            );
        }
    }

    #[test]
    fn what_is_printed_of_the_past_says_that_it_is_past() {
        let body = body(&[PATIENT, BEFORE, AFTER, LATER]);
        let moment = at("2026-11-21T09:14:00Z");
        let records = || body.records(Some(moment));
        let words = "As at 21-Nov-2026 09:14: 2 later versions left out";
        let mut text = Vec::new();
        print_text(&mut text, &body, &records(), Role::Full, (moment, Some(moment))).expect("memory");
        let text = String::from_utf8(text).expect("text");
        assert!(text.starts_with(words), "{text}");
        assert!(text.contains("Heart failure") && !text.contains("severe"));
        let mut json = Vec::new();
        print_json(&mut json, &body, records(), Role::Full, Some(moment)).expect("memory");
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["asAt"], words);
        let mut json = Vec::new();
        print_json(&mut json, &body, body.records(None), Role::Full, None).expect("memory");
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["asAt"], serde_json::Value::Null);
    }
}
