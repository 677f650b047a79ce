//! How requests are sent: limits, tokens, asking again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use curlew_redact::{ExposeSecret, SecretString};
use curlew_sign_in::{AccessTokens, SignInError, is_untrusted};
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use url::{Host, Origin, Url};

use crate::ApiError;
use crate::outcome::outcome_text;

/// Header that says why data is asked for, with a v3-ActReason code.
///
/// IHE IUA and XUA put the purpose of use into the token, where a server that issues SMART tokens has no place for it
/// and where it would hold for the whole session; FHIR R4 (security labels, "break the glass") asks that the client
/// states it and leaves the way to the parties. A header of this name is what such interfaces use where they use one. It is sent
/// with each request of an emergency and with no other, so that a gateway can judge and record every single one.
pub(crate) const PURPOSE_OF_USE: &str = "X-Purpose-Of-Use";

/// Why data is asked for, where that is not everyday care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurposeOfUse {
    /// Emergency treatment: the rules would have let this person see the record.
    EmergencyTreatment,
    /// Breaking the glass: only the emergency lets them see it.
    BreakTheGlass,
}

impl PurposeOfUse {
    /// The v3-ActReason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::EmergencyTreatment => "ETREAT",
            Self::BreakTheGlass => "BTG",
        }
    }
}

const FHIR_JSON: &str = "application/fhir+json";

/// How much, how long and how often.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest body accepted, in bytes, after decompression.
    pub body_bytes: usize,
    /// Most pages followed for one patient or search.
    pub pages: usize,
    /// Resources asked for in one page.
    pub page_size: u32,
    /// Longest wait for an answer to begin.
    pub first_byte: Duration,
    /// Longest silence in the middle of a body.
    pub between_bytes: Duration,
    /// Longest time for a whole body, however it drips.
    pub whole_body: Duration,
    /// Patients whose changes are asked for in one request, where the server answers several; below 2, each is asked for alone.
    pub together: usize,
    /// Times a safe request is tried in all.
    pub attempts: u32,
    /// First back-off; it doubles, with jitter, up to [`Self::longest_wait`].
    pub first_wait: Duration,
    /// Longest back-off, and longest `Retry-After` worth waiting for.
    pub longest_wait: Duration,
}

impl Default for Limits {
    /// One page may be a whole patient, for servers that ignore `_count`: today's largest synthetic ones are 69 MiB, some
    /// 7 MiB as sent. Ten minutes for that is 100 kbit/s, worse than which no page of ordinary size takes half a minute.
    fn default() -> Self {
        Self {
            body_bytes: 128 * 1024 * 1024,
            pages: 10_000,
            page_size: 500,
            first_byte: Duration::from_secs(60),
            between_bytes: Duration::from_secs(30),
            whole_body: Duration::from_secs(600),
            together: 15,
            attempts: 4,
            first_wait: Duration::from_millis(400),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// Whether `url` is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Refuses addresses that a record must not travel from.
pub(crate) fn checked_base(mut base: Url) -> Result<Url, ApiError> {
    if base.host().is_none() {
        return Err(ApiError::Address("it names no server"));
    }
    let local = is_loopback(&base);
    match base.scheme() {
        "https" => {}
        "http" if local => {}
        "http" => {
            return Err(ApiError::Address(
                "it is http, which anybody on the way can read; it must be https",
            ));
        }
        _ => return Err(ApiError::Address("it is not an https address")),
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(ApiError::Address("it holds a name or a password"));
    }
    base.set_query(None);
    base.set_fragment(None);
    let path = base.path().trim_end_matches('/').to_owned();
    base.set_path(&path);
    Ok(base)
}

/// An answer that was a success.
pub(crate) struct Answer {
    /// Where it came from in the end: relative links start here.
    pub(crate) url: Url,
    pub(crate) body: String,
    /// The server's clock.
    pub(crate) date: Option<DateTime<Utc>>,
}

/// Waits between two tries. The one place, so that a test can count the time instead of spending it.
pub type Wait = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

pub(crate) fn real_wait() -> Wait {
    Arc::new(|time| Box::pin(tokio::time::sleep(time)))
}

/// Sends requests to one origin.
pub(crate) struct Http {
    client: reqwest::Client,
    tokens: Arc<dyn AccessTokens>,
    origin: Origin,
    wait: Wait,
    pub(crate) limits: Limits,
    /// Sent with every request.
    pub(crate) purpose: Option<PurposeOfUse>,
}

/// One request, as it is sent.
struct Sending<'a> {
    method: Method,
    url: &'a Url,
    json: Option<&'a str>,
    headers: &'a [(&'static str, String)],
    /// Largest body accepted in answer.
    limit: usize,
}

