//! Trying the packages: the `.deb` is installed into an empty Debian, used there by an ordinary person, and purged; then the
//! `.rpm` is installed there by RPM, checked file by file, and erased.
//!
//! The empty system is made once (`debootstrap`) and copied for each trial. The program is the shipped one, driven through the
//! accessibility bus; the record API and the browser that signs in are the tests' own.

use crate::failure::Failure;
use crate::programs::{cargo, output, run};
use crate::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCRIPT: &str = include_str!("trial.sh");
const DRIVE: &str = include_str!("drive.py");

/// Tries what is there; `folder` is where the empty system and the pictures go.
///
/// # Errors
/// With what did not work.
pub(super) fn all(packages: &[PathBuf], folder: &Path) -> Result<(), Failure> {
    let of = |kind: &str| {
        packages
            .iter()
            .find(|path| path.extension().is_some_and(|end| end == kind))
            .ok_or_else(|| Failure::new(format!("There is no .{kind}: run `cargo xtask package`.")))
    };
    rpm(of("rpm")?)?;
    in_an_empty_system(of("deb")?, of("rpm")?, folder)
}

fn in_an_empty_system(deb: &Path, rpm: &Path, folder: &Path) -> Result<(), Failure> {
    if output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(Failure::new(
            "Installing into an empty system needs root: run this in a container or as root.",
        ));
    }
    let failed = |error| Failure::while_doing(format!("{} cannot be filled", folder.display()), error);
    let out = folder.join("out");
    fs::create_dir_all(&out).map_err(failed)?;
    let (base, root) = (folder.join("base"), folder.join("root"));
    if !base.join("usr/bin/apt-get").is_file() {
        let (codename, mirror) = debian()?;
        run(Command::new("debootstrap")
            .args(["--variant=minbase", &codename])
            .arg(&base)
            .arg(mirror))?;
    }
    if root.exists() {
        fs::remove_dir_all(&root).map_err(failed)?;
    }
    run(Command::new("cp").arg("-a").arg(&base).arg(&root))?;
    let (script, drive) = (folder.join("trial.sh"), folder.join("drive.py"));
    fs::write(&script, SCRIPT).map_err(failed)?;
    fs::write(&drive, DRIVE).map_err(failed)?;
    run(cargo().args([
        "build",
        "--package",
        "curlew-sandbox",
        "--package",
        "curlew-tests",
        "--bin",
        "curlew-sandbox",
        "--bin",
        "sign-in-browser",
    ]))?;
    run(Command::new("unshare")
        .args(["--mount", "sh"])
        .arg(&script)
        .arg(&root)
        .arg(deb)
        .arg(rpm)
        .arg(workspace::built("curlew-sandbox")?)
        .arg(workspace::built("sign-in-browser")?)
        .arg(&drive)
        .arg(&out))?;
    println!("\nPictures are in {}.", out.display());
    fs::remove_dir_all(&root).map_err(failed)
}

/// This system's codename, and the mirror its package lists come from.
fn debian() -> Result<(String, String), Failure> {
    let codename = output(Command::new("sh").args(["-c", ". /etc/os-release; echo $VERSION_CODENAME"]))?;
    let codename = codename.trim().to_owned();
    let lists = output(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(RELEASE) $(REPO_URI)",
        "Created-By: Packages",
    ]))?;
    let mirror = lists
        .lines()
        .find_map(|line| line.strip_prefix(&codename)?.strip_prefix(' '))
        .ok_or_else(|| {
            Failure::new(format!(
                "apt knows no mirror of {codename}: run `apt-get update` on a Debian system."
            ))
        })?;
    Ok((codename, mirror.to_owned()))
}

/// No RPM system is at hand: what it holds and asks for is checked here, and that its programs start where the .deb's do.
fn rpm(package: &Path) -> Result<(), Failure> {
    let ask = |arguments: &[&str]| output(Command::new("rpm").args(["-qp"]).args(arguments).arg(package));
    let files = ask(&["-l"])?;
    let needs = ask(&["--requires"])?;
    println!("{}\n{files}\n{needs}", ask(&["-i"])?.trim_end());
    let holds = |list: &str, wanted: &str| list.lines().any(|line| line.contains(wanted));
    for wanted in [
        "/usr/bin/curlew",
        "/usr/bin/curlewctl",
        "/usr/share/applications/Curlew.desktop",
        "third-party-notices.txt",
        "curlew.cdx.json",
        "/usr/share/icons/hicolor/128x128/apps/curlew.png",
    ] {
        if !holds(&files, wanted) {
            return Err(Failure::new(format!("{wanted} is not in the .rpm.")));
        }
    }
    for wanted in ["libwebkit2gtk-4.1.so.0()(64bit)", "libcrypto.so.3()(64bit)"] {
        if !holds(&needs, wanted) {
            return Err(Failure::new(format!("The .rpm does not ask for {wanted}.")));
        }
    }
    let version = ask(&["--queryformat", "%{VERSION} %{LICENSE}"])?;
    if version != format!("{} Apache-2.0", env!("CARGO_PKG_VERSION")) {
        return Err(Failure::new(format!("The .rpm says {version:?}.")));
    }
    let said = output(Command::new("sh").args([
        "-c",
        "rpm2cpio \"$1\" | cpio --quiet -i --to-stdout ./usr/bin/curlewctl > \"$2\" && chmod +x \"$2\" && \"$2\" --version",
        "sh",
    ])
    .arg(package)
    .arg(package.with_file_name("curlewctl")))?;
    let _ = fs::remove_file(package.with_file_name("curlewctl"));
    println!("from the .rpm: {}", said.trim());
    Ok(())
}
