//! `cargo xtask hazards`: the hazard log names, for each hazard, the tests that hold its control. A name without a test is a
//! control that nobody holds, so it fails.

use crate::failure::Failure;
use crate::workspace;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The log, from the root.
const LOG: &str = "src-tauri/crates/record/HAZARDS.md";

/// Columns of the log's table: id, hazard, cause, effect, initial risk, control, tests, residual risk.
const COLUMNS: usize = 8;

/// Severity and likelihood as DCB0129 scales them, joined by "x".
const SEVERITIES: [&str; 5] = ["Minor", "Significant", "Considerable", "Major", "Catastrophic"];
const LIKELIHOODS: [&str; 5] = ["Very low", "Low", "Medium", "High", "Very high"];

/// Reads the log and looks for every test it names.
///
/// # Errors
/// Naming each row that is not whole and each test that is not there.
pub(crate) fn run() -> Result<String, Failure> {
    let path = workspace::root().join(LOG);
    let log = fs::read_to_string(&path)
        .map_err(|error| Failure::while_doing(format!("{} cannot be read", path.display()), error))?;
    let mut tests = BTreeSet::new();
    for folder in ["src-tauri", "tests"] {
        collect(&workspace::root().join(folder), &mut tests);
    }
    let (rows, named, problems) = judge(&log, &tests);
    if problems.is_empty() {
        Ok(format!("{rows} hazards, held by {named} tests, all there"))
    } else {
        Err(Failure::new(format!("{LOG}: {}", problems.join("\n  "))))
    }
}

/// Rows, distinct tests they name, and what is wrong.
fn judge(log: &str, tests: &BTreeSet<String>) -> (usize, usize, Vec<String>) {
    let mut problems = Vec::new();
    let mut ids = BTreeSet::new();
    let mut named = BTreeSet::new();
    for line in log.lines().filter(|line| line.starts_with("| H")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let id = cells.first().copied().unwrap_or_default();
        if id == "Hazard" {
            continue;
        }
        if !ids.insert(id.to_owned()) {
            problems.push(format!("{id} is there twice"));
        }
        if cells.len() != COLUMNS || cells.iter().any(|cell| cell.is_empty()) {
            problems.push(format!("{id} has not its {COLUMNS} cells"));
            continue;
        }
        for risk in [cells[4], cells[7]] {
            let known = risk.split_once(" x ").is_some_and(|(severity, likelihood)| {
                SEVERITIES.contains(&severity) && LIKELIHOODS.contains(&likelihood)
            });
            if !known {
                problems.push(format!("{id}: {risk:?} is no severity x likelihood"));
            }
        }
        let of_row: Vec<&str> = cells[6].split('`').skip(1).step_by(2).collect();
        if of_row.is_empty() {
            problems.push(format!("{id} names no test"));
        }
        for test in of_row {
            if !tests.contains(test) {
                problems.push(format!("{id} is held by `{test}`, which is not in the source"));
            }
            named.insert(test.to_owned());
        }
    }
    if ids.is_empty() {
        problems.push("it holds no hazard".to_owned());
    }
    (ids.len(), named.len(), problems)
}

/// Every test function below a folder, as `file::function`.
fn collect(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if entry.file_name() != "target" {
                collect(&path, tests);
            }
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = fs::read_to_string(&path).unwrap_or_default();
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            // A folder's own file is named by the folder.
            let file = if stem == "mod" || stem == "lib" || stem == "main" {
                let folder = path.ancestors().nth(if stem == "mod" { 1 } else { 2 });
                folder
                    .and_then(Path::file_name)
                    .unwrap_or_default()
                    .to_string_lossy()
            } else {
                stem
            };
            tests.extend(
                functions_under_test(&source)
                    .into_iter()
                    .map(|function| format!("{file}::{function}")),
            );
        }
    }
}

/// Functions that a `#[test]` or `#[tokio::test]` stands above, and properties inside `proptest!`, which bear the same mark.
fn functions_under_test(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            marked = true;
        } else if marked && !line.starts_with("#[") && !line.starts_with("//") {
            let name = line
                .trim_start_matches("async ")
                .strip_prefix("fn ")
                .and_then(|rest| rest.split(['(', '<']).next());
            found.extend(name.map(str::to_owned));
            marked = false;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "| H1 | a | b | c | Major x Low | control | `file::holds` | Major x Very low |\n";

    #[test]
    fn tests_are_found_and_other_functions_are_not() {
        let source = "fn helper() {}\n#[test]\nfn one() {}\n#[tokio::test(flavor = \"x\")]\n// why\nasync fn two() {}\n#[test]\n#[ignore]\nfn three(a: u8) {}";
        assert_eq!(functions_under_test(source), ["one", "two", "three"]);
    }

    #[test]
    fn a_log_whose_tests_vanish_is_refused() {
        let tests = BTreeSet::from(["file::holds".to_owned()]);
        assert_eq!(judge(GOOD, &tests), (1, 1, Vec::new()));
        assert!(judge(GOOD, &BTreeSet::new()).2[0].contains("not in the source"));
        let no_test = GOOD.replace("`file::holds`", "trust us");
        assert!(judge(&no_test, &tests).2[0].contains("names no test"));
        assert!(!judge(&GOOD.replace("Major x Low", "bad"), &tests).2.is_empty());
        assert!(!judge(&format!("{GOOD}{GOOD}"), &tests).2.is_empty());
        assert!(!judge("", &tests).2.is_empty());
    }

    #[test]
    fn the_hazard_log_is_held() {
        let summary = run();
        assert!(
            summary.is_ok(),
            "{}",
            summary
                .err()
                .map(|failure| failure.to_string())
                .unwrap_or_default()
        );
    }
}
