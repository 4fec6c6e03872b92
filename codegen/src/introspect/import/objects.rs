//! Schemas, extensions, and what few databases have.

use super::super::catalog::{Key, Object};
use super::Import;
use super::access::described;
use super::facts::{ident, name_of, table_of};
use crate::sql;
use crate::sql::{Keyword, Sql, SqlExpr};

impl<'a> Import<'a> {
    /// The extensions that `[database]` names. One that lives elsewhere than in `public`,
    /// where they are put, is carried as SQL.
    pub(super) fn write_extensions(&mut self) -> Vec<&'a str> {
        let mut names = Vec::new();
        let catalog = self.catalog;
        for extension in catalog.of("extension") {
            let name = extension.key.name.as_str();
            let schema = extension.text("in_schema").unwrap_or_default();
            let own_schema = self
                .facts
                .of("schema")
                .any(|object| object.key.name == schema);
            if name == "plpgsql" {
                continue;
            }
            if schema == "public" || !own_schema {
                names.push(name);
                continue;
            }
            self.add_raw_as(
                &format!("extension {name}"),
                extension,
                sql!(
                    "CREATE SCHEMA IF NOT EXISTS {schema};\nCREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema}",
                    schema = ident(schema),
                    name = ident(name)
                ),
                Some(sql!("DROP EXTENSION {name}", name = ident(name))),
                Vec::new(),
            );
        }
        names
    }

    /// Everything that has no section of its own.
    pub(super) fn add_rest(&mut self) {
        let catalog = self.catalog;
        for sequence in catalog.of("sequence") {
            if self.needs_own_sequence(sequence) {
                self.raw_sequence(sequence);
            }
        }
        self.rules();
        self.others();
        self.remaining_comments();
        self.owners();
        for object in &catalog.objects {
            match object.key.kind.as_str() {
                "schema" | "sequence" => self.other_grants(object),
                "table" | "foreign table" | "column" => {}
                _ => self.all_grants(object),
            }
        }
        for view in catalog
            .of("column")
            .filter(|column| matches!(column.text("_of"), Some("v" | "m")))
        {
            self.all_grants(view);
        }
        self.schemas();
        self.groups();
    }

    /// Schemas that nothing of the spec is in.
    fn schemas(&mut self) {
        let catalog = self.catalog;
        for schema in catalog.of("schema") {
            let name = schema.key.name.as_str();
            let by_extension = catalog
                .of("extension")
                .any(|object| object.text("in_schema") == Some(name));
            if let Some(comment) = schema
                .text("comment")
                .filter(|text| *text != "standard public schema")
            {
                self.comment_on(schema, comment);
            }
            if name == "public"
                || name == self.default_schema
                || self.schemas.contains(name)
                || by_extension
            {
                continue;
            }
            let create = sql!("CREATE SCHEMA {name}", name = ident(name));
            let drop = sql!("DROP SCHEMA {name}", name = ident(name));
            self.add_raw(schema, create, Some(drop), Vec::new());
        }
    }

    fn rules(&mut self) {
        let catalog = self.catalog;
        for rule in catalog.of("rule") {
            let definition = rule
                .text("definition")
                .unwrap_or_default()
                .trim_end_matches(';');
            let mut sql = sql!("{definition}", definition = SqlExpr::trusted(definition));
            let word = match rule.text("enabled") {
                Some("no") => Some("DISABLE"),
                Some("always") => Some("ENABLE ALWAYS"),
                Some("on replicas only") => Some("ENABLE REPLICA"),
                _ => None,
            };
            if let Some(word) = word {
                sql.push(&sql!(
                    ";\nALTER TABLE {table} {word} RULE {name}",
                    table = table_of(rule),
                    word = Keyword(word),
                    name = ident(&rule.key.name)
                ));
            }
            let drop = sql!("DROP {rule}", rule = described(rule));
            let after = self.after_relation(&rule.key.schema, &rule.key.on);
            self.add_raw(rule, sql, Some(drop), after);
            if let Some(comment) = rule.text("comment") {
                self.comment_on(rule, comment);
            }
        }
    }

    /// Objects with no query of their own.
    fn others(&mut self) {
        const KINDS: [&str; 21] = [
            "collation",
            "text search dictionary",
            "text search configuration",
            "server",
            "operator",
            "cast",
            "event trigger",
            "publication",
            "operator family",
            "operator class",
            "conversion",
            "text search parser",
            "text search template",
            "language",
            "access method",
            "transform",
            "foreign data wrapper",
            "user mapping",
            "subscription",
            "default privileges",
            "large object",
        ];
        let catalog = self.catalog;
        for kind in KINDS {
            for object in catalog.of(kind) {
                // PostgreSQL makes a family for a class of the same name.
                let definition = object.text("definition").map(str::to_owned);
                let definition = definition.or_else(|| made_up(object));
                let Some(definition) = definition else {
                    self.refuse(object, "only pg_dump can say it; write it under `[raw]` and import the rest without it");
                    continue;
                };
                let drop = match kind {
                    "cast" | "operator" | "operator class" | "operator family"
                    | "default privileges" => None,
                    _ => Some(sql!("DROP {what}", what = described(object))),
                };
                // An index pulls its class before the tables, and no name says what the class is made of.
                let after = match kind {
                    "operator class" | "operator family" => self.operators(),
                    _ => Vec::new(),
                };
                self.add_raw(
                    object,
                    sql!("{definition}", definition = SqlExpr::trusted(definition)),
                    drop,
                    after,
                );
                if let Some(comment) = object.text("comment") {
                    self.comment_on(object, comment);
                }
            }
        }
    }

    /// What operator classes are made of, for `after`.
    fn operators(&self) -> Vec<String> {
        self.raw
            .iter()
            .filter(|raw| matches!(raw.kind(), "operator" | "operator family"))
            .map(|raw| format!("raw.{}", raw.key))
            .collect()
    }

    /// Comments on what has no `doc`: columns of views and of composite types, functions of `[raw]` and the like say
    /// theirs where they are written.
    fn remaining_comments(&mut self) {
        let catalog = self.catalog;
        for column in catalog
            .of("column")
            .filter(|column| matches!(column.text("_of"), Some("v" | "m" | "c")))
        {
            if let Some(comment) = column.text("comment") {
                self.comment_on(column, comment);
            }
        }
        for table in self.facts.tables.values().copied().collect::<Vec<_>>() {
            if !self.is_said(table) {
                continue;
            }
            // A field that comes from a parent has no line of its own.
            for column in self.facts.columns_of(table) {
                if let Some(comment) = column
                    .text("comment")
                    .filter(|_| column.is("_inherited") && !column.is("_local"))
                {
                    self.comment_on(column, comment);
                }
            }
        }
    }

    /// Statements of one kind about many objects, as one object of the spec.
    fn groups(&mut self) {
        for (table, statements) in std::mem::take(&mut self.details) {
            let after = self.after_table(&table.key.schema, &table.key.name);
            let key = format!("details of {}", table.key.name);
            self.add_raw_as(&key, table, Sql::join(";\n", statements), None, after);
        }
        let states = std::mem::take(&mut self.late);
        let late: Vec<Sql> = states.iter().map(|(_, sql)| sql.clone()).collect();
        let after = states
            .iter()
            .filter_map(|(trigger, _)| self.triggers.get(&trigger.key));
        let after: Vec<String> = after.map(|key| format!("triggers.{key}")).collect();
        self.group("states of triggers", late, after);
        let comments = std::mem::take(&mut self.comments);
        self.group("comments", comments, Vec::new());
        let grants = std::mem::take(&mut self.grants);
        self.group("grants", grants, Vec::new());
        let owners = std::mem::take(&mut self.owner_changes);
        self.group("owners", owners, Vec::new());
    }

    fn group(&mut self, key: &str, statements: Vec<Sql>, after: Vec<String>) {
        if statements.is_empty() {
            return;
        }
        let of = Object {
            key: Key {
                kind: key.to_owned(),
                schema: String::new(),
                on: String::new(),
                name: String::new(),
            },
            facts: serde_json::Map::new(),
        };
        self.add_raw_as(key, &of, Sql::join(";\n", statements), None, after);
    }

    /// The key of a table or view for `after`.
    fn after_relation(&self, schema: &str, name: &str) -> Vec<String> {
        match self.views.get(&(schema, name)) {
            Some(view) => vec![format!("views.{view}")],
            None => self.after_table(schema, name),
        }
    }
}

