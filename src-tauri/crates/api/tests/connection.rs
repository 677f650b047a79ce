//! How the record API is spoken to below HTTP: one connection for many requests, and every compression there is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use curlew_api::{Client, Limits, Network, http_client};
use curlew_redact::SecretString;
use curlew_sign_in::{AccessTokens, SignInError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

struct OneToken;

#[async_trait]
impl AccessTokens for OneToken {
    async fn access_token(&self) -> Result<SecretString, SignInError> {
        Ok(SecretString::from("token"))
    }

    async fn replace(&self, _rejected: &SecretString) -> Result<SecretString, SignInError> {
        Err(SignInError::SessionEnded)
    }
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

/// Answers every request with the same patient, and writes down what it was asked.
async fn serve(mut stream: TcpStream, seen: Arc<Seen>) {
    seen.connections.fetch_add(1, Ordering::SeqCst);
    let body = r#"{"resourceType":"Patient","id":"1"}"#;
    let mut head = Vec::new();
    let mut byte = [0];
    while stream.read_exact(&mut byte).await.is_ok() {
        head.push(byte[0]);
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let request = String::from_utf8_lossy(&head).to_lowercase();
        seen.requests.lock().expect("the list").push(request);
        head.clear();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn one_connection_serves_many_requests_and_every_compression_is_welcome() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}/fhir", listener.local_addr().expect("an address"));
    let seen = Arc::new(Seen::default());
    let noting = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&noting)));
        }
    });
    let base: Url = base.parse().expect("an address");
    let http = http_client(&Network::default(), &base).expect("a client");
    let client = Client::new(base, http, Arc::new(OneToken), Limits::default()).expect("a client");
    for _ in 0..5 {
        client.patient("1").await.expect("a patient");
    }
    assert_eq!(seen.connections.load(Ordering::SeqCst), 1);
    let requests = seen.requests.lock().expect("the list");
    assert_eq!(requests.len(), 5);
    for request in requests.iter() {
        let welcome = request
            .lines()
            .find_map(|line| line.strip_prefix("accept-encoding:"))
            .expect("says what it can unpack");
        for coding in ["gzip", "br", "zstd"] {
            assert!(
                welcome.split(',').any(|one| one.trim() == coding),
                "{coding} in {welcome}"
            );
        }
        assert!(!request.contains("referer:") && request.contains("authorization: bearer token"));
    }
}
