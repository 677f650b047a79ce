//! Records that another has replaced at the server (`Patient.link`).
//!
//! A server that finds it has two records of one person keeps one and points from the other: `replaced-by` (FHIR R4,
//! Patient.link.type). That is followed, and said; it is never acted on by putting the two together here. The record that is
//! left is loaded by itself, judged by its own consents; only when it is whole on this device is the old copy destroyed, so
//! that nobody is without a record in between. `seealso` and `refer` say that another record exists, and no more.

use curlew_vault::CaseloadPatient;
use serde::Deserialize;

use crate::load::{Contact, Ended};
use crate::patient::Trouble;
use crate::{FailureCode, Outcome, Roster, Sync};

/// Records followed from one to the next: a chain any longer, or one that closes, leads nowhere.
const MOST_STEPS: usize = 5;

/// Why the copy of a record that was replaced is destroyed.
const REPLACED: &str = "The shared record has replaced this record by another one, which is on your caseload. Check name, \
                        date of birth and NHS number, then open that one.";

#[derive(Deserialize)]
struct Links {
    #[serde(default)]
    id: String,
    #[serde(default)]
    link: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    other: Option<Other>,
}

#[derive(Deserialize)]
struct Other {
    #[serde(default)]
    reference: Option<String>,
}

/// The logical id of the record that has replaced this `Patient`; none when none has, or when that cannot be read: the
/// banner names every link it finds, readable or not.
pub(crate) fn replaced_by(raw_patient: &str) -> Option<String> {
    // Nearly every Patient has no link: a look at the text is a hundredth of reading it.
    if !raw_patient.contains("replaced-by") {
        return None;
    }
    let patient: Links = serde_json::from_str(raw_patient).ok()?;
    patient
        .link
        .into_iter()
        .filter(|link| link.kind.as_deref() == Some("replaced-by"))
        .find_map(|link| {
            let reference = link.other?.reference?;
            let path = reference
                .split_once("/_history/")
                .map_or(reference.as_str(), |(before, _)| before);
            let (before, id) = path.rsplit_once('/')?;
            (before == "Patient" || before.ends_with("/Patient")).then(|| id.to_owned())
        })
        .filter(|new| *new != patient.id && !new.is_empty())
}

impl Sync {
    /// The record at the end of the chain that begins at `old`: the one that nothing has replaced.
    pub(crate) async fn last_of_chain(
        &self,
        old: &str,
        raw_patient: &str,
        contact: &Contact<'_>,
    ) -> Result<String, Trouble> {
        let mut passed = vec![old.to_owned()];
        let mut next = replaced_by(raw_patient);
        while let Some(new) = next {
            if passed.contains(&new) || passed.len() > MOST_STEPS {
                return Err(Trouble::Unreadable(
                    "the shared record says that this record was replaced by another, and does not come to an end \
                     saying by which"
                        .into(),
                ));
            }
            next = replaced_by(&contact.wait(self.client.patient(&new)).await?);
            passed.push(new);
        }
        passed.pop().ok_or_else(|| Trouble::Unreadable("nobody".into()))
    }

    /// Ends the old record, now that it is known how the one in its place ended.
    pub(crate) async fn end_replaced(
        &self,
        state: &CaseloadPatient,
        new: &str,
        of_new: &Outcome,
    ) -> Result<Ended, Trouble> {
        match of_new {
            Outcome::Complete { .. } => {
                let ended = self.erase(state, REPLACED.to_owned()).await?;
                let (old, into) = (state.patient.clone(), new.to_owned());
                self.in_vault(move |vault| Roster::change(vault, |roster| roster.note_merged(&old, &into)))
                    .await?;
                Ok(Ended {
                    outcome: Outcome::Replaced { by: new.to_owned() },
                    ..ended
                })
            }
            // The same person by the server's word: what may not be kept under the new name may not be under the old one.
            Outcome::Withheld { reason } => self.erase(state, reason.clone()).await,
            Outcome::Incomplete { what, .. } => Ok(Ended::failed(
                FailureCode::Replaced,
                format!(
                    "the shared record has replaced this record by another one, of which a part is missing ({})",
                    what.join("; ")
                ),
            )),
            Outcome::Failed { what, .. } => Ok(Ended::failed(
                FailureCode::Replaced,
                format!(
                    "the shared record has replaced this record by another one, which did not arrive ({what})"
                ),
            )),
            Outcome::Replaced { .. } => Ok(Ended::failed(
                FailureCode::Replaced,
                "the shared record has replaced this record by another one, and that one in turn",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_replaced_by_is_followed() {
        let of = |kind: &str, other: &str| {
            replaced_by(&format!(
                r#"{{"resourceType":"Patient","id":"1","link":[{{"type":"{kind}","other":{{"reference":"{other}"}}}}]}}"#
            ))
        };
        assert_eq!(of("replaced-by", "Patient/2"), Some("2".to_owned()));
        assert_eq!(
            of("replaced-by", "https://record.example/fhir/Patient/2/_history/3"),
            Some("2".to_owned())
        );
        for (kind, other) in [
            ("replaces", "Patient/2"),
            ("seealso", "Patient/2"),
            ("refer", "Patient/2"),
            ("replaced-by", "Patient/1"),
            ("replaced-by", "RelatedPerson/2"),
        ] {
            assert_eq!(of(kind, other), None, "{kind} {other}");
        }
        assert_eq!(replaced_by("replaced-by"), None);
    }
}
