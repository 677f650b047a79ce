//! The desktop app: one window, the commands it may call, and nothing else.
//!
//! Everything a person can do is a function of [`curlew_app`]. This crate opens the window, keeps it from
//! navigating anywhere, and hands each command on in one line. It is the only code that names Tauri.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod asked;
mod clipboard;
mod commands;
#[cfg(target_os = "linux")]
mod drawing;
mod logs;
mod options;
mod renewal;
mod stopped;
mod updates;
mod window;

use asked::Asked;
use clap::Parser as _;
use curlew_app::{App, Host};
use options::Options;
use renewal::Renewal;
use std::process::ExitCode;
use std::sync::Arc;
#[cfg(debug_assertions)]
use std::time::Duration;
use tauri::Manager as _;

/// The machine.
#[cfg(not(debug_assertions))]
fn host() -> Host {
    Host::system()
}

/// The machine, its clock as many seconds ahead as the file says that a test names: a laptop's sleep without the wait. No
/// program for release looks for one.
#[cfg(debug_assertions)]
fn host() -> Host {
    let mut host = Host::system();
    if let Some(file) = std::env::var_os("CURLEW_CLOCK_AHEAD") {
        let clock = Arc::clone(&host.clock);
        host.clock = Arc::new(move || {
            let seconds = std::fs::read_to_string(&file)
                .ok()
                .and_then(|text| text.parse().ok());
            clock() + Duration::from_secs(seconds.unwrap_or_default())
        });
    }
    host
}

/// The exit code of a start whose policy cannot be used: `EX_CONFIG` of `sysexits.h`, as `curlewctl` has it.
const UNUSABLE_POLICY: u8 = 78;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    drawing::choose();
    if options::something_follows_a_link(std::env::args_os()) {
        eprintln!(
            "Curlew was started with a link that something was added to, so it did not start. Start it without the link."
        );
        return ExitCode::from(2);
    }
    let options = Options::parse();
    let settings = match options.settings() {
        Ok(settings) => settings,
        Err(problem) => {
            eprintln!("{problem}");
            // Nobody sees a terminal behind a desktop's icon.
            stopped::show(&problem.to_string());
            return ExitCode::from(UNUSABLE_POLICY);
        }
    };
    let shared_desktop = settings.shared_desktop;
    logs::start(&settings);

    if let Err(error) = curlew_app::keep_out_of_dumps() {
        tracing::warn!(%error, "a crash could leave an image of the memory behind");
    }

    let asked = Arc::new(Asked::default());
    let renewal = Arc::new(Renewal::new(Arc::clone(&asked)));
    let watching = Arc::clone(&renewal);
    let clipboard = clipboard::Clipboard::default();
    let own = options.clone();
    let (arriving, waiting) = (Arc::clone(&asked), Arc::clone(&asked));

    // Tauri's own runtime drives the app's tasks, so that there is one pool of threads.
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(
            move |handle, arguments, _folder| {
                let now = arriving.arrived(arguments);
                if let (Some(arguments), Some(app)) = (now, handle.try_state::<App>()) {
                    options::second_start(&app, arguments);
                }
                window::bring_to_front(handle)
            },
        ))
        .plugin(updates::plugin())
        .setup(move |tauri| {
            let handle = tauri.handle().clone();
            let emptied = clipboard.clone();
            tauri.manage(clipboard);
            let app = App::new(settings, host(), move |event| {
                emptied.watch(&event);
                watching.watch(&handle, &event);
                window::emit(&handle, event)
            });
            let staying = app.clone();
            tauri::async_runtime::spawn(async move { staying.stay_current().await });
            if let Some(words) = renewal::notice() {
                app.say(words);
            }
            own.ask(&app);
            tauri.manage(app.clone());
            if let Some(arguments) = waiting.stands() {
                options::second_start(&app, arguments);
            }
            // Locks, expires and closes by itself, whatever the window does.
            tauri::async_runtime::spawn(tauri.state::<App>().inner().clone().run_clock());
            window::open(tauri, shared_desktop)?;
            Ok(())
        })
        .invoke_handler(commands::handler())
        .on_window_event(|window, event| {
            if let tauri::WindowEvent::Destroyed = event {
                window.state::<App>().lock_now();
            }
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            // Returns when everything of the window is gone and the name of the one instance is free again.
            app.run_return(opened);
            let mut next = options.arguments_of_settings();
            next.extend(asked.left().and_then(options::asking));
            match renewal.start_again(next) {
                Ok(()) => ExitCode::SUCCESS,
                Err(words) => {
                    eprintln!("{words} Start it by hand; nothing is lost.");
                    ExitCode::FAILURE
                }
            }
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            eprintln!(
                "Curlew could not open its window: {error}. Check that a display is available and that the web view is installed."
            );
            ExitCode::FAILURE
        }
    }
}

/// macOS hands links to the program that runs, not to a second one.
#[cfg(target_os = "macos")]
fn opened(handle: &tauri::AppHandle, event: tauri::RunEvent) {
    if let (tauri::RunEvent::Opened { urls }, Some(app)) = (event, handle.try_state::<App>()) {
        if let [link] = urls.as_slice() {
            app.open_link(link.as_str());
        }
        window::bring_to_front(handle);
    }
}

#[cfg(not(target_os = "macos"))]
fn opened(_: &tauri::AppHandle, _: tauri::RunEvent) {}
