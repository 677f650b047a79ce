//! Lines of a patient's file: the timeline by position and filter, and any line by its id.

use curlew_record::view::{
    CareSetting, FacetCount, Line, LineKind, MedicineGroup, ResultPoint, ResultSeries, Results, SourceRef,
    Span, SpanStyle, TimelineFilter, TimelineIndex, YearMark,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::error::{DamagedPart, VaultError};
use crate::projecting::word;
use crate::staging::reading;
use crate::texts::{Place, Press, text_at};

fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::PatientFile,
    }
}

/// A filter as SQL: conditions joined by AND, and their values in order.
#[derive(Default)]
struct Condition {
    sql: String,
    values: Vec<Value>,
}

impl Condition {
    fn and(&mut self, sql: &str, values: impl IntoIterator<Item = Value>) {
        self.sql
            .push_str(if self.sql.is_empty() { " WHERE " } else { " AND " });
        self.sql.push_str(sql);
        self.values.extend(values);
    }

    fn and_one_of(&mut self, column: &str, words: Vec<String>) {
        if !words.is_empty() {
            let marks = vec!["?"; words.len()].join(", ");
            self.and(
                &format!("{column} IN ({marks})"),
                words.into_iter().map(Value::Text),
            );
        }
    }

    fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }
}

fn words<T: serde::Serialize>(values: &[T]) -> Result<Vec<String>, VaultError> {
    values.iter().map(word).collect()
}

fn condition(settings: &[CareSetting], kinds: &[LineKind], text: &str) -> Result<Condition, VaultError> {
    let mut condition = Condition::default();
    condition.and_one_of("kind", words(kinds)?);
    condition.and_one_of("setting", words(settings)?);
    match search_expression(text) {
        Search::Everything => {}
        Search::Nothing => condition.and("0", []),
        Search::Words(expression) => condition.and(
            "position IN (SELECT rowid FROM timeline_words WHERE timeline_words MATCH ?)",
            [Value::Text(expression)],
        ),
    }
    Ok(condition)
}

enum Search {
    Everything,
    Nothing,
    Words(String),
}

/// Each typed word as the beginning of a word in the line, all of them, in any order. Whatever is not a letter or a
/// digit only separates: nothing a person types is a search operator.
fn search_expression(text: &str) -> Search {
    let terms: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|term| !term.is_empty())
        .map(|term| format!("\"{term}\" *"))
        .collect();
    match (text.trim().is_empty(), terms.is_empty()) {
        (true, _) => Search::Everything,
        (false, true) => Search::Nothing,
        (false, false) => Search::Words(terms.join(" AND ")),
    }
}

/// Where the years lie under a filter, and what could be filtered on.
///
/// The counts of settings are those under the other filters, and so are the counts of kinds: each says what choosing
/// it would show.
pub(crate) fn index(file: &Connection, filter: &TimelineFilter) -> Result<TimelineIndex, VaultError> {
    let all = condition(&filter.settings, &filter.kinds, &filter.text)?;
    let mut years = Vec::new();
    let mut offset = 0;
    let per_year: Vec<(Option<i32>, u32)> = counts(file, "year", &all, "ORDER BY year DESC NULLS LAST")?;
    for (year, count) in per_year {
        let label = year.map_or_else(|| "Date not recorded".to_owned(), |year| year.to_string());
        years.push(YearMark { label, offset, count });
        offset += count;
    }
    let settings = condition(&[], &filter.kinds, &filter.text)?;
    let kinds = condition(&filter.settings, &[], &filter.text)?;
    Ok(TimelineIndex {
        total: offset,
        years,
        settings: facets(
            counts(file, "setting", &settings, "ORDER BY count(*) DESC, setting")?,
            setting_label,
        ),
        kinds: facets(
            counts(file, "kind", &kinds, "ORDER BY count(*) DESC, kind")?,
            kind_label,
        ),
    })
}

