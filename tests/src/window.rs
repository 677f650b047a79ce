//! The built app in a real window, driven from outside.
//!
//! WebKitWebDriver starts the app. Elements are found by the UI's `data-testid` hooks, which are the
//! UI's promise to the tests; words on the screen are for people and may change.

use crate::places::Places;
use crate::{Failure, Outcome};
use serde_json::json;
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use thirtyfour::extensions::query::ElementQueryable as _;
use thirtyfour::{By, Capabilities, Key, WebDriver, WebElement};

/// Longest wait for something on the screen. A load of a caseload on a slow machine is the longest thing waited for.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How often a wait looks.
const INTERVAL: Duration = Duration::from_millis(50);

/// How the app is started.
#[derive(Debug, Clone)]
pub struct Start {
    /// The built app.
    pub app: PathBuf,
    /// Program the app opens as the browser.
    pub browser: PathBuf,
    /// Who signs in there.
    pub user: String,
    /// Base address of the record API.
    pub record_api: String,
    /// Width and height of the window's content.
    pub size: (u32, u32),
    /// What else is on its command line, such as a link of another program.
    pub more: Vec<String>,
    /// A file that what the app and its web view write to the terminal is added to, instead of this test's own terminal.
    pub terminal: Option<PathBuf>,
}

impl Start {
    /// The command line, as a person's shortcut would have it.
    fn arguments(&self, places: &Places) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["--data-dir".into(), places.store().into()];
        // A policy that names the record API is not overruled from the command line.
        if !self.more.iter().any(|one| one == "--policy") {
            arguments.extend(["--record-api".into(), OsString::from(&self.record_api)]);
        }
        arguments.extend(self.more.iter().map(OsString::from));
        arguments
    }

    /// The environment of the desktop's person.
    fn dress<'a>(&self, command: &'a mut Command, places: &Places) -> &'a mut Command {
        command
            .current_dir(places.work())
            .envs(places.environment())
            .env("BROWSER", &self.browser)
            .env("CURLEW_TEST_USER", &self.user)
            .env(crate::login::WHO, places.who())
            // Settings of the desktop are not the app's to write.
            .env("GSETTINGS_BACKEND", "memory")
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
    }

    /// Starts the program a second time with these arguments, as a system does that opens a link, and waits for its end.
    /// Answers what it printed; whoever runs already has the arguments then.
    ///
    /// # Errors
    /// When it does not start, or ends badly.
    pub async fn second(&self, places: &Places, arguments: &[&str]) -> Outcome<String> {
        let mut command = Command::new(&self.app);
        self.dress(&mut command, places).args(arguments);
        let printed = tokio::task::spawn_blocking(move || command.output()).await??;
        let words = format!(
            "{}{}",
            String::from_utf8_lossy(&printed.stdout),
            String::from_utf8_lossy(&printed.stderr)
        );
        if printed.status.success() {
            Ok(words)
        } else {
            Err(format!("the second start ended with {}: {words}", printed.status).into())
        }
    }

    /// The app and browser that `cargo verify` names in `CURLEW_APP` and `CURLEW_SIGN_IN_BROWSER`.
    ///
    /// # Errors
    /// With what to run instead, when there is no private desktop: a test must never type into somebody's own keychain.
    pub fn from_environment(record_api: &str) -> Outcome<Self> {
        let path = |name: &str| std::env::var_os(name).map(PathBuf::from);
        match (
            std::env::var_os("CURLEW_PRIVATE_DESKTOP"),
            path("CURLEW_APP"),
            path("CURLEW_SIGN_IN_BROWSER"),
        ) {
            (Some(_), Some(app), Some(browser)) => Ok(Self {
                app,
                browser,
                user: "nurse".to_owned(),
                record_api: record_api.to_owned(),
                size: (1280, 800),
                more: Vec::new(),
                terminal: None,
            }),
            _ => Err("real-window tests need a private desktop: run `cargo verify --only window`".into()),
        }
    }
}

/// The app, running.
#[derive(Debug)]
pub struct Window {
    driver: WebDriver,
    processes: Processes,
}

impl Window {
    /// Starts the app in `places` and waits for its page.
    ///
    /// # Errors
    /// When the driver or the app does not start.
    pub async fn open(start: &Start, places: &Places) -> Outcome<Self> {
        Self::started(start, places, true).await
    }

    /// As [`Window::open`], for the app as it is shipped: at a lock it ends, which ends this window too, and starts again.
    ///
    /// # Errors
    /// As [`Window::open`].
    pub async fn open_until_locked(start: &Start, places: &Places) -> Outcome<Self> {
        Self::started(start, places, false).await
    }

