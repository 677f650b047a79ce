//! Searching everything that was written to disk for what must not be there.
//!
//! Each word is looked for as UTF-8, UTF-16 and Base64, and again inside anything that is merely compressed (zstd, gzip):
//! a record packed but not encrypted is readable too.

use crate::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Shorter words would be found in noise: six bytes match 50 MB of random data once in five million hunts.
const SHORTEST: usize = 6;

/// Most that is unpacked from one place in a file.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// One word found where it must not be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Where.
    pub file: PathBuf,
    /// Which word. Of synthetic patients only: the hunt is a test.
    pub word: String,
    /// How it was written.
    pub form: &'static str,
}

/// The words to look for, in every form they could be written in.
#[derive(Debug, Default)]
pub struct Hunt {
    needles: Vec<(Vec<u8>, String, &'static str)>,
    /// Needles by their first four bytes.
    by_start: HashMap<[u8; 4], Vec<usize>>,
    /// Which first two bytes any needle has: most places are dismissed by one look into this table.
    worth_looking: Vec<bool>,
}

impl Hunt {
    /// A hunt for these words. Words under six characters are left out; [`Hunt::words`] says how many stayed.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        let words: BTreeSet<String> = words.into_iter().filter(|word| word.len() >= SHORTEST).collect();
        let mut hunt = Self {
            worth_looking: vec![false; 1 << 16],
            ..Self::default()
        };
        for word in words {
            hunt.add(word.as_bytes().to_vec(), &word, "UTF-8");
            let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
            hunt.add(wide, &word, "UTF-16");
            for needle in base64_forms(word.as_bytes()) {
                hunt.add(needle, &word, "Base64");
            }
        }
        hunt
    }

    fn add(&mut self, needle: Vec<u8>, word: &str, form: &'static str) {
        if let Some(start) = needle.first_chunk::<4>() {
            self.worth_looking[usize::from(u16::from_le_bytes([start[0], start[1]]))] = true;
            self.by_start.entry(*start).or_default().push(self.needles.len());
            self.needles.push((needle, word.to_owned(), form));
        }
    }

    /// How many different words are looked for.
    #[must_use]
    pub fn words(&self) -> usize {
        self.needles
            .iter()
            .filter(|(_, _, form)| *form == "UTF-8")
            .count()
    }

    /// Searches every file below `folder`, and the names of files and folders.
    ///
    /// # Errors
    /// When something cannot be read: what cannot be searched is not clean.
    pub fn search(&self, folder: &Path) -> Outcome<Searched> {
        let mut searched = Searched::default();
        let mut waiting = vec![folder.to_owned()];
        while let Some(path) = waiting.pop() {
            let name = path
                .strip_prefix(folder)
                .unwrap_or(&path)
                .to_string_lossy()
                .into_owned();
            self.look(name.as_bytes(), &path, &mut searched.found);
            let kind = fs::symlink_metadata(&path)?.file_type();
            if kind.is_dir() {
                for entry in fs::read_dir(&path)? {
                    waiting.push(entry?.path());
                }
            } else if kind.is_symlink() {
                self.look(
                    fs::read_link(&path)?.to_string_lossy().as_bytes(),
                    &path,
                    &mut searched.found,
                );
            } else if kind.is_file() {
                let bytes = fs::read(&path)?;
                self.look(&bytes, &path, &mut searched.found);
                for unpacked in unpacked(&bytes) {
                    self.look(&unpacked, &path, &mut searched.found);
                }
                searched.files += 1;
                searched.bytes += bytes.len() as u64;
            }
        }
        Ok(searched)
    }

    /// Looks through `bytes` as they are, which came from `file`.
    pub fn look(&self, bytes: &[u8], file: &Path, found: &mut BTreeSet<Found>) {
        for (at, start) in bytes.array_windows::<4>().enumerate() {
            if !self.worth_looking[usize::from(u16::from_le_bytes([start[0], start[1]]))] {
                continue;
            }
            for index in self.by_start.get(start).into_iter().flatten() {
                let (needle, word, form) = &self.needles[*index];
                if bytes[at..].starts_with(needle) {
                    found.insert(Found {
                        file: file.to_owned(),
                        word: word.clone(),
                        form,
                    });
                }
            }
        }
    }
}

/// What a search saw.
#[derive(Debug, Default)]
pub struct Searched {
    /// Files read.
    pub files: usize,
    /// Bytes read.
    pub bytes: u64,
    /// What was found, each once a file.
    pub found: BTreeSet<Found>,
}

/// The middle of a word in Base64 does not depend on what stands around it, only on where in a group of three it starts.
fn base64_forms(word: &[u8]) -> Vec<Vec<u8>> {
    (0..3)
        .map(|shift| {
            let mut padded = vec![0; shift];
            padded.extend_from_slice(word);
            let encoded = STANDARD_NO_PAD.encode(&padded).into_bytes();
            // Characters that also hold bits of a neighbour are not the word's own.
            let from = [0, 2, 3][shift];
            let to = padded.len() * 8 / 6;
            encoded[from..to].to_vec()
        })
        .collect()
}

/// Everything in a file that starts like compressed data and can be unpacked.
fn unpacked(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for at in 0..bytes.len() {
        let rest = &bytes[at..];
        let mut text = Vec::new();
        // What was unpacked before an error counts: a cut file is readable as far as it goes.
        if rest.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            if let Ok(reader) = zstd::stream::read::Decoder::new(rest) {
                let _ = reader.take(UNPACKED).read_to_end(&mut text);
            }
        } else if rest.starts_with(&[0x1f, 0x8b, 0x08]) {
            let _ = flate2::read::GzDecoder::new(rest)
                .take(UNPACKED)
                .read_to_end(&mut text);
        }
        if !text.is_empty() {
            found.push(text);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_word_is_found_in_every_form_and_in_packed_files() -> Outcome {
        let word = "Featherstonehaugh";
        let folder = tempfile::tempdir()?;
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes);
        write("plain", b"the name is Featherstonehaugh, John")?;
        let wide: Vec<u8> = format!("x {word}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        write("wide", &wide)?;
        for before in ["", "a", "ab"] {
            let encoded =
                base64::engine::general_purpose::STANDARD.encode(format!("{before}{word} and more"));
            write(&format!("base64-{}", before.len()), encoded.as_bytes())?;
        }
        write(
            "packed",
            &[b"junk".to_vec(), zstd::encode_all(word.as_bytes(), 3)?].concat(),
        )?;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(word.as_bytes())?;
        write("zipped", &gzip.finish()?)?;
        write("innocent", b"Featherstone, and haugh")?;
        fs::create_dir(folder.path().join(format!("of-{word}")))?;

        let searched = Hunt::new([word.to_owned(), "short".to_owned()]).search(folder.path())?;
        let names: BTreeSet<String> = searched
            .found
            .iter()
            .filter_map(|found| Some(found.file.file_name()?.to_string_lossy().into_owned()))
            .collect();
        let expected = [
            "base64-0",
            "base64-1",
            "base64-2",
            "of-Featherstonehaugh",
            "packed",
            "plain",
            "wide",
            "zipped",
        ];
        assert_eq!(names, expected.map(str::to_owned).into());
        assert_eq!(searched.files, 8);
        Ok(())
    }
}
