//! The one window: where it may go (nowhere), what it may keep (nothing), and what is pushed to it.

use curlew_app::Event;
use tauri::webview::NewWindowResponse;
use tauri::{App, AppHandle, Emitter as _, Manager as _, Url, WebviewUrl, WebviewWindowBuilder};

const MAIN: &str = "main";

/// Whether the web view keeps nothing at all. WebKitGTK never lets WebDriver into a private view, so a development build
/// there is not private, and the real-window tests search everything it wrote; what is shipped always is.
const PRIVATE: bool = !(cfg!(target_os = "linux") && cfg!(debug_assertions));

/// Opens the main window.
///
/// # Errors
/// When the display or the web view is not available.
pub(crate) fn open(app: &App) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Curlew")
        .inner_size(1280.0, 800.0)
        .min_inner_size(360.0, 480.0)
        // Promise 1: the web view writes nothing to disk, not even a cache.
        .incognito(PRIVATE)
        .zoom_hotkeys_enabled(true)
        .on_navigation(is_our_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    Ok(())
}

/// A second start, or a link from another program, shows the window that is already there.
pub(crate) fn bring_to_front(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// Pushes an event to the window. A window that is closing misses it, which is harmless.
pub(crate) fn emit(app: &AppHandle, event: Event) {
    let sent = match event {
        Event::Status(status) => app.emit_to(MAIN, "status", *status),
        Event::Load(progress) => app.emit_to(MAIN, "load", progress),
        Event::Closed(closed) => app.emit_to(MAIN, "closed", *closed),
    };
    if let Err(error) = sent {
        tracing::debug!(%error, "an event did not reach the window");
    }
}

/// Only the bundled page, under the address each system's web view gives it; in development also the local server.
fn is_our_own_page(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => true,
        ("http" | "https", Some("tauri.localhost")) => true,
        ("http", Some("localhost")) => cfg!(not(feature = "custom-protocol")) && url.port() == Some(5173),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_nowhere_but_its_own_page() {
        let allowed = |address: &str| is_our_own_page(&Url::parse(address).expect("a test address parses"));
        assert!(allowed("tauri://localhost"));
        assert!(allowed("tauri://localhost/index.html"));
        assert!(allowed("http://tauri.localhost/"));
        for refused in [
            "https://example.org/",
            "http://127.0.0.1:8080/",
            "file:///etc/passwd",
            "tauri://elsewhere/",
            "data:text/html,hello",
            "https://tauri.localhost.example.org/",
        ] {
            assert!(!allowed(refused), "{refused} must be refused");
        }
    }
}
