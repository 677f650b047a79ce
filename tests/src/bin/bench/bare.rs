//! What the toolkit itself takes, in the same window: a page of plain words, as many as ours show, put up, changed and scrolled.
//! Nothing of ours runs for it, so that what ours takes can be told from what any page would.

use crate::figures::Sample;
use curlew_tests::Outcome;
use curlew_tests::window::Window;
use serde_json::{Value, json};

/// The words on the screen now, line by line.
///
/// # Errors
/// When the driver fails.
pub(crate) async fn words(window: &Window) -> Outcome<Value> {
    window
        .script("return document.getElementById('app').innerText.split('\\n').filter((line) => line.trim() !== '');")
        .await
}

/// From putting these words on an empty page to the page painted, so often.
///
/// # Errors
/// When the driver fails.
pub(crate) async fn painted(window: &Window, words: &Value, rounds: u32) -> Outcome<Sample> {
    sample(
        &window
            .script_async(PAINTED, vec![words.clone(), json!(rounds)])
            .await?,
    )
}

/// From frame to frame while a list of these words is scrolled, as far at a time as ours.
///
/// # Errors
/// When the driver fails.
pub(crate) async fn scrolled(window: &Window, words: &Value, frames: u32) -> Outcome<Sample> {
    sample(
        &window
            .script_async(SCROLLED, vec![words.clone(), json!(frames)])
            .await?,
    )
}

fn sample(told: &Value) -> Outcome<Sample> {
    let mut sample = Sample::new();
    for time in told.as_array().into_iter().flatten() {
        sample.add(time.as_f64().ok_or("no time")?);
    }
    Ok(sample)
}

const PAINTED: &str = r#"
    const [words, rounds, done] = arguments;
    const ours = document.getElementById("app");
    ours.style.display = "none";
    const page = document.createElement("div");
    page.style.cssText = "height: 100vh; overflow: hidden; columns: 3; background: white; color: black";
    document.body.append(page);
    const times = [];
    const put = () => {
      const begun = performance.now();
      page.replaceChildren(...words.map((line) => {
        const text = document.createElement("p");
        text.textContent = line;
        return text;
      }));
      requestAnimationFrame(() => requestAnimationFrame(() => {
        times.push(performance.now() - begun);
        page.replaceChildren();
        requestAnimationFrame(() => requestAnimationFrame(() => {
          if (times.length < rounds) { put(); return; }
          page.remove();
          ours.style.display = "";
          requestAnimationFrame(() => requestAnimationFrame(() => done(times)));
        }));
      }));
    };
    requestAnimationFrame(() => requestAnimationFrame(put));"#;

const SCROLLED: &str = r#"
    const [words, count, done] = arguments;
    const ours = document.getElementById("app");
    ours.style.display = "none";
    const list = document.createElement("div");
    list.style.cssText = "height: 100vh; overflow-y: auto; background: white; color: black";
    for (let at = 0; at < 4000; at++) {
      const line = document.createElement("p");
      line.style.padding = "6px";
      line.textContent = words[at % words.length];
      list.append(line);
    }
    document.body.append(list);
    const times = [];
    let before = 0;
    const frame = () => {
      const now = performance.now();
      if (before > 0) times.push(now - before);
      before = now;
      if (times.length < count) {
        list.scrollTop += 120;
        requestAnimationFrame(frame);
        return;
      }
      list.remove();
      ours.style.display = "";
      requestAnimationFrame(() => requestAnimationFrame(() => done(times)));
    };
    requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(frame)));"#;
