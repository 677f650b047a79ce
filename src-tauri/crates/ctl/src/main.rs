//! `curlewctl`: the console program for IT and support.
fn main() {}
