//! A device without a window: the app on a folder, a keychain, a browser and a clock that a test holds in its hands.

use crate::Outcome;
use crate::places::Places;
use crate::support::{FakeKeychain, FixedClock, ScriptedBrowser};
use curlew_app::view::{Line, TimelineFilter};
use curlew_app::wire::{ErrorCode, ProofSheet, SectionScreen, Stage};
use curlew_app::{App, Conditions, Error, Event, Host, Settings};
use curlew_redact::SecretString;
use curlew_vault::Argon2Cost;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// The passphrase of every test's store.
pub const PASSPHRASE: &str = "reed avocet samphire tide";

/// Survives what the app does not: a restart.
pub struct Device {
    /// The disk.
    pub places: Places,
    /// The OS keychain.
    pub keychain: Arc<FakeKeychain>,
    /// The person's browser.
    pub browser: Arc<ScriptedBrowser>,
    /// The clock.
    pub clock: FixedClock,
    /// What it tells of its power and its network.
    pub conditions: Arc<Mutex<Conditions>>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Device {
    /// A device nobody has used, whose person signs in as `user`.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn new(user: &str) -> Outcome<Self> {
        Ok(Self {
            places: Places::new()?,
            keychain: Arc::default(),
            browser: Arc::new(ScriptedBrowser::new(user)),
            clock: FixedClock::default(),
            conditions: Arc::default(),
            events: Arc::default(),
        })
    }

    /// Starts the app on a record API, as the command line would. Dropping it is a power cut: nothing is tidied.
    ///
    /// # Errors
    /// When the address is not valid.
    pub fn start(&self, record_api: &str) -> Outcome<App> {
        self.start_under(record_api, |_| {})
    }

    /// The same, under a policy of its own.
    ///
    /// # Errors
    /// When the address is not valid.
    pub fn start_under(&self, record_api: &str, policy: impl FnOnce(&mut Settings)) -> Outcome<App> {
        let mut settings = Settings::for_record_api(record_api, self.places.store())?;
        policy(&mut settings);
        self.start_with(settings, Arc::clone(&self.browser))
    }

    /// The same computer, where somebody else sits in front of the browser.
    ///
    /// # Errors
    /// When the address is not valid.
    pub fn start_as(&self, record_api: &str, browser: Arc<ScriptedBrowser>) -> Outcome<App> {
        self.start_with(
            Settings::for_record_api(record_api, self.places.store())?,
            browser,
        )
    }

    fn start_with(&self, settings: Settings, browser: Arc<ScriptedBrowser>) -> Outcome<App> {
        let (clock, steady) = (self.clock.clone(), self.clock.clone());
        let conditions = Arc::clone(&self.conditions);
        let host = Host {
            keychain: self.keychain.clone(),
            browser,
            clock: Arc::new(move || clock.now()),
            steady: Arc::new(move || steady.steady()),
            // Cheap: what a guess costs is the vault's own test.
            argon2: Argon2Cost {
                memory_kib: 8,
                iterations: 1,
                parallelism: 1,
            }
            .into(),
            conditions: Arc::new(move || conditions.lock().map(|told| *told).unwrap_or_default()),
            device: "test device".to_owned(),
        };
        let events = Arc::clone(&self.events);
        Ok(App::new(settings, host, move |event| {
            if let Ok(mut events) = events.lock() {
                events.push(event);
            }
        }))
    }

    /// Lets time pass with the person at the screen and the app's clock beating, a few minutes at a time.
    ///
    /// # Errors
    /// When the app locks all the same.
    pub async fn work_on(&self, app: &App, time: chrono::Duration) -> Result<(), Error> {
        let step = chrono::Duration::seconds(50);
        let mut left = time;
        while left > chrono::Duration::zero() {
            self.clock.advance(step.min(left));
            left -= step;
            app.touch()?;
            app.tick().await;
        }
        Ok(())
    }

