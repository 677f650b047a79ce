//! Real records to try the app on, where the machine has them.

use crate::Outcome;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of a set of records, unpacked under the target folder; `None` where this machine has none.
///
/// They lie in `../shared/data` beside the project, or where `CURLEW_RECORDS` says.
///
/// # Errors
/// When they are there but cannot be unpacked.
pub fn records(set: &str) -> Outcome<Option<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the tests lie in no workspace")?;
    let data = std::env::var_os("CURLEW_RECORDS").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let unpack = data.join("unpack");
    if !unpack.is_file() {
        return Ok(None);
    }
    // Beside the test programs, wherever cargo puts them.
    let program = std::env::current_exe()?;
    let target = program
        .ancestors()
        .nth(3)
        .ok_or("the test program lies in no target folder")?;
    let said = Command::new("bash")
        .arg(unpack)
        .arg(target.join("shared-data"))
        .output()?;
    if !said.status.success() {
        return Err(format!(
            "the records cannot be unpacked: {}",
            String::from_utf8_lossy(&said.stderr)
        )
        .into());
    }
    let folder = PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()).join(set);
    if folder.is_dir() {
        Ok(Some(folder))
    } else {
        Err(format!("{} holds no {set}", data.display()).into())
    }
}

/// Says that a test was not made, in words for the person and in a line that `cargo verify` counts.
///
/// # Errors
/// When that line cannot be written: a skip nobody counts would read as a pass.
pub fn skip(test: &str, why: &str) -> Outcome {
    eprintln!("SKIPPED {test}: {why}");
    if let Some(file) = std::env::var_os("CURLEW_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
        writeln!(file, "{test}: {why}")?;
    }
    Ok(())
}
