//! Acceptance in a real window, crash, fault, interop and bench programs.
