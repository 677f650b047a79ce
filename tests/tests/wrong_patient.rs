//! Wrong-patient safety in a real window: 500 switches between patients, with every answer late and out of order, and never a
//! fact of one patient under the banner of another; and a list that moves under the finger opens nobody.
//!
//! The delay is put into the page's own `fetch`, which carries every command of the shipped page, so nothing of the program is
//! changed for the test. An observer reads the page after every change of it. Every fact of every patient is marked with a word
//! of theirs alone, so that what is read are the texts a person would read, not attributes that the page claims.
//!
//! Needs a display, a session bus and a keychain of its own: `cargo verify --only window` makes them.

use curlew_sandbox::store::Store;
use curlew_tests::places::Places;
use curlew_tests::steps::{first_run, held_whole, load};
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window};
use curlew_tests::{Outcome, steps};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SWITCHES: usize = 500;

/// In one go in the page: the driver waits a minute for an answer at most.
const BATCH: usize = 25;

/// What the observer has seen altogether.
#[derive(Debug, Default)]
struct Sum {
    switches: u64,
    tabs: u64,
    looks: u64,
    marked: u64,
    answers: u64,
    late: u64,
    banners: BTreeSet<String>,
}

impl Sum {
    fn add(&mut self, seen: &Value) {
        let count = |name: &str| seen[name].as_u64().unwrap_or_default();
        self.switches += count("switches");
        self.tabs += count("tabs");
        self.looks += count("looks");
        self.marked += count("marked");
        self.answers += count("answers");
        self.late += count("late");
        self.banners.extend(
            seen["banners"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(number, _)| number.clone()),
        );
    }
}

/// Marks every text of a resource that a screen shows.
fn mark(value: &mut Value, word: &str) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text)
                        if matches!(name.as_str(), "text" | "title" | "description" | "valueString")
                            || (name == "display" && !text.is_empty()) =>
                    {
                        *text = format!("{text} {word}");
                    }
                    field => mark(field, word),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| mark(one, word)),
        _ => {}
    }
}

/// Gives every patient a word, and puts it into every text of their record. Answers each one's NHS number and word: two records
/// of one person have the same number, and are still never shown as one.
fn mark_everybody(store: &Store) -> Outcome<BTreeMap<String, (String, String)>> {
    let mut words = BTreeMap::new();
    for (place, patient) in store.ids("Patient").into_iter().enumerate() {
        let word = format!("Zq{place:02}mark");
        let mut person = store.get_json("Patient", &patient).ok_or("a patient is gone")?;
        let number = person["identifier"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["value"].as_str())
            .find(|value| value.len() == 10)
            .ok_or("a patient has no number")?
            .to_owned();
        for name in person["name"].as_array_mut().into_iter().flatten() {
            name["family"] = format!("{word}{place}").into();
            if let Some(fields) = name.as_object_mut() {
                fields.remove("text");
            }
        }
        store.put(&person)?;
        for key in store.record_of(&patient) {
            if &*key.resource_type == "Patient" {
                continue;
            }
            let Some(mut resource) = store.get_json(&key.resource_type, &key.id) else {
                continue;
            };
            // An organisation or practitioner belongs to nobody.
            if !["subject", "patient", "beneficiary"]
                .iter()
                .any(|of| resource.get(of).is_some())
            {
                continue;
            }
            // A narrative is text with markup in it; its own words stay.
            let narrative = resource.as_object_mut().and_then(|fields| fields.remove("text"));
            mark(&mut resource, &word);
            if let Some(narrative) = narrative {
                resource["text"] = narrative;
            }
            store.put(&resource)?;
        }
        words.insert(patient, (number, word));
    }
    Ok(words)
}

/// In the page: late answers, an observer, and a person in a hurry.
const HURRY: &str = r#"
const [words, switches, seed, done] = arguments;
// The same run for the same seed (mulberry32).
let state = seed;
const chance = () => { state = (state + 0x6d2b79f5) | 0; let t = Math.imul(state ^ (state >>> 15), 1 | state); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
const frames = (count) => new Promise((next) => { const step = () => (count-- > 0 ? requestAnimationFrame(step) : next()); step(); });
const seen = { wrong: [], looks: 0, marked: 0, banners: {}, late: 0, answers: 0, switches: 0, tabs: 0 };

const banner = () => document.querySelector('[data-testid="banner-nhs"]')?.textContent.replace(/\D/g, '') ?? null;
const original = window.fetch;
window.fetch = async (...request) => {
  let patient = null;
  try { const body = request[1]?.body; patient = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body)).patient ?? null; } catch { /* another kind of request */ }
  if (patient === null) return original(...request);
  await frames(Math.floor(chance() * 4));
  const answer = await original(...request);
  await frames(Math.floor(chance() * 6));
  seen.answers += 1;
  const shown = document.querySelector('[data-testid="patient"]')?.dataset.patient ?? null;
  if (shown !== patient) seen.late += 1;
  return answer;
};

