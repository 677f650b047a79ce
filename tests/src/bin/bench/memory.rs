//! How much memory caching takes: one ordinary patient, one enormous one, and a great many, each in a process of its own.
//!
//! The figure is the most the process ever held in memory at once (`VmHWM`), everything included: program, run time,
//! network, and the store's own. Linux only.

use crate::server::Server;
use clap::Args;
use curlew_tests::Outcome;
use curlew_tests::support::{Asking, Contact};
use std::process::Command;
use std::time::Instant;
use url::Url;

/// What more than one ordinary patient may take at the most, in MiB, or half as much again as one.
const ALLOWED_MIB: f64 = 64.0;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Resources of an ordinary record.
    #[arg(long, default_value_t = 1_000)]
    ordinary: usize,
    /// Resources of the enormous one.
    #[arg(long, default_value_t = 50_000)]
    enormous: usize,
    /// How many ordinary ones at once.
    #[arg(long, default_value_t = 500)]
    many: usize,
}

#[derive(Debug, Args)]
pub(crate) struct ChildOptions {
    /// The record API.
    #[arg(long)]
    base: Url,
}

/// Measures each case against a server of its own.
pub(crate) fn run(options: &Options) -> Outcome {
    if cfg!(debug_assertions) {
        println!("This is not a release build: the figures say nothing about what people run.");
    }
    let mut ordinary = None;
    println!(
        "{:<44} {:>10} {:>9} {:>12}",
        "cached", "peak", "seconds", "above one"
    );
    for (what, patients, each) in [
        ("one ordinary patient", 1, options.ordinary),
        ("one enormous patient", 1, options.enormous),
        ("many ordinary patients", options.many, options.ordinary),
    ] {
        let server = Server::start(patients, each, false)?;
        let child = Command::new(std::env::current_exe()?)
            .args(["cache-and-tell", "--base", server.base.as_str()])
            .output()?;
        if !child.status.success() {
            return Err(String::from_utf8_lossy(&child.stderr).into_owned().into());
        }
        let said = String::from_utf8(child.stdout)?;
        let mut numbers = said.split_whitespace().map(str::parse::<f64>);
        let mut next = || {
            numbers
                .next()
                .ok_or("the child did not say")?
                .map_err(|_| "not a number")
        };
        let (peak, seconds) = (next()? / 1024.0, next()?);
        let base = *ordinary.get_or_insert(peak);
        let fits = peak <= base * 1.5 || peak - base <= ALLOWED_MIB;
        println!(
            "{:<44} {:>6.1} MiB {:>9.2} {:>8.1} MiB  {}",
            format!("{what} ({patients} x {each})"),
            peak,
            seconds,
            peak - base,
            if fits {
                "within the limit"
            } else {
                "ABOVE THE LIMIT"
            }
        );
    }
    Ok(())
}

/// Caches everybody on the caseload and tells the most memory that took, in KiB, and the seconds.
pub(crate) fn child(options: &ChildOptions) -> Outcome {
    let run_time = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    run_time.block_on(async {
        let contact = Contact::begin(&options.base, Asking::default()).await?;
        let everyone = contact.everyone().await?;
        let begun = Instant::now();
        let report = contact.load(&everyone).await;
        if !report.all_complete() {
            return Err("not everybody is complete".into());
        }
        println!("{} {}", peak_kib()?, begun.elapsed().as_secs_f64());
        Ok(())
    })
}

/// The most memory this process ever held, in KiB.
pub(crate) fn peak_kib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .ok_or("this system does not tell")?;
    Ok(peak.parse()?)
}
