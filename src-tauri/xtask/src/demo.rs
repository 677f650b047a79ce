//! `cargo demo`: from nothing to a record on the screen.

use crate::desktop::{Session, Size};
use crate::failure::Failure;
use crate::packages::{self, For};
use crate::programs::{cargo, npm, run};
use crate::workspace;
use clap::Args;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The demo's port when it is free. Keeping it lets the next demo unlock what the last one stored.
const PORT: u16 = 8470;

/// How long the sandbox may take to make its population, in a debug build on a slow machine.
const START: Duration = Duration::from_secs(60);

/// What to show.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Walk every screen on a virtual display and leave numbered pictures in this folder.
    #[arg(long, value_name = "DIR")]
    tour: Option<PathBuf>,
    /// Size of the tour's window.
    #[arg(long, default_value = "1280x800", requires = "tour")]
    size: Size,
    /// Open the app without starting the sandbox: what the last demo stored, read offline.
    #[arg(long, conflicts_with = "tour")]
    offline: bool,
    /// Forget what the last demo stored.
    #[arg(long, conflicts_with = "offline")]
    fresh: bool,
}

/// Builds, starts, shows, stops.
///
/// # Errors
/// With the step that failed.
pub(crate) fn show(options: &Options) -> Result<(), Failure> {
    let started = Instant::now();
    packages::prepare(if options.tour.is_some() {
        For::Tour
    } else {
        For::Build
    })?;
    build_ui()?;
    build_programs(options.tour.is_some())?;
    println!("\nBuilt in {} s.", started.elapsed().as_secs());
    match &options.tour {
        Some(folder) => tour(folder, options.size),
        None => window(options),
    }
}

/// Installs the UI's packages when the lock file has changed, and builds it.
fn build_ui() -> Result<(), Failure> {
    let ui = workspace::ui();
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let installed = changed(&ui.join("node_modules/.package-lock.json"));
    if installed.is_none() || installed < changed(&ui.join("package-lock.json")) {
        run(npm().arg("ci"))?;
    }
    run(npm().args(["run", "build"]))
}

fn build_programs(tour: bool) -> Result<(), Failure> {
    let mut build = cargo();
    build.args(["build", "--package", "curlew", "--package", "curlew-sandbox"]);
    if tour {
        build.args(["--package", "curlew-tests"]);
    }
    // Without this feature the window would look for a development server.
    run(build.args(["--bins", "--features", "curlew/custom-protocol"]))
}

fn window(options: &Options) -> Result<(), Failure> {
    let stored = workspace::root().join("target/demo");
    if options.fresh {
        match fs::remove_dir_all(&stored) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::while_doing(
                    format!("{} cannot be removed", stored.display()),
                    error,
                ));
            }
            _ => {}
        }
    }
    let port = if options.offline { PORT } else { free_port()? };
    let sandbox = if options.offline {
        None
    } else {
        Some(Sandbox::start(port)?)
    };
    println!("\nThe record API of the demo: http://127.0.0.1:{port}/fhir");
    println!(
        "Sign in as the nurse, the doctor or the carer; the page in your browser asks for no password. Close the window to end."
    );
    let opened = run(Command::new(workspace::built("curlew")?)
        .args(["--record-api", &format!("http://127.0.0.1:{port}/fhir")])
        .arg("--data-dir")
        .arg(&stored));
    drop(sandbox);
    opened
}

fn tour(folder: &Path, size: Size) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .map_err(|error| Failure::while_doing(format!("{} cannot be made", folder.display()), error))?;
    let folder = fs::canonicalize(folder)
        .map_err(|error| Failure::while_doing(format!("{} cannot be found", folder.display()), error))?;
    let session = Session::new(size)?;
    run(session
        .command(&workspace::built("tour")?)
        .arg("--app")
        .arg(workspace::built("curlew")?)
        .arg("--out")
        .arg(&folder)
        .args(["--size", &format!("{}x{}", size.width, size.height)]))
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, PORT))
        .or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::while_doing("No port is free on this machine", error))
}

/// The sandbox as a child, stopped when dropped.
struct Sandbox(Child);

impl Sandbox {
    fn start(port: u16) -> Result<Self, Failure> {
        let mut command = Command::new(workspace::built("curlew-sandbox")?);
        command.args(["--port", &port.to_string()]).stdin(Stdio::null());
        let child = command
            .spawn()
            .map_err(|error| Failure::while_doing("The sandbox could not be started", error))?;
        let mut sandbox = Self(child);
        sandbox.wait_until_it_answers(port)?;
        Ok(sandbox)
    }

    fn wait_until_it_answers(&mut self, port: u16) -> Result<(), Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let until = Instant::now() + START;
        while TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_err() {
            if let Ok(Some(status)) = self.0.try_wait() {
                return Err(Failure::new(format!("The sandbox ended at once ({status}).")));
            }
            if Instant::now() > until {
                return Err(Failure::new(format!(
                    "The sandbox did not answer within {} s.",
                    START.as_secs()
                )));
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
