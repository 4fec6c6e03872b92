//! Schemas, extensions, and what few databases have.

use serde_json::Value;

use super::super::catalog::{Key, Object};
use super::Import;
use super::access::described;
use super::facts::{ident, name_of, table_of};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql, SqlExpr};

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
        // Each after what it may be made of.
        const KINDS: [&str; 22] = [
            "shell type",
            "language",
            "access method",
            "collation",
            "conversion",
            "text search parser",
            "text search template",
            "text search dictionary",
            "text search configuration",
            "foreign data wrapper",
            "server",
            "operator",
            "cast",
            "transform",
            "event trigger",
            "publication",
            "operator family",
            "operator class",
            "user mapping",
            "subscription",
            "default privileges",
            "security label",
        ];
        let catalog = self.catalog;
        for kind in KINDS {
            for object in catalog.of(kind) {
                if object.is("_brought") {
                    continue;
                }
                let definition = object.text("definition").map(str::to_owned);
                let definition = definition.or_else(|| made_up(object));
                let Some(definition) = definition else {
                    self.refuse(object, match kind {
                        "user mapping" => "a user and a password belong to one server and into no spec; import a copy without it, and make it by hand where it is needed",
                        "subscription" => "an address with a password belongs to one server and into no spec; import a copy without it, and make it by hand where it is needed",
                        _ => "no statement of SQL can say it; import a copy without it",
                    });
                    continue;
                };
                let drop = match kind {
                    "cast" | "operator" | "operator class" | "operator family"
                    | "default privileges" | "security label" => None,
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
        for extension in catalog.of("extension") {
            if let Some(comment) = extension.text("comment") {
                self.comment_on(extension, comment);
            }
        }
        for domain in catalog.of("domain") {
            let comments = domain
                .facts
                .get("check_comments")
                .and_then(Value::as_object);
            for (check, comment) in comments.into_iter().flatten() {
                self.comments.push(sql!(
                    "COMMENT ON CONSTRAINT {check} ON DOMAIN {domain} IS {comment}",
                    check = ident(check),
                    domain = name_of(domain),
                    comment = Literal::text(comment.as_str().unwrap_or_default())
                ));
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
        // Others may name them.
        let names = self.index_names();
        self.group("names of indexes of partitions", names, Vec::new());
        self.details_at.clear();
        for (table, statements) in std::mem::take(&mut self.details) {
            let after = self.after_table(&table.key.schema, &table.key.name);
            let key = format!("details of {}", table.key.name);
            self.add_raw_as(&key, table, Sql::join(";\n", statements), None, after);
        }
        let mut states = std::mem::take(&mut self.late);
        // What is said of a table may be said of its partitions too.
        states.sort_by_key(|(depth, ..)| *depth);
        let late: Vec<Sql> = states.iter().map(|(.., sql)| sql.clone()).collect();
        let mut after: Vec<String> = states
            .iter()
            .filter_map(|(_, trigger, _)| self.triggers.get(&trigger.key))
            .map(|key| format!("triggers.{key}"))
            .collect();
        after.dedup();
        self.group("after everything", late, after);
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
            let literal = |text: &str| Literal::text(text);
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
        _ => None,
    }
}
