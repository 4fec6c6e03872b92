//! The patch type of a model: what an update says, and what it leaves alone.

use super::columns::{Column, Table};
use super::examples::Examples;
use super::insert::setter_names;
use super::model::{Key, Scope};
use super::operations::{DB, found, key_values, operation};
use super::statements;
use super::text::{File, code, literal};
use super::types::Wire;

/// Names of functions that a setter cannot have.
const TAKEN: &[&str] = &["new", "update", "update_where", "update_where_returning"];

pub(super) fn emit(table: &Table<'_>, scope: &Scope, file: &mut File) {
    let Some(key) = Key::of(table) else {
        return;
    };
    let name = format!("{}Patch", table.rust);
    let columns: Vec<&Column<'_>> = table.columns.iter().filter(|column| column.patch).collect();
    file.blank();
    file.doc(
        0,
        &format!(
            "What to change of a [`{}`]: what is not set stays as it is.",
            table.rust
        ),
    );
    let examples = Examples::of_patch(table, TAKEN);
    let id = key.parameter(scope);
    let id = ("id".to_owned(), id.trim_start_matches("id: ").to_owned());
    file.example(0, &examples.of_value("update", &[id]));
    file.line(0, "#[derive(Debug)]");
    file.line(
        0,
        "#[must_use = \"nothing is written until `update` is called\"]",
    );
    file.line(0, &format!("pub struct {name} {{"));
    for column in &columns {
        let value = scope.value(&column.mapped);
        let ty = if column.nullable {
            format!("::pgwright::Patch<{value}>")
        } else {
            scope.option(&value)
        };
        file.field(1, &column.rust, &ty);
    }
    file.line(0, "}");
    file.blank();
    file.examples(examples);
    file.line(0, &format!("impl {name} {{"));
    file.doc(1, "A patch that changes nothing yet.");
    file.line(1, "pub fn new() -> Self {");
    let fields: Vec<String> = columns
        .iter()
        .map(|column| {
            if column.nullable {
                format!("{}: ::pgwright::Patch::Absent", column.rust)
            } else {
                format!("{}: None", column.rust)
            }
        })
        .collect();
    file.structure(2, "Self", &fields, "");
    file.line(1, "}");
    for (column, name) in columns.iter().zip(setter_names(&columns, TAKEN)) {
        file.blank();
        setter(column, &name, scope, file);
    }
    file.blank();
    update(table, &key, scope, file);
    update_where(table, scope, file);
    file.line(0, "}");
    assign(table, &columns, file);
    file.blank();
    file.line(0, &format!("impl ::core::default::Default for {name} {{"));
    file.line(1, "fn default() -> Self {");
    file.line(2, "Self::new()");
    file.line(1, "}");
    file.line(0, "}");
}

fn setter(column: &Column<'_>, name: &str, scope: &Scope, file: &mut File) {
    let value = scope.value(&column.mapped);
    let sql = code(column.sql.as_str());
    let (doc, parameter, set) = if column.nullable {
        (
            format!("Sets {sql}: a value, or `None` for NULL."),
            format!("value: impl ::pgwright::IntoField<{value}>"),
            "::pgwright::Patch::of(value);",
        )
    } else if column.mapped.traits.string {
        (
            format!("Sets {sql}."),
            format!("value: impl ::pgwright::IntoValue<{value}>"),
            "Some(::pgwright::IntoValue::into_value(value));",
        )
    } else {
        (
            format!("Sets {sql}."),
            format!("value: {value}"),
            "Some(value);",
        )
    };
    file.doc(1, &doc);
    if let Some(note) = column.deprecated {
        file.line(1, &format!("#[deprecated = {}]", literal(note)));
    }
    file.signature(
        1,
        &format!("pub fn {name}"),
        &["mut self".to_owned(), parameter],
        "Self",
    );
    file.assignment(2, &format!("self.{}", column.rust), set);
    file.line(2, "self");
    file.line(1, "}");
}

