//! What is done with rows: get, find, delete, list, and the statements that do it.

use super::columns::{Insert, Table};
use super::examples::Examples;
use super::model::{Key, Scope};
use super::module::Module;
use super::statements as sql;
use super::text::{File, literal, sql_literal};
use crate::sql::Sql;

/// The constants of a model's statements.
pub(super) fn statements(table: &Table<'_>, file: &mut File, module: &mut Module) {
    let name = table.module();
    let mut statement = |file: &mut File, constant: &str, doc: &str, sql: Sql| {
        file.blank();
        file.doc(0, doc);
        file.constant(
            0,
            &format!("pub const {constant}: &str"),
            &sql_literal(sql.as_str()),
        );
        module.statement(&name, constant, sql);
    };
    if table.key.is_empty() {
        statement(
            file,
            "LIST",
            "Some rows, in no particular order.",
            sql::list_unordered(table),
        );
        return;
    }
    statement(file, "FIND", "The row of a key.", sql::find(table, false));
    if table.updates {
        statement(
            file,
            "UPDATE",
            "Changes a row and returns it: what a patch of every column runs.",
            sql::whole_update(table),
        );
        let (head, _, tail) = sql::update(table);
        file.blank();
        file.doc(
            0,
            "What every [`UPDATE`] begins with; a patch names only what it sets.",
        );
        file.constant(0, "const UPDATE_HEAD: &str", &literal(head.as_str()));
        file.blank();
        file.doc(0, "What every [`UPDATE`] ends in.");
        file.constant(0, "const UPDATE_TAIL: &str", &sql_literal(tail.as_str()));
    }
    if table.deletes {
        statement(file, "DELETE", "Removes a row.", sql::delete(table));
    }
    statement(
        file,
        "LIST",
        "The first rows in the order of the key.",
        sql::list_by_key(table, false),
    );
    statement(
        file,
        "LIST_AFTER",
        "The rows behind a key, in the order of the key.",
        sql::list_by_key(table, true),
    );
}

/// Whether a sequence fills a column that an insert may fill as well.
pub(super) fn has_sequence(table: &Table<'_>) -> bool {
    table
        .columns
        .iter()
        .any(|column| column.insert == Insert::OrNext)
}

/// The parameter of what returns an operation, which lives as long as the connection is borrowed.
pub(super) const DB: &str = "db: impl ::pgwright::Executor<'c>";
/// The parameter of an `async fn`.
pub(super) const ASYNC_DB: &str = "db: impl ::pgwright::Executor<'_>";

/// What a function returns that runs a statement.
pub(super) fn operation(result: &str) -> String {
    format!("::pgwright::Operation<'c, {result}>")
}

/// Ends in the row that was found, or the error that there is none.
pub(super) fn found(
    table: &Table<'_>,
    key: &Key<'_, '_>,
    row: &str,
    indent: usize,
    file: &mut File,
) {
    let id = match key {
        Key::Own(column, _) | Key::Other(column) if column.mapped.traits.copy => "id",
        Key::Own(..) | Key::Other(_) => "id.to_owned()",
        Key::Several(_) => "id",
    };
    file.tail_call(
        indent,
        "::pgwright::found",
        &[literal(table.name), id.to_owned(), row.to_owned()],
    );
}

/// The functions of a row's type.
pub(super) fn emit(table: &Table<'_>, scope: &Scope, file: &mut File) {
    file.blank();
    file.line(0, &format!("impl {} {{", table.rust));
    let examples = Examples::of(table);
    file.examples(examples.clone());
    query(&examples, file);
    file.blank();
    match Key::of(table) {
        Some(key) => {
            get(table, &key, scope, file);
            file.blank();
            find(table, &key, scope, file);
            if table.deletes {
                file.blank();
                delete(table, &key, scope, file);
            }
            file.blank();
            list_by_key(table, &key, scope, file);
        }
        None => list_unordered(scope, file),
    }
    file.line(0, "}");
}

/// `let statement = …`: what it does to the data, what logs call it, and its text.
pub(super) fn statement(does: &str, name: &str, sql: &str, file: &mut File) {
    file.binding(
        2,
        "statement",
        &format!("::pgwright::Statement::{does}"),
        &[literal(name), sql.to_owned()],
    );
}

fn errors(file: &mut File, text: &str) {
    file.doc(1, &format!("\n# Errors\n{text}"));
}

fn query(examples: &Examples, file: &mut File) {
    file.doc(
        1,
        "Rows to be asked for: which, in which order, how many. Nothing is asked until it is run.",
    );
    file.example(1, &examples.of_query());
    file.line(1, "pub fn query() -> ::pgwright::Query<Self> {");
    file.line(2, "::pgwright::Query::new()");
    file.line(1, "}");
}

