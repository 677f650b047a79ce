//! Permission ends: after one contact the patient's key and file are gone, the screen says who and why, the log has it, and
//! neither a file nor a folder copied earlier opens with anything that is left.

use curlew_app::wire::{CopyState, ErrorCode};
use curlew_app::{App, Error, Event};
use curlew_sandbox::users::ready_users;
use curlew_sandbox::{Options, Running, Sandbox};
use curlew_tests::Outcome;
use curlew_tests::hunt::Hunt;
use curlew_tests::support::{Device, PASSPHRASE, plain_words, population, sandbox, screens};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn copy_folder(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn change(running: &Running, kind: &str, id: &str, edit: impl FnOnce(&mut Value)) -> Outcome {
    let mut resource = running.store().get_json(kind, id).ok_or("no such resource")?;
    edit(&mut resource);
    running.store().put(&resource)?;
    Ok(())
}

/// How a permission ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Consent,
    Label,
    Flag,
    Relationship,
    Deletion,
}

impl End {
    fn come_about(self, running: &Running, patient: &str) -> Outcome {
        match self {
            Self::Consent => {
                running.store().put(&json!({
                    "resourceType": "Consent", "id": "withdrawn", "status": "active",
                    "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
                    "patient": {"reference": format!("Patient/{patient}")}, "provision": {"type": "deny"},
                }))?;
            }
            Self::Label => change(running, "Patient", patient, |it| {
                it["meta"]["security"] = json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]);
            })?,
            Self::Flag => {
                running.store().put(&json!({
                    "resourceType": "Flag", "id": "restricted", "status": "active",
                    "code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]},
                    "subject": {"reference": format!("Patient/{patient}")},
                }))?;
            }
            Self::Relationship => {
                let reference = format!("Patient/{patient}");
                let groups = running.store().ids("Group");
                for group in groups {
                    change(running, "Group", &group, |it| {
                        if let Some(members) = it["member"].as_array_mut() {
                            members.retain(|member| member["entity"]["reference"] != reference.as_str());
                        }
                    })?;
                }
                // And nobody of the nurse's organisation cares for them any more.
                for key in running.store().record_of(patient) {
                    if ["EpisodeOfCare", "CareTeam", "Encounter"].contains(&&*key.resource_type) {
                        running.store().delete(&key.resource_type, &key.id);
                    }
                }
                change(running, "Patient", patient, |it| {
                    if let Some(members) = it.as_object_mut() {
                        members.remove("generalPractitioner");
                        members.remove("managingOrganization");
                    }
                })?;
            }
            Self::Deletion => {
                running.store().delete("Patient", patient);
            }
        }
        Ok(())
    }
}

struct Loaded {
    running: Running,
    device: Device,
    app: App,
    /// Whose permission ends.
    patient: String,
    name: String,
    /// Nothing happens to these.
    others: Vec<String>,
}

async fn loaded() -> Outcome<Loaded> {
    let running = sandbox(4)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let rows = app.caseload().await?.rows;
    let mut held = rows.into_iter().filter(|row| row.copy == CopyState::Complete);
    let first = held.next().ok_or("nobody is held")?;
    let others: Vec<String> = held.map(|row| row.patient).collect();
    assert!(!others.is_empty());
    Ok(Loaded {
        running,
        device,
        app,
        patient: first.patient,
        name: first.name,
        others,
    })
}

async fn opens(app: &App, patient: &str) -> bool {
    let opened = app.open_patient(patient.to_owned()).await.is_ok();
    drop(app.close_patient());
    opened
}

fn record_files(device: &Device) -> Outcome<usize> {
    Ok(device
        .record_files()?
        .iter()
        .filter(|(name, _)| name.ends_with(".db"))
        .count())
}

