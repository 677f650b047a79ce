//! The proof that somebody asked.

use chrono::{DateTime, Utc};
use curlew_fhir::Header;

use crate::{Decision, Outcome, Purpose, Standing, Viewer, decide_patient, decide_resource};

/// Something that may be written to the cache. Only [`permit`] makes one.
#[derive(Debug)]
pub struct Permitted<T>(T);

impl<T> Permitted<T> {
    /// Looks at what is permitted.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Takes what is permitted, to write it down.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Something that would be written to the cache, if it may be.
pub trait CacheUpdate {
    /// The logical id of the patient it is about.
    fn patient(&self) -> &str;

    /// Shows each resource it would write to `keep`; drops, and remembers as withheld for the reason given,
    /// each one that is not to be kept.
    fn retain(&mut self, keep: &mut dyn FnMut(&Header) -> Result<(), String>);
}

/// Lets through of an update what may be cached; nothing of it, with the reason, if the patient may not be.
pub fn permit<U: CacheUpdate>(
    mut update: U,
    standing: &Standing<'_>,
    viewer: &Viewer,
    now: DateTime<Utc>,
) -> Result<Permitted<U>, Decision> {
    let decision = decide_patient(standing, viewer, Purpose::DirectCare, now);
    if decision.outcome != Outcome::CacheAndShow {
        return Err(decision);
    }
    update.retain(&mut |header| {
        let decision = decide_resource(standing, viewer, Purpose::DirectCare, header, now);
        if decision.outcome == Outcome::CacheAndShow { Ok(()) } else { Err(decision.reason) }
    });
    Ok(Permitted(update))
}
