//! The project's own commands.
//!
//! * `cargo demo` builds everything, starts the sandbox and opens the app on it ([`demo`]); with `--tour DIR` it walks
//!   through every screen on a virtual display and leaves pictures.
//! * `cargo verify` runs every check there is and closes with one line of counts ([`verify`]).
//! * `cargo xtask interop` tries Curlew on a FHIR server and an OpenID provider that are not ours ([`interop`]).
//! * `cargo xtask types` writes the UI's generated types, `cargo xtask imports` checks who may import whom ([`imports`]).
//!
//! It has two dependencies, so that it compiles at once on a machine that has only Rust and Node.

mod demo;
mod desktop;
mod failure;
mod imports;
mod interop;
mod packages;
mod programs;
mod tally;
mod verify;
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
