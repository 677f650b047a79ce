//! The port on this machine that receives the browser's answer (RFC 8252 section 7.3).
//!
//! A whole HTTP server would be more than is wanted: this one understands a request line, answers one path, and is gone
//! after the answer that carries the right state. Everything else that knocks (a favicon, a preconnect, another
//! program's guess) is answered shortly and forgotten.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use curlew_redact::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use crate::SignInError;

/// A code is short; a head larger than this is not a browser's.
const LARGEST_HEAD: usize = 16 * 1024;
/// Browsers open connections they then do not use.
const LONGEST_HEAD: Duration = Duration::from_secs(10);
const MOST_CONNECTIONS: usize = 32;

/// What the browser brought back.
pub(crate) enum Answer {
    /// A code to exchange, and the issuer that says it made it (RFC 9207).
    Code {
        code: SecretString,
        issuer: Option<String>,
    },
    /// The provider's refusal, in its words.
    Refused {
        error: String,
        description: Option<String>,
    },
}

/// A listening port.
pub(crate) struct Loopback {
    listener: TcpListener,
    redirect: Url,
}

impl Loopback {
    /// Opens `port`, or any free one for 0, on the loopback interface only.
    pub(crate) async fn open(port: u16, path: &str) -> Result<Self, SignInError> {
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => listener,
            // A machine without IPv4, or with its loopback spoken for.
            Err(_) if port == 0 => TcpListener::bind((Ipv6Addr::LOCALHOST, port))
                .await
                .map_err(|_| SignInError::PortUnavailable)?,
            Err(_) => return Err(SignInError::PortUnavailable),
        };
        let address = listener.local_addr().map_err(|_| SignInError::PortUnavailable)?;
        // The address as a number: "localhost" can be made to resolve elsewhere (RFC 8252 section 8.3).
        let redirect = Url::parse(&format!("http://{address}{path}"))
            .map_err(|_| SignInError::Unusable("the redirect path is not a path".into()))?;
        Ok(Self { listener, redirect })
    }

    pub(crate) fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// Waits for the answer with this `state`. Wrong ones are refused, and the waiting goes on.
    pub(crate) async fn answer(self, state: &SecretString) -> Result<Answer, SignInError> {
        let mut open = JoinSet::new();
        loop {
            tokio::select! {
                Some(done) = open.join_next() => if let Ok(Some(answer)) = done {
                    return Ok(answer);
                },
                accepted = self.listener.accept(), if open.len() < MOST_CONNECTIONS => {
                    let (stream, _) = accepted.map_err(|_| SignInError::PortUnavailable)?;
                    open.spawn(converse(stream, self.redirect.path().to_owned(), state.clone()));
                }
            }
        }
    }
}

async fn converse(mut stream: TcpStream, path: String, state: SecretString) -> Option<Answer> {
    let head = tokio::time::timeout(LONGEST_HEAD, read_head(&mut stream))
        .await
        .ok()??;
    let (page, answer) = read_answer(&head, &path, &state);
    let response = page.response();
    // The answer counts even when the browser does not stay for the page.
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
    answer
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut chunk = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 || head.len() + read > LARGEST_HEAD {
            return None;
        }
        head.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(head).ok()
}

/// What is answered to the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Done,
    NotDone,
    NotExpected,
    NotHere,
}

