//! Promise 1 in a real window: a marked patient is cached, read on every screen, searched for, printed to preview and copied;
//! then the store is locked, and every byte that was written, and every byte the app's processes still hold, is searched for
//! the marks.
//!
//! That the hunt can find is shown twice: in memory while the record is open, and on disk by the same walk through a program
//! built with the vault's `encryption-off`.
//!
//! Needs a display, a session bus and a keychain of its own: `cargo verify --only window` makes them.

#![cfg(target_os = "linux")]

use curlew_tests::Outcome;
use curlew_tests::hunt::{Hunt, Searched};
use curlew_tests::memory::{Process, family_of};
use curlew_tests::places::Places;
use curlew_tests::support::{marked, sandbox};
use curlew_tests::window::{Start, Window, until};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use thirtyfour::Key;

const PASSPHRASE: &str = "reed avocet samphire tide";

/// How often each place holds something, for a failure's message: which facts, where.
fn summary(searched: &Searched) -> String {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for found in &searched.found {
        places
            .entry(found.file.display().to_string())
            .or_default()
            .push(format!("{} ({})", found.word, found.form));
    }
    places
        .into_iter()
        .map(|(place, words)| format!("{place}: {}\n", words.join(", ")))
        .collect()
}

/// Every screen of the open patient, and every source behind the lines of the timeline's top.
async fn read_everything(window: &Window) -> Outcome {
    for tab in [
        "timeline",
        "medicines",
        "results",
        "summary",
        "documents",
        "plans",
        "people",
        "gaps",
    ] {
        window.click(&format!("tab-{tab}")).await?;
        window.settled().await?;
    }
    for tab in ["documents", "plans", "timeline"] {
        window.click(&format!("tab-{tab}")).await?;
        let line = ".panel [data-testid=\"line\"][data-line]";
        window.text_css(line).await?;
        window.click_css(line).await?;
        window.text("source-drawer").await?;
        window.click("close-source-drawer").await?;
        window.gone("source-drawer").await?;
    }
    window.click("print").await?;
    for page in ["summary", "medicines"] {
        window.click(&format!("print-{page}")).await?;
        let sheet = window.text("page").await?;
        assert!(sheet.contains(&marked::word("family").to_uppercase()), "{sheet}");
    }
    window.click("close-print").await?;
    window.gone("print-preview").await
}

/// A nurse's way through one marked patient: load, find, open, read everything, print to preview, copy. Returns the name in
/// the banner.
async fn read_the_marked_patient(window: &Window, row: &str) -> Outcome<String> {
    window.click("sign-in").await?;
    window.type_into("passphrase", PASSPHRASE).await?;
    window.type_into("passphrase-again", PASSPHRASE).await?;
    window.click("create-store").await?;
    window.click("load-offline").await?;
    window.text("proof-summary").await?;
    window.click("nav-find").await?;
    window.type_into("find-text", &marked::word("family")).await?;
    window.click("nav-today").await?;
    window.click_css(row).await?;
    let name = window.text("banner-name").await?;
    assert!(name.contains(&marked::word("family").to_uppercase()), "{name}");
    read_everything(window).await?;
    copy_the_page(window).await?;
    Ok(name)
}

fn row_of(patient: &str) -> String {
    format!("[data-testid=\"caseload-row\"][data-patient=\"{patient}\"]")
}

/// Copies what the screen says, as a person would from the keyboard: the clipboard belongs to the app, and must die with it.
async fn copy_the_page(window: &Window) -> Outcome {
    let page = window.find_css("body").await?;
    page.send_keys(Key::Control + "a").await?;
    page.send_keys(Key::Control + "c").await?;
    Ok(())
}

/// Reads the support bundle on the screen as its owner would before sending it, saves it, and finds nothing of the patient in
/// what was read.
async fn read_the_support_bundle(window: &Window, hunt: &Hunt) -> Outcome {
    window.click("nav-settings").await?;
    window.click("read-bundle").await?;
    window.click("save-bundle").await?;
    let saved = window.text("bundle-saved").await?;
    assert!(
        saved.contains("curlew-support-") && saved.contains("Nothing has been sent"),
        "{saved}"
    );
    let script =
        "return [...document.querySelectorAll('details pre')].map((part) => part.textContent).join('\\n')";
    let text = window.script(script).await?;
    let text = text.as_str().ok_or("no text")?;
    let log_is_there = text.contains(" DEBUG curlew_") || text.contains(" TRACE curlew_");
    assert!(
        text.contains("Support bundle of Curlew") && log_is_there,
        "the bundle could not be read: {text}"
    );
    let mut found = BTreeSet::new();
    hunt.look(text.as_bytes(), Path::new("support bundle"), &mut found);
    assert_eq!(found, BTreeSet::new(), "a patient is in the support bundle");
    window.click("nav-today").await
}

/// Waits until everything the locked program had started has ended, and the program that took its place shows a page.
async fn successor(app: &Path, before: &[Process]) -> Outcome {
    until("the locked program has ended and started again", async || {
        let family = family_of(app).ok()?;
        let started = |process: &&Process| process.name.starts_with("WebKit");
        let all_ended = before.iter().filter(started).all(|process| !process.is_there());
        let has_page = family.iter().any(|process| process.name.starts_with("WebKitWeb"));
        (all_ended && has_page).then_some(())
    })
    .await
}