/// Why one try failed, and whether another may do better.
struct Failure {
    error: ApiError,
    again: Option<Again>,
}

#[derive(Clone, Copy)]
struct Again {
    /// What the server asked for.
    retry_after: Option<Duration>,
}

impl Failure {
    fn final_(error: ApiError) -> Self {
        Self { error, again: None }
    }

    fn passing(error: ApiError) -> Self {
        Self {
            error,
            again: Some(Again { retry_after: None }),
        }
    }
}

impl Http {
    pub(crate) fn new(
        client: reqwest::Client,
        tokens: Arc<dyn AccessTokens>,
        base: &Url,
        limits: Limits,
        wait: Wait,
    ) -> Self {
        Self {
            client,
            tokens,
            origin: base.origin(),
            wait,
            limits,
            purpose: None,
        }
    }

    /// Whether `url` is on the record API's own origin. A token never goes anywhere else.
    pub(crate) fn is_ours(&self, url: &Url) -> bool {
        url.origin() == self.origin
    }

    /// Asks, and asks again while that may help: reading is safe to repeat.
    pub(crate) async fn get(&self, url: &Url) -> Result<Answer, ApiError> {
        let limit = self.limits.body_bytes;
        self.ask(|| self.with_token(Method::GET, url, None, &[], limit))
            .await
    }

    /// Asks a question that does not fit into an address, and changes nothing at the server: as safe to repeat as a read.
    pub(crate) async fn ask_with(&self, url: &Url, json: &str, limit: usize) -> Result<Answer, ApiError> {
        let limit = limit.min(self.limits.body_bytes);
        self.ask(|| self.with_token(Method::POST, url, Some(json), &[], limit))
            .await
    }

    async fn ask<F>(&self, once: impl Fn() -> F) -> Result<Answer, ApiError>
    where
        F: Future<Output = Result<Answer, Failure>>,
    {
        let mut tried = 0;
        loop {
            let failure = match once().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            tried += 1;
            let Some(wait) = failure
                .again
                .and_then(|again| wait_before(&self.limits, tried, again.retry_after, random()))
            else {
                return Err(failure.error);
            };
            tracing::debug!(tried, wait_ms = wait.as_millis(), "asking again");
            (self.wait)(wait).await;
        }
    }

    /// Sends a resource, once. Whether a failed sending arrived is not known, so it is never repeated here.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &Url,
        json: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ApiError> {
        self.with_token(method, url, Some(json), headers, self.limits.body_bytes)
            .await
            .map_err(|failure| failure.error)
    }

