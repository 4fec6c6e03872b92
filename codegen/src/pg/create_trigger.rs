//! `CREATE TRIGGER`.

use crate::ident::{Ident, QualifiedName};
use crate::schema::{Deferrable, Event, Level, Timing};
use crate::sql::{Literal, Render, Sql};

/// A trigger of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTrigger {
    /// Its name. Triggers of one event fire in the order of their names' bytes.
    pub name: Ident,
    /// The table or view.
    pub table: QualifiedName,
    /// When it fires.
    pub timing: Timing,
    /// What it fires on.
    pub events: Vec<Event>,
    /// `UPDATE OF` columns.
    pub update_of: Vec<Ident>,
    /// Once a row or once a statement.
    pub level: Level,
    /// `WHEN`, without the parentheses around it.
    pub when: Option<Sql>,
    /// `OLD TABLE AS`.
    pub old_table: Option<Ident>,
    /// `NEW TABLE AS`.
    pub new_table: Option<Ident>,
    /// Whether it is a constraint trigger, and when it is checked.
    pub constraint: Option<Deferrable>,
    /// The function.
    pub function: Sql,
    /// Text arguments.
    pub args: Vec<Literal>,
}

impl Render for CreateTrigger {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(if self.constraint.is_some() {
            "CREATE CONSTRAINT TRIGGER "
        } else {
            "CREATE TRIGGER "
        });
        sql.push(&self.name).push_keyword(match self.timing {
            Timing::Before => "\n    BEFORE ",
            Timing::After => "\n    AFTER ",
            Timing::InsteadOf => "\n    INSTEAD OF ",
        });
        for (index, event) in self.events.iter().enumerate() {
            if index > 0 {
                sql.push_keyword(" OR ");
            }
            sql.push_keyword(match event {
                Event::Insert => "INSERT",
                Event::Update => "UPDATE",
                Event::Delete => "DELETE",
                Event::Truncate => "TRUNCATE",
            });
            if *event == Event::Update && !self.update_of.is_empty() {
                sql.push_keyword(" OF ")
                    .push(&Sql::join(", ", &self.update_of));
            }
        }
        sql.push_keyword(" ON ").push(&self.table);
        match self.constraint {
            Some(Deferrable::Immediate) => {
                sql.push_keyword("\n    DEFERRABLE INITIALLY IMMEDIATE");
            }
            Some(Deferrable::Deferred) => {
                sql.push_keyword("\n    DEFERRABLE INITIALLY DEFERRED");
            }
            Some(Deferrable::No) | None => {}
        }
        if self.old_table.is_some() || self.new_table.is_some() {
            sql.push_keyword("\n    REFERENCING");
            if let Some(table) = &self.old_table {
                sql.push_keyword(" OLD TABLE AS ").push(table);
            }
            if let Some(table) = &self.new_table {
                sql.push_keyword(" NEW TABLE AS ").push(table);
            }
        }
        sql.push_keyword(match self.level {
            Level::Row => "\n    FOR EACH ROW",
            Level::Statement => "\n    FOR EACH STATEMENT",
        });
        if let Some(when) = &self.when {
            sql.push_keyword("\n    WHEN (")
                .push(when)
                .push_keyword(")");
        }
        sql.push_keyword("\n    EXECUTE FUNCTION ")
            .push(&self.function)
            .push_keyword("(");
        sql.push(&Sql::join(", ", &self.args)).push_keyword(");\n");
    }
}
