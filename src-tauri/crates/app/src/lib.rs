//! The use cases and the one state machine: everything a person can do, without a window.

pub mod wire;
