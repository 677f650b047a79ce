//! What lies between Curlew and the record API: private certificate authorities, proxies, HTTP/2, compression.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use axum::http::{Version, header};
use axum::serve::Listener;
use curlew_api::{ApiError, Client, Limits, Network, Proxy, http_client};
use curlew_redact::SecretString;
use curlew_sign_in::{
    AccessTokens, Browser, BrowserError, CancellationToken, SignInConfig, SignInError, sign_in,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;
use tower_http::compression::CompressionLayer;
use url::Url;

/// A name that no resolver knows (RFC 6761): whoever reaches it was led there by a proxy.
const NAME: &str = "record.test";
const PATIENT: &str = r#"{"resourceType":"Patient","id":"1"}"#;

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

/// A record API behind TLS, with a certificate of an authority of its own.
struct Secure {
    address: SocketAddr,
    folder: tempfile::TempDir,
    /// HTTP versions of the requests, in order.
    versions: Arc<Mutex<Vec<Version>>>,
}

struct TlsListener {
    tcp: TcpListener,
    tls: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Ok((stream, from)) = self.tcp.accept().await else {
                continue;
            };
            // A client that does not trust the certificate hangs up here.
            if let Ok(stream) = self.tls.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

impl Secure {
    async fn start() -> Self {
        let mut authority = CertificateParams::new([]).expect("parameters");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key"))
            .expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let names = ["127.0.0.1".to_owned(), NAME.to_owned()];
        let certificate = CertificateParams::new(names)
            .expect("parameters")
            .signed_by(&key, &authority)
            .expect("a certificate");
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .expect("a server's settings");
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("authority.pem"), authority.pem()).expect("written");
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = tcp.local_addr().expect("an address");
        let versions = Arc::new(Mutex::new(Vec::new()));
        let noting = Arc::clone(&versions);
        let app = Router::new().fallback(move |request: Request| async move {
            noting.lock().expect("the list").push(request.version());
            ([(header::CONTENT_TYPE, "application/fhir+json")], PATIENT)
        });
        let listener = TlsListener {
            tcp,
            tls: TlsAcceptor::from(Arc::new(config)),
        };
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            address,
            folder,
            versions,
        }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    fn here(&self) -> Url {
        format!("https://{}/fhir", self.address)
            .parse()
            .expect("an address")
    }

    fn by_name(&self) -> Url {
        format!("https://{NAME}:{}/fhir", self.address.port())
            .parse()
            .expect("an address")
    }
}

fn client(base: Url, network: &Network) -> Result<Client, ApiError> {
    let http = http_client(network, &base)?;
    let limits = Limits {
        attempts: 1,
        ..Limits::default()
    };
    Client::new(base, http, Arc::new(OneToken), limits)
}

fn trusting(file: PathBuf) -> Network {
    Network {
        authorities: vec![file],
        ..Network::default()
    }
}

#[tokio::test]
async fn a_private_authority_is_refused_until_policy_names_it() {
    let server = Secure::start().await;
    let stranger = client(server.here(), &Network::default()).expect("a client");
    assert_eq!(stranger.patient("1").await, Err(ApiError::Untrusted));
    assert!(
        server.versions.lock().expect("the list").is_empty(),
        "nothing was sent"
    );

    let known = client(server.here(), &trusting(server.authority())).expect("a client");
    assert_eq!(known.patient("1").await.as_deref(), Ok(PATIENT));
}

struct NoBrowser;

impl Browser for NoBrowser {
    fn open(&self, _address: &Url) -> Result<(), BrowserError> {
        Err(BrowserError)
    }
}

#[tokio::test]
async fn signing_in_meets_the_same_refusal_and_believes_the_same_authority() {
    let server = Secure::start().await;
    let config = SignInConfig::new(server.here(), "curlew");
    let attempt = |network: Network| {
        let http = http_client(&network, &server.here()).expect("a client");
        let config = config.clone();
        async move {
            sign_in(&config, &http, &NoBrowser, CancellationToken::new())
                .await
                .map(|_| ())
        }
    };
    assert_eq!(
        attempt(Network::default()).await,
        Err(SignInError::Untrusted {
            what: "the record API"
        })
    );
    // Understood, and not what a sign-in needs: it has been reached.
    assert!(matches!(
        attempt(trusting(server.authority())).await,
        Err(SignInError::Unusable(_))
    ));
}

#[tokio::test]
async fn http_2_is_used_where_the_server_has_it_and_one_connection_carries_all() {
    let server = Secure::start().await;
    let client = client(server.here(), &trusting(server.authority())).expect("a client");
    for _ in 0..3 {
        client.patient("1").await.expect("a patient");
    }
    let versions = server.versions.lock().expect("the list");
    assert_eq!(*versions, [Version::HTTP_2; 3]);
}

#[tokio::test]
async fn a_certificate_file_that_cannot_be_used_is_named_with_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (path, why) in [
        (folder.path().join("none.pem"), "no such file"),
        (folder.path().to_owned(), "cannot be read"),
        (file("word.pem", "trust me"), "no certificate"),
        (file("binary.cer", "\u{1}\u{2}"), "no certificate"),
        (file("damaged.pem", damaged), "damaged"),
    ] {
        let network = trusting(path.clone());
        let error = network.check().expect_err(why);
        let words = error.to_string();
        assert!(
            words.contains(why) && words.contains(&path.display().to_string()),
            "{words}"
        );
        // A contact says the same, and is none.
        let base = "https://record.example/fhir".parse().expect("an address");
        let same = client(base, &network).err();
        assert!(same.as_ref().is_some_and(ApiError::is_no_contact));
        assert_eq!(same, Some(error));
    }
}

