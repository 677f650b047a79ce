//! `cargo xtask package`: the app and `curlewctl` as packages of this system, with licences and a bill of materials.
//!
//! The programs are built once, with the machine's folders taken out of them; the same sources, tools and
//! `SOURCE_DATE_EPOCH` give the same packages. `.deb` and `.rpm` on Linux, NSIS and MSI on Windows, an app and a disk image on
//! macOS. `--try` then installs the `.deb` into an empty system and uses it there ([`trial`]).

mod notices;
mod parts;
mod sbom;
mod trial;

use crate::failure::Failure;
use crate::packages::{self, For};
use crate::programs::{cargo, npm, output, run};
use crate::workspace;
use clap::Args;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to package.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Package what the last run built, without building again.
    #[arg(long)]
    no_build: bool,
    /// Build with what the ordinary release build has compiled, leaving this machine's paths in the programs: quicker, for
    /// trying out, not for giving away.
    #[arg(long)]
    keep_paths: bool,
    /// Install the .deb into an empty system and use it there; check the .rpm. Needs root, Debian and its mirror.
    #[arg(long = "try")]
    try_it: bool,
    /// Only that: the packages are there already.
    #[arg(long, conflicts_with = "no_build")]
    only_try: bool,
}

/// Builds and packages, or tries what was packaged.
///
/// # Errors
/// With the step that failed.
pub(crate) fn make(options: &Options) -> Result<(), Failure> {
    packages::prepare(if options.try_it || options.only_try {
        For::Trial
    } else {
        For::Packaging
    })?;
    let packages = Packages::new(options.keep_paths)?;
    if !options.only_try {
        if !options.no_build {
            packages.build()?;
        }
        if !options.keep_paths {
            packages.no_machine_paths()?;
        }
        packages.stage()?;
        packages.bundle()?;
    }
    packages.list()?;
    if options.try_it || options.only_try {
        trial::all(&packages.made()?, &packages.folder.join("trial"))?;
    }
    Ok(())
}

/// Writes the third-party notices alone, and says where.
///
/// # Errors
/// When the lock files or npm's packages cannot be read.
pub(crate) fn notices_only() -> Result<(), Failure> {
    let packages = Packages::new(false)?;
    fs::create_dir_all(packages.stage_folder())
        .map_err(|error| Failure::while_doing("The folder for the notices cannot be made", error))?;
    packages.write_notices(&parts::all()?)
}

struct Packages {
    /// What is made besides the programs.
    folder: PathBuf,
    /// Where the programs are built. A target folder of its own unless paths are kept, because the flags that take them
    /// out would make cargo build everything of the ordinary one anew.
    target: PathBuf,
    keep_paths: bool,
    host: String,
    version: String,
    /// Seconds since 1970, the time every file and package bears.
    epoch: u64,
}

impl Packages {
    fn new(keep_paths: bool) -> Result<Self, Failure> {
        let debug = workspace::debug_folder()?;
        let target = debug.parent().unwrap_or(&debug);
        let folder = target.join("package");
        Ok(Self {
            target: if keep_paths {
                target.to_owned()
            } else {
                folder.clone()
            },
            folder,
            keep_paths,
            host: parts::host()?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            epoch: epoch(),
        })
    }

    fn stage_folder(&self) -> PathBuf {
        self.folder.join("stage")
    }

