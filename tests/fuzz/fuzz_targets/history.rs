#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| curlew_fuzz::history(input));
