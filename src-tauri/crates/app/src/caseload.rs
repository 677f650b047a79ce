//! The day's caseload: who is on it, how their copies stand, and finding somebody.

use crate::app::blocking;
use crate::lease::{LeaseState, age_words};
use crate::roster::{leaving_words, number_words};
use crate::wire::{CaseloadRow, CaseloadView, CopyState, FindQuery, FindResult, RemovedRow};
use crate::{App, Error, Lease};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use curlew_audit::{Action, Look};
use curlew_record::display::{self, NOT_KNOWN};
use curlew_record::view::Banner;
use curlew_record::{CaseloadSummary, summary_of_patient};
use curlew_sync::{Roster, Sync};
use curlew_vault::{CaseloadPatient, Person, Vault};
use std::sync::Arc;

impl App {
    /// The caseload as this device knows it. Needs no network.
    ///
    /// # Errors
    /// When locked, or the store cannot be read.
    pub async fn caseload(&self) -> Result<CaseloadView, Error> {
        let vault = self.vault()?;
        let look = self.look(Action::ViewCaseload, "")?;
        let (lease, now) = (self.inner.settings.lease, self.now());
        blocking(move || {
            drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
            caseload_view(&vault, &lease, now)
        })
        .await
    }

    /// Asks the record API for the caseload, then gives it as [`Self::caseload`] does.
    ///
    /// # Errors
    /// When nobody is signed in or the record API cannot be used; what this device knows is unchanged.
    pub async fn refresh_caseload(&self) -> Result<CaseloadView, Error> {
        self.pick_up_session().await;
        self.refresh_through(&self.sync()?).await?;
        self.caseload().await
    }

    /// Refreshes the caseload as part of something else. That it could not be is told by the connection, not by an error.
    pub(crate) async fn refresh_quietly(&self) {
        let refreshed = match self.sync() {
            Ok(sync) => self.refresh_through(&sync).await,
            Err(error) => Err(error),
        };
        if let Err(error) = refreshed {
            tracing::info!(%error, "the caseload was not refreshed");
        }
    }

    /// Refreshes the caseload, and writes down every copy that the contact erased.
    pub(crate) async fn refresh_through(&self, sync: &Sync) -> Result<(), Error> {
        self.refresh_list(sync).await?;
        self.review(sync, &[]).await
    }

    /// Refreshes the caseload alone.
    pub(crate) async fn refresh_list(&self, sync: &Sync) -> Result<(), Error> {
        let report = self.contact(sync.refresh_caseload().await.map_err(Error::from))?;
        self.write_erasures(&sync.vault, &report.erased).await
    }

    /// Judges everybody whose copy is here anew, except these, and erases what may not be kept any longer.
    pub(crate) async fn review(&self, sync: &Sync, except: &[String]) -> Result<(), Error> {
        let vault = Arc::clone(&sync.vault);
        let gone = self.contact(sync.review_held(except).await.map_err(Error::from))?;
        if gone.is_empty() {
            return Ok(());
        }
        let (erasing, now) = (Arc::clone(&vault), self.now());
        let erased = blocking(move || {
            for person in &gone {
                erasing.forget(&person.patient, &person.reason, now)?;
            }
            Ok(gone.into_iter().map(|person| person.patient).collect::<Vec<_>>())
        })
        .await?;
        self.write_erasures(&vault, &erased).await
    }

    /// Writes down that these people's copies were erased from this device and why, and closes the record if it is theirs.
    pub(crate) async fn write_erasures(&self, vault: &Arc<Vault>, patients: &[String]) -> Result<(), Error> {
        if patients.is_empty() {
            return Ok(());
        }
        let look = self
            .with_store(vault, |open| open.user.clone())
            .map(|user| self.look_by(&user, Action::ErasePatient, ""))
            .ok_or(Error::Locked)?;
        let (writing, now) = (Arc::clone(vault), self.now());
        let erased = patients.to_vec();
        let reasons = blocking(move || {
            let mut reasons = Vec::new();
            for patient in erased {
                let person = writing.caseload_patient(&patient)?;
                let patient_name = person.as_ref().map(|person| person.name(now));
                let reason = person
                    .and_then(|person| person.withheld_reason)
                    .unwrap_or_else(|| "The copy was erased from this device.".to_owned());
                drop(writing.write_look(
                    Look {
                        patient: Some(patient.clone()),
                        patient_name,
                        shown: reason.clone(),
                        ..look.clone()
                    },
                    now,
                )?);
                reasons.push((patient, reason));
            }
            Ok(reasons)
        })
        .await?;
        for (patient, reason) in reasons {
            let is_open = self.with_store(vault, |open| {
                open.patient
                    .as_ref()
                    // A record that was never kept is not closed because it may not be kept.
                    .is_some_and(|on_screen| on_screen.patient == patient && on_screen.emergency.is_none())
            });
            if is_open == Some(true) {
                self.close_by_itself(&patient, &Error::Withheld(reason)).await?;
            }
        }
        Ok(())
    }