    /// Names and sizes of the patients' files of every store, and the folders they are in.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn record_files(&self) -> Outcome<BTreeSet<(String, u64)>> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![self.places.store()];
        while let Some(folder) = waiting.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let path = entry.path();
                let kept = path
                    .strip_prefix(self.places.store())?
                    .to_string_lossy()
                    .into_owned();
                if path.is_dir() {
                    found.insert((kept, 0));
                    waiting.push(path);
                } else if kept.contains("records") {
                    found.insert((kept, entry.metadata()?.len()));
                }
            }
        }
        Ok(found)
    }

    /// Everything pushed to the window so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events
            .lock()
            .map(|events| events.clone())
            .unwrap_or_default()
    }

    /// Starts the app, signs in, makes the store and loads these patients (all when empty).
    ///
    /// # Errors
    /// With the first step that failed.
    pub async fn start_and_load(&self, record_api: &str, patients: &[String]) -> Outcome<(App, ProofSheet)> {
        let app = self.start(record_api)?;
        let status = app.sign_in().await?;
        if status.stage != Stage::FirstRun {
            return Err(format!(
                "signed in, and the app is at {:?} instead of the first run",
                status.stage
            )
            .into());
        }
        app.create_store(SecretString::from(PASSPHRASE)).await?;
        let sheet = app.load_offline(patients.to_vec()).await?;
        Ok((app, sheet))
    }

    /// Unlocks the one store on this device.
    ///
    /// # Errors
    /// As the app's.
    pub async fn unlock(&self, app: &App, passphrase: &str) -> Result<(), Error> {
        let store = app.status().stores.into_iter().next().ok_or(Error::SignedOut)?;
        app.unlock(&store.id, SecretString::from(passphrase.to_owned()))
            .await
            .map(drop)
    }
}

/// Everything a person can read about one patient, as text and as the resources behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Every screen, in reading order.
    pub text: String,
    /// `Type/id` of every resource behind a line of any screen.
    pub resources: BTreeSet<String>,
    /// Resources the Gaps screen says were received, are shown, and are named as not shown.
    pub counts: (u32, u32, u32),
}

/// Opens a patient and reads every screen.
///
/// # Errors
/// As the app's.
pub async fn screens(app: &App, patient: &str) -> Result<Shown, Error> {
    let first = app.open_patient(patient.to_owned()).await?;
    let filter = TimelineFilter::default();
    let index = app.timeline_index(patient, filter.clone()).await?;
    let mut lines: Vec<Line> = Vec::new();
    while let offset = u32::try_from(lines.len()).unwrap_or(u32::MAX)
        && offset < index.total
    {
        let page = app.timeline(patient, filter.clone(), offset, 200).await?;
        if page.lines.is_empty() {
            break;
        }
        lines.extend(page.lines);
    }
    let medicines = app.medicines(patient).await?;
    let results = app.results(patient).await?;
    let gaps = app.gaps(patient).await?;

    let mut text = format!("{:#?}\n{:#?}\n", first.banner, first.safety);
    let mut resources = BTreeSet::new();
    for group in medicines.current.iter().chain(&medicines.past) {
        text.push_str(&format!(
            "{:?} {} {:?}\n",
            group.line, group.status, group.differences
        ));
        resources.extend(group.sources.iter().map(|source| source.resource.clone()));
    }
    for point in results.series.iter().flat_map(|series| &series.points) {
        text.push_str(&format!("{} {}\n", point.when, point.value));
        resources.insert(point.id.clone());
    }
    for screen in [
        SectionScreen::Summary,
        SectionScreen::Documents,
        SectionScreen::Plans,
        SectionScreen::People,
    ] {
        for section in app.sections(patient, screen).await?.sections {
            text.push_str(&format!("{} {:?}\n", section.title, section.empty));
            lines.extend(section.lines);
        }
    }
    lines.extend(results.other);
    for line in &lines {
        text.push_str(&format!(
            "{} {} {:?} {}\n",
            line.when, line.title, line.detail, line.setting.label
        ));
        resources.extend(line.sources.iter().map(|source| source.resource.clone()));
    }
    app.close_patient()?;
    Ok(Shown {
        text,
        resources,
        counts: (gaps.received, gaps.shown, gaps.named),
    })
}

/// A failure as the person sees it must have a code, a plain sentence and a next step, and nothing of the machinery.
///
/// # Errors
/// With what is wrong with its words.
pub fn plain_words(error: &Error) -> Outcome<ErrorCode> {
    let (code, message, next_step) = error.words();
    for words in [&message, &next_step] {
        let trimmed = words.trim();
        let plain = trimmed.starts_with(|first: char| first.is_uppercase())
            && trimmed.ends_with(['.', '?'])
            && trimmed.split_whitespace().count() >= 3
            && !["::", "{", "}", "Err(", "Some(", "None", "error:", "errno"]
                .iter()
                .any(|mark| trimmed.contains(mark));
        if !plain {
            return Err(format!("not a plain sentence: {words:?} (of {code:?})").into());
        }
    }
    Ok(code)
}
