//! Numbered pictures, and the steps that several acts take.

use curlew_tests::Outcome;
use curlew_tests::window::Window;
use std::path::PathBuf;

/// Pictures numbered in the order they are taken.
pub(crate) struct Album {
    folder: PathBuf,
    taken: usize,
}

impl Album {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, taken: 0 }
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    pub(crate) async fn take(&mut self, window: &Window, name: &str) -> Outcome {
        let path = self.folder.join(format!("{:02}-{name}.png", self.taken + 1));
        window.picture(&path).await?;
        self.taken += 1;
        println!("  {}", path.display());
        Ok(())
    }
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
