//! Hostile and damaged input for the reader and the record.
//!
//! Here are the bodies of the fuzz targets and the seeds they start from. A body takes any bytes and panics where a
//! promise is broken, not only where the code is: reader and header agree, the grammar is JSON's, nothing
//! vanishes, order decides nothing, no markup survives. What is hung on for five seconds counts as a finding too.
//!
//! `record/tests/fuzz_seeds.rs` includes this file as a module and runs every body over every seed, so an ordinary run
//! of the tests keeps the targets honest. To hunt, with a nightly compiler and `cargo install cargo-fuzz`, from
//! the workspace's root:
//!
//! ```text
//! ../shared/data/unpack target/shared-data
//! cargo +nightly run --manifest-path tests/fuzz/Cargo.toml --example seeds -- \
//!     target/shared-data tests/fuzz/corpus
//! nice -n 19 cargo +nightly fuzz run --fuzz-dir tests/fuzz -s none history -- -max_total_time=600 -timeout=5
//! ```
//!
//! A finding lies in `tests/fuzz/artifacts/<target>/`. It may hold a piece of shared data, so it is never committed:
//! write what is wrong with it as a test of `fhir` or `record`, in made-up words, then mend.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use chrono::{DateTime, TimeDelta, Utc};
use curlew_fhir::bundle::read_bundle;
use curlew_fhir::{FhirDateTime, ReadError, read_header, read_resource};
use curlew_record::display::{self, Moment};
use curlew_record::{Arrival, CopyInfo, Held, SourceInput, patient_view, project, source_view};

/// A target's body: takes any bytes, panics at a broken promise.
pub type Body = fn(&[u8]);

/// Every target by name.
pub const TARGETS: [(&str, Body); 5] = [
    ("resource", resource),
    ("page", page),
    ("history", history),
    ("narrative", narrative),
    ("date", date),
];

/// One resource: the reader, the header's reader and `serde_json` agree on what it is.
pub fn resource(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let header = read_header(text);
    let grammatical = || {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
    };
    match read_resource(text) {
        Ok(reading) => {
            let header = header.expect("what can be read has a header");
            assert_eq!(header.resource_type, reading.value.resource_type());
            assert_eq!(header.id, reading.value.id().unwrap_or_default());
            let lost = reading.issues.iter().any(|issue| issue.lost);
            assert_eq!(lost, reading.value.base().lost > 0, "what is lost is named");
            assert!(grammatical(), "only JSON is read");
        }
        Err(ReadError::NotJson { at }) => {
            assert!(at <= text.len());
            assert!(!grammatical(), "JSON is not refused as something else");
        }
        Err(_) => {}
    }
}

/// A page: every entry handed over is a slice of it, and can be looked at.
pub fn page(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(bundle) = read_bundle(text) else {
        return;
    };
    let _ = (bundle.link("next"), bundle.outcomes().count());
    let bytes = text.as_bytes().as_ptr_range();
    for raw in bundle.entries.iter().filter_map(|entry| entry.resource) {
        let slice = raw.as_bytes().as_ptr_range();
        assert!(bytes.start <= slice.start && slice.end <= bytes.end);
        let _ = (read_header(raw), read_resource(raw));
    }
}

/// A whole record: every resource shown or named, in whatever order they came, and every line can be opened.
pub fn history(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(bundle) = read_bundle(text) else {
        return;
    };
    let resources: Vec<&str> = bundle.entries.iter().filter_map(|entry| entry.resource).collect();
    let patient = resources
        .iter()
        .filter_map(|raw| read_header(raw).ok())
        .find(|header| header.resource_type == "Patient")
        .map(|header| header.id)
        .unwrap_or_default();
    let received = now() - TimeDelta::hours(2);
    let mut held: Vec<Held<'_>> = resources
        .iter()
        .map(|raw| Held {
            raw,
            version_received: received,
        })
        .collect();
    let record = project(&patient, held.clone(), &Arrival::default());
    assert_eq!(record.gaps.received as usize, held.len());
    assert_eq!(
        record.gaps.received,
        record.gaps.shown + record.gaps.named,
        "nothing vanishes"
    );
    held.reverse();
    assert!(
        record == project(&patient, held, &Arrival::default()),
        "order decides nothing"
    );
    let copy = CopyInfo {
        last_contact: Some(received),
        readable_until: None,
        ..CopyInfo::default()
    };
    let _ = patient_view(&record.first, now(), &copy, Some(received));
    let by_name: BTreeMap<String, &str> = resources
        .iter()
        .filter_map(|raw| {
            let header = read_header(raw).ok()?;
            Some((format!("{}/{}", header.resource_type, header.id), *raw))
        })
        .collect();
    for line in record.lines() {
        let behind: Vec<SourceInput<'_>> = line
            .sources
            .iter()
            .filter_map(|source| by_name.get(&source.resource))
            .map(|raw| SourceInput {
                raw,
                received,
                recorded: None,
            })
            .collect();
        let _ = source_view(line, &behind);
    }
}

