//! Reading and unifying whole records, beside `serde_json::Value` on the same bytes.
//!
//! A round does three things to every patient in turn: parses each resource into a `Value` and drops it, reads
//! each resource into Curlew's structs and drops it, and projects the record. All are done in every round, so that
//! whatever else the machine does strikes them alike; the median round is printed.

use chrono::{DateTime, Utc};
use clap::Args;
use curlew_record::{Arrival, Held, project};
use curlew_tests::Outcome;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder with the shared data, packed (with its `unpack`) or unpacked.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Where packed data is unpacked.
    #[arg(long, default_value = "target/shared-data")]
    unpacked: PathBuf,
    /// How many rounds.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// One patient's record, as received.
struct Record {
    patient: String,
    resources: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Outcome {
    if cfg!(debug_assertions) {
        println!("This is not a release build: the figures say nothing about what people run.");
    }
    let Some(folder) = unpacked(options)? else {
        println!(
            "SKIPPED: {} is absent, so there is nothing to measure with. Name the data with --data DIR.",
            options.data.display()
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

/// The unpacked folder; `None` where there is no data.
fn unpacked(options: &Options) -> Outcome<Option<PathBuf>> {
    let unpack = options.data.join("unpack");
    if unpack.is_file() {
        std::fs::create_dir_all(&options.unpacked)?;
        let said = Command::new("bash")
            .arg(&unpack)
            .arg(&options.unpacked)
            .output()?;
        if !said.status.success() {
            return Err(format!("unpacking failed: {}", String::from_utf8_lossy(&said.stderr)).into());
        }
        return Ok(Some(options.unpacked.clone()));
    }
    let there = options.data.join("synthea").is_dir() || options.data.join("bulk10-ndjson").is_dir();
    Ok(there.then(|| options.data.clone()))
}

fn files(folder: &Path, extension: &str) -> Outcome<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A record from each file that is a Bundle with a Patient in it.
fn bundles(folder: &Path) -> Outcome<Vec<Record>> {
    let mut records = Vec::new();
    for path in files(folder, "json")? {
        let text = std::fs::read_to_string(&path)?;
        let bundle = curlew_fhir::bundle::read_bundle(&text)?;
        let resources: Vec<String> = bundle
            .entries
            .iter()
            .filter_map(|entry| entry.resource.map(str::to_owned))
            .collect();
        let patient = resources
            .iter()
            .filter_map(|raw| curlew_fhir::read_header(raw).ok())
            .find(|header| header.resource_type == "Patient");
        if let Some(patient) = patient {
            records.push(Record {
                patient: patient.id,
                resources,
            });
        }
    }
    Ok(records)
}

/// Records out of files with a resource a line, by the patient each is about. What is about nobody is left out.
fn ndjson(folder: &Path) -> Outcome<Vec<Record>> {
    let mut by_patient: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files(folder, "ndjson")? {
        for line in std::fs::read_to_string(&path)?.lines() {
            let Ok(header) = curlew_fhir::read_header(line) else {
                continue;
            };
            let patient = match header.resource_type.as_str() {
                "Patient" => Some(header.id),
                _ => header.patient,
            };
            if let Some(patient) = patient {
                by_patient.entry(patient).or_default().push(line.to_owned());
            }
        }
    }
    Ok(by_patient
        .into_iter()
        .map(|(patient, resources)| Record { patient, resources })
        .collect())
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
            for raw in &record.resources {
                black_box(curlew_fhir::read_resource(raw).is_ok());
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
