//! Looking back: a record as it could be seen at an earlier moment, and what an entry of the access log showed.
//!
//! While a past view is on, every screen answers from it and every answer says so. The look is written down first, with the
//! moment, and the lease and the lock hold for the past as for the present.

use crate::app::{OnScreen, blocking};
use crate::caseload::PAST_KEEPING;
use crate::lease::LeaseState;
use crate::viewing::fail;
use crate::wire::{MomentView, Moments, WhatWasShown};
use crate::{App, Error, Lease};
use chrono::{DateTime, Utc};
use curlew_audit::{Action, Entry, Look, Shown};
use curlew_record::as_at::moment_words;
use curlew_record::view::PatientView;
use curlew_record::{CopyInfo, patient_view};
use curlew_vault::{OpenPatient, Vault, VaultError, VersionSet, Wanted};
use std::sync::Arc;

impl App {
    /// When what this device could show of the patient changed, oldest first, for choosing a moment.
    ///
    /// # Errors
    /// When locked or another patient is open.
    pub async fn moments(&self, patient: &str) -> Result<Moments, Error> {
        let moments = self.read_present(patient, OpenPatient::moments).await?;
        let view = |moment: curlew_vault::Moment| MomentView {
            at: moment.at.timestamp_millis() as f64,
            label: moment_words(moment.at),
            text: moment.words,
        };
        Ok(Moments {
            moments: moments.into_iter().map(view).collect(),
        })
    }

    /// Opens the record on the screen as this device could show it at a moment (milliseconds since 1970). Until
    /// [`Self::close_as_at`] every screen answers from the past.
    ///
    /// # Errors
    /// When locked, another patient is open, no copy of that moment is here, the copy is too old to be read, or the look
    /// cannot be written down.
    pub async fn open_as_at(&self, patient: &str, at: f64) -> Result<PatientView, Error> {
        let moment = DateTime::<Utc>::from_timestamp_millis(at as i64)
            .ok_or(Error::BadRequest("There is no such moment"))?;
        let (vault, now, lease) = (self.vault()?, self.now(), self.inner.settings.lease);
        let (name, emergency) = self.on_screen(patient, |on_screen| {
            (on_screen.name.clone(), on_screen.emergency.is_some())
        })?;
        let look = Look {
            patient: Some(patient.to_owned()),
            patient_name: Some(name),
            ..self.look(Action::OpenAsAt, &format!("as at {}", moment_words(moment)))?
        };
        let past = blocking(move || {
            let patient = look.patient.clone().unwrap_or_default();
            if !emergency {
                readable_until(&vault, &patient, &lease, now)?;
            }
            let receipt = vault.write_look(look.clone(), now).map_err(Error::AuditFailed)?;
            match vault.as_at(receipt, Wanted::Moment(moment)) {
                Ok(past) => Ok(past),
                Err(error) => fail(&vault, look, now, error.into()),
            }
        })
        .await?;
        let view = past_view(&past)?;
        let past = Arc::new(past);
        self.change_on_screen(patient, |on_screen| on_screen.past = Some(past))?;
        Ok(view)
    }

    /// Goes back to the present. Gives its first screen again; nothing when there is no present to go back to, because the
    /// record was opened from the access log: it is closed then.
    ///
    /// # Errors
    /// When locked, another patient is open, or the copy is too old to be read by now.
    pub async fn close_as_at(&self, patient: &str) -> Result<Option<PatientView>, Error> {
        self.change_on_screen(patient, |on_screen| on_screen.past = None)?;
        let opened_in_the_past = self.on_screen(patient, |on_screen| on_screen.record.as_at().is_some())?;
        if opened_in_the_past {
            self.close_patient()?;
            return Ok(None);
        }
        let (vault, now) = (self.vault()?, self.now());
        let until = self.on_screen(patient, |on_screen| on_screen.readable_until)?;
        let view = self
            .read_present(patient, move |open| {
                let copy = CopyInfo {
                    last_contact: open.last_contact(),
                    readable_until: Some(until),
                    ..CopyInfo::default()
                };
                let effective = vault.effective_now(now)?;
                let mut view = patient_view(&open.first()?, effective, &copy, open.last_look());
                view.changed = open.changed_since_last_look().to_vec();
                Ok(view)
            })
            .await?;
        Ok(Some(view))
    }

