//! What a person copies from a record does not stay in the system's clipboard for the next person to paste.
//!
//! It is taken out after a while, and at once when the store is locked; but only when it is still what was copied here. What
//! somebody has copied from another program since is theirs.

use curlew_app::{Event, wire::Stage};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a copied text may stay: enough to change windows and paste it.
const STAYS: Duration = Duration::from_secs(120);

/// What was copied here last, until it is taken out.
#[derive(Clone, Default)]
pub(crate) struct Clipboard {
    ours: Arc<Mutex<Option<Zeroizing<String>>>>,
    turn: Arc<AtomicU64>,
}

impl Clipboard {
    /// Something was copied from the window: it is taken out in a while.
    pub(crate) fn copied(&self, text: String) {
        *self.ours.lock().unwrap_or_else(PoisonError::into_inner) = Some(Zeroizing::new(text));
        let mine = self.turn.fetch_add(1, Ordering::Relaxed) + 1;
        let clipboard = self.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(STAYS).await;
            if clipboard.turn.load(Ordering::Relaxed) == mine {
                clipboard.take_out().await;
            }
        });
    }

    /// Looks at what is pushed to the window: whatever ends an open store takes out what was copied from it.
    pub(crate) fn watch(&self, event: &Event) {
        let Event::Status(status) = event else { return };
        let something = self.ours.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if status.stage != Stage::Open && something {
            let clipboard = self.clone();
            tauri::async_runtime::spawn(async move { clipboard.take_out().await });
        }
    }

    /// Takes out what was copied here, if it is still there.
    pub(crate) async fn take_out(&self) {
        let ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(ours) = ours else { return };
        let done = tauri::async_runtime::spawn_blocking(move || empty_of(&ours)).await;
        // Without a clipboard there is nothing in it. What it held is not for the log.
        if !matches!(done, Ok(Ok(()))) {
            tracing::debug!("the clipboard could not be looked at");
        }
    }
}

fn empty_of(ours: &str) -> Result<(), arboard::Error> {
    let mut system = arboard::Clipboard::new()?;
    match system.get_text().map(Zeroizing::new) {
        Ok(text) if is_ours(&text, ours) => system.clear(),
        Ok(_) | Err(arboard::Error::ContentNotAvailable) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The same words, however the web view and the system put line ends and spaces between them.
fn is_ours(there: &str, ours: &str) -> bool {
    let mut words = ours.split_whitespace().peekable();
    words.peek().is_some() && words.eq(there.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_what_was_copied_here_is_taken_out() {
        assert!(is_ours("NHS No.\r\n999 000 1234 ", "NHS No. 999 000 1234"));
        assert!(!is_ours("a shopping list", "NHS No. 999 000 1234"));
        assert!(!is_ours("", ""), "nothing is nobody's");
    }
}
