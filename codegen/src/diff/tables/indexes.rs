//! Indexes and statistics.

use crate::ddl;
use crate::diff::units::Key;
use crate::diff::{Diff, Stage, is_same};
use crate::fragment::{is_found_anywhere, is_own_operator_class, is_search_path_independent};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{
    CreateIndex, CreateIndexConcurrently, Drop, KeyColumn, Rename, Renamed, Statement,
};
use crate::plan::{HazardKind, Lock, Phase};
use crate::schema::{BaseType, QualifiedNameOrIdent, Type};
use crate::sql::SqlExpr;

impl Diff<'_> {
    pub(super) fn indexes(&mut self) {
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
    pub(in crate::diff) fn is_concurrent(&self, index: &CreateIndex) -> bool {
        self.online
            && self.is_found_by_everybody(index)
            && self.is_kept(&index.table)
            && !self.is_partitioned(&index.table)
    }

    /// Whether all that an index names is found without the search path of the spec.
    fn is_found_by_everybody(&self, index: &CreateIndex) -> bool {
        let public = Ident::derived(&["public"]);
        if self.next.schemas.iter().all(|schema| *schema == public) {
            return true;
        }
        // Operators of the author's could be meant by any expression.
        let raw = self.next.raw.iter().map(|raw| raw.create.as_str());
        let makes_operators = raw.into_iter().any(|create| {
            let outside = ddl::Mentions::of(create).outside;
            outside.contains("operator") || outside.contains("collation")
        });
        let Some(model) = self
            .next
            .models
            .iter()
            .find(|model| model.table == index.table)
        else {
            return false;
        };
        let is_plain = |name: &str| {
            let field = model
                .fields
                .iter()
                .find(|field| field.name.as_str() == name)?;
            Some(self.is_of_postgresql(&field.ty))
        };
        let is_found = |sql: &SqlExpr| {
            is_search_path_independent(sql) || !makes_operators && is_found_anywhere(sql, &is_plain)
        };
        let is_qualified = |name: &QualifiedNameOrIdent| name.schema.is_some();
        index.keys.iter().all(|key| {
            let class = key.operator_class.as_ref().is_none_or(|class| {
                is_qualified(&class.name) || is_own_operator_class(class.name.name.as_str())
            });
            let collation = key
                .collation
                .as_ref()
                .is_none_or(|name| is_qualified(name) || !makes_operators);
            class
                && collation
                && match &key.what {
                    KeyColumn::Column(_) => true,
                    KeyColumn::Expression(sql) => is_found(sql),
                }
        }) && index.predicate.as_ref().is_none_or(is_found)
    }

    /// Whether PostgreSQL brings a type's operators: those of an enum or a domain are its own too.
    fn is_of_postgresql(&self, ty: &Type) -> bool {
        match &ty.base {
            BaseType::Builtin(_) | BaseType::Enum(_) => true,
            BaseType::Domain(id) => self.is_of_postgresql(&self.next.domains[id.0].base),
            BaseType::Composite(_) | BaseType::Other(_) => false,
        }
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

    pub(super) fn statistics(&mut self) {
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
}
