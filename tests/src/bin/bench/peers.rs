//! What somebody might pick instead, where it can be had, beside Curlew with the same record. A browser's own store is in
//! `window`, because it needs one. A peer that is not there is said, and nothing is measured for it.

use crate::figures::{Report, Sample};
use crate::records::{Data, Record};
use crate::store::{Store, evict};
use clap::Args;
use curlew_tests::Outcome;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Figures as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// Resources of the record.
    #[arg(long, default_value_t = 1_000)]
    resources: usize,
    #[command(flatten)]
    data: Data,
    /// Helios FHIR Server's program.
    #[arg(long, default_value = "hfs")]
    helios: PathBuf,
    /// The port it serves on.
    #[arg(long, default_value_t = 18_089)]
    helios_port: u16,
}

/// The version that was measured; its packages go into a temporary folder.
const MEDPLUM: &str = "@medplum/mock@5.2.13";

pub(crate) fn run(options: &Options) -> Outcome {
    let report = Report::begin("peers", options.json);
    let record = Record::made_up("peer", 1, options.resources);
    let store = Store::new()?;
    let begun = Instant::now();
    store.cache(&record)?;
    let took = begun.elapsed();
    let file = store.files()?.pop().ok_or("no file was made")?;
    let mut open = Sample::new();
    for _ in 0..50 {
        evict(&file)?;
        drop(open.time(|| store.open(&record.patient))?);
    }
    report.say(&format!(
        "{} resources. Curlew: cached {:.0}/s, encrypted and durable; first screen from a cold file in {:.2} ms (median)",
        options.resources,
        options.resources as f64 / took.as_secs_f64(),
        open.median()
    ));
    match medplum(&record) {
        Ok((cache, open)) => report.say(&format!(
            "Medplum's in-memory repository ({MEDPLUM}): stored {:.0}/s, nothing durable; the record read from memory in {open:.1} ms",
            options.resources as f64 / cache * 1e3
        )),
        Err(missing) => report.say(&format!("Medplum's in-memory repository: NOT MEASURED: {missing}")),
    }
    match helios(options, &record) {
        Ok(everything) => report.say(&format!(
            "Helios FHIR Server on this machine: Patient/$everything in {:.1} ms (median of {})",
            everything.0, everything.1
        )),
        Err(missing) => report.say(&format!("Helios FHIR Server: NOT MEASURED: {missing}")),
    }
    Ok(())
}

/// Milliseconds to store the record and to read it again.
fn medplum(record: &Record) -> Outcome<(f64, f64)> {
    let folder = tempfile::tempdir()?;
    std::fs::write(
        folder.path().join("package.json"),
        "{\"name\":\"peer\",\"version\":\"0.0.0\",\"private\":true}",
    )?;
    let installed = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--silent", MEDPLUM])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()?;
    if !installed.status.success() {
        return Err("npm could not fetch it".into());
    }
    let script = folder.path().join("medplum.mjs");
    std::fs::write(&script, include_str!("../../../peers/medplum.mjs"))?;
    let mut child = Command::new("node")
        .arg(&script)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut lines) = child.stdin.take() {
        for raw in &record.resources {
            writeln!(lines, "{raw}")?;
        }
    }
    let said = child.wait_with_output()?;
    if !said.status.success() {
        return Err("it ended with an error".into());
    }
    let told: Value = serde_json::from_slice(&said.stdout)?;
    let number = |name: &str| told[name].as_f64().ok_or("it did not say");
    if told["held"].as_u64() != Some(record.resources.len() as u64) {
        return Err(format!("it holds {} of {}", told["held"], record.resources.len()).into());
    }
    Ok((number("cache")?, number("open")?))
}

/// A program that is ended with this.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Milliseconds for a whole record, and of how many that is the median.
fn helios(options: &Options, record: &Record) -> Outcome<(f64, usize)> {
    let folder = tempfile::tempdir()?;
    let address = format!("http://127.0.0.1:{}", options.helios_port);
    let definitions = options.data.unpacked()?.map(|data| data.join("fhir-server"));
    let server = start_helios(options, definitions.as_deref(), folder.path())
        .map_err(|error| format!("{} does not start ({error})", options.helios.display()))?;
    let _server = Ended(server);
    let run_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    run_time.block_on(async {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let end = Instant::now() + Duration::from_secs(30);
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        while http.get(format!("{address}/metadata")).send().await.is_err() {
            if Instant::now() > end {
                return Err("it does not answer".into());
            }
            tick.tick().await;
        }
        for raw in &record.resources {
            let header = curlew_fhir::read_header(raw)?;
            http.put(format!("{address}/{}/{}", header.resource_type, header.id))
                .header("content-type", "application/fhir+json")
                .body(raw.clone())
                .send()
                .await?
                .error_for_status()?;
        }
        let mut times = Sample::new();
        for _ in 0..11 {
            let begun = Instant::now();
            let url = format!("{address}/Patient/{}/$everything?_count=5000", record.patient);
            http.get(url).send().await?.error_for_status()?.bytes().await?;
            times.add_time(begun.elapsed());
        }
        Ok((times.median(), 11))
    })
}

fn start_helios(options: &Options, definitions: Option<&Path>, folder: &Path) -> std::io::Result<Child> {
    let mut command = Command::new(&options.helios);
    if let Some(definitions) = definitions {
        command.env("HFS_DATA_DIR", definitions);
    }
    command
        .env("HFS_SERVER_PORT", options.helios_port.to_string())
        .env("HFS_DATABASE_URL", folder.join("hfs.db"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}
