//! One open patient: written down first, then opened, then shown.

use crate::app::{OnScreen, blocking};
use crate::caseload::PAST_KEEPING;
use crate::lease::LeaseState;
use crate::wire::SectionScreen;
use crate::{App, Error};
use curlew_audit::{Action, Look, OutcomeText};
use curlew_record::view::{
    Gaps, Medicines, PatientView, Results, Sections, SourceView, TimelineFilter, TimelineIndex, TimelinePage,
};
use curlew_record::{CopyInfo, patient_view};
use curlew_vault::{OpenPatient, Vault, VaultError};
use std::sync::Arc;

/// Lines in one window of the timeline at most, whatever is asked for.
const TIMELINE_WINDOW: u32 = 500;

impl App {
    /// Opens a patient's copy: the look is written to the access log, and only then is anything read.
    ///
    /// # Errors
    /// When locked, not held, withheld, too old, or the look cannot be written down. Refusals are written down too.
    pub async fn open_patient(&self, patient: String) -> Result<PatientView, Error> {
        let vault = self.vault()?;
        let look = self.look(Action::OpenPatient, "overview")?;
        let (lease, now) = (self.inner.settings.lease, self.now());
        let (view, open, readable_until) = {
            let patient = patient.clone();
            blocking(move || {
                let person = vault.caseload_patient(&patient)?;
                let effective = vault.effective_now(now)?;
                let name = person.as_ref().map(|person| person.name(effective));
                let look = Look {
                    patient: Some(patient),
                    patient_name: name,
                    ..look
                };
                let contact = match person {
                    None => return refuse(&vault, look, now, Error::NotHeld),
                    Some(person) => {
                        if let Some(reason) = person.withheld_reason.filter(|reason| reason != PAST_KEEPING) {
                            return refuse(&vault, look, now, Error::Withheld(reason));
                        }
                        if !person.held {
                            return refuse(&vault, look, now, Error::NotHeld);
                        }
                        person.last_contact
                    }
                };
                // A copy whose age is not known is a copy that may be too old.
                let Some(contact) = contact else {
                    return refuse(&vault, look, now, Error::CopyExpired);
                };
                if matches!(
                    lease.state(contact, effective),
                    LeaseState::Locked | LeaseState::Expired
                ) {
                    return refuse(&vault, look, now, Error::CopyExpired);
                }
                let readable_until = contact + lease.readable;
                let failed = look.clone();
                let receipt = vault.write_look(look, now).map_err(Error::AuditFailed)?;
                let open = match vault.open(receipt) {
                    Ok(open) => open,
                    // The look is in the log as done; that nothing was shown belongs there too.
                    Err(error) => return fail(&vault, failed, now, error),
                };
                let copy = CopyInfo {
                    last_contact: Some(contact),
                    readable_until: Some(readable_until),
                };
                let view = patient_view(&open.first()?, effective, &copy, open.last_look());
                Ok((view, Arc::new(open), readable_until))
            })
            .await?
        };
        let on_screen = OnScreen {
            patient,
            name: view.banner.name.clone(),
            record: open,
            readable_until,
        };
        self.with_open(|state| state.patient = Some(on_screen))
            .ok_or(Error::Locked)?;
        Ok(view)
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
        self.read(patient, move |open| open.timeline_index(&filter)).await
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
        self.read(patient, move |open| match screen {
            SectionScreen::Summary => open.summary(),
            SectionScreen::Documents => open.documents(),
            SectionScreen::Plans => open.plans(),
            SectionScreen::People => open.people(),
        })
        .await
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
        self.read(patient, move |open| {
            drop(vault.write_look(look, now)?);
            open.source_view(&line)
        })
        .await
    }

    /// Looks at the patient on the screen, who must be `patient`.
    fn on_screen<T>(&self, patient: &str, look: impl FnOnce(&OnScreen) -> T) -> Result<T, Error> {
        self.with_open(|open| {
            open.patient
                .as_ref()
                .filter(|on_screen| on_screen.patient == patient)
                .map(look)
        })
        .ok_or(Error::Locked)?
        .ok_or(Error::BadRequest("Another record has been opened since"))
    }

    /// Reads from the open patient, which must be `patient`: a late answer for somebody else must find nothing.
    async fn read<T: Send + 'static>(
        &self,
        patient: &str,
        read: impl FnOnce(&OpenPatient) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, Error> {
        let (record, readable_until) = self.on_screen(patient, |on_screen| {
            (Arc::clone(&on_screen.record), on_screen.readable_until)
        })?;
        let (vault, now) = (self.vault()?, self.now());
        blocking(move || {
            // The lease runs out on an open record as on a closed one.
            if vault.effective_now(now)? > readable_until {
                return Err(Error::CopyExpired);
            }
            Ok(read(&record)?)
        })
        .await
    }
}

/// Writes a refusal down, then refuses.
fn refuse<T>(vault: &Vault, look: Look, now: chrono::DateTime<chrono::Utc>, why: Error) -> Result<T, Error> {
    let look = Look {
        outcome: OutcomeText::Refused(why.to_string()),
        ..look
    };
    drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
    Err(why)
}

/// Writes a failure down, then fails.
fn fail<T>(
    vault: &Vault,
    look: Look,
    now: chrono::DateTime<chrono::Utc>,
    why: VaultError,
) -> Result<T, Error> {
    let look = Look {
        outcome: OutcomeText::Failed(why.to_string()),
        ..look
    };
    drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
    Err(why.into())
}
