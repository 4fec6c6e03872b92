//! The author's own objects.

use std::collections::BTreeSet;

use crate::ddl;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage};
use crate::fragment::lexer::lex;
use crate::pg::{AuthorStatement, Drop, Statement, TableAction};
use crate::plan::{HazardKind, Phase};

impl Diff<'_> {
    pub(super) fn raw(&mut self) {
        let options = self.options;
        let mut steps = Vec::new();
        let mut problems = Vec::new();
        let mut staying: Vec<(String, BTreeSet<String>)> = Vec::new();
        for old in &self.prev.raw {
            let next = self.next.raw.iter().find(|raw| raw.name == old.name);
            let same = next.is_some_and(|next| {
                crate::diff::rename::is_same_sql(next.create.as_str(), old.create.as_str())
            });
            let in_the_way = self.is_raw_in_the_way(old.create.as_str());
            if old.drop.is_none() && (same && in_the_way || next.is_none()) {
                staying.push((
                    old.name.clone(),
                    ddl::Mentions::of(old.create.as_str()).outside,
                ));
            }
            if same && !(in_the_way && old.drop.is_some()) {
                continue;
            }
            let early = next.is_some() || self.is_raw_over_early(old.create.as_str());
            let place = self.before.place(&Key::Raw(old.name.clone()));
            let how = old
                .drop
                .as_ref()
                .or(next.and_then(|next| next.drop.as_ref()));
            match how {
                Some(sql) => {
                    let (phase, stage) = if early {
                        (Phase::Expand, Stage::Remove)
                    } else {
                        (Phase::Contract, Stage::Leave)
                    };
                    steps.push((
                        phase,
                        stage,
                        place,
                        format!("raw.{}: removed", old.name),
                        Statement::from(AuthorStatement(sql.clone())),
                    ));
                }
                None if options.may_go(&format!("raw.{}", old.name)) => {}
                None => problems.push(old.name.clone()),
            }
            if let (Some(next), true) = (next, same) {
                steps.push((
                    Phase::Expand,
                    Stage::Make,
                    self.new.place(&Key::Raw(next.name.clone())),
                    format!("raw.{}: made again", next.name),
                    AuthorStatement(next.create.clone()).into(),
                ));
            }
        }
        for raw in &self.next.raw {
            let same = self.prev.raw.iter().any(|old| {
                old.name == raw.name
                    && crate::diff::rename::is_same_sql(old.create.as_str(), raw.create.as_str())
            });
            if !same {
                let phase = if ddl::runs_outside(raw) {
                    Phase::Concurrent
                } else {
                    Phase::Expand
                };
                let place = self.new.place(&Key::Raw(raw.name.clone()));
                steps.push((
                    phase,
                    Stage::Make,
                    place,
                    format!("raw.{}: new", raw.name),
                    AuthorStatement(raw.create.clone()).into(),
                ));
            }
        }
        for (phase, stage, place, what, statement) in steps {
            self.step(phase, stage, place, what, statement);
        }
        self.warn_of_raw(&staying);
        for name in problems {
            self.problem(
                format!("`raw.{name}` is gone or changed, and the spec does not say how to remove it"),
                format!("write `drop = \"…\"` in it in a migration before this one, or remove it in a data step and name it: `--drop raw.{name}`"),
            );
        }
    }

    /// Whether an object of the author's own SQL holds no rows and names what changes.
    pub(in crate::diff) fn is_raw_in_the_way(&self, create: &str) -> bool {
        holds_no_rows(create) && self.touched.is_in(create, None)
    }

    /// Whether an object that goes is over something that PostgreSQL is told to remove or to change before the last part.
    fn is_raw_over_early(&self, create: &str) -> bool {
        if !holds_no_rows(create) {
            return false;
        }
        let mut early = self.touched.clone();
        early.tables.retain(|table| self.takes_a_name(table));
        let new = &self.new;
        early.columns.retain(|(table, column)| {
            new.table(table).is_some_and(|(table, _)| {
                table.columns.iter().any(|one| one.name.as_str() == column)
            })
        });
        early.is_in(create, None)
    }

    /// Says of each step that fails while something stays that nobody said how to remove.
    fn warn_of_raw(&mut self, staying: &[(String, BTreeSet<String>)]) {
        for (_, step) in &mut self.steps {
            let names: &[&str] = match &step.statement {
                Statement::Drop(
                    Drop::Table(name)
                    | Drop::View(name)
                    | Drop::MaterializedView(name)
                    | Drop::Type(name)
                    | Drop::Domain(name)
                    | Drop::Sequence(name)
                    | Drop::Routine(name, _),
                ) => &[name.name.as_str()],
                Statement::AlterTable(alter) => match alter.actions.as_slice() {
                    [TableAction::DropColumn(column) | TableAction::SetType { column, .. }] => {
                        &[alter.table.name.as_str(), column.as_str()]
                    }
                    _ => continue,
                },
                _ => continue,
            };
            let found: Vec<String> = staying
                .iter()
                .filter(|(_, mentions)| names.iter().all(|name| mentions.contains(*name)))
                .map(|(raw, _)| {
                    format!(
                        "it fails while raw.{raw} is there, which names it and has no `drop`: remove it in a data step before"
                    )
                })
                .collect();
            for text in found {
                step.costs(HazardKind::MayFail, text);
            }
        }
    }
}

/// Whether what the author's own SQL makes holds no rows, so that it can be made again.
fn holds_no_rows(create: &str) -> bool {
    const NONE: &[&str] = &[
        "view",
        "index",
        "trigger",
        "function",
        "procedure",
        "rule",
        "policy",
        "aggregate",
        "statistics",
        "cast",
        "operator",
    ];
    let Ok(tokens) = lex(create) else {
        return false;
    };
    let words: Vec<String> = tokens
        .iter()
        .take(4)
        .filter_map(|token| token.name(create))
        .collect();
    words.first().is_some_and(|word| word == "create")
        && words
            .iter()
            .skip(1)
            .any(|word| NONE.contains(&word.as_str()))
        && !words.iter().any(|word| word == "table")
}
