//! `cargo verify`: every check, in one go, with one closing line.
//!
//! A failure does not stop the rest: one run tells everything that is wrong. Everything that compiles shares one target
//! folder and one set of features, so that nothing is built twice.

use crate::desktop::{Session, Size};
use crate::failure::Failure;
use crate::hazards;
use crate::imports;
use crate::packages::{self, For};
use crate::programs::{cargo, npm, output, run, shown, watched};
use crate::tally::Tally;
use crate::workspace;
use clap::Args;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// Embeds the UI. Given to every cargo command, for a different feature set would compile everything again.
const FEATURES: [&str; 2] = ["--features", "curlew/custom-protocol"];

/// How the check is run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only the steps whose name contains this text; for looking closer at a failure.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// How one step ended.
struct Outcome {
    tally: Tally,
    /// What a reader must know: why it failed or was skipped.
    note: Option<String>,
}

impl Outcome {
    fn passed() -> Self {
        Self {
            tally: Tally::PASSED,
            note: None,
        }
    }

    fn failed(note: impl Into<String>) -> Self {
        Self {
            tally: Tally::FAILED,
            note: Some(note.into()),
        }
    }

    fn skipped(note: impl Into<String>) -> Self {
        Self {
            tally: Tally::SKIPPED,
            note: Some(note.into()),
        }
    }

    fn of(result: Result<(), Failure>) -> Self {
        result.map_or_else(|failure| Self::failed(failure.to_string()), |()| Self::passed())
    }
}

