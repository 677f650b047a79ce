//! What running programs hold in memory: the app, its web view's processes, and everything they have open.
//!
//! Linux only, and only for processes this user may trace: the hunt of a real window runs as root or with `ptrace` allowed.

use crate::Outcome;
use crate::hunt::{Hunt, Searched};
use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// About the most read at once.
const PIECE: usize = 8 * 1024 * 1024;

/// Longer than any needle.
const OVERLAP: usize = 4 * 1024;

/// The kernel's unit of memory on every machine these tests run on; where it is larger, pages are only looked at twice.
const PAGE: u64 = 4096;

/// One running process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// What it calls itself, 15 letters at most.
    pub name: String,
}

impl Process {
    /// Whether it still runs.
    #[must_use]
    pub fn is_there(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id)).unwrap_or_default();
        let state = stat
            .rfind(')')
            .and_then(|close| stat[close + 1..].split_whitespace().next());
        // One that has ended and has not been waited for holds nothing either.
        state.is_some_and(|state| state != "Z" && state != "X")
    }
}

/// The processes that run `program`, and everything they have started, directly or not.
///
/// # Errors
/// When the list of processes cannot be read.
pub fn family_of(program: &Path) -> Outcome<Vec<Process>> {
    let mut parents: HashMap<u32, (u32, String)> = HashMap::new();
    let mut family = BTreeSet::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process that ends meanwhile is no longer there to be searched.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // The name stands in brackets and may hold any character, so the last bracket counts.
        let (Some(open), Some(close)) = (stat.find('('), stat.rfind(')')) else {
            continue;
        };
        let parent = stat[close + 1..].split_whitespace().nth(1);
        let Some(parent) = parent.and_then(|parent| parent.parse().ok()) else {
            continue;
        };
        parents.insert(id, (parent, stat[open + 1..close].to_owned()));
        if fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == program) {
            family.insert(id);
        }
    }
    loop {
        let children: Vec<u32> = parents
            .iter()
            .filter(|(id, (parent, _))| family.contains(parent) && !family.contains(*id))
            .map(|(id, _)| *id)
            .collect();
        if children.is_empty() {
            break;
        }
        family.extend(children);
    }
    Ok(family
        .into_iter()
        .filter_map(|id| {
            Some(Process {
                id,
                name: parents.get(&id)?.1.clone(),
            })
        })
        .collect())
}

/// The pieces of a region that hold anything: web engines reserve gigabytes that they never touch.
fn held(pages: &File, from: u64, to: u64) -> Outcome<Vec<(u64, usize)>> {
    let mut pieces: Vec<(u64, usize)> = Vec::new();
    let mut at = from;
    while at < to {
        let size = (to - at).min(PIECE as u64);
        let mut flags = vec![0; usize::try_from(size / PAGE)? * 8];
        pages.read_exact_at(&mut flags, at / PAGE * 8)?;
        for (number, flag) in flags.chunks_exact(8).enumerate() {
            // Bits 63 and 62, present and in the swap file, stand in the last byte (kernel's admin-guide/mm/pagemap).
            if flag[7] & 0xc0 == 0 {
                continue;
            }
            let page = at + number as u64 * PAGE;
            match pieces.last_mut() {
                Some((start, size)) if *start + *size as u64 == page && *size < PIECE => {
                    *size += PAGE as usize
                }
                // A word across the edge of two pieces must not be lost between them.
                Some((start, size)) if *start + *size as u64 == page => {
                    pieces.push((page - OVERLAP as u64, PAGE as usize + OVERLAP));
                }
                _ => pieces.push((page, PAGE as usize)),
            }
        }
        at += size;
    }
    Ok(pieces)
}

impl Hunt {
    /// Searches everything these processes can read, and every file they have open, deleted or never named ones included.
    /// A place is named `name/region`.
    ///
    /// # Errors
    /// When a process may not be read: what cannot be searched is not clean.
    pub fn search_memory(&self, processes: &[Process]) -> Outcome<Searched> {
        let mut searched = Searched::default();
        for process in processes {
            let outcome = self
                .search_regions(process, &mut searched)
                .and_then(|()| self.search_open_files(process, &mut searched));
            // A process that has ended holds nothing.
            if process.is_there() {
                outcome?;
            }
        }
        Ok(searched)
    }

    fn search_regions(&self, process: &Process, searched: &mut Searched) -> Outcome {
        let folder = PathBuf::from(format!("/proc/{}", process.id));
        let memory = File::open(folder.join("mem"))
            .map_err(|error| format!("{} may not be read: {error}", process.name))?;
        let pages = File::open(folder.join("pagemap"))?;
        for line in fs::read_to_string(folder.join("maps"))?.lines() {
            let mut parts = line.split_whitespace();
            let (Some(range), Some(rights)) = (parts.next(), parts.next()) else {
                continue;
            };
            let what = parts.nth(3).unwrap_or("anonymous");
            let bounds = range.split_once('-').and_then(|(from, to)| {
                Some((
                    u64::from_str_radix(from, 16).ok()?,
                    u64::from_str_radix(to, 16).ok()?,
                ))
            });
            let Some((from, to)) = bounds else { continue };
            // Programs and fonts are as they were installed, unless somebody may write there. The kernel's own pages cannot be read.
            let as_installed = what.starts_with("/usr/") && !rights.contains('w');
            if !rights.starts_with('r') || as_installed || what.starts_with("[v") {
                continue;
            }
            let place = PathBuf::from(format!("{}/{}", process.name, what.trim_start_matches('/')));
            for (at, size) in held(&pages, from, to)? {
                let mut bytes = vec![0; size];
                // A page may have been given back since the list was read.
                if let Ok(read) = memory.read_at(&mut bytes, at) {
                    self.look(&bytes[..read], &place, &mut searched.found);
                    searched.bytes += read as u64;
                }
            }
            searched.files += 1;
        }
        Ok(())
    }

    fn search_open_files(&self, process: &Process, searched: &mut Searched) -> Outcome {
        for entry in fs::read_dir(format!("/proc/{}/fd", process.id))? {
            let entry = entry?;
            // Standard input and output are the caller's, who searches what it wrote itself.
            if matches!(entry.file_name().to_str(), Some("0" | "1" | "2")) {
                continue;
            }
            let path = entry.path();
            let (Ok(link), Ok(about)) = (fs::read_link(&path), fs::metadata(&path)) else {
                continue;
            };
            // Not the kernel's own accounts of a process, which hold nothing of it and may outlive it.
            let installed = ["/usr", "/proc", "/sys"]
                .iter()
                .any(|folder| link.starts_with(folder));
            if !about.is_file() || installed {
                continue;
            }
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(format!("{} cannot be read: {error}", link.display()).into()),
            };
            let place = PathBuf::from(format!("{}/open file {}", process.name, link.display()));
            self.look(&bytes, &place, &mut searched.found);
            searched.bytes += bytes.len() as u64;
            searched.files += 1;
        }
        Ok(())
    }
}
