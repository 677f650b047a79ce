//! What a printed page says of itself: when, by whom, from a copy of what age, and until when it may be kept.
//!
//! Paper leaves every lock behind, so it carries its own limits. The page itself is drawn by the window from what it
//! already shows; it is given these words only after the print is in the access log.

use crate::app::{blocking, moment_in_full};
use crate::as_at;
use crate::lease::age_words;
use crate::policy::Feature;
use crate::wire::{ListPage, PatientPage, PrintStage, PrintWords};
use crate::{App, Error};
use chrono::{DateTime, Duration, Utc};
use curlew_audit::{Action, Look};
use std::sync::Arc;

/// How long a page may be kept at most: a shift and the handover after it.
const PAPER_KEPT: Duration = Duration::hours(24);

const MARKING: &str = "Confidential: patient information";

const WARNING: &str =
    "Paper does not change when the record does. Look at the record before acting on this page.";

impl App {
    /// Writes down that a page about the open patient is previewed or printed, then gives the words it carries.
    ///
    /// # Errors
    /// When locked, another patient is open, the copy has become too old, or the print cannot be written down.
    pub async fn print_patient(
        &self,
        patient: &str,
        page: PatientPage,
        stage: PrintStage,
    ) -> Result<PrintWords, Error> {
        self.allowed(Feature::Printing)?;
        let (name, readable_until, record) = self.on_screen(patient, |on_screen| {
            let record = on_screen.past.as_ref().unwrap_or(&on_screen.record);
            (
                on_screen.name.clone(),
                on_screen.readable_until,
                Arc::clone(record),
            )
        })?;
        let look = Look {
            patient: Some(patient.to_owned()),
            patient_name: Some(name),
            ..self.look(Action::Print, &shown(page.words(), stage))?
        };
        let (vault, now, patient) = (self.vault()?, self.now(), patient.to_owned());
        blocking(move || {
            let effective = vault.effective_now(now)?;
            // The lease runs out on paper too: nothing is printed from a copy that may no longer be read.
            if effective > readable_until {
                return Err(Error::CopyExpired);
            }
            let contact = vault
                .caseload_patient(&patient)?
                .and_then(|person| person.last_contact)
                .ok_or(Error::CopyExpired)?;
            let by = by(&look);
            // A page of the past must not pass for one of the present, on paper or in the log.
            let past = record.as_at().map(|as_at| as_at.text.clone());
            let look = Look {
                shown: as_at::shown_of(&look.shown, &record)?,
                ..look
            };
            let receipt = vault.write_look(look, now).map_err(Error::AuditFailed)?;
            Ok(PrintWords {
                copy: match &past {
                    Some(past) => format!("Not the present record. {past}"),
                    None => format!(
                        "From the copy of {}, {} old when printed",
                        moment_in_full(contact),
                        age_words(effective - contact)
                    ),
                },
                past: past.map(|past| format!("Not the present record. {past}")),
                ..words(
                    page.words(),
                    &by,
                    receipt.seq(),
                    effective,
                    (effective + PAPER_KEPT).min(readable_until),
                )
            })
        })
        .await
    }

    /// Writes down that a page about several people is previewed or printed, then gives the words it carries.
    ///
    /// # Errors
    /// When locked, or the print cannot be written down.
    pub async fn print_list(&self, page: ListPage, stage: PrintStage) -> Result<PrintWords, Error> {
        self.allowed(Feature::Printing)?;
        let look = self.look(Action::Print, &shown(page.words(), stage))?;
        let (vault, now) = (self.vault()?, self.now());
        blocking(move || {
            let effective = vault.effective_now(now)?;
            let by = by(&look);
            let receipt = vault.write_look(look, now).map_err(Error::AuditFailed)?;
            Ok(PrintWords {
                copy: "The age of each person's copy is beside their name".to_owned(),
                ..words(
                    page.words(),
                    &by,
                    receipt.seq(),
                    effective,
                    effective + PAPER_KEPT,
                )
            })
        })
        .await
    }
}

/// How the access log tells a preview from paper. Older entries say so too: these words do not change.
const PREVIEWED: &str = ", previewed";
const SENT: &str = ", sent to the printer";

/// What was done and what with, as the person it is shown to would say it: nothing was printed by looking at a preview.
pub(crate) fn done_words(action: Action, shown: &str) -> String {
    let (done, what) = match action {
        Action::Print if shown.contains(PREVIEWED) => {
            ("Looked at a print preview", shown.replacen(PREVIEWED, "", 1))
        }
        Action::Print => (action.words(), shown.replacen(SENT, "", 1)),
        _ => (action.words(), shown.to_owned()),
    };
    if what.is_empty() {
        done.to_owned()
    } else {
        format!("{done} ({what})")
    }
}

/// What the access log says was shown.
fn shown(page: &str, stage: PrintStage) -> String {
    match stage {
        PrintStage::Preview => format!("{page}{PREVIEWED}"),
        PrintStage::Paper => format!("{page}{SENT}"),
    }
}

fn by(look: &Look) -> String {
    let actor = &look.actor;
    format!("{}, {}, {}", actor.name, actor.role, actor.organisation)
}

fn words(title: &str, by: &str, seq: u64, at: DateTime<Utc>, destroy_by: DateTime<Utc>) -> PrintWords {
    PrintWords {
        title: title.to_owned(),
        marking: MARKING.to_owned(),
        printed: format!("Printed {} by {by}", moment_in_full(at)),
        copy: String::new(),
        destroy_by: format!("Destroy by {}", moment_in_full(destroy_by)),
        warning: WARNING.to_owned(),
        reference: format!("Access log entry {seq}"),
        past: None,
    }
}

impl PatientPage {
    fn words(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Medicines => "Medicines",
        }
    }
}

impl ListPage {
    fn words(self) -> &'static str {
        match self {
            Self::Handover => "Handover list",
            Self::Proof => "Proof sheet",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_not_said_to_be_printed() {
        assert_eq!(
            done_words(Action::Print, "Summary, previewed, as at 21-Nov-2026 09:14"),
            "Looked at a print preview (Summary, as at 21-Nov-2026 09:14)"
        );
        assert_eq!(
            done_words(Action::Print, "Handover list, sent to the printer"),
            "Printed (Handover list)"
        );
        assert_eq!(done_words(Action::Lock, ""), Action::Lock.words());
    }
}
