//! The encrypted cache: key slots, one encrypted file per patient, versions and search.
//!
//! - [`Vaults`] are the stores of this device, one per user. [`Vaults::create`] and [`Vaults::unlock`] give a [`Vault`].
//! - A [`Vault`] holds the caseload, the copies and the access log of one user. [`Vault::apply`] takes only a
//!   [`curlew_consent::Permitted`] update, [`Vault::open`] only a [`curlew_audit::Receipt`]: forgetting to ask, or to
//!   write it down, does not compile.
//! - [`Vault::in_memory`] is the same without a file or a passphrase, for desktops that many share. [`Vault::show`] shows a
//!   record that may be looked at and not kept, in any vault.
//! - An [`OpenPatient`] reads the rows that were projected when the copy was made.
//!
//! ```compile_fail,E0308
//! // What consent has not seen is not stored.
//! fn store(vault: &curlew_vault::Vault, update: curlew_vault::PatientUpdate) {
//!     let _ = vault.apply(update);
//! }
//! ```
//!
//! ```compile_fail,E0308
//! // What was not written down is not shown.
//! fn show(vault: &curlew_vault::Vault) {
//!     let _ = vault.open("Patient/1");
//! }
//! ```
//!
//! ```compile_fail,E0308
//! // What may be shown is not thereby kept.
//! fn keep(vault: &curlew_vault::Vault, seen: curlew_consent::Showable<curlew_vault::PatientUpdate>) {
//!     let _ = vault.apply(seen);
//! }
//! ```
//!
//! The files, the key hierarchy and the threat model are described in this crate's `README.md`. This crate knows
//! nothing of the network, and takes the time as an argument.

mod anchoring;
mod apply;
mod as_at;
mod caseload;
mod columns;
mod copies;
mod database;
mod device;
mod dumps;
mod erasing;
mod error;
mod fresh;
mod grouping;
mod health;
mod keychain;
mod keys;
mod keyslots;
mod lines;
mod locking;
mod log;
mod notes;
mod open_patient;
mod packing;
mod people;
mod projecting;
mod records;
mod settings;
mod showing;
mod staging;
mod steps;
mod stores;
mod texts;
mod update;
mod vault;
mod words;
mod writing;

pub use apply::Resumption;
pub use as_at::{Moment, Wanted};
pub use caseload::{CaseloadEntry, CaseloadPatient};
pub use dumps::keep_out_of_dumps;
pub use error::{DamagedPart, VaultError};
pub use health::{Copies, Health, StoreHealth};
pub use keychain::{Keychain, KeychainError, MemoryKeychain, OsKeychain};
pub use log::{LoggedLook, UploadState};
pub use open_patient::{HeldSource, OpenPatient};
pub use people::{People, Person};
pub use settings::{Argon2Cost, SlotCost, Stopwatch, VaultSettings};
pub use steps::{Changed, VersionSet};
pub use stores::{Identity, NotAStoreId, StoreId, StoreInfo, Vaults};
pub use update::{Applied, Basis, Change, PART_BYTES, Part, PatientUpdate};
pub use vault::Vault;