/// XHTML from outside: no tag survives.
pub fn narrative(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let raw = serde_json::json!({"resourceType": "Procedure", "id": "p", "text": {"status": "generated", "div": text}})
        .to_string();
    let held = Held {
        raw: &raw,
        version_received: now(),
    };
    let record = project("", [held], &Arrival::default());
    let line = record.lines().next().expect("a resource has a line");
    let opened = source_view(
        line,
        &[SourceInput {
            raw: &raw,
            received: now(),
            recorded: None,
        }],
    );
    let shown = opened.resources[0].text.as_deref().unwrap_or_default();
    // A reference spells a character that stays one: `&lt;` is the only way for it to be shown.
    assert!(
        text.contains('&') || !shown.contains('<'),
        "markup is never shown"
    );
}

/// A date: both readers of dates live, and what it can mean has a beginning before its end.
pub fn date(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Some(date) = FhirDateTime::parse(text) {
        assert_eq!(date.as_str(), text);
        assert!(date.earliest_utc() <= date.latest_utc());
        assert_eq!(date.cmp_earliest(&date), std::cmp::Ordering::Equal);
    }
    if let Some(moment) = Moment::parse(text) {
        let _ = (moment.text(), moment.clock(), moment.missing(), moment.year());
        let _ = (moment.earliest_millis(), display::age(&moment, now()));
        if let (Some(first), Some(last)) = (moment.earliest_day(), moment.latest_day()) {
            assert!(first <= last);
            let _ = display::age_range(first, last, now().date_naive());
        }
    }
}

/// The present of every body.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_420_800, 0).unwrap_or_default()
}

/// One input to start from.
#[derive(Debug)]
pub struct Seed {
    /// Which target it is for.
    pub target: &'static str,
    /// What the target is given.
    pub input: Vec<u8>,
}

/// How large a seed may be: mutation finds nothing in a megabyte.
const SEED_BYTES: usize = 12 << 10;

/// How many resources of one type, from one set, become seeds; and how many narratives.
const SEEDS_OF_A_TYPE: usize = 6;

/// Seeds from a folder of unpacked records: of each set a few resources of each type, their narratives and dates,
/// pages as they were sent where they are small, and pages made of what was found side by side.
///
/// # Errors
/// When a folder or a file cannot be read.
pub fn seeds(data: &Path) -> io::Result<Vec<Seed>> {
    let mut seeds = Vec::new();
    for set in ["synthea", "bulk10-ndjson", "ukcore", "nasty"] {
        let mut files = Vec::new();
        files_below(&data.join(set), &mut files)?;
        files.sort();
        let mut chosen = Chosen::default();
        for file in files {
            // Bytes that are not text are the business of whoever reads the file.
            let text = String::from_utf8_lossy(&fs::read(&file)?).into_owned();
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("ndjson") => text.lines().for_each(|line| chosen.take(line)),
                Some("json") => chosen.take(&text),
                _ => {}
            }
        }
        chosen.into_seeds(&mut seeds);
    }
    Ok(seeds)
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files_below(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// What has been chosen from one set.
#[derive(Default)]
struct Chosen {
    by_type: BTreeMap<String, Vec<String>>,
    pages: Vec<String>,
}

impl Chosen {
    fn take(&mut self, text: &str) {
        let Ok(header) = read_header(text) else { return };
        if header.resource_type == "Bundle" {
            if text.len() <= SEED_BYTES {
                self.pages.push(text.to_owned());
            }
            if let Ok(bundle) = read_bundle(text) {
                for raw in bundle.entries.iter().filter_map(|entry| entry.resource) {
                    self.take(raw);
                }
            }
        } else if text.len() <= SEED_BYTES {
            let of_type = self.by_type.entry(header.resource_type).or_default();
            if of_type.len() < SEEDS_OF_A_TYPE {
                of_type.push(text.to_owned());
            }
        }
    }

    fn into_seeds(self, seeds: &mut Vec<Seed>) {
        let mut add = |target, input: String| {
            seeds.push(Seed {
                target,
                input: input.into_bytes(),
            });
        };
        let mut dates = std::collections::BTreeSet::new();
        for text in self.by_type.values().flatten() {
            let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            if let Some(div) = value.pointer("/text/div").and_then(|div| div.as_str()) {
                add("narrative", div.to_owned());
            }
            dates_in(&value, &mut dates);
            add("resource", text.clone());
        }
        dates.into_iter().take(400).for_each(|text| add("date", text));
        for page in self.pages {
            add("page", page.clone());
            add("history", page);
        }
        // A patient's whole record is too large to mutate: records of one resource of each type, a few at a time.
        for place in 0..SEEDS_OF_A_TYPE {
            let of_each: Vec<&String> = self
                .by_type
                .values()
                .filter_map(|texts| texts.get(place))
                .collect();
            for some in of_each.chunks(6) {
                let patient = self.by_type.get("Patient").and_then(|texts| texts.get(place));
                let entries: Vec<String> = patient
                    .into_iter()
                    .chain(some.iter().copied())
                    .map(|raw| format!(r#"{{"resource":{raw}}}"#))
                    .collect();
                let page = format!(
                    r#"{{"resourceType":"Bundle","type":"searchset","entry":[{}]}}"#,
                    entries.join(",")
                );
                add("history", page);
            }
        }
    }
}

/// Everything inside that begins as a date does.
fn dates_in(value: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::String(text)
            if text.len() <= 40 && text.len() >= 4 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) =>
        {
            found.insert(text.clone());
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| dates_in(item, found)),
        serde_json::Value::Object(members) => members.values().for_each(|item| dates_in(item, found)),
        _ => {}
    }
}
