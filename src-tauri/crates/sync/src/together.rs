//! Asking what changed for several patients at once, where the server answers that.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use curlew_api::{ApiError, Page};
use curlew_vault::CaseloadPatient;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

use crate::Sync;
use crate::load::Contact;
use crate::standing::Received;

/// Batches under way at a time.
const AT_ONCE: usize = 4;

/// A batch on its way.
type UnderWay<'a> = Pin<Box<dyn Future<Output = Answers> + Send + 'a>>;

/// What has been asked for together and is not used yet: patient, from when on, and the one page that came.
pub(crate) type Answers = HashMap<String, (String, Page)>;

impl Sync {
    /// Asks what changed for those of `patients` for whom a delta will do, several in one request. Who may not be held is not
    /// asked for: that is decided first, by what is `known` at this contact, as it is again when the answer is used.
    ///
    /// A shortcut and no more: whatever does not come of it is asked for patient by patient.
    pub(crate) async fn ask_together(
        &self,
        patients: &[&String],
        known: &HashMap<String, Result<Received, ApiError>>,
        contact: &Contact<'_>,
    ) -> Answers {
        let Some(at_a_time) = self.client.together() else {
            return Answers::new();
        };
        let ids: Vec<String> = patients.iter().map(|&patient| patient.clone()).collect();
        let states = self
            .in_vault(move |vault| {
                let mut states = Vec::with_capacity(ids.len());
                for id in ids {
                    states.extend(vault.caseload_patient(&id)?);
                }
                Ok(states)
            })
            .await
            .unwrap_or_default();
        let asked: Vec<(String, String)> = states
            .iter()
            .filter_map(|state| {
                let received = known.get(&state.patient)?.as_ref().ok()?;
                let since = self.asks_since(state, received, contact)?;
                Some((state.patient.clone(), since))
            })
            .collect();
        let mut batches: Vec<Vec<(String, String)>> = Vec::new();
        for one in asked {
            match batches.last_mut() {
                Some(batch) if batch.len() < at_a_time => batch.push(one),
                _ => batches.push(vec![one]),
            }
        }
        // One alone is a request either way.
        let mut batches = batches.into_iter().filter(|some| some.len() > 1);
        let mut under_way: FuturesUnordered<UnderWay<'_>> = FuturesUnordered::new();
        let mut answers = Answers::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some(some) = batches.next()
            {
                under_way.push(Box::pin(self.answers_to(some, contact)));
            }
            let Some(answered) = under_way.next().await else {
                return answers;
            };
            answers.extend(answered);
        }
    }

    async fn answers_to(&self, asked: Vec<(String, String)>, contact: &Contact<'_>) -> Answers {
        let pages = contact.wait(self.client.changes_together(&asked)).await;
        let mut pages = pages.unwrap_or_default();
        let mut answers = Answers::with_capacity(pages.len());
        for (patient, since) in asked {
            if let Some(page) = pages.remove(&patient) {
                answers.insert(patient, (since, page));
            }
        }
        answers
    }

    /// From when on somebody would be asked for, alone or with others.
    fn asks_since(
        &self,
        state: &CaseloadPatient,
        received: &Received,
        contact: &Contact<'_>,
    ) -> Option<String> {
        if contact.has_left(&state.patient) {
            return None;
        }
        let mut received = received.clone();
        received.on_caseload |= !state.raw_patient.is_empty();
        let known = received.read(&self.viewer).ok()?;
        let decision = known.decide(&self.viewer, self.now());
        if decision.outcome != curlew_consent::Outcome::CacheAndShow {
            return None;
        }
        self.delta_since(state, &known, contact).map(|(_, since)| since)
    }
}
