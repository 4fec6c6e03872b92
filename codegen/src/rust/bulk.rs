//! What the insert type of a model says of its columns, and the operations on many rows.

use super::columns::{Column, Insert, Table};
use super::many_sql;
use super::model::Scope;
use super::module::Module;
use super::operations::{DB, has_sequence, operation};
use super::text::{File, sql_literal};
use super::types::Wire;
use crate::sql::Sql;

/// The constants of the statements.
pub(super) fn statements(table: &Table<'_>, file: &mut File, module: &mut Module) {
    let name = table.module();
    let mut statement = |constant: &str, doc: &str, sql: Sql| {
        file.blank();
        file.doc(0, doc);
        file.constant(
            0,
            &format!("pub const {constant}: &str"),
            &sql_literal(sql.as_str()),
        );
        module.statement(&name, constant, sql);
    };
    if let Some(sql) = many_sql::insert_many(table, false) {
        statement(
            "INSERT_MANY",
            "Inserts rows, given as an array for each column, and returns them in their order.",
            sql,
        );
    }
    if has_sequence(table)
        && let Some(sql) = many_sql::insert_many(table, true)
    {
        statement(
            "INSERT_MANY_WITH_NUMBER",
            "Inserts rows whose numbers the client may give, and returns them in their order.",
            sql,
        );
    }
}

/// What the insert type says of its columns, and hands over of their values.
pub(super) fn describe(table: &Table<'_>, columns: &[&Column<'_>], file: &mut File) {
    let many = |sequences| many_sql::insert_many(table, sequences).is_some();
    let optional = |there: bool, value: &str| match there {
        true => format!("::core::option::Option::Some({value})"),
        false => "::core::option::Option::None".to_owned(),
    };
    file.blank();
    file.line(
        0,
        &format!("impl ::pgwright::NewRow for New{} {{", table.rust),
    );
    file.line(1, &format!("type Row = super::{};", table.rust));
    let infos: Vec<String> = columns.iter().map(|column| info(table, column)).collect();
    file.array_constant(1, "const COLUMNS: &'static [::pgwright::NewColumn]", &infos);
    file.line(
        1,
        "const INSERTS: ::pgwright::Inserts = ::pgwright::Inserts {",
    );
    let numbered = has_sequence(table);
    file.field(2, "one", "INSERT");
    file.field(2, "one_numbered", &optional(numbered, "INSERT_WITH_NUMBER"));
    file.field(2, "many", &optional(many(false), "INSERT_MANY"));
    file.field(
        2,
        "many_numbered",
        &optional(numbered && many(true), "INSERT_MANY_WITH_NUMBER"),
    );
    file.field(2, "copy", &is_copied(table, columns).to_string());
    file.line(1, "};");
    file.blank();
    if columns.is_empty() {
        file.line(
            1,
            "fn value(&self, _: usize, _: &mut ::pgwright::Values<'_>) {}",
        );
    } else {
        file.line(
            1,
            "fn value(&self, column: usize, to: &mut ::pgwright::Values<'_>) {",
        );
        file.line(2, "match column {");
        for (index, column) in columns.iter().enumerate() {
            let argument = format!("&self.{}", column.rust);
            file.call_arm(3, &index.to_string(), &value(column), &argument);
        }
        file.line(3, "_ => {}");
        file.line(2, "}");
        file.line(1, "}");
    }
    file.line(0, "}");
}

fn info(table: &Table<'_>, column: &Column<'_>) -> String {
    let place = table
        .columns
        .iter()
        .position(|other| std::ptr::eq(other, column))
        .unwrap_or_default();
    let mut text = format!("::pgwright::NewColumn::new({place})");
    text.push_str(match column.insert {
        Insert::OrDefault(_) => ".default()",
        Insert::NullOrDefault(_) => ".null_or_default()",
        Insert::OrNext => ".number()",
        Insert::Never | Insert::Required | Insert::NewId | Insert::OrNull => "",
    });
    if column.mapped.list {
        text.push_str(".list()");
    }
    if !column.patch {
        text.push_str(".fixed()");
    }
    text
}

/// The function that takes the value of a column.
fn value(column: &Column<'_>) -> String {
    let kind = match (column.mapped.wire, column.mapped.list) {
        (Wire::Jsonb, _) => "jsonb",
        (Wire::Json, _) => "json",
        (Wire::Own, _) => "value",
        (_, true) => "list",
        (_, false) => "value",
    };
    match (column.insert, kind) {
        (Insert::NullOrDefault(_), "value") => "to.patch".to_owned(),
        (Insert::NullOrDefault(_), kind) => format!("to.patch_{kind}"),
        (Insert::OrNull, "value") => "to.nullable".to_owned(),
        (Insert::OrNull, kind) => format!("to.nullable_{kind}"),
        (_, "value") => "to.add".to_owned(),
        (Insert::Required | Insert::NewId, kind) => format!("to.{kind}"),
        (_, kind) => format!("to.{kind}_or_null"),
    }
}

/// Whether rows can be copied in the binary format: what is sent must be of the very type of the column.
fn is_copied(table: &Table<'_>, columns: &[&Column<'_>]) -> bool {
    let secured = table
        .id
        .is_none_or(|id| table.schema.model(id).row_security.enabled);
    !secured
        && !columns.is_empty()
        && columns
            .iter()
            .all(|column| many_sql::is_copied(table.schema, column))
}

/// The functions of the insert type.
pub(super) fn emit(table: &Table<'_>, scope: &Scope, file: &mut File) {
    file.blank();
    file.doc(
        1,
        "Inserts rows in one statement and returns them in the order they were given. Without rows there is no \
         statement.\n\n# Errors\nIf the database refuses, or a value cannot be sent or read; then none of the rows is \
         there.",
    );
    file.signature(
        1,
        "pub fn insert_many<'c>",
        &[DB.to_owned(), "rows: &'c [Self]".to_owned()],
        &operation(&scope.list(&format!("super::{}", table.rust))),
    );
    file.line(2, "::pgwright::insert_many(db, rows)");
    file.line(1, "}");
    file.blank();
    file.doc(
        1,
        "Copies rows into the table, however many they are, and says how many they were. They are not returned.\n\n\
         # Errors\nIf the database refuses, or a value cannot be sent; then none of the rows is there.",
    );
    file.signature(
        1,
        "pub fn copy_in<'c>",
        &[
            DB.to_owned(),
            "rows: impl ::core::iter::IntoIterator<Item = Self, IntoIter: Send + 'c>".to_owned(),
        ],
        &operation("u64"),
    );
    file.line(2, "::pgwright::copy_in(db, rows)");
    file.line(1, "}");
    file.blank();
    file.doc(
        1,
        "Copies a stream of rows into the table, and says how many they were.\n\n# Errors\nIf the database refuses, or a \
         value cannot be sent; then none of the rows is there.",
    );
    file.signature(
        1,
        "pub fn copy_stream<'c>",
        &[
            DB.to_owned(),
            "rows: impl ::pgwright::Stream<Item = Self> + Send + 'c".to_owned(),
        ],
        &operation("u64"),
    );
    file.line(2, "::pgwright::copy_stream(db, rows)");
    file.line(1, "}");
}
