//! Functions: those that the compiler makes, and the author's.

use std::collections::BTreeSet;

use crate::ddl;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, described, is_same, rendered};
use crate::fragment::lexer::lex;
use crate::pg::{
    AuthorStatement, CommentObject, CreateFunction, Drop, DropComment, OpenFunction,
    ReplaceFunction, Statement,
};
use crate::plan::Phase;
use crate::sql::{Sql, SqlExpr};

/// Why a function is written again that did not change.
const ANEW: &str = "read anew by open sessions, as a type is another one";

/// The steps that were found, while what they were found in is still read.
struct Found<'a> {
    steps: Vec<(Phase, Stage, usize, String, Statement)>,
    /// The functions that triggers of tables call which have a column of another type.
    called: BTreeSet<&'a Sql>,
}

impl Found<'_> {
    fn remove(&mut self, place: usize, what: String, drop: Drop) {
        self.steps
            .push((Phase::Expand, Stage::Remove, place, what, drop.into()));
    }

    fn leave(&mut self, place: usize, what: String, drop: Drop) {
        self.steps
            .push((Phase::Contract, Stage::Leave, place, what, drop.into()));
    }

    fn make(&mut self, place: usize, what: String, statement: Statement) {
        self.steps
            .push((Phase::Expand, Stage::Make, place, what, statement));
    }
}

impl Diff<'_> {
    pub(super) fn functions(&mut self) {
        let mut found = Found {
            steps: Vec::new(),
            called: self.called_by_retyped(),
        };
        for (key, unit) in &self.before.by_key {
            match (key, &unit.statement) {
                (Key::Function(name, arguments), Statement::CreateFunction(old)) => {
                    let drop = Drop::Routine(name.clone(), arguments.clone());
                    self.compilers(key, (unit.place, old), drop, &mut found);
                }
                (Key::Routine(name, arguments), old) => {
                    let mut sql = Sql::new();
                    sql.push(&SqlExpr::trusted(arguments));
                    let drop = Drop::Routine(name.clone(), sql);
                    self.authors(key, (unit.place, old), drop, &mut found);
                }
                _ => {}
            }
        }
        for (key, unit) in &self.new.by_key {
            if matches!(key, Key::Function(..) | Key::Routine(..))
                && !self.before.by_key.contains_key(key)
            {
                let what = format!("{}: new", described(key));
                found.make(unit.place, what, unit.statement.clone());
            }
        }
        for (phase, stage, place, what, statement) in found.steps {
            self.step(phase, stage, place, what, statement);
        }
    }

    /// What becomes of a function that the compiler made.
    fn compilers(
        &self,
        key: &Key,
        (place, old): (usize, &CreateFunction),
        drop: Drop,
        found: &mut Found<'_>,
    ) {
        let what = described(key);
        let new = match self.new.by_key.get(key).map(|next| &next.statement) {
            None => return found.remove(place, format!("{what}: removed"), drop),
            Some(Statement::CreateFunction(new)) if old != new => new,
            Some(Statement::CreateFunction(new)) if self.is_stale(key, &found.called) => {
                let again = ReplaceFunction(new.clone()).into();
                return found.make(self.new.place(key), format!("{what}: {ANEW}"), again);
            }
            Some(_) => return,
        };
        let next_place = self.new.place(key);
        if has_head_of(old, new) {
            let what = format!("{what}: changed");
            if let (Drop::Routine(name, arguments), Some(_), None) =
                (drop, &old.comment, &new.comment)
            {
                let on = CommentObject::Routine(name, Some(arguments));
                found.make(next_place, what.clone(), DropComment(on).into());
            }
            let opens = old.security_definer && !new.security_definer;
            found.make(
                next_place,
                what.clone(),
                ReplaceFunction(new.clone()).into(),
            );
            if opens {
                // What took the right from everybody outlives the old function's other words.
                found.make(next_place, what, OpenFunction(new.clone()).into());
            }
        } else {
            let what = format!("{what}: made again");
            found.remove(place, what.clone(), drop);
            found.make(next_place, what, new.clone().into());
        }
    }

    /// What becomes of a function of the author's.
    fn authors(
        &self,
        key: &Key,
        (place, old): (usize, &Statement),
        drop: Drop,
        found: &mut Found<'_>,
    ) {
        let what = described(key);
        let Some(next) = self.new.by_key.get(key).map(|next| &next.statement) else {
            let what = format!("{what}: removed");
            // Another one of its name may have the same arguments under other names.
            if self.has_routine_called(key) || self.is_over_views(old) {
                return found.remove(place, what, drop);
            }
            return found.leave(place, what, drop);
        };
        let remade = self.touched.remade.contains(key);
        if !remade && is_same(old, next) {
            if let (true, Some(again)) = (self.is_stale(key, &found.called), or_replace(next)) {
                found.make(self.new.place(key), format!("{what}: {ANEW}"), again);
            }
            return;
        }
        let next_place = self.new.place(key);
        if !remade && is_replaceable(old, next) {
            if let Some(statement) = or_replace(next) {
                found.make(next_place, format!("{what}: changed"), statement);
            }
            return;
        }
        let what = format!("{what}: made again");
        found.remove(place, what.clone(), drop);
        found.make(next_place, what, next.clone());
    }

    /// Whether the function is `called` by a trigger of a table that has a column of another type, or may read its rows. Sessions
    /// that called it before keep a plan for the old type, and PL/pgSQL refuses to run that until the function is replaced, be it by itself.
    fn is_stale(&self, key: &Key, called: &BTreeSet<&Sql>) -> bool {
        let (Key::Function(name, _) | Key::Routine(name, _)) = key else {
            return false;
        };
        if self.touched.retyped.is_empty() {
            return false;
        }
        // The author's functions may read rows of it, too.
        if let Some(Statement::AuthorStatement(own)) =
            self.new.by_key.get(key).map(|unit| &unit.statement)
        {
            let mentions = ddl::Mentions::of(own.0.as_str());
            let mut names = mentions.all();
            if names.any(|word| {
                self.touched
                    .retyped
                    .iter()
                    .any(|table| table.name.as_str() == word)
            }) {
                return true;
            }
        }
        called.contains(&rendered(name))
    }

    fn called_by_retyped(&self) -> BTreeSet<&Sql> {
        if self.touched.retyped.is_empty() {
            return BTreeSet::new();
        }
        let mut called = BTreeSet::new();
        for unit in self.new.by_key.values() {
            if let Statement::CreateTrigger(trigger) = &unit.statement
                && self.touched.retyped.contains(&trigger.table)
            {
                called.insert(&trigger.function);
            }
        }
        called
    }

    /// Whether the new schema has a function of that one's name, with arguments of any kind.
    fn has_routine_called(&self, key: &Key) -> bool {
        let Key::Routine(name, _) = key else {
            return false;
        };
        let mut others = self.new.by_key.keys();
        others.any(|other| matches!(other, Key::Routine(other, _) if other == name))
    }

    /// Whether a function's head, or its body in SQL's own form, names a view that is removed.
    fn is_over_views(&self, function: &Statement) -> bool {
        let Statement::AuthorStatement(own) = function else {
            return false;
        };
        let outside = ddl::Mentions::of(own.0.as_str()).outside;
        self.touched
            .views
            .iter()
            .any(|view| outside.contains(view.name.as_str()))
    }

    /// The functions of the compiler that are dropped, for a while or for good.
    pub(super) fn removed_functions(&self) -> BTreeSet<Sql> {
        let removed = self.before.by_key.iter().filter_map(|(key, unit)| {
            let Key::Function(name, _) = key else {
                return None;
            };
            let next = self.new.by_key.get(key).map(|next| &next.statement);
            let replaced = match (&unit.statement, next) {
                (Statement::CreateFunction(old), Some(Statement::CreateFunction(new))) => {
                    has_head_of(old, new)
                }
                _ => false,
            };
            (!replaced).then(|| rendered(name))
        });
        removed.collect()
    }
}

