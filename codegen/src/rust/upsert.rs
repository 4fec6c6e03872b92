//! Rows that may be there already: what an upsert can name, and its functions.

use crate::ident::Ident;
use crate::schema::{Deferrable, FieldId};
use crate::sql;
use crate::sql::{Sql, SqlExpr};

use super::columns::{Insert, Table};
use super::finders::{Finder, index_parts};
use super::model::Scope;
use super::operations::{DB, operation};
use super::rules;
use super::text::{File, code};

/// A unique key that a row to insert says all columns of.
pub(super) struct Target<'a> {
    /// The constraint, or the index.
    pub(super) name: &'a Ident,
    /// What follows `ON CONFLICT`.
    pub(super) conflict: Sql,
    /// The key's columns, by their places among those of the insert type.
    pub(super) places: Vec<usize>,
    /// What holds of a row with the key.
    pub(super) condition: Sql,
    /// Whether it is the primary key.
    primary: bool,
}

/// The unique keys that an upsert can name. One that is checked later cannot be asked for a conflict.
pub(super) fn targets<'a>(table: &Table<'a>) -> Vec<Target<'a>> {
    let Some(id) = table.id else {
        return Vec::new();
    };
    let model = table.schema.model(id);
    let plain = |fields: &[FieldId]| -> Vec<(&'a Ident, bool)> {
        let name = |field: &FieldId| (&model.field(*field).name, false);
        fields.iter().map(name).collect()
    };
    let constraint = |name: &Ident| sql!("ON CONSTRAINT {name}", name = name);
    let primary = model.primary_key.iter().filter_map(|key| {
        let conflict = constraint(&key.name);
        target(table, &key.name, plain(&key.fields), None, conflict, true)
    });
    let uniques = model
        .uniques
        .iter()
        .filter(|unique| unique.deferrable == Deferrable::No)
        .filter_map(|unique| {
            let conflict = constraint(&unique.name);
            target(
                table,
                &unique.name,
                plain(&unique.fields),
                None,
                conflict,
                false,
            )
        });
    let indexes = model.indexes.iter().filter(|index| index.unique);
    let indexes = indexes.filter_map(|index| {
        let parts = index_parts(model, index)?;
        let inferred = Sql::join(
            ", ",
            parts.iter().map(|(name, lower)| match lower {
                true => sql!("lower({name})", name = name),
                false => sql!("{name}", name = name),
            }),
        );
        let predicate = index.predicate.as_ref();
        let conflict = sql!(
            "({inferred}){predicate}",
            inferred = inferred,
            predicate = predicate.map(|predicate| sql!(
                " WHERE ({predicate})",
                predicate = crate::pg::Closed(predicate)
            ))
        );
        target(table, &index.name, parts, predicate, conflict, false)
    });
    primary.chain(uniques).chain(indexes).collect()
}

fn target<'a>(
    table: &Table<'a>,
    name: &'a Ident,
    parts: Vec<(&'a Ident, bool)>,
    predicate: Option<&'a SqlExpr>,
    conflict: Sql,
    primary: bool,
) -> Option<Target<'a>> {
    let inserted = table
        .columns
        .iter()
        .filter(|column| column.insert != Insert::Never);
    let places: Option<Vec<usize>> = parts
        .iter()
        .map(|(name, lower)| {
            let place = inserted.clone().position(|column| column.sql == *name)?;
            let column = inserted.clone().nth(place)?;
            // A column that takes NULL and has a default is given as two values.
            let two = matches!(column.insert, Insert::NullOrDefault(_));
            (!two && (!lower || column.mapped.traits.string)).then_some(place)
        })
        .collect();
    let finder = Finder {
        parts,
        predicate,
        unique: true,
    };
    Some(Target {
        name,
        conflict,
        places: places?,
        condition: finder.condition(table),
        primary,
    })
}

/// The functions, of the insert type.
pub(super) fn emit(table: &Table<'_>, scope: &Scope, file: &mut File) {
    let row = format!("super::{}", table.rust);
    if !has_deferrable(table) {
        ignore(&row, scope, file);
    }
    keys(table, &row, scope, file);
}

/// Whether PostgreSQL would refuse an `ON CONFLICT` that names no key.
fn has_deferrable(table: &Table<'_>) -> bool {
    table.id.is_some_and(|id| {
        let model = table.schema.model(id);
        let uniques = model.uniques.iter().map(|unique| unique.deferrable);
        let exclusions = model
            .exclusions
            .iter()
            .map(|exclusion| exclusion.deferrable);
        uniques
            .chain(exclusions)
            .any(|deferrable| deferrable != Deferrable::No)
    })
}

