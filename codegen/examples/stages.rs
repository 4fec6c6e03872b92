//! What each stage of the compiler takes: CPU seconds, and the most memory that the process ever held.
//!
//! `cargo run --package pgwright-codegen --example stages -- generate schema.toml`, or `-- plan prev.toml next.toml` with
//! what may be dropped behind it. The result is one line of JSON. The benchmarks call it once for each number, so that memory
//! is that of one stage and what comes before it.

use pgwright_codegen::diff::{self, Options};
use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["compile", spec] => read(spec).map(|(_, seconds)| vec![("compile", seconds)]),
        ["generate", spec] => generate(spec),
        ["plan", prev, next, drops @ ..] => plan(prev, next, drops),
        _ => Err(
            "name a stage and its specs: compile SPEC, generate SPEC, plan PREV NEXT [DROP]…"
                .to_owned(),
        ),
    };
    match done {
        Ok(numbers) => {
            let mut line = serde_json::Map::new();
            for (name, number) in numbers {
                line.insert(name.to_owned(), number.into());
            }
            line.insert("peak_mib".to_owned(), peak_mib().into());
            println!("{}", serde_json::Value::Object(line));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

type Numbers = Vec<(&'static str, f64)>;

/// A spec's schema, and what it took to parse, lower and verify it.
fn read(path: &str) -> Result<(Schema, f64), String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("cannot read `{path}`: {error}"))?;
    let source = Source::new(path, text);
    let start = cpu_seconds();
    let compiled = pgwright_codegen::compile(&source);
    let seconds = cpu_seconds() - start;
    let first = compiled
        .diagnostics
        .first()
        .map(|first| first.message.clone());
    let schema = compiled.schema.ok_or_else(|| first.unwrap_or_default())?;
    Ok((schema, seconds))
}

fn generate(spec: &str) -> Result<Numbers, String> {
    let (schema, compile) = read(spec)?;
    let start = cpu_seconds();
    let output = pgwright_codegen::generate(&schema, None);
    let seconds = cpu_seconds() - start;
    let lines: usize = output.values().map(|text| text.lines().count()).sum();
    Ok(vec![
        ("compile", compile),
        ("generate", seconds),
        ("lines", lines as f64),
    ])
}

fn plan(prev: &str, next: &str, drops: &[&str]) -> Result<Numbers, String> {
    let (prev, _) = read(prev)?;
    let (next, _) = read(next)?;
    let options = Options {
        drop: drops.iter().map(|&drop| drop.to_owned()).collect(),
        ..Options::default()
    };
    let (start, clock) = (cpu_seconds(), std::time::Instant::now());
    let planned = diff::plan(&prev, &next, &options).map_err(|problems| {
        let texts: Vec<_> = problems
            .iter()
            .map(|problem| problem.text.as_str())
            .collect();
        texts.join("; ")
    })?;
    let seconds = cpu_seconds() - start;
    let waited = clock.elapsed().as_secs_f64();
    Ok(vec![
        ("plan", seconds),
        ("plan_waited", waited),
        ("steps", planned.plan.steps.len() as f64),
    ])
}

#[cfg(unix)]
fn usage() -> Option<nix::sys::resource::Usage> {
    nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).ok()
}

/// CPU seconds of this process; nothing where the system does not tell.
#[cfg(unix)]
fn cpu_seconds() -> f64 {
    use nix::sys::time::TimeValLike as _;
    usage().map_or(0.0, |usage| {
        (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
    })
}

/// The most memory that this process held, in MiB.
#[cfg(unix)]
fn peak_mib() -> f64 {
    // Bytes on macOS, KiB elsewhere.
    let unit = if cfg!(target_os = "macos") {
        1024.0 * 1024.0
    } else {
        1024.0
    };
    usage().map_or(0.0, |usage| usage.max_rss() as f64 / unit)
}

#[cfg(not(unix))]
fn cpu_seconds() -> f64 {
    0.0
}

#[cfg(not(unix))]
fn peak_mib() -> f64 {
    0.0
}
