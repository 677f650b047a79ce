//! One open patient: rows projected at sync time, read back as they are asked for.

use std::sync::{Mutex, PoisonError, Weak};

use chrono::{DateTime, Utc};
use curlew_record::view::{
    AsAt, Gaps, Line, MedicineGroup, Medicines, Results, Sections, SourceView, TimelineFilter,
    TimelineGroups, TimelineIndex, TimelinePage,
};
use curlew_record::{FirstScreen, SourceInput, mark_new, source_view};
use rusqlite::{Connection, OptionalExtension};

use crate::as_at::{self, Moment};
use crate::caseload::{LastTimes, time};
use crate::database::read_checked;
use crate::error::{DamagedPart, VaultError};
use crate::grouping;
use crate::lines::{self, Timeline};
use crate::projecting::{self, screen};
use crate::staging::{NAMED, read_block, reading};
use crate::steps::{self, VersionSet};
use crate::texts::{Place, Press, text_at};
use crate::vault::Shared;

/// The connection to an open patient's file, which locking and erasing take away.
pub(crate) struct Handle {
    vault: Weak<Shared>,
    file_name: String,
    file: Mutex<Option<OpenFile>>,
}

/// The file, and what has been read of its timeline once.
struct OpenFile {
    connection: Connection,
    timeline: Option<Timeline>,
}

impl Handle {
    pub(crate) fn new(vault: Weak<Shared>, file_name: String, file: Connection) -> Self {
        Self {
            vault,
            file_name,
            file: Mutex::new(Some(OpenFile {
                connection: file,
                timeline: None,
            })),
        }
    }

    /// Closes the file, waiting for a reader to finish.
    pub(crate) fn close(&self) {
        drop(self.file.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, VaultError>) -> Result<T, VaultError> {
        self.read_timeline(|file, _| read(file))
    }

    /// Reads with what is remembered of the timeline. What a reading that failed its check brought is forgotten with it.
    fn read_timeline<T>(
        &self,
        read: impl FnOnce(&Connection, &mut Option<Timeline>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let answer = {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            let OpenFile { connection, timeline } = file.as_mut().ok_or(VaultError::Locked)?;
            let mut remembered = timeline.take();
            let answer = read_checked(connection, DamagedPart::PatientFile, |file| {
                read(file, &mut remembered)
            });
            if answer.is_ok() {
                *timeline = remembered;
            }
            answer
        };
        if let Err(VaultError::Damaged { .. }) = &answer
            && let Some(vault) = self.vault.upgrade()
        {
            vault.lay_aside(&self.file_name);
        }
        answer
    }
}

/// One received resource behind a line.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldSource {
    /// `Type/id`.
    pub resource: String,
    /// Its JSON text, verbatim as received.
    pub raw: String,
    /// When this version reached us.
    pub received: DateTime<Utc>,
    /// When the source last changed it, when stated.
    pub recorded: Option<DateTime<Utc>>,
}

/// An open patient. Closes with the store, and when the patient is erased: every call fails with
/// [`VaultError::Locked`] then.
pub struct OpenPatient {
    patient: String,
    handle: std::sync::Arc<Handle>,
    first: FirstScreen,
    last: LastTimes,
    changed: Vec<String>,
    /// Set when this is not the present: see [`crate::Vault::as_at`].
    past: Option<AsAt>,
    /// What was shown then; `None` when what had not arrived then is not known.
    past_set: Option<VersionSet>,
}

impl OpenPatient {
    pub(crate) fn new(
        patient: String,
        handle: std::sync::Arc<Handle>,
        first: FirstScreen,
        last: LastTimes,
    ) -> Self {
        Self {
            patient,
            handle,
            first,
            last,
            changed: Vec::new(),
            past: None,
            past_set: None,
        }
    }

    pub(crate) fn with_changed(self, changed: Vec<String>) -> Self {
        Self { changed, ..self }
    }

    /// The same, known to be of the past: every answer says so.
    pub(crate) fn of_the_past(self, as_at: AsAt, version_set: Option<VersionSet>) -> Self {
        Self {
            past: Some(as_at),
            past_set: version_set,
            ..self
        }
    }

