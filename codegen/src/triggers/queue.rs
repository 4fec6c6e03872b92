//! Says when a queue has ready jobs, so that nobody has to ask again and again.
//!
//! An INSERT is announced by a statement trigger, once for however many rows. An UPDATE would have to look through every
//! claim and every heartbeat for rows that became ready, so that it is announced by a row trigger, whose `WHEN` costs other
//! updates next to nothing; PostgreSQL delivers what a transaction says twice once.
//!
//! A transaction that announces something waits for others that do when it commits, since notifications are in one
//! order. Whoever has no use for them sets `pgwright.notify` to `off`: for a session, a role or the database.

use super::scope::{Scope, row_trigger};
use crate::ident::{Ident, QualifiedName};
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{Event, Level, ModelId, Queue, Timing};
use crate::sql;
use crate::sql::{Literal, Sql};

/// The setting that turns announcements off.
const SETTING: &str = "pgwright.notify";

pub(super) fn statements(scope: Scope<'_>) -> Vec<Statement> {
    scope
        .schema
        .models_with_ids()
        .filter_map(|(id, model)| Some((id, model.queue.as_ref()?)))
        .flat_map(|(id, queue)| of_queue(scope, id, queue))
        .collect()
}

fn of_queue(scope: Scope<'_>, model: ModelId, queue: &Queue) -> Vec<Statement> {
    let table = scope.table(model);
    let status = scope.column(model, queue.status);
    let ready = Literal::text(queue.ready.as_str());
    let eq = scope.equal(model, queue.status);
    let name = |event: &str| {
        scope.function(
            model,
            Ident::derived(&[table.name.as_str(), "queue", event]),
        )
    };
    let notify = sql!(
        "PERFORM pg_catalog.pg_notify({channel}, '');",
        channel = Literal::text(crate::rust::channel(table).as_str())
    );
    let on = sql!(
        "pg_catalog.current_setting({setting}, true) IS DISTINCT FROM 'off'",
        setting = Literal::text(SETTING)
    );
    let (insert, update) = (name("insert"), name("update"));
    let mut statements = vec![
        scope.trigger_function(
            insert.clone(),
            None,
            sql!(
                "\
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE new_rows.{status} {eq} {ready}) THEN
        {notify}
    END IF;
    RETURN NULL;
END;",
                status = status,
                eq = eq,
                ready = ready,
                notify = notify
            ),
            format!("Announces rows of {} that came ready.", table.name),
        ),
        scope.trigger_function(
            update.clone(),
            None,
            sql!(
                "BEGIN\n    {notify}\n    RETURN NULL;\nEND;",
                notify = notify
            ),
            format!("Announces rows of {} that became ready.", table.name),
        ),
    ];
    for table in scope.statement_tables(model) {
        statements.push(on_insert(&table, &insert, on.clone()).into());
    }
    let became = sql!(
        "NEW.{status} {eq} {ready} AND OLD.{status} IS DISTINCT FROM {ready} AND {on}",
        status = status,
        eq = eq,
        ready = ready,
        on = on
    );
    statements.push(
        CreateTrigger {
            when: Some(became),
            ..row_trigger(
                Ident::derived(&["trg", table.name.as_str(), "queue", "update"]),
                table.clone(),
                Timing::After,
                Event::Update,
                &update,
            )
        }
        .into(),
    );
    statements
}

/// A partition has one of its own: a row that is put straight into it does not fire that of its parent.
fn on_insert(table: &QualifiedName, function: &QualifiedName, when: Sql) -> CreateTrigger {
    CreateTrigger {
        level: Level::Statement,
        when: Some(when),
        new_table: Some(Ident::derived(&["new_rows"])),
        ..row_trigger(
            Ident::derived(&["trg", table.name.as_str(), "queue", "insert"]),
            table.clone(),
            Timing::After,
            Event::Insert,
            function,
        )
    }
}
