//! Reads every JSON and NDJSON file of the shared records, none of which was written for Curlew.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use curlew_fhir::{Resource, bundle, read_header, read_resource};

/// The folder of unpacked records, or nothing where they are absent.
fn shared_records() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?;
    let unpack = root.parent()?.join("shared/data/unpack");
    if !unpack.exists() {
        return None;
    }
    let folder = root.join("target/shared-data");
    let unpacked = Command::new(unpack)
        .arg(&folder)
        .output()
        .map(|output| output.status);
    assert!(
        unpacked.is_ok_and(|status| status.success()),
        "the shared records could not be unpacked"
    );
    Some(folder)
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    texts: usize,
    resources: usize,
    unknown: usize,
    refused: usize,
    with_issues: usize,
    issues: usize,
}

impl Tally {
    fn read(&mut self, name: &str, text: &str) {
        self.texts += 1;
        let header = read_header(text);
        if let Ok(header) = &header
            && header.resource_type == "Bundle"
        {
            let bundle = bundle::read_bundle(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            for entry in bundle.entries.iter().filter_map(|entry| entry.resource) {
                self.read(name, entry);
            }
        }
        match read_resource(text) {
            Ok(reading) => {
                let header =
                    header.unwrap_or_else(|error| panic!("{name}: read, but its header was not: {error}"));
                assert_eq!(header.resource_type, reading.value.resource_type(), "{name}");
                assert_eq!(header.id, reading.value.id().unwrap_or_default(), "{name}");
                assert_eq!(
                    reading.issues.iter().any(|issue| issue.lost),
                    reading.value.base().lost > 0,
                    "{name}"
                );
                self.resources += 1;
                self.unknown += usize::from(matches!(reading.value, Resource::Unknown(_)));
                self.with_issues += usize::from(!reading.issues.is_empty());
                self.issues += reading.issues.len();
                if std::env::var_os("CORPUS_ISSUES").is_some() {
                    for issue in &reading.issues {
                        println!("{name}: {issue}");
                    }
                }
            }
            // What is refused whole has to be no resource at all: not JSON, or no object with a type.
            Err(error) => {
                self.refused += 1;
                let is_resource = serde_json::from_str::<serde_json::Value>(text)
                    .is_ok_and(|value| value.get("resourceType").is_some_and(|name| name.is_string()));
                assert!(!is_resource, "{name}: {error}");
            }
        }
    }
}

#[test]
fn every_shared_record_is_read_and_nothing_is_refused_for_one_bad_element() {
    let Some(folder) = shared_records() else {
        // Written past the test harness, which keeps what a passing test prints to itself.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: the shared records are not beside this workspace"
        );
        return;
    };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut files = Vec::new();
    files_below(&folder, &mut files);
    for file in files {
        let extension = file
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        let relative = file.strip_prefix(&folder).unwrap_or(&file);
        let set = relative
            .iter()
            .next()
            .and_then(|set| set.to_str())
            .unwrap_or_default();
        if !["json", "ndjson"].contains(&extension) || set == "fhir-server" {
            continue;
        }
        let bytes = std::fs::read(&file).expect("a file just listed can be read");
        let text = String::from_utf8_lossy(&bytes);
        let tally = tallies.entry(set.to_owned()).or_default();
        let name = relative.display().to_string();
        if extension == "ndjson" {
            text.lines()
                .filter(|line| !line.trim().is_empty())
                .for_each(|line| tally.read(&name, line));
        } else {
            tally.read(&name, &text);
        }
    }
    for (set, tally) in &tallies {
        println!("{set}: {tally:?}");
    }
    assert!(
        tallies.values().map(|tally| tally.resources).sum::<usize>() > 45_000,
        "the records were found and read"
    );
}
