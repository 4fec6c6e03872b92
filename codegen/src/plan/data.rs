//! The place for the author's own statements in a file, and what triggers do while they run.

use std::collections::{BTreeMap, BTreeSet};

use super::Triggers;
use crate::ddl::{self, Mentions};
use crate::diff::fed_by;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{Repair, RunTriggers, SkipTriggers, Statement};
use crate::schema::{ModelId, Schema, Timing};
use crate::sql::{LineComment, Sql, SqlExpr};
use crate::triggers;

/// Where the author's own statements stand. The word is the file's.
const START: &str = ">>> data of ";
const NOTE: &str = ": statements of your own, up to the next line of this kind; they are kept when the migration is written again";
const END: &str = "<<< data";
/// Says what triggers do, at the head of such statements.
const TRIGGERS: &str = "-- triggers:";

/// The author's own statements, by the word of the file that they stand in.
pub type Data = BTreeMap<String, String>;

/// The author's own statements of a file, with the file's word.
#[must_use]
pub fn data_of(sql: &str) -> Option<(String, String)> {
    let (_, rest) = sql.split_once(&format!("-- {START}"))?;
    let (head, rest) = rest.split_once('\n')?;
    let word = head.split(':').next().unwrap_or_default();
    let (own, _) = rest.split_once(&format!("-- {END}"))?;
    (!own.trim().is_empty()).then(|| (word.to_owned(), own.to_owned()))
}

/// What is wrong with the author's own statements, and what to write instead.
#[must_use]
pub fn wrong_data(data: &Data) -> Option<(String, &'static str)> {
    data.iter().find_map(|(file, own)| {
        let word = said(own)?;
        Triggers::of(word).is_none().then(|| {
            (
                format!("the data step of `{file}` says `{TRIGGERS} {word}`"),
                "triggers `run`, are left out by `skip`, or left out and made up for by `recompute`",
            )
        })
    })
}

/// The word behind `-- triggers:`, at the head of the statements.
fn said(own: &str) -> Option<&str> {
    own.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())?
        .strip_prefix(TRIGGERS)
        .map(str::trim)
}

/// Whether the statements have triggers disabled, which waits for a lock.
pub(super) fn is_locking(own: &str) -> bool {
    said(own)
        .and_then(Triggers::of)
        .is_some_and(|triggers| triggers != Triggers::Run)
}

/// Writes the place with what the author wrote there.
pub(super) fn place(sql: &mut Sql, word: &'static str, own: &str, next: &Schema) {
    let triggers = said(own).and_then(Triggers::of).unwrap_or_default();
    let tables = match triggers {
        Triggers::Run => Vec::new(),
        Triggers::Skip | Triggers::Recompute => skipped(own, next),
    };
    sql.push_keyword("\n");
    if !tables.is_empty() {
        let note = "triggers of the tables that these statements name; whoever else writes them waits for the end of this transaction";
        sql.push(&LineComment(note))
            .push_keyword("\n")
            .push(&SkipTriggers {
                tables: tables.clone(),
            });
        sql.push_keyword("\n");
    }
    let start = format!("{START}{word}{NOTE}");
    sql.push(&LineComment(&start))
        .push_keyword("\n")
        .push(&SqlExpr::trusted(own));
    if !own.is_empty() && !own.ends_with('\n') {
        sql.push_keyword("\n");
    }
    sql.push(&LineComment(END)).push_keyword("\n");
    if !tables.is_empty() {
        sql.push_keyword("\n").push(&RunTriggers { tables });
    }
    if triggers == Triggers::Recompute {
        for function in repairs(own, next) {
            sql.push_keyword("\n").push(&Repair {
                function,
                in_parts: false,
            });
        }
    }
}

/// The models whose tables or partitions a text names.
fn named(own: &str, next: &Schema) -> BTreeSet<ModelId> {
    let mentions = Mentions::of(own);
    let names: BTreeSet<&str> = mentions.all().collect();
    next.models_with_ids()
        .filter(|(_, model)| {
            names.contains(model.table.name.as_str())
                || model
                    .partitions
                    .iter()
                    .any(|partition| names.contains(partition.table.name.as_str()))
        })
        .map(|(id, _)| id)
        .collect()
}

fn skipped(own: &str, next: &Schema) -> Vec<(QualifiedName, Vec<Ident>)> {
    let tables: BTreeSet<QualifiedName> = named(own, next)
        .into_iter()
        .map(|id| next.model(id))
        .flat_map(|model| {
            let partitions = model.partitions.iter().map(|one| one.table.clone());
            std::iter::once(model.table.clone()).chain(partitions)
        })
        .collect();
    let mut found: BTreeMap<QualifiedName, Vec<Ident>> = BTreeMap::new();
    for statement in ddl::statements(next)
        .into_iter()
        .flat_map(|section| section.statements)
    {
        if let Statement::CreateTrigger(trigger) = statement
            && trigger.timing != Timing::InsteadOf
            && tables.contains(&trigger.table)
        {
            found.entry(trigger.table).or_default().push(trigger.name);
        }
    }
    found.into_iter().collect()
}

/// The functions that repair what the skipped triggers keep.
fn repairs(own: &str, next: &Schema) -> Vec<QualifiedName> {
    let named = named(own, next);
    triggers::maintained(next)
        .into_iter()
        .filter(|kept| {
            named.contains(&kept.model)
                || fed_by(next, kept.model)
                    .iter()
                    .any(|child| named.contains(child))
        })
        .filter_map(|kept| kept.repair_function)
        .collect()
}
