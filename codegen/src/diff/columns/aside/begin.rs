//! The first steps: the new columns, the trigger that they follow by, their values, the proofs.

use super::{Aside, Shadow, free};
use std::collections::BTreeSet;

use crate::ddl::{self};
use crate::diff::backfill::When;
use crate::diff::columns::types::cast;
use crate::diff::columns::{ColumnChange, Columns, model_of};
use crate::diff::types::TypeChanges;
use crate::diff::units::{Key, commented};
use crate::diff::{Diff, Stage};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterTable, Analyze, Column, CommentObject, ConstraintKind, CopyColumns, Follow, TableAction,
    TableConstraint,
};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::BaseType;
use crate::sql::SqlExpr;

impl Diff<'_> {
    pub(super) fn aside(
        &mut self,
        types: &TypeChanges,
        table: &QualifiedName,
        changes: &[ColumnChange],
    ) -> Option<Aside> {
        let (prev, next) = (model_of(&self.named, table)?, model_of(self.next, table)?);
        let old_id = self
            .named
            .models_with_ids()
            .find(|(_, model)| model.table == *table)?
            .0;
        let before = self.prev.model(old_id);
        let mut taken: BTreeSet<String> = [&prev.fields, &next.fields, &before.fields]
            .into_iter()
            .flatten()
            .map(|field| field.name.as_str().to_owned())
            .collect();
        let mut columns = Vec::new();
        for change in changes {
            let (column, old) = (change.next.as_ref()?, change.prev.as_ref()?);
            let place = prev.field_named(column.name.as_str())?;
            let prev_name = before.field(place).name.clone();
            let name = free(&[column.name.as_str(), "new"], &mut taken);
            let next_type = change.next_type.as_ref()?;
            if let BaseType::Enum(id) = &next_type.base {
                match self.matching.enums.get(&id.0) {
                    Some(&old) if types.replaces_enum(old) => {
                        self.enums_aside.insert(old);
                    }
                    Some(_) => {}
                    None => {
                        let name = self.next.enumeration(*id).ty.clone();
                        self.early_types.insert(Key::Enum(name));
                    }
                }
            }
            let ty = self.type_of_before(types, next_type)?;
            let from = crate::sql!("NEW.{column}", column = prev_name);
            let value = cast(&from, change.prev_type.as_ref()?, next_type, &ty);
            columns.push(Shadow {
                check: Ident::derived(&[before.table.name.as_str(), name.as_str(), "is_set"]),
                name,
                prev: prev_name,
                next: column.name.clone(),
                is_set: !old.nullable && !column.nullable,
                ty,
                value,
            });
        }
        let first = columns.first()?.name.clone();
        Some(Aside {
            table: table.clone(),
            prev_table: before.table.clone(),
            model: next.name.clone(),
            place: changes.first()?.place,
            function: QualifiedName::new(
                before.table.schema.clone(),
                Ident::derived(&[before.table.name.as_str(), first.as_str(), "follow"]),
            ),
            trigger: self.last_trigger(&before.table),
            columns,
            built: Vec::new(),
        })
    }

    /// A name behind those of all triggers of a table: the last of them sees what the others made of a row.
    fn last_trigger(&self, table: &QualifiedName) -> Ident {
        let is_last = |name: &Ident| {
            self.before
                .by_key
                .keys()
                .chain(self.new.by_key.keys())
                .all(|key| match key {
                    Key::Trigger(of, other) => of != table || other < name,
                    _ => true,
                })
        };
        ["zz", "~", "\u{10ffff}", "\u{10ffff}\u{10ffff}"]
            .into_iter()
            .map(|start| Ident::derived(&[start, "follow"]))
            .find(is_last)
            .unwrap_or_else(|| Ident::derived(&["\u{10ffff}\u{10ffff}\u{10ffff}"]))
    }

    /// Everything up to the moment when the new columns take their places.
    pub(super) fn begin_aside(&mut self, aside: &Aside, columns: &Columns) {
        let table = &aside.prev_table;
        let listed: Vec<&str> = aside
            .columns
            .iter()
            .map(|column| column.next.as_str())
            .collect();
        let text = format!("{}.{}: another type", aside.model, listed.join(", "));
        let mut actions = Vec::new();
        let mut proofs = Vec::new();
        for shadow in &aside.columns {
            let next = columns.changes.iter().find(|change| {
                change.table == aside.table && change.aside.as_ref() == Some(&shadow.name)
            });
            actions.push(TableAction::AddColumn(Column {
                name: shadow.name.clone(),
                ty: shadow.ty.clone(),
                collation: next.and_then(|change| change.next.as_ref()?.collation.clone()),
                nullable: true,
                value: None,
            }));
            let condition = if shadow.is_set {
                crate::sql!("{new} IS NOT NULL", new = shadow.name)
            } else {
                crate::sql!(
                    "({old} IS NULL) = ({new} IS NULL)",
                    old = shadow.prev,
                    new = shadow.name
                )
            };
            proofs.push((
                shadow.check.clone(),
                TableAction::AddConstraint {
                    constraint: TableConstraint {
                        name: shadow.check.clone(),
                        kind: ConstraintKind::Check(SqlExpr::trusted(condition.into_string())),
                    },
                    not_valid: true,
                },
            ));
            // The comment of the old one goes with it.
            let comment = CommentObject::Column(aside.table.clone(), shadow.next.clone());
            self.touched
                .remade
                .insert(Key::Comment(commented(&comment)));
        }
        self.step(
            Phase::Shadow,
            Stage::Make,
            aside.place,
            &text,
            AlterTable {
                table: table.clone(),
                actions,
            },
        )
        .locks(Lock::access_exclusive(table));
        let mut search_path = vec![Ident::derived(&["pg_catalog"])];
        search_path.extend(ddl::spec_schemas(self.prev));
        search_path.push(Ident::derived(&["pg_temp"]));
        let follow = Follow {
            table: table.clone(),
            function: aside.function.clone(),
            trigger: aside.trigger.clone(),
            sets: aside
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.value.clone()))
                .collect(),
            search_path,
        };
        self.step(Phase::Shadow, Stage::Make, aside.place, &text, follow)
            .locks(Lock::share_row_exclusive(table))
            .costs(
                HazardKind::BreaksOldCode,
                format!(
                    "whoever writes a {} that is no value of the new type fails from here on",
                    listed.join(" or ")
                ),
            );
        let (checks, adds): (Vec<Ident>, Vec<TableAction>) = proofs.into_iter().unzip();
        self.step(
            Phase::Shadow,
            Stage::Make,
            aside.place,
            &text,
            AlterTable {
                table: table.clone(),
                actions: adds,
            },
        )
        .locks(Lock::access_exclusive(table));
        let skipped = self.skipped(table, None, When::Before);
        let fires = self.fires(table, None, When::Before);
        let copy = CopyColumns {
            table: table.clone(),
            columns: aside
                .columns
                .iter()
                .map(|column| (column.prev.clone(), column.name.clone()))
                .collect(),
            skipped,
        };
        let step = self.step(Phase::Copy, Stage::Make, aside.place, &text, copy);
        step.costs(
            HazardKind::MayFail,
            format!(
                "it fails if a value of {} is none of the new type",
                listed.join(" or ")
            ),
        );
        step.hazards.extend(fires);
        self.recompute(table, aside.place, When::Before);
        self.index_aside(aside, &text);
        for check in checks {
            self.step(
                Phase::ShadowProof,
                Stage::Make,
                aside.place,
                &text,
                AlterTable::one(table.clone(), TableAction::ValidateConstraint(check)),
            )
            .locks(Lock::share_update_exclusive(table).long());
        }
        // Nothing is known of their values until then, and the first statements after the swap are planned by it.
        self.step(
            Phase::ShadowProof,
            Stage::Make,
            aside.place,
            &text,
            Analyze(table.clone()),
        )
        .locks(Lock::share_update_exclusive(table).long());
    }
}
