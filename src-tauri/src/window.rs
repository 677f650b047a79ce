//! The one window: where it may go (nowhere), what it may keep (nothing), and what is pushed to it.

use curlew_app::Event;
use std::fmt;
use std::str::FromStr;
use tauri::webview::NewWindowResponse;
use tauri::{
    App, AppHandle, Emitter as _, Manager as _, PhysicalPosition, PhysicalSize, Url, WebviewUrl,
    WebviewWindow, WebviewWindowBuilder,
};

const MAIN: &str = "main";

/// Whether the web view keeps nothing at all. WebKitGTK never lets WebDriver into a private view, so a development build
/// there is not private, and the real-window tests search everything it wrote; what is shipped always is.
pub(crate) const PRIVATE: bool = !(cfg!(target_os = "linux") && cfg!(debug_assertions));

/// A development build driven by a test: WebKitGTK refuses automation of private views. A shipped program does not look.
fn driven() -> bool {
    !PRIVATE && std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some()
}

/// Opens the main window.
///
/// # Errors
/// When the display or the web view is not available.
pub(crate) fn open(app: &App, shared_desktop: bool) -> tauri::Result<()> {
    let place: Option<Place> = std::env::var(PLACE).ok().and_then(|text| text.parse().ok());
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Curlew")
        .inner_size(1280.0, 800.0)
        .min_inner_size(320.0, 400.0)
        // Promise 1: the web view writes nothing to disk, not even a cache.
        .incognito(PRIVATE || (shared_desktop && !driven()))
        // Nor can anybody look behind the page of a shipped program; its context menu has no "inspect" then.
        .devtools(cfg!(debug_assertions))
        .zoom_hotkeys_enabled(true)
        .on_navigation(is_our_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        // A window that locked itself behind another must not come to the front.
        .focused(place.as_ref().is_none_or(|place| place.focused))
        .build()?;
    if let Some(place) = place {
        place.take(&window);
    }
    Ok(())
}

/// Environment variable in which a program that ends at a lock tells its successor where the window was.
pub(crate) const PLACE: &str = "CURLEW_WINDOW";

/// Where the window was and how large, in the screen's own pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    position: Option<(i32, i32)>,
    size: Option<(u32, u32)>,
    maximised: bool,
    minimised: bool,
    focused: bool,
}

/// Where the window is now. What the system will not tell is left out.
pub(crate) fn place(app: &AppHandle) -> Place {
    let Some(window) = app.get_webview_window(MAIN) else {
        return Place::default();
    };
    Place {
        position: window.outer_position().ok().map(|at| (at.x, at.y)),
        size: window.inner_size().ok().map(|size| (size.width, size.height)),
        maximised: window.is_maximized().unwrap_or(false),
        minimised: window.is_minimized().unwrap_or(false),
        focused: window.is_focused().unwrap_or(true),
    }
}

impl Place {
    /// Puts a new window there. A system that places windows by itself does as it likes.
    fn take(&self, window: &WebviewWindow) {
        if let Some((width, height)) = self.size.filter(|(width, height)| *width > 0 && *height > 0) {
            let _ = window.set_size(PhysicalSize::new(width, height));
        }
        if let Some((x, y)) = self.position {
            let _ = window.set_position(PhysicalPosition::new(x, y));
        }
        if self.maximised {
            let _ = window.maximize();
        }
        if self.minimised {
            let _ = window.minimize();
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((x, y)) = self.position {
            write!(f, "x={x} y={y} ")?;
        }
        if let Some((width, height)) = self.size {
            write!(f, "width={width} height={height} ")?;
        }
        write!(
            f,
            "maximised={} minimised={} focused={}",
            self.maximised, self.minimised, self.focused
        )
    }
}

impl FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let value = |name: &str| {
            text.split(' ')
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        let (x, y) = (value("x").map(str::parse), value("y").map(str::parse));
        let (width, height) = (value("width").map(str::parse), value("height").map(str::parse));
        Ok(Self {
            position: x.transpose()?.zip(y.transpose()?),
            size: width.transpose()?.zip(height.transpose()?),
            maximised: value("maximised") == Some("true"),
            minimised: value("minimised") == Some("true"),
            focused: value("focused") == Some("true"),
        })
    }
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
pub(crate) fn is_our_own_page(url: &Url) -> bool {
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
    fn the_next_window_learns_where_the_last_one_was() {
        let place = Place {
            position: Some((-1920, 24)),
            size: Some((1400, 900)),
            maximised: true,
            minimised: false,
            focused: false,
        };
        assert_eq!(place.to_string().parse(), Ok(place));
        assert_eq!(Place::default().to_string().parse(), Ok(Place::default()));
        assert!("x=left".parse::<Place>().is_err());
    }

    #[test]
    fn a_shipped_program_has_no_developer_tools() {
        let settings: serde_json::Value =
            serde_json::from_str(include_str!("../tauri.conf.json")).expect("the configuration is JSON");
        assert!(
            settings["app"]["windows"].as_array().is_some_and(Vec::is_empty),
            "the one window is made here"
        );
        assert_ne!(settings["app"]["withGlobalTauri"], true);
        // The feature would compile them into a release.
        for manifest in [include_str!("../Cargo.toml"), include_str!("../../Cargo.toml")] {
            assert!(!manifest.contains("devtools"), "the feature must stay off");
        }
        let source = include_str!("window.rs");
        assert!(source.contains(".devtools(cfg!(debug_assertions))"));
    }

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
