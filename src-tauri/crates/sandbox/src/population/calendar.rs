//! Dates counted back from a given "today", written as FHIR writes them. There is no clock here.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Counts days from `today`; positive is past, negative is future.
#[derive(Clone, Copy)]
pub(super) struct Calendar {
    pub(super) today: NaiveDate,
}

impl Calendar {
    pub(super) fn date(self, ago: i64) -> NaiveDate {
        let days = Days::new(ago.unsigned_abs());
        let moved = if ago >= 0 {
            self.today.checked_sub_days(days)
        } else {
            self.today.checked_add_days(days)
        };
        moved.unwrap_or(self.today)
    }

    /// `2026-11-22`
    pub(super) fn day(self, ago: i64) -> String {
        self.date(ago).format("%Y-%m-%d").to_string()
    }

    /// `2026-11`: a date of which only the month is known.
    pub(super) fn month(self, ago: i64) -> String {
        self.date(ago).format("%Y-%m").to_string()
    }

    /// `2026`: a date of which only the year is known.
    pub(super) fn year(self, ago: i64) -> String {
        self.date(ago).format("%Y").to_string()
    }

    /// `2026-07-01T09:14:00+01:00`: the time on an English clock, with the offset in force that day.
    pub(super) fn at(self, ago: i64, time: &str) -> String {
        let date = self.date(ago);
        format!(
            "{date}T{time}:00{}",
            if summer_time(date) { "+01:00" } else { "+00:00" }
        )
    }

    /// The last instant the shared record could have stored something recorded `ago` days back. Things
    /// recorded today are stamped just after midnight, so that no copy claims to come from the future.
    pub(super) fn stored(self, ago: i64) -> String {
        let ago = ago.max(0);
        let time = if ago == 0 { "00:45:00" } else { "21:30:00" };
        format!("{}T{time}.000Z", self.date(ago))
    }

    /// A birth date `years` and `days` before today.
    pub(super) fn born(self, years: i32, days: i64) -> NaiveDate {
        let day = self.date(days);
        day.with_year(day.year() - years)
            .or_else(|| NaiveDate::from_ymd_opt(day.year() - years, 2, 28))
            .unwrap_or(day)
    }
}

/// When on the clock an ordinary contact `ago` days back began: spread over the working day, and just after
/// midnight today, so that nothing has happened that is still to come.
pub(super) fn clock(ago: i64) -> &'static str {
    const TIMES: [&str; 7] = ["09:05", "14:20", "10:10", "15:55", "11:35", "08:40", "13:15"];
    if ago == 0 {
        "00:20"
    } else {
        TIMES[usize::try_from(ago.rem_euclid(7)).unwrap_or(0)]
    }
}

/// `minutes` after `time` (`HH:MM`), within the same day.
pub(super) fn plus(time: &str, minutes: u32) -> String {
    let (hours, past) = time.split_once(':').unwrap_or(("0", "0"));
    let start = hours.parse::<u32>().unwrap_or(0) * 60 + past.parse::<u32>().unwrap_or(0);
    let moved = (start + minutes).min(23 * 60 + 59);
    format!("{:02}:{:02}", moved / 60, moved % 60)
}

/// British Summer Time: from the last Sunday of March to the day before the last Sunday of October.
fn summer_time(date: NaiveDate) -> bool {
    match (last_sunday(date.year(), 3), last_sunday(date.year(), 10)) {
        (Some(starts), Some(ends)) => (starts..ends).contains(&date),
        _ => false,
    }
}

fn last_sunday(year: i32, month: u32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    let back = (last.weekday().num_days_from_monday() + 7 - Weekday::Sun.num_days_from_monday()) % 7;
    last.checked_sub_days(Days::new(u64::from(back)))
}

#[cfg(test)]
mod tests {
    use super::{Calendar, clock, plus};
    use chrono::NaiveDate;

    #[test]
    fn english_clocks_change_on_the_last_sundays_of_march_and_october() {
        let calendar = Calendar {
            today: NaiveDate::from_ymd_opt(2026, 10, 25).expect("a date"),
        };
        assert_eq!(calendar.at(0, "09:14"), "2026-10-25T09:14:00+00:00");
        assert_eq!(calendar.at(1, "09:14"), "2026-10-24T09:14:00+01:00");
        let calendar = Calendar {
            today: NaiveDate::from_ymd_opt(2026, 3, 29).expect("a date"),
        };
        assert_eq!(calendar.at(0, "09:14"), "2026-03-29T09:14:00+01:00");
        assert_eq!(calendar.at(1, "09:14"), "2026-03-28T09:14:00+00:00");
    }

    #[test]
    fn a_little_later_stays_within_the_day() {
        assert_eq!(plus("09:45", 25), "10:10");
        assert_eq!(plus("23:50", 25), "23:59");
        assert!((0..30).all(|ago| plus(clock(ago), 25).as_str() > clock(ago)));
    }

    #[test]
    fn positive_is_past_and_negative_is_future() {
        let calendar = Calendar {
            today: NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date"),
        };
        assert_eq!(calendar.day(1), "2026-11-22");
        assert_eq!(calendar.day(-8), "2026-12-01");
        assert_eq!(calendar.month(30), "2026-10");
        assert_eq!(calendar.born(85, 132).to_string(), "1941-07-14");
    }
}
