//! Search as you type: in a record of 50,000 resources, beside plain SQLite's FTS5 over the same words; and for a person by
//! name in the caseload.

use crate::figures::{Limit, Report, Sample};
use crate::plain::{self, Plain, named};
use crate::records::Record;
use crate::store::Store;
use clap::Args;
use curlew_app::wire::FindQuery;
use curlew_record::view::TimelineFilter;
use curlew_record::{Arrival, Held, project};
use curlew_redact::SecretString;
use curlew_tests::Outcome;
use curlew_tests::support::{Device, PASSPHRASE, sandbox};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Figures as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// Resources in the record.
    #[arg(long, default_value_t = 50_000)]
    resources: usize,
    /// How often everything is typed.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// People on the caseloads that are searched by name.
    #[arg(long, value_delimiter = ',', default_values_t = [60, 1_000])]
    caseloads: Vec<usize>,
}

/// What is typed, one letter after the other: common words, rare ones, several, and none that is there.
const TYPED: &[&str] = &[
    "haemoglobin",
    "paracetamol 500",
    "serum sodium",
    "upper respiratory",
    "surgery consultation",
    "oxygen sat",
    "practice nurse",
    "medication review 2019",
    "zebra",
];
/// Lines the screen asks for at a time.
const WINDOW: u32 = 50;
/// The aim: the 99th percentile of a keystroke, in milliseconds.
const AIM: f64 = 15.0;

pub(crate) fn run(options: &Options) -> Outcome {
    let report = Report::begin("search", options.json);
    in_a_record(&report, options)?;
    for &people in &options.caseloads {
        by_name(&report, people, options.rounds)?;
    }
    Ok(())
}

/// Everything that has been typed after each keystroke.
fn prefixes() -> impl Iterator<Item = &'static str> {
    TYPED.iter().flat_map(|text| {
        (1..=text.len()).filter_map(|end| text.get(..end).filter(|prefix| !prefix.ends_with(' ')))
    })
}

fn in_a_record(report: &Report, options: &Options) -> Outcome {
    let record = Record::made_up("searched", 1, options.resources);
    let store = Store::new()?;
    store.cache(&record)?;
    let folder = tempfile::tempdir()?;
    let plain = Plain::insert(folder.path(), "plain", &named(&record)?)?;
    {
        let held = record.resources.iter().map(|raw| Held {
            raw,
            version_received: chrono::DateTime::UNIX_EPOCH,
        });
        let projection = project(&record.patient, held, &Arrival::default());
        let lines: Vec<(String, String)> = projection
            .timeline
            .iter()
            .map(|row| Ok((serde_json::to_string(&row.line)?, row.search_text.clone())))
            .collect::<Outcome<_>>()?;
        plain.index(&lines)?;
    }
    let [mut first, mut lines, mut counts, mut keystroke, mut theirs] = [const { Sample::new() }; 5];
    let reference = plain.open()?;
    for _ in 0..options.rounds {
        // A record that has just been opened: what the first keystroke pays for all is counted.
        let open = store.open(&record.patient)?;
        for (number, prefix) in prefixes().enumerate() {
            let filter = TimelineFilter {
                text: prefix.to_owned(),
                ..TimelineFilter::default()
            };
            let begun = std::time::Instant::now();
            let page = lines.time(|| open.timeline(&filter, 0, WINDOW))?;
            let index = counts.time(|| open.timeline_index(&filter))?;
            let took = begun.elapsed();
            keystroke.add_time(took);
            if number == 0 {
                first.add_time(took);
            }
            if page.lines.len() != (index.total as usize).min(WINDOW as usize) {
                return Err("the lines and their count disagree".into());
            }
            if let [word] = prefix.split(' ').collect::<Vec<_>>()[..] {
                theirs.time(|| plain::search(&reference, word, WINDOW))?;
            }
        }
    }
    report.say(&format!(
        "{} made-up resources, {} keystrokes: the first {WINDOW} lines, and every count beside the filters",
        record.resources.len(),
        prefixes().count()
    ));
    report.times("Curlew, a keystroke: lines and counts", &keystroke);
    report.times("of that, the first keystroke after opening", &first);
    report.times("of that, the lines", &lines);
    report.times("of that, the counts", &counts);
    report.times(
        "plain SQLite, FTS5 with its usual settings: the lines alone",
        &theirs,
    );
    report.ratio("lines beside plain SQLite's", lines.median(), theirs.median());
    report.held_to(
        "a keystroke, 99th percentile",
        keystroke.percentile(99.0),
        Limit::AtMost(AIM),
        "ms",
    );
    Ok(())
}

/// Looks for people by the first letters of their names, on a device that is offline.
fn by_name(report: &Report, people: usize, rounds: u32) -> Outcome {
    let run_time = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let names = run_time.block_on(async {
        let device = Device::new("nurse")?;
        let running = sandbox(people)?;
        let address = running.base_url().to_string();
        let policy = |settings: &mut curlew_app::Settings| settings.caseload_cap = people.max(60);
        let names: Vec<String> = {
            let app = device.start_under(&address, policy)?;
            app.sign_in().await?;
            app.create_store(SecretString::from(PASSPHRASE)).await?;
            let view = app.refresh_caseload().await?;
            view.rows.into_iter().map(|row| row.name).collect()
        };
        running.stop();
        let app = device.start_under(&address, policy)?;
        device.unlock(&app, PASSPHRASE).await?;
        let mut found = Sample::new();
        for _ in 0..rounds {
            for name in names.iter().step_by((names.len() / 10).max(1)) {
                let family = name.split(',').next().unwrap_or(name);
                for end in (1..=family.len()).filter(|end| family.is_char_boundary(*end)) {
                    let query = FindQuery {
                        text: family[..end].to_owned(),
                        born: None,
                    };
                    let begun = std::time::Instant::now();
                    app.find_patients(query).await?;
                    found.add_time(begun.elapsed());
                }
            }
        }
        Outcome::Ok((names.len(), found))
    })?;
    let (listed, found) = names;
    report.say(&format!(
        "By name in a caseload of {listed}, offline, the look written down each time:"
    ));
    report.times("Curlew, a keystroke", &found);
    report.held_to(
        "a keystroke, 99th percentile",
        found.percentile(99.0),
        Limit::AtMost(AIM),
        "ms",
    );
    Ok(())
}
