//! Reading and unifying whole records, beside `serde_json::Value` on the same bytes.
//!
//! A round does three things to every patient in turn: parses each resource into a `Value` and drops it, reads
//! each resource into Curlew's structs and drops it, and projects the record. All are done in every round, so that
//! whatever else the machine does strikes them alike; the median round is printed.
//!
//! Before that, while the process is still small, one enormous made-up record is unified from texts that are dropped as
//! soon as they were added, and its rows as soon as they were worded: what stays is the memory a projection takes.

use chrono::{DateTime, Utc};
use clap::Args;
use curlew_record::view::{Line, ResultSeries, Sections};
use curlew_record::{Arrival, Held, Pieces, Screen, TimelineRow, Unifier, project};
use curlew_tests::Outcome;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::records::{Data, Record, bundles, ndjson};
use crate::synthetic;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,
    /// How many rounds.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How many resources the enormous record has.
    #[arg(long, default_value_t = 50_000)]
    enormous: usize,
}

pub(crate) fn run(options: &Options) -> Outcome {
    if cfg!(debug_assertions) {
        println!("This is not a release build: the figures say nothing about what people run.");
    }
    by_rows(options.enormous)?;
    let Some(folder) = options.data.unpacked()? else {
        println!(
            "SKIPPED: {} is absent, so there is nothing to measure with. Name the data with --data DIR.",
            options.data.data.display()
        );
        return Ok(());
    };
    for (name, records) in [
        ("synthea", bundles(&folder.join("synthea"))?),
        ("bulk10", ndjson(&folder.join("bulk10-ndjson"))?),
    ] {
        if records.is_empty() {
            println!("{name}: SKIPPED, {} holds none", folder.display());
        } else {
            measure(name, &records, options.rounds);
        }
    }
    Ok(())
}

/// Unifies a record of which neither the texts nor the rows are ever held.
fn by_rows(resources: usize) -> Outcome {
    let before = peak_mib()?;
    let started = Instant::now();
    let mut unifier = Unifier::new("enormous");
    let text = |number: usize| match number {
        0 => synthetic::patient("enormous", 1).to_string(),
        number => synthetic::resource("enormous", number).to_string(),
    };
    for number in 0..resources {
        unifier.add(Held {
            raw: &text(number),
            version_received: DateTime::UNIX_EPOCH,
        });
    }
    let (added, gathered) = (started.elapsed(), peak_mib()?);
    let mut counted = Counted::default();
    let again = |place: usize| Some(text(place));
    let rest = unifier.finish_by_pieces(&Arrival::default(), again, &mut counted);
    black_box((&counted.bytes, rest));
    let rows = counted.rows;
    let (took, peak) = (started.elapsed(), peak_mib()?);
    println!(
        "{resources} made-up resources, {rows} rows, one by one: gathered in {:.0} ms with {:.1} MiB, worded after {:.0} ms with {:.1} MiB more than at the start",
        added.as_secs_f64() * 1e3,
        gathered - before,
        took.as_secs_f64() * 1e3,
        peak - before,
    );
    Ok(())
}

/// Looks at each piece and lets it go.
#[derive(Default)]
struct Counted {
    rows: usize,
    bytes: usize,
}

impl Pieces for Counted {
    fn row(&mut self, row: TimelineRow) {
        self.rows += 1;
        self.bytes += row.search_text.len();
    }

    fn sections(&mut self, _: Screen, sections: Sections) {
        self.bytes += sections.sections.len();
    }

    fn series(&mut self, series: ResultSeries) {
        self.bytes += series.points.len();
    }

    fn other_result(&mut self, line: Line) {
        self.bytes += line.sources.len();
    }
}

/// The most memory this process ever held; 0 where the system does not tell.
fn peak_mib() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.split_whitespace().next());
    Ok(kib.map_or(Ok(0.0), str::parse)? / 1024.0)
}

fn measure(name: &str, records: &[Record], rounds: u32) {
    let resources: usize = records.iter().map(|r| r.resources.len()).sum();
    let bytes: usize = records.iter().flat_map(|r| &r.resources).map(String::len).sum();
    let received: DateTime<Utc> = DateTime::UNIX_EPOCH;
    let arrival = Arrival::default();
    let (mut parsing, mut reading, mut unifying) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (mut parse, mut read, mut unify) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        for record in records {
            let started = Instant::now();
            for raw in &record.resources {
                black_box(serde_json::from_str::<serde_json::Value>(raw).is_ok());
            }
            parse += started.elapsed();

            let started = Instant::now();
            let mut reader = curlew_fhir::ResourceReader::default();
            for raw in &record.resources {
                black_box(reader.read(raw).is_ok());
            }
            read += started.elapsed();

            let started = Instant::now();
            let held = record.resources.iter().map(|raw| Held {
                raw,
                version_received: received,
            });
            drop(black_box(project(&record.patient, held, &arrival)));
            unify += started.elapsed();
        }
        parsing.push(parse);
        reading.push(read);
        unifying.push(unify);
    }
    let (parse, read, unify) = (median(parsing), median(reading), median(unifying));
    println!(
        "{name}: {} patients, {resources} resources, {:.1} MB, median of {rounds} rounds",
        records.len(),
        bytes as f64 / 1e6
    );
    for (what, took) in [
        ("serde_json::Value, parse only", parse),
        ("Curlew, read only", read),
        ("Curlew, read and unify", unify),
    ] {
        println!(
            "  {what:<30} {:>9.1} ms  {:>9.0} resources/s  {:>6.1} MB/s  {:>5.2} of the Value parse",
            took.as_secs_f64() * 1e3,
            resources as f64 / took.as_secs_f64(),
            bytes as f64 / 1e6 / took.as_secs_f64(),
            took.as_secs_f64() / parse.as_secs_f64(),
        );
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
