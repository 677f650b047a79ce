//! Looking back, through the app: a record as it could be seen at a moment, and what an entry of the access log showed.

use chrono::{DateTime, Duration, Utc};
use curlew_app::view::{PatientView, TimelineFilter};
use curlew_app::wire::{AccessLogRow, CopyState, ErrorCode, SectionScreen};
use curlew_app::{App, Error};
use curlew_audit::{Action, Actor, Look, OutcomeText};
use curlew_consent::{Standing, Viewer, permit};
use curlew_record::Arrival;
use curlew_tests::Outcome;
use curlew_tests::support::{Device, plain_words, records, sandbox, skip};
use curlew_vault::{Basis, Change, Identity, OpenPatient, Part, PatientUpdate, Vault, Wanted};
use serde_json::{Value, json};

/// Everything that the screens answer for a patient, with whether each answer says that it is of the past.
async fn said(app: &App, patient: &str) -> Result<(Vec<Value>, Vec<bool>), Error> {
    let filter = TimelineFilter::default;
    let mut answers = vec![
        json!(app.timeline_index(patient, filter()).await?),
        json!(app.timeline(patient, filter(), 0, 500).await?),
        json!(app.medicines(patient).await?),
        json!(app.results(patient).await?),
        json!(app.gaps(patient).await?),
    ];
    for screen in [
        SectionScreen::Summary,
        SectionScreen::Documents,
        SectionScreen::Plans,
        SectionScreen::People,
    ] {
        answers.push(json!(app.sections(patient, screen).await?));
    }
    let past = answers
        .iter_mut()
        .map(|answer| {
            answer.as_object_mut().is_some_and(|answer| {
                let past = answer.remove("as_at").is_some();
                // What a reader has not opened yet is told of the present only.
                let unread = answer.remove("unread");
                assert!(!past || unread.is_none(), "the past knows of unread documents");
                past
            })
        })
        .collect();
    Ok((answers, past))
}

/// What of a first screen does not say when it was painted.
fn painted(view: &PatientView) -> Value {
    let mut view = json!(view);
    if let Some(view) = view.as_object_mut() {
        for present in ["as_at", "copy"] {
            view.remove(present);
        }
    }
    view
}

async fn entry(app: &App, action: &str) -> Outcome<AccessLogRow> {
    let log = app.access_log().await?;
    assert!(log.intact);
    let found = log.rows.into_iter().find(|row| row.action.starts_with(action));
    Ok(found.ok_or(format!("no entry says {action}"))?)
}