    async fn started(start: &Start, places: &Places, stay_after_lock: bool) -> Outcome<Self> {
        let port = free_port()?;
        // The web view's own driver, without `tauri-driver` in between: that only translates the capabilities, and drops
        // requests when the driver has closed a connection it still keeps.
        let mut command = Command::new("WebKitWebDriver");
        start
            .dress(&mut command, places)
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            // A program that is not for release looks here for how far its clock is ahead.
            .env("CURLEW_CLOCK_AHEAD", places.clock_ahead())
            // As much as there can be: the hunts search it.
            .env("CURLEW_LOG", "trace");
        if stay_after_lock {
            command.env("CURLEW_STAY_AFTER_LOCK", "1");
        }
        if let Some(file) = &start.terminal {
            let terminal = std::fs::File::options().create(true).append(true).open(file)?;
            command.stdout(terminal.try_clone()?).stderr(terminal);
        }
        let processes = Processes::start(&mut command, &start.app)?;
        until("the WebDriver answers", async || {
            tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .await
                .is_ok()
                .then_some(())
        })
        .await?;

        let mut wanted = Capabilities::new();
        wanted.set(
            "webkitgtk:browserOptions",
            json!({
                "binary": start.app,
                "args": start.arguments(places).iter().map(|one| one.to_string_lossy()).collect::<Vec<_>>(),
            }),
        )?;
        let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), wanted)
            .request_timeout(LIMIT)
            .connect()
            .await
            .map_err(|error| format!("the app did not open a window that can be driven: {error}"))?;
        let window = Self { driver, processes };
        window.resize(start.size.0, start.size.1).await?;
        Ok(window)
    }

    /// The first displayed element with this hook, waited for. A failure tells what was on the screen instead.
    ///
    /// # Errors
    /// When it does not appear in time, or the app reports a failure meanwhile.
    pub async fn find(&self, hook: &str) -> Outcome<WebElement> {
        self.find_css(&selector(hook)).await
    }

    /// The first displayed element a CSS selector matches, waited for.
    ///
    /// # Errors
    /// As [`Window::find`].
    pub async fn find_css(&self, css: &str) -> Outcome<WebElement> {
        // Looked for anew each time: a screen being redrawn takes away what was found a moment ago.
        let found = until("it appears", async || {
            self.driver
                .query(By::Css(css))
                .nowait()
                .and_displayed()
                .first()
                .await
                .ok()
        });
        match found.await {
            Ok(element) => Ok(element),
            Err(_) => Err(format!(
                "{css} did not appear.\nOn the screen was:\n{}",
                self.words().await
            )
            .into()),
        }
    }

    /// Every element a CSS selector matches now.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn all_css(&self, css: &str) -> Outcome<Vec<WebElement>> {
        Ok(self.driver.find_all(By::Css(css)).await?)
    }

    /// Waits for one of several CSS selectors: the answer says which matched first.
    ///
    /// # Errors
    /// When none appears in time.
    pub async fn find_any<'a>(&self, selectors: &[&'a str]) -> Outcome<&'a str> {
        let found = until("one of several elements appears", async || {
            for css in selectors {
                if let Ok(true) = self
                    .driver
                    .query(By::Css(*css))
                    .nowait()
                    .and_displayed()
                    .exists()
                    .await
                {
                    return Some(*css);
                }
            }
            None
        })
        .await;
        match found {
            Ok(css) => Ok(css),
            Err(error) => Err(format!(
                "{error}: {selectors:?}\nOn the screen was:\n{}",
                self.words().await
            )
            .into()),
        }
    }

    /// Clicks on the element with this hook as soon as it can be clicked.
    ///
    /// # Errors
    /// As [`Window::find`].
    pub async fn click(&self, hook: &str) -> Outcome {
        self.click_css(&selector(hook)).await
    }

    /// Clicks on what a CSS selector matches as soon as it can be clicked.
    ///
    /// # Errors
    /// As [`Window::find`].
    pub async fn click_css(&self, css: &str) -> Outcome {
        let clicked = until("it can be clicked", async || {
            let element = self
                .driver
                .query(By::Css(css))
                .nowait()
                .and_displayed()
                .and_enabled()
                .first()
                .await
                .ok()?;
            // A list that is still moving opens nobody when it is pressed; a person waits for it, and presses again.
            const MOVING: &str = "const list = arguments[0].closest('.steady'); return list && list.dataset.moving !== undefined;";
            const HELD: &str = "return (document.querySelector('[data-testid=\"list-moved\"]')?.textContent ?? '') !== '';";
            let asked = self.driver.execute(MOVING, vec![element.to_json().ok()?]).await.ok()?;
            if asked.json().as_bool() == Some(true) {
                return None;
            }
            // A screen being redrawn may take the element away between the look and the click: look again.
            if element.click().await.is_ok() {
                let in_a_list = asked.json().is_boolean();
                let held = in_a_list && self.script(HELD).await.is_ok_and(|held| held == true);
                return (!held).then_some(());
            }
            // Or something that stays at the top covers it: a person scrolls.
            element.scroll_into_view().await.ok();
            None
        })
        .await;
        match clicked {
            Ok(()) => Ok(()),
            Err(_) => Err(format!(
                "{css} could not be clicked.\nOn the screen was:\n{}",
                self.words().await
            )
            .into()),
        }
    }

    /// Types into the field with this hook.
    ///
    /// # Errors
    /// As [`Window::find`].
    pub async fn type_into(&self, hook: &str, text: &str) -> Outcome {
        let field = self.find(hook).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// The words of the element with this hook, once there are any.
    ///
    /// # Errors
    /// As [`Window::find`].
    pub async fn text(&self, hook: &str) -> Outcome<String> {
        self.text_css(&selector(hook)).await
    }

    /// The words of what a CSS selector matches, once there are any.
    ///
    /// # Errors
    /// As [`Window::find`].
    pub async fn text_css(&self, css: &str) -> Outcome<String> {
        self.find_css(css).await?;
        let read = until("it has words", async || {
            let element = self
                .driver
                .query(By::Css(css))
                .nowait()
                .and_displayed()
                .first()
                .await
                .ok()?;
            element.text().await.ok().filter(|text| !text.trim().is_empty())
        })
        .await;
        match read {
            Ok(text) => Ok(text),
            Err(_) => Err(format!(
                "{css} stayed without words.\nOn the screen was:\n{}",
                self.words().await
            )
            .into()),
        }
    }

    /// The words of the element with this hook as they are now; none where it is not there. For waiting, see [`Window::text`].
    pub async fn text_now(&self, hook: &str) -> Option<String> {
        let css = selector(hook);
        let element = self
            .driver
            .query(By::Css(css.as_str()))
            .nowait()
            .first()
            .await
            .ok()?;
        element.text().await.ok()
    }

    /// Waits until nothing with this hook is displayed.
    ///
    /// # Errors
    /// When it stays.
    pub async fn gone(&self, hook: &str) -> Outcome {
        let css = selector(hook);
        until(&format!("{hook} goes away"), async || {
            matches!(
                self.driver
                    .query(By::Css(css.as_str()))
                    .nowait()
                    .and_displayed()
                    .exists()
                    .await,
                Ok(false)
            )
            .then_some(())
        })
        .await
    }

    /// Everything readable on the screen, for a failure's message.
    pub async fn words(&self) -> String {
        match self.driver.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => format!("(no page: {error})"),
        }
    }

    /// Runs a script in the page and gives its answer.
    ///
    /// # Errors
    /// When the script fails.
    pub async fn script(&self, script: &str) -> Outcome<serde_json::Value> {
        Ok(self.driver.execute(script, Vec::new()).await?.json().clone())
    }

    /// Runs a script in the page that calls its last argument with its answer.
    ///
    /// # Errors
    /// When the script fails, or takes longer than [`LIMIT`].
    pub async fn script_async(
        &self,
        script: &str,
        arguments: Vec<serde_json::Value>,
    ) -> Outcome<serde_json::Value> {
        self.driver.set_script_timeout(LIMIT * 4).await?;
        Ok(self.driver.execute_async(script, arguments).await?.json().clone())
    }

    /// Presses keys one after the other, wherever the focus is.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn press(&self, keys: impl Into<thirtyfour::TypingData>) -> Outcome {
        Ok(self.driver.action_chain().send_keys(keys).perform().await?)
    }

    /// Presses a key while another is held down.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn press_with(&self, held: Key, key: impl Into<char> + Copy) -> Outcome {
        let chain = self
            .driver
            .action_chain()
            .key_down(held.clone())
            .key_down(key)
            .key_up(key)
            .key_up(held);
        Ok(chain.perform().await?)
    }

    /// Makes the window's content this large, in pixels.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn resize(&self, width: u32, height: u32) -> Outcome {
        // In the middle of the screen, where the pointer is: without a window manager, the keys go to what is under it.
        let screen = self.script("return [screen.width, screen.height];").await?;
        let middle =
            |at: usize, size: u32| ((screen[at].as_i64().unwrap_or_default() - i64::from(size)) / 2).max(0);
        let (left, top) = (middle(0, width), middle(1, height));
        // A window that is still being made forgets its first size: it is told again until its page has it.
        let sized = until("the window has its size", async || {
            self.driver.set_window_rect(left, top, width, height).await.ok()?;
            let now = self.script("return [innerWidth, innerHeight];").await.ok()?;
            (now == json!([width, height])).then_some(())
        });
        match sized.await {
            Ok(()) => Ok(()),
            Err(error) => {
                let now = self
                    .script("return [innerWidth, innerHeight, outerWidth, outerHeight];")
                    .await?;
                Err(format!("{error}: {width} x {height}, but it is {now}").into())
            }
        }
    }

    /// Waits until the element with this hook says something.
    ///
    /// # Errors
    /// With what it says instead.
    pub async fn says(&self, hook: &str, words: &str) -> Outcome {
        let what = format!("{hook} says {words:?}");
        let said = until(&what, async || {
            self.text_now(hook)
                .await
                .filter(|text| text.contains(words))
                .map(drop)
        });
        match said.await {
            Ok(()) => Ok(()),
            Err(error) => Err(format!("{error}\nOn the screen was:\n{}", self.words().await).into()),
        }
    }

    /// Waits until the page has drawn what it knows: fonts loaded, no animation running, two frames painted.
    ///
    /// # Errors
    /// When it does not settle.
    pub async fn settled(&self) -> Outcome {
        const SETTLE: &str = "const done = arguments[arguments.length - 1];
            document.fonts.ready
              .then(() => Promise.allSettled(document.getAnimations()
                .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity)
                .map((one) => one.finished)))
              .then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";
        self.driver.execute_async(SETTLE, Vec::new()).await?;
        Ok(())
    }

    /// A picture of the window's content as PNG.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn picture(&self, path: &Path) -> Outcome {
        self.settled().await?;
        self.driver.screenshot(path).await?;
        Ok(())
    }

    /// Closes the window, as a person would, and waits until the app has ended.
    ///
    /// # Errors
    /// When the app does not end.
    pub async fn close(self) -> Outcome {
        self.driver.quit().await?;
        let app = self.processes.app.clone();
        until("the app ends", async || (!is_running(&app)).then_some(())).await
    }
}

