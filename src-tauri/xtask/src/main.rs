//! The project's own commands.
//!
//! * `cargo demo` builds everything, starts the sandbox and opens the app on it ([`demo`]); with `--tour DIR` it walks
//!   through every screen on a virtual display and leaves pictures.
//! * `cargo verify` runs every check there is and closes with one line of counts ([`verify`]).
//! * `cargo xtask interop` tries Curlew on a FHIR server and an OpenID provider that are not ours ([`interop`]).
//! * `cargo xtask types` writes the UI's generated types, `cargo xtask imports` checks who may import whom ([`imports`]).
//!
//! * `cargo xtask package` makes installable packages with notices and a bill of materials ([`package`]), `cargo xtask
//!   check-windows` compiles the app for Windows from Linux ([`windows`]), `cargo xtask hazards` holds the hazard log to its
//!   tests ([`hazards`]).
//!
//! It has three small dependencies, so that it compiles at once on a machine that has only Rust and Node.

mod demo;
mod desktop;
mod failure;
mod hazards;
mod imports;
mod interop;
mod package;
mod packages;
mod programs;
mod tally;
mod verify;
mod windows;
mod workspace;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::path::PathBuf;
use std::process::ExitCode;

/// Curlew's own commands.
#[derive(Debug, Parser)]
#[command(name = "xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything, start the sandbox and open the app on it.
    Demo(demo::Options),
    /// Run every check: formatting, lints, licences, imports, UI, Rust tests, real-window tests.
    Verify(verify::Options),
    /// Write the UI's types from the Rust ones.
    Types {
        /// Only say whether the file in the tree is up to date.
        #[arg(long)]
        check: bool,
    },
    /// Check the workspace against the import table of the design.
    Imports,
    /// Try Curlew on a FHIR server and an OpenID provider that are not ours.
    Interop(interop::Options),
    /// Build the packages of this system, with third-party notices and a bill of materials.
    Package(package::Options),
    /// Write the third-party notices alone.
    Notices,
    /// Compile the app and `curlewctl` for Windows, on Debian. It shows that they compile, not that they run.
    CheckWindows(windows::Options),
    /// Check that every test the hazard log names is there.
    Hazards,
    /// Install what building and testing need, saying what; or say what to install.
    Prepare {
        /// Also what the real-window tests and the full check need.
        #[arg(long)]
        tests: bool,
    },
    /// Run a program under a virtual display with a private session bus and an unlocked keychain.
    Desktop {
        /// Size of the screen.
        #[arg(long, default_value = "1920x1080")]
        size: desktop::Size,
        /// The program and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        program: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo(options) => demo::show(&options),
        Command::Verify(options) => verify::everything(&options),
        Command::Types { check } => types(check),
        Command::Imports => imports::run().map(|summary| println!("{summary}")),
        Command::Interop(options) => interop::try_all(&options),
        Command::Package(options) => package::make(&options),
        Command::Notices => package::notices_only(),
        Command::CheckWindows(options) => windows::check(&options),
        Command::Hazards => hazards::run().map(|summary| println!("{summary}")),
        Command::Prepare { tests } => packages::prepare(if tests {
            packages::For::Tests
        } else {
            packages::For::Build
        }),
        Command::Desktop { size, program } => desktop::run(size, &program),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

/// The generator is a test of `curlew-app`: it compares, or writes when told to.
fn types(check: bool) -> Result<(), Failure> {
    let mut cargo = programs::cargo();
    cargo.args([
        "test",
        "--quiet",
        "--package",
        "curlew-app",
        "--test",
        "wire_types",
    ]);
    if !check {
        cargo.env("CURLEW_WRITE_TYPES", "1");
    }
    programs::run(&mut cargo)
}
