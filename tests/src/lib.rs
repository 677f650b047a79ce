//! Acceptance in a real window, and the programs and stand-ins that it needs.
//!
//! * [`window::Window`] starts the built app under WebDriver in folders of its own ([`places::Places`]) and finds
//!   things by the UI's `data-testid` hooks. The tour (`--bin tour`) and the real-window tests share it.
//! * [`login`] is what a person does in the browser on the sandbox's sign-in page; the program `sign-in-browser` does it
//!   when the app opens `$BROWSER`.
//! * [`steps`] is what a person does in that window, step by step.
//! * [`hunt`] searches everything that was written to disk for what must not be there.
//! * [`memory`] reads what running processes hold, for the same hunt after a lock.
//! * [`support`] holds the stand-ins for tests without a window: a keychain, a clock, a browser.
//!
//! Nothing waits a fixed time: every wait is for something, with a limit.

pub mod hunt;
pub mod login;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod places;
pub mod steps;
pub mod support;
pub mod window;

/// What a step of a walk may fail with.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A step's result.
pub type Outcome<T = ()> = Result<T, Failure>;
