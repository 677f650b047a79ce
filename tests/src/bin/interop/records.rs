//! A FHIR server that is not ours, without sign-in, loaded with Synthea's patients.

use async_trait::async_trait;
use clap::Args;
use curlew_api::{CaseloadSource, Client, Limits, Network, http_client};
use curlew_audit::{Action, Actor, Look, OutcomeText};
use curlew_consent::Viewer;
use curlew_redact::SecretString;
use curlew_sign_in::{AccessTokens, CancellationToken, SignInError};
use curlew_sync::{CaseloadPolicy, Outcome as Ended, Sync, read_nhs_numbers};
use curlew_tests::Outcome;
use curlew_tests::support::{FakeKeychain, PASSPHRASE};
use curlew_vault::{Argon2Cost, Identity, VaultSettings, Vaults};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use url::Url;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The server's FHIR base.
    #[arg(long)]
    base: Url,
    /// Folder of Synthea's bundles.
    #[arg(long)]
    synthea: PathBuf,
    /// How many of its patients.
    #[arg(long, default_value_t = 100)]
    patients: usize,
    /// Put resources one by one, for a server that takes no transactions.
    #[arg(long)]
    one_by_one: bool,
}

/// A server that asks nobody who they are.
struct Anonymous;

#[async_trait]
impl AccessTokens for Anonymous {
    async fn access_token(&self) -> Result<SecretString, SignInError> {
        Ok(SecretString::from("none"))
    }

    async fn replace(&self, _rejected: &SecretString) -> Result<SecretString, SignInError> {
        Err(SignInError::SessionEnded)
    }
}

/// A ten-digit number with the right check digit, in the range set aside for tests (999).
fn test_number(place: usize) -> Option<String> {
    let body = format!("999{:06}", 100_000 + place * 7);
    let sum: usize = body
        .bytes()
        .zip((2..=10).rev())
        .map(|(digit, weight)| usize::from(digit - b'0') * weight)
        .sum();
    match 11 - sum % 11 {
        11 => Some(format!("{body}0")),
        10 => None,
        check => Some(format!("{body}{check}")),
    }
}

/// A delta asks for five minutes more than it would have to. What is younger than that comes twice, which says nothing of a
/// server on which nothing changes.
const SETTLED: Duration = Duration::from_secs(310);

