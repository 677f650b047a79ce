//! Finding somebody when more than one person answers: each match says what tells it from the others, and nothing more.

use curlew_app::App;
use curlew_app::wire::{CaseloadRow, FindQuery};
use curlew_sandbox::Running;
use curlew_tests::Outcome;
use curlew_tests::support::{Device, sandbox};
use serde_json::json;

/// Gives people one name and date of birth, and each an address and a practice of their own.
fn namesakes(running: &Running, patients: &[(&str, &str)]) -> Outcome {
    let store = running.store();
    for (patient, street) in patients {
        let mut person = store.get_json("Patient", patient).ok_or("a patient is gone")?;
        person["name"] = json!([{"use": "official", "family": "Sedgemoor", "given": ["Ivy"]}]);
        person["birthDate"] = json!("1948-05-03");
        person["address"] =
            json!([{"use": "home", "line": [street], "city": "Southmarsh", "postalCode": "ZZ99 3WZ"}]);
        person["generalPractitioner"] = json!([{"display": format!("Practice near {street}")}]);
        store.put(&person)?;
    }
    Ok(())
}

async fn find(app: &App, text: &str) -> Outcome<Vec<CaseloadRow>> {
    let query = FindQuery {
        text: text.to_owned(),
        born: None,
    };
    Ok(app.find_patients(query).await?.rows)
}

fn told(row: &CaseloadRow) -> Vec<(&str, &str)> {
    row.tells_apart
        .iter()
        .map(|fact| (fact.label.as_str(), fact.text.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_one_name_are_told_apart_by_where_they_live_and_their_practice() -> Outcome {
    let running = sandbox(6)?;
    // The last of them is restricted: where she lives is what is protected.
    let people = [
        ("ashdown-walter", "1 Reed Lane"),
        ("fieldfare-ronald", "2 Sluice Road"),
        ("redshank-corinne", "3 Hidden Close"),
    ];
    namesakes(&running, &people)?;
    let device = Device::new("nurse")?;
    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;

    let rows = find(&app, "sedgemoor").await?;
    assert_eq!(rows.len(), 3, "{rows:?}");
    let of = |patient: &str| rows.iter().find(|row| row.patient == patient).ok_or("not found");
    for (patient, street) in &people[..2] {
        let row = of(patient)?;
        let practice = format!("Practice near {street}");
        let lives = format!("{street}, Southmarsh, ZZ99 3WZ");
        assert_eq!(
            told(row),
            [("Address", lives.as_str()), ("GP practice", practice.as_str())]
        );
    }
    let restricted = of("redshank-corinne")?;
    assert!(
        restricted.restricted && restricted.tells_apart.is_empty(),
        "{restricted:?}"
    );

    // One person needs no telling apart, and a caseload is read over shoulders.
    let number = of("ashdown-walter")?.nhs_number.clone();
    let only = find(&app, &number).await?;
    assert_eq!(only.len(), 1);
    assert!(only.iter().all(|row| row.tells_apart.is_empty()));
    let list = app.caseload().await?;
    assert!(list.rows.iter().all(|row| row.tells_apart.is_empty()));
    Ok(())
}
