//! Dates (ISB 1503), times (ISB 1501), durations and ages.
//!
//! Regional settings of the computer are ignored on purpose (D+Ta-0018): every date reads the same on every
//! desk. A date-time is shown in the clock time of the United Kingdom, whatever offset it was sent with; the
//! source drawer keeps the text as written.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const LONG_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A point in time known to some precision. Partial stays partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Only the year.
    Year(i32),
    /// Year and month.
    Month(i32, u32),
    /// A day.
    Day(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// A clock time without an offset, which is not valid FHIR but is sent: taken as it reads.
    Local(NaiveDateTime),
}

impl Moment {
    /// Reads a FHIR `date`, `dateTime` or `instant` of any precision. `None` when it is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.is_ascii() {
            return None;
        }
        match text.len() {
            4 => text.parse().ok().map(Moment::Year),
            7 => {
                let (year, month) = text.split_once('-')?;
                let (year, month) = (year.parse().ok()?, month.parse().ok()?);
                (1..=12).contains(&month).then_some(Moment::Month(year, month))
            }
            10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Moment::Day),
            _ => DateTime::parse_from_rfc3339(text)
                .map(|t| Moment::Instant(t.with_timezone(&Utc)))
                .ok()
                .or_else(|| {
                    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
                        .iter()
                        .find_map(|f| NaiveDateTime::parse_from_str(text, f).ok())
                        .map(Moment::Local)
                })
                .or_else(|| {
                    DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z")
                        .ok()
                        .map(|t| Moment::Instant(t.to_utc()))
                }),
        }
    }

    /// `22-Nov-2026`, `Oct-2026`, `2026`: the date to its own precision, without the time.
    pub fn date_text(&self) -> String {
        match self {
            Moment::Year(year) => format!("{year:04}"),
            Moment::Month(year, month) => format!("{}-{year:04}", MONTHS[(*month as usize - 1) % 12]),
            Moment::Day(day) => date(*day),
            Moment::Instant(instant) => date(uk_time(*instant).date()),
            Moment::Local(local) => date(local.date()),
        }
    }

    /// Whether [`Moment::date_text`] says the same of both.
    pub fn same_date(&self, other: &Self) -> bool {
        match (self.day(), other.day()) {
            (None, None) => self == other,
            (day, other) => day == other,
        }
    }

    /// `22-Nov-2026 14:05` where a time is known, otherwise [`Moment::date_text`].
    pub fn text(&self) -> String {
        match self.on_the_clock() {
            Some(local) => {
                let mut text = date(local.date());
                text.push(' ');
                text.push_str(&clock_time(local.hour(), local.minute()));
                text
            }
            None => self.date_text(),
        }
    }

    /// `14:05`, when a time is known.
    pub fn clock(&self) -> Option<String> {
        self.on_the_clock()
            .map(|local| clock_time(local.hour(), local.minute()))
    }

    fn on_the_clock(&self) -> Option<NaiveDateTime> {
        match self {
            Moment::Instant(instant) => Some(uk_time(*instant)),
            Moment::Local(local) => Some(*local),
            _ => None,
        }
    }

    /// What a partial date lacks, in words.
    pub fn missing(&self) -> Option<&'static str> {
        match self {
            Moment::Year(_) => Some("Month and day not recorded"),
            Moment::Month(..) => Some("Day not recorded"),
            _ => None,
        }
    }

    /// The earliest instant it can mean, in milliseconds since 1970, for sorting.
    pub fn earliest_millis(&self) -> i64 {
        let start = |day: Option<NaiveDate>| {
            day.and_then(|d| d.and_hms_opt(0, 0, 0))
                .map_or(i64::MIN + 1, |t| t.and_utc().timestamp_millis())
        };
        match self {
            Moment::Year(year) => start(NaiveDate::from_ymd_opt(*year, 1, 1)),
            Moment::Month(year, month) => start(NaiveDate::from_ymd_opt(*year, *month, 1)),
            Moment::Day(day) => start(Some(*day)),
            Moment::Instant(instant) => instant.timestamp_millis(),
            Moment::Local(local) => local.and_utc().timestamp_millis(),
        }
    }

    /// The latest instant a partial date can mean, in milliseconds since 1970; `None` for a whole date.
    pub fn latest_millis(&self) -> Option<i64> {
        self.missing()?;
        let after = self.latest_day()?.succ_opt()?.and_hms_opt(0, 0, 0)?;
        Some(after.and_utc().timestamp_millis() - 1)
    }

    /// The instants it can mean, in milliseconds since 1970: from the first, to the first it can no longer mean. Both
    /// are the same for a known time.
    pub fn instants(&self) -> (i64, i64) {
        const DAY: i64 = 24 * 3_600_000;
        let from = self.earliest_millis();
        let to = match self {
            Moment::Instant(_) | Moment::Local(_) => from,
            _ => self
                .latest_day()
                .map_or(from, |day| Moment::Day(day).earliest_millis() + DAY),
        };
        (from, to)
    }

    /// The calendar day it falls on in the United Kingdom; `None` for a partial date.
    pub fn day(&self) -> Option<NaiveDate> {
        match self {
            Moment::Day(day) => Some(*day),
            Moment::Instant(instant) => Some(uk_time(*instant).date()),
            Moment::Local(local) => Some(local.date()),
            _ => None,
        }
    }

    /// The year it falls in.
    pub fn year(&self) -> i32 {
        match self {
            Moment::Year(year) | Moment::Month(year, _) => *year,
            _ => self.day().map_or(0, |day| day.year()),
        }
    }

    /// The latest calendar day it can mean.
    pub fn latest_day(&self) -> Option<NaiveDate> {
        match self {
            Moment::Year(year) => NaiveDate::from_ymd_opt(*year, 12, 31),
            Moment::Month(year, month) => NaiveDate::from_ymd_opt(*year, *month, 1)?
                .checked_add_months(Months::new(1))?
                .pred_opt(),
            _ => self.day(),
        }
    }

    /// The earliest calendar day it can mean.
    pub fn earliest_day(&self) -> Option<NaiveDate> {
        match self {
            Moment::Year(year) => NaiveDate::from_ymd_opt(*year, 1, 1),
            Moment::Month(year, month) => NaiveDate::from_ymd_opt(*year, *month, 1),
            _ => self.day(),
        }
    }
}

