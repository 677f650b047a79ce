//! Policy files that somebody could write, each with a mistake, and what they are told: the line, what is wrong and the fix.
//!
//! `tests/policies/NAME.toml` is the file, `NAME.txt` beside it what must be said. With `CURLEW_WRITE_WORDS=1` the words are
//! written instead of compared; read them before you keep them.

use curlew_app::policy::{self, Place};
use curlew_app::{Settings, SettingsError};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the corpus")
        .map(|file| file.expect("a file").path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

#[test]
fn each_bad_policy_is_told_its_line_and_a_fix() {
    let files = corpus();
    assert!(files.len() >= 30, "{} are too few", files.len());
    let mut differ = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a policy");
        let findings = policy::check(&text);
        assert!(!findings.is_empty(), "{} was taken for good", file.display());
        let mut told = String::new();
        for finding in findings {
            assert!(
                matches!(finding.place, Place::Line { line, .. } if line <= text.lines().count()),
                "{}: {finding}",
                file.display()
            );
            assert!(
                finding.fix.ends_with(['.', '?']) && finding.problem.ends_with(['.', '?']),
                "{}: {finding}",
                file.display()
            );
            writeln!(told, "{finding}").expect("text");
        }
        let expected = file.with_extension("txt");
        if std::env::var_os("CURLEW_WRITE_WORDS").is_some() {
            std::fs::write(&expected, &told).expect("written");
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        if told != expected {
            write!(differ, "{}\nexpected:\n{expected}told:\n{told}\n", file.display()).expect("text");
        }
    }
    assert!(differ.is_empty(), "{differ}");
}

#[test]
fn a_bad_policy_never_becomes_the_default_and_never_repeats_a_secret() {
    for file in corpus() {
        let error = Settings::check_policy(&file).expect_err("a bad policy");
        assert!(matches!(error, SettingsError::Invalid { .. }), "{error}");
        let words = error.to_string();
        assert!(words.contains("Line ") && words.contains("Fix: "), "{words}");
        for secret in ["hunter2", "me:secret"] {
            assert!(!words.contains(secret), "{words}");
        }
    }
}

/// Where the README's reference begins and ends.
const MARKS: (&str, &str) = (
    "<!-- policy keys: made by a test -->\n",
    "<!-- end of policy keys -->",
);

#[test]
fn the_readme_lists_every_key_as_it_is() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../README.md");
    let text = std::fs::read_to_string(&readme).expect("the README");
    let (before, rest) = text.split_once(MARKS.0).expect("the mark at the beginning");
    let (_, after) = rest.split_once(MARKS.1).expect("the mark at the end");
    let wanted = format!("{before}{}{}{}{after}", MARKS.0, policy::reference(), MARKS.1);
    if std::env::var_os("CURLEW_WRITE_WORDS").is_some() {
        std::fs::write(&readme, &wanted).expect("written");
        return;
    }
    assert!(
        text == wanted,
        "the README's policy keys are not those of the table: run this test with CURLEW_WRITE_WORDS=1"
    );
}

#[test]
fn the_schema_knows_every_key_and_no_other() {
    let schema = policy::schema();
    let mut known: Vec<&str> = schema["properties"]
        .as_object()
        .expect("properties")
        .keys()
        .map(String::as_str)
        .collect();
    // Objects keep the order they were written in when any crate of the build asks `serde_json` for that.
    known.sort_unstable();
    let mut keys: Vec<&str> = policy::KEYS.iter().map(|key| key.name).collect();
    keys.sort_unstable();
    assert_eq!(known, keys);
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["fresh_hours"]["maximum"], 2160);
    assert_eq!(schema["properties"]["log_level"]["default"], "info");
}
