//! Starts the log. What may be in it, and where it lies, is [`curlew_app::logs`]'.

use curlew_app::{Settings, logs};

/// Starts the log at policy's level: beside the stores, unless this device keeps nothing, and on the terminal when there is
/// one.
pub(crate) fn start(settings: &Settings) {
    let folder = settings.log_folder();
    let level = logs::level(settings.log_level);
    let subscriber = logs::subscriber(level, folder.as_deref());
    // Only one can be set, and this is the only place that does.
    drop(tracing::subscriber::set_global_default(subscriber));
    logs::begun(level);
    logs::keep_panics_quiet();
}
