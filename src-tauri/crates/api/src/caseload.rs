//! Whom the signed-in person is caring for, from wherever their organisation keeps the list.

use std::collections::HashSet;
use std::fmt;

use chrono::{Days, NaiveDate};
use serde::Deserialize;

use crate::{ApiError, Client};

/// Where the caseload is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseloadSource {
    /// Every `Group` of people that the server shows this person. Whose they are, the server decides by the access token.
    Groups,
    /// One `Group`, by logical id.
    Group(String),
    /// One `List`, by logical id.
    List(String),
    /// The patients of every active `CareTeam` that this practitioner (`Practitioner/17`) takes part in.
    CareTeams(String),
    /// Everybody registered with this practitioner or practice (`Practitioner/17`, `Organization/A1001`).
    GeneralPractitioner(String),
    /// Everybody this practitioner or place has a booked `Appointment` with on this day.
    Appointments {
        /// `Practitioner/17`, `Location/ward-7`.
        actor: String,
        /// The day, in the server's time zone as it reads a date.
        day: NaiveDate,
    },
    /// These people, by NHS number: ten digits, checked by the caller.
    NhsNumbers(Vec<String>),
}

/// One person on the caseload.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseloadPatient {
    /// Server's logical id.
    pub id: String,
    /// The `Patient` resource, verbatim.
    pub raw: String,
}

impl fmt::Debug for CaseloadPatient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaseloadPatient(..)")
    }
}

/// A caseload as the server gave it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caseload {
    /// Everyone on it, in the server's order, each once.
    pub patients: Vec<CaseloadPatient>,
    /// Logical ids of members the server names and would not give, and why not.
    pub missing: Vec<(String, ApiError)>,
    /// Which of the NHS numbers asked for, by their place in the list from 0, were found for nobody.
    pub unknown_numbers: Vec<usize>,
    /// Which were found for more than one person: a hazard, so that none of them is taken.
    pub ambiguous_numbers: Vec<usize>,
}

impl Caseload {
    fn take(&mut self, other: Self) {
        for patient in other.patients {
            if !self.patients.iter().any(|known| known.id == patient.id) {
                self.patients.push(patient);
            }
        }
        for (id, why) in other.missing {
            if !self.missing.iter().any(|(known, _)| *known == id) {
                self.missing.push((id, why));
            }
        }
        self.unknown_numbers.extend(other.unknown_numbers);
        self.ambiguous_numbers.extend(other.ambiguous_numbers);
    }
}

#[derive(Deserialize)]
struct Group {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    member: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    #[serde(default)]
    entity: Option<Entity>,
    #[serde(default)]
    inactive: Option<bool>,
}

#[derive(Deserialize)]
struct Entity {
    #[serde(default)]
    reference: Option<String>,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    entry: Vec<ListEntry>,
}

#[derive(Deserialize)]
struct ListEntry {
    #[serde(default)]
    item: Option<Entity>,
    #[serde(default)]
    deleted: Option<bool>,
}

#[derive(Deserialize)]
struct AboutOne {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    subject: Option<Entity>,
    #[serde(default)]
    participant: Vec<Participant>,
}

#[derive(Deserialize)]
struct Participant {
    #[serde(default)]
    actor: Option<Entity>,
    #[serde(default)]
    status: Option<String>,
}

impl Client {
    /// Whom the signed-in person is caring for, by every one of `sources`: each person once, in the order found.
    ///
    /// # Errors
    /// When any of the sources could not be asked for, or not be read: a caseload with a part missing would look like
    /// people who have left it.
    pub async fn caseload(&self, sources: &[CaseloadSource]) -> Result<Caseload, ApiError> {
        let mut all = Caseload::default();
        for source in sources {
            all.take(self.caseload_from(source).await?);
        }
        // Somebody one source names and another gives is not missing.
        all.missing
            .retain(|(id, _)| !all.patients.iter().any(|patient| patient.id == *id));
        Ok(all)
    }

