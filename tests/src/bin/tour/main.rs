//! `cargo demo --tour DIR`: walks every screen in a real window and leaves a numbered picture of each.

mod album;
mod long_record;
mod others;

use album::{Album, appears, loaded, see, straight_to};
use clap::Parser;
use curlew_sandbox::Running;
use curlew_sandbox::faults::{Fault, Misbehaviour, Route};
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window, beside_this_program};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// The tour's passphrase; its store lies in a folder that is removed at the end.
const PASSPHRASE: &str = "reed avocet samphire tide";

/// Whose record is shown in full: seen by every setting, and they do not agree.
const STORY: &str = "ASHDOWN";

/// Walks every screen and leaves pictures.
#[derive(Debug, Parser)]
#[command(name = "tour")]
struct Options {
    /// The built app.
    #[arg(long)]
    app: PathBuf,
    /// Where the pictures go.
    #[arg(long)]
    out: PathBuf,
    /// Size of the window.
    #[arg(long, default_value = "1280x800", value_parser = size)]
    size: (u32, u32),
    /// How many people the sandbox has.
    #[arg(long, default_value_t = 60)]
    patients: usize,
    /// How many entries the long record has; none leaves it out.
    #[arg(long, default_value_t = 50_000)]
    entries: usize,
    /// Only the acts with these names: nurse, doctor, carer, long.
    #[arg(long)]
    only: Vec<String>,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    text.split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)))
        .ok_or_else(|| format!("{text:?} is not a size such as 1280x800"))
}

