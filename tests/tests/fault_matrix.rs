//! Every fault, at the first load and at a delta, ten times each at other places: it ends complete, or with the old copy as
//! it was and the failure named; and once the fault is over, what the vault holds is what the server has, resource by
//! resource, nothing twice and nothing lost.
//!
//! Deltas are asked for alone, and a second time together with somebody else's in one batch, whose copy must not suffer.
//!
//! Waits between tries are counted, not spent. Faults that take time take milliseconds, and the limits are as short.

use chrono::{TimeDelta, Utc};
use curlew_api::{Client, Limits, Network, Wait, http_client};
use curlew_audit::{Action, Actor, Look, OutcomeText};
use curlew_sandbox::faults::{Fault, Misbehaviour, Route};
use curlew_sandbox::{Options, Running, Sandbox, Source};
use curlew_sync::{Outcome as Ended, Sync};
use curlew_tests::Outcome;
use curlew_tests::support::{Asking, Contact};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const SEEDS: usize = 10;
/// Three pages of five at first, two in the delta.
const PAGE: u32 = 5;
const FIRST: usize = 13;
const CHANGED: usize = 3;
const ADDED: usize = 5;
/// Who is asked for in the same batch.
const COMPANION: &str = "companion";

/// What goes wrong.
#[derive(Clone)]
enum Wrong {
    /// With the pages of the record.
    Pages(Misbehaviour),
    /// With the questions about who the person is and what they agreed to.
    Questions(Misbehaviour),
    /// The server's clock is put this far on, or back, before what changes changes.
    Clock(TimeDelta),
    /// The record is replaced by another while it is read.
    Merged,
    /// The person says no while their record is read.
    Dissent,
}

fn faults() -> Vec<(&'static str, Wrong)> {
    let status = |code| Wrong::Pages(Misbehaviour::status(code));
    let drip = |bytes, millis| {
        Wrong::Pages(Misbehaviour::SlowDrip {
            bytes,
            pause: Duration::from_millis(millis),
        })
    };
    vec![
        (
            "latency",
            Wrong::Pages(Misbehaviour::Latency(Duration::from_millis(15))),
        ),
        (
            "latency-past-the-limit",
            Wrong::Pages(Misbehaviour::Latency(Duration::from_millis(300))),
        ),
        ("bandwidth", drip(400, 1)),
        ("slow-drip-past-the-limit", drip(200, 300)),
        ("401", status(401)),
        ("403", status(403)),
        ("404", status(404)),
        ("410", status(410)),
        (
            "429",
            Wrong::Pages(Misbehaviour::Status {
                code: 429,
                retry_after: Some(1),
            }),
        ),
        ("500", status(500)),
        ("503", status(503)),
        ("503-asked-about", Wrong::Questions(Misbehaviour::status(503))),
        ("500-asked-about", Wrong::Questions(Misbehaviour::status(500))),
        ("reset", Wrong::Pages(Misbehaviour::CutMidBody)),
        ("truncated", Wrong::Pages(Misbehaviour::TruncatedJson)),
        ("malformed", Wrong::Pages(Misbehaviour::MalformedJson)),
        ("wrong-length", Wrong::Pages(Misbehaviour::WrongLength)),
        ("duplicate-next", Wrong::Pages(Misbehaviour::DuplicateNext)),
        ("duplicate-entries", Wrong::Pages(Misbehaviour::DuplicateEntries)),
        ("looping-next", Wrong::Pages(Misbehaviour::LoopingNext)),
        ("token-revoked", Wrong::Pages(Misbehaviour::RevokeTokens)),
        ("clock-back", Wrong::Clock(TimeDelta::hours(-3))),
        ("clock-on", Wrong::Clock(TimeDelta::hours(3))),
        ("merged", Wrong::Merged),
        ("consent-withdrawn", Wrong::Dissent),
    ]
}

/// A server, and a nurse with a store.
struct Bench {
    server: Running,
    contact: Contact,
    waits: Arc<AtomicUsize>,
    /// Patients asked for in one batch; 0 where each is asked for alone.
    together: usize,
}

fn limits(strict: bool, together: usize) -> Limits {
    Limits {
        together,
        page_size: PAGE,
        attempts: 3,
        first_byte: Duration::from_millis(if strict { 200 } else { 30_000 }),
        between_bytes: Duration::from_millis(if strict { 200 } else { 30_000 }),
        longest_wait: Duration::from_secs(5),
        ..Limits::default()
    }
}

fn counted(waits: &Arc<AtomicUsize>) -> Wait {
    let waits = Arc::clone(waits);
    Arc::new(move |_| {
        waits.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    })
}

