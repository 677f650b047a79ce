//! The sandbox in a process of its own, so that neither its time nor its memory is counted as Curlew's.

use crate::synthetic;
use clap::Args;
use curlew_sandbox::{Options as SandboxOptions, Sandbox, Source};
use curlew_tests::Outcome;
use serde_json::json;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use url::Url;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many people.
    #[arg(long)]
    patients: usize,
    /// Resources of each of them, besides their Patient resource.
    #[arg(long)]
    each: usize,
    /// The synthetic population, each person's record filled up to that many, instead of filled records only.
    #[arg(long)]
    population: bool,
    /// One more person, with a record of so many resources.
    #[arg(long)]
    enormous: Option<usize>,
}

/// Serves until standard input ends. Says its address, then what it has been asked, once for each line it reads.
pub(crate) fn run(options: &Options) -> Outcome {
    let source = if options.population {
        Source::Population {
            seed: 1,
            patients: options.patients,
            today: chrono::Utc::now().date_naive(),
        }
    } else {
        Source::Empty
    };
    let running = Sandbox::start(SandboxOptions {
        source,
        // No token is to end in the middle of a measurement.
        token_lifetime: Duration::from_secs(24 * 3600),
        ..SandboxOptions::default()
    })?;
    // What is held is an hour old when it is first asked for. A delta asks again for the minutes before the last contact, so
    // that a caseload filled a moment ago would be sent whole once more, which no caseload on a real day is.
    let age = chrono::TimeDelta::hours(1);
    running.shift_clock(-age);
    let store = running.store();
    let people: Vec<String> = if options.population {
        store.ids("Patient")
    } else {
        (0..options.patients + options.enormous.map_or(0, |_| 1))
            .map(|number| format!("bench-{number}"))
            .collect()
    };
    if !options.population {
        let members: Vec<_> = people
            .iter()
            .map(|id| json!({"entity": {"reference": format!("Patient/{id}")}}))
            .collect();
        store.put(&json!({
            "resourceType": "Group", "id": "bench", "type": "person", "actual": true, "active": true, "member": members,
            "identifier": [{"system": "https://sandbox.curlew.example/Id/caseload", "value": "nurse"}],
        }))?;
    }
    for (place, id) in people.iter().enumerate() {
        if !options.population {
            store.put(&synthetic::patient(id, place))?;
        }
        let there = store.record_of(id).len();
        let each = match options.enormous {
            Some(enormous) if place == options.patients => enormous,
            _ => options.each,
        };
        for number in there..each {
            store.put(&synthetic::resource(id, number))?;
        }
    }
    running.shift_clock(age);
    let mut out = std::io::stdout();
    writeln!(out, "{}", running.base_url())?;
    out.flush()?;
    for line in std::io::stdin().lines() {
        line?;
        let asked = running.requests();
        writeln!(
            out,
            "{} {} {} {}",
            asked.total(),
            asked.body_bytes(),
            store.count(),
            asked.in_batches()
        )?;
        out.flush()?;
        asked.reset();
    }
    running.stop();
    Ok(())
}

/// A server process; it ends with this.
pub(crate) struct Server {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    pub(crate) base: Url,
}

/// What a server has been asked since it was last asked this.
pub(crate) struct Asked {
    pub(crate) requests: u64,
    /// As sent: compressed.
    pub(crate) bytes: u64,
    /// Resources it holds.
    pub(crate) resources: u64,
    /// Questions it answered inside batches, which are one request each.
    pub(crate) in_batches: u64,
}

impl Server {
    pub(crate) fn start(patients: usize, each: usize, population: bool) -> Outcome<Self> {
        Self::serving(patients, each, population, None)
    }

    /// Made-up people with ordinary records, and one more at the end with an enormous one.
    #[cfg(target_os = "linux")]
    pub(crate) fn with_an_enormous_one(patients: usize, each: usize, enormous: usize) -> Outcome<Self> {
        Self::serving(patients, each, false, Some(enormous))
    }

    fn serving(patients: usize, each: usize, population: bool, enormous: Option<usize>) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([
            "serve",
            "--patients",
            &patients.to_string(),
            "--each",
            &each.to_string(),
        ]);
        if population {
            command.arg("--population");
        }
        if let Some(enormous) = enormous {
            command.args(["--enormous", &enormous.to_string()]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let ask = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().ok_or("the server has no output")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        Ok(Self {
            base: line.trim().parse()?,
            child,
            ask,
            answers,
        })
    }

    /// What it has been asked since the last time, and starts counting anew.
    pub(crate) fn asked(&mut self) -> Outcome<Asked> {
        let ask = self.ask.as_mut().ok_or("the server is gone")?;
        writeln!(ask)?;
        ask.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let mut numbers = line.split_whitespace().map(str::parse::<u64>);
        let mut next = || {
            numbers
                .next()
                .ok_or("the server did not say")?
                .map_err(|_| "not a number")
        };
        Ok(Asked {
            requests: next()?,
            bytes: next()?,
            resources: next()?,
            in_batches: next()?,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when its input does; killed only if that cannot be.
        drop(self.ask.take());
        if self.child.wait().is_err() {
            let _ = self.child.kill();
        }
    }
}
