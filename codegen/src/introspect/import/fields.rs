//! Columns as fields.

use super::super::catalog::Object;
use super::constraints::Keys;
use super::text::{self, Entries, Piece, Text};
use super::{Import, cut, indexes, types};
use crate::ddl::sequence_name;
use crate::fragment::lexer::{Kind, lex};
use crate::sql;
use crate::sql::{Literal, SqlExpr};

impl<'a> Import<'a> {
    /// A field: its type alone where that says all.
    pub(super) fn field(
        &mut self,
        table: &'a Object,
        model: &str,
        column: &'a Object,
        keys: &Keys<'a>,
    ) -> Text {
        let name = column.key.name.as_str();
        let serial = self.serial(table, column);
        let mut entries = Entries::new();
        let mut ty = match serial {
            Some(serial) => serial.to_owned(),
            None => self.type_of(column),
        };
        if !column.is("not_null") {
            ty.push('?');
        }
        entries.text("type", &ty);
        if let Some(identity) = column.text("identity") {
            entries.text("identity", identity);
        }
        if keys.is_key(name) {
            entries.flag("primary_key", true);
        }
        if let Some(collation) = column.text("collation") {
            entries.text("collate", &types::collation(collation));
        }
        // The compiler gives a uuid that is the key this default.
        let brought_by_key = keys.is_key(name)
            && keys.reference(name).is_none()
            && column.text("type") == Some("uuid")
            && column.text("default") == Some("gen_random_uuid()");
        if let Some(expression) = column.text("generated") {
            entries.set("generated", text::sql(expression));
        }
        if let Some(default) = column
            .text("default")
            .filter(|_| serial.is_none() && !brought_by_key)
        {
            if self.is_demoted(column, "default") {
                let sql = sql!(
                    "ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}",
                    table = super::facts::table_of(column),
                    column = super::facts::ident(name),
                    default = SqlExpr::trusted(default)
                );
                self.detail(table, sql);
            } else {
                let (key, value) = self.default(column, default);
                entries.set(
                    key,
                    Text::from(value).marked(Piece::new(&column.key, "default")),
                );
            }
        }
        if let Some(constraint) = keys.unique(name) {
            entries.flag("unique", true);
            indexes::name_unless(&mut entries, "unique_name", constraint, "ux", &[name]);
        }
        if let Some(constraint) = keys.check(name) {
            let mut check = Text::new();
            check.append(&text::sql(&short_check(constraint, name)).into());
            entries.set("check", check.marked(Piece::new(&constraint.key, "")));
            indexes::name_unless(&mut entries, "check_name", constraint, "ck", &[name]);
        }
        if let Some(constraint) = keys.reference(name) {
            self.reference(&mut entries, model, constraint);
        }
        if let Some(comment) = column.text("comment") {
            entries.set("doc", types::doc(comment));
        }
        if entries.len() == 1 {
            text::string(&ty).into()
        } else {
            entries.inline()
        }
    }

    /// The serial type of a column, where its sequence is the one that the type makes.
    pub(super) fn serial(&self, table: &Object, column: &Object) -> Option<&'static str> {
        let path = (
            table.key.schema.as_str(),
            table.key.name.as_str(),
            column.key.name.as_str(),
        );
        let sequence = self
            .facts
            .sequences
            .get(&path)
            .filter(|sequence| !sequence.is("identity"))?;
        let serial = match column.text("type")? {
            "smallint" => "smallserial",
            "integer" => "serial",
            "bigint" => "bigserial",
            _ => return None,
        };
        let by_rule = sequence.key.schema == table.key.schema
            && sequence.key.name == sequence_name(&table.key.name, &column.key.name)
            && sequence.is("unlogged") == table.is("unlogged");
        let name = types::visible(self, &sequence.key.schema, &sequence.key.name).into_string();
        let next = sql!("nextval({name}::regclass)", name = Literal::text(name)).into_string();
        (by_rule && column.is("not_null") && column.text("default") == Some(next.as_str()))
            .then_some(serial)
    }

    /// A default: a constant where the compiler makes the same of it.
    fn default(&self, column: &Object, written: &str) -> (&'static str, String) {
        let sql = || ("default_sql", text::sql(written));
        let ty = column.text("type").unwrap_or_default();
        if column.is("_array") {
            let empty = written
                .strip_prefix("'{}'::")
                .is_some_and(|rest| rest.ends_with("[]"));
            return if empty {
                ("default", "[]".to_owned())
            } else {
                sql()
            };
        }
        let integer = matches!(ty, "smallint" | "integer" | "bigint");
        if matches!(written, "true" | "false") && ty == "boolean" {
            return ("default", written.to_owned());
        }
        let digits = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
        let number =
            integer || ty.starts_with("numeric") || matches!(ty, "real" | "double precision");
        if digits
            && number
            && written
                .parse::<i64>()
                .is_ok_and(|number| number.to_string() == written)
        {
            return ("default", written.to_owned());
        }
        let fraction = written.split_once('.').is_some_and(|(whole, rest)| {
            let all =
                |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            all(whole) && all(rest) && (whole == "0" || !whole.starts_with('0'))
        });
        if fraction && number && !integer {
            return ("default", written.to_owned());
        }
        let Some((value, cast)) = constant(written) else {
            return sql();
        };
        let negative = integer && cast == "integer" && value.starts_with('-');
        if negative
            && value
                .parse::<i64>()
                .is_ok_and(|number| number.to_string() == value)
        {
            return ("default", value);
        }
        let own = (
            column.text("_type_schema").unwrap_or_default(),
            column.text("_type_name").unwrap_or_default(),
        );
        let is_enum = self.types.contains_key(&own) && self.is_label(own, &value);
        let is_text = matches!((ty, cast), ("text", "text"))
            || ty.starts_with("character varying") && cast == "character varying";
        if (is_enum && cast == ty) || is_text {
            return ("default", text::string(&value));
        }
        sql()
    }

    fn is_label(&self, ty: (&str, &str), label: &str) -> bool {
        self.facts.of("enum").any(|object| {
            super::facts::path(object) == ty && object.texts("labels").contains(&label)
        })
    }
}

/// The value and the type of `'value'::type`.
fn constant(written: &str) -> Option<(String, &str)> {
    let tokens = lex(written).ok()?;
    let first = tokens.first().filter(|token| token.kind == Kind::String)?;
    let inner = first.text(written).strip_prefix('\'')?.strip_suffix('\'')?;
    let rest = written.get(first.range.end..)?.strip_prefix("::")?;
    Some((inner.replace("''", "'"), rest))
}

/// The condition of a check on one column, without the column where it begins with it.
fn short_check(constraint: &Object, column: &str) -> String {
    let definition = constraint.text("definition").unwrap_or_default();
    let whole = cut::condition(cut::after(definition, "check").unwrap_or(definition));
    let name = sql!("{name}", name = super::facts::ident(column)).into_string();
    match whole
        .strip_prefix(&name)
        .and_then(|rest| rest.strip_prefix(' '))
    {
        Some(rest) if crate::lower::goes_on_after_column(rest) => rest.to_owned(),
        _ => whole,
    }
}
