//! The cache and the access log: from outside, and with the passphrase to the last page.

use super::machine::size;
use super::{Check, Extras, Looking, Outcome};
use crate::{Host, Settings};
use curlew_redact::SecretString;
use curlew_vault::{Health, StoreId, Vault, VaultError, VaultSettings, Vaults};

/// Where a store that does not open goes.
const KEEP: &str = "Keep the folder as it is. What is damaged is fetched again at the next load; a store that does not open can be set aside, \
     and its owner signs in anew.";

pub(super) fn look(settings: &Settings, host: &Host, extras: &Extras, looking: &mut Looking<'_>) {
    const CACHE: (&str, &str) = ("cache", "Copies");
    const AUDIT: (&str, &str) = ("access-log", "Access log");
    let mut note = |(name, label), outcome| {
        looking.note(name, label, outcome);
    };
    if settings.shared_desktop {
        note(CACHE, Check::not_checked("This device keeps none."));
        note(
            AUDIT,
            Check::not_checked("This device keeps none; it is sent at each lock."),
        );
        return;
    }
    let vaults = Vaults::new(
        settings.data_dir.join(crate::app::STORES),
        std::sync::Arc::clone(&host.keychain),
        VaultSettings::product(host.argon2, settings.max_attempts),
    );
    let health = match vaults.health() {
        Ok(health) => health,
        Err(error) => {
            note(
                CACHE,
                Check::failed(format!("The stores cannot be looked at: {error}."), KEEP),
            );
            note(AUDIT, Check::not_checked("The stores cannot be looked at."));
            return;
        }
    };
    if health.stores.is_empty() {
        note(CACHE, from_outside(&health));
        note(AUDIT, Check::not_checked("There is no store on this device."));
        return;
    }
    let Some(passphrase) = &extras.passphrase else {
        note(CACHE, from_outside(&health));
        note(
            AUDIT,
            Check::not_checked(
                "It takes the passphrase: `curlewctl audit verify`, or doctor --passphrase-stdin.",
            ),
        );
        return;
    };
    // A store whose key file is damaged must not cost its owner an attempt.
    if health.stores.iter().any(|store| !store.problems.is_empty()) {
        note(CACHE, from_outside(&health));
        note(AUDIT, Check::not_checked("The copies must be whole first."));
        return;
    }
    match open(&vaults, &health, extras, passphrase, host) {
        Ok(vault) => {
            note(CACHE, to_the_last_page(&vault, &health));
            note(AUDIT, access_log(&vault));
            vault.lock();
        }
        Err(error) => {
            let outcome = match &error {
                VaultError::Damaged { what } => Check::failed(format!("Damaged: {what}."), KEEP),
                VaultError::NoSuchStore => Check::not_checked(
                    "There are several stores, or not the one named; name one with --store.",
                ),
                other => Check::failed(
                    format!("The store does not open: {other}."),
                    "Check the passphrase; each wrong one spends an attempt.",
                ),
            };
            note(CACHE, outcome);
            note(AUDIT, Check::not_checked("The store does not open."));
        }
    }
}

fn open(
    vaults: &Vaults,
    health: &Health,
    extras: &Extras,
    passphrase: &SecretString,
    host: &Host,
) -> Result<Vault, VaultError> {
    let id = match (&extras.store, health.stores.as_slice()) {
        (Some(name), _) => StoreId::parse(name),
        (None, [only]) => Some(only.store.clone()),
        (None, _) => None,
    };
    vaults.unlock(&id.ok_or(VaultError::NoSuchStore)?, passphrase, (host.clock)())
}

fn lines(health: &Health) -> Vec<String> {
    let mut lines: Vec<String> = health
        .stores
        .iter()
        .map(|store| format!("{}: {} files, {}", store.store, store.files, size(store.bytes)))
        .collect();
    if health.set_aside > 0 {
        lines.push(format!(
            "{} set aside earlier; nothing uses them any more.",
            count(health.set_aside, "store")
        ));
    }
    lines
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}

fn from_outside(health: &Health) -> Outcome {
    let problems: Vec<String> = health
        .stores
        .iter()
        .flat_map(|store| {
            store
                .problems
                .iter()
                .map(|problem| format!("{}: {problem}.", store.store))
        })
        .collect();
    if !problems.is_empty() {
        return Check::failed("The cache is damaged.", KEEP).with([lines(health), problems].concat());
    }
    let found = match health.stores.len() {
        0 => "There is no store on this device yet.".to_owned(),
        stores => format!(
            "{}; the files look as they should from outside. With the passphrase every page can be checked.",
            count(stores, "store")
        ),
    };
    Check::ok(found).with(lines(health))
}

fn to_the_last_page(vault: &Vault, health: &Health) -> Outcome {
    match vault.check_copies() {
        Err(error) => Check::failed(format!("The cache is damaged: {error}."), KEEP).with(lines(health)),
        Ok(copies) if !copies.damaged.is_empty() => Check::failed(
            format!(
                "The cache is damaged: {} of {} not as written.",
                copies.damaged.len(),
                match copies.damaged.len() + copies.whole {
                    1 => "1 copy is".to_owned(),
                    all => format!("{all} copies are"),
                },
            ),
            "Load again: a damaged copy is set aside when it is met, shown as damaged, and fetched anew. Others are not touched.",
        )
        .with([lines(health), damaged(&copies.damaged)].concat()),
        Ok(copies) if copies.set_aside > 0 => Check::attention(
            format!("{} whole; {} found damaged earlier or not finished.", copies.whole, copies.set_aside),
            "Load again: these are fetched anew.",
        )
        .with(lines(health)),
        Ok(copies) => Check::ok(format!("Every page of {} authenticates.", match copies.whole {
            1 => "1 copy".to_owned(),
            whole => format!("{whole} copies"),
        }))
        .with(lines(health)),
    }
}

fn damaged(files: &[String]) -> Vec<String> {
    files.iter().map(|file| format!("damaged: {file}")).collect()
}

fn access_log(vault: &Vault) -> Outcome {
    match vault.verify_log() {
        Ok(Ok(entries)) => Check::ok(format!("All {entries} entries are in place and unchanged.")),
        Ok(Err(broken)) => Check::failed(
            format!("The access log is not whole: {broken}."),
            "Keep the folder as it is, and tell whoever looks into incidents.",
        ),
        Err(error) => Check::failed(
            format!("The access log cannot be read: {error}."),
            "Keep the folder as it is, and tell whoever looks into incidents.",
        ),
    }
}
