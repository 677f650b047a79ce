//! Where the log goes. What may be in it is decided by types: patient data and secrets cannot be printed.

use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

/// Starts the log: one file a day beside the stores, a week kept, and the terminal when there is one.
///
/// Keep the returned guard until the end of the program; dropping it writes what is still waiting.
/// Without a folder, as on a shared desktop, or with one that cannot be written, the log goes to the terminal only.
pub(crate) fn start(data_dir: Option<&Path>) -> Option<WorkerGuard> {
    // Our own rooms only: a library's log line is not ours to vouch for.
    let filter = EnvFilter::try_from_env("CURLEW_LOG").unwrap_or_else(|_| {
        EnvFilter::new("off,curlew=info,curlew_app=info,curlew_sync=info,curlew_vault=info,curlew_api=info,curlew_sign_in=info")
    });
    let files = data_dir.map(|data_dir| data_dir.join("logs")).and_then(|folder| {
        std::fs::create_dir_all(&folder).ok()?;
        RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .max_log_files(7)
            .filename_prefix("curlew")
            .filename_suffix("log")
            .build(&folder)
            .ok()
    });
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_target(true);
    match files {
        Some(files) => {
            let (files, guard) = tracing_appender::non_blocking(files);
            builder.with_writer(files.and(std::io::stderr)).init();
            Some(guard)
        }
        None => {
            builder.with_writer(std::io::stderr).init();
            None
        }
    }
}
