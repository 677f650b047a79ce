//! Looking back: a record as it could be seen at an earlier moment.

use super::Answer;
use curlew_app::App;
use curlew_app::view::PatientView;
use curlew_app::wire::Moments;
use tauri::State;

#[tauri::command]
pub(crate) async fn moments(app: State<'_, App>, patient: String) -> Answer<Moments> {
    Ok(app.moments(&patient).await?)
}

#[tauri::command]
pub(crate) async fn open_as_at(app: State<'_, App>, patient: String, at: f64) -> Answer<PatientView> {
    Ok(app.open_as_at(&patient, at).await?)
}

#[tauri::command]
pub(crate) async fn close_as_at(app: State<'_, App>, patient: String) -> Answer<Option<PatientView>> {
    Ok(app.close_as_at(&patient).await?)
}
