//! Errors that a client can tell apart without reading text.

use super::scope::Scope;
use crate::ident::Ident;
use crate::schema::{FieldId, ModelId};
use crate::sql;
use crate::sql::{Literal, Sql};

/// A rule that a trigger keeps, with the SQLSTATE of its violation and the end of its constraint's name
/// (`<table>_<rule>`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A ledger's balance would fall under its minimum.
    Minimum,
    /// A status would make a move that is not allowed.
    Transition,
    /// A retained reference names a row that is not there.
    Retained,
    /// A maintained column was written by something else than its trigger.
    Maintained,
    /// A row that never changes would change.
    Immutable,
}

impl Rule {
    /// The SQLSTATE of a violation.
    #[must_use]
    pub fn sqlstate(self) -> &'static str {
        match self {
            Self::Minimum | Self::Transition => "23514",
            Self::Retained => "23503",
            Self::Maintained => "42501",
            Self::Immutable => "55000",
        }
    }

    /// The name of the rule, as in the constraint's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimum => "minimum",
            Self::Transition => "transition",
            Self::Retained => "retained",
            Self::Maintained => "maintained",
            Self::Immutable => "immutable",
        }
    }

    /// The constraint's name in errors about a table.
    #[must_use]
    pub fn constraint(self, table: &Ident) -> Ident {
        Ident::derived(&[table.as_str(), self.name()])
    }
}

/// A `RAISE` of a rule. `message` is a template of `format()` for the values, which are SQL.
pub(super) struct Raise<'a> {
    pub(super) rule: Rule,
    pub(super) model: ModelId,
    /// The column's name, as SQL: it may depend on the row.
    pub(super) column: Option<Sql>,
    pub(super) message: String,
    pub(super) values: Vec<Sql>,
    pub(super) hint: Option<&'a str>,
}

impl Raise<'_> {
    pub(super) fn statement(&self, scope: Scope<'_>) -> Sql {
        let table = scope.table(self.model);
        let constraint = self.rule.constraint(&table.name);
        let text = |text: &str| Literal::text(text);
        let mut options = vec![
            sql!("ERRCODE = {code}", code = text(self.rule.sqlstate())),
            sql!("MESSAGE = {message}", message = self.message()),
            sql!("SCHEMA = {schema}", schema = text(table.schema.as_str())),
            sql!("TABLE = {table}", table = text(table.name.as_str())),
        ];
        if let Some(column) = &self.column {
            options.push(sql!("COLUMN = {column}", column = column));
        }
        options.push(sql!(
            "CONSTRAINT = {name}",
            name = text(constraint.as_str())
        ));
        if let Some(hint) = self.hint {
            options.push(sql!("HINT = {hint}", hint = text(hint)));
        }
        sql!(
            "RAISE EXCEPTION USING\n    {options};",
            options = Sql::join(",\n    ", options)
        )
    }

    fn message(&self) -> Sql {
        if self.values.is_empty() {
            return sql!(
                "{text}",
                text = Literal::text(self.message.replace("%%", "%"))
            );
        }
        sql!(
            "pg_catalog.format({template}, {values})",
            template = Literal::text(self.message.as_str()),
            values = Sql::join(", ", &self.values)
        )
    }
}

/// The name of a column as a value.
pub(super) fn column_name(scope: Scope<'_>, model: ModelId, field: FieldId) -> Sql {
    sql!(
        "{name}",
        name = Literal::text(scope.column(model, field).as_str())
    )
}

/// A name for a `format()` template: its `%` are doubled.
pub(super) fn plain(name: &Ident) -> String {
    name.as_str().replace('%', "%%")
}