/// Whether `CREATE OR REPLACE` can make one of the compiler's functions out of the other.
fn has_head_of(old: &CreateFunction, new: &CreateFunction) -> bool {
    old.returns == new.returns && old.arguments == new.arguments
}

/// Whether a function can take the place of another one: everything before its body but the promises is the same.
pub(in crate::diff) fn is_replaceable(old: &Statement, new: &Statement) -> bool {
    let (Statement::AuthorStatement(old), Statement::AuthorStatement(new)) = (old, new) else {
        return false;
    };
    match (head(old.0.as_str()), head(new.0.as_str())) {
        (Some(old), Some(new)) => old == new,
        _ => false,
    }
}

/// The words of a `CREATE FUNCTION` or `PROCEDURE` up to its language or body: name, arguments, result.
fn head(text: &str) -> Option<Vec<String>> {
    const ENDS: &[&str] = &[
        "as",
        "language",
        "begin",
        "return",
        "immutable",
        "stable",
        "volatile",
        "strict",
        "called",
        "security",
        "cost",
        "rows",
        "parallel",
        "set",
        "window",
        "leakproof",
        "not",
        "support",
        "transform",
        "external",
    ];
    let tokens = lex(text).ok()?;
    let mut words: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    let mut closed = false;
    for token in &tokens {
        if token.is(text, "(") {
            depth += 1;
        } else if token.is(text, ")") {
            depth = depth.saturating_sub(1);
            closed |= depth == 0;
        }
        if closed && depth == 0 && ENDS.iter().any(|word| token.is_word(text, word)) {
            break;
        }
        words.push(
            token
                .name(text)
                .unwrap_or_else(|| token.text(text).to_owned()),
        );
    }
    if words.get(1).map(String::as_str) == Some("or") {
        words.drain(1..3);
    }
    matches!(
        words.get(1).map(String::as_str),
        Some("function" | "procedure")
    )
    .then_some(words)
}

/// `CREATE OR REPLACE` of the author's function.
fn or_replace(statement: &Statement) -> Option<Statement> {
    let Statement::AuthorStatement(own) = statement else {
        return None;
    };
    let text = own.0.as_str();
    let tokens = lex(text).ok()?;
    let create = tokens
        .first()
        .filter(|token| token.is_word(text, "create"))?;
    if tokens.get(1).is_some_and(|token| token.is_word(text, "or")) {
        return Some(statement.clone());
    }
    let (before, after) = text.split_at(create.range.end);
    Some(AuthorStatement(SqlExpr::trusted(format!("{before} OR REPLACE{after}"))).into())
}
