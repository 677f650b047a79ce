//! `curlewctl audit`: is the log of every look whole?

use curlew_app::{Host, Settings};
use curlew_vault::{StoreId, VaultSettings, Vaults};
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

/// Opens the store with the passphrase asked for, and verifies its chain from the first entry to the last.
pub(crate) fn verify(settings: &Settings, store: Option<&str>) -> ExitCode {
    match verified(settings, store) {
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn verified(settings: &Settings, store: Option<&str>) -> Result<String, String> {
    let host = Host::system();
    let vault_settings = VaultSettings::product(host.argon2, settings.max_attempts);
    let vaults = Vaults::new(
        settings.data_dir.join("stores"),
        Arc::clone(&host.keychain),
        vault_settings,
    );
    let stores = vaults.stores().map_err(|error| error.to_string())?;
    let id: StoreId = match (store, stores.as_slice()) {
        (Some(store), _) => store
            .parse()
            .map_err(|_| format!("{store} is not a store's folder name."))?,
        (None, [only]) => only.id.clone(),
        (None, []) => return Err(format!("There is no store in {}.", settings.data_dir.display())),
        (None, several) => {
            let names: Vec<String> = several.iter().map(|store| store.id.to_string()).collect();
            return Err(format!(
                "There are several stores; name one with --store: {}",
                names.join(", ")
            ));
        }
    };
    print!("Passphrase: ");
    let _ = std::io::stdout().flush();
    let passphrase =
        rpassword::read_password().map_err(|error| format!("No passphrase could be read: {error}"))?;
    let vault = vaults
        .unlock(&id, &passphrase.into(), (host.clock)())
        .map_err(|error| error.to_string())?;
    match vault.verify_log().map_err(|error| error.to_string())? {
        Ok(entries) => Ok(format!("All {entries} entries are in place and unchanged.")),
        Err(broken) => Err(format!("The log is not whole: {broken}")),
    }
}
