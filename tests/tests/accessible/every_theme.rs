//! axe-core on every screen and state, in every theme.

use crate::{Problems, TABS, put_axe_in};
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::steps::{PASSPHRASE, first_run, held_whole, load, open, picture, row_of};
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window};
use thirtyfour::Key;

#[tokio::test(flavor = "multi_thread")]
async fn no_screen_in_any_theme_has_a_fault_that_axe_finds() -> Outcome {
    let running = sandbox(8)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let mut problems = Problems::default();

    let window = Window::open(&start, &places).await?;
    put_axe_in(&window).await?;
    window.find("sign-in").await?;
    problems.axe(&window, "sign in").await?;
    window.click("sign-in").await?;
    window.find("passphrase").await?;
    problems.axe(&window, "first run").await?;
    window.type_into("passphrase", PASSPHRASE).await?;
    window.type_into("passphrase-again", PASSPHRASE).await?;
    window.click("create-store").await?;
    load(&window).await?;
    problems.axe(&window, "today").await?;
    for screen in ["find", "sync", "access", "settings"] {
        window.click(&format!("nav-{screen}")).await?;
        window.settled().await?;
        problems.axe(&window, screen).await?;
    }
    let held = held_whole(&window, 2).await?;
    open(&window, &held[0]).await?;
    for tab in TABS {
        window.click(&format!("tab-{tab}")).await?;
        window.settled().await?;
        problems.axe(&window, tab).await?;
    }
    window.click("tab-timeline").await?;
    window
        .click_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    window.text("source-drawer").await?;
    problems.axe(&window, "source").await?;
    window.click("close-source-drawer").await?;
    window.gone("source-drawer").await?;
    window.press_with(Key::Control, 'k').await?;
    window.find("palette").await?;
    problems.axe(&window, "palette").await?;
    window.press(Key::Escape).await?;
    window.gone("palette").await?;
    window.click("as-at-open").await?;
    window.find("as-at").await?;
    problems.axe(&window, "as at").await?;
    window.click("as-at-open").await?;
    window.click("print").await?;
    window.says("print-preview", "Destroy by").await?;
    problems.axe(&window, "print preview").await?;
    window.click("close-print").await?;
    window.click("bedside-on").await?;
    window.find("bedside").await?;
    problems.axe(&window, "bedside").await?;
    window.click("bedside-off").await?;
    window.click("tab-medicines").await?;
    window.click("check-trolley").await?;
    window.find("trolley-check").await?;
    problems.axe(&window, "care-home round").await?;
    window
        .click_css("[data-testid=\"check-medicine\"]:nth-of-type(1) [data-testid=\"matches\"]")
        .await?;
    window
        .click_css("[data-testid=\"check-medicine\"]:nth-of-type(2) [data-testid=\"differs\"]")
        .await?;
    window.says("check-progress", "1 does not match").await?;
    problems.axe(&window, "care-home round, ticked").await?;
    window.click("end-check").await?;
    // Launched by another program.
    let number = window.text("banner-nhs").await?.replace(' ', "");
    start
        .second(&places, &[&format!("curlew://patient?nhs={number}")])
        .await?;
    window.find("launched").await?;
    problems.axe(&window, "launched").await?;
    start.second(&places, &["curlew://patient?nhs=1"]).await?;
    window.find("launch").await?;
    problems.axe(&window, "launch refused").await?;
    window.click("launch-dismiss").await?;
    window.click("lock").await?;
    window.find("unlock-passphrase").await?;
    problems.axe(&window, "locked").await?;
    window.close().await?;
    problems.none()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ordinary_has_no_fault_that_axe_finds_either() -> Outcome {
    // Every written story: who has died, who is restricted, who does not agree, who has no number, and so on.
    let running = sandbox(16)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let mut problems = Problems::default();
    let window = Window::open(&start, &places).await?;
    put_axe_in(&window).await?;
    first_run(&window).await?;
    window.find("caseload-row").await?;
    problems.axe(&window, "today, nobody loaded").await?;
    // The note of a screen comes a moment after its buttons: it must not move them from under a finger.
    let moved = window
        .script(
            "const button = document.querySelector('[data-testid=\"load-offline\"]'), note = document.querySelector('.page header p');
             const top = button.getBoundingClientRect().top; note.style.display = 'none';
             const without = button.getBoundingClientRect().top; note.style.display = '';
             return top - without;",
        )
        .await?;
    assert_eq!(moved.as_f64(), Some(0.0), "the note moves the buttons");
    load(&window).await?;
    let held = held_whole(&window, 4).await?;

    // Who the banner says something unusual of, with its second zone open.
    for patient in ["dunlin-arthur", "pipit-rowan", "merlin-yusuf", "lapwing-george"] {
        window.click("nav-today").await?;
        window.click_css(&row_of(patient)).await?;
        window
            .find_any(&["[data-testid=\"banner\"]", "[data-testid=\"error\"]"])
            .await?;
        if !window.all_css(".banner .more").await?.is_empty() {
            window.click_css(".banner .more").await?;
        }
        picture(&window, &format!("axe-{patient}")).await?;
        problems.axe(&window, patient).await?;
    }

    // A record that does not open, and the dialogue of an emergency, with what is wrong in it.
    window.click("nav-today").await?;
    window.click_css(&row_of("whimbrel-desmond")).await?;
    window.find("error").await?;
    problems.axe(&window, "not opened").await?;
    window.click("break-glass").await?;
    window.find("emergency-dialog").await?;
    window.click("emergency-open").await?;
    window.says("emergency-dialog", "Choose the reason").await?;
    problems.axe(&window, "emergency dialogue").await?;
    window.click("emergency-cancel").await?;
    window.gone("emergency-dialog").await?;

    // Who is restricted is read in an emergency only, and the banner says both.
    window.click("nav-today").await?;
    window.click_css(&row_of("redshank-corinne")).await?;
    window.click("break-glass").await?;
    window.click("emergency-reason").await?;
    window
        .type_into("emergency-text", "Collapsed at home, need to know the medicines")
        .await?;
    window.click("emergency-open").await?;
    window.find("emergency").await?;
    window.says("banner", "Restricted record").await?;
    picture(&window, "axe-restricted").await?;
    problems.axe(&window, "restricted, in an emergency").await?;
    window.click("emergency-close").await?;

    // A search with several people, one that finds nobody, and one that makes no sense.
    window.click("nav-find").await?;
    for (words, what) in [("1234", "find, not a number"), ("zzzz", "find, nobody")] {
        window.type_into("find-text", words).await?;
        window.click("find").await?;
        window
            .find_css("[data-testid=\"error\"], [data-testid=\"find-note\"]")
            .await?;
        window.settled().await?;
        problems.axe(&window, what).await?;
    }
    window.type_into("find-text", "godwit").await?;
    window.click("find").await?;
    window.says("find-note", "people were found").await?;
    window.find("tells-apart").await?;
    picture(&window, "axe-find").await?;
    problems.axe(&window, "find, several people").await?;

    // A timeline that is searched, in lanes, and with its groups open.
    open(&window, &held[0]).await?;
    window.click("tab-timeline").await?;
    window.find("group").await?;
    window.click("open-all-groups").await?;
    window.settled().await?;
    problems.axe(&window, "timeline, groups").await?;
    window.click("lanes").await?;
    window.settled().await?;
    problems.axe(&window, "timeline, lanes").await?;
    window.type_into("timeline-search", "blood").await?;
    window.text_css(".panel.timeline mark").await?;
    problems.axe(&window, "timeline, searched").await?;
    window.click("tab-medicines").await?;
    for part in ["medicines-past", "medicines-over-time"] {
        window.click(part).await?;
        window.settled().await?;
        problems.axe(&window, part).await?;
    }
    window.click("tab-results").await?;
    window.click_css("[data-testid=\"series\"]").await?;
    window.settled().await?;
    problems.axe(&window, "results, a series").await?;

    // A document drawn inside.
    window.click("tab-documents").await?;
    let with_document = ".panel.documents [data-testid=\"line\"][data-line]";
    window.click_css(with_document).await?;
    window.text("source-drawer").await?;
    if !window
        .all_css("[data-testid=\"view-document\"]")
        .await?
        .is_empty()
    {
        window.click("view-document").await?;
        window.find("document").await?;
        problems.axe(&window, "document").await?;
    }
    window.press(Key::Escape).await?;
    window.gone("source-drawer").await?;

    // Nobody answers; the log of what was looked at; what Settings can open.
    running.go_dark();
    window.click("nav-today").await?;
    window.click("refresh-caseload").await?;
    window.says("status-connection", "Offline").await?;
    problems.axe(&window, "today, offline").await?;
    window.click("nav-access").await?;
    window.click_css("[data-testid=\"access-row\"]").await?;
    window.settled().await?;
    problems.axe(&window, "access log, an entry").await?;
    window.press(Key::Escape).await?;
    window.gone("what-was-shown").await?;
    window.click("nav-settings").await?;
    window
        .script("document.querySelectorAll('details').forEach((one) => (one.open = true));")
        .await?;
    window.click("change").await?;
    window.says("change-passphrase", "Enter your passphrase").await?;
    problems.axe(&window, "settings, all open").await?;
    picture(&window, "axe-settings").await?;
    window.press_with(Key::Control, 'l').await?;
    window
        .type_into("unlock-passphrase", "not the passphrase")
        .await?;
    window.click("unlock").await?;
    window.find("error").await?;
    problems.axe(&window, "wrong passphrase").await?;
    window.click("forgotten").await?;
    window.settled().await?;
    problems.axe(&window, "erase the store").await?;
    window.close().await?;
    problems.none()
}
