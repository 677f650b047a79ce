//! The person's own browser.

use thiserror::Error;
use url::Url;

/// Opens an address for the person to sign in at. A trait so that tests can walk the login themselves.
pub trait Browser: Send + Sync {
    /// Opens `url` and returns at once, whatever the person then does with it.
    ///
    /// # Errors
    /// [`BrowserError`] when there is nothing to open it with.
    fn open(&self, url: &Url) -> Result<(), BrowserError>;
}

/// No browser could be opened. Why is of no use to the person: the sentence is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no browser could be opened")]
pub struct BrowserError;

/// The system's default browser; on Linux, `$BROWSER` first.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemBrowser;

impl Browser for SystemBrowser {
    fn open(&self, url: &Url) -> Result<(), BrowserError> {
        webbrowser::open(url.as_str()).map_err(|_| BrowserError)
    }
}
