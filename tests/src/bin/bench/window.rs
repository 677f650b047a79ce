//! What a person waits for, in the real window: from a click to a painted patient, from a key to results, between two frames
//! while scrolling; and the memory the whole program holds. Beside each, what a bare page of as many plain words takes in the
//! same window. And beside it all a store such as a browser app would keep: IndexedDB in the same web view.
//!
//! A shipped program's web view is private, and WebKitGTK refuses to drive a private view. What is driven here is the release
//! build of everything, dependencies included, in which only the package `curlew` (windows and commands) has its debug
//! assertions on, which is what makes its view drivable:
//!
//! ```text
//! cargo build --release -p curlew --features custom-protocol --config 'profile.release.package.curlew.debug-assertions=true'
//! cp target/release/curlew target/release/curlew-drivable
//! ```

use crate::bare;
use crate::figures::{Limit, Report, Sample};
use crate::processes::{memory_of, running};
use crate::records::Record;
use crate::server::Server;
use clap::Args;
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::window::{Start, Window};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Figures as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// The app in a build that can be driven.
    #[arg(long, default_value = "target/release/curlew-drivable")]
    app: PathBuf,
    /// What signs in instead of a person: the program `sign-in-browser`.
    #[arg(long, default_value = "target/release/sign-in-browser")]
    browser: PathBuf,
    /// Resources of the ordinary records.
    #[arg(long, default_value_t = 1_000)]
    ordinary: usize,
    /// Resources of the enormous one.
    #[arg(long, default_value_t = 50_000)]
    enormous: usize,
    /// How often each is opened.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Leave the browser's own store out.
    #[arg(long)]
    without_peer: bool,
}

/// The aim: the 95th percentile of what a person waits for, in milliseconds.
const AIM: f64 = 100.0;
/// Ordinary people on the caseload.
const PEOPLE: usize = 6;
const PASSPHRASE: &str = "reed avocet samphire tide";

pub(crate) fn run(options: &Options) -> Outcome {
    let run_time = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    run_time.block_on(walk(options))
}

