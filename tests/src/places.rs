//! Every folder the app may write to, made fresh, so that all of it can be searched afterwards.

use crate::Outcome;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A home of its own for one person's use of the app. Survives restarts of the app, removed when dropped.
#[derive(Debug)]
pub struct Places {
    root: tempfile::TempDir,
}

/// Environment variable and folder below the root.
const FOLDERS: &[(&str, &str)] = &[
    ("HOME", "home"),
    ("XDG_DATA_HOME", "data"),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_RUNTIME_DIR", "run"),
    ("TMPDIR", "tmp"),
];

impl Places {
    /// Makes the folders, each readable by this user only.
    ///
    /// # Errors
    /// When the temporary folder cannot be written.
    pub fn new() -> Outcome<Self> {
        let root = tempfile::Builder::new().prefix("curlew-places-").tempdir()?;
        let places = Self { root };
        for name in FOLDERS.iter().map(|(_, name)| *name).chain(["store", "work"]) {
            let folder = places.root.path().join(name);
            fs::create_dir(&folder)?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
            }
        }
        Ok(places)
    }

    /// All of it.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The app's `--data-dir`.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.root.path().join("store")
    }

    /// File that says who sits at the browser, when it is not who started the app.
    #[must_use]
    pub fn who(&self) -> PathBuf {
        self.root.path().join("work").join("who")
    }

    /// The folder the app is started in.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// Holds by how many seconds the app's clock is ahead, for an app that is not for release. Absent, by none.
    #[must_use]
    pub fn clock_ahead(&self) -> PathBuf {
        self.root.path().join("clock-ahead")
    }

    /// Puts the app's clock ahead: what a laptop sees that has slept so long, its steady clock standing still.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_clock_ahead(&self, seconds: u64) -> Outcome {
        // In one step: the app may read it at any moment.
        let new = self.root.path().join("clock-ahead.new");
        fs::write(&new, seconds.to_string())?;
        Ok(fs::rename(new, self.clock_ahead())?)
    }

    /// The environment that leads the app, its web view and its libraries here.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        FOLDERS
            .iter()
            .map(|(variable, name)| (*variable, self.root.path().join(name).into_os_string()))
            .collect()
    }
}
