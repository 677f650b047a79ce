//! Launched in context, without a window: what another program asks for waits for the person it is for, opens whom it names
//! and nobody else, and what is hostile is refused without a trace of what it held.

use curlew_app::App;
use curlew_app::wire::{ErrorCode, Stage};
use curlew_redact::SecretString;
use curlew_sandbox::Running;
use curlew_tests::Outcome;
use curlew_tests::support::{Device, PASSPHRASE, plain_words, sandbox};

/// A patient of the sandbox: id and NHS number.
fn somebody(running: &Running, place: usize) -> Outcome<(String, String)> {
    let store = running.store();
    let patient = store
        .ids("Patient")
        .into_iter()
        .nth(place)
        .ok_or("too few patients")?;
    let resource = store.get_json("Patient", &patient).ok_or("a patient is gone")?;
    let number = resource["identifier"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["value"].as_str())
        .find(|value| value.len() == 10)
        .ok_or("a patient has no NHS number")?
        .to_owned();
    Ok((patient, number))
}

async fn unlock(app: &App) -> Outcome {
    let store = app.status().stores.first().ok_or("no store")?.id.clone();
    app.unlock(&store, SecretString::from(PASSPHRASE)).await?;
    Ok(())
}

fn is_ready(app: &App) -> bool {
    app.status().launch.is_some_and(|launch| launch.ready)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_waits_behind_the_lock_and_opens_the_newest_patient() -> Outcome {
    let running = sandbox(4)?;
    let base = running.base_url().to_string();
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(&base, &[]).await?;
    let (_, first) = somebody(&running, 0)?;
    let (second, second_number) = somebody(&running, 1)?;

    // While it is open: ready at once, and taken once.
    app.open_link(&format!("curlew://patient?nhs={second_number}"));
    assert!(is_ready(&app));
    assert_eq!(app.take_launch().await?.patient, second);
    let again = app.take_launch().await.err().ok_or("taken twice")?;
    assert_eq!(plain_words(&again)?, ErrorCode::BadRequest);

    // What was asked for while one person was here is not for the next.
    app.open_link(&format!("curlew://patient?nhs={first}"));
    app.lock().await?;
    assert_eq!(app.status().launch, None);

    // Behind the lock it says nothing of whom, waits, and the newest wins.
    app.open_link(&format!("curlew://patient?nhs={first}"));
    app.open_number(&second_number);
    let waiting = app.status().launch.ok_or("nothing waits")?;
    assert!(!waiting.ready && !waiting.refused);
    let said = serde_json::to_string(&waiting)?;
    assert!(!said.contains(&second_number) && !said.contains(&first), "{said}");
    let locked = app.take_launch().await.err().ok_or("taken behind a lock")?;
    assert_eq!(plain_words(&locked)?, ErrorCode::Locked);
    unlock(&app).await?;
    assert!(is_ready(&app));
    let launched = app.take_launch().await?;
    assert_eq!(launched.patient, second);
    assert_eq!(app.open_patient(launched.patient).await?.patient, second);

    // Whoever unlocks after lunch does not meet the patient of the morning.
    app.lock().await?;
    app.open_number(&second_number);
    device.clock.advance(chrono::Duration::minutes(16));
    assert_eq!(app.status().launch, None, "too long ago");
    unlock(&app).await?;
    assert_eq!(app.status().launch, None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_not_on_this_device_is_looked_for_once_the_record_answers() -> Outcome {
    let running = sandbox(4)?;
    let base = running.base_url().to_string();
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(&base, &[]).await?;
    let (patient, number) = somebody(&running, 0)?;
    let _ = sheet;
    drop(app);

    // A store that holds nobody, with no network.
    let other = Device::new("doctor")?;
    let app = other.start(&base)?;
    app.sign_in().await?;
    app.create_store(SecretString::from(PASSPHRASE)).await?;
    app.lock().await?;
    running.go_dark();
    drop(app);
    let app = other.start(&base)?;
    app.open_number(&number);
    unlock(&app).await?;
    match app.take_launch().await {
        // The doctor's list may name them although their record is not here.
        Ok(launched) => assert_eq!(launched.patient, patient),
        Err(error) => {
            assert_eq!(plain_words(&error)?, ErrorCode::LaunchNotFound);
            let waiting = app.status().launch.ok_or("it was forgotten")?;
            assert!(!waiting.ready, "nobody is signed in");
            running.come_back()?;
            app.sign_in().await?;
            assert!(is_ready(&app));
            assert_eq!(app.take_launch().await?.patient, patient);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smart_launch_opens_the_patient_the_sign_in_names_for_that_person_only() -> Outcome {
    let running = sandbox(4)?;
    let base = running.base_url().to_string();
    let device = Device::new("doctor")?;
    let (first, _) = somebody(&running, 0)?;
    let (second, _) = somebody(&running, 2)?;
    let app = device.start_under(&base, |policy| policy.shared_desktop = true)?;

    // Signed out: the sign-in that follows is for the launch.
    app.open_link(running.launch_link("curlew", &first)?.as_str());
    assert_eq!(app.status().stage, Stage::SignedOut);
    let status = app.sign_in().await?;
    assert_eq!(status.stage, Stage::Open);
    assert!(is_ready(&app));
    assert_eq!(app.take_launch().await?.patient, first);
    assert!(app.open_patient(first).await.is_ok());

    // Open already: the browser is asked again, for the same person.
    let pages = device.browser.pages();
    app.open_link(running.launch_link("curlew", &second)?.as_str());
    assert_eq!(app.take_launch().await?.patient, second);
    assert_eq!(device.browser.pages(), pages + 1);

    // A handle is good once, and one that is refused does not stand in the way of the next sign-in.
    let link = running.launch_link("curlew", &second)?;
    app.open_link(link.as_str());
    app.take_launch().await?;
    app.open_link(link.as_str());
    let used = app.take_launch().await.err().ok_or("a used handle was taken")?;
    assert_eq!(plain_words(&used)?, ErrorCode::SignInRefused);
    assert_eq!(app.status().launch, None);
    app.sign_in().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_links_open_nobody_and_leave_no_trace() -> Outcome {
    let running = sandbox(2)?;
    let base = running.base_url().to_string();
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(&base, &[]).await?;
    let (_, number) = somebody(&running, 0)?;
    let entries = app.access_log().await?.rows.len();
    for link in [
        format!("curlew://patient?nhs={number}&nhs={number}"),
        format!("curlew://patient?nhs={number}&print=1"),
        format!("curlew://patient/../patient?nhs={number}"),
        format!("curlew://launch?iss=https://record.example/fhir&launch={number}"),
        format!("https://record.example/?nhs={number}"),
        "curlew://patient?nhs=1234567890".to_owned(),
        format!("curlew://patient?nhs={number}{}", "0".repeat(5_000)),
    ] {
        app.open_link(&link);
        let refused = app.status().launch.ok_or("a refusal is not said")?;
        assert!(refused.refused && !refused.ready, "{link}");
        let said = serde_json::to_string(&refused)?;
        assert!(!said.contains(&number) && !said.contains("1234567890"), "{said}");
        let error = app.take_launch().await.err().ok_or("it was opened")?;
        assert_eq!(plain_words(&error)?, ErrorCode::LaunchRefused);
    }
    app.open_number("1234567890");
    assert!(app.dismiss_launch().launch.is_none());
    let log = app.access_log().await?;
    let opened = log.rows.len() - entries;
    // Reading the log is itself in the log.
    assert!(opened <= 2, "{opened} entries for links that opened nothing");
    Ok(())
}
