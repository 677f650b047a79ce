//! A record of fifty thousand entries, made up, read like any other.

use crate::PASSPHRASE;
use crate::album::{Album, loaded};
use curlew_sandbox::Running;
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::window::{Start, Window};
use serde_json::{Value, json};

const PATIENT: &str = "long-record";

/// Entries of one contact, the contact with them.
const OF_A_CONTACT: usize = 10;

/// Puts somebody with this many entries on the nurse's caseload, alone.
pub(crate) fn put(running: &Running, entries: usize) -> Outcome {
    let store = running.store();
    store.put(&json!({
        "resourceType": "Patient", "id": PATIENT, "active": true, "gender": "female", "birthDate": "1938-03-01",
        "name": [{"use": "official", "family": "Longstory", "given": ["Synthetica"]}],
        "address": [{"use": "home", "line": ["1 Sandbox Lane"], "city": "Testtown"}],
    }))?;
    for number in 0..entries {
        store.put(&resource(number))?;
    }
    let group = store
        .ids("Group")
        .into_iter()
        .filter_map(|id| store.get_json("Group", &id))
        .find(|group| group["identifier"][0]["value"] == "nurse");
    let mut group: Value = group.ok_or("the nurse has no caseload")?;
    group["member"] = json!([{"entity": {"reference": format!("Patient/{PATIENT}")}}]);
    store.put(&group)?;
    Ok(())
}

/// Forty years of surgery visits with what was measured there, some at the hospital.
fn resource(number: usize) -> Value {
    let contact = number / OF_A_CONTACT;
    let when = format!(
        "{}-{:02}-{:02}T09:{:02}:00+00:00",
        1986 + contact / 125 % 40,
        1 + contact / 11 % 12,
        1 + contact % 28,
        10 + number % OF_A_CONTACT
    );
    let subject = json!({"reference": format!("Patient/{PATIENT}")});
    let hospital = contact.is_multiple_of(9);
    if number.is_multiple_of(OF_A_CONTACT) {
        return json!({
            "resourceType": "Encounter", "id": format!("long-{number}"), "status": "finished", "subject": subject,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": if hospital { "IMP" } else { "AMB" }},
            "type": [{"text": if hospital { "Stay on a ward" } else { "Surgery consultation" }}],
            "period": {"start": when, "end": when},
            "serviceProvider": {"display": if hospital { "Synthetic Hospital" } else { "Synthetic Surgery" }},
        });
    }
    let (name, unit, usual) = [
        ("Haemoglobin", "g/L", 131),
        ("Sodium", "mmol/L", 139),
        ("Creatinine", "umol/L", 71),
    ][number % 3];
    json!({
        "resourceType": "Observation", "id": format!("long-{number}"), "status": "final", "subject": subject,
        "code": {"text": name}, "effectiveDateTime": when,
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "encounter": {"reference": format!("Encounter/long-{}", number - number % OF_A_CONTACT)},
        "valueQuantity": {"value": usual + number % 17, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    })
}

/// Loads it, and scrolls to the middle.
pub(crate) async fn walk(start: &Start, album: &mut Album) -> Outcome {
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
    window.click("tab-timeline").await?;
    window.find("group").await?;
    album.take(&window, "long-record").await?;
    window
        .script("const years = document.querySelectorAll('[data-testid=\"year\"]'); years[Math.floor(years.length / 2)].click()")
        .await?;
    window.settled().await?;
    window.text("group").await?;
    window.click("open-all-groups").await?;
    window.text_css(".panel.timeline [data-testid=\"line\"]").await?;
    album.take(&window, "long-record-in-the-middle").await?;
    window.close().await
}