async fn walk(options: &Options) -> Outcome {
    let report = Report::begin("window", options.json);
    let server = Server::with_an_enormous_one(PEOPLE, options.ordinary, options.enormous)?;
    let places = Places::new()?;
    let start = Start {
        app: options.app.canonicalize()?,
        browser: options.browser.canonicalize()?,
        user: "nurse".to_owned(),
        record_api: server.base.to_string(),
        size: (1280, 800),
        more: Vec::new(),
        terminal: None,
    };
    let window = Window::open(&start, &places).await?;
    window.click("sign-in").await?;
    window.type_into("passphrase", PASSPHRASE).await?;
    window.type_into("passphrase-again", PASSPHRASE).await?;
    window.click("create-store").await?;
    window.click("load-offline").await?;
    window.text("proof-summary").await?;
    report.say("Driven: release build, debug assertions in the package `curlew` alone; software rendering");
    let app = running(&start.app)?;
    window.click("nav-today").await?;
    window.find("caseload-row").await?;
    window.settled().await?;
    let today = memory_of(app)?;

    let mut ordinary = Sample::new();
    for round in 0..options.rounds as usize {
        ordinary.add(open(&window, round % PEOPLE).await?);
    }
    let mut enormous = Sample::new();
    for _ in 0..options.rounds {
        enormous.add(open(&window, PEOPLE).await?);
    }
    for (what, sample) in [
        (
            format!("click to painted, {} resources", options.ordinary),
            &ordinary,
        ),
        (
            format!("click to painted, {} resources", options.enormous),
            &enormous,
        ),
    ] {
        report.times(&what, sample);
        report.held_to(
            &format!("{what}, p95"),
            sample.percentile(95.0),
            Limit::AtMost(AIM),
            "ms",
        );
    }

    click(&window, PEOPLE).await?;
    window.text("banner-name").await?;
    let words = bare::words(&window).await?;
    let bare_opened = bare::painted(&window, &words, options.rounds).await?;
    report.times("a bare page of the same words, put up and painted", &bare_opened);
    report.ratio(
        "a patient beside the bare page",
        enormous.median(),
        bare_opened.median(),
    );
    window.click("tab-timeline").await?;
    window
        .text_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    let told = window.script_async(SCROLL, vec![json!(300)]).await?;
    let mut frames = Sample::new();
    let mut empty = 0;
    for frame in told.as_array().into_iter().flatten() {
        frames.add(frame[0].as_f64().ok_or("no time")?);
        empty += u64::from(frame[1] == true);
    }
    report.times("scrolling the timeline, from frame to frame", &frames);
    report.say(&format!(
        "  frames with a line still waiting for its words: {empty} of 300"
    ));

    let words = bare::words(&window).await?;
    let bare_frames = bare::scrolled(&window, &words, 300).await?;
    report.times("scrolling a bare list, from frame to frame", &bare_frames);
    report.ratio(
        "the timeline's frames beside the bare list's",
        frames.median(),
        bare_frames.median(),
    );

    let mut keys = Sample::new();
    for text in typed() {
        keys.add(
            window
                .script_async(TYPE, vec![json!(text)])
                .await?
                .as_f64()
                .ok_or("no time")?,
        );
    }
    report.times("a key to results painted", &keys);
    report.held_to(
        "a key to results painted, p95",
        keys.percentile(95.0),
        Limit::AtMost(AIM),
        "ms",
    );
    let words = bare::words(&window).await?;
    let bare_results = bare::painted(&window, &words, options.rounds).await?;
    report.times("a bare page of as many words, put up and painted", &bare_results);
    report.ratio("a key beside the bare page", keys.median(), bare_results.median());
    window.settled().await?;
    let with_it = memory_of(app)?;
    report.say(&format!(
        "  memory, all processes (PSS): {today:.1} MiB at Today, {with_it:.1} MiB with {} resources open, scrolled and searched",
        options.enormous
    ));
    if options.without_peer {
        report.say("IndexedDB in the same web view: left out, as asked");
    } else {
        peer(&report, &window, options.enormous).await?;
    }
    window.close().await
}

/// What is typed, each as long as it is typed, letter by letter.
fn typed() -> impl Iterator<Item = &'static str> {
    ["haemoglobin", "sodium", "paracetamol", "respiratory", "weight"]
        .into_iter()
        .flat_map(|word| (1..=word.len().min(6)).filter_map(|end| word.get(..end)))
}

/// Clicks on somebody on the caseload and gives the milliseconds until their first screen is painted.
async fn open(window: &Window, person: usize) -> Outcome<f64> {
    window.click("nav-today").await?;
    window.find("caseload-row").await?;
    window.settled().await?;
    let took = window.script_async(OPEN, vec![json!(name(person))]).await?;
    match took.as_f64() {
        Some(took) => Ok(took),
        None => Err(format!("{} is not on the screen:\n{}", name(person), window.words().await).into()),
    }
}

async fn click(window: &Window, person: usize) -> Outcome {
    open(window, person).await.map(drop)
}

/// How the caseload names a made-up person.
fn name(person: usize) -> String {
    format!("Synthetic{person}")
}

const OPEN: &str = r#"
    const [name, done] = arguments;
    const painted = (begun) => {
      const banner = document.querySelector('[data-testid="banner-name"]');
      const fresh = document.querySelector('[data-testid="freshness"]');
      if (banner?.textContent.includes(name) && fresh)
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
      else requestAnimationFrame(() => painted(begun));
    };
    // The list draws its rows when it knows how tall it is.
    const wait = (frames) => {
      const rows = [...document.querySelectorAll('[data-testid="caseload-row"]')];
      const row = rows.find((row) => row.textContent.includes(name));
      if (!row && frames === 0) { done(null); return; }
      if (!row) { requestAnimationFrame(() => wait(frames - 1)); return; }
      row.scrollIntoView({ block: "center" });
      const box = row.getBoundingClientRect();
      const target = document.elementFromPoint(box.x + box.width / 4, box.y + box.height / 2);
      const begun = performance.now();
      target.click();
      painted(begun);
    };
    wait(300);"#;