    /// Finds people by NHS number, or by words of a name with or without a date of birth: on this device first, then,
    /// when signed in, at the record API.
    ///
    /// # Errors
    /// When locked, or the query is empty or holds a number that is not an NHS number.
    pub async fn find_patients(&self, query: FindQuery) -> Result<FindResult, Error> {
        let wanted = Wanted::read(&query)?;
        let vault = self.vault()?;
        let look = self.look(Action::FindPatients, wanted.kind())?;
        let (lease, now) = (self.inner.settings.lease, self.now());
        let local = {
            let (vault, wanted) = (Arc::clone(&vault), wanted.clone());
            blocking(move || {
                drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
                caseload_rows(&vault, &lease, now, |person| wanted.matches(person.banner()))
            })
            .await?
        };
        let remote = match self.client() {
            Ok(client) => Some(match (&wanted.nhs_number, &query.born) {
                (Some(number), _) => client.find_by_nhs_number(number).await,
                (None, Some(born)) => client.find_by_name_born(&wanted.text, born).await,
                (None, None) => Ok(Vec::new()),
            }),
            Err(_) => None,
        };
        Ok(wanted.result(local, remote, query.born.is_some(), now))
    }
}

/// What is looked for, checked.
#[derive(Debug, Clone)]
struct Wanted {
    text: String,
    nhs_number: Option<String>,
    born: Option<NaiveDate>,
}

impl Wanted {
    fn read(query: &FindQuery) -> Result<Self, Error> {
        let text = query.text.trim().to_owned();
        if text.is_empty() {
            return Err(Error::BadRequest("Enter an NHS number, or part of a name"));
        }
        let numeric = text
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter.is_whitespace() || letter == '-');
        let nhs_number = numeric
            .then(|| {
                display::parse_nhs_number(&text).map_err(|_| {
                    Error::BadRequest(
                        "That is not a valid NHS number: one of its ten digits is wrong or missing",
                    )
                })
            })
            .transpose()?;
        let born = query
            .born
            .as_deref()
            .map(|born| {
                NaiveDate::parse_from_str(born, "%Y-%m-%d")
                    .map_err(|_| Error::BadRequest("That is not a date of birth"))
            })
            .transpose()?;
        Ok(Self {
            text,
            nhs_number,
            born,
        })
    }

    /// What was searched by, for the access log; never what was typed.
    fn kind(&self) -> &'static str {
        match (&self.nhs_number, &self.born) {
            (Some(_), _) => "by NHS number",
            (None, Some(_)) => "by name and date of birth",
            (None, None) => "by name, on this device",
        }
    }

    /// Whether this is somebody looked for; `None` for those who cannot be read.
    fn matches(&self, banner: Option<&Banner>) -> bool {
        let (name, born, nhs_number) = banner.map_or((UNREADABLE, NOT_KNOWN, NOT_KNOWN), |banner| {
            (
                banner.name.as_str(),
                banner.born.as_str(),
                banner.nhs_number.as_str(),
            )
        });
        if let Some(number) = &self.nhs_number {
            return nhs_number.chars().filter(char::is_ascii_digit).eq(number.chars());
        }
        let name = name.to_lowercase();
        self.text
            .to_lowercase()
            .split_whitespace()
            .all(|word| name.contains(word))
            && self
                .born
                .is_none_or(|wanted| born.starts_with(&display::date(wanted)))
    }

    fn result(
        &self,
        mut rows: Vec<CaseloadRow>,
        remote: Option<Result<Vec<String>, curlew_api::ApiError>>,
        born_given: bool,
        now: DateTime<Utc>,
    ) -> FindResult {
        let here = rows.len();
        let mut unreadable = 0;
        let searched = match remote {
            None => "Only this device was searched: sign in to search the shared record.".to_owned(),
            Some(Err(_)) => "Only this device was searched: the shared record cannot be reached.".to_owned(),
            Some(Ok(_)) if self.nhs_number.is_none() && !born_given => {
                "Only this device was searched. To search the shared record, add a date of birth.".to_owned()
            }
            Some(Ok(found)) => {
                for raw in found {
                    match (curlew_fhir::read_header(&raw), summary_of_patient(&raw, now)) {
                        (Ok(header), Ok(summary)) if !rows.iter().any(|row| row.patient == header.id) => {
                            rows.push(row(
                                &header.id,
                                summary,
                                CopyState::NotHeld,
                                "Not on this device".to_owned(),
                            ));
                        }
                        (Ok(_), Ok(_)) => {}
                        _ => unreadable += 1,
                    }
                }
                "This device and the shared record were searched.".to_owned()
            }
        };
        // Of one person there is nobody to tell apart; what is not needed is not shown.
        if rows.len() == 1 {
            rows.iter_mut().for_each(|row| row.tells_apart.clear());
        }
        let found = match (rows.len(), here) {
            (0, _) => "Nobody was found. Check the spelling or the number.".to_owned(),
            (1, _) => "One person was found.".to_owned(),
            (many, _) => {
                format!("{many} people were found. Check the date of birth and NHS number before you choose.")
            }
        };
        let unreadable = match unreadable {
            0 => String::new(),
            count => format!(" {count} of the shared record's answers could not be read."),
        };
        FindResult {
            rows,
            note: format!("{found} {searched}{unreadable}"),
        }
    }
}