/// An instant on the clocks of the United Kingdom.
fn uk_time(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&chrono_tz::Europe::London).naive_local()
}

/// `05-Jan-2009`: two-digit day, three-letter month, four-digit year, hyphens (D+Ta-0002..10).
pub fn date(day: NaiveDate) -> String {
    let mut text = String::with_capacity(11);
    two_digits(&mut text, day.day());
    text.push('-');
    text.push_str(MONTHS[day.month0() as usize]);
    text.push('-');
    match u32::try_from(day.year()) {
        Ok(year) if year < 10_000 => {
            two_digits(&mut text, year / 100);
            two_digits(&mut text, year % 100);
        }
        _ => text.push_str(&format!("{:04}", day.year())),
    }
    text
}

/// Dates stand on every line several times, and `format!` takes ten times as long over one.
fn two_digits(text: &mut String, number: u32) {
    for digit in [number / 10 % 10, number % 10] {
        text.extend(char::from_digit(digit, 10));
    }
}

/// `Tue 05-Jan-2009` (D+Ta-0017).
pub fn weekday_date(day: NaiveDate) -> String {
    format!("{} {}", day.weekday(), date(day))
}

/// `05 January 2009`, for letters to patients and for screen readers.
pub fn long_date(day: NaiveDate) -> String {
    format!(
        "{:02} {} {:04}",
        day.day(),
        LONG_MONTHS[day.month0() as usize],
        day.year()
    )
}

