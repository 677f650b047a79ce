//! From the network cable to the sign-in service: each step names what stands in the way.

use super::{Check, Looking, Outcome, Verdict};
use crate::{Host, Settings};
use chrono::{DateTime, TimeDelta, Utc};
use curlew_api::{Capabilities, HttpError, Presented, Proxy, Route, http_client, is_untrusted};
use curlew_sign_in::{SignInConfig, SignInError};
use serde::Deserialize;
use std::time::Duration;
use url::{Host as ServerName, Url};

/// A difference that nobody notices, and one at which sign-in fails: tokens live for minutes.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(60);
const CLOCK_WRONG: TimeDelta = TimeDelta::seconds(300);

/// A capability statement is at most a few megabytes.
const LARGEST_STATEMENT: usize = 16 * 1024 * 1024;

/// A check's stable name, and its name for people.
type Name = (&'static str, &'static str);

const PROXY: Name = ("proxy", "Proxy");
const DNS: Name = ("dns", "DNS");
const RECORD_API: Name = ("record-api", "Record API");
const TLS: Name = ("tls", "TLS");
const CLOCK: Name = ("clock", "Clock");
const CAPABILITIES: Name = ("capabilities", "Capabilities");
const SIGN_IN: Name = ("sign-in", "Sign-in");

pub(super) async fn look(settings: &Settings, host: &Host, looking: &mut Looking<'_>) {
    let Some(base) = &settings.record_api else {
        looking.note(
            RECORD_API.0,
            RECORD_API.1,
            Check::failed(
                "Its address is not set.",
                "Set record_api in the policy file, or give --record-api.",
            ),
        );
        for (name, label) in [PROXY, DNS, TLS, CLOCK, CAPABILITIES, SIGN_IN] {
            looking.note(
                name,
                label,
                Check::not_checked("The record API's address is not set."),
            );
        }
        return;
    };
    let outcome = match looking.left() {
        Some(time) => proxy(settings, base, time).await,
        None => over(),
    };
    looking.note(PROXY.0, PROXY.1, outcome);
    let outcome = match looking.left() {
        Some(time) => dns(settings, base, time).await,
        None => over(),
    };
    looking.note(DNS.0, DNS.1, outcome);

    let answer = match looking.left() {
        Some(time) => Some(ask(settings, base, time).await),
        None => None,
    };
    looking.note(RECORD_API.0, RECORD_API.1, record_api(base, answer.as_ref()));
    let outcome = match looking.left() {
        Some(time) => tls(settings, base, answer.as_ref(), (host.clock)(), time).await,
        None => over(),
    };
    looking.note(TLS.0, TLS.1, outcome);
    let Some(Ok(answer)) = answer else {
        for (name, label) in [CLOCK, CAPABILITIES, SIGN_IN] {
            looking.note(name, label, Check::not_checked("The record API does not answer."));
        }
        return;
    };
    looking.note(CLOCK.0, CLOCK.1, clock(&answer, (host.clock)()));
    let usable = looking.note(CAPABILITIES.0, CAPABILITIES.1, capabilities(&answer)) != Verdict::Failed;
    let outcome = match looking.left() {
        _ if !usable => Check::not_checked("The record API cannot be used."),
        Some(time) => sign_in(settings, base, time).await,
        None => over(),
    };
    looking.note(SIGN_IN.0, SIGN_IN.1, outcome);
}

fn over() -> Outcome {
    Check::not_checked("The time for all checks together was over.")
}

/// What the record API said about itself, to somebody who is not signed in.
struct Answer {
    status: u16,
    date: Option<DateTime<Utc>>,
    body: String,
}

/// Why there was none.
enum NoAnswer {
    Untrusted,
    Unset(String),
    Because(String),
}

async fn ask(settings: &Settings, base: &Url, time: Duration) -> Result<Answer, NoAnswer> {
    let http = http_client(&settings.network, base).map_err(|error| NoAnswer::Unset(error.to_string()))?;
    let address = format!("{}/metadata", base.as_str().trim_end_matches('/'));
    let asked = async {
        let mut response = http
            .get(address)
            .header("accept", "application/fhir+json")
            .send()
            .await?;
        let date = response
            .headers()
            .get("date")
            .and_then(|date| date.to_str().ok())
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok())
            .map(|date| date.to_utc());
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_STATEMENT {
                break;
            }
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status, date, body })
    };
    match tokio::time::timeout(time, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(why(&error)),
        Err(_) => Err(NoAnswer::Because(format!(
            "nothing came back within {} s",
            time.as_secs()
        ))),
    }
}

