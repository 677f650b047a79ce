//! Figures and how they are told: as sentences for a person, or as JSON lines for a program.

use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Many measurements of one thing, in milliseconds unless its report says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    values: Vec<f64>,
}

impl Sample {
    pub(crate) const fn new() -> Self {
        Self { values: Vec::new() }
    }

    pub(crate) fn add(&mut self, value: f64) {
        let place = self.values.partition_point(|known| *known <= value);
        self.values.insert(place, value);
    }

    pub(crate) fn add_time(&mut self, time: Duration) {
        self.add(time.as_secs_f64() * 1e3);
    }

    /// Runs something and adds how long it took.
    pub(crate) fn time<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let answer = run();
        self.add_time(begun.elapsed());
        answer
    }

    /// The value that so many in a hundred do not exceed (nearest rank); 0 when nothing was measured.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let rank = (self.values.len() as f64 * percent / 100.0).ceil() as usize;
        let place = rank.saturating_sub(1).min(self.values.len().saturating_sub(1));
        self.values.get(place).copied().unwrap_or_default()
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    fn count(&self) -> usize {
        self.values.len()
    }

    fn as_json(&self) -> Value {
        json!({
            "count": self.count(), "least": self.percentile(0.0), "p50": self.median(), "p95": self.percentile(95.0),
            "p99": self.percentile(99.0), "most": self.percentile(100.0),
        })
    }
}

/// What one bench program found.
pub(crate) struct Report {
    name: &'static str,
    json: bool,
}

impl Report {
    /// Begins a report. Says so when the build is not the one people run.
    pub(crate) fn begin(name: &'static str, as_json: bool) -> Self {
        let report = Self { name, json: as_json };
        if cfg!(debug_assertions) {
            report.say("This is not a release build: the figures say nothing about what people run.");
        }
        report
    }

    /// A remark, or a heading over the figures that follow.
    pub(crate) fn say(&self, words: &str) {
        if self.json {
            self.line(&json!({"says": words}));
        } else {
            println!("{words}");
        }
    }

    /// Measurements in milliseconds.
    pub(crate) fn times(&self, what: &str, sample: &Sample) {
        self.sample(what, "ms", sample);
    }

    /// Measurements in another unit.
    pub(crate) fn sample(&self, what: &str, unit: &str, sample: &Sample) {
        if self.json {
            self.line(&json!({"what": what, "unit": unit, "sample": sample.as_json()}));
            return;
        }
        println!(
            "  {what:<66} p50 {:>9}  p95 {:>9}  p99 {:>9}  {:>9} to {:>9} {unit}  ({})",
            short(sample.median()),
            short(sample.percentile(95.0)),
            short(sample.percentile(99.0)),
            short(sample.percentile(0.0)),
            short(sample.percentile(100.0)),
            sample.count()
        );
    }

    /// Ours beside a reference, by their medians.
    pub(crate) fn ratio(&self, what: &str, ours: f64, reference: f64) {
        let ratio = ours / reference;
        if self.json {
            self.line(&json!({"what": what, "ours": ours, "reference": reference, "ratio": ratio}));
        } else {
            println!("  {what:<66} {ratio:>9.2}x");
        }
    }

    /// A figure with the limit it is held to.
    pub(crate) fn held_to(&self, what: &str, figure: f64, limit: Limit, unit: &str) {
        let (met, sign, bound) = match limit {
            Limit::AtMost(bound) => (figure <= bound, "<=", bound),
            Limit::AtLeast(bound) => (figure >= bound, ">=", bound),
        };
        if self.json {
            self.line(&json!({"what": what, "figure": figure, "unit": unit, "aim": format!("{sign} {bound}"), "met": met}));
        } else {
            let verdict = if met { "met" } else { "NOT MET" };
            println!(
                "  {what:<66} {:>9} {unit} (aim {sign} {bound} {unit}): {verdict}",
                short(figure)
            );
        }
    }

    fn line(&self, value: &Value) {
        let mut value = value.clone();
        value["bench"] = json!(self.name);
        println!("{value}");
    }
}

/// What a figure is held to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// Three figures that matter, not more.
fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 1_000.0 => format!("{value:.0}"),
        large if large >= 100.0 => format!("{value:.1}"),
        large if large >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_measurement() {
        let mut sample = Sample::new();
        for value in [30.0, 10.0, 20.0, 40.0] {
            sample.add(value);
        }
        assert_eq!(sample.median(), 20.0);
        assert_eq!(sample.percentile(99.0), 40.0);
        assert_eq!(sample.percentile(0.0), 10.0);
        assert_eq!(Sample::new().median(), 0.0);
    }
}
