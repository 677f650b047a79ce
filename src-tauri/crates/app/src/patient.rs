//! One open patient: written down first, then opened, then shown.

use crate::app::{OnScreen, blocking};
use crate::as_at::{shown, shown_of};
use crate::caseload::PAST_KEEPING;
use crate::lease::LeaseState;
use crate::viewing::{NotHad, Shown, fail, refuse};
use crate::wire::SectionScreen;
use crate::{App, Error, Lease, reading};
use chrono::{DateTime, Utc};
use curlew_audit::{Action, Look, Shown as ShownThen};
use curlew_consent::{Purpose, shown_online_only};
use curlew_record::attachments::drawable;
use curlew_record::view::{
    DocumentContent, Gaps, Medicines, PatientView, Results, Sections, SourceView, TimelineFilter,
    TimelineGroups, TimelineIndex, TimelinePage,
};
use curlew_record::{CopyInfo, patient_view};
use curlew_vault::{CaseloadPatient, OpenPatient, Vault, VaultError};
use std::sync::Arc;

/// Lines in one window of the timeline at most, whatever is asked for.
const TIMELINE_WINDOW: u32 = 500;

impl App {
    /// Opens a patient's record: the look is written to the access log, and only then is anything shown. From the copy on
    /// this device; where there is none, from the server, without keeping it.
    ///
    /// # Errors
    /// When locked, not held and not to be had, withheld, too old, or the look cannot be written down. Refusals are written
    /// down too. [`Error::ExceptInEmergency`] where [`Self::break_glass`] may open it.
    pub async fn open_patient(&self, patient: String) -> Result<PatientView, Error> {
        let vault = self.vault()?;
        let look = Look {
            patient: Some(patient.clone()),
            ..self.look(Action::OpenPatient, "overview")?
        };
        let (lease, now) = (self.inner.settings.lease, self.now());
        let (here, look) = {
            let (vault, patient) = (Arc::clone(&vault), patient.clone());
            blocking(move || {
                let person = vault.caseload_patient(&patient)?;
                let effective = vault.effective_now(now)?;
                let versions = person.as_ref().and_then(|person| person.version_set);
                let look = Look {
                    patient_name: person.as_ref().map(|person| person.name(effective)),
                    shown: shown(&look.shown, versions),
                    ..look
                };
                Ok((open_copy(&vault, person, &look, &lease, now)?, look))
            })
            .await?
        };
        let why = match here {
            Here::Open(shown) => return self.put_on_screen(&vault, *shown, None),
            Here::TooOld(why) => return self.refuse_later(vault, look, why).await,
            Here::NotKept(why) => why,
        };
        match self.fetch_to_show(&patient, Purpose::DirectCare, None).await {
            Ok(showable) => self.show_online(vault, look, showable).await,
            Err(NotHad::Answer(why)) => self.refuse_later(vault, look, why).await,
            Err(NotHad::Offline) => {
                let why = match why {
                    Error::Withheld(reason) if shown_online_only(&reason) => Error::OnlineOnly(reason),
                    why => why,
                };
                self.refuse_later(vault, look, why).await
            }
        }
    }