async fn ends(end: End) -> Outcome {
    let Loaded {
        running,
        device,
        app,
        patient,
        name,
        others,
    } = loaded().await?;
    let files = record_files(&device)?;
    let earlier = tempfile::tempdir()?;
    copy_folder(&device.places.store(), earlier.path())?;
    app.open_patient(patient.clone()).await?;

    end.come_about(&running, &patient)?;
    app.refresh_caseload().await?;

    // The file is gone, and so is the record on the screen, with a sentence.
    assert_eq!(record_files(&device)?, files - 1, "{end:?}");
    let closed = device.events().into_iter().find_map(|event| match event {
        Event::Closed(closed) => Some(closed),
        _ => None,
    });
    assert_eq!(
        closed.map(|closed| closed.patient),
        Some(patient.clone()),
        "{end:?}"
    );

    // Who is no longer available, and why; and the log has the erasure.
    let view = app.caseload().await?;
    let removed = view.removed.iter().find(|row| row.patient == patient);
    let removed = removed.ok_or_else(|| format!("{end:?}: nobody is said to have gone"))?;
    assert_eq!(removed.name, name, "{end:?}");
    assert!(
        removed.reason.ends_with('.') && removed.reason.len() > 20,
        "{end:?}: {removed:?}"
    );
    let log = app.access_log().await?;
    assert!(log.intact);
    let erased = log
        .rows
        .iter()
        .filter(|row| row.action.starts_with("Erased"))
        .collect::<Vec<_>>();
    assert_eq!(erased.len(), 1, "{end:?}: {erased:?}");
    assert_eq!(erased[0].patient.as_deref(), Some(name.as_str()));

    // Everybody else stays.
    for other in &others {
        assert!(opens(&app, other).await, "{end:?} took somebody else's copy too");
    }

    // Offline, with everything as it is now.
    running.stop();
    let refused = app.open_patient(patient.clone()).await.err().ok_or("it opened")?;
    plain_words(&refused)?;
    app.lock().await?;

    // With everything as it was: the whole folder put back, the passphrase and the keychain as they are.
    fs::remove_dir_all(device.places.store())?;
    copy_folder(earlier.path(), &device.places.store())?;
    let app = device.start("http://127.0.0.1:9/fhir")?;
    if device.unlock(&app, PASSPHRASE).await.is_ok() {
        assert!(!opens(&app, &patient).await, "{end:?}: an old folder opened it");
        let error = app
            .break_glass(patient.clone(), "other", "trying what a thief would try")
            .await;
        assert!(error.is_err(), "{end:?}");
    }
    // Nothing of theirs is readable in it.
    let words = name
        .split([',', ' '])
        .filter(|word| word.len() > 5)
        .map(str::to_owned);
    let found = Hunt::new(words).search(earlier.path())?.found;
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_withdrawn() -> Outcome {
    ends(End::Consent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patient_is_labelled_as_restricted() -> Outcome {
    ends(End::Label).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_restricts_the_patient() -> Outcome {
    ends(End::Flag).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relationship_is_lost() -> Outcome {
    ends(End::Relationship).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patient_is_deleted() -> Outcome {
    ends(End::Deletion).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_loses_the_right() -> Outcome {
    let Loaded {
        running,
        device,
        app,
        patient,
        ..
    } = loaded().await?;
    assert!(record_files(&device)? > 0);
    let earlier = tempfile::tempdir()?;
    copy_folder(&device.places.store(), earlier.path())?;
    // The same server, where she now holds a role without B0360.
    let port = running.port();
    running.stop();
    let mut users = ready_users();
    for user in &mut users {
        for role in &mut user.roles {
            role.activity_codes = vec!["B0062".to_owned()];
            role.role_name = "Local Administrator".to_owned();
        }
    }
    let running = Sandbox::start(Options {
        port,
        source: population(4),
        users,
        ..Options::default()
    })?;
    app.sign_in().await?;
    assert_eq!(record_files(&device)?, 0, "one contact is enough");
    let view = app.caseload().await?;
    assert!(
        view.removed
            .iter()
            .any(|row| row.patient == patient && row.reason.contains("role"))
    );
    let refused = app.open_patient(patient.clone()).await;
    assert!(matches!(&refused, Err(Error::Withheld(_))), "{:?}", refused.err());
    // The log names the role that she had each time.
    let log = app.access_log().await?;
    let roles: Vec<bool> = log
        .rows
        .iter()
        .map(|row| row.actor.contains("Local Administrator"))
        .collect();
    assert!(
        roles.first() == Some(&true) && roles.last() == Some(&false),
        "{roles:?}"
    );

    app.lock().await?;
    running.stop();
    fs::remove_dir_all(device.places.store())?;
    copy_folder(earlier.path(), &device.places.store())?;
    let app = device.start("http://127.0.0.1:9/fhir")?;
    if device.unlock(&app, PASSPHRASE).await.is_ok() {
        assert!(!opens(&app, &patient).await);
    }
    Ok(())
}

/// The opposite: contacts at which nothing has changed take nothing.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_goes_while_nothing_has_changed() -> Outcome {
    let Loaded {
        running,
        device,
        app,
        patient,
        ..
    } = loaded().await?;
    let before = screens(&app, &patient).await?;
    let files = record_files(&device)?;
    for _ in 0..3 {
        app.refresh_caseload().await?;
    }
    app.sign_in().await?;
    app.lock().await?;
    device.unlock(&app, PASSPHRASE).await?;
    app.refresh_caseload().await.ok();
    assert_eq!(record_files(&device)?, files);
    assert!(app.caseload().await?.removed.is_empty());
    running.stop();
    assert_eq!(screens(&app, &patient).await?, before);
    Ok(())
}

/// A record that may be shown and not kept opens while connected and says so when not.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_only_be_seen_online_is_shown_online_and_never_kept() -> Outcome {
    let running = sandbox(4)?;
    let device = Device::new("doctor")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let rows = app.caseload().await?.rows;
    let row = rows.into_iter().find(|row| row.copy == CopyState::Complete);
    let patient = row.ok_or("nobody is held")?.patient;
    // The doctor may see sensitive records; a laptop may not keep them.
    End::Label.come_about(&running, &patient)?;
    app.refresh_caseload().await?;
    let before = device.record_files()?;
    let view = app.open_patient(patient.clone()).await?;
    assert!(view.not_kept.is_some() && view.emergency.is_none());
    app.medicines(&patient).await?;
    app.close_patient()?;
    assert_eq!(device.record_files()?, before, "nothing of it is on the disk");

    running.stop();
    let refused = app
        .open_patient(patient)
        .await
        .err()
        .ok_or("it opened without a network")?;
    assert_eq!(plain_words(&refused)?, ErrorCode::OnlineOnly);
    Ok(())
}
