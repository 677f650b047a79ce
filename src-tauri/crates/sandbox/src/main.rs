//! `curlew-sandbox`: the sandbox as a program.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use curlew_sandbox::faults::{FAULT_HELP, Fault, Route};
use curlew_sandbox::serve::LoadReport;
use curlew_sandbox::{Options, Running, Sandbox, ServedConsent, Source};

/// How much of the list of what could not be loaded is printed.
const LISTED: usize = 40;

/// A practice shared care record on this computer: sign-in and FHIR R4, with invented people or with a folder of your own.
///
/// It answers on 127.0.0.1 only, keeps everything in memory, and forgets all changes when it stops (Ctrl-C). Three
/// users can sign in, without a password: a community nurse, a ward doctor and a senior carer.
#[derive(Parser)]
#[command(name = "curlew-sandbox", version, about, long_about)]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8420)]
    port: u16,

    /// How many invented people to serve
    #[arg(long, default_value_t = 60, conflicts_with = "serve")]
    patients: usize,

    /// Which invented people: the same seed on the same day gives the same record
    #[arg(long, default_value_t = 1, conflicts_with = "serve")]
    seed: u64,

    /// Serve the FHIR R4 records in this folder instead: *.json (bundles or single resources) and *.ndjson, subfolders too
    #[arg(long, value_name = "DIR")]
    serve: Option<PathBuf>,

    /// Consents made up for the people of a served folder
    #[arg(long, value_enum, default_value_t = Consent::All, requires = "serve")]
    consent: Consent,

    /// Let the client judge consent and sensitivity by itself: the server withholds nothing but other people's caseloads
    #[arg(long)]
    leave_consent_to_client: bool,

    /// How long an access token is good for, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    token_lifetime: u64,

    /// Misbehave on purpose; may be given more than once
    #[arg(long, value_name = "RULE", long_help = fault_help())]
    fault: Vec<Fault>,

    /// Say at the end how often each thing was asked for
    #[arg(long)]
    count: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Consent {
    /// Everybody agrees to share
    All,
    /// Nobody has said anything: only consents found in the folder are served
    None,
}

fn fault_help() -> String {
    format!("Misbehave on purpose; may be given more than once\n\n{FAULT_HELP}")
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Warnings and errors only, and never an address or a body: both carry patients.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .init();

    let served = arguments.serve.is_some();
    let source = match arguments.serve {
        Some(dir) => Source::Folder {
            dir,
            consent: match arguments.consent {
                Consent::All => ServedConsent::All,
                Consent::None => ServedConsent::None,
            },
        },
        None => Source::Population {
            seed: arguments.seed,
            patients: arguments.patients,
            today: chrono::Utc::now().date_naive(),
        },
    };
    let options = Options {
        port: arguments.port,
        source,
        token_lifetime: Duration::from_secs(arguments.token_lifetime),
        enforce_consent: !arguments.leave_consent_to_client,
        faults: arguments.fault,
        ..Options::default()
    };
    let run_time = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(run_time) => run_time,
        Err(why) => return failed(&why.to_string()),
    };
    let running = match Sandbox::start(options) {
        Ok(running) => running,
        Err(why) => return failed(&why.to_string()),
    };
    if served {
        print_report(running.load_report());
    }
    println!("record API at {}", running.base_url());
    // Without a way to hear Ctrl-C the process is simply ended by it.
    if run_time.block_on(tokio::signal::ctrl_c()).is_err() {
        loop {
            std::thread::park();
        }
    }
    if arguments.count {
        print_requests(&running);
    }
    running.stop();
    ExitCode::SUCCESS
}

/// How often each thing was asked for; no address, which could name a patient.
fn print_requests(running: &Running) {
    println!("answered:");
    for (name, route) in [
        ("discovery", Route::Discovery),
        ("authorize", Route::Authorize),
        ("token", Route::Token),
        ("metadata", Route::Metadata),
        ("group", Route::Group),
        ("consent", Route::Consent),
        ("flag", Route::Flag),
        ("everything", Route::Everything),
        ("audit-event", Route::AuditEvent),
        ("any", Route::Any),
    ] {
        println!("  {name} {}", running.requests().to(route));
    }
}

fn failed(why: &str) -> ExitCode {
    eprintln!("curlew-sandbox did not start: {why}");
    ExitCode::FAILURE
}

/// For the person at the terminal, on standard error: names of files may name people.
fn print_report(report: &LoadReport) {
    eprintln!(
        "{} resources from {} files ({} met again unchanged, {} as a newer version); {} consents and caseloads made up",
        report.resources, report.files, report.repeated, report.newer_versions, report.made_up
    );
    if report.other_files > 0 {
        eprintln!(
            "{} other files passed over: neither .json nor .ndjson",
            report.other_files
        );
    }
    if report.unresolved_references > 0 {
        eprintln!(
            "{} references lead to nothing in this folder and are served as written",
            report.unresolved_references
        );
    }
    if !report.left_out.is_empty() {
        eprintln!("{} could not be loaded:", report.left_out.len());
    }
    for left_out in report.left_out.iter().take(LISTED) {
        eprintln!("  {}, {}: {}", left_out.file, left_out.item, left_out.reason);
    }
    if report.left_out.len() > LISTED {
        eprintln!("  and {} more", report.left_out.len() - LISTED);
    }
}
