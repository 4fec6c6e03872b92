//! Any bytes through the whole pipeline: the same property as `codegen/tests/fuzz`, for libFuzzer.
//!
//! `cargo +nightly fuzz run spec fuzz/corpus/spec tests codegen/tests` begins with every spec of the repository.
#![no_main]

#[path = "../../codegen/tests/fuzz/check.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Err(problem) = check::check(input) {
        panic!("{problem}");
    }
});
