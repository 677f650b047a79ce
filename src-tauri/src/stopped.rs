//! The plain page of a start that cannot go on: no record, no store, no commands, only words and what to mend.
//!
//! A policy that is there and cannot be used must stop the program, and be seen to. Going on by the defaults would undo, without
//! a word, what an organisation has decided.

use crate::window;
use tauri::{WebviewUrl, WebviewWindowBuilder};

/// The page, in the bundled UI.
const PAGE: &str = "stopped.html";

/// Shows why Curlew has stopped, until the person closes the window. Where there is no display, the terminal has said it.
pub(crate) fn show(words: &str) {
    // As a JSON string, which is also a JavaScript one; the page puts it in as text.
    let Ok(text) = serde_json::to_string(words) else {
        return;
    };
    let script = format!(
        "addEventListener('DOMContentLoaded', () => {{ const words = document.getElementById('words'); \
         if (words) words.textContent = {text}; }});"
    );
    let built = tauri::Builder::default()
        .setup(move |tauri| {
            WebviewWindowBuilder::new(tauri, "stopped", WebviewUrl::App(PAGE.into()))
                .title("Curlew cannot start")
                .inner_size(760.0, 520.0)
                .incognito(window::PRIVATE)
                .devtools(cfg!(debug_assertions))
                .initialization_script(script)
                .on_navigation(window::is_our_own_page)
                .build()?;
            Ok(())
        })
        .build(tauri::generate_context!());
    if let Ok(app) = built {
        app.run_return(|_, _| {});
    }
}
