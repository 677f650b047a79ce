//! What a server really sends for a patient, counted without the product's own client or reader.

use crate::Outcome;
use crate::support::ScriptedBrowser;
use curlew_redact::ExposeSecret as _;
use curlew_sign_in::{AccessTokens as _, CancellationToken, SignInConfig};
use reqwest::Client;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// What was sent for one patient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// `Type/id` of every resource that has both.
    pub resources: BTreeSet<String>,
    /// Entries without a resource, a type or an id.
    pub nameless: usize,
}

impl Served {
    /// Everything that was sent.
    #[must_use]
    pub fn count(&self) -> usize {
        self.resources.len() + self.nameless
    }
}

/// Each patient's `$everything`, all pages.
///
/// # Errors
/// When the server cannot be signed in to or read.
pub async fn served(record_api: &Url, user: &str, patients: &[String]) -> Outcome<BTreeMap<String, Served>> {
    let http = Client::builder().no_proxy().build()?;
    let config = SignInConfig::new(record_api.clone(), "curlew");
    let browser = ScriptedBrowser::new(user);
    let session = curlew_sign_in::sign_in(&config, &http, &browser, CancellationToken::new()).await?;

    let mut served = BTreeMap::new();
    for patient in patients {
        let mut sent = Served::default();
        let mut next = Some(format!(
            "{}/Patient/{patient}/$everything",
            record_api.as_str().trim_end_matches('/')
        ));
        while let Some(page) = next {
            let token = session.access_token().await?;
            let answer = http
                .get(&page)
                .bearer_auth(token.expose_secret())
                .send()
                .await?
                .error_for_status()?;
            let bundle: Value = serde_json::from_str(&answer.text().await?)?;
            for entry in bundle["entry"].as_array().into_iter().flatten() {
                match (
                    entry["resource"]["resourceType"].as_str(),
                    entry["resource"]["id"].as_str(),
                ) {
                    // Words about the answer, not part of the record.
                    (Some("OperationOutcome"), _) => {}
                    (Some(kind), Some(id)) => {
                        sent.resources.insert(format!("{kind}/{id}"));
                    }
                    _ => sent.nameless += 1,
                }
            }
            let links = bundle["link"].as_array().into_iter().flatten();
            next = links
                .filter(|link| link["relation"] == "next")
                .find_map(|link| link["url"].as_str().map(str::to_owned));
        }
        served.insert(patient.clone(), sent);
    }
    Ok(served)
}
