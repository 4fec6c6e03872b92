//! What the language says nothing about: storage of columns, sequences, the state of triggers.

use super::super::catalog::Object;
use super::Import;
use super::facts::{Facts, ident, name_of, owned_by, parents, qualified, table_of};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql, SqlExpr};

impl<'a> Import<'a> {
    /// A statement that says something more of a table.
    pub(super) fn detail(&mut self, table: &'a Object, sql: Sql) {
        let last = self.details.len();
        let place = *self.details_at.entry(&table.key).or_insert(last);
        match self.details.get_mut(place) {
            Some((_, statements)) => statements.push(sql),
            None => self.details.push((table, vec![sql])),
        }
    }

    /// Storage parameters of a table that no model says.
    pub(super) fn set_options(&mut self, table: &'a Object) {
        let own = table
            .texts("options")
            .into_iter()
            .map(|option| ("", option));
        let toast = table
            .texts("toast_options")
            .into_iter()
            .map(|option| ("toast.", option));
        let options: Vec<Sql> = own
            .chain(toast)
            .map(|(namespace, option)| parameter(namespace, option))
            .collect();
        if !options.is_empty() {
            let sql = sql!(
                "ALTER TABLE {table} SET ({options})",
                table = name_of(table),
                options = Sql::join(", ", options)
            );
            self.detail(table, sql);
        }
    }

    /// Everything that neither a model nor its fields say.
    pub(super) fn details(&mut self, table: &'a Object) {
        let name = name_of(table);
        if self.is_demoted(table, "with") {
            self.set_options(table);
        }
        if let Some(space) = table.text("tablespace") {
            self.detail(
                table,
                sql!(
                    "ALTER TABLE {name} SET TABLESPACE {space}",
                    name = name,
                    space = ident(space)
                ),
            );
        }
        if let Some(identity @ ("nothing" | "full")) = table.text("replica_identity") {
            let word = Keyword(if identity == "full" {
                "FULL"
            } else {
                "NOTHING"
            });
            self.detail(
                table,
                sql!(
                    "ALTER TABLE {name} REPLICA IDENTITY {word}",
                    name = name,
                    word = word
                ),
            );
        }
        for column in self.facts.columns_of(table) {
            self.column_details(table, column);
        }
        let indexes = Facts::on(&self.facts.indexes, table);
        let constraints = Facts::on(&self.facts.constraints, table);
        for index in indexes.into_iter().chain(constraints) {
            let own = ident(&index.key.name);
            if index.key.kind == "constraint" {
                self.key_details(table, index);
            }
            if index.is("replica_identity") {
                self.detail(
                    table,
                    sql!(
                        "ALTER TABLE {name} REPLICA IDENTITY USING INDEX {own}",
                        name = name,
                        own = own
                    ),
                );
            }
            if index.is("clustered") {
                self.detail(
                    table,
                    sql!(
                        "ALTER TABLE {name} CLUSTER ON {own}",
                        name = name,
                        own = own
                    ),
                );
            }
            if let Some(serde_json::Value::Object(targets)) = index.facts.get("statistics") {
                for (column, target) in targets {
                    let sql = sql!(
                        "ALTER INDEX {own} ALTER COLUMN {column} SET STATISTICS {target}",
                        own = qualified(&index.key.schema, &index.key.name),
                        column = Literal::Integer(column.parse().unwrap_or(1)),
                        target = Literal::Integer(target.as_i64().unwrap_or(-1))
                    );
                    self.detail(table, sql);
                }
            }
        }
        self.owned_sequences(table);
        for trigger in Facts::on(&self.facts.triggers, table) {
            let word = match trigger.text("enabled") {
                Some("no") => "DISABLE",
                Some("always") => "ENABLE ALWAYS",
                Some("on replicas only") => "ENABLE REPLICA",
                // What is said of the table may be said of its partitions too.
                _ if self.brought_by(table, trigger).1.text("enabled") != Some("yes") => "ENABLE",
                _ => continue,
            };
            let sql = sql!(
                "ALTER TABLE {name} {word} TRIGGER {trigger}",
                name = name,
                word = Keyword(word),
                trigger = ident(&trigger.key.name)
            );
            let (depth, trigger) = self.brought_by(table, trigger);
            self.late.push((depth, trigger, sql));
        }
    }