fn update(table: &Table<'_>, key: &Key<'_, '_>, scope: &Scope, file: &mut File) {
    file.doc(
        1,
        "Changes the row with that key and returns it as the database has it. A patch that changes nothing reads the \
         row.\n\n# Errors\n[`NotFound`](::pgwright::Error::NotFound) if there is no row; else if the database refuses, or \
         a value cannot be sent or read.",
    );
    file.signature(
        1,
        "pub fn update<'c>",
        &["self".to_owned(), DB.to_owned(), key.parameter(scope)],
        &operation(&table.rust),
    );
    if let Key::Several(name) = key {
        file.assignment(
            2,
            &format!("let id: {name}"),
            "::core::convert::Into::into(id);",
        );
    }
    file.line(2, "let mut keys = ::pgwright::Args::new();");
    key_values(table, key, 2, "keys", file);
    file.line(
        2,
        "let mut update = ::pgwright::Update::new(UPDATE_HEAD, keys);",
    );
    file.line(2, "::pgwright::PatchRow::assign(&self, &mut update);");
    file.line(2, "if update.is_empty() {");
    file.line(3, &format!("return {}::get(db, id);", table.rust));
    file.line(2, "}");
    file.line(2, "let row = update.fetch_optional(db, UPDATE_TAIL);");
    found(table, key, "row", 2, file);
    file.line(1, "}");
}

/// What is set, for every update alike.
fn assign(table: &Table<'_>, columns: &[&Column<'_>], file: &mut File) {
    file.blank();
    file.line(
        0,
        &format!("impl ::pgwright::PatchRow for {}Patch {{", table.rust),
    );
    file.line(1, &format!("type Row = {};", table.rust));
    file.blank();
    file.line(1, "fn assign(&self, update: &mut ::pgwright::Update) {");
    let (_, assignments, _) = statements::update(table);
    for (column, assignment) in columns.iter().zip(assignments) {
        let set = match (column.nullable, column.mapped.wire) {
            (true, Wire::Jsonb) => "update.patch_jsonb",
            (true, Wire::Json) => "update.patch_json",
            (true, _) => "update.patch",
            (false, Wire::Jsonb) => "update.set_jsonb",
            (false, Wire::Json) => "update.set_json",
            (false, _) => "update.set",
        };
        let mut arguments = vec![
            literal(assignment.as_str()),
            format!("&self.{}", column.rust),
        ];
        if !matches!(column.mapped.wire, Wire::Jsonb | Wire::Json) {
            arguments.push(literal(statements::cast(table, column).as_str()));
        }
        file.call(2, set, &arguments);
    }
    file.line(1, "}");
    file.line(0, "}");
}

fn update_where(table: &Table<'_>, scope: &Scope, file: &mut File) {
    let errors = "# Errors\n[`Misuse`](::pgwright::Error::Misuse) if the filter says nothing and is not `Filter::all()`; \
                  else if the database refuses, or a value cannot be sent";
    let ordered = table.locks_rows();
    let parameters = [
        "self".to_owned(),
        DB.to_owned(),
        format!("filter: ::pgwright::Filter<{}>", table.rust),
    ];
    file.blank();
    file.doc(
        1,
        &format!("Changes all rows of which the filter is true, and says how many they were.\n\n{errors}."),
    );
    file.signature(1, "pub fn update_where<'c>", &parameters, &operation("u64"));
    file.line(
        2,
        &format!("::pgwright::update_where(db, self, filter, {ordered})"),
    );
    file.line(1, "}");
    file.blank();
    file.doc(
        1,
        &format!(
            "Changes all rows of which the filter is true, and returns them as the database has them, in no particular \
             order.\n\n{errors} or read."
        ),
    );
    file.signature(
        1,
        "pub fn update_where_returning<'c>",
        &parameters,
        &operation(&scope.list(&table.rust)),
    );
    file.line(
        2,
        &format!("::pgwright::update_where_returning(db, self, filter, {ordered})"),
    );
    file.line(1, "}");
}
