//! Small things that other rooms want to find again after a restart: each under a name, in the index, encrypted with it.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Vault;
use crate::database::judge;
use crate::error::{DamagedPart, VaultError};

fn reading(error: rusqlite::Error) -> VaultError {
    judge(error, DamagedPart::Index)
}

/// Names of notes stand apart from the vault's own settings.
fn row_name(name: &str) -> String {
    format!("note:{name}")
}

fn read(index: &Connection, name: &str) -> Result<Option<String>, VaultError> {
    index
        .prepare_cached("SELECT value FROM setting WHERE name = ?")
        .and_then(|mut select| select.query_row([row_name(name)], |row| row.get(0)).optional())
        .map_err(reading)
}

impl Vault {
    /// What was last noted under this name; none when nothing was, or when another version of the program noted it in a
    /// form this one does not know.
    ///
    /// # Errors
    /// When locked, or the index cannot be read.
    pub fn note<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, VaultError> {
        let text = self.shared.with(|unlocked| read(&unlocked.index, name))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Changes what is noted under this name, in one step: nobody else's change comes between reading and writing.
    ///
    /// # Errors
    /// When locked, or the index cannot be written; it is as before then.
    pub fn change_note<T, R>(&self, name: &str, change: impl FnOnce(&mut T) -> R) -> Result<R, VaultError>
    where
        T: DeserializeOwned + Serialize + Default,
    {
        self.shared.with(|unlocked| {
            let mut note: T = read(&unlocked.index, name)?
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or_default();
            let answer = change(&mut note);
            let text = serde_json::to_string(&note).map_err(|_| VaultError::Damaged {
                what: DamagedPart::Index,
            })?;
            unlocked
                .index
                .prepare_cached("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)")
                .and_then(|mut insert| insert.execute(params![row_name(name), text]))
                .map_err(reading)?;
            Ok(answer)
        })
    }
}
