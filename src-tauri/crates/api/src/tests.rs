//! The client against servers that misbehave, each a function from request to answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use curlew_redact::{ExposeSecret, SecretString};
use curlew_sign_in::{AccessTokens, SignInError};
use url::Url;

use crate::{ApiError, CaseloadSource, Client, Cursor, Limits, Network, Page, http_client};

/// Tokens `t0`, `t1` and so on: a new one each time one is rejected.
#[derive(Default)]
struct Tokens(AtomicUsize);

#[async_trait]
impl AccessTokens for Tokens {
    async fn access_token(&self) -> Result<SecretString, SignInError> {
        Ok(SecretString::from(format!("t{}", self.0.load(Ordering::Relaxed))))
    }

    async fn replace(&self, rejected: &SecretString) -> Result<SecretString, SignInError> {
        assert_eq!(
            rejected.expose_secret(),
            self.access_token().await?.expose_secret()
        );
        self.0.fetch_add(1, Ordering::Relaxed);
        self.access_token().await
    }
}

struct Server {
    base: Url,
    seen: Arc<Mutex<Vec<String>>>,
    waits: Arc<Mutex<Vec<Duration>>>,
    client: Client,
}

impl Server {
    /// A server that answers what `answer` makes of the request line (`GET /fhir/Patient?_id=1`) and the token.
    async fn answering(answer: impl Fn(&str, &str) -> Response + Clone + Send + Sync + 'static) -> Self {
        let limits = Limits {
            body_bytes: 100_000,
            pages: 200,
            ..Limits::default()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let base: Url = format!("http://{}/fhir", listener.local_addr().expect("an address"))
            .parse()
            .expect("a base");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let routes = axum::Router::new().fallback(move |request: Request| {
            let line = format!("{} {}", request.method(), request.uri());
            noted.lock().expect("the note").push(line.clone());
            let token = request
                .headers()
                .get("authorization")
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            let response = answer(&line, token);
            async move { response }
        });
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let waits = Arc::new(Mutex::new(Vec::new()));
        let counted = Arc::clone(&waits);
        let wait: crate::http::Wait = Arc::new(move |time| {
            counted.lock().expect("the note").push(time);
            Box::pin(async {})
        });
        let http = http_client(&Network::default(), &base).expect("a client");
        let client = Client::waiting_with(base.clone(), http, Arc::new(Tokens::default()), limits, wait)
            .expect("a client");
        Self {
            base,
            seen,
            waits,
            client,
        }
    }

    fn seen(&self, part: &str) -> usize {
        self.seen
            .lock()
            .expect("the note")
            .iter()
            .filter(|line| line.contains(part))
            .count()
    }

    fn waits(&self) -> Vec<Duration> {
        self.waits.lock().expect("the note").clone()
    }

    /// Every page of a whole record, up to the first error.
    async fn pages(&self) -> (Vec<Page>, Option<ApiError>) {
        let mut pages = self
            .client
            .everything("p1", None, None)
            .await
            .expect("a beginning");
        let mut read = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => read.push(page),
                Err(error) => return (read, Some(error)),
            }
        }
        (read, None)
    }
}

fn json(body: impl Into<String>) -> Response {
    ([("content-type", "application/fhir+json")], body.into()).into_response()
}

fn status(status: u16, body: &'static str) -> Response {
    Response::builder()
        .status(status)
        .body(Body::from(body))
        .expect("an answer")
}

fn statement() -> Response {
    json(
        r#"{"rest":[{"mode":"server","resource":[
            {"type":"Patient","interaction":[{"code":"search-type"}],"operation":[{"name":"everything"}]},
            {"type":"Consent","interaction":[{"code":"search-type"}]},
            {"type":"Goal","interaction":[{"code":"search-type"}]}]}]}"#,
    )
}

