//! Small windows and large text: nothing is cut off, covered or too small to hit.

use crate::{Problems, TABS, put_axe_in};
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::steps::{PASSPHRASE, held_whole, load, open, picture, row_of, unlock};
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window};
use serde_json::Value;
use thirtyfour::Key;

/// In the page: what does not fit. What a person can scroll to counts as fitting; what is cut off does not.
const FITS: &str = r#"
const wide = document.documentElement.clientWidth, found = [];
const name = (one) => `${one.tagName.toLowerCase()}.${one.className?.baseVal ?? one.className} "${one.textContent.trim().replace(/\s+/g, ' ').slice(0, 50)}"`;
if (document.scrollingElement.scrollWidth > wide + 1) found.push(`the page is ${document.scrollingElement.scrollWidth} wide in ${wide}`);
for (const one of document.body.querySelectorAll('*')) {
  if (!one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || one.closest('svg, .heard-only, .skip, [aria-hidden="true"]')) continue;
  const style = getComputedStyle(one);
  const at = one.getBoundingClientRect();
  if (at.width <= 1 || at.height <= 1) continue;
  const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
  // What cannot be read in one column may scroll sideways by itself (WCAG 1.4.10): a table, a chart, a source as it came.
  const scrolled = one.closest('table, pre, figure, [data-sideways]') !== null;
  if (own && !scrolled && at.right > wide + 1) found.push(`outside: ${name(one)}`);
  if (own && ['hidden', 'clip'].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1) found.push(`cut off: ${name(one)}`);
}
// A setting's icon stands beside the first line of its word, however many lines that takes.
for (const tag of document.querySelectorAll('.setting')) {
  const word = tag.querySelector('span');
  if (!word || tag.querySelector('svg') === null || !tag.checkVisibility()) continue;
  tag.style.width = '4.5em';
  const icon = tag.querySelector('svg').getBoundingClientRect();
  const range = document.createRange();
  range.selectNodeContents(word);
  const line = range.getClientRects()[0];
  tag.style.width = '';
  if (Math.abs((icon.top + icon.bottom) / 2 - (line.top + line.bottom) / 2) > line.height / 3) found.push(`the icon is not beside ${name(tag)}`);
}
return found.slice(0, 12);
"#;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_cut_off_at_twice_the_size_or_at_320_pixels() -> Outcome {
    let running = sandbox(8)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let mut problems = Problems::default();
    let window = Window::open(&start, &places).await?;
    put_axe_in(&window).await?;
    window.resize(320, 600).await?;
    window.find("sign-in").await?;
    fits(&window, "sign in, 320 pixels", &mut problems).await?;
    window.click("sign-in").await?;
    window.type_into("passphrase", PASSPHRASE).await?;
    window.type_into("passphrase-again", PASSPHRASE).await?;
    fits(&window, "first run, 320 pixels", &mut problems).await?;
    window.click("create-store").await?;
    load(&window).await?;
    let held = held_whole(&window, 2).await?;
    // WCAG 1.4.4: 1280 pixels at 200 %; 1.4.10: 320 pixels wide, which is 1280 at 400 %.
    let sizes = [
        ("200 % zoom", 640, 480, ""),
        ("320 pixels", 320, 600, ""),
        (
            "largest text",
            1280,
            800,
            "document.documentElement.dataset.text = 'largest';",
        ),
    ];
    for (size, width, height, text) in sizes {
        window.resize(width, height).await?;
        window
            .script(&format!("delete document.documentElement.dataset.text; {text}"))
            .await?;
        let real = window
            .script("return innerWidth;")
            .await?
            .as_u64()
            .unwrap_or_default();
        assert!(
            real <= u64::from(width) + 1,
            "the window stayed {real} wide instead of {width}"
        );
        for screen in ["today", "find", "sync", "access", "settings"] {
            window.click(&format!("nav-{screen}")).await?;
            fits(&window, &format!("{screen}, {size}"), &mut problems).await?;
        }
        window
            .script("document.querySelector('[data-testid=\"nav-today\"]').click();")
            .await?;
        open(&window, &held[0]).await?;
        for tab in TABS {
            window.click(&format!("tab-{tab}")).await?;
            fits(&window, &format!("{tab}, {size}"), &mut problems).await?;
            if tab == "medicines" && window.all_css("[data-testid=\"check-trolley\"]").await?.len() == 1 {
                window.click("check-trolley").await?;
                fits(&window, &format!("care-home round, {size}"), &mut problems).await?;
                picture(&window, &format!("{}-round", size.replace([' ', '%'], ""))).await?;
                window.click("end-check").await?;
            }
            if tab == "medicines" || tab == "overview" {
                picture(&window, &format!("{}-{tab}", size.replace([' ', '%'], ""))).await?;
            }
        }
        over_the_page(&window, size, &mut problems).await?;
    }
    window.resize(320, 600).await?;
    window.press_with(Key::Control, 'l').await?;
    window
        .type_into("unlock-passphrase", "not the passphrase")
        .await?;
    window.click("unlock").await?;
    window.find("error").await?;
    fits(&window, "wrong passphrase, 320 pixels", &mut problems).await?;
    unlock(&window).await?;
    window.find("caseload-row").await?;
    window.close().await?;
    problems.none()
}

