//! The log: for support, and never about a patient.
//!
//! Three walls stand between a patient and the log, so that no single slip goes through:
//!
//! 1. **Types.** Patient data is `Sensitive`, errors carry none in their words, and identifiers have no place in a log line.
//! 2. **Whose lines.** Only Curlew's own rooms are heard, at any level. What libraries log is theirs to decide, and some log
//!    addresses, which hold patients' ids and NHS numbers.
//! 3. **Scrubbing.** Each line loses every address behind its host, every FHIR reference's id and every long number, whatever
//!    wrote it there.
//!
//! A panic's message can quote text (a slice cut in the middle of a letter does), so only the place of a panic is written.

mod rotation;
mod scrub;

pub use rotation::{KEPT_FILES, LARGEST_FILE, RotatingFile, log_files};
pub use scrub::scrub;

use crate::policy::LogLevel;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Registry, filter};

/// Environment variable that sets the level for one start, as support may ask for it.
pub const LEVEL: &str = "CURLEW_LOG";

/// The rooms whose lines are written.
const ROOMS: [&str; 11] = [
    "curlew",
    "curlew_api",
    "curlew_app",
    "curlew_audit",
    "curlew_consent",
    "curlew_fhir",
    "curlew_record",
    "curlew_redact",
    "curlew_sign_in",
    "curlew_sync",
    "curlew_vault",
];

/// Whether a line comes from one of our own rooms.
fn is_ours(about: &Metadata<'_>) -> bool {
    let room = about.target().split("::").next().unwrap_or_default();
    ROOMS.contains(&room)
}

/// What collects the log: for [`tracing::subscriber::set_global_default`]. `folder` is where its files lie, none where
/// nothing may be kept; lines also go to the terminal.
#[must_use]
pub fn subscriber(level: LogLevel, folder: Option<&Path>) -> impl Subscriber + Send + Sync + use<> {
    Registry::default().with(layer(level, folder))
}

/// As [`subscriber`], for one that has other layers too.
#[must_use]
pub fn layer<S>(level: LogLevel, folder: Option<&Path>) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    let level = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(true)
        .with_writer(Lines {
            file: folder
                .and_then(|folder| RotatingFile::open(folder).ok())
                .map(|file| Arc::new(Mutex::new(file))),
        })
        .with_filter(filter::filter_fn(move |about| {
            is_ours(about) && *about.level() <= level
        }))
}

/// The level in force: policy's, or the one that `CURLEW_LOG` names for this start.
#[must_use]
pub fn level(policy: LogLevel) -> LogLevel {
    std::env::var(LEVEL)
        .ok()
        .and_then(|word| LogLevel::named(&word))
        .unwrap_or(policy)
}

/// Says in the log how finely it is kept, which tells a reader of a fine one that it is.
pub fn begun(level: LogLevel) {
    tracing::debug!(?level, "the log has begun");
}

/// Writes panics to the log by their place alone, instead of to the terminal with their message.
pub fn keep_panics_quiet() {
    std::panic::set_hook(Box::new(|panic| {
        // A literal is our own words; anything formatted may quote what it was about.
        let words = panic.payload().downcast_ref::<&'static str>().copied();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            place,
            words = words.unwrap_or("(withheld)"),
            "a part of the program stopped"
        );
    }));
}

/// Hands out writers of whole lines.
#[derive(Debug, Clone)]
struct Lines {
    file: Option<Arc<Mutex<RotatingFile>>>,
}

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Line;

    fn make_writer(&'w self) -> Line {
        Line {
            file: self.file.clone(),
        }
    }
}

/// Writes one line, scrubbed, to the file and to the terminal.
struct Line {
    file: Option<Arc<Mutex<RotatingFile>>>,
}

impl Write for Line {
    /// The formatter hands over each line as a whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let clean = scrub(&String::from_utf8_lossy(line));
        // A log that cannot be written must not stop what it tells of.
        if let Some(file) = &self.file {
            drop(
                file.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .write_line(clean.as_bytes()),
            );
        }
        drop(io::stderr().write_all(clean.as_bytes()));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_rooms_are_heard_and_only_at_the_level() {
        let folder = tempfile::tempdir().expect("a folder");
        let subscriber = subscriber(LogLevel::Info, Some(folder.path()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "curlew_sync::patient", "ours");
            tracing::debug!(target: "curlew_sync", "too fine");
            tracing::error!(target: "hyper::client", "https://record.example/fhir/Patient/9990018677");
            tracing::error!(target: "curlew_sandbox", "the tests' server");
            tracing::error!(target: "curlewish", "a stranger with a like name");
            tracing::warn!(target: "curlew", "asked https://record.example/fhir/Patient/9990018677?_count=1 again");
        });
        let text = std::fs::read_to_string(folder.path().join("curlew.log")).expect("the log");
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.contains("ours") && text.contains("asked https://record.example/"),
            "{text}"
        );
        assert!(!text.contains("9990018677"), "{text}");
    }

    #[test]
    fn every_room_that_logs_is_on_the_list() {
        // The design's rooms; a new one that logs and is not listed would log into the void.
        for room in ["app", "sync", "vault", "api", "sign_in"] {
            assert!(ROOMS.contains(&format!("curlew_{room}").as_str()), "{room}");
        }
    }
}
