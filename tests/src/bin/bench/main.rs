//! `bench`: what Curlew's speed is, measured beside something everybody knows, in the same run.

mod unify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Measures Curlew. Build it with `--release`.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Reading and unifying whole records, beside parsing the same bytes into `serde_json::Value`.
    Unify(unify::Options),
}

fn main() -> ExitCode {
    let measured = match Options::parse().what {
        What::Unify(options) => unify::run(&options),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("Nothing was measured: {failure}");
            ExitCode::FAILURE
        }
    }
}
