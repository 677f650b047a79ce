//! Lines of a patient's file: the timeline by position and filter, and any line by its id.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use curlew_record::view::{
    CareSetting, FacetCount, Line, LineKind, MedicineGroup, ResultPoint, ResultSeries, SourceRef, Span,
    SpanStyle, TimelineFilter, TimelineIndex, YearMark,
};
use rusqlite::{Connection, OptionalExtension};

use crate::columns::{Columns, NOT_RECORDED, What};
use crate::error::VaultError;
use crate::packing::damaged;
use crate::projecting::{self, screen, word};
use crate::staging::reading;
use crate::texts::Press;
use crate::words::{self, Found};

/// What has been read of an open patient's timeline, for as long as the file stays as it is.
pub(crate) struct Timeline {
    /// The engine's count of changes that others made to the file.
    version: i64,
    columns: Columns,
    /// What was searched for last, and what that found: the lines and the counts are asked for one after the other.
    searched: Option<(String, Option<Found>)>,
}

/// The timeline as it is in the file now, read anew when the file has changed.
fn current<'t>(file: &Connection, read: &'t mut Option<Timeline>) -> Result<&'t mut Timeline, VaultError> {
    let version: i64 = file
        .prepare_cached("PRAGMA data_version")
        .and_then(|mut select| select.query_row([], |row| row.get(0)))
        .map_err(reading)?;
    match read.take() {
        Some(timeline) if timeline.version == version => Ok(read.insert(timeline)),
        _ => Ok(read.insert(Timeline {
            version,
            columns: Columns::unpack(&projecting::read_bytes(file, screen::TIMELINE)?)?,
            searched: None,
        })),
    }
}

impl Timeline {
    /// Finds the lines with the words of a text, and remembers them.
    fn search(&mut self, file: &Connection, text: &str) -> Result<(), VaultError> {
        if self
            .searched
            .as_ref()
            .is_none_or(|(searched, _)| searched != text)
        {
            let found = words::find(file, text, self.columns.len(), &mut Press::new()?)?;
            self.searched = Some((text.to_owned(), found));
        }
        Ok(())
    }
}

/// What a filter narrows by, a bit each, so that one of them can be left out when its own values are counted.
mod part {
    pub(super) const SETTINGS: u8 = 1;
    pub(super) const KINDS: u8 = 2;
    pub(super) const ORGANISATIONS: u8 = 4;
    pub(super) const PROBLEMS: u8 = 8;
    pub(super) const CHANGED: u8 = 16;
    pub(super) const PERIOD: u8 = 32;
    /// What is never left out: the words and the contact.
    pub(super) const REST: u8 = 64;
}

/// A filter ready to be asked of many lines.
struct Narrowed<'t> {
    columns: &'t Columns,
    found: Option<&'t Found>,
    /// By the place of each word or value: whether it is kept. `None` keeps all.
    kinds: Option<Vec<bool>>,
    settings: Option<Vec<bool>>,
    organisations: Option<Vec<bool>>,
    problems: Option<Vec<bool>>,
    encounter: Option<Vec<bool>>,
    period: Option<(i64, i64)>,
    only_changed: bool,
    look: Option<i64>,
}

/// How the days of a period are written.
const DAY: &str = "%Y-%m-%d";

impl<'t> Narrowed<'t> {
    fn new(
        timeline: &'t Timeline,
        filter: &TimelineFilter,
        look: Option<DateTime<Utc>>,
    ) -> Result<Self, VaultError> {
        let columns = &timeline.columns;
        let value = |what, wanted: &[String]| {
            (!wanted.is_empty()).then(|| {
                let values = columns.values.iter();
                values
                    .map(|value| value.what == what && wanted.contains(&value.value))
                    .collect()
            })
        };
        let day = |text: &Option<String>| NaiveDate::parse_from_str(text.as_deref()?, DAY).ok();
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        let period = (filter.from.is_some() || filter.to.is_some()).then(|| {
            (
                day(&filter.from).map_or(i64::MIN, start),
                day(&filter.to)
                    .and_then(|day| day.succ_opt())
                    .map_or(i64::MAX, start),
            )
        });
        Ok(Self {
            columns,
            found: timeline.searched.as_ref().and_then(|(_, found)| found.as_ref()),
            kinds: one_of(&columns.kinds, &filter.kinds)?,
            settings: one_of(&columns.settings, &filter.settings)?,
            organisations: value(What::Organisation, &filter.organisations),
            problems: value(What::Problem, &filter.problems),
            encounter: filter
                .encounter
                .as_ref()
                .and_then(|encounter| value(What::Encounter, std::slice::from_ref(encounter))),
            period,
            only_changed: filter.only_changed,
            look: look.map(|look| look.timestamp_millis()),
        })
    }

