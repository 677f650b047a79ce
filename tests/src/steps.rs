//! What a person does in the window, step by step, the same in every real-window test.

use crate::Outcome;
use crate::window::{Window, until};

/// The passphrase of every test's store.
pub const PASSPHRASE: &str = "reed avocet samphire tide";

/// Signs in and makes a store.
///
/// # Errors
/// With the first step that failed.
pub async fn first_run(window: &Window) -> Outcome {
    window.click("sign-in").await?;
    window.type_into("passphrase", PASSPHRASE).await?;
    window.type_into("passphrase-again", PASSPHRASE).await?;
    window.click("create-store").await
}

/// Loads the caseload, and gives what the proof says.
///
/// # Errors
/// As [`first_run`].
pub async fn load(window: &Window) -> Outcome<String> {
    window.click("load-offline").await?;
    window.text("proof-summary").await
}

/// Unlocks the store.
///
/// # Errors
/// As [`first_run`].
pub async fn unlock(window: &Window) -> Outcome {
    window.type_into("unlock-passphrase", PASSPHRASE).await?;
    window.click("unlock").await
}

/// The row of a patient on the caseload, as a CSS selector.
#[must_use]
pub fn row_of(patient: &str) -> String {
    format!("[data-testid=\"caseload-row\"][data-patient=\"{patient}\"]")
}

/// The patients of the caseload on the screen whose copy is whole, in its order, once there are at least so many.
///
/// # Errors
/// When there are fewer.
pub async fn held_whole(window: &Window, least: usize) -> Outcome<Vec<String>> {
    const WHOLE: &str = "return [...document.querySelectorAll('[data-testid=\"caseload-row\"]')]
        .filter((row) => row.textContent.includes('Complete')).map((row) => row.dataset.patient);";
    window.click("nav-today").await?;
    let held = until("enough people are held whole", async || {
        let held = window.script(WHOLE).await.ok()?;
        let held: Vec<String> = serde_json::from_value(held).ok()?;
        (held.len() >= least).then_some(held)
    })
    .await;
    match held {
        Ok(held) => Ok(held),
        Err(error) => Err(format!("{error}\nOn the screen was:\n{}", window.words().await).into()),
    }
}

/// Opens a patient of the caseload, and gives the name and the NHS number on the banner.
///
/// # Errors
/// As [`first_run`].
pub async fn open(window: &Window, patient: &str) -> Outcome<(String, String)> {
    window.click("nav-today").await?;
    window.click_css(&row_of(patient)).await?;
    window
        .find_css(&format!("[data-testid=\"patient\"][data-patient=\"{patient}\"]"))
        .await?;
    Ok((
        window.text("banner-name").await?,
        window.text("banner-nhs").await?,
    ))
}
