//! `curlewctl doctor` and `curlewctl support-bundle`: what works on this device, what does not, and all of it for whoever
//! helps from afar.

use crate::audit::passphrase;
use curlew_app::doctor::{self, Check, Extras, Report, Verdict};
use curlew_app::{Host, Settings, support};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The exit code when nothing failed and something should be looked at.
const ATTENTION: u8 = 1;
/// The exit code when something does not work.
const FAILED: u8 = 2;

pub(crate) const EXIT_CODES: &str = "Exit codes:
   0  all is well
   1  it works, and something should be looked at
   2  something does not work
  64  the command line was not understood
  78  the policy cannot be used";

/// How the device is looked at.
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Prints JSON instead of lines.
    #[arg(long)]
    json: bool,
    /// Also checks every page of the copies and the whole access log, with the passphrase from the first line of standard
    /// input. A wrong one spends an attempt, as it does in the window.
    #[arg(long)]
    passphrase_stdin: bool,
    /// The store's folder name; needed with a passphrase when there are several.
    #[arg(long)]
    store: Option<String>,
    /// Most time for all checks together, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = doctor::TIME_LIMIT.as_secs())]
    time_limit: u64,
}

/// Where the bundle goes.
#[derive(Debug, clap::Args)]
pub(crate) struct BundleArgs {
    /// The zip file to write. Must not be there yet.
    file: PathBuf,
    /// Only lists what would be in it.
    #[arg(long)]
    list: bool,
}

/// Checks everything, a line each as it is found.
pub(crate) fn run(settings: &Settings, args: &DoctorArgs) -> ExitCode {
    let mut extras = Extras {
        store: args.store.clone(),
        ..Extras::default()
    };
    if args.passphrase_stdin {
        match passphrase(true) {
            Ok(given) => extras.passphrase = Some(given),
            Err(error) => {
                eprintln!("No passphrase could be read: {error}");
                return ExitCode::from(FAILED);
            }
        }
    }
    let json = args.json;
    let mut told = |check: &Check| {
        if !json {
            println!("{check}");
        }
    };
    let limit = Duration::from_secs(args.time_limit);
    let Some(report) = waiting(doctor::examine(settings, &host(), &extras, limit, &mut told)) else {
        return ExitCode::from(FAILED);
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
    } else {
        println!("\n{report}");
    }
    exit_code(&report)
}

fn exit_code(report: &Report) -> ExitCode {
    match report.verdict {
        Verdict::Ok | Verdict::NotChecked => ExitCode::SUCCESS,
        Verdict::Attention => ExitCode::from(ATTENTION),
        Verdict::Failed => ExitCode::from(FAILED),
    }
}

/// Lists what is in a support bundle, then writes it.
pub(crate) fn support_bundle(settings: &Settings, args: &BundleArgs) -> ExitCode {
    eprintln!(
        "Looking at this device, for at most {} s …",
        doctor::TIME_LIMIT.as_secs()
    );
    let Some(parts) = waiting(support::gather(settings, &host(), &Extras::default())) else {
        return ExitCode::from(FAILED);
    };
    for part in &parts {
        println!("{:<20} {:>9} bytes  {}", part.name, part.text.len(), part.about);
    }
    if args.list {
        return ExitCode::SUCCESS;
    }
    match support::write(&parts, &args.file) {
        Ok(()) => {
            println!(
                "Written to {}. Every file in it is plain text: read them before you send it.",
                args.file.display()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{} could not be written: {error}.", args.file.display());
            ExitCode::from(FAILED)
        }
    }
}

fn waiting<T>(work: impl Future<Output = T>) -> Option<T> {
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => Some(runtime.block_on(work)),
        Err(error) => {
            eprintln!("This program could not begin: {error}.");
            None
        }
    }
}

fn host() -> Host {
    let mut host = Host::system();
    host.keychain = crate::audit::keychain(&host);
    host
}
