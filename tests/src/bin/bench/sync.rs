//! A first load of a whole caseload and a second one with nothing changed, beside a bare loop that downloads the same
//! pages with the same HTTP client and throws them away.

use crate::server::{Asked, Server};
use clap::Args;
use curlew_redact::ExposeSecret as _;
use curlew_sign_in::AccessTokens as _;
use curlew_tests::Outcome;
use curlew_tests::support::{Asking, Contact};
use futures::StreamExt as _;
use std::time::{Duration, Instant};

/// Patients downloaded at a time by the loop: as many as Curlew asks for at a time.
const AT_ONCE: usize = 4;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many people.
    #[arg(long, default_value_t = 60)]
    patients: usize,
    /// Resources of each.
    #[arg(long, default_value_t = 1_000)]
    each: usize,
    /// How many rounds; the median is told.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

struct Round {
    bare: Duration,
    bare_one_by_one: Duration,
    first: Duration,
    second: Duration,
    first_asked: Asked,
    second_asked: Asked,
    received: u64,
    bytes: u64,
    disk: u64,
}

pub(crate) fn run(options: &Options) -> Outcome {
    if cfg!(debug_assertions) {
        println!("This is not a release build: the figures say nothing about what people run.");
    }
    let mut server = Server::start(options.patients, options.each, true)?;
    let run_time = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let mut rounds = Vec::new();
    for _ in 0..options.rounds {
        rounds.push(run_time.block_on(round(&mut server))?);
    }
    let median = |of: fn(&Round) -> Duration| {
        let mut all: Vec<f64> = rounds.iter().map(|round| of(round).as_secs_f64()).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let (bare, one_by_one) = (median(|round| round.bare), median(|round| round.bare_one_by_one));
    let (first, second) = (median(|round| round.first), median(|round| round.second));
    let Some(last) = rounds.last() else { return Ok(()) };
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "{} people, {} resources at the server; {} cores; median of {} rounds",
        options.patients,
        last.first_asked.resources,
        std::thread::available_parallelism()?,
        options.rounds
    );
    println!("bare loop, {AT_ONCE} at a time     {bare:>8.2} s");
    println!("bare loop, one by one      {one_by_one:>8.2} s");
    println!(
        "first load                 {first:>8.2} s   {:.2}x the loop (aim 1.5x); {:.2}x one by one; {} requests, \
         {:.1} MB sent, {:.1} MB unpacked, {} resources ({:.0}/s), {:.1} MB on disk",
        first / bare,
        first / one_by_one,
        last.first_asked.requests,
        megabytes(last.first_asked.bytes),
        megabytes(last.bytes),
        last.received,
        last.received as f64 / first,
        megabytes(last.disk),
    );
    println!(
        "second load, no change     {second:>8.2} s   (aim 1 s); {} requests ({:.2} a patient, aim 1) with {} questions in batches, \
         {:.3} MB sent",
        last.second_asked.requests,
        last.second_asked.requests as f64 / options.patients as f64,
        last.second_asked.in_batches,
        megabytes(last.second_asked.bytes),
    );
    Ok(())
}

async fn round(server: &mut Server) -> Outcome<Round> {
    let contact = Contact::begin(&server.base, Asking::default()).await?;
    let everyone = contact.everyone().await?;
    let token = contact.session.access_token().await?.expose_secret().to_owned();
    let http = curlew_api::http_client(&curlew_api::Network::default(), &server.base)?;

    let begun = Instant::now();
    let mut downloads = futures::stream::iter(&everyone)
        .map(|patient| download(&http, server.base.as_str(), &token, patient))
        .buffer_unordered(AT_ONCE);
    while let Some(downloaded) = downloads.next().await {
        downloaded?;
    }
    drop(downloads);
    let bare = begun.elapsed();

    let begun = Instant::now();
    for patient in &everyone {
        download(&http, server.base.as_str(), &token, patient).await?;
    }
    let bare_one_by_one = begun.elapsed();

    server.asked()?;
    let begun = Instant::now();
    let progress = std::sync::Mutex::new((0, 0));
    let report = contact
        .sync
        .load(
            &everyone,
            &|now| {
                if let Ok(mut progress) = progress.lock() {
                    *progress = (now.resources, now.bytes);
                }
            },
            &curlew_sign_in::CancellationToken::new(),
        )
        .await;
    let first = begun.elapsed();
    let first_asked = server.asked()?;
    let unfinished = report
        .patients
        .iter()
        .filter(|patient| matches!(patient.outcome, curlew_sync::Outcome::Failed { .. }))
        .count();
    if unfinished > 0 {
        return Err(format!("{unfinished} people failed to load").into());
    }
    let disk = size_of(contact.folder())?;

    // As the app does it: the caseload first, then everybody.
    let begun = Instant::now();
    let again = contact.everyone().await?;
    contact.load(&again).await;
    let second = begun.elapsed();
    let second_asked = server.asked()?;
    let (received, bytes) = progress.lock().map(|progress| *progress).unwrap_or_default();
    Ok(Round {
        bare,
        bare_one_by_one,
        first,
        second,
        first_asked,
        second_asked,
        received,
        bytes,
        disk,
    })
}

/// Every page of one record, read to the end and dropped; of each, only where the next one is.
async fn download(http: &reqwest::Client, base: &str, token: &str, patient: &str) -> Outcome<u64> {
    let mut next = Some(format!("{base}/Patient/{patient}/$everything?_count=500"));
    let mut bytes = 0;
    while let Some(url) = next {
        let answer = http.get(url).bearer_auth(token).send().await?;
        // Somebody who has withheld the record is no page to download, for either side.
        if answer.status() == reqwest::StatusCode::FORBIDDEN {
            return Ok(bytes);
        }
        let page = answer.error_for_status()?.bytes().await?;
        bytes += page.len() as u64;
        let head = std::str::from_utf8(&page[..page.len().min(4096)]).unwrap_or_default();
        next = head
            .split_once(r#""relation":"next","url":""#)
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(url, _)| url.to_owned());
    }
    Ok(bytes)
}

fn size_of(folder: &std::path::Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            size_of(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}
