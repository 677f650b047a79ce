//! What a second start asks while nobody can answer: while this program is still starting, and while it ends after a lock.
//!
//! The name of the one instance is taken before the app stands and given up after it has gone. A link that comes in between
//! is kept, the newest only, and served by whoever can: this program once it stands, or the one that follows it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Arguments of second starts, from this program's first moment to its last.
#[derive(Debug, Default)]
pub(crate) struct Asked(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    stands: bool,
    /// What has waited longest is least wanted: the newest alone.
    newest: Option<Vec<String>>,
}

impl Asked {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A second start came with these arguments. Gives them back when they can be served now, else keeps them.
    pub(crate) fn arrived(&self, arguments: Vec<String>) -> Option<Vec<String>> {
        let mut held = self.held();
        if held.stands {
            Some(arguments)
        } else {
            held.newest = Some(arguments);
            None
        }
    }

    /// The app stands: from now on it is asked at once. Gives what came before.
    pub(crate) fn stands(&self) -> Option<Vec<String>> {
        let mut held = self.held();
        held.stands = true;
        held.newest.take()
    }

    /// The app has locked and is about to end: from now on what comes is for the next program.
    pub(crate) fn ends(&self) {
        self.held().stands = false;
    }

    /// What came for the next program.
    pub(crate) fn left(&self) -> Option<Vec<String>> {
        self.held().newest.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(last: &str) -> Vec<String> {
        vec![
            "curlew".to_owned(),
            format!("curlew://patient?nhs=999001867{last}"),
        ]
    }

    #[test]
    fn what_comes_before_the_app_stands_is_served_when_it_does() {
        let asked = Asked::default();
        assert_eq!(asked.arrived(link("6")), None);
        assert_eq!(asked.arrived(link("7")), None);
        assert_eq!(asked.stands(), Some(link("7")), "the newest");
        assert_eq!(asked.arrived(link("6")), Some(link("6")), "at once");
        assert_eq!(asked.left(), None);
    }

    #[test]
    fn what_comes_after_a_lock_is_left_for_the_next_program() {
        let asked = Asked::default();
        assert_eq!(asked.stands(), None);
        asked.ends();
        assert_eq!(asked.arrived(link("6")), None);
        assert_eq!(asked.left(), Some(link("6")));
        assert_eq!(asked.left(), None, "once");
    }
}
