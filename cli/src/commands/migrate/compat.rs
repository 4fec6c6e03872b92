//! `migrate compat`: the statements of the last release against the new schema, and the new ones against the old.

use super::super::spec::Spec;
use super::super::{Failure, Outcome};
use super::server_at_hand;
use crate::args::MigrateCompat;
use crate::migrate::compat::{self, Broken};
use crate::ui::{BAD, DIM, GOOD, Progress};
use pgwright_codegen::source::Source;
use serde_json::json;

pub(super) async fn run(args: &MigrateCompat) -> Result<Outcome, Failure> {
    let spec = Spec::read(&args.place)?;
    spec.show_diagnostics();
    let Some(next) = &spec.schema else {
        return Ok(Outcome::Bad);
    };
    let text = old_text(args, &spec)?;
    let source = Source::new("the last release", text);
    let compiled = pgwright_codegen::compile(&source);
    let Some(prev) = compiled.schema else {
        return Err(Failure::from(format!(
            "the spec of the last release is not valid:\n{}",
            pgwright_codegen::diag::render(&source, &compiled.diagnostics, true)
        )));
    };
    let progress = Progress::start("preparing statements");
    let Some(cluster) = server_at_hand(true).await? else {
        return Err(Failure::from("no PostgreSQL to prepare statements on"));
    };
    for role in crate::inspect::roles(&prev)
        .into_iter()
        .chain(crate::inspect::roles(next))
    {
        cluster.ensure_role(&role).await?;
    }
    let old = compat::Side::load(&cluster, &prev).await?;
    let new = compat::Side::load(&cluster, next).await?;
    let old_on_new = compat::broken(&old, &new).await?;
    let new_on_old = compat::broken(&new, &old).await?;
    let unread = compat::unread(&prev, next);
    drop(progress);
    if args.json {
        let list = |list: &[Broken]| -> Vec<_> {
            list.iter()
                .map(|one| json!({ "statement": one.name, "error": one.error }))
                .collect()
        };
        println!(
            "{:#}",
            json!({
                "old_code_on_new_schema": list(&old_on_new),
                "old_code_once_new_code_writes": list(&unread),
                "new_code_on_old_schema": list(&new_on_old),
            })
        );
    } else {
        for one in &old_on_new {
            anstream::println!(
                "{BAD}old code, new schema{BAD:#} {}: {}",
                one.name,
                one.error
            );
        }
        for one in &unread {
            anstream::println!(
                "{DIM}old code, once new code writes{DIM:#} {}: {}",
                one.name,
                one.error
            );
        }
        for one in &new_on_old {
            anstream::println!(
                "{DIM}new code, old schema{DIM:#} {}: {}",
                one.name,
                one.error
            );
        }
        if old_on_new.is_empty() {
            anstream::println!("{GOOD}the last release runs on the new schema{GOOD:#}");
        }
    }
    Ok(if old_on_new.is_empty() {
        Outcome::Good
    } else {
        Outcome::Bad
    })
}

/// The spec of the last release: a file, or what git has under a name.
fn old_text(args: &MigrateCompat, spec: &Spec) -> Result<String, Failure> {
    if let Some(file) = &args.from {
        return std::fs::read_to_string(file)
            .map_err(|error| Failure::from(format!("cannot read `{}`: {error}", file.display())));
    }
    let Some(tag) = &args.tag else {
        return Err(Failure::from(
            "which release?\nhelp: `--tag v1.2` reads the spec from git, `--from FILE` from a file",
        ));
    };
    let path = std::fs::canonicalize(&spec.path)?;
    let (folder, name) = (
        path.parent(),
        path.file_name().unwrap_or_default().to_string_lossy(),
    );
    let output = std::process::Command::new("git")
        .arg("-C")
        .arg(folder.unwrap_or(std::path::Path::new(".")))
        .args(["show", &format!("{tag}:./{name}")])
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Failure::from(format!(
            "git has no `{name}` at `{tag}`: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )))
    }
}
