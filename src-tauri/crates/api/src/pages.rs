//! A record, page by page.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use chrono::{DateTime, SecondsFormat};
use curlew_fhir::ReadError;
use curlew_fhir::bundle::{Bundle, read_bundle};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::http::Answer;
use crate::outcome::outcome_text;
use crate::{ApiError, Client};

/// Asked for one by one where there is no `$everything`: the types of the R4 patient compartment that Curlew shows or
/// needs, the person and what decides over them first.
const TYPES: [&str; 43] = [
    "Patient",
    "Consent",
    "Flag",
    "AllergyIntolerance",
    "Appointment",
    "CarePlan",
    "CareTeam",
    "ClinicalImpression",
    "Communication",
    "CommunicationRequest",
    "Composition",
    "Condition",
    "DetectedIssue",
    "Device",
    "DeviceRequest",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "FamilyMemberHistory",
    "Goal",
    "ImagingStudy",
    "Immunization",
    "List",
    "Media",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "NutritionOrder",
    "Observation",
    "Procedure",
    "Provenance",
    "QuestionnaireResponse",
    "RelatedPerson",
    "RequestGroup",
    "ResearchSubject",
    "RiskAssessment",
    "ServiceRequest",
    "Specimen",
    "SupplyDelivery",
    "Task",
];

/// Where to go on reading. A text to store as it is; only this crate reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// As stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(stored: String) -> Self {
        Self(stored)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address in it names the patient.
        f.write_str("Cursor(..)")
    }
}

/// What a cursor holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    /// The page to ask for next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Url>,
    /// Types to search after that.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    types: VecDeque<String>,
}

/// One page: the text of a bundle, verbatim.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// The bundle's JSON, as received.
    pub body: String,
    /// Where to go on; none after the last page.
    pub next: Option<Cursor>,
    /// The server's own time of this answer, as a FHIR instant: the next `_since`.
    pub server_time: Option<String>,
    /// Types the server would not give, in words, since the page before.
    pub not_given: Vec<String>,
    /// Bytes of the body, decompressed.
    pub bytes: u64,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// The pages of one record. Ends after the last page or the first error.
pub struct Pages<'a> {
    client: &'a Client,
    patient: String,
    since: Option<String>,
    place: Place,
    seen: HashSet<Url>,
    read: usize,
    /// Nothing has come of `$everything` yet, so it may still turn out that the server has none.
    trying_everything: bool,
    searching_types: bool,
    not_given: Vec<String>,
    ended: bool,
}

impl<'a> Pages<'a> {
    pub(crate) fn everything(
        client: &'a Client,
        patient: &str,
        since: Option<&str>,
    ) -> Result<Self, ApiError> {
        let mut url = client.address(&["Patient", patient, "$everything"])?;
        url.query_pairs_mut()
            .append_pair("_count", &client.http.limits.page_size.to_string());
        if let Some(since) = since {
            url.query_pairs_mut().append_pair("_since", since);
        }
        let place = Place {
            next: Some(url),
            types: VecDeque::new(),
        };
        Ok(Self {
            trying_everything: true,
            ..Self::at(client, patient, since, place)
        })
    }

    pub(crate) async fn types(
        client: &'a Client,
        patient: &str,
        since: Option<&str>,
    ) -> Result<Self, ApiError> {
        let mut pages = Self::at(client, patient, since, Place::default());
        pages.search_types().await?;
        Ok(pages)
    }

    pub(crate) fn resumed(
        client: &'a Client,
        patient: &str,
        since: Option<&str>,
        cursor: &Cursor,
    ) -> Result<Self, ApiError> {
        let place: Place = serde_json::from_str(&cursor.0)
            .map_err(|_| ApiError::Malformed("a stored place in the pages".into()))?;
        if place.next.as_ref().is_some_and(|next| !client.http.is_ours(next)) {
            return Err(ApiError::OtherOrigin);
        }
        let searching_types = !place.types.is_empty();
        Ok(Self {
            searching_types,
            ..Self::at(client, patient, since, place)
        })
    }

    fn at(client: &'a Client, patient: &str, since: Option<&str>, place: Place) -> Self {
        Self {
            client,
            patient: patient.to_owned(),
            since: since.map(String::from),
            place,
            seen: HashSet::new(),
            read: 0,
            trying_everything: false,
            searching_types: false,
            not_given: Vec::new(),
            ended: false,
        }
    }

