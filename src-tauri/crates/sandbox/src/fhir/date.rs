//! Dates in searches: a partial date is the whole interval it covers (FHIR R4 search, 3.1.1.4.7).

use chrono::{DateTime, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// An interval: from, until (not included).
pub(crate) type Interval = (DateTime<Utc>, DateTime<Utc>);

/// The interval a FHIR date, dateTime or instant covers. Times without an offset are read as UTC.
pub(crate) fn interval(text: &str) -> Option<Interval> {
    let start_of = |date: NaiveDate| Some(date.and_hms_opt(0, 0, 0)?.and_utc());
    let month_after = |date: NaiveDate, months| date.checked_add_months(Months::new(months));
    if !text.is_ascii() {
        return None;
    }
    match text.len() {
        4 => {
            let first = NaiveDate::from_ymd_opt(text.parse().ok()?, 1, 1)?;
            Some((start_of(first)?, start_of(month_after(first, 12)?)?))
        }
        7 => {
            let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
            Some((start_of(first)?, start_of(month_after(first, 1)?)?))
        }
        10 => {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some((start_of(day)?, start_of(day.succ_opt()?)?))
        }
        _ => {
            // A "+" that was not percent-encoded arrives as a space.
            let text = text.replace(' ', "+");
            let at = DateTime::parse_from_rfc3339(&text)
                .map(|at| at.to_utc())
                .ok()
                .or_else(|| {
                    let written = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
                    written
                        .iter()
                        .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok())
                        .map(|at| at.and_utc())
                })?;
            let length = if text.contains('.') {
                TimeDelta::milliseconds(1)
            } else {
                TimeDelta::seconds(1)
            };
            Some((at, at + length))
        }
    }
}

/// A search value such as `ge2026-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateParameter {
    prefix: Prefix,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    StartsAfter,
    EndsBefore,
}

impl DateParameter {
    /// Reads a parameter's value; `None` where it is not a date.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let prefixes = [
            ("eq", Prefix::Equal),
            ("ne", Prefix::NotEqual),
            ("ge", Prefix::GreaterOrEqual),
            ("gt", Prefix::Greater),
            ("le", Prefix::LessOrEqual),
            ("lt", Prefix::Less),
            ("sa", Prefix::StartsAfter),
            ("eb", Prefix::EndsBefore),
        ];
        let named = prefixes
            .iter()
            .find_map(|(name, prefix)| Some((*prefix, text.strip_prefix(name)?)));
        let (prefix, date) = named.unwrap_or((Prefix::Equal, text));
        let (from, until) = interval(date)?;
        Some(Self { prefix, from, until })
    }

    /// Whether an instant fits.
    pub(crate) fn fits(&self, at: DateTime<Utc>) -> bool {
        self.fits_interval((at, at + TimeDelta::milliseconds(1)))
    }

    /// Whether a recorded interval fits.
    pub(crate) fn fits_interval(&self, (from, until): Interval) -> bool {
        let inside = from >= self.from && until <= self.until;
        match self.prefix {
            Prefix::Equal => inside,
            Prefix::NotEqual => !inside,
            Prefix::Greater => until > self.until,
            Prefix::GreaterOrEqual => until > self.until || inside || from >= self.from,
            Prefix::Less => from < self.from,
            Prefix::LessOrEqual => from < self.until,
            Prefix::StartsAfter => from >= self.until,
            Prefix::EndsBefore => until <= self.from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(parameter: &str, at: &str) -> bool {
        let at = DateTime::parse_from_rfc3339(at).unwrap().to_utc();
        DateParameter::read(parameter).unwrap().fits(at)
    }

    #[test]
    fn bounds_are_kept_to_the_millisecond() {
        let at = "2026-03-01T10:00:00.500Z";
        assert!(fits("ge2026-03-01T10:00:00.500Z", at));
        assert!(!fits("gt2026-03-01T10:00:00.500Z", at));
        assert!(fits("gt2026-03-01T10:00:00.499Z", at));
        assert!(fits("le2026-03-01T10:00:00.500Z", at));
        assert!(!fits("lt2026-03-01T10:00:00.500Z", at));
        assert!(fits("2026-03-01T11:00:00.500+01:00", at));
        assert!(fits("ge2026-03-01T11:00:00.500 01:00", at));
    }

    #[test]
    fn a_partial_date_is_all_of_it() {
        assert!(fits("2026-02", "2026-02-28T23:59:59.999Z"));
        assert!(!fits("2026-02", "2026-03-01T00:00:00Z"));
        assert!(!fits("gt2026-02-28", "2026-02-28T12:00:00Z"));
        assert!(fits("gt2026-02-28", "2026-03-01T00:00:00Z"));
        assert!(fits("sa2026", "2027-01-01T00:00:00Z"));
        assert!(fits("eb2026", "2025-12-31T23:59:59.999Z"));
        for not_a_date in ["", "ge", "yesterday", "2026-13", "2026-02-30", "ge20é6"] {
            assert_eq!(DateParameter::read(not_a_date), None, "{not_a_date}");
        }
    }
}
