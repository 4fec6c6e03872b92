//! Functions: those that the compiler makes, and the author's.

use std::collections::BTreeSet;

use crate::ddl;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, described, is_same, rendered};
use crate::fragment::lexer::lex;
use crate::pg::{AuthorStatement, CommentObject, Drop, DropComment, ReplaceFunction, Statement};
use crate::plan::Phase;
use crate::sql::{Sql, SqlExpr};

impl Diff<'_> {
    pub(super) fn functions(&mut self) {
        let mut steps: Vec<(Phase, Stage, usize, String, Statement)> = Vec::new();
        for (key, unit) in &self.before.by_key {
            let next = self.new.by_key.get(key);
            let what = described(key);
            let remade = self.touched.remade.contains(key);
            match (key, &unit.statement, next.map(|next| &next.statement)) {
                (Key::Function(name, arguments), Statement::CreateFunction(_), None) => {
                    steps.push((
                        Phase::Expand,
                        Stage::Remove,
                        unit.place,
                        format!("{what}: removed"),
                        Drop::Routine(name.clone(), arguments.clone()).into(),
                    ))
                }
                (
                    Key::Function(name, arguments),
                    Statement::CreateFunction(old),
                    Some(Statement::CreateFunction(new)),
                ) => {
                    if old == new {
                        continue;
                    }
                    let place = self.new.place(key);
                    if old.returns == new.returns && old.arguments == new.arguments {
                        if old.comment.is_some() && new.comment.is_none() {
                            let on = CommentObject::Routine(name.clone(), Some(arguments.clone()));
                            steps.push((
                                Phase::Expand,
                                Stage::Make,
                                place,
                                format!("{what}: changed"),
                                DropComment(on).into(),
                            ));
                        }
                        steps.push((
                            Phase::Expand,
                            Stage::Make,
                            place,
                            format!("{what}: changed"),
                            ReplaceFunction(new.clone()).into(),
                        ));
                    } else {
                        steps.push((
                            Phase::Expand,
                            Stage::Remove,
                            unit.place,
                            format!("{what}: made again"),
                            Drop::Routine(name.clone(), arguments.clone()).into(),
                        ));
                        steps.push((
                            Phase::Expand,
                            Stage::Make,
                            place,
                            format!("{what}: made again"),
                            new.clone().into(),
                        ));
                    }
                }
                (Key::Routine(name, arguments), old, next_statement) => {
                    let drop = |text: &str| {
                        let mut sql = Sql::new();
                        sql.push(&SqlExpr::trusted(text));
                        Drop::Routine(name.clone(), sql)
                    };
                    match next_statement {
                        None => {
                            // Another one of its name may have the same arguments under other names.
                            let followed = self.new.by_key.keys().any(
                                |other| matches!(other, Key::Routine(other, _) if other == name),
                            );
                            let (phase, stage) = if followed || self.is_over_views(old) {
                                (Phase::Expand, Stage::Remove)
                            } else {
                                (Phase::Contract, Stage::Leave)
                            };
                            steps.push((
                                phase,
                                stage,
                                unit.place,
                                format!("{what}: removed"),
                                drop(arguments).into(),
                            ));
                        }
                        Some(next) => {
                            let place = self.new.place(key);
                            let same = is_same(old, next);
                            if !remade && same {
                                continue;
                            }
                            if !remade && is_replaceable(old, next) {
                                if let Some(statement) = or_replace(next) {
                                    steps.push((
                                        Phase::Expand,
                                        Stage::Make,
                                        place,
                                        format!("{what}: changed"),
                                        statement,
                                    ));
                                }
                                continue;
                            }
                            steps.push((
                                Phase::Expand,
                                Stage::Remove,
                                unit.place,
                                format!("{what}: made again"),
                                drop(arguments).into(),
                            ));
                            steps.push((
                                Phase::Expand,
                                Stage::Make,
                                place,
                                format!("{what}: made again"),
                                next.clone(),
                            ));
                        }
                    }
                }
                _ => {}
            }
        }
        for (key, unit) in &self.new.by_key {
            if matches!(key, Key::Function(..) | Key::Routine(..))
                && !self.before.by_key.contains_key(key)
            {
                steps.push((
                    Phase::Expand,
                    Stage::Make,
                    unit.place,
                    format!("{}: new", described(key)),
                    unit.statement.clone(),
                ));
            }
        }
        for (phase, stage, place, what, statement) in steps {
            self.step(phase, stage, place, what, statement);
        }
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
                    old.returns == new.returns && old.arguments == new.arguments
                }
                _ => false,
            };
            (!replaced).then(|| rendered(name))
        });
        removed.collect()
    }
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