fn get(table: &Table<'_>, key: &Key<'_, '_>, scope: &Scope, file: &mut File) {
    file.doc(1, "The row with that key.");
    errors(
        file,
        "[`NotFound`](::pgwright::Error::NotFound) if there is none; else if the database cannot be asked or the row \
         cannot be read.",
    );
    file.signature(
        1,
        "pub fn get<'c>",
        &[DB.to_owned(), key.parameter(scope)],
        &operation("Self"),
    );
    convert(key, file);
    let id = if key.converts() { "id.clone()" } else { "id" };
    file.line(2, &format!("let row = Self::find(db, {id});"));
    found(table, key, "row", 2, file);
    file.line(1, "}");
}

fn convert(key: &Key<'_, '_>, file: &mut File) {
    if let Key::Several(name) = key {
        file.assignment(
            2,
            &format!("let id: {name}"),
            "::core::convert::Into::into(id);",
        );
    }
}

/// The values of a key, first in a statement.
pub(super) fn key_values(
    table: &Table<'_>,
    key: &Key<'_, '_>,
    indent: usize,
    args: &str,
    file: &mut File,
) {
    match key {
        Key::Own(..) | Key::Other(_) => file.line(indent, &format!("{args}.add(id);")),
        Key::Several(_) => {
            for column in table.key_columns() {
                file.call(
                    indent,
                    &format!("{args}.add"),
                    &[format!("&id.{}", column.rust)],
                );
            }
        }
    }
}

fn find(table: &Table<'_>, key: &Key<'_, '_>, scope: &Scope, file: &mut File) {
    file.doc(1, "The row with that key, if there is one.");
    errors(
        file,
        "If the database cannot be asked or the row cannot be read.",
    );
    file.signature(
        1,
        "pub fn find<'c>",
        &[DB.to_owned(), key.parameter(scope)],
        &operation(&scope.option("Self")),
    );
    convert(key, file);
    file.line(2, "let mut args = ::pgwright::Args::new();");
    key_values(table, key, 2, "args", file);
    statement("read", "find", "FIND", file);
    file.line(2, "::pgwright::fetch_optional(db, statement, args)");
    file.line(1, "}");
}

fn delete(table: &Table<'_>, key: &Key<'_, '_>, scope: &Scope, file: &mut File) {
    file.doc(1, "Removes the row with that key; whether there was one.");
    errors(file, "If the database refuses.");
    file.signature(
        1,
        "pub fn delete<'c>",
        &[DB.to_owned(), key.parameter(scope)],
        &operation("bool"),
    );
    convert(key, file);
    file.line(2, "let mut args = ::pgwright::Args::new();");
    key_values(table, key, 2, "args", file);
    statement("write", "delete", "DELETE", file);
    file.line(2, "::pgwright::delete::<Self>(db, statement, args)");
    file.line(1, "}");
}

fn list_by_key(table: &Table<'_>, key: &Key<'_, '_>, scope: &Scope, file: &mut File) {
    file.doc(
        1,
        "Up to `limit` rows in the order of the key: the first ones, or those behind the key `after`.",
    );
    errors(
        file,
        "If the database cannot be asked or a row cannot be read.",
    );
    file.signature(
        1,
        "pub fn list<'c>",
        &[
            DB.to_owned(),
            "limit: i64".to_owned(),
            format!("after: {}", scope.option(&key.ty(scope))),
        ],
        &operation(&scope.list("Self")),
    );
    file.line(2, "let mut args = ::pgwright::Args::new();");
    file.line(2, "let sql = match after {");
    file.line(3, "Some(id) => {");
    match key {
        Key::Several(_) => key_values(table, key, 4, "args", file),
        Key::Own(..) | Key::Other(_) => file.line(4, "args.add(id);"),
    }
    file.line(4, "LIST_AFTER");
    file.line(3, "}");
    file.line(3, "None => LIST,");
    file.line(2, "};");
    file.line(2, "args.add(limit);");
    statement("read", "list", "sql", file);
    file.line(2, "::pgwright::fetch_all(db, statement, args)");
    file.line(1, "}");
}

fn list_unordered(scope: &Scope, file: &mut File) {
    file.doc(
        1,
        "Up to `limit` rows behind the first `offset`, in no particular order: there is no key to order them by.",
    );
    errors(
        file,
        "If the database cannot be asked or a row cannot be read.",
    );
    file.signature(
        1,
        "pub fn list<'c>",
        &[
            DB.to_owned(),
            "limit: i64".to_owned(),
            "offset: i64".to_owned(),
        ],
        &operation(&scope.list("Self")),
    );
    file.line(2, "let mut args = ::pgwright::Args::new();");
    file.line(2, "args.add(limit);");
    file.line(2, "args.add(offset);");
    statement("read", "list", "LIST", file);
    file.line(2, "::pgwright::fetch_all(db, statement, args)");
    file.line(1, "}");
}
