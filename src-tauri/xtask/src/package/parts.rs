//! What the shipped programs are made of: crates and npm packages, with their licences, read from the lock files.

use crate::failure::Failure;
use crate::programs::{cargo, output};
use crate::workspace;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages whose programs are shipped.
const SHIPPED: [&str; 2] = ["curlew", "curlew-ctl"];

/// Of the UI's development packages, those whose code ends in the page: the compiler's own run time and what it brings.
const RUN_TIME: [&str; 3] = ["svelte", "esm-env", "clsx"];

/// Where a part comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A Rust crate.
    Crate,
    /// An npm package, bundled into the page.
    Npm,
}

/// One part.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) version: String,
    /// SPDX expression, or what the package says.
    pub(crate) licence: String,
    /// Where its files are.
    pub(crate) folder: PathBuf,
    /// Who wrote it, where it says so.
    pub(crate) authors: Vec<String>,
    /// Name of the hash and the hash, in hexadecimal, where the lock file has one.
    pub(crate) hash: Option<(&'static str, String)>,
    /// Part of this project.
    pub(crate) ours: bool,
    /// Package URLs of what it needs.
    pub(crate) needs: BTreeSet<String>,
}

impl Part {
    /// The package URL, which names it everywhere in the bill of materials.
    pub(crate) fn purl(&self) -> String {
        let kind = match self.kind {
            Kind::Crate => "cargo",
            Kind::Npm => "npm",
        };
        format!(
            "pkg:{kind}/{}@{}",
            self.name.replace('@', "%40"),
            self.version.replace('+', "%2B")
        )
    }
}

/// The triple this machine builds for.
pub(crate) fn host() -> Result<String, Failure> {
    let said = output(Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-vV"))?;
    said.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("`rustc -vV` names no host. Check that Rust is installed whole."))
}

/// Every part, sorted by kind and name.
///
/// # Errors
/// When a lock file cannot be read, or npm's packages are not installed.
pub(crate) fn all() -> Result<Vec<Part>, Failure> {
    let mut parts = crates()?;
    parts.extend(npm_packages(&workspace::ui())?);
    parts.sort_by(|a, b| (a.kind, &a.name, &a.version).cmp(&(b.kind, &b.name, &b.version)));
    Ok(parts)
}

fn crates() -> Result<Vec<Part>, Failure> {
    let said = output(cargo().args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        &host()?,
        "--features",
        "curlew/custom-protocol",
    ]))?;
    let metadata: Value = serde_json::from_str(&said)
        .map_err(|error| Failure::while_doing("`cargo metadata` answered something else than JSON", error))?;
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock"))
        .map_err(|error| Failure::while_doing("Cargo.lock cannot be read", error))?;
    Ok(shipped_crates(&metadata, &checksums(&lock)))
}

/// The SHA-256 of each crate's archive, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        block.lines().find_map(|line| {
            line.strip_prefix(key)?
                .strip_prefix(" = \"")?
                .strip_suffix('"')
                .map(str::to_owned)
        })
    };
    lock.split("[[package]]")
        .filter_map(|block| {
            Some((
                (value(block, "name")?, value(block, "version")?),
                value(block, "checksum")?,
            ))
        })
        .collect()
}

/// Walks from what is shipped along the dependencies that are linked into it. Build dependencies are tools, but for those
/// called `-src`, whose C is compiled in.
fn shipped_crates(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Vec<Part> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages: BTreeMap<String, Value> = list(&metadata["packages"])
        .into_iter()
        .map(|package| (text(&package["id"]), package))
        .collect();
    let linked: BTreeMap<String, Vec<String>> = list(&metadata["resolve"]["nodes"])
        .into_iter()
        .map(|node| {
            // What such a crate needs in turn builds its C and ends with that.
            let of_source = packages
                .get(&text(&node["id"]))
                .is_some_and(|package| text(&package["name"]).ends_with("-src"));
            let needs = list(&node["deps"])
                .into_iter()
                .filter(|needed| {
                    let source = packages
                        .get(&text(&needed["pkg"]))
                        .is_some_and(|package| text(&package["name"]).ends_with("-src"));
                    !of_source
                        && list(&needed["dep_kinds"])
                            .iter()
                            .any(|kind| kind["kind"].is_null() || (kind["kind"] == "build" && source))
                })
                .map(|needed| text(&needed["pkg"]))
                .collect();
            (text(&node["id"]), needs)
        })
        .collect();

    let mut waiting: Vec<String> = packages
        .iter()
        .filter(|(_, package)| {
            package["source"].is_null() && SHIPPED.contains(&package["name"].as_str().unwrap_or_default())
        })
        .map(|(id, _)| id.clone())
        .collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if reached.insert(id.clone()) {
            waiting.extend(linked.get(&id).into_iter().flatten().cloned());
        }
    }

    let mut made: BTreeMap<String, Part> = reached
        .iter()
        .filter_map(|id| {
            let package = packages.get(id)?;
            let (name, version) = (text(&package["name"]), text(&package["version"]));
            let hash = checksums
                .get(&(name.clone(), version.clone()))
                .map(|sum| ("SHA-256", sum.clone()));
            let folder = Path::new(package["manifest_path"].as_str()?).parent()?.to_owned();
            let part = Part {
                kind: Kind::Crate,
                licence: expression(package["license"].as_str()),
                authors: list(&package["authors"]).iter().map(text).collect(),
                ours: package["source"].is_null(),
                needs: BTreeSet::new(),
                name,
                version,
                folder,
                hash,
            };
            Some((id.clone(), part))
        })
        .collect();
    let purls: BTreeMap<String, String> = made.iter().map(|(id, part)| (id.clone(), part.purl())).collect();
    for (id, part) in &mut made {
        part.needs = linked
            .get(id)
            .into_iter()
            .flatten()
            .filter_map(|needed| purls.get(needed).cloned())
            .collect();
    }
    made.into_values().collect()
}

