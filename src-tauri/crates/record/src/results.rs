//! Results as series over time. One series holds one test in one unit; nothing is converted, rounded or mixed.

use std::collections::{BTreeMap, HashMap};

use crate::{
    display::Moment,
    fact::{Measured, MeasurementFact, Subject},
    record::Record,
    view::{LineKind, ResultPoint, ResultSeries, Results},
};

/// One value on its way into a series.
struct Point<'r> {
    measurement: &'r MeasurementFact,
    cluster: usize,
    /// The line it opens: its own, or the panel it was reported in.
    line: usize,
    when: Option<Moment>,
    group: &'r str,
}

/// A series whose points are not worded yet: worded, they take many times the room.
pub(crate) struct Series<'r> {
    /// Without its points.
    head: ResultSeries,
    /// Newest first.
    points: Vec<Point<'r>>,
}

impl Series<'_> {
    pub(crate) fn worded(self, record: &Record) -> ResultSeries {
        ResultSeries {
            points: self.points.iter().map(|p| point(record, p)).collect(),
            ..self.head
        }
    }
}

/// The Results screen, as far as it is not worded piece by piece.
pub(crate) struct Screen<'r> {
    pub(crate) series: Vec<Series<'r>>,
    /// Clusters of the lines that are not numbers.
    pub(crate) other: Vec<usize>,
    pub(crate) rest: Results,
}

/// Builds the Results screen, apart from its lines, which are still to be worded. `missing` says what is not here.
pub(crate) fn results<'r>(
    record: &'r Record,
    shown_on: &[Option<usize>],
    missing: Option<&str>,
) -> Screen<'r> {
    let panels = panels(record);
    let mut series: BTreeMap<(String, String), Vec<Point<'_>>> = BTreeMap::new();
    let mut wordless: Vec<usize> = Vec::new();
    for (cluster, joined) in record.clusters.iter().enumerate() {
        let fact = &record.facts[joined[0]];
        let Subject::Measurement(measurement) = &fact.subject else {
            continue;
        };
        let line = shown_on[joined[0]].unwrap_or(cluster);
        let group = panels.get(&cluster).copied().or(measurement.group.as_deref());
        let group = group.unwrap_or("Other results");
        let mut numeric = false;
        for measured in std::iter::once(&**measurement).chain(&measurement.components) {
            if let Some(unit) = unit(measured) {
                numeric = true;
                let key = (test_key(measured), unit.to_owned());
                let point = Point {
                    measurement: measured,
                    cluster,
                    line,
                    when: fact.when,
                    group,
                };
                series.entry(key).or_default().push(point);
            }
        }
        if !numeric {
            wordless.push(line);
        }
    }
    let mut series: Vec<(i64, Series<'_>)> = series
        .into_iter()
        .map(|((test, unit), points)| finish(record, &format!("{test}|{unit}"), &unit, points))
        .collect();
    series.sort_by(|a, b| {
        b.0.cmp(&a.0)
            .then_with(|| a.1.head.name.cmp(&b.1.head.name))
            .then_with(|| a.1.head.id.cmp(&b.1.head.id))
    });
    // Within the list groups stand together, in the order of their newest result.
    let mut order: Vec<String> = Vec::new();
    for (_, one) in &series {
        if !order.contains(&one.head.group) {
            order.push(one.head.group.clone());
        }
    }
    let mut series: Vec<Series<'_>> = series.into_iter().map(|(_, one)| one).collect();
    series.sort_by_key(|one| order.iter().position(|group| *group == one.head.group));

    wordless.extend(record.roots().filter(|&cluster| {
        let fact = record.primary(cluster);
        fact.kind == LineKind::Result && !matches!(fact.subject, Subject::Measurement(_))
    }));
    wordless.sort_unstable();
    wordless.dedup();
    wordless.sort_by_key(|&cluster| {
        let when = record
            .primary(cluster)
            .when
            .map_or(i64::MIN, |m| m.earliest_millis());
        (std::cmp::Reverse(when), record.line_id(cluster))
    });
    let rest = Results {
        series: Vec::new(),
        other: Vec::new(),
        empty: match missing {
            Some(missing) => format!("No results received. This is not the whole record: {missing}"),
            None => "No results are recorded in anything received".to_owned(),
        },
        early_warnings: Vec::new(),
        early_warning_note: None,
        as_at: None,
    };
    Screen {
        series,
        other: wordless,
        rest,
    }
}

