//! A day with a laptop, in a real window: load at base, lose the network, open everybody, find somebody and something in a
//! record, sleep and wake, come back on another network, bring what changed, and send what was looked at.
//!
//! Leaves pictures in the folder named by `CURLEW_PICTURES`, to be looked at. Needs a display, a session bus and a keychain of
//! its own: `cargo verify --only window` makes them.

use curlew_sandbox::Running;
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::steps::{first_run, load, unlock};
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window, until};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const PATIENTS: usize = 60;
const HOUR: u64 = 3600;

/// Pictures numbered in the order they are taken; none where nobody named a folder.
struct Album {
    folder: Option<PathBuf>,
    taken: usize,
}

impl Album {
    async fn take(&mut self, window: &Window, name: &str) -> Outcome {
        if let Some(folder) = &self.folder {
            self.taken += 1;
            window
                .picture(&folder.join(format!("{:02}-{name}.png", self.taken)))
                .await?;
        }
        Ok(())
    }
}

/// Writes into the filter of the caseload, as if typed.
async fn filter(window: &Window, text: &str) -> Outcome {
    window.find_css("input[data-search]").await?;
    let script = format!(
        "const field = document.querySelector('input[data-search]');
         field.value = {};
         field.dispatchEvent(new Event('input', {{ bubbles: true }}));",
        json!(text)
    );
    window.script(&script).await?;
    Ok(())
}

/// Everybody on the caseload: id and family name, as the server has them.
fn caseload(running: &Running) -> Outcome<Vec<(String, String)>> {
    let store = running.store();
    let mut people = Vec::new();
    for group in store.ids("Group") {
        let group = store.get_json("Group", &group).ok_or("a lost group")?;
        let whose = group["identifier"][0]["value"].as_str().unwrap_or_default();
        if whose != "nurse" {
            continue;
        }
        for member in group["member"].as_array().into_iter().flatten() {
            let reference = member["entity"]["reference"].as_str().unwrap_or_default();
            let id = reference.trim_start_matches("Patient/").to_owned();
            let patient = store
                .get_json("Patient", &id)
                .ok_or("a member who is not there")?;
            let family = patient["name"][0]["family"].as_str().unwrap_or_default();
            people.push((id, family.to_owned()));
        }
    }
    Ok(people)
}

/// The row of a patient, brought into sight by their family name.
async fn row_of(window: &Window, patient: &str, family: &str) -> Outcome<String> {
    filter(window, family).await?;
    let row = format!("[data-testid=\"caseload-row\"][data-patient=\"{patient}\"]");
    window.find_css(&row).await?;
    Ok(row)
}

/// Opens everybody whose copy the screen offers, and reads who they are and their allergies. Gives how many.
async fn open_everybody(window: &Window, people: &[(String, String)]) -> Outcome<usize> {
    let mut opened = 0;
    for (patient, family) in people {
        window.click("nav-today").await?;
        let row = row_of(window, patient, family).await?;
        if !window.text_css(&row).await?.contains("old") {
            // Not shared with this nurse: there is no copy to open.
            continue;
        }
        window.click_css(&row).await?;
        let name = window.text("banner-name").await?;
        assert!(
            name.to_uppercase().contains(&family.to_uppercase()),
            "{name} was opened for {family}"
        );
        assert!(!window.text("safety-allergies").await?.is_empty());
        opened += 1;
    }
    Ok(opened)
}

/// What the machine tells the page of its network.
async fn machine_says(window: &Window, event: &str) -> Outcome {
    window
        .script(&format!("window.dispatchEvent(new Event('{event}'));"))
        .await?;
    Ok(())
}

/// Waits until the app's own log says so.
async fn log_says(places: &Places, words: &str) -> Outcome {
    until(&format!("the log says {words:?}"), async || {
        holds(&places.store(), words).then_some(())
    })
    .await
}

fn holds(folder: &Path, words: &str) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, words);
        }
        path.extension().is_some_and(|extension| extension == "log")
            && fs::read_to_string(&path).is_ok_and(|text| text.contains(words))
    })
}

/// Events at the server that say who was looked at.
fn events(running: &Running) -> usize {
    running.store().ids("AuditEvent").len()
}

fn allergy(patient: &str) -> Value {
    json!({
        "resourceType": "AllergyIntolerance", "id": "laptop-day", "patient": {"reference": format!("Patient/{patient}")},
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
            "code": "active"}]},
        "code": {"text": "Samphire (synthetic allergy)"}, "recordedDate": "2026-03-01",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_a_laptop() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let people = caseload(&running)?;
    assert!(people.len() >= PATIENTS / 2, "{} on the caseload", people.len());
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let mut album = Album {
        folder: std::env::var_os("CURLEW_PICTURES").map(PathBuf::from),
        taken: 0,
    };

    // At base.
    let window = Window::open(&start, &places).await?;
    first_run(&window).await?;
    let proof = load(&window).await?;
    assert!(proof.contains("complete"), "{proof}");
    window.click("nav-sync").await?;
    window.find("proof-row").await?;
    album.take(&window, "proof-sheet-at-base").await?;

    // In the car and in kitchens: nobody answers.
    running.go_dark();
    machine_says(&window, "offline").await?;
    let before = events(&running);
    let opened = open_everybody(&window, &people).await?;
    assert!(opened >= people.len() / 2, "only {opened} of {}", people.len());
    album.take(&window, "the-last-of-them-offline").await?;
    window.click("nav-today").await?;
    let (patient, family) = people.first().ok_or("nobody")?;
    row_of(&window, patient, family).await?;
    album.take(&window, "searched-offline").await?;
    assert_eq!(events(&running), before, "nothing can have been sent");

    // The lid was closed for an hour.
    places.set_clock_ahead(HOUR)?;
    let notice = window.text("notice").await?;
    assert!(notice.contains("asleep"), "{notice}");
    album.take(&window, "woken").await?;
    unlock(&window).await?;
    let row = row_of(&window, patient, family).await?;
    let copy = window.text_css(&row).await?;
    assert!(copy.contains("1 h"), "as old as it is: {copy}");
    until("it is said to be offline", async || {
        let words = window.text("status-connection").await.ok()?;
        words.to_lowercase().contains("offline").then_some(())
    })
    .await?;
    album.take(&window, "unlocked-after-sleep").await?;

    // Another network: the first connection breaks again at once, the second holds.
    running.store().put(&allergy(patient))?;
    running.come_back()?;
    running.go_dark();
    running.come_back()?;
    machine_says(&window, "online").await?;
    log_says(&places, "the machine says that its network is back").await?;

    // Nobody waits for the app to do it by itself: the button asks at once.
    window.click("load-offline").await?;
    until("the change is on the screen", async || {
        let row = row_of(&window, patient, family).await.ok()?;
        let words = window.text_css(&row).await.ok()?;
        words.to_lowercase().contains("allerg").then_some(())
    })
    .await?;
    album.take(&window, "back-with-what-changed").await?;
    until(
        "everybody who was looked at is written down at the server",
        async || (events(&running) >= before + opened).then_some(()),
    )
    .await?;
    window.click_css(&row).await?;
    let allergies = window.text("safety-allergies").await?;
    assert!(allergies.contains("Samphire"), "{allergies}");
    album.take(&window, "the-new-allergy").await?;
    window.click("nav-sync").await?;
    window.find("proof-row").await?;
    album.take(&window, "proof-sheet-after").await?;
    println!("{} on the caseload, {opened} opened offline", people.len());
    window.close().await
}