    /// The parts of the filter that a line does not pass: 0 is shown.
    fn fails(&self, position: usize) -> u8 {
        let columns = self.columns;
        let code = |kept: &Option<Vec<bool>>, codes: &[u8], bit| match kept {
            Some(kept) if !kept[usize::from(codes[position])] => bit,
            _ => 0,
        };
        let value = |kept: &Option<Vec<bool>>, bit| match kept {
            Some(kept)
                if !columns
                    .values_of(position)
                    .iter()
                    .any(|value| kept[*value as usize]) =>
            {
                bit
            }
            _ => 0,
        };
        let mut fails = code(&self.kinds, &columns.kind, part::KINDS)
            | code(&self.settings, &columns.setting, part::SETTINGS)
            | value(&self.organisations, part::ORGANISATIONS)
            | value(&self.problems, part::PROBLEMS)
            | value(&self.encounter, part::REST);
        if self.found.is_some_and(|found| !found.has(position)) {
            fails |= part::REST;
        }
        if self.only_changed && !self.is_changed(position) {
            fails |= part::CHANGED;
        }
        if let Some((from, until)) = self.period {
            let (at, latest) = (columns.at[position], columns.latest[position]);
            let within = at != NOT_RECORDED
                && at < until
                && (from <= at || (latest != NOT_RECORDED && from <= latest));
            if !within {
                fails |= part::PERIOD;
            }
        }
        fails
    }

    /// Nothing is new to somebody who never looked: there is nothing to compare with.
    fn is_changed(&self, position: usize) -> bool {
        self.look
            .is_some_and(|look| self.columns.received_at[position] > look)
    }
}

/// By the place of each known word: whether it is among the wanted. `None` when none is.
fn one_of<T: serde::Serialize>(known: &[String], wanted: &[T]) -> Result<Option<Vec<bool>>, VaultError> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let wanted: Vec<String> = wanted.iter().map(word).collect::<Result<_, _>>()?;
    Ok(Some(known.iter().map(|known| wanted.contains(known)).collect()))
}

/// Where the years lie under a filter, and what could be filtered on.
///
/// The counts of settings are those under the other filters, and so are the counts of kinds, organisations and problems:
/// each says what choosing it would show.
pub(crate) fn index(
    file: &Connection,
    read: &mut Option<Timeline>,
    filter: &TimelineFilter,
    look: Option<DateTime<Utc>>,
) -> Result<TimelineIndex, VaultError> {
    let timeline = current(file, read)?;
    timeline.search(file, &filter.text)?;
    let narrowed = Narrowed::new(timeline, filter, look)?;
    let columns = narrowed.columns;
    let mut per_year: BTreeMap<Option<i32>, Vec<u32>> = BTreeMap::new();
    let mut settings = vec![0_u32; columns.settings.len()];
    let mut kinds = vec![0_u32; columns.kinds.len()];
    let mut values = vec![0_u32; columns.values.len()];
    let (mut changed, mut undated) = (0, 0);
    let mut year = OneYear::default();
    for position in 0..columns.len() {
        let fails = narrowed.fails(position);
        let passes_but_for = |parts: u8| fails & !parts == 0;
        if fails == 0 {
            let settings = per_year
                .entry(year.of(columns.at[position]))
                .or_insert_with(|| vec![0; columns.settings.len()]);
            settings[usize::from(columns.setting[position])] += 1;
        }
        if passes_but_for(part::SETTINGS) {
            settings[usize::from(columns.setting[position])] += 1;
        }
        if passes_but_for(part::KINDS) {
            kinds[usize::from(columns.kind[position])] += 1;
        }
        let (organisation, problem) = (
            passes_but_for(part::ORGANISATIONS),
            passes_but_for(part::PROBLEMS),
        );
        if organisation || problem {
            for &value in columns.values_of(position) {
                let counts = match columns.values[value as usize].what {
                    What::Organisation => organisation,
                    What::Problem => problem,
                    What::Encounter => false,
                };
                values[value as usize] += u32::from(counts);
            }
        }
        changed += u32::from(passes_but_for(part::CHANGED) && narrowed.is_changed(position));
        undated +=
            u32::from(columns.at[position] == NOT_RECORDED && passes_but_for(part::CHANGED | part::PERIOD));
    }
    let mut years: Vec<YearMark> = Vec::new();
    let mut offset = 0;
    // Newest first; what has no date comes last.
    for (year, counts) in per_year.into_iter().rev() {
        let mark = year_mark(
            year,
            years.last(),
            offset,
            facets(&columns.settings, &counts, setting_label),
        );
        offset += mark.count;
        years.push(mark);
    }
    Ok(TimelineIndex {
        total: offset,
        years,
        settings: facets(&columns.settings, &settings, setting_label),
        kinds: facets(&columns.kinds, &kinds, kind_label),
        organisations: value_facets(columns, What::Organisation, &values),
        problems: value_facets(columns, What::Problem, &values),
        changed,
        left_out: narrowed.period.and_then(|_| left_out(undated)),
        as_at: None,
    })
}

