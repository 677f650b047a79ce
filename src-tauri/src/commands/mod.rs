//! The commands of the window: one file a subject, each command one delegating line.
//!
//! [`curlew_app::wire::COMMANDS`] is the list; tests hold the registration, the build script's names and the
//! capability file to it.

mod about;
mod as_at;
mod caseload;
mod launch;
mod log;
mod patient;
mod print;
mod session;

use curlew_app::wire::ErrorView;

/// What a command answers: a value, or a failure the UI can show as it is.
type Answer<T> = Result<T, ErrorView>;

/// The registration.
pub(crate) fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        session::status,
        session::sign_in,
        session::cancel_sign_in,
        session::create_store,
        session::unlock,
        session::lock,
        session::sign_out,
        session::touch,
        session::copied,
        session::change_passphrase,
        session::erase_store,
        session::settings,
        session::support_bundle,
        caseload::caseload,
        caseload::refresh_caseload,
        caseload::load_offline,
        caseload::cancel_load,
        caseload::load_estimate,
        caseload::keep_offline,
        caseload::caseload_numbers,
        caseload::set_caseload_numbers,
        caseload::network_returned,
        caseload::proof_sheet,
        caseload::find_patients,
        patient::open_patient,
        patient::break_glass,
        patient::close_patient,
        patient::timeline_index,
        patient::timeline_groups,
        patient::timeline,
        patient::medicines,
        patient::results,
        patient::sections,
        patient::gaps,
        patient::source,
        patient::document,
        as_at::moments,
        as_at::open_as_at,
        as_at::close_as_at,
        print::print_patient,
        print::print_list,
        launch::take_launch,
        launch::dismiss_launch,
        log::access_log,
        log::what_was_shown,
        about::about,
        about::notices,
        about::check_for_update,
        about::install_update,
    ]
}

#[cfg(test)]
mod tests {
    use curlew_app::wire::COMMANDS;
    use std::collections::BTreeSet;

    fn listed() -> BTreeSet<String> {
        COMMANDS.iter().map(|command| command.name.to_owned()).collect()
    }

    #[test]
    fn the_build_script_names_every_command_and_no_other() {
        let names: &[&str] = include!("../../command_names.rs");
        assert_eq!(
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<BTreeSet<_>>(),
            listed()
        );
    }

    #[test]
    fn the_capability_file_permits_every_command_and_no_other() {
        let file: serde_json::Value = serde_json::from_str(include_str!("../../capabilities/main.json"))
            .expect("the capability file is JSON");
        let permitted: BTreeSet<String> = file["permissions"]
            .as_array()
            .expect("it lists permissions")
            .iter()
            .filter_map(|permission| permission.as_str()?.strip_prefix("allow-"))
            .map(|name| name.replace('-', "_"))
            .collect();
        assert_eq!(permitted, listed());
    }

    #[test]
    fn the_registration_holds_every_command_and_no_other() {
        let source = include_str!("mod.rs");
        let list = source
            .split_once("generate_handler![")
            .and_then(|(_, rest)| rest.split_once(']'))
            .expect("the registration is in this file")
            .0;
        let registered: BTreeSet<String> = list
            .split(',')
            .filter_map(|item| item.trim().rsplit_once("::"))
            .map(|(_, name)| name.to_owned())
            .collect();
        assert_eq!(registered, listed());
    }
}
