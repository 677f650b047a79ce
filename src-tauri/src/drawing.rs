//! How the web view draws on a computer without a graphics processor.
//!
//! WebKitGTK paints its pages with OpenGL. Where there is no processor for that, Mesa imitates one, and the compiler for its
//! shaders is held in memory by two processes. Painting on the ordinary processor and only putting the painted pieces together
//! with OpenGL is faster there and smaller. WebKitGTK looks for the imitation, not for what is under it, so it is told.
//!
//! Doing without OpenGL altogether would be faster still, but then the page stops being presented now and then: a picture of
//! it never comes.

use std::path::Path;

/// Environment variable by which WebKitGTK is told to paint on the ordinary processor, from 2.46 on; others pay it no heed.
const TOLD_BY: &str = "WEBKIT_SKIA_ENABLE_CPU_RENDERING";

/// Tells the web view, before there is one. To be called before there is a second thread: the environment is the process's.
pub(crate) fn choose() {
    // Whoever has set it has decided already.
    if std::env::var_os(TOLD_BY).is_some() || has_graphics_processor(Path::new("/dev")) {
        return;
    }
    // Not told, it draws as it would have: more slowly.
    drop(glib::setenv(TOLD_BY, "1", false));
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
