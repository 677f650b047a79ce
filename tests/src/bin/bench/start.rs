//! From starting the program to its unlock screen painted, and the memory it holds there, beside an empty window of the same
//! toolkit. Both are the release builds that people run: nothing drives them and nothing in them tells; what is painted is
//! read off the screen.
//!
//! Linux only. Run it in a private desktop: it makes a store in the keychain it finds.

use crate::figures::{Limit, Report, Sample};
use crate::processes::memory_of;
use clap::Args;
use curlew_app::{App, Host, Settings};
use curlew_redact::SecretString;
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::support::{PASSPHRASE, ScriptedBrowser, sandbox};
use curlew_vault::Argon2Cost;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Figures as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// The app: `cargo build --release -p curlew --features custom-protocol`.
    #[arg(long, default_value = "target/release/curlew")]
    app: PathBuf,
    /// The empty window: `cargo build --release -p curlew --features custom-protocol --example empty_window`.
    #[arg(long, default_value = "target/release/examples/empty_window")]
    empty: PathBuf,
    /// How often each is started, one after the other.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// The aims: beside the empty window.
const AIM_TIME: f64 = 1.25;
const AIM_MEMORY: f64 = 60.0;
/// A picture that has not changed for so long is painted.
const STILL: Duration = Duration::from_millis(1_500);
/// Pixels that may change without it: a caret blinks.
const CARET: usize = 400;
/// Longest wait for a window.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn run(options: &Options) -> Outcome {
    let report = Report::begin("start", options.json);
    let screen = Screen::new()?;
    let places = Places::new()?;
    let running = sandbox(3)?;
    let record_api = running.base_url().to_string();
    let run_time = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    run_time.block_on(make_store(&record_api, &places))?;
    let store = places.store();
    let store = store.to_string_lossy();
    let (app, empty) = (options.app.canonicalize()?, options.empty.canonicalize()?);
    let [mut app_time, mut empty_time, mut app_memory, mut empty_memory] = [const { Sample::new() }; 4];
    for round in 0..=options.rounds {
        let (time, memory) = screen.start(&empty, &[], &places)?;
        let (app_took, app_took_memory) = screen.start(
            &app,
            &["--record-api", &record_api, "--data-dir", &store],
            &places,
        )?;
        // The first start of each fetches the programs and the toolkit from the disk.
        if round > 0 {
            empty_time.add_time(time);
            empty_memory.add(memory);
            app_time.add_time(app_took);
            app_memory.add(app_took_memory);
        }
    }
    report.say(&format!(
        "Release builds, {} starts each after one that warms the disk's cache; the time is to the last change on the screen",
        options.rounds
    ));
    report.times("Curlew, start to the unlock screen painted", &app_time);
    report.times("empty window of the same toolkit, start to painted", &empty_time);
    report.held_to(
        "beside the empty window",
        app_time.median() / empty_time.median(),
        Limit::AtMost(AIM_TIME),
        "x",
    );
    report.sample(
        "Curlew at the unlock screen, all its processes (PSS)",
        "MiB",
        &app_memory,
    );
    report.sample("empty window, all its processes (PSS)", "MiB", &empty_memory);
    report.held_to(
        "above the empty window",
        app_memory.median() - empty_memory.median(),
        Limit::AtMost(AIM_MEMORY),
        "MiB",
    );
    Ok(())
}

/// A store that the app finds locked when it starts.
async fn make_store(record_api: &str, places: &Places) -> Outcome {
    let host = Host {
        browser: Arc::new(ScriptedBrowser::new("nurse")),
        argon2: Argon2Cost {
            memory_kib: 8,
            iterations: 1,
            parallelism: 1,
        }
        .into(),
        ..Host::system()
    };
    let app = App::new(
        Settings::for_record_api(record_api, places.store())?,
        host,
        |_| {},
    );
    app.sign_in().await?;
    app.create_store(SecretString::from(PASSPHRASE)).await?;
    Ok(())
}

/// A display of our own, whose picture lies in a file.
struct Screen {
    server: Child,
    display: String,
    folder: tempfile::TempDir,
}

impl Screen {
    fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x900x24",
                "-nolisten",
                "tcp",
                "-fbdir",
            ])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                format!("Xvfb cannot be started ({error}): run `cargo xtask prepare --tests`")
            })?;
        let mut line = String::new();
        BufReader::new(server.stdout.take().ok_or("no display")?).read_line(&mut line)?;
        Ok(Self {
            server,
            display: format!(":{}", line.trim()),
            folder,
        })
    }

    /// Starts a program and waits until the picture stands still. Gives when it last changed, and the memory held then.
    fn start(&self, program: &PathBuf, args: &[&str], places: &Places) -> Outcome<(Duration, f64)> {
        let mut picture = Picture::open(&self.folder.path().join("Xvfb_screen0"))?;
        let desktop = ["HOME", "TMPDIR"];
        let begun = Instant::now();
        let mut child = Command::new(program)
            .args(args)
            .env("DISPLAY", &self.display)
            .envs(
                places
                    .environment()
                    .into_iter()
                    .filter(|(name, _)| desktop.contains(name)),
            )
            .env("GSETTINGS_BACKEND", "memory")
            .env("NO_AT_BRIDGE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut changed = None;
        let waited = loop {
            if picture.has_changed()? {
                changed = Some(begun.elapsed());
            }
            match changed {
                Some(at) if begun.elapsed() - at > STILL => break Ok(at),
                None if begun.elapsed() > LIMIT => {
                    break Err(format!("{} painted nothing", program.display()));
                }
                _ => std::thread::yield_now(),
            }
        };
        let memory = memory_of(child.id());
        child.kill()?;
        child.wait()?;
        // Until its window has gone from the screen.
        while picture.has_changed()? {}
        Ok((waited?, memory?))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What is on the screen, read every few milliseconds.
struct Picture {
    file: File,
    before: Vec<u8>,
    now: Vec<u8>,
}

/// Between two looks at the screen: looking must not slow down what is looked at.
const BETWEEN: Duration = Duration::from_millis(4);

impl Picture {
    fn open(path: &PathBuf) -> Outcome<Self> {
        let file = File::open(path)?;
        let length = usize::try_from(file.metadata()?.len())?;
        let mut picture = Self {
            file,
            before: vec![0; length],
            now: vec![0; length],
        };
        picture.has_changed()?;
        Ok(picture)
    }

    /// Whether more than a caret has changed since the last look.
    fn has_changed(&mut self) -> Outcome<bool> {
        std::thread::park_timeout(BETWEEN);
        self.file.read_exact_at(&mut self.now, 0)?;
        let mut different = 0;
        for (before, now) in self.before.chunks_exact(4096).zip(self.now.chunks_exact(4096)) {
            if before != now {
                let pixels = before.chunks_exact(4).zip(now.chunks_exact(4));
                different += pixels.filter(|(before, now)| before != now).count();
            }
        }
        let changed = different > CARET;
        if changed {
            std::mem::swap(&mut self.before, &mut self.now);
        }
        Ok(changed)
    }
}
