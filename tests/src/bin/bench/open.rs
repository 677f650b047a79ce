//! From a call to the first screen's data, out of an encrypted file that nothing has open and that the system has
//! forgotten, beside plain SQLite with the same JSON.

use crate::figures::{Limit, Report, Sample};
use crate::plain::{Plain, named};
use crate::records::{Data, Record};
use crate::store::{Store, evict, read_from_disk};
use clap::Args;
use curlew_tests::Outcome;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    data: Data,
    /// Figures as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// How often each is opened.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Resources in the records.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000, 50_000])]
    sizes: Vec<usize>,
}

/// The aim: the 99th percentile of a cold opening, in milliseconds.
const AIM: f64 = 5.0;

pub(crate) fn run(options: &Options) -> Outcome {
    let report = Report::begin("open", options.json);
    let folder = tempfile::tempdir()?;
    let mut flat = Vec::new();
    for &size in &options.sizes {
        let record = Record::made_up("opened", 1, size);
        let store = Store::new()?;
        store.cache(&record)?;
        let plain = Plain::insert(folder.path(), &format!("plain-{size}"), &named(&record)?)?;
        let first = serde_json::to_string(&store.open(&record.patient)?.first()?)?;
        plain.insert_first(&first)?;
        let file = store.files()?.pop().ok_or("no file was made")?;
        report.say(&format!(
            "{size} made-up resources, first screen {} bytes:",
            first.len()
        ));
        let [mut cold, mut warm, mut look] = [const { Sample::new() }; 3];
        let [mut row, mut all] = [const { Sample::new() }; 2];
        let before = read_from_disk();
        let mut asked = true;
        for _ in 0..options.rounds {
            asked &= evict(&file)?;
            drop(cold.time(|| store.open(&record.patient))?);
        }
        let read = before.zip(read_from_disk()).map(|(before, now)| now - before);
        for round in 0..options.rounds {
            drop(warm.time(|| store.open(&record.patient))?);
            drop(look.time(|| store.look(&record.patient))?);
            evict(plain.path())?;
            row.time(|| plain.read_first())?;
            // Reading a long record whole is slow enough to be seen in a few rounds.
            if round < 20 {
                evict(plain.path())?;
                all.time(|| plain.read_all())?;
            }
        }
        match read {
            Some(bytes) if asked => report.say(&format!(
                "  page cache: dropped for the file before each cold opening; {:.1} KiB came from the disk each time",
                bytes as f64 / 1024.0 / f64::from(options.rounds)
            )),
            _ => report.say("  page cache: this system cannot be asked to drop it; \"cold\" is warm here"),
        }
        report.times("Curlew, cold: look written down, opened, first screen", &cold);
        report.times("Curlew, warm: the same with the file in the page cache", &warm);
        report.times("of that, writing the look down durably", &look);
        report.times("plain SQLite, cold: one row with the same first screen", &row);
        report.times("plain SQLite, cold: all of the record's JSON", &all);
        report.ratio(
            "cold opening beside reading that one row",
            cold.median(),
            row.median(),
        );
        report.ratio(
            "cold opening beside reading all the JSON",
            cold.median(),
            all.median(),
        );
        report.held_to(
            "cold opening, 99th percentile",
            cold.percentile(99.0),
            Limit::AtMost(AIM),
            "ms",
        );
        flat.push((size, cold.median()));
    }
    if let [(_, first), .., (_, last)] = flat[..] {
        report.ratio("the largest record beside the smallest (flat is 1)", last, first);
    }
    let real = options.data.synthea()?;
    if real.is_empty() {
        report.say("Synthea: SKIPPED, the shared data is not there. Name it with --data DIR.");
        return Ok(());
    }
    let store = Store::new()?;
    for record in &real {
        store.cache(record)?;
    }
    let files = store.files()?;
    let mut cold = Sample::new();
    for _ in 0..3 {
        for record in &real {
            for file in &files {
                evict(file)?;
            }
            drop(cold.time(|| store.open(&record.patient))?);
        }
    }
    report.say(&format!(
        "Synthea, {} patients, each opened three times:",
        real.len()
    ));
    report.times("Curlew, cold", &cold);
    report.held_to(
        "cold opening, 99th percentile",
        cold.percentile(99.0),
        Limit::AtMost(AIM),
        "ms",
    );
    Ok(())
}
