//! The keyboard alone: everything is reached, seen where it is, worked and left again.

use crate::{Problems, TABS};
use curlew_tests::Outcome;
use curlew_tests::places::Places;
use curlew_tests::steps::{first_run, held_whole, load, open};
use curlew_tests::support::sandbox;
use curlew_tests::window::{Start, Window};
use serde_json::Value;
use thirtyfour::Key;

/// In the page: everything that Tab should reach, and what it is at now.
const KEYBOARD: &str = r#"
window.__keys = {
  controls() {
    const modal = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector('[aria-modal="true"]');
    const all = [...(modal ?? document).querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')];
    return all.filter((one) => {
      // Of tabs one is a stop, and the arrows go to the others. Anything else that is pressed must be one itself.
      const pressed = one.matches('a[href], button, input, select, textarea, summary') && one.closest('[role="tablist"]') === null;
      if ((one.tabIndex < 0 && !pressed) || one.disabled || one.closest('[inert]') || !one.checkVisibility({ visibilityProperty: true })) return false;
      if (one.matches('input[type="radio"]')) {
        // One of a group is a stop: the chosen one, else the first.
        const group = [...document.getElementsByName(one.name)];
        const stop = group.find((other) => other.checked) ?? group[0];
        return stop === one;
      }
      return true;
    });
  },
  name(one) {
    if (!one || one === document.body) return 'body';
    return `${one.tagName.toLowerCase()}${one.dataset.testid ? `[${one.dataset.testid}]` : ''} "${(one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40)}"`;
  },
  begin() { this.reached = new Set(); this.bare = new Set(); this.covered = new Set(); this.order = []; this.wanted = this.controls(); return this.wanted.length; },
  step() {
    const at = document.activeElement;
    if (!at || at === document.body) return 'body';
    const seen = this.reached.has(at);
    this.reached.add(at);
    this.order.push(this.name(at));
    // Focus must be seen: an outline, or a shadow or edge that is there only now.
    const style = getComputedStyle(at);
    const outlined = (one) => { const style = getComputedStyle(one); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1; };
    const around = at.closest('label, .row, [data-row]') ?? at;
    if (!outlined(at) && style.boxShadow === 'none' && !outlined(around) && getComputedStyle(around).boxShadow === 'none') this.bare.add(this.name(at));
    return seen ? 'again' : 'new';
  },
  // It must not be behind something, nor outside: what is at the middle of it is of it.
  hidden(at) {
    const box = at.getClientRects()[0] ?? at.getBoundingClientRect();
    const across = Math.min(Math.max((Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, 1), innerWidth - 1);
    const down = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const there = document.elementFromPoint(across, down);
    return box.width > 1 && !(there && (at.contains(there) || at.labels?.[0]?.contains(there))) ? (`${this.name(at)} behind ${there ? this.name(there) : 'the edge of the window'}`) : null;
  },
  // A web view brings what has the focus into sight some frames later, and a long list draws its rows then.
  see(done) {
    const at = document.activeElement;
    let frames = 0;
    const look = () => {
      const hidden = !at || at === document.body || document.activeElement !== at ? null : this.hidden(at);
      if (hidden !== null && ++frames < 30) return requestAnimationFrame(look);
      if (hidden !== null) this.covered.add(hidden);
      done();
    };
    look();
  },
  missed() { return this.wanted.filter((one) => one.isConnected && !this.reached.has(one)).map((one) => this.name(one)); },
};
"#;

/// In the page: the part of it that has the focus.
const PLACE: &str = r#"
const parts = { skip: '.skip', rail: 'nav', banner: '[data-testid="banner"]', safety: '[data-testid="safety"]', freshness: '[data-testid="freshness"]', tabs: '[role="tablist"]', panel: '[role="tabpanel"]', tools: '.bar', status: 'footer' };
return Object.entries(parts).find(([, css]) => document.activeElement.closest(css))?.[0] ?? document.activeElement.tagName;
"#;

/// Presses Tab until it comes round, and tells what it never reached, what stands there without a visible focus, and traps.
async fn tab_through(window: &Window, screen: &str, problems: &mut Problems) -> Outcome<usize> {
    window.script(KEYBOARD).await?;
    let wanted = window
        .script("return window.__keys.begin();")
        .await?
        .as_u64()
        .unwrap_or_default();
    let mut again = 0;
    // Lists fetch more rows as the focus moves down them; three times round is more than enough.
    let most = wanted * 2 + 40;
    for _ in 0..most {
        window.press(Key::Tab).await?;
        window
            .script_async("window.__keys.see(arguments[arguments.length - 1]);", Vec::new())
            .await?;
        match window.script("return window.__keys.step();").await?.as_str() {
            Some("again") => again += 1,
            Some("new") => again = 0,
            _ => {}
        }
        if again > 4 {
            break;
        }
    }
    problems.looked += 1;
    for (what, script) in [
        ("Tab never reaches", "return window.__keys.missed();"),
        ("no focus can be seen on", "return [...window.__keys.bare];"),
        ("the focus is covered on", "return [...window.__keys.covered];"),
    ] {
        let found = window.script(script).await?;
        for one in found.as_array().into_iter().flatten().filter_map(Value::as_str) {
            problems.found.insert(format!("{screen}: {what} {one}"));
        }
    }
    let reached = window.script("return window.__keys.reached.size;").await?;
    Ok(usize::try_from(reached.as_u64().unwrap_or_default())?)
}

async fn focused(window: &Window) -> Outcome<String> {
    let name = window
        .script("return window.__keys.name(document.activeElement);")
        .await?;
    Ok(name.as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_reaches_and_works_everything() -> Outcome {
    let running = sandbox(8)?;
    let places = Places::new()?;
    let start = Start::from_environment(running.base_url().as_str())?;
    let mut problems = Problems::default();
    let window = Window::open(&start, &places).await?;
    window.find("sign-in").await?;
    tab_through(&window, "sign in", &mut problems).await?;
    first_run(&window).await?;
    load(&window).await?;
    let held = held_whole(&window, 2).await?;
    let mut reached = 0;
    for screen in ["today", "find", "sync", "access", "settings"] {
        window.click(&format!("nav-{screen}")).await?;
        window.settled().await?;
        reached += tab_through(&window, screen, &mut problems).await?;
    }
    open(&window, &held[0]).await?;
    for tab in TABS {
        window.click(&format!("tab-{tab}")).await?;
        window.settled().await?;
        reached += tab_through(&window, tab, &mut problems).await?;
    }
    assert!(reached > 150, "only {reached} controls were reached");

    // From the top of the page in the order it is read: who, what must not be missed, what is not here, then the record.
    window.click("tab-overview").await?;
    window.settled().await?;
    window.script("document.querySelector('.skip').focus();").await?;
    let mut order: Vec<String> = Vec::new();
    for _ in 0..60 {
        let place = window.script(PLACE).await?;
        let place = place.as_str().unwrap_or_default();
        if order.last().is_none_or(|last| last != place) {
            order.push(place.to_owned());
        }
        if place == "panel" {
            break;
        }
        window.press(Key::Tab).await?;
    }
    assert_eq!(
        order,
        [
            "skip",
            "rail",
            "banner",
            "safety",
            "freshness",
            "tabs",
            "tools",
            "panel"
        ]
    );

    // Words that open something answer to both keys, as a button does.
    for key in [Key::Enter, Key::Space] {
        window
            .script("document.querySelector('[data-testid=\"safety-allergies\"] [role=\"button\"], [data-testid=\"safety-allergies\"] button').focus();")
            .await?;
        let words = focused(&window).await?;
        window.press(key).await?;
        window.text("source-drawer").await?;
        window.press(Key::Escape).await?;
        window.gone("source-drawer").await?;
        assert_eq!(focused(&window).await?, words, "closing gives the focus back");
    }
    // The arrows go from tab to tab.
    window.click("tab-overview").await?;
    window
        .script("document.querySelector('[data-testid=\"tab-overview\"]').focus();")
        .await?;
    window.press(Key::Right).await?;
    assert!(focused(&window).await?.contains("tab-timeline"));
    window.press(Key::Left).await?;
    assert!(focused(&window).await?.contains("tab-overview"));

    // Without the pointer: the tabs by Alt and a number, a line by Enter, its drawer closed by Escape, the focus back on it.
    window.press_with(Key::Alt, '3').await?;
    window
        .find_css(".panel.medicines [data-testid=\"medicine\"]")
        .await?;
    window.press_with(Key::Alt, '2').await?;
    window
        .find_css(".panel.timeline [data-testid=\"line\"][data-line]")
        .await?;
    window.script("document.querySelector('.panel.timeline [data-testid=\"line\"][data-line] [tabindex=\"0\"], .panel.timeline [data-testid=\"line\"][data-line]').focus();").await?;
    let line = focused(&window).await?;
    window.press(Key::Enter).await?;
    window.text("source-drawer").await?;
    tab_through(&window, "source", &mut problems).await?;
    assert_ne!(
        window
            .script("return document.activeElement.closest('dialog')?.dataset.testid ?? null;")
            .await?,
        Value::Null,
        "Tab leaves the drawer while it is open"
    );
    window.press(Key::Escape).await?;
    window.gone("source-drawer").await?;
    assert_eq!(
        focused(&window).await?,
        line,
        "closing the drawer gives the focus back"
    );

    // The palette goes anywhere, and lets go.
    window.press_with(Key::Control, 'k').await?;
    window.find("palette").await?;
    window.press("settings").await?;
    window.press(Key::Enter).await?;
    window.gone("palette").await?;
    window.find("sign-out").await?;

    // Print and bedside, on and off, without the pointer.
    open(&window, &held[0]).await?;
    window.press_with(Key::Control, 'p').await?;
    window.says("print-preview", "Destroy by").await?;
    tab_through(&window, "print preview", &mut problems).await?;
    window.press(Key::Escape).await?;
    window.gone("print-preview").await?;
    window.press("b").await?;
    window.find("bedside").await?;
    window.press("b").await?;
    window.gone("bedside").await?;

    // At twice the size the page scrolls under the banner: what has the focus must not be behind it.
    window.resize(640, 480).await?;
    for tab in ["overview", "medicines"] {
        window.click(&format!("tab-{tab}")).await?;
        window.settled().await?;
        tab_through(&window, &format!("{tab}, 200 % zoom"), &mut problems).await?;
    }
    window.resize(start.size.0, start.size.1).await?;

    // One key locks, and the first thing typed is the passphrase.
    window.press("l").await?;
    window.find("unlock-passphrase").await?;
    tab_through(&window, "locked", &mut problems).await?;
    window.close().await?;
    problems.none()
}
