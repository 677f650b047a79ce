//! `cargo xtask check-windows`: does the Windows code compile? Asked on Linux, of Debian's compiler.
//!
//! Debian packages a compiler, the standard library's sources and a linker for `x86_64-pc-windows-gnu`. The release for
//! Windows is built by `-msvc` on Windows itself; nothing of what is compiled here is run or shipped.

use crate::failure::Failure;
use crate::packages::{self, For};
use crate::programs::{output, run};
use crate::workspace;
use clap::Args;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Debian's cargo, whatever else is on PATH.
const CARGO: &str = "/usr/bin/cargo";

/// More than this is not left lying about, in bytes.
const KEPT_AT_MOST: u64 = 3 << 30;

/// How the check is made.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Keep what was compiled, so that the next check takes less time.
    #[arg(long)]
    keep: bool,
}

/// Compiles the app and the console program.
///
/// # Errors
/// When this is not Debian, or they do not compile.
pub(crate) fn check(options: &Options) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        return Err(Failure::new(
            "This check is for Linux. On Windows itself, run `cargo build`.",
        ));
    }
    packages::prepare(For::WindowsCheck)?;
    if !Path::new(CARGO).is_file() {
        return Err(Failure::new(format!(
            "{CARGO} is not there. This check needs Debian's packages cargo-web, rustc-web, rust-web-src and gcc-mingw-w64-x86-64-win32."
        )));
    }
    // The page is compiled in, so there must be one.
    if !workspace::ui().join("dist/index.html").is_file() {
        run(crate::programs::npm().arg("ci"))?;
        run(crate::programs::npm().args(["run", "build"]))?;
    }
    let debug = workspace::debug_folder()?;
    let target = debug.parent().unwrap_or(&debug).join("windows");
    let mut cargo = Command::new(CARGO);
    cargo
        .current_dir(workspace::root())
        .args([
            "check",
            "--locked",
            "-Zbuild-std=std,panic_abort",
            "--target",
            "x86_64-pc-windows-gnu",
            "--package",
            "curlew",
            "--package",
            "curlew-ctl",
            "--features",
            "curlew/custom-protocol",
        ])
        // Debian's compiler is a stable one that is told to build its own library.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &target)
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    // What the cargo that started us says of itself would lead Debian's to the other compiler.
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME"] {
        cargo.env_remove(name);
    }
    let checked = run(&mut cargo);
    let size = output(Command::new("du").args(["-sb"]).arg(&target))
        .ok()
        .and_then(|said| said.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0);
    if !options.keep || size > KEPT_AT_MOST {
        let _ = fs::remove_dir_all(&target);
    }
    checked?;
    println!(
        "The app and curlewctl compile for Windows ({} MiB of intermediate files). Nothing was linked, run or installed on Windows.",
        size >> 20
    );
    Ok(())
}
