//! `gen`: the files that a spec makes.

use super::spec::Spec;
use super::{Failure, Outcome};
use crate::args::Gen;
use crate::files::{self, Change, Comparison};
use crate::mount;
use crate::ui::{BAD, DIM, GOOD, own_name};
use serde_json::{Value, json};
use std::path::Path;

/// How many lines of a difference are shown for each of the first files, how many files those are, and how many lines for
/// each of the others.
const DIFF_LINES: usize = 16;
const DIFF_FILES: usize = 5;
const FEW_DIFF_LINES: usize = 6;

pub(super) fn run(args: &Gen) -> Result<Outcome, Failure> {
    let spec = Spec::read(&args.place)?;
    let out = match &args.out {
        Some(out) => out.clone(),
        None => spec.generated()?,
    };
    let Some(schema) = &spec.schema else {
        if args.json {
            println!("{:#}", report(&spec, None, &out, args.check));
        }
        spec.show_diagnostics();
        return Ok(Outcome::Bad);
    };
    spec.show_diagnostics();
    let output = pgwright_codegen::generate(schema, mount::path(&out).as_deref());
    let comparison = files::compare(&output, &out)?;
    if !args.check {
        files::apply(&comparison, &out)?;
    }
    if args.json {
        println!("{:#}", report(&spec, Some(&comparison), &out, args.check));
    } else {
        say(args, &comparison, &out);
    }
    Ok(if args.check && !comparison.is_fresh() {
        Outcome::Bad
    } else {
        Outcome::Good
    })
}

fn say(args: &Gen, comparison: &Comparison, out: &Path) {
    let mut diffs = 0;
    for (name, change) in &comparison.changes {
        let path = out.join(name);
        let (word, done) = match change {
            Change::Missing { .. } => ("missing", "new"),
            Change::Changed { .. } => ("changed", "changed"),
            Change::Orphan => ("left over", "removed"),
        };
        if !args.check {
            anstream::println!("{GOOD}{done:>9}{GOOD:#} {}", path.display());
            continue;
        }
        anstream::eprintln!("{BAD}{word:>9}{BAD:#} {}", path.display());
        if let Change::Changed { prev, next } = change {
            diffs += 1;
            let most = if diffs > DIFF_FILES {
                FEW_DIFF_LINES
            } else {
                DIFF_LINES
            };
            anstream::eprint!("{}", files::short_diff(prev, next, most));
        }
    }
    let (same, changes) = (comparison.same, comparison.changes.len());
    if comparison.is_fresh() {
        anstream::println!(
            "{DIM}{same} files are up to date in {}{DIM:#}",
            out.display()
        );
    } else if args.check {
        anstream::eprintln!(
            "{BAD}error{BAD:#}: {changes} of {} generated files are not what the spec says\nhelp: run `{}`",
            changes + same,
            command(args),
        );
    } else {
        anstream::println!("{DIM}{changes} written or removed, {same} were up to date{DIM:#}");
    }
}

/// The command that brings the files up to date.
fn command(args: &Gen) -> String {
    let mut text = format!("{} gen", own_name());
    if args.place.spec != Path::new("schema.toml") {
        text.push_str(&format!(" --spec {}", args.place.spec.display()));
    }
    if let Some(out) = &args.out {
        text.push_str(&format!(" --out {}", out.display()));
    }
    text
}

/// The result for a program.
fn report(spec: &Spec, comparison: Option<&Comparison>, out: &Path, check: bool) -> Value {
    let files: Vec<Value> = comparison
        .into_iter()
        .flat_map(|comparison| &comparison.changes)
        .map(|(name, change)| {
            let state = match change {
                Change::Missing { .. } => "missing",
                Change::Changed { .. } => "changed",
                Change::Orphan => "orphan",
            };
            json!({ "path": out.join(name), "state": state })
        })
        .collect();
    json!({
        "spec": spec.path,
        "out": out,
        "written": comparison.is_some() && !check,
        "fresh": comparison.map(Comparison::is_fresh),
        "same": comparison.map(|comparison| comparison.same),
        "files": files,
        "diagnostics": spec.json(&spec.diagnostics),
    })
}
