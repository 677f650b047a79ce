//! What a person does in the window, step by step, the same in every real-window test.

use crate::Outcome;
use crate::window::Window;

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

/// The patients of the caseload on the screen whose copy is whole, in its order.
///
/// # Errors
/// When there is none.
pub async fn held_whole(window: &Window) -> Outcome<Vec<String>> {
    window.click("nav-today").await?;
    window.find("caseload-row").await?;
    let mut held = Vec::new();
    for row in window.all_css("[data-testid=\"caseload-row\"]").await? {
        if row.text().await?.contains("Complete") {
            held.extend(row.attr("data-patient").await?);
        }
    }
    if held.is_empty() {
        return Err(format!("nobody is held whole:\n{}", window.words().await).into());
    }
    Ok(held)
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