fn ignore(row: &str, scope: &Scope, file: &mut File) {
    file.blank();
    file.doc(
        1,
        "Inserts the row, or does nothing where one with the same key is there, of any unique key: then there is none to \
         return.\n\n# Errors\nIf the database refuses, or a value cannot be sent or read.",
    );
    file.signature(
        1,
        "pub fn insert_or_ignore<'c>",
        &["self".to_owned(), DB.to_owned()],
        &operation(&scope.option(row)),
    );
    file.line(2, "::pgwright::insert_or_ignore(db, self)");
    file.line(1, "}");
    file.blank();
    file.doc(
        1,
        "Inserts rows, or does nothing for those with a key that is there, of any unique key; the rows that were inserted, in \
         their order.\n\n# Errors\nIf the database refuses, or a value cannot be sent or read; then none of the rows is \
         there.",
    );
    file.signature(
        1,
        "pub fn insert_many_or_ignore<'c>",
        &[DB.to_owned(), "rows: &'c [Self]".to_owned()],
        &operation(&scope.list(row)),
    );
    file.line(2, "::pgwright::insert_many_or_ignore(db, rows)");
    file.line(1, "}");
}

fn keys(table: &Table<'_>, row: &str, scope: &Scope, file: &mut File) {
    let targets = targets(table);
    if targets.is_empty() {
        return;
    }
    let key = format!("key: ::pgwright::Unique<{row}>");
    file.blank();
    file.doc(
        1,
        "Inserts the row, or does nothing where one with the same values of that unique key is there: then there is none to \
         return.\n\n# Errors\nIf the database refuses, which it does for another key, or a value cannot be sent or read.",
    );
    file.signature(
        1,
        "pub fn insert_or_ignore_on<'c>",
        &["self".to_owned(), DB.to_owned(), key.clone()],
        &operation(&scope.option(row)),
    );
    file.line(2, "::pgwright::insert_or_ignore_on(db, self, key)");
    file.line(1, "}");
    if !table.updates {
        return;
    }
    let keys: Vec<&Target<'_>> = targets.iter().filter(|target| !target.primary).collect();
    let natural = match keys.as_slice() {
        [] => targets.first(),
        [key] => Some(*key),
        _ => None,
    };
    let natural =
        natural.and_then(|key| Some((key, rules::constant_of(table, key.name.as_str())?)));
    let errors = "# Errors\nIf the database refuses, or a value cannot be sent or read.";
    let rest = "What this row was given is written over one that is there: every value but the key's own and what never \
                changes, NULL as well where a setter was given `None` for it. What it was not given stays as it is \
                there; with nothing to write, that row is left alone and returned.";
    if let Some((key, constant)) = &natural {
        file.blank();
        file.doc(
            1,
            &format!(
                "Inserts the row, or changes the one with the same key {}.\n\n{rest}\n\n{errors}",
                code(key.name.as_str())
            ),
        );
        file.signature(
            1,
            "pub fn upsert<'c>",
            &["self".to_owned(), DB.to_owned()],
            &operation(row),
        );
        file.assignment(2, "let key", &format!("{row}::{constant};"));
        file.line(2, "::pgwright::upsert_on(db, self, key)");
        file.line(1, "}");
    }
    let rest = match natural {
        Some(_) => " It writes what [`upsert`](Self::upsert) does.".to_owned(),
        None => format!("\n\n{rest}"),
    };
    file.blank();
    file.doc(
        1,
        &format!(
            "Inserts the row, or changes the one with the same values of that unique key.{rest}\n\n{errors}"
        ),
    );
    file.signature(
        1,
        "pub fn upsert_on<'c>",
        &["self".to_owned(), DB.to_owned(), key.clone()],
        &operation(row),
    );
    file.line(2, "::pgwright::upsert_on(db, self, key)");
    file.line(1, "}");
    let many = "all or none, and returns them in the order given. Two rows with the same key are refused.\n\n# Errors\nIf the \
                database refuses, or a value cannot be sent or read.";
    if let Some((key, constant)) = natural {
        file.blank();
        file.doc(
            1,
            &format!(
                "Inserts rows, or changes those with the same key {} as [`upsert`](Self::upsert) does, {many}",
                code(key.name.as_str())
            ),
        );
        file.signature(
            1,
            "pub fn upsert_many<'c>",
            &[DB.to_owned(), "rows: &'c [Self]".to_owned()],
            &operation(&scope.list(row)),
        );
        file.assignment(2, "let key", &format!("{row}::{constant};"));
        file.line(2, "::pgwright::upsert_many_on(db, rows, key)");
        file.line(1, "}");
    }
    file.blank();
    file.doc(
        1,
        &format!(
            "Inserts rows, or changes those with the same values of that unique key as [`upsert_on`](Self::upsert_on) does, \
             {many}"
        ),
    );
    file.signature(
        1,
        "pub fn upsert_many_on<'c>",
        &[DB.to_owned(), "rows: &'c [Self]".to_owned(), key],
        &operation(&scope.list(row)),
    );
    file.line(2, "::pgwright::upsert_many_on(db, rows, key)");
    file.line(1, "}");
}
