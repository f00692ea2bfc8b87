//! `serial_frames` for libFuzzer; what it does is in the library.
#![no_main]

use platen_fuzz::{Target, execute};

libfuzzer_sys::fuzz_target!(|input: &[u8]| execute(Target::SerialFrames, input));