const marks = /Zq\d\dmark/gi;
const look = () => {
  const main = document.getElementById('main');
  if (!main) return;
  const onRecord = main.querySelector('[data-testid="patient"]') !== null;
  const onList = main.querySelector('[data-testid="caseload"], .page') !== null && !onRecord;
  if (onList) return;
  seen.looks += 1;
  const number = banner();
  const claimed = words[main.querySelector('[data-testid="patient"]')?.dataset.patient];
  const own = number === null ? null : claimed?.[1].toLowerCase();
  if (number !== null) seen.banners[number] = (seen.banners[number] ?? 0) + 1;
  if (number !== null && number !== claimed?.[0] && seen.wrong.length < 20) seen.wrong.push(`the banner of ${number} on the record of ${claimed?.[0]}`);
  const roots = [main, ...document.querySelectorAll('dialog')];
  for (const root of roots) {
    for (const found of new Set((root.textContent.match(marks) ?? []).map((one) => one.toLowerCase()))) {
      seen.marked += 1;
      if (found !== own && seen.wrong.length < 20) seen.wrong.push(`${found} under ${own}: ${root.textContent.match(new RegExp('.{0,40}' + found, 'i'))?.[0]}`);
    }
  }
  for (const part of main.querySelectorAll('[data-patient]')) {
    const whole = main.querySelector('[data-testid="patient"]')?.dataset.patient;
    if (part.dataset.patient !== whole && seen.wrong.length < 20) seen.wrong.push(`a part of ${part.dataset.patient} on the record of ${whole}`);
  }
};
const observer = new MutationObserver(look);
observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });

const TABS = ['timeline', 'medicines', 'results', 'summary', 'documents', 'plans', 'people', 'gaps'];
const click = (hook) => { const one = document.querySelector(`[data-testid="${hook}"]`); one?.click(); return one !== null; };
const until = async (what) => { for (let i = 0; i < 600; i += 1) { if (what()) return true; await frames(1); } return false; };
(async () => {
  for (let i = 0; i < switches; i += 1) {
    click('nav-today');
    await until(() => document.querySelectorAll('[data-testid="caseload-row"]').length > 1);
    const rows = [...document.querySelectorAll('[data-testid="caseload-row"]')].filter((row) => row.textContent.includes('Complete'));
    rows[Math.floor(chance() * rows.length)]?.click();
    seen.switches += 1;
    // Half the time the person waits for the banner; else they are gone before it is there.
    if (chance() < 0.5) {
      await until(() => document.querySelector('[data-testid="banner-nhs"]') !== null);
      for (let tabs = Math.floor(chance() * 3); tabs > 0; tabs -= 1) {
        if (click(`tab-${TABS[Math.floor(chance() * TABS.length)]}`)) seen.tabs += 1;
        await frames(Math.floor(chance() * 8));
      }
    } else {
      await frames(Math.floor(chance() * 5));
    }
  }
  observer.disconnect();
  window.fetch = original;
  done(seen);
})();
"#;

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_hurried_switches_never_show_one_patient_under_anothers_banner() -> Outcome {
    let running = sandbox(8)?;
    let words = mark_everybody(running.store())?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let window = Window::open(&start, &places).await?;
    first_run(&window).await?;
    load(&window).await?;
    let held = held_whole(&window, 4).await?;
    assert!(held.len() >= 4, "only {} people can be opened", held.len());

    // The marks are on the screen at all, or nothing could be told apart.
    let (_, number) = steps::open(&window, &held[0]).await?;
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let (_, word) = words
        .values()
        .find(|(number, _)| *number == digits)
        .ok_or("the banner's number is nobody's")?;
    let main = window.text_css("#main").await?.to_lowercase();
    assert!(
        main.matches(&word.to_lowercase()).count() > 5,
        "hardly any mark of {word} in:\n{main}"
    );

    let mut sum = Sum::default();
    for batch in 0..SWITCHES / BATCH {
        let seen = window
            .script_async(HURRY, vec![json!(words), json!(BATCH), json!(42 + batch)])
            .await?;
        sum.add(&seen);
        assert_eq!(
            seen["wrong"],
            json!([]),
            "one patient's facts under another's banner"
        );
    }
    println!("{sum:?}");
    assert_eq!(sum.switches, SWITCHES as u64);
    // And it could have gone wrong: answers did come late, and there was much to see.
    assert!(sum.late > 50, "hardly any answer came late: {sum:?}");
    assert!(
        sum.marked > 300 && sum.tabs > 100 && sum.banners.len() >= 4,
        "hardly anything was seen: {sum:?}"
    );
    window.close().await
}

/// In the page: something arrives above the list, and a finger that was on its way presses where it was going.
const MOVED: &str = r#"
const [patient, done] = arguments;
const box = document.querySelector(`[data-testid="caseload-row"][data-patient="${patient}"]`).getBoundingClientRect();
const late = document.createElement('div');
late.style.cssText = `flex: none; height: ${box.height}px`;
document.querySelector('[data-testid="caseload"]').before(late);
requestAnimationFrame(() => requestAnimationFrame(() => {
  const at = { bubbles: true, cancelable: true, clientX: box.x + 40, clientY: box.y + box.height / 2, detail: 1 };
  const under = document.elementFromPoint(at.clientX, at.clientY);
  under.dispatchEvent(new PointerEvent('pointerdown', at));
  under.dispatchEvent(new MouseEvent('click', at));
  done(under.closest('[data-patient]')?.dataset.patient ?? null);
}));
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_moves_under_the_finger_opens_nobody() -> Outcome {
    let running = sandbox(8)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let window = Window::open(&start, &places).await?;
    first_run(&window).await?;
    load(&window).await?;
    let held = held_whole(&window, 4).await?;
    window.find_css(".steady:not([data-moving])").await?;

    let pressed = window.script_async(MOVED, vec![json!(held[2])]).await?;
    assert_ne!(pressed, json!(held[2]), "the list did not move");
    assert!(pressed.is_string(), "nobody came under the finger");
    window.says("list-moved", "nobody was opened").await?;
    assert!(
        window.all_css("[data-testid=\"patient\"]").await?.is_empty(),
        "somebody was opened"
    );
    let looks = window.text("caseload").await?;
    assert!(!looks.is_empty(), "the list is gone");
    // And it holds nobody back for long.
    steps::open(&window, &held[2]).await?;
    window.close().await
}
