//! Why a command stopped: one sentence a person can act on.

use std::fmt;

/// One or more sentences: what happened and what to do.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// For a failed file or process operation: what was being done, and what the system said.
    pub(crate) fn while_doing(what: impl fmt::Display, said: impl fmt::Display) -> Self {
        Self(format!("{what}: {said}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