/// What lies over a page, or takes its place for a while.
async fn over_the_page(window: &Window, size: &str, problems: &mut Problems) -> Outcome {
    window.click("tab-timeline").await?;
    window
        .click_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    window.text("source-drawer").await?;
    fits(window, &format!("source, {size}"), problems).await?;
    picture(window, &format!("{}-source", size.replace([' ', '%'], ""))).await?;
    window.press(Key::Escape).await?;
    window.gone("source-drawer").await?;
    window.press_with(Key::Control, 'k').await?;
    window.find("palette").await?;
    fits(window, &format!("palette, {size}"), problems).await?;
    picture(window, &format!("{}-palette", size.replace([' ', '%'], ""))).await?;
    window.press(Key::Escape).await?;
    window.gone("palette").await?;
    window.click("as-at-open").await?;
    window.find("as-at").await?;
    fits(window, &format!("as at, {size}"), problems).await?;
    picture(window, &format!("{}-as-at", size.replace([' ', '%'], ""))).await?;
    window.click("as-at-open").await?;
    window.press_with(Key::Control, 'p').await?;
    window.says("print-preview", "Destroy by").await?;
    fits(window, &format!("print preview, {size}"), problems).await?;
    picture(window, &format!("{}-print", size.replace([' ', '%'], ""))).await?;
    window.press(Key::Escape).await?;
    window.gone("print-preview").await?;
    window.press("b").await?;
    window.find("bedside").await?;
    fits(window, &format!("bedside, {size}"), problems).await?;
    picture(window, &format!("{}-bedside", size.replace([' ', '%'], ""))).await?;
    window.press("b").await?;
    window.gone("bedside").await?;
    window.click("nav-today").await?;
    window.click_css(&row_of("whimbrel-desmond")).await?;
    window.click("break-glass").await?;
    window.find("emergency-dialog").await?;
    fits(window, &format!("emergency dialogue, {size}"), problems).await?;
    picture(window, &format!("{}-emergency", size.replace([' ', '%'], ""))).await?;
    window.click("emergency-cancel").await?;
    window.gone("emergency-dialog").await
}

async fn fits(window: &Window, screen: &str, problems: &mut Problems) -> Outcome {
    window.settled().await?;
    let found = window.script(FITS).await?;
    problems.looked += 1;
    for one in found.as_array().into_iter().flatten().filter_map(Value::as_str) {
        problems.found.insert(format!("{screen}: {one}"));
    }
    // What is laid out anew may lie over something else, or be too small to hit.
    problems.axe_as_it_is(window, screen).await
}
