//! `curlewctl`: the console program for IT and support. No window, no web view.
//!
//! It reads what Curlew reads, with the same rooms, and prints it: what is wrong with this device (`doctor`), whether
//! the access log is whole (`audit verify`), what a policy file means (`policy check`), and what Curlew makes of any
//! FHIR file (`inspect`).
//!
//! Exit codes: 0 all well; 1 something is wrong and has been named; 2 the command line was not understood.

mod audit;
mod doctor;
mod inspect;
mod policy;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Console program for those who look after Curlew.
#[derive(Debug, Parser)]
#[command(name = "curlewctl", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks this device: settings, folders, keychain, record API and its sign-in. Prints no patient data.
    Doctor(Device),
    /// The log of every look.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The policy file.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// What Curlew makes of FHIR files. Prints what is in them.
    Inspect(inspect::InspectArgs),
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Verifies a store's log: any edit, removal, reordering or truncation is located. Asks for the passphrase.
    Verify {
        #[command(flatten)]
        device: Device,
        /// The store's folder name; needed when there are several.
        #[arg(long)]
        store: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Reads a policy file and says what is wrong with it, and where.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Prints what is in force on this device.
    Explain(Device),
}

/// Which settings and folder to look at; the same flags as `curlew`.
#[derive(Debug, Args)]
struct Device {
    /// Base address of the shared record API.
    #[arg(long, value_name = "URL")]
    record_api: Option<String>,
    /// Policy file (TOML).
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Folder for the encrypted stores and the log.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl Device {
    fn settings(self) -> Result<curlew_app::Settings, ExitCode> {
        curlew_app::Settings::resolve(self.policy.as_deref(), self.record_api.as_deref(), self.data_dir)
            .map_err(|problem| {
                eprintln!("{problem}");
                ExitCode::FAILURE
            })
    }
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Inspect(args) => Ok(inspect::run(&args)),
        Command::Doctor(device) => device.settings().map(|settings| doctor::run(&settings)),
        Command::Audit(AuditCommand::Verify { device, store }) => device
            .settings()
            .map(|settings| audit::verify(&settings, store.as_deref())),
        Command::Policy(PolicyCommand::Check { file }) => Ok(policy::check(&file)),
        Command::Policy(PolicyCommand::Explain(device)) => {
            device.settings().map(|settings| policy::explain(&settings))
        }
    };
    outcome.unwrap_or_else(|code| code)
}
