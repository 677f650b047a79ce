//! Failures that happen before a store is open, kept until they can be written into its access log.
//!
//! A wrong passphrase or a refused sign-in belongs in the log as much as a look does, and the log lies behind the
//! passphrase. So the moment is noted in the keychain, without a name or a word of what was typed, and written down by
//! whoever opens the store next, who then sees that somebody has tried.

use crate::app::{blocking, moment_in_full};
use crate::{App, Error};
use chrono::{DateTime, Utc};
use curlew_audit::{Action, Look, OutcomeText};
use curlew_sign_in::User;
use curlew_vault::{StoreId, Vault, VaultError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// More than these are counted, not listed: a keychain entry holds 2,560 bytes on Windows.
const MOST: usize = 24;

/// Keychain account of what concerns no store.
const ANY_STORE: &str = "failures";

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Failed {
    /// A passphrase did not open the store.
    WrongPassphrase,
    /// The last one allowed did not, and the store was destroyed.
    Destroyed,
    /// The passphrase was right, and a full sign-in was due.
    SignInDue,
    /// A sign-in was refused, before anybody's store was open.
    SignInRefused,
    /// The store was erased by its owner, who had forgotten the passphrase.
    Erased,
}

impl Failed {
    fn action(self) -> Action {
        match self {
            Self::SignInRefused => Action::SignIn,
            _ => Action::Unlock,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::WrongPassphrase => "the passphrase was wrong",
            Self::Destroyed => "too many wrong passphrases: the store was destroyed",
            Self::SignInDue => "a full sign-in was due",
            Self::SignInRefused => "a sign-in was refused, by somebody not identified",
            Self::Erased => {
                "the passphrase was forgotten: the store before this one was erased, with what its access log had not sent"
            }
        }
    }
}

/// What waits.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Waiting {
    /// What, and when in milliseconds since 1970.
    listed: Vec<(Failed, i64)>,
    /// Later ones, counted only.
    more: u32,
}

fn account(store: Option<&StoreId>) -> String {
    store.map_or_else(|| ANY_STORE.to_owned(), |store| format!("{ANY_STORE}:{store}"))
}

impl App {
    /// Notes a failure. That it cannot be noted is logged, and changes nothing else.
    pub(crate) async fn note_failure(&self, store: Option<&StoreId>, what: Failed) {
        if self.inner.settings.shared_desktop {
            // Nothing is kept on this machine, its keychain included.
            return;
        }
        let (account, keychain, at) = (account(store), Arc::clone(&self.inner.host.keychain), self.now());
        let noted = blocking(move || {
            let kept = keychain.get(&account).map_err(VaultError::from)?;
            let mut waiting: Waiting = kept
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_default();
            if waiting.listed.len() < MOST {
                waiting.listed.push((what, at.timestamp_millis()));
            } else {
                waiting.more = waiting.more.saturating_add(1);
            }
            let bytes = serde_json::to_vec(&waiting).unwrap_or_default();
            Ok(keychain.set(&account, &bytes).map_err(VaultError::from)?)
        })
        .await;
        if let Err(error) = noted {
            tracing::warn!(%error, ?what, "a failure could not be kept for the access log");
        }
    }

    /// Writes what waits into the log of the store that has just been opened.
    ///
    /// # Errors
    /// When it cannot be written: it goes on waiting then.
    pub(crate) async fn write_failures(&self, vault: &Arc<Vault>, user: &User) -> Result<(), Error> {
        if self.inner.settings.shared_desktop {
            return Ok(());
        }
        let (vault, keychain, now) = (
            Arc::clone(vault),
            Arc::clone(&self.inner.host.keychain),
            self.now(),
        );
        let look = self.look_by(user, Action::Unlock, "");
        blocking(move || {
            for account in [account(Some(&vault.store_id())), account(None)] {
                let kept = keychain.get(&account).map_err(VaultError::from)?;
                let waiting: Option<Waiting> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
                let Some(waiting) = waiting else { continue };
                for (what, at) in waiting.listed {
                    let at = DateTime::<Utc>::from_timestamp_millis(at).unwrap_or(now);
                    let look = Look {
                        action: what.action(),
                        shown: format!("before this, at {}", moment_in_full(at)),
                        outcome: OutcomeText::Refused(what.words().to_owned()),
                        ..look.clone()
                    };
                    drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
                }
                if waiting.more > 0 {
                    let look = Look {
                        shown: format!("before this, {} more", waiting.more),
                        outcome: OutcomeText::Refused("as those before".to_owned()),
                        ..look.clone()
                    };
                    drop(vault.write_look(look, now).map_err(Error::AuditFailed)?);
                }
                keychain.delete(&account).map_err(VaultError::from)?;
            }
            Ok(())
        })
        .await
    }
}
