//! Promise 1 for the log: a full tour of a marked patient at trace level, and not one fact of theirs in any log file or in the
//! support bundle, whoever wrote the line.
//!
//! Beside Curlew's own collector a second one listens without its walls, to every crate at every level. It must find the
//! patient, or there was nothing to keep out.

use curlew_app::logs;
use curlew_app::policy::LogLevel;
use curlew_app::view::TimelineFilter;
use curlew_app::wire::{FindQuery, ListPage, PatientPage, PrintStage};
use curlew_redact::SecretString;
use curlew_tests::Outcome;
use curlew_tests::hunt::Hunt;
use curlew_tests::support::{Device, PASSPHRASE, marked, sandbox, screens};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Registry, fmt};

/// Everything that any crate says, unfiltered.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<Vec<u8>>>);

impl Write for Everything {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if let Ok(mut all) = self.0.lock() {
            all.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Everything {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_tour_at_trace_level_leaves_no_patient_in_any_log_or_support_bundle() -> Outcome {
    let device = Device::new("nurse")?;
    // Where the program keeps its log, so that the bundle has it too.
    let folder = device.places.store().join("logs");
    let everything = Everything::default();
    // `init` also brings in what libraries say through the `log` crate, which a shipped program does not even hear.
    Registry::default()
        .with(logs::layer(LogLevel::Trace, Some(&folder)))
        .with(fmt::layer().with_ansi(false).with_writer(everything.clone()))
        .init();

    let running = sandbox(3)?;
    let store = running.store();
    let patient = store.ids("Patient").into_iter().next().ok_or("nobody is there")?;
    marked::mark(store, &patient)?;
    let hunt = Hunt::new(
        marked::words()
            .into_iter()
            .chain([PASSPHRASE.to_owned(), patient.clone()]),
    );

    let (app, _) = device.start_and_load(running.base_url().as_str(), &[]).await?;
    tour(&app, &patient).await?;
    // What goes wrong is logged too: no network in the middle, a wrong passphrase, somebody who is not there.
    running.go_dark();
    drop(app.refresh_caseload().await);
    drop(app.open_patient("nobody-of-this-name".to_owned()).await);
    drop(app.lock().await?);
    assert!(device.unlock(&app, "not the passphrase").await.is_err());
    device.unlock(&app, PASSPHRASE).await?;
    tour(&app, &patient).await?;
    running.come_back()?;
    drop(app.refresh_caseload().await);
    // And whatever a slip of ours or of a library would write.
    tracing::trace!(target: "hyper_util::client", "GET /fhir/Patient/{patient}/$everything {}", marked::NHS_NUMBER);
    tracing::error!(target: "curlew_api::http", "https://record.example/fhir/Patient/{patient} failed");
    tracing::error!(target: "curlew_sync", "Patient/{patient} with {}", marked::NHS_NUMBER);

    let bundle = app.support_bundle(None, false).await?;
    drop(app.sign_out().await);

    let heard = everything.0.lock().map_err(|_| "nothing heard")?.clone();
    let mut leaked = BTreeSet::new();
    hunt.look(&heard, Path::new("everything"), &mut leaked);
    let said = String::from_utf8_lossy(&heard);
    let strangers = said.lines().filter(|line| !line.contains(" curlew")).count();
    println!(
        "{} lines heard in all, {strangers} of other crates",
        said.lines().count()
    );
    assert!(strangers > 100, "the other crates were not heard");
    assert!(
        !leaked.is_empty(),
        "without its walls the log must hold the patient"
    );

    let searched = hunt.search(&folder)?;
    let kept: usize = logs::log_files(&folder)
        .iter()
        .map(|file| std::fs::read_to_string(file).map(|text| text.lines().count()))
        .sum::<Result<usize, _>>()?;
    println!("{kept} lines kept; without the walls {} finds", leaked.len());
    assert!(kept > 5, "hardly anything was logged");
    assert_eq!(searched.found, BTreeSet::new(), "a patient is in the log");

    let mut in_bundle = BTreeSet::new();
    for part in &bundle.parts {
        hunt.look(part.text.as_bytes(), Path::new(&part.name), &mut in_bundle);
    }
    assert_eq!(in_bundle, BTreeSet::new(), "a patient is in the support bundle");
    let names: Vec<&str> = bundle.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names.first(), Some(&"README.txt"));
    for part in ["doctor.json", "policy.txt", "logs/curlew.log"] {
        assert!(names.contains(&part), "{part} is not in {names:?}");
    }
    Ok(())
}

/// What other programs ask for, well formed and not.
async fn launches(app: &curlew_app::App, patient: &str) {
    app.open_link(&format!("curlew://patient?nhs={}", marked::NHS_NUMBER));
    drop(app.take_launch().await);
    app.open_link(&format!(
        "curlew://patient?nhs={}&name={}",
        marked::NHS_NUMBER,
        marked::word("family")
    ));
    app.open_number(&format!("{}x", marked::NHS_NUMBER));
    app.open_link(&format!(
        "curlew://launch?iss=https://record.example/Patient/{patient}&launch={}",
        marked::word("given")
    ));
    drop(app.take_launch().await);
    app.dismiss_launch();
}

const FEW: usize = 8;

/// The past, sources and documents: a few of each, for the way is the same for all.
async fn depths(app: &curlew_app::App, patient: &str) -> Outcome {
    let page = app.timeline(patient, TimelineFilter::default(), 0, 200).await?;
    for line in page.lines.into_iter().take(FEW) {
        let view = app.source(patient, line.id.clone()).await?;
        for source in view.line.sources {
            drop(app.document(patient, line.id.clone(), source.resource, 0).await);
        }
    }
    drop(app.source(patient, marked::word("problem")).await);
    for moment in app.moments(patient).await?.moments.into_iter().take(FEW) {
        app.open_as_at(patient, moment.at).await?;
        app.close_as_at(patient).await?;
    }
    for entry in app.access_log().await?.rows.into_iter().take(FEW) {
        drop(app.what_was_shown(entry.seq).await);
    }
    Ok(())
}

/// Every screen, every search, every page.
async fn tour(app: &curlew_app::App, patient: &str) -> Outcome {
    app.caseload().await?;
    for text in [marked::word("family"), marked::NHS_NUMBER.to_owned()] {
        app.find_patients(FindQuery { text, born: None }).await?;
    }
    screens(app, patient).await?;
    launches(app, patient).await;
    app.open_patient(patient.to_owned()).await?;
    depths(app, patient).await?;
    for page in [PatientPage::Summary, PatientPage::Medicines] {
        app.print_patient(patient, page, PrintStage::Preview).await?;
    }
    app.print_list(ListPage::Handover, PrintStage::Preview).await?;
    app.access_log().await?;
    drop(
        app.break_glass(patient.to_owned(), "other", "needed at once for the test")
            .await,
    );
    app.close_patient()?;
    drop(app.keep_offline(patient.to_owned(), true).await);
    drop(
        app.set_caseload_numbers(format!("{} {}", marked::NHS_NUMBER, marked::word("family")))
            .await,
    );
    drop(app.load_estimate(vec![patient.to_owned()]).await);
    let _ = app.contact_quietly().await;
    drop(
        app.change_passphrase(
            SecretString::from("a wrong one altogether"),
            SecretString::from("another long passphrase"),
        )
        .await,
    );
    Ok(())
}
