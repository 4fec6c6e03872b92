//! Tables, and the keys, checks, references, indexes and statistics on them.

use super::columns::{Columns, model_of};
use super::units::Key;
use super::{Diff, Stage, is_same, rendered};
use crate::ddl;
use crate::fragment::is_search_path_independent;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    AlterTable, ConstraintKind, CreateIndex, CreateIndexConcurrently, Drop, Key as IndexKey,
    KeyColumn, Rename, Renamed, Statement, TableAction, TableConstraint,
};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::Deferrable;

impl Diff<'_> {
    /// New and old tables, and what a table is besides its columns.
    pub(super) fn make_tables(&mut self, columns: &Columns) {
        let mut steps = Vec::new();
        for (name, table, place) in self.new.tables() {
            if self.is_new(name) {
                steps.push((
                    place,
                    super::described(&Key::Table(name.clone())),
                    Statement::from(table.clone()),
                ));
            }
        }
        for (place, what, statement) in steps {
            self.step(
                Phase::Expand,
                Stage::Make,
                place,
                format!("{what}: new"),
                statement,
            );
        }
        let gone: Vec<(QualifiedName, usize)> = self
            .old
            .tables()
            .filter(|(name, ..)| self.new.table(name).is_none())
            .map(|(name, _, place)| (name.clone(), place))
            .collect();
        for (name, place) in gone {
            let early = self.takes_a_name(&name);
            let phase = if early {
                Phase::Expand
            } else {
                Phase::Contract
            };
            let stage = if early { Stage::Remove } else { Stage::Leave };
            self.step(
                phase,
                stage,
                place,
                format!("table {name}: removed"),
                Drop::Table(name.clone()),
            )
            .locks(Lock::access_exclusive(&name))
            .costs(
                HazardKind::DeletesData,
                format!("every row of {name} is gone"),
            )
            .costs(
                HazardKind::BreaksOldCode,
                format!("statements that name {name} fail"),
            );
        }
        self.partitions();
        self.storage();
        self.make_columns(columns);
    }

    /// Whether something that comes has a name that goes with a table.
    pub(super) fn takes_a_name(&self, table: &QualifiedName) -> bool {
        let mut names: Vec<QualifiedName> = Vec::new();
        if let Some((old, _)) = self.old.table(table) {
            for constraint in &old.constraints {
                names.push(QualifiedName::new(
                    table.schema.clone(),
                    constraint.name.clone(),
                ));
            }
        }
        for (key, unit) in &self.old.by_key {
            if let (Key::Index(name), Statement::CreateIndex(index)) = (key, &unit.statement)
                && index.table == *table
            {
                names.push(name.clone());
            }
        }
        names.iter().any(|name| {
            self.new.by_key.contains_key(&Key::Index(name.clone()))
                || self.new.tables().any(|(owner, table, _)| {
                    owner.schema == name.schema
                        && table
                            .constraints
                            .iter()
                            .any(|constraint| constraint.name == name.name)
                })
        })
    }

    fn partitions(&mut self) {
        let mut problems = Vec::new();
        let mut steps = Vec::new();
        for (key, unit) in &self.new.by_key {
            let Key::Partition(name) = key else { continue };
            match self.old.by_key.get(key) {
                None => steps.push((true, unit.place, name.clone(), unit.statement.clone())),
                Some(old) if !is_same(&old.statement, &unit.statement) => {
                    problems.push(name.clone())
                }
                Some(_) => {}
            }
        }
        for (key, unit) in &self.old.by_key {
            if let (Key::Partition(name), Statement::CreatePartition(partition)) =
                (key, &unit.statement)
                && !self.new.by_key.contains_key(key)
                && self.is_kept(&partition.of)
            {
                steps.push((
                    false,
                    unit.place,
                    name.clone(),
                    Drop::Table(name.clone()).into(),
                ));
            }
        }
        for (comes, place, name, statement) in steps {
            let what = format!("partition {name}");
            if comes {
                self.step(
                    Phase::Expand,
                    Stage::Make,
                    place,
                    format!("{what}: new"),
                    statement,
                );
            } else {
                self.step(
                    Phase::Contract,
                    Stage::Leave,
                    place,
                    format!("{what}: removed"),
                    statement,
                )
                .locks(Lock::access_exclusive(&name))
                .costs(
                    HazardKind::DeletesData,
                    format!("every row of {name} is gone"),
                );
            }
        }
        for name in problems {
            self.problem(
                format!("the partition `{name}` changes what it holds or how"),
                "PostgreSQL cannot change a partition in its place: drop it and add another, in two migrations",
            );
        }
    }

    /// How rows are stored, and what cannot be changed about a table.
    fn storage(&mut self) {
        let mut found = Vec::new();
        let mut problems = Vec::new();
        for (name, next, place) in self.new.tables() {
            let Some((prev, _)) = self.old.table(name) else {
                continue;
            };
            let model =
                model_of(self.next, name).map_or_else(String::new, |model| model.name.clone());
            if prev.partition_by != next.partition_by {
                problems.push((model.clone(), "how its table is partitioned"));
            }
            if prev.inherits != next.inherits {
                problems.push((model.clone(), "what its table inherits"));
            }
            if prev.unlogged != next.unlogged {
                found.push((
                    name.clone(),
                    place,
                    model.clone(),
                    TableAction::SetLogged(!next.unlogged),
                    true,
                ));
            }
            let reset: Vec<_> = prev
                .with
                .iter()
                .filter(|old| !next.with.iter().any(|new| new.name == old.name))
                .map(|old| old.name.clone())
                .collect();
            if !reset.is_empty() {
                found.push((
                    name.clone(),
                    place,
                    model.clone(),
                    TableAction::ResetStorage(reset),
                    false,
                ));
            }
            let set: Vec<_> = next
                .with
                .iter()
                .filter(|new| !prev.with.contains(new))
                .cloned()
                .collect();
            if !set.is_empty() {
                found.push((
                    name.clone(),
                    place,
                    model,
                    TableAction::SetStorage(set),
                    false,
                ));
            }
        }
        for (table, place, model, action, rewrites) in found {
            let step = self.step(
                Phase::Expand,
                Stage::Make,
                place,
                format!("{model}: storage"),
                AlterTable::one(table.clone(), action),
            );
            if rewrites {
                step.locks(Lock::access_exclusive(&table).long()).costs(
                    HazardKind::Rewrite,
                    format!("every row of {table} is written anew"),
                );
            } else {
                step.locks(Lock::share_update_exclusive(&table));
            }
        }
        for (model, what) in problems {
            self.problem(
                format!(
                    "`models.{model}` changes {what}, and PostgreSQL cannot change that of a table"
                ),
                "make a new model beside it, move the rows, and drop this one in a later migration",
            );
        }
    }

    /// Whether a constraint of the old schema is taken away, for a while or for good.
    pub(super) fn is_constraint_removed(
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

    pub(super) fn make_constraints(&mut self) {
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
            self.add_check(table, place, new, &text);
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
        self.step(Phase::Attach, Stage::Make, place, text, add(true))
            .locks(Lock::access_exclusive(table))
            .costs(
                HazardKind::BreaksOldCode,
                format!(
                    "statements of the last release that break {} fail",
                    new.name
                ),
            );
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

    fn foreign_keys(&mut self) {
        let mut drops = Vec::new();
        let mut adds = Vec::new();
        for (key, unit) in &self.old.by_key {
            let (Key::Reference(table, name), Statement::AddForeignKey(old)) =
                (key, &unit.statement)
            else {
                continue;
            };
            let next = self.new.by_key.get(key);
            let kept = next.is_some_and(|next| is_same(&unit.statement, &next.statement))
                && !self.touched.remade.contains(key);
            let dropped_table = self.new.table(table).is_none();
            // A table that goes while the one it refers to stays takes its constraint along.
            if kept || (dropped_table && self.new.table(&old.target).is_some()) {
                continue;
            }
            drops.push((table.clone(), name.clone(), unit.place, next.is_some()));
        }
        for (key, unit) in &self.new.by_key {
            let (Key::Reference(..), Statement::AddForeignKey(new)) = (key, &unit.statement) else {
                continue;
            };
            let old = self.old.by_key.get(key);
            let kept = old.is_some_and(|old| is_same(&old.statement, &unit.statement))
                && !self.touched.remade.contains(key);
            if !kept {
                adds.push((new.clone(), unit.place, old.is_some()));
            }
        }
        for (table, name, place, again) in drops {
            let step = self.step(
                Phase::Expand,
                Stage::Remove,
                place,
                format!(
                    "foreign key {name} of {table}: {}",
                    if again { "made again" } else { "removed" }
                ),
                AlterTable::one(table.clone(), TableAction::DropConstraint(name.clone())),
            );
            step.locks(Lock::access_exclusive(&table));
            if again {
                step.costs(
                    HazardKind::Weakens,
                    format!("{name} binds nobody until it is there again"),
                );
            }
        }
        for (mut new, place, again) in adds {
            let table = new.table.clone();
            let text = format!(
                "foreign key {} of {table}: {}",
                new.name,
                if again { "made again" } else { "new" }
            );
            let wanted_not_valid = new.not_valid;
            let apart = self.online
                && self.is_kept(&table)
                && !self.is_partitioned(&table)
                && !self.is_partitioned(&new.target);
            let has_rows = self.is_kept(&table);
            if apart {
                new.not_valid = true;
            }
            let (name, target) = (new.name.clone(), new.target.clone());
            let phase = if apart || (self.online && self.is_kept(&new.target)) {
                Phase::Attach
            } else {
                Phase::Expand
            };
            let step = self.step(phase, Stage::Make, place, &text, new);
            if apart {
                step.locks(Lock::share_row_exclusive(&table)).costs(
                    HazardKind::BreaksOldCode,
                    format!("statements of the last release that break {name} fail"),
                );
            } else if has_rows && !wanted_not_valid {
                step.locks(Lock::share_row_exclusive(&table).long()).costs(
                    HazardKind::BlocksWrites,
                    format!("{table} is read to its end while nobody writes it or {target}"),
                );
            } else if self.is_kept(&target)
                && let Some((_, step)) = self.steps.last_mut()
            {
                step.locks(Lock::share_row_exclusive(&target));
            }
            if apart && !wanted_not_valid {
                self.step(
                    Phase::Validate,
                    Stage::Make,
                    place,
                    &text,
                    AlterTable::one(table.clone(), TableAction::ValidateConstraint(name.clone())),
                )
                .locks(Lock::share_update_exclusive(&table).long())
                .costs(
                    HazardKind::MayFail,
                    format!("it fails if {table} names rows that are not there"),
                );
            }
        }
    }

    fn indexes(&mut self) {
        let mut drops = Vec::new();
        let mut adds = Vec::new();
        for (key, unit) in &self.old.by_key {
            let (Key::Index(name), Statement::CreateIndex(old)) = (key, &unit.statement) else {
                continue;
            };
            if self.new.table(&old.table).is_none() {
                continue;
            }
            let next = self.new.by_key.get(key);
            let same = next.is_some_and(|next| is_same(&unit.statement, &next.statement));
            let remade = self.touched.remade.contains(key);
            if !same || remade {
                drops.push((
                    name.clone(),
                    old.clone(),
                    unit.place,
                    next.is_some() && !remade,
                ));
            }
        }
        for (key, unit) in &self.new.by_key {
            let (Key::Index(_), Statement::CreateIndex(new)) = (key, &unit.statement) else {
                continue;
            };
            let old = self.old.by_key.get(key);
            let same = old.is_some_and(|old| is_same(&old.statement, &unit.statement));
            let remade = self.touched.remade.contains(key);
            if !same || remade {
                let swaps = !remade
                    && matches!(old.map(|old| &old.statement), Some(Statement::CreateIndex(old)) if old.table == new.table);
                adds.push((new.clone(), unit.place, old.is_some(), swaps));
            }
        }
        for (name, old, place, replaced) in drops {
            let swaps = replaced
                && adds.iter().any(|(new, _, _, swaps)| {
                    *swaps
                        && new.name == name.name
                        && new.table == old.table
                        && self.is_concurrent(new)
                });
            if !swaps {
                self.step(
                    Phase::Expand,
                    Stage::Remove,
                    place,
                    format!("index {name}: removed"),
                    Drop::Index(name),
                )
                .locks(Lock::access_exclusive(&old.table));
            }
        }
        for (new, place, known, swaps) in adds {
            self.add_index(new, place, known, swaps);
        }
    }

    /// Whether an index can be built beside writers: not on a partitioned table, and not where what it names is found by
    /// a search path that such a file cannot set.
    fn is_concurrent(&self, index: &CreateIndex) -> bool {
        let public = Ident::derived(&["public"]);
        let found = self.next.schemas.iter().all(|schema| *schema == public)
            || index.keys.iter().all(|key| {
                key.operator_class.is_none()
                    && key.collation.is_none()
                    && match &key.what {
                        KeyColumn::Column(_) => true,
                        KeyColumn::Expression(sql) => is_search_path_independent(sql),
                    }
            }) && index
                .predicate
                .as_ref()
                .is_none_or(is_search_path_independent);
        self.online && found && self.is_kept(&index.table) && !self.is_partitioned(&index.table)
    }

    fn add_index(&mut self, new: CreateIndex, place: usize, known: bool, swaps: bool) {
        let table = new.table.clone();
        let name = new.name.clone();
        let text = format!(
            "index {name} of {table}: {}",
            if known { "made again" } else { "new" }
        );
        let fails = new
            .unique
            .then(|| format!("it fails if two rows of {table} are the same for {name}"));
        let remade = known && !swaps;
        if !self.is_concurrent(&new) || remade {
            let kept = self.is_kept(&table);
            let step = self.step(Phase::Expand, Stage::Make, place, text, new);
            if kept {
                step.locks(Lock::share(&table).long()).costs(
                    HazardKind::BlocksWrites,
                    format!("an index of {table} is built while nobody writes it"),
                );
                if let Some(fails) = fails {
                    step.costs(HazardKind::MayFail, fails);
                }
            }
            return;
        }
        let mut create = new;
        let aside = Ident::derived(&[name.as_str(), "new"]);
        if swaps {
            create.name = aside.clone();
        }
        let step = self.step(
            Phase::Concurrent,
            Stage::Make,
            place,
            &text,
            CreateIndexConcurrently(create),
        );
        step.locks(Lock::share_update_exclusive(&table).long());
        if let Some(fails) = fails {
            step.costs(HazardKind::MayFail, fails);
        }
        if swaps {
            let qualified = |name: Ident| QualifiedName::new(table.schema.clone(), name);
            self.step(
                Phase::Attach,
                Stage::Remove,
                place,
                &text,
                Drop::Index(qualified(name.clone())),
            )
            .locks(Lock::access_exclusive(&table));
            self.step(
                Phase::Attach,
                Stage::Make,
                place,
                &text,
                Rename {
                    object: Renamed::Index(qualified(aside)),
                    to: name,
                },
            );
        }
    }

    fn statistics(&mut self) {
        let mut steps = Vec::new();
        for (key, unit) in &self.old.by_key {
            let (Key::Statistics(name), Statement::CreateStatistics(old)) = (key, &unit.statement)
            else {
                continue;
            };
            let same = self
                .new
                .by_key
                .get(key)
                .is_some_and(|next| is_same(&unit.statement, &next.statement));
            if self.new.table(&old.table).is_some() && (!same || self.touched.remade.contains(key))
            {
                steps.push((
                    Stage::Remove,
                    unit.place,
                    name.clone(),
                    Drop::Statistics(name.clone()).into(),
                ));
            }
        }
        for (key, unit) in &self.new.by_key {
            let Key::Statistics(name) = key else { continue };
            let same = self
                .old
                .by_key
                .get(key)
                .is_some_and(|old| is_same(&old.statement, &unit.statement));
            if !same || self.touched.remade.contains(key) {
                steps.push((
                    Stage::Make,
                    unit.place,
                    name.clone(),
                    unit.statement.clone(),
                ));
            }
        }
        for (stage, place, name, statement) in steps {
            let what = if stage == Stage::Make {
                "new"
            } else {
                "removed"
            };
            self.step(
                Phase::Expand,
                stage,
                place,
                format!("statistics {name}: {what}"),
                statement,
            );
        }
    }

    /// New names: of tables and columns, then of everything that is named after them and is otherwise the same.
    pub(super) fn renames(&mut self) {
        self.rename_types();
        let mut steps: Vec<(String, Statement, bool)> = Vec::new();
        let mut problems = Vec::new();
        for (&new_id, &old_id) in &self.matching.models {
            let (new, old) = (self.next.model(new_id), self.prev.model(old_id));
            let what = format!("models.{}: renamed", new.name);
            if old.table != new.table
                && self
                    .prev
                    .models
                    .iter()
                    .any(|other| other.table == new.table)
            {
                problems.push(format!("the table `{}` of models.{} is the name of another table of the last migration", new.table, new.name));
            }
            let mut at = old.table.clone();
            if at.schema != new.table.schema {
                steps.push((
                    what.clone(),
                    crate::pg::SetSchema {
                        kind: "TABLE",
                        name: at.clone(),
                        schema: new.table.schema.clone(),
                    }
                    .into(),
                    true,
                ));
                at.schema = new.table.schema.clone();
            }
            if at.name != new.table.name {
                steps.push((
                    what.clone(),
                    Rename {
                        object: Renamed::Table(at),
                        to: new.table.name.clone(),
                    }
                    .into(),
                    true,
                ));
            }
            let mut not_null = Vec::new();
            for (&(_, field), &old_field) in self.matching.fields_of(new_id) {
                let (to, from) = (&new.field(field).name, &old.field(old_field).name);
                let renamed = from != to;
                if renamed {
                    steps.push((
                        format!("{}.{to}: renamed from {from}", new.name),
                        Rename {
                            object: Renamed::Column(new.table.clone(), from.clone()),
                            to: to.clone(),
                        }
                        .into(),
                        true,
                    ));
                }
                if renamed || old.table.name != new.table.name {
                    if old.field(old_field).sequence.is_some()
                        && new.field(field).sequence.is_some()
                    {
                        let name = ddl::sequence_name(new.table.name.as_str(), to.as_str());
                        if let (Ok(name), false) = (
                            Ident::new(name),
                            ddl::is_inherited(
                                &self.named,
                                self.named.model(old_id),
                                self.named.model(old_id).field(old_field),
                            ),
                        ) {
                            steps.push((
                                what.clone(),
                                crate::pg::RenameSequence {
                                    table: new.table.clone(),
                                    column: to.clone(),
                                    to: name,
                                }
                                .into(),
                                false,
                            ));
                        }
                    }
                    if let (false, Some(name)) = (
                        old.field(old_field).nullable,
                        super::matching::not_null_name(&new.table.name, to),
                    ) {
                        not_null.push((to.clone(), name));
                    }
                }
            }
            if !not_null.is_empty() {
                steps.push((
                    what.clone(),
                    crate::pg::RenameNotNull {
                        table: new.table.clone(),
                        columns: not_null,
                    }
                    .into(),
                    false,
                ));
            }
        }
        for text in problems {
            self.problem(text, "drop that one in a migration of its own first");
        }
        for (what, statement, breaks) in steps {
            let step = self.step(Phase::Expand, Stage::Rename, 1, what, statement);
            if breaks {
                step.costs(
                    HazardKind::BreaksOldCode,
                    "statements of the last release that say the old name fail",
                );
            }
        }
        self.rename_constraints();
        self.rename_indexes();
    }

    /// Constraints that differ in their names alone.
    fn rename_constraints(&mut self) {
        let mut found = Vec::new();
        for (table, next, _) in self.new.tables() {
            let Some((prev, _)) = self.old.table(table) else {
                continue;
            };
            let has =
                |list: &[TableConstraint], name: &Ident| list.iter().any(|one| one.name == *name);
            let mut taken: Vec<Ident> = Vec::new();
            for new in next
                .constraints
                .iter()
                .filter(|new| !has(&prev.constraints, &new.name))
            {
                let old = prev.constraints.iter().find(|old| {
                    !has(&next.constraints, &old.name)
                        && !taken.contains(&old.name)
                        && is_same_constraint(
                            &TableConstraint {
                                name: new.name.clone(),
                                kind: old.kind.clone(),
                            },
                            new,
                        )
                });
                if let Some(old) = old {
                    taken.push(old.name.clone());
                    found.push((table.clone(), old.name.clone(), new.name.clone()));
                }
            }
        }
        let mut keys: Vec<(QualifiedName, Ident, Ident)> = Vec::new();
        for (key, unit) in &self.new.by_key {
            let (Key::Reference(table, name), Statement::AddForeignKey(new)) =
                (key, &unit.statement)
            else {
                continue;
            };
            if self.old.by_key.contains_key(key) || !self.is_kept(table) {
                continue;
            }
            let old =
                self.old
                    .by_key
                    .iter()
                    .find_map(|(other, unit)| match (other, &unit.statement) {
                        (Key::Reference(of, old_name), Statement::AddForeignKey(old))
                            if of == table
                                && !self.new.by_key.contains_key(other)
                                && !keys.iter().any(|(t, from, _)| t == of && from == old_name)
                                && is_same(
                                    &crate::pg::AddForeignKey {
                                        name: name.clone(),
                                        ..old.clone()
                                    }
                                    .into(),
                                    &new.clone().into(),
                                ) =>
                        {
                            Some(old_name.clone())
                        }
                        _ => None,
                    });
            if let Some(old) = old {
                keys.push((table.clone(), old, name.clone()));
            }
        }
        for (table, from, to) in found {
            if let Some(unit) = self.old.by_key.get_mut(&Key::Table(table.clone()))
                && let Statement::CreateTable(create) = &mut unit.statement
            {
                for constraint in create.constraints.iter_mut().filter(|one| one.name == from) {
                    constraint.name = to.clone();
                }
            }
            self.rename_step(Renamed::Constraint(table, from), to);
        }
        for (table, from, to) in keys {
            if let Some(mut unit) = self
                .old
                .by_key
                .remove(&Key::Reference(table.clone(), from.clone()))
            {
                if let Statement::AddForeignKey(add) = &mut unit.statement {
                    add.name = to.clone();
                }
                self.old
                    .by_key
                    .insert(Key::Reference(table.clone(), to.clone()), unit);
            }
            self.rename_step(Renamed::Constraint(table, from), to);
        }
    }

    /// Indexes and statistics that differ in their names alone.
    fn rename_indexes(&mut self) {
        let mut found: Vec<(Key, Key, Renamed, Ident)> = Vec::new();
        for (key, unit) in &self.new.by_key {
            if self.old.by_key.contains_key(key) {
                continue;
            }
            for (other, old) in &self.old.by_key {
                if self.new.by_key.contains_key(other)
                    || found.iter().any(|(taken, ..)| taken == other)
                {
                    continue;
                }
                let hit = match (other, &old.statement, &unit.statement) {
                    (
                        Key::Index(name),
                        Statement::CreateIndex(old),
                        Statement::CreateIndex(new),
                    ) if old.table == new.table
                        && is_same(
                            &CreateIndex {
                                name: new.name.clone(),
                                ..old.clone()
                            }
                            .into(),
                            &new.clone().into(),
                        ) =>
                    {
                        Some((Renamed::Index(name.clone()), new.name.clone()))
                    }
                    (
                        Key::Statistics(name),
                        Statement::CreateStatistics(old),
                        Statement::CreateStatistics(new),
                    ) if old.table == new.table
                        && is_same(
                            &crate::pg::CreateStatistics {
                                name: new.name.clone(),
                                ..old.clone()
                            }
                            .into(),
                            &new.clone().into(),
                        ) =>
                    {
                        Some((Renamed::Statistics(name.clone()), new.name.name.clone()))
                    }
                    _ => None,
                };
                if let Some((object, to)) = hit {
                    found.push((other.clone(), key.clone(), object, to));
                    break;
                }
            }
        }
        for (from, to_key, object, to) in found {
            if let (Some(mut unit), Some(next)) =
                (self.old.by_key.remove(&from), self.new.by_key.get(&to_key))
            {
                unit.statement = next.statement.clone();
                self.old.by_key.insert(to_key, unit);
            }
            self.rename_step(object, to);
        }
    }

    fn rename_step(&mut self, object: Renamed, to: Ident) {
        let rename = Rename { object, to };
        let text = "renamed with what it belongs to".to_owned();
        self.step(Phase::Expand, Stage::Rename, 2, text, rename);
    }
}

/// Whether two constraints of one name demand the same.
fn is_same_constraint(one: &TableConstraint, other: &TableConstraint) -> bool {
    one == other || super::rename::is_same_sql(rendered(one).as_str(), rendered(other).as_str())
}