    async fn caseload_from(&self, source: &CaseloadSource) -> Result<Caseload, ApiError> {
        let page = self.http.limits.page_size.to_string();
        let search = |type_: &str, parameters: &[(&str, &str)]| {
            let mut url = self.address(&[type_])?;
            url.query_pairs_mut()
                .extend_pairs(parameters)
                .append_pair("_count", &page);
            Ok::<_, ApiError>(url)
        };
        let ids = match source {
            CaseloadSource::Groups => {
                let mut ids = Vec::new();
                for raw in self.resources(search("Group", &[])?, "Group").await? {
                    ids.extend(members(&raw)?);
                }
                ids
            }
            CaseloadSource::Group(id) => members(&self.one("Group", id).await?)?,
            CaseloadSource::List(id) => entries(&self.one("List", id).await?)?,
            CaseloadSource::CareTeams(practitioner) => {
                let url = search("CareTeam", &[("participant", practitioner), ("status", "active")])?;
                let mut ids = Vec::new();
                for raw in self.resources(url, "CareTeam").await? {
                    ids.extend(subject(&raw)?);
                }
                ids
            }
            CaseloadSource::GeneralPractitioner(practitioner) => {
                let url = search("Patient", &[("general-practitioner", practitioner)])?;
                return Ok(found(self.resources(url, "Patient").await?));
            }
            CaseloadSource::Appointments { actor, day } => {
                let tomorrow = day.checked_add_days(Days::new(1)).unwrap_or(*day);
                let (from, before) = (format!("ge{day}"), format!("lt{tomorrow}"));
                let parameters = [("actor", actor.as_str()), ("date", &from), ("date", &before)];
                let mut ids = Vec::new();
                for raw in self
                    .resources(search("Appointment", &parameters)?, "Appointment")
                    .await?
                {
                    ids.extend(attending(&raw)?);
                }
                ids
            }
            CaseloadSource::NhsNumbers(numbers) => return self.by_numbers(numbers).await,
        };
        let mut known = HashSet::new();
        let ids: Vec<String> = ids.into_iter().filter(|id| known.insert(id.clone())).collect();
        let mut given = self.patients(&ids).await?;
        let mut caseload = Caseload::default();
        for id in ids {
            match given.remove(&id) {
                Some(Ok(raw)) => caseload.patients.push(CaseloadPatient { id, raw }),
                Some(Err(error)) => caseload.missing.push((id, error)),
                None => caseload.missing.push((id, ApiError::Gone)),
            }
        }
        Ok(caseload)
    }

    /// One after the other: a server that does not know lists of identifiers finds nobody by one.
    async fn by_numbers(&self, numbers: &[String]) -> Result<Caseload, ApiError> {
        let mut caseload = Caseload::default();
        for (place, number) in numbers.iter().enumerate() {
            let mut people = found(self.find_by_nhs_number(number).await?);
            match people.patients.len() {
                0 => caseload.unknown_numbers.push(place),
                1 => caseload.take(std::mem::take(&mut people)),
                _ => caseload.ambiguous_numbers.push(place),
            }
        }
        Ok(caseload)
    }

    /// One resource that names people, verbatim.
    async fn one(&self, type_: &str, id: &str) -> Result<String, ApiError> {
        Ok(self.http.get(&self.address(&[type_, id])?).await?.body)
    }
}

fn found(raws: Vec<String>) -> Caseload {
    let mut caseload = Caseload::default();
    for raw in raws {
        // The search has read the header already: what has none is not among its answers.
        if let Ok(header) = curlew_fhir::read_header(&raw) {
            let patient = CaseloadPatient { id: header.id, raw };
            if !caseload.patients.iter().any(|known| known.id == patient.id) {
                caseload.patients.push(patient);
            }
        }
    }
    caseload
}

fn unreadable(what: &str) -> ApiError {
    ApiError::Malformed(format!("a {what} that cannot be read"))
}

/// The id in `Patient/17` or `https://record.example/fhir/Patient/17`.
fn patient_id(entity: Option<Entity>) -> Option<String> {
    let reference = entity?.reference?;
    let reference = reference
        .split_once("/_history/")
        .map_or(reference.as_str(), |(before, _)| before);
    let (before, id) = reference.rsplit_once('/')?;
    (before == "Patient" || before.ends_with("/Patient")).then(|| id.to_owned())
}

