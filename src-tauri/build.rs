//! Builds the Tauri context, declares one permission per command, and keeps SQLCipher's symbols to ourselves.

const COMMANDS: &[&str] = include!("command_names.rs");

fn main() {
    println!("cargo:rerun-if-changed=command_names.rs");
    // WebKit links its own SQLite dynamically. Exported `sqlite3_*` symbols from our statically linked
    // SQLCipher would be bound instead of it, so nothing from static libraries may be exported.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-link-arg-bins=-Wl,--exclude-libs,ALL");
    }
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}
