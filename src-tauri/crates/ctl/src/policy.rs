//! `curlewctl policy`: what a policy file says, and what is in force.

use curlew_app::Settings;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Reads the file as Curlew would.
pub(crate) fn check(file: &Path) -> ExitCode {
    // The folder is not the file's concern; any will do for reading it.
    match Settings::resolve(Some(file), None, Some(PathBuf::new())) {
        Ok(_) => {
            println!("{} is valid.", file.display());
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Prints every setting in force, in words.
pub(crate) fn explain(settings: &Settings) -> ExitCode {
    for row in settings.rows() {
        println!("{:<28} {}", row.label, row.text);
    }
    ExitCode::SUCCESS
}
