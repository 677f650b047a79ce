//! Dates and times, as exact as they were written and no more.

use std::cmp::Ordering;
use std::fmt;

use chrono::{DateTime, Duration, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// How much of a moment was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// `1998`
    Year,
    /// `1998-03`
    Month,
    /// `1998-03-14`
    Day,
    /// `1998-03-14T09:30Z`. R4 wants the seconds too; real servers leave them out.
    Minute,
    /// `1998-03-14T09:30:00Z`, or finer.
    Second,
}

/// A FHIR `date`, `dateTime` or `instant`: the text as written, and what it can be compared by.
///
/// A partial date stays partial. It stands for a stretch of time, from [`earliest_utc`](Self::earliest_utc) up
/// to [`latest_utc`](Self::latest_utc); which end is right depends on the question. Equality is of the text.
#[derive(Clone)]
pub struct FhirDateTime {
    text: Box<str>,
    precision: Precision,
    local: NaiveDateTime,
    offset: Option<FixedOffset>,
}

impl FhirDateTime {
    /// Takes `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a date and a time of day with or without seconds and zone.
    /// Days that no calendar has (`2023-02-29`) are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let (day, mut precision) = parse_date(date)?;
        let mut local = day.and_time(NaiveTime::MIN);
        let mut offset = None;
        if let Some(time) = time {
            if precision != Precision::Day {
                return None;
            }
            let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
            let (clock, zone) = time.split_at(zone_at);
            offset = parse_zone(zone)?;
            let time_of_day;
            (time_of_day, precision) = parse_clock(clock)?;
            local = day.and_time(time_of_day);
        }
        Some(Self {
            text: text.into(),
            precision,
            local,
            offset,
        })
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How much was written down.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Whether a time of day was written down.
    pub fn has_time(&self) -> bool {
        self.precision >= Precision::Minute
    }

    /// The date and time on the writer's clock; the parts not written down are the first of their kind.
    pub fn local(&self) -> NaiveDateTime {
        self.local
    }

    /// The first day it can mean, on the writer's calendar.
    pub fn date(&self) -> NaiveDate {
        self.local.date()
    }

    /// The writer's distance from UTC, if written down.
    pub fn offset(&self) -> Option<FixedOffset> {
        self.offset
    }

    /// The first moment it can mean: what lists are sorted by. Without a zone the text is taken as UTC.
    pub fn earliest_utc(&self) -> DateTime<Utc> {
        let shift = self
            .offset
            .map_or(0, |offset| i64::from(offset.local_minus_utc()));
        self.local
            .checked_sub_signed(Duration::seconds(shift))
            .unwrap_or(self.local)
            .and_utc()
    }

    /// The first moment after everything it can mean: a period that ends `2020` lasts until 2021 begins.
    pub fn latest_utc(&self) -> DateTime<Utc> {
        let start = self.earliest_utc();
        match self.precision {
            Precision::Year => start.checked_add_months(Months::new(12)),
            Precision::Month => start.checked_add_months(Months::new(1)),
            Precision::Day => start.checked_add_signed(Duration::days(1)),
            Precision::Minute => start.checked_add_signed(Duration::minutes(1)),
            Precision::Second => start.checked_add_signed(Duration::seconds(1)),
        }
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// By the first moment each can mean; of two that begin together, the more exact one first.
    pub fn cmp_earliest(&self, other: &Self) -> Ordering {
        self.earliest_utc()
            .cmp(&other.earliest_utc())
            .then(other.precision.cmp(&self.precision))
    }
}

impl PartialEq for FhirDateTime {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for FhirDateTime {}

impl fmt::Debug for FhirDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FhirDateTime({:?})", self.precision)
    }
}

fn parse_date(text: &str) -> Option<(NaiveDate, Precision)> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map(|month| digits(month, 2));
    let day = parts.next().map(|day| digits(day, 2));
    if year == 0 || parts.next().is_some() {
        return None;
    }
    let precision = match (month, day) {
        (None, _) => Precision::Year,
        (Some(_), None) => Precision::Month,
        (Some(_), Some(_)) => Precision::Day,
    };
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        month.unwrap_or(Some(1))?,
        day.unwrap_or(Some(1))?,
    )?;
    Some((date, precision))
}

