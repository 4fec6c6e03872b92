//! Columns of tables.

use super::{
    Aspect, Fixer, Key, Object, Place, definition, exclusive, ident, keyword, may_fail, name,
    plain, qualified, regclass, table_of,
};
use crate::ident::Ident;
use crate::pg::RestartSequence;
use crate::plan::{Hazard, HazardKind, Lock, Phase};
use crate::sql;
use crate::sql::{Literal, Sql};

impl Fixer<'_> {
    pub(super) fn column(&mut self, object: &Object, aspects: &[&Aspect]) {
        let Some(found) = self.found.get(&object.key).copied() else {
            return;
        };
        match object.text("_of") {
            // What it shows says what it has.
            Some("v" | "m") => return,
            Some("c") => return self.leave_aspects(object, aspects),
            _ => {}
        }
        let table = table_of(&object.key);
        let column = ident(&object.key.name);
        let has = |what: &str| aspects.iter().any(|aspect| aspect.what == what);
        if has("generated") || has("virtual") {
            self.expression(found, object);
            return;
        }
        if has("type") || has("collation") {
            if self.is_inherited(object) {
                // It follows the table that it is inherited from.
            } else {
                self.set_type(found, object);
            }
        } else if has("default") {
            let action = default_action(object, &column);
            self.alter(object, "its default", action);
        }
        if has("identity") {
            self.identity(found, object);
        }
        if has("not_null") && object.text("identity").is_none() {
            if object.is("not_null") {
                self.not_null(&object.key, &table, &column);
            } else {
                let action = sql!("ALTER COLUMN {column} DROP NOT NULL", column = column);
                self.alter(object, "it takes NULL", action);
            }
        }
        for aspect in aspects {
            let value = object.text(&aspect.what);
            let action = match (aspect.what.as_str(), value) {
                ("type" | "collation" | "default" | "identity" | "not_null", _) => continue,
                ("storage", word) => match word.or(object.text("_usual_storage")) {
                    Some(word) => sql!("SET STORAGE {word}", word = definition(word)),
                    None => continue,
                },
                ("compression", Some(word)) => {
                    sql!("SET COMPRESSION {word}", word = definition(word))
                }
                ("compression", None) => sql!("SET COMPRESSION default"),
                ("statistics", _) => {
                    let target = object.number("statistics").unwrap_or(-1).to_string();
                    sql!("SET STATISTICS {target}", target = definition(&target))
                }
                _ => {
                    self.leave_aspects(object, &[aspect]);
                    continue;
                }
            };
            let action = sql!(
                "ALTER COLUMN {column} {action}",
                column = column,
                action = action
            );
            self.alter(object, &aspect.what.clone(), action);
        }
    }

    pub(super) fn alter(&mut self, object: &Object, what: &str, action: Sql) {
        let table = table_of(&object.key);
        let statement = sql!(
            "ALTER TABLE {table} {action}",
            table = table,
            action = action
        );
        let step = self.step(
            Phase::Expand,
            Place::Column,
            &object.key,
            what,
            plain(statement),
        );
        exclusive(step, &table);
    }

    /// Whether a table that it is inherited from has the same trouble.
    fn is_inherited(&self, object: &Object) -> bool {
        object.is("_inherited")
            && self.differences.keys().any(|key| {
                key.kind == "column" && key.name == object.key.name && key.on != object.key.on
            })
    }

    fn identity(&mut self, found: &Object, object: &Object) {
        let table = table_of(&object.key);
        let column = ident(&object.key.name);
        let what = "how it is numbered";
        let always = |word: &str| {
            keyword(if word == "always" {
                "ALWAYS"
            } else {
                "BY DEFAULT"
            })
        };
        match (found.text("identity"), object.text("identity")) {
            (Some(_), Some(when)) => {
                let action = sql!(
                    "ALTER COLUMN {column} SET GENERATED {when}",
                    column = column,
                    when = always(when)
                );
                self.alter(object, what, action);
            }
            (Some(_), None) => {
                let action = sql!(
                    "ALTER COLUMN {column} DROP IDENTITY IF EXISTS",
                    column = column
                );
                self.alter(object, what, action);
            }
            (None, Some(when)) => {
                let is_one = sql!(
                    "EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = {table} AND a.attname = {column} AND a.attidentity <> '')",
                    table = regclass(&table),
                    column = Literal::text(column.as_str())
                );
                let mut restart = Sql::new();
                restart.push(&RestartSequence {
                    table: table.clone(),
                    column: column.clone(),
                });
                let restart = restart.into_string().replacen("SELECT", "PERFORM", 1);
                let statements = vec![
                    sql!(
                        "ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT, ALTER COLUMN {column} SET NOT NULL;",
                        table = table,
                        column = column
                    ),
                    sql!(
                        "ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED {when} AS IDENTITY;",
                        table = table,
                        column = column,
                        when = always(when)
                    ),
                    sql!("{restart}", restart = definition(&restart)),
                ];
                let statement = self.unless(is_one, statements);
                let step = self.step(Phase::Expand, Place::Column, &object.key, what, statement);
                step.locks = vec![Lock::access_exclusive(&table).long()];
            }
            (None, None) => {}
        }
    }

    /// A generated column holds nothing of its own and is made again; one that holds values of its own is left.
    fn expression(&mut self, found: &Object, object: &Object) {
        let table = table_of(&object.key);
        let column = ident(&object.key.name);
        let Some(wanted) = object.text("generated") else {
            let action = sql!(
                "ALTER COLUMN {column} DROP EXPRESSION IF EXISTS",
                column = column
            );
            self.alter(object, "it is not generated", action);
            if object.text("default").is_some() {
                let action = default_action(object, &column);
                self.alter(object, "its default", action);
            }
            return;
        };
        if found.text("generated").is_none() {
            self.leave(
                &object.key,
                "it should be generated and holds values of its own",
                format!("drop it if nobody needs them (`ALTER TABLE {table} DROP COLUMN {column}`), and run this again"),
            );
            return;
        }
        let same = sql!(
            "EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum\n        WHERE a.attrelid = {table} AND a.attname = {column} AND a.attgenerated <> '' AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) = {wanted})",
            table = regclass(&table),
            column = Literal::text(column.as_str()),
            wanted = Literal::text(wanted)
        );
        let (mut before, after) = self.around(&object.key);
        before.push(sql!(
            "ALTER TABLE {table} DROP COLUMN IF EXISTS {column};",
            table = table,
            column = column
        ));
        before.push(sql!(
            "ALTER TABLE {table} ADD COLUMN {column} {ty} GENERATED ALWAYS AS ({wanted}) {kind};",
            table = table,
            column = column,
            ty = definition(object.text("type").unwrap_or("text")),
            wanted = definition(wanted),
            kind = keyword(if object.is("virtual") {
                "VIRTUAL"
            } else {
                "STORED"
            })
        ));
        before.extend(after);
        let statement = self.unless(same, before);
        let step = self.step(
            Phase::Expand,
            Place::Column,
            &object.key,
            "it is made again",
            statement,
        );
        step.locks = vec![Lock::access_exclusive(&table).long()];
        step.hazards.push(Hazard::new(
            HazardKind::Rewrite,
            format!("every row of {table} is written anew, to compute its {column}"),
        ));
    }

    fn set_type(&mut self, found: &Object, object: &Object) {
        let table = table_of(&object.key);
        let column = ident(&object.key.name);
        let (Some(is), Some(should)) = (found.text("type"), object.text("type")) else {
            return;
        };
        let same = sql!(
            "EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid\n        LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation\n        WHERE a.attrelid = {table} AND a.attname = {column} AND pg_catalog.format_type(a.atttypid, a.atttypmod) = {should}{collation})",
            table = regclass(&table),
            column = Literal::text(column.as_str()),
            should = Literal::text(should),
            collation = match object.text("collation") {
                None => sql!(" AND l.oid IS NULL"),
                Some(name) => sql!(
                    " AND l.oid = pg_catalog.to_regcollation({name})",
                    name = Literal::text(name)
                ),
            }
        );
        let mut actions = Vec::new();
        if found.text("default").is_some() {
            actions.push(sql!("ALTER COLUMN {column} DROP DEFAULT", column = column));
        }
        let collation = object
            .text("collation")
            .map(|name| sql!(" COLLATE {name}", name = definition(name)));
        actions.push(sql!(
            "ALTER COLUMN {column} SET DATA TYPE {ty}{collation} USING {column}::{cast}{ty}",
            column = column,
            ty = definition(should),
            collation = collation,
            // Every type is written as text and read from it; few have a cast to another one.
            cast = keyword(if is_castable(is, should) {
                ""
            } else {
                "text::"
            })
        ));
        if object.text("default").is_some() {
            actions.push(default_action(object, &column));
        }
        let (mut statements, after) = self.around(&object.key);
        statements.push(sql!(
            "ALTER TABLE {table}\n    {actions};",
            table = table,
            actions = Sql::join(",\n    ", actions)
        ));
        statements.extend(after);
        let stays = is_wider(is, should);
        let what = format!("its type is `{is}`, should be `{should}`");
        let statement = self.unless(same, statements);
        let step = self.step(Phase::Expand, Place::Column, &object.key, &what, statement);
        if stays {
            exclusive(step, &table);
            return;
        }
        step.locks = vec![Lock::access_exclusive(&table).long()];
        step.hazards.push(Hazard::new(
            HazardKind::Rewrite,
            format!(
                "every row of {table} is written anew, and nobody reads or writes it meanwhile"
            ),
        ));
        step.hazards.push(may_fail(format!(
            "it fails if a value of {column} is no {should}"
        )));
    }

    /// A column that the spec does not know and that was named.
    pub(super) fn drop_column(&mut self, key: &Key) {
        let table = qualified(&key.schema, &key.on);
        let column = ident(&key.name);
        let statement = sql!(
            "ALTER TABLE {table} DROP COLUMN IF EXISTS {column}",
            table = table,
            column = column
        );
        let text = format!("what is in {} is gone", name(key));
        let step = self.step(
            Phase::Contract,
            Place::Removal,
            key,
            "it goes",
            plain(statement),
        );
        exclusive(step, &table);
        step.hazards
            .push(Hazard::new(HazardKind::DeletesData, text));
    }
}

