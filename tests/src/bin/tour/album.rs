//! Numbered pictures, and the steps that several acts take.

use curlew_tests::Outcome;
use curlew_tests::window::{Window, until};
use std::path::PathBuf;

/// Pictures numbered in the order they are taken.
pub(crate) struct Album {
    folder: PathBuf,
    taken: usize,
    missed: Vec<String>,
}

impl Album {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            taken: 0,
            missed: Vec::new(),
        }
    }

    /// A part of an act: when it fails, the other parts are still walked, and the tour says so at its end.
    pub(crate) async fn part(&mut self, window: &Window, name: &str, walked: Outcome) -> Outcome {
        if let Err(failure) = walked {
            println!("  {name} ended early: {failure}");
            self.missed.push(name.to_owned());
            // Whatever stands in front is put away.
            window
                .script(
                    "document.querySelectorAll('dialog[open]').forEach((one) => one.dispatchEvent(new Event('cancel', {cancelable: true})));
                     for (const hook of ['close-print', 'bedside-off', 'end-check']) document.querySelector(`[data-testid=\"${hook}\"]`)?.click();",
                )
                .await?;
        }
        Ok(())
    }

    /// How many pictures there are, if every part was walked to its end.
    pub(crate) fn finish(self) -> Outcome<usize> {
        if self.missed.is_empty() {
            Ok(self.taken)
        } else {
            Err(format!("not walked to the end: {}", self.missed.join(", ")).into())
        }
    }

    pub(crate) async fn take(&mut self, window: &Window, name: &str) -> Outcome {
        let path = self.folder.join(format!("{:02}-{name}.png", self.taken + 1));
        window.picture(&path).await?;
        self.taken += 1;
        println!("  {}", path.display());
        Ok(())
    }
}

/// Waits until a load has ended, however slow the machine.
pub(crate) async fn loaded(window: &Window) -> Outcome {
    const PATIENCE: usize = 10;
    for _ in 1..PATIENCE {
        if window.text("proof-summary").await.is_ok() {
            return Ok(());
        }
    }
    window.text("proof-summary").await.map(drop)
}

/// Waits until something matches a CSS selector, whatever is redrawn meanwhile.
pub(crate) async fn appears(window: &Window, css: &str) -> Outcome {
    let look = format!(
        "return document.querySelector({}) !== null",
        serde_json::json!(css)
    );
    until(&format!("{css} appears"), async || {
        (window.script(&look).await.ok()? == serde_json::Value::Bool(true)).then_some(())
    })
    .await
}

/// Presses a key on whatever has the focus.
pub(crate) async fn see(window: &Window, key: &str) -> Outcome {
    window
        .script(&format!(
            "const open = document.querySelector('dialog[open]');
             if (open && '{key}' === 'Escape') open.dispatchEvent(new Event('cancel', {{cancelable: true}}));
             else document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}));"
        ))
        .await
        .map(drop)
}

/// Opens the first person on Today whose row says these words.
pub(crate) async fn straight_to(window: &Window, words: &str) -> Outcome {
    window.find("caseload-row").await?;
    scroll_until(window, &format!("row.innerText.includes('{words}')")).await?;
    window.text("banner-name").await.map(drop)
}

/// Opens somebody on Today by their id.
pub(crate) async fn open(window: &Window, patient: &str) -> Outcome {
    window.find("caseload-row").await?;
    scroll_until(window, &format!("row.dataset.patient === '{patient}'")).await
}

/// Opens whoever stands before somebody on Today.
pub(crate) async fn open_before(window: &Window, patient: &str) -> Outcome {
    window.find("caseload-row").await?;
    scroll_until(
        window,
        &format!("row.closest('li')?.nextElementSibling?.querySelector('[data-patient]')?.dataset.patient === '{patient}'"),
    )
    .await?;
    window.text("banner-name").await.map(drop)
}

/// The list draws only what is on the screen: it is scrolled, a screen at a time, until the row is there, which is clicked.
async fn scroll_until(window: &Window, is_it: &str) -> Outcome {
    const SCREENS: usize = 30;
    // From the top. A list that did not start there is a fault worth knowing.
    let started = window
        .script(
            "const list = document.querySelector('[data-testid=\"caseload\"] .viewport');
             const from = list.scrollTop; list.scrollTop = 0; return from;",
        )
        .await?;
    if started != serde_json::json!(0) {
        println!("  the list of Today stood at {started}");
    }
    window.settled().await?;
    for _ in 0..SCREENS {
        let found = window
            .script(&format!(
                "const row = [...document.querySelectorAll('[data-testid=\"caseload-row\"]')].find((row) => {is_it});
                 if (row) {{ row.click(); return true; }}
                 const list = document.querySelector('[data-testid=\"caseload\"] .viewport');
                 list.scrollTop += list.clientHeight * 0.8;
                 return false;"
            ))
            .await?;
        if found == serde_json::Value::Bool(true) {
            return Ok(());
        }
        window.settled().await?;
    }
    Err(format!("nobody on Today: {is_it}").into())
}
