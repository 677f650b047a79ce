//! A window of the same toolkit with nothing in it: what `bench -- start` measures Curlew beside.
//!
//! `cargo build --release -p curlew --features custom-protocol --example empty_window`

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!("examples/empty/tauri.conf.json"))
}