/// Older manifests write a slash where SPDX has OR.
fn expression(licence: Option<&str>) -> String {
    licence.map_or_else(
        || "see its licence file".to_owned(),
        |licence| licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR "),
    )
}

/// What the UI's page is bundled from.
fn npm_packages(ui: &Path) -> Result<Vec<Part>, Failure> {
    let lock = fs::read_to_string(ui.join("package-lock.json"))
        .map_err(|error| Failure::while_doing("ui/package-lock.json cannot be read", error))?;
    let lock: Value = serde_json::from_str(&lock)
        .map_err(|error| Failure::while_doing("ui/package-lock.json is not JSON", error))?;
    let nothing = serde_json::Map::new();
    let names = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .map(|names| names.keys().cloned().collect())
            .unwrap_or_default()
    };
    let locked = lock["packages"].as_object().unwrap_or(&nothing);
    let mut waiting = names(&lock["packages"][""]["dependencies"]);
    waiting.extend(RUN_TIME.map(str::to_owned));
    let mut parts = BTreeMap::new();
    while let Some(name) = waiting.pop() {
        if parts.contains_key(&name) {
            continue;
        }
        // Every package the page is made of lies at the top; one that did not would be missed, so it is an error.
        let path = format!("node_modules/{name}");
        let Some(entry) = locked.get(&path) else {
            return Err(Failure::new(format!(
                "{name} is not where ui/package-lock.json should have it."
            )));
        };
        // The compiler's other dependencies are tools.
        let needs = if name == "svelte" {
            RUN_TIME[1..].iter().map(|name| (*name).to_owned()).collect()
        } else {
            names(&entry["dependencies"])
        };
        let folder = ui.join(&path);
        let manifest = fs::read_to_string(folder.join("package.json")).map_err(|error| {
            Failure::while_doing(format!("{name} is not installed; run `npm ci` in ui/"), error)
        })?;
        let manifest: Value = serde_json::from_str(&manifest)
            .map_err(|error| Failure::while_doing(format!("{name}'s package.json is not JSON"), error))?;
        let author = manifest["author"]["name"]
            .as_str()
            .or(manifest["author"].as_str());
        waiting.extend(needs.iter().cloned());
        parts.insert(
            name.clone(),
            (
                needs,
                Part {
                    kind: Kind::Npm,
                    version: entry["version"].as_str().unwrap_or_default().to_owned(),
                    licence: expression(entry["license"].as_str()),
                    authors: author.map(str::to_owned).into_iter().collect(),
                    hash: entry["integrity"].as_str().and_then(sha512),
                    ours: false,
                    needs: BTreeSet::new(),
                    name,
                    folder,
                },
            ),
        );
    }
    let purls: BTreeMap<String, String> = parts
        .iter()
        .map(|(name, (_, part))| (name.clone(), part.purl()))
        .collect();
    Ok(parts
        .into_values()
        .map(|(needs, mut part)| {
            part.needs = needs.iter().filter_map(|name| purls.get(name).cloned()).collect();
            part
        })
        .collect())
}

/// npm writes hashes in base64, the bill of materials wants hexadecimal.
fn sha512(integrity: &str) -> Option<(&'static str, String)> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = 0_u32;
    let mut held = 0;
    let mut hex = String::new();
    for byte in integrity.strip_prefix("sha512-")?.trim_end_matches('=').bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        bits = (bits << 6) | u32::try_from(digit).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            hex.push_str(&format!("{:02x}", (bits >> held) & 0xff));
        }
    }
    (hex.len() == 128).then_some(("SHA-512", hex))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_linked_is_found_and_tools_are_not() {
        let package = |name: &str, source: Option<&str>| {
            json!({ "id": name, "name": name, "version": "1.0.0", "source": source, "license": "MIT/Apache-2.0",
                    "manifest_path": format!("/x/{name}/Cargo.toml"), "authors": [] })
        };
        let needs = |name: &str, kind: Option<&str>| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [
                package("curlew", None), package("linked", Some("r")), package("cc", Some("r")),
                package("sqlite-src", Some("r")), package("tested-with", Some("r")), package("unrelated", Some("r")),
            ],
            "resolve": { "nodes": [
                { "id": "curlew", "deps": [needs("linked", None), needs("tested-with", Some("dev"))] },
                { "id": "linked", "deps": [needs("cc", Some("build")), needs("sqlite-src", Some("build"))] },
                { "id": "sqlite-src", "deps": [needs("cc", None)] },
            ]},
        });
        let sums = checksums(
            "[[package]]\nname = \"linked\"\nversion = \"1.0.0\"\nsource = \"r\"\nchecksum = \"abc\"\n",
        );
        let parts = shipped_crates(&metadata, &sums);
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["curlew", "linked", "sqlite-src"]);
        assert_eq!(parts[1].hash, Some(("SHA-256", "abc".to_owned())));
        assert_eq!(parts[1].licence, "MIT OR Apache-2.0");
        assert_eq!(
            parts[0].needs.iter().collect::<Vec<_>>(),
            ["pkg:cargo/linked@1.0.0"]
        );
        assert!(parts[0].ours && !parts[1].ours);
    }

    #[test]
    fn npm_hashes_become_hexadecimal() {
        let zeros = format!("sha512-{}==", "A".repeat(86));
        assert_eq!(sha512(&zeros), Some(("SHA-512", "0".repeat(128))));
        assert_eq!(sha512("sha1-AAAA"), None);
    }
}
