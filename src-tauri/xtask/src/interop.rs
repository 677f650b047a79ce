//! `cargo xtask interop`: Curlew against a FHIR server and an OpenID provider that are not ours.
//!
//! Not part of any check: both have to be installed first, and neither is small. What is missing is named with the way to
//! get it. Everything it starts listens on this machine only and is ended with it; what they keep lies in a temporary folder
//! under `target/interop`.

use crate::failure::Failure;
use crate::programs::{cargo, on_path, output, run};
use crate::workspace;
use clap::{Args, ValueEnum};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to answer first.
const START: Duration = Duration::from_secs(120);

/// What to try.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Which FHIR server.
    #[arg(long, value_enum, default_value_t = Server::Helios)]
    server: Server,
    /// Its program, where it is not on PATH (`hfs`, or `sekmet`).
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// How many of Synthea's patients.
    #[arg(long, default_value_t = 100)]
    patients: usize,
    /// Folder with the shared data.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
    /// Leave the FHIR server out.
    #[arg(long)]
    no_records: bool,
    /// Leave the OpenID provider out.
    #[arg(long)]
    no_sign_in: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Server {
    /// Helios FHIR Server.
    Helios,
    /// Sekmet, a second one.
    Sekmet,
}

/// Tries what is asked.
///
/// # Errors
/// With what is missing and how to get it, or with the step that failed.
pub(crate) fn try_all(options: &Options) -> Result<(), Failure> {
    let work = workspace::root().join("target/interop");
    fs::create_dir_all(&work).map_err(|error| Failure::while_doing("Making target/interop failed", error))?;
    let data = workspace::root().join(&options.data);
    if !data.join("unpack").is_file() {
        return Err(Failure::new(format!(
            "{} holds no data. Name the folder with --data.",
            data.display()
        )));
    }
    run(cargo().args(["build", "--package", "curlew-tests", "--bin", "interop"]))?;
    if !options.no_records {
        records(options, &data, &work)?;
    }
    if !options.no_sign_in {
        sign_in(&data, &work)?;
    }
    Ok(())
}

fn records(options: &Options, data: &Path, work: &Path) -> Result<(), Failure> {
    let unpacked = work.join("data");
    output(Command::new("bash").arg(data.join("unpack")).arg(&unpacked))?;
    let (name, get) = match options.server {
        Server::Helios => (
            "hfs",
            "cargo install helios-hfs --version 0.2.7 --locked (12 to 25 minutes)",
        ),
        Server::Sekmet => ("sekmet", "pip install sekmet-fhir==0.1.1"),
    };
    let program = options.program.clone().unwrap_or_else(|| PathBuf::from(name));
    if options.program.is_none() && !on_path(name) {
        return Err(Failure::new(format!(
            "`{name}` is not on PATH. Get it with: {get}"
        )));
    }
    let store = work.join("store");
    // Of the last run: each begins with an empty server.
    let _ = fs::remove_dir_all(&store);
    fs::create_dir_all(&store)
        .map_err(|error| Failure::while_doing("Making the server's folder failed", error))?;
    let mut command = Command::new(program);
    let base = match options.server {
        Server::Helios => {
            let port = free_port()?;
            let base = format!("http://127.0.0.1:{port}");
            command
                .env("HFS_DATA_DIR", unpacked.join("fhir-server"))
                .env("HFS_BASE_URL", &base)
                .env("HFS_SERVER_PORT", port.to_string())
                .env("HFS_DATABASE_URL", store.join("fhir.db"))
                .env("HFS_REQUEST_TIMEOUT", "600");
            base
        }
        Server::Sekmet => {
            // Its links always say this name and port.
            command.args(["serve", "--host", "127.0.0.1", "--port", "8090"]);
            "http://localhost:8090/fhir".to_owned()
        }
    };
    let _server = Running::start(command.current_dir(&store), port_of(&base)?)?;
    let mut interop = Command::new(workspace::built("interop")?);
    interop
        .args([
            "records",
            "--base",
            &base,
            "--patients",
            &options.patients.to_string(),
        ])
        .arg("--synthea")
        .arg(unpacked.join("synthea"));
    if options.server == Server::Sekmet {
        interop.arg("--one-by-one");
    }
    run(&mut interop)
}

fn sign_in(data: &Path, work: &Path) -> Result<(), Failure> {
    if !on_path("node") || !on_path("npm") {
        return Err(Failure::new(
            "node and npm are not on PATH. Install Node 20 or newer.",
        ));
    }
    let folder = work.join("oidc");
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::while_doing("Making the provider's folder failed", error))?;
    if !folder.join("node_modules/oidc-provider").is_dir() {
        run(Command::new("npm").current_dir(&folder).args([
            "install",
            "--silent",
            "--no-save",
            "--prefix",
            ".",
            "oidc-provider@9",
        ]))?;
    }
    fs::copy(data.join("oidc-provider.mjs"), folder.join("provider.mjs"))
        .map_err(|error| Failure::while_doing("Copying the provider's settings failed", error))?;
    let port = free_port()?;
    // No record API: an address at which nobody says where to sign in, so that the issuer is policy's.
    let audience = format!("http://127.0.0.1:{port}/fhir");
    let mut node = Command::new("node");
    node.current_dir(&folder)
        .arg("provider.mjs")
        .env("PORT", port.to_string())
        .env("AUD", &audience);
    let _provider = Running::start(&mut node, port)?;
    run(Command::new(workspace::built("interop")?).args([
        "sign-in",
        "--issuer",
        &format!("http://127.0.0.1:{port}"),
        "--base",
        &audience,
    ]))
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::while_doing("Finding a free port failed", error))
}

fn port_of(base: &str) -> Result<u16, Failure> {
    base.trim_start_matches("http://127.0.0.1:")
        .trim_start_matches("http://localhost:")
        .split('/')
        .next()
        .and_then(|port| port.parse().ok())
        .ok_or_else(|| Failure::new("the server has no port"))
}

/// A program that ends with this.
struct Running(Child);

impl Running {
    fn start(command: &mut Command, port: u16) -> Result<Self, Failure> {
        println!("$ {}", crate::programs::shown(command));
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| Failure::while_doing("A server could not be started", error))?;
        let mut running = Self(child);
        let begun = Instant::now();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        while TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_err() {
            if let Ok(Some(status)) = running.0.try_wait() {
                return Err(Failure::new(format!("The server ended by itself ({status}).")));
            }
            if begun.elapsed() > START {
                return Err(Failure::new("The server did not answer in two minutes."));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