    /// The next page; none after the last, or after an error.
    pub async fn next(&mut self) -> Option<Result<Page, ApiError>> {
        if self.ended {
            return None;
        }
        match self.advance().await {
            Ok(Some(page)) => {
                self.ended = page.next.is_none();
                Some(Ok(page))
            }
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }

    async fn advance(&mut self) -> Result<Option<Page>, ApiError> {
        loop {
            let (url, begun) = match self.place.next.take() {
                Some(url) => (url, None),
                None => match self.place.types.pop_front() {
                    Some(type_) => (self.type_search(&type_)?, Some(type_)),
                    None => return Ok(self.closing_page()),
                },
            };
            if !self.seen.insert(url.clone()) || self.read >= self.client.http.limits.pages {
                return Err(ApiError::Loop);
            }
            self.read += 1;
            let (answer, head) = match self.client.page(&url).await {
                Ok(page) => page,
                Err(error) if self.trying_everything && self.has_no_everything(&error) => {
                    self.trying_everything = false;
                    self.search_types().await?;
                    continue;
                }
                // One type that is refused does not hide the others: it is named.
                Err(ref error) if begun.is_some() && is_about_the_type(error) => {
                    self.not_given
                        .push(format!("{}: {error}", begun.unwrap_or_default()));
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.trying_everything = false;
            let Head {
                next,
                stamped,
                is_empty,
            } = head;
            self.place.next = next;
            // Searching finds nothing of a patient who is no longer there, and says so with an empty page.
            if begun.as_deref() == Some("Patient") && self.since.is_none() && is_empty {
                return Err(ApiError::Gone);
            }
            return Ok(Some(self.page(answer, stamped)?));
        }
    }

    fn page(&mut self, answer: Answer, stamped: Option<String>) -> Result<Page, ApiError> {
        let more = self.place.next.is_some() || !self.place.types.is_empty();
        let next = if more {
            let place = serde_json::to_string(&self.place)
                .map_err(|_| ApiError::Malformed("an address that cannot be stored".into()))?;
            Some(Cursor(place))
        } else {
            None
        };
        let server_time = server_time(stamped, &answer);
        let bytes = answer.body.len() as u64;
        Ok(Page {
            body: answer.body,
            next,
            server_time,
            not_given: std::mem::take(&mut self.not_given),
            bytes,
        })
    }

    /// When the last types were all refused, somebody still has to hear of it.
    fn closing_page(&mut self) -> Option<Page> {
        if self.not_given.is_empty() {
            return None;
        }
        Some(Page {
            body: r#"{"resourceType":"Bundle","type":"searchset"}"#.into(),
            next: None,
            server_time: None,
            not_given: std::mem::take(&mut self.not_given),
            bytes: 0,
        })
    }

    /// Whether `error` says that there is no such operation, rather than no such patient.
    fn has_no_everything(&self, error: &ApiError) -> bool {
        match error {
            ApiError::Status(400 | 405 | 501)
            | ApiError::Outcome {
                status: 400 | 405 | 501,
                ..
            } => true,
            ApiError::Gone => !self.client.advertises_everything(),
            _ => false,
        }
    }

    async fn search_types(&mut self) -> Result<(), ApiError> {
        let known = self.client.capabilities().await?.types;
        let wanted = |name: &&&str| known.is_empty() || known.contains(**name);
        self.place = Place {
            next: None,
            types: TYPES.iter().filter(wanted).map(|&name| name.to_owned()).collect(),
        };
        self.searching_types = true;
        Ok(())
    }

    fn type_search(&self, type_: &str) -> Result<Url, ApiError> {
        let mut url = self.client.address(&[type_])?;
        let by = if type_ == "Patient" { "_id" } else { "patient" };
        url.query_pairs_mut()
            .append_pair(by, &self.patient)
            .append_pair("_count", &self.client.http.limits.page_size.to_string());
        if let Some(since) = &self.since {
            // `ge`, not `gt`: siblings of the same instant would be lost.
            url.query_pairs_mut()
                .append_pair("_lastUpdated", &format!("ge{since}"));
        }
        Ok(url)
    }
}

/// The clock that stamps `meta.lastUpdated`, as near as the server lets it be seen: the bundle's own stamp, else `Date`.
fn server_time(stamped: Option<String>, answer: &Answer) -> Option<String> {
    stamped.or_else(|| Some(answer.date?.to_rfc3339_opts(SecondsFormat::Secs, true)))
}

fn is_about_the_type(error: &ApiError) -> bool {
    match error {
        ApiError::Forbidden | ApiError::Gone => true,
        ApiError::Status(status) | ApiError::Outcome { status, .. } => {
            matches!(status, 400 | 405 | 422 | 501)
        }
        _ => false,
    }
}

/// What the envelope of a page says, read once: a page may be large.
pub(crate) struct Head {
    /// Where the next page is.
    pub(crate) next: Option<Url>,
    /// The bundle's own time.
    stamped: Option<String>,
    /// Nothing was found.
    is_empty: bool,
}

impl Head {
    /// The clock of this answer.
    pub(crate) fn server_time(self, answer: &Answer) -> Option<String> {
        server_time(self.stamped, answer)
    }
}

impl Client {
    /// An answer that is one whole page with none after it; none when it is anything else.
    pub(crate) fn only_page(&self, answer: Answer) -> Option<Page> {
        let Head { next, stamped, .. } = self.head(&answer).ok()?;
        if next.is_some() {
            return None;
        }
        Some(Page {
            next: None,
            server_time: server_time(stamped, &answer),
            not_given: Vec::new(),
            bytes: answer.body.len() as u64,
            body: answer.body,
        })
    }

    /// One page, checked as far as going on requires: it is a whole bundle, and where its `next` leads.
    pub(crate) async fn page(&self, url: &Url) -> Result<(Answer, Head), ApiError> {
        let mut answer = self.http.get(url).await?;
        let mut head = self.head(&answer);
        // A page cut short is worth asking for once more; one that is wrong will be wrong again.
        if matches!(head, Err(PageProblem::CutShort)) {
            answer = self.http.get(url).await?;
            head = self.head(&answer);
        }
        match head {
            Ok(head) => Ok((answer, head)),
            Err(PageProblem::CutShort) => Err(ApiError::Malformed("a page that is not whole JSON".into())),
            Err(PageProblem::Other(error)) => Err(error),
        }
    }

    fn head(&self, answer: &Answer) -> Result<Head, PageProblem> {
        let bundle = read_bundle(&answer.body).map_err(|error| match error {
            ReadError::NotJson { .. } => PageProblem::CutShort,
            ReadError::NotABundle { .. } => PageProblem::Other(match outcome_text(&answer.body) {
                Some(text) => ApiError::Outcome { status: 200, text },
                None => ApiError::Malformed("something else where a page was expected".into()),
            }),
            ReadError::TooLarge => PageProblem::Other(ApiError::TooLarge),
            error => PageProblem::Other(ApiError::Malformed(error.to_string())),
        })?;
        let stamped = bundle
            .meta
            .last_updated
            .as_ref()
            .filter(|time| DateTime::parse_from_rfc3339(time.as_str()).is_ok())
            .map(|time| time.as_str().to_owned());
        let head = |next| Head {
            next,
            stamped,
            is_empty: bundle.entries.is_empty(),
        };
        let Some(link) = next_of(&bundle) else {
            // Taking an unreadable link for the last page would lose the rest in silence.
            return match bundle
                .issues
                .iter()
                .any(|issue| issue.path.starts_with("Bundle.link"))
            {
                true => Err(PageProblem::Other(ApiError::Malformed(
                    "a link to another page that cannot be read".into(),
                ))),
                false => Ok(head(None)),
            };
        };
        let next = answer.url.join(link).map_err(|_| {
            PageProblem::Other(ApiError::Malformed(
                "a link to the next page that is no address".into(),
            ))
        })?;
        if self.http.is_ours(&next) {
            Ok(head(Some(next)))
        } else {
            Err(PageProblem::Other(ApiError::OtherOrigin))
        }
    }
}

fn next_of<'b>(bundle: &'b Bundle<'_>) -> Option<&'b str> {
    bundle.link("next")
}

enum PageProblem {
    CutShort,
    Other(ApiError),
}
