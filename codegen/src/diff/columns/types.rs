//! Columns that get another type.

use super::ColumnChange;
use crate::diff::{Diff, Stage};
use crate::pg::{AlterTable, Column, ColumnValue, SequenceType, TableAction, type_sql};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::{BaseType, Builtin, Field, Schema, Type};
use crate::sql::Sql;

/// What a change of a type asks of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diff) enum TypeChange {
    Same,
    /// The catalog alone changes.
    Catalog,
    /// The rows stay, indexes are built anew.
    Indexes,
    /// Every row is written anew.
    Rewrite,
}

impl Diff<'_> {
    pub(super) fn set_type(&mut self, change: &ColumnChange, prev: &Column, next: &Column) {
        let (Some(old), Some(new)) = (&change.prev_type, &change.next_type) else {
            return;
        };
        let to = type_sql(self.next, new);
        let using = match change.ty {
            TypeChange::Catalog | TypeChange::Indexes => None,
            TypeChange::Rewrite | TypeChange::Same => {
                let column = crate::sql!("{column}", column = next.name);
                Some(
                    self.composite_value(&column, old, new)
                        .unwrap_or_else(|| cast(&column, old, new, &to)),
                )
            }
        };
        if change.aside.is_some() {
            self.swap(change, prev, next);
        } else {
            self.alter_type(change, prev, next, &to, using);
        }
        if let (true, Some(ColumnValue::Identity { always })) = (
            !matches!(prev.value, Some(ColumnValue::Identity { .. })),
            &next.value,
        ) {
            self.identity(
                change,
                next,
                TableAction::AddIdentity {
                    column: next.name.clone(),
                    always: *always,
                },
            );
        }
        if change.was_serial && change.is_serial && change.aside.is_none() {
            let text = change.change("another type");
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                &text,
                SequenceType {
                    table: change.table.clone(),
                    column: next.name.clone(),
                    ty: to,
                },
            );
        }
    }

    /// All rows at once.
    fn alter_type(
        &mut self,
        change: &ColumnChange,
        prev: &Column,
        next: &Column,
        to: &Sql,
        using: Option<Sql>,
    ) {
        let table = &change.table;
        let mut actions = Vec::new();
        let had_default = matches!(prev.value, Some(ColumnValue::Default(_)));
        if had_default {
            actions.push(TableAction::DropDefault(prev.name.clone()));
        }
        if matches!(prev.value, Some(ColumnValue::Identity { .. }))
            && !matches!(next.value, Some(ColumnValue::Identity { .. }))
        {
            actions.push(TableAction::DropIdentity(prev.name.clone()));
        }
        actions.push(TableAction::SetType {
            column: next.name.clone(),
            ty: to.clone(),
            collation: next.collation.clone(),
            using,
        });
        if let Some(ColumnValue::Default(default)) = &next.value {
            actions.push(TableAction::SetDefault(next.name.clone(), default.clone()));
        }
        let text = change.change("another type");
        let old_type = change
            .prev_type
            .as_ref()
            .map_or_else(Sql::new, |old| type_sql(&self.named, old));
        let step = self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            AlterTable {
                table: table.clone(),
                actions,
            },
        );
        let why = change
            .why
            .as_ref()
            .map_or_else(String::new, |why| format!(": {why}"));
        match change.ty {
            TypeChange::Rewrite => {
                step.locks(Lock::access_exclusive(table).long())
                    .costs(
                        HazardKind::Rewrite,
                        format!(
                            "every row of {table} is written anew, and nobody reads or writes it meanwhile{why}"
                        ),
                    )
                    .costs(
                        HazardKind::MayFail,
                        format!("it fails if a value of {} is no {to}", next.name),
                    );
            }
            TypeChange::Indexes => {
                step.locks(Lock::access_exclusive(table).long()).costs(
                    HazardKind::BlocksReads,
                    format!("indexes of {table} over {} are built anew", next.name),
                );
            }
            TypeChange::Catalog | TypeChange::Same => {
                step.locks(Lock::access_exclusive(table));
            }
        }
        if old_type != *to {
            step.costs(
                HazardKind::BreaksOldCode,
                format!("code that takes {}.{} for {old_type}", table, next.name),
            );
        }
    }
}