/// The one patient's first problem says something else from now on.
fn change_a_problem(server: &curlew_sandbox::Running, patient: &str) -> Outcome {
    let store = server.store();
    let held = store.record_of(patient);
    let key = held
        .iter()
        .find(|key| &*key.resource_type == "Condition")
        .ok_or("a patient without a problem")?;
    let mut problem = store
        .get_json("Condition", &key.id)
        .ok_or("the problem is in the store")?;
    problem["code"] = json!({ "text": "Something quite different" });
    store.put(&problem)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_shown_as_it_was_and_every_answer_says_so() -> Outcome {
    let server = sandbox(2)?;
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(server.base_url().as_str(), &[]).await?;
    let patient = sheet.rows[0].patient.clone();
    device.clock.advance(Duration::minutes(10));
    let first = app.open_patient(patient.clone()).await?;
    let (then, past) = said(&app, &patient).await?;
    assert!(
        past.iter().all(|past| !past),
        "the present never says that it is past"
    );
    let opened = entry(&app, "Opened the record").await?;
    let seen_at = device.clock.now();

    change_a_problem(&server, &patient)?;
    device.clock.advance(Duration::hours(1));
    app.load_offline(vec![patient.clone()]).await?;
    let view = app.open_patient(patient.clone()).await?;
    assert!(view.as_at.is_none());
    assert_eq!(view.changed, ["1 changed problem"]);
    let (now, _) = said(&app, &patient).await?;
    assert_ne!(then, now);

    let moments = app.moments(&patient).await?.moments;
    assert_eq!(moments.len(), 2);
    assert!(
        moments[0].text.starts_with("The copy was made: "),
        "{}",
        moments[0].text
    );
    assert_eq!(moments[1].text, "1 changed problem");

    let view = app
        .open_as_at(&patient, seen_at.timestamp_millis() as f64)
        .await?;
    let told = view
        .as_at
        .as_ref()
        .ok_or("the first screen says that it is past")?;
    assert!(
        told.text.starts_with("As this device could show it on "),
        "{}",
        told.text
    );
    assert_eq!(told.notes, Vec::<String>::new());
    let (answers, past) = said(&app, &patient).await?;
    assert!(past.iter().all(|past| *past), "every answer says that it is past");
    assert_eq!(answers, then);
    // Written down before, with the moment and with what was shown.
    let logged = entry(&app, "Opened the record as it was").await?;
    assert!(logged.action.contains("(as at "), "{}", logged.action);
    // The source of a line is of then too, and its look says so.
    let line = now[0]["problems"][0]["value"]
        .as_str()
        .ok_or("a problem")?
        .to_owned();
    let source = app.source(&patient, line.clone()).await?;
    assert!(source.as_at.is_some());
    assert!(entry(&app, "Opened a source").await?.action.contains(", as at "));

    let back = app.close_as_at(&patient).await?.ok_or("there is a present")?;
    assert!(back.as_at.is_none());
    assert_eq!(said(&app, &patient).await?.0, now);

    // The entry of the first look opens to what it showed.
    let shown = app.what_was_shown(opened.seq).await?;
    assert!(shown.exact, "{}", shown.verdict);
    assert_eq!(shown.outcome, "Done");
    assert_eq!(shown.purpose, "Direct care");
    let view = shown.view.ok_or("a view")?;
    assert_eq!(painted(&view), painted(&first));
    assert_eq!(said(&app, &patient).await?, (then, vec![true; 9]));
    assert!(
        entry(&app, "Asked what an earlier look showed")
            .await?
            .action
            .contains(&opened.seq.to_string())
    );
    assert!(
        app.close_as_at(&patient).await?.is_none(),
        "there is no present behind it"
    );
    assert!(said(&app, &patient).await.is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_and_the_lock_hold_for_the_past() -> Outcome {
    let server = sandbox(1)?;
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(server.base_url().as_str(), &[]).await?;
    server.stop();
    let patient = sheet.rows[0].patient.clone();
    app.open_patient(patient.clone()).await?;
    let opened = entry(&app, "Opened the record").await?;
    let now = device.clock.now().timestamp_millis() as f64;
    app.open_as_at(&patient, now).await?;
    device.clock.advance(Duration::hours(73));
    let code = |outcome: Result<(), Error>| match outcome {
        Ok(()) => Err("it was shown".into()),
        Err(error) => plain_words(&error),
    };
    let answer = app.medicines(&patient).await.map(drop);
    assert_eq!(code(answer)?, ErrorCode::CopyExpired);
    assert_eq!(
        code(app.open_as_at(&patient, now).await.map(drop))?,
        ErrorCode::CopyExpired
    );
    let shown = app.what_was_shown(opened.seq).await?;
    assert!(shown.view.is_none());
    assert!(shown.verdict.contains("older than policy"), "{}", shown.verdict);
    app.lock().await?;
    assert_eq!(
        code(app.open_as_at(&patient, now).await.map(drop))?,
        ErrorCode::Locked
    );
    assert_eq!(
        code(app.what_was_shown(opened.seq).await.map(drop))?,
        ErrorCode::Locked
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_copy_is_not_reopened_and_the_log_says_why() -> Outcome {
    let server = sandbox(2)?;
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(server.base_url().as_str(), &[]).await?;
    let patient = sheet.rows[0].patient.clone();
    app.open_patient(patient.clone()).await?;
    let opened = entry(&app, "Opened the record").await?;
    server.stop();
    // Destroyed by age, which is written down.
    app.lock().await?;
    device.clock.advance(Duration::days(8));
    let app = device.start("http://127.0.0.1:9")?;
    device.unlock(&app, curlew_tests::support::PASSPHRASE).await?;
    let shown = app.what_was_shown(opened.seq).await?;
    assert!(shown.view.is_none() && !shown.exact);
    assert!(
        shown
            .verdict
            .starts_with("What was shown cannot be opened: the copy was erased on "),
        "{}",
        shown.verdict
    );
    assert!(shown.patient.is_some(), "who it was stays in the log");
    let signed_in = entry(&app, "Unlocked the store").await?;
    let shown = app.what_was_shown(signed_in.seq).await?;
    assert_eq!(shown.verdict, "This entry shows no record.");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn as_at_now_is_now_for_every_written_story() -> Outcome {
    let server = sandbox(12)?;
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(server.base_url().as_str(), &[]).await?;
    let mut compared = 0;
    for row in sheet.rows {
        // One story is of somebody whose record this nurse may not keep.
        if matches!(row.copy, CopyState::Withheld | CopyState::NotHeld) {
            continue;
        }
        app.open_patient(row.patient.clone()).await?;
        device.clock.advance(Duration::minutes(1));
        let now = app.open_patient(row.patient.clone()).await?;
        let present = said(&app, &row.patient).await?.0;
        let at = device.clock.now().timestamp_millis() as f64;
        let past = app.open_as_at(&row.patient, at - 1.0).await?;
        assert_eq!(past.as_at.as_ref().ok_or("past")?.notes, Vec::<String>::new());
        assert_eq!(
            painted(&past)["overview"],
            painted(&now)["overview"],
            "{}",
            row.name
        );
        assert_eq!(painted(&past)["safety"], painted(&now)["safety"], "{}", row.name);
        assert_eq!(painted(&past)["banner"], painted(&now)["banner"], "{}", row.name);
        let then = said(&app, &row.patient).await?.0;
        for (then, present) in then.iter().zip(&present) {
            assert!(then == present, "{} differs", row.name);
        }
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} stories were compared");
    Ok(())
}

fn look(patient: &str, action: Action) -> Look {
    Look {
        actor: Actor {
            id: "1".into(),
            name: "A Tester".into(),
            role: "Nurse".into(),
            organisation: "A trust".into(),
        },
        device: "test device".into(),
        patient: Some(patient.into()),
        patient_name: None,
        action,
        shown: String::new(),
        purpose: "TREAT".into(),
        outcome: OutcomeText::Done,
    }
}

fn whole(open: &OpenPatient) -> Outcome<Value> {
    let mut answers = vec![
        json!(open.timeline_index(&TimelineFilter::default())?),
        json!(open.timeline(&TimelineFilter::default(), 0, u32::MAX)?),
        json!(open.medicines()?),
        json!(open.results()?),
        json!(open.summary()?),
        json!(open.documents()?),
        json!(open.plans()?),
        json!(open.people()?),
        json!(open.gaps()?),
    ];
    for answer in &mut answers {
        answer.as_object_mut().ok_or("an answer")?.remove("as_at");
    }
    answers.push(json!(open.first()?));
    Ok(Value::Array(answers))
}

fn take_in(vault: &Vault, text: &str, at: DateTime<Utc>) -> Outcome<String> {
    let bundle = curlew_fhir::bundle::read_bundle(text)?;
    let changes: Vec<Change> = bundle
        .entries
        .iter()
        .filter_map(|entry| {
            let raw = entry.resource?.to_owned();
            let header = curlew_fhir::read_header(&raw).ok()?;
            Some(Change::Put { header, raw })
        })
        .collect();
    let patient = changes
        .iter()
        .find_map(|change| match change {
            Change::Put { header, raw } if header.resource_type == "Patient" => {
                Some((header.id.clone(), raw.clone()))
            }
            _ => None,
        })
        .ok_or("a bundle without a patient")?;
    let curlew_fhir::Resource::Patient(person) = curlew_fhir::read_resource(&patient.1)?.value else {
        return Err("not a patient".into());
    };
    let update = PatientUpdate {
        patient: patient.0.clone(),
        basis: Basis::Full,
        changes,
        part: Part::Last {
            arrival: Arrival::default(),
            synced_to: None,
        },
        received_at: at,
    };
    let standing = Standing {
        patient: &person,
        consents: &[],
        flags: &[],
        legitimate_relationship: true,
    };
    let viewer = Viewer {
        user_id: "1".into(),
        role_codes: Vec::new(),
        activity_codes: vec!["B0360".into()],
        organisation: None,
    };
    let update = permit(update, &standing, &viewer, at).map_err(|decision| decision.reason)?;
    vault.apply(update)?;
    Ok(patient.0)
}

#[test]
fn as_at_now_is_now_for_foreign_records() -> Outcome {
    let Some(folder) = records("synthea")? else {
        return skip("as_at_now_is_now_for_foreign_records", "no foreign records here");
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort_by_key(|path| path.metadata().map_or(0, |file| file.len()));
    let identity = Identity {
        issuer: "https://issuer.example".into(),
        subject: "1".into(),
        label: "A Tester".into(),
    };
    let at = DateTime::from_timestamp(1_795_420_800, 0).ok_or("a moment")?;
    let vault = Vault::in_memory(&identity, at)?;
    let mut compared = 0;
    // Small and middling ones; the largest take long in a build for tests.
    for path in files.iter().take(25) {
        let Ok(patient) = take_in(&vault, &std::fs::read_to_string(path)?, at) else {
            continue;
        };
        let present = vault.open(vault.write_look(look(&patient, Action::OpenPatient), at)?)?;
        let receipt = vault.write_look(look(&patient, Action::OpenAsAt), at)?;
        let past = vault.as_at(receipt, Wanted::Moment(at - Duration::zero()))?;
        let (mut then, mut now) = (whole(&past)?, whole(&present)?);
        for said in [&mut then, &mut now] {
            // The look that opened the present came before the view of the same moment.
            said[0]["changed"] = json!(0);
        }
        assert!(then == now, "{} differs", path.display());
        assert_eq!(past.version_set()?, present.version_set()?);
        compared += 1;
    }
    assert!(compared >= 20, "only {compared} were compared");
    Ok(())
}