#[tokio::main]
async fn main() -> ExitCode {
    match walk(&Options::parse()).await {
        Ok(pictures) => {
            println!("{pictures} pictures");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("The tour ended early: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn walk(options: &Options) -> Outcome<usize> {
    let mut album = Album::new(options.out.clone());
    let asked = |act: &str| options.only.is_empty() || options.only.iter().any(|only| only == act);
    let start = |user: &str, running: &Running| -> Outcome<Start> {
        Ok(Start {
            app: options.app.clone(),
            browser: beside_this_program("sign-in-browser")?,
            user: user.to_owned(),
            record_api: running.base_url().to_string(),
            size: options.size,
            more: Vec::new(),
            terminal: None,
        })
    };
    if asked("nurse") {
        let running = sandbox(options.patients)?;
        nurse(&start("nurse", &running)?, running, &mut album).await?;
    }
    if asked("doctor") {
        let running = sandbox(options.patients.min(20))?;
        others::doctor(&start("doctor", &running)?, &mut album).await?;
    }
    if asked("carer") {
        let running = sandbox(options.patients)?;
        others::carer(&start("carer", &running)?, &mut album).await?;
    }
    if asked("long") && options.entries > 0 {
        let running = sandbox(1)?;
        long_record::put(&running, options.entries)?;
        long_record::walk(&start("nurse", &running)?, &mut album).await?;
    }
    album.finish()
}

/// The community nurse's day: everything a record has, then the car without a network.
async fn nurse(start: &Start, running: Running, album: &mut Album) -> Outcome {
    let closed = prepare(&running)?;
    let places = Places::new()?;
    let window = Window::open(start, &places).await?;
    window.find("sign-in").await?;
    album.take(&window, "sign-in").await?;
    window.click("sign-in").await?;
    window.type_into("passphrase", PASSPHRASE).await?;
    window.type_into("passphrase-again", PASSPHRASE).await?;
    album.take(&window, "first-run").await?;
    window.click("create-store").await?;
    window.find("load-offline").await?;
    album.take(&window, "today-before-loading").await?;
    window.click("load-offline").await?;
    // Somewhere in the middle. A quick machine may have finished before it can be seen.
    const LOADING: &str = "[data-testid=\"load-progress\"]:not([data-done=\"0\"])";
    if window
        .find_any(&[LOADING, "[data-testid=\"proof-summary\"]"])
        .await?
        == LOADING
    {
        album.take(&window, "loading").await?;
    }
    loaded(&window).await?;
    album.take(&window, "proof-sheet").await?;

    window.click("nav-today").await?;
    window.find("caseload-row").await?;
    album.take(&window, "today").await?;
    let walked = patient(&window, album).await;
    album.part(&window, "a record", walked).await?;
    let walked = documents(&window, album).await;
    album.part(&window, "documents", walked).await?;
    let walked = modes(&window, album).await;
    album.part(&window, "what a record turns into", walked).await?;
    let walked = people(&window, album, &closed).await;
    album.part(&window, "people", walked).await?;
    let walked = themes(&window, album).await;
    album.part(&window, "themes", walked).await?;
    let walked = places_of_the_rail(&window, &running, album).await;
    album.part(&window, "the rail", walked).await?;
    running.faults().clear();

    window.click("lock").await?;
    window.find("unlock-passphrase").await?;
    album.take(&window, "locked").await?;
    window
        .type_into("unlock-passphrase", "not the passphrase")
        .await?;
    window.click("unlock").await?;
    window.find("error").await?;
    album.take(&window, "wrong-passphrase").await?;
    window.close().await?;

    // In the car: no server, a new start.
    running.stop();
    let window = Window::open(start, &places).await?;
    window.find("unlock-passphrase").await?;
    album.take(&window, "offline-start").await?;
    window.type_into("unlock-passphrase", PASSPHRASE).await?;
    window.click("unlock").await?;
    window.find("caseload-row").await?;
    album.take(&window, "offline-today").await?;
    straight_to(&window, STORY).await?;
    album.take(&window, "offline-patient").await?;
    window.close().await
}

/// Somebody whose number was never traced, and somebody who is closed to everyday care but not to an emergency, whose id is
/// given back.
fn prepare(running: &Running) -> Outcome<String> {
    let store = running.store();
    let group = store
        .ids("Group")
        .into_iter()
        .filter_map(|id| store.get_json("Group", &id))
        .find(|group| group["identifier"][0]["value"] == "nurse")
        .ok_or("the nurse has no caseload")?;
    let members: Vec<String> = group["member"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|member| {
            Some(
                member["entity"]["reference"]
                    .as_str()?
                    .strip_prefix("Patient/")?
                    .to_owned(),
            )
        })
        .collect();
    let [.., untraced, closed] = members.as_slice() else {
        return Err("the caseload is too short".into());
    };
    let traced: Value = store
        .get_json("Patient", untraced)
        .ok_or("the patient is not there")?;
    let text = traced
        .to_string()
        .replace("\"01\"", "\"03\"")
        .replace("Number present and verified", "Trace required");
    store.put_text(&text)?;
    store.put(&json!({
        "resourceType": "Consent", "id": format!("dissent-{closed}"), "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "patient": {"reference": format!("Patient/{closed}")},
        "provision": {"type": "deny", "provision": [{"type": "permit", "purpose":
            [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG"}]}]},
    }))?;
    Ok(closed.clone())
}

/// Every screen of somebody with a long story.
async fn patient(window: &Window, album: &mut Album) -> Outcome {
    straight_to(window, STORY).await?;
    album.take(window, "overview").await?;
    window.click("tab-timeline").await?;
    window
        .text_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    album.take(window, "timeline").await?;
    window.click("open-all-groups").await?;
    appears(window, "[data-testid=\"group\"][aria-expanded=\"true\"]").await?;
    album.take(window, "timeline-groups-open").await?;
    window.click("lanes").await?;
    album.take(window, "timeline-lanes").await?;
    window.click("lanes").await?;
    window
        .click_css(".panel.timeline [data-testid=\"setting-community\"]")
        .await?;
    window.text_css("[data-testid=\"timeline-total\"] b").await?;
    album.take(window, "timeline-filtered").await?;
    window
        .click_css(".panel.timeline [data-testid=\"setting-community\"]")
        .await?;
    window.type_into("timeline-search", "fall").await?;
    appears(window, ".panel.timeline mark").await?;
    album.take(window, "timeline-search").await?;
    window.type_into("timeline-search", "zebra crossing").await?;
    appears(window, ".panel.timeline .empty").await?;
    album.take(window, "timeline-nothing-matches").await?;
    window.type_into("timeline-search", " ").await?;
    window
        .click_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    window.text("source-drawer").await?;
    album.take(window, "source-of-a-line").await?;
    window.click("close-source-drawer").await?;
    window.gone("source-drawer").await?;
    for tab in ["medicines", "results", "summary", "plans", "people", "gaps"] {
        window.click(&format!("tab-{tab}")).await?;
        album.take(window, tab).await?;
    }
    window
        .script(
            "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true, bubbles: true}))",
        )
        .await?;
    window.find("palette").await?;
    album.take(window, "command-palette").await?;
    see(window, "Escape").await
}

/// A PDF and a picture, opened where they are listed.
async fn documents(window: &Window, album: &mut Album) -> Outcome {
    window.click("nav-today").await?;
    straight_to(window, STORY).await?;
    window.click("tab-documents").await?;
    appears(window, ".panel.documents [data-testid=\"line\"]").await?;
    album.take(window, "documents").await?;
    let lines = window.all_css(".panel.documents [data-testid=\"line\"]").await?;
    let mut left = vec!["canvas", "img"];
    for at in 0..lines.len() {
        window
            .script(&format!(
                "document.querySelectorAll('.panel.documents [data-testid=\"line\"]')[{at}]?.click()"
            ))
            .await?;
        window.find("source-resource").await?;
        // What there is to draw draws itself; what there is not is text.
        let drawn = window
            .find_any(&[
                "[data-testid=\"document\"] [data-drawn] canvas",
                "[data-testid=\"document\"] [data-drawn] img",
                "[data-testid=\"source-drawer\"]:not(:has([data-testid=\"document\"])) [data-testid=\"source-resource\"]",
            ])
            .await?;
        if let Some(place) = left.iter().position(|kind| drawn.ends_with(kind)) {
            album
                .take(
                    window,
                    if left[place] == "img" {
                        "document-picture"
                    } else {
                        "document-pdf"
                    },
                )
                .await?;
            left.remove(place);
        }
        window.click("close-source-drawer").await?;
        window.gone("source-drawer").await?;
        if left.is_empty() {
            break;
        }
    }
    Ok(())
}

/// What the record can be turned into: bars, paper, a bedside screen, a check against the trolley, the past.
async fn modes(window: &Window, album: &mut Album) -> Outcome {
    window.click("nav-today").await?;
    straight_to(window, STORY).await?;
    window.click("tab-medicines").await?;
    window.click("medicines-over-time").await?;
    window.find("medicine-bars").await?;
    album.take(window, "medicines-over-time").await?;
    window.click("tab-results").await?;
    window.click("abnormal-only").await?;
    album.take(window, "abnormal-only").await?;
    for page in ["summary", "medicines"] {
        window.click("tab-overview").await?;
        window.click("print").await?;
        window.click(&format!("print-{page}")).await?;
        window.find("page").await?;
        album.take(window, &format!("print-{page}")).await?;
        window.click("close-print").await?;
        window.gone("print-preview").await?;
    }
    window.click("bedside-on").await?;
    window.find("bedside").await?;
    album.take(window, "bedside").await?;
    window.click("tab-timeline").await?;
    window.text("timeline-total").await?;
    album.take(window, "bedside-timeline").await?;
    window.click("nav-today").await?;
    album.take(window, "bedside-today").await?;
    window.click("bedside-off").await?;
    straight_to(window, STORY).await?;
    window.click("as-at-open").await?;
    window.find("as-at-slider").await?;
    album.take(window, "as-at-choosing").await?;
    window
        .script(
            "const slider = document.querySelector('[data-testid=\"as-at-slider\"]'); slider.value = slider.min;
             slider.dispatchEvent(new Event('input', {bubbles: true})); slider.dispatchEvent(new Event('change', {bubbles: true}));",
        )
        .await?;
    window.find("as-at-text").await?;
    album.take(window, "as-at").await?;
    window.click("print").await?;
    window.find("paper-past").await?;
    album.take(window, "print-of-the-past").await?;
    window.click("close-print").await?;
    window.gone("print-preview").await?;
    window.click("back-to-now").await?;
    window.gone("as-at-text").await?;
    window.click("nav-today").await?;
    window.click("print").await?;
    window.find("page").await?;
    album.take(window, "print-handover-list").await?;
    window.click("close-print").await?;
    window.gone("print-preview").await
}

/// People whose records must be read otherwise: dead, restricted, not traced, full of gaps, closed but for an emergency.
async fn people(window: &Window, album: &mut Album, closed: &str) -> Outcome {
    window.click("nav-today").await?;
    straight_to(window, "Deceased").await?;
    album.take(window, "deceased").await?;
    window.click("nav-today").await?;
    window.find("caseload-row").await?;
    album::open(window, closed).await?;
    window.find("break-glass").await?;
    album.take(window, "closed-but-for-an-emergency").await?;
    window.click("break-glass").await?;
    window.find("emergency-reason").await?;
    window.click("emergency-reason").await?;
    window
        .type_into("emergency-text", "Collapsed at home, need to know the medicines")
        .await?;
    album.take(window, "emergency-dialogue").await?;
    window.click("emergency-open").await?;
    window.find("emergency").await?;
    window.text("banner-name").await?;
    album.take(window, "emergency").await?;
    window.click("emergency-close").await?;
    album::open_before(window, closed).await?;
    album.take(window, "identity-not-verified").await
}

/// The caseload and a record in the other themes. The theme is put on the page as the settings put it.
async fn themes(window: &Window, album: &mut Album) -> Outcome {
    for (name, theme, contrast) in [("dark", "dark", ""), ("high-contrast", "light", "more")] {
        window
            .script(&format!(
                "document.documentElement.dataset.theme = '{theme}'; document.documentElement.dataset.contrast = '{contrast}'"
            ))
            .await?;
        window.click("nav-today").await?;
        window.find("caseload-row").await?;
        album.take(window, &format!("{name}-today")).await?;
        straight_to(window, STORY).await?;
        album.take(window, &format!("{name}-overview")).await?;
        window.click("tab-timeline").await?;
        window.text("timeline-total").await?;
        album.take(window, &format!("{name}-timeline")).await?;
        window.click("tab-medicines").await?;
        window.find("medicine").await?;
        album.take(window, &format!("{name}-medicines")).await?;
    }
    window
        .script(
            "delete document.documentElement.dataset.theme; delete document.documentElement.dataset.contrast",
        )
        .await
        .map(drop)
}

/// Find with several answers and with a server that fails, the proof sheet, the log and an entry of it, the settings.
async fn places_of_the_rail(window: &Window, running: &Running, album: &mut Album) -> Outcome {
    window.click("nav-find").await?;
    window.find("find-text").await?;
    album.take(window, "find").await?;
    window.type_into("find-text", "a").await?;
    window.click("find").await?;
    window.text("find-note").await?;
    album.take(window, "find-several").await?;
    running
        .faults()
        .add(Fault::on(Route::Any, Misbehaviour::status(503)));
    window.click("nav-today").await?;
    window.click("refresh-caseload").await?;
    window.find("error").await?;
    album.take(window, "error").await?;
    running.faults().clear();
    window.click("nav-sync").await?;
    album.take(window, "sync").await?;
    window.click("nav-access").await?;
    window.find("access-row").await?;
    album.take(window, "access-log").await?;
    window
        .script(
            "[...document.querySelectorAll('[data-testid=\"access-row\"]')].find((row) => row.innerText.includes('Opened'))?.click()",
        )
        .await?;
    window.text("verdict").await?;
    album.take(window, "what-was-shown").await?;
    see(window, "Escape").await?;
    window.click("nav-settings").await?;
    window.find("change-passphrase").await?;
    album.take(window, "settings").await?;
    window
        .script(
            "document.querySelector('[data-testid=\"change-passphrase\"]').scrollIntoView({block: 'center'})",
        )
        .await?;
    window.click("change").await?;
    album.take(window, "passphrase-change").await?;
    window.click("read-bundle").await?;
    window.find("save-bundle").await?;
    window
        .script("const parts = [...document.querySelectorAll('section details')]; parts[0].open = true; parts[0].scrollIntoView({block: 'center'})")
        .await?;
    album.take(window, "support-bundle").await?;
    window.click("notices").await?;
    window.find("notices-text").await?;
    window
        .script("document.querySelector('[data-testid=\"about\"]').scrollIntoView({block: 'center'})")
        .await?;
    album.take(window, "about").await
}
