//! What is defined by its text: functions, triggers, views, policies, rules, statistics, sequences.

use super::{
    Aspect, Fixer, Key, Object, Place, definition, exclusive, ident, keyword, own_name, plain,
    regclass, table_of,
};
use crate::pg::RoleSpec;
use crate::plan::{Lock, Phase};
use crate::sql;
use crate::sql::{Literal, Sql};

impl Fixer<'_> {
    /// A function is replaced in its place; where its head differs, it and the triggers that call it are made again.
    pub(super) fn function(&mut self, object: &Object) {
        let Some(text) = object.text("definition") else {
            return;
        };
        let head = |text: &str| {
            let end = text.find("\n LANGUAGE ").unwrap_or(text.len());
            text[..end].to_owned()
        };
        let found = self.found.get(&object.key).copied();
        let same_head = found
            .and_then(|found| found.text("definition"))
            .is_none_or(|old| head(old) == head(text));
        self.weaken_callers(object);
        if same_head && object.key.kind != "aggregate" {
            let statement = sql!("{text}", text = definition(text));
            self.step(
                Phase::Expand,
                Place::Function,
                &object.key,
                "made as the spec has it",
                plain(statement),
            );
            return;
        }
        let Some(routine) = super::rights::routine(object) else {
            return;
        };
        let callers: Vec<Object> = self
            .expected
            .values()
            .filter(|trigger| calls(trigger, object))
            .map(|trigger| (*trigger).clone())
            .collect();
        for trigger in &callers {
            let statement = sql!(
                "DROP TRIGGER IF EXISTS {name} ON {table}",
                name = ident(&trigger.key.name),
                table = table_of(&trigger.key)
            );
            self.step(
                Phase::Expand,
                Place::Removal,
                &trigger.key,
                "its function is made again",
                plain(statement),
            );
        }
        let drop = sql!("DROP {routine}", routine = routine);
        let drop = sql!("{drop}", drop = if_exists(drop));
        self.step(
            Phase::Expand,
            Place::Removal,
            &object.key,
            "it returns or takes something else",
            plain(drop),
        );
        let statement = sql!("{text}", text = definition(text));
        self.step(
            Phase::Expand,
            Place::Function,
            &object.key,
            "made as the spec has it",
            plain(statement),
        );
        let object = object.clone();
        self.found.remove(&object.key);
        self.finish_object(&object);
        for trigger in callers {
            self.add_trigger(&trigger);
        }
    }

    pub(super) fn weaken_callers(&mut self, function: &Object) {
        let tables: Vec<Key> = self
            .expected
            .values()
            .filter(|trigger| calls(trigger, function))
            .map(|trigger| trigger.key.clone())
            .collect();
        for key in tables {
            self.weaken(&key);
        }
    }

    pub(super) fn trigger(&mut self, object: &Object, aspects: &[&Aspect]) {
        self.weaken(&object.key);
        if aspects.iter().any(|aspect| aspect.what == "definition") {
            self.add_trigger(object);
        } else {
            self.enable(object, "TRIGGER");
        }
    }

    pub(super) fn add_trigger(&mut self, object: &Object) {
        self.weaken(&object.key);
        if object.is("_parent") {
            // The table that has partitions brings it.
            return;
        }
        let Some(text) = object.text("definition") else {
            return;
        };
        let table = table_of(&object.key);
        let name = ident(&object.key.name);
        let same = sql!(
            "EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = {table} AND t.tgname = {name} AND NOT t.tgisinternal\n        AND pg_catalog.pg_get_triggerdef(t.oid) = {text})",
            table = regclass(&table),
            name = Literal::text(name.as_str()),
            text = Literal::text(text)
        );
        let statements = vec![
            sql!(
                "DROP TRIGGER IF EXISTS {name} ON {table};",
                name = name,
                table = table
            ),
            sql!("{text};", text = definition(text)),
        ];
        let statement = self.unless(same, statements);
        let step = self.step(
            Phase::Expand,
            Place::Trigger,
            &object.key,
            "made as the spec has it",
            statement,
        );
        exclusive(step, &table);
        if object.text("enabled") != Some("yes") {
            self.enable(object, "TRIGGER");
        }
    }

    /// Whether a trigger or rule fires.
    fn enable(&mut self, object: &Object, what: &'static str) {
        let table = table_of(&object.key);
        let verb = keyword(match object.text("enabled") {
            Some("always") => "ENABLE ALWAYS",
            Some("on replicas only") => "ENABLE REPLICA",
            Some("no") => "DISABLE",
            _ => "ENABLE",
        });
        let statement = sql!(
            "ALTER TABLE {table} {verb} {what} {name}",
            table = table,
            verb = verb,
            what = keyword(what),
            name = ident(&object.key.name)
        );
        let step = self.step(
            Phase::Expand,
            Place::Other,
            &object.key,
            "when it fires",
            plain(statement),
        );
        step.locks = vec![Lock::share_row_exclusive(&table)];
    }

    pub(super) fn policy(&mut self, object: &Object) {
        let table = table_of(&object.key);
        let drop = sql!(
            "DROP POLICY IF EXISTS {name} ON {table}",
            name = ident(&object.key.name),
            table = table
        );
        for statement in [drop, create_policy(object)] {
            let step = self.step(
                Phase::Expand,
                Place::Other,
                &object.key,
                "made as the spec has it",
                plain(statement),
            );
            exclusive(step, &table);
        }
    }

    pub(super) fn rule(&mut self, object: &Object, aspects: &[&Aspect]) {
        if aspects.is_empty() || aspects.iter().any(|aspect| aspect.what == "definition") {
            let text = object.text("definition").unwrap_or_default();
            let text = text.replacen("CREATE RULE", "CREATE OR REPLACE RULE", 1);
            let statement = sql!("{text}", text = definition(&text));
            self.step(
                Phase::Expand,
                Place::Trigger,
                &object.key,
                "made as the spec has it",
                plain(statement),
            );
        }
        if aspects.iter().any(|aspect| aspect.what == "enabled") {
            self.enable(object, "RULE");
        }
    }

    pub(super) fn statistics(&mut self, object: &Object) {
        let Some(text) = object.text("definition") else {
            return;
        };
        let name = own_name(&object.key);
        let drop = sql!("DROP STATISTICS IF EXISTS {name}", name = name);
        let create = sql!("{text}", text = definition(text));
        for statement in [drop, create] {
            self.step(
                Phase::Expand,
                Place::Other,
                &object.key,
                "made as the spec has it",
                plain(statement),
            );
        }
    }

    pub(super) fn sequence(&mut self, object: &Object, aspects: &[&Aspect]) {
        let name = own_name(&object.key);
        for aspect in aspects {
            let number = object.number(&aspect.what).map(|number| number.to_string());
            let action = match (aspect.what.as_str(), &number) {
                ("increment", Some(number)) => {
                    sql!("INCREMENT BY {number}", number = definition(number))
                }
                ("start", Some(number)) => sql!("START WITH {number}", number = definition(number)),
                ("min", Some(number)) => sql!("MINVALUE {number}", number = definition(number)),
                ("max", Some(number)) => sql!("MAXVALUE {number}", number = definition(number)),
                ("cache", Some(number)) => sql!("CACHE {number}", number = definition(number)),
                ("cycle", _) => sql!(
                    "{cycle}",
                    cycle = keyword(if object.is("cycle") {
                        "CYCLE"
                    } else {
                        "NO CYCLE"
                    })
                ),
                ("type", _) => sql!(
                    "AS {ty}",
                    ty = definition(object.text("type").unwrap_or("bigint"))
                ),
                ("owned_by", _) => owned_by(object),
                _ => {
                    self.leave_aspects(object, &[aspect]);
                    continue;
                }
            };
            let statement = sql!(
                "ALTER SEQUENCE {name} {action}",
                name = name,
                action = action
            );
            let what = aspect.what.replace('_', " ");
            // What owns it is there by then.
            self.step(
                Phase::Expand,
                Place::Key,
                &object.key,
                &what,
                plain(statement),
            );
        }
    }

    pub(super) fn add_sequence(&mut self, object: &Object) {
        if object.is("identity") {
            // Its column brings it.
            return;
        }
        let name = own_name(&object.key);
        let number = |fact: &str| definition(&object.number(fact).unwrap_or(1).to_string());
        let create = sql!(
            "CREATE SEQUENCE IF NOT EXISTS {name} AS {ty} INCREMENT BY {increment} MINVALUE {min} MAXVALUE {max} START WITH {start} CACHE {cache}{cycle}",
            name = name,
            ty = definition(object.text("type").unwrap_or("bigint")),
            increment = number("increment"),
            min = number("min"),
            max = number("max"),
            start = number("start"),
            cache = number("cache"),
            cycle = keyword(if object.is("cycle") { " CYCLE" } else { "" })
        );
        self.step(
            Phase::Expand,
            Place::Sequence,
            &object.key,
            "it is missing",
            plain(create),
        );
        let own = sql!(
            "ALTER SEQUENCE {name} {by}",
            name = name,
            by = owned_by(object)
        );
        self.step(
            Phase::Expand,
            Place::Key,
            &object.key,
            "whose it is",
            plain(own),
        );
    }

    /// What was named and may go.
    pub(super) fn remove(&mut self, key: &Key) {
        let name = ident(&key.name);
        let table = table_of(key);
        let statement = match key.kind.as_str() {
            "column" => return self.drop_column(key),
            "index" => return self.drop_index(key),
            "constraint" => {
                if let Some(object) = self.found.get(key).copied() {
                    self.drop_constraint(object);
                }
                return;
            }
            "trigger" => {
                self.weaken(key);
                sql!(
                    "DROP TRIGGER IF EXISTS {name} ON {table}",
                    name = name,
                    table = table
                )
            }
            "policy" => sql!(
                "DROP POLICY IF EXISTS {name} ON {table}",
                name = name,
                table = table
            ),
            "rule" => sql!(
                "DROP RULE IF EXISTS {name} ON {table}",
                name = name,
                table = table
            ),
            "statistics" => sql!("DROP STATISTICS IF EXISTS {name}", name = own_name(key)),
            _ => {
                self.leave(key, "nothing is known of how it goes", "drop it by hand");
                return;
            }
        };
        let step = self.step(
            Phase::Expand,
            Place::Removal,
            key,
            "it goes",
            plain(statement),
        );
        exclusive(step, &table);
    }
}

