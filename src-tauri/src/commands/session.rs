//! Sign-in, unlock and lock.

use super::Answer;
use crate::clipboard::Clipboard;
use curlew_app::App;
use curlew_app::wire::{Settings, Status, SupportBundle};
use tauri::State;

#[tauri::command]
pub(crate) async fn status(app: State<'_, App>) -> Answer<Status> {
    Ok(app.status())
}

#[tauri::command]
pub(crate) async fn sign_in(app: State<'_, App>) -> Answer<Status> {
    Ok(app.sign_in().await?)
}

#[tauri::command]
pub(crate) async fn cancel_sign_in(app: State<'_, App>) -> Answer<()> {
    app.cancel_sign_in();
    Ok(())
}

#[tauri::command]
pub(crate) async fn create_store(app: State<'_, App>, passphrase: String) -> Answer<Status> {
    Ok(app.create_store(passphrase.into()).await?)
}

#[tauri::command]
pub(crate) async fn unlock(app: State<'_, App>, store: String, passphrase: String) -> Answer<Status> {
    Ok(app.unlock(&store, passphrase.into()).await?)
}

#[tauri::command]
pub(crate) async fn lock(app: State<'_, App>) -> Answer<Status> {
    Ok(app.lock().await?)
}

#[tauri::command]
pub(crate) async fn sign_out(app: State<'_, App>) -> Answer<Status> {
    Ok(app.sign_out().await?)
}

#[tauri::command]
pub(crate) async fn touch(app: State<'_, App>) -> Answer<()> {
    Ok(app.touch()?)
}

#[tauri::command]
pub(crate) async fn change_passphrase(app: State<'_, App>, current: String, new: String) -> Answer<Status> {
    Ok(app.change_passphrase(current.into(), new.into()).await?)
}

#[tauri::command]
pub(crate) async fn erase_store(app: State<'_, App>, store: String, confirm: String) -> Answer<Status> {
    Ok(app.erase_store(&store, &confirm).await?)
}

#[tauri::command]
pub(crate) async fn settings(app: State<'_, App>) -> Answer<Settings> {
    Ok(app.settings_view())
}

#[tauri::command]
pub(crate) async fn copied(clipboard: State<'_, Clipboard>, text: String) -> Answer<()> {
    clipboard.copied(text);
    Ok(())
}

#[tauri::command]
pub(crate) async fn support_bundle(app: State<'_, App>, save: bool) -> Answer<SupportBundle> {
    Ok(app.support_bundle(tauri::webview_version().ok(), save).await?)
}
