//! What a printed page says of itself, once the print is in the access log.

use super::Answer;
use curlew_app::App;
use curlew_app::wire::{ListPage, PatientPage, PrintStage, PrintWords};
use tauri::State;

#[tauri::command]
pub(crate) async fn print_patient(
    app: State<'_, App>,
    patient: String,
    page: PatientPage,
    stage: PrintStage,
) -> Answer<PrintWords> {
    Ok(app.print_patient(&patient, page, stage).await?)
}

#[tauri::command]
pub(crate) async fn print_list(app: State<'_, App>, page: ListPage, stage: PrintStage) -> Answer<PrintWords> {
    Ok(app.print_list(page, stage).await?)
}
