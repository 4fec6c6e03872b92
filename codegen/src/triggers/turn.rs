//! Lets sessions that insert for one parent wait for their turn before they hold anything.
//!
//! A foreign key's check takes KEY SHARE of the parent, many sessions at a time, and the `UPDATE` of the parent comes after
//! it. Each version of the row then carries a list of all who hold it, and sessions that insert for one parent slow each
//! other down more than if they took turns. The parent's row itself cannot be locked first: a statement of several rows
//! would take its parents in the order of its rows, and not in that of their keys.
//!
//! So a turn is an advisory lock of the parent's key. It is asked for only by the first row that a transaction writes, as
//! long as the transaction has no number: whoever waits for a turn holds no row, and nobody waits for them. The lock
//! proves nothing and protects nothing, and what does without it is right all the same.

use super::feed::Feed;
use super::scope::{Scope, row_trigger};
use crate::ident::Ident;
use crate::pg::{CreateTrigger, Statement};
use crate::schema::{Event, Timing};
use crate::sql;
use crate::sql::{Literal, Sql};

/// The function and the trigger of every child whose rows all write a parent that they name with one column.
pub(super) fn statements(scope: Scope<'_>, feeds: &[Feed<'_>]) -> Vec<Statement> {
    feeds
        .chunk_by(|a, b| a.child == b.child)
        .flat_map(|group| {
            let hot: Vec<&Feed<'_>> = group.iter().filter(|feed| takes_turns(feed)).collect();
            if hot.is_empty() {
                Vec::new()
            } else {
                turn(scope, &hot)
            }
        })
        .collect()
}

/// An entry of a ledger locks its account itself. Where each column has a filter, a row may not write the parent at all.
fn takes_turns(feed: &Feed<'_>) -> bool {
    !feed.is_ledger()
        && feed.references().len() == 1
        && feed.columns.iter().any(|column| column.filter.is_none())
}

fn turn(scope: Scope<'_>, feeds: &[&Feed<'_>]) -> Vec<Statement> {
    let child = feeds[0].child;
    let table = scope.table(child);
    let function = scope.function(
        child,
        Ident::derived(&[table.name.as_str(), "maintain", "turn"]),
    );
    let trigger = CreateTrigger {
        when: Some(sql!("pg_catalog.pg_current_xact_id_if_assigned() IS NULL")),
        ..row_trigger(
            Ident::derived(&["trg", table.name.as_str(), "maintain", "turn"]),
            table.clone(),
            Timing::Before,
            Event::Insert,
            &function,
        )
    };
    let waits = feeds.iter().map(|feed| wait(scope, feed).indented(4));
    vec![
        scope.trigger_function(
            function,
            None,
            sql!(
                "\
DECLARE
    turn bigint;
    taken boolean;
BEGIN
    {waits}
    -- The transaction gets its number, so that it asks for no second turn where this row is not stored after all.
    taken := pg_catalog.pg_current_xact_id() IS NOT NULL;
    RETURN NEW;
END;",
                waits = Sql::join("\n    ", waits)
            ),
            format!(
                "Lets sessions that insert into {} for one parent take turns.",
                table.name
            ),
        ),
        trigger.into(),
    ]
}

/// Takes the turn of one parent. Whoever finds it free goes on at once, the others stand in line, and the first of the
/// line looks a few times before the turn is handed to it: a turn that is handed over costs two switches of processes for
/// each row, and sessions that are at work already do several rows in that time.
///
/// A statement within a trigger may belong to one that holds something, and takes no turn.
fn wait(scope: Scope<'_>, feed: &Feed<'_>) -> Sql {
    // Without a parent it is NULL, and so is what is asked of it.
    let turn = sql!(
        "pg_catalog.hashtextextended({parent} OPERATOR(pg_catalog.||) CAST(NEW.{by} AS pg_catalog.text), 0)",
        parent = Literal::text(format!("{}:", scope.table(feed.parent))),
        by = scope.column(feed.child, feed.columns[0].by)
    );
    sql!(
        "\
IF pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 1
   AND NOT pg_catalog.pg_try_advisory_xact_lock({turn}) THEN
    turn := {turn};
    FOR attempt IN 1..2 LOOP
        PERFORM pg_catalog.pg_sleep(0.0001);
        taken := pg_catalog.pg_try_advisory_xact_lock(turn);
        EXIT WHEN taken;
    END LOOP;
    IF NOT taken THEN
        PERFORM pg_catalog.pg_advisory_xact_lock(turn OPERATOR(pg_catalog.#) 1);
        FOR attempt IN 1..4 LOOP
            PERFORM pg_catalog.pg_sleep(0.001);
            EXIT WHEN pg_catalog.pg_try_advisory_xact_lock(turn);
        END LOOP;
        PERFORM pg_catalog.pg_advisory_xact_lock(turn);
    END IF;
END IF;",
        turn = turn
    )
}
