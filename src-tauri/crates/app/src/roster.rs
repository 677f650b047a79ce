//! Who is on this device beyond the server's list: people who have left it, people kept by wish, and a pasted list.

use crate::app::blocking;
use crate::wire::{CaseloadView, PastedList};
use crate::{App, Error};
use chrono::{DateTime, Utc};
use curlew_audit::Action;
use curlew_record::display;
use curlew_sync::{BadLine, CaseloadPolicy, Roster, keep_offline, read_nhs_numbers, set_numbers};

use crate::sources::CaseloadRule;

impl App {
    /// Keeps somebody on this device whether or not they stay on the caseload, or no longer.
    ///
    /// # Errors
    /// When locked, or policy does not allow it.
    pub async fn keep_offline(&self, patient: String, keep: bool) -> Result<CaseloadView, Error> {
        if keep && !self.inner.settings.keep_offline {
            return Err(Error::BadRequest(
                "Your organisation's policy does not let you keep somebody who is not on your caseload",
            ));
        }
        let vault = self.vault()?;
        blocking(move || Ok(keep_offline(&vault, &patient, keep)?)).await?;
        self.caseload().await
    }

    /// The pasted list of NHS numbers, as this device has it.
    ///
    /// # Errors
    /// When locked.
    pub async fn caseload_numbers(&self) -> Result<PastedList, Error> {
        let vault = self.vault()?;
        let used = self.uses_pasted_list();
        blocking(move || Ok(pasted(&Roster::of(&vault)?, Vec::new(), used))).await
    }

    /// Replaces the pasted list. A list with a bad line in it is not taken: each bad line is named instead.
    ///
    /// # Errors
    /// When locked, or it cannot be written down that a list was pasted.
    pub async fn set_caseload_numbers(&self, text: String) -> Result<PastedList, Error> {
        let vault = self.vault()?;
        let used = self.uses_pasted_list();
        let read = read_nhs_numbers(&text);
        let shown = match &read {
            Ok(numbers) => format!("pasted a list of {} NHS numbers", numbers.len()),
            Err(_) => {
                return blocking(move || {
                    Ok(pasted(&Roster::of(&vault)?, read.err().unwrap_or_default(), used))
                })
                .await;
            }
        };
        let (look, now) = (self.look(Action::FindPatients, &shown)?, self.now());
        blocking(move || {
            drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
            set_numbers(&vault, read.unwrap_or_default())?;
            Ok(pasted(&Roster::of(&vault)?, Vec::new(), used))
        })
        .await
    }

    fn uses_pasted_list(&self) -> bool {
        self.inner.settings.caseload.contains(&CaseloadRule::NhsNumbers)
    }

    /// Where the caseload comes from for the person signed in, and what becomes of those who leave it.
    pub(crate) fn caseload_policy(
        &self,
        fhir_user: Option<&str>,
        roster: &Roster,
    ) -> Result<CaseloadPolicy, Error> {
        let today = self.now().with_timezone(&chrono::Local).date_naive();
        let sources = self
            .inner
            .settings
            .caseload
            .iter()
            .map(|rule| {
                rule.source(fhir_user, today, roster.numbers()).ok_or(Error::BadRequest(
                    "Your sign-in does not say who you are at the record API, which the caseload that policy names needs",
                ))
            })
            .collect::<Result<_, _>>()?;
        Ok(CaseloadPolicy {
            sources,
            leave_after: self.inner.settings.leave_after,
        })
    }
}

fn pasted(roster: &Roster, bad: Vec<BadLine>, used: bool) -> PastedList {
    let numbers: Vec<String> = roster
        .numbers()
        .iter()
        .map(|number| display::nhs_number(number))
        .collect();
    let text = match (bad.len(), numbers.len()) {
        (0, 0) => "No NHS numbers have been pasted.".to_owned(),
        (0, count) => format!("{count} NHS number{}.", crate::caseload::plural(count)),
        (1, _) => {
            "The list was not taken: one line is not an NHS number. Correct it and paste again.".to_owned()
        }
        (count, _) => {
            format!(
                "The list was not taken: {count} lines are not NHS numbers. Correct them and paste again."
            )
        }
    };
    PastedList {
        numbers,
        problems: bad
            .into_iter()
            .map(|bad| format!("Line {}: {}", bad.line, bad.problem))
            .collect(),
        used,
        text,
    }
}

/// What is said beside somebody who has left the caseload.
pub(crate) fn leaving_words(roster: &Roster, patient: &str, now: DateTime<Utc>) -> Option<String> {
    let left = crate::app::moment(roster.left(patient)?, now);
    Some(match roster.erased_at(patient) {
        Some(at) => format!(
            "Left your caseload on {left}; the copy will be erased at {}.",
            crate::app::moment(at, now)
        ),
        None => format!("Left your caseload on {left}; kept on this device because you asked for it."),
    })
}

/// What is said of pasted numbers that found nobody, or more than one person.
pub(crate) fn number_words(roster: &Roster) -> Option<String> {
    let told = |numbers: &[String]| {
        numbers
            .iter()
            .map(|number| display::nhs_number(number))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut words = Vec::new();
    if !roster.not_found().is_empty() {
        words.push(format!(
            "Nobody in the shared record has these pasted NHS numbers: {}.",
            told(roster.not_found())
        ));
    }
    if !roster.ambiguous().is_empty() {
        words.push(format!(
            "More than one person in the shared record has these pasted NHS numbers, so neither was taken: {}.",
            told(roster.ambiguous())
        ));
    }
    (!words.is_empty()).then(|| words.join(" "))
}