/// A proxy as trusts have them (RFC 9110, CONNECT): it joins whatever it is asked for to `target`.
struct Forwarding {
    address: SocketAddr,
    asked_for: Arc<Mutex<Vec<String>>>,
}

impl Forwarding {
    async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked_for = Arc::new(Mutex::new(Vec::new()));
        let noting = Arc::clone(&asked_for);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(forward(stream, target, Arc::clone(&noting)));
            }
        });
        Self { address, asked_for }
    }

    fn url(&self) -> Url {
        format!("http://{}", self.address).parse().expect("an address")
    }

    fn asked_for(&self) -> Vec<String> {
        self.asked_for.lock().expect("the list").clone()
    }
}

async fn forward(stream: TcpStream, target: SocketAddr, asked_for: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await.ok()?;
    asked_for
        .lock()
        .expect("the list")
        .push(first.trim_end().to_owned());
    let mut line = String::new();
    while stream.read_line(&mut line).await.ok()? > 2 {
        line.clear();
    }
    if !first.starts_with("CONNECT ") {
        stream
            .write_all(b"HTTP/1.1 405 No\r\ncontent-length: 0\r\n\r\n")
            .await
            .ok()?;
        return None;
    }
    let mut there = TcpStream::connect(target).await.ok()?;
    stream.write_all(b"HTTP/1.1 200 Joined\r\n\r\n").await.ok()?;
    tokio::io::copy_bidirectional(&mut stream, &mut there)
        .await
        .ok()?;
    None
}

#[tokio::test]
async fn policys_proxy_carries_every_request_but_those_to_this_machine() {
    let server = Secure::start().await;
    let proxy = Forwarding::to(server.address).await;
    let through = Network {
        proxy: Proxy::Through(proxy.url()),
        authorities: vec![server.authority()],
    };
    let by_name = client(server.by_name(), &through).expect("a client");
    assert_eq!(by_name.patient("1").await.as_deref(), Ok(PATIENT));
    let port = server.address.port();
    assert_eq!(proxy.asked_for(), [format!("CONNECT {NAME}:{port} HTTP/1.1")]);

    let here = client(server.here(), &through).expect("a client");
    here.patient("1").await.expect("reached without the proxy");
    assert_eq!(proxy.asked_for().len(), 1);
}

/// The updater builds its own client: what it is led by must suffice.
#[tokio::test]
async fn a_client_that_somebody_else_built_takes_the_same_way() {
    let server = Secure::start().await;
    let proxy = Forwarding::to(server.address).await;
    let through = Network {
        proxy: Proxy::Through(proxy.url()),
        authorities: vec![server.authority()],
    };
    let way = through.way_to(&server.by_name()).expect("a way");
    let theirs = || reqwest::Client::builder().user_agent("somebody-else");
    let led = way.taken_by(theirs()).build().expect("a client");
    let answer =
        led.get(server.by_name()).send().await.expect(
            "reached by a name that only the proxy knows, at a certificate that only policy believes",
        );
    assert_eq!(answer.status(), 200);
    assert_eq!(proxy.asked_for().len(), 1);
    let own_way = theirs().no_proxy().build().expect("a client");
    assert!(own_way.get(server.here()).send().await.is_err());
}

