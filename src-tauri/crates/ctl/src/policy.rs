//! `curlewctl policy`: what a policy file says, and what is in force.

use curlew_app::Settings;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Reads the file as Curlew would.
pub(crate) fn check(file: &Path) -> ExitCode {
    // The folder is not the file's concern; any will do for reading it.
    match Settings::resolve(Some(file), None, Some(PathBuf::new())) {
        Ok(settings) => match settings.network.check() {
            Ok(()) => {
                println!("{} is valid.", file.display());
                ExitCode::SUCCESS
            }
            // Elsewhere the files may be there: said apart from what is wrong with the policy itself.
            Err(problem) => {
                eprintln!("{} is valid, but on this computer {problem}.", file.display());
                ExitCode::FAILURE
            }
        },
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
