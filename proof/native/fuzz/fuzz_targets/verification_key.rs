#![no_main]

#[allow(dead_code, reason = "each target is one of the doors")]
#[path = "../doors.rs"]
mod doors;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| doors::verification_key(bytes));
