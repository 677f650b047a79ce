//! A desktop without a screen: a virtual display, a private session bus and an unlocked keychain, all gone afterwards.

use crate::failure::Failure;
use crate::programs;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once('x')
            .and_then(|(width, height)| {
                Some(Self {
                    width: width.parse().ok()?,
                    height: height.parse().ok()?,
                })
            })
            .filter(|size| (320..=7680).contains(&size.width) && (320..=4320).contains(&size.height))
            .ok_or_else(|| format!("{text:?} is not a size such as 1280x800"))
    }
}

/// The session's folders; removed when dropped.
#[derive(Debug)]
pub(crate) struct Session {
    folder: PathBuf,
    size: Size,
}

impl Session {
    /// Makes the folders of a session.
    ///
    /// # Errors
    /// When they cannot be made, or this is not Linux.
    pub(crate) fn new(size: Size) -> Result<Self, Failure> {
        if !cfg!(target_os = "linux") {
            return Err(Failure::new(
                "A window without a screen needs Linux. Run `cargo demo` for a window on this one.",
            ));
        }
        // Not in the target folder: a bus socket's path may have 107 characters at most.
        let folder = std::env::temp_dir().join(format!("curlew-desktop-{}", std::process::id()));
        let session = Self { folder, size };
        for name in ["data", "config", "cache", "run"] {
            let path = session.folder.join(name);
            make_private(&path)
                .map_err(|error| Failure::while_doing(format!("{} cannot be made", path.display()), error))?;
        }
        Ok(session)
    }

    /// The program, to be run inside the session.
    pub(crate) fn command(&self, program: &Path) -> Command {
        // The keychain must be open before anything asks for it: a locked one would put up a prompt and wait.
        const UNLOCK_AND_RUN: &str = r#"printf 'curlew\n' | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1
            exec "$@""#;
        let mut command = Command::new("xvfb-run");
        command
            .arg("-a")
            .args([
                "-s",
                &format!("-screen 0 {}x{}x24", self.size.width, self.size.height),
            ])
            .args(["dbus-run-session", "--", "sh", "-c", UNLOCK_AND_RUN, "sh"])
            .arg(program)
            .env("XDG_DATA_HOME", self.folder.join("data"))
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("XDG_CACHE_HOME", self.folder.join("cache"))
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("CURLEW_PRIVATE_DESKTOP", "1")
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        command
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A folder left behind in the temporary folder is untidy, not wrong.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Runs a program and its arguments in a session of its own.
///
/// # Errors
/// When the session or the program fails.
pub(crate) fn run(size: Size, program: &[PathBuf]) -> Result<(), Failure> {
    let Some((program, arguments)) = program.split_first() else {
        return Err(Failure::new("Name the program to run."));
    };
    let session = Session::new(size)?;
    programs::run(session.command(program).args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_nonsense_is_refused() {
        assert_eq!(
            "1280x800".parse(),
            Ok(Size {
                width: 1280,
                height: 800
            })
        );
        for wrong in ["1280", "x", "0x0", "1280x800x24", "-1x5"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