    /// Opens an entry of the user's own access log: who looked, as what, why, how it ended, and the record as it was shown
    /// then, when the copy still holds it. Written down itself.
    ///
    /// Where there is a view, it is what is on the screen now, in place of any other record.
    ///
    /// # Errors
    /// When locked, there is no such entry, or the look cannot be written down.
    pub async fn what_was_shown(&self, seq: u32) -> Result<WhatWasShown, Error> {
        let (vault, now, lease) = (self.vault()?, self.now(), self.inner.settings.lease);
        let own = self.look(Action::ViewLogEntry, &format!("entry {seq} of the access log"))?;
        let (told, past) = {
            let vault = Arc::clone(&vault);
            blocking(move || {
                let entry = vault
                    .log_entry(seq.into())?
                    .ok_or(Error::BadRequest("There is no such entry in the access log"))?
                    .entry;
                let own = Look {
                    patient: entry.look.patient.clone(),
                    patient_name: entry.look.patient_name.clone(),
                    ..own
                };
                let receipt = vault.write_look(own, now).map_err(Error::AuditFailed)?;
                let reopened = reopen(&vault, &entry, receipt, &lease, now)?;
                Ok(match reopened {
                    Reopened::Not(why) => (told(&entry, why, false), None),
                    Reopened::As {
                        past,
                        until,
                        words,
                        exact,
                    } => {
                        let mut told = told(&entry, words, exact);
                        told.view = Some(past_view(&past)?);
                        (told, Some((*past, until)))
                    }
                })
            })
            .await?
        };
        if let (Some((past, readable_until)), Some(view)) = (past, &told.view) {
            let on_screen = OnScreen {
                patient: view.patient.clone(),
                name: view.banner.name.clone(),
                record: Arc::new(past),
                past: None,
                readable_until,
                emergency: None,
            };
            self.with_store(&vault, |open| open.patient = Some(on_screen))
                .ok_or(Error::Locked)?;
        }
        Ok(told)
    }

    fn change_on_screen(&self, patient: &str, change: impl FnOnce(&mut OnScreen)) -> Result<(), Error> {
        self.with_open(|open| {
            open.patient
                .as_mut()
                .filter(|on_screen| on_screen.patient == patient)
                .map(change)
        })
        .ok_or(Error::Locked)?
        .ok_or(Error::BadRequest("Another record has been opened since"))
    }
}

/// What a look at a record is written down with: the screen, and which versions it showed.
pub(crate) fn shown(screen: &str, version_set: Option<VersionSet>) -> String {
    Shown {
        screen: screen.to_owned(),
        version_set: version_set.map(|set| set.to_string()),
    }
    .to_string()
}

/// The same for something of an open record, with the moment when it is of the past.
pub(crate) fn shown_of(screen: &str, record: &OpenPatient) -> Result<String, VaultError> {
    let at = record
        .as_at()
        .and_then(|as_at| DateTime::from_timestamp_millis(as_at.at as i64));
    let screen = match at {
        Some(at) => format!("{screen}, as at {}", moment_words(at)),
        None => screen.to_owned(),
    };
    Ok(shown(&screen, record.version_set()?))
}

/// The first screen of a past view, as it was painted then: ages, freshness and what was new are those of the moment.
fn past_view(past: &OpenPatient) -> Result<PatientView, Error> {
    let at = past
        .as_at()
        .and_then(|as_at| DateTime::from_timestamp_millis(as_at.at as i64))
        .ok_or(Error::BadRequest("There is no such moment"))?;
    let copy = CopyInfo {
        last_contact: past.last_contact(),
        readable_until: None,
        ..CopyInfo::default()
    };
    let mut view = patient_view(&past.first()?, at, &copy, past.last_look());
    view.changed = past.changed_since_last_look().to_vec();
    view.as_at = past.as_at().cloned();
    Ok(view)
}

