//! What a person does in the window, step by step, the same in every real-window test.

use crate::Outcome;
use crate::window::{Window, until};
use curlew_sandbox::Running;
use std::path::Path;

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

/// A patient's NHS number, and the family name as a banner writes it.
///
/// # Errors
/// When the sandbox has no such patient, or they have neither.
pub fn named(running: &Running, patient: &str) -> Outcome<(String, String)> {
    let resource = running
        .store()
        .get_json("Patient", patient)
        .ok_or("a patient is gone")?;
    let number = resource["identifier"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["value"].as_str())
        .find(|value| value.len() == 10)
        .ok_or("a patient has no NHS number")?;
    let family = resource["name"][0]["family"]
        .as_str()
        .ok_or("a patient has no name")?;
    Ok((number.to_owned(), family.to_uppercase()))
}

/// Waits until the banner is that of this NHS number.
///
/// # Errors
/// With what is on the screen instead.
pub async fn banner_is(window: &Window, number: &str) -> Outcome {
    let shown = until("the banner is of the one who was asked for", async || {
        let shown = window.text_now("banner-nhs").await?;
        shown
            .chars()
            .filter(char::is_ascii_digit)
            .eq(number.chars())
            .then_some(())
    });
    match shown.await {
        Ok(()) => Ok(()),
        Err(error) => Err(format!("{error}\nOn the screen was:\n{}", window.words().await).into()),
    }
}

/// A picture of what was tested, when somebody wants to look: into the folder that `CURLEW_PICTURES` names.
///
/// # Errors
/// When it cannot be written.
pub async fn picture(window: &Window, name: &str) -> Outcome {
    match std::env::var_os("CURLEW_PICTURES") {
        Some(folder) => {
            window
                .picture(&Path::new(&folder).join(format!("{name}.png")))
                .await
        }
        None => Ok(()),
    }
}