/// A value of one type as one of another. Every type is written as text and read from it; few have a cast to another one.
pub(in crate::diff) fn cast(value: &Sql, old: &Type, new: &Type, to: &Sql) -> Sql {
    let one_is_array = (old.dimensions == 0) != (new.dimensions == 0);
    if !one_is_array && has_cast(&old.base, &new.base) {
        return crate::sql!("{value}::{to}", value = value, to = to);
    }
    let mut text = crate::sql!("{value}::text", value = value);
    // An array is cast element by element, but as a whole to what is none.
    if !one_is_array {
        for _ in 0..old.dimensions {
            text.push_keyword("[]");
        }
    }
    crate::sql!("{text}::{to}", text = text, to = to)
}

/// Whether PostgreSQL casts values of the one type to the other as anybody would expect.
fn has_cast(from: &BaseType, to: &BaseType) -> bool {
    let (BaseType::Builtin(from), BaseType::Builtin(to)) = (from, to) else {
        return false;
    };
    let number = |ty: &Builtin| {
        matches!(
            ty,
            Builtin::SmallInt
                | Builtin::Integer
                | Builtin::BigInt
                | Builtin::Numeric(_)
                | Builtin::Real
                | Builtin::DoublePrecision
        )
    };
    let time = |ty: &Builtin| {
        matches!(
            ty,
            Builtin::Date | Builtin::Timestamp(_) | Builtin::TimestampTz(_)
        )
    };
    // Money as text has signs and commas.
    let money = matches!((from, to), (Builtin::Money, Builtin::Numeric(_)))
        || number(from) && *to == Builtin::Money;
    number(from) && number(to) || time(from) && time(to) || money
}

#[allow(clippy::too_many_arguments, reason = "both sides of each")]
pub(super) fn type_change(
    prev_schema: &Schema,
    next_schema: &Schema,
    old: &Field,
    new: &Field,
    prev: &Column,
    next: &Column,
    replaced: bool,
) -> TypeChange {
    let (from, to): (Sql, Sql) = (
        type_sql(prev_schema, &old.ty),
        type_sql(next_schema, &new.ty),
    );
    if replaced {
        TypeChange::Rewrite
    } else if from == to {
        if prev.collation == next.collation {
            TypeChange::Same
        } else {
            TypeChange::Indexes
        }
    } else if old.ty.dimensions == new.ty.dimensions
        && old.ty.dimensions == 0
        && is_widening(&old.ty.base, &new.ty.base)
    {
        if prev.collation == next.collation {
            TypeChange::Catalog
        } else {
            TypeChange::Indexes
        }
    } else {
        TypeChange::Rewrite
    }
}

/// Whether every value of the one type is stored as the same value of the other.
fn is_widening(from: &BaseType, to: &BaseType) -> bool {
    let (BaseType::Builtin(from), BaseType::Builtin(to)) = (from, to) else {
        return false;
    };
    let grows = |from: &Option<u32>, to: &Option<u32>| match (from, to) {
        (_, None) => true,
        (Some(from), Some(to)) => to >= from,
        (None, Some(_)) => false,
    };
    match (from, to) {
        (Builtin::Varchar(_), Builtin::Text) | (Builtin::Text, Builtin::Varchar(None)) => true,
        (Builtin::Varchar(from), Builtin::Varchar(to))
        | (Builtin::VarBit(from), Builtin::VarBit(to)) => grows(from, to),
        (Builtin::Numeric(_), Builtin::Numeric(None)) => true,
        (Builtin::Numeric(Some(from)), Builtin::Numeric(Some(to))) => {
            from.1 == to.1 && to.0 >= from.0
        }
        (Builtin::Cidr, Builtin::Inet) => true,
        _ => false,
    }
}