pub(crate) async fn run(options: &Options) -> Outcome {
    let http = http_client(&Network::default(), &options.base)?;
    let folder = tempfile::tempdir()?;
    let numbers = fill(&http, options).await?;
    println!("{} patients are at the server", numbers.len());

    let client = Client::new(
        options.base.clone(),
        http.clone(),
        Arc::new(Anonymous),
        Limits::default(),
    )?;
    let capabilities = client.capabilities().await?;
    println!("server: {}", capabilities.software);
    for line in capabilities.words() {
        println!("  {line}");
    }

    let pasted = read_nhs_numbers(&numbers.join("\n")).map_err(|bad| format!("{} bad lines", bad.len()))?;
    let vaults = Vaults::new(
        folder.path().into(),
        Arc::new(FakeKeychain::default()),
        VaultSettings {
            argon2: Argon2Cost {
                memory_kib: 8,
                iterations: 1,
                parallelism: 1,
            }
            .into(),
            max_attempts: 5,
        },
    );
    let identity = Identity {
        issuer: "none".into(),
        subject: "interop".into(),
        label: "Nobody".into(),
    };
    let now = chrono::Utc::now();
    let vault = vaults.create(&identity, &SecretString::from(PASSPHRASE), now)?;
    let sync = Sync {
        client: Arc::new(client),
        vault: Arc::new(vault),
        viewer: Viewer {
            user_id: "interop".into(),
            role_codes: vec!["S8000:G8000:R8000".into()],
            activity_codes: vec!["B0360".into(), "B0264".into()],
            organisation: Some("RCU".into()),
        },
        clock: Arc::new(chrono::Utc::now),
        caseload: CaseloadPolicy {
            sources: vec![CaseloadSource::NhsNumbers(pasted)],
            ..CaseloadPolicy::default()
        },
    };
    let report = sync.refresh_caseload().await?;
    println!(
        "caseload by pasted numbers: {} people, {} numbers unknown, {} ambiguous",
        report.people,
        report.unknown_numbers.len(),
        report.ambiguous_numbers.len()
    );
    let everyone: Vec<String> = sync
        .vault
        .caseload()?
        .into_iter()
        .map(|person| person.patient)
        .collect();
    if everyone.len() != numbers.len() {
        return Err("not everybody pasted is on the caseload".into());
    }

    println!(
        "waiting {} s, until what was just put is older than contacts overlap",
        SETTLED.as_secs()
    );
    tokio::time::sleep(SETTLED).await;
    load("first load", &sync, &everyone).await?;
    compare(&http, &options.base, &sync, &everyone).await?;
    load("nothing changed", &sync, &everyone).await?;

    // One changed, one deleted, of one person.
    let one = &everyone[0];
    let held = texts(&sync, one)?;
    let mut observations = held.iter().filter(|(name, _)| name.starts_with("Observation/"));
    let (Some((changed, text)), Some((deleted, _))) = (observations.next(), observations.next()) else {
        return Err("the first patient has no two observations".into());
    };
    let mut resource: Value = serde_json::from_str(text)?;
    resource["note"] = json!([{"text": "changed for the interop test"}]);
    let put = http
        .put(at(&options.base, changed))
        .json(&resource)
        .send()
        .await?;
    let gone = http.delete(at(&options.base, deleted)).send().await?;
    println!(
        "changed one Observation ({}), deleted another ({})",
        put.status(),
        gone.status()
    );
    put.error_for_status()?;
    gone.error_for_status()?;
    load("after a change and a deletion", &sync, &everyone).await?;
    let held = texts(&sync, one)?;
    if !held
        .get(changed)
        .is_some_and(|text| text.contains("changed for the interop test"))
    {
        return Err("the change has not arrived".into());
    }
    if held.contains_key(deleted) {
        println!(
            "  the deletion has not arrived by delta: this server has no history to learn it from; the next whole load brings it"
        );
    } else {
        println!("  the change and the deletion have arrived");
    }

    drop(sync.vault.write_look(look(one), chrono::Utc::now())?);
    let audit = sync.upload_audit().await?;
    println!(
        "access log: {} sent, {} kept{}",
        audit.sent,
        audit.kept,
        audit.reason.map(|why| format!(" ({why})")).unwrap_or_default()
    );
    Ok(())
}

/// Where a resource is. A base at the root of its host ends in a slash already, and not every server takes two.
fn at(base: &Url, name: &str) -> String {
    format!("{}/{name}", base.as_str().trim_end_matches('/'))
}

