//! `ALTER TABLE … ADD … FOREIGN KEY`.

use crate::ident::{Ident, QualifiedName};
use crate::schema::{Action, Deferrable};
use crate::sql::{Render, Sql};

/// A foreign key, added when every table is there, so that tables may refer to each other in a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddForeignKey {
    /// The table that refers.
    pub table: QualifiedName,
    /// The constraint's name.
    pub name: Ident,
    /// The columns here.
    pub columns: Vec<Ident>,
    /// The table it refers to.
    pub target: QualifiedName,
    /// The columns there.
    pub to: Vec<Ident>,
    /// What a delete there does here.
    pub on_delete: Action,
    /// What a change of the key there does here.
    pub on_update: Action,
    /// When it is checked.
    pub deferrable: Deferrable,
    /// Not proven for rows that were there before.
    pub not_valid: bool,
}

impl Render for AddForeignKey {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER TABLE ")
            .push(&self.table)
            .push_keyword("\n    ADD CONSTRAINT ")
            .push(&self.name)
            .push_keyword(" FOREIGN KEY (")
            .push(&Sql::join(", ", &self.columns))
            .push_keyword(")\n    REFERENCES ")
            .push(&self.target)
            .push_keyword(" (")
            .push(&Sql::join(", ", &self.to))
            .push_keyword(")");
        if let Some(action) = words(self.on_update) {
            sql.push_keyword(" ON UPDATE ").push_keyword(action);
        }
        if let Some(action) = words(self.on_delete) {
            sql.push_keyword(" ON DELETE ").push_keyword(action);
        }
        sql.push(&self.deferrable);
        if self.not_valid {
            sql.push_keyword(" NOT VALID");
        }
        sql.push_keyword(";\n");
    }
}

/// The words of an action, where it is not the one that needs none.
fn words(action: Action) -> Option<&'static str> {
    match action {
        Action::NoAction | Action::Retain => None,
        Action::Restrict => Some("RESTRICT"),
        Action::Cascade => Some("CASCADE"),
        Action::SetNull => Some("SET NULL"),
        Action::SetDefault => Some("SET DEFAULT"),
    }
}
