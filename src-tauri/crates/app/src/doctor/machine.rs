//! The machine itself: display, web view, policy, disk, keychain.

use super::{Check, Extras, Looking, Outcome};
use crate::policy::{self, Origin};
use crate::{Host, Settings};
use curlew_vault::KeychainError;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// Below this the next load may not fit.
const LITTLE_SPACE: u64 = 500 * 1024 * 1024;
/// Below this hardly anything does.
const NO_SPACE: u64 = 20 * 1024 * 1024;
/// What is written to see whether anything can be: a page of the cache would not be less.
static PROBE: [u8; 64 * 1024] = [0x5A; 64 * 1024];

pub(super) fn look(settings: &Settings, host: &Host, extras: &Extras, looking: &mut Looking<'_>) {
    looking.note("display", "Display", display());
    looking.note("web-view", "Web view", web_view(extras));
    looking.note("policy", "Policy", policy(settings));
    looking.note("data-folder", "Data folder", data_folder(settings));
    looking.note("disk-space", "Disk space", disk_space(settings));
    looking.note("keychain", "Keychain", keychain(settings, host));
}

fn display() -> Outcome {
    if !cfg!(target_os = "linux") {
        return Check::not_checked("This system always has one for whoever is logged in to its desktop.");
    }
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let wayland = set("WAYLAND_DISPLAY");
    let x11 = set("DISPLAY");
    // A display of this machine is a socket whose file must be there.
    let socket = match (&wayland, &x11) {
        (Some(name), _) => set("XDG_RUNTIME_DIR").map(|folder| Path::new(&folder).join(name)),
        (None, Some(name)) => name
            .strip_prefix(':')
            .map(|rest| rest.split('.').next().unwrap_or_default())
            .map(|number| Path::new("/tmp/.X11-unix").join(format!("X{number}"))),
        (None, None) => None,
    };
    match (wayland.or(x11), socket) {
        (None, _) => Check::attention(
            "No display is set (neither WAYLAND_DISPLAY nor DISPLAY).",
            "Curlew's window needs one: run this in the desktop session of the person who uses it.",
        ),
        (Some(name), Some(socket)) if !socket.exists() => Check::failed(
            format!("The display {name} is set, but nothing answers there."),
            "Log in to the desktop again.",
        ),
        (Some(name), _) => Check::ok(format!("{name} is there.")),
    }
}

fn web_view(extras: &Extras) -> Outcome {
    if let Some(version) = &extras.web_view {
        return Check::ok(format!("Version {version} is running."));
    }
    web_view_installed()
}

#[cfg(target_os = "linux")]
fn web_view_installed() -> Outcome {
    const LIBRARY: &str = "libwebkit2gtk-4.1.so.0";
    let folders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/usr/local/lib",
    ];
    if !folders
        .iter()
        .any(|folder| Path::new(folder).join(LIBRARY).exists())
    {
        return Check::failed(
            format!("{LIBRARY} is not installed."),
            "Install WebKitGTK 4.1 (Debian and Ubuntu: libwebkit2gtk-4.1-0; Fedora: webkit2gtk4.1).",
        );
    }
    // Whose package it is knows its version; the library's own name does not tell.
    let ask = |program: &str, arguments: &[&str]| {
        let answer = std::process::Command::new(program)
            .args(arguments)
            .output()
            .ok()?;
        let text = String::from_utf8(answer.stdout).ok()?;
        answer.status.success().then(|| text.trim().to_owned())
    };
    let version = ask("dpkg-query", &["-W", "-f", "${Version}", "libwebkit2gtk-4.1-0"])
        .or_else(|| ask("rpm", &["-q", "--qf", "%{VERSION}", "webkit2gtk4.1"]));
    match version.filter(|version| !version.is_empty()) {
        Some(version) => Check::ok(format!("WebKitGTK 4.1 is installed, version {version}.")),
        None => Check::ok("WebKitGTK 4.1 is installed; no package says which version."),
    }
}

