//! Indexes that no constraint made.

use super::{
    Aspect, Fixer, Key, Object, Place, definition, ident, may_fail, plain, qualified, regclass,
    table_of,
};
use crate::ident::Ident;
use crate::plan::{Hazard, HazardKind, Lock, Phase};
use crate::sql;
use crate::sql::{Literal, Sql};

impl Fixer<'_> {
    pub(super) fn index(&mut self, object: &Object, aspects: &[&Aspect]) {
        if object.is("_parent") {
            return;
        }
        let has = |what: &str| aspects.iter().any(|aspect| aspect.what == what);
        if has("definition") || has("valid") {
            self.replace_index(object);
        }
        let rest: Vec<&Aspect> = aspects
            .iter()
            .copied()
            .filter(|aspect| !matches!(aspect.what.as_str(), "definition" | "valid"))
            .collect();
        for aspect in rest {
            let (table, name) = (table_of(&object.key), ident(&object.key.name));
            let statement = match aspect.what.as_str() {
                "clustered" if object.is("clustered") => {
                    sql!(
                        "ALTER TABLE {table} CLUSTER ON {name}",
                        table = table,
                        name = name
                    )
                }
                "clustered" => sql!("ALTER TABLE {table} SET WITHOUT CLUSTER", table = table),
                _ => {
                    self.leave_aspects(object, &[aspect]);
                    continue;
                }
            };
            let step = self.step(
                Phase::Contract,
                Place::Other,
                &object.key,
                "rows are laid by it",
                plain(statement),
            );
            step.locks = vec![Lock::share_update_exclusive(&table)];
        }
    }

    /// The one that is there makes way under another name, and goes when the new one is built: nobody waits, and queries
    /// have one or the other.
    fn replace_index(&mut self, object: &Object) {
        let Some(text) = object.text("definition") else {
            return;
        };
        let key = &object.key;
        let old = Ident::derived(&[key.name.as_str(), "drifted"]);
        let name = qualified(&key.schema, &key.name);
        let same = sql!(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indexrelid = {name}\n        AND (NOT i.indisvalid OR NOT i.indisready OR pg_catalog.pg_get_indexdef(i.indexrelid) <> {text}))",
            name = regclass(&name),
            text = Literal::text(text)
        );
        let rename = sql!(
            "ALTER INDEX {name} RENAME TO {old};",
            name = name,
            old = old
        );
        let statement = self.unless(same, vec![rename]);
        let table = table_of(key);
        let step = self.step(
            Phase::Expand,
            Place::Removal,
            key,
            "it makes way for the one of the spec",
            statement,
        );
        step.locks = vec![Lock::share_update_exclusive(&table)];
        self.add_index(object);
        let gone = sql!(
            "DROP INDEX CONCURRENTLY IF EXISTS {schema}.{old}",
            schema = ident(&key.schema),
            old = old
        );
        let key = key.clone();
        self.step(
            Phase::Concurrent,
            Place::Other,
            &key,
            "what was in its place goes",
            plain(gone),
        );
    }

    pub(super) fn add_index(&mut self, object: &Object) {
        if object.is("_parent") {
            return;
        }
        let Some(text) = object.text("definition") else {
            return;
        };
        let table = table_of(&object.key);
        let is_whole = self.is_partitioned_table(&object.key);
        // PostgreSQL writes `CREATE [UNIQUE] INDEX name ON …`.
        let (unique, rest) = match text.strip_prefix("CREATE UNIQUE INDEX ") {
            Some(rest) => (" UNIQUE", rest),
            None => ("", text.strip_prefix("CREATE INDEX ").unwrap_or(text)),
        };
        let statement = sql!(
            "CREATE{unique} INDEX{how} IF NOT EXISTS {rest}",
            unique = super::keyword(unique),
            how = super::keyword(if is_whole { "" } else { " CONCURRENTLY" }),
            rest = definition(rest)
        );
        let unique = !unique.is_empty();
        let step = if is_whole {
            let step = self.step(
                Phase::Expand,
                Place::Key,
                &object.key,
                "it is missing",
                plain(statement),
            );
            step.hazards.push(Hazard::new(
                HazardKind::BlocksWrites,
                format!("nobody writes {table} while it is built: it has partitions"),
            ));
            step.locks = vec![Lock::share(&table).long()];
            step
        } else {
            let step = self.step(
                Phase::Concurrent,
                Place::Key,
                &object.key,
                "it is missing",
                plain(statement),
            );
            step.locks = vec![Lock::share_update_exclusive(&table).long()];
            step
        };
        if unique {
            step.hazards.push(may_fail(format!(
                "it fails if two rows of {table} are the same in it"
            )));
        }
    }

    fn is_partitioned_table(&self, key: &Key) -> bool {
        self.expected.iter().any(|(other, table)| {
            other.kind == "table"
                && other.schema == key.schema
                && other.name == key.on
                && table.text("partition_by").is_some()
        })
    }

    pub(super) fn drop_index(&mut self, key: &Key) {
        let name: Sql = sql!("{name}", name = qualified(&key.schema, &key.name));
        let statement = sql!("DROP INDEX CONCURRENTLY IF EXISTS {name}", name = name);
        self.step(
            Phase::Concurrent,
            Place::Removal,
            key,
            "it goes",
            plain(statement),
        );
    }
}