impl Shown {
    fn response(self) -> String {
        let (status, heading, sentence) = match self {
            Self::Done => (
                "200 OK",
                "You can close this window and go back to Curlew",
                "Curlew has the answer it was waiting for.",
            ),
            Self::NotDone => (
                "200 OK",
                "You are not signed in",
                "You can close this window and go back to Curlew.",
            ),
            Self::NotExpected => (
                "400 Bad Request",
                "Curlew is not waiting for this",
                "This answer belongs to another sign-in. Close this window and start again from Curlew.",
            ),
            Self::NotHere => (
                "404 Not Found",
                "Nothing here",
                "Close this window and go back to Curlew.",
            ),
        };
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{heading}</title></head>\n\
             <body><h1>{heading}</h1><p>{sentence}</p></body>\n</html>\n"
        );
        format!(
            "HTTP/1.1 {status}\r\n\
             Content-Type: text/html; charset=utf-8\r\n\
             Content-Length: {}\r\n\
             Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
             Referrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\n\
             Cache-Control: no-store\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

fn read_answer(head: &str, path: &str, state: &SecretString) -> (Shown, Option<Answer>) {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (Some("GET"), Some(target)) = (words.next(), words.next()) else {
        return (Shown::NotHere, None);
    };
    // Only origin-form is a browser talking to us; joining refuses nothing that matters and parses the query.
    let Some(url) = target
        .starts_with('/')
        .then(|| {
            Url::parse("http://127.0.0.1")
                .and_then(|base| base.join(target))
                .ok()
        })
        .flatten()
    else {
        return (Shown::NotHere, None);
    };
    if url.path() != path {
        return (Shown::NotHere, None);
    }
    let field = |wanted: &str| {
        url.query_pairs()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    if !field("state").is_some_and(|given| same(&given, state.expose_secret())) {
        return (Shown::NotExpected, None);
    }
    if let Some(error) = field("error") {
        return (
            Shown::NotDone,
            Some(Answer::Refused {
                error,
                description: field("error_description"),
            }),
        );
    }
    match field("code") {
        Some(code) => (
            Shown::Done,
            Some(Answer::Code {
                code: code.into(),
                issuer: field("iss"),
            }),
        ),
        None => (Shown::NotExpected, None),
    }
}

/// Compares without stopping at the first difference, so that time tells nothing of how much was right.
fn same(given: &str, wanted: &str) -> bool {
    given.len() == wanted.len()
        && given
            .bytes()
            .zip(wanted.bytes())
            .fold(0, |all, (a, b)| all | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(request_line: &str) -> (Shown, Option<Answer>) {
        read_answer(
            &format!("{request_line}\r\nHost: 127.0.0.1\r\n\r\n"),
            "/cb",
            &SecretString::from("right"),
        )
    }

    #[test]
    fn only_a_get_of_the_path_with_the_right_state_is_an_answer() {
        for (line, shown) in [
            ("GET /favicon.ico HTTP/1.1", Shown::NotHere),
            ("GET /cb/ HTTP/1.1", Shown::NotHere),
            ("POST /cb?state=right&code=c HTTP/1.1", Shown::NotHere),
            (
                "GET http://elsewhere/cb?state=right&code=c HTTP/1.1",
                Shown::NotHere,
            ),
            ("", Shown::NotHere),
            ("GET /cb?code=c HTTP/1.1", Shown::NotExpected),
            ("GET /cb?state=righ&code=c HTTP/1.1", Shown::NotExpected),
            ("GET /cb?state=wrong&code=c HTTP/1.1", Shown::NotExpected),
            (
                "GET /cb?state=wrong&error=access_denied HTTP/1.1",
                Shown::NotExpected,
            ),
            ("GET /cb?state=right HTTP/1.1", Shown::NotExpected),
        ] {
            let (page, answer) = read(line);
            assert_eq!(page, shown, "{line}");
            assert!(answer.is_none(), "{line}");
        }
        let (page, answer) = read("GET /cb?state=right&code=a%2Fb&iss=https%3A%2F%2Fi HTTP/1.1");
        assert_eq!(page, Shown::Done);
        let Some(Answer::Code { code, issuer }) = answer else {
            panic!("no code")
        };
        assert_eq!(code.expose_secret(), "a/b");
        assert_eq!(issuer.as_deref(), Some("https://i"));
    }

    #[test]
    fn the_page_runs_nothing_and_tells_nobody_where_it_came_from() {
        for shown in [Shown::Done, Shown::NotDone, Shown::NotExpected, Shown::NotHere] {
            let response = shown.response();
            assert!(
                response.contains("default-src 'none'") && response.contains("Referrer-Policy: no-referrer")
            );
            let (head, body) = response.split_once("\r\n\r\n").expect("a head and a body");
            assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
            assert!(!body.contains("<script") && !body.contains("style"));
        }
    }
}
