//! What changed for several people, in one request.
//!
//! FHIR's `batch` (R4, 3.1.0.11) carries many reads in one POST and answers each apart: on a morning on which nothing has
//! changed, that is a handful of requests in place of one for each patient. It is used where the server lists the
//! interaction, and only ever as a shortcut: whatever is not answered plainly, whole and on one page is left out of what is
//! given, and the caller asks for that patient alone.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use curlew_fhir::bundle::read_bundle;
use curlew_fhir::{ReadError, read_header};
use serde_json::json;

use crate::client::Client;
use crate::http::Answer;
use crate::{ApiError, Page, Route};

/// Largest answer to one batch, after decompression. Several are under way at once, and all of each is held: whoever has changed
/// more than fits is asked for alone, page by page.
const LARGEST: usize = 8 * 1024 * 1024;
/// Resources asked for each patient. More than that is not a little that has changed.
const CHANGES: u32 = 100;

impl Client {
    /// Whether the changes of several patients can be asked for at once, and how many at a time.
    #[must_use]
    pub fn together(&self) -> Option<usize> {
        let listed = self
            .known_capabilities()
            .is_some_and(|known| known.batch && known.route == Route::Everything);
        let many = self.http.limits.together;
        (listed && many > 1 && !self.refuses_batches.load(Ordering::Relaxed)).then_some(many)
    }

    /// What changed for each of these patients since the time beside them, as [`Client::everything`] would give it: the one
    /// page of each whose answer was plain and whole. Who is missing from it is to be asked for alone.
    ///
    /// # Errors
    /// When nothing came of it at all. Where the server does not do this, it is not tried again.
    pub async fn changes_together(
        &self,
        asked: &[(String, String)],
    ) -> Result<HashMap<String, Page>, ApiError> {
        let mut entries = Vec::with_capacity(asked.len());
        for (patient, since) in asked {
            // Checked as an address is; the base is left off, as a batch's addresses are relative to it.
            self.address(&["Patient", patient, "$everything"])?;
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("_count", &CHANGES.to_string())
                .append_pair("_since", since)
                .finish();
            let address = format!("Patient/{patient}/$everything?{query}");
            entries.push(json!({"request": {"method": "GET", "url": address}}));
        }
        let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": entries}).to_string();
        let outcome = match self.http.ask_with(self.base(), &batch, LARGEST).await {
            // Cut short or garbled on the way says nothing about the next one.
            Ok(answer) if matches!(read_bundle(&answer.body), Err(ReadError::NotJson { .. })) => {
                return Err(ApiError::Malformed(
                    "a batch's answer that is not whole JSON".into(),
                ));
            }
            Ok(answer) => self.taken_apart(&answer, asked),
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome
            && is_about_batches(error)
        {
            tracing::info!(%error, "the server does not answer a batch: patients are asked for one by one");
            self.refuses_batches.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// Each patient's page. The answers are in the order of the questions (R4, 3.1.0.11.2), and where it can be seen that they
    /// are not, none of them is believed.
    fn taken_apart(
        &self,
        answer: &Answer,
        asked: &[(String, String)],
    ) -> Result<HashMap<String, Page>, ApiError> {
        let wrong = |what: &str| ApiError::Malformed(what.to_owned());
        let bundle = read_bundle(&answer.body).map_err(|error| ApiError::Malformed(error.to_string()))?;
        if bundle.kind != "batch-response" || bundle.entries.len() != asked.len() {
            return Err(wrong("not the answers that were asked for"));
        }
        let everybody: HashSet<&str> = asked.iter().map(|(patient, _)| patient.as_str()).collect();
        let mut pages = HashMap::with_capacity(asked.len());
        for (entry, (patient, _)) in bundle.entries.iter().zip(asked) {
            let well = entry
                .response_status
                .as_deref()
                .is_some_and(|status| status.starts_with("200"));
            let (true, Some(body)) = (well, entry.resource) else {
                continue;
            };
            let Some(page) = self.only_page(Answer {
                url: answer.url.clone(),
                body: body.to_owned(),
                date: answer.date,
            }) else {
                continue;
            };
            if let Some(other) = whose_else(&page.body, patient)
                && everybody.contains(other.as_str())
            {
                return Err(wrong("answers in another order than the questions"));
            }
            pages.insert(patient.clone(), page);
        }
        Ok(pages)
    }
}

/// A patient other than `patient` whom the page is about.
fn whose_else(body: &str, patient: &str) -> Option<String> {
    let bundle = read_bundle(body).ok()?;
    if let Some(this) = bundle.link("self")
        && let Some((_, after)) = this.split_once("/Patient/")
        && let Some((id, _)) = after.split_once("/$everything")
        && id != patient
    {
        return Some(id.to_owned());
    }
    bundle
        .entries
        .iter()
        .filter_map(|entry| read_header(entry.resource?).ok())
        .filter_map(|header| match header.resource_type.as_str() {
            "Patient" => Some(header.id),
            _ => header.patient,
        })
        .find(|whose| whose != patient)
}

/// Whether `error` says that batches are not answered here, rather than that nothing is at the moment.
fn is_about_batches(error: &ApiError) -> bool {
    match error {
        ApiError::Status(status) | ApiError::Outcome { status, .. } => {
            !matches!(status, 408 | 429 | 502..=504)
        }
        // A token may be good for reading and not for this.
        ApiError::Forbidden | ApiError::Gone | ApiError::Malformed(_) | ApiError::OtherOrigin => true,
        _ => false,
    }
}