    fn program(&self, name: &str) -> PathBuf {
        self.target
            .join("release")
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    fn build(&self) -> Result<(), Failure> {
        run(npm().arg("ci"))?;
        run(npm().args(["run", "build"]))?;
        let mut build = cargo();
        build
            .args(["build", "--locked", "--release", "--target-dir"])
            .arg(&self.target)
            .args(["--package", "curlew", "--package", "curlew-ctl"])
            .args(["--features", "curlew/custom-protocol"]);
        if self.keep_paths {
            return run(&mut build);
        }
        build.env("SOURCE_DATE_EPOCH", self.epoch.to_string());
        let places = machine_places();
        let flags: Vec<String> = places
            .iter()
            .map(|(from, to)| format!("--remap-path-prefix={from}={to}"))
            .collect();
        build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        if !cfg!(windows) {
            let flags: Vec<String> = places
                .iter()
                .map(|(from, to)| format!("-ffile-prefix-map={from}={to}"))
                .collect();
            build
                .env("CFLAGS", flags.join(" "))
                .env("CXXFLAGS", flags.join(" "));
        }
        run(&mut build)
    }

    /// A path of this machine in a program tells where it was built, and makes every build another one.
    fn no_machine_paths(&self) -> Result<(), Failure> {
        for name in ["curlew", "curlewctl"] {
            let path = self.program(name);
            let bytes = fs::read(&path).map_err(|error| {
                Failure::while_doing(
                    format!(
                        "{} cannot be read; build it first, without --no-build",
                        path.display()
                    ),
                    error,
                )
            })?;
            for (place, _) in machine_places() {
                if let Some(at) = position(&bytes, place.as_bytes()) {
                    let end = bytes[at..]
                        .iter()
                        .position(|byte| !byte.is_ascii_graphic())
                        .unwrap_or(0);
                    return Err(Failure::new(format!(
                        "{name} holds a path of this machine: {}",
                        String::from_utf8_lossy(&bytes[at..at + end.min(200)])
                    )));
                }
            }
            println!("{name}: {} bytes, no path of this machine in it", bytes.len());
        }
        Ok(())
    }

    /// What goes beside the program: the console program, licences, bill of materials.
    fn stage(&self) -> Result<(), Failure> {
        let stage = self.stage_folder();
        let _ = fs::remove_dir_all(&stage);
        let failed = |error| Failure::while_doing(format!("{} cannot be filled", stage.display()), error);
        fs::create_dir_all(&stage).map_err(failed)?;
        let parts = parts::all()?;
        self.write_notices(&parts)?;
        let bill = sbom::bill(&parts, &self.version, &stamp(self.epoch));
        let problems = sbom::problems(&bill);
        if !problems.is_empty() {
            return Err(Failure::new(format!(
                "The bill of materials is not right: {}",
                problems.join("; ")
            )));
        }
        let text = serde_json::to_string_pretty(&bill)
            .map_err(|error| Failure::while_doing("The bill of materials cannot be written", error))?;
        fs::write(stage.join("curlew.cdx.json"), text + "\n").map_err(failed)?;
        println!("Bill of materials: {} parts", parts.len());
        // Tauri wants the triple in the name and takes it off again.
        let console = format!("curlewctl-{}{}", self.host, std::env::consts::EXE_SUFFIX);
        fs::copy(self.program("curlewctl"), stage.join(console)).map_err(failed)?;
        fs::copy(workspace::root().join("LICENSE"), stage.join("LICENSE")).map_err(failed)?;
        fs::write(stage.join("copyright"), COPYRIGHT).map_err(failed)
    }

    fn write_notices(&self, parts: &[parts::Part]) -> Result<(), Failure> {
        let notices = notices::gather(parts)?;
        if !notices.without.is_empty() {
            return Err(Failure::new(format!(
                "No licence text was found for: {}. Say where it is in src-tauri/xtask/src/package/notices.rs.",
                notices.without.join(", ")
            )));
        }
        let path = self.stage_folder().join("third-party-notices.txt");
        println!("Notices: {} bytes in {}", notices.text.len(), path.display());
        fs::write(&path, notices.text)
            .map_err(|error| Failure::while_doing(format!("{} cannot be written", path.display()), error))
    }

    /// What only a packaging knows, over what `tauri.conf.json` says.
    fn configuration(&self) -> Result<Value, Failure> {
        let stage = self.stage_folder();
        let staged = |name: &str| stage.join(name).display().to_string();
        let mut bundle = json!({
            "externalBin": [staged("curlewctl")],
            "resources": {
                staged("third-party-notices.txt"): "third-party-notices.txt",
                staged("curlew.cdx.json"): "curlew.cdx.json",
                staged("LICENSE"): "LICENSE",
            },
            // Updates are signed with this key or there are none; it is never in the tree.
            "createUpdaterArtifacts": std::env::var_os("TAURI_SIGNING_PRIVATE_KEY").is_some(),
        });
        if cfg!(target_os = "linux") {
            let files = json!({ "/usr/share/doc/curlew/copyright": staged("copyright") });
            bundle["linux"] = json!({
                "deb": { "files": files },
                "rpm": { "files": files, "compression": { "type": "none" } },
            });
        }
        Ok(json!({ "bundle": bundle, "build": { "beforeBuildCommand": null } }))
    }

    fn bundle(&self) -> Result<(), Failure> {
        let _ = fs::remove_dir_all(self.target.join("release/bundle"));
        let file = self.folder.join("bundle.json");
        fs::write(&file, self.configuration()?.to_string())
            .map_err(|error| Failure::while_doing(format!("{} cannot be written", file.display()), error))?;
        let bundles = if cfg!(target_os = "linux") {
            "deb,rpm"
        } else if cfg!(windows) {
            "nsis,msi"
        } else {
            "app,dmg"
        };
        set_times(&self.stage_folder(), self.epoch)?;
        set_times(&self.program("curlew"), self.epoch)?;
        let tauri = if cfg!(windows) { "tauri.cmd" } else { "tauri" };
        let mut command = Command::new(workspace::ui().join("node_modules/.bin").join(tauri));
        command
            .current_dir(workspace::root().join("src-tauri"))
            .args(["bundle", "--ci", "--bundles", bundles, "--config"])
            .arg(&file)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("SOURCE_DATE_EPOCH", self.epoch.to_string());
        run(&mut command)?;
        if cfg!(target_os = "linux") {
            for package in self.made()? {
                if package.extension().is_some_and(|kind| kind == "deb") {
                    self.repack_deb(&package)?;
                } else {
                    self.repack_rpm(&package)?;
                }
            }
        }
        Ok(())
    }

    /// Packs a .deb once more with Debian's own tool, which gives every file the same owner and time, and packs tighter.
    fn repack_deb(&self, package: &Path) -> Result<(), Failure> {
        let open = self.folder.join("deb");
        let _ = fs::remove_dir_all(&open);
        run(Command::new("dpkg-deb")
            .arg("--raw-extract")
            .arg(package)
            .arg(&open))?;
        let control = open.join("DEBIAN/control");
        let failed = |error| Failure::while_doing(format!("{} cannot be mended", control.display()), error);
        let text = fs::read_to_string(&control).map_err(failed)?;
        let needs = debian_needs(&[self.program("curlew"), self.program("curlewctl")], &self.folder)?;
        fs::write(&control, with_needs(&text, &needs)).map_err(failed)?;
        set_times(&open, self.epoch)?;
        run(Command::new("dpkg-deb")
            .args(["--root-owner-group", "-Zxz", "--build"])
            .arg(&open)
            .arg(package)
            .env("SOURCE_DATE_EPOCH", self.epoch.to_string()))
    }

    /// Packs an .rpm once more with RPM's own tool: Tauri's bears the time of day and asks for no library's version.
    fn repack_rpm(&self, package: &Path) -> Result<(), Failure> {
        let open = self.folder.join("rpm");
        let failed = |error| Failure::while_doing(format!("{} cannot be filled", open.display()), error);
        let _ = fs::remove_dir_all(&open);
        let tree = open.join("tree");
        fs::create_dir_all(&tree).map_err(failed)?;
        run(Command::new("sh")
            .current_dir(&tree)
            .args([
                "-c",
                "rpm2cpio \"$1\" | cpio --quiet --extract --make-directories --preserve-modification-time",
                "sh",
            ])
            .arg(package))?;
        set_times(&tree, self.epoch)?;
        let spec = open.join("curlew.spec");
        fs::write(&spec, rpm_spec(&self.version, &tree)).map_err(failed)?;
        let mut build = Command::new("rpmbuild");
        build.args(["-bb", "--quiet"]);
        for define in [
            format!("_topdir {}", open.display()),
            "_buildhost curlew".to_owned(),
            "use_source_date_epoch_as_buildtime 1".to_owned(),
            "clamp_mtime_to_source_date_epoch 1".to_owned(),
            "_binary_payload w6.xzdio".to_owned(),
            "_build_id_links none".to_owned(),
            "debug_package %{nil}".to_owned(),
            "__os_install_post %{nil}".to_owned(),
        ] {
            build.arg("--define").arg(define);
        }
        run(build.arg(&spec).env("SOURCE_DATE_EPOCH", self.epoch.to_string()))?;
        let made = output(
            Command::new("find")
                .arg(open.join("RPMS"))
                .args(["-name", "*.rpm"]),
        )?;
        fs::copy(made.trim(), package).map_err(failed)?;
        Ok(())
    }

    /// The packages that are there.
    fn made(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut made = Vec::new();
        for kind in ["deb", "rpm", "nsis", "msi", "dmg"] {
            for entry in fs::read_dir(self.target.join("release/bundle").join(kind))
                .into_iter()
                .flatten()
                .flatten()
            {
                let path = entry.path();
                if path.is_file() {
                    made.push(path);
                }
            }
        }
        made.sort();
        if made.is_empty() {
            return Err(Failure::new("No package is there: run `cargo xtask package`."));
        }
        Ok(made)
    }

    fn list(&self) -> Result<(), Failure> {
        println!();
        for package in self.made()? {
            let bytes = fs::read(&package).map_err(|error| {
                Failure::while_doing(format!("{} cannot be read", package.display()), error)
            })?;
            let sum: String = Sha256::digest(&bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            println!("{sum}  {:>9} bytes  {}", bytes.len(), package.display());
        }
        Ok(())
    }
}

/// In Debian's form; the licence's text is on every Debian system.
const COPYRIGHT: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Curlew

Files: *
Copyright: The Curlew project
License: Apache-2.0
 On Debian systems the text of the licence is in /usr/share/common-licenses/Apache-2.0. The licences of everything
 compiled in are in third-party-notices.txt, in the program's folder under /usr/lib.
";

/// The time everything bears: what the environment says, else the last commit's.
fn epoch() -> u64 {
    let number = |text: String| text.trim().parse().ok();
    std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(number)
        .or_else(|| {
            let mut git = Command::new("git");
            git.current_dir(workspace::root())
                .args(["log", "-1", "--format=%ct"]);
            output(&mut git).ok().and_then(number)
        })
        // Sources without a history: any fixed time will do, and 1980 is the oldest that every archive can hold.
        .unwrap_or(315_532_800)
}

/// Seconds since 1970 as RFC 3339.
fn stamp(epoch: u64) -> String {
    // Days to a date, after Howard Hinnant's "chrono-compatible low-level date algorithms".
    let days = epoch / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (epoch / 3600 % 24, epoch / 60 % 60, epoch % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// This machine's folders that would get into the programs, and what stands for them there.
fn machine_places() -> Vec<(String, &'static str)> {
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let mut places = vec![(workspace::root().display().to_string(), "/curlew")];
    places.extend(cargo_home.map(|home| (home.display().to_string(), "/cargo")));
    places
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Gives everything under `path` the one time.
fn set_times(path: &Path, epoch: u64) -> Result<(), Failure> {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(epoch);
    if path.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                set_times(&entry.path(), epoch)?;
            }
        }
    }
    fs::File::open(path)
        .and_then(|file| file.set_modified(time))
        .map_err(|error| Failure::while_doing(format!("The time of {} cannot be set", path.display()), error))
}

/// The packages that hold the libraries these programs load, with the versions they need at least, as Debian works it out.
fn debian_needs(programs: &[PathBuf], folder: &Path) -> Result<Vec<String>, Failure> {
    let work = folder.join("shlibs");
    let failed = |error| Failure::while_doing(format!("{} cannot be made", work.display()), error);
    fs::create_dir_all(work.join("debian")).map_err(failed)?;
    // The tool wants to stand in a source package.
    fs::write(
        work.join("debian/control"),
        "Source: curlew\n\nPackage: curlew\nArchitecture: any\n",
    )
    .map_err(failed)?;
    let said = output(
        Command::new("dpkg-shlibdeps")
            .current_dir(&work)
            .arg("-O")
            .args(programs),
    )?;
    let needs = said
        .lines()
        .find_map(|line| line.strip_prefix("shlibs:Depends="))
        .ok_or_else(|| Failure::new("dpkg-shlibdeps did not say what the programs need."))?;
    Ok(needs
        .split(',')
        .map(|need| need.trim().to_owned())
        // No library: without the system's certificates no connection can be made, not even to this computer.
        .chain(std::iter::once("ca-certificates".to_owned()))
        .collect())
}

/// A control file that asks for this and nothing else: Tauri names two packages of its own accord, without versions.
fn with_needs(control: &str, needs: &[String]) -> String {
    control
        .lines()
        .map(|line| match line.strip_prefix("Depends:") {
            Some(_) => format!("Depends: {}\n", needs.join(", ")),
            None => format!("{line}\n"),
        })
        .collect()
}

/// How RPM is told about a finished tree. It works out the libraries by itself, by names that every RPM system knows.
fn rpm_spec(version: &str, tree: &Path) -> String {
    format!(
        "Name: curlew
Version: {version}
Release: 1
Summary: Viewer for an English shared care record
License: Apache-2.0
Vendor: The Curlew project
Requires: ca-certificates
Recommends: gnome-keyring

%description
Curlew shows one history across general practice, hospital, community, mental health, social care, ambulance and
voluntary services, with or without a network.

%install
cp -a '{}/.' %{{buildroot}}

%files
/usr/bin/*
/usr/lib/Curlew
/usr/share/applications/*
/usr/share/icons/hicolor/*/apps/*
%doc /usr/share/doc/curlew
",
        tree.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_format_wants_them() {
        assert_eq!(stamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(stamp(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(stamp(1_795_392_000), "2026-11-23T00:00:00Z");
    }

    #[test]
    fn a_path_inside_a_program_is_found() {
        assert_eq!(position(b"abc/home/somebody\0", b"/home"), Some(3));
        assert_eq!(position(b"abc", b"/home"), None);
    }

    #[test]
    fn a_package_asks_for_what_was_worked_out() {
        let control = "Package: curlew\nDepends: libgtk-3-0\nDescription: x\n y\n";
        let needs = ["libc6 (>= 2.34)".to_owned(), "ca-certificates".to_owned()];
        assert_eq!(
            with_needs(control, &needs),
            "Package: curlew\nDepends: libc6 (>= 2.34), ca-certificates\nDescription: x\n y\n"
        );
    }

    #[test]
    fn installers_for_windows_need_no_administrator_and_updates_are_always_signed() {
        let text = fs::read_to_string(workspace::root().join("src-tauri/tauri.conf.json"))
            .expect("the configuration is there");
        let settings: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(
            settings["bundle"]["windows"]["nsis"]["installMode"],
            "currentUser"
        );
        assert_eq!(settings["bundle"]["windows"]["allowDowngrades"], false);
        let updater = &settings["plugins"]["updater"];
        assert_eq!(updater["endpoints"], json!([]), "no feed unless policy names one");
        assert_eq!(updater["requireSignedVersion"], true);
        assert!(!text.contains("dangerous"));
    }
}
