//! The day's caseload and its copy on this device.

use super::Answer;
use curlew_app::App;
use curlew_app::wire::{CaseloadView, FindQuery, FindResult, LoadEstimate, PastedList, ProofSheet};
use tauri::State;

#[tauri::command]
pub(crate) async fn caseload(app: State<'_, App>) -> Answer<CaseloadView> {
    Ok(app.caseload().await?)
}

#[tauri::command]
pub(crate) async fn refresh_caseload(app: State<'_, App>) -> Answer<CaseloadView> {
    Ok(app.refresh_caseload().await?)
}

#[tauri::command]
pub(crate) async fn load_offline(app: State<'_, App>, patients: Vec<String>) -> Answer<ProofSheet> {
    Ok(app.load_offline(patients).await?)
}

#[tauri::command]
pub(crate) async fn cancel_load(app: State<'_, App>) -> Answer<()> {
    app.cancel_load();
    Ok(())
}

#[tauri::command]
pub(crate) async fn proof_sheet(app: State<'_, App>) -> Answer<Option<ProofSheet>> {
    Ok(app.proof_sheet()?)
}

#[tauri::command]
pub(crate) async fn find_patients(app: State<'_, App>, query: FindQuery) -> Answer<FindResult> {
    Ok(app.find_patients(query).await?)
}

#[tauri::command]
pub(crate) async fn load_estimate(app: State<'_, App>, patients: Vec<String>) -> Answer<LoadEstimate> {
    Ok(app.load_estimate(patients).await?)
}

#[tauri::command]
pub(crate) async fn keep_offline(app: State<'_, App>, patient: String, keep: bool) -> Answer<CaseloadView> {
    Ok(app.keep_offline(patient, keep).await?)
}

#[tauri::command]
pub(crate) async fn caseload_numbers(app: State<'_, App>) -> Answer<PastedList> {
    Ok(app.caseload_numbers().await?)
}

#[tauri::command]
pub(crate) async fn set_caseload_numbers(app: State<'_, App>, text: String) -> Answer<PastedList> {
    Ok(app.set_caseload_numbers(text).await?)
}

#[tauri::command]
pub(crate) async fn network_returned(app: State<'_, App>) -> Answer<()> {
    app.network_returned();
    Ok(())
}
