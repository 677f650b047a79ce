//! Breaking the glass: a record opened in an emergency that everyday rules keep closed.
//!
//! Written down and told upward before anything is asked for; shown from memory and never kept; closed by itself when
//! policy's time is over. Without a network only what is already on the device can be opened: a copy whose lease has locked
//! it. What may be cached does not change by any of it.

use crate::app::{blocking, moment};
use crate::lease::LeaseState;
use crate::policy::Feature;
use crate::viewing::{NotHad, Shown, fail, refuse, shown_view};
use crate::{App, Error};
use chrono::{DateTime, Utc};
use curlew_api::PurposeOfUse;
use curlew_audit::{Action, Look, Receipt};
use curlew_consent::{Purpose, Showable};
use curlew_record::view::{EmergencyAccess, PatientView};
use curlew_record::{CopyInfo, patient_view};
use curlew_vault::{PatientUpdate, Vault};
use std::sync::Arc;

/// Fewest characters that say why: "chest pain".
pub(crate) const TEXT_MIN_CHARS: u32 = 10;

/// Most characters kept of what was typed: it goes into an AuditEvent.
const TEXT_MAX_CHARS: usize = 1_000;

/// What is said on the screen of an emergency from the server.
const NOT_KEPT: &str = "Opened from the shared record. Nothing of it is kept on this device.";

/// What this device has of the patient before the server is asked.
struct Here {
    name: Option<String>,
    /// A copy that may be opened, and when it was last confirmed.
    copy: Option<DateTime<Utc>>,
    /// Why there is none, for when the server cannot be asked.
    otherwise: Error,
}

impl App {
    /// Opens a record in an emergency, for one of policy's reasons and a few words of the person's own.
    ///
    /// # Errors
    /// When locked, the reason is not one of policy's or the words are missing, the look cannot be written down, the
    /// shared record refuses even so, or it cannot be asked and no copy is here.
    pub async fn break_glass(&self, patient: String, reason: &str, text: &str) -> Result<PatientView, Error> {
        self.allowed(Feature::Emergency)?;
        let vault = self.vault()?;
        let settings = &self.inner.settings;
        let reason = settings
            .emergency_reasons
            .iter()
            .find(|known| known.code == reason)
            .ok_or(Error::BadRequest("Choose a reason from the list"))?;
        let text: String = text.trim().chars().take(TEXT_MAX_CHARS).collect();
        if text.chars().filter(|letter| letter.is_alphanumeric()).count() < TEXT_MIN_CHARS as usize {
            return Err(Error::BadRequest("Say in a few words why this cannot wait"));
        }

        let here = self.what_is_here(&vault, &patient).await?;
        // With a copy here the rules let this person see the record, and only its age stands against it.
        let purpose = match here.copy {
            Some(_) => PurposeOfUse::EmergencyTreatment,
            None => PurposeOfUse::BreakTheGlass,
        };
        let look = Look {
            patient: Some(patient.clone()),
            patient_name: here.name.clone(),
            purpose: purpose.code().to_owned(),
            ..self.look(
                Action::OpenInEmergency,
                &format!("{} ({}): {text}", reason.words, reason.code),
            )?
        };
        let now = self.now();
        let receipt = {
            let (vault, look) = (Arc::clone(&vault), look.clone());
            blocking(move || vault.write_look(look, now).map_err(Error::AuditFailed)).await?
        };

        let fetched = self
            .fetch_to_show(&patient, Purpose::Emergency, Some(purpose))
            .await;
        let time = settings.emergency;
        let (mut view, record, until) = {
            let vault = Arc::clone(&vault);
            let lease = settings.lease;
            blocking(move || {
                let until = vault.effective_now(now)? + time;
                let opened = match fetched {
                    Ok(showable) => from_server(&vault, receipt, showable, now, until),
                    Err(NotHad::Answer(why)) => return refuse(&vault, look, now, why),
                    Err(NotHad::Offline) => match here.copy {
                        Some(contact) => {
                            from_copy(&vault, receipt, contact, now, until.min(contact + lease.kept))
                        }
                        None => return refuse(&vault, look, now, here.otherwise),
                    },
                };
                opened.or_else(|error| fail(&vault, look, now, error))
            })
            .await?
        };
        let closes = moment(until, now);
        view.emergency = Some(EmergencyAccess {
            until: closes.clone(),
            until_ms: until.timestamp_millis() as f64,
            reason: reason.words.clone(),
            text,
            sentence: format!(
                "Opened in an emergency. It closes by itself at {closes}; everything you look at is recorded and reviewed."
            ),
        });
        self.put_on_screen(&vault, (view, record, until), Some(purpose.code()))
    }

    async fn what_is_here(&self, vault: &Arc<Vault>, patient: &str) -> Result<Here, Error> {
        let (lease, now) = (self.inner.settings.lease, self.now());
        let (vault, patient) = (Arc::clone(vault), patient.to_owned());
        blocking(move || {
            let effective = vault.effective_now(now)?;
            let Some(person) = vault.caseload_patient(&patient)? else {
                return Ok(Here {
                    name: None,
                    copy: None,
                    otherwise: Error::NotHeld,
                });
            };
            let copy = person
                .last_contact
                .filter(|_| person.held && person.withheld_reason.is_none())
                .filter(|contact| lease.state(*contact, effective) != LeaseState::Expired);
            Ok(Here {
                name: Some(person.name(effective)),
                copy,
                otherwise: if person.held {
                    Error::CopyExpired
                } else {
                    Error::NotHeld
                },
            })
        })
        .await
    }
}

fn from_server(
    vault: &Vault,
    receipt: Receipt,
    showable: Showable<PatientUpdate>,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Shown, Error> {
    let (mut view, record, until) = shown_view(vault, vault.show(receipt, showable)?, now, until)?;
    view.not_kept = Some(NOT_KEPT.to_owned());
    Ok((view, record, until))
}

fn from_copy(
    vault: &Vault,
    receipt: Receipt,
    contact: DateTime<Utc>,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Shown, Error> {
    let open = vault.open(receipt)?;
    let copy = CopyInfo {
        last_contact: Some(contact),
        readable_until: Some(until),
        ..CopyInfo::default()
    };
    let view = patient_view(&open.first()?, vault.effective_now(now)?, &copy, open.last_look());
    Ok((view, Arc::new(open), until))
}
