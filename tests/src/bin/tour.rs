//! `cargo demo --tour DIR`: walks every screen in a real window and leaves a numbered picture of each.

use clap::Parser;
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window, beside_this_program};
use std::path::PathBuf;
use std::process::ExitCode;

/// The tour's passphrase; its store lies in a folder that is removed at the end.
const PASSPHRASE: &str = "reed avocet samphire tide";

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

/// Pictures numbered in the order they are taken.
struct Album {
    folder: PathBuf,
    taken: usize,
}

impl Album {
    async fn take(&mut self, window: &Window, name: &str) -> Outcome {
        let path = self.folder.join(format!("{:02}-{name}.png", self.taken + 1));
        window.picture(&path).await?;
        self.taken += 1;
        println!("  {}", path.display());
        Ok(())
    }
}

async fn walk(options: &Options) -> Outcome<usize> {
    let running = sandbox(options.patients)?;
    let places = Places::new()?;
    let start = Start {
        app: options.app.clone(),
        browser: beside_this_program("sign-in-browser")?,
        user: "nurse".to_owned(),
        record_api: running.base_url().to_string(),
        size: options.size,
    };
    let mut album = Album {
        folder: options.out.clone(),
        taken: 0,
    };

    let window = Window::open(&start, &places).await?;
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
    window.text("proof-summary").await?;
    album.take(&window, "proof-sheet").await?;

    window.click("nav-today").await?;
    window.find("caseload-row").await?;
    album.take(&window, "today").await?;
    patient(&window, &mut album).await?;
    modes(&window, &mut album).await?;
    themes(&window, &mut album).await?;

    for (place, hook) in [
        ("find", "nav-find"),
        ("sync", "nav-sync"),
        ("access-log", "nav-access"),
        ("settings", "nav-settings"),
    ] {
        window.click(hook).await?;
        album.take(&window, place).await?;
    }
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
    let window = Window::open(&start, &places).await?;
    window.find("unlock-passphrase").await?;
    album.take(&window, "offline-start").await?;
    window.type_into("unlock-passphrase", PASSPHRASE).await?;
    window.click("unlock").await?;
    window.find("caseload-row").await?;
    album.take(&window, "offline-today").await?;
    window.click("caseload-row").await?;
    window.text("banner-name").await?;
    album.take(&window, "offline-patient").await?;
    window.close().await?;
    Ok(album.taken)
}

/// Every screen of the first person on the caseload, whose story is the longest.
async fn patient(window: &Window, album: &mut Album) -> Outcome {
    window.click("caseload-row").await?;
    window.text("banner-name").await?;
    album.take(window, "overview").await?;
    window.click("tab-timeline").await?;
    window
        .text_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    album.take(window, "timeline").await?;
    window
        .click_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    window.text("source-drawer").await?;
    album.take(window, "source-of-a-line").await?;
    window.click("close-source-drawer").await?;
    window.gone("source-drawer").await?;
    for tab in [
        "medicines",
        "results",
        "summary",
        "documents",
        "plans",
        "people",
        "gaps",
    ] {
        window.click(&format!("tab-{tab}")).await?;
        album.take(window, tab).await?;
    }
    Ok(())
}

/// What the first person's record can be turned into: bars, paper, a bedside screen, a check against the trolley.
async fn modes(window: &Window, album: &mut Album) -> Outcome {
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
    window.click("nav-today").await?;
    album.take(window, "bedside-today").await?;
    window.click("bedside-off").await?;
    window.click("caseload-row").await?;
    window.text("banner-name").await?;
    window.click("tab-medicines").await?;
    window.click("check-trolley").await?;
    window.click("matches").await?;
    album.take(window, "check-against-the-trolley").await?;
    window.click("end-check").await?;
    window.gone("trolley-check").await?;
    window.click("nav-today").await?;
    window.click("print").await?;
    window.find("page").await?;
    album.take(window, "print-handover-list").await?;
    window.click("close-print").await?;
    window.gone("print-preview").await
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
        window.click("caseload-row").await?;
        window.text("banner-name").await?;
        album.take(window, &format!("{name}-overview")).await?;
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
