//! What this program is, and newer versions of it.

use super::Answer;
use crate::updates;
use curlew_app::App;
use curlew_app::wire::{About, Notices, UpdateCheck};
use tauri::{AppHandle, Manager as _, State};

#[tauri::command]
pub(crate) async fn about(app: State<'_, App>) -> Answer<About> {
    Ok(app.about())
}

#[tauri::command]
pub(crate) async fn notices(app: State<'_, App>, window: AppHandle) -> Answer<Notices> {
    Ok(app.notices(window.path().resource_dir().ok().as_deref()))
}

#[tauri::command]
pub(crate) async fn check_for_update(app: State<'_, App>, window: AppHandle) -> Answer<UpdateCheck> {
    Ok(updates::check(&app, &window).await)
}

#[tauri::command]
pub(crate) async fn install_update(app: State<'_, App>, window: AppHandle) -> Answer<UpdateCheck> {
    Ok(updates::install(&app, &window).await)
}