/// Why a copy past its lease was destroyed. Not a matter of consent: it may be loaded again.
pub(crate) const PAST_KEEPING: &str = "The copy grew too old to keep and was destroyed. Load again.";

/// Destroys every copy that is past the last limit of its lease, key first, and gives the people concerned.
pub(crate) fn erase_expired(vault: &Vault, lease: &Lease, now: DateTime<Utc>) -> Result<Vec<String>, Error> {
    let effective = vault.effective_now(now)?;
    // Those who left the caseload longer ago than policy keeps them go at the same time.
    let mut erased = curlew_sync::erase_departed(vault, now)?;
    for person in held(vault)? {
        if let Some(contact) = person.last_contact
            && lease.state(contact, effective) == LeaseState::Expired
        {
            vault.forget(&person.patient, PAST_KEEPING, now)?;
            erased.push(person.patient);
        }
    }
    Ok(erased)
}

/// Everybody with a copy here that can be opened, on the caseload or not.
pub(crate) fn held(vault: &Vault) -> Result<Vec<CaseloadPatient>, Error> {
    let mut held = Vec::new();
    for patient in vault.held_patients()? {
        held.extend(vault.caseload_patient(&patient)?.filter(|person| person.held));
    }
    Ok(held)
}

/// How long the caseload says who is no longer available.
const REMOVED_SHOWN: Duration = Duration::days(3);

/// Who was erased lately and is not here again, newest first, from the access log.
fn removed(vault: &Vault, now: DateTime<Utc>) -> Result<Vec<RemovedRow>, Error> {
    let mut rows: Vec<RemovedRow> = Vec::new();
    for logged in vault.access_log(REMOVED_FROM_LAST)? {
        let entry = logged.entry;
        let Some(patient) = entry.look.patient else {
            continue;
        };
        if entry.look.action != Action::ErasePatient || now - entry.at > REMOVED_SHOWN {
            continue;
        }
        let again = vault
            .caseload_patient(&patient)?
            .is_some_and(|person| person.held);
        if again || rows.iter().any(|row| row.patient == patient) {
            continue;
        }
        rows.push(RemovedRow {
            name: entry
                .look
                .patient_name
                .unwrap_or_else(|| "Somebody no longer on your caseload".to_owned()),
            patient,
            reason: entry.look.shown,
            when: crate::app::moment(entry.at, now),
        });
    }
    Ok(rows)
}

/// Entries of the log looked through for erasures: a few days of a busy person.
const REMOVED_FROM_LAST: u32 = 2_000;

/// Those of the caseload who are wanted, with what tells them apart.
fn caseload_rows(
    vault: &Vault,
    lease: &Lease,
    now: DateTime<Utc>,
    wanted: impl Fn(&Person) -> bool,
) -> Result<Vec<CaseloadRow>, Error> {
    let effective = vault.effective_now(now)?;
    let roster = Roster::of(vault)?;
    let people = vault.people()?;
    let rows = people.iter().filter(|person| wanted(person)).map(|person| {
        let state = &person.state;
        let summary = person.summary(effective).unwrap_or_else(unreadable_person);
        CaseloadRow {
            leaving: leaving_words(&roster, &state.patient, now),
            kept_offline: roster.is_kept(&state.patient).then_some(true),
            ..row_of(state, summary, lease, effective)
        }
    });
    Ok(rows.collect())
}

