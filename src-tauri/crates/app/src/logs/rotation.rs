//! Log files that neither grow nor pile up.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A file is closed when the next line would make it longer, in bytes.
pub const LARGEST_FILE: u64 = 1024 * 1024;
/// Files kept, the one being written included.
pub const KEPT_FILES: usize = 6;
/// Older files are removed at the start of the program.
const OLDEST: Duration = Duration::from_secs(14 * 24 * 3600);

const NAME: &str = "curlew";

/// `curlew.log`, and before it `curlew.1.log` to `curlew.5.log`.
#[derive(Debug)]
pub struct RotatingFile {
    folder: PathBuf,
    file: File,
    length: u64,
    largest: u64,
}

fn name(number: usize) -> String {
    match number {
        0 => format!("{NAME}.log"),
        number => format!("{NAME}.{number}.log"),
    }
}

impl RotatingFile {
    /// Goes on with the newest file of `folder`, and removes what is too old.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Self::open_with(folder, LARGEST_FILE, SystemTime::now())
    }

    fn open_with(folder: &Path, largest: u64, now: SystemTime) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for file in log_files(folder) {
            let age = fs::metadata(&file)
                .and_then(|about| about.modified())
                .ok()
                .and_then(|written| now.duration_since(written).ok());
            if age.is_some_and(|age| age > OLDEST) {
                // One that will not go is tried again at the next start.
                drop(fs::remove_file(file));
            }
        }
        let file = append(&folder.join(name(0)))?;
        Ok(Self {
            folder: folder.to_owned(),
            length: file.metadata()?.len(),
            file,
            largest,
        })
    }

    /// Appends a line.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        let more = line.len() as u64;
        if self.length > 0 && self.length + more > self.largest {
            self.turn()?;
        }
        self.file.write_all(line)?;
        self.length += more;
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        for number in (0..KEPT_FILES - 1).rev() {
            let from = self.folder.join(name(number));
            if from.exists() {
                fs::rename(from, self.folder.join(name(number + 1)))?;
            }
        }
        self.file = append(&self.folder.join(name(0)))?;
        self.length = 0;
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// The log's files in a folder, and those of versions before, the newest name first.
#[must_use]
pub fn log_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.path())
        .filter(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            name.starts_with(NAME) && name.ends_with(".log")
        })
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_turn_by_size_and_the_oldest_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = RotatingFile::open_with(folder.path(), 100, SystemTime::now()).expect("a log");
        for number in 0..100 {
            log.write_line(format!("line {number:03} of forty bytes or nearly so\n").as_bytes())
                .expect("written");
        }
        let files = log_files(folder.path());
        assert_eq!(files.len(), KEPT_FILES);
        for file in &files {
            assert!(fs::metadata(file).expect("a file").len() <= 100);
        }
        let newest = fs::read_to_string(folder.path().join("curlew.log")).expect("a file");
        assert!(
            newest.ends_with("line 099 of forty bytes or nearly so\n"),
            "{newest}"
        );
        let before = fs::read_to_string(folder.path().join("curlew.1.log")).expect("a file");
        assert!(before < newest);
    }

    #[test]
    fn a_start_goes_on_with_the_file_and_removes_the_old() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |now| RotatingFile::open_with(folder.path(), 1000, now).expect("a log");
        open(SystemTime::now()).write_line(b"one\n").expect("written");
        open(SystemTime::now()).write_line(b"two\n").expect("written");
        let text = || fs::read_to_string(folder.path().join("curlew.log")).expect("the log");
        assert_eq!(text(), "one\ntwo\n");
        drop(open(SystemTime::now() + OLDEST + Duration::from_secs(60)));
        assert_eq!(text(), "");
        fs::write(folder.path().join("else.txt"), "not ours").expect("written");
        assert_eq!(log_files(folder.path()).len(), 1);
    }
}