    /// Shows the text of every resource held now, verbatim as received. For comparing a copy with its source.
    ///
    /// # Errors
    /// When closed, or the copy is found damaged.
    pub fn each_held(&self, mut see: impl FnMut(&str)) -> Result<u32, VaultError> {
        self.handle.read(|file| {
            let mut press = crate::texts::Press::new()?;
            projecting::each_current(file, &mut press, |_, raw, _| {
                see(raw);
                Ok(())
            })
        })
    }

    /// The moment this is a view of; `None` for the present.
    #[must_use]
    pub fn as_at(&self) -> Option<&AsAt> {
        self.past.as_ref()
    }

    /// What is new, changed or gone since this user looked before, by kind, in words.
    #[must_use]
    pub fn changed_since_last_look(&self) -> &[String] {
        &self.changed
    }

    /// What is shown, told apart from everything else this copy ever showed; `None` for a past moment of which nobody kept
    /// what had not arrived.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn version_set(&self) -> Result<Option<VersionSet>, VaultError> {
        if self.past.is_some() {
            return Ok(self.past_set);
        }
        self.handle.read(|file| {
            let at = steps::last_moment(file)?;
            let step = steps::in_force(file, at, &mut Press::new()?)?;
            Ok(step.and_then(|step| step.version_set))
        })
    }

    /// When what is shown changed, oldest first, with what came, changed and went, in words.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn moments(&self) -> Result<Vec<Moment>, VaultError> {
        self.handle.read(as_at::moments)
    }

    /// Server's logical id.
    #[must_use]
    pub fn patient(&self) -> &str {
        &self.patient
    }

    /// The first screen, free of the present moment.
    ///
    /// # Errors
    /// [`VaultError::Locked`] once the store is locked or the patient erased.
    pub fn first(&self) -> Result<FirstScreen, VaultError> {
        self.handle.read(|_| Ok(self.first.clone()))
    }

    /// Last successful contact for this patient, as of opening.
    #[must_use]
    pub fn last_contact(&self) -> Option<DateTime<Utc>> {
        self.last.contact
    }

    /// When this user opened this patient the time before.
    #[must_use]
    pub fn last_look(&self) -> Option<DateTime<Utc>> {
        self.last.look
    }

    /// Where the years lie in the timeline under a filter, and what can be filtered on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn timeline_index(&self, filter: &TimelineFilter) -> Result<TimelineIndex, VaultError> {
        let mut index = self
            .handle
            .read_timeline(|file, read| lines::index(file, read, filter, self.last.look))?;
        index.as_at = self.past.clone();
        Ok(index)
    }

    /// How the timeline groups by contact, stay or episode under a filter.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn timeline_groups(&self, filter: &TimelineFilter) -> Result<TimelineGroups, VaultError> {
        Ok(TimelineGroups {
            groups: self
                .handle
                .read_timeline(|file, read| grouping::groups(file, read, filter, self.last.look))?,
            as_at: self.past.clone(),
        })
    }

    /// A window into the timeline under a filter, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn timeline(
        &self,
        filter: &TimelineFilter,
        offset: u32,
        limit: u32,
    ) -> Result<TimelinePage, VaultError> {
        let mut lines = self
            .handle
            .read_timeline(|file, read| lines::page(file, read, filter, self.last.look, offset, limit))?;
        lines.iter_mut().for_each(|line| mark_new(line, self.last.look));
        Ok(TimelinePage {
            offset,
            lines,
            as_at: self.past.clone(),
        })
    }

    /// The first lines of the timeline that have all the words, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn search(&self, text: &str, limit: u32) -> Result<TimelinePage, VaultError> {
        self.timeline(
            &TimelineFilter {
                text: text.to_owned(),
                ..TimelineFilter::default()
            },
            0,
            limit,
        )
    }

    /// The Medicines screen.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn medicines(&self) -> Result<Medicines, VaultError> {
        let mut medicines = self.handle.read(projecting::read_medicines)?;
        let look = self.last.look;
        medicines
            .current
            .iter_mut()
            .chain(&mut medicines.past)
            .for_each(|group| mark_group(group, look));
        medicines.as_at = self.past.clone();
        Ok(medicines)
    }

    /// The Results screen.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn results(&self) -> Result<Results, VaultError> {
        let mut results = self.handle.read(projecting::read_results)?;
        results
            .other
            .iter_mut()
            .for_each(|line| mark_new(line, self.last.look));
        results.as_at = self.past.clone();
        Ok(results)
    }

    /// Problems, procedures, allergies, vaccinations, family and social history.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn summary(&self) -> Result<Sections, VaultError> {
        self.sections(screen::SUMMARY)
    }

    /// Correspondence, audio and images.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn documents(&self) -> Result<Sections, VaultError> {
        self.sections(screen::DOCUMENTS)
    }

    /// Plans, requests, end of life, legal, safeguarding, about me.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn plans(&self) -> Result<Sections, VaultError> {
        self.sections(screen::PLANS)
    }

    /// People, teams, organisations, services, appointments.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn people(&self) -> Result<Sections, VaultError> {
        self.sections(screen::PEOPLE)
    }

    /// What is not shown, and why.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn gaps(&self) -> Result<Gaps, VaultError> {
        let mut gaps = self.handle.read(projecting::read_gaps)?;
        gaps.as_at = self.past.clone();
        Ok(gaps)
    }

    /// A line of any screen, with every resource behind it.
    ///
    /// # Errors
    /// [`VaultError::NoSuchLine`]; otherwise when the file cannot be read.
    pub fn source(&self, line: &str) -> Result<(Line, Vec<HeldSource>), VaultError> {
        self.handle.read(|file| {
            let mut line = lines::find(file, line)?;
            mark_new(&mut line, self.last.look);
            let mut press = Press::new()?;
            let mut resources = Vec::with_capacity(line.sources.len());
            for source in &line.sources {
                resources.extend(read_source(file, &source.resource, &mut press)?);
            }
            Ok((line, resources))
        })
    }

    /// A line of any screen, opened for the source drawer.
    ///
    /// # Errors
    /// As [`Self::source`].
    pub fn source_view(&self, line: &str) -> Result<SourceView, VaultError> {
        let (line, resources) = self.source(line)?;
        let inputs: Vec<SourceInput<'_>> = resources
            .iter()
            .map(|source| SourceInput {
                raw: &source.raw,
                received: source.received,
                recorded: source.recorded,
            })
            .collect();
        let mut view = source_view(&line, &inputs);
        view.as_at = self.past.clone();
        Ok(view)
    }

    fn sections(&self, name: &str) -> Result<Sections, VaultError> {
        let mut sections = self.handle.read(|file| projecting::read_sections(file, name))?;
        sections
            .sections
            .iter_mut()
            .flat_map(|section| &mut section.lines)
            .for_each(|line| mark_new(line, self.last.look));
        sections.as_at = self.past.clone();
        Ok(sections)
    }
}