pub(crate) fn caseload_view(vault: &Vault, lease: &Lease, now: DateTime<Utc>) -> Result<CaseloadView, Error> {
    let roster = Roster::of(vault)?;
    let mut rows = caseload_rows(vault, lease, now, |_| true)?;
    // Sixty people's addresses are nothing for a screen that anybody may see over a shoulder.
    rows.iter_mut().for_each(|row| row.tells_apart.clear());
    let held_whole = |row: &&CaseloadRow| matches!(row.copy, CopyState::Complete | CopyState::Ageing);
    let complete = u32::try_from(rows.iter().filter(held_whole).count()).unwrap_or(u32::MAX);
    let note = match (rows.len(), vault.last_server_contact()?) {
        (0, None) => "No caseload on this device yet. Connect, sign in and refresh.".to_owned(),
        (0, Some(_)) => {
            "Nobody is on your caseload. If that is wrong, ask the team that keeps it.".to_owned()
        }
        (_, None) => "Caseload from an earlier contact.".to_owned(),
        (_, Some(at)) => format!("Caseload from {}.", crate::app::moment(at, now)),
    };
    let note = match number_words(&roster) {
        Some(words) => format!("{note} {words}"),
        None => note,
    };
    Ok(CaseloadView {
        rows,
        complete,
        note,
        removed: removed(vault, now)?,
    })
}

/// One person on the caseload, from what is held, else from their bare Patient resource.
pub(crate) fn caseload_row(person: &CaseloadPatient, lease: &Lease, now: DateTime<Utc>) -> CaseloadRow {
    let summary = match &person.first {
        Some(first) => first.caseload_summary(now),
        None => summary_of_patient(&person.raw_patient, now).unwrap_or_else(|_| unreadable_person()),
    };
    row_of(person, summary, lease, now)
}

fn row_of(
    person: &CaseloadPatient,
    summary: CaseloadSummary,
    lease: &Lease,
    now: DateTime<Utc>,
) -> CaseloadRow {
    let (copy, text) = copy_words(person, lease, now);
    let mut row = row(&person.patient, summary, copy, text);
    row.changed = person.changed_since_last_look();
    row
}

fn copy_words(person: &CaseloadPatient, lease: &Lease, now: DateTime<Utc>) -> (CopyState, String) {
    if let Some(reason) = &person.withheld_reason {
        let state = if reason == PAST_KEEPING {
            CopyState::NotHeld
        } else {
            CopyState::Withheld
        };
        return (state, reason.clone());
    }
    if person.damaged {
        return (
            CopyState::NotHeld,
            "The copy was damaged and has been set aside. Load again.".to_owned(),
        );
    }
    if !person.held {
        return (CopyState::NotHeld, "Not on this device".to_owned());
    }
    let Some(contact) = person.last_contact else {
        return (CopyState::Incomplete, "Age not known. Load again.".to_owned());
    };
    let age = age_words(now - contact);
    let missing = person.arrival.failures.len();
    match lease.state(contact, now) {
        LeaseState::Locked | LeaseState::Expired => (
            CopyState::Withheld,
            format!("{age} old: too old to be read. Load again."),
        ),
        _ if missing > 0 => (
            CopyState::Incomplete,
            format!(
                "{age} old, {missing} part{} missing. Load again.",
                plural(missing)
            ),
        ),
        LeaseState::Fresh => (
            CopyState::Complete,
            format!("Complete, {}{age} old", unreadable_words(person)),
        ),
        LeaseState::Ageing => (
            CopyState::Ageing,
            format!("{}{age} old", unreadable_words(person)),
        ),
    }
}

/// What came and could not be read is not missing, and loading again brings the same: it is said, and named in the record's gaps.
fn unreadable_words(person: &CaseloadPatient) -> String {
    match person.arrival.unreadable.len() {
        0 => String::new(),
        items => format!("{items} item{} could not be read, ", plural(items)),
    }
}

pub(crate) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn row(patient: &str, summary: CaseloadSummary, copy: CopyState, copy_text: String) -> CaseloadRow {
    CaseloadRow {
        patient: patient.to_owned(),
        name: summary.name,
        born: summary.born,
        gender: summary.gender,
        nhs_number: summary.nhs_number,
        copy,
        copy_text,
        changed: Vec::new(),
        next_appointment: summary.next_appointment,
        next_at: summary.next_at,
        tells_apart: summary.tells_apart,
        deceased: summary.deceased,
        restricted: summary.restricted,
        leaving: None,
        kept_offline: None,
    }
}

const UNREADABLE: &str = "Name could not be read";

/// Somebody whose Patient resource cannot be read: still on the list, and said to be so.
fn unreadable_person() -> CaseloadSummary {
    CaseloadSummary {
        name: UNREADABLE.to_owned(),
        born: NOT_KNOWN.to_owned(),
        gender: NOT_KNOWN.to_owned(),
        nhs_number: NOT_KNOWN.to_owned(),
        deceased: false,
        restricted: false,
        next_appointment: None,
        next_at: None,
        tells_apart: Vec::new(),
    }
}
