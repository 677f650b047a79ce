//! Which documents this user has opened, and which they have not.
//!
//! Kept among the user's own notes in the encrypted index: a colleague's reading is not theirs. A document that comes in a
//! newer version is unread again.

use crate::Error;
use curlew_record::view::{Line, LineKind, Sections};
use curlew_vault::Vault;
use std::collections::BTreeMap;

/// What was opened: for each line, when the version opened then had been received.
type Opened = BTreeMap<String, f64>;

fn name(patient: &str) -> String {
    format!("opened-documents {patient}")
}

/// Notes that a line has been opened, when it is a document.
pub(crate) fn opened(vault: &Vault, patient: &str, line: &Line) -> Result<(), Error> {
    if line.kind == LineKind::Document {
        vault.change_note(&name(patient), |opened: &mut Opened| {
            opened.insert(line.id.clone(), line.received_at);
        })?;
    }
    Ok(())
}

/// Says which documents of a screen have not been opened in the version that is shown.
pub(crate) fn mark_unread(vault: &Vault, patient: &str, screen: &mut Sections) -> Result<(), Error> {
    let opened: Opened = vault.note(&name(patient))?.unwrap_or_default();
    screen.unread = screen
        .sections
        .iter()
        .flat_map(|section| &section.lines)
        .filter(|line| line.kind == LineKind::Document)
        .filter(|line| {
            opened
                .get(&line.id)
                .is_none_or(|received| *received < line.received_at)
        })
        .map(|line| line.id.clone())
        .collect();
    Ok(())
}