/// Down to the first cause. Without the address, which is said already.
fn why(error: &HttpError) -> NoAnswer {
    if is_untrusted(error) {
        return NoAnswer::Untrusted;
    }
    let mut first: &dyn std::error::Error = error;
    while let Some(cause) = first.source() {
        first = cause;
    }
    NoAnswer::Because(first.to_string())
}

fn server(base: &Url) -> String {
    let host = base.host_str().unwrap_or_default();
    base.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The proxy in force: policy's, or the environment's on systems that keep it there. A name or password is left out.
fn proxy_in_force(settings: &Settings, base: &Url) -> Option<Url> {
    match &settings.network.proxy {
        _ if is_this_machine(base) => None,
        Proxy::Direct => None,
        Proxy::Through(address) => Some(address.clone()),
        Proxy::System => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
            .and_then(|address| Url::parse(&address).ok())
            .map(|mut address| {
                let _ = address.set_username("");
                let _ = address.set_password(None);
                address
            }),
    }
}

fn is_this_machine(base: &Url) -> bool {
    match base.host() {
        Some(ServerName::Ipv4(address)) => address.is_loopback(),
        Some(ServerName::Ipv6(address)) => address.is_loopback(),
        Some(ServerName::Domain(name)) => name == "localhost",
        None => false,
    }
}

async fn proxy(settings: &Settings, base: &Url, time: Duration) -> Outcome {
    if is_this_machine(base) {
        return Check::ok("None is used for an address on this machine.");
    }
    let Some(address) = proxy_in_force(settings, base) else {
        return match settings.network.proxy {
            Proxy::System if cfg!(any(windows, target_os = "macos")) => {
                Check::ok("As the system is set; this check does not see which.")
            }
            _ => Check::ok("None is used."),
        };
    };
    let place = server(&address);
    let port = address.port_or_known_default().unwrap_or(8080);
    let host = address.host_str().unwrap_or_default().to_owned();
    match tokio::time::timeout(time, tokio::net::TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Check::ok(format!("{place} answers.")),
        Ok(Err(error)) => Check::failed(
            format!("{place} does not answer: {error}."),
            "Check proxy in the policy file, or the system's own setting.",
        ),
        Err(_) => Check::failed(
            format!("{place} does not answer."),
            "Check proxy in the policy file, or the system's own setting.",
        ),
    }
}

async fn dns(settings: &Settings, base: &Url, time: Duration) -> Outcome {
    let Some(ServerName::Domain(name)) = base.host() else {
        return Check::ok("The record API's address is a number; no name is needed.");
    };
    let port = base.port_or_known_default().unwrap_or(443);
    let found = tokio::time::timeout(time, tokio::net::lookup_host((name, port))).await;
    let is_found = found.is_ok_and(|found| found.is_ok_and(|mut addresses| addresses.next().is_some()));
    match is_found {
        true => Check::ok(format!("{name} is found.")),
        _ if proxy_in_force(settings, base).is_some() => Check::ok(format!(
            "{name} is not found from here; the proxy has to find it."
        )),
        _ => Check::failed(
            format!("The name {name} cannot be found: there is no network, or its DNS does not know it."),
            "Connect to the network (or its VPN), and check record_api.",
        ),
    }
}

fn record_api(base: &Url, answer: Option<&Result<Answer, NoAnswer>>) -> Outcome {
    const NEXT: &str =
        "Check the network, the VPN, proxy and record_api. What is on the device can be read meanwhile.";
    let place = server(base);
    match answer {
        None => over(),
        Some(Ok(_)) => Check::ok(format!("{place} answers.")),
        Some(Err(NoAnswer::Untrusted)) => Check::failed(
            format!("{place} answers, but not with a certificate that this computer trusts."),
            "See TLS below.",
        ),
        Some(Err(NoAnswer::Unset(why))) => Check::failed(
            format!("It was not asked: {why}."),
            "Mend extra_cas in the policy file.",
        ),
        Some(Err(NoAnswer::Because(why))) => {
            Check::failed(format!("{place} cannot be reached: {why}."), NEXT)
        }
    }
}

async fn tls(
    settings: &Settings,
    base: &Url,
    answer: Option<&Result<Answer, NoAnswer>>,
    now: DateTime<Utc>,
    time: Duration,
) -> Outcome {
    if base.scheme() != "https" {
        return Check::not_checked("An address on this machine is asked without.");
    }
    let trusted = match answer {
        None => return over(),
        Some(Err(NoAnswer::Because(_) | NoAnswer::Unset(_))) => {
            return Check::not_checked("The record API cannot be reached.");
        }
        Some(Err(NoAnswer::Untrusted)) => false,
        Some(Ok(_)) => true,
    };
    let Some(Presented {
        issuer, valid_until, ..
    }) = curlew_api::presented_certificate(&settings.network, base, time).await
    else {
        return match trusted {
            true => Check::ok("The certificate is trusted; who issued it could not be read."),
            false => Check::failed(
                "The certificate is not trusted; who issued it could not be read.",
                "Ask the network team whether a proxy inspects TLS here.",
            ),
        };
    };
    let until = valid_until.format("%d-%b-%Y");
    if !trusted && valid_until < now {
        return Check::failed(
            format!("The certificate, issued by {issuer}, expired on {until}."),
            "Tell whoever runs the record API; if this computer's clock is wrong, set it.",
        );
    }
    if !trusted {
        return Check::failed(
            format!(
                "The certificate was issued by {issuer}, which this computer does not trust. A proxy that inspects TLS is likely."
            ),
            "Ask the network team for that authority's certificate (PEM), and name the file in extra_cas. Do not turn checking off: \
             there is no way to.",
        );
    }
    // Trusted, but only because policy says so?
    let mut bare = settings.clone();
    bare.network.authorities.clear();
    let by_policy = !settings.network.authorities.is_empty()
        && matches!(ask(&bare, base, time).await, Err(NoAnswer::Untrusted));
    if by_policy {
        Check::ok(format!(
            "The certificate was issued by {issuer}, which is trusted through extra_cas: a proxy that inspects TLS, or an authority \
             of your own. Valid until {until}."
        ))
    } else {
        Check::ok(format!(
            "The certificate was issued by {issuer}, which the system trusts. Valid until {until}."
        ))
    }
}

fn clock(answer: &Answer, now: DateTime<Utc>) -> Outcome {
    let Some(date) = answer.date else {
        return Check::not_checked("The record API does not say what time it is.");
    };
    let ahead = now - date;
    let words = match (ahead.abs(), ahead > TimeDelta::zero()) {
        (apart, _) if apart <= CLOCKS_DIFFER => {
            return Check::ok("This computer's clock and the record API's agree to the minute.");
        }
        (apart, true) => format!("{} ahead of", span(apart)),
        (apart, false) => format!("{} behind", span(apart)),
    };
    let found = format!("This computer's clock is {words} the record API's.");
    let next = "Set the clock, or let the system set it by itself. Records are aged by the server's time as well, so that a wrong \
                clock shows nothing as fresher than it is.";
    if ahead.abs() > CLOCK_WRONG {
        Check::failed(format!("{found} Sign-in will be refused."), next)
    } else {
        Check::attention(found, next)
    }
}

fn span(apart: TimeDelta) -> String {
    match (apart.num_days(), apart.num_hours(), apart.num_minutes()) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, _) => format!("{hours} h"),
        (days, ..) => format!("{days} days"),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Statement {
    #[serde(rename = "resourceType")]
    resource_type: Option<String>,
    #[serde(rename = "fhirVersion")]
    fhir_version: Option<String>,
}

fn capabilities(answer: &Answer) -> Outcome {
    const ADDRESS: &str = "Check record_api: it is the base address, without /metadata or a resource's name.";
    if matches!(answer.status, 401 | 403) {
        return Check::attention(
            format!(
                "It says nothing of itself before sign-in (it answered {}).",
                answer.status
            ),
            "Nothing, if records load. Otherwise ask that /metadata be open, as FHIR wants it.",
        );
    }
    if !(200..300).contains(&answer.status) {
        return Check::failed(format!("It answered {}.", answer.status), ADDRESS);
    }
    let statement: Statement = serde_json::from_str(&answer.body).unwrap_or_default();
    // Named by what stands there, but only if it is a short word: it is somebody else's text.
    let word = |text: &str| -> String {
        let plain = |letter: &char| letter.is_ascii_alphanumeric() || ".-".contains(*letter);
        text.chars().filter(plain).take(40).collect()
    };
    match (
        statement.resource_type.as_deref(),
        statement.fhir_version.as_deref(),
    ) {
        (Some("CapabilityStatement"), Some(version)) if !version.starts_with("4.") => Check::failed(
            format!("It speaks FHIR {}; Curlew needs R4 (4.0.1).", word(version)),
            "Ask for the address of the R4 service; one server may have several.",
        ),
        (Some("CapabilityStatement"), version) => {
            let capabilities = Capabilities::read(&answer.body);
            let software = match capabilities.software.as_str() {
                "" => "A server that does not name itself".to_owned(),
                named => named
                    .chars()
                    .filter(|letter| !letter.is_control())
                    .take(80)
                    .collect(),
            };
            let version = version.map_or("a version it does not name".to_owned(), word);
            let found = format!("{software}, FHIR {version}.");
            let outcome = match capabilities.route {
                Route::Everything => Check::ok(found),
                Route::TypeSearch => Check::attention(
                    found,
                    "Nothing has to be done; ask whether Patient/$everything can be had.",
                ),
            };
            outcome.with(capabilities.words())
        }
        (Some(other), _) => Check::failed(
            format!("It answers with {}, not with a CapabilityStatement.", word(other)),
            ADDRESS,
        ),
        (None, _) => Check::failed(
            "What answers is no FHIR server: a gateway's or proxy's own page, or another address.",
            ADDRESS,
        ),
    }
}

async fn sign_in(settings: &Settings, base: &Url, time: Duration) -> Outcome {
    let mut config = SignInConfig::new(base.clone(), settings.client_id.clone());
    config.issuer.clone_from(&settings.issuer);
    let http = match http_client(&settings.network, base) {
        Ok(http) => http,
        Err(error) => return Check::not_checked(format!("It was not asked: {error}.")),
    };
    match tokio::time::timeout(time, curlew_sign_in::find_service(&config, &http)).await {
        Ok(Ok(issuer)) => Check::ok(format!("{issuer} answers, and publishes its keys.")),
        Ok(Err(error @ SignInError::Unreachable { .. })) => Check::failed(
            format!("{error}."),
            "Check the network and the proxy: the sign-in service may be at another address than the record API.",
        ),
        Ok(Err(error)) => Check::failed(
            format!("{error}."),
            "Check record_api and issuer with whoever runs the record API.",
        ),
        Err(_) => Check::failed(
            "The sign-in service does not answer in time.",
            "Check the network and the proxy.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer {
            status: 200,
            date: DateTime::from_timestamp(1_760_000_000, 0),
            body: body.to_owned(),
        }
    }

    #[test]
    fn clocks_are_compared_in_words() {
        let now = |seconds: i64| DateTime::from_timestamp(1_760_000_000 + seconds, 0).expect("a time");
        for (seconds, verdict, words) in [
            (0, Verdict::Ok, "agree"),
            (-59, Verdict::Ok, "agree"),
            (150, Verdict::Attention, "2 min ahead"),
            (-3 * 3600, Verdict::Failed, "3 h behind"),
            (40 * 86_400, Verdict::Failed, "40 days ahead"),
        ] {
            let outcome = clock(&answer(""), now(seconds));
            assert_eq!(outcome.verdict, verdict, "{seconds}");
            assert!(outcome.found.contains(words), "{}", outcome.found);
        }
    }

    #[test]
    fn what_is_no_r4_server_is_named() {
        for (body, verdict, words) in [
            (
                r#"{"resourceType":"CapabilityStatement","fhirVersion":"3.0.2"}"#,
                Verdict::Failed,
                "FHIR 3.0.2",
            ),
            (r#"{"resourceType":"Patient"}"#, Verdict::Failed, "Patient"),
            (
                "<html>Sign in to the network</html>",
                Verdict::Failed,
                "no FHIR server",
            ),
            (
                r#"{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}"#,
                Verdict::Attention,
                "FHIR 4.0.1",
            ),
        ] {
            let outcome = capabilities(&answer(body));
            assert_eq!(outcome.verdict, verdict, "{body}");
            assert!(outcome.found.contains(words), "{}", outcome.found);
        }
    }
}
