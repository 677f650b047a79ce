//! The access log on its way up to a server that fails half the time: it answers with errors, breaks the connection
//! before it has stored an event or after, or lets the client wait until that gives up. However that goes, the server
//! has each event once in the end, in the order of the log, and nothing is lost here or there.

use chrono::{DateTime, TimeDelta, Utc};
use curlew_api::{ApiError, Limits};
use curlew_audit::{Action, Actor, Entry, Look, OutcomeText};
use curlew_sandbox::faults::{Fault, Hostile, Misbehaviour, Route};
use curlew_sandbox::{Options, Running, Sandbox};
use curlew_sync::{AuditReport, SyncError};
use curlew_tests::Outcome;
use curlew_tests::support::{Asking, Contact, Device, population, sandbox};
use curlew_vault::UploadState;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SEEDS: u64 = 10;
const LOOKS: usize = 50;
/// More than this many contacts means that something is sent for ever.
const MOST_CONTACTS: usize = 2_000;
/// How long the client waits for an answer.
const PATIENCE: Duration = Duration::from_millis(250);

/// Chance that repeats itself (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// How one request goes: well every second time.
fn chance_of_a_request(chance: &mut Chance) -> Misbehaviour {
    match chance.below(16) {
        0 => Misbehaviour::status(500),
        1 => Misbehaviour::status(503),
        2 => Misbehaviour::Status {
            code: 429,
            retry_after: Some(1),
        },
        // Broken off before anything is stored.
        3 => Misbehaviour::Instead(Hostile::bytes("").with_header("content-length", "64")),
        // Stored, and the answer is lost on its way.
        4 => Misbehaviour::CutMidBody,
        5 => Misbehaviour::WrongLength,
        // Somebody else answers, and keeps nothing.
        7 => Misbehaviour::Instead(Hostile::bytes(
            "<!DOCTYPE html><p>Sign in to the network first.</p>",
        )),
        // Stored, and answered when nobody listens any more.
        6 => Misbehaviour::AnswerLate(PATIENCE * 2),
        _ => Misbehaviour::Nothing,
    }
}

/// A server, and a nurse's contact with it.
async fn contact(with_ids_of_ours: bool) -> Outcome<(Running, Contact)> {
    let server = Sandbox::start(Options {
        source: population(1),
        ..Options::default()
    })?;
    if !with_ids_of_ours {
        // A server that takes an event under no id of the client's: then it is posted, on condition that it is new.
        let address = format!("{}/metadata", server.base_url().as_str().trim_end_matches('/'));
        let http = reqwest::Client::builder().no_proxy().build()?;
        let text = http.get(address).send().await?.error_for_status()?.text().await?;
        let mut statement: Value = serde_json::from_str(&text)?;
        for resource in statement["rest"][0]["resource"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            resource["updateCreate"] = false.into();
        }
        let instead = Misbehaviour::Instead(Hostile::bytes(statement.to_string()));
        server
            .faults()
            .add(Fault::on(Route::Metadata, instead).about("/metadata"));
    }
    let asking = Asking {
        limits: Limits {
            first_byte: PATIENCE,
            between_bytes: PATIENCE,
            ..Limits::default()
        },
        ..Asking::default()
    };
    let contact = Contact::begin(&server.base_url(), asking).await?;
    Ok((server, contact))
}

fn look(shown: &str) -> Look {
    Look {
        actor: Actor {
            id: "900000000001".into(),
            name: "Nurse Synthetic".into(),
            role: "Nurse Access Role".into(),
            organisation: "Saltmarsh Community Health NHS Trust".into(),
        },
        device: "laptop-7".into(),
        patient: Some("p1".into()),
        patient_name: Some("TESTER, Anna (Ms)".into()),
        action: Action::OpenPatient,
        shown: shown.into(),
        purpose: "TREAT".into(),
        outcome: OutcomeText::Done,
    }
}

