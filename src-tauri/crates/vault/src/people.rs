//! Everybody on the caseload, read and worked out once and known until something changes: somebody who types a name asks at
//! every letter.

use std::ops::Deref;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use curlew_record::view::Banner;
use curlew_record::{CaseloadSummary, ListedPatient};
use rusqlite::Connection;
use zeroize::Zeroize;

use crate::caseload::CaseloadPatient;
use crate::database::judge;
use crate::error::{DamagedPart, VaultError};
use crate::vault::{Unlocked, Vault};

/// Somebody on the caseload, with what tells who they are.
pub struct Person {
    /// How their copy stands. Without the Patient resource as listed, which has been read.
    pub state: CaseloadPatient,
    /// Read from the list, for somebody of whom no copy is held; `None` when it cannot be read.
    listed: Option<ListedPatient>,
}

impl Person {
    fn of(mut state: CaseloadPatient) -> Self {
        let listed = match &state.first {
            Some(_) => None,
            None => ListedPatient::read(&state.raw_patient).ok(),
        };
        state.raw_patient.zeroize();
        Self { state, listed }
    }

    /// Name, birth and number, from the copy, else from the list; `None` when neither can be read.
    #[must_use]
    pub fn banner(&self) -> Option<&Banner> {
        match &self.state.first {
            Some(first) => Some(&first.banner),
            None => self.listed.as_ref().map(ListedPatient::banner),
        }
    }

    /// The row of the Today list, as of `now`; `None` when neither the copy nor the list can be read.
    #[must_use]
    pub fn summary(&self, now: DateTime<Utc>) -> Option<CaseloadSummary> {
        match &self.state.first {
            Some(first) => Some(first.caseload_summary(now)),
            None => Some(self.listed.as_ref()?.caseload_summary(now)),
        }
    }
}

/// Everybody on the caseload, in the server's order. Names and numbers are wiped when it is let go of.
pub struct People(Vec<Person>);

impl Deref for People {
    type Target = [Person];

    fn deref(&self) -> &[Person] {
        &self.0
    }
}

impl Drop for People {
    fn drop(&mut self) {
        for person in &mut self.0 {
            let listed = person.listed.as_mut().map(ListedPatient::banner_mut);
            let held = person.state.first.as_mut().map(|first| &mut first.banner);
            for banner in listed.into_iter().chain(held) {
                banner.name.zeroize();
                banner.preferred_name.zeroize();
                banner.born.zeroize();
                banner.nhs_number.zeroize();
                banner.details.iter_mut().for_each(|detail| detail.text.zeroize());
            }
        }
    }
}

/// How far the index had come: the engine's count of changes that others made to the file, and ours of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    others: i64,
    own: u64,
}

/// The people as they were when the index had come so far.
pub(crate) struct Known {
    reached: Reached,
    people: Arc<People>,
}

impl Unlocked {
    /// Changes the index in a way that [`People`] do not show: the log and the clock.
    pub(crate) fn apart<T>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let before = self.index.total_changes();
        let changed = change(self);
        self.changes_apart += self.index.total_changes().saturating_sub(before);
        changed
    }

    fn reached(&self) -> Result<Reached, VaultError> {
        Ok(Reached {
            others: data_version(&self.index)?,
            own: self.index.total_changes().saturating_sub(self.changes_apart),
        })
    }
}

fn data_version(index: &Connection) -> Result<i64, VaultError> {
    index
        .prepare_cached("PRAGMA data_version")
        .and_then(|mut select| select.query_row([], |row| row.get(0)))
        .map_err(|error| judge(error, DamagedPart::Index))
}

impl Vault {
    /// Everybody on the caseload, as [`Self::caseload`] gives them. What was read before is given again until something
    /// in the index changes, and forgotten when the store is locked.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn people(&self) -> Result<Arc<People>, VaultError> {
        let (reached, known) = self.shared.with(|unlocked| {
            let reached = unlocked.reached()?;
            let known = unlocked.known.take_if(|known| known.reached != reached);
            // Outdated, and wiped before it is read anew.
            drop(known);
            let known = unlocked.known.as_ref().map(|known| Arc::clone(&known.people));
            Ok((reached, known))
        })?;
        if let Some(known) = known {
            return Ok(known);
        }
        let people = Arc::new(People(self.caseload()?.into_iter().map(Person::of).collect()));
        // What changed meanwhile has moved the index on from where it was before: it will be read once more.
        let known = Known {
            reached,
            people: Arc::clone(&people),
        };
        self.shared.with(|unlocked| {
            unlocked.known = Some(known);
            Ok(())
        })?;
        Ok(people)
    }
}
