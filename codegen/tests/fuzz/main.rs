//! No panic on any bytes: the specs of the repository, broken at random, through the whole pipeline.
//!
//! It needs stable Rust alone, so that it runs everywhere, CI included; `fuzz/` holds the same property for libFuzzer.
//! `PGWRIGHT_FUZZ_SECONDS` says how long it runs (2 without it), `PGWRIGHT_FUZZ_SEED` where it begins. An input that
//! fails is left in `target/fuzz/`, one that ends the process (a stack overflow) too.

#![allow(clippy::unwrap_used, reason = "an unwrap in a test is an assertion")]

mod check;
mod mutate;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::{Mutator, Random};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every spec of the repository, in one order on every machine.
fn corpus() -> Vec<Vec<u8>> {
    let mut folders = vec![
        repository().join("tests"),
        repository().join("codegen/tests"),
        repository().join("examples"),
    ];
    let mut paths = vec![repository().join("schema.toml")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .collect()
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

#[test]
fn no_spec_makes_the_compiler_panic() {
    let corpus = corpus();
    assert!(
        corpus.len() > 10,
        "the specs of the repository are not where they were"
    );
    let seconds = number("PGWRIGHT_FUZZ_SECONDS", 2);
    let seed = number("PGWRIGHT_FUZZ_SEED", 1);
    let folder = repository().join("target/fuzz");
    std::fs::create_dir_all(&folder).unwrap();
    let current = folder.join("current.toml");
    let mut mutator = Mutator::new(&corpus, Random::new(seed));
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut ran, mut compiled) = (0_u64, 0_u64);
    let mut failures: Vec<String> = Vec::new();
    while Instant::now() < end && failures.len() < 10 {
        let input = mutator.next();
        std::fs::write(&current, &input).unwrap();
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| check::check(&input)));
        ran += 1;
        let problem = match result {
            Ok(Ok(schema)) => {
                compiled += u64::from(schema);
                let slow = start.elapsed() > Duration::from_secs(20);
                slow.then(|| format!("it took {:?}", start.elapsed()))
            }
            Ok(Err(problem)) => Some(problem),
            Err(panic) => Some(
                panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                    .unwrap_or_else(|| "a panic".to_owned()),
            ),
        };
        if let Some(problem) = problem {
            let path = folder.join(format!("failure_{seed}_{ran}.toml"));
            std::fs::write(&path, &input).unwrap();
            failures.push(format!("{}: {problem}", path.display()));
        }
    }
    std::fs::remove_file(&current).unwrap();
    println!("{ran} specs ran in {seconds} s, {compiled} of them compiled; seed {seed}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