/// `14:05`, 24-hour, midnight `00:00` (D+Tb-0001..16).
pub fn clock_time(hour: u32, minute: u32) -> String {
    let mut text = String::with_capacity(5);
    two_digits(&mut text, hour);
    text.push(':');
    two_digits(&mut text, minute);
    text
}

/// `Approx 02:00` (D+Tb).
pub fn approximate_time(hour: u32, minute: u32) -> String {
    format!("Approx {}", clock_time(hour, minute))
}

/// `4hr 32min 16sec` below a day, `5d 4hr` above; no space inside a pair, zeros left out, no decimals.
pub fn duration(length: TimeDelta) -> String {
    let total = length.num_seconds().max(0);
    let parts = [
        (total / 86_400, "d"),
        (total / 3_600 % 24, "hr"),
        (total / 60 % 60, "min"),
        (total % 60, "sec"),
    ];
    pairs(&parts).unwrap_or_else(|| "0min".to_owned())
}

fn pairs(parts: &[(i64, &str)]) -> Option<String> {
    let shown: Vec<String> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n}{unit}"))
        .collect();
    (!shown.is_empty()).then(|| shown.join(" "))
}

/// The age of someone born at `born`, by the age table: under 2 hours in minutes, 2 days in hours, 4 weeks in
/// days, 1 year in weeks and days, 2 years in months and days, 18 years in years and months, then years.
///
/// Minutes and hours need a time of birth; a date alone gives days from the first day on. `None` before birth.
pub fn age(born: &Moment, at: DateTime<Utc>) -> Option<String> {
    let today = uk_time(at).date();
    if let Moment::Instant(instant) = born {
        let lived = at - *instant;
        if lived < TimeDelta::zero() {
            return None;
        }
        if lived < TimeDelta::hours(2) {
            return Some(format!("{}min", lived.num_minutes()));
        }
        if lived < TimeDelta::days(2) {
            return Some(format!("{}hrs", lived.num_hours()));
        }
    }
    let (Some(first), Some(last)) = (born.earliest_day(), born.latest_day()) else {
        return None;
    };
    age_range(first, last, today)
}

/// The age on `today` of someone born on some day from `first` to `last`. When a partial date of birth leaves
/// two answers both are given (`60y or 61y`); when it leaves more, none is.
pub fn age_range(first: NaiveDate, last: NaiveDate, today: NaiveDate) -> Option<String> {
    if first > today {
        return None;
    }
    if first == last {
        return exact_age(first, today);
    }
    let oldest = today.years_since(first)?;
    let youngest = today.years_since(last.min(today)).unwrap_or(0);
    match oldest - youngest {
        _ if youngest < 18 => None,
        0 => Some(format!("{oldest}y")),
        1 => Some(format!("{youngest}y or {oldest}y")),
        _ => None,
    }
}

fn exact_age(born: NaiveDate, today: NaiveDate) -> Option<String> {
    let days = (today - born).num_days();
    let months = whole_months(born, today);
    let text = if days < 28 {
        format!("{days}d")
    } else if months < 12 {
        pairs(&[(days / 7, "w"), (days % 7, "d")])?
    } else if months < 24 {
        let since = born
            .checked_add_months(Months::new(months))
            .map_or(0, |m| (today - m).num_days());
        pairs(&[(i64::from(months), "m"), (since, "d")])?
    } else if months < 18 * 12 {
        pairs(&[(i64::from(months / 12), "y"), (i64::from(months % 12), "m")])?
    } else {
        format!("{}y", months / 12)
    };
    Some(text)
}

/// Completed months from `born` to `today`; a month is complete on the same day, or on the last day of a
/// month too short to have it.
fn whole_months(born: NaiveDate, today: NaiveDate) -> u32 {
    let months = (today.year() - born.year()) * 12 + today.month() as i32 - born.month() as i32;
    let months = u32::try_from(months).unwrap_or(0);
    match born.checked_add_months(Months::new(months)) {
        Some(day) if day > today => months.saturating_sub(1),
        _ => months,
    }
}
