//! A model's file: the type of its rows and of its key, the rules, and what [`super::operations`] and [`super::patch`] add.

use super::columns::{Column, Table};
use super::module::Module;
use super::text::{File, code, literal};
use super::traits::Traits;
use super::types::{self, Mapped, Wire};
use super::{domains, names, operations, patch, rules, table as query};

/// The file of a model or a typed view.
pub(super) fn file(table: &Table<'_>, module: &mut Module) -> String {
    let scope = Scope::of(table);
    let mut file = File::new(&[&format!(
        "The {} {}: the {} {}.",
        if table.id.is_some() { "model" } else { "view" },
        code(table.name),
        if table.id.is_some() { "table" } else { "view" },
        code(&table.sql.to_string())
    )]);
    module.submodule(&table.module());
    file.blank();
    row(table, &scope, &mut file);
    module.reexport(&table.module(), table.rust.clone());
    if let Some(key) = Key::of(table) {
        key.emit(table, &scope, &mut file);
        if let Some(name) = key.own_name() {
            module.reexport(&table.module(), name.to_owned());
        }
    }
    operations::statements(table, &mut file, module);
    read_row(table, &mut file);
    if rules::has_any(table) {
        file.blank();
        file.line(0, &format!("impl {} {{", table.rust));
        rules::emit(table, &mut file, module);
        file.line(0, "}");
    }
    operations::emit(table, &scope, &mut file);
    if table.id.is_some() && table.updates && !table.key.is_empty() {
        patch::emit(table, &scope, &mut file);
        module.reexport(&table.module(), format!("{}Patch", table.rust));
    }
    file.finish()
}

/// How a model's file names what Rust brings: a model called `Option` hides the other one.
pub(super) struct Scope {
    hidden: bool,
    /// The model's own key, which needs no path.
    key: String,
}

impl Scope {
    fn of(table: &Table<'_>) -> Self {
        Self {
            hidden: names::is_prelude(&table.rust),
            key: format!("{}Id", table.rust),
        }
    }

    /// In a file beside the model's own.
    pub(super) fn elsewhere(table: &Table<'_>) -> Self {
        Self {
            key: String::new(),
            ..Self::of(table)
        }
    }

    /// In a file that has the types of the whole spec in scope.
    pub(super) fn beside_all(table: &Table<'_>, hides: bool) -> Self {
        Self {
            hidden: hides,
            ..Self::of(table)
        }
    }

    pub(super) fn option(&self, inner: &str) -> String {
        if self.hidden {
            format!("::core::option::Option<{inner}>")
        } else {
            format!("Option<{inner}>")
        }
    }

    pub(super) fn list(&self, inner: &str) -> String {
        if self.hidden {
            format!("::std::vec::Vec<{inner}>")
        } else {
            format!("Vec<{inner}>")
        }
    }

    /// The type of a value that is not NULL.
    pub(super) fn value(&self, mapped: &Mapped) -> String {
        if mapped.rust.strip_prefix("super::") == Some(&self.key) {
            self.key.clone()
        } else if self.hidden && mapped.wire != Wire::Own {
            types::absolute(&mapped.rust)
        } else {
            mapped.rust.clone()
        }
    }
}

/// The struct of a row.
fn row(table: &Table<'_>, scope: &Scope, file: &mut File) {
    file.doc_or(
        0,
        table.doc,
        &format!("A row of {}.", code(&table.sql.to_string())),
    );
    // A type of the author's own may not be comparable.
    let equal = table
        .columns
        .iter()
        .all(|column| column.mapped.traits.equal);
    file.line(
        0,
        if equal {
            "#[derive(Clone, Debug, PartialEq)]"
        } else {
            "#[derive(Clone, Debug)]"
        },
    );
    if table.columns.is_empty() {
        file.line(0, &format!("pub struct {} {{}}", table.rust));
        return;
    }
    file.line(0, &format!("pub struct {} {{", table.rust));
    for column in &table.columns {
        file.doc_or(
            1,
            column.doc,
            &format!("The column {}.", code(column.sql.as_str())),
        );
        if let Some(note) = column.deprecated {
            file.line(1, &format!("#[deprecated = {}]", literal(note)));
        }
        let value = scope.value(&column.mapped);
        let ty = if column.nullable {
            scope.option(&value)
        } else {
            value
        };
        file.field(1, &format!("pub {}", column.rust), &ty);
    }
    file.line(0, "}");
}

/// How a row is read.
fn read_row(table: &Table<'_>, file: &mut File) {
    file.blank();
    file.line(0, &format!("impl ::pgwright::Model for {} {{", table.rust));
    file.constant(1, "const NAME: &'static str", &literal(table.name));
    file.line(
        1,
        "const RULES: &'static [::pgwright::Rule] = super::super::RULES;",
    );
    file.line(
        1,
        "const SPEC: &'static ::pgwright::Spec = &super::super::SPEC;",
    );
    query::emit(table, file);
    file.blank();
    file.line(
        1,
        "fn read_row(row: &::pgwright::Row<'_>) -> ::pgwright::Result<Self> {",
    );
    if table.columns.is_empty() {
        file.line(2, "let _ = row;");
    }
    let fields: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let get = match (column.mapped.wire, column.nullable) {
                (Wire::Jsonb | Wire::Json, true) => "json_or_null",
                (Wire::Jsonb | Wire::Json, false) => "json",
                (Wire::Own, _) => "own",
                _ => "get",
            };
            format!("{}: row.{get}({index})?", column.rust)
        })
        .collect();
    file.structure(2, "Ok(Self", &fields, ")");
    file.line(1, "}");
    file.line(0, "}");
}

/// The key of a model.
pub(super) enum Key<'t, 'a> {
    /// One column, whose type is the model's own.
    Own(&'t Column<'a>, String),
    /// One column, whose type is another model's.
    Other(&'t Column<'a>),
    /// Several columns.
    Several(String),
}

