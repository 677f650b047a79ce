//! Where a store's databases lie: in its folder, or, for a store that must leave nothing behind, in this process alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};

use crate::copies::{self, CopyFile};
use crate::database::{self, Expect, Location, open_database};
use crate::error::{VaultError, While};
use crate::keyslots::sync_folder;
use crate::locking::Stop;

/// The patients' files of one store. Work in them stops when the store is locked.
pub(crate) struct Records {
    files: Files,
    stop: Stop,
}

/// Where the patients' files of one store lie.
pub(crate) enum Files {
    /// `records/` in the store's folder.
    Folder(PathBuf),
    /// Nowhere but in memory.
    Memory(Memory),
}

/// Databases of the engine's own memory file system. Each is there for as long as something has it open, so one idle
/// connection a file is kept here; without these the files are gone, and no name leads to them again.
#[derive(Default)]
pub(crate) struct Memory {
    keepers: Mutex<HashMap<String, Connection>>,
}

/// The name of a database in memory. Names are random, so no two stores of one process meet.
fn name(file: &str) -> String {
    format!("file:/{file}?vfs=memdb")
}

/// Where a database in memory lies.
pub(crate) fn in_memory(file: &str) -> Location {
    Location::Memory(name(file))
}

impl Records {
    pub(crate) fn new(files: Files, stop: Stop) -> Self {
        Self { files, stop }
    }

    fn location(&self, file: &str) -> Location {
        match &self.files {
            Files::Folder(folder) => Location::Disk(copies::path(folder, file)),
            Files::Memory(_) => in_memory(file),
        }
    }

    /// Opens a patient's file.
    pub(crate) fn open(&self, copy: &CopyFile) -> Result<Connection, VaultError> {
        let location = self.location(&copy.file);
        let mut file = open_database(&location, &copy.key, &database::RECORD, Expect::Present)?;
        self.stop.watch(&mut file)?;
        Ok(file)
    }

    /// Makes a patient's file, which nothing may lead to before it is filled and [settled](Self::settle).
    pub(crate) fn make(&self, copy: &CopyFile) -> Result<Connection, VaultError> {
        let mut file = database::open_unseen(&self.location(&copy.file), &copy.key)?;
        self.stop.watch(&mut file)?;
        if let Files::Memory(memory) = &self.files {
            memory.keep(&copy.file)?;
        }
        Ok(file)
    }

    /// Removes files that no row names any more. On a disk, one that something still holds open goes at the next unlock.
    pub(crate) fn remove(&self, files: &[String]) {
        for file in files {
            match &self.files {
                Files::Folder(folder) => {
                    let path = copies::path(folder, file);
                    drop(std::fs::remove_file(&path));
                    for journal in ["-journal", "-wal", "-shm"] {
                        let mut name = path.as_os_str().to_owned();
                        name.push(journal);
                        drop(std::fs::remove_file(name));
                    }
                }
                Files::Memory(memory) => drop(memory.keepers().remove(file)),
            }
        }
    }

    /// Makes it durable which files there are.
    pub(crate) fn settle(&self) -> Result<(), VaultError> {
        match &self.files {
            Files::Folder(folder) => sync_folder(folder),
            Files::Memory(_) => Ok(()),
        }
    }

    /// The names of all files there are, with endings.
    pub(crate) fn names(&self) -> Result<Vec<String>, VaultError> {
        let doing = "looking through the patients' files";
        match &self.files {
            Files::Folder(folder) => std::fs::read_dir(folder)
                .while_doing(doing)?
                .filter_map(|file| {
                    file.map(|file| file.file_name().into_string().ok())
                        .while_doing(doing)
                        .transpose()
                })
                .collect(),
            Files::Memory(memory) => Ok(memory.keepers().keys().cloned().collect()),
        }
    }

    /// Removes the copies of files in old formats that a change of format left which was cut off at its very end: what is
    /// erased or destroyed from now on must not lie on in them.
    pub(crate) fn remove_old_formats(&self) -> Result<(), VaultError> {
        let Files::Folder(folder) = &self.files else {
            return Ok(());
        };
        for folder in folder.parent().into_iter().chain([folder.as_path()]) {
            database::remove_old_formats(folder)?;
        }
        Ok(())
    }

    /// Lets go of everything that lies in memory alone.
    pub(crate) fn let_go(&self) {
        if let Files::Memory(memory) = &self.files {
            memory.keepers().clear();
        }
    }
}

impl Memory {
    fn keepers(&self) -> std::sync::MutexGuard<'_, HashMap<String, Connection>> {
        self.keepers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, file: &str) -> Result<(), VaultError> {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // Holds the file open and never reads it: it has no key.
        let keeper = Connection::open_with_flags(name(file), flags).while_doing("opening a file")?;
        self.keepers().insert(file.to_owned(), keeper);
        Ok(())
    }
}

/// Where `path` of a store's folder lies.
pub(crate) fn on_disk(path: &Path) -> Location {
    Location::Disk(path.to_owned())
}
