//! Pairs of specs by chance: a spec, and the same spec after a few edits. Whatever the edits, the migration leads to the new
//! spec and back, and then there is nothing left to plan. Every table has rows: none is lost, checks and references hold, and
//! what triggers keep is true.

mod spec;
mod text;

use pgwright_codegen::source::Source;

use self::spec::{Chance, Spec};
use crate::support::{compile, parts, planned};
use pgwright_cli::migrate::proof;
use pgwright_cli::testing::Cluster;
use pgwright_codegen::diff;

/// How many pairs are tried; `PAIRS=1000` tries more.
const PAIRS: u64 = 40;

/// The names that the planner says are gone, so that the pair is about everything else.
fn gone(prev: &str, next: &str, drop: &[String]) -> Vec<String> {
    let (prev, next) = (compile(prev), compile(next));
    let mut drop: Vec<String> = drop.to_vec();
    for _ in 0..3 {
        let options = pgwright_codegen::diff::Options {
            drop: drop.iter().cloned().collect(),
            ..pgwright_codegen::diff::Options::default()
        };
        let Err(problems) = pgwright_codegen::diff::plan(&prev, &next, &options) else {
            break;
        };
        for problem in problems {
            if let Some((_, name)) = problem.help.split_once("--drop '") {
                let name = name.trim_end_matches(['\'', '`']);
                drop.push(name.replace(r"'\''", "'"));
            } else if let Some(rest) = problem.text.strip_prefix("`--drop ") {
                let name = rest.split('`').next().unwrap().to_owned();
                drop.retain(|one| *one != name);
            }
        }
    }
    drop
}

/// How a pair was proven.
#[derive(Default)]
struct Proven {
    /// Rows were there, and came through.
    with_rows: bool,
    /// What the proof said of rows.
    notes: Vec<String>,
}

/// What `migrate new` proves.
async fn prove(before: &str, after: &str, drop: &[&str]) -> Result<Proven, String> {
    let (prev, next) = (compile(before), compile(after));
    let planned = planned(&prev, &next, drop)?;
    if planned.plan.is_empty() {
        return Ok(Proven::default());
    }
    let first = diff::Planned {
        plan: diff::first(&prev),
        back: None,
    };
    let (old, new) = (
        parts(&first, None, &prev, 1),
        parts(&planned, Some(&prev), &next, 100),
    );
    let cluster = Cluster::shared().await.map_err(|error| error.to_string())?;
    let proof = proof::prove(cluster, &old, &new, Some(&prev), &next)
        .await
        .map_err(|error| error.to_string())?;
    if proof.wrong.is_empty() {
        let fell_back = |note: &String| note.starts_with("with rows that were made up");
        return Ok(Proven {
            with_rows: !proof.notes.iter().any(fell_back),
            notes: proof.notes,
        });
    }
    let files: Vec<&str> = new.iter().map(|part| part.up.as_str()).collect();
    let back = new.first().and_then(|part| part.down.as_deref());
    Err(format!(
        "{}\n{}\n====== back\n{}",
        proof.wrong.join("\n"),
        files.join("\n======\n"),
        back.unwrap_or_default()
    ))
}

#[tokio::test]
async fn any_edit_of_a_spec_leads_to_the_new_one_and_back() {
    let pairs = std::env::var("PAIRS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(PAIRS);
    let only: Option<u64> = std::env::var("PAIR")
        .ok()
        .and_then(|text| text.parse().ok());
    let (mut tried, mut with_rows, mut failures) = (0, 0, Vec::new());
    for seed in only.map_or(0..pairs, |seed| seed..seed + 1) {
        let mut chance = Chance(seed);
        let prev = Spec::made(&mut chance);
        let mut next = prev.clone();
        let mut drop = Vec::new();
        for _ in 0..1 + chance.below(6) {
            next.edit(&mut chance, &mut drop);
        }
        let (before, after) = (prev.text(), next.text());
        let valid = |text: &str| {
            let compiled = pgwright_codegen::compile(&Source::new("schema.toml", text));
            if only.is_some() && compiled.schema.is_none() {
                eprintln!("{:#?}\n{text}", compiled.diagnostics);
            }
            compiled.schema.is_some()
        };
        if !valid(&before) || !valid(&after) {
            continue;
        }
        tried += 1;
        let drop = gone(&before, &after, &drop);
        let drop: Vec<&str> = drop.iter().map(String::as_str).collect();
        match prove(&before, &after, &drop).await {
            Ok(proven) => {
                with_rows += u64::from(proven.with_rows);
                for note in proven.notes {
                    eprintln!("PAIR={seed}: {note}");
                }
            }
            Err(error) => {
                let error: String = error.chars().take(6000).collect();
                failures.push(format!("PAIR={seed}: {error}"));
            }
        }
    }
    eprintln!("{tried} pairs were tried, {with_rows} of them with rows");
    assert!(
        tried > 0 && (only.is_some() || tried * 2 > pairs),
        "only {tried} of {pairs} compile"
    );
    assert!(
        only.is_some() || with_rows * 2 > tried,
        "rows came through {with_rows} of {tried} alone"
    );
    if std::env::var_os("SHORT").is_some() {
        for failure in &failures {
            eprintln!("{}", failure.lines().take(4).collect::<Vec<_>>().join("\n"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {tried}:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}
