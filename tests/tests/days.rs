//! Three people's day in a real window: a community nurse without a network, a ward doctor launched from another system on a
//! desktop that ten people share, and a carer's medicines round.
//!
//! Needs a display, a session bus and a keychain of its own: `cargo verify --only window` makes them.

use curlew_sandbox::Running;
use curlew_tests::hunt::Hunt;
use curlew_tests::places::Places;
use curlew_tests::steps::{banner_is, first_run, held_whole, load, named, open, picture, unlock};
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window, until};
use curlew_tests::{Failure, Outcome};
use thirtyfour::Key;

#[tokio::test(flavor = "multi_thread")]
async fn a_nurses_day_without_a_network() -> Outcome {
    let running = sandbox(8)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;

    // 07:30, at base: load, see the proof, close the laptop.
    let window = Window::open(&start, &places).await?;
    first_run(&window).await?;
    let proof = load(&window).await?;
    assert!(proof.contains("complete"), "{proof}");
    window.close().await?;
    running.go_dark();

    // In the car: a new start, no server.
    let window = Window::open(&start, &places).await?;
    unlock(&window).await?;
    let visits = held_whole(&window, 3).await?;
    assert!(visits.len() >= 3, "only {} visits", visits.len());
    window.says("status-connection", "Offline").await?;
    for patient in visits.iter().take(3) {
        let (number, family) = named(&running, patient)?;
        let (name, _) = open(&window, patient).await?;
        assert!(name.contains(&family), "{name}");
        banner_is(&window, &number).await?;
        window.text("safety-allergies").await?;
        window.click("tab-timeline").await?;
        window
            .text_css(".panel.timeline [data-testid=\"line\"][data-line]")
            .await?;
    }

    // In the kitchen: one key, and what the family must not see is gone; the same key brings it back.
    window.press("b").await?;
    window.find("bedside").await?;
    picture(&window, "nurse-bedside").await?;
    window.click("nav-today").await?;
    assert!(
        window.all_css("[data-testid=\"caseload-row\"]").await?.is_empty(),
        "other people's names at the bedside"
    );
    window.press("b").await?;
    window.gone("bedside").await?;
    window.find("caseload-row").await?;

    // A question: search the record, without leaving the keyboard.
    let (_, _) = open(&window, &visits[0]).await?;
    window.press("/").await?;
    window.find("timeline-search").await?;
    let total = window.text("timeline-total").await?;
    until("the search has the focus", async || {
        let at = window
            .script("return document.activeElement.dataset.testid ?? '';")
            .await
            .ok()?;
        (at == "timeline-search").then_some(())
    })
    .await?;
    window.press("blood").await?;
    until("the search has an answer", async || {
        window
            .text("timeline-total")
            .await
            .ok()
            .filter(|text| *text != total)
    })
    .await?;
    window.text_css(".panel.timeline mark").await?;
    picture(&window, "nurse-search").await?;

    // Back at base: the server answers, the kept session is picked up, and the day's looks go up.
    let told = running.store().ids("AuditEvent").len();
    running.come_back()?;
    window.click("nav-today").await?;
    window.click("refresh-caseload").await?;
    window.says("status-connection", "Online").await?;
    load(&window).await?;
    until("the looks of the day are told", async || {
        (running.store().ids("AuditEvent").len() >= told + 3).then_some(())
    })
    .await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ward_doctors_round_on_a_shared_desktop_opened_from_another_system() -> Outcome {
    let running = sandbox(12)?;
    let places = Places::new()?;
    let folder = places.root().join("config/curlew");
    std::fs::create_dir_all(&folder)?;
    let policy = format!("record_api = \"{}\"\nshared_desktop = true\n", running.base_url());
    std::fs::write(folder.join("policy.toml"), policy)?;
    // On his ward, each with one record: the shared record lets him open them.
    let people = ["ashdown-walter", "thrift-maureen", "turnstone-agnes"];
    let (first, first_family) = named(&running, people[0])?;
    let (second, second_family) = named(&running, people[1])?;
    let (third, _) = named(&running, people[2])?;
    let link = format!("curlew://patient?nhs={first}");
    let start = Start {
        user: "doctor".to_owned(),
        more: vec![link],
        ..Start::from_environment(running.base_url().as_str())?
    };

    // Started by the hospital's system: the patient waits, unnamed, until somebody is in.
    let window = Window::open(&start, &places).await?;
    window.find("shared-desktop").await?;
    window.says("launch", "waiting to be opened").await?;
    let door = window.words().await;
    assert!(
        !door.contains(&first_family) && !door.contains(&first[..3]),
        "{door}"
    );
    picture(&window, "doctor-waiting").await?;
    window.click("sign-in").await?;
    banner_is(&window, &first).await?;
    window
        .says("launched", "Check the name, date of birth and NHS number")
        .await?;
    for hook in ["safety-allergies", "safety-resuscitation"] {
        window.text(hook).await?;
    }
    picture(&window, "doctor-launched").await?;
    window.click("launched-confirm").await?;
    window.gone("launched").await?;

    // The next bed, from the other system: no question asked, and no mistaking it.
    start
        .second(&places, &[&format!("curlew://patient?nhs={second}")])
        .await?;
    banner_is(&window, &second).await?;
    assert!(window.text("banner-name").await?.contains(&second_family));
    window.says("launched", "changed the patient").await?;
    picture(&window, "doctor-switched").await?;

    // What is hostile is refused with a sentence; who is on the screen stays, and the sentence holds nothing of it.
    for hostile in [
        "curlew://patient?nhs=1234567890".to_owned(),
        format!("curlew://patient?nhs={third}&nhs={first}"),
        format!("curlew://launch?iss=https://other.example/fhir&launch={third}"),
    ] {
        let printed = start.second(&places, &[&hostile]).await?;
        window.says("launch", "it was refused").await?;
        let said = window.text("launch").await?;
        assert!(!said.contains("1234567890") && !said.contains(&third), "{said}");
        assert!(
            !printed.contains("1234567890") && !printed.contains(&third),
            "{printed}"
        );
        banner_is(&window, &second).await?;
        window.click("launch-dismiss").await?;
        window.gone("launch").await?;
    }
    assert!(
        start
            .second(
                &places,
                &[
                    &format!("curlew://patient?nhs={third}"),
                    "--policy=/tmp/other.toml"
                ]
            )
            .await
            .is_err(),
        "something followed the link"
    );
    banner_is(&window, &second).await?;

    // SMART App Launch: the hospital's system hands over a handle, the sign-in names the patient.
    let smart = running.launch_link("curlew", people[2])?;
    start.second(&places, &[smart.as_str()]).await?;
    banner_is(&window, &third).await?;
    window.says("launched", "changed the patient").await?;

    // He walks away: one key locks, and nothing of anybody is left, on the screen or on the disk.
    window.press_with(Key::Control, 'l').await?;
    window.find("shared-desktop").await?;
    let door = window.words().await;
    for family in [&first_family, &second_family] {
        assert!(!door.contains(family.as_str()), "{door}");
    }
    let hunt = Hunt::new([
        first.clone(),
        second.clone(),
        third.clone(),
        first_family.clone(),
        second_family.clone(),
    ]);
    let found = hunt.search(places.root())?;
    assert!(
        found.found.is_empty(),
        "on a shared desktop's disk: {:#?}",
        found.found
    );
    assert_eq!(
        std::fs::read_dir(places.store())?.count(),
        0,
        "the store's folder is not empty"
    );

    // A colleague: the next sign-in is theirs, and nobody is open.
    std::fs::write(places.who(), "nurse")?;
    window.click("sign-in").await?;
    window.find("caseload-row").await?;
    assert!(window.all_css("[data-testid=\"banner\"]").await?.is_empty());
    assert!(window.all_css("[data-testid=\"recent\"]").await?.is_empty());
    picture(&window, "doctor-colleague").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carers_medicines_round() -> Outcome {
    let running = sandbox(60)?;
    let places = Places::new()?;
    let start = Start {
        user: "carer".to_owned(),
        ..Start::from_environment(running.base_url().as_str())?
    };
    let window = Window::open(&start, &places).await?;
    first_run(&window).await?;
    load(&window).await?;
    let residents = held_whole(&window, 3).await?;
    assert!(residents.len() >= 2, "only {} residents", residents.len());
    let written = |running: &Running| {
        let store = running.store();
        [
            "MedicationStatement",
            "MedicationRequest",
            "MedicationAdministration",
            "List",
            "Task",
            "Communication",
        ]
        .map(|kind| store.ids(kind).len())
    };
    let before = written(&running);

    // The first resident with two medicines to compare; she takes them in the order of the list.
    let mut at = None;
    for (place, resident) in residents.iter().enumerate().take(residents.len() - 1) {
        open(&window, resident).await?;
        window.click("tab-medicines").await?;
        window
            .find_css(
                ".panel.medicines [data-testid=\"medicine\"], .panel.medicines .empty, .panel.medicines p",
            )
            .await?;
        if window
            .all_css(".panel.medicines [data-testid=\"medicine\"]")
            .await?
            .len()
            >= 2
        {
            at = Some(place);
            break;
        }
    }
    let at = at.ok_or_else(|| Failure::from("no resident has two medicines"))?;
    let (number, _) = named(&running, &residents[at])?;
    window.click("check-trolley").await?;
    window.find("check-medicine").await?;

    // At arm's length: large, and nothing to press that is smaller than a fingertip.
    let small = window
        .script(
            "return [...document.querySelectorAll('[data-testid=\"trolley-check\"] button')].filter((one) => { const at = one.getBoundingClientRect(); return at.width < 44 || at.height < 44; }).map((one) => one.textContent);",
        )
        .await?;
    assert_eq!(small, serde_json::json!([]), "smaller than 44 pixels");
    let size = window
        .script("return parseFloat(getComputedStyle(document.querySelector('[data-testid=\"check-medicine\"] .line')).fontSize);")
        .await?;
    assert!(
        size.as_f64().unwrap_or_default() >= 18.0,
        "the line is {size} pixels high"
    );

    window
        .click_css("[data-testid=\"check-medicine\"]:nth-of-type(1) [data-testid=\"matches\"]")
        .await?;
    window
        .click_css("[data-testid=\"check-medicine\"]:nth-of-type(2) [data-testid=\"differs\"]")
        .await?;
    window.says("check-progress", "2 of ").await?;
    window.says("check-progress", "1 does not match").await?;
    window
        .type_into("check-note", "Blister pack has two left over")
        .await?;
    picture(&window, "carer-round").await?;

    // The next resident, and back: each has their own ticks.
    window.click("next-resident").await?;
    until("the next resident is open", async || {
        let shown = window.text("banner-nhs").await.ok()?;
        (!shown.chars().filter(char::is_ascii_digit).eq(number.chars())).then_some(())
    })
    .await?;
    window.says("check-progress", "0 of ").await?;
    let note = window
        .script("return document.querySelector('[data-testid=\"check-note\"]').value;")
        .await?;
    assert_eq!(note, "", "a note about somebody else");
    window.click("previous-resident").await?;
    banner_is(&window, &number).await?;
    window.says("check-progress", "2 of ").await?;
    window.click("end-check").await?;
    window.gone("trolley-check").await?;

    // On paper for the pharmacist: the banner, the age and a day to destroy it by.
    window.click("tab-medicines").await?;
    window.click("print").await?;
    window.says("print-preview", "Destroy by").await?;
    picture(&window, "carer-print").await?;
    window.click("close-print").await?;
    window.gone("print-preview").await?;
    assert_eq!(written(&running), before, "something was written back");
    window.close().await
}
