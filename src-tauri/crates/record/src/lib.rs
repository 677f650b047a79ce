//! The unified history of one patient across every care setting, worded for display.

pub mod view;
