//! How long a load will take and how much it will bring, before it begins and while it goes on.
//!
//! From what the last load on this device did: its rate is that of this network, this server and this laptop, which no
//! constant would be. Where there was none, nothing is promised.

use crate::wire::LoadEstimate;
use chrono::Duration;
use curlew_record::display::grouped;
use curlew_sync::Progress;
use serde::{Deserialize, Serialize};

/// Name of the note in the vault.
pub(crate) const NOTE: &str = "load-rates";

/// A load of fewer resources says little about the next.
const FEWEST: u64 = 100;

/// What the last load of some size did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Rates {
    pub(crate) resources_a_patient: f64,
    pub(crate) bytes_a_resource: f64,
    pub(crate) resources_a_second: f64,
    /// For somebody whose copy needs nothing: the question alone.
    pub(crate) seconds_a_question: f64,
}

impl Rates {
    /// Takes in how a load of so many people went.
    pub(crate) fn learn(&mut self, progress: &Progress, took: Duration) {
        let seconds = took.num_milliseconds() as f64 / 1000.0;
        if seconds <= 0.0 || progress.done == 0 {
            return;
        }
        if progress.resources < FEWEST {
            self.seconds_a_question = seconds / f64::from(progress.done);
            return;
        }
        let resources = progress.resources as f64;
        self.bytes_a_resource = progress.bytes as f64 / resources;
        self.resources_a_second = resources / seconds;
        // A refresh of people already here brings little of each, and says nothing of whole records.
        let each = resources / f64::from(progress.done);
        if each >= self.resources_a_patient / 2.0 {
            self.resources_a_patient = each;
        }
    }

    /// What loading so many people anew, bringing so many others up to date, and asking once more for those who were not
    /// shared will take.
    pub(crate) fn estimate(&self, anew: usize, held: usize, withheld: usize) -> LoadEstimate {
        let people = u32::try_from(anew + held + withheld).unwrap_or(u32::MAX);
        let again = match withheld {
            0 => String::new(),
            1 => " 1 person who was not shared with you is asked for again.".to_owned(),
            withheld => format!(" {withheld} people who were not shared with you are asked for again."),
        };
        if anew > 0 && self.resources_a_second <= 0.0 {
            return LoadEstimate {
                people,
                seconds: None,
                bytes: None,
                text: format!(
                    "{} to load. How long it takes is not known until the first load on this device.{again}",
                    many(anew)
                ),
            };
        }
        let resources = anew as f64 * self.resources_a_patient;
        let bytes = resources * self.bytes_a_resource;
        let loading = if anew > 0 {
            resources / self.resources_a_second
        } else {
            0.0
        };
        let seconds = loading + (held + withheld) as f64 * self.seconds_a_question;
        let text = match (anew, held) {
            (0, 0) => again.trim_start().to_owned(),
            (0, _) => format!("{} to bring up to date: {}.{again}", many(held), about(seconds)),
            (_, 0) => format!(
                "{} to load: {}, about {}.{again}",
                many(anew),
                about(seconds),
                megabytes(bytes)
            ),
            _ => format!(
                "{} to load and {held} to bring up to date: {}, about {}.{again}",
                many(anew),
                about(seconds),
                megabytes(bytes)
            ),
        };
        LoadEstimate {
            people,
            seconds: Some(seconds),
            bytes: Some(bytes),
            text,
        }
    }
}

/// How fast a load goes and how long it still takes: words for each, when there is enough to go by.
pub(crate) fn pace(progress: &Progress, took: Duration) -> (Option<String>, Option<String>) {
    let seconds = took.num_milliseconds() as f64 / 1000.0;
    if seconds < 1.0 || progress.done == 0 {
        return (None, None);
    }
    let rate = format!(
        "{} records and {} a second",
        grouped(&format!("{:.0}", progress.resources as f64 / seconds)),
        megabytes(progress.bytes as f64 / seconds)
    );
    let left = progress.patients.saturating_sub(progress.done);
    let remaining = seconds / f64::from(progress.done) * f64::from(left);
    (
        Some(rate),
        (left > 0).then(|| format!("{} left", about(remaining))),
    )
}

fn many(people: usize) -> String {
    match people {
        1 => "1 person".to_owned(),
        people => format!("{people} people"),
    }
}

fn megabytes(bytes: f64) -> String {
    if bytes < 1e6 {
        "less than 1 MB".to_owned()
    } else {
        format!("{:.0} MB", bytes / 1e6)
    }
}

/// A time nobody will hold us to.
fn about(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 10.0 => "a few seconds".to_owned(),
        seconds if seconds < 50.0 => format!("about {:.0} seconds", (seconds / 10.0).ceil() * 10.0),
        seconds if seconds < 90.0 => "about a minute".to_owned(),
        seconds => format!("about {:.0} minutes", (seconds / 60.0).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(done: u32, resources: u64) -> Progress {
        Progress {
            patients: 60,
            done,
            failed: 0,
            resources,
            bytes: resources * 1_500,
        }
    }

    #[test]
    fn the_first_load_promises_nothing_and_the_next_goes_by_it() {
        let mut rates = Rates::default();
        assert_eq!(rates.estimate(60, 0, 0).seconds, None);
        rates.learn(&progress(60, 60_000), Duration::seconds(30));
        let estimate = rates.estimate(30, 0, 0);
        assert_eq!(estimate.seconds.map(f64::round), Some(15.0));
        assert_eq!(estimate.bytes.map(f64::round), Some(45e6));
        assert_eq!(estimate.text, "30 people to load: about 20 seconds, about 45 MB.");
        // A refresh that brought little does not make whole records look small.
        rates.learn(&progress(60, 300), Duration::seconds(2));
        assert!((rates.resources_a_patient - 1_000.0).abs() < 1.0);
        rates.learn(&progress(60, 0), Duration::milliseconds(600));
        assert_eq!(
            rates.estimate(0, 60, 0).text,
            "60 people to bring up to date: a few seconds."
        );
        // Who was not shared is no load to come.
        assert_eq!(
            rates.estimate(0, 58, 2).text,
            "58 people to bring up to date: a few seconds. 2 people who were not shared with you are asked for again."
        );
        assert_eq!(rates.estimate(0, 58, 2).people, 60);
    }

    #[test]
    fn what_is_left_is_told_in_people_not_promises() {
        let (rate, left) = pace(&progress(15, 15_000), Duration::seconds(10));
        assert_eq!(rate.as_deref(), Some("1,500 records and 2 MB a second"));
        assert_eq!(left.as_deref(), Some("about 30 seconds left"));
        assert_eq!(pace(&progress(0, 5), Duration::seconds(10)), (None, None));
        assert_eq!(pace(&progress(60, 9_000), Duration::seconds(10)).1, None);
    }
}
