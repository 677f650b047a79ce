//! A browser that signs in by itself, or does not.

use crate::login::{self, Until};
use curlew_sign_in::{Browser, BrowserError};
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::watch;
use url::Url;

/// Signs in as one user at the sandbox's page.
#[derive(Debug)]
pub struct ScriptedBrowser {
    user: String,
    until: Mutex<Until>,
    /// Pages dealt with, well or not, and what went wrong last.
    done: watch::Sender<(u32, Option<String>)>,
}

impl ScriptedBrowser {
    /// A browser whose person is `user`.
    #[must_use]
    pub fn new(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            until: Mutex::new(Until::TheEnd),
            done: watch::Sender::new((0, None)),
        }
    }

    /// How far the person goes from now on.
    pub fn go(&self, until: Until) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// How often the app has opened it and the person has finished with the page.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.done.borrow().0
    }

    /// Waits until the person has finished with one more page than `before`.
    ///
    /// # Errors
    /// With what went wrong on that page.
    pub async fn page_after(&self, before: u32) -> crate::Outcome {
        let mut done = self.done.subscribe();
        let waited = tokio::time::timeout(crate::window::LIMIT, done.wait_for(|(pages, _)| *pages > before));
        let (_, problem) = waited
            .await
            .map_err(|_| "the app did not open the browser")??
            .clone();
        problem.map_or(Ok(()), |problem| Err(problem.into()))
    }
}

impl Browser for ScriptedBrowser {
    fn open(&self, url: &Url) -> Result<(), BrowserError> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let (url, user, done) = (url.to_string(), self.user.clone(), self.done.clone());
        tokio::spawn(async move {
            let problem = login::sign_in(&url, &user, until)
                .await
                .err()
                .map(|error| error.to_string());
            done.send_modify(|(pages, last)| {
                *pages += 1;
                *last = problem;
            });
        });
        Ok(())
    }
}
