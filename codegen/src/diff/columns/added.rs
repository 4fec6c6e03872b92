//! Columns that are new, and the values of rows that are there.

use super::aside::next_number;
use super::{ColumnChange, model_of};
use crate::ddl;
use crate::diff::backfill::When;
use crate::diff::{Diff, Stage};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterTable, Column, ColumnValue, ConstraintKind, CreateSequence, DefaultClause, FillColumn,
    TableAction, TableConstraint, type_sql,
};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::{BaseType, Schema, Type};
use crate::sql::SqlExpr;

impl Diff<'_> {
    pub(super) fn add_column(&mut self, change: &ColumnChange, next: &Column) {
        let table = &change.table;
        let text = change.change("added");
        let mut bare = next.clone();
        let later = self.online && self.comes_later(change, next);
        let not_null = self.online && !next.nullable && (later || next.value.is_none());
        if later {
            bare.value = None;
        }
        if later || not_null {
            bare.nullable = true;
        }
        if change.is_serial && later {
            bare.ty = change
                .next_type
                .as_ref()
                .map_or_else(|| bare.ty.clone(), |ty| type_sql(self.next, ty));
        }
        let rewrites = !later
            && (matches!(
                next.value,
                Some(ColumnValue::Generated(_) | ColumnValue::Identity { .. })
            ) || change.is_serial
                || is_volatile(next)
                || change
                    .next_type
                    .as_ref()
                    .is_some_and(|ty| is_checked_domain(self.next, ty)));
        let step = self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            AlterTable::one(table.clone(), TableAction::AddColumn(bare)),
        );
        let lock = Lock::access_exclusive(table);
        if rewrites {
            step.locks(lock.long()).costs(
                HazardKind::Rewrite,
                format!(
                    "every row of {table} is written anew, to give it its {}",
                    next.name
                ),
            );
        } else {
            step.locks(lock);
        }
        if later {
            self.default_later(change, next, &text);
        }
        if not_null {
            // Triggers give it to new rows, and the same migration to those that are there.
            let is_kept_by_triggers = model_of(self.next, table)
                .and_then(|model| Some(model.field(model.field_named(next.name.as_str())?)))
                .is_some_and(|field| field.maintained_by.is_some());
            if !later && !is_kept_by_triggers {
                self.step_of_rows(change, next, &text);
            }
            self.not_null(change, &next.name, &text);
        }
    }

    /// Whether rows get their values one after the other, and not all at once under a lock.
    fn comes_later(&self, change: &ColumnChange, next: &Column) -> bool {
        match &next.value {
            Some(ColumnValue::Default(_)) => is_volatile(next),
            None => change.is_serial,
            Some(ColumnValue::Generated(_) | ColumnValue::Identity { .. }) => false,
        }
    }

    fn default_later(&mut self, change: &ColumnChange, next: &Column, text: &str) {
        let table = &change.table;
        if change.is_serial {
            self.add_sequence(change, next, text);
        } else if let Some(ColumnValue::Default(default)) = &next.value {
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                text,
                AlterTable::one(
                    table.clone(),
                    TableAction::SetDefault(next.name.clone(), default.clone()),
                ),
            )
            .locks(Lock::access_exclusive(table));
        }
        let skipped = self.skipped(table, Some(&next.name), When::After);
        let fires = self.fires(table, Some(&next.name), When::After);
        self.step(
            Phase::Backfill,
            Stage::Make,
            change.place,
            text,
            FillColumn {
                table: table.clone(),
                column: next.name.clone(),
                in_parts: self.online,
                skipped,
            },
        )
        .hazards
        .extend(fires);
        self.recompute(table, change.place, When::After);
    }

    pub(super) fn add_sequence(&mut self, change: &ColumnChange, next: &Column, text: &str) {
        let table = &change.table;
        let Some(ty) = &change.next_type else { return };
        let name = ddl::sequence_name(table.name.as_str(), next.name.as_str());
        let Ok(name) = Ident::new(name) else { return };
        let name = QualifiedName::new(table.schema.clone(), name);
        let Some(default) = next_number(table, &next.name) else {
            return;
        };
        let ty = type_sql(self.next, ty);
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            text,
            CreateSequence {
                name,
                ty,
                table: table.clone(),
                column: next.name.clone(),
            },
        );
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            text,
            AlterTable::one(
                table.clone(),
                TableAction::SetDefaultSql(next.name.clone(), default),
            ),
        )
        .locks(Lock::access_exclusive(table));
    }

    /// Rows that are there have no value, and nobody but the author knows one.
    fn step_of_rows(&mut self, change: &ColumnChange, next: &Column, text: &str) {
        let table = &change.table;
        if let Some((_, step)) = self.steps.last_mut() {
            debug_assert_eq!(step.change, text);
            step.costs(
                HazardKind::MayFail,
                format!(
                    "rows of {table} that are there have no {}: give them one in a data step, or the part that validates fails",
                    next.name
                ),
            )
            .costs(
                HazardKind::BreaksOldCode,
                format!("inserts into {table} that leave {} out fail", next.name),
            );
        }
    }

    /// `NOT NULL`, proven beside writers: a check that is validated spares PostgreSQL the scan under its lock.
    pub(super) fn not_null(&mut self, change: &ColumnChange, column: &Ident, text: &str) {
        let table = &change.table;
        let set = AlterTable::one(table.clone(), TableAction::SetNotNull(column.clone()));
        if !self.online {
            self.step(Phase::Expand, Stage::Make, change.place, text, set)
                .locks(Lock::access_exclusive(table).long());
            return;
        }
        let name = Ident::derived(&[table.name.as_str(), column.as_str(), "is_set"]);
        let condition = crate::sql!("{column} IS NOT NULL", column = column);
        let constraint = TableConstraint {
            name: name.clone(),
            kind: ConstraintKind::Check(SqlExpr::trusted(condition.into_string())),
        };
        let step = self.step(
            Phase::Attach,
            Stage::Make,
            change.place,
            text,
            AlterTable::one(
                table.clone(),
                TableAction::AddConstraint {
                    constraint,
                    not_valid: true,
                },
            ),
        );
        step.locks(Lock::access_exclusive(table));
        if change.prev.is_some() {
            step.costs(
                HazardKind::BreaksOldCode,
                format!("writes that leave {table}.{column} NULL fail, those of other columns of such a row too"),
            );
        }
        self.step(
            Phase::Validate,
            Stage::Make,
            change.place,
            text,
            AlterTable::one(table.clone(), TableAction::ValidateConstraint(name.clone())),
        )
        .locks(Lock::share_update_exclusive(table).long())
        .costs(
            HazardKind::MayFail,
            format!("it fails if {table}.{column} is NULL in some row"),
        );
        self.step(
            Phase::Contract,
            Stage::Make,
            change.place,
            text,
            AlterTable {
                actions: vec![TableAction::SetNotNull(column.clone())],
                table: table.clone(),
            },
        )
        .locks(Lock::access_exclusive(table));
        self.step(
            Phase::Contract,
            Stage::Make,
            change.place,
            text,
            AlterTable::one(table.clone(), TableAction::DropConstraint(name)),
        )
        .locks(Lock::access_exclusive(table));
    }
}

/// Whether a default may be another one for each row. What is known to be the same for a statement is added without
/// writing a row.
fn is_volatile(column: &Column) -> bool {
    let Some(ColumnValue::Default(DefaultClause::Expression(expression))) = &column.value else {
        return false;
    };
    const STEADY: &[&str] = &[
        "now",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtimestamp",
        "localtime",
        "transaction_timestamp",
        "statement_timestamp",
        "current_user",
        "session_user",
    ];
    let text = expression.as_str();
    let Ok(tokens) = crate::fragment::lexer::lex(text) else {
        return true;
    };
    tokens.windows(2).any(|pair| {
        pair[1].is(text, "(")
            && pair[0]
                .name(text)
                .is_some_and(|name| !STEADY.contains(&name.as_str()))
    })
}

/// A domain with a rule of its own is checked for every row.
fn is_checked_domain(schema: &Schema, ty: &Type) -> bool {
    match ty.base {
        BaseType::Domain(id) => {
            let domain = schema.domain(id);
            !domain.checks.is_empty() || domain.not_null || is_checked_domain(schema, &domain.base)
        }
        _ => false,
    }
}
