//! How speed, memory and disk change with the size of a record and with the number of records, as figures and as a picture.

use crate::chart::{Panel, Series, draw};
use crate::figures::{Report, Sample};
use crate::records::Record;
use crate::store::{Store, evict};
use clap::Args;
use curlew_record::view::TimelineFilter;
use curlew_tests::Outcome;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Figures as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// Where the picture goes; none is drawn without it.
    #[arg(long)]
    picture: Option<PathBuf>,
    /// Resources in the one record of a store.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000, 50_000])]
    resources: Vec<usize>,
    /// Records in a store.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1_000])]
    patients: Vec<usize>,
    /// Resources of each record where their number grows.
    #[arg(long, default_value_t = 200)]
    each: usize,
}

#[derive(Debug, Args)]
pub(crate) struct PointOptions {
    #[arg(long)]
    patients: usize,
    #[arg(long)]
    resources: usize,
}

/// What one store came to. Times in milliseconds.
#[derive(Debug, Clone)]
struct Point {
    open_p50: f64,
    open_p99: f64,
    search_p99: f64,
    today: f64,
    resources_a_second: f64,
    disk: f64,
    memory_mib: f64,
}

impl Point {
    /// From what the child told.
    fn told(told: &Value) -> Outcome<Self> {
        let number = |place: usize| told[place].as_f64().ok_or("the child did not say");
        Ok(Self {
            open_p50: number(0)?,
            open_p99: number(1)?,
            search_p99: number(2)?,
            today: number(3)?,
            resources_a_second: number(4)?,
            disk: number(5)?,
            memory_mib: number(6)?,
        })
    }
}

/// How often a store is opened and searched.
const ROUNDS: usize = 100;

pub(crate) fn run(options: &Options) -> Outcome {
    let report = Report::begin("scale", options.json);
    let measure = |patients: usize, resources: usize| -> Outcome<Point> {
        let child = Command::new(std::env::current_exe()?)
            .args([
                "scale-point",
                "--patients",
                &patients.to_string(),
                "--resources",
                &resources.to_string(),
            ])
            .output()?;
        if !child.status.success() {
            return Err(String::from_utf8_lossy(&child.stderr).into_owned().into());
        }
        let point = Point::told(&serde_json::from_slice(&child.stdout)?)?;
        report.say(&format!(
            "{patients:>5} records of {resources:>6}: open p50 {:.2} p99 {:.2} ms, search p99 {:.2} ms, Today {:.2} ms, cached \
             {:.0} resources/s, disk {:.3}x, most memory {:.0} MiB",
            point.open_p50,
            point.open_p99,
            point.search_p99,
            point.today,
            point.resources_a_second,
            point.disk,
            point.memory_mib
        ));
        Ok(point)
    };
    report.say("Each line is a store and a process of its own; page cache dropped before each opening.");
    let by_size: Vec<(usize, Point)> = options
        .resources
        .iter()
        .map(|size| Ok((*size, measure(1, *size)?)))
        .collect::<Outcome<_>>()?;
    let by_number: Vec<(usize, Point)> = options
        .patients
        .iter()
        .map(|number| Ok((*number, measure(*number, options.each)?)))
        .collect::<Outcome<_>>()?;
    if let Some(path) = &options.picture {
        std::fs::write(
            path,
            draw(&[
                panels(&by_size, "resources a record"),
                panels(&by_number, "records"),
            ]),
        )?;
        report.say(&format!("Drawn to {}", path.display()));
    }
    Ok(())
}

/// What each panel shows of a point.
type Aspect = fn(&Point) -> f64;

fn panels(points: &[(usize, Point)], along: &str) -> Vec<Panel> {
    let all: [(&str, &str, Option<f64>, Aspect); 5] = [
        ("Open, p99", "ms", Some(5.0), |point| point.open_p99),
        ("Search, p99", "ms", Some(15.0), |point| point.search_p99),
        ("Cache", "thousand resources/s", Some(20.0), |point| {
            point.resources_a_second / 1e3
        }),
        ("Memory, most", "MiB", None, |point| point.memory_mib),
        ("Disk", "of the JSON", Some(0.35), |point| point.disk),
    ];
    all.into_iter()
        .map(|(title, unit, aim, of)| Panel {
            title: title.to_owned(),
            unit: unit.to_owned(),
            along: along.to_owned(),
            aim,
            series: Series(points.iter().map(|(x, point)| (*x as f64, of(point))).collect()),
        })
        .collect()
}

/// Measures one store and tells it as JSON.
pub(crate) fn point(options: &PointOptions) -> Outcome {
    let store = Store::new()?;
    let (mut bytes, mut resources) = (0, 0);
    let mut took = 0.0;
    for number in 0..options.patients {
        let record = Record::made_up(&format!("scale-{number}"), number, options.resources);
        bytes += record.bytes();
        resources += record.resources.len();
        let begun = Instant::now();
        store.cache(&record)?;
        took += begun.elapsed().as_secs_f64();
    }
    let files = store.files()?;
    let mut disk = 0;
    for file in &files {
        disk += std::fs::metadata(file)?.len();
    }
    let [mut open, mut search, mut today] = [const { Sample::new() }; 3];
    for round in 0..ROUNDS {
        let patient = format!("scale-{}", round * 7919 % options.patients);
        if options.patients == 1 || round < files.len() {
            files.iter().try_for_each(|file| evict(file).map(drop))?;
        }
        let opened = open.time(|| store.open(&patient))?;
        let text = ["h", "ha", "haemo", "serum s", "practice nurse"][round % 5];
        let filter = TimelineFilter {
            text: text.to_owned(),
            ..TimelineFilter::default()
        };
        search.time(|| -> Outcome {
            opened.timeline(&filter, 0, 50)?;
            opened.timeline_index(&filter)?;
            Ok(())
        })?;
        drop(opened);
        today.time(|| store.vault().caseload())?;
    }
    let told = json!([
        open.median(),
        open.percentile(99.0),
        search.percentile(99.0),
        today.median(),
        resources as f64 / took,
        disk as f64 / bytes as f64,
        crate::memory::peak_kib()? as f64 / 1024.0,
    ]);
    println!("{told}");
    Ok(())
}
