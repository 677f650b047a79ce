//! `curlewctl policy`: what a policy file says, and what is in force.

use curlew_app::Settings;
use curlew_app::policy::{self, KEYS, Key, Origin};
use std::path::Path;
use std::process::ExitCode;

/// Reads the file as Curlew would.
pub(crate) fn check(file: &Path) -> ExitCode {
    match Settings::check_policy(file) {
        Ok(()) => match Settings::check_files(file) {
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

/// Prints the JSON Schema of a policy file.
pub(crate) fn schema() -> ExitCode {
    println!("{:#}", policy::schema());
    ExitCode::SUCCESS
}

/// Prints what is in force on this device: every key in a line, or one in full.
pub(crate) fn explain(settings: &Settings, key: Option<&str>) -> ExitCode {
    let Some(name) = key else {
        for key in KEYS {
            let origin = settings.policy().origin(key);
            let by = match &origin {
                Origin::Default => String::new(),
                set => format!("   [{set}]"),
            };
            println!("{:<28}{}{by}", key.name, settings.policy().words(key));
        }
        println!("{:<28}{}", "(data folder)", settings.data_dir.display());
        return ExitCode::SUCCESS;
    };
    let Some(key) = Key::named(name) else {
        let near = policy::nearest_key(name).map_or_else(
            || "Without a name, all are listed.".to_owned(),
            |near| format!("Did you mean {near}?"),
        );
        eprintln!("{name} is not a policy key. {near}");
        return ExitCode::FAILURE;
    };
    println!("{}: {}", key.name, key.label);
    println!("{}", key.meaning);
    println!();
    println!("in force    {}", settings.policy().words(key));
    println!("set by      {}", settings.policy().origin(key));
    println!("without it  {}", key.fallback_words());
    println!("value       {}", key.allowed());
    println!("example     {}", key.example.replace('\n', "\n            "));
    ExitCode::SUCCESS
}
