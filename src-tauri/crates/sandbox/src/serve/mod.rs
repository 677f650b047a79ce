//! Serving a folder of somebody else's records: FHIR R4 bundles, single resources and NDJSON.
//!
//! Resource ids are kept, numbers stay as written, and references that only held inside a bundle (`urn:uuid:`, absolute
//! `fullUrl`s, `Practitioner?identifier=…`) are rewritten to `Type/id`. What cannot be loaded is listed, never fatal.

mod caseload;
mod file;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, SubsecRound, Utc};

use crate::json_text;
use crate::server::ServedConsent;
use crate::store::{Facts, Key, Store};
use crate::users::UserAccount;
use file::FileContent;

/// What was loaded and what was not.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LoadReport {
    /// Files read.
    pub files: usize,
    /// Files passed over because they are neither `.json` nor `.ndjson`.
    pub other_files: usize,
    /// Resources served: each (type, id) once.
    pub resources: usize,
    /// Resources met again, word for word the same.
    pub repeated: usize,
    /// Resources met again with other content: kept as a later version.
    pub newer_versions: usize,
    /// Consents and caseloads made up, not among `resources`.
    pub made_up: usize,
    /// References that lead nowhere and were left as written.
    pub unresolved_references: usize,
    /// What could not be loaded.
    pub left_out: Vec<LeftOut>,
}

/// Something that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The file, below the folder served. Names of files may name people: for the person at the terminal, not for logs.
    pub file: String,
    /// Where in the file: `whole file`, `entry 7`, `line 7`.
    pub item: String,
    /// Why.
    pub reason: String,
}

impl LoadReport {
    pub(crate) fn leave_out(&mut self, file: &str, item: &str, reason: &str) {
        self.left_out.push(LeftOut {
            file: file.into(),
            item: item.into(),
            reason: reason.into(),
        });
    }
}

/// Reads everything below `dir` into the store, and makes up caseloads and consents for its patients.
pub(crate) fn load_folder(
    store: &Store,
    dir: &Path,
    consent: ServedConsent,
    users: &[UserAccount],
) -> io::Result<LoadReport> {
    let mut report = LoadReport::default();
    let mut paths = Vec::new();
    find_files(dir, &mut paths, &mut report)?;
    paths.sort();
    report.files = paths.len();

    let mut contents = read_all(&paths);
    resolve_across_files(&mut contents, &mut report);
    let mut newest = DateTime::<Utc>::UNIX_EPOCH;
    let mut known: HashMap<Key, String> = HashMap::new();
    for (path, content) in paths.iter().zip(contents) {
        let name = path.strip_prefix(dir).unwrap_or(path).to_string_lossy();
        newest = newest.max(content.modified);
        for (item, reason) in content.left_out {
            report.leave_out(&name, &item, &reason);
        }
        for pending in content.resources {
            let prepared = pending.prepared;
            match known.get(&prepared.key) {
                Some(text) if *text == fingerprint(&prepared.text) => {
                    report.repeated += 1;
                    continue;
                }
                Some(_) => report.newer_versions += 1,
                None => report.resources += 1,
            }
            known.insert(prepared.key.clone(), fingerprint(&prepared.text));
            // A date of the file's own keeps the same dates over a restart, so a client's next delta is small.
            if let Err(why) = store.load(prepared, content.modified) {
                report.leave_out(&name, &pending.item, &why.to_string());
            }
        }
    }
    report.made_up = caseload::make_up(store, consent, users, newest);
    Ok(report)
}

fn find_files(dir: &Path, paths: &mut Vec<PathBuf>, report: &mut LoadReport) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        if hidden {
            continue;
        }
        if path.is_dir() {
            // A folder below that cannot be opened loses only itself.
            if let Err(why) = find_files(&path, paths, report) {
                report.leave_out(&path.to_string_lossy(), "whole folder", &why.kind().to_string());
            }
        } else if matches!(extension.as_deref(), Some("json" | "ndjson")) {
            paths.push(path);
        } else {
            report.other_files += 1;
        }
    }
    Ok(())
}

/// Reads files on every core; the answers come in the order of the paths.
fn read_all(paths: &[PathBuf]) -> Vec<FileContent> {
    let next = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<FileContent>>> = paths.iter().map(|_| Mutex::new(None)).collect();
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(paths.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((path, slot)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    paths.get(index).zip(slots.get(index))
                } {
                    let content = file::read(path);
                    *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(content);
                }
            });
        }
    });
    let taken = slots.into_iter().map(|slot| {
        slot.into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    });
    taken.map(Option::unwrap_or_default).collect()
}

/// Resolves what one file alone could not: references to other files' `fullUrl`s, and conditional references.
fn resolve_across_files(contents: &mut [FileContent], report: &mut LoadReport) {
    let any_open = contents
        .iter()
        .flat_map(|content| &content.resources)
        .any(|pending| pending.open_references);
    if !any_open {
        return;
    }
    let mut by_url: HashMap<String, Key> = HashMap::new();
    let mut by_identifier: HashMap<(String, String, String), Option<Key>> = HashMap::new();
    for content in contents.iter() {
        by_url.extend(content.full_urls.iter().cloned());
        for pending in &content.resources {
            let Facts { identifiers, .. } = &pending.prepared.facts;
            for (system, value) in identifiers {
                let name = (
                    pending.prepared.key.resource_type.to_string(),
                    system.clone(),
                    value.clone(),
                );
                let key = &pending.prepared.key;
                // Two resources with one identifier: the condition has no one answer.
                let only = by_identifier.entry(name).or_insert_with(|| Some(key.clone()));
                if only.as_ref() != Some(key) {
                    *only = None;
                }
            }
        }
    }
    let resolve = |reference: &str| {
        if let Some(key) = by_url.get(reference) {
            return Some(key.to_string());
        }
        let (resource_type, query) = reference.split_once('?')?;
        let (_, identifier) =
            url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "identifier")?;
        let (system, value) = identifier.split_once('|').unwrap_or(("", &identifier));
        let name = (resource_type.to_owned(), system.to_owned(), value.to_owned());
        by_identifier.get(&name)?.as_ref().map(ToString::to_string)
    };
    for pending in contents
        .iter_mut()
        .flat_map(|content| &mut content.resources)
        .filter(|one| one.open_references)
    {
        let mut unresolved = 0;
        let text = json_text::rewrite(&pending.prepared.text, |member, text| {
            let open = file::is_open_reference(member, text);
            let found = open.then(|| resolve(text)).flatten();
            unresolved += usize::from(open && found.is_none());
            found
        });
        report.unresolved_references += unresolved;
        let Some(text) = text else { continue };
        let Key { resource_type, id } = &pending.prepared.key;
        if let Some(facts) = Facts::read(resource_type, id, &text) {
            pending.prepared.facts = facts;
            pending.prepared.text = text;
        }
    }
}

fn fingerprint(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(text.as_bytes())
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// When a file was last changed, to the second.
fn modified(path: &Path) -> DateTime<Utc> {
    let time = std::fs::metadata(path).and_then(|found| found.modified());
    time.map_or(DateTime::UNIX_EPOCH, |time| {
        DateTime::<Utc>::from(time).trunc_subsecs(0)
    })
}
