//! What another program asked for.

use super::Answer;
use curlew_app::App;
use curlew_app::wire::{Launched, Status};
use tauri::State;

#[tauri::command]
pub(crate) async fn take_launch(app: State<'_, App>) -> Answer<Launched> {
    Ok(app.take_launch().await?)
}

#[tauri::command]
pub(crate) async fn dismiss_launch(app: State<'_, App>) -> Answer<Status> {
    Ok(app.dismiss_launch())
}
