//! `migrate new` and `migrate rewrite`: from the spec to files.

use super::super::spec::Spec;
use super::super::{Failure, Outcome};
use super::{folder, server_at_hand, show_wrong};
use crate::args::{MigrateNew, Planning};
use crate::files::{self, Change, Comparison};
use crate::migrate::history::{FILE, History, Part};
use crate::migrate::record::Record;
use crate::migrate::{module, proof};
use crate::ui::{BAD, DIM, GOOD, HEAD, Progress, own_name};
use pgwright_codegen::diff::{self, Options, Planned};
use pgwright_codegen::plan::{self, Data, HazardKind, Plan};
use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) async fn run(args: &MigrateNew) -> Result<Outcome, Failure> {
    let history = History::read(&folder(args.planning.out.as_ref(), &args.planning.place)?)?;
    if let Some(why) = bad_name(&args.name) {
        return Err(Failure::from(format!(
            "`{}` cannot be the name of a migration: {why}\nhelp: a name as `add_nicknames`",
            args.name
        )));
    }
    if history.entries.iter().any(|entry| entry.name == args.name) {
        anstream::eprintln!(
            "{DIM}note: there is a migration `{}` already; this is another one{DIM:#}",
            args.name
        );
    }
    let draft = Draft {
        version: history.next_version(),
        name: args.name.clone(),
        ..Draft::default()
    };
    write(history, draft, &args.planning).await
}

/// A migration that is to be written.
#[derive(Default)]
pub(super) struct Draft {
    /// Its version.
    pub(super) version: i64,
    /// Its name.
    pub(super) name: String,
    /// The author's own statements in it.
    pub(super) data: Data,
    /// What was said when it was written before.
    pub(super) record: Record,
    /// Files that go.
    pub(super) old: Vec<PathBuf>,
}

/// The last migration once more, from the spec before it to the spec that is there now.
pub(super) async fn rewrite(args: &Planning) -> Result<Outcome, Failure> {
    let mut history = History::read_unproven(&folder(args.out.as_ref(), &args.place)?)?;
    let Some(last) = history.entries.pop() else {
        return Err(Failure::from("there is no migration to write again"));
    };
    // What stands before it must be what it was.
    if let Some(error) = only_of_last(&history, &last)? {
        return Err(error);
    }
    let data: Data = last
        .parts
        .iter()
        .filter_map(|part| plan::data_of(&part.up))
        .collect();
    let draft = Draft {
        version: last.version,
        name: last.name.clone(),
        data,
        record: Record::of(&history.state(&last)?),
        old: files_of(&history.folder, &last),
    };
    write(history, draft, args).await
}

fn only_of_last(
    history: &History,
    last: &crate::migrate::history::Entry,
) -> Result<Option<Failure>, Failure> {
    let wrong = history.wrong()?.into_iter().find(|error| {
        let text = error.to_string();
        !last
            .parts
            .iter()
            .any(|part| text.contains(&format!("`{}.sql`", part.stem)))
    });
    Ok(wrong.map(Failure::from))
}

/// Every file of a migration.
pub(super) fn files_of(folder: &Path, entry: &crate::migrate::history::Entry) -> Vec<PathBuf> {
    let mut files = vec![folder.join(entry.state_file())];
    for part in &entry.parts {
        files.push(folder.join(format!("{}.sql", part.stem)));
        if part.down.is_some() {
            files.push(folder.join(format!("{}.down.sql", part.stem)));
        }
    }
    files
}

