//! The main job in a real window: sign in, load, lose the server, start again, read the same patient.
//!
//! Needs a display, a session bus and a keychain of its own: `cargo verify --only window` makes them.

use curlew_sandbox::store::Store;
use curlew_tests::Outcome;
use curlew_tests::hunt::Hunt;
use curlew_tests::places::Places;
use curlew_tests::steps::{first_run, held_whole, load, open, unlock};
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const PATIENTS: usize = 8;

/// What a person reads of one patient, in the order of the screens.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    name: String,
    nhs_number: String,
    allergies: String,
    timeline: String,
    medicines: String,
    detail: String,
}

async fn read(window: &Window, patient: &str) -> Outcome<Read> {
    let (name, nhs_number) = open(window, patient).await?;
    let allergies = window.text("safety-allergies").await?;
    window.click("tab-timeline").await?;
    let timeline = window
        .text_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    window
        .click_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    let detail = window.text("source-drawer").await?;
    window.click("close-source-drawer").await?;
    window.gone("source-drawer").await?;
    window.click("tab-medicines").await?;
    let medicines = window.text("medicine").await?;
    Ok(Read {
        name,
        nhs_number,
        allergies,
        timeline,
        medicines,
        detail,
    })
}

/// Names, numbers and medicines of these patients, as the server has them.
fn facts(store: &Store, patients: &[String]) -> Outcome<BTreeSet<String>> {
    let mut words = BTreeSet::new();
    for patient in patients {
        let resource = store
            .get_json("Patient", patient)
            .ok_or("the sandbox lost a patient")?;
        for name in resource["name"].as_array().into_iter().flatten() {
            let family = name["family"].as_str().unwrap_or_default();
            words.extend([family.to_owned(), family.to_uppercase()]);
            for given in name["given"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                words.extend([
                    given.to_owned(),
                    format!("{given} {family}"),
                    format!("{}, {given}", family.to_uppercase()),
                ]);
            }
        }
        for number in resource["identifier"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["value"].as_str())
        {
            words.insert(number.to_owned());
            if let (10, Some(first), Some(second), Some(third)) =
                (number.len(), number.get(..3), number.get(3..6), number.get(6..))
            {
                words.insert(format!("{first} {second} {third}"));
            }
        }
        for key in store
            .record_of(patient)
            .iter()
            .filter(|key| key.resource_type.starts_with("Medication"))
        {
            let resource = store.get_json(&key.resource_type, &key.id).unwrap_or_default();
            let concept = &resource["medicationCodeableConcept"];
            let texts = concept["coding"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|coding| &coding["display"]);
            for text in texts.chain([&concept["text"]]).filter_map(Value::as_str) {
                words.insert(text.to_owned());
                words.extend(text.split_whitespace().next().map(str::to_owned));
                words.extend(text.split_whitespace().next().map(str::to_lowercase));
            }
        }
    }
    Ok(words)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_is_read_offline_as_online_and_nothing_of_them_is_readable_on_disk() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;

    let window = Window::open(&start, &places).await?;
    first_run(&window).await?;
    let proof = load(&window).await?;
    assert!(proof.contains("complete"), "{proof}");
    let patient = held_whole(&window, 1).await?.swap_remove(0);
    let online = read(&window, &patient).await?;
    let everyone = running.store().ids("Patient");
    let words = facts(running.store(), &everyone)?;
    window.close().await?;

    // The network is gone, the laptop has been restarted.
    running.stop();
    let window = Window::open(&start, &places).await?;
    unlock(&window).await?;
    let offline = read(&window, &patient).await?;
    assert_eq!(offline, online, "the same texts, offline");
    let connection = window.text("status-connection").await?;
    assert!(connection.to_lowercase().contains("offline"), "{connection}");
    window.close().await?;

    // Names, numbers and medicines of everybody that could have been cached, in everything that was written.
    let hunt = Hunt::new(words);
    assert!(hunt.words() > 30, "only {} words to look for", hunt.words());
    let searched = hunt.search(places.root())?;
    assert!(
        searched.files > 5 && searched.bytes > 100_000,
        "hardly anything was written: {searched:?}"
    );
    assert!(
        searched.found.is_empty(),
        "readable on disk: {:#?}",
        searched.found
    );
    println!(
        "searched {} files, {} bytes, for {} words: none found",
        searched.files,
        searched.bytes,
        hunt.words()
    );

    // The same hunt finds them where they are in clear.
    fs::write(
        places.store().join("control.txt"),
        format!("{} {}", online.name, online.nhs_number),
    )?;
    assert!(
        !hunt.search(places.root())?.found.is_empty(),
        "the hunt finds nothing even where there is something"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_passphrase_is_said_in_the_window_and_the_right_one_still_opens() -> Outcome {
    let running = sandbox(2)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let window = Window::open(&start, &places).await?;
    first_run(&window).await?;
    load(&window).await?;
    window.click("lock").await?;
    window
        .type_into("unlock-passphrase", "not the passphrase")
        .await?;
    window.click("unlock").await?;
    let said = window
        .text_css("[data-testid=\"error\"][data-code=\"wrong-passphrase\"]")
        .await?;
    assert!(said.contains("left"), "{said}");
    unlock(&window).await?;
    window.find("caseload-row").await?;
    window.close().await
}
