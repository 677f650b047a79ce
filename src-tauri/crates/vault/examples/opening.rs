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
use support::{Bench, allergy, apply, last, open, patient, problem, update};

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let of = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    format!("p50 {:6.2} ms  p99 {:6.2} ms", of(50), of(99))
}

fn measure(mut run: impl FnMut()) -> String {
    let times = (0..100).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    percentiles(times.collect())
}

/// One measurement, of the size and kind that fills most records.
fn measurement(number: u32) -> String {
    let (year, month, day) = (1990 + number % 35, 1 + number % 12, 1 + number % 28);
    let (code, name) = [
        ("1022431000000105", "Haemoglobin"),
        ("1000621000000104", "Serum potassium level"),
    ][number as usize % 2];
    format!(
        r#"{{"resourceType":"Observation","id":"o{number}","meta":{{"versionId":"1","lastUpdated":"2026-11-20T08:00:00Z","profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation-Lab"],"tag":[{{"system":"urn:synthetic:setting","code":"acute"}}]}},"identifier":[{{"system":"urn:synthetic:lab","value":"{:08x}"}}],"status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory","display":"Laboratory"}}]}}],"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"{code}","display":"{name}"}}],"text":"{name}"}},"subject":{{"reference":"Patient/p1"}},"effectiveDateTime":"{year}-{month:02}-{day:02}T09:{:02}:00Z","issued":"{year}-{month:02}-{day:02}T12:00:00Z","performer":[{{"display":"Synthetic Pathology Laboratory"}}],"valueQuantity":{{"value":{}.{},"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"}},"referenceRange":[{{"low":{{"value":115,"unit":"g/L"}},"high":{{"value":165,"unit":"g/L"}}}}]}}"#,
        number.wrapping_mul(2_654_435_761),
        number % 60,
        90 + number % 80,
        number % 10
    )
}

fn main() {
    let sizes = std::env::args().skip(1).filter_map(|size| size.parse().ok());
    let sizes: Vec<u32> = sizes.collect();
    for size in if sizes.is_empty() {
        vec![100, 1_000, 10_000]
    } else {
        sizes
    } {
        let bench = Bench::new();
        let vault = bench.create();
        let mut raws = vec![patient("p1", "Measured"), allergy("p1", "a1", "penicillin")];
        raws.push(problem(
            "p1",
            "c1",
            "Chronic kidney disease of joint 77",
            "2020-05-01",
        ));
        raws.extend((0..size).map(measurement));
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
    }
}