/// The system's proxy is in the environment, which only a process of its own may be given: this very test, started again.
#[tokio::test]
async fn the_systems_proxy_is_used_unless_policy_says_none() {
    const PROXY: &str = "HTTPS_PROXY";
    const SERVER: &str = "CURLEW_TEST_SERVER";
    if let Ok(server) = std::env::var(SERVER) {
        let (base, authority) = server.split_once(' ').expect("an address and a file");
        let base: Url = base.parse().expect("an address");
        let mut network = trusting(authority.into());
        let through = client(base.clone(), &network).expect("a client");
        assert_eq!(through.patient("1").await.as_deref(), Ok(PATIENT));
        network.proxy = Proxy::Direct;
        let direct = client(base, &network).expect("a client");
        assert_eq!(direct.patient("1").await, Err(ApiError::Unreachable));
        return;
    }
    let server = Secure::start().await;
    let proxy = Forwarding::to(server.address).await;
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again
        .args(["--exact", "the_systems_proxy_is_used_unless_policy_says_none"])
        .env(PROXY, proxy.url().as_str())
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .env(
            SERVER,
            format!("{} {}", server.by_name(), server.authority().display()),
        );
    let ended = tokio::task::spawn_blocking(move || again.output())
        .await
        .expect("it ended")
        .expect("it began");
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stdout)
    );
    assert_eq!(proxy.asked_for().len(), 1, "the second client went past it");
}

/// A server in clear on this machine.
async fn serve(app: Router) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}/fhir", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    base.parse().expect("an address")
}

/// A patient of about `size` bytes, all of them the same letter: a thousandth of that when packed.
fn padded(size: usize) -> String {
    let long = "a".repeat(size);
    format!(r#"{{"resourceType":"Patient","id":"1","text":"{long}"}}"#)
}

#[tokio::test]
async fn each_coding_is_unpacked_and_none_gets_past_the_limit() {
    const LIMIT: usize = 1024 * 1024;
    for coding in ["gzip", "br", "zstd"] {
        let sent = Arc::new(AtomicUsize::new(0));
        for (size, fits) in [(LIMIT / 2, true), (64 * LIMIT, false)] {
            let counting = Arc::clone(&sent);
            let app = Router::new()
                .fallback(move || async move {
                    counting.fetch_add(1, Ordering::SeqCst);
                    ([(header::CONTENT_TYPE, "application/fhir+json")], padded(size))
                })
                .layer(CompressionLayer::new())
                // The client offers all; this one is left.
                .layer(axum::middleware::from_fn(
                    move |mut request: Request, next: axum::middleware::Next| async move {
                        let one = header::HeaderValue::from_static(coding);
                        request.headers_mut().insert(header::ACCEPT_ENCODING, one);
                        let answer = next.run(request).await;
                        assert_eq!(answer.headers()[header::CONTENT_ENCODING], coding);
                        answer
                    },
                ));
            let base = serve(app).await;
            let http = http_client(&Network::default(), &base).expect("a client");
            let limits = Limits {
                body_bytes: LIMIT,
                ..Limits::default()
            };
            let client = Client::new(base, http, Arc::new(OneToken), limits).expect("a client");
            let answer = client.patient("1").await;
            if fits {
                assert_eq!(answer.as_deref(), Ok(padded(size).as_str()), "{coding}");
            } else {
                assert_eq!(answer, Err(ApiError::TooLarge), "{coding}");
            }
        }
        assert_eq!(
            sent.load(Ordering::SeqCst),
            2,
            "{coding}: what is too large is asked for once"
        );
    }
}

#[tokio::test]
async fn a_body_that_drips_for_ever_is_given_up_as_a_whole() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let base: Url = format!("http://{}/fhir", listener.local_addr().expect("an address"))
        .parse()
        .expect("an address");
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            counting.fetch_add(1, Ordering::SeqCst);
            // An answer before the question would be no answer.
            let _ = stream.read(&mut [0; 4096]);
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\n\r\n";
            let _ = stream.write_all(head);
            // As fast as it likes and for as long as anybody listens: never silent, never whole.
            while stream.write_all(b" ").is_ok() {
                std::thread::yield_now();
            }
        }
    });
    let http = http_client(&Network::default(), &base).expect("a client");
    let limits = Limits {
        whole_body: Duration::from_millis(50),
        ..Limits::default()
    };
    let client = Client::new(base, http, Arc::new(OneToken), limits).expect("a client");
    assert_eq!(client.patient("1").await, Err(ApiError::Unreachable));
    assert_eq!(asked.load(Ordering::SeqCst), 1, "asked for once");
}
