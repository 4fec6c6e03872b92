//! Columns of tables that are in both schemas.

mod added;
mod aside;
mod types;
mod values;

pub(in crate::diff) use aside::{Aside, new_beside};
pub(in crate::diff) use types::TypeChange;
pub(in crate::diff) use types::cast;
use types::type_change;

use crate::diff::depend::is_remade;
use crate::diff::types::TypeChanges;
use crate::diff::{Diff, Stage};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{AlterTable, Column, ColumnValue, RestartSequence, TableAction};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::{Model, Schema, Sequence, Type};

/// A column that is new, gone or different.
#[derive(Clone, Debug)]
pub(in crate::diff) struct ColumnChange {
    pub(in crate::diff) table: QualifiedName,
    /// The model, for people.
    model: String,
    /// The table's place in `schema.sql`.
    place: usize,
    pub(in crate::diff) prev: Option<Column>,
    pub(in crate::diff) next: Option<Column>,
    /// What the type's change asks of the rows.
    pub(in crate::diff) ty: TypeChange,
    prev_type: Option<Type>,
    next_type: Option<Type>,
    was_serial: bool,
    is_serial: bool,
    /// The column beside it that takes its place, where it gets its type in that way.
    aside: Option<Ident>,
    /// Why it cannot.
    why: Option<String>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(in crate::diff) struct Columns {
    pub(in crate::diff) changes: Vec<ColumnChange>,
}

impl ColumnChange {
    pub(in crate::diff) fn name(&self) -> &str {
        let column = self.next.as_ref().or(self.prev.as_ref());
        column.map_or("", |column| column.name.as_str())
    }

    /// Whether others that hang on the column refuse the change.
    pub(in crate::diff) fn is_in_the_way(&self) -> bool {
        match (&self.prev, &self.next) {
            (Some(_), None) => true,
            (Some(prev), Some(next)) => {
                self.ty != TypeChange::Same
                    || (is_generated(prev) || is_generated(next)) && prev.value != next.value
            }
            _ => false,
        }
    }

    /// Whether the column is taken away and added again, with all that is over it.
    pub(super) fn is_rebuilt(&self) -> bool {
        match (&self.prev, &self.next) {
            (Some(prev), Some(next)) => {
                is_generated(next) && (prev.value != next.value || self.ty != TypeChange::Same)
            }
            _ => false,
        }
    }

    fn change(&self, what: &str) -> String {
        format!("{}.{}: {what}", self.model, self.name())
    }
}

impl Diff<'_> {
    /// The columns that differ between the two schemas, for the tables that are in both.
    pub(in crate::diff) fn column_changes(&mut self, types: &TypeChanges) -> Columns {
        let mut found = Columns::default();
        for (name, next, place) in self.new.tables() {
            let Some((prev, _)) = self.old.table(name) else {
                continue;
            };
            let (Some(model), Some(old_model)) =
                (model_of(self.next, name), model_of(&self.named, name))
            else {
                continue;
            };
            let mut change = |prev: Option<&Column>, next: Option<&Column>| {
                let column = next.or(prev).map(|column| column.name.as_str());
                let field = |model: &'_ Model| column.and_then(|name| model.field_named(name));
                let (old, new) = (
                    field(old_model).map(|id| old_model.field(id)),
                    field(model).map(|id| model.field(id)),
                );
                let replaced = old.is_some_and(|field| types.replaces(&self.named, &field.ty));
                let ty = match (prev, next, old, new) {
                    (Some(prev), Some(next), Some(old), Some(new)) => {
                        type_change(&self.named, self.next, old, new, prev, next, replaced)
                    }
                    _ => TypeChange::Same,
                };
                if prev != next || ty != TypeChange::Same {
                    found.changes.push(ColumnChange {
                        table: name.clone(),
                        model: model.name.clone(),
                        place,
                        prev: prev.cloned(),
                        next: next.cloned(),
                        ty,
                        prev_type: old.map(|field| field.ty.clone()),
                        next_type: new.map(|field| field.ty.clone()),
                        was_serial: prev.is_some()
                            && old.is_some_and(|field| field.sequence == Some(Sequence::Serial)),
                        is_serial: next.is_some()
                            && new.is_some_and(|field| field.sequence == Some(Sequence::Serial)),
                        aside: None,
                        why: None,
                    });
                }
            };
            for column in &prev.columns {
                let kept = next.columns.iter().find(|other| other.name == column.name);
                // A column that is inherited from now on stays.
                let inherited = kept.is_none() && model.field_named(column.name.as_str()).is_some();
                if !inherited {
                    change(Some(column), kept);
                }
            }
            for column in &next.columns {
                // A column that was inherited stays when nothing is inherited any more.
                let was_inherited = !prev.inherits.is_empty()
                    && old_model.field_named(column.name.as_str()).is_some();
                if !prev.columns.iter().any(|other| other.name == column.name) && !was_inherited {
                    change(None, Some(column));
                }
            }
        }
        found
    }