    async fn refuse_later<T: Send + 'static>(
        &self,
        vault: Arc<Vault>,
        look: Look,
        why: Error,
    ) -> Result<T, Error> {
        let (now, why) = (self.now(), self.as_policy_offers(why));
        blocking(move || refuse(&vault, look, now, why)).await
    }

    /// Closes the patient on the screen. Nothing happens when none is open.
    ///
    /// # Errors
    /// When locked.
    pub fn close_patient(&self) -> Result<(), Error> {
        self.with_open(|open| open.patient = None).ok_or(Error::Locked)
    }

    /// Where the years lie in the timeline under a filter, and what can be filtered on.
    ///
    /// # Errors
    /// When locked or another patient is open.
    pub async fn timeline_index(
        &self,
        patient: &str,
        filter: TimelineFilter,
    ) -> Result<TimelineIndex, Error> {
        check_period(&filter)?;
        self.read(patient, move |open| open.timeline_index(&filter)).await
    }

    /// How the timeline groups by contact, stay or episode under a filter.
    ///
    /// # Errors
    /// When locked or another patient is open.
    pub async fn timeline_groups(
        &self,
        patient: &str,
        filter: TimelineFilter,
    ) -> Result<TimelineGroups, Error> {
        check_period(&filter)?;
        self.read(patient, move |open| open.timeline_groups(&filter))
            .await
    }

    /// A window into the timeline.
    ///
    /// # Errors
    /// When locked or another patient is open.
    pub async fn timeline(
        &self,
        patient: &str,
        filter: TimelineFilter,
        offset: u32,
        limit: u32,
    ) -> Result<TimelinePage, Error> {
        check_period(&filter)?;
        self.read(patient, move |open| {
            open.timeline(&filter, offset, limit.min(TIMELINE_WINDOW))
        })
        .await
    }

    /// The Medicines screen.
    ///
    /// # Errors
    /// When locked or another patient is open.
    pub async fn medicines(&self, patient: &str) -> Result<Medicines, Error> {
        self.read(patient, OpenPatient::medicines).await
    }

    /// The Results screen.
    ///
    /// # Errors
    /// When locked or another patient is open.
    pub async fn results(&self, patient: &str) -> Result<Results, Error> {
        self.read(patient, OpenPatient::results).await
    }

    /// A screen that is a list of sections.
    ///
    /// # Errors
    /// When locked or another patient is open.
    pub async fn sections(&self, patient: &str, screen: SectionScreen) -> Result<Sections, Error> {
        let mut sections = self
            .read(patient, move |open| match screen {
                SectionScreen::Summary => open.summary(),
                SectionScreen::Documents => open.documents(),
                SectionScreen::Plans => open.plans(),
                SectionScreen::People => open.people(),
            })
            .await?;
        // The past is looked at as it was, not as work to be done.
        if screen == SectionScreen::Documents && sections.as_at.is_none() {
            let (vault, patient) = (self.vault()?, patient.to_owned());
            return blocking(move || {
                reading::mark_unread(&vault, &patient, &mut sections)?;
                Ok(sections)
            })
            .await;
        }
        Ok(sections)
    }

    /// The one list of what is not shown, and why.
    ///
    /// # Errors
    /// When locked or another patient is open.
    pub async fn gaps(&self, patient: &str) -> Result<Gaps, Error> {
        self.read(patient, OpenPatient::gaps).await
    }

    /// Everything known about one line. Written down, for it shows the raw resource.
    ///
    /// # Errors
    /// When locked, another patient is open, or there is no such line.
    pub async fn source(&self, patient: &str, line: String) -> Result<SourceView, Error> {
        let vault = self.vault()?;
        let now = self.now();
        let look = Look {
            patient: Some(patient.to_owned()),
            patient_name: Some(self.on_screen(patient, |on_screen| on_screen.name.clone())?),
            ..self.look(Action::ViewSource, &format!("source of {line}"))?
        };
        let notes = Arc::clone(&vault);
        let view = self
            .read(patient, move |open| {
                let look = Look {
                    shown: shown_of(&look.shown, open)?,
                    ..look
                };
                drop(vault.write_look(look, now)?);
                open.source_view(&line)
            })
            .await?;
        if view.as_at.is_some() {
            return Ok(view);
        }
        let patient = patient.to_owned();
        blocking(move || {
            reading::opened(&notes, &patient, &view.line)?;
            Ok(view)
        })
        .await
    }

    /// The bytes of a document behind a line, to be drawn. Written down first.
    ///
    /// # Errors
    /// When locked, another patient is open, there is no such document behind the line, or it is not one that is drawn.
    pub async fn document(
        &self,
        patient: &str,
        line: String,
        resource: String,
        index: u32,
    ) -> Result<DocumentContent, Error> {
        let vault = self.vault()?;
        let now = self.now();
        let look = Look {
            patient: Some(patient.to_owned()),
            patient_name: Some(self.on_screen(patient, |on_screen| on_screen.name.clone())?),
            ..self.look(Action::ViewDocument, &format!("document in {resource}"))?
        };
        self.read(patient, move |open| {
            let look = Look {
                shown: shown_of(&look.shown, open)?,
                ..look
            };
            drop(vault.write_look(look, now)?);
            let (_, held) = open.source(&line)?;
            let drawn = held
                .iter()
                .find(|held| held.resource == resource)
                .ok_or(VaultError::NoSuchLine)
                .map(|held| drawable(&held.raw, index))?;
            Ok(drawn.map(|drawn| DocumentContent {
                resource,
                kind: drawn.kind,
                media_type: drawn.media_type.to_owned(),
                data: drawn.data,
                as_at: open.as_at().cloned(),
            }))
        })
        .await?
        // The screen offers nothing else; this is what a window gets that asks all the same.
        .map_err(|_| Error::BadRequest("This document cannot be drawn"))
    }

    /// Looks at the patient on the screen, who must be `patient`.
    pub(crate) fn on_screen<T>(&self, patient: &str, look: impl FnOnce(&OnScreen) -> T) -> Result<T, Error> {
        self.with_open(|open| {
            open.patient
                .as_ref()
                .filter(|on_screen| on_screen.patient == patient)
                .map(look)
        })
        .ok_or(Error::Locked)?
        .ok_or(Error::BadRequest("Another record has been opened since"))
    }

    /// Reads what is on the screen, which must be of `patient`: a late answer for somebody else must find nothing. While an
    /// earlier moment is looked at, that is what is read.
    async fn read<T: Send + 'static>(
        &self,
        patient: &str,
        read: impl FnOnce(&OpenPatient) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Error> {
        self.read_from(
            patient,
            |on_screen| on_screen.past.as_ref().unwrap_or(&on_screen.record),
            read,
        )
        .await
    }

    /// Reads from the record itself, whatever earlier moment is being looked at.
    pub(crate) async fn read_present<T: Send + 'static>(
        &self,
        patient: &str,
        read: impl FnOnce(&OpenPatient) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Error> {
        self.read_from(patient, |on_screen| &on_screen.record, read).await
    }

    async fn read_from<T: Send + 'static>(
        &self,
        patient: &str,
        which: impl FnOnce(&OnScreen) -> &Arc<OpenPatient>,
        read: impl FnOnce(&OpenPatient) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Error> {
        let (vault, now) = (self.vault()?, self.now());
        let (record, readable_until, emergency) = self.on_screen(patient, |on_screen| {
            (
                Arc::clone(which(on_screen)),
                on_screen.readable_until,
                on_screen.emergency.is_some(),
            )
        })?;
        blocking(move || {
            // The lease runs out on an open record as on a closed one, and so does an emergency.
            if vault.effective_now(now)? > readable_until {
                return Err(if emergency {
                    Error::EmergencyEnded
                } else {
                    Error::CopyExpired
                });
            }
            match read(&record) {
                // The store is open, so it was closed by itself: something in it has been destroyed since.
                Err(VaultError::Locked) if record.as_at().is_some() => Err(Error::BadRequest(
                    "This earlier view was closed, because something in it may no longer be shown",
                )),
                answer => Ok(answer?),
            }
        })
        .await
    }
}

