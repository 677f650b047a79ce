//! Changing a passphrase, and what to do when it is forgotten.

use crate::app::blocking;
use crate::failures::Failed;
use crate::session::refresh_token_account;
use crate::wire::Status;
use crate::{App, Error};
use curlew_audit::{Action, Look, OutcomeText};
use curlew_redact::{ExposeSecret as _, SecretString};
use curlew_vault::{StoreId, VaultError};
use std::sync::Arc;

/// What must be typed to erase a store.
const CONFIRMATION: &str = "erase";

impl App {
    /// Whether a new passphrase meets the rules.
    pub(crate) fn check_new(&self, passphrase: &SecretString) -> Result<(), Error> {
        let text = passphrase.expose_secret();
        let mut different: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        different.sort_unstable();
        different.dedup();
        // "aaaaaaaaaaaa" is twelve characters and no passphrase.
        if text.chars().count() < self.inner.settings.passphrase_min_chars || different.len() < 4 {
            return Err(Error::WeakPassphrase(self.inner.settings.passphrase_rules()));
        }
        Ok(())
    }

    /// Changes the passphrase of the open store. Nothing is encrypted again, and the store stays open.
    ///
    /// A wrong current passphrase counts like one at the unlock screen: somebody at an open screen gains nothing by it.
    ///
    /// # Errors
    /// When locked, the new one does not meet the rules, or the current one is wrong. After the last attempt the store is
    /// destroyed and locked.
    pub async fn change_passphrase(&self, current: SecretString, new: SecretString) -> Result<Status, Error> {
        let vault = self.vault()?;
        if self.inner.settings.shared_desktop {
            return Err(Error::BadRequest(
                "This device is shared and keeps nothing, so there is no passphrase to change",
            ));
        }
        self.check_new(&new)?;
        if current.expose_secret() == new.expose_secret() {
            return Err(Error::BadRequest(
                "The new passphrase is the same as the current one",
            ));
        }
        self.note_activity();
        let look = self.look(Action::ChangePassphrase, "")?;
        let (this, now) = (self.clone(), self.now());
        let changed = blocking(move || {
            let changed = this
                .inner
                .vaults
                .change_passphrase(&vault.store_id(), &current, &new);
            let outcome = match &changed {
                Ok(()) => OutcomeText::Done,
                Err(error @ (VaultError::WrongPassphrase { .. } | VaultError::Destroyed)) => {
                    OutcomeText::Refused(error.to_string())
                }
                Err(error) => OutcomeText::Failed(error.to_string()),
            };
            drop(vault.write_look(Look { outcome, ..look }, now)?);
            Ok(changed?)
        })
        .await;
        if let Err(Error::Vault(VaultError::Destroyed)) = &changed {
            // The key slot is gone: what is in memory must not outlive it.
            self.lock_now();
        }
        let status = self.push_status();
        changed.map(|()| status)
    }

    /// Erases a store whose passphrase has been forgotten: its keys first, then its files. Its owner signs in and makes a new
    /// one. There is no other way in, and none is kept: that is what the passphrase is for.
    ///
    /// # Errors
    /// When a store is open, the confirmation is not `erase`, or there is no such store.
    pub async fn erase_store(&self, store: &str, confirm: &str) -> Result<Status, Error> {
        if self.state().open.is_some() {
            return Err(Error::BadRequest("Lock Curlew before a store is erased"));
        }
        if confirm.trim().to_lowercase() != CONFIRMATION {
            return Err(Error::BadRequest(
                "To erase the store and start anew, type the word erase",
            ));
        }
        let id: StoreId = store
            .parse()
            .map_err(|_| Error::BadRequest("That is not a store of this device"))?;
        let (this, gone) = (self.clone(), id.clone());
        blocking(move || {
            this.inner.vaults.destroy(&gone)?;
            let keychain = Arc::clone(&this.inner.host.keychain);
            Ok(keychain
                .delete(&refresh_token_account(&gone))
                .map_err(VaultError::from)?)
        })
        .await?;
        // For the log of the store that the same person makes next.
        self.note_failure(Some(&id), Failed::Erased).await;
        Ok(self.push_status())
    }
}
