//! How the web view draws on a computer without a graphics processor.
//!
//! WebKitGTK lays its pages together with OpenGL. Where there is no processor for that, Mesa imitates one: every change of the
//! page is painted, handed over as a texture, put together pixel by pixel by compiled shaders and copied back, and the compiler
//! for them is held in memory by two processes. Painting straight into the window is several times as fast there. WebKitGTK
//! looks for the imitation, not for what is under it, so it is told.

use std::path::Path;

/// Environment variables by which WebKitGTK is told to do without OpenGL: at all, and for handing pictures to the window.
/// Whoever has set one has decided already.
const TOLD_BY: [&str; 2] = [
    "WEBKIT_DISABLE_COMPOSITING_MODE",
    "WEBKIT_DISABLE_DMABUF_RENDERER",
];

/// Tells the web view, before there is one. To be called before there is a second thread: the environment is the process's.
pub(crate) fn choose() {
    if has_graphics_processor(Path::new("/dev"))
        || TOLD_BY.iter().any(|name| std::env::var_os(name).is_some())
    {
        return;
    }
    for name in TOLD_BY {
        // Not told, it draws as it would have: more slowly.
        drop(glib::setenv(name, "1", false));
    }
}

/// Whether the system has a device that draws: a render node of the kernel's, or NVIDIA's own.
fn has_graphics_processor(devices: &Path) -> bool {
    let render_node = std::fs::read_dir(devices.join("dri")).is_ok_and(|nodes| {
        nodes
            .flatten()
            .any(|node| node.file_name().as_encoded_bytes().starts_with(b"renderD"))
    });
    render_node || devices.join("nvidiactl").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_alone_does_not_draw() {
        let devices = tempfile::tempdir().expect("a folder");
        assert!(!has_graphics_processor(devices.path()));
        std::fs::create_dir(devices.path().join("dri")).expect("a folder");
        // A virtual machine's screen: it shows, and draws nothing.
        std::fs::write(devices.path().join("dri/card0"), "").expect("a file");
        assert!(!has_graphics_processor(devices.path()));
        std::fs::write(devices.path().join("dri/renderD128"), "").expect("a file");
        assert!(has_graphics_processor(devices.path()));
    }

    #[test]
    fn a_driver_of_its_own_draws() {
        let devices = tempfile::tempdir().expect("a folder");
        std::fs::write(devices.path().join("nvidiactl"), "").expect("a file");
        assert!(has_graphics_processor(devices.path()));
    }
}