impl<'t, 'a> Key<'t, 'a> {
    /// The key, if there is one.
    pub(super) fn of(table: &'t Table<'a>) -> Option<Self> {
        let name = format!("{}Id", table.rust);
        match table.key.as_slice() {
            [] => None,
            [index] => {
                let column = table.columns.get(*index)?;
                Some(if column.mapped.rust == format!("super::{name}") {
                    Self::Own(column, name)
                } else {
                    Self::Other(column)
                })
            }
            _ => Some(Self::Several(name)),
        }
    }

    /// The name of the type that the model's file defines for it.
    pub(super) fn own_name(&self) -> Option<&str> {
        match self {
            Self::Own(_, name) | Self::Several(name) => Some(name),
            Self::Other(_) => None,
        }
    }

    /// The parameter of an operation.
    pub(super) fn parameter(&self, scope: &Scope) -> String {
        match self {
            Self::Own(column, name) if column.mapped.traits.copy => format!("id: {name}"),
            Self::Own(_, name) => format!("id: &{name}"),
            Self::Other(column) if column.mapped.traits.copy => {
                format!("id: {}", scope.value(&column.mapped))
            }
            Self::Other(column) => format!("id: &{}", scope.value(&column.mapped)),
            Self::Several(name) => format!("id: impl ::core::convert::Into<{name}>"),
        }
    }

    /// Whether the parameter has to be made a key first.
    pub(super) fn converts(&self) -> bool {
        matches!(self, Self::Several(_))
    }

    /// The type.
    pub(super) fn ty(&self, scope: &Scope) -> String {
        match self {
            Self::Own(_, name) | Self::Several(name) => name.clone(),
            Self::Other(column) => scope.value(&column.mapped),
        }
    }

    /// The parameter of an operation, in a file beside the model's own.
    pub(super) fn parameter_elsewhere(&self, scope: &Scope) -> String {
        let ty = self.elsewhere(scope);
        match self {
            Self::Several(_) => format!("id: impl ::core::convert::Into<{ty}>"),
            Self::Own(column, _) | Self::Other(column) if column.mapped.traits.copy => {
                format!("id: {ty}")
            }
            Self::Own(..) | Self::Other(_) => format!("id: &{ty}"),
        }
    }

    /// Makes the parameter a key, in a file beside the model's own.
    pub(super) fn convert_elsewhere(&self, file: &mut File) {
        if let Self::Several(name) = self {
            file.assignment(
                2,
                &format!("let id: super::{name}"),
                "::core::convert::Into::into(id);",
            );
        }
    }

    /// The type, as a file beside the model's own names it.
    pub(super) fn elsewhere(&self, scope: &Scope) -> String {
        match self {
            Self::Own(_, name) | Self::Several(name) => format!("super::{name}"),
            Self::Other(column) => scope.value(&column.mapped),
        }
    }

    fn emit(&self, table: &Table<'_>, scope: &Scope, file: &mut File) {
        match self {
            Self::Own(column, name) => {
                file.blank();
                file.doc(0, &format!("The key of a [`{}`].", table.rust));
                let inner = types::key_inner(table.schema, column.ty);
                domains::newtype(file, name, &inner);
                if inner.rust == "::pgwright::types::Uuid" {
                    file.call(0, "::pgwright::uuid_id!", std::slice::from_ref(name));
                }
            }
            Self::Other(_) => {}
            Self::Several(name) => self.emit_several(table, scope, name, file),
        }
    }

    fn emit_several(&self, table: &Table<'_>, scope: &Scope, name: &str, file: &mut File) {
        let traits = table.key_columns().fold(Traits::PLAIN, |traits, column| {
            traits.and(column.mapped.traits)
        });
        file.blank();
        file.doc(
            0,
            &format!(
                "The key of a [`{}`]; a tuple of its parts will do for it, or a reference to a row.",
                table.rust
            ),
        );
        file.line(0, &traits.derives());
        file.line(0, &format!("pub struct {name} {{"));
        for column in table.key_columns() {
            file.doc(1, &format!("The column {}.", code(column.sql.as_str())));
            file.field(
                1,
                &format!("pub {}", column.rust),
                &scope.value(&column.mapped),
            );
        }
        file.line(0, "}");
        let parts: Vec<String> = table
            .key_columns()
            .map(|column| scope.value(&column.mapped))
            .collect();
        let idents: Vec<String> = table
            .key_columns()
            .map(|column| column.rust.clone())
            .collect();
        file.blank();
        let alias = format!("{name}Parts");
        file.tuple_alias(&alias, &parts);
        file.blank();
        file.line(
            0,
            &format!("impl ::core::convert::From<{alias}> for {name} {{"),
        );
        file.line(1, &format!("fn from(parts: {alias}) -> Self {{"));
        let fields: Vec<String> = idents
            .iter()
            .enumerate()
            .map(|(index, ident)| format!("{ident}: parts.{index}"))
            .collect();
        file.structure(2, "Self", &fields, "");
        file.line(1, "}");
        file.line(0, "}");
        file.blank();
        let row = format!("&{}", table.rust);
        file.line(
            0,
            &format!("impl ::core::convert::From<{row}> for {name} {{"),
        );
        file.line(1, &format!("fn from(row: {row}) -> Self {{"));
        let fields: Vec<String> = table
            .key_columns()
            .map(|column| {
                let ident = &column.rust;
                let clone = if column.mapped.traits.copy {
                    ""
                } else {
                    ".clone()"
                };
                format!("{ident}: row.{ident}{clone}")
            })
            .collect();
        file.structure(2, "Self", &fields, "");
        file.line(1, "}");
        file.line(0, "}");
    }
}