/// `DROP … IF EXISTS` of a `DROP …` that names the kind in one word.
fn if_exists(drop: Sql) -> Sql {
    let text = drop.into_string();
    let mut words = text.splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some(_), Some(kind), Some(rest)) => sql!(
            "DROP {kind} IF EXISTS {rest}",
            kind = definition(kind),
            rest = definition(rest)
        ),
        _ => sql!("{text}", text = definition(&text)),
    }
}

fn calls(trigger: &Object, function: &Object) -> bool {
    trigger.key.kind == "trigger"
        && trigger.text("_function_schema") == Some(function.key.schema.as_str())
        && trigger.text("_function") == function.text("_name")
}

/// The policy without a semicolon.
pub(super) fn create_policy(object: &Object) -> Sql {
    let roles: Vec<Sql> = object
        .texts("roles")
        .into_iter()
        .map(|role| sql!("{role}", role = RoleSpec(&ident(role))))
        .collect();
    let part = |word: &'static str, fact: &str| {
        object.text(fact).map(|text| {
            sql!(
                "\n    {word} ({text})",
                word = keyword(word),
                text = definition(text)
            )
        })
    };
    sql!(
        "CREATE POLICY {name} ON {table}{kind}\n    FOR {command} TO {roles}{using}{check}",
        name = ident(&object.key.name),
        table = table_of(&object.key),
        kind = keyword(if object.is("restrictive") {
            " AS RESTRICTIVE"
        } else {
            ""
        }),
        command = keyword(match object.text("command") {
            Some("select") => "SELECT",
            Some("insert") => "INSERT",
            Some("update") => "UPDATE",
            Some("delete") => "DELETE",
            _ => "ALL",
        }),
        roles = Sql::join(", ", roles),
        using = part("USING", "using"),
        check = part("WITH CHECK", "check")
    )
}

fn owned_by(object: &Object) -> Sql {
    let path = object.texts("owned_by");
    match path[..] {
        [schema, table, column] => sql!(
            "OWNED BY {schema}.{table}.{column}",
            schema = ident(schema),
            table = ident(table),
            column = ident(column)
        ),
        _ => sql!("OWNED BY NONE"),
    }
}