/// Writes down some more looks; several of them are alike to the millisecond.
fn write_looks(contact: &Contact, from: usize, count: usize) -> Outcome {
    for number in from..from + count {
        let at: DateTime<Utc> =
            Utc::now() + TimeDelta::milliseconds(i64::try_from(number / 3)?) - TimeDelta::hours(1);
        drop(contact.sync.vault.write_look(look("Overview"), at)?);
    }
    Ok(())
}

/// One event on the server.
struct Stored {
    /// The server's own id; ours, where it lets the client choose.
    id: String,
    /// `meta.lastUpdated`, which the server set when it arrived.
    arrived: DateTime<Utc>,
    version: String,
    /// Its place in the device's chain, and its digest there.
    seq: u64,
    digest: String,
    /// What it is known again by.
    identifier: String,
}

/// Everything the server has stored, in the order in which it came.
fn stored(server: &Running) -> Outcome<Vec<Stored>> {
    let mut events = Vec::new();
    for id in server.store().ids("AuditEvent") {
        let event = server
            .store()
            .get_json("AuditEvent", &id)
            .ok_or("listed, and not there")?;
        let entities = event["entity"].as_array().ok_or("no entities")?;
        let detail = |wanted: &str| {
            entities
                .iter()
                .flat_map(|entity| entity["detail"].as_array().into_iter().flatten())
                .find(|detail| detail["type"] == wanted)
                .and_then(|detail| detail["valueString"].as_str())
                .ok_or_else(|| format!("an event without {wanted}"))
        };
        events.push(Stored {
            arrived: event["meta"]["lastUpdated"]
                .as_str()
                .ok_or("no arrival")?
                .parse()?,
            version: event["meta"]["versionId"].to_string(),
            seq: detail("sequence")?.parse()?,
            digest: detail("sha256")?.to_owned(),
            identifier: entities
                .iter()
                .find_map(|entity| entity["what"]["identifier"]["value"].as_str())
                .ok_or("an event without an identifier")?
                .to_owned(),
            id,
        });
    }
    events.sort_by_key(|event| (event.arrived, event.seq));
    Ok(events)
}

/// Uploads once, however that goes. Only failures of the server are expected.
async fn one_contact(contact: &Contact) -> Outcome<AuditReport> {
    match contact.sync.upload_audit().await {
        Ok(report) => Ok(report),
        Err(SyncError::Api(ApiError::Unreachable)) => Ok(AuditReport::default()),
        Err(other) => Err(other.into()),
    }
}

fn pending(contact: &Contact) -> Outcome<Vec<Entry>> {
    Ok(contact.sync.vault.pending_audit(u32::MAX)?)
}