impl Bench {
    async fn begin(people: &[String], together: usize) -> Outcome<Self> {
        let server = Sandbox::start(Options {
            source: Source::Empty,
            token_lifetime: Duration::from_secs(24 * 3600),
            ..Options::default()
        })?;
        caseload(&server, people)?;
        let waits = Arc::default();
        let contact = Contact::begin(
            &server.base_url(),
            Asking {
                limits: limits(true, together),
                wait: Some(counted(&waits)),
                ..Asking::default()
            },
        )
        .await?;
        Ok(Self {
            server,
            contact,
            waits,
            together,
        })
    }

    /// A contact with nothing wrong and all the time in the world; of a new sign-in when the session has ended.
    async fn calm(&mut self, signed_out: bool) -> Outcome<Sync> {
        if signed_out {
            self.contact.sign_in_again(&self.server.base_url()).await?;
        }
        let client = Client::waiting_with(
            self.server.base_url(),
            http_client(&Network::default(), &self.server.base_url())?,
            Arc::new(self.contact.session.clone()),
            limits(false, 0),
            counted(&self.waits),
        )?;
        Ok(Sync {
            client: Arc::new(client),
            ..self.contact.sync.clone()
        })
    }
}

fn caseload(server: &Running, people: &[String]) -> Outcome {
    let members: Vec<Value> = people
        .iter()
        .map(|id| json!({"entity": {"reference": format!("Patient/{id}")}}))
        .collect();
    server.store().put(&json!({
        "resourceType": "Group", "id": "g", "type": "person", "actual": true, "active": true, "member": members,
        "identifier": [{"system": "https://sandbox.curlew.example/Id/caseload", "value": "nurse"}],
    }))?;
    for id in people {
        server.store().put(&person(id))?;
        for number in 0..FIRST {
            server.store().put(&finding(id, number, "before"))?;
        }
    }
    Ok(())
}

fn person(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "birthDate": "1940-03-01",
        "name": [{"family": "Testpatient", "given": ["Synthetic"]}]})
}

fn finding(patient: &str, number: usize, says: &str) -> Value {
    json!({"resourceType": "Observation", "id": format!("{patient}-{number}"), "status": "final",
        "subject": {"reference": format!("Patient/{patient}")}, "code": {"text": "A synthetic finding"},
        "valueString": says, "effectiveDateTime": "2025-05-01"})
}

/// What changes between a first load and the next: some anew, some more, one gone.
fn change(server: &Running, patient: &str) -> Outcome {
    for number in 0..CHANGED {
        server.store().put(&finding(patient, number, "after"))?;
    }
    for number in FIRST..FIRST + ADDED {
        server.store().put(&finding(patient, number, "after"))?;
    }
    server
        .store()
        .delete("Observation", &format!("{patient}-{}", FIRST - 1));
    Ok(())
}

/// `Type/id` to text: what the server has of one record.
fn at_the_server(server: &Running, patient: &str) -> BTreeMap<String, String> {
    server
        .store()
        .record_of(patient)
        .into_iter()
        .filter(|key| !matches!(&*key.resource_type, "Group" | "AuditEvent"))
        .filter_map(|key| {
            let text = server.store().get(&key.resource_type, &key.id)?;
            Some((key.to_string(), text))
        })
        .collect()
}

/// The same of the vault; nothing where no copy is held. The same name twice is an error.
fn in_the_vault(sync: &Sync, patient: &str) -> Outcome<Option<BTreeMap<String, String>>> {
    let held = sync
        .vault
        .caseload_patient(patient)?
        .is_some_and(|state| state.held);
    if !held {
        return Ok(None);
    }
    let now = Utc::now();
    let look = Look {
        actor: Actor {
            id: "1".into(),
            name: "Nurse".into(),
            role: "Nurse".into(),
            organisation: "Team".into(),
        },
        device: "bench".into(),
        patient: Some(patient.to_owned()),
        patient_name: None,
        action: Action::OpenPatient,
        shown: String::new(),
        purpose: "TREAT".into(),
        outcome: OutcomeText::Done,
    };
    let record = sync.vault.open(sync.vault.write_look(look, now)?)?;
    let mut texts = BTreeMap::new();
    let mut problem = None;
    record.each_held(|raw| {
        match curlew_fhir::read_header(raw) {
            Ok(header) => {
                let name = format!("{}/{}", header.resource_type, header.id);
                if texts.insert(name, raw.to_owned()).is_some() {
                    problem = Some("held twice");
                }
            }
            Err(_) => problem = Some("unreadable"),
        };
    })?;
    match problem {
        Some(problem) => Err(problem.into()),
        None => Ok(Some(texts)),
    }
}

