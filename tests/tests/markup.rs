//! Nothing from a record reaches the web view as markup: the UI has no place that would take it.

use curlew_tests::Outcome;
use std::fs;
use std::path::{Path, PathBuf};

/// Every way from a string to markup or to code that a page has, and links that would hold an address from a record.
const DOORS: [&str; 16] = [
    "{@html",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "createContextualFragment",
    "DOMParser",
    "document.write",
    "setHTMLUnsafe",
    "srcdoc",
    "<iframe",
    "<object",
    "<embed",
    "eval(",
    "new Function",
    "href={",
    "window.open(",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|kind| kind == "svelte" || kind == "ts" || kind == "html")
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Uses of a door in the UI's own sources. Tests of the UI build pages of their own and are not part of it.
fn doors(text: &str) -> Vec<&'static str> {
    DOORS.into_iter().filter(|door| text.contains(door)).collect()
}

#[test]
fn the_ui_has_no_place_that_takes_markup_from_a_record() -> Outcome {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui");
    let mut files = vec![ui.join("index.html")];
    sources(&ui.join("src"), &mut files)?;
    let mut found = Vec::new();
    let mut read = 0;
    for file in files {
        if file.to_string_lossy().ends_with(".test.ts") {
            continue;
        }
        let text = fs::read_to_string(&file)?;
        read += 1;
        found.extend(
            doors(&text)
                .into_iter()
                .map(|door| format!("{}: {door}", file.display())),
        );
    }
    assert!(read > 50, "only {read} files of the UI were read");
    assert!(found.is_empty(), "markup or code could come in here: {found:#?}");
    Ok(())
}

#[test]
fn the_policy_of_the_page_runs_no_script_but_its_own_and_loads_nothing_from_elsewhere() -> Outcome {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/tauri.conf.json"))?;
    let settings: serde_json::Value = serde_json::from_str(&text)?;
    let policy = settings["app"]["security"]["csp"]
        .as_str()
        .ok_or("there is no policy")?;
    let rules: Vec<&str> = policy.split(';').map(str::trim).collect();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(rules.contains(&rule), "{rule} is not in the policy: {policy}");
    }
    for never in ["unsafe-inline", "unsafe-eval", "https:", "http://*", "*"] {
        assert!(!policy.contains(never), "{never} is in the policy: {policy}");
    }
    Ok(())
}

#[test]
fn the_search_for_doors_finds_one() {
    assert_eq!(doors("<p>{@html line.title}</p>"), ["{@html"]);
    assert_eq!(doors("<p>{line.title}</p>"), [""; 0]);
}
