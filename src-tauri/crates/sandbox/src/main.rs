//! `curlew-sandbox`: the sandbox as a program.

fn main() {}
