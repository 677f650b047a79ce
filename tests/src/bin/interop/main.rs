//! `interop`: Curlew against servers and providers that are not ours. `cargo xtask interop` starts them and runs this.
//!
//! Every line it prints is one thing seen; it fails at the first that is not as it should be.

mod provider;
mod records;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Tries Curlew on servers that are not ours.
#[derive(Debug, Parser)]
#[command(name = "interop")]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A FHIR server without sign-in: caseload by pasted numbers, first load, update, deletion, delta.
    Records(records::Options),
    /// An OpenID provider: code with PKCE, rotation of refresh tokens, revocation.
    SignIn(provider::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Options::parse().what {
        What::Records(options) => records::run(&options).await,
        What::SignIn(options) => provider::run(&options).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("INTEROP FAILED: {failure}");
            ExitCode::FAILURE
        }
    }
}
