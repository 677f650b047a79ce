//! `curlewctl audit`: is the log of every look whole?

use curlew_app::{Host, Settings};
use curlew_redact::SecretString;
use curlew_vault::{Keychain, StoreId, VaultError, VaultSettings, Vaults};
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

/// The exit code when the log, or the store that holds it, is not as Curlew wrote it.
const TAMPERED: u8 = 2;

/// Which store's log is verified, and how it is opened.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// The store's folder name; needed when there are several.
    #[arg(long)]
    store: Option<String>,
    /// Takes the passphrase from the first line of standard input instead of asking for it. A wrong one spends an
    /// attempt, as it does in the window.
    #[arg(long)]
    passphrase_stdin: bool,
}

/// Why there is no answer "whole".
enum Problem {
    /// What is stored is not what was written.
    Tampered(String),
    /// It could not be looked at.
    NotChecked(String),
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Damaged { .. } => Self::Tampered(format!(
                "The log cannot be read, because {error}. Keep the folder as it is, and tell whoever looks into incidents."
            )),
            other => Self::NotChecked(format!("{other}.")),
        }
    }
}

/// Opens the store with the passphrase, and verifies its chain from the first entry to the last.
pub(crate) fn verify(settings: &Settings, args: &VerifyArgs) -> ExitCode {
    match verified(settings, args) {
        Ok(words) => {
            println!("{words}");
            ExitCode::SUCCESS
        }
        Err(Problem::Tampered(words)) => {
            eprintln!("{words}");
            ExitCode::from(TAMPERED)
        }
        Err(Problem::NotChecked(words)) => {
            eprintln!("The log was not checked: {words}");
            ExitCode::FAILURE
        }
    }
}

fn verified(settings: &Settings, args: &VerifyArgs) -> Result<String, Problem> {
    let host = Host::system();
    let vault_settings = VaultSettings::product(host.argon2, settings.max_attempts);
    let vaults = Vaults::new(settings.data_dir.join("stores"), keychain(&host), vault_settings);
    let stores = vaults.stores()?;
    let id: StoreId = match (args.store.as_deref(), stores.as_slice()) {
        (Some(store), _) => store
            .parse()
            .map_err(|_| Problem::NotChecked(format!("{store} is not a store's folder name.")))?,
        (None, [only]) => only.id.clone(),
        (None, []) => {
            let folder = settings.data_dir.display();
            return Err(Problem::NotChecked(format!("There is no store in {folder}.")));
        }
        (None, several) => {
            let names: Vec<String> = several.iter().map(|store| store.id.to_string()).collect();
            return Err(Problem::NotChecked(format!(
                "There are several stores; name one with --store: {}",
                names.join(", ")
            )));
        }
    };
    let passphrase = passphrase(args.passphrase_stdin)
        .map_err(|error| Problem::NotChecked(format!("No passphrase could be read: {error}")))?;
    let vault = vaults.unlock(&id, &passphrase, (host.clock)())?;
    match vault.verify_log()? {
        Ok(entries) => Ok(format!("All {entries} entries are in place and unchanged.")),
        Err(broken) => Err(Problem::Tampered(format!(
            "The log is not whole: {broken}. Keep the folder as it is, and tell whoever looks into incidents."
        ))),
    }
}

pub(crate) fn passphrase(from_stdin: bool) -> std::io::Result<SecretString> {
    if from_stdin {
        let mut line = String::new();
        if std::io::stdin().read_line(&mut line)? == 0 {
            return Err(std::io::Error::other("standard input is empty"));
        }
        let kept = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(kept);
        return Ok(line.into());
    }
    print!("Passphrase: ");
    std::io::stdout().flush()?;
    rpassword::read_password().map(Into::into)
}

#[cfg(debug_assertions)]
pub(crate) fn keychain(host: &Host) -> Arc<dyn Keychain> {
    use crate::keychain_file::{KeychainFile, VARIABLE};
    match std::env::var_os(VARIABLE) {
        Some(file) => Arc::new(KeychainFile(file.into())),
        None => Arc::clone(&host.keychain),
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn keychain(host: &Host) -> Arc<dyn Keychain> {
    Arc::clone(&host.keychain)
}
