//! The user's own access log.

use super::Answer;
use curlew_app::App;
use curlew_app::wire::AccessLog;
use tauri::State;

#[tauri::command]
pub(crate) async fn access_log(app: State<'_, App>) -> Answer<AccessLog> {
    Ok(app.access_log().await?)
}
