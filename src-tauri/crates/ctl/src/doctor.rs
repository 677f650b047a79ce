//! `curlewctl doctor`: what works on this device, and what does not, in the order a person would mend it.

use curlew_api::{HttpError, is_untrusted};
use curlew_app::{Host, Settings};
use std::process::ExitCode;

/// One thing checked.
struct Check {
    what: &'static str,
    outcome: Result<String, String>,
}

/// Checks everything, prints a line each, and fails when one failed.
pub(crate) fn run(settings: &Settings) -> ExitCode {
    let host = Host::system();
    let checks = [
        Check {
            what: "Data folder",
            outcome: data_folder(settings),
        },
        Check {
            what: "Keychain",
            outcome: keychain(&host),
        },
        Check {
            what: "Record API",
            outcome: record_api(settings),
        },
    ];
    let mut all_well = true;
    for check in checks {
        match check.outcome {
            Ok(found) => println!("ok      {:<14} {found}", check.what),
            Err(problem) => {
                all_well = false;
                println!("PROBLEM {:<14} {problem}", check.what);
            }
        }
    }
    if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn data_folder(settings: &Settings) -> Result<String, String> {
    let folder = &settings.data_dir;
    let probe = folder.join(".curlew-doctor");
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, b"probe"))
        .and_then(|()| std::fs::remove_file(&probe))
        .map(|()| format!("{} can be written", folder.display()))
        .map_err(|error| {
            format!(
                "{} cannot be written: {error}. Check its permissions and free space.",
                folder.display()
            )
        })
}

fn keychain(host: &Host) -> Result<String, String> {
    const ACCOUNT: &str = "doctor-probe";
    host.keychain
        .set(ACCOUNT, b"probe")
        .and_then(|()| host.keychain.get(ACCOUNT))
        .and_then(|found| host.keychain.delete(ACCOUNT).map(|()| found))
        .map_err(|error| format!("{error}. Unlock the keychain, or log in to the desktop again."))
        .and_then(|found| match found {
            Some(secret) if secret == b"probe" => Ok("keeps and gives back a secret".to_owned()),
            _ => Err("does not give back what it was given. Use another keychain service.".to_owned()),
        })
}

fn record_api(settings: &Settings) -> Result<String, String> {
    let base = settings
        .record_api
        .as_ref()
        .ok_or("not set. Set record_api in the policy file, or give --record-api.")?;
    let address = format!("{}/metadata", base.as_str().trim_end_matches('/'));
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let answer = runtime
        .block_on(async {
            let http = curlew_api::http_client(&settings.network, base).map_err(|error| error.to_string())?;
            let request = http
                .get(&address)
                .header("accept", "application/fhir+json")
                .send();
            request.await.map_err(|error| unreachable(&error))
        })
        .map_err(|error| format!("{base} cannot be reached: {error}"))?;
    if answer.status().is_success() {
        // Which route is used, and what is lost by it.
        let statement = runtime
            .block_on(answer.text())
            .map_err(|error| error.without_url().to_string())?;
        let capabilities = curlew_api::Capabilities::read(&statement);
        let mut lines = vec![format!("{base} answers: {}", capabilities.software)];
        lines.extend(capabilities.words());
        Ok(lines.join("\n                       "))
    } else {
        Err(format!("{base} answered {}. Check the address.", answer.status()))
    }
}

/// Why, down to the first cause, and what to do. Without the address, which is said already.
fn unreachable(error: &HttpError) -> String {
    if is_untrusted(error) {
        return "its certificate is not one this computer trusts. If a proxy inspects connections here, name its certificate \
                authority in extra_cas."
            .to_owned();
    }
    let mut first: &dyn std::error::Error = error;
    while let Some(cause) = first.source() {
        first = cause;
    }
    format!("{first}. Check the network, the address, and proxy in the policy file.")
}
