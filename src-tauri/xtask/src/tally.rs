//! Counting what passed, failed and was skipped, across suites that each report in their own words.

use serde_json::Value;
use std::fmt;
use std::ops::AddAssign;

/// How many checks or tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    pub(crate) const PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    pub(crate) const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    pub(crate) const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    pub(crate) fn total(self) -> u64 {
        self.passed + self.failed + self.skipped
    }

    /// Adds one line of a Rust test program's output, if it is a result line.
    pub(crate) fn add_libtest_line(&mut self, line: &str) {
        let Some(counts) = line.trim_start().strip_prefix("test result: ") else {
            return;
        };
        let counts = counts.split_once(". ").map_or(counts, |(_, counts)| counts);
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(count), Some(what)) = (
                words.next().and_then(|count| count.parse::<u64>().ok()),
                words.next(),
            ) else {
                continue;
            };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.skipped += count,
                _ => {}
            }
        }
    }

    /// Counts from Vitest's JSON report; nothing when it is not one.
    pub(crate) fn from_vitest(report: &str) -> Option<Self> {
        let report: Value = serde_json::from_str(report).ok()?;
        let count = |name: &str| report[name].as_u64();
        let suites_that_did_not_run = report["testResults"]
            .as_array()?
            .iter()
            .filter(|file| {
                file["status"] == "failed" && file["assertionResults"].as_array().is_some_and(Vec::is_empty)
            })
            .count() as u64;
        Some(Self {
            passed: count("numPassedTests")?,
            failed: count("numFailedTests")? + suites_that_did_not_run,
            skipped: count("numPendingTests")? + count("numTodoTests").unwrap_or(0),
        })
    }

    /// Tests that passed by saying they could not be made are skips, not passes.
    pub(crate) fn say_skipped(&mut self, count: u64) {
        let moved = count.min(self.passed);
        self.passed -= moved;
        self.skipped += moved;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_of_rust_tests_are_summed() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test the_thing ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.02s",
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ] {
            tally.add_libtest_line(line);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 14,
                failed: 3,
                skipped: 1
            }
        );
        assert_eq!(tally.to_string(), "14 passed, 3 failed, 1 skipped");
    }

    #[test]
    fn a_vitest_file_that_could_not_be_loaded_is_a_failure() {
        let report = r#"{"numPassedTests":4,"numFailedTests":0,"numPendingTests":2,"numTodoTests":0,
            "testResults":[{"status":"passed","assertionResults":[{}]},{"status":"failed","assertionResults":[]}]}"#;
        assert_eq!(
            Tally::from_vitest(report),
            Some(Tally {
                passed: 4,
                failed: 1,
                skipped: 2
            })
        );
        assert_eq!(Tally::from_vitest("not a report"), None);
    }

    #[test]
    fn a_test_that_said_it_was_skipped_is_not_a_pass() {
        let mut tally = Tally {
            passed: 5,
            failed: 0,
            skipped: 0,
        };
        tally.say_skipped(2);
        assert_eq!(
            tally,
            Tally {
                passed: 3,
                failed: 0,
                skipped: 2
            }
        );
    }
}
