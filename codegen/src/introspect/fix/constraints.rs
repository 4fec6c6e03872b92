//! Constraints of tables.

use super::{
    Aspect, Fixer, Object, Place, definition, exclusive, ident, may_fail, plain, regclass, table_of,
};
use crate::ident::QualifiedName;
use crate::plan::{Hazard, HazardKind, Lock, Phase};
use crate::sql;
use crate::sql::{Literal, Sql};

impl Fixer<'_> {
    pub(super) fn constraint(&mut self, object: &Object, aspects: &[&Aspect]) {
        if object.is("_parent") || !object.is("_local") {
            // It follows the table that it is inherited from.
            return;
        }
        let has = |what: &str| aspects.iter().any(|aspect| aspect.what == what);
        if has("definition") || has("enabled") || (has("validated") && !object.is("validated")) {
            // Triggers of a foreign key belong to the server: the key is made again.
            self.add_constraint(object, has("enabled"));
        } else if has("validated") {
            self.validate(object);
        }
        if has("options") {
            self.index_options(object);
        }
        if has("index_comment") {
            let statement = sql!(
                "COMMENT ON INDEX {name} IS {text}",
                name = QualifiedName::new(ident(&object.key.schema), ident(&object.key.name)),
                text = match object.text("index_comment") {
                    Some(text) => sql!("{text}", text = Literal::text(text)),
                    None => sql!("NULL"),
                }
            );
            self.step(
                Phase::Expand,
                Place::Rights,
                &object.key,
                "the comment of its index",
                plain(statement),
            );
        }
        let rest: Vec<&Aspect> = aspects
            .iter()
            .copied()
            .filter(|aspect| {
                !matches!(
                    aspect.what.as_str(),
                    "definition" | "enabled" | "validated" | "options" | "index_comment"
                )
            })
            .collect();
        self.leave_aspects(object, &rest);
    }

    /// How the index of a key is stored.
    fn index_options(&mut self, object: &Object) {
        let name = QualifiedName::new(ident(&object.key.schema), ident(&object.key.name));
        let split = |option: &str| match option.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (option.to_owned(), String::new()),
        };
        let wanted: Vec<_> = object.texts("options").into_iter().map(split).collect();
        let found = self.found.get(&object.key).copied();
        let found = found.map_or_else(Vec::new, |found| found.texts("options"));
        let gone: Vec<_> = found
            .into_iter()
            .map(split)
            .filter(|(name, _)| !wanted.iter().any(|(wanted, _)| wanted == name))
            .map(|(name, _)| sql!("{name}", name = ident(&name)))
            .collect();
        let set: Vec<_> = wanted
            .iter()
            .map(|(name, value)| {
                sql!(
                    "{name} = {value}",
                    name = ident(name),
                    value = Literal::text(value)
                )
            })
            .collect();
        let reset = sql!("RESET ({gone})", gone = Sql::join(", ", gone.clone()));
        let set_all = sql!("SET ({set})", set = Sql::join(", ", set.clone()));
        for (action, _) in [(reset, !gone.is_empty()), (set_all, !set.is_empty())]
            .into_iter()
            .filter(|(_, is_there)| *is_there)
        {
            let statement = sql!("ALTER INDEX {name} {action}", name = &name, action = action);
            self.step(
                Phase::Expand,
                Place::Other,
                &object.key,
                "how its index is stored",
                plain(statement),
            );
        }
    }

    /// Adds a constraint, or puts it in the place of another one of its name.
    pub(super) fn add_constraint(&mut self, object: &Object, always: bool) {
        // A NOT NULL belongs to its column.
        if object.is("_parent") || !object.is("_local") || object.text("_type") == Some("n") {
            return;
        }
        let Some(text) = object.text("definition") else {
            return;
        };
        match object.text("_type") {
            Some("c" | "f") => self.add_unproven(object, text, always),
            Some("p" | "u") if self.is_plain_key(object) => self.add_key(object, text),
            _ => self.add_at_once(object, text),
        }
    }

    /// A check or reference: for new rows at once, for those that are there when it is validated.
    fn add_unproven(&mut self, object: &Object, text: &str, always: bool) {
        let table = table_of(&object.key);
        let name = ident(&object.key.name);
        let not_valid = !self.is_partitioned(object) || object.text("_type") == Some("c");
        let statements = vec![
            drop(object),
            sql!(
                "ALTER TABLE {table} ADD CONSTRAINT {name} {text}{not_valid};",
                table = table,
                name = name,
                text = definition(text),
                not_valid = super::keyword(if not_valid { " NOT VALID" } else { "" })
            ),
        ];
        let mut same = same(object, text);
        if always {
            same = sql!(
                "{same} AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint\n        WHERE k.conrelid = {table} AND k.conname = {name} AND t.tgisinternal AND t.tgenabled NOT IN ('O', 'A'))",
                same = same,
                table = regclass(&table),
                name = Literal::text(name.as_str())
            );
        }
        let statement = self.unless(same, statements);
        let reference = object.text("_type") == Some("f");
        let place = if reference {
            Place::Reference
        } else {
            Place::Key
        };
        let lock = if reference && !always {
            Lock::share_row_exclusive(&table)
        } else {
            Lock::access_exclusive(&table)
        };
        let step = self.step(
            Phase::Expand,
            place,
            &object.key,
            "made as the spec has it",
            statement,
        );
        step.locks = vec![if not_valid { lock } else { lock.long() }];
        if !not_valid {
            step.hazards.push(Hazard::new(
                HazardKind::BlocksWrites,
                format!("{table} is read to its end while nobody writes it"),
            ));
        }
        if object.is("validated") && not_valid {
            self.validate(object);
        }
    }

    fn validate(&mut self, object: &Object) {
        let table = table_of(&object.key);
        let name = ident(&object.key.name);
        let statement = sql!(
            "ALTER TABLE {table} VALIDATE CONSTRAINT {name}",
            table = table,
            name = name
        );
        let step = self.step(
            Phase::Validate,
            Place::Key,
            &object.key,
            "proven over the rows that are there",
            plain(statement),
        );
        step.locks = vec![Lock::share_update_exclusive(&table).long()];
        step.hazards.push(may_fail(format!(
            "it fails if a row of {table} is not as {name} says"
        )));
    }

    /// A key whose index can be built beside writers.
    fn is_plain_key(&self, object: &Object) -> bool {
        !self.found.contains_key(&object.key)
            && !self.is_partitioned(object)
            && object
                .text("definition")
                .is_some_and(|text| !text.contains("WITHOUT OVERLAPS") && !text.contains(" WITH "))
            && !object.texts("_columns").is_empty()
    }

    fn is_partitioned(&self, object: &Object) -> bool {
        self.expected.iter().any(|(key, table)| {
            key.kind == "table"
                && key.schema == object.key.schema
                && key.name == object.key.on
                && (table.text("partition_by").is_some()
                    || table.text("partition_values").is_some())
        })
    }

    /// The index is built beside writers, and becomes the constraint's then.
    fn add_key(&mut self, object: &Object, text: &str) {
        let table = table_of(&object.key);
        let name = ident(&object.key.name);
        let list = |fact: &str| Sql::join(", ", object.texts(fact).into_iter().map(ident));
        let include = list("_include");
        let index = sql!(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({columns}){include}{nulls}",
            name = name,
            table = table,
            columns = list("_columns"),
            include = if include.is_empty() {
                Sql::new()
            } else {
                sql!(" INCLUDE ({include})", include = include)
            },
            nulls = super::keyword(if text.contains("NULLS NOT DISTINCT") {
                " NULLS NOT DISTINCT"
            } else {
                ""
            })
        );
        let step = self.step(
            Phase::Concurrent,
            Place::Key,
            &object.key,
            "its index",
            plain(index),
        );
        step.locks = vec![Lock::share_update_exclusive(&table).long()];
        step.hazards.push(may_fail(format!(
            "it fails if two rows of {table} are the same in it"
        )));
        let kind = super::keyword(if object.text("_type") == Some("p") {
            "PRIMARY KEY"
        } else {
            "UNIQUE"
        });
        let timing = super::keyword(match (object.is("_deferrable"), object.is("_deferred")) {
            (true, true) => " DEFERRABLE INITIALLY DEFERRED",
            (true, false) => " DEFERRABLE",
            _ => "",
        });
        let add = sql!(
            "ALTER TABLE {table} ADD CONSTRAINT {name} {kind} USING INDEX {name}{timing};",
            table = table,
            name = name,
            kind = kind,
            timing = timing
        );
        let statement = self.unless(same(object, text), vec![add]);
        let step = self.step(
            Phase::Attach,
            Place::Key,
            &object.key,
            "made as the spec has it",
            statement,
        );
        exclusive(step, &table);
    }

    fn add_at_once(&mut self, object: &Object, text: &str) {
        let table = table_of(&object.key);
        let name = ident(&object.key.name);
        let statements = vec![
            drop(object),
            sql!(
                "ALTER TABLE {table} ADD CONSTRAINT {name} {text};",
                table = table,
                name = name,
                text = definition(text)
            ),
        ];
        let statement = self.unless(same(object, text), statements);
        let step = self.step(
            Phase::Expand,
            Place::Key,
            &object.key,
            "made as the spec has it",
            statement,
        );
        step.locks = vec![Lock::access_exclusive(&table).long()];
        step.hazards.push(Hazard::new(
            HazardKind::BlocksReads,
            format!("its index is built while nobody reads or writes {table}"),
        ));
        step.hazards.push(may_fail(format!(
            "it fails if rows of {table} are not as {name} says"
        )));
    }

    pub(super) fn drop_constraint(&mut self, object: &Object) {
        let table = table_of(&object.key);
        let text = drop(object);
        let step = self.step(
            Phase::Expand,
            Place::Removal,
            &object.key,
            "it goes",
            plain(text),
        );
        exclusive(step, &table);
    }
}

fn drop(object: &Object) -> Sql {
    sql!(
        "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name};",
        table = table_of(&object.key),
        name = ident(&object.key.name)
    )
}

/// Whether it is there as it should be, proven or not.
fn same(object: &Object, text: &str) -> Sql {
    sql!(
        "EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = {table} AND k.conname = {name}\n        AND pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '') = {text})",
        table = regclass(&table_of(&object.key)),
        name = Literal::text(object.key.name.as_str()),
        text = Literal::text(text)
    )
}