fn counts<T: rusqlite::types::FromSql>(
    file: &Connection,
    column: &str,
    condition: &Condition,
    order: &str,
) -> Result<Vec<(T, u32)>, VaultError> {
    let mut select = file
        .prepare_cached(&format!(
            "SELECT {column}, count(*) FROM timeline {} GROUP BY {column} {order}",
            condition.sql
        ))
        .map_err(reading)?;
    let rows = select
        .query_map(params_from_iter(&condition.values), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .map_err(reading)?;
    rows.collect::<Result<_, _>>().map_err(reading)
}

fn facets<T: serde::de::DeserializeOwned>(
    counts: Vec<(String, u32)>,
    label: fn(T) -> &'static str,
) -> Vec<FacetCount> {
    counts
        .into_iter()
        .map(|(value, count)| {
            let known = serde_json::from_value(serde_json::Value::String(value.clone())).map(label);
            FacetCount {
                label: known.map_or_else(|_| value.clone(), str::to_owned),
                value,
                count,
            }
        })
        .collect()
}

fn setting_label(setting: CareSetting) -> &'static str {
    match setting {
        CareSetting::Gp => "GP practice",
        CareSetting::Acute => "Hospital",
        CareSetting::Community => "Community",
        CareSetting::MentalHealth => "Mental health",
        CareSetting::SocialCare => "Social care",
        CareSetting::Ambulance => "Ambulance",
        CareSetting::Voluntary => "Voluntary and hospice",
        CareSetting::Pharmacy => "Pharmacy",
        CareSetting::NotStated => "Setting not stated",
    }
}

fn kind_label(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Encounter => "Contacts and admissions",
        LineKind::Problem => "Problems",
        LineKind::Allergy => "Allergies",
        LineKind::Medicine => "Medicines",
        LineKind::Result => "Results",
        LineKind::Procedure => "Procedures",
        LineKind::Immunisation => "Vaccinations",
        LineKind::Document => "Documents",
        LineKind::Plan => "Plans and requests",
        LineKind::Alert => "Alerts",
        LineKind::Appointment => "Appointments",
        LineKind::Assessment => "Assessments",
        LineKind::Legal => "Legal and safeguarding",
        LineKind::Person => "People",
        LineKind::Service => "Services",
        LineKind::Background => "Family and social history",
        LineKind::Device => "Devices and equipment",
        LineKind::Other => "Other",
    }
}

/// A window into the timeline, newest first.
pub(crate) fn page(
    file: &Connection,
    filter: &TimelineFilter,
    offset: u32,
    limit: u32,
) -> Result<Vec<Line>, VaultError> {
    let mut condition = condition(&filter.settings, &filter.kinds, &filter.text)?;
    let mut skip = i64::from(offset);
    if condition.is_empty() {
        // Positions are the offsets then: no row is skipped by counting.
        condition.and("position >= ?", [Value::Integer(skip)]);
        skip = 0;
    }
    let sql = format!(
        "SELECT block, start, length FROM timeline {} ORDER BY position LIMIT ? OFFSET ?",
        condition.sql
    );
    condition
        .values
        .extend([Value::Integer(limit.into()), Value::Integer(skip)]);
    let mut select = file.prepare_cached(&sql).map_err(reading)?;
    let rows = select
        .query_map(params_from_iter(&condition.values), |row| {
            Ok((
                row.get(0)?,
                Place {
                    start: row.get(1)?,
                    length: row.get(2)?,
                },
            ))
        })
        .map_err(reading)?;
    let places: Vec<(i64, Place)> = rows.collect::<Result<_, _>>().map_err(reading)?;
    let mut press = Press::new()?;
    let mut opened: Option<(i64, String)> = None;
    let mut lines = Vec::with_capacity(places.len());
    for (block, place) in places {
        if opened.as_ref().is_none_or(|(id, _)| *id != block) {
            opened = Some((block, read_timeline_block(file, block, &mut press)?));
        }
        let Some((_, text)) = &opened else { continue };
        lines.push(serde_json::from_str(text_at(text, place)?).map_err(|_| damaged())?);
    }
    Ok(lines)
}

