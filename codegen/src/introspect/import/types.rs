//! Enums, domains, composite types, and the types of columns.

use serde_json::Value;

use super::super::catalog::Object;
use super::facts::{Facts, ident, name_of, path, qualified};
use super::text::{self, Entries, Piece, Text};
use super::{Import, cut};
use crate::lower::names;
use crate::sql;
use crate::sql::{Literal, Sql, SqlExpr};

/// Whether the language has words for all of a type.
pub(super) fn is_sayable(import: &Import<'_>, object: &Object) -> bool {
    let plain = |column: &&Object| column.text("collation").is_none();
    let checks = object.facts.get("checks").and_then(Value::as_array);
    !import.is_demoted(object, "")
        && import.facts.columns_of(object).iter().all(plain)
        && checks
            .into_iter()
            .flatten()
            .all(|check| check.get("validated") == Some(&Value::Bool(true)))
}

impl<'a> Import<'a> {
    pub(super) fn write_types(&mut self) -> Text {
        let mut all = Text::new();
        let catalog = self.catalog;
        for (kind, section) in [
            ("enum", "enums"),
            ("domain", "domains"),
            ("composite type", "composites"),
        ] {
            for object in catalog.of(kind) {
                let Some(name) = self.types.get(&path(object)).cloned() else {
                    self.raw_type(object);
                    continue;
                };
                let mut entries = Entries::new();
                if let Some(comment) = object.text("comment") {
                    entries.set("doc", doc(comment));
                }
                let by_rule = names::snake_case(&name) == object.key.name;
                if !by_rule {
                    entries.text(
                        if kind == "domain" { "name" } else { "type" },
                        &object.key.name,
                    );
                }
                self.schema_entry(&mut entries, object);
                match kind {
                    "enum" => {
                        entries.set("values", text::strings(object.texts("labels")));
                    }
                    "domain" => self.domain(&mut entries, object),
                    _ => {
                        let mut attributes = Entries::new();
                        for column in self.facts.columns_of(object) {
                            attributes.text(&column.key.name, &self.type_of(column));
                        }
                        entries.set("fields", attributes.inline());
                    }
                }
                let mut block = Text::from(format!("\n[{section}."));
                block
                    .append(&Text::from(text::bare(&name)).marked(Piece::new(&object.key, "name")))
                    .push("]\n");
                block.append(&entries.lines());
                all.append(&block.marked(Piece::new(&object.key, "")));
            }
        }
        for kind in ["range type", "base type"] {
            for object in catalog.of(kind) {
                self.raw_type(object);
            }
        }
        all
    }

    fn domain(&self, entries: &mut Entries, object: &Object) {
        let base = (object.text("_base_schema"), object.text("_base_name"));
        entries.text(
            "type",
            &self.type_text(object, base, object.is("_base_array")),
        );
        if let Some(collation) = object.text("collation") {
            entries.text("collate", &self::collation(collation));
        }
        entries.flag("not_null", object.is("not_null"));
        if let Some(default) = object.text("default") {
            entries.text("default_sql", default);
        }
        let mut checks = Vec::new();
        for check in checks_of(object) {
            let mut entry = Entries::new();
            entry.text("name", check.0).text(
                "sql",
                cut::bare(cut::after(check.1, "check").unwrap_or(check.1)),
            );
            checks.push(entry.inline());
        }
        if !checks.is_empty() {
            entries.set("checks", text::list(checks));
        }
    }

    /// The type of a column, without `?`.
    pub(super) fn type_of(&self, column: &Object) -> String {
        let base = (column.text("_type_schema"), column.text("_type_name"));
        self.type_text(column, base, column.is("_array"))
    }

    fn type_text(
        &self,
        object: &Object,
        base: (Option<&str>, Option<&str>),
        array: bool,
    ) -> String {
        let written = object.text("type").unwrap_or_default();
        let (Some(schema), Some(name)) = base else {
            return written.to_owned();
        };
        if let Some(own) = self.types.get(&(schema, name)) {
            return format!("{own}{}", if array { "[]" } else { "" });
        }
        if schema == "pg_catalog" {
            return short(written);
        }
        // Whoever made it, it is found with its schema; a well-known type of an extension without.
        let extension = crate::lower::types::extension_of(name);
        let has_extension = |extension: &str| {
            self.facts.of("extension").any(|object| {
                object.key.name == extension
                    && object.text("in_schema") == Some(self.default_schema)
            })
        };
        if extension.is_some_and(has_extension) {
            return written.to_owned();
        }
        let prefix = sql!("{schema}.", schema = ident(schema)).into_string();
        if written.starts_with(&prefix) {
            written.to_owned()
        } else {
            format!("{prefix}{written}")
        }
    }

