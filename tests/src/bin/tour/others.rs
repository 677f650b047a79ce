//! The two other users' days: a ward doctor on a shared desktop, and a senior carer with the trolley.

use crate::PASSPHRASE;
use crate::album::{Album, loaded};
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::window::{Start, Window};
use std::fs;

/// Nothing on the disk, no passphrase: straight in, a record, and gone.
pub(crate) async fn doctor(start: &Start, album: &mut Album) -> Outcome {
    let places = Places::new()?;
    let folder = places.root().join("config/curlew");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("policy.toml"), "shared_desktop = true\n")?;
    let window = Window::open(start, &places).await?;
    window.find("sign-in").await?;
    album.take(&window, "shared-desktop-sign-in").await?;
    window.click("sign-in").await?;
    window.find("caseload-row").await?;
    album.take(&window, "shared-desktop-today").await?;
    window.click("caseload-row").await?;
    window.text("banner-name").await?;
    album.take(&window, "doctor-overview").await?;
    window.click("nav-find").await?;
    window.type_into("find-text", "999 000 1588").await?;
    window.click("find").await?;
    window.text("find-note").await?;
    window.click("caseload-row").await?;
    // No relationship with her is recorded, and she is restricted: only an emergency opens this.
    window.find("break-glass").await?;
    album.take(&window, "restricted-not-shown").await?;
    window.click("break-glass").await?;
    window.click("emergency-reason").await?;
    window
        .type_into(
            "emergency-text",
            "Brought in unconscious, medicines and allergies needed",
        )
        .await?;
    window.click("emergency-open").await?;
    window.find("emergency").await?;
    window.text("banner-name").await?;
    album.take(&window, "restricted").await?;
    window.close().await
}

/// One resident at a time, in large type, against the trolley.
pub(crate) async fn carer(start: &Start, album: &mut Album) -> Outcome {
    let places = Places::new()?;
    let window = Window::open(start, &places).await?;
    window.click("sign-in").await?;
    window.type_into("passphrase", PASSPHRASE).await?;
    window.type_into("passphrase-again", PASSPHRASE).await?;
    window.click("create-store").await?;
    window.click("load-offline").await?;
    loaded(&window).await?;
    window.click("nav-today").await?;
    window.click("caseload-row").await?;
    window.text("banner-name").await?;
    album.take(&window, "carer-overview").await?;
    window.click("tab-medicines").await?;
    window.click("check-trolley").await?;
    window.click("matches").await?;
    album.take(&window, "check-against-the-trolley").await?;
    window.click("differs").await?;
    album.take(&window, "check-something-differs").await?;
    window.click("end-check").await?;
    window.gone("trolley-check").await?;
    window.close().await
}