const SCROLL: &str = r#"
    const [count, done] = arguments;
    const list = document.querySelector(".panel.timeline .viewport");
    const frames = [];
    let before = performance.now();
    const frame = () => {
      const now = performance.now();
      frames.push([now - before, document.querySelector(".panel.timeline .waiting") !== null]);
      before = now;
      if (frames.length >= count) { done(frames); return; }
      list.scrollTop += 120;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);"#;

const TYPE: &str = r#"
    const [text, done] = arguments;
    const field = document.querySelector('[data-testid="timeline-search"]');
    for (const line of document.querySelectorAll('.panel.timeline [data-testid="line"]')) line.dataset.before = "";
    const begun = performance.now();
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const look = () => {
      const line = document.querySelector('.panel.timeline [data-testid="line"][data-line]:not([data-before])');
      if (line?.textContent.trim())
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
      else requestAnimationFrame(look);
    };
    look();"#;

/// A store such as a browser app keeps, in the same web view: not encrypted, nothing projected.
async fn peer(report: &Report, window: &Window, resources: usize) -> Outcome {
    let base = Record::made_up("peer", 1, 1_000);
    let texts: Vec<Value> = base.resources.iter().map(|text| json!(text)).collect();
    let copies = resources.div_ceil(texts.len());
    let told = window
        .script_async(INDEXED_DB, vec![json!(texts), json!(copies)])
        .await?;
    let number = |name: &str| told[name].as_f64().ok_or_else(|| format!("IndexedDB: {told}"));
    report.say(&format!(
        "IndexedDB in the same web view, {resources} resources in one strict transaction, not encrypted, nothing projected:"
    ));
    report.say(&format!(
        "  cached {:.0} resources/s; all of the record read in {:.0} ms; searched in {:.0} ms",
        resources as f64 / number("cache")? * 1e3,
        number("open")?,
        number("search")?
    ));
    Ok(())
}

const INDEXED_DB: &str = r#"
    const [texts, copies, done] = arguments;
    const ask = (request) => new Promise((yes, no) => {
      request.onsuccess = () => yes(request.result);
      request.onerror = () => no(request.error);
    });
    (async () => {
      const opening = indexedDB.open("bench", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("resource", { keyPath: "key" }).createIndex("patient", "patient");
      const base = await ask(opening);
      let begun = performance.now();
      const step = base.transaction("resource", "readwrite", { durability: "strict" });
      const store = step.objectStore("resource");
      for (let copy = 0; copy < copies; copy++)
        for (const text of texts) {
          const resource = JSON.parse(text);
          store.put({ key: resource.resourceType + "/" + resource.id + "-" + copy, patient: "peer", resource });
        }
      await new Promise((yes, no) => { step.oncomplete = yes; step.onabort = () => no(step.error); });
      const cache = performance.now() - begun;
      const everything = () => ask(base.transaction("resource").objectStore("resource").index("patient").getAll("peer"));
      const median = async (rounds, run) => {
        const times = [];
        for (let round = 0; round < rounds; round++) {
          const begun = performance.now();
          await run(round);
          times.push(performance.now() - begun);
        }
        return times.sort((a, b) => a - b)[Math.floor(rounds / 2)];
      };
      const open = await median(3, everything);
      const all = await everything();
      const search = await median(5, async (round) => {
        const text = ["h", "haemo", "sodium", "respir", "nurse"][round];
        return all.filter((one) => JSON.stringify(one.resource).toLowerCase().includes(text)).slice(0, 50);
      });
      base.close();
      indexedDB.deleteDatabase("bench");
      done({ cache, open, search });
    })().catch((error) => done({ error: String(error) }));"#;