/// Puts Synthea's patients on the server, each with a number of the test range. Gives the numbers.
async fn fill(http: &reqwest::Client, options: &Options) -> Outcome<Vec<String>> {
    let mut files: Vec<PathBuf> = bundles(&options.synthea)?;
    files.sort();
    files.truncate(options.patients);
    let mut numbers = Vec::new();
    let mut free = (0..).filter_map(test_number);
    let begun = Instant::now();
    let mut resources = 0;
    for file in files {
        let mut bundle: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        let number = free.next().ok_or("no numbers left")?;
        let entries = bundle["entry"].as_array_mut().ok_or("a bundle without entries")?;
        resources += entries.len();
        let mut named = false;
        for entry in entries.iter_mut() {
            if entry["resource"]["resourceType"] == "Patient" {
                let identifier = json!({"system": "https://fhir.nhs.uk/Id/nhs-number", "value": number});
                match entry["resource"]["identifier"].as_array_mut() {
                    Some(all) => all.push(identifier),
                    None => entry["resource"]["identifier"] = json!([identifier]),
                }
                named = true;
            }
        }
        if !named {
            continue;
        }
        if options.one_by_one {
            one_by_one(http, &options.base, &bundle).await?;
        } else {
            let answer = http
                .post(options.base.clone())
                .header("content-type", "application/fhir+json")
                .body(bundle.to_string())
                .send()
                .await?;
            if !answer.status().is_success() {
                return Err(format!("the server answered {} to a transaction", answer.status()).into());
            }
        }
        numbers.push(number);
    }
    println!(
        "{resources} resources put in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(numbers)
}

/// Each resource under its own id, references to entries of the bundle written out: what a transaction would do.
async fn one_by_one(http: &reqwest::Client, base: &Url, bundle: &Value) -> Outcome {
    let mut text = bundle.to_string();
    let entries = bundle["entry"].as_array().ok_or("no entries")?;
    for entry in entries {
        let (Some(url), Some(kind), Some(id)) = (
            entry["fullUrl"].as_str(),
            entry["resource"]["resourceType"].as_str(),
            entry["resource"]["id"].as_str(),
        ) else {
            continue;
        };
        text = text.replace(
            &format!("\"reference\":\"{url}\""),
            &format!("\"reference\":\"{kind}/{id}\""),
        );
    }
    let bundle: Value = serde_json::from_str(&text)?;
    let mut refused = 0;
    for entry in bundle["entry"].as_array().ok_or("no entries")? {
        let resource = &entry["resource"];
        let (Some(kind), Some(id)) = (resource["resourceType"].as_str(), resource["id"].as_str()) else {
            continue;
        };
        let answer = http
            .put(at(base, &format!("{kind}/{id}")))
            .header("content-type", "application/fhir+json")
            .body(resource.to_string())
            .send()
            .await?;
        refused += usize::from(!answer.status().is_success());
    }
    if refused > 0 {
        println!("  the server refused {refused} resources of one patient");
    }
    Ok(())
}

fn bundles(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(bundles(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    Ok(found)
}

async fn load(what: &str, sync: &Sync, people: &[String]) -> Outcome {
    let seen = std::sync::Mutex::new((0, 0));
    let begun = Instant::now();
    let report = sync
        .load(
            people,
            &|now| {
                if let Ok(mut seen) = seen.lock() {
                    *seen = (now.resources, now.bytes);
                }
            },
            &CancellationToken::new(),
        )
        .await;
    let seconds = begun.elapsed().as_secs_f64();
    let (resources, bytes) = seen.lock().map(|seen| *seen).unwrap_or_default();
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for patient in &report.patients {
        let end = match &patient.outcome {
            Ended::Complete { .. } => "complete".to_owned(),
            Ended::Incomplete { what, .. } => format!("incomplete: {}", what.join("; ")),
            Ended::Withheld { reason } => format!("withheld: {reason}"),
            Ended::Replaced { .. } => "replaced".to_owned(),
            Ended::Failed { what, .. } => format!("failed: {what}"),
        };
        *ends.entry(end).or_default() += 1;
    }
    println!(
        "{what}: {resources} resources, {:.1} MB, {seconds:.2} s",
        bytes as f64 / 1e6
    );
    for (end, count) in &ends {
        println!("  {count} {end}");
    }
    if let Some(why) = &report.audit_waiting {
        println!("  access log waits: {why}");
    }
    if ends.keys().any(|end| end.starts_with("failed")) {
        return Err("somebody failed to load".into());
    }
    Ok(())
}

fn look(patient: &str) -> Look {
    Look {
        actor: Actor {
            id: "interop".into(),
            name: "Nobody".into(),
            role: "Tester".into(),
            organisation: "None".into(),
        },
        device: "interop".into(),
        patient: Some(patient.to_owned()),
        patient_name: None,
        action: Action::OpenPatient,
        shown: String::new(),
        purpose: "TREAT".into(),
        outcome: OutcomeText::Done,
    }
}

/// What the vault holds of one person, by `Type/id`.
fn texts(sync: &Sync, patient: &str) -> Outcome<BTreeMap<String, String>> {
    let receipt = sync.vault.write_look(look(patient), chrono::Utc::now())?;
    let mut texts = BTreeMap::new();
    sync.vault.open(receipt)?.each_held(|raw| {
        if let Ok(header) = curlew_fhir::read_header(raw) {
            texts.insert(format!("{}/{}", header.resource_type, header.id), raw.to_owned());
        }
    })?;
    Ok(texts)
}

/// Whether what is held is what the server gives when asked for each resource by itself, for a few people.
async fn compare(http: &reqwest::Client, base: &Url, sync: &Sync, people: &[String]) -> Outcome {
    let (mut same, mut other) = (0, 0);
    for patient in people.iter().take(3) {
        for (name, text) in texts(sync, patient)? {
            let there: Value = http
                .get(at(base, &name))
                .send()
                .await?
                .error_for_status()?
                .json()
                .await?;
            let here: Value = serde_json::from_str(&text)?;
            if there == here {
                same += 1;
            } else {
                other += 1;
            }
        }
    }
    println!("compared one by one with the server: {same} the same, {other} not");
    if other > 0 {
        return Err("what is held is not what the server has".into());
    }
    Ok(())
}