fn parse_clock(text: &str) -> Option<(NaiveTime, Precision)> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let Some(seconds) = parts.next() else {
        return Some((NaiveTime::from_hms_opt(hour, minute, 0)?, Precision::Minute));
    };
    if parts.next().is_some() {
        return None;
    }
    let (whole, fraction) = match seconds.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (seconds, None),
    };
    let mut nanos = 0;
    if let Some(fraction) = fraction {
        if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Finer than a nanosecond is cut off; the text keeps it.
        let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
        nanos = digits.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    }
    // R4 allows a leap second; chrono counts it as an overlong 59th.
    let (second, nanos) = match digits(whole, 2)? {
        60 => (59, nanos + 1_000_000_000),
        second => (second, nanos),
    };
    Some((
        NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?,
        Precision::Second,
    ))
}

/// Nothing, `Z` or `±HH:MM`; the outer `None` is text that is none of them.
fn parse_zone(text: &str) -> Option<Option<FixedOffset>> {
    if text.is_empty() {
        return Some(None);
    }
    if text == "Z" {
        return Some(FixedOffset::east_opt(0));
    }
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    let offset = FixedOffset::east_opt(if text.starts_with('-') { -seconds } else { seconds })?;
    Some(Some(offset))
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> FhirDateTime {
        FhirDateTime::parse(text).unwrap_or_else(|| panic!("{text:?} is a date"))
    }

    #[test]
    fn a_partial_date_stays_partial_and_stands_for_a_stretch_of_time() {
        let cases = [
            (
                "2015",
                Precision::Year,
                "2015-01-01T00:00:00+00:00",
                "2016-01-01T00:00:00+00:00",
            ),
            (
                "2015-02",
                Precision::Month,
                "2015-02-01T00:00:00+00:00",
                "2015-03-01T00:00:00+00:00",
            ),
            (
                "2016-02-29",
                Precision::Day,
                "2016-02-29T00:00:00+00:00",
                "2016-03-01T00:00:00+00:00",
            ),
            (
                "2015-02-07T13:28Z",
                Precision::Minute,
                "2015-02-07T13:28:00+00:00",
                "2015-02-07T13:29:00+00:00",
            ),
            (
                "2015-02-07T13:28:17",
                Precision::Second,
                "2015-02-07T13:28:17+00:00",
                "2015-02-07T13:28:18+00:00",
            ),
            (
                "2015-02-07T13:28:17.5+01:00",
                Precision::Second,
                "2015-02-07T12:28:17.500+00:00",
                "2015-02-07T12:28:18.500+00:00",
            ),
            (
                "2015-02-07T23:30:00-05:00",
                Precision::Second,
                "2015-02-08T04:30:00+00:00",
                "2015-02-08T04:30:01+00:00",
            ),
            (
                "2016-12-31T23:59:60Z",
                Precision::Second,
                "2016-12-31T23:59:60+00:00",
                "2017-01-01T00:00:00+00:00",
            ),
        ];
        for (text, precision, earliest, latest) in cases {
            let date = parse(text);
            assert_eq!(date.as_str(), text);
            assert_eq!(date.precision(), precision, "{text}");
            assert_eq!(date.earliest_utc().to_rfc3339(), earliest, "{text}");
            assert_eq!(date.latest_utc().to_rfc3339(), latest, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "15",
            "2015-",
            "2015-2",
            "2015-13",
            "2015-00",
            "2015-02-30",
            "2023-02-29",
            "0000",
            "20150207",
            "07/02/2015",
            "2015-02-07 13:28",
            "2015-02T13:28:17Z",
            "2015-02-07T",
            "2015-02-07T13",
            "2015-02-07T24:00:00Z",
            "2015-02-07T13:60:00Z",
            "2015-02-07T13:28:61Z",
            "2015-02-07T13:28:17.Z",
            "2015-02-07T13:28:17+1:00",
            "2015-02-07T13:28:17+15:00",
            "2015-02-07T13:28:17z",
            "2015-02-07T13:28:17Zulu",
            "-2015",
            "circa 1990",
            "２０１５",
        ] {
            assert_eq!(FhirDateTime::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        for text in ["9999", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"] {
            let date = parse(text);
            assert!(date.earliest_utc() < date.latest_utc(), "{text}");
        }
    }

    #[test]
    fn sorts_across_zones_by_the_moment_meant() {
        let mut dates = [
            "2020-06-01T09:00:00+01:00",
            "2020-06-01T08:30:00Z",
            "2020-06-01",
            "2020",
        ]
        .map(parse);
        dates.sort_by(FhirDateTime::cmp_earliest);
        assert_eq!(
            dates.each_ref().map(FhirDateTime::as_str),
            [
                "2020",
                "2020-06-01",
                "2020-06-01T09:00:00+01:00",
                "2020-06-01T08:30:00Z"
            ]
        );
    }
}
