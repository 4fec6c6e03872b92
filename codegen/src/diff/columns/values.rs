//! Columns that get their values in another way: defaults, identity, sequences, expressions.

use super::{ColumnChange, is_generated};
use crate::ddl;
use crate::diff::{Diff, Stage};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{AlterTable, Column, ColumnValue, Drop, TableAction};
use crate::plan::{Hazard, HazardKind, Lock, Phase};

impl Diff<'_> {
    /// A generated column is what its expression says: it is made again.
    pub(super) fn remake_column(&mut self, change: &ColumnChange, prev: &Column, next: &Column) {
        if !is_generated(prev) && !self.online {
            self.problem(
                format!("`{}.{}` becomes generated", change.model, prev.name),
                "what was written in it since would go",
            );
            return;
        }
        let table = &change.table;
        let text = change.change("made again");
        if !is_generated(next) {
            // What was computed stays.
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                &text,
                AlterTable::one(
                    table.clone(),
                    TableAction::DropExpression(prev.name.clone()),
                ),
            )
            .locks(Lock::access_exclusive(table));
            let plain = Column {
                value: None,
                ..prev.clone()
            };
            self.alter_column(change, &plain, next);
            return;
        }
        let writes = !is_generated(prev);
        self.step(
            Phase::Expand,
            Stage::Remove,
            change.place,
            &text,
            AlterTable::one(table.clone(), TableAction::DropColumn(prev.name.clone())),
        )
        .locks(Lock::access_exclusive(table))
        .hazards
        .extend(
            writes
                .then(|| {
                    [
                        Hazard::new(
                            HazardKind::DeletesData,
                            format!("what was written in {table}.{} is gone", prev.name),
                        ),
                        Hazard::new(
                            HazardKind::BreaksOldCode,
                            format!("statements that write {table}.{} fail", prev.name),
                        ),
                    ]
                })
                .into_iter()
                .flatten(),
        );
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            AlterTable::one(table.clone(), TableAction::AddColumn(next.clone())),
        )
        .locks(Lock::access_exclusive(table).long())
        .costs(
            HazardKind::Rewrite,
            format!(
                "every row of {table} is written anew, to compute its {}",
                next.name
            ),
        );
    }

    pub(super) fn remove_sequence(&mut self, change: &ColumnChange, prev: &Column) {
        let name = ddl::sequence_name(change.table.name.as_str(), prev.name.as_str());
        let Ok(name) = Ident::new(name) else { return };
        let text = change.change("not numbered by a sequence any more");
        let table = change.table.clone();
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            AlterTable::one(table.clone(), TableAction::DropDefault(prev.name.clone())),
        )
        .locks(Lock::access_exclusive(&table));
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            &text,
            Drop::Sequence(QualifiedName::new(table.schema.clone(), name)),
        );
    }

    pub(super) fn identity(&mut self, change: &ColumnChange, next: &Column, action: TableAction) {
        let needs_value = matches!(action, TableAction::AddIdentity { .. });
        let was_null = change.prev.as_ref().is_some_and(|prev| prev.nullable);
        if needs_value && was_null {
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                change.change("takes no NULL"),
                AlterTable::one(
                    change.table.clone(),
                    TableAction::SetNotNull(next.name.clone()),
                ),
            )
            .locks(Lock::access_exclusive(&change.table).long())
            .costs(
                HazardKind::BlocksReads,
                format!(
                    "{} is read to its end for a NULL in {}",
                    change.table, next.name
                ),
            );
        }
        self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            change.change("identity"),
            AlterTable::one(change.table.clone(), action),
        )
        .locks(Lock::access_exclusive(&change.table));
    }

    pub(super) fn set_value(&mut self, change: &ColumnChange, prev: &Column, next: &Column) {
        let column = next.name.clone();
        let identity = |column: &Column| match column.value {
            Some(ColumnValue::Identity { always }) => Some(always),
            _ => None,
        };
        let action = match (identity(prev), identity(next), &next.value) {
            (Some(_), Some(always), _) => {
                self.identity(change, next, TableAction::SetIdentity { column, always });
                return;
            }
            (None, Some(always), _) => {
                if prev.value.is_some() {
                    self.identity(change, next, TableAction::DropDefault(column.clone()));
                }
                self.identity(change, next, TableAction::AddIdentity { column, always });
                return;
            }
            (Some(_), None, value) => {
                self.identity(change, next, TableAction::DropIdentity(column.clone()));
                match value {
                    Some(ColumnValue::Default(default)) => {
                        TableAction::SetDefault(column, default.clone())
                    }
                    _ => return,
                }
            }
            (None, None, Some(ColumnValue::Default(default))) => {
                TableAction::SetDefault(column, default.clone())
            }
            (None, None, _) => TableAction::DropDefault(column),
        };
        let drops = matches!(action, TableAction::DropDefault(_));
        let step = self.step(
            Phase::Expand,
            Stage::Make,
            change.place,
            change.change("another default"),
            AlterTable::one(change.table.clone(), action),
        );
        step.locks(Lock::access_exclusive(&change.table));
        if drops && !next.nullable {
            step.costs(
                HazardKind::BreaksOldCode,
                format!(
                    "inserts into {} that leave {} out fail",
                    change.table, next.name
                ),
            );
        }
    }
}