/// Plans from the last state to the spec, proves it, and writes it behind the history.
pub(super) async fn write(
    history: History,
    draft: Draft,
    args: &Planning,
) -> Result<Outcome, Failure> {
    let Draft {
        version,
        name,
        data,
        record: before,
        old,
    } = draft;
    let name = name.as_str();
    let record = before.clone().with(args);
    let allow: Vec<String> = record.allow.iter().cloned().collect();
    let spec = Spec::read(&args.place)?;
    spec.show_diagnostics();
    let Some(next) = &spec.schema else {
        return Ok(Outcome::Bad);
    };
    if let Some((text, help)) = plan::wrong_data(&data) {
        return Err(Failure::from(format!("{text}\nhelp: {help}")));
    }
    let prev = match history.entries.last() {
        None => None,
        Some(last) => Some(state(&history, last)?),
    };
    let planned = match &prev {
        None => Planned {
            plan: diff::first(next),
            back: None,
        },
        Some(prev) => {
            let options = Options {
                drop: args.drop.iter().cloned().collect(),
                may_drop: before.drop,
                rewrite: allow
                    .iter()
                    .any(|word| word == HazardKind::Rewrite.code() || word == "all"),
                triggers: record.triggers.unwrap_or_default().into(),
            };
            match diff::plan(prev, next, &options) {
                Ok(planned) => planned,
                Err(problems) => {
                    for problem in problems {
                        anstream::eprintln!(
                            "{BAD}error{BAD:#}: {}\n  help: {}",
                            problem.text,
                            problem.help
                        );
                    }
                    return Ok(Outcome::Bad);
                }
            }
        }
    };
    if planned.plan.is_empty() {
        anstream::println!(
            "{DIM}nothing to do: the migrations in {} lead to what {} says{DIM:#}",
            history.folder.display(),
            spec.path.display()
        );
        return Ok(Outcome::Good);
    }
    let refused = planned.plan.refused(&allow);
    if !refused.is_empty() {
        for (change, hazard) in refused {
            anstream::eprintln!(
                "{BAD}error{BAD:#}: {change}: {}: {}",
                hazard.kind.code(),
                hazard.text
            );
        }
        let words: Vec<&str> = HazardKind::ALL
            .iter()
            .filter(|kind| {
                planned
                    .plan
                    .refused(&allow)
                    .iter()
                    .any(|(_, hazard)| hazard.kind == **kind)
            })
            .map(|kind| kind.code())
            .collect();
        anstream::eprintln!(
            "help: where the tables are small enough or nobody is there: `--allow {}`",
            words.join(" --allow ")
        );
        return Ok(Outcome::Bad);
    }
    let parts = parts(&planned, prev.as_ref(), next, version, name, &data);
    let before: Vec<Part> = history.parts().cloned().collect();
    if let Some(outcome) = prove(args, &before, &parts, prev.as_ref(), next).await? {
        return Ok(outcome);
    }
    let (first, count) = (
        parts
            .first()
            .map(|part| part.stem.clone())
            .unwrap_or_default(),
        parts.len(),
    );
    let state = record.beside(spec.source.text());
    save(history, version, name, parts, &state, &old)?;
    say(&planned.plan, &first, count);
    Ok(Outcome::Good)
}

/// The files of a plan.
pub(in crate::commands) fn parts(
    planned: &Planned,
    prev: Option<&Schema>,
    next: &Schema,
    version: i64,
    name: &str,
    data: &Data,
) -> Vec<Part> {
    let heading = format!(
        "Migration {name}, written by `pgwright migrate`. Do not edit what stands outside of data steps."
    );
    let files = plan::files(&planned.plan, next, &heading, data);
    let back: Option<String> = planned.back.as_ref().zip(prev).map(|(back, prev)| {
        let files = plan::files(
            back,
            prev,
            &format!("The way back of migration {name}."),
            &Data::new(),
        );
        files
            .into_iter()
            .map(|file| file.sql)
            .collect::<Vec<_>>()
            .join("\n")
    });
    let stem = |place: usize, word: &str, version: i64| match place {
        0 => format!("{version}_{name}"),
        _ => format!("{version}_{name}_{}_{word}", place + 1),
    };
    let first = stem(0, "", version);
    files
        .into_iter()
        .enumerate()
        .map(|(place, file)| {
            let version = version + i64::try_from(place).unwrap_or_default();
            Part {
                version,
                stem: stem(place, file.word, version),
                up: file.sql,
                down: back.as_ref().map(|back| match place {
                    0 => back.clone(),
                    _ => format!(
                        "-- Taken back by {first}.down.sql, with the rest of the migration.\n"
                    ),
                }),
            }
        })
        .collect()
}

