//! Breaking the glass: a reason first, the log first, the server told on every request, loud, over after its time, and
//! nothing more on the device than before.

use chrono::Duration;
use curlew_app::view::TimelineFilter;
use curlew_app::wire::{CopyState, ErrorCode, ErrorView};
use curlew_app::{App, Error, Event};
use curlew_audit::Action;
use curlew_sandbox::Running;
use curlew_sandbox::faults::Route;
use curlew_tests::Outcome;
use curlew_tests::support::{Device, PASSPHRASE, plain_words, sandbox};
use serde_json::{Value, json};

const WORDS: &str = "Collapsed at home, need to know the medicines";

fn refusal<T>(outcome: Result<T, Error>) -> Outcome<ErrorView> {
    match outcome {
        Ok(_) => Err("it was shown".into()),
        Err(error) => {
            plain_words(&error)?;
            Ok(error.into())
        }
    }
}

fn dissent(running: &Running, patient: &str, provision: &Value) -> Outcome {
    running.store().put(&json!({
        "resourceType": "Consent", "id": format!("dissent-{patient}"), "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "patient": {"reference": format!("Patient/{patient}")}, "provision": provision,
    }))?;
    Ok(())
}

/// A denial that leaves emergencies out, as IHE PCF writes it.
fn except_in_emergency() -> Value {
    json!({"type": "deny", "provision": [{"type": "permit", "purpose":
        [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG"}]}]})
}

/// Somebody held whole.
async fn held(app: &App) -> Outcome<String> {
    let rows = app.caseload().await?.rows;
    let row = rows.into_iter().find(|row| row.copy == CopyState::Complete);
    Ok(row.ok_or("nobody is held")?.patient)
}

/// AuditEvents the server has of this patient, by our own action code.
fn events_at_server(running: &Running, patient: &str, action: &str) -> Vec<Value> {
    let store = running.store();
    store
        .ids("AuditEvent")
        .into_iter()
        .filter_map(|id| store.get_json("AuditEvent", &id))
        .filter(|event| {
            let is = event["subtype"]
                .as_array()
                .is_some_and(|codes| codes.iter().any(|code| code["code"] == action));
            is && event.to_string().contains(&format!("Patient/{patient}"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_closed_to_everyday_care_opens_for_a_reason_and_leaves_nothing_behind() -> Outcome {
    let running = sandbox(3)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let patient = held(&app).await?;
    dissent(&running, &patient, &except_in_emergency())?;
    app.load_offline(vec![patient.clone()]).await?;
    let before = device.record_files()?;
    let rows_before = app.caseload().await?.rows;

    let refused = refusal(app.open_patient(patient.clone()).await)?;
    assert_eq!(refused.code, ErrorCode::Withheld);
    assert!(refused.emergency.is_some(), "the way in is offered: {refused:?}");
    assert!(
        running.stated_purposes().is_empty(),
        "everyday care states no other purpose"
    );

    // A reason of the list and words of one's own, or nothing happens at all.
    for (reason, text) in [
        ("because", WORDS),
        ("life-threatening", "  . . . . . . . "),
        ("life-threatening", ""),
    ] {
        let refused = refusal(app.break_glass(patient.clone(), reason, text).await)?;
        assert_eq!(refused.code, ErrorCode::BadRequest);
    }
    assert!(running.stated_purposes().is_empty());

    running.requests().reset();
    let asked_before = running.requests().to(Route::Everything);
    let view = app
        .break_glass(patient.clone(), "life-threatening", WORDS)
        .await?;
    let emergency = view.emergency.ok_or("it is not said to be an emergency")?;
    assert_eq!(emergency.text, WORDS);
    assert!(emergency.sentence.contains(&emergency.until), "{emergency:?}");
    assert!(view.not_kept.is_some(), "it is said that nothing is kept");
    assert!(!view.banner.name.is_empty());
    let page = app.timeline(&patient, TimelineFilter::default(), 0, 50).await?;
    assert!(!page.lines.is_empty(), "the record itself can be read");

    // Every request of this view said what it was for.
    let stated = running.stated_purposes();
    assert!(
        stated
            .iter()
            .all(|stated| stated.purpose == "BTG" && stated.username == "nurse")
    );
    let everything = stated
        .iter()
        .filter(|stated| stated.path.ends_with("$everything"))
        .count();
    let asked = running.requests().to(Route::Everything) - asked_before;
    assert!(asked > 0);
    assert_eq!(everything as u64, asked, "{stated:?}");

    // The privacy officer's event was there before the record was asked for.
    let events = events_at_server(&running, &patient, "open-in-emergency");
    let [event] = events.as_slice() else {
        return Err(format!("{} events instead of one", events.len()).into());
    };
    assert_eq!(event["purposeOfEvent"][0]["coding"][0]["code"], "BTG");
    assert!(event.to_string().contains("110127"), "emergency override started");
    assert!(event.to_string().contains(WORDS));

    // What is looked at inside is looked at for the emergency.
    app.source(&patient, page.lines[0].id.clone()).await?;
    let log = app.access_log().await?;
    assert!(log.intact);

    // Nothing more is on the device.
    assert_eq!(device.record_files()?, before);
    let rows = app.caseload().await?.rows;
    assert_eq!(rows, rows_before);

    // Over after its time, by itself, with a sentence.
    app.tick().await;
    device.work_on(&app, Duration::seconds(3_570)).await?;
    app.gaps(&patient).await?;
    device.clock.advance(Duration::seconds(31));
    assert_eq!(
        refusal(app.gaps(&patient).await)?.code,
        ErrorCode::EmergencyEnded,
        "before any beat"
    );
    app.touch()?;
    app.tick().await;
    let closed = device.events().into_iter().rev().find_map(|event| match event {
        Event::Closed(closed) => Some(closed),
        _ => None,
    });
    let closed = closed.ok_or("the window was not told")?;
    assert_eq!(closed.patient, patient);
    assert!(closed.message.contains("emergency"), "{closed:?}");
    assert_eq!(refusal(app.gaps(&patient).await)?.code, ErrorCode::BadRequest);

    // Locking and unlocking again brings nothing back, and it is all on record.
    app.lock().await?;
    device.unlock(&app, PASSPHRASE).await?;
    assert_eq!(device.record_files()?, before);
    let log = app.access_log().await?;
    let opened = log.rows.iter().find(|row| row.action.contains("in an emergency"));
    assert!(opened.is_some_and(|row| row.action.contains(WORDS)));
    assert!(
        log.rows
            .iter()
            .any(|row| row.action.starts_with(Action::ClosePatient.words()))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_only_what_is_here_opens_and_only_until_it_is_destroyed() -> Outcome {
    let running = sandbox(3)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let patient = held(&app).await?;
    let other = {
        let rows = app.caseload().await?.rows;
        let row = rows
            .into_iter()
            .find(|row| row.copy == CopyState::Complete && row.patient != patient);
        row.ok_or("only one is held")?.patient
    };
    dissent(&running, &other, &except_in_emergency())?;
    app.load_offline(vec![other.clone()]).await?;
    running.stop();
    device.clock.advance(Duration::hours(80));
    let before = device.record_files()?;

    let refused = refusal(app.open_patient(patient.clone()).await)?;
    assert_eq!(refused.code, ErrorCode::CopyExpired);
    assert!(refused.emergency.is_some());
    let view = app.break_glass(patient.clone(), "cannot-be-asked", WORDS).await?;
    assert!(view.emergency.is_some());
    assert!(view.not_kept.is_none(), "it is the copy that is here");
    assert!(
        !app.timeline(&patient, TimelineFilter::default(), 0, 50)
            .await?
            .lines
            .is_empty()
    );
    app.close_patient()?;

    // What may not be kept is not here, whatever the emergency.
    let refused = refusal(app.open_patient(other.clone()).await)?;
    assert!(
        refused.emergency.is_none(),
        "nothing is offered that cannot be done: {refused:?}"
    );
    assert_eq!(
        refusal(app.break_glass(other, "cannot-be-asked", WORDS).await)?.code,
        ErrorCode::NotHeld
    );
    assert_eq!(device.record_files()?, before);

    // Nor is a copy past its last day, and an emergency does not outlive it.
    device
        .clock
        .advance(Duration::hours(7 * 24 - 80) - Duration::minutes(10));
    let view = app.break_glass(patient.clone(), "cannot-be-asked", WORDS).await?;
    let until = view.emergency.ok_or("an emergency")?.until_ms;
    assert!(until <= (device.clock.now() + Duration::minutes(11)).timestamp_millis() as f64);
    device.clock.advance(Duration::minutes(11));
    assert_eq!(refusal(app.gaps(&patient).await)?.code, ErrorCode::EmergencyEnded);
    assert!(refusal(app.break_glass(patient, "cannot-be-asked", WORDS).await).is_ok());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dissent_that_knows_no_emergencies_stands_and_the_attempt_is_on_record() -> Outcome {
    let running = sandbox(3)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let patient = held(&app).await?;
    dissent(&running, &patient, &json!({"type": "deny"}))?;
    app.load_offline(vec![patient.clone()]).await?;
    let refused = refusal(app.open_patient(patient.clone()).await)?;
    assert_eq!(refused.code, ErrorCode::Withheld);
    assert!(refused.emergency.is_none());
    let refused = refusal(app.break_glass(patient.clone(), "other", WORDS).await)?;
    assert_eq!(refused.code, ErrorCode::Withheld);
    let log = app.access_log().await?;
    assert!(
        log.rows
            .iter()
            .any(|row| row.action.contains("in an emergency") && row.outcome.starts_with("Refused")),
        "{:?}",
        log.rows
    );
    Ok(())
}