type Step = (&'static str, fn() -> Outcome);

/// In this order: the UI first, because the app embeds it; what is quick before what is slow.
const STEPS: &[Step] = &[
    ("UI: packages from the lock file", || {
        Outcome::of(run(npm().arg("ci")))
    }),
    ("UI: build", || Outcome::of(run(npm().args(["run", "build"])))),
    ("UI: types", || Outcome::of(run(npm().args(["run", "check"])))),
    ("UI: lint", || Outcome::of(run(npm().args(["run", "lint"])))),
    ("UI: tests", ui_tests),
    ("UI: known vulnerabilities", npm_audit),
    ("Rust: formatting", || {
        Outcome::of(run(cargo().args(["fmt", "--all", "--check"])))
    }),
    ("Rust: import table", import_table),
    ("Hazard log: every test is there", || {
        Outcome::of(hazards::run().map(|summary| println!("{summary}")))
    }),
    ("Rust: licences, bans and sources", || {
        Outcome::of(run(cargo().args([
            "deny",
            "--all-features",
            "check",
            "licenses",
            "bans",
            "sources",
        ])))
    }),
    ("Rust: known vulnerabilities", advisories),
    ("Rust: lints", lints),
    ("Rust: build", || {
        Outcome::of(run(cargo()
            .args(["build", "--workspace", "--all-targets"])
            .args(FEATURES)))
    }),
    ("Rust: tests", || {
        rust_tests(
            cargo()
                .args(["test", "--workspace", "--no-fail-fast"])
                .args(FEATURES),
        )
    }),
    ("Rust: generated types", || {
        Outcome::of(run(cargo()
            .args(["test", "--quiet", "--workspace", "--test", "wire_types"])
            .args(FEATURES)
            .args(["--", "generated_types_are_up_to_date"])))
    }),
    ("App: no SQLite symbols exported", sqlite_symbols),
    ("App: in a real window", window_tests),
    ("App: the hunt finds clear files", hunt_control),
];

/// Runs every step.
///
/// # Errors
/// When the machine cannot be prepared, or anything failed.
pub(crate) fn everything(options: &Options) -> Result<(), Failure> {
    let started = Instant::now();
    heading("Machine");
    packages::prepare(For::Tests)?;

    let mut sum = Tally::default();
    let mut lines = Vec::new();
    for (name, step) in STEPS {
        if options
            .only
            .as_ref()
            .is_some_and(|only| !name.to_lowercase().contains(&only.to_lowercase()))
        {
            continue;
        }
        heading(name);
        let begun = Instant::now();
        let Outcome { tally, note } = step();
        sum += tally;
        let seconds = begun.elapsed().as_secs_f64();
        let verdict = if tally.failed > 0 {
            "FAILED"
        } else if tally.passed == 0 {
            "skipped"
        } else {
            "ok"
        };
        let counts = if tally.total() == 1 {
            String::new()
        } else {
            tally.to_string()
        };
        let line = format!("{verdict:<8}{seconds:>7.1} s  {name:<34} {counts}");
        println!("{}", line.trim_end());
        lines.push(line.trim_end().to_owned());
        if let Some(note) = note {
            println!("{note}");
            lines.extend(
                note.lines()
                    .take(12)
                    .map(|line| format!("                    {line}")),
            );
        }
    }
    heading(&format!(
        "Summary, after {} min {:02} s",
        started.elapsed().as_secs() / 60,
        started.elapsed().as_secs() % 60
    ));
    for line in &lines {
        println!("{line}");
    }
    println!("\n{sum}");
    if sum.failed > 0 {
        Err(Failure::new("Something failed: see above."))
    } else {
        Ok(())
    }
}

fn heading(text: &str) {
    println!("\n== {text} ==");
}

fn ui_tests() -> Outcome {
    let report = match workspace::debug_folder() {
        Ok(folder) => folder.join("ui-tests.json"),
        Err(failure) => return Outcome::failed(failure.to_string()),
    };
    let _ = fs::remove_file(&report);
    let mut vitest = npm();
    vitest
        .args(["test", "--", "--reporter=default", "--reporter=json"])
        .arg(format!("--outputFile.json={}", report.display()));
    let ended = run(&mut vitest);
    let counted = fs::read_to_string(&report)
        .ok()
        .and_then(|report| Tally::from_vitest(&report));
    finished(ended, counted.unwrap_or_default())
}

/// Counts what a suite reported, and one failure more where the suite as a whole failed without naming one.
fn finished(ended: Result<(), Failure>, mut tally: Tally) -> Outcome {
    match ended {
        Ok(()) if tally.total() == 0 => Outcome::failed("It succeeded, but no test was counted."),
        Ok(()) => Outcome { tally, note: None },
        Err(failure) => {
            if tally.failed == 0 {
                tally.failed = 1;
            }
            Outcome {
                tally,
                note: Some(failure.to_string()),
            }
        }
    }
}

/// Runs Rust test programs, adding up their result lines.
fn rust_tests(command: &mut Command) -> Outcome {
    let skips = match workspace::debug_folder() {
        Ok(folder) => folder.join("skipped-tests.txt"),
        Err(failure) => return Outcome::failed(failure.to_string()),
    };
    let _ = fs::remove_file(&skips);
    let mut tally = Tally::default();
    let ended = watched(command.env("CURLEW_SKIPPED", &skips), |line| {
        tally.add_libtest_line(line)
    });
    let ended = ended.and_then(|success| {
        if success {
            Ok(())
        } else {
            Err(Failure::new(format!("`{}` failed.", shown(command))))
        }
    });
    // A test that lacks what it needs says so in this file, one line each, and returns.
    let said = fs::read_to_string(&skips).unwrap_or_default();
    tally.say_skipped(said.lines().count() as u64);
    let mut outcome = finished(ended, tally);
    if !said.is_empty() {
        let note = format!("Skipped:\n{}", said.trim_end());
        outcome.note = Some(
            outcome
                .note
                .map_or(note.clone(), |earlier| format!("{earlier}\n{note}")),
        );
    }
    outcome
}

/// The real-window tests are no part of "all targets", because `cargo test` must leave them alone.
fn lints() -> Outcome {
    for targets in [["--all-targets"].as_slice(), &window_programs()] {
        let mut clippy = cargo();
        clippy
            .args(["clippy", "--workspace"])
            .args(targets)
            .args(FEATURES)
            .args(["--", "-D", "warnings"]);
        if let Err(failure) = run(&mut clippy) {
            return Outcome::failed(failure.to_string());
        }
    }
    Outcome::passed()
}

fn import_table() -> Outcome {
    Outcome::of(imports::run().map(|summary| println!("{summary}")))
}

/// The licence check needs nothing from outside; this one needs today's list of advisories.
fn advisories() -> Outcome {
    // `cargo deny fetch` ends with success even when it fetched nothing, so its words decide.
    let fetched = cargo().args(["deny", "fetch", "db"]).output();
    let reached = fetched.as_ref().is_ok_and(|fetched| {
        fetched.status.success() && !String::from_utf8_lossy(&fetched.stderr).contains("failed to fetch")
    });
    if !reached {
        return Outcome::skipped(
            "The RustSec advisory database cannot be reached from this machine, so advisories were NOT checked.",
        );
    }
    Outcome::of(run(cargo().args([
        "deny",
        "--all-features",
        "check",
        "--disable-fetch",
        "advisories",
    ])))
}

fn npm_audit() -> Outcome {
    let mut audit = npm();
    audit.args(["audit", "--json"]);
    println!("$ {}", shown(&audit));
    let said = match audit.output() {
        Ok(said) => said,
        Err(error) => return Outcome::failed(format!("npm could not be started: {error}")),
    };
    let report: Option<Value> = serde_json::from_slice(&said.stdout).ok();
    let Some(counts) = report
        .as_ref()
        .and_then(|report| report["metadata"]["vulnerabilities"].as_object())
    else {
        return Outcome::skipped(
            "npm's registry gives no audit to this machine, so advisories of npm packages were NOT checked.",
        );
    };
    let count = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or(0);
    let (high, lower) = (
        count("high") + count("critical"),
        count("moderate") + count("low"),
    );
    if high > 0 {
        Outcome::failed(format!(
            "{high} high or critical vulnerabilities: run `npm audit` in ui/."
        ))
    } else {
        Outcome {
            tally: Tally::PASSED,
            note: (lower > 0).then(|| format!("{lower} lesser ones: run `npm audit` in ui/.")),
        }
    }
}

/// WebKit links its own SQLite dynamically; symbols exported by our SQLCipher would be bound instead of it.
fn sqlite_symbols() -> Outcome {
    if !cfg!(target_os = "linux") {
        return Outcome::skipped("Only Linux binds symbols this way.");
    }
    let symbols = workspace::built("curlew")
        .and_then(|app| output(Command::new("nm").args(["--dynamic", "--defined-only"]).arg(app)));
    match symbols {
        Ok(symbols) => {
            let exported = symbols.lines().filter(|line| line.contains("sqlite3_")).count();
            println!("{exported} sqlite3_ symbols exported");
            if exported == 0 {
                Outcome::passed()
            } else {
                Outcome::failed(format!(
                    "The app exports {exported} sqlite3_ symbols, which WebKit would use."
                ))
            }
        }
        Err(failure) => Outcome::failed(failure.to_string()),
    }
}

/// The test programs that need a window, a bus and a keychain. `cargo test` leaves them alone.
const WINDOW_PROGRAMS: [&str; 7] = [
    "window",
    "laptop_day",
    "days",
    "accessible",
    "wrong_patient",
    "hunt",
    "os_keychain",
];

fn window_programs() -> Vec<&'static str> {
    WINDOW_PROGRAMS.iter().flat_map(|name| ["--test", name]).collect()
}

