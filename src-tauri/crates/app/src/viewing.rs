//! Records shown from the server and not kept: those that may only be seen online, and those nobody has loaded.

use crate::app::{OnScreen, blocking};
use crate::{App, Error};
use chrono::{DateTime, Utc};
use curlew_api::{ApiError, PurposeOfUse};
use curlew_audit::{Look, OutcomeText};
use curlew_consent::{Outcome, Purpose, Showable};
use curlew_record::view::PatientView;
use curlew_record::{CopyInfo, patient_view};
use curlew_sync::{NotShown, Sync, SyncError};
use curlew_vault::{OpenPatient, PatientUpdate, Vault};
use std::sync::Arc;

/// What is said on the screen of a record that is not kept.
const NOT_KEPT: &str = "Shown from the shared record. Nothing of it is kept on this device.";

/// Why a record could not be had from the server.
pub(crate) enum NotHad {
    /// The server cannot be asked now: what this device knows decides.
    Offline,
    /// It can, and this is the answer.
    Answer(Error),
}

impl App {
    /// Asks the server for a record to be shown, if it can be asked.
    pub(crate) async fn fetch_to_show(
        &self,
        patient: &str,
        purpose: Purpose,
        header: Option<PurposeOfUse>,
    ) -> Result<Showable<PatientUpdate>, NotHad> {
        self.pick_up_session().await;
        let sync = match header {
            None => self.sync(),
            Some(purpose) => self.sync_for(purpose),
        }
        .map_err(|_| NotHad::Offline)?;
        if header.is_some() {
            tell_first(&sync).await;
        }
        let viewed = sync.view(patient, purpose).await;
        let viewed = match viewed {
            Err(NotShown::Refused(decision)) => {
                let why = Error::Withheld(decision.reason);
                return Err(NotHad::Answer(match (decision.outcome, purpose) {
                    (Outcome::EmergencyOnly, Purpose::DirectCare) => Error::ExceptInEmergency(Box::new(why)),
                    _ => why,
                }));
            }
            Err(NotShown::Failed(SyncError::Api(ApiError::Forbidden))) => {
                let why = Error::Withheld(
                    "The shared record does not let you see it as part of everyday care.".to_owned(),
                );
                return Err(NotHad::Answer(match purpose {
                    Purpose::DirectCare => Error::ExceptInEmergency(Box::new(why)),
                    Purpose::Emergency => Error::Withheld(
                        "The shared record does not let you see it, not even in an emergency.".to_owned(),
                    ),
                }));
            }
            Err(NotShown::Failed(error)) => Err(Error::from(error)),
            Ok(showable) => Ok(showable),
        };
        match self.contact(viewed) {
            Ok(showable) => Ok(showable),
            Err(Error::Api(error)) if error.ends_contact() => Err(NotHad::Offline),
            Err(error) => Err(NotHad::Answer(error)),
        }
    }

    /// Shows a record fetched for everyday care: the look is written down, and only then is anything shown.
    pub(crate) async fn show_online(
        &self,
        vault: Arc<Vault>,
        look: Look,
        showable: Showable<PatientUpdate>,
    ) -> Result<PatientView, Error> {
        let (lease, now) = (self.inner.settings.lease, self.now());
        let shown = {
            let vault = Arc::clone(&vault);
            blocking(move || {
                let until = vault.effective_now(now)? + lease.fresh;
                let failed = look.clone();
                let receipt = vault.write_look(look, now).map_err(Error::AuditFailed)?;
                match vault.show(receipt, showable) {
                    Ok(open) => shown_view(&vault, open, now, until),
                    Err(error) => fail(&vault, failed, now, error.into()),
                }
            })
            .await?
        };
        self.put_on_screen(&vault, shown, None)
    }

    /// Makes a record that has just been opened the one on the screen, unless another person's store is open by now.
    pub(crate) fn put_on_screen(
        &self,
        vault: &Arc<Vault>,
        (view, record, readable_until): Shown,
        emergency: Option<&'static str>,
    ) -> Result<PatientView, Error> {
        let on_screen = OnScreen {
            patient: view.patient.clone(),
            name: view.banner.name.clone(),
            record,
            past: None,
            readable_until,
            emergency,
        };
        self.with_store(vault, |open| open.patient = Some(on_screen))
            .ok_or(Error::Locked)?;
        Ok(view)
    }
}

/// A record, its first screen, and until when it may be read.
pub(crate) type Shown = (PatientView, Arc<OpenPatient>, DateTime<Utc>);

/// The first screen of a record that is not kept.
pub(crate) fn shown_view(
    vault: &Vault,
    open: OpenPatient,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Shown, Error> {
    let copy = CopyInfo {
        last_contact: open.last_contact(),
        readable_until: Some(until),
        only_shown: true,
    };
    let mut view = patient_view(&open.first()?, vault.effective_now(now)?, &copy, open.last_look());
    view.not_kept = Some(NOT_KEPT.to_owned());
    Ok((view, Arc::new(open), until))
}

/// Whoever answers for the patient's privacy hears of an emergency before the record is asked for. That they cannot hear
/// of it now is no reason to let somebody die: the entry is in the chain and goes up at the next contact.
async fn tell_first(sync: &Sync) {
    if let Err(error) = sync.upload_audit().await {
        tracing::info!(%error, "the access log waits for the next contact");
    }
}

/// Writes a refusal down, then refuses.
pub(crate) fn refuse<T>(vault: &Vault, look: Look, now: DateTime<Utc>, why: Error) -> Result<T, Error> {
    let look = Look {
        outcome: OutcomeText::Refused(why.to_string()),
        ..look
    };
    drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
    Err(why)
}

/// Writes a failure down, then fails.
pub(crate) fn fail<T>(vault: &Vault, look: Look, now: DateTime<Utc>, why: Error) -> Result<T, Error> {
    let look = Look {
        outcome: OutcomeText::Failed(why.to_string()),
        ..look
    };
    drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
    Err(why)
}
