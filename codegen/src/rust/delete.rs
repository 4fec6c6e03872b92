//! Removing rows, and returning what they were.

use super::columns::Table;
use super::examples::Examples;
use super::model::{Key, Scope};
use super::operations::{DB, key_values, operation};
use super::text::{File, code};

/// The file, if rows of the model can be removed.
pub(super) fn file(table: &Table<'_>) -> Option<String> {
    if table.id.is_none() || !table.deletes || table.columns.is_empty() {
        return None;
    }
    let scope = Scope::elsewhere(table);
    let mut file = File::new(&[&format!("Removing rows of {}.", code(table.name))]);
    let key = Key::of(table);
    file.blank();
    file.examples(Examples::of(table));
    file.line(0, &format!("impl super::{} {{", table.rust));
    if let Some(key) = key {
        file.doc(
            1,
            "Removes the row with that key and returns what it was, if there was one.\n\n# Errors\nIf the database \
             refuses, or the row cannot be read.",
        );
        file.signature(
            1,
            "pub fn delete_returning<'c>",
            &[DB.to_owned(), key.parameter_elsewhere(&scope)],
            &operation(&scope.option("Self")),
        );
        key.convert_elsewhere(&mut file);
        file.line(2, "let mut args = ::pgwright::Args::new();");
        key_values(table, &key, 2, "args", &mut file);
        file.line(2, "::pgwright::delete_returning(db, super::DELETE, args)");
        file.line(1, "}");
        file.blank();
    }
    wheres(table, &scope, &mut file);
    file.line(0, "}");
    Some(file.finish())
}

fn wheres(table: &Table<'_>, scope: &Scope, file: &mut File) {
    let ordered = table.locks_rows();
    let errors = "# Errors\n[`Misuse`](::pgwright::Error::Misuse) if the filter says nothing and is not `Filter::all()`; \
                  else if the database refuses";
    let parameters = [DB.to_owned(), "filter: ::pgwright::Filter<Self>".to_owned()];
    file.doc(
        1,
        &format!("Removes all rows of which the filter is true, and says how many they were.\n\n{errors}."),
    );
    file.signature(1, "pub fn delete_where<'c>", &parameters, &operation("u64"));
    file.line(
        2,
        &format!("::pgwright::delete_where(db, filter, {ordered})"),
    );
    file.line(1, "}");
    file.blank();
    file.doc(
        1,
        &format!(
            "Removes all rows of which the filter is true, and returns what they were, in no particular order.\n\n\
             {errors}, or a row cannot be read."
        ),
    );
    file.signature(
        1,
        "pub fn delete_where_returning<'c>",
        &parameters,
        &operation(&scope.list("Self")),
    );
    file.line(
        2,
        &format!("::pgwright::delete_where_returning(db, filter, {ordered})"),
    );
    file.line(1, "}");
}