    /// A type that is carried as SQL.
    fn raw_type(&mut self, object: &'a Object) {
        let name = name_of(object);
        let create = match object.key.kind.as_str() {
            "enum" => {
                let labels = object.texts("labels").into_iter().map(Literal::text);
                sql!(
                    "CREATE TYPE {name} AS ENUM ({labels})",
                    name = name,
                    labels = Sql::join(", ", labels)
                )
            }
            "composite type" => {
                let columns = Facts::on(&self.facts.columns, object);
                let columns = columns.into_iter().map(|column| {
                    let collation = column.text("collation").map(SqlExpr::trusted);
                    let collation = collation.map(|name| sql!(" COLLATE {name}", name = name));
                    sql!(
                        "{name} {ty}{collation}",
                        name = ident(&column.key.name),
                        ty = SqlExpr::trusted(column.text("type").unwrap_or_default()),
                        collation = collation
                    )
                });
                sql!(
                    "CREATE TYPE {name} AS ({columns})",
                    name = name,
                    columns = Sql::join(", ", columns)
                )
            }
            "domain" => raw_domain(object),
            "range type" => raw_range(object),
            _ => return self.refuse(object, "a type with functions of its own in C"),
        };
        let drop = match object.key.kind.as_str() {
            "domain" => sql!("DROP DOMAIN {name}", name = name),
            _ => sql!("DROP TYPE {name}", name = name),
        };
        self.add_raw(object, create, Some(drop), Vec::new());
        if let Some(text) = object.text("comment") {
            self.comment_on(object, text);
        }
    }
}

fn checks_of(object: &Object) -> Vec<(&str, &str)> {
    let checks = object.facts.get("checks").and_then(Value::as_array);
    let checks = checks.into_iter().flatten();
    checks
        .filter_map(|check| {
            Some((
                check.get("name")?.as_str()?,
                check.get("definition")?.as_str()?,
            ))
        })
        .collect()
}

fn raw_domain(object: &Object) -> Sql {
    let mut sql = sql!(
        "CREATE DOMAIN {name} AS {ty}",
        name = name_of(object),
        ty = SqlExpr::trusted(object.text("type").unwrap_or_default())
    );
    if let Some(collation) = object.text("collation") {
        sql.push(&sql!(" COLLATE {name}", name = SqlExpr::trusted(collation)));
    }
    if let Some(default) = object.text("default") {
        sql.push(&sql!(
            " DEFAULT {default}",
            default = SqlExpr::trusted(default)
        ));
    }
    if object.is("not_null") {
        sql.push_keyword(" NOT NULL");
    }
    for (name, definition) in checks_of(object) {
        sql.push(&sql!(
            "\n    CONSTRAINT {name} {definition}",
            name = ident(name),
            definition = SqlExpr::trusted(definition)
        ));
    }
    sql
}

fn raw_range(object: &Object) -> Sql {
    let mut parts = Vec::new();
    for (fact, word) in [
        ("type", "SUBTYPE = "),
        ("operator_class", "SUBTYPE_OPCLASS = "),
        ("collation", "COLLATION = "),
        ("canonical", "CANONICAL = "),
        ("subtype_diff", "SUBTYPE_DIFF = "),
        ("multirange", "MULTIRANGE_TYPE_NAME = "),
    ] {
        if let Some(value) = object.text(fact) {
            let mut part = Sql::new();
            part.push_keyword(word).push(&SqlExpr::trusted(value));
            parts.push(part);
        }
    }
    sql!(
        "CREATE TYPE {name} AS RANGE ({parts})",
        name = name_of(object),
        parts = Sql::join(", ", parts)
    )
}

/// The short names that people write.
pub(super) fn short(written: &str) -> String {
    let (element, array) = match written.strip_suffix("[]") {
        Some(element) => (element, "[]"),
        None => (written, ""),
    };
    let with = |name: &str, rest: &str| format!("{name}{rest}{array}");
    if let Some(rest) = element.strip_prefix("character varying") {
        return with("varchar", rest);
    }
    if let Some(rest) = element.strip_prefix("bit varying") {
        return with("varbit", rest);
    }
    if let Some(rest) = element.strip_prefix("character(") {
        return with("char(", rest);
    }
    for (name, short) in [("timestamp", "timestamptz"), ("time", "timetz")] {
        let Some(rest) = element.strip_prefix(name) else {
            continue;
        };
        if let Some(digits) = rest.strip_suffix(" without time zone") {
            return with(name, digits);
        }
        if let Some(digits) = rest.strip_suffix(" with time zone") {
            return with(short, digits);
        }
    }
    written.to_owned()
}

/// A comment as documentation.
pub(super) fn doc(comment: &str) -> String {
    text::string(comment)
}

/// A collation as the catalog query writes it, as the language takes it.
pub(super) fn collation(written: &str) -> String {
    // A single quoted name is written without its quotes.
    let inner = written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner.filter(|inner| !inner.contains('"')) {
        Some(inner) => inner.to_owned(),
        None => written.to_owned(),
    }
}

/// A name with its schema where that is not the default one, for messages in SQL.
pub(super) fn visible(import: &Import<'_>, schema: &str, name: &str) -> Sql {
    if schema == import.default_schema {
        sql!("{name}", name = ident(name))
    } else {
        sql!("{name}", name = qualified(schema, name))
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn types_have_the_names_that_people_write() {
        for (written, expected) in [
            ("character varying(20)", "varchar(20)"),
            ("character varying[]", "varchar[]"),
            ("character(3)", "char(3)"),
            ("timestamp(3) with time zone", "timestamptz(3)"),
            ("timestamp without time zone[]", "timestamp[]"),
            ("time without time zone", "time"),
            ("time with time zone", "timetz"),
            ("bit varying(5)", "varbit(5)"),
            ("double precision", "double precision"),
            ("\"char\"", "\"char\""),
        ] {
            assert_eq!(short(written), expected);
        }
    }
}
