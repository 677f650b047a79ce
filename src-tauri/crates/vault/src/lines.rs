//! Lines of a patient's file: the timeline by position and filter, and any line by its id.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
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

/// What a filter narrows by, so that one of them can be left out when its own values are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Facet {
    Settings,
    Kinds,
    Organisations,
    Problems,
    Changed,
}

/// A filter ready to be asked in many ways: what would be looked up again and again is looked up once.
struct Narrowed<'f> {
    filter: &'f TimelineFilter,
    look: Option<DateTime<Utc>>,
    period: Option<Period>,
    search: Search,
}

/// A period as the run of positions it is, and the moments it lies between for partial dates.
struct Period {
    first: i64,
    last: i64,
    from: i64,
    until: i64,
}

impl<'f> Narrowed<'f> {
    fn new(
        file: &Connection,
        filter: &'f TimelineFilter,
        look: Option<DateTime<Utc>>,
    ) -> Result<Self, VaultError> {
        Ok(Self {
            filter,
            look,
            period: Period::of(file, filter)?,
            search: search_expression(&filter.text),
        })
    }

    /// The filter as SQL, without one of its parts.
    fn without(&self, left_out: Option<Facet>) -> Result<Condition, VaultError> {
        let filter = self.filter;
        let mut condition = Condition::default();
        let asked = |facet| left_out != Some(facet);
        if asked(Facet::Kinds) {
            condition.and_one_of("kind", words(&filter.kinds)?);
        }
        if asked(Facet::Settings) {
            condition.and_one_of("setting", words(&filter.settings)?);
        }
        if asked(Facet::Organisations) {
            condition.and_value("organisation", &filter.organisations);
        }
        if asked(Facet::Problems) {
            condition.and_value("problem", &filter.problems);
        }
        if let Some(encounter) = &filter.encounter {
            condition.and_value("encounter", std::slice::from_ref(encounter));
        }
        if let Some(period) = &self.period {
            condition.and(
                "(position BETWEEN ? AND ? OR (latest IS NOT NULL AND latest >= ? AND at < ?))",
                [period.first, period.last, period.from, period.until].map(Value::Integer),
            );
        }
        if filter.only_changed && asked(Facet::Changed) {
            condition.and_changed_since(self.look);
        }
        match &self.search {
            Search::Everything => {}
            Search::Nothing => condition.and("0", []),
            Search::Words(expression) => condition.and(
                "position IN (SELECT rowid FROM timeline_words WHERE timeline_words MATCH ?)",
                [Value::Text(expression.clone())],
            ),
        }
        Ok(condition)
    }
}

impl Condition {
    fn and_value(&mut self, what: &'static str, values: &[String]) {
        if values.is_empty() {
            return;
        }
        let marks = vec!["?"; values.len()].join(", ");
        self.and(
            &format!(
                "position IN (SELECT position FROM timeline_value_of WHERE value IN
                     (SELECT id FROM timeline_value WHERE what = '{what}' AND value IN ({marks})))"
            ),
            values.iter().cloned().map(Value::Text),
        );
    }

    /// Nothing is new to somebody who never looked: there is nothing to compare with.
    fn and_changed_since(&mut self, look: Option<DateTime<Utc>>) {
        match look {
            Some(look) => self.and("received_at > ?", [Value::Integer(look.timestamp_millis())]),
            None => self.and("0", []),
        }
    }
}

/// How the days of a period are written.
const DAY: &str = "%Y-%m-%d";

