//! The insert type of a model: what is required by its constructor, the rest by setters.

use super::columns::{Column, Insert, Table};
use super::examples::Examples;
use super::model::Scope;
use super::module::Module;
use super::operations::{DB, has_sequence, operation};
use super::text::{File, code, sql_literal};
use super::{bulk, names, statements as sql, upsert};

/// Names of functions that a setter cannot have.
const TAKEN: &[&str] = &[
    "new",
    "insert",
    "insert_many",
    "insert_many_or_ignore",
    "insert_or_ignore",
    "insert_or_ignore_on",
    "copy_in",
    "copy_stream",
    "upsert",
    "upsert_many",
    "upsert_many_on",
    "upsert_on",
];

/// The file with the insert type and its statements.
pub(super) fn file(table: &Table<'_>, module: &mut Module) -> String {
    let mut file = File::new(&[&format!(
        "Rows of {} to insert, and the statements that do it.",
        code(table.name)
    )]);
    statements(table, &mut file, module);
    bulk::statements(table, &mut file, module);
    emit(table, &Scope::elsewhere(table), &mut file);
    module.reexport(&table.module(), format!("New{}", table.rust));
    file.finish()
}

fn statements(table: &Table<'_>, file: &mut File, module: &mut Module) {
    let mut statement = |constant: &str, doc: &str, sequences| {
        let sql = sql::insert(table, sequences);
        file.blank();
        file.doc(0, doc);
        file.constant(
            0,
            &format!("pub const {constant}: &str"),
            &sql_literal(sql.as_str()),
        );
        module.statement(&table.module(), constant, sql);
    };
    statement("INSERT", "Inserts a row and returns it.", false);
    if has_sequence(table) {
        statement(
            "INSERT_WITH_NUMBER",
            "Inserts a row whose numbers the client may give, and returns it.",
            true,
        );
    }
}

fn emit(table: &Table<'_>, scope: &Scope, file: &mut File) {
    let name = format!("New{}", table.rust);
    let columns: Vec<&Column<'_>> = table
        .columns
        .iter()
        .filter(|column| column.insert != Insert::Never)
        .collect();
    let examples = Examples::of_new(table, &parameters(&columns, scope));
    file.blank();
    file.doc(
        0,
        &format!(
            "A [`{0}`](super::{0}) to insert: what is required is given to [`new`](Self::new), the rest by setters.",
            table.rust
        ),
    );
    file.example(0, &examples.of_value("insert", &[]));
    file.line(0, "#[derive(Debug)]");
    file.line(
        0,
        "#[must_use = \"nothing is written until `insert` is called\"]",
    );
    if columns.is_empty() {
        file.line(0, &format!("pub struct {name} {{}}"));
    } else {
        file.line(0, &format!("pub struct {name} {{"));
        for column in &columns {
            file.field(1, &column.rust, &stored(column, scope));
        }
        file.line(0, "}");
    }
    file.blank();
    file.examples(examples);
    file.line(0, &format!("impl {name} {{"));
    constructor(table, &columns, scope, file);
    let setters: Vec<&Column<'_>> = columns
        .iter()
        .copied()
        .filter(|column| column.insert != Insert::Required)
        .collect();
    let names = setter_names(&setters, TAKEN);
    for (column, setter) in setters.into_iter().zip(names) {
        file.blank();
        self::setter(column, &setter, scope, file);
    }
    file.blank();
    insert(table, file);
    bulk::emit(table, scope, file);
    upsert::emit(table, scope, file);
    file.line(0, "}");
    bulk::describe(table, &columns, file);
}

/// The type of a field of the insert type.
fn stored(column: &Column<'_>, scope: &Scope) -> String {
    let value = scope.value(&column.mapped);
    match column.insert {
        Insert::Required | Insert::NewId | Insert::Never => value,
        Insert::OrDefault(_) | Insert::OrNext => scope.option(&value),
        Insert::OrNull | Insert::NullOrDefault(_) => format!("::pgwright::Patch<{value}>"),
    }
}

