//! The organisation's policy: what may be set, where it is set, and what is wrong with it when it cannot be used.
//!
//! [`KEYS`] is the one table: a row for each key with its kind, bounds, default and words. Everything else is made from it:
//! the checks of a policy file ([`read`]), of the Windows registry ([`registry`]), the JSON Schema and the README's
//! reference ([`reference`]), `curlewctl policy explain` and the Settings screen ([`Policy`]).
//!
//! A policy comes in layers, the strongest first:
//!
//! 1. the machine's: on Windows `HKEY_LOCAL_MACHINE\Software\Policies\Curlew`, then the machine's file, then
//!    `HKEY_CURRENT_USER\Software\Policies\Curlew` (which only administrators can write);
//! 2. the command line;
//! 3. the file that the command line names, else the person's own file;
//! 4. the default.
//!
//! A layer that is there and cannot be used stops the program. It is never read as "no policy".

mod check;
pub(crate) mod keys;
mod layers;
mod read;
mod reference;
mod registry;
mod values;

pub use check::{Finding, Place};
pub use keys::{Fallback, KEYS, Key, Kind};
pub use layers::{Places, machine_file, person_file};
pub use reference::{reference, schema};
pub use registry::{RegistryValue, from_registry};
pub use values::{Feature, LogLevel, Origin, Policy, Value};

#[cfg(test)]
pub(crate) use check::check as checked;
pub(crate) use layers::{check_file, gather};

/// Checks the text of a policy file: what is wrong with it, in reading order; nothing when it can be used.
#[must_use]
pub fn check(text: &str) -> Vec<Finding> {
    let (given, mut findings) = read::read(text);
    if findings.is_empty() {
        let mut policy = Policy::default();
        policy.lay(given, &Origin::Organisation("this file".to_owned()));
        findings = policy.contradictions();
    }
    findings
}

/// The key that a misspelt name was likely meant to be.
#[must_use]
pub fn nearest_key(name: &str) -> Option<&'static str> {
    check::nearest(name, KEYS.iter().map(|key| key.name))
}

pub(crate) use keys as key;