impl Period {
    /// Rows lie newest first, so the rows of a period are one run; its ends are found by the index on the date.
    fn of(file: &Connection, filter: &TimelineFilter) -> Result<Option<Self>, VaultError> {
        if filter.from.is_none() && filter.to.is_none() {
            return Ok(None);
        }
        let day = |text: &Option<String>| NaiveDate::parse_from_str(text.as_deref()?, DAY).ok();
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        let from = day(&filter.from).map_or(i64::MIN, start);
        let until = day(&filter.to)
            .and_then(|day| day.succ_opt())
            .map_or(i64::MAX, start);
        let position = |sql: &str, at: i64| -> Result<Option<i64>, VaultError> {
            file.prepare_cached(sql)
                .and_then(|mut select| select.query_row([at], |row| row.get(0)))
                .map_err(reading)
        };
        let newest = position(
            "SELECT min(position) FROM timeline WHERE at = (SELECT max(at) FROM timeline WHERE at < ?)",
            until,
        )?;
        let oldest = position(
            "SELECT max(position) FROM timeline WHERE at = (SELECT min(at) FROM timeline WHERE at >= ?)",
            from,
        )?;
        let (first, last) = match (newest, oldest) {
            (Some(first), Some(last)) => (first, last),
            _ => (1, 0),
        };
        Ok(Some(Self {
            first,
            last,
            from,
            until,
        }))
    }
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
/// The counts of settings are those under the other filters, and so are the counts of kinds, organisations and problems:
/// each says what choosing it would show.
pub(crate) fn index(
    file: &Connection,
    filter: &TimelineFilter,
    look: Option<DateTime<Utc>>,
) -> Result<TimelineIndex, VaultError> {
    let narrowed = Narrowed::new(file, filter, look)?;
    let all = narrowed.without(None)?;
    let mut years = Vec::new();
    let mut offset = 0;
    for (year, settings) in per_year(file, &all)? {
        let mark = year_mark(year, years.last(), offset, settings);
        offset += mark.count;
        years.push(mark);
    }
    let settings = narrowed.without(Some(Facet::Settings))?;
    let kinds = narrowed.without(Some(Facet::Kinds))?;
    let mut changed = narrowed.without(Some(Facet::Changed))?;
    changed.and_changed_since(look);
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
        organisations: values(
            file,
            "organisation",
            &narrowed.without(Some(Facet::Organisations))?,
        )?,
        problems: values(file, "problem", &narrowed.without(Some(Facet::Problems))?)?,
        changed: count(file, &changed)?,
        left_out: left_out(file, filter)?,
        as_at: None,
    })
}