fn window_tests() -> Outcome {
    let mut arguments = window_programs();
    arguments.extend(["--no-fail-fast", "--"]);
    in_a_session(&arguments)
}

/// The hunt for readable facts in a program that writes them in clear: a hunt that finds nothing there proves nothing.
fn hunt_control() -> Outcome {
    if !cfg!(target_os = "linux") {
        return window_tests();
    }
    let build = |more: &[&str]| {
        let mut build = cargo();
        build.args(["build", "--package", "curlew", "--bins"]);
        run(build.args(more))
    };
    let clear = build(&[
        "--package",
        "curlew-vault",
        "--features",
        "curlew/custom-protocol,curlew-vault/encryption-off",
    ]);
    if let Err(failure) = clear {
        return Outcome::failed(failure.to_string());
    }
    let hunted = in_a_session(&["--test", "hunt", "--", "--ignored"]);
    // The program that writes in clear is not left where the ordinary one belongs.
    match build(&FEATURES) {
        Ok(()) => hunted,
        Err(failure) => Outcome::failed(failure.to_string()),
    }
}

/// Runs tests in a display, a bus and a keychain of their own.
fn in_a_session(tests: &[&str]) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Outcome::skipped("The real-window tests need Linux with Xvfb; they were NOT run.");
    }
    let run = || -> Result<Outcome, Failure> {
        let session = Session::new(Size {
            width: 1920,
            height: 1080,
        })?;
        let app = workspace::built("curlew")?;
        let browser = workspace::built("sign-in-browser")?;
        let cargo = cargo();
        let mut command = session.command(&PathBuf::from(cargo.get_program()));
        command
            .current_dir(workspace::root())
            .args(["test", "--workspace"])
            .args(FEATURES)
            .args(tests)
            // One bus, one keychain, one window at a time.
            .arg("--test-threads=1")
            .env("CURLEW_APP", app)
            .env("CURLEW_SIGN_IN_BROWSER", browser);
        Ok(rust_tests(&mut command))
    };
    run().unwrap_or_else(|failure| Outcome::failed(failure.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_that_fails_without_naming_a_test_counts_as_one_failure() {
        let outcome = finished(
            Err(Failure::new("it crashed")),
            Tally {
                passed: 7,
                failed: 0,
                skipped: 0,
            },
        );
        assert_eq!(
            outcome.tally,
            Tally {
                passed: 7,
                failed: 1,
                skipped: 0
            }
        );
    }

    #[test]
    fn a_suite_without_tests_is_not_a_success() {
        assert_eq!(finished(Ok(()), Tally::default()).tally, Tally::FAILED);
    }

    #[test]
    fn step_names_are_told_apart() {
        let names: std::collections::BTreeSet<&str> = STEPS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), STEPS.len());
    }
}
