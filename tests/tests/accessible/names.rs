//! What a screen reader says for what matters most.

use crate::put_axe_in;
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::steps::{first_run, held_whole, load, open, unlock};
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window, until};
use serde_json::{Value, json};
use thirtyfour::Key;

/// What a screen reader says of each part below a root: role and name as axe-core computes them, in reading order.
const NAMES: &str = r"const [css, most] = arguments;
axe.setup(document.body);
const said = [...document.querySelectorAll(css)].slice(0, most).map((root) => {
  const parts = [];
  const walk = (one) => {
    if (one.nodeType === 3) { const text = one.textContent.trim().replace(/\s+/g, ' '); if (text) parts.push(text); return; }
    if (one.nodeType !== 1 || one.getAttribute('aria-hidden') === 'true' || one.hidden || !one.checkVisibility()) return;
    const role = one.getAttribute('role') ?? ({ H1: 'heading', BUTTON: 'button', DT: 'term', DD: 'definition', UL: 'list', LI: 'item', SECTION: 'region' })[one.tagName];
    if (role === 'button' || one.hasAttribute('aria-label')) {
      parts.push(`<${role ?? one.tagName.toLowerCase()}: ${axe.commons.text.accessibleText(one).trim().replace(/\s+/g, ' ')}${one.hasAttribute('aria-expanded') ? `, expanded ${one.getAttribute('aria-expanded')}` : ''}>`);
      if (role === 'button') return;
    } else if (role) parts.push(`<${role}>`);
    one.childNodes.forEach(walk);
  };
  walk(root);
  return parts.join(' ');
});
axe.teardown();
return said;";

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_reader_says_the_banner_and_the_medicines_in_full() -> Outcome {
    let running = sandbox(16)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let window = Window::open(&start, &places).await?;
    first_run(&window).await?;
    load(&window).await?;
    put_axe_in(&window).await?;
    // Always the same person: who is held first depends on how the downloads ended.
    let patient = "ashdown-walter";
    until("his copy is whole", async || {
        let held = held_whole(&window, 1).await.ok()?;
        held.iter().any(|one| one == patient).then_some(())
    })
    .await?;
    open(&window, patient).await?;
    let mut said = vec!["Banner".to_owned()];
    let names = async |css: &str, most: usize| -> Outcome<Vec<String>> {
        let script = format!(
            "return (function () {{ {NAMES} }}).apply(null, {});",
            json!([css, most])
        );
        let names = window.script(&script).await?;
        Ok(names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    };
    said.extend(names("[data-testid=\"banner\"]", 1).await?);
    window.click("tab-medicines").await?;
    window.find("medicine").await?;
    window.settled().await?;
    said.push("Medicines".to_owned());
    said.extend(names("[data-testid=\"medicine\"]", 12).await?);
    assert!(said.len() > 4, "hardly anything is said: {said:?}");
    // Who has died, and whose number is not theirs for certain, must be heard as clearly as seen.
    for unusual in ["dunlin-arthur", "pipit-rowan"] {
        open(&window, unusual).await?;
        window.settled().await?;
        said.push(unusual.to_owned());
        said.extend(names("[data-testid=\"banner\"]", 1).await?);
    }
    insta::assert_snapshot!(timeless(&said.join("\n")));
    // What changes by itself is said: one polite region, always there.
    let live = window
        .script("return [...document.querySelectorAll('[aria-live=\"polite\"]')].length;")
        .await?;
    assert!(
        live.as_u64().unwrap_or_default() >= 1,
        "nothing announces changes"
    );
    window.press("b").await?;
    window.find("bedside").await?;
    until("bedside mode is said", async || {
        let spoken = window
            .script("return document.querySelector('p[aria-live=\"polite\"]').textContent;")
            .await
            .ok()?;
        (spoken == "Bedside mode is on").then_some(())
    })
    .await?;
    window.press("b").await?;
    window.press_with(Key::Control, 'l').await?;
    window.find("unlock-passphrase").await?;
    unlock(&window).await?;
    window.find("caseload-row").await?;
    window.close().await
}

/// Without what the calendar moves: days, ages, and how many earlier supplies there are by now. Doses stay.
fn timeless(text: &str) -> String {
    let shape = |word: &str| -> String {
        word.chars()
            .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
            .collect()
    };
    let mut out: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let looks = shape(word);
        let before = out.last().map_or("", String::as_str);
        let is_day = word.len() >= 11 && looks.starts_with("00-") && looks.get(6..11) == Some("-0000");
        let is_age = looks.starts_with("(0")
            && looks
                .trim_start_matches(['(', '0'])
                .starts_with(['y', 'm', 'w', 'd']);
        out.push(if is_day {
            word.replacen(word.get(..11).unwrap_or_default(), "DAY", 1)
        } else if is_age {
            "(AGE".to_owned() + word.trim_start_matches(|letter: char| letter != ')')
        } else if before == "and" && word.parse::<u32>().is_ok() {
            "SOME".to_owned()
        } else {
            word.to_owned()
        });
    }
    out.join(" ")
}

#[test]
fn only_what_the_calendar_moves_is_taken_out() {
    assert_eq!(
        timeless(
            "Born 14-Jul-1941 (85y) , 28 days \u{b7} DOSE 2.5 mg \u{b7} and 11 earlier, 05-Nov-2026, NHS No. 999 000 1235"
        ),
        "Born DAY (AGE) , 28 days \u{b7} DOSE 2.5 mg \u{b7} and SOME earlier, DAY, NHS No. 999 000 1235"
    );
}
