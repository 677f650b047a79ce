//! The licences and copyright notices of everything shipped, as one text. The app shows it, the packages carry it.

use super::parts::{Kind, Part};
use crate::failure::Failure;
use crate::workspace;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// How deep a crate that carries somebody's C sources is searched for that somebody's licence.
const DEPTH_OF_SOURCES: usize = 2;

/// Longest file that is taken for a licence.
const LONGEST: u64 = 200_000;

/// The usual words, for packages that name the MIT licence and hold no text of it.
const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated \
documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the rights to \
use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the \
Software is furnished to do so, subject to the following conditions:\n\nThe above copyright notice and this permission notice \
shall be included in all copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY \
OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE \
AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, \
WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER \
DEALINGS IN THE SOFTWARE.";

/// The text, and the parts for which no licence text could be given.
#[derive(Debug)]
pub(crate) struct Notices {
    pub(crate) text: String,
    pub(crate) without: Vec<String>,
}

/// Gathers the notices of every part that is not this project's own.
///
/// # Errors
/// When this project's own licence cannot be read.
pub(crate) fn gather(parts: &[Part]) -> Result<Notices, Failure> {
    let own = fs::read_to_string(workspace::root().join("LICENSE"))
        .map_err(|error| Failure::while_doing("LICENSE cannot be read", error))?;
    let mut by_text: BTreeMap<String, Vec<&Part>> = BTreeMap::new();
    let mut without = Vec::new();
    let others: Vec<&Part> = parts.iter().filter(|part| !part.ours).collect();
    for part in &others {
        let mut texts = texts_of(part);
        if texts.is_empty() {
            texts.extend(usual_text(part, &own).or_else(|| lent_text(part, &others)));
        }
        if texts.is_empty() {
            without.push(format!("{} {} ({})", part.name, part.version, part.licence));
        }
        for text in texts {
            by_text.entry(text).or_default().push(part);
        }
    }

    let mut text = format!(
        "Curlew is made of the {} packages below, each under its own licence. Their notices follow the list.\n",
        others.len()
    );
    for (kind, title) in [
        (Kind::Crate, "Compiled into the programs"),
        (Kind::Npm, "Bundled into the window's page"),
    ] {
        let _ = write!(text, "\n{title}\n\n");
        for part in others.iter().filter(|part| part.kind == kind) {
            let _ = writeln!(text, "  {} {}  {}", part.name, part.version, part.licence);
        }
    }
    // The texts most packages share come first; equal counts in the order of the text, so that two runs agree.
    let mut sorted: Vec<(String, Vec<&Part>)> = by_text.into_iter().collect();
    sorted.sort_by_key(|(_, parts)| std::cmp::Reverse(parts.len()));
    for (licence, parts) in sorted {
        let names: Vec<String> = parts
            .iter()
            .map(|part| format!("{} {}", part.name, part.version))
            .collect();
        let _ = write!(
            text,
            "\n{}\n{}\n\n{}\n",
            "-".repeat(72),
            names.join(", "),
            licence.trim_end()
        );
    }
    Ok(Notices { text, without })
}

/// The licence files a package carries, each once, with the line ends of this system taken away.
fn texts_of(part: &Part) -> Vec<String> {
    // Such a crate is a wrapper: the C inside has a licence of its own, deeper down.
    let depth = if part.name.ends_with("-sys") || part.name.ends_with("-src") {
        DEPTH_OF_SOURCES
    } else {
        0
    };
    let mut files = Vec::new();
    find(&part.folder, depth, &mut files);
    files.sort();
    let mut texts: Vec<String> = files
        .iter()
        .filter(|path| fs::metadata(path).is_ok_and(|data| data.len() <= LONGEST))
        .filter_map(|path| fs::read(path).ok())
        .map(|bytes| {
            String::from_utf8_lossy(&bytes)
                .replace("\r\n", "\n")
                .trim()
                .to_owned()
        })
        .filter(|text| !text.is_empty())
        .collect();
    texts.sort();
    texts.dedup();
    texts
}

fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        if path.is_dir() {
            if name == "licenses" {
                find(&path, 0, found);
            } else if depth > 0 && name != "tests" && name != "test" {
                find(&path, depth - 1, found);
            }
        } else if is_licence(&name) || folder.ends_with("LICENSES") {
            found.push(path);
        }
    }
}

fn is_licence(name: &str) -> bool {
    let ends = name.rsplit_once('.').map_or("", |(_, end)| end);
    let begins = [
        "license",
        "licence",
        "copying",
        "copyright",
        "notice",
        "unlicense",
    ];
    begins.iter().any(|begin| name.starts_with(begin)) && !["rs", "html", "js", "json", "ts"].contains(&ends)
}

/// For a package that names a licence and carries no text of it.
fn usual_text(part: &Part, apache: &str) -> Option<String> {
    let offered = |name: &str| {
        part.licence
            .split(" OR ")
            .any(|licence| licence.trim_matches(['(', ')']) == name)
    };
    if offered("Apache-2.0") {
        Some(apache.trim().to_owned())
    } else if offered("MIT") {
        let who = if part.authors.is_empty() {
            format!("the authors of {}", part.name)
        } else {
            part.authors.join(", ")
        };
        Some(format!("MIT License\n\nCopyright (c) {who}\n\n{MIT}"))
    } else {
        None
    }
}

/// The text another package carries: of the same licence by the same people, or of one whose text names nobody.
fn lent_text(part: &Part, others: &[&Part]) -> Option<String> {
    others
        .iter()
        .filter(|other| other.licence == part.licence)
        .filter(|other| {
            part.licence == "MPL-2.0" || (!part.authors.is_empty() && other.authors == part.authors)
        })
        .find_map(|other| texts_of(other).into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licence_files_are_told_from_code() {
        for name in [
            "license",
            "license-mit",
            "licence.txt",
            "copying",
            "notice.md",
            "unlicense",
        ] {
            assert!(is_licence(name), "{name}");
        }
        for name in ["license.rs", "licensing.html", "readme.md", "lib.rs"] {
            assert!(!is_licence(name), "{name}");
        }
    }

    #[test]
    fn a_package_without_a_text_gets_the_one_it_names() {
        let part = |licence: &str| Part {
            kind: Kind::Crate,
            name: "example".to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            folder: "/nowhere".into(),
            authors: Vec::new(),
            hash: None,
            ours: false,
            needs: Default::default(),
        };
        assert_eq!(
            usual_text(&part("MIT OR Apache-2.0"), "apache").as_deref(),
            Some("apache")
        );
        assert!(
            usual_text(&part("MIT"), "apache").is_some_and(|text| text.contains("the authors of example"))
        );
        assert_eq!(usual_text(&part("MPL-2.0"), "apache"), None);
    }
}