    /// One try, with the access token replaced once if the server does not take it.
    async fn with_token(
        &self,
        method: Method,
        url: &Url,
        json: Option<&str>,
        headers: &[(&'static str, String)],
        limit: usize,
    ) -> Result<Answer, Failure> {
        if !self.is_ours(url) {
            return Err(Failure::final_(ApiError::OtherOrigin));
        }
        let token = self
            .tokens
            .access_token()
            .await
            .map_err(|error| session_failure(&error))?;
        let request = Sending {
            method,
            url,
            json,
            headers,
            limit,
        };
        match self.try_once(&request, &token).await {
            Err(Failure {
                error: ApiError::Unauthorised,
                ..
            }) => {
                let token = self
                    .tokens
                    .replace(&token)
                    .await
                    .map_err(|error| session_failure(&error))?;
                self.try_once(&request, &token).await
            }
            outcome => outcome,
        }
    }

    async fn try_once(&self, sending: &Sending<'_>, token: &SecretString) -> Result<Answer, Failure> {
        let mut request = self
            .client
            .request(sending.method.clone(), sending.url.clone())
            .header(ACCEPT, FHIR_JSON)
            .bearer_auth(token.expose_secret());
        if let Some(purpose) = self.purpose {
            request = request.header(PURPOSE_OF_USE, purpose.code());
        }
        for (name, value) in sending.headers {
            request = request.header(*name, value);
        }
        if let Some(json) = sending.json {
            request = request.header(CONTENT_TYPE, FHIR_JSON).body(json.to_owned());
        }
        let response = tokio::time::timeout(self.limits.first_byte, request.send())
            .await
            .map_err(|_| Failure::passing(ApiError::Unreachable))?
            .map_err(|error| {
                if error.is_redirect() {
                    Failure::final_(ApiError::OtherOrigin)
                } else if error.is_builder() {
                    Failure::final_(ApiError::Malformed("an address that cannot be asked for".into()))
                } else if is_untrusted(&error) {
                    Failure::final_(ApiError::Untrusted)
                } else {
                    Failure::passing(ApiError::Unreachable)
                }
            })?;
        // The caller's own client might follow redirects anywhere.
        if !self.is_ours(response.url()) {
            return Err(Failure::final_(ApiError::OtherOrigin));
        }
        let (status, url) = (response.status(), response.url().clone());
        let date = header_time(response.headers(), DATE.as_str());
        let retry_after = retry_after(response.headers(), date);
        // Not asked for again: whoever needed so long for it once will need it the next time.
        let body = tokio::time::timeout(self.limits.whole_body, self.body(response, sending.limit))
            .await
            .unwrap_or_else(|_| Err(Failure::final_(ApiError::Unreachable)));
        if status.is_success() {
            return Ok(Answer {
                url,
                body: body?,
                date,
            });
        }
        let error = refusal(status, body.ok().as_deref());
        // 500 is not here: on a FHIR server it is a defect met again at each try, and loads it when it is ill.
        let again = matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504).then_some(Again { retry_after });
        Err(Failure { error, again })
    }

    /// The body, given up as soon as it is too large or too slow.
    async fn body(&self, mut response: reqwest::Response, limit: usize) -> Result<String, Failure> {
        let announced = response
            .content_length()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(0);
        if announced > limit {
            return Err(Failure::final_(ApiError::TooLarge));
        }
        let mut body = Vec::with_capacity(announced);
        loop {
            let chunk = tokio::time::timeout(self.limits.between_bytes, response.chunk())
                .await
                .map_err(|_| Failure::passing(ApiError::Unreachable))?
                .map_err(|_| Failure::passing(ApiError::Unreachable))?;
            let Some(chunk) = chunk else { break };
            if body.len() + chunk.len() > limit {
                return Err(Failure::final_(ApiError::TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).map_err(|_| Failure::final_(ApiError::Malformed("not UTF-8".into())))
    }
}

fn session_failure(error: &SignInError) -> Failure {
    match error {
        SignInError::Unreachable { .. } => Failure::passing(ApiError::Unreachable),
        SignInError::Untrusted { .. } => Failure::final_(ApiError::Untrusted),
        _ => Failure::final_(ApiError::Unauthorised),
    }
}

fn refusal(status: StatusCode, body: Option<&str>) -> ApiError {
    match status.as_u16() {
        401 => ApiError::Unauthorised,
        403 => ApiError::Forbidden,
        404 | 410 => ApiError::Gone,
        // The client follows what it may; this one leads nowhere it would go.
        300..=399 => ApiError::OtherOrigin,
        status => match body.and_then(outcome_text) {
            Some(text) => ApiError::Outcome { status, text },
            None => ApiError::Status(status),
        },
    }
}

fn header_time(headers: &HeaderMap, name: &str) -> Option<DateTime<Utc>> {
    let text = headers.get(name)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc())
}

/// `Retry-After` in either form (RFC 9110 section 10.2.3). A time is measured against the server's own `Date`, so that
/// this machine's clock does not matter.
fn retry_after(headers: &HeaderMap, date: Option<DateTime<Utc>>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = header_time(headers, RETRY_AFTER.as_str())?;
    (until - date.unwrap_or_else(Utc::now)).to_std().ok()
}

/// How long to wait before the next try, after `tried` of them: none when it is not worth it.
///
/// Half of a doubling step is fixed and half is chance (`random` in 0..=1), so that a trust's laptops do not all come back
/// in the same second; what the server asked for is a lower bound, and chance only adds to it.
fn wait_before(limits: &Limits, tried: u32, retry_after: Option<Duration>, random: f64) -> Option<Duration> {
    if tried >= limits.attempts || retry_after.is_some_and(|asked| asked > limits.longest_wait) {
        return None;
    }
    let step = limits
        .first_wait
        .saturating_mul(2_u32.saturating_pow(tried - 1))
        .min(limits.longest_wait);
    let chance = (step / 2).mul_f64(random);
    Some(match retry_after {
        Some(asked) => asked + chance,
        None => step / 2 + chance,
    })
}

fn random() -> f64 {
    // Without a source of chance, the longest wait is the polite one.
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_http_is_for_this_machine_only() {
        for fine in [
            "https://record.example/fhir",
            "http://127.0.0.1:8080/fhir/",
            "http://[::1]:1/",
            "http://localhost/x",
        ] {
            assert!(checked_base(fine.parse().expect("an address")).is_ok(), "{fine}");
        }
        for not in [
            "http://record.example/fhir",
            "http://127.0.0.1.example/fhir",
            "ftp://127.0.0.1/",
            "https://name:word@record.example/",
            "data:text/plain,x",
        ] {
            assert!(
                matches!(
                    checked_base(not.parse().expect("an address")),
                    Err(ApiError::Address(_))
                ),
                "{not}"
            );
        }
        let base =
            checked_base("https://record.example/fhir/?x=1#y".parse().expect("an address")).expect("a base");
        assert_eq!(base.as_str(), "https://record.example/fhir");
    }

    #[test]
    fn waits_double_with_chance_and_never_undercut_the_server() {
        let limits = Limits::default();
        let waits = |random| {
            (1..=4)
                .map(|tried| wait_before(&limits, tried, None, random).map(|wait| wait.as_millis()))
                .collect::<Vec<_>>()
        };
        assert_eq!(waits(0.0), [Some(200), Some(400), Some(800), None]);
        assert_eq!(waits(1.0), [Some(400), Some(800), Some(1600), None]);
        let asked = Duration::from_secs(7);
        for random in [0.0, 0.5, 1.0] {
            assert!(wait_before(&limits, 1, Some(asked), random).is_some_and(|wait| wait >= asked));
        }
        assert_eq!(
            wait_before(&limits, 1, Some(Duration::from_secs(3600)), 0.0),
            None
        );
    }

    #[test]
    fn retry_after_is_read_in_both_forms_by_the_servers_clock() {
        let headers = |text: &str| HeaderMap::from_iter([(RETRY_AFTER, text.parse().expect("a header"))]);
        let date = DateTime::parse_from_rfc3339("2026-03-01T08:00:00Z")
            .ok()
            .map(|time| time.to_utc());
        assert_eq!(retry_after(&headers("12"), date), Some(Duration::from_secs(12)));
        assert_eq!(
            retry_after(&headers("Sun, 01 Mar 2026 08:00:09 GMT"), date),
            Some(Duration::from_secs(9))
        );
        assert_eq!(retry_after(&headers("Sun, 01 Mar 2026 07:00:00 GMT"), date), None);
        assert_eq!(retry_after(&headers("soon"), date), None);
    }
}