/// How many lines each year has of each setting, newest year first, settings in their own order.
fn per_year(
    file: &Connection,
    condition: &Condition,
) -> Result<Vec<(Option<i32>, Vec<(String, u32)>)>, VaultError> {
    let mut select = file
        .prepare_cached(&format!(
            "SELECT year, setting, count(*) FROM timeline {} GROUP BY year, setting ORDER BY year DESC NULLS LAST",
            condition.sql
        ))
        .map_err(reading)?;
    let rows = select
        .query_map(params_from_iter(&condition.values), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .map_err(reading)?;
    let mut years: Vec<(Option<i32>, Vec<(String, u32)>)> = Vec::new();
    for row in rows {
        let (year, setting, count): (Option<i32>, String, u32) = row.map_err(reading)?;
        match years.last_mut() {
            Some((last, settings)) if *last == year => settings.push((setting, count)),
            _ => years.push((year, vec![(setting, count)])),
        }
    }
    Ok(years)
}

fn year_mark(
    year: Option<i32>,
    later: Option<&YearMark>,
    offset: u32,
    mut settings: Vec<(String, u32)>,
) -> YearMark {
    // One order for every year, so that bars of different years can be compared.
    settings.sort_by_key(|(setting, _)| {
        serde_json::from_value::<CareSetting>(serde_json::Value::String(setting.clone())).ok()
    });
    let settings = facets(settings, setting_label);
    let count = settings.iter().map(|setting| setting.count).sum();
    let each: Vec<String> = settings
        .iter()
        .map(|setting| format!("{} {}", setting.label, setting.count))
        .collect();
    let entries = entries_words(count);
    let words = match year {
        Some(year) => format!("{entries} in {year}: {}", each.join(", ")),
        None => format!("{entries} without a date: {}", each.join(", ")),
    };
    let later = later.and_then(|later| later.label.parse::<i32>().ok());
    let nothing_before = year.zip(later).and_then(|(year, later)| match later - year {
        ..=1 => None,
        2 => Some(format!("Nothing in {}", year + 1)),
        _ => Some(format!("Nothing from {} to {}", year + 1, later - 1)),
    });
    YearMark {
        label: year.map_or_else(|| "Date not recorded".to_owned(), |year| year.to_string()),
        offset,
        count,
        settings,
        words,
        nothing_before,
    }
}

/// "1 entry", "14 entries".
pub(crate) fn entries_words(count: u32) -> String {
    if count == 1 {
        "1 entry".to_owned()
    } else {
        format!("{count} entries")
    }
}

/// The positions a filter keeps, in order; `None` when it keeps everything, so that positions are offsets.
pub(crate) fn kept(
    file: &Connection,
    filter: &TimelineFilter,
    look: Option<DateTime<Utc>>,
) -> Result<Option<Vec<i64>>, VaultError> {
    let condition = Narrowed::new(file, filter, look)?.without(None)?;
    if condition.is_empty() {
        return Ok(None);
    }
    let mut select = file
        .prepare_cached(&format!(
            "SELECT position FROM timeline {} ORDER BY position",
            condition.sql
        ))
        .map_err(reading)?;
    let rows = select
        .query_map(params_from_iter(&condition.values), |row| row.get(0))
        .map_err(reading)?;
    rows.collect::<Result<Vec<i64>, _>>().map(Some).map_err(reading)
}

/// What a period leaves out because nobody recorded when it happened.
fn left_out(file: &Connection, filter: &TimelineFilter) -> Result<Option<String>, VaultError> {
    if filter.from.is_none() && filter.to.is_none() {
        return Ok(None);
    }
    let undated = TimelineFilter {
        from: None,
        to: None,
        ..filter.clone()
    };
    let mut condition = Narrowed::new(file, &undated, None)?.without(Some(Facet::Changed))?;
    condition.and("at IS NULL", []);
    Ok(match count(file, &condition)? {
        0 => None,
        1 => Some("1 entry without a date is left out".to_owned()),
        many => Some(format!("{many} entries without a date are left out")),
    })
}

fn count(file: &Connection, condition: &Condition) -> Result<u32, VaultError> {
    file.prepare_cached(&format!("SELECT count(*) FROM timeline {}", condition.sql))
        .and_then(|mut select| select.query_row(params_from_iter(&condition.values), |row| row.get(0)))
        .map_err(reading)
}

/// What lines can be narrowed to, with how many lines each would show; the most common first.
fn values(
    file: &Connection,
    what: &'static str,
    condition: &Condition,
) -> Result<Vec<FacetCount>, VaultError> {
    // Without a filter the counts were made with the rows.
    let sql = if condition.is_empty() {
        format!(
            "SELECT value, label, lines FROM timeline_value WHERE what = '{what}' ORDER BY lines DESC, label, value"
        )
    } else {
        format!(
            "SELECT v.value, v.label, count(*) FROM timeline_value_of AS o JOIN timeline_value AS v ON v.id = o.value
             WHERE v.what = '{what}' AND o.position IN (SELECT position FROM timeline {})
             GROUP BY v.id ORDER BY count(*) DESC, v.label, v.value",
            condition.sql
        )
    };
    let mut select = file.prepare_cached(&sql).map_err(reading)?;
    let rows = select
        .query_map(params_from_iter(&condition.values), |row| {
            Ok(FacetCount {
                value: row.get(0)?,
                label: row.get(1)?,
                count: row.get(2)?,
            })
        })
        .map_err(reading)?;
    rows.collect::<Result<_, _>>().map_err(reading)
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

pub(crate) fn setting_label(setting: CareSetting) -> &'static str {
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

pub(crate) fn kind_label(kind: LineKind) -> &'static str {
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
    look: Option<DateTime<Utc>>,
    offset: u32,
    limit: u32,
) -> Result<Vec<Line>, VaultError> {
    let mut condition = Narrowed::new(file, filter, look)?.without(None)?;
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
        hide_at_bedside: group.hide_at_bedside.clone(),
    }
}

/// Every point of every series. There may be tens of thousands: a line is made of each when it is wanted.
pub(crate) fn points_of_results(results: &Results) -> impl Iterator<Item = (&ResultSeries, &ResultPoint)> {
    results
        .series
        .iter()
        .flat_map(|series| series.points.iter().map(move |point| (series, point)))
}

/// A point of a series as a line.
pub(crate) fn line_of_point(series: &ResultSeries, point: &ResultPoint) -> Line {
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
        hide_at_bedside: point.hide_at_bedside.clone(),
    }
}

fn not_stated() -> curlew_record::view::SettingView {
    curlew_record::view::SettingView {
        setting: CareSetting::NotStated,
        label: setting_label(CareSetting::NotStated).into(),
        rule: "no source states a setting".into(),
    }
}