/// A day that cannot be read must not become no limit at all.
fn check_period(filter: &TimelineFilter) -> Result<(), Error> {
    let readable = |day: &String| chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok();
    if filter.from.iter().chain(&filter.to).all(readable) {
        Ok(())
    } else {
        Err(Error::BadRequest("A day is written as 2026-11-23"))
    }
}

/// What opening from this device came to.
enum Here {
    /// A copy may be shown.
    Open(Box<Shown>),
    /// There is a copy, and its age stands against showing it.
    TooOld(Error),
    /// There is none, or none may be kept.
    NotKept(Error),
}

/// Opens the copy that is here, when there is one that may be shown.
fn open_copy(
    vault: &Vault,
    person: Option<CaseloadPatient>,
    look: &Look,
    lease: &Lease,
    now: DateTime<Utc>,
) -> Result<Here, Error> {
    let effective = vault.effective_now(now)?;
    let Some(person) = person else {
        return Ok(Here::NotKept(Error::NotHeld));
    };
    if let Some(reason) = person.withheld_reason.filter(|reason| reason != PAST_KEEPING) {
        return Ok(Here::NotKept(Error::Withheld(reason)));
    }
    if !person.held {
        return Ok(Here::NotKept(Error::NotHeld));
    }
    // A copy whose age is not known is a copy that may be too old, for an emergency too.
    let Some(contact) = person.last_contact else {
        return Ok(Here::TooOld(Error::CopyExpired));
    };
    match lease.state(contact, effective) {
        LeaseState::Fresh | LeaseState::Ageing => {}
        LeaseState::Locked => {
            return Ok(Here::TooOld(Error::ExceptInEmergency(Box::new(
                Error::CopyExpired,
            ))));
        }
        LeaseState::Expired => return Ok(Here::TooOld(Error::CopyExpired)),
    }
    let readable_until = contact + lease.readable;
    let receipt = vault.write_look(look.clone(), now).map_err(Error::AuditFailed)?;
    let open = match vault.open(receipt) {
        Ok(open) => open,
        // The look is in the log as done; that nothing was shown belongs there too.
        Err(error) => return fail(vault, look.clone(), now, error.into()),
    };
    // A load that ended in between changed what is shown: it is written down as what it is.
    let versions = open.version_set()?;
    if versions != person.version_set {
        let look = Look {
            shown: shown(&ShownThen::parse(&look.shown).screen, versions),
            ..look.clone()
        };
        drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
    }
    let copy = CopyInfo {
        last_contact: Some(contact),
        readable_until: Some(readable_until),
        ..CopyInfo::default()
    };
    let mut view = patient_view(&open.first()?, effective, &copy, open.last_look());
    view.changed = open.changed_since_last_look().to_vec();
    Ok(Here::Open(Box::new((view, Arc::new(open), readable_until))))
}