fn bundle(next: Option<&str>, resources: &[&str]) -> Response {
    let link = next
        .map(|next| format!(r#","link":[{{"relation":"next","url":"{next}"}}]"#))
        .unwrap_or_default();
    let entries: Vec<_> = resources
        .iter()
        .map(|resource| format!(r#"{{"resource":{resource}}}"#))
        .collect();
    json(format!(
        r#"{{"resourceType":"Bundle","type":"searchset"{link},"entry":[{}]}}"#,
        entries.join(",")
    ))
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1"}"#;

#[tokio::test]
async fn pages_are_followed_whatever_the_form_of_the_link() {
    let server = Server::answering(|line, _| match line {
        line if line.contains("metadata") => statement(),
        line if line.contains("$everything?_count") => bundle(Some("?page=2"), &[PATIENT]),
        line if line.ends_with("$everything?page=2") => bundle(Some("/fhir/more?page=3"), &[]),
        line if line.ends_with("/fhir/more?page=3") => bundle(None, &[]),
        _ => status(404, ""),
    })
    .await;
    let (pages, error) = server.pages().await;
    assert_eq!((pages.len(), error), (3, None));
    assert!(pages[0].body.contains(PATIENT), "verbatim");
    assert!(pages[0].server_time.is_some(), "from the Date header");

    // From any place, in a new process, what is left is the same.
    let stored = pages[0].next.as_ref().expect("a place").as_str().to_owned();
    let mut rest = server
        .client
        .everything("p1", None, Some(Cursor::from(stored)))
        .await
        .expect("a beginning");
    let mut left = 0;
    while let Some(page) = rest.next().await {
        page.expect("a page");
        left += 1;
    }
    assert_eq!(left, 2);
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end_in_an_error() {
    for links in [["?page=b", "?page=a"], ["?page=a", "?page=a"]] {
        let server = Server::answering(move |line, _| match line {
            line if line.contains("metadata") => statement(),
            line if line.contains("page=b") => bundle(Some(links[1]), &[]),
            _ => bundle(Some(links[0]), &[]),
        })
        .await;
        let (pages, error) = server.pages().await;
        assert_eq!(error, Some(ApiError::Loop));
        assert!(pages.len() <= 3);
    }
    // Ever new links are a circle too.
    let number = AtomicUsize::new(0);
    let number = Arc::new(number);
    let server = Server::answering(move |line, _| match line {
        line if line.contains("metadata") => statement(),
        _ => bundle(
            Some(&format!("?page={}", number.fetch_add(1, Ordering::Relaxed))),
            &[],
        ),
    })
    .await;
    assert_eq!(server.pages().await.1, Some(ApiError::Loop));
}

#[tokio::test]
async fn a_token_never_goes_to_another_address() {
    let other = Server::answering(|_, _| bundle(None, &[])).await;
    let elsewhere = other.base.to_string();
    let linked = elsewhere.clone();
    let server = Server::answering(move |line, _| match line {
        line if line.contains("metadata") => statement(),
        line if line.contains("Group") => Response::builder()
            .status(307)
            .header("location", &elsewhere)
            .body(Body::empty())
            .expect("an answer"),
        _ => bundle(Some(&linked), &[PATIENT]),
    })
    .await;
    let (pages, error) = server.pages().await;
    assert_eq!((pages.len(), error), (0, Some(ApiError::OtherOrigin)));
    assert_eq!(
        server.client.caseload(&[CaseloadSource::Groups]).await.err(),
        Some(ApiError::OtherOrigin)
    );
    let stored = Cursor::from(format!(r#"{{"next":"{}"}}"#, other.base));
    assert!(matches!(
        server.client.everything("p1", None, Some(stored)).await.err(),
        Some(ApiError::OtherOrigin)
    ));
    assert_eq!(other.seen(""), 0);
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed() {
    let server = Server::answering(|line, _| match line {
        line if line.contains("/fhir/Patient/p1") => Response::builder()
            .status(301)
            .header("location", "/moved/p1")
            .body(Body::empty())
            .expect("an answer"),
        _ => json(PATIENT),
    })
    .await;
    assert_eq!(server.client.patient("p1").await.as_deref(), Ok(PATIENT));
}

#[tokio::test]
async fn a_body_larger_than_allowed_is_dropped_whether_announced_or_not() {
    let large = || {
        format!(
            r#"{{"resourceType":"Patient","id":"p1","x":"{}"}}"#,
            "x".repeat(200_000)
        )
    };
    let server = Server::answering(move |line, _| match line {
        line if line.contains("p1") => json(large()),
        _ => {
            // One endless piece after another, with no length.
            let pieces = std::iter::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(10_000)));
            Response::new(Body::from_stream(futures::stream::iter(pieces)))
        }
    })
    .await;
    assert_eq!(server.client.patient("p1").await, Err(ApiError::TooLarge));
    assert_eq!(server.client.patient("p2").await, Err(ApiError::TooLarge));
    assert!(server.waits().is_empty(), "asking again would be no smaller");
}

#[tokio::test]
async fn retry_after_is_waited_for_and_reading_is_tried_again() {
    let tried = Arc::new(AtomicUsize::new(0));
    let server = Server::answering(move |_, _| match tried.fetch_add(1, Ordering::Relaxed) {
        0 => ([("retry-after", "7")], status(429, "")).into_response(),
        1 => status(503, ""),
        _ => json(PATIENT),
    })
    .await;
    assert!(server.client.patient("p1").await.is_ok());
    let waits = server.waits();
    assert_eq!(waits.len(), 2);
    assert!(
        waits[0] >= Duration::from_secs(7) && waits[0] <= Duration::from_secs(8),
        "{waits:?}"
    );
    assert!(
        waits[1] >= Duration::from_millis(400) && waits[1] <= Duration::from_millis(800),
        "{waits:?}"
    );
}

#[tokio::test]
async fn trying_again_has_an_end_and_what_is_not_passing_is_not_tried_again() {
    let server = Server::answering(|line, _| match line {
        line if line.ends_with("p1") => status(503, ""),
        line if line.ends_with("p2") => status(500, ""),
        line if line.ends_with("p3") => {
            let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"Not today"}]}"#;
            status(422, outcome)
        }
        line if line.ends_with("p4") => ([("retry-after", "86400")], status(503, "")).into_response(),
        line if line.contains("AuditEvent") => status(503, ""),
        _ => statement(),
    })
    .await;
    assert_eq!(server.client.patient("p1").await, Err(ApiError::Status(503)));
    assert_eq!(server.seen("p1"), 4);
    assert_eq!(server.client.patient("p2").await, Err(ApiError::Status(500)));
    assert_eq!(server.seen("p2"), 1);
    let said = ApiError::Outcome {
        status: 422,
        text: "Not today".into(),
    };
    assert!(
        !said.to_string().contains("Not today"),
        "the server's words are not for the log"
    );
    assert_eq!(server.client.patient("p3").await, Err(said));
    assert_eq!(server.client.patient("p4").await, Err(ApiError::Status(503)));
    assert_eq!(server.seen("p4"), 1, "tomorrow is not worth waiting for");
    assert_eq!(
        server.client.post_audit_event("{}", "e1").await,
        Err(ApiError::Status(503))
    );
    assert_eq!(server.seen("AuditEvent"), 1, "writing is not safe to repeat");
}

#[tokio::test]
async fn a_rejected_token_is_replaced_once() {
    let server = Server::answering(|line, token| match (line, token) {
        (line, _) if line.ends_with("p2") => status(401, ""),
        (_, "Bearer t1") => json(PATIENT),
        _ => status(401, ""),
    })
    .await;
    assert!(server.client.patient("p1").await.is_ok());
    assert_eq!(server.seen("p1"), 2);
    assert_eq!(server.client.patient("p2").await, Err(ApiError::Unauthorised));
    assert_eq!(server.seen("p2"), 2);
}

#[tokio::test]
async fn a_page_that_is_no_whole_bundle_is_never_taken_for_a_short_one() {
    for (body, asked, words) in [
        (
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Pa"#,
            2,
            "not whole JSON",
        ),
        ("<html>maintenance</html>", 1, ""),
        (r#"{"resourceType":"Patient","id":"p1"}"#, 1, "something else"),
        (
            r#"{"resourceType":"Bundle","link":[{"relation":"next"}]}"#,
            1,
            "link",
        ),
        (
            r#"{"resourceType":"Bundle","link":[{"relation":"next","url":"http://["}]}"#,
            1,
            "no address",
        ),
    ] {
        let server = Server::answering(move |line, _| match line {
            line if line.contains("metadata") => statement(),
            _ => json(body),
        })
        .await;
        let (pages, error) = server.pages().await;
        let Some(ApiError::Malformed(what)) = error else {
            panic!("{body}: {error:?}")
        };
        assert!(pages.is_empty() && what.contains(words), "{body}: {what}");
        assert_eq!(server.seen("$everything"), asked, "{body}");
    }
}

#[tokio::test]
async fn without_everything_each_type_is_asked_for_and_what_is_refused_is_named() {
    let server = Server::answering(|line, _| match line {
        line if line.contains("metadata") => statement(),
        line if line.contains("$everything") => status(501, ""),
        line if line.contains("/Patient?_id=p1") => bundle(None, &[PATIENT]),
        line if line.contains("/Consent?patient=p1") => bundle(None, &[]),
        _ => status(405, ""),
    })
    .await;
    let (pages, error) = server.pages().await;
    assert_eq!(error, None);
    assert_eq!(
        pages.iter().map(|page| page.not_given.len()).collect::<Vec<_>>(),
        [0, 0, 1]
    );
    assert_eq!(pages[2].not_given, ["Goal: the record API answered 405"]);
    assert!(pages[2].next.is_none() && pages[1].next.is_some());
    assert_eq!(server.seen("Observation"), 0, "the server does not know it");
}

#[tokio::test]
async fn consents_are_asked_for_together_only_of_a_server_that_understands_it() {
    let of = |id: &str| {
        format!(r#"{{"resourceType":"Consent","id":"c{id}","patient":{{"reference":"Patient/{id}"}}}}"#)
    };
    let patient = |id: &str| format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#);
    for understands in [true, false] {
        let server = Server::answering(move |line, _| {
            let Some((path, query)) = line.split_once('?') else {
                return match line.rsplit('/').next() {
                    Some("metadata") => status(404, ""),
                    Some(id) => json(patient(id)),
                    None => status(404, ""),
                };
            };
            let pair = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("patient=").or(pair.strip_prefix("_id=")));
            let ids: Vec<&str> = pair.unwrap_or_default().split("%2C").collect();
            let found: Vec<String> = match ids.as_slice() {
                [_, _, ..] if !understands => Vec::new(),
                ids if path.ends_with("Consent") => ids.iter().map(|id| of(id)).collect(),
                ids => ids.iter().map(|id| patient(id)).collect(),
            };
            bundle(None, &found.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .await;
        let ids = ["p1", "p2", "p3"].map(String::from);
        let consents = server.client.consents(&ids).await.expect("consents");
        for id in &ids {
            assert_eq!(consents[id], [of(id)], "understands: {understands}");
        }
        assert_eq!(server.seen("Consent"), if understands { 1 } else { 3 });
    }
}

#[tokio::test]
async fn a_consent_of_somebody_else_or_unreadable_is_an_error_and_not_none() {
    for entry in [r#"{"resourceType":"Consent","id":"c"}"#, "7", r#"{"id":"c"}"#] {
        let server = Server::answering(move |line, _| match line {
            line if line.contains("metadata") => status(404, ""),
            line if line.contains("Patient?") => {
                bundle(None, &[PATIENT, r#"{"resourceType":"Patient","id":"p2"}"#])
            }
            _ => bundle(None, &[entry]),
        })
        .await;
        let ids = ["p1", "p2"].map(String::from);
        assert!(
            matches!(server.client.consents(&ids).await, Err(ApiError::Malformed(_))),
            "{entry}"
        );
    }
}

#[tokio::test]
async fn people_are_found_by_number_and_by_name_and_birth() {
    let server =
        Server::answering(|_, _| bundle(None, &[PATIENT, r#"{"resourceType":"OperationOutcome"}"#])).await;
    assert_eq!(
        server.client.find_by_nhs_number("900 000 0009").await,
        Ok(vec![PATIENT.to_owned()])
    );
    assert_eq!(
        server.seen("identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C9000000009"),
        1
    );
    assert!(
        server
            .client
            .find_by_name_born("Testpatient, Ada", "1940-03-01")
            .await
            .is_ok()
    );
    assert_eq!(server.seen("name=Testpatient&name=Ada&birthdate=1940-03-01"), 1);
}

#[tokio::test]
async fn what_is_no_id_gets_into_no_address() {
    let server = Server::answering(|_, _| json(PATIENT)).await;
    for id in ["", "..", "../x", "p1/$everything", "p1?x", "p 1", "p%2f"] {
        assert!(
            matches!(server.client.patient(id).await, Err(ApiError::Malformed(_))),
            "{id}"
        );
    }
    assert_eq!(server.seen(""), 0);
}

/// A server that lists batches and answers one with these entries.
async fn answering_batches(entries: &'static str) -> Server {
    let server = Server::answering(move |line, _| match line {
        "GET /fhir/metadata" => json(
            r#"{"resourceType":"CapabilityStatement","rest":[{"mode":"server","interaction":[{"code":"batch"}],
                "resource":[{"type":"Patient","operation":[{"name":"everything"}]}]}]}"#,
        ),
        "POST /fhir" if entries.is_empty() => (reqwest::StatusCode::METHOD_NOT_ALLOWED, "").into_response(),
        "POST /fhir" => json(format!(
            r#"{{"resourceType":"Bundle","type":"batch-response","entry":[{entries}]}}"#
        )),
        other => panic!("{other}"),
    })
    .await;
    server.client.capabilities().await.expect("a statement");
    server
}

fn asked(patients: &[&str]) -> Vec<(String, String)> {
    patients
        .iter()
        .map(|&patient| (patient.to_owned(), "2026-03-01T08:00:00Z".to_owned()))
        .collect()
}

#[tokio::test]
async fn of_a_batch_only_plain_whole_answers_are_taken() {
    let server = answering_batches(
        r#"{"resource":{"resourceType":"Bundle","type":"searchset"},"response":{"status":"200 OK"}},
           {"resource":{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"x"}]},"response":{"status":"200"}},
           {"response":{"status":"404 Not Found"}},
           {"resource":{"resourceType":"OperationOutcome"},"response":{"status":"200 OK"}},
           {"resource":{"resourceType":"Bundle","type":"searchset","entry":[
               {"resource":{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/5"}}}]},"response":{"status":"200 OK"}}"#,
    )
    .await;
    assert_eq!(server.client.together(), Some(15));
    let pages = server
        .client
        .changes_together(&asked(&["1", "2", "3", "4", "5"]))
        .await
        .expect("an answer");
    let mut given: Vec<&String> = pages.keys().collect();
    given.sort();
    assert_eq!(given, ["1", "5"]);
    assert_eq!(server.seen("POST"), 1);
}

#[tokio::test]
async fn answers_in_another_order_than_the_questions_are_not_believed() {
    for entries in [
        r#"{"resource":{"resourceType":"Bundle","type":"searchset","entry":[
               {"resource":{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/2"}}}]},"response":{"status":"200"}},
           {"resource":{"resourceType":"Bundle","type":"searchset"},"response":{"status":"200"}}"#,
        r#"{"resource":{"resourceType":"Bundle","type":"searchset","link":[
               {"relation":"self","url":"http://x/fhir/Patient/2/$everything"}]},"response":{"status":"200"}},
           {"resource":{"resourceType":"Bundle","type":"searchset"},"response":{"status":"200"}}"#,
        r#"{"resource":{"resourceType":"Bundle","type":"searchset"},"response":{"status":"200"}}"#,
    ] {
        let server = answering_batches(entries).await;
        let outcome = server.client.changes_together(&asked(&["1", "2"])).await;
        assert!(matches!(outcome, Err(ApiError::Malformed(_))), "{outcome:?}");
        assert_eq!(server.client.together(), None, "and none is sent again");
    }
}

#[tokio::test]
async fn a_server_that_lists_batches_and_refuses_them_is_asked_once() {
    let server = answering_batches("").await;
    let outcome = server.client.changes_together(&asked(&["1", "2"])).await;
    assert_eq!(outcome, Err(ApiError::Status(405)));
    assert_eq!((server.client.together(), server.seen("POST")), (None, 1));
}
