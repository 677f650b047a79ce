//! `bench`: what Curlew's speed is, measured beside something everybody knows, in the same run.

mod memory;
mod server;
mod sync;
mod synthetic;
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
    /// A caseload's first load and a second one with nothing changed, beside a bare loop downloading the same pages.
    Sync(sync::Options),
    /// The most memory that caching one ordinary patient, one enormous one and very many takes.
    Memory(memory::Options),
    /// What `sync` and `memory` start: the sandbox.
    #[command(hide = true)]
    Serve(server::Options),
    /// What `memory` starts: a process that caches a caseload and tells its own peak.
    #[command(hide = true)]
    CacheAndTell(memory::ChildOptions),
}

fn main() -> ExitCode {
    let measured = match Options::parse().what {
        What::Unify(options) => unify::run(&options),
        What::Sync(options) => sync::run(&options),
        What::Memory(options) => memory::run(&options),
        What::Serve(options) => server::run(&options),
        What::CacheAndTell(options) => memory::child(&options),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("Nothing was measured: {failure}");
            ExitCode::FAILURE
        }
    }
}