pub(super) fn default_action(object: &Object, column: &Ident) -> Sql {
    match object.text("default") {
        Some(default) => sql!(
            "ALTER COLUMN {column} SET DEFAULT {default}",
            column = column,
            default = definition(default)
        ),
        None => sql!("ALTER COLUMN {column} DROP DEFAULT", column = column),
    }
}

/// Types that PostgreSQL casts to each other, by the words that it writes for them.
fn is_castable(from: &str, to: &str) -> bool {
    let kind = |name: &str| {
        if name.ends_with(']') {
            return "";
        }
        let head = name.split(['(', ' ']).next().unwrap_or_default();
        match head {
            "smallint" | "integer" | "bigint" | "numeric" | "real" | "double" => "number",
            "text" | "character" | "citext" | "name" => "text",
            "timestamp" | "date" | "time" => "time",
            "json" | "jsonb" => "json",
            _ => "",
        }
    };
    !kind(from).is_empty() && kind(from) == kind(to)
}

/// Whether rows stay as they are: a text with more room.
fn is_wider(from: &str, to: &str) -> bool {
    let length = |name: &str| -> Option<u32> {
        match name.strip_prefix("character varying") {
            Some("") => Some(u32::MAX),
            Some(rest) => rest.trim_matches(['(', ')']).parse().ok(),
            None => (name == "text").then_some(u32::MAX),
        }
    };
    matches!((length(from), length(to)), (Some(from), Some(to)) if from <= to)
}
