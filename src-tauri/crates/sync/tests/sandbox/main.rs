//! Sync from the sandbox into a real vault: whole loads, deltas, withdrawals, and every way a contact is cut short.

mod audit;
mod faults;
mod loads;
mod roster;
mod support;
