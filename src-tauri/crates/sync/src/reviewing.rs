//! Everybody held, judged anew at a contact without fetching their records.

use curlew_api::ApiError;
use curlew_consent::Outcome;
use tokio_util::sync::CancellationToken;

use crate::caseload::reason_for;
use crate::load::Contact;
use crate::{Sync, SyncError};

/// Somebody whose copy is here and may not be kept any longer.
#[derive(Clone, PartialEq, Eq)]
pub struct NoLonger {
    /// Server's logical id.
    pub patient: String,
    /// Why, in words.
    pub reason: String,
}

/// Names nobody.
impl std::fmt::Debug for NoLonger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NoLonger(..)")
    }
}

/// What is said of somebody who has left the caseload.
const NOT_LISTED: &str = "You are no longer recorded as caring for this person.";

/// People judged in one go.
const AT_ONCE: usize = 60;

impl Sync {
    /// Judges everybody whose copy is here by the caseload, consents, flags and labels as the server has them now, and by
    /// the viewer's role. Gives those whose copies must go; erases nothing itself. `except` are left out: a load that
    /// follows judges them too.
    ///
    /// It costs three requests for each sixty people. Somebody about whom the server did not answer is not judged.
    ///
    /// # Errors
    /// When the server cannot be reached, the session has ended, or the index cannot be read.
    pub async fn review_held(&self, except: &[String]) -> Result<Vec<NoLonger>, SyncError> {
        let held = self
            .in_vault(|vault| {
                let mut held = Vec::new();
                for patient in vault.held_patients()? {
                    let listed = vault
                        .caseload_patient(&patient)?
                        .is_some_and(|person| !person.raw_patient.is_empty());
                    held.push((patient, listed));
                }
                Ok(held)
            })
            .await?;
        let (listed, unlisted): (Vec<_>, Vec<_>) = held.into_iter().partition(|(_, listed)| *listed);
        let mut gone: Vec<NoLonger> = unlisted
            .into_iter()
            .map(|(patient, _)| NoLonger {
                patient,
                reason: NOT_LISTED.to_owned(),
            })
            .collect();
        let listed: Vec<String> = listed
            .into_iter()
            .map(|(patient, _)| patient)
            .filter(|patient| !except.contains(patient))
            .collect();
        let cancel = CancellationToken::new();
        let contact = Contact::quiet(&cancel);
        for some in listed.chunks(AT_ONCE) {
            let known = self.known_about(some, &contact).await;
            for (patient, received) in known.map_err(|trouble| trouble.into_error())? {
                let reason = match received {
                    Err(error @ (ApiError::Gone | ApiError::Forbidden)) => reason_for(&error).to_owned(),
                    Err(_) => continue,
                    Ok(mut received) => {
                        received.on_caseload = true;
                        // What cannot be read is not erased on doubt: a load will say what is the matter.
                        let Ok(known) = received.read(&self.viewer) else {
                            continue;
                        };
                        let decision = known.decide(&self.viewer, self.now());
                        if decision.outcome == Outcome::CacheAndShow {
                            continue;
                        }
                        decision.reason
                    }
                };
                gone.push(NoLonger { patient, reason });
            }
        }
        Ok(gone)
    }
}