    /// The trigger that brings another one: that of the table whose partition this is, and so on upwards.
    fn brought_by(&self, table: &'a Object, trigger: &'a Object) -> (usize, &'a Object) {
        let (mut table, mut trigger, mut depth) = (table, trigger, 0);
        while trigger.is("_parent") {
            let above = parents(table).into_iter().find_map(|parent| {
                let triggers = self.facts.triggers.get(&parent)?;
                let same = |one: &&&Object| one.key.name == trigger.key.name;
                Some((
                    *self.facts.tables.get(&parent)?,
                    *triggers.iter().find(same)?,
                ))
            });
            match above {
                Some(above) => (table, trigger) = above,
                None => break,
            }
            depth += 1;
        }
        (depth, trigger)
    }

    /// How the index of a key or an exclusion constraint is stored.
    fn key_details(&mut self, table: &'a Object, constraint: &'a Object) {
        let name = qualified(&constraint.key.schema, &constraint.key.name);
        let options: Vec<Sql> = constraint
            .texts("options")
            .into_iter()
            .map(|option| parameter("", option))
            .collect();
        if !options.is_empty() {
            let options = Sql::join(", ", options);
            let sql = sql!(
                "ALTER INDEX {name} SET ({options})",
                name = &name,
                options = options
            );
            self.detail(table, sql);
        }
        if let Some(space) = constraint.text("tablespace") {
            let space = ident(space);
            let sql = sql!(
                "ALTER INDEX {name} SET TABLESPACE {space}",
                name = &name,
                space = space
            );
            self.detail(table, sql);
        }
    }

    pub(super) fn column_details(&mut self, table: &'a Object, column: &'a Object) {
        let alter = |what: Sql| {
            sql!(
                "ALTER TABLE {table} ALTER COLUMN {column} {what}",
                table = table_of(column),
                column = ident(&column.key.name),
                what = what
            )
        };
        if let Some(storage) = column.text("storage") {
            let sql = alter(sql!(
                "SET STORAGE {storage}",
                storage = SqlExpr::trusted(storage.to_ascii_uppercase())
            ));
            self.detail(table, sql);
        }
        if let Some(method) = column.text("compression") {
            self.detail(
                table,
                alter(sql!(
                    "SET COMPRESSION {method}",
                    method = SqlExpr::trusted(method)
                )),
            );
        }
        if let Some(target) = column.number("statistics") {
            self.detail(
                table,
                alter(sql!(
                    "SET STATISTICS {target}",
                    target = Literal::Integer(target)
                )),
            );
        }
        let options = column.texts("options");
        if !options.is_empty() {
            let options: Vec<Sql> = options
                .into_iter()
                .map(|option| parameter("", option))
                .collect();
            self.detail(
                table,
                alter(sql!("SET ({options})", options = Sql::join(", ", options))),
            );
        }
        if column.is("_inherited") && table.text("partition_values").is_none() {
            self.unlike_parent(table, column, &alter);
        }
    }

    /// What an inherited column says otherwise than the parent's.
    fn unlike_parent(&mut self, table: &'a Object, column: &'a Object, alter: &dyn Fn(Sql) -> Sql) {
        let above = parents(table).into_iter().find_map(|parent| {
            let columns = self.facts.columns.get(&parent)?;
            columns
                .iter()
                .find(|above| above.key.name == column.key.name)
                .copied()
        });
        let Some(above) = above else {
            return;
        };
        match (column.text("default"), above.text("default")) {
            (own, above) if own == above => {}
            // It has a line of its own, which nothing that is said of the parent overwrites.
            (Some(_), _) if column.is("_local") && !above.is("_inherited") => {}
            (Some(default), _) => {
                let default = SqlExpr::trusted(default);
                self.detail(
                    table,
                    alter(sql!("SET DEFAULT {default}", default = default)),
                );
            }
            (None, _) => self.detail(table, alter(sql!("DROP DEFAULT"))),
        }
        if column.is("not_null") && !above.is("not_null") && !column.is("_local") {
            self.detail(table, alter(sql!("SET NOT NULL")));
        }
    }

