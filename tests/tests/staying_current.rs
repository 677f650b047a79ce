//! Contact that nobody asked for, who is kept on the device and who leaves it, and what a load is said to take.

use chrono::Duration;
use curlew_app::{Conditions, Quiet};
use curlew_sandbox::faults::Route;
use curlew_tests::Outcome;
use curlew_tests::support::{Device, PASSPHRASE, sandbox};
use serde_json::json;

/// A nurse's device with four people on it, and one of them.
async fn loaded() -> Outcome<(curlew_sandbox::Running, Device, curlew_app::App, String)> {
    let server = sandbox(4)?;
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(server.base_url().as_str(), &[]).await?;
    let one = sheet
        .rows
        .iter()
        .find(|row| row.resources > 0)
        .ok_or("nobody was loaded")?
        .patient
        .clone();
    Ok((server, device, app, one))
}

#[tokio::test(flavor = "multi_thread")]
async fn it_brings_up_to_date_quietly_and_only_what_is_here() -> Outcome {
    let (server, device, app, one) = loaded().await?;
    // Seen, so that what comes is news.
    app.open_patient(one.clone()).await?;
    app.close_patient()?;
    server.store().put(&json!({
        "resourceType": "Observation", "id": "news", "status": "final", "subject": {"reference": format!("Patient/{one}")},
        "code": {"text": "A synthetic finding"}, "valueString": "new", "effectiveDateTime": "2026-01-05",
    }))?;
    device.clock.advance(Duration::minutes(20));
    let events = device.events().len();
    let ended = app.contact_quietly().await;
    assert!(matches!(ended, Quiet::Whole(held) if held > 0), "{ended:?}");
    let told_of_a_load = device.events()[events..]
        .iter()
        .any(|event| matches!(event, curlew_app::Event::Load(_)));
    assert!(!told_of_a_load, "quietly");
    let caseload = app.caseload().await?;
    let row = caseload
        .rows
        .iter()
        .find(|row| row.patient == one)
        .ok_or("gone")?;
    assert!(!row.changed.is_empty(), "the badge");
    assert!(
        server.requests().to(Route::AuditEvent) > 0,
        "the access log went up"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_low_battery_and_a_paid_network_leave_the_duties() -> Outcome {
    let (server, device, app, _) = loaded().await?;
    for told in [
        Conditions {
            battery: Some(9),
            metered: None,
        },
        Conditions {
            battery: None,
            metered: Some(true),
        },
    ] {
        if let Ok(mut conditions) = device.conditions.lock() {
            *conditions = told;
        }
        server.requests().reset();
        assert!(matches!(app.contact_quietly().await, Quiet::Essential(_)));
        assert_eq!(server.requests().to(Route::Everything), 0, "no records");
        assert!(
            server.requests().to(Route::Consent) > 0,
            "who may no longer be seen"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_or_a_person_it_says_so_and_changes_nothing() -> Outcome {
    let (server, _device, app, _) = loaded().await?;
    server.go_dark();
    assert_eq!(app.contact_quietly().await, Quiet::Unreachable);
    server.come_back()?;
    assert!(matches!(app.contact_quietly().await, Quiet::Whole(_)));
    app.lock().await?;
    assert_eq!(app.contact_quietly().await, Quiet::NotNow);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_unlocked_without_a_network_is_in_contact_again_once_there_is_one() -> Outcome {
    let (server, device, app, one) = loaded().await?;
    server.go_dark();
    app.lock().await?;
    device.unlock(&app, PASSPHRASE).await?;
    assert!(
        !matches!(app.contact_quietly().await, Quiet::Whole(_)),
        "nobody answers"
    );
    server.come_back()?;
    // By itself and at the press of a button, with no browser and with the refresh token spent once.
    let ended = app.contact_quietly().await;
    assert!(matches!(ended, Quiet::Whole(held) if held > 0), "{ended:?}");
    server.go_dark();
    app.lock().await?;
    device.unlock(&app, PASSPHRASE).await?;
    server.come_back()?;
    let (first, second) = tokio::join!(app.load_offline(vec![one]), app.refresh_caseload());
    first?;
    second?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_keep_and_a_pasted_list_are_remembered() -> Outcome {
    let (_server, _device, app, one) = loaded().await?;
    let kept = app.keep_offline(one.clone(), true).await?;
    let of = |view: &curlew_app::wire::CaseloadView| {
        view.rows
            .iter()
            .find(|row| row.patient == one)
            .and_then(|row| row.kept_offline)
    };
    assert_eq!(of(&kept), Some(true));
    assert_eq!(of(&app.keep_offline(one.clone(), false).await?), None);

    let bad = app
        .set_caseload_numbers("943 476 5919\n943 476 5918".to_owned())
        .await?;
    assert!(bad.numbers.is_empty());
    assert!(
        bad.problems.len() == 1 && bad.problems[0].starts_with("Line 2:"),
        "{:?}",
        bad.problems
    );
    let good = app
        .set_caseload_numbers("943 476 5919\n401 023 2137".to_owned())
        .await?;
    assert_eq!(good.numbers, ["943 476 5919", "401 023 2137"]);
    assert!(!good.used, "policy takes the caseload from groups here");
    assert_eq!(app.caseload_numbers().await?.numbers, good.numbers);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_is_estimated_from_the_last_one() -> Outcome {
    let (_server, device, app, _) = loaded().await?;
    // The test's clock stands still, so the first load took no time and taught nothing.
    assert!(
        app.load_estimate(Vec::new())
            .await?
            .text
            .contains("to bring up to date")
    );
    device.clock.advance(Duration::seconds(1));
    Ok(())
}
