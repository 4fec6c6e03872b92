//! Keys, checks and exclusions.

use crate::diff::{Diff, Stage, rendered};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterTable, ConstraintKind, CreateIndex, CreateIndexConcurrently, Key as IndexKey, KeyColumn,
    TableAction, TableConstraint,
};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::Deferrable;

impl Diff<'_> {
    /// Whether a constraint of the old schema is taken away, for a while or for good.
    pub(in crate::diff) fn is_constraint_removed(
        &self,
        table: &QualifiedName,
        old: &TableConstraint,
    ) -> bool {
        let key = (table.clone(), old.name.as_str().to_owned());
        self.touched.constraints.contains(&key)
            || self.new.table(table).is_none_or(|(next, _)| {
                !next
                    .constraints
                    .iter()
                    .any(|new| new.name == old.name && is_same_constraint(old, new))
            })
    }

    pub(in crate::diff) fn make_constraints(&mut self) {
        let tables: Vec<(QualifiedName, usize)> = self
            .new
            .tables()
            .filter(|(name, ..)| self.old.table(name).is_some())
            .map(|(name, _, place)| (name.clone(), place))
            .collect();
        for (table, place) in tables {
            let prev = self
                .old
                .table(&table)
                .map_or_else(Vec::new, |(old, _)| old.constraints.clone());
            let next = self
                .new
                .table(&table)
                .map_or_else(Vec::new, |(new, _)| new.constraints.clone());
            let removed: Vec<_> = prev
                .iter()
                .filter(|old| self.is_constraint_removed(&table, old))
                .cloned()
                .collect();
            for old in &removed {
                let replaced = next.iter().any(|new| new.name == old.name);
                self.drop_constraint(&table, place, old, replaced);
            }
            for new in &next {
                let kept = prev
                    .iter()
                    .any(|old| old.name == new.name && !removed.contains(old));
                let replaces = removed.iter().find(|old| old.name == new.name);
                if !kept {
                    self.add_constraint(&table, place, new, replaces);
                }
            }
        }
        self.foreign_keys();
        self.indexes();
        self.statistics();
    }

    fn drop_constraint(
        &mut self,
        table: &QualifiedName,
        place: usize,
        old: &TableConstraint,
        replaced: bool,
    ) {
        // A key that is built beside the old one takes its place in one moment.
        if replaced && self.is_built_aside(table, old) {
            return;
        }
        let text = format!(
            "constraint {} of {table}: {}",
            old.name,
            if replaced { "made again" } else { "removed" }
        );
        self.step(
            Phase::Expand,
            Stage::Remove,
            place,
            text,
            AlterTable::one(table.clone(), TableAction::DropConstraint(old.name.clone())),
        )
        .locks(Lock::access_exclusive(table));
    }

    /// Whether a key's index can be built beside writers before the key is there.
    fn is_built_aside(&self, table: &QualifiedName, constraint: &TableConstraint) -> bool {
        let touches = self.touched.columns.iter().any(|(of, _)| of == table);
        self.online
            && !self.is_partitioned(table)
            && !touches
            && match &constraint.kind {
                ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique { .. } => true,
                ConstraintKind::Check(_) | ConstraintKind::Exclude { .. } => false,
            }
    }

    fn add_constraint(
        &mut self,
        table: &QualifiedName,
        place: usize,
        new: &TableConstraint,
        replaces: Option<&TableConstraint>,
    ) {
        let again = replaces.is_some();
        let text = format!(
            "constraint {} of {table}: {}",
            new.name,
            if again { "made again" } else { "new" }
        );
        if matches!(new.kind, ConstraintKind::Check(_)) {
            let same = replaces.is_some_and(|old| is_same_constraint(old, new));
            // What counts anew may be wrong until it is repaired.
            let at_once = same && !self.anew.contains(table);
            self.add_check(table, place, new, at_once, &text);
            return;
        }
        if self.is_built_aside(table, new)
            && replaces.is_none_or(|old| self.is_built_aside(table, old))
        {
            self.add_key_aside(table, place, new, again, &text);
            return;
        }
        if let Some(old) = replaces
            && self.is_built_aside(table, old)
        {
            self.drop_constraint(table, place, old, false);
        }
        self.step(
            Phase::Expand,
            Stage::Make,
            place,
            text,
            AlterTable::one(
                table.clone(),
                TableAction::AddConstraint {
                    constraint: new.clone(),
                    not_valid: false,
                },
            ),
        )
        .locks(Lock::access_exclusive(table).long())
        .costs(
            HazardKind::BlocksReads,
            format!("an index of {table} is built while nobody reads or writes it"),
        )
        .costs(
            HazardKind::MayFail,
            format!("it fails if rows of {table} break {}", new.name),
        );
    }

    fn add_check(
        &mut self,
        table: &QualifiedName,
        place: usize,
        new: &TableConstraint,
        at_once: bool,
        text: &str,
    ) {
        let add = |not_valid| {
            AlterTable::one(
                table.clone(),
                TableAction::AddConstraint {
                    constraint: new.clone(),
                    not_valid,
                },
            )
        };
        if !self.online {
            self.step(Phase::Expand, Stage::Make, place, text, add(false))
                .locks(Lock::access_exclusive(table).long());
            return;
        }
        let phase = if at_once {
            Phase::Expand
        } else {
            Phase::Attach
        };
        let step = self.step(phase, Stage::Make, place, text, add(true));
        step.locks(Lock::access_exclusive(table));
        if !at_once {
            step.costs(
                HazardKind::BreaksOldCode,
                format!(
                    "statements of the last release that break {} fail",
                    new.name
                ),
            );
        }
        self.step(
            Phase::Validate,
            Stage::Make,
            place,
            text,
            AlterTable::one(
                table.clone(),
                TableAction::ValidateConstraint(new.name.clone()),
            ),
        )
        .locks(Lock::share_update_exclusive(table).long())
        .costs(
            HazardKind::MayFail,
            format!("it fails if rows of {table} break {}", new.name),
        );
    }

    fn add_key_aside(
        &mut self,
        table: &QualifiedName,
        place: usize,
        new: &TableConstraint,
        again: bool,
        text: &str,
    ) {
        let (columns, include, nulls_not_distinct, deferrable, primary) = match &new.kind {
            ConstraintKind::PrimaryKey(columns) => {
                (columns.clone(), Vec::new(), false, Deferrable::No, true)
            }
            ConstraintKind::Unique {
                columns,
                include,
                nulls_not_distinct,
                deferrable,
            } => (
                columns.clone(),
                include.clone(),
                *nulls_not_distinct,
                *deferrable,
                false,
            ),
            ConstraintKind::Check(_) | ConstraintKind::Exclude { .. } => return,
        };
        let index = if again {
            Ident::derived(&[new.name.as_str(), "new"])
        } else {
            new.name.clone()
        };
        let keys = columns.into_iter().map(|column| IndexKey {
            what: KeyColumn::Column(column),
            collation: None,
            operator_class: None,
            descending: false,
            nulls: None,
        });
        let create = CreateIndex {
            name: index.clone(),
            table: table.clone(),
            unique: true,
            using: None,
            keys: keys.collect(),
            include,
            nulls_not_distinct,
            with: Vec::new(),
            predicate: None,
        };
        self.step(Phase::Concurrent, Stage::Make, place, text, CreateIndexConcurrently(create))
            .locks(Lock::share_update_exclusive(table).long())
            .costs(HazardKind::MayFail, format!("it fails if rows of {table} break {}; the index that it leaves is removed by `migrate run`", new.name));
        if again {
            self.step(
                Phase::Attach,
                Stage::Remove,
                place,
                text,
                AlterTable::one(table.clone(), TableAction::DropConstraint(new.name.clone())),
            )
            .locks(Lock::access_exclusive(table));
        }
        self.step(
            Phase::Attach,
            Stage::Make,
            place,
            text,
            AlterTable::one(
                table.clone(),
                TableAction::AddUsingIndex {
                    name: new.name.clone(),
                    primary,
                    index,
                    deferrable,
                },
            ),
        )
        .locks(Lock::access_exclusive(table));
    }
}

/// Whether two constraints of one name demand the same.
pub(in crate::diff) fn is_same_constraint(one: &TableConstraint, other: &TableConstraint) -> bool {
    one == other
        || crate::diff::rename::is_same_sql(rendered(one).as_str(), rendered(other).as_str())
}