fn read_timeline_block(file: &Connection, block: i64, press: &mut Press) -> Result<String, VaultError> {
    let row: Option<(usize, Vec<u8>)> = file
        .prepare_cached("SELECT length, body FROM timeline_block WHERE id = ?")
        .and_then(|mut select| {
            select
                .query_row([block], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .map_err(reading)?;
    let (length, body) = row.ok_or_else(damaged)?;
    press.unpack(&body, length)
}

/// Any line by its id, whichever screen it stands on.
pub(crate) fn find(file: &Connection, id: &str) -> Result<Line, VaultError> {
    let mut press = Press::new()?;
    let place: Option<(i64, Place)> = file
        .prepare_cached("SELECT block, start, length FROM timeline WHERE line = ? ORDER BY position LIMIT 1")
        .and_then(|mut select| {
            select
                .query_row([id], |row| {
                    Ok((
                        row.get(0)?,
                        Place {
                            start: row.get(1)?,
                            length: row.get(2)?,
                        },
                    ))
                })
                .optional()
        })
        .map_err(reading)?;
    if let Some((block, place)) = place {
        let text = read_timeline_block(file, block, &mut press)?;
        return serde_json::from_str(text_at(&text, place)?).map_err(|_| damaged());
    }
    let other: Option<(usize, Vec<u8>)> = file
        .prepare_cached("SELECT length, body FROM other_line WHERE line = ?")
        .and_then(|mut select| {
            select
                .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .map_err(reading)?;
    let (length, body) = other.ok_or(VaultError::NoSuchLine)?;
    serde_json::from_str(&press.unpack(&body, length)?).map_err(|_| damaged())
}

fn plain(text: &[Span]) -> String {
    text.iter().map(|span| span.text.as_str()).collect()
}

/// A medicine group as a line, so that it opens to its sources like any other.
pub(crate) fn line_of_group(group: &MedicineGroup) -> Line {
    let newest = group.sources.first();
    Line {
        id: group.id.clone(),
        kind: LineKind::Medicine,
        when: newest
            .and_then(|source| source.recorded.clone())
            .unwrap_or_else(|| "Not recorded".to_owned()),
        when_note: None,
        setting: newest.map_or_else(not_stated, |source| source.setting.clone()),
        organisation: newest.and_then(|source| source.organisation.clone()),
        title: plain(&group.line),
        detail: Some(group.status.clone()),
        marks: group.marks.clone(),
        sources: group.sources.clone(),
        joined_by: group.joined_by.clone(),
        encounter: None,
        received_at: group.received_at,
        is_new: group.is_new,
    }
}

/// Every point of every series as a line.
pub(crate) fn lines_of_results(results: &Results) -> Vec<Line> {
    results
        .series
        .iter()
        .flat_map(|series| {
            series
                .points
                .iter()
                .map(move |point| line_of_point(series, point))
        })
        .collect()
}

fn line_of_point(series: &ResultSeries, point: &ResultPoint) -> Line {
    Line {
        id: point.id.clone(),
        kind: LineKind::Result,
        when: point.when.clone(),
        when_note: None,
        setting: point.setting.clone(),
        organisation: None,
        title: series.name.clone(),
        detail: Some(point.value.clone()),
        marks: point.flag.iter().cloned().collect(),
        sources: vec![SourceRef {
            resource: point.id.clone(),
            setting: point.setting.clone(),
            organisation: None,
            says: vec![Span {
                text: point.value.clone(),
                style: SpanStyle::Plain,
            }],
            recorded: None,
        }],
        joined_by: None,
        encounter: None,
        received_at: 0.0,
        is_new: false,
    }
}

fn not_stated() -> curlew_record::view::SettingView {
    curlew_record::view::SettingView {
        setting: CareSetting::NotStated,
        label: setting_label(CareSetting::NotStated).to_owned(),
        rule: "no source states a setting".to_owned(),
    }
}