async fn one_seed(seed: u64) -> Outcome<(u64, u64)> {
    // Half of the servers let the client choose an event's id, half do not.
    let under_our_id = seed.is_multiple_of(2);
    let (server, contact) = contact(under_our_id).await?;
    let mut chance = Chance(seed);
    let misbehaviour_before = server.faults().carried_out();
    for _ in 0..LOOKS * 40 {
        let what = chance_of_a_request(&mut chance);
        server.faults().add(Fault::on(Route::AuditEvent, what).times(1));
    }

    // Looks are written down while others are on their way.
    let mut contacts = 0;
    for batch in 0..10 {
        write_looks(&contact, batch * LOOKS / 10, LOOKS / 10)?;
        for _ in 0..chance.below(4) {
            one_contact(&contact).await?;
            contacts += 1;
        }
    }
    while !pending(&contact)?.is_empty() {
        one_contact(&contact).await?;
        contacts += 1;
        if contacts > MOST_CONTACTS {
            return Err(format!(
                "{} still wait after {contacts} contacts",
                pending(&contact)?.len()
            )
            .into());
        }
    }

    let log = contact.sync.vault.access_log(u32::MAX)?;
    let expected: BTreeMap<u64, (String, String)> = log
        .iter()
        .map(|logged| {
            let entry = &logged.entry;
            (entry.seq, (entry.event_id(), entry.digest.to_string()))
        })
        .collect();
    if expected.len() != LOOKS {
        return Err(format!("{} looks in the log", expected.len()).into());
    }
    if let Some(other) = log.iter().find(|logged| logged.upload != UploadState::Sent) {
        return Err(format!("entry {} is {:?}", other.entry.seq, other.upload).into());
    }
    if contact.sync.vault.verify_log()? != Ok(LOOKS as u64) {
        return Err("the chain is broken by its upload".into());
    }

    let stored = stored(&server)?;
    let seqs: Vec<u64> = stored.iter().map(|event| event.seq).collect();
    let in_order: Vec<u64> = expected.keys().copied().collect();
    if seqs != in_order {
        return Err(format!("stored {seqs:?}").into());
    }
    for event in &stored {
        let known = expected.get(&event.seq) == Some(&(event.identifier.clone(), event.digest.clone()));
        if !known || event.version != "\"1\"" {
            return Err(format!("event {} is not the one that was sent once", event.seq).into());
        }
        if (event.id == event.identifier) != under_our_id {
            return Err(format!("event {} was not sent the way this seed is about", event.seq).into());
        }
    }
    let identifiers: BTreeSet<&str> = stored.iter().map(|event| event.identifier.as_str()).collect();
    if identifiers.len() != LOOKS {
        return Err("two events have one identifier".into());
    }
    Ok((
        server.requests().to(Route::AuditEvent),
        server.faults().carried_out() - misbehaviour_before,
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_half_the_time_has_each_event_once_and_in_order() -> Outcome {
    let (mut asked, mut struck) = (0, 0);
    for seed in 1..=SEEDS {
        let (requests, wrong) = one_seed(seed)
            .await
            .map_err(|problem| format!("seed {seed}: {problem}"))?;
        asked += requests;
        struck += wrong;
    }
    println!("{SEEDS} seeds of {LOOKS} looks: {asked} requests, of which {struck} went wrong");
    // It really did fail about half the time.
    assert!(struck * 10 > asked * 4, "{struck} of {asked}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_kept_and_the_log_on_the_screen_says_why() -> Outcome {
    let server = sandbox(1)?;
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(server.base_url().as_str(), &[]).await?;
    let patient = sheet.rows.into_iter().next().ok_or("nobody was loaded")?.patient;
    app.refresh_caseload().await?;
    app.open_patient(patient).await?;
    let newest = app.access_log().await?.rows.first().ok_or("an empty log")?.seq;

    // The next two are refused as they are; the one after them is not.
    for code in [400, 422] {
        let refuse = Misbehaviour::status(code);
        server.faults().add(Fault::on(Route::AuditEvent, refuse).times(1));
    }
    app.close_patient()?;
    app.refresh_caseload().await?;
    app.refresh_caseload().await?;

    let log = app.access_log().await?;
    assert!(log.intact, "{}", log.chain);
    let refused: Vec<_> = log
        .rows
        .iter()
        .filter(|row| row.upload.starts_with("Refused"))
        .collect();
    for row in &refused {
        assert_eq!(
            row.upload,
            "Refused by the server: The server failed, on request."
        );
    }
    assert_eq!(refused.len(), 2, "{:?}", log.rows);
    assert!(refused.iter().any(|row| row.seq >= newest), "{refused:?}");

    // Every other entry that was sent is there once; the refused are here, and not there, and are not sent again.
    let there: Vec<u64> = stored(&server)?.into_iter().map(|event| event.seq).collect();
    let sent: Vec<u64> = log
        .rows
        .iter()
        .rev()
        .filter(|row| row.upload == "Sent")
        .map(|row| u64::from(row.seq))
        .collect();
    assert_eq!(there, sent);
    assert!(refused.iter().all(|row| !there.contains(&u64::from(row.seq))));
    assert!(
        sent.iter()
            .any(|seq| refused.iter().all(|row| u64::from(row.seq) < *seq))
    );
    Ok(())
}
