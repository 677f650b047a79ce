//! What it costs to cache a patient, beside inserting the same JSON durably into plain SQLite, one file a patient.
//!
//! Ours is everything: headers read, consent asked, stored page by page with its cursor, unified, projected, indexed,
//! compressed, encrypted and durable. The reference does nothing but insert, and is given the resources' names.

use crate::figures::{Limit, Report, Sample};
use crate::plain::{Plain, named};
use crate::records::{Data, Record};
use crate::store::{PAGE, Store};
use clap::Args;
use curlew_tests::Outcome;
use std::time::Instant;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,
    /// Figures as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// How many rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Resources stored in one durable step.
    #[arg(long, default_value_t = PAGE)]
    page: usize,
    /// Resources in the made-up records.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000, 50_000])]
    sizes: Vec<usize>,
    /// Leave the real data out.
    #[arg(long)]
    made_up_only: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let report = Report::begin("cache", options.json);
    report.say(&format!(
        "Stored in pages of {}; one thread; both sides synchronous = FULL, one file a patient.",
        options.page
    ));
    for &size in &options.sizes {
        // As many patients as keep a round long enough to be timed.
        let patients = (2_000 / size.max(1)).clamp(1, 20);
        let records: Vec<Record> = (0..patients)
            .map(|number| Record::made_up(&format!("cached-{number}"), number, size))
            .collect();
        let rounds = if size > 20_000 {
            options.rounds.min(3)
        } else {
            options.rounds
        };
        measure(
            &report,
            &format!("{patients} x {size} made-up resources"),
            &records,
            options.page,
            rounds,
        )?;
    }
    if options.made_up_only {
        return Ok(());
    }
    let real = options.data.synthea()?;
    if real.is_empty() {
        report.say("Synthea: SKIPPED, the shared data is not there. Name it with --data DIR.");
        return Ok(());
    }
    measure(&report, "Synthea", &real, options.page, options.rounds.min(3))
}

/// The aims: beside plain SQLite, resources a second, and bytes on disk beside the JSON.
const AIM_RATIO: f64 = 1.5;
const AIM_RATE: f64 = 20_000.0;
const AIM_DISK: f64 = 0.35;

fn measure(report: &Report, name: &str, records: &[Record], page: usize, rounds: u32) -> Outcome {
    let resources: usize = records.iter().map(|record| record.resources.len()).sum();
    let bytes: usize = records.iter().map(Record::bytes).sum();
    let named: Vec<_> = records.iter().map(named).collect::<Outcome<_>>()?;
    let [mut ours, mut theirs, mut disk, mut plain_disk] = [const { Sample::new() }; 4];
    for _ in 0..rounds {
        let folder = tempfile::tempdir()?;
        let begun = Instant::now();
        for (place, record) in named.iter().enumerate() {
            Plain::insert(folder.path(), &place.to_string(), record)?;
        }
        theirs.add_time(begun.elapsed());
        plain_disk.add(crate::store::size_of(folder.path())? as f64 / bytes as f64);

        let store = Store::new()?;
        let begun = Instant::now();
        for record in records {
            store.cache_in_pages(record, page)?;
        }
        ours.add_time(begun.elapsed());
        let mut files = 0;
        for file in store.files()? {
            files += std::fs::metadata(file)?.len();
        }
        disk.add(files as f64 / bytes as f64);
    }
    report.say(&format!(
        "{name}: {} patients, {resources} resources, {:.1} MB of JSON",
        records.len(),
        bytes as f64 / 1e6
    ));
    report.times("Curlew, everything", &ours);
    report.times("plain SQLite, insert", &theirs);
    let rate = |sample: &Sample| resources as f64 / sample.median() * 1e3;
    report.held_to(
        "beside plain SQLite",
        ours.median() / theirs.median(),
        Limit::AtMost(AIM_RATIO),
        "x",
    );
    report.held_to(
        "on one core",
        rate(&ours),
        Limit::AtLeast(AIM_RATE),
        "resources/s",
    );
    report.held_to(
        "patients' files beside the JSON",
        disk.median(),
        Limit::AtMost(AIM_DISK),
        "x",
    );
    report.ratio("plain SQLite's files beside the JSON", plain_disk.median(), 1.0);
    Ok(())
}