/// Names for setters: that of the column, or with a line where a function has it.
pub(super) fn setter_names(columns: &[&Column<'_>], taken: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = columns
        .iter()
        .filter(|column| !taken.contains(&column.rust.as_str()))
        .map(|column| column.rust.clone())
        .collect();
    columns
        .iter()
        .map(|column| {
            if taken.contains(&column.rust.as_str()) {
                let name = names::free(&format!("{}_", column.rust), &all);
                all.push(name.clone());
                name
            } else {
                column.rust.clone()
            }
        })
        .collect()
}

fn constructor(table: &Table<'_>, columns: &[&Column<'_>], scope: &Scope, file: &mut File) {
    let requires = |column: &&Column<'_>| column.insert == Insert::Required;
    file.doc(
        1,
        &if columns.iter().any(requires) {
            format!("A row of {} with what it must say.", code(table.name))
        } else {
            format!("A row of {} that says nothing yet.", code(table.name))
        },
    );
    file.signature(1, "pub fn new", &parameters(columns, scope), "Self");
    let fields: Vec<String> = columns
        .iter()
        .map(|column| match column.insert {
            Insert::Required if column.mapped.traits.string => format!(
                "{}: ::pgwright::IntoValue::into_value({})",
                column.rust, column.rust
            ),
            Insert::Required | Insert::Never => column.rust.clone(),
            Insert::NewId => format!("{}: {}::new()", column.rust, scope.value(&column.mapped)),
            Insert::OrDefault(_) | Insert::OrNext => format!("{}: None", column.rust),
            Insert::OrNull | Insert::NullOrDefault(_) => {
                format!("{}: ::pgwright::Patch::Absent", column.rust)
            }
        })
        .collect();
    file.structure(2, "Self", &fields, "");
    file.line(1, "}");
}

/// What the constructor is given.
fn parameters(columns: &[&Column<'_>], scope: &Scope) -> Vec<String> {
    columns
        .iter()
        .filter(|column| column.insert == Insert::Required)
        .map(|column| {
            let value = scope.value(&column.mapped);
            if column.mapped.traits.string {
                format!("{}: impl ::pgwright::IntoValue<{value}>", column.rust)
            } else {
                format!("{}: {value}", column.rust)
            }
        })
        .collect()
}

fn setter(column: &Column<'_>, name: &str, scope: &Scope, file: &mut File) {
    let value = scope.value(&column.mapped);
    let sql = code(column.sql.as_str());
    let (doc, parameter, set) = match column.insert {
        Insert::NewId => (
            format!("Sets {sql}, which is a new UUIDv7 otherwise."),
            format!("value: {value}"),
            "value;",
        ),
        Insert::NullOrDefault(_) => (
            format!("Sets {sql}: a value, or `None` for NULL; its default otherwise."),
            format!("value: impl ::pgwright::IntoField<{value}>"),
            "::pgwright::Patch::of(value);",
        ),
        Insert::OrDefault(_) => (
            format!("Sets {sql}; `None` is its default."),
            format!("value: impl ::pgwright::IntoField<{value}>"),
            "::pgwright::IntoField::into_field(value);",
        ),
        Insert::OrNext => (
            format!("Sets {sql}; `None` is the next number of its sequence."),
            format!("value: impl ::pgwright::IntoField<{value}>"),
            "::pgwright::IntoField::into_field(value);",
        ),
        _ => (
            format!("Sets {sql}; `None` is NULL."),
            format!("value: impl ::pgwright::IntoField<{value}>"),
            "::pgwright::Patch::of(value);",
        ),
    };
    file.doc(1, &doc);
    if let Some(note) = column.deprecated {
        file.line(
            1,
            &format!("#[deprecated = {}]", super::text::literal(note)),
        );
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

fn insert(table: &Table<'_>, file: &mut File) {
    file.doc(
        1,
        "Inserts the row and returns it as the database has it.\n\n# Errors\nIf the database refuses, or a value cannot \
         be sent or read.",
    );
    file.signature(
        1,
        "pub fn insert<'c>",
        &["self".to_owned(), DB.to_owned()],
        &operation(&format!("super::{}", table.rust)),
    );
    file.line(2, "::pgwright::insert(db, self)");
    file.line(1, "}");
}