/// Proves a migration where a server is at hand. An outcome ends the command.
async fn prove(
    args: &Planning,
    before: &[Part],
    new: &[Part],
    prev: Option<&Schema>,
    next: &Schema,
) -> Result<Option<Outcome>, Failure> {
    if args.no_proof {
        return Ok(None);
    }
    let wanted = args.proof || std::env::var_os("CI").is_some();
    let progress = Progress::start("proving the migration");
    let Some(cluster) = server_at_hand(wanted).await? else {
        drop(progress);
        anstream::eprintln!(
            "{DIM}note: no PostgreSQL is at hand, and the migration is not proven; `--proof` fetches one{DIM:#}"
        );
        return Ok(None);
    };
    let proof::Proof { wrong, notes } = proof::prove(&cluster, before, new, prev, next).await?;
    drop(progress);
    for note in notes {
        anstream::eprintln!("{DIM}note: {note}{DIM:#}");
    }
    if wrong.is_empty() {
        return Ok(None);
    }
    anstream::eprintln!(
        "{BAD}error{BAD:#}: the migration does not lead to what the spec says, and was not written"
    );
    show_wrong(&wrong);
    anstream::eprintln!(
        "help: this is a fault of the planner or of SQL in the spec; `--no-proof` writes it all the same"
    );
    Ok(Some(Outcome::Bad))
}

/// Writes a migration and what tells of it, all of it or nothing. `old` are files that go.
pub(in crate::commands) fn save(
    mut history: History,
    version: i64,
    name: &str,
    parts: Vec<Part>,
    state: &str,
    old: &[PathBuf],
) -> Result<(), Failure> {
    let folder = history.folder.clone();
    let mut texts = vec![(".gitattributes".to_owned(), ATTRIBUTES.to_owned())];
    for part in &parts {
        texts.push((format!("{}.sql", part.stem), part.up.clone()));
        if let Some(down) = &part.down {
            texts.push((format!("{}.down.sql", part.stem), down.clone()));
        }
    }
    texts.push((format!("{version}_{name}.toml"), state.to_owned()));
    history.add(version, name, parts, state);
    texts.push(("mod.rs".to_owned(), module::text(&history)));
    // Last: until it says so, there is no new migration.
    texts.push((FILE.to_owned(), history.text()));
    let mut changes: Vec<(String, Change)> = Vec::new();
    for file in old {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if !texts.iter().any(|(written, _)| *written == name) {
            changes.push((name.into_owned(), Change::Orphan));
        }
    }
    changes.extend(texts.into_iter().map(|(name, next)| {
        let change = match fs::read_to_string(folder.join(&name)) {
            Ok(prev) => Change::Changed { prev, next },
            Err(_) => Change::Missing { next },
        };
        (name, change)
    }));
    files::apply(&Comparison::of(changes), &folder)?;
    Ok(())
}

/// Where two branches added a migration, the conflict stands in `history` alone. Line ends stay, as sqlx's checksums are over
/// every byte.
const ATTRIBUTES: &str = "\
# Written by `pgwright migrate`. Branches that both add a migration conflict in `history`; `migrate rebase` writes `mod.rs` again.
* text eol=lf
mod.rs merge=union
";

/// The schema that a migration leads to.
pub(in crate::commands) fn state(
    history: &History,
    entry: &crate::migrate::history::Entry,
) -> Result<Schema, Failure> {
    let text = history.state(entry)?;
    let source = Source::new(
        history.folder.join(entry.state_file()).to_string_lossy(),
        text,
    );
    let compiled = pgwright_codegen::compile(&source);
    compiled.schema.ok_or_else(|| {
        Failure::from(format!(
            "the spec beside the migration `{}` is not valid any more:\n{}",
            entry.name,
            pgwright_codegen::diag::render(&source, &compiled.diagnostics, true)
        ))
    })
}

fn say(plan: &Plan, first: &str, count: usize) {
    let more = match count {
        1 => String::new(),
        _ => format!(" and {} more files", count - 1),
    };
    anstream::println!("{GOOD}written{GOOD:#} {first}.sql{more}");
    let hazards = plan.hazards();
    if !hazards.is_empty() {
        anstream::println!("{HEAD}What it costs{HEAD:#}");
    }
    for (change, hazard) in hazards {
        anstream::println!("  {:<16} {}: {}", hazard.kind.code(), change, hazard.text);
    }
    anstream::println!(
        "{DIM}Read it, then apply it: `{} migrate run`{DIM:#}",
        own_name()
    );
}

pub(in crate::commands) fn bad_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > 100 {
        Some("it is longer than 100 bytes")
    } else if !name
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || char == '_' || char == '-')
    {
        Some("it holds other characters than letters, digits, `_` and `-`")
    } else {
        None
    }
}
