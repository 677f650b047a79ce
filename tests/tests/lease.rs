//! A copy dies by itself: fresh, ageing, locked, destroyed, without a network, and whatever the clock is set to.

use chrono::Duration;
use curlew_app::view::TimelineFilter;
use curlew_app::wire::{CopyState, ErrorCode};
use curlew_app::{App, Error};
use curlew_tests::Outcome;
use curlew_tests::support::{Device, PASSPHRASE, plain_words, sandbox};

async fn state(app: &App, patient: &str) -> Outcome<CopyState> {
    let rows = app.caseload().await?.rows;
    Ok(rows
        .into_iter()
        .find(|row| row.patient == patient)
        .ok_or("not on the caseload")?
        .copy)
}

fn code<T>(outcome: Result<T, Error>) -> Outcome<ErrorCode> {
    match outcome {
        Ok(_) => Err("it was shown".into()),
        Err(error) => plain_words(&error),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_ages_is_locked_and_is_destroyed_and_no_clock_brings_it_back() -> Outcome {
    let running = sandbox(1)?;
    let base = running.base_url().to_string();
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(&base, &[]).await?;
    let patient = sheet.rows.into_iter().next().ok_or("nobody was loaded")?.patient;
    running.stop();
    assert_eq!(state(&app, &patient).await?, CopyState::Complete);

    device.clock.advance(Duration::hours(13));
    assert_eq!(state(&app, &patient).await?, CopyState::Ageing);
    app.open_patient(patient.clone()).await?;

    // The record is on the screen when its lease runs out.
    device.clock.advance(Duration::hours(60));
    let page = app.timeline(&patient, TimelineFilter::default(), 0, 10).await;
    assert_eq!(code(page)?, ErrorCode::CopyExpired);
    assert_eq!(
        code(app.open_patient(patient.clone()).await)?,
        ErrorCode::CopyExpired
    );
    assert_eq!(state(&app, &patient).await?, CopyState::Withheld);

    // Neither setting the clock back nor starting again gives it back.
    device.clock.advance(Duration::days(-30));
    assert_eq!(
        code(app.open_patient(patient.clone()).await)?,
        ErrorCode::CopyExpired
    );
    app.lock().await?;
    let app = device.start(&base)?;
    device.unlock(&app, PASSPHRASE).await?;
    assert_eq!(
        code(app.open_patient(patient.clone()).await)?,
        ErrorCode::CopyExpired
    );

    // Past the last limit the copy is destroyed at the next unlock, and that is written down.
    app.lock().await?;
    device.clock.advance(Duration::days(30 + 8));
    let app = device.start(&base)?;
    device.unlock(&app, PASSPHRASE).await?;
    assert_eq!(state(&app, &patient).await?, CopyState::NotHeld);
    assert_eq!(code(app.open_patient(patient.clone()).await)?, ErrorCode::NotHeld);
    let log = app.access_log().await?;
    assert!(log.intact);
    assert!(
        log.rows.iter().any(|row| row.action.starts_with("Erased")),
        "the erasure is in the log"
    );
    Ok(())
}
