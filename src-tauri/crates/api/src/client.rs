//! The client.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use curlew_fhir::bundle::read_bundle;
use curlew_fhir::read_header;
use curlew_sign_in::AccessTokens;
use reqwest::Method;
use tokio::sync::OnceCell;
use url::Url;

use crate::http::{Http, Wait, checked_base, real_wait};
use crate::{ApiError, Capabilities, Cursor, Limits, Pages, PurposeOfUse, Route};

/// Ids in one comma list: an address of about 3,000 characters at most, which every proxy takes.
const IDS_AT_ONCE: usize = 60;
/// Pages of the server's whole history worth reading to learn what was deleted. A busy region's server has more, and then
/// comparing ids is cheaper.
const HISTORY_PAGES: usize = 20;
/// Entries of it asked for in one page, whatever a record's pages are: most of them are looked at and dropped.
const HISTORY_PAGE: u32 = 500;

/// Something deleted at the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Deleted {
    /// Resource type.
    pub resource_type: String,
    /// Server's logical id.
    pub id: String,
}

impl Deleted {
    /// From the address in a history's entry: `Observation/17`, or
    /// `https://record.example/fhir/Observation/17/_history/2`. None when it names no one resource.
    #[must_use]
    pub fn at(address: &str) -> Option<Self> {
        let path = address.split(['?', '#']).next()?;
        let path = path.split_once("/_history").map_or(path, |(before, _)| before);
        let mut segments = path.rsplit('/');
        let (id, resource_type) = (segments.next()?, segments.next()?);
        let is_type = resource_type.starts_with(|letter: char| letter.is_ascii_uppercase());
        (is_type && !id.is_empty()).then(|| Self {
            resource_type: resource_type.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// What is known to have been deleted since a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deletions {
    /// Each once. What the server named is deleted, even where it could not be asked for everything.
    pub deleted: Vec<Deleted>,
    /// The server's time up to which nothing is missing; none when its history was not read to the end.
    pub known_to: Option<String>,
}

/// A shared record API.
pub struct Client {
    base: Url,
    pub(crate) http: Http,
    capabilities: OnceCell<Capabilities>,
    /// Seen to understand `_id=a,b` as "a or b".
    understands_lists: AtomicBool,
    /// Seen to answer a list with less than there is.
    distrusts_lists: AtomicBool,
    /// Lists batches and does not answer them.
    pub(crate) refuses_batches: AtomicBool,
}

impl Client {
    /// A client of the record API at `base`.
    ///
    /// # Errors
    /// [`ApiError::Address`] when `base` is not an https address, or http to this machine.
    pub fn new(
        base: Url,
        http: reqwest::Client,
        tokens: Arc<dyn AccessTokens>,
        limits: Limits,
    ) -> Result<Self, ApiError> {
        Self::waiting_with(base, http, tokens, limits, real_wait())
    }

    /// A client that waits between tries by `wait`: for tests that count the time instead of spending it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn waiting_with(
        base: Url,
        http: reqwest::Client,
        tokens: Arc<dyn AccessTokens>,
        limits: Limits,
        wait: Wait,
    ) -> Result<Self, ApiError> {
        let base = checked_base(base)?;
        Ok(Self {
            http: Http::new(http, tokens, &base, limits, wait),
            base,
            capabilities: OnceCell::new(),
            understands_lists: AtomicBool::new(false),
            distrusts_lists: AtomicBool::new(false),
            refuses_batches: AtomicBool::new(false),
        })
    }

    /// The same API, asked for another purpose than everyday care: every request says so.
    #[must_use]
    pub fn with_purpose(mut self, purpose: PurposeOfUse) -> Self {
        self.http.purpose = Some(purpose);
        self
    }

    /// Base address, without a closing slash.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// An address under the base. Segments from outside are ids, and ids have an alphabet: nothing else gets into a path.
    pub(crate) fn address(&self, segments: &[&str]) -> Result<Url, ApiError> {
        let is_plain = |segment: &&str| {
            !matches!(*segment, "" | "." | "..")
                && segment.len() <= 64
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-._$".contains(&byte))
        };
        let mut url = self.base.clone();
        match url.path_segments_mut() {
            Ok(mut path) if segments.iter().all(is_plain) => {
                path.pop_if_empty().extend(segments);
            }
            _ => return Err(ApiError::Malformed("an id that is none".into())),
        }
        Ok(url)
    }

    /// What the server says it can do; asked once. A server that says nothing readable is one with no capabilities.
    ///
    /// # Errors
    /// When it cannot be asked at all.
    pub async fn capabilities(&self) -> Result<Capabilities, ApiError> {
        self.capabilities
            .get_or_try_init(|| async {
                match self.http.get(&self.address(&["metadata"])?).await {
                    Ok(answer) => Ok(Capabilities::read(&answer.body)),
                    Err(ApiError::Unauthorised) => Err(ApiError::Unauthorised),
                    Err(error) if error.is_no_contact() => Err(error),
                    Err(_) => Ok(Capabilities::read("")),
                }
            })
            .await
            .cloned()
    }

    /// What it has said already; none before it was first asked.
    #[must_use]
    pub fn known_capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.get()
    }

    pub(crate) fn advertises_everything(&self) -> bool {
        self.capabilities
            .get()
            .is_some_and(|capabilities| capabilities.route == Route::Everything)
    }

    /// A patient's record: all of it, or what changed at the server since `since`; from the start, or from `resume`.
    ///
    /// # Errors
    /// When the capabilities cannot be asked for, `patient` is no id, or `resume` is not from here.
    pub async fn everything(
        &self,
        patient: &str,
        since: Option<&str>,
        resume: Option<Cursor>,
    ) -> Result<Pages<'_>, ApiError> {
        if let Some(cursor) = resume {
            return Pages::resumed(self, patient, since, &cursor);
        }
        // Also where it is not advertised: real servers have it and do not say so.
        self.capabilities().await?;
        Pages::everything(self, patient, since)
    }

