//! One record fetched to be looked at, and not kept.

use curlew_api::ApiError;
use curlew_consent::{Decision, Outcome, Purpose, Showable, decide_patient, permit_to_show};
use curlew_fhir::read_header;
use curlew_record::Arrival;
use curlew_vault::{Basis, Change, Part, PatientUpdate};
use tokio_util::sync::CancellationToken;

use crate::load::Contact;
use crate::plan::{note_not_given, plan_page};
use crate::standing::Received;
use crate::{Sync, SyncError};

/// Why a record was not fetched to be shown.
#[derive(Debug, thiserror::Error)]
pub enum NotShown {
    /// It may not be shown for this purpose. The outcome says whether it might in an emergency.
    #[error("the record may not be shown")]
    Refused(Decision),
    /// It could not be fetched, or what decides over it could not be read.
    #[error(transparent)]
    Failed(#[from] SyncError),
}

impl From<ApiError> for NotShown {
    fn from(error: ApiError) -> Self {
        Self::Failed(SyncError::Api(error))
    }
}

/// A record is judged anew this often at most when consents arrive while it is read.
const JUDGED: u32 = 3;

impl Sync {
    /// Fetches a whole record for one look, and gives of it what may be shown for `purpose`. Nothing is stored: not the
    /// record, not a note that it was fetched. The whole of it or nothing, except for what the server itself says is missing.
    ///
    /// # Errors
    /// [`NotShown::Refused`] when it may not be shown; [`NotShown::Failed`] when it cannot be had whole.
    pub async fn view(&self, patient: &str, purpose: Purpose) -> Result<Showable<PatientUpdate>, NotShown> {
        let id = patient.to_owned();
        let listed = self
            .in_vault(move |vault| vault.caseload_patient(&id))
            .await?
            .is_some_and(|person| !person.raw_patient.is_empty());
        let cancel = CancellationToken::new();
        let mut received = self.known_to_show(patient, &Contact::quiet(&cancel)).await?;
        received.on_caseload = listed;
        for _ in 0..JUDGED {
            let known = received.read(&self.viewer).map_err(unreadable)?;
            let decision = decide_patient(&known.standing(), &self.viewer, purpose, self.now());
            if !matches!(decision.outcome, Outcome::CacheAndShow | Outcome::ShowOnlineOnly) {
                return Err(NotShown::Refused(decision));
            }
            let (mut changes, arrival) = self.whole_record(patient).await?;
            let new: Vec<String> = changes
                .iter()
                .filter_map(|change| match change {
                    Change::Put { header, raw } if !received.knows(header) => Some(raw.clone()),
                    _ => None,
                })
                .collect();
            if !new.is_empty() {
                new.into_iter().for_each(|raw| received.take(raw));
                continue;
            }
            let is_patient = |change: &Change| matches!(change, Change::Put { header, .. } if header.resource_type == "Patient");
            if !changes.iter().any(is_patient) {
                let header = read_header(&received.patient)
                    .map_err(|_| unreadable("who this person is cannot be read".to_owned()))?;
                changes.push(Change::Put {
                    header,
                    raw: received.patient.clone(),
                });
            }
            let update = PatientUpdate {
                patient: patient.to_owned(),
                basis: Basis::Full,
                changes,
                part: Part::Last {
                    arrival,
                    synced_to: None,
                },
                received_at: self.now(),
            };
            return permit_to_show(update, &known.standing(), &self.viewer, purpose, self.now())
                .map_err(NotShown::Refused);
        }
        Err(unreadable(
            "what this person has agreed to kept changing while it was read".to_owned(),
        ))
    }

    async fn known_to_show(&self, patient: &str, contact: &Contact<'_>) -> Result<Received, NotShown> {
        let known = self.known_about(&[patient.to_owned()], contact).await;
        let mut known = known.map_err(|trouble| trouble.into_error())?;
        match known.remove(patient) {
            Some(Ok(received)) => Ok(received),
            Some(Err(error)) => Err(error.into()),
            None => Err(ApiError::Malformed("no answer about this person".to_owned()).into()),
        }
    }

    async fn whole_record(&self, patient: &str) -> Result<(Vec<Change>, Arrival), NotShown> {
        let mut pages = self.client.everything(patient, None, None).await?;
        let (mut changes, mut arrival) = (Vec::new(), Arrival::default());
        for number in 1.. {
            let Some(page) = pages.next().await.transpose()? else {
                break;
            };
            for not_given in page.not_given {
                note_not_given(not_given, &mut arrival);
            }
            let plan = plan_page(patient, &page.body, number, &mut arrival)
                .map_err(|error| ApiError::Malformed(error.to_string()))?;
            changes.extend(plan.changes);
        }
        Ok((changes, arrival))
    }
}

fn unreadable(what: String) -> NotShown {
    ApiError::Malformed(what).into()
}
