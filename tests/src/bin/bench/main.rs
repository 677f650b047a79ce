//! `bench`: what Curlew's speed is, measured beside something everybody knows, in the same run.

#[cfg(target_os = "linux")]
mod bare;
mod cache;
mod chart;
mod figures;
mod memory;
mod open;
mod peers;
mod plain;
#[cfg(target_os = "linux")]
mod processes;
mod records;
mod scale;
mod search;
mod server;
#[cfg(target_os = "linux")]
mod start;
mod store;
mod sync;
mod synthetic;
mod unify;
#[cfg(target_os = "linux")]
mod window;

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
    /// From a call to the first screen's data, out of a cold encrypted file, beside plain SQLite with the same JSON.
    Open(open::Options),
    /// Search as you type in an enormous record, beside plain SQLite's FTS5; and by name in the caseload.
    Search(search::Options),
    /// What it costs to cache a patient and what it takes on disk, beside inserting the same JSON into plain SQLite.
    Cache(cache::Options),
    /// How speed, memory and disk change with the size of a record and the number of records; draws the README's picture.
    Scale(scale::Options),
    /// Start to the unlock screen and the memory held there, beside an empty window of the same toolkit.
    #[cfg(target_os = "linux")]
    Start(start::Options),
    /// What a person waits for in the real window, and a browser's own store in the same web view.
    #[cfg(target_os = "linux")]
    Window(window::Options),
    /// What somebody might pick instead, where it can be had: Medplum's in-memory repository, Helios's `$everything`.
    Peers(peers::Options),
    /// Reading and unifying whole records, beside parsing the same bytes into `serde_json::Value`.
    Unify(unify::Options),
    /// A caseload's first load and a second one with nothing changed, beside a bare loop downloading the same pages.
    Sync(sync::Options),
    /// The most memory that caching one ordinary patient, one enormous one and very many takes.
    Memory(memory::Options),
    /// What `sync` and `memory` start: the sandbox.
    #[command(hide = true)]
    Serve(server::Options),
    /// What `cache` starts: its reference.
    #[command(hide = true)]
    CachePlain(cache::Options),
    /// What `scale` starts: a process that fills one store and tells what it came to.
    #[command(hide = true)]
    ScalePoint(scale::PointOptions),
    /// What `memory` starts: a process that caches a caseload and tells its own peak.
    #[command(hide = true)]
    CacheAndTell(memory::ChildOptions),
}

fn main() -> ExitCode {
    let measured = match Options::parse().what {
        What::Open(options) => open::run(&options),
        What::Search(options) => search::run(&options),
        What::Cache(options) => cache::run(&options),
        What::CachePlain(options) => cache::reference(&options),
        What::Scale(options) => scale::run(&options),
        What::ScalePoint(options) => scale::point(&options),
        #[cfg(target_os = "linux")]
        What::Start(options) => start::run(&options),
        #[cfg(target_os = "linux")]
        What::Window(options) => window::run(&options),
        What::Peers(options) => peers::run(&options),
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