/// The panel each result was reported in, by the report's title.
fn panels(record: &Record) -> HashMap<usize, &str> {
    let mut panels = HashMap::new();
    for cluster in record.clusters.iter() {
        let report = &record.facts[cluster[0]];
        if matches!(report.subject, Subject::Report) {
            for part in &report.parts {
                if let Some(result) = record.fact(part) {
                    panels.entry(record.cluster(result)).or_insert(&*report.title);
                }
            }
        }
    }
    panels
}

/// What makes two values the same test: the same code, or failing one the same name.
fn test_key(measurement: &MeasurementFact) -> String {
    match &measurement.code {
        Some(code) => format!("{}|{}", code.system, code.code),
        None => format!("text|{}", measurement.name.trim().to_lowercase()),
    }
}

fn unit(measurement: &MeasurementFact) -> Option<&str> {
    match &measurement.value {
        Measured::Number { unit, number, .. } if number.is_finite() => Some(unit),
        Measured::Pressure { unit, .. } => Some(unit),
        _ => None,
    }
}

fn finish<'r>(record: &Record, id: &str, unit: &str, mut points: Vec<Point<'r>>) -> (i64, Series<'r>) {
    points.shrink_to_fit();
    let sort = |p: &Point<'_>| p.when.map_or(i64::MIN, |m| m.earliest_millis());
    points.sort_by(|a, b| {
        sort(b)
            .cmp(&sort(a))
            .then_with(|| record.line_id(a.cluster).cmp(record.line_id(b.cluster)))
    });
    let newest = &points[0];
    let shown = |p: &Point<'_>| p.measurement.value.shown().unwrap_or_default().to_owned();
    let change = points.get(1).and_then(|previous| {
        // Two values of one moment, or of unknown order, have no "before".
        let (_, earlier) = previous.when?.instants();
        let (later, _) = newest.when?.instants();
        if earlier > later || sort(previous) == sort(newest) {
            return None;
        }
        let when = previous.when.map(|m| m.date_text()).unwrap_or_default();
        Some(match shown(previous) == shown(newest) {
            true => format!("unchanged since {when}"),
            false => format!("was {} on {when}", shown(previous)),
        })
    });
    let head = ResultSeries {
        id: id.to_owned(),
        name: newest.measurement.name.to_string(),
        group: newest.group.to_owned(),
        unit: (!unit.is_empty()).then(|| unit.to_owned()),
        range: newest.measurement.range.as_deref().map(str::to_owned),
        range_low: newest.measurement.range_low,
        range_high: newest.measurement.range_high,
        change,
        points: Vec::new(),
    };
    (sort(newest), Series { head, points })
}

fn point(record: &Record, point: &Point<'_>) -> ResultPoint {
    let (number, number_low) = match point.measurement.value {
        Measured::Number { number, .. } => (Some(number), None),
        Measured::Pressure {
            systolic, diastolic, ..
        } => (Some(systolic), Some(diastolic)),
        _ => (None, None),
    };
    ResultPoint {
        id: record.line_id(point.line).to_owned(),
        when: point.when.map_or_else(|| "Not recorded".to_owned(), |m| m.text()),
        at: point
            .when
            .filter(|m| m.missing().is_none())
            .map(|m| m.earliest_millis() as f64),
        value: point.measurement.value.shown().unwrap_or_default().to_owned(),
        number,
        number_low,
        flag: point.measurement.flag.as_deref().cloned(),
        setting: record.setting(point.cluster).clone(),
        hide_at_bedside: record.bedside(point.line),
    }
}

/// For each result with an earlier one in its series: "was 47 mL/min on 03-Mar-2026".
pub(crate) fn changes(record: &Record, series: &[Series<'_>]) -> HashMap<String, Vec<String>> {
    let mut changes: HashMap<String, Vec<String>> = HashMap::new();
    for Series { head, points } in series {
        if let (Some(newest), Some(change)) = (points.first(), &head.change) {
            changes
                .entry(record.line_id(newest.line).to_owned())
                .or_default()
                .push(format!("{} {change}", head.name));
        }
    }
    changes
}
