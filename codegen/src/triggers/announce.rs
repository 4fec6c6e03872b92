//! How a function of ours tells the guard of a parent what it is about to write.
//!
//! The announcement is a setting of the transaction: the parent's table, the depth of triggers at which the `UPDATE` runs,
//! and either the exact change of each maintained column, for a single row, or `*`, where the function itself compares
//! what was written with what it meant. The depth keeps a trigger that fires within our `UPDATE` from writing under our
//! name. It is set around one statement and set back, so that it holds for nothing else; an error sets it back too.

use super::feed::Feed;
use super::scope::Scope;
use crate::schema::{BaseType, Builtin, FieldId, ModelId};
use crate::sql;
use crate::sql::{Literal, Sql};

/// The setting. A placeholder of its own that anybody may set: the guard is against mistakes, not against malice.
pub(super) const SETTING: &str = "pgwright.maintaining";

/// The setting by which what a BEFORE trigger made of a row is known again when the row has been stored: a `WHEN` is read
/// as soon as the row is, before the next one.
pub(super) const MADE: &str = "pgwright.made";

/// What [`MADE`] is when a statement has counted children of parents that it made itself.
pub(super) const ADOPTED: &str = "adopted";

/// Says that children were counted which another trigger of the same statement would count again.
pub(super) fn adopted() -> Sql {
    sql!(
        "PERFORM pg_catalog.set_config({setting}, {adopted}, true);",
        setting = Literal::text(MADE),
        adopted = Literal::text(ADOPTED)
    )
}

/// What [`MADE`] is at the moment.
pub(super) fn made() -> Sql {
    sql!(
        "coalesce(pg_catalog.current_setting({setting}, true), '')",
        setting = Literal::text(MADE)
    )
}

/// The maintained columns of a parent, in the order of its fields.
pub(super) fn maintained_columns(feeds: &[Feed<'_>], parent: ModelId) -> Vec<FieldId> {
    let mut columns: Vec<FieldId> = feeds
        .iter()
        .filter(|feed| feed.parent == parent)
        .flat_map(|feed| feed.columns.iter().map(|column| column.into))
        .collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// The text that stands for a parent's table.
fn table(scope: Scope<'_>, parent: ModelId) -> Literal {
    Literal::text(scope.table(parent).to_string())
}

/// The announcement of exact changes, one for each maintained column, at a depth.
pub(super) fn exact(
    scope: Scope<'_>,
    parent: ModelId,
    depth: &Sql,
    changes: impl IntoIterator<Item = Sql>,
) -> Sql {
    sql!(
        "pg_catalog.concat_ws(':', {table}, {depth}, {changes})",
        table = table(scope, parent),
        depth = depth,
        changes = Sql::join(", ", changes)
    )
}

/// The announcement of any change, at a depth.
pub(super) fn any(scope: Scope<'_>, parent: ModelId, depth: &Sql) -> Sql {
    sql!(
        "pg_catalog.concat_ws(':', {table}, {depth}, '*')",
        table = table(scope, parent),
        depth = depth
    )
}

/// A change as text: two numerics that are equal may differ in their trailing zeros.
pub(super) fn change(scope: Scope<'_>, parent: ModelId, column: FieldId, value: Sql) -> Sql {
    let integer = matches!(
        scope.field(parent, column).ty.base,
        BaseType::Builtin(Builtin::SmallInt | Builtin::Integer | Builtin::BigInt)
    );
    if integer {
        value
    } else {
        sql!("pg_catalog.trim_scale({value})", value = value)
    }
}

/// What is set at the moment.
pub(super) fn current() -> Sql {
    sql!(
        "coalesce(pg_catalog.current_setting({setting}, true), '')",
        setting = Literal::text(SETTING)
    )
}

/// The variables that [`begin`] and [`end`] use, for a function's declarations.
pub(super) fn declarations() -> [Sql; 2] {
    [
        sql!(
            "announced pg_catalog.text := {current};",
            current = current()
        ),
        sql!("outer_announcement pg_catalog.text := announced;"),
    ]
}

/// Sets the announcement; an assignment, which costs less than a query.
pub(super) fn begin(text: &Sql) -> Sql {
    set(text)
}

/// Sets back what was announced before.
pub(super) fn end() -> Sql {
    set(&sql!("outer_announcement"))
}

fn set(text: &Sql) -> Sql {
    sql!(
        "announced := pg_catalog.set_config({setting}, {text}, true);",
        setting = Literal::text(SETTING),
        text = text
    )
}

/// The depth at which the statements of this function run.
pub(super) fn own_depth() -> Sql {
    sql!("pg_catalog.pg_trigger_depth()")
}

/// The depth at which the statement ran whose trigger this is.
pub(super) fn outer_depth() -> Sql {
    sql!("pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.-) 1")
}