    /// The sequences that columns of a table own: those of serial and identity columns where they are not as
    /// PostgreSQL makes them, and others, which the raw object that makes them cannot give to a table yet.
    pub(super) fn owned_sequences(&mut self, table: &'a Object) {
        for column in self.facts.columns_of(table) {
            let path = (
                table.key.schema.as_str(),
                table.key.name.as_str(),
                column.key.name.as_str(),
            );
            let Some(sequence) = self.facts.sequences.get(&path).copied() else {
                continue;
            };
            if self.owned.contains(&sequence.key) {
                continue;
            }
            self.owned.insert(sequence.key.clone());
            let by_itself = sequence.is("identity")
                || self.models.contains_key(&super::facts::path(table))
                    && self.serial(table, column).is_some();
            if !by_itself {
                let sql = sql!(
                    "ALTER SEQUENCE {name} OWNED BY {table}.{column}",
                    name = name_of(sequence),
                    table = name_of(table),
                    column = ident(&column.key.name)
                );
                self.detail(table, sql);
                continue;
            }
            let made = crate::ddl::sequence_name(&table.key.name, &column.key.name);
            if made != sequence.key.name {
                let sql = sql!(
                    "ALTER SEQUENCE {made} RENAME TO {name}",
                    made = qualified(&table.key.schema, &made),
                    name = ident(&sequence.key.name)
                );
                self.detail(table, sql);
            }
            let options = sequence_options(sequence, column.text("type").unwrap_or_default());
            if !options.is_empty() {
                let sql = sql!(
                    "ALTER SEQUENCE {name}{options}",
                    name = name_of(sequence),
                    options = options
                );
                self.detail(table, sql);
            }
            if let Some(comment) = sequence.text("comment") {
                self.comment_on(sequence, comment);
            }
        }
    }

    /// A sequence that no column brings.
    pub(super) fn raw_sequence(&mut self, sequence: &'a Object) {
        let mut sql = Sql::new();
        sql.push_keyword(if sequence.is("unlogged") {
            "CREATE UNLOGGED SEQUENCE "
        } else {
            "CREATE SEQUENCE "
        });
        sql.push(&name_of(sequence))
            .push(&sequence_options(sequence, "bigint"));
        let drop = sql!("DROP SEQUENCE {name}", name = name_of(sequence));
        self.add_raw(sequence, sql, Some(drop), Vec::new());
        if let Some(comment) = sequence.text("comment") {
            self.comment_on(sequence, comment);
        }
    }

    /// Whether a raw object has to make the sequence.
    pub(super) fn needs_own_sequence(&self, sequence: &Object) -> bool {
        if sequence.is("identity") {
            return false;
        }
        let Some((schema, table, column)) = owned_by(sequence) else {
            return true;
        };
        let (Some(table), true) = (
            self.facts.tables.get(&(schema, table)),
            self.models.contains_key(&(schema, table)),
        ) else {
            return true;
        };
        let columns = self.facts.columns_of(table);
        let column = columns.iter().find(|own| own.key.name == column);
        column.is_none_or(|column| self.serial(table, column).is_none())
    }
}

/// What of a sequence is not as PostgreSQL makes one of that type.
fn sequence_options(sequence: &Object, ty: &str) -> Sql {
    let mut sql = Sql::new();
    let own = sequence.text("type").unwrap_or("bigint");
    if own != ty {
        sql.push(&sql!(" AS {ty}", ty = SqlExpr::trusted(own)));
    }
    let number = |fact: &str| sequence.number(fact).unwrap_or_default();
    let (least, most) = match own {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let rising = number("increment") > 0;
    let (min, max) = if rising { (1, most) } else { (least, -1) };
    let start = if rising { number("min") } else { number("max") };
    let mut option = |word: &'static str, value: i64, usual: i64| {
        if value != usual {
            sql.push_keyword(word).push(&Literal::Integer(value));
        }
    };
    option(" INCREMENT BY ", number("increment"), 1);
    option(" MINVALUE ", number("min"), min);
    option(" MAXVALUE ", number("max"), max);
    option(" START WITH ", number("start"), start);
    option(" CACHE ", number("cache"), 1);
    if sequence.is("cycle") {
        sql.push_keyword(" CYCLE");
    }
    sql
}

/// `name=value` of the catalog as `name = 'value'`.
fn parameter(namespace: &'static str, option: &str) -> Sql {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let mut sql = Sql::new();
    sql.push_keyword(namespace)
        .push(&ident(name))
        .push_keyword(" = ")
        .push(&Literal::text(value));
    sql
}
