//! Builds the Tauri context and keeps SQLCipher's symbols to ourselves.

fn main() {
    // WebKit links its own SQLite dynamically. Exported `sqlite3_*` symbols from our statically linked
    // SQLCipher would be bound instead of it, so nothing from static libraries may be exported.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-link-arg-bins=-Wl,--exclude-libs,ALL");
    }
    tauri_build::build();
}
