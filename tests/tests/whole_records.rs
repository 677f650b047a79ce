//! Records that were not written for Curlew: what is shown and what is named as not shown is all that was served.

use curlew_sandbox::{Options, Sandbox, ServedConsent, Source};
use curlew_tests::Outcome;
use curlew_tests::support::{Device, records, sandbox, screens, served, skip};

/// How many of the hundred are cached and opened.
const OPENED: usize = 10;

async fn nothing_is_lost(running: &curlew_sandbox::Running, user: &str, patients: &[String]) -> Outcome {
    let served = served(&running.base_url(), user, patients).await?;
    let device = Device::new(user)?;
    let (app, sheet) = device
        .start_and_load(running.base_url().as_str(), patients)
        .await?;
    assert!(sheet.all_complete, "{}: {:?}", sheet.summary, sheet.rows);

    let mut wrong = Vec::new();
    for (patient, served) in &served {
        let shown = screens(&app, patient).await?;
        let (received, counted_as_shown, named) = shown.counts;
        println!(
            "{patient}: {} served, {received} received, {counted_as_shown} shown, {named} named",
            served.count()
        );
        if usize::try_from(received)? != served.count() || received != counted_as_shown + named {
            wrong.push(format!(
                "{patient}: {} served, {received} received, {counted_as_shown} shown, {named} named",
                served.count()
            ));
        }
        // What the counts say must be on the screens: the banner shows the patient, the rest is behind lines.
        let mut on_screens = shown.resources;
        on_screens.insert(format!("Patient/{patient}"));
        let invented: Vec<_> = on_screens.difference(&served.resources).collect();
        if !invented.is_empty() {
            wrong.push(format!(
                "{patient}: on the screens, but never served: {invented:?}"
            ));
        }
        if on_screens.len() < usize::try_from(counted_as_shown)? {
            wrong.push(format!(
                "{patient}: {counted_as_shown} counted as shown, {} found on the screens",
                on_screens.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_foreign_records_all_are_served_and_ten_are_shown_whole() -> Outcome {
    let Some(dir) = records("synthea")? else {
        return skip(
            "of_a_hundred_foreign_records_all_are_served_and_ten_are_shown_whole",
            "the folder ../shared/data is absent, so no foreign records were tried (CURLEW_RECORDS may name it)",
        );
    };
    let source = Source::Folder {
        dir,
        consent: ServedConsent::All,
    };
    let running = Sandbox::start(Options {
        source,
        ..Options::default()
    })?;
    let patients = running.store().ids("Patient");
    assert_eq!(patients.len(), 100, "all load");
    // Spread over the alphabet rather than the first ten, which share a file's neighbourhood.
    let ten: Vec<String> = patients.into_iter().step_by(100 / OPENED).take(OPENED).collect();
    nothing_is_lost(&running, "nurse", &ten).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_written_stories_nothing_is_lost_either() -> Outcome {
    let running = sandbox(12)?;
    // Only those the server and the consents let the nurse keep.
    let device = Device::new("nurse")?;
    let (app, sheet) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    drop(app);
    let kept: Vec<String> = sheet
        .rows
        .iter()
        .filter(|row| row.copy == curlew_app::wire::CopyState::Complete)
        .map(|row| row.patient.clone())
        .collect();
    assert!(kept.len() >= 6, "{}: {:?}", sheet.summary, sheet.rows);
    nothing_is_lost(&running, "nurse", &kept).await
}
