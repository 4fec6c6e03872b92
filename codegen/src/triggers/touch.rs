//! Sets a time column on every update.

use super::scope::{Scope, named, row_trigger};
use crate::ident::Ident;
use crate::pg::Statement;
use crate::schema::{Event, Timing, Touch, Trigger};
use crate::sql;

pub(super) fn statements(scope: Scope<'_>, trigger: &Trigger, touch: &Touch) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let mut functions = Vec::new();
    for on in &touch.on {
        let table = scope.table(on.model);
        let column = scope.column(on.model, on.field);
        let name = scope.function(
            on.model,
            named(trigger.functions.update.as_ref(), &[trigger.name.as_str()]),
        );
        if !functions.contains(&name) {
            functions.push(name.clone());
            statements.push(scope.trigger_function(
                name.clone(),
                None,
                sql!(
                    "BEGIN\n    NEW.{column} := pg_catalog.now();\n    RETURN NEW;\nEND;",
                    column = column
                ),
                format!("Sets {column} to the time of the transaction."),
            ));
        }
        let of_table = Ident::derived(&["trg", table.name.as_str(), column.as_str()]);
        // A trigger's name is its table's own: what the author set can stand on several tables.
        let own = trigger.names.update.clone().unwrap_or(of_table);
        statements
            .push(row_trigger(own, table.clone(), Timing::Before, Event::Update, &name).into());
    }
    statements
}
