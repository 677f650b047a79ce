//! `curlew-sandbox`: the shared record API as a program.
fn main() {}