fn selector(hook: &str) -> String {
    format!("[data-testid=\"{hook}\"]")
}

/// Waits until `look` answers something.
///
/// # Errors
/// With `what`, when it does not happen within [`LIMIT`].
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> Outcome<T> {
    let end = Instant::now() + LIMIT;
    let mut tick = tokio::time::interval(INTERVAL);
    loop {
        tick.tick().await;
        if let Some(answer) = look().await {
            return Ok(answer);
        }
        if Instant::now() > end {
            return Err(Failure::from(format!(
                "waited {} s in vain until {what}",
                LIMIT.as_secs()
            )));
        }
    }
}

/// The driver and everything it started: ended together, whatever happens to the test.
#[derive(Debug)]
struct Processes {
    driver: Child,
    app: PathBuf,
}

impl Processes {
    fn start(command: &mut Command, app: &Path) -> Outcome<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let driver = command.spawn().map_err(|error| {
            format!("WebKitWebDriver cannot be started ({error}): run `cargo xtask prepare --tests`")
        })?;
        Ok(Self {
            driver,
            app: app.to_owned(),
        })
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        // The group, not the process: the native driver, the app and the web view's processes must go too.
        let _ = Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.driver.id())])
            .stderr(Stdio::null())
            .status();
        let _ = self.driver.wait();
    }
}

/// Whether any process runs this program.
fn is_running(app: &Path) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return false;
    };
    processes
        .flatten()
        .any(|process| std::fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == app))
}

fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Where `cargo` put a program that was built beside this one.
///
/// # Errors
/// When it is not there.
pub fn beside_this_program(name: &str) -> Outcome<PathBuf> {
    let mut program = OsString::from(name);
    program.push(std::env::consts::EXE_SUFFIX);
    let path = std::env::current_exe()?
        .parent()
        .ok_or("this program lies in no folder")?
        .join(program);
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{} has not been built", path.display()).into())
    }
}
