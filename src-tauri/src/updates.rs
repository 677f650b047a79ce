//! New versions, where policy names a feed: looked for when a person asks, installed when a person says so.
//!
//! Only on Windows and macOS, and only as the person who runs Curlew: a program that a package manager installed is that
//! manager's to renew. A release without a signature by the policy's key, or whose signed version is not the announced one,
//! is refused by the updater; there is no switch to allow it.

use curlew_app::App;
use curlew_app::wire::UpdateCheck;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Wry};

fn said(text: impl Into<String>) -> UpdateCheck {
    UpdateCheck {
        available: None,
        text: text.into(),
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
mod by_system {
    use super::{App, AppHandle, TauriPlugin, UpdateCheck, Wry, said};

    /// Nothing to plug in.
    pub(crate) fn plugin() -> TauriPlugin<Wry> {
        tauri::plugin::Builder::new("updates").build()
    }

    /// Says who looks for new versions.
    pub(crate) async fn check(app: &App, _window: &AppHandle) -> UpdateCheck {
        said(app.about().updates)
    }

    /// Says who installs new versions.
    pub(crate) async fn install(app: &App, _window: &AppHandle) -> UpdateCheck {
        said(app.about().updates)
    }
}

#[cfg(any(windows, target_os = "macos"))]
mod from_feed {
    use super::{App, AppHandle, TauriPlugin, UpdateCheck, Wry, said};
    use std::time::Duration;
    use tauri_plugin_updater::{Update, UpdaterExt as _};

    /// A feed that says nothing for so long counts as unreachable. Downloads are not limited by it.
    const ANSWER: Duration = Duration::from_secs(30);

    /// Tauri's updater. None of its own commands is permitted to the window.
    pub(crate) fn plugin() -> TauriPlugin<Wry, tauri_plugin_updater::Config> {
        tauri_plugin_updater::Builder::new().build()
    }

    /// Looks whether the feed has a newer version.
    pub(crate) async fn check(app: &App, window: &AppHandle) -> UpdateCheck {
        match newest(app, window).await {
            Ok(Some(update)) => UpdateCheck {
                text: format!(
                    "Version {} is ready. Installing it locks Curlew and starts it anew.",
                    update.version
                ),
                available: Some(update.version),
            },
            Ok(None) => said("This is the newest version."),
            Err(words) => said(words),
        }
    }

    /// Downloads the newest version, checks its signature, locks and installs it.
    pub(crate) async fn install(app: &App, window: &AppHandle) -> UpdateCheck {
        let mut update = match newest(app, window).await {
            Ok(Some(update)) => update,
            Ok(None) => return said("This is the newest version."),
            Err(words) => return said(words),
        };
        update.timeout = None;
        // The signature is checked before the bytes are handed out.
        let bytes = match update.download(|_, _| (), || ()).await {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::warn!(%error, "an update could not be downloaded, or was not signed by the policy's key");
                return said(
                    "The new version was not installed: it could not be downloaded whole, or is not signed with your organisation's key. Try again later; if it happens again, tell your IT team.",
                );
            }
        };
        match update.install(bytes) {
            // On Windows the program has ended by now; elsewhere locking an open store starts the new one.
            Ok(()) => {
                app.lock_now();
                said("The new version is installed. It runs from the next start on.")
            }
            Err(error) => {
                tracing::warn!(%error, "an update could not be installed");
                said(
                    "The new version could not be installed. Check that Curlew is installed for you alone, or ask your IT team.",
                )
            }
        }
    }

    async fn newest(app: &App, window: &AppHandle) -> Result<Option<Update>, String> {
        let Some(from) = app.in_force().updates.as_ref() else {
            return Err(app.about().updates);
        };
        let way = app.in_force().way_to_updates()?;
        let locking = app.clone();
        let found = async {
            window
                .updater_builder()
                .endpoints(vec![from.feed.clone()])?
                .pubkey(from.public_key.clone())
                .timeout(ANSWER)
                // For the feed's answer and for the download.
                .configure_client(move |client| way.taken_by(client))
                // Keys are wiped before the installer ends this process.
                .on_before_exit(move || locking.lock_now())
                .build()?
                .check()
                .await
        };
        found.await.map_err(|error: tauri_plugin_updater::Error| {
            tracing::warn!(%error, "the update feed could not be read");
            "The update feed cannot be read. Try again later; if it happens again, tell your IT team."
                .to_owned()
        })
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
pub(crate) use by_system::{check, install, plugin};
#[cfg(any(windows, target_os = "macos"))]
pub(crate) use from_feed::{check, install, plugin};