/// Loads a patient and, where there is one, somebody else with them. Gives how each ended.
async fn brought_with(sync: &Sync, patient: &str, other: Option<&str>) -> Outcome<(Ended, Option<Ended>)> {
    let both: Vec<String> = [Some(patient), other]
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect();
    let report = sync
        .load(&both, &|_| {}, &curlew_sign_in::CancellationToken::new())
        .await;
    let of = |id: &str| {
        let mut all = report.patients.iter();
        all.find(|one| one.patient == id).map(|one| one.outcome.clone())
    };
    let mine = of(patient).ok_or("nothing was said of this patient")?;
    Ok((mine, other.and_then(of)))
}

async fn brought(sync: &Sync, patient: &str) -> Outcome<Ended> {
    Ok(brought_with(sync, patient, None).await?.0)
}

/// Puts what goes wrong in place for one patient, at a place that chance picks by the seed.
fn strike(server: &Running, wrong: &Wrong, patient: &str, seed: usize, delta: bool) {
    let pages = if delta { 2 } else { 3 };
    let skip = u32::try_from(seed % pages).unwrap_or_default();
    let times = [Some(1), None, Some(2)][seed % 3];
    let rule = |route, what: &Misbehaviour, skip| Fault {
        times,
        ..Fault::on(route, what.clone()).after(skip)
    };
    match wrong {
        Wrong::Pages(what) => {
            server
                .faults()
                .add(rule(Route::Everything, what, skip).about(format!("/{patient}/")));
        }
        Wrong::Questions(what) => {
            let route = [Route::Search, Route::Consent, Route::Flag][seed % 3];
            server.faults().add(rule(route, what, 0));
        }
        Wrong::Clock(_) => {}
        Wrong::Merged => {
            let (old, new) = (patient.to_owned(), format!("{patient}-new"));
            server.faults().when(Route::Everything, skip, move |store| {
                let mut merged = person(&old);
                merged["active"] = json!(false);
                merged["link"] =
                    json!([{"type": "replaced-by", "other": {"reference": format!("Patient/{new}")}}]);
                let mut kept = person(&new);
                kept["link"] =
                    json!([{"type": "replaces", "other": {"reference": format!("Patient/{old}")}}]);
                let moved = (0..FIRST).map(|number| finding(&new, number, "moved"));
                for resource in moved.chain([kept, merged]) {
                    store.put(&resource).expect("stored");
                }
            });
        }
        Wrong::Dissent => {
            let patient = patient.to_owned();
            server.faults().when(Route::Everything, skip, move |store| {
                store.put(&dissent(&patient)).expect("stored");
            });
        }
    }
}

fn dissent(patient: &str) -> Value {
    json!({
        "resourceType": "Consent", "id": format!("no-{patient}"), "status": "active",
        "patient": {"reference": format!("Patient/{patient}")},
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "category": [{"text": "Sharing"}],
        "policyRule": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}]},
        "provision": {"type": "deny"},
    })
}

/// Whether the fault keeps anything from being asked together at all.
fn asks_nothing_together(wrong: &Wrong) -> bool {
    matches!(wrong, Wrong::Questions(_))
}