fn year_mark(
    year: Option<i32>,
    later: Option<&YearMark>,
    offset: u32,
    mut settings: Vec<FacetCount>,
) -> YearMark {
    // One order for every year, so that bars of different years can be compared.
    settings.sort_by_key(|setting| {
        serde_json::from_value::<CareSetting>(serde_json::Value::String(setting.value.clone())).ok()
    });
    let count = settings.iter().map(|setting| setting.count).sum();
    let each: Vec<String> = settings
        .iter()
        .map(|setting| format!("{} {}", setting.label, setting.count))
        .collect();
    let entries = entries_words(count);
    let words = match year {
        Some(year) => format!("{entries} in {year}: {}", each.join(", ")),
        None => format!("Date not recorded, {entries}: {}", each.join(", ")),
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

/// The columns, and the positions in them that a filter keeps, in order.
pub(crate) fn kept<'t>(
    file: &Connection,
    read: &'t mut Option<Timeline>,
    filter: &TimelineFilter,
    look: Option<DateTime<Utc>>,
) -> Result<(&'t Columns, Vec<usize>), VaultError> {
    let timeline = current(file, read)?;
    timeline.search(file, &filter.text)?;
    let narrowed = Narrowed::new(timeline, filter, look)?;
    let kept = (0..narrowed.columns.len()).filter(|position| narrowed.fails(*position) == 0);
    Ok((narrowed.columns, kept.collect()))
}

/// The year of a moment. Neighbours are mostly of the same year, and working it out is most of the walk.
#[derive(Default)]
struct OneYear {
    year: Option<i32>,
    from: i64,
    until: i64,
}

impl OneYear {
    fn of(&mut self, at: i64) -> Option<i32> {
        if at == NOT_RECORDED {
            return None;
        }
        if !(self.from..self.until).contains(&at) {
            let year = DateTime::<Utc>::from_timestamp_millis(at)?.year();
            let start = |year| {
                NaiveDate::from_ymd_opt(year, 1, 1)
                    .map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
            };
            // A year at the end of time is worked out each time.
            (self.from, self.until) = start(year).zip(start(year + 1)).unwrap_or_default();
            self.year = Some(year);
        }
        self.year
    }
}

/// What a period leaves out because nobody recorded when it happened.
fn left_out(undated: u32) -> Option<String> {
    match undated {
        0 => None,
        1 => Some("1 entry without a date is left out".to_owned()),
        many => Some(format!("{many} entries without a date are left out")),
    }
}

/// What lines can be narrowed to, with how many lines each would show; the most common first.
fn value_facets(columns: &Columns, what: What, counts: &[u32]) -> Vec<FacetCount> {
    let all = columns.values.iter().zip(counts);
    let mut facets: Vec<FacetCount> = all
        .filter(|(value, count)| value.what == what && **count > 0)
        .map(|(value, count)| FacetCount {
            value: value.value.clone(),
            label: value.label.clone(),
            count: *count,
        })
        .collect();
    facets.sort_by(|one, other| {
        let key = |facet: &FacetCount| {
            (
                std::cmp::Reverse(facet.count),
                facet.label.clone(),
                facet.value.clone(),
            )
        };
        key(one).cmp(&key(other))
    });
    facets
}

fn facets<T: serde::de::DeserializeOwned>(
    words: &[String],
    counts: &[u32],
    label: fn(T) -> &'static str,
) -> Vec<FacetCount> {
    let mut counted: Vec<(&String, u32)> = words.iter().zip(counts.iter().copied()).collect();
    counted.retain(|(_, count)| *count > 0);
    counted.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    counted
        .into_iter()
        .map(|(word, count)| {
            let known = serde_json::from_value(serde_json::Value::String(word.clone())).map(label);
            FacetCount {
                label: known.map_or_else(|_| word.clone(), str::to_owned),
                value: word.clone(),
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
    read: &mut Option<Timeline>,
    filter: &TimelineFilter,
    look: Option<DateTime<Utc>>,
    offset: u32,
    limit: u32,
) -> Result<Vec<Line>, VaultError> {
    let timeline = current(file, read)?;
    timeline.search(file, &filter.text)?;
    let narrowed = Narrowed::new(timeline, filter, look)?;
    let positions: Vec<usize> = if *filter == TimelineFilter::default() {
        // Positions are the offsets then.
        let end = (offset as usize).saturating_add(limit as usize);
        (offset as usize..end.min(timeline.columns.len())).collect()
    } else {
        (0..timeline.columns.len())
            .filter(|position| narrowed.fails(*position) == 0)
            .skip(offset as usize)
            .take(limit as usize)
            .collect()
    };
    lines_at(file, &positions)
}

/// A block of the timeline, unpacked.
struct OpenBlock {
    first: usize,
    text: String,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl OpenBlock {
    /// The block that the line at a position lies in.
    fn with(file: &Connection, position: usize, press: &mut Press) -> Result<Self, VaultError> {
        let row: Option<(usize, usize, Vec<u8>)> = file
            .prepare_cached(
                "SELECT id, length, body FROM timeline_block WHERE id BETWEEN 0 AND ? ORDER BY id DESC LIMIT 1",
            )
            .and_then(|mut select| {
                select
                    .query_row([position], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                    .optional()
            })
            .map_err(reading)?;
        let (first, length, body) = row.ok_or_else(damaged)?;
        let text = press.unpack(&body, length)?;
        let ends = text.match_indices('\n').map(|(end, _)| end).collect();
        Ok(Self { first, text, ends })
    }

    fn line(&self, position: usize) -> Option<&str> {
        let place = position.checked_sub(self.first)?;
        let start = match place.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => 0,
        };
        self.text.get(start..*self.ends.get(place)?)
    }
}

/// The lines at some positions, in their order.
fn lines_at(file: &Connection, positions: &[usize]) -> Result<Vec<Line>, VaultError> {
    let mut press = Press::new()?;
    let mut open: Option<OpenBlock> = None;
    let mut lines = Vec::with_capacity(positions.len());
    for &position in positions {
        if open.as_ref().is_none_or(|block| block.line(position).is_none()) {
            open = Some(OpenBlock::with(file, position, &mut press)?);
        }
        let text = open
            .as_ref()
            .and_then(|block| block.line(position))
            .ok_or_else(damaged)?;
        lines.push(serde_json::from_str(text).map_err(|_| damaged())?);
    }
    Ok(lines)
}

/// Any line by its id, whichever screen it stands on.
pub(crate) fn find(file: &Connection, id: &str) -> Result<Line, VaultError> {
    let names = projecting::read_screen_text(file, screen::TIMELINE_LINES)?;
    if let Some(position) = names.lines().position(|name| name == id) {
        return lines_at(file, &[position])?.pop().ok_or_else(damaged);
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
    serde_json::from_str(&Press::new()?.unpack(&body, length)?).map_err(|_| damaged())
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
