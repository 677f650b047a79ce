//! The support bundle: what whoever helps from afar needs, in plain text files that the person can read before they send
//! them. Nothing in it is about a patient, and nothing is a secret: logs that are already clean and are scrubbed once more,
//! what `curlewctl doctor` finds, what policy sets, and versions.

use crate::doctor::{self, Extras, Report};
use crate::logs::{log_files, scrub};
use crate::policy::{KEYS, Origin};
use crate::wire::BundlePart;
use crate::{App, Error, Host, Settings, wire};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Of each log file, the end: what is asked about has just happened.
const MOST_OF_A_LOG: usize = 1024 * 1024;

/// Gathers the parts of a bundle, in the order of its contents. Waits for the network as `doctor` does.
pub async fn gather(settings: &Settings, host: &Host, extras: &Extras) -> Vec<BundlePart> {
    let report = doctor::examine(settings, host, extras, doctor::TIME_LIMIT, &mut |_| {}).await;
    let mut parts = vec![
        part(
            "versions.txt",
            "Versions of Curlew, of this system and of its web view",
            versions(&report, extras),
        ),
        part(
            "doctor.txt",
            "What works on this device and what does not",
            doctor_text(&report),
        ),
        part(
            "doctor.json",
            "The same, for a program",
            serde_json::to_string_pretty(&report).unwrap_or_default(),
        ),
        part(
            "policy.txt",
            "What your organisation and this device set, and where",
            policy(settings),
        ),
    ];
    for file in settings.log_folder().iter().flat_map(|folder| log_files(folder)) {
        if let Some(part) = log(&file) {
            parts.push(part);
        }
    }
    let contents = part("README.txt", "What is in this bundle", contents(&parts));
    parts.insert(0, contents);
    parts
}

fn part(name: impl Into<String>, about: &str, text: String) -> BundlePart {
    BundlePart {
        name: name.into(),
        about: about.to_owned(),
        text,
    }
}

fn contents(parts: &[BundlePart]) -> String {
    let mut text = String::from(
        "Support bundle of Curlew\n\n\
         Every file here is plain text: read them before you send them. Nothing in them is about a patient, and none holds a\n\
         password or a key. They do name this computer's folders (with your account's name in them) and your organisation's\n\
         servers.\n\n",
    );
    for part in parts {
        // Writing to text cannot fail.
        let _ = writeln!(text, "{:<20} {}", part.name, part.about);
    }
    text
}

fn versions(report: &Report, extras: &Extras) -> String {
    let web_view = extras.web_view.as_deref().unwrap_or("see doctor.txt");
    format!(
        "Curlew     {}\nsystem     {}\nweb view   {web_view}\nat         {}\n",
        report.version, report.system, report.at
    )
}

fn doctor_text(report: &Report) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let _ = writeln!(text, "{check}");
    }
    let _ = writeln!(text, "\n{report}");
    text
}

fn policy(settings: &Settings) -> String {
    let mut text = String::new();
    for key in KEYS {
        let by = match settings.policy().origin(key) {
            Origin::Default => String::new(),
            set => format!("   [{set}]"),
        };
        let _ = writeln!(text, "{:<28}{}{by}", key.name, settings.policy().words(key));
    }
    text
}

fn log(file: &Path) -> Option<BundlePart> {
    let bytes = std::fs::read(file).ok()?;
    let end = &bytes[bytes.len().saturating_sub(MOST_OF_A_LOG)..];
    let text: String = String::from_utf8_lossy(end)
        .lines()
        .map(|line| scrub(line) + "\n")
        .collect();
    let name = file.file_name()?.to_str()?;
    Some(part(
        format!("logs/{name}"),
        "What Curlew did, without patients",
        text,
    ))
}

/// Writes the parts into a zip file.
///
/// # Errors
/// When the file is already there or cannot be written.
pub fn write(parts: &[BundlePart], file: &Path) -> io::Result<()> {
    let mut zip = ZipWriter::new(File::create_new(file)?);
    for part in parts {
        // A fixed date: a bundle tells its time inside.
        zip.start_file(part.name.as_str(), SimpleFileOptions::default())?;
        zip.write_all(part.text.as_bytes())?;
    }
    zip.finish()?.sync_all()
}

/// Where a bundle made from the window goes: the person's downloads, else their home.
fn bundle_file(now: chrono::DateTime<chrono::Utc>) -> Option<PathBuf> {
    let folders = directories::UserDirs::new()?;
    let folder = folders
        .download_dir()
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| folders.home_dir());
    Some(folder.join(format!("curlew-support-{}.zip", now.format("%Y%m%d-%H%M%S"))))
}

impl App {
    /// Makes a support bundle: its parts to read, and with `save` the file. What was read last is what is saved, letter by
    /// letter; without a reading before it, the bundle is made first.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn support_bundle(
        &self,
        web_view: Option<String>,
        save: bool,
    ) -> Result<wire::SupportBundle, Error> {
        let read = self.read_bundle().take().filter(|_| save);
        let parts = match read {
            Some(parts) => parts,
            None => {
                let extras = Extras {
                    web_view,
                    ..Extras::default()
                };
                gather(&self.inner.settings, &self.inner.host, &extras).await
            }
        };
        *self.read_bundle() = Some(parts.clone());
        if !save {
            return Ok(wire::SupportBundle { parts, saved: None });
        }
        let now = self.now();
        crate::app::blocking(move || {
            let file = bundle_file(now).ok_or(Error::BadRequest(
                "This account has no folder that the bundle could be written to",
            ))?;
            write(&parts, &file).map_err(|source| {
                Error::Vault(curlew_vault::VaultError::Io {
                    doing: "writing the support bundle",
                    source,
                })
            })?;
            Ok(wire::SupportBundle {
                parts,
                saved: Some(file.display().to_string()),
            })
        })
        .await
    }

    fn read_bundle(&self) -> MutexGuard<'_, Option<Vec<BundlePart>>> {
        self.inner
            .read_bundle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