fn members(group: &str) -> Result<Vec<String>, ApiError> {
    let group: Group = serde_json::from_str(group)
        .map_err(|_| ApiError::Malformed("a Group whose members cannot be read".into()))?;
    if group.active == Some(false) || group.kind.as_deref().is_some_and(|kind| kind != "person") {
        return Ok(Vec::new());
    }
    Ok(group
        .member
        .into_iter()
        .filter(|member| member.inactive != Some(true))
        .filter_map(|member| patient_id(member.entity))
        .collect())
}

/// The people a `List` holds now: what is marked as deleted from it is not in it (FHIR R4, List.entry.deleted).
fn entries(list: &str) -> Result<Vec<String>, ApiError> {
    let list: List = serde_json::from_str(list).map_err(|_| unreadable("List"))?;
    if list.status.as_deref().is_some_and(|status| status != "current") {
        return Ok(Vec::new());
    }
    Ok(list
        .entry
        .into_iter()
        .filter(|entry| entry.deleted != Some(true))
        .filter_map(|entry| patient_id(entry.item))
        .collect())
}

/// Whom a `CareTeam` cares for; nobody when it is over.
fn subject(care_team: &str) -> Result<Option<String>, ApiError> {
    let team: AboutOne = serde_json::from_str(care_team).map_err(|_| unreadable("CareTeam"))?;
    // A server that does not know `status` as a parameter sends those that have ended as well.
    if matches!(
        team.status.as_deref(),
        Some("inactive" | "proposed" | "suspended" | "entered-in-error")
    ) {
        return Ok(None);
    }
    Ok(patient_id(team.subject))
}

/// Who is to come to an `Appointment` that still stands.
fn attending(appointment: &str) -> Result<Vec<String>, ApiError> {
    let appointment: AboutOne = serde_json::from_str(appointment).map_err(|_| unreadable("Appointment"))?;
    if matches!(
        appointment.status.as_deref(),
        Some("cancelled" | "entered-in-error" | "noshow")
    ) {
        return Ok(Vec::new());
    }
    Ok(appointment
        .participant
        .into_iter()
        .filter(|participant| participant.status.as_deref() != Some("declined"))
        .filter_map(|participant| patient_id(participant.actor))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_the_active_people() {
        let group = r#"{"resourceType":"Group","type":"person","actual":true,"member":[
            {"entity":{"reference":"Patient/1"}},
            {"entity":{"reference":"https://record.example/fhir/Patient/2"}},
            {"entity":{"reference":"Patient/3"},"inactive":true},
            {"entity":{"reference":"Practitioner/4"}},{"entity":{"display":"nobody"}},{}]}"#;
        assert_eq!(members(group), Ok(vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(members(r#"{"resourceType":"Group","type":"device"}"#), Ok(vec![]));
        assert!(members(r#"{"resourceType":"Group","member":{}}"#).is_err());
    }

    #[test]
    fn a_list_holds_what_has_not_been_taken_from_it() {
        let list = r#"{"resourceType":"List","status":"current","entry":[{"item":{"reference":"Patient/1"}},
            {"item":{"reference":"Patient/2"},"deleted":true},{"item":{"reference":"Patient/3/_history/4"}},
            {"item":{"reference":"Condition/5"}}]}"#;
        assert_eq!(entries(list), Ok(vec!["1".to_owned(), "3".to_owned()]));
        assert_eq!(entries(&list.replace("current", "retired")), Ok(vec![]));
        assert!(entries(r#"{"entry":7}"#).is_err());
    }

    #[test]
    fn teams_that_are_over_and_visits_that_are_off_name_nobody() {
        let team = r#"{"status":"active","subject":{"reference":"Patient/1"}}"#;
        assert_eq!(subject(team), Ok(Some("1".to_owned())));
        assert_eq!(subject(&team.replace("active", "inactive")), Ok(None));
        let visit = r#"{"status":"booked","participant":[{"actor":{"reference":"Patient/1"},"status":"accepted"},
            {"actor":{"reference":"Practitioner/2"}},{"actor":{"reference":"Patient/3"},"status":"declined"}]}"#;
        assert_eq!(attending(visit), Ok(vec!["1".to_owned()]));
        assert_eq!(attending(&visit.replace("booked", "cancelled")), Ok(vec![]));
    }
}
