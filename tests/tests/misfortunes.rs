//! What goes wrong on an ordinary day: each gives a plain sentence and a next step, and loses nothing.

use curlew_app::wire::{CopyState, ErrorCode, Stage};
use curlew_app::{App, Error};
use curlew_redact::SecretString;
use curlew_sandbox::faults::{Fault, Misbehaviour, Route};
use curlew_sandbox::{Options, Running, Sandbox, Source};
use curlew_sign_in::{CancellationToken, SignInConfig, SignInError};
use curlew_tests::Outcome;
use curlew_tests::login::Until;
use curlew_tests::support::{Device, PASSPHRASE, Shown, plain_words, population, sandbox, screens};
use curlew_vault::KeychainError;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

/// A few of the written stories are enough here.
const PATIENTS: usize = 4;

fn base(running: &Running) -> String {
    running.base_url().to_string()
}

/// The first patient that is held whole, and everything readable about them.
async fn first_held(app: &App) -> Outcome<(String, Shown)> {
    let rows = app.caseload().await?.rows;
    let row = rows
        .into_iter()
        .find(|row| row.copy == CopyState::Complete)
        .ok_or("nobody is held whole")?;
    let shown = screens(app, &row.patient).await?;
    Ok((row.patient, shown))
}

fn refused<T>(outcome: Result<T, Error>, code: ErrorCode) -> Outcome {
    match outcome {
        Ok(_) => Err(format!("it went well instead of failing with {code:?}").into()),
        Err(error) => {
            let found = plain_words(&error)?;
            if found == code {
                Ok(())
            } else {
                Err(format!("{found:?} instead of {code:?}: {error}").into())
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_passphrase_says_how_many_attempts_are_left_and_loses_nothing() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(&base(&running), &[]).await?;
    let (patient, before) = first_held(&app).await?;
    app.lock().await?;
    assert_eq!(app.status().stage, Stage::Locked);
    refused(app.open_patient(patient.clone()).await, ErrorCode::Locked)?;

    let attempts_at_first = app.status().stores[0].attempts_left;
    let error = device
        .unlock(&app, "not the passphrase")
        .await
        .expect_err("a wrong passphrase must not open the store");
    assert_eq!(plain_words(&error)?, ErrorCode::WrongPassphrase);
    assert!(
        error.words().2.contains(&(attempts_at_first - 1).to_string()),
        "{:?}",
        error.words()
    );
    assert_eq!(app.status().stores[0].attempts_left, attempts_at_first - 1);
    refused(app.open_patient(patient.clone()).await, ErrorCode::Locked)?;

    device.unlock(&app, PASSPHRASE).await?;
    assert_eq!(
        app.status().stores[0].attempts_left,
        attempts_at_first,
        "the right one gives the attempts back"
    );
    assert_eq!(screens(&app, &patient).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_nothing_is_kept_and_with_one_again_everything_goes_on() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let device = Device::new("nurse")?;
    let app = device.start(&base(&running))?;
    app.sign_in().await?;
    for failure in [KeychainError::Absent, KeychainError::Locked] {
        device.keychain.fail(Some(failure));
        refused(
            app.create_store(SecretString::from(PASSPHRASE)).await,
            ErrorCode::NoKeychain,
        )?;
        assert_eq!(
            app.status().stage,
            Stage::FirstRun,
            "still signed in, still without a store"
        );
    }

    device.keychain.fail(None);
    app.create_store(SecretString::from(PASSPHRASE)).await?;
    app.load_offline(Vec::new()).await?;
    let (patient, before) = first_held(&app).await?;
    app.lock().await?;

    let store = app
        .status()
        .stores
        .into_iter()
        .next()
        .ok_or("the store is not listed")?;
    device.keychain.fail(Some(KeychainError::Locked));
    for _ in 0..=store.attempts_left {
        refused(
            app.unlock(&store.id, SecretString::from(PASSPHRASE)).await,
            ErrorCode::NoKeychain,
        )?;
    }
    device.keychain.fail(None);
    assert_eq!(
        app.status().stores,
        [store],
        "a missing keychain is not a wrong passphrase"
    );
    device.unlock(&app, PASSPHRASE).await?;
    assert_eq!(screens(&app, &patient).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_at_the_first_start_can_be_tried_again() -> Outcome {
    // Held, then let go: nobody answers there, and the sandbox can have it later.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let device = Device::new("nurse")?;
    let app = device.start(&format!("http://127.0.0.1:{port}/fhir"))?;
    refused(app.sign_in().await, ErrorCode::ServerUnreachable)?;
    let status = app.status();
    assert_eq!((status.stage, status.signing_in), (Stage::SignedOut, false));
    assert_eq!(
        device.browser.pages(),
        0,
        "no browser is opened for a server that is not there"
    );

    let _running = Sandbox::start(Options {
        port,
        source: population(PATIENTS),
        ..Options::default()
    })?;
    assert_eq!(app.sign_in().await?.stage, Stage::FirstRun);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_closed_half_way_can_be_cancelled_and_tried_again() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let device = Device::new("nurse")?;
    let app = device.start(&base(&running))?;
    device.browser.go(Until::ThePageIsSeen);
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { app.sign_in().await }
    });
    device.browser.page_after(0).await?;
    assert!(app.status().signing_in, "it waits for the browser");
    refused(app.sign_in().await, ErrorCode::Busy)?;

    app.cancel_sign_in();
    refused(waiting.await?, ErrorCode::SignInAbandoned)?;
    let status = app.status();
    assert_eq!((status.stage, status.signing_in), (Stage::SignedOut, false));

    device.browser.go(Until::TheEnd);
    assert_eq!(app.sign_in().await?.stage, Stage::FirstRun);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_said_and_another_is_taken_where_one_may_be() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = taken.local_addr()?.port();

    // A provider that insists on one redirect port: the person is told, and the browser is not opened.
    let device = Device::new("nurse")?;
    let mut config = SignInConfig::new(running.base_url(), "curlew");
    config.redirect_port = port;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let outcome =
        curlew_sign_in::sign_in(&config, &http, device.browser.as_ref(), CancellationToken::new()).await;
    let error = outcome.err().ok_or("a port in use was taken all the same")?;
    assert_eq!(error, SignInError::PortUnavailable);
    assert_eq!(plain_words(&Error::from(error))?, ErrorCode::PortUnavailable);
    assert_eq!(device.browser.pages(), 0);

    // The sandbox on a port in use says which.
    let second = Sandbox::start(Options {
        port: running.port(),
        source: Source::Empty,
        ..Options::default()
    });
    let said = second.err().ok_or("two servers share a port")?.to_string();
    assert!(said.contains(&running.port().to_string()), "{said}");

    // As usual, any port will do.
    let app = device.start(&base(&running))?;
    assert_eq!(app.sign_in().await?.stage, Stage::FirstRun);
    drop(taken);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_and_an_ended_session_asks_for_a_sign_in() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(&base(&running), &[]).await?;
    let (patient, before) = first_held(&app).await?;

    // The server stops accepting the token in the middle of a load: it is renewed and nothing is seen of it.
    running
        .faults()
        .add(Fault::on(Route::Everything, Misbehaviour::status(401)).times(1));
    let pages = device.browser.pages();
    let sheet = app.load_offline(vec![patient.clone()]).await?;
    assert!(sheet.all_complete, "{}", sheet.summary);
    assert_eq!(running.faults().carried_out(), 1);
    assert_eq!(device.browser.pages(), pages, "no browser for a renewal");

    // The provider forgets everybody: fresh data needs a sign-in, what is here does not.
    let port = running.port();
    running.stop();
    let running = Sandbox::start(Options {
        port,
        source: population(PATIENTS),
        ..Options::default()
    })?;
    refused(app.load_offline(Vec::new()).await, ErrorCode::SessionEnded)?;
    assert_eq!(screens(&app, &patient).await?.resources, before.resources);
    app.sign_in().await?;
    assert!(app.load_offline(vec![patient]).await?.all_complete);
    drop(running);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_bundle_is_named_and_the_copy_from_before_stays() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(&base(&running), &[]).await?;
    let (patient, before) = first_held(&app).await?;
    for wrong in [
        Misbehaviour::TruncatedJson,
        Misbehaviour::MalformedJson,
        Misbehaviour::CutMidBody,
    ] {
        running.faults().add(Fault::on(Route::Everything, wrong.clone()));
        device.clock.advance(chrono::Duration::minutes(1));
        let sheet = app.load_offline(vec![patient.clone()]).await?;
        assert!(running.faults().carried_out() > 0, "{wrong:?} was not done");
        let [row] = sheet.rows.as_slice() else {
            return Err("one patient, one row".into());
        };
        assert!(
            !row.text.starts_with("Complete"),
            "{wrong:?} reads as complete: {}",
            row.text
        );
        assert!(
            row.text.ends_with('.') || row.text.contains("Load again"),
            "{wrong:?} has no next step: {}",
            row.text
        );
        running.faults().clear();
        assert_eq!(
            screens(&app, &patient).await?.resources,
            before.resources,
            "{wrong:?} lost something"
        );
    }
    assert!(
        app.load_offline(vec![patient.clone()]).await?.all_complete,
        "and it heals"
    );
    assert_eq!(screens(&app, &patient).await?.resources, before.resources);
    Ok(())
}

/// Tokens that die at once must not make the app ask again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_accepts_a_token_is_not_asked_for_ever() -> Outcome {
    let running = sandbox(PATIENTS)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(&base(&running), &[]).await?;
    running
        .faults()
        .add(Fault::on(Route::Fhir, Misbehaviour::status(401)));
    running.requests().reset();
    let load = tokio::time::timeout(Duration::from_secs(60), app.load_offline(Vec::new())).await?;
    refused(load, ErrorCode::SessionEnded)?;
    assert!(
        running.requests().total() < 50,
        "{} requests",
        running.requests().total()
    );
    Ok(())
}