#[cfg(windows)]
fn web_view_installed() -> Outcome {
    // Where Microsoft documents that the runtime's version stands, for all users and for one.
    const CLIENT: &str = r"Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}";
    let places = [
        (
            windows_registry::LOCAL_MACHINE,
            format!(r"SOFTWARE\WOW6432Node\{CLIENT}"),
        ),
        (windows_registry::LOCAL_MACHINE, format!(r"SOFTWARE\{CLIENT}")),
        (windows_registry::CURRENT_USER, format!(r"Software\{CLIENT}")),
    ];
    let version = places
        .iter()
        .filter_map(|(root, path)| root.open(path).and_then(|key| key.get_string("pv")).ok())
        .find(|version| !version.is_empty() && version != "0.0.0.0");
    match version {
        Some(version) => Check::ok(format!("The WebView2 runtime is installed, version {version}.")),
        None => Check::failed(
            "The WebView2 runtime is not installed.",
            "Install Microsoft Edge WebView2 (evergreen).",
        ),
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
fn web_view_installed() -> Outcome {
    Check::not_checked("It is part of this system.")
}

fn policy(settings: &Settings) -> Outcome {
    let mut places: Vec<String> = Vec::new();
    for key in policy::KEYS {
        let origin = settings.policy().origin(key);
        if origin != Origin::Default && !places.contains(&origin.to_string()) {
            places.push(origin.to_string());
        }
    }
    let found = match places.as_slice() {
        [] => "None is set; everything is by default.".to_owned(),
        places => format!("Read from {}.", places.join(", ")),
    };
    match policy::machine_file().filter(|file| anybody_can_write(file)) {
        Some(file) => Check::attention(
            format!(
                "{found} But anybody on this machine can change {}.",
                file.display()
            ),
            "Let only an administrator write it.",
        ),
        None => Check::ok(found),
    }
}

#[cfg(unix)]
fn anybody_can_write(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn anybody_can_write(_: &Path) -> bool {
    false
}

/// Whether other accounts may look into a folder.
#[cfg(unix)]
fn is_open_to_others(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(folder).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

fn data_folder(settings: &Settings) -> Outcome {
    let folder = &settings.data_dir;
    if settings.shared_desktop {
        return Check::not_checked("This device keeps nothing on its disk.");
    }
    let probe = folder.join(".curlew-doctor");
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        let mut file = std::fs::File::create(&probe)?;
        file.write_all(&PROBE)?;
        file.sync_all()
    });
    // Also what was half written: a full disk needs every byte.
    let removed = match std::fs::remove_file(&probe) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    let place = folder.display();
    match written.and(removed) {
        Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            Check::failed(
                format!("The disk is full: {place} cannot take another file."),
                "Free some disk space. Until then nothing can be loaded, and no record can be opened, because the look cannot be \
             written down.",
            )
        }
        Err(error) => Check::failed(
            format!("{place} cannot be written: {error}."),
            "Give the person who uses Curlew the right to write there, or name another folder with --data-dir.",
        ),
        Ok(()) if is_open_to_others(&folder.join("stores")) => Check::attention(
            format!("{place} can be written, but other accounts can list the stores in it."),
            "Let only the person who uses Curlew into the folder stores. What is in it is encrypted.",
        ),
        Ok(()) => Check::ok(format!("{place} can be written.")),
    }
}

fn disk_space(settings: &Settings) -> Outcome {
    if settings.shared_desktop {
        return Check::not_checked("This device keeps nothing on its disk.");
    }
    // The folder itself, or where it would be made.
    let there = settings.data_dir.ancestors().find(|folder| folder.exists());
    let Some(Ok(free)) = there.map(fs4::available_space) else {
        return Check::not_checked("The system does not say how much is free.");
    };
    let words = size(free);
    match free {
        free if free < NO_SPACE => Check::failed(
            format!("The disk is full: {words} are free."),
            "Free some disk space; a caseload of sixty takes a few hundred MB.",
        ),
        free if free < LITTLE_SPACE => Check::attention(
            format!("Only {words} are free."),
            "Free some disk space before the next load; a caseload of sixty takes a few hundred MB.",
        ),
        _ => Check::ok(format!("{words} are free.")),
    }
}

/// "12.3 MB".
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes < 1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        bytes if bytes < 1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        bytes => format!(
            "{}.{} GB",
            bytes / 1_000_000_000,
            bytes % 1_000_000_000 / 100_000_000
        ),
    }
}

fn keychain(settings: &Settings, host: &Host) -> Outcome {
    const ACCOUNT: &str = "doctor-probe";
    if settings.shared_desktop {
        return Check::not_checked("This device keeps nothing in it.");
    }
    let asked = host
        .keychain
        .set(ACCOUNT, b"probe")
        .and_then(|()| host.keychain.get(ACCOUNT))
        .and_then(|found| host.keychain.delete(ACCOUNT).map(|()| found));
    match asked {
        Ok(Some(secret)) if secret == b"probe" => Check::ok("Keeps a secret and gives it back."),
        Ok(_) => Check::failed(
            "It does not give back what it was given.",
            "Use another keychain service.",
        ),
        Err(KeychainError::Absent) => Check::failed(
            "There is no keychain service in this session.",
            "Run this in the desktop session of the person who uses Curlew; on Linux install one (gnome-keyring, KWallet) if there \
             is none. Without it Curlew keeps nothing on the device.",
        ),
        Err(KeychainError::Locked) => Check::failed(
            "The keychain is locked, or cannot be reached.",
            "Unlock it, or log in to the desktop again. Nothing on the device is lost.",
        ),
        Err(error @ KeychainError::Refused(_)) => Check::failed(
            format!("It does not work: {error}."),
            "Log in to the desktop again; if it goes on, look into the keychain's own settings.",
        ),
    }
}
