//! What the machine must have: system packages, Node, and two cargo programs.
//!
//! On Debian and Ubuntu what is missing is installed, and said. Elsewhere the sentence says exactly what to install.

use crate::failure::Failure;
use crate::programs::{cargo, on_path, output, run};
use std::collections::BTreeSet;
use std::process::Command;

const BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "curl",
    "file",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "libssl-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
];

const TESTS: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "xauth",
    "dbus",
    "dbus-x11",
    "gnome-keyring",
    "libsecret-tools",
    "imagemagick",
    "x11-utils",
    "xdotool",
    "fonts-dejavu-core",
    "fonts-liberation",
    "zstd",
];

/// What the packages are finished with: `dpkg-shlibdeps`, `rpmbuild`.
const PACKAGING: &[&str] = &["dpkg-dev", "rpm", "rpm2cpio", "cpio"];

/// What trying a package in an empty system needs besides.
const TRIAL: &[&str] = &["debootstrap", "util-linux"];

/// A compiler for Windows and its standard library's sources, as Debian has them.
const WINDOWS_CHECK: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "gcc-mingw-w64-x86-64-win32",
];

/// Oldest Node that the UI's tools run on.
const NODE: (u32, u32) = (20, 19);

const MAC: &str = "On macOS, Curlew needs Apple's command line tools: run `xcode-select --install`.";
const WINDOWS: &str = "On Windows, Curlew needs the Visual Studio Build Tools with \"Desktop development with C++\", \
    Strawberry Perl and NASM (OpenSSL is built from source), and the WebView2 runtime, which Windows 11 already has.";

/// What the machine is being prepared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Building and running the app.
    Build,
    /// Also a window without a screen.
    Tour,
    /// Also the full check.
    Tests,
    /// Also finishing packages.
    Packaging,
    /// Also trying a package in an empty system.
    Trial,
    /// Also compiling for Windows.
    WindowsCheck,
}

/// Makes sure that everything needed is there.
pub(crate) fn prepare(what: For) -> Result<(), Failure> {
    node()?;
    if cfg!(target_os = "linux") {
        linux(what)?;
    } else if cfg!(target_os = "macos") {
        output(Command::new("xcode-select").arg("-p")).map_err(|_| Failure::new(MAC))?;
    } else {
        println!("{WINDOWS}");
    }
    if what == For::Tests {
        cargo_program("cargo-deny", "^0.20")?;
    }
    Ok(())
}

fn node() -> Result<(), Failure> {
    let wanted = format!(
        "Install Node {}.{} or newer from https://nodejs.org or your system's packages.",
        NODE.0, NODE.1
    );
    let said = output(Command::new("node").arg("--version"))
        .map_err(|_| Failure::new(format!("Node was not found. {wanted}")))?;
    match node_version(&said) {
        Some(version) if version >= NODE => Ok(()),
        _ => Err(Failure::new(format!(
            "Node {} is too old for the UI's tools. {wanted}",
            said.trim()
        ))),
    }
}

fn node_version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said
        .trim()
        .strip_prefix('v')?
        .split('.')
        .map(|number| number.parse::<u32>().ok());
    Some((numbers.next()??, numbers.next()??))
}

fn linux(what: For) -> Result<(), Failure> {
    let wanted: Vec<&str> = match what {
        For::Build => BUILD.to_vec(),
        For::Tour | For::Tests => [BUILD, TESTS].concat(),
        For::Packaging => [BUILD, PACKAGING].concat(),
        For::Trial => [BUILD, PACKAGING, TRIAL].concat(),
        For::WindowsCheck => [BUILD, WINDOWS_CHECK].concat(),
    };
    if !(on_path("dpkg-query") && on_path("apt-get")) {
        println!(
            "This is not Debian or Ubuntu, so Curlew installs nothing by itself. It needs what these packages hold there:\n  {}\n\
             Fedora calls the first ones gcc-c++ webkit2gtk4.1-devel libxdo-devel openssl-devel libayatana-appindicator-gtk3-devel librsvg2-devel.",
            wanted.join(" ")
        );
        return Ok(());
    }
    let missing = missing(&wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    println!(
        "Installing {} missing system packages: {}",
        missing.len(),
        missing.join(" ")
    );
    // A machine image often has no package lists, or old ones: fetch them before the first install.
    run(&mut apt(&["update", "-qq"]))?;
    let mut install = apt(&["install", "-y", "-qq", "--no-install-recommends"]);
    install.args(&missing);
    run(&mut install)
}

fn missing<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>, Failure> {
    // dpkg-query fails when any package is unknown to it, which is the very answer: only its output counts.
    let said = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .output()
        .map_err(|error| Failure::while_doing("`dpkg-query` could not be started", error))?;
    Ok(not_installed(wanted, &String::from_utf8_lossy(&said.stdout)))
}

fn not_installed<'a>(wanted: &[&'a str], dpkg: &str) -> Vec<&'a str> {
    let installed: BTreeSet<&str> = dpkg
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .collect();
    wanted
        .iter()
        .copied()
        .filter(|name| !installed.contains(name))
        .collect()
}

fn apt(arguments: &[&str]) -> Command {
    let root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if root {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("DEBIAN_FRONTEND=noninteractive").arg("apt-get");
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    command
}

fn cargo_program(name: &str, version: &str) -> Result<(), Failure> {
    let in_cargo_home = std::env::var_os("CARGO_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
        .is_some_and(|home| {
            home.join("bin")
                .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
                .is_file()
        });
    if in_cargo_home || on_path(name) {
        return Ok(());
    }
    println!("Installing {name} {version}, which is missing; this is done once.");
    // Its own release profile optimises across everything on one core; a tool that runs for seconds need not be that fast.
    run(cargo()
        .args(["install", name, "--version", version, "--locked"])
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_was_removed_or_never_known_is_missing() {
        let dpkg = "xvfb installed\nxauth config-files\ndbus not-installed\n";
        assert_eq!(
            not_installed(&["xvfb", "xauth", "dbus", "zstd"], dpkg),
            ["xauth", "dbus", "zstd"]
        );
    }

    #[test]
    fn node_versions_are_read_as_numbers() {
        assert_eq!(node_version("v20.19.4\n"), Some((20, 19)));
        assert!(node_version("v9.11.2") < Some(NODE));
        assert_eq!(node_version("unknown"), None);
    }
}
