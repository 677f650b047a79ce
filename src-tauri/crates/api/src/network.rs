//! How the network is reached: through which proxy, and whose certificates are believed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, NoProxy};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use url::Url;

use crate::ApiError;
use crate::http::is_loopback;

/// A redirect or two is a server that has moved its base; more is a server that has lost it.
const MOST_REDIRECTS: usize = 5;
/// Never through a proxy: a request to this machine may be in clear, and must not leave it.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";

/// How the network is reached. The default is the system's own settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Network {
    /// Through which proxy.
    pub proxy: Proxy,
    /// PEM files of certificate authorities believed besides the system's: those of a trust's own services, or of a proxy
    /// that inspects TLS.
    pub authorities: Vec<PathBuf>,
}

/// Through which proxy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Proxy {
    /// The system's: its settings on Windows and macOS, `HTTPS_PROXY` and its kin elsewhere.
    #[default]
    System,
    /// None, whatever the system says.
    Direct,
    /// This one.
    Through(Url),
}

/// The way to one address: through which proxy, and believing which certificates besides the system's.
#[derive(Debug, Clone)]
pub struct Way {
    certificates: Vec<Certificate>,
    leaving: Leaving,
}

#[derive(Debug, Clone)]
enum Leaving {
    System,
    Direct,
    Through(Box<reqwest::Proxy>),
}

impl Way {
    /// Leads a client this way.
    pub fn taken_by(&self, client: ClientBuilder) -> ClientBuilder {
        let client = client.tls_certs_merge(self.certificates.clone());
        match &self.leaving {
            Leaving::System => client,
            Leaving::Direct => client.no_proxy(),
            Leaving::Through(proxy) => client.proxy(proxy.as_ref().clone()),
        }
    }
}

impl Proxy {
    /// Reads a proxy's address: `http://proxy.trust.example:8080`.
    ///
    /// # Errors
    /// In words, what is wrong with it.
    pub fn read(address: &str) -> Result<Self, &'static str> {
        let url = Url::parse(address).map_err(|_| "it is not an address")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("a proxy's address begins with http:// or https://");
        }
        if url.host().is_none() {
            return Err("it names no server");
        }
        // A policy file is readable by everybody on the machine.
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it holds a name or a password, which everybody who can read the policy could use");
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("it names a page, where only a server and a port are wanted");
        }
        Ok(Self::Through(url))
    }
}

/// An HTTP client as Curlew uses it everywhere: redirects only within the origin, gzip, brotli and zstd, HTTP/2 where the
/// server has it, the system's certificate authorities and those of `network`, through its proxy.
///
/// `record_api` decides about the proxy: what is meant for this machine goes through none.
///
/// # Errors
/// [`ApiError::Authority`] when a certificate file cannot be used; [`ApiError::Address`] when TLS cannot be set up on this
/// machine at all.
pub fn http_client(network: &Network, record_api: &Url) -> Result<reqwest::Client, ApiError> {
    network
        .builder(record_api)?
        .build()
        .map_err(|_| ApiError::Address("secure connections cannot be set up on this computer"))
}

fn base_client() -> ClientBuilder {
    let within_origin = Policy::custom(|attempt| {
        let from = attempt.previous().last().map(Url::origin);
        if attempt.previous().len() > MOST_REDIRECTS {
            attempt.error("too many redirects")
        } else if from == Some(attempt.url().origin()) {
            attempt.follow()
        } else {
            attempt.error("a redirect to another address")
        }
    });
    reqwest::Client::builder()
        .redirect(within_origin)
        // Addresses here hold identifiers: they are no other server's business.
        .referer(false)
        .connect_timeout(Duration::from_secs(15))
        // After a sleep or a change of networks a connection can be dead without a word. Over HTTP/2 all requests share it,
        // so that giving one up and asking again would meet the same one.
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(10))
        .user_agent(concat!("Curlew/", env!("CARGO_PKG_VERSION")))
}

impl Network {
    /// Reads the certificate files, as a contact would.
    ///
    /// # Errors
    /// [`ApiError::Authority`], for the first that cannot be used.
    pub fn check(&self) -> Result<(), ApiError> {
        self.certificates().map(drop)
    }

    /// The way to `address`, with every certificate file read: for HTTP clients that somebody else builds.
    ///
    /// # Errors
    /// [`ApiError::Authority`], for the first certificate file that cannot be used.
    pub fn way_to(&self, address: &Url) -> Result<Way, ApiError> {
        let leaving = match &self.proxy {
            _ if is_loopback(address) => Leaving::Direct,
            Proxy::System => Leaving::System,
            Proxy::Direct => Leaving::Direct,
            Proxy::Through(address) => {
                let proxy = reqwest::Proxy::all(address.clone())
                    .map_err(|_| ApiError::Address("the proxy's address cannot be used"))?;
                Leaving::Through(Box::new(proxy.no_proxy(NoProxy::from_string(THIS_MACHINE))))
            }
        };
        Ok(Way {
            certificates: self.certificates()?,
            leaving,
        })
    }

    /// The way to `record_api`, before it is decided what else the client must do.
    pub(crate) fn builder(&self, record_api: &Url) -> Result<ClientBuilder, ApiError> {
        Ok(self.way_to(record_api)?.taken_by(base_client()))
    }

    fn certificates(&self) -> Result<Vec<Certificate>, ApiError> {
        let mut all = Vec::new();
        for file in &self.authorities {
            all.extend(certificates_in(file).map_err(|problem| ApiError::Authority {
                file: file.clone(),
                problem,
            })?);
        }
        Ok(all)
    }
}

/// Each certificate of a PEM file, tried one by one: later, one bad certificate would spoil all TLS and not say which it is.
fn certificates_in(file: &Path) -> Result<Vec<Certificate>, &'static str> {
    let text = std::fs::read(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "there is no such file",
        ErrorKind::PermissionDenied => "you may not read it",
        _ => "it cannot be read",
    })?;
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let der = certificate.map_err(|_| "it is not a PEM file")?;
        RootCertStore::empty()
            .add(der.clone())
            .map_err(|_| "a certificate in it is damaged")?;
        found.push(Certificate::from_der(&der).map_err(|_| "a certificate in it is damaged")?);
    }
    if found.is_empty() {
        return Err("there is no certificate in it; a PEM file has lines that say BEGIN CERTIFICATE");
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_server_and_a_port_and_no_more() {
        for fine in [
            "http://proxy.example:8080",
            "https://proxy.example/",
            "http://10.1.2.3:3128",
        ] {
            assert!(matches!(Proxy::read(fine), Ok(Proxy::Through(_))), "{fine}");
        }
        for not in [
            "proxy.example:8080",
            "proxy.example",
            "socks5://proxy.example",
            "http://name:word@proxy.example:8080",
            "http://proxy.example/proxy.pac",
            "",
        ] {
            assert!(Proxy::read(not).is_err(), "{not}");
        }
    }
}
