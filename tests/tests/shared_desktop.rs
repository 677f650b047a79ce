//! A desktop that many share: nothing at all on its disk or in its keychain, and nothing left of anybody after locking.

use curlew_app::wire::{CopyState, ErrorCode, Stage};
use curlew_app::{App, Error};
use curlew_redact::SecretString;
use curlew_tests::Outcome;
use curlew_tests::support::{Device, plain_words, sandbox, screens};
use std::path::Path;

fn everything_below(folder: &Path) -> Outcome<Vec<String>> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            found.push(path.to_string_lossy().into_owned());
            if path.is_dir() {
                waiting.push(path);
            }
        }
    }
    Ok(found)
}

fn start(device: &Device, record_api: &str) -> Outcome<App> {
    device.start_under(record_api, |policy| policy.shared_desktop = true)
}

fn code<T>(outcome: Result<T, Error>) -> Outcome<ErrorCode> {
    match outcome {
        Ok(_) => Err("it went well".into()),
        Err(error) => plain_words(&error),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_on_a_shared_desktop_leaves_nothing_behind() -> Outcome {
    let running = sandbox(3)?;
    let base = running.base_url().to_string();
    let device = Device::new("nurse")?;
    let before = everything_below(device.places.root())?;
    // A keychain that may not be touched.
    let app = start(&device, &base)?;
    assert!(app.status().shared_desktop);
    assert_eq!(app.status().stage, Stage::SignedOut);

    let status = app.sign_in().await?;
    assert_eq!(status.stage, Stage::Open, "no passphrase: straight in");
    assert!(status.stores.is_empty());
    let sheet = app.load_offline(Vec::new()).await?;
    let patient = sheet
        .rows
        .iter()
        .find(|row| row.copy == CopyState::Complete)
        .ok_or("nobody is held")?
        .patient
        .clone();
    let shown = screens(&app, &patient).await?;
    assert!(shown.resources.len() > 10);
    assert_eq!(
        code(
            app.change_passphrase(SecretString::from("a"), SecretString::from("b"))
                .await
        )?,
        ErrorCode::BadRequest
    );
    assert_eq!(
        everything_below(device.places.root())?,
        before,
        "nothing on the disk"
    );
    assert!(device.keychain.accounts().is_empty(), "nothing in the keychain");

    let asked = running.store().ids("AuditEvent").len();
    app.lock().await?;
    let status = app.status();
    assert_eq!((status.stage, status.user), (Stage::SignedOut, None));
    assert_eq!(code(app.open_patient(patient.clone()).await)?, ErrorCode::Locked);
    assert_eq!(everything_below(device.places.root())?, before);
    // The log was sent while everything else was already gone.
    let mut sent = running.store().ids("AuditEvent").len();
    while sent <= asked {
        tokio::task::yield_now().await;
        sent = running.store().ids("AuditEvent").len();
    }

    // Whoever comes next signs in, and finds nothing of the last one's.
    let pages = device.browser.pages();
    app.sign_in().await?;
    assert_eq!(device.browser.pages(), pages + 1);
    assert!(
        app.caseload()
            .await?
            .rows
            .iter()
            .all(|row| row.copy != CopyState::Complete),
        "copies are gone"
    );
    drop(app);
    let app = start(&device, &base)?;
    assert_eq!(app.status().stage, Stage::SignedOut, "nor after a restart");
    Ok(())
}