fn mark_group(group: &mut MedicineGroup, last_look: Option<DateTime<Utc>>) {
    group.is_new = last_look.is_some_and(|look| group.received_at > look.timestamp_millis() as f64);
}

/// The current version of a resource; `None` when it is not held (a source that is only referred to).
fn read_source(
    file: &Connection,
    resource: &str,
    press: &mut Press,
) -> Result<Option<HeldSource>, VaultError> {
    let row: Option<(i64, Place, i64, Option<i64>)> = file
        .prepare_cached(&format!(
            "SELECT block, start, length, received_at, recorded_at FROM version
             WHERE {NAMED} AND state = 'current' AND block IS NOT NULL"
        ))
        .and_then(|mut select| {
            select
                .query_row([resource], |row| {
                    let place = Place {
                        start: row.get(1)?,
                        length: row.get(2)?,
                    };
                    Ok((row.get(0)?, place, row.get(3)?, row.get(4)?))
                })
                .optional()
        })
        .map_err(reading)?;
    let Some((block, place, received, recorded)) = row else {
        return Ok(None);
    };
    let text = read_block(file, block, press)?;
    Ok(Some(HeldSource {
        resource: resource.to_owned(),
        raw: text_at(&text, place)?.to_owned(),
        received: time(Some(received)).unwrap_or_default(),
        recorded: time(recorded),
    }))
}
