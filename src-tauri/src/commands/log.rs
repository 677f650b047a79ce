//! The user's own access log.

use super::Answer;
use curlew_app::App;
use curlew_app::wire::{AccessLog, WhatWasShown};
use tauri::State;

#[tauri::command]
pub(crate) async fn access_log(app: State<'_, App>) -> Answer<AccessLog> {
    Ok(app.access_log().await?)
}

#[tauri::command]
pub(crate) async fn what_was_shown(app: State<'_, App>, seq: u32) -> Answer<WhatWasShown> {
    Ok(app.what_was_shown(seq).await?)
}
