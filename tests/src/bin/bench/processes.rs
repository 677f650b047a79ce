//! A program with everything it started: how much memory all of it holds.

use curlew_tests::Outcome;
use std::collections::HashMap;
use std::path::Path;

/// Memory of a process and all its descendants, in MiB, each page counted in shares of those who hold it (PSS).
pub(crate) fn memory_of(process: u32) -> Outcome<f64> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for (id, stat) in processes()? {
        // After the name, which may hold anything, come the state and the parent.
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1));
        if let Some(parent) = parent.and_then(|parent| parent.parse().ok()) {
            children.entry(parent).or_default().push(id);
        }
    }
    let (mut waiting, mut kib) = (vec![process], 0.0);
    while let Some(id) = waiting.pop() {
        waiting.extend(children.remove(&id).unwrap_or_default());
        // One that has just ended holds nothing.
        let told = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
        let pss = told.lines().find_map(|line| line.strip_prefix("Pss:"));
        let pss = pss.and_then(|rest| rest.split_whitespace().next());
        kib += pss.map_or(Ok(0.0), str::parse)?;
    }
    Ok(kib / 1024.0)
}

/// The process that runs this program.
pub(crate) fn running(program: &Path) -> Outcome<u32> {
    processes()?
        .into_iter()
        .map(|(id, _)| id)
        .find(|id| std::fs::read_link(format!("/proc/{id}/exe")).is_ok_and(|exe| exe == program))
        .ok_or_else(|| format!("{} does not run", program.display()).into())
}

fn processes() -> Outcome<Vec<(u32, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        if let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok())
            && let Ok(stat) = std::fs::read_to_string(entry.path().join("stat"))
        {
            found.push((id, stat));
        }
    }
    Ok(found)
}
