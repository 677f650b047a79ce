//! One open patient.

use super::Answer;
use curlew_app::App;
use curlew_app::view::{
    DocumentContent, Gaps, Medicines, PatientView, Results, Sections, SourceView, TimelineFilter,
    TimelineGroups, TimelineIndex, TimelinePage,
};
use curlew_app::wire::SectionScreen;
use tauri::State;

#[tauri::command]
pub(crate) async fn open_patient(app: State<'_, App>, patient: String) -> Answer<PatientView> {
    Ok(app.open_patient(patient).await?)
}

#[tauri::command]
pub(crate) async fn break_glass(
    app: State<'_, App>,
    patient: String,
    reason: String,
    text: String,
) -> Answer<PatientView> {
    Ok(app.break_glass(patient, &reason, &text).await?)
}

#[tauri::command]
pub(crate) async fn close_patient(app: State<'_, App>) -> Answer<()> {
    Ok(app.close_patient()?)
}

#[tauri::command]
pub(crate) async fn timeline_index(
    app: State<'_, App>,
    patient: String,
    filter: TimelineFilter,
) -> Answer<TimelineIndex> {
    Ok(app.timeline_index(&patient, filter).await?)
}

#[tauri::command]
pub(crate) async fn timeline_groups(
    app: State<'_, App>,
    patient: String,
    filter: TimelineFilter,
) -> Answer<TimelineGroups> {
    Ok(app.timeline_groups(&patient, filter).await?)
}

#[tauri::command]
pub(crate) async fn timeline(
    app: State<'_, App>,
    patient: String,
    filter: TimelineFilter,
    offset: u32,
    limit: u32,
) -> Answer<TimelinePage> {
    Ok(app.timeline(&patient, filter, offset, limit).await?)
}

#[tauri::command]
pub(crate) async fn medicines(app: State<'_, App>, patient: String) -> Answer<Medicines> {
    Ok(app.medicines(&patient).await?)
}

#[tauri::command]
pub(crate) async fn results(app: State<'_, App>, patient: String) -> Answer<Results> {
    Ok(app.results(&patient).await?)
}

#[tauri::command]
pub(crate) async fn sections(
    app: State<'_, App>,
    patient: String,
    screen: SectionScreen,
) -> Answer<Sections> {
    Ok(app.sections(&patient, screen).await?)
}

#[tauri::command]
pub(crate) async fn gaps(app: State<'_, App>, patient: String) -> Answer<Gaps> {
    Ok(app.gaps(&patient).await?)
}

#[tauri::command]
pub(crate) async fn source(app: State<'_, App>, patient: String, line: String) -> Answer<SourceView> {
    Ok(app.source(&patient, line).await?)
}

#[tauri::command]
pub(crate) async fn document(
    app: State<'_, App>,
    patient: String,
    line: String,
    resource: String,
    index: u32,
) -> Answer<DocumentContent> {
    Ok(app.document(&patient, line, resource, index).await?)
}
