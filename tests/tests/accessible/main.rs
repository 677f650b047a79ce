//! The screens for everybody, in a real window: axe-core on every screen in every theme, the keyboard alone, small windows and
//! large text, and the names a screen reader says for what matters most.
//!
//! axe-core is a development dependency of the UI; it is put into the page by the driver and is no part of the program.
//! Needs a display, a session bus and a keychain of its own: `cargo verify --only window` makes them.

mod every_theme;
mod keyboard;
mod names;
mod reflow;

use curlew_tests::Outcome;
use curlew_tests::window::Window;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Appearances of the same screen: what the page's root says of each.
const THEMES: [(&str, &str); 4] = [
    (
        "light",
        "root.dataset.theme = 'light'; delete root.dataset.contrast;",
    ),
    (
        "dark",
        "root.dataset.theme = 'dark'; delete root.dataset.contrast;",
    ),
    (
        "high contrast",
        "root.dataset.theme = 'light'; root.dataset.contrast = 'more';",
    ),
    (
        "dark, high contrast",
        "root.dataset.theme = 'dark'; root.dataset.contrast = 'more';",
    ),
];

/// Tabs of a patient.
const TABS: [&str; 9] = [
    "overview",
    "timeline",
    "medicines",
    "results",
    "summary",
    "documents",
    "plans",
    "people",
    "gaps",
];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Collects what is wrong, so that one run tells all of it.
#[derive(Default)]
struct Problems {
    found: BTreeSet<String>,
    looked: usize,
}

impl Problems {
    /// axe-core on what is on the screen, in every theme.
    async fn axe(&mut self, window: &Window, screen: &str) -> Outcome {
        for (theme, set) in THEMES {
            window
                .script(&format!("const root = document.documentElement; {set}"))
                .await?;
            self.axe_as_it_is(window, &format!("{screen}, {theme}")).await?;
        }
        Ok(())
    }

    /// axe-core on what is on the screen, as it looks now.
    async fn axe_as_it_is(&mut self, window: &Window, look: &str) -> Outcome {
        const RUN: &str = r"const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })
              .then((result) => done(result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.target.join(' ')} | ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? rule.help}`))),
                    (error) => done([`axe failed: ${error}`]));";
        window.settled().await?;
        let wrong = window.script_async(RUN, Vec::new()).await?;
        self.looked += 1;
        for one in wrong.as_array().ok_or("axe gave no answer")? {
            self.found
                .insert(format!("{look}: {}", one.as_str().unwrap_or_default()));
        }
        Ok(())
    }

    fn none(self) -> Outcome {
        println!("{} looks", self.looked);
        if self.found.is_empty() {
            return Ok(());
        }
        let all: Vec<String> = self.found.into_iter().collect();
        Err(format!("{} problems:\n{}", all.len(), all.join("\n")).into())
    }
}

async fn put_axe_in(window: &Window) -> Outcome {
    let axe = std::fs::read_to_string(project().join("ui/node_modules/axe-core/axe.min.js"))
        .map_err(|error| format!("axe-core is not there ({error}): run `npm ci` in ui/"))?;
    // The driver's scripts are functions; axe looks for the global object by `this`.
    window
        .script(&format!(
            "(function () {{ const module = undefined, define = undefined; {axe} }}).call(window);"
        ))
        .await?;
    if window.script("return typeof window.axe;").await? == "object" {
        Ok(())
    } else {
        Err("axe-core did not start in the page".into())
    }
}
