//! Rows that are deleted softly: marked, brought back, and removed when they were kept long enough.

use crate::ddl;
use crate::schema::SoftDelete;
use crate::sql;
use crate::sql::{Literal, Sql};

use super::columns::Table;
use super::examples::Examples;
use super::model::{Key, Scope};
use super::module::Module;
use super::operations::{ASYNC_DB, DB, found, key_values, operation};
use super::statements::{column_list, find, key_condition};
use super::text::{File, code, sql_literal};

/// The file, if rows of the model are deleted softly.
pub(super) fn file(table: &Table<'_>, module: &mut Module) -> Option<String> {
    let model = table.schema.model(table.id?);
    let soft = model.soft_delete.as_ref()?;
    let scope = Scope::elsewhere(table);
    let mut file = File::new(&[&format!(
        "Rows of {} that are deleted softly: reads pass over them until they are brought back or removed.",
        code(table.name)
    )]);
    let mut statement = |constant: &str, doc: &str, sql: Sql| {
        file.blank();
        file.doc(0, doc);
        file.constant(
            0,
            &format!("pub const {constant}: &str"),
            &sql_literal(sql.as_str()),
        );
        module.statement(&table.module(), constant, sql);
    };
    let key = Key::of(table);
    if key.is_some() {
        statement(
            "FIND_WITH_DELETED",
            "The row of a key, deleted or not.",
            find(table, true),
        );
        statement(
            "SOFT_DELETE",
            "Marks a row as deleted and returns it.",
            mark(table, soft, true),
        );
        statement(
            "RESTORE",
            "Takes the mark away and returns the row.",
            mark(table, soft, false),
        );
    }
    statement(
        "PURGE",
        "Removes rows that were deleted long enough ago, and counts them.",
        purge(table, soft),
    );
    file.blank();
    file.examples(Examples::of(table));
    file.line(0, &format!("impl super::{} {{", table.rust));
    if let Some(key) = key {
        find_with_deleted(table, &key, &scope, &mut file);
        file.blank();
        marks(table, &key, &scope, &mut file);
        file.blank();
    }
    purges(soft, &Examples::of(table), &mut file);
    file.line(0, "}");
    Some(file.finish())
}

/// One that is marked already keeps the time of its first mark.
fn mark(table: &Table<'_>, soft: &SoftDelete, deleted: bool) -> Sql {
    let model = table.id.map(|id| table.schema.model(id));
    let name = |field| model.map(|model| &model.field(field).name);
    let (flag, at) = (name(soft.flag), name(soft.at));
    let set = match deleted {
        true => sql!(
            "{flag} = true, {at} = CASE WHEN {flag} THEN {at} ELSE now() END",
            flag = flag,
            at = at
        ),
        false => sql!("{flag} = false, {at} = NULL", flag = flag, at = at),
    };
    sql!(
        "UPDATE {table}\nSET {set}\nWHERE {key}\nRETURNING {columns}",
        table = table.sql,
        set = set,
        key = key_condition(table),
        columns = column_list(table)
    )
}

fn purge(table: &Table<'_>, soft: &SoftDelete) -> Sql {
    let function = table
        .id
        .map(|id| ddl::purge_function(table.schema.model(id)));
    let keep = match &soft.keep {
        Some(keep) => sql!(
            "coalesce($2::interval, {keep}::interval)",
            keep = Literal::text(keep.as_str())
        ),
        None => sql!("$2::interval"),
    };
    sql!(
        "SELECT {function}($1::integer, {keep})",
        function = function,
        keep = keep
    )
}

fn find_with_deleted(table: &Table<'_>, key: &Key<'_, '_>, scope: &Scope, file: &mut File) {
    file.doc(
        1,
        "The row with that key, deleted or not, if there is one.\n\n# Errors\nIf the database cannot be asked or the row \
         cannot be read.",
    );
    file.signature(
        1,
        "pub fn find_with_deleted<'c>",
        &[DB.to_owned(), key.parameter_elsewhere(scope)],
        &operation(&scope.option("Self")),
    );
    key.convert_elsewhere(file);
    file.line(2, "let mut args = ::pgwright::Args::new();");
    key_values(table, key, 2, "args", file);
    super::operations::statement("read", "find_with_deleted", "FIND_WITH_DELETED", file);
    file.line(2, "::pgwright::fetch_optional(db, statement, args)");
    file.line(1, "}");
}

fn marks(table: &Table<'_>, key: &Key<'_, '_>, scope: &Scope, file: &mut File) {
    let functions = [
        (
            "soft_delete",
            "SOFT_DELETE",
            "Marks the row as deleted: reads pass over it from now on, and nothing else changes. One that is marked \
             already keeps the time of its first mark.",
        ),
        (
            "restore",
            "RESTORE",
            "Brings a row back that was deleted softly and is still there.",
        ),
    ];
    for (index, (name, constant, doc)) in functions.into_iter().enumerate() {
        if index > 0 {
            file.blank();
        }
        file.doc(
            1,
            &format!(
                "{doc}\n\n# Errors\n[`NotFound`](::pgwright::Error::NotFound) if there is no such row; else if the \
                 database refuses."
            ),
        );
        file.signature(
            1,
            &format!("pub fn {name}<'c>"),
            &[DB.to_owned(), key.parameter_elsewhere(scope)],
            &operation("Self"),
        );
        key.convert_elsewhere(file);
        file.line(2, "let mut args = ::pgwright::Args::new();");
        key_values(table, key, 2, "args", file);
        super::operations::statement("write", name, constant, file);
        file.line(
            2,
            "let row = ::pgwright::fetch_optional(db, statement, args);",
        );
        found(table, key, "row", 2, file);
        file.line(1, "}");
    }
}

fn purges(soft: &SoftDelete, examples: &Examples, file: &mut File) {
    if soft.keep.is_none() {
        file.doc(
            1,
            "The removal of rows that were deleted longer ago than this, with all that belongs to them.",
        );
        let time = [("older_than".to_owned(), "::core::time::Duration".to_owned())];
        let run = examples.call("let count = ", "purge(older_than).run(db).await?;");
        file.example(1, &examples.lines(&time, &[run]));
        file.line(
            1,
            "pub fn purge(older_than: ::core::time::Duration) -> ::pgwright::Purge<Self> {",
        );
        file.line(2, "::pgwright::Purge::new(PURGE).older_than(older_than)");
        file.line(1, "}");
        return;
    }
    let keep = code(soft.keep.as_deref().unwrap_or_default());
    file.doc(
        1,
        &format!(
            "The removal of rows that were deleted longer ago than {keep}, with all that belongs to them: how many, in \
             what batches, and who is told."
        ),
    );
    let run = examples.call("let count = ", "purge().limit(10_000).run(db).await?;");
    file.example(1, &examples.lines(&[], &[run]));
    file.line(1, "pub fn purge() -> ::pgwright::Purge<Self> {");
    file.line(2, "::pgwright::Purge::new(PURGE)");
    file.line(1, "}");
    file.blank();
    file.doc(
        1,
        &format!(
            "Removes all rows that were deleted longer ago than {keep}, with all that belongs to them, and says how many \
             they were. It takes a batch at a time: on a pool each is a transaction of its own, so that it can be ended \
             and begun again at any time.\n\n# Errors\nIf the database refuses."
        ),
    );
    file.signature(
        1,
        "pub async fn purge_expired",
        &[ASYNC_DB.to_owned()],
        "::pgwright::Result<u64>",
    );
    file.line(2, "Self::purge().run(db).await");
    file.line(1, "}");
}
