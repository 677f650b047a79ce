//! The desktop app: one window, the commands it may call, and nothing else.
//!
//! Everything a person can do is a function of [`curlew_app`]. This crate opens the window, keeps it from
//! navigating anywhere, and hands each command on in one line. It is the only code that names Tauri.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod clipboard;
mod commands;
mod logs;
mod options;
mod renewal;
mod updates;
mod window;

use clap::Parser as _;
use curlew_app::App;
use options::Options;
use renewal::Renewal;
use std::process::ExitCode;
use std::sync::Arc;
use tauri::Manager as _;

fn main() -> ExitCode {
    let options = Options::parse();
    let settings = match options.settings() {
        Ok(settings) => settings,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let shared_desktop = settings.shared_desktop;
    let logs = logs::start((!shared_desktop).then_some(settings.data_dir.as_path()));

    if let Err(error) = curlew_app::keep_out_of_dumps() {
        tracing::warn!(%error, "a crash could leave an image of the memory behind");
    }

    let renewal = Arc::new(Renewal::default());
    let watching = Arc::clone(&renewal);
    let clipboard = clipboard::Clipboard::default();

    // Tauri's own runtime drives the app's tasks, so that there is one pool of threads.
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| {
            window::bring_to_front(app)
        }))
        .plugin(updates::plugin())
        .setup(move |tauri| {
            let handle = tauri.handle().clone();
            let emptied = clipboard.clone();
            tauri.manage(clipboard);
            let app = App::new(settings, curlew_app::Host::system(), move |event| {
                emptied.watch(&event);
                watching.watch(&handle, &event);
                window::emit(&handle, event)
            });
            let staying = app.clone();
            tauri::async_runtime::spawn(async move { staying.stay_current().await });
            if let Some(words) = renewal::notice() {
                app.say(words);
            }
            tauri.manage(app);
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
            app.run_return(|_, _| {});
            // What was logged is on disk before another program takes this one's place.
            drop(logs);
            match renewal.start_again() {
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
