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
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
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
    /// Resources in a page.
    #[arg(long, default_value_t = PAGE)]
    page: usize,
    /// Resources in the made-up records.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000, 50_000])]
    sizes: Vec<usize>,
    /// Leave the real data out.
    #[arg(long)]
    made_up_only: bool,
}

/// One set of records to cache.
enum Set {
    MadeUp { patients: usize, size: usize },
    Synthea,
}

impl Options {
    fn sets(&self) -> Vec<Set> {
        let mut sets: Vec<Set> = self
            .sizes
            .iter()
            .map(|&size| Set::MadeUp {
                // As many patients as keep a round long enough to be timed.
                patients: (2_000 / size.max(1)).clamp(1, 20),
                size,
            })
            .collect();
        if !self.made_up_only {
            sets.push(Set::Synthea);
        }
        sets
    }

    fn records(&self, set: &Set) -> Outcome<Vec<Record>> {
        match set {
            Set::MadeUp { patients, size } => Ok((0..*patients)
                .map(|number| Record::made_up(&format!("cached-{number}"), number, *size))
                .collect()),
            Set::Synthea => self.data.synthea(),
        }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    let report = Report::begin("cache", options.json);
    report.say(&format!(
        "Pages of {}, stored in durable steps of up to {} MiB; one thread; both sides synchronous = FULL, one file a patient, each \
         side in a process of its own.",
        options.page,
        curlew_vault::PART_BYTES / (1024 * 1024)
    ));
    let mut reference = Reference::start()?;
    for set in options.sets() {
        let records = options.records(&set)?;
        let (name, rounds) = match set {
            Set::MadeUp { patients, size } if size > 20_000 => (
                format!("{patients} x {size} made-up resources"),
                options.rounds.min(3),
            ),
            Set::MadeUp { patients, size } => {
                (format!("{patients} x {size} made-up resources"), options.rounds)
            }
            Set::Synthea => ("Synthea".to_owned(), options.rounds.min(3)),
        };
        if records.is_empty() {
            report.say("Synthea: SKIPPED, the shared data is not there. Name it with --data DIR.");
            return Ok(());
        }
        measure(&report, &name, &records, options.page, rounds, &mut reference)?;
    }
    Ok(())
}

/// The reference, in a process of its own: the engine takes far longer for each allocation once any file of the process was
/// opened with its memory to be locked and wiped, as ours are, and that cannot be undone.
struct Reference {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Reference {
    fn start() -> Outcome<Self> {
        // The same options: it makes the same records.
        let mut child = Command::new(std::env::current_exe()?)
            .arg("cache-plain")
            .args(std::env::args_os().skip(2))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self {
            ask: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().ok_or("the reference has no output")?),
            child,
        })
    }

    fn ask(&mut self, what: &str) -> Outcome<Vec<f64>> {
        let ask = self.ask.as_mut().ok_or("the reference is gone")?;
        writeln!(ask, "{what}")?;
        ask.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?)
    }

    /// Inserts every record of the set once. Gives the milliseconds that took, and bytes of the files.
    fn insert(&mut self) -> Outcome<(f64, f64)> {
        match self.ask("insert")?[..] {
            [milliseconds, bytes] => Ok((milliseconds, bytes)),
            _ => Err("the reference did not say".into()),
        }
    }

    fn next(&mut self) -> Outcome {
        self.ask("next").map(drop)
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // It ends when its input does; killed only if that cannot be.
        drop(self.ask.take());
        if self.child.wait().is_err() {
            let _ = self.child.kill();
        }
    }
}

/// What `cache` starts: inserts a set into plain SQLite each time it is told to.
pub(crate) fn reference(options: &Options) -> Outcome {
    let mut out = std::io::stdout();
    let mut told = std::io::stdin().lines();
    for set in options.sets() {
        let records = options.records(&set)?;
        let named: Vec<_> = records.iter().map(named).collect::<Outcome<_>>()?;
        for line in told.by_ref() {
            if line? == "next" {
                break;
            }
            let folder = tempfile::tempdir()?;
            let begun = Instant::now();
            for (place, record) in named.iter().enumerate() {
                Plain::insert(folder.path(), &place.to_string(), record)?;
            }
            let took = begun.elapsed().as_secs_f64() * 1e3;
            writeln!(out, "{took} {}", crate::store::size_of(folder.path())?)?;
            out.flush()?;
        }
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}

/// The aims: beside plain SQLite, resources a second, and bytes on disk beside the JSON.
const AIM_RATIO: f64 = 1.5;
const AIM_RATE: f64 = 20_000.0;
const AIM_DISK: f64 = 0.35;

fn measure(
    report: &Report,
    name: &str,
    records: &[Record],
    page: usize,
    rounds: u32,
    reference: &mut Reference,
) -> Outcome {
    let resources: usize = records.iter().map(|record| record.resources.len()).sum();
    let bytes: usize = records.iter().map(Record::bytes).sum();
    let [mut ours, mut theirs, mut disk, mut plain_disk] = [const { Sample::new() }; 4];
    for _ in 0..rounds {
        let (milliseconds, plain_bytes) = reference.insert()?;
        theirs.add(milliseconds);
        plain_disk.add(plain_bytes / bytes as f64);

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
    reference.next()
}