    /// A patient's record by one search for each type, whatever the server says of `$everything`.
    ///
    /// # Errors
    /// As for [`Self::everything`].
    pub async fn by_type(&self, patient: &str, since: Option<&str>) -> Result<Pages<'_>, ApiError> {
        Pages::types(self, patient, since).await
    }

    /// One `Patient`, verbatim.
    ///
    /// # Errors
    /// [`ApiError::Gone`] and [`ApiError::Forbidden`] among others.
    pub async fn patient(&self, patient: &str) -> Result<String, ApiError> {
        let answer = self.http.get(&self.address(&["Patient", patient])?).await?;
        match read_header(&answer.body) {
            Ok(header) if header.resource_type == "Patient" && header.id == patient => Ok(answer.body),
            _ => Err(ApiError::Malformed(
                "something else where a Patient was expected".into(),
            )),
        }
    }

    /// `Patient`s by id, verbatim, each with why not when the server would not give them. Every id asked for has an entry.
    ///
    /// # Errors
    /// When the server cannot be reached or the session has ended.
    pub async fn patients(
        &self,
        ids: &[String],
    ) -> Result<HashMap<String, Result<String, ApiError>>, ApiError> {
        let mut found = HashMap::new();
        for some in ids.chunks(IDS_AT_ONCE) {
            let mut url = self.address(&["Patient"])?;
            url.query_pairs_mut()
                .append_pair("_id", &some.join(","))
                .append_pair("_count", &some.len().to_string());
            let wanted: HashSet<&String> = some.iter().collect();
            let of_list: HashMap<String, String> = match self.resources(url, "Patient").await {
                Ok(resources) => resources
                    .into_iter()
                    .filter_map(|raw| Some((read_header(&raw).ok()?.id, raw)))
                    .filter(|(id, _)| wanted.contains(id))
                    .collect(),
                Err(
                    ApiError::Status(400..=499)
                    | ApiError::Outcome {
                        status: 400..=499, ..
                    }
                    | ApiError::Forbidden,
                ) => HashMap::new(),
                Err(error) => return Err(error),
            };
            if of_list.len() > 1 {
                self.understands_lists.store(true, Ordering::Relaxed);
            }
            found.extend(of_list.into_iter().map(|(id, raw)| (id, Ok(raw))));
            for id in some {
                if found.contains_key(id) {
                    continue;
                }
                let one = self.patient(id).await;
                match one {
                    Err(error) if error.ends_contact() => return Err(error),
                    one => found.insert(id.clone(), one),
                };
            }
        }
        Ok(found)
    }

    /// `Consent`s of each of `patients`, verbatim. Every patient asked for has an entry.
    ///
    /// # Errors
    /// When any of them could not be asked for: not knowing is not the same as there being none.
    pub async fn consents(&self, patients: &[String]) -> Result<HashMap<String, Vec<String>>, ApiError> {
        self.of_patients("Consent", patients).await
    }

    /// `Flag`s of each of `patients`, verbatim. Every patient asked for has an entry.
    ///
    /// # Errors
    /// As for [`Self::consents`].
    pub async fn flags(&self, patients: &[String]) -> Result<HashMap<String, Vec<String>>, ApiError> {
        self.of_patients("Flag", patients).await
    }

    async fn of_patients(
        &self,
        type_: &str,
        patients: &[String],
    ) -> Result<HashMap<String, Vec<String>>, ApiError> {
        // What a server has no place for, nobody can have recorded there.
        let known = self.capabilities().await?.known;
        if !known.is_empty() && !known.contains(type_) {
            return Ok(patients.iter().map(|id| (id.clone(), Vec::new())).collect());
        }
        // A server that does not know comma lists finds nobody called "a,b" and answers "none" for all of them: for
        // consents that is the worst answer there is. So a list is only used once the server has shown that it knows them.
        let at_once = if patients.len() > 1 && self.knows_lists(patients).await? {
            IDS_AT_ONCE
        } else {
            1
        };
        let mut all: HashMap<String, Vec<String>> =
            patients.iter().map(|id| (id.clone(), Vec::new())).collect();
        for some in patients.chunks(at_once) {
            let mut url = self.address(&[type_])?;
            url.query_pairs_mut()
                .append_pair("patient", &some.join(","))
                .append_pair("_count", &self.http.limits.page_size.to_string());
            for raw in self.resources(url, type_).await? {
                let whose = read_header(&raw).ok().and_then(|header| header.patient);
                // Whose it is must be readable when several were asked for; of one, it is theirs.
                let whose = if let [only] = some {
                    Some(only.clone())
                } else {
                    whose
                };
                match whose.and_then(|whose| all.get_mut(&whose)) {
                    Some(theirs) => theirs.push(raw),
                    None => return Err(ApiError::Malformed(format!("a {type_} of nobody asked for"))),
                }
            }
        }
        Ok(all)
    }

    /// Says that an answer about several patients at once has left something out. From now on each is asked for alone.
    pub fn distrust_lists(&self) {
        self.distrusts_lists.store(true, Ordering::Relaxed);
    }

    async fn knows_lists(&self, patients: &[String]) -> Result<bool, ApiError> {
        if self.distrusts_lists.load(Ordering::Relaxed) {
            return Ok(false);
        }
        if !self.understands_lists.load(Ordering::Relaxed) {
            // Sets the mark when both are found.
            self.patients(patients.get(..2).unwrap_or_default()).await?;
        }
        Ok(self.understands_lists.load(Ordering::Relaxed))
    }

    /// What was deleted since `since`, for the whole server: as much of it as the server says, and as is worth reading. A
    /// history runs from the newest to the oldest, so what is left unread is the oldest.
    ///
    /// # Errors
    /// When the server cannot be reached or the session has ended.
    pub async fn deletions(&self, since: &str) -> Result<Deletions, ApiError> {
        let mut found = Deletions::default();
        if !self.capabilities().await?.history {
            return Ok(found);
        }
        let mut url = self.address(&["_history"])?;
        url.query_pairs_mut().append_pair("_since", since).append_pair(
            "_count",
            &self.http.limits.page_size.max(HISTORY_PAGE).to_string(),
        );
        let mut next = Some(url);
        let mut seen = HashSet::new();
        let mut named = HashSet::new();
        let mut known_to = None;
        while let Some(url) = next {
            if !seen.insert(url.clone()) || seen.len() > HISTORY_PAGES {
                return Ok(found);
            }
            let (answer, head) = match self.page(&url).await {
                Ok(page) => page,
                Err(error) if error.ends_contact() => return Err(error),
                Err(_) => return Ok(found),
            };
            let bundle = read_bundle(&answer.body).map_err(|error| ApiError::Malformed(error.to_string()))?;
            // The first page's: what is deleted while the others are read belongs to the next contact.
            for entry in bundle.entries {
                if let Some((method, address)) = entry.request
                    && method == "DELETE"
                    && let Some(gone) = Deleted::at(&address)
                    && named.insert(gone.clone())
                {
                    found.deleted.push(gone);
                }
            }
            next = head.next.clone();
            // The first page's: what is deleted while the others are read belongs to the next contact.
            known_to = known_to.or_else(|| head.server_time(&answer));
        }
        found.known_to = known_to;
        Ok(found)
    }

    /// Sends one `AuditEvent` that carries `event_id` as its id. Where the server lets a client choose ids it is sent under
    /// that one, so that a second sending, after a lost answer, changes nothing.
    ///
    /// # Errors
    /// When it was not taken. It may be sent again later.
    pub async fn post_audit_event(&self, json: &str, event_id: &str) -> Result<(), ApiError> {
        if self.capabilities().await?.audit_event_by_id {
            let url = self.address(&["AuditEvent", event_id])?;
            return match self.http.send(Method::PUT, &url, json, &[]).await {
                // In use already, and by nothing else: the id is made of the event's own digest.
                Err(ApiError::Status(409) | ApiError::Outcome { status: 409, .. }) => Ok(()),
                sent => taken(&sent?.body),
            };
        }
        // A condition on `_id` and nothing else: a server that does not know a parameter may take the condition for met by
        // any event it has, and keep none of ours.
        let once = ("If-None-Exist", format!("_id={event_id}"));
        let answer = self
            .http
            .send(Method::POST, &self.address(&["AuditEvent"])?, json, &[once])
            .await?;
        taken(&answer.body)
    }

    /// `Patient`s with this NHS number, verbatim. More than one is a hazard the caller must show.
    ///
    /// # Errors
    /// When the server did not answer the search.
    pub async fn find_by_nhs_number(&self, nhs_number: &str) -> Result<Vec<String>, ApiError> {
        let mut url = self.address(&["Patient"])?;
        let number = nhs_number.replace(' ', "");
        url.query_pairs_mut().append_pair(
            "identifier",
            &format!("https://fhir.nhs.uk/Id/nhs-number|{number}"),
        );
        self.resources(url, "Patient").await
    }

    /// `Patient`s with every word of this name, born on this day (`YYYY-MM-DD`), verbatim.
    ///
    /// # Errors
    /// When the server did not answer the search.
    pub async fn find_by_name_born(&self, name: &str, born: &str) -> Result<Vec<String>, ApiError> {
        let mut url = self.address(&["Patient"])?;
        let words = name
            .split(|letter: char| letter.is_whitespace() || letter == ',')
            .filter(|word| !word.is_empty());
        for word in words {
            url.query_pairs_mut().append_pair("name", word);
        }
        url.query_pairs_mut().append_pair("birthdate", born);
        self.resources(url, "Patient").await
    }

    /// Every resource of type `type_` a search finds, from all its pages, verbatim.
    pub(crate) async fn resources(&self, url: Url, type_: &str) -> Result<Vec<String>, ApiError> {
        let mut found = Vec::new();
        let mut next = Some(url);
        let mut seen = HashSet::new();
        while let Some(url) = next {
            if !seen.insert(url.clone()) || seen.len() > self.http.limits.pages {
                return Err(ApiError::Loop);
            }
            let (answer, head) = self.page(&url).await?;
            let bundle = read_bundle(&answer.body).map_err(|error| ApiError::Malformed(error.to_string()))?;
            // Only whole answers: a consent that cannot be read is not a consent that is not there.
            if bundle
                .issues
                .iter()
                .any(|issue| issue.path.starts_with("Bundle.entry"))
            {
                return Err(ApiError::Malformed(format!("a {type_} that cannot be read")));
            }
            for raw in bundle.entries.iter().filter_map(|entry| entry.resource) {
                match read_header(raw) {
                    Ok(header) if header.resource_type == type_ => found.push(raw.to_owned()),
                    Ok(_) => {}
                    Err(error) => return Err(ApiError::Malformed(error.to_string())),
                }
            }
            next = head.next;
        }
        Ok(found)
    }
}

/// Whether success was told by the server itself: with nothing, or in JSON. A proxy's page that asks somebody to sign in to the
/// network comes with status 200 too, and has kept nothing.
fn taken(body: &str) -> Result<(), ApiError> {
    match body.trim_start().chars().next() {
        None | Some('{') => Ok(()),
        Some(_) => Err(ApiError::Malformed("a page instead of an answer".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_are_named_by_relative_and_whole_addresses() {
        let gone = Some(Deleted {
            resource_type: "Observation".into(),
            id: "17".into(),
        });
        for address in [
            "Observation/17",
            "https://record.example/fhir/Observation/17/_history/2",
            "/fhir/Observation/17",
        ] {
            assert_eq!(Deleted::at(address), gone, "{address}");
        }
        for address in ["", "17", "fhir/17", "Observation/", "Observation?patient=1"] {
            assert_eq!(Deleted::at(address), None, "{address}");
        }
    }
}
