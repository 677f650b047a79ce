//! What the app does without being asked: it locks when nobody is there or the machine has slept, asks for a full sign-in
//! when one is due, destroys copies while it runs, and keeps a log of what failed before anybody was in.

use chrono::Duration;
use curlew_app::wire::{CopyState, ErrorCode, Stage};
use curlew_app::{App, Error, Event};
use curlew_redact::SecretString;
use curlew_sandbox::faults::{Fault, Misbehaviour, Route};
use curlew_tests::Outcome;
use curlew_tests::login::Until;
use curlew_tests::support::{Device, PASSPHRASE, ScriptedBrowser, plain_words, sandbox};
use std::sync::Arc;

fn code<T>(outcome: Result<T, Error>) -> Outcome<ErrorCode> {
    match outcome {
        Ok(_) => Err("it went well".into()),
        Err(error) => plain_words(&error),
    }
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

async fn held(app: &App) -> Outcome<String> {
    let rows = app.caseload().await?.rows;
    let row = rows.into_iter().find(|row| row.copy == CopyState::Complete);
    Ok(row.ok_or("nobody is held")?.patient)
}

/// The statuses pushed since.
fn statuses(device: &Device, since: usize) -> Vec<curlew_app::wire::Status> {
    let pushed = device.events().into_iter().skip(since);
    pushed
        .filter_map(|event| match event {
            Event::Status(status) => Some(*status),
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_locks_even_when_the_window_has_stopped() -> Outcome {
    let running = sandbox(2)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let patient = held(&app).await?;
    app.open_patient(patient.clone()).await?;
    app.tick().await;
    device.work_on(&app, Duration::minutes(20)).await?;
    app.gaps(&patient).await?;

    // The window goes silent. The app's own beats go on.
    for _ in 0..5 {
        device.clock.advance(Duration::seconds(59));
        app.tick().await;
    }
    app.gaps(&patient).await?;
    let pushed = device.events().len();
    device.clock.advance(Duration::seconds(6));
    app.tick().await;
    let status = statuses(&device, pushed).pop().ok_or("the window was not told")?;
    assert_eq!(status.stage, Stage::Locked);
    assert_eq!(
        status.notice.as_deref(),
        Some("Locked after 5 minutes without activity.")
    );
    assert_eq!(code(app.gaps(&patient).await)?, ErrorCode::Locked);
    device.unlock(&app, PASSPHRASE).await?;
    assert_eq!(app.status().notice, None);
    let log = app.access_log().await?;
    assert!(log.rows.iter().any(|row| row.action.contains("without activity")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_wakes_shows_nothing_before_it_has_locked() -> Outcome {
    let running = sandbox(2)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let patient = held(&app).await?;
    app.open_patient(patient.clone()).await?;
    app.tick().await;
    // Less than the idle time, and the first thing after waking is a click, not a beat.
    device.clock.sleep(Duration::minutes(2));
    assert_eq!(code(app.gaps(&patient).await)?, ErrorCode::Locked);
    assert_eq!(app.status().stage, Stage::Locked);
    assert!(
        app.status()
            .notice
            .is_some_and(|notice| notice.contains("asleep"))
    );
    device.unlock(&app, PASSPHRASE).await?;
    app.tick().await;
    assert_eq!(
        app.status().stage,
        Stage::Open,
        "and not again for the same sleep"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_are_destroyed_while_the_app_runs_and_the_open_one_is_closed() -> Outcome {
    let running = sandbox(2)?;
    let device = Device::new("nurse")?;
    let app = device.start_under(running.base_url().as_str(), |policy| {
        // The shortest that policy can say, to keep the test short.
        policy.lease.fresh = Duration::minutes(10);
        policy.lease.readable = Duration::minutes(20);
        policy.lease.kept = Duration::minutes(30);
    })?;
    app.sign_in().await?;
    app.create_store(secret(PASSPHRASE)).await?;
    app.load_offline(Vec::new()).await?;
    let patient = held(&app).await?;
    running.stop();
    app.tick().await;
    app.open_patient(patient.clone()).await?;
    let state = async || -> Outcome<CopyState> {
        let rows = app.caseload().await?.rows;
        Ok(rows
            .into_iter()
            .find(|row| row.patient == patient)
            .ok_or("listed")?
            .copy)
    };

    let pushed = device.events().len();
    device.work_on(&app, Duration::minutes(12)).await?;
    assert_eq!(state().await?, CopyState::Ageing);
    assert!(
        !statuses(&device, pushed).is_empty(),
        "the window is told that copies have aged"
    );
    assert!(
        !device
            .events()
            .iter()
            .any(|event| matches!(event, Event::Closed(_)))
    );

    device.work_on(&app, Duration::minutes(10)).await?;
    let closed = device.events().into_iter().find_map(|event| match event {
        Event::Closed(closed) => Some(closed),
        _ => None,
    });
    assert_eq!(closed.ok_or("the open record stayed open")?.patient, patient);
    assert_eq!(state().await?, CopyState::Withheld);
    assert!(
        device
            .record_files()?
            .iter()
            .any(|(name, _)| name.ends_with(".db"))
    );

    device.work_on(&app, Duration::minutes(10)).await?;
    assert!(
        !device
            .record_files()?
            .iter()
            .any(|(name, _)| name.ends_with(".db"))
    );
    assert_eq!(state().await?, CopyState::NotHeld);
    let log = app.access_log().await?;
    assert!(log.rows.iter().any(|row| row.action.starts_with("Erased")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_thirty_days_the_passphrase_alone_is_not_enough_and_nothing_is_lost() -> Outcome {
    let running = sandbox(2)?;
    let device = Device::new("nurse")?;
    let long = |policy: &mut curlew_app::Settings| {
        policy.lease.readable = Duration::days(60);
        policy.lease.kept = Duration::days(60);
    };
    let app = device.start_under(running.base_url().as_str(), long)?;
    app.sign_in().await?;
    app.create_store(secret(PASSPHRASE)).await?;
    app.load_offline(Vec::new()).await?;
    let patient = held(&app).await?;
    let files = device.record_files()?;
    assert!(app.status().sign_in_by.is_some());
    app.lock().await?;

    device.clock.advance(Duration::days(29));
    device.unlock(&app, PASSPHRASE).await?;
    app.lock().await?;
    device.clock.advance(Duration::days(1) + Duration::minutes(1));
    let app = device.start_under(running.base_url().as_str(), long)?;
    assert_eq!(code(device.unlock(&app, PASSPHRASE).await)?, ErrorCode::SignInDue);
    assert_eq!(app.status().stage, Stage::Locked);
    assert_eq!(code(app.open_patient(patient.clone()).await)?, ErrorCode::Locked);
    // Setting the clock back does not help.
    device.clock.advance(Duration::days(-10));
    assert_eq!(code(device.unlock(&app, PASSPHRASE).await)?, ErrorCode::SignInDue);
    device.clock.advance(Duration::days(10));
    assert_eq!(device.record_files()?, files, "nothing is lost");

    app.sign_in().await?;
    device.unlock(&app, PASSPHRASE).await?;
    app.open_patient(patient).await?;
    let log = app.access_log().await?;
    assert!(
        log.rows.iter().any(|row| row.outcome.contains("sign-in was due")),
        "{:?}",
        log.rows
    );
    app.lock().await?;
    device.unlock(&app, PASSPHRASE).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_before_anybody_is_in_are_in_the_log_of_whoever_comes_next() -> Outcome {
    let running = sandbox(2)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    app.lock().await?;
    for _ in 0..2 {
        assert_eq!(
            code(device.unlock(&app, "not the passphrase").await)?,
            ErrorCode::WrongPassphrase
        );
    }
    // Neither does a restart make it forget.
    let app = device.start(running.base_url().as_str())?;
    device.unlock(&app, PASSPHRASE).await?;
    let rows = app.access_log().await?.rows;
    let refused = rows
        .iter()
        .filter(|row| row.outcome.contains("passphrase was wrong"));
    assert_eq!(refused.count(), 2, "{rows:?}");

    // Somebody else signs in over the open store: refused, and written down at once.
    let doctor = Arc::new(ScriptedBrowser::new("doctor"));
    let over = device.start_as(running.base_url().as_str(), doctor)?;
    app.lock().await?;
    device.unlock(&over, PASSPHRASE).await?;
    assert_eq!(code(over.sign_in().await)?, ErrorCode::OtherUser);
    let rows = over.access_log().await?.rows;
    assert!(
        rows.iter()
            .any(|row| row.action.starts_with("Signed in") && row.outcome.starts_with("Refused")),
        "{rows:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_passphrase_changes_and_a_wrong_one_counts() -> Outcome {
    const NEXT: &str = "lapwing groyne estuary mud";
    let running = sandbox(2)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let patient = held(&app).await?;
    let attempts = app.status().stores[0].attempts_left;

    for weak in ["short", "aaaaaaaaaaaaaaaa", "            "] {
        let refused = app.change_passphrase(secret(PASSPHRASE), secret(weak)).await;
        assert_eq!(code(refused)?, ErrorCode::WeakPassphrase);
    }
    let refused = app
        .change_passphrase(secret(PASSPHRASE), secret(PASSPHRASE))
        .await;
    assert_eq!(code(refused)?, ErrorCode::BadRequest);
    let refused = app.change_passphrase(secret("a guess at it"), secret(NEXT)).await;
    assert_eq!(code(refused)?, ErrorCode::WrongPassphrase);
    assert_eq!(app.status().stores[0].attempts_left, attempts - 1);

    app.change_passphrase(secret(PASSPHRASE), secret(NEXT)).await?;
    app.open_patient(patient.clone()).await?;
    app.lock().await?;
    assert_eq!(
        code(device.unlock(&app, PASSPHRASE).await)?,
        ErrorCode::WrongPassphrase
    );
    device.unlock(&app, NEXT).await?;
    app.open_patient(patient).await?;
    let rows = app.access_log().await?.rows;
    let changes: Vec<&str> = rows
        .iter()
        .filter(|row| row.action.starts_with("Changed the passphrase"))
        .map(|row| row.outcome.as_str())
        .collect();
    assert!(
        matches!(changes.as_slice(), ["Done", refused] if refused.starts_with("Refused")),
        "{changes:?}"
    );

    // Guessing at an open screen ends as guessing at a closed one does.
    for _ in 0..attempts {
        drop(
            app.change_passphrase(secret("a guess at it"), secret(PASSPHRASE))
                .await,
        );
    }
    assert_ne!(app.status().stage, Stage::Open);
    assert_eq!(code(device.unlock(&app, NEXT).await)?, ErrorCode::StoreDestroyed);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_passphrase_costs_the_copies_and_nothing_else() -> Outcome {
    let running = sandbox(2)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    let store = app.status().stores[0].id.clone();
    assert_eq!(
        code(app.erase_store(&store, "erase").await)?,
        ErrorCode::BadRequest,
        "not while it is open"
    );
    app.lock().await?;
    for not in ["", "yes", "erase it"] {
        assert_eq!(code(app.erase_store(&store, not).await)?, ErrorCode::BadRequest);
    }
    assert!(
        device
            .record_files()?
            .iter()
            .any(|(name, _)| name.ends_with(".db"))
    );
    app.erase_store(&store, "Erase ").await?;
    assert!(
        device
            .record_files()?
            .iter()
            .all(|(name, _)| !name.ends_with(".db"))
    );
    assert_eq!(app.status().stage, Stage::SignedOut);

    app.sign_in().await?;
    app.create_store(secret("another one altogether")).await?;
    assert!(
        app.load_offline(Vec::new())
            .await?
            .rows
            .iter()
            .any(|row| row.copy == CopyState::Complete)
    );
    let rows = app.access_log().await?.rows;
    assert!(
        rows.iter().any(|row| row.outcome.contains("forgotten")),
        "{rows:?}"
    );
    Ok(())
}

/// Two people at one computer: the first one's load ends at once, and nothing of it reaches the second.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_person_gets_nothing_of_the_last_ones_load() -> Outcome {
    let running = sandbox(4)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    app.lock().await?;
    let doctor = device.start_as(
        running.base_url().as_str(),
        Arc::new(ScriptedBrowser::new("doctor")),
    )?;
    doctor.sign_in().await?;
    doctor.create_store(secret("the doctors own words")).await?;
    doctor.lock().await?;
    let stores = app.status().stores;
    let of = |who: &str| -> Outcome<String> {
        let store = stores.iter().find(|store| store.label.contains(who));
        Ok(store.ok_or("both have a store")?.id.clone())
    };
    let (nurse_store, doctor_store) = (of("Okafor")?, of("Thorrington")?);

    app.unlock(&nurse_store, secret(PASSPHRASE)).await?;
    device.browser.go(Until::TheEnd);
    app.sign_in().await?;
    // A load that would never end by itself.
    running.faults().add(Fault::on(
        Route::Everything,
        Misbehaviour::AnswerLate(std::time::Duration::from_secs(3600)),
    ));
    let load = tokio::spawn({
        let app = app.clone();
        async move { app.load_offline(Vec::new()).await }
    });
    while app.status().load.is_none_or(|load| load.patients == 0) {
        tokio::task::yield_now().await;
    }
    app.lock().await?;
    app.unlock(&doctor_store, secret("the doctors own words")).await?;
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), load).await??;
    assert!(ended.is_err(), "a load of a locked store does not end well");
    assert!(
        app.proof_sheet()?.is_none(),
        "the doctor sees no proof sheet of the nurse's"
    );
    let status = app.status();
    assert!(status.load.is_none());
    assert!(status.user.is_some_and(|user| user.name.contains("Thorrington")));
    let log = app.access_log().await?;
    assert!(
        log.rows.iter().all(|row| row.actor.contains("Thorrington")),
        "{:?}",
        log.rows
    );
    Ok(())
}