    /// The steps of the columns, and of generated columns that must be made again.
    pub(in crate::diff) fn make_columns(&mut self, columns: &Columns) {
        let mut remade = Vec::new();
        for (name, table, place) in self.old.tables() {
            let (Some((next, next_place)), Some(model)) =
                (self.new.table(name), model_of(self.next, name))
            else {
                continue;
            };
            let _ = place;
            for column in &table.columns {
                let kept = next.columns.iter().find(|other| other.name == column.name);
                let known = columns
                    .changes
                    .iter()
                    .any(|change| change.table == *name && change.name() == column.name.as_str());
                if let (Some(kept), false) = (kept, known) {
                    let change = ColumnChange {
                        table: name.clone(),
                        model: model.name.clone(),
                        place: next_place,
                        prev: Some(column.clone()),
                        next: Some(kept.clone()),
                        ty: TypeChange::Same,
                        prev_type: None,
                        next_type: None,
                        was_serial: false,
                        is_serial: false,
                        aside: None,
                        why: None,
                    };
                    if is_remade(&self.touched, &change, column) {
                        remade.push(change);
                    }
                }
            }
        }
        for change in columns.changes.iter().chain(&remade) {
            match (&change.prev, &change.next) {
                (None, Some(next)) => self.add_column(change, next),
                (Some(prev), None) => self.drop_column(change, prev),
                (Some(prev), Some(next)) => self.alter_column(change, prev, next),
                (None, None) => {}
            }
        }
        self.swap_indexes();
    }

    fn drop_column(&mut self, change: &ColumnChange, prev: &Column) {
        self.step(
            Phase::Contract,
            Stage::Leave,
            change.place,
            change.change("removed"),
            AlterTable::one(
                change.table.clone(),
                TableAction::DropColumn(prev.name.clone()),
            ),
        )
        .locks(Lock::access_exclusive(&change.table))
        .costs(
            HazardKind::DeletesData,
            format!("what is in {}.{} is gone", change.table, prev.name),
        )
        .costs(
            HazardKind::BreaksOldCode,
            format!("statements that name {}.{} fail", change.table, prev.name),
        );
    }

    fn alter_column(&mut self, change: &ColumnChange, prev: &Column, next: &Column) {
        let generation = is_generated(prev) || is_generated(next);
        let touched = is_remade(&self.touched, change, prev);
        if generation && (prev.value != next.value || change.ty != TypeChange::Same || touched) {
            self.remake_column(change, prev, next);
            return;
        }
        if change.was_serial && !change.is_serial {
            self.remove_sequence(change, prev);
        }
        if change.ty != TypeChange::Same {
            self.set_type(change, prev, next);
        } else if prev.value != next.value {
            self.set_value(change, prev, next);
        }
        if change.is_serial && !change.was_serial {
            self.add_sequence(change, next, &change.change("numbered by a sequence"));
        }
        let numbered = |column: &Column, serial: bool| {
            serial || matches!(column.value, Some(ColumnValue::Identity { .. }))
        };
        if numbered(next, change.is_serial)
            && (!numbered(prev, change.was_serial) || change.was_serial != change.is_serial)
        {
            self.step(
                Phase::Expand,
                Stage::Make,
                change.place,
                change.change("numbers go on after the highest"),
                RestartSequence {
                    table: change.table.clone(),
                    column: next.name.clone(),
                },
            );
        }
        match (prev.nullable, next.nullable) {
            (false, true) => {
                let text = change.change("takes NULL");
                self.step(
                    Phase::Expand,
                    Stage::Make,
                    change.place,
                    text,
                    AlterTable::one(
                        change.table.clone(),
                        TableAction::DropNotNull(next.name.clone()),
                    ),
                )
                .locks(Lock::access_exclusive(&change.table))
                .costs(
                    HazardKind::BreaksOldCode,
                    format!(
                        "code that reads {}.{} may find NULL",
                        change.table, next.name
                    ),
                );
            }
            (true, false) if !becomes_identity(prev, next) => {
                let text = change.change("takes no NULL");
                self.not_null(change, &next.name.clone(), &text);
            }
            _ => {}
        }
    }
}

pub(super) fn becomes_identity(prev: &Column, next: &Column) -> bool {
    matches!(next.value, Some(ColumnValue::Identity { .. }))
        && !matches!(prev.value, Some(ColumnValue::Identity { .. }))
}

pub(super) fn is_generated(column: &Column) -> bool {
    matches!(column.value, Some(ColumnValue::Generated(_)))
}

pub(in crate::diff) fn model_of<'a>(
    schema: &'a Schema,
    table: &QualifiedName,
) -> Option<&'a Model> {
    schema.models.iter().find(|model| model.table == *table)
}