fn end(processes: &[Process]) -> Outcome {
    for process in processes {
        Command::new("kill")
            .args(["-KILL", &process.id.to_string()])
            .status()?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lock_nothing_of_a_patient_is_readable_on_disk_or_in_memory() -> Outcome {
    let running = sandbox(3)?;
    let store = running.store();
    let patient = store.ids("Patient").into_iter().next().ok_or("nobody is there")?;
    marked::mark(store, &patient)?;
    let places = Places::new()?;
    let mut start = Start::from_environment(running.base_url().as_str())?;
    // Searched with everything else below the places.
    let terminal = places.work().join("terminal.txt");
    start.terminal = Some(terminal.clone());
    let row = row_of(&patient);
    let hunt = Hunt::new(marked::words().into_iter().chain([PASSPHRASE.to_owned()]));

    let window = Window::open_until_locked(&start, &places).await?;
    let name = read_the_marked_patient(&window, &row).await?;
    read_the_support_bundle(&window, &hunt).await?;
    window.click_css(&row).await?;
    window.text("banner-name").await?;

    // The hunt can find: while the record is open its facts are in memory, of the app and of its web view.
    let family = family_of(&start.app)?;
    let open = hunt.search_memory(&family)?;
    for (process, least) in [("WebKitWebProces", 15), ("curlew", 10)] {
        let facts: BTreeSet<&str> = open
            .found
            .iter()
            .filter(|found| found.file.starts_with(process))
            .map(|found| found.word.as_str())
            .collect();
        assert!(
            facts.len() >= least,
            "the hunt finds too little in {process}: {}",
            summary(&open)
        );
    }
    println!("open: {} bytes of memory, {} finds", open.bytes, open.found.len());

    window.click("lock").await?;
    successor(&start.app, &family).await?;
    // Its processes are there before what they load.
    let (family, locked) = until("the program that started again is in memory", async || {
        let family = family_of(&start.app).ok()?;
        let locked = hunt.search_memory(&family).ok()?;
        (locked.bytes > 10_000_000).then_some((family, locked))
    })
    .await?;
    println!(
        "locked: {} bytes of memory in {} processes, {} finds",
        locked.bytes,
        family.len(),
        locked.found.len()
    );
    assert!(
        locked.found.is_empty(),
        "readable in memory after a lock:\n{}",
        summary(&locked)
    );
    end(&family)?;
    drop(window);

    for folder in [places.root(), Path::new("/dev/shm")] {
        let disk = hunt.search(folder)?;
        println!(
            "{}: {} files, {} bytes, {} finds",
            folder.display(),
            disk.files,
            disk.bytes,
            disk.found.len()
        );
        assert!(disk.found.is_empty(), "readable on disk:\n{}", summary(&disk));
    }

    // What was searched was a log at its finest, in the file and on the terminal.
    let log = std::fs::read_to_string(places.store().join("logs/curlew.log"))?;
    assert!(
        log.contains(" DEBUG curlew_") || log.contains(" TRACE curlew_"),
        "nothing fine was logged:\n{log}"
    );
    assert!(
        std::fs::read_to_string(&terminal)?.contains("curlew_"),
        "the terminal was empty"
    );

    // Nothing was lost by it.
    running.stop();
    let window = Window::open(&start, &places).await?;
    window.type_into("unlock-passphrase", PASSPHRASE).await?;
    window.click("unlock").await?;
    window.click_css(&row).await?;
    assert_eq!(window.text("banner-name").await?, name);
    window.close().await
}

/// `cargo verify` runs this one by name, with a program built to write in clear.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a program built with the vault's `encryption-off`"]
async fn with_encryption_off_the_same_hunt_finds_the_patient_on_disk() -> Outcome {
    let running = sandbox(3)?;
    let store = running.store();
    let patient = store.ids("Patient").into_iter().next().ok_or("nobody is there")?;
    marked::mark(store, &patient)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let hunt = Hunt::new(marked::words());

    let window = Window::open(&start, &places).await?;
    read_the_marked_patient(&window, &row_of(&patient)).await?;
    window.click("lock").await?;
    window.text("unlock").await?;
    window.close().await?;

    let disk = hunt.search(places.root())?;
    // However it is written. What a screen does not show lies compressed only, as it came, and is not looked for there.
    let facts =
        |words: Vec<String>| -> BTreeSet<String> { words.iter().map(|word| word.to_lowercase()).collect() };
    let marked = facts(marked::words());
    let found = facts(disk.found.iter().map(|found| found.word.clone()).collect());
    println!(
        "with encryption off: {} files, {} bytes, {} of {} facts found",
        disk.files,
        disk.bytes,
        found.len(),
        marked.len()
    );
    assert!(
        found.len() * 4 >= marked.len() * 3,
        "the hunt finds too little in clear files: {}",
        summary(&disk)
    );
    Ok(())
}
