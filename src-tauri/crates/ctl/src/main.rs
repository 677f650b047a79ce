//! `curlewctl`: the console program for IT and support. No window, no web view.
//!
//! It reads what Curlew reads, with the same rooms, and prints it: what is wrong with this device (`doctor`), whether
//! the access log is whole (`audit verify`), what a policy file means (`policy check`), and what Curlew makes of any
//! FHIR file (`inspect`).
//!
//! Exit codes are in [`EXIT_CODES`], which `--help` prints and the README repeats.

mod audit;
mod doctor;
mod inspect;
#[cfg(debug_assertions)]
mod keychain_file;
mod policy;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Console program for those who look after Curlew.
#[derive(Debug, Parser)]
#[command(name = "curlewctl", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks this device from its display to the sign-in service, and says what to do next. Prints no patient data and no
    /// secrets.
    #[command(after_help = doctor::EXIT_CODES)]
    Doctor {
        #[command(flatten)]
        device: Device,
        #[command(flatten)]
        args: doctor::DoctorArgs,
    },
    /// Writes what support needs into a zip file of plain texts: logs, the doctor's findings, policy, versions. Lists them
    /// first. Nothing in it is about a patient.
    SupportBundle {
        #[command(flatten)]
        device: Device,
        #[command(flatten)]
        args: doctor::BundleArgs,
    },
    /// The log of every look.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The policy file.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// What Curlew makes of FHIR files. Prints what is in them.
    Inspect(inspect::InspectArgs),
}

/// The exit code of a command line that was not understood, as `sysexits.h` has it. Never 2: see `audit verify`.
const NOT_UNDERSTOOD: u8 = 64;

/// The exit code of a policy that cannot be used, as `sysexits.h` has it (`EX_CONFIG`).
const UNUSABLE_POLICY: u8 = 78;

/// Every exit code of every command.
const EXIT_CODES: &str = "Exit codes:
   0  all is well
   1  doctor: something should be looked at; audit verify: the log could not be checked;
      otherwise: something is wrong, and has been named
   2  doctor: something does not work; audit verify: the log has been changed or damaged;
      support-bundle: the file could not be written
  64  the command line was not understood
  78  the policy of this device cannot be used";

const VERIFY_EXIT_CODES: &str = "Exit codes:
   0  every entry is in place and unchanged
   1  the log could not be checked: no store, no keychain, a wrong passphrase
   2  the log has been changed or damaged; the first wrong entry is named
  64  the command line was not understood";

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Verifies a store's log: any edit, removal, reordering or truncation is located. Asks for the passphrase.
    #[command(after_help = VERIFY_EXIT_CODES)]
    Verify {
        #[command(flatten)]
        device: Device,
        #[command(flatten)]
        args: audit::VerifyArgs,
    },
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Reads a policy file and says what is wrong with it, and where.
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Prints what is in force on this device, and who set it; with a key's name, everything about it.
    Explain {
        /// A policy key.
        key: Option<String>,
        #[command(flatten)]
        device: Device,
    },
    /// Prints a JSON Schema of policy files, for an editor.
    Schema,
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
                ExitCode::from(UNUSABLE_POLICY)
            })
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            // Help and version come this way too.
            let code = if told.use_stderr() {
                ExitCode::from(NOT_UNDERSTOOD)
            } else {
                ExitCode::SUCCESS
            };
            let _ = told.print();
            return code;
        }
    };
    let outcome = match arguments.command {
        Command::Inspect(args) => Ok(inspect::run(&args)),
        Command::Doctor { device, args } => device.settings().map(|settings| doctor::run(&settings, &args)),
        Command::SupportBundle { device, args } => device
            .settings()
            .map(|settings| doctor::support_bundle(&settings, &args)),
        Command::Audit(AuditCommand::Verify { device, args }) => {
            device.settings().map(|settings| audit::verify(&settings, &args))
        }
        Command::Policy(PolicyCommand::Check { file }) => Ok(policy::check(&file)),
        Command::Policy(PolicyCommand::Explain { key, device }) => device
            .settings()
            .map(|settings| policy::explain(&settings, key.as_deref())),
        Command::Policy(PolicyCommand::Schema) => Ok(policy::schema()),
    };
    outcome.unwrap_or_else(|code| code)
}