/// One fault at one place, at a first load or at a delta.
async fn one(
    bench: &mut Bench,
    wrong: &Wrong,
    patient: &str,
    seed: usize,
    delta: bool,
) -> Outcome<&'static str> {
    let before = if delta {
        let calm = bench.calm(false).await?;
        let first = brought(&calm, patient).await?;
        if !matches!(first, Ended::Complete { .. }) {
            return Err(format!("not complete before anything was wrong: {first:?}").into());
        }
        if let Wrong::Clock(by) = wrong {
            bench.server.shift_clock(*by);
        }
        change(&bench.server, patient)?;
        in_the_vault(&calm, patient)?
    } else {
        if let Wrong::Clock(by) = wrong {
            bench.server.shift_clock(*by);
        }
        None
    };

    strike(&bench.server, wrong, patient, seed, delta);
    let other = (bench.together > 0).then_some(COMPANION);
    bench.server.requests().reset();
    let (ended, of_other) = brought_with(&bench.contact.sync, patient, other).await?;
    if other.is_some() && bench.server.requests().to(Route::Batch) == 0 && !asks_nothing_together(wrong) {
        return Err("no batch was sent".into());
    }
    // Somebody else's trouble is theirs; only the end of the session, or of all answers, is everybody's.
    if let Some(of_other) = of_other
        && !matches!(of_other, Ended::Complete { .. })
        && !matches!(
            wrong,
            Wrong::Questions(_) | Wrong::Pages(Misbehaviour::RevokeTokens)
        )
    {
        return Err(format!("somebody else's copy suffered: {of_other:?}").into());
    }
    bench.server.faults().clear();
    let held = in_the_vault(&bench.contact.sync, patient)?;
    let how = match &ended {
        Ended::Complete { resources } => {
            let held = held.ok_or("complete, and not held")?;
            if held.len() != *resources as usize {
                return Err("the count is not what is held".into());
            }
            // What was merged or refused in the middle is found at the next contact.
            if !matches!(wrong, Wrong::Merged | Wrong::Dissent)
                && held != at_the_server(&bench.server, patient)
            {
                return Err("complete, and not what the server has".into());
            }
            "complete"
        }
        Ended::Failed { what, .. } => {
            if what.trim().is_empty() {
                return Err("failed without a word".into());
            }
            if held != before {
                return Err(format!("failed ({what}), and the old copy is not as it was").into());
            }
            "failed, old copy intact"
        }
        Ended::Withheld { reason } => {
            if reason.trim().is_empty() || held.is_some() {
                return Err("withheld, and still held or without a word".into());
            }
            "withheld"
        }
        Ended::Replaced { .. } => "replaced",
        Ended::Incomplete { what, .. } => return Err(format!("incomplete: {what:?}").into()),
    };

    // The fault is over.
    if let Wrong::Clock(by) = wrong {
        bench.server.shift_clock(-*by);
    }
    let calm = bench
        .calm(matches!(wrong, Wrong::Pages(Misbehaviour::RevokeTokens)))
        .await?;
    if matches!(wrong, Wrong::Merged) {
        // The new one is on the caseload because the old one is.
        let mut group = bench.server.store().get_json("Group", "g").ok_or("no caseload")?;
        if let Some(members) = group["member"].as_array_mut() {
            members.push(json!({"entity": {"reference": format!("Patient/{patient}-new")}}));
        }
        bench.server.store().put(&group)?;
        calm.refresh_caseload().await?;
    }
    let after = brought(&calm, patient).await?;
    let held = in_the_vault(&calm, patient)?;
    match (wrong, after) {
        (Wrong::Dissent, Ended::Withheld { .. }) if held.is_none() => {}
        (Wrong::Merged, Ended::Replaced { by }) if held.is_none() => {
            if in_the_vault(&calm, &by)? != Some(at_the_server(&bench.server, &by)) {
                return Err("the record in its place is not what the server has".into());
            }
        }
        (Wrong::Dissent | Wrong::Merged, after) => return Err(format!("afterwards {after:?}").into()),
        (_, Ended::Complete { .. }) => {
            let (held, there) = (held.unwrap_or_default(), at_the_server(&bench.server, patient));
            if held != there {
                let lost = there.keys().filter(|name| !held.contains_key(*name)).count();
                let surplus = held.keys().filter(|name| !there.contains_key(*name)).count();
                return Err(format!("afterwards {lost} lost, {surplus} too many, or another version").into());
            }
        }
        (_, after) => return Err(format!("afterwards {after:?}").into()),
    }
    Ok(how)
}

/// Every place of one fault.
async fn every_place(name: &str, wrong: &Wrong, together: usize) -> Outcome<String> {
    // A first load is never asked for together.
    let cases: Vec<(usize, bool)> = (0..SEEDS)
        .flat_map(|seed| [(seed, false), (seed, true)])
        .filter(|(_, delta)| *delta || together == 0)
        .collect();
    let id = |seed: usize, delta: bool| format!("{}{seed}", if delta { "delta" } else { "first" });
    let companion = (together > 0).then(|| COMPANION.to_owned());
    let people: Vec<String> = cases
        .iter()
        .map(|(seed, delta)| id(*seed, *delta))
        .chain(companion)
        .collect();
    let mut bench = Bench::begin(&people, together).await?;
    bench.contact.everyone().await?;
    if together > 0 {
        let calm = bench.calm(false).await?;
        brought(&calm, COMPANION).await?;
    }
    let mut ends: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for (seed, delta) in cases {
        let how = one(&mut bench, wrong, &id(seed, delta), seed, delta)
            .await
            .map_err(|problem| {
                format!(
                    "{name}, seed {seed}, {}: {problem}",
                    if delta { "delta" } else { "first" }
                )
            })?;
        *ends.entry((delta, how)).or_default() += 1;
    }
    let told: Vec<String> = ends
        .into_iter()
        .map(|((delta, how), count)| format!("{} {count} x {how}", if delta { "delta" } else { "first" }))
        .collect();
    let how = if together > 0 { "in a batch" } else { "" };
    Ok(format!("{name:<26} {how:<11} {}", told.join(", ")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_ends_complete_or_with_the_old_copy_and_its_name() {
    let only = std::env::var("CURLEW_FAULT").ok();
    let mut problems = Vec::new();
    for (name, wrong) in faults() {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        for together in [0, 15] {
            match every_place(name, &wrong, together).await {
                Ok(told) => println!("{told}"),
                Err(problem) => problems.push(format!("together {together}: {problem}")),
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
