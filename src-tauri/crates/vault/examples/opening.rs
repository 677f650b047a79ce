//! How long an opening takes, and what a copy costs: `cargo run --release -p curlew-vault --example opening`.
//!
//! Prints, for records of several sizes: time to take in a full load, size on disk beside the JSON, and the 50th and
//! 99th percentile of opening from a file that no connection has open (look written down, file opened and its first
//! page authenticated, first screen read), of one timeline page, and of a search.

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use curlew_record::view::TimelineFilter;
use curlew_vault::Basis;
use support::{Bench, allergy, apply, at, last, open, patient, problem, update};

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let of = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    format!("p50 {:6.2} ms  p99 {:6.2} ms", of(50), of(99))
}

fn measure(mut run: impl FnMut()) -> String {
    let times = (0..200).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    percentiles(times.collect())
}

fn main() {
    for size in [100, 1_000, 10_000] {
        let bench = Bench::new();
        let vault = bench.create();
        let mut raws = vec![patient("p1", "Measured"), allergy("p1", "a1", "penicillin")];
        raws.extend((0..size).map(|number| {
            let year = 1980 + number % 45;
            let text = format!("Measured problem {number} of joint {}", number * 7_919 % 1_000);
            problem(
                "p1",
                &format!("c{number}"),
                &text,
                &format!("{year}-03-{:02}", 1 + number % 28),
            )
        }));
        let json: usize = raws.iter().map(String::len).sum();
        let start = Instant::now();
        apply(&vault, update("p1", Basis::Full, &raws, last(), 1)).expect("a full load");
        let taken = start.elapsed();
        let file = bench.records().remove(0);
        let disk = std::fs::metadata(file).expect("a file").len();
        println!(
            "{size:6} resources: load {:8.1} ms, {:.0} resources/s, disk {:.2} of the JSON",
            taken.as_secs_f64() * 1e3,
            f64::from(size) / taken.as_secs_f64(),
            disk as f64 / json as f64
        );
        println!(
            "  open     {}",
            measure(|| drop(open(&vault, "p1", 2).expect("an open patient")))
        );
        let opened = open(&vault, "p1", 3).expect("an open patient");
        let filter = TimelineFilter::default();
        println!(
            "  page     {}",
            measure(|| drop(opened.timeline(&filter, 40, 50).expect("a page")))
        );
        println!(
            "  search   {}",
            measure(|| drop(opened.search("joint 77", 50).expect("lines")))
        );
        println!(
            "  caseload {}",
            measure(|| drop(vault.caseload_patient("p1").expect("a person")))
        );
        let _ = at(0);
    }
}