/// The statement that makes an object whose catalog entry says all there is.
fn made_up(object: &Object) -> Option<String> {
    let detail = object.facts.get("detail")?;
    let text = |key: &str| detail.get(key).and_then(serde_json::Value::as_str);
    match object.key.kind.as_str() {
        "collation" => {
            let provider = match text("collprovider")? {
                "i" => "icu",
                "b" => "builtin",
                _ => "libc",
            };
            let literal = |text: &str| crate::sql::Literal::text(text);
            let mut sql = sql!(
                "CREATE COLLATION {name} (PROVIDER = ",
                name = name_of(object)
            );
            sql.push(&SqlExpr::trusted(provider));
            let locale = text("colllocale")
                .or(text("colliculocale"))
                .or(match provider {
                    "icu" => text("collcollate"),
                    _ => None,
                });
            match locale {
                Some(locale) => {
                    sql.push(&sql!(", LOCALE = {locale}", locale = literal(locale)));
                }
                None => {
                    sql.push(&sql!(
                        ", LC_COLLATE = {collate}, LC_CTYPE = {ctype}",
                        collate = literal(text("collcollate")?),
                        ctype = literal(text("collctype")?)
                    ));
                }
            }
            if detail
                .get("collisdeterministic")
                .and_then(serde_json::Value::as_bool)
                == Some(false)
            {
                sql.push_keyword(", DETERMINISTIC = false");
            }
            if let Some(rules) = text("collicurules") {
                sql.push(&sql!(", RULES = {rules}", rules = literal(rules)));
            }
            sql.push_keyword(")");
            Some(sql.into_string())
        }
        "publication" => {
            let tables = detail.get("tables")?.as_array()?;
            let tables: Vec<SqlExpr> = tables
                .iter()
                .filter_map(|table| table.as_str())
                .map(SqlExpr::trusted)
                .collect();
            let events = ["insert", "update", "delete", "truncate"];
            let events = events
                .into_iter()
                .filter(|event| detail.get(*event) == Some(&true.into()));
            let publish = events.collect::<Vec<_>>().join(", ");
            Some(
                sql!(
                    "CREATE PUBLICATION {name} FOR TABLE {tables} WITH (publish = {publish})",
                    name = ident(&object.key.name),
                    tables = Sql::join(", ", tables),
                    publish = crate::sql::Literal::text(publish)
                )
                .into_string(),
            )
        }
        _ => None,
    }
}
