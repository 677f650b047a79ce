//! Where things are.

use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// The root of the source tree.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The UI's folder.
pub(crate) fn ui() -> PathBuf {
    root().join("ui")
}

/// Where cargo leaves debug programs, whatever `CARGO_TARGET_DIR` or the machine's configuration say.
pub(crate) fn debug_folder() -> Result<PathBuf, Failure> {
    let metadata = crate::imports::metadata(true)?;
    metadata["target_directory"]
        .as_str()
        .map(|folder| Path::new(folder).join("debug"))
        .ok_or_else(|| {
            Failure::new("`cargo metadata` names no target directory. Check that cargo is up to date.")
        })
}

/// A program cargo has built.
pub(crate) fn built(name: &str) -> Result<PathBuf, Failure> {
    let path = debug_folder()?.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() {
        Ok(path)
    } else {
        Err(Failure::new(format!(
            "{} is not there although the build succeeded.",
            path.display()
        )))
    }
}
