//! Whom the signed-in person is caring for.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;

use crate::{ApiError, Client};

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

impl Client {
    /// Whom the signed-in person is caring for: the members of every `Group` of people that the server shows them.
    /// Whose groups those are, the server decides by the access token.
    ///
    /// # Errors
    /// When the groups or their members could not be asked for.
    pub async fn caseload(&self) -> Result<Caseload, ApiError> {
        let mut url = self.address(&["Group"])?;
        url.query_pairs_mut()
            .append_pair("_count", &self.http.limits.page_size.to_string());
        let mut ids = Vec::new();
        let mut known = HashSet::new();
        for raw in self.resources(url, "Group").await? {
            for id in members(&raw)? {
                if known.insert(id.clone()) {
                    ids.push(id);
                }
            }
        }
        let mut found = self.patients(&ids).await?;
        let mut caseload = Caseload::default();
        for id in ids {
            match found.remove(&id) {
                Some(Ok(raw)) => caseload.patients.push(CaseloadPatient { id, raw }),
                Some(Err(error)) => caseload.missing.push((id, error)),
                None => caseload.missing.push((id, ApiError::Gone)),
            }
        }
        Ok(caseload)
    }
}

fn members(group: &str) -> Result<Vec<String>, ApiError> {
    let group: Group = serde_json::from_str(group)
        .map_err(|_| ApiError::Malformed("a Group whose members cannot be read".into()))?;
    if group.active == Some(false) || group.kind.as_deref().is_some_and(|kind| kind != "person") {
        return Ok(Vec::new());
    }
    let patient = |member: Member| {
        let reference = member.entity?.reference?;
        let (before, id) = reference.rsplit_once('/')?;
        (before == "Patient" || before.ends_with("/Patient")).then(|| id.to_owned())
    };
    Ok(group
        .member
        .into_iter()
        .filter(|member| member.inactive != Some(true))
        .filter_map(patient)
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
}