/// Until when the copy of a patient may be read; an error when it may not be now.
fn readable_until(
    vault: &Vault,
    patient: &str,
    lease: &Lease,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Error> {
    let person = vault.caseload_patient(patient)?.ok_or(Error::NotHeld)?;
    if let Some(reason) = person.withheld_reason.filter(|reason| reason != PAST_KEEPING) {
        return Err(Error::Withheld(reason));
    }
    if !person.held {
        return Err(Error::NotHeld);
    }
    let contact = person.last_contact.ok_or(Error::CopyExpired)?;
    match lease.state(contact, vault.effective_now(now)?) {
        LeaseState::Fresh | LeaseState::Ageing => Ok(contact + lease.readable),
        LeaseState::Locked | LeaseState::Expired => Err(Error::CopyExpired),
    }
}

/// What became of reopening what an entry showed.
enum Reopened {
    As {
        past: Box<OpenPatient>,
        until: DateTime<Utc>,
        words: String,
        exact: bool,
    },
    Not(String),
}

fn reopen(
    vault: &Vault,
    entry: &Entry,
    receipt: curlew_audit::Receipt,
    lease: &Lease,
    now: DateTime<Utc>,
) -> Result<Reopened, Error> {
    let not = |why: &str| Ok(Reopened::Not(why.to_owned()));
    let Some(patient) = &entry.look.patient else {
        return not("This entry shows no record.");
    };
    if !entry.look.outcome.is_done() {
        return not("Nothing was shown.");
    }
    if !shows_a_record(entry.look.action) {
        return not("This entry shows no record.");
    }
    let until = match readable_until(vault, patient, lease, now) {
        Ok(until) => until,
        Err(Error::Withheld(reason)) => return Ok(Reopened::Not(no_longer_held(vault, entry, &reason)?)),
        Err(Error::NotHeld) => return Ok(Reopened::Not(no_longer_held(vault, entry, "")?)),
        Err(Error::CopyExpired) => {
            return not(
                "What was shown cannot be opened now: the copy is older than policy lets it be read. Refresh it first.",
            );
        }
        Err(error) => return Err(error),
    };
    let recorded = Shown::parse(&entry.look.shown)
        .version_set
        .and_then(|set| VersionSet::parse(&set));
    let wanted = Wanted::Look {
        seq: entry.seq,
        at: entry.at,
        version_set: recorded,
    };
    let past = match vault.as_at(receipt, wanted) {
        Ok(past) => past,
        Err(VaultError::NotHeld) => return Ok(Reopened::Not(no_longer_held(vault, entry, "")?)),
        Err(VaultError::NotHeldThen) => {
            return Ok(Reopened::Not(no_longer_held(
                vault,
                entry,
                "the copy here was made afterwards",
            )?));
        }
        Err(VaultError::Damaged { .. }) => {
            return not("What was shown cannot be opened: the copy is damaged and must be fetched again.");
        }
        Err(error) => return Err(error.into()),
    };
    let found = past.version_set()?;
    let (exact, words) = match (recorded, found) {
        (Some(recorded), Some(found)) if recorded == found => (
            true,
            "This is what was shown: the entry and the copy name the same versions.",
        ),
        (None, _) => (
            false,
            "The entry does not name the versions it showed. What this device could show at that moment is opened instead.",
        ),
        (Some(_), _) => (
            false,
            "The copy no longer holds every version that was shown. What is left of that moment is opened, and what is missing is named.",
        ),
    };
    Ok(Reopened::As {
        past: Box::new(past),
        until,
        words: words.to_owned(),
        exact,
    })
}

/// Whether an action shows something of a patient's record.
fn shows_a_record(action: Action) -> bool {
    matches!(
        action,
        Action::OpenPatient
            | Action::OpenInEmergency
            | Action::OpenAsAt
            | Action::ViewLogEntry
            | Action::ViewScreen
            | Action::SearchRecord
            | Action::ViewSource
            | Action::ViewDocument
            | Action::Print
    )
}

/// Why what an entry showed cannot be opened: the erasure that came after it, or what is known of the patient.
fn no_longer_held(vault: &Vault, entry: &Entry, otherwise: &str) -> Result<String, Error> {
    let patient = entry.look.patient.as_deref().unwrap_or_default();
    let erased = vault.erased_after(patient, entry.seq)?;
    Ok(match (erased, otherwise.trim_end_matches('.')) {
        (Some(erased), _) => format!(
            "What was shown cannot be opened: the copy was erased on {}, because {}.",
            moment_words(erased.entry.at),
            erased.entry.look.shown.trim_end_matches('.')
        ),
        (None, "") => {
            "What was shown cannot be opened: it was not kept on this device, or is no longer.".to_owned()
        }
        (None, why) => format!("What was shown cannot be opened: {why}."),
    })
}

/// The entry in words.
fn told(entry: &Entry, verdict: String, exact: bool) -> WhatWasShown {
    let look = &entry.look;
    WhatWasShown {
        seq: u32::try_from(entry.seq).unwrap_or(u32::MAX),
        at: entry
            .at
            .with_timezone(&chrono::Local)
            .format("%d-%b-%Y %H:%M:%S")
            .to_string(),
        action: look.action.words().to_owned(),
        screen: Shown::parse(&look.shown).screen,
        name: look.actor.name.clone(),
        role: look.actor.role.clone(),
        organisation: look.actor.organisation.clone(),
        device: look.device.clone(),
        patient: look.patient_name.clone().or_else(|| look.patient.clone()),
        purpose: purpose_words(&look.purpose),
        outcome: look.outcome.words(),
        verdict,
        exact,
        view: None,
    }
}

fn purpose_words(purpose: &str) -> String {
    match purpose {
        "TREAT" => "Direct care",
        "ETREAT" => "Emergency treatment",
        "BTG" => "Emergency access",
        words => words,
    }
    .to_owned()
}
