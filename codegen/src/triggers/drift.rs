//! What a maintained column must be: the query that lists every row that is wrong, and the repair.

use std::collections::BTreeSet;

use super::announce;
use super::delta::{definitions, index};
use super::feed::{FedColumn, Feed};
use super::scope::Scope;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{Argument, CreateFunction, Language, Statement, Volatility};
use crate::schema::{FieldId, Ledger, ModelId, TriggerKind};
use crate::sql;
use crate::sql::{Literal, Sql, SqlExpr};

/// A model with columns that the database keeps, and how to look after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintained {
    /// The model whose rows hold the columns.
    pub model: ModelId,
    /// The columns.
    pub columns: Vec<FieldId>,
    /// A query that lists every wrong value: `row_key text, column_name text, expected numeric, found numeric`.
    pub drift: Sql,
    /// The function that the same query is in the database.
    pub drift_function: QualifiedName,
    /// The function that repairs; `None` for the columns of a ledger's entries, which never change.
    pub repair_function: Option<QualifiedName>,
}

/// What a column must be for the parent whose key is `key`.
pub(super) fn definition(
    scope: Scope<'_>,
    feed: &Feed<'_>,
    column: &FedColumn<'_>,
    key: &Sql,
) -> Sql {
    let row = &scope.row_alias(feed.child);
    sql!(
        // The child's rows are read a level further in, where its name can hide nothing of ours.
        "(SELECT coalesce(pg_catalog.sum(w.amount), 0) FROM (SELECT {row}.{by} AS key, {contribution} AS amount FROM {child} AS {row}) AS w WHERE w.key {eq} {key})",
        contribution = column.contribution(scope, feed, row),
        child = scope.table(feed.child),
        row = row,
        by = scope.column(feed.child, column.by),
        eq = scope.equal(feed.parent, feed.key),
        key = key
    )
}

/// The parents of all feeds, each once.
pub(super) fn parents(feeds: &[Feed<'_>]) -> BTreeSet<ModelId> {
    feeds.iter().map(|feed| feed.parent).collect()
}

/// The author's SQL and the keys in all feeds of a parent, for the search path of functions over them.
pub(super) fn path(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId) -> Option<Vec<Ident>> {
    let of_parent = || feeds.iter().filter(move |feed| feed.parent == parent);
    let expressions: Vec<&SqlExpr> = of_parent().flat_map(Feed::expressions).collect();
    scope.path_for(expressions, of_parent().map(|feed| (feed.parent, feed.key)))
}

pub(super) fn drift_name(scope: Scope<'_>, model: ModelId) -> QualifiedName {
    scope.function(
        model,
        Ident::derived(&[scope.table(model).name.as_str(), "drift"]),
    )
}

pub(super) fn repair_name(scope: Scope<'_>, model: ModelId) -> QualifiedName {
    scope.function(
        model,
        Ident::derived(&[scope.table(model).name.as_str(), "repair"]),
    )
}

/// Every model with maintained columns.
pub(super) fn maintained(scope: Scope<'_>, feeds: &[Feed<'_>]) -> Vec<Maintained> {
    let mut all: Vec<Maintained> = parents(feeds)
        .into_iter()
        .map(|parent| Maintained {
            model: parent,
            columns: announce::maintained_columns(feeds, parent),
            drift: parent_drift(scope, feeds, parent),
            drift_function: drift_name(scope, parent),
            repair_function: Some(repair_name(scope, parent)),
        })
        .collect();
    for trigger in &scope.schema.triggers {
        if let TriggerKind::Ledger(ledger) = &trigger.kind {
            all.push(Maintained {
                model: ledger.on,
                columns: vec![ledger.balance_after, ledger.entry_no],
                drift: ledger_drift(scope, ledger),
                drift_function: drift_name(scope, ledger.on),
                repair_function: None,
            });
        }
    }
    all
}

/// The functions of [`maintained`].
pub(super) fn statements(scope: Scope<'_>, feeds: &[Feed<'_>]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for model in maintained(scope, feeds) {
        let parent = model.repair_function.is_some();
        let path = if parent {
            path(scope, feeds, model.model)
        } else {
            ledger_path(scope, model.model)
        };
        let table = &scope.table(model.model).name;
        statements.push(Statement::CreateFunction(CreateFunction {
            name: model.drift_function,
            arguments: Vec::new(),
            returns: sql!(
                "TABLE (row_key text, column_name text, expected numeric, found numeric)"
            ),
            language: Language::Sql,
            volatility: Volatility::Stable,
            security_definer: false,
            search_path: path.clone(),
            body: model.drift,
            comment: Some(format!(
                "Lists every value of {table} that is not what its definition says."
            )),
        }));
        if let Some(name) = model.repair_function {
            statements.push(repair(scope, feeds, model.model, name, path));
        }
    }
    statements
}

/// What every maintained column of a parent must be, read for all rows at once: joins to the parent's row `p`, and for each
/// column its value in them.
fn expected(
    scope: Scope<'_>,
    feeds: &[Feed<'_>],
    parent: ModelId,
) -> (Vec<Sql>, Vec<(FieldId, Sql)>) {
    let mut joins = Vec::new();
    let mut values = Vec::new();
    for feed in feeds.iter().filter(|feed| feed.parent == parent) {
        for by in feed.references() {
            let number = index(joins.len() + 1);
            let row = &scope.row_alias(feed.child);
            let columns: Vec<&FedColumn<'_>> = feed
                .columns
                .iter()
                .filter(|column| column.by == by)
                .collect();
            joins.push(sql!(
                "LEFT JOIN (\n    SELECT {row}.{by} AS key,\n           {sums}\n    FROM {child} AS {row}\n    \
                 GROUP BY {row}.{by}\n) AS f{number} ON f{number}.key {eq} p.{key}",
                row = row,
                by = scope.column(feed.child, by),
                sums = Sql::join(
                    ",\n           ",
                    columns.iter().enumerate().map(|(place, column)| sql!(
                        "pg_catalog.sum({contribution}) AS value_{place}",
                        contribution = column.contribution(scope, feed, row),
                        place = index(place + 1)
                    ))
                ),
                child = scope.table(feed.child),
                number = number,
                eq = scope.equal(parent, feed.key),
                key = scope.column(parent, feed.key)
            ));
            values.extend(columns.iter().enumerate().map(|(place, column)| {
                let value = sql!(
                    "coalesce(f{number}.value_{place}, 0)",
                    number = number,
                    place = index(place + 1)
                );
                (column.into, value)
            }));
        }
    }
    (joins, values)
}

/// The column by which a parent's rows are named: its primary key where that is one column, else one that children
/// name it by.
fn row_key(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId) -> FieldId {
    match &scope.model(parent).primary_key {
        Some(key) if key.fields.len() == 1 => key.fields[0],
        _ => feeds
            .iter()
            .find(|feed| feed.parent == parent)
            .map_or(FieldId(0), |feed| feed.key),
    }
}

fn parent_drift(scope: Scope<'_>, feeds: &[Feed<'_>], parent: ModelId) -> Sql {
    let (joins, values) = expected(scope, feeds, parent);
    let values = values.into_iter().map(|(field, value)| {
        let name = scope.column(parent, field);
        sql!(
            "({text}, CAST({value} AS numeric), CAST(p.{name} AS numeric))",
            text = Literal::text(name.as_str()),
            value = value,
            name = name
        )
    });
    sql!(
        "SELECT CAST(p.{key} AS pg_catalog.text), v.column_name, v.expected, v.found\nFROM {table} AS p\n{joins}\n\
         CROSS JOIN LATERAL (\n    VALUES {values}\n) AS v(column_name, expected, found)\n\
         WHERE v.expected OPERATOR(pg_catalog.<>) v.found\nORDER BY p.{key}, v.column_name",
        key = scope.column(parent, row_key(scope, feeds, parent)),
        table = scope.table(parent),
        joins = Sql::join("\n", joins),
        values = Sql::join(",\n           ", values)
    )
}

fn ledger_path(scope: Scope<'_>, model: ModelId) -> Option<Vec<Ident>> {
    let account = scope
        .schema
        .triggers
        .iter()
        .find_map(|trigger| match &trigger.kind {
            TriggerKind::Ledger(ledger) if ledger.on == model => Some(ledger.account),
            _ => None,
        });
    scope.path_for([], account.map(|account| (model, account)))
}

/// Entries whose number or balance does not follow from the entries before them.
fn ledger_drift(scope: Scope<'_>, ledger: &Ledger) -> Sql {
    let column = |field| scope.column(ledger.on, field);
    sql!(
        "SELECT pg_catalog.concat(e.{account}, '/', e.{entry_no}), v.column_name, v.expected, v.found\n\
         FROM (\n    SELECT l.{account}, l.{entry_no}, l.{balance_after},\n           \
         pg_catalog.row_number() OVER account AS expected_no,\n           \
         pg_catalog.sum(l.{amount}) OVER account AS expected_balance\n    \
         FROM {table} AS l\n    \
         WINDOW account AS (PARTITION BY l.{account} ORDER BY l.{entry_no} ROWS UNBOUNDED PRECEDING)\n\
         ) AS e\n\
         CROSS JOIN LATERAL (\n    VALUES ({balance_name}, CAST(e.expected_balance AS numeric), CAST(e.{balance_after} AS numeric)),\n           \
         ({entry_name}, CAST(e.expected_no AS numeric), CAST(e.{entry_no} AS numeric))\n\
         ) AS v(column_name, expected, found)\n\
         WHERE v.expected OPERATOR(pg_catalog.<>) v.found\n\
         ORDER BY e.{account}, e.{entry_no}, v.column_name",
        account = column(ledger.account),
        entry_no = column(ledger.entry_no),
        balance_after = column(ledger.balance_after),
        amount = column(ledger.amount),
        table = scope.table(ledger.on),
        balance_name = Literal::text(column(ledger.balance_after).as_str()),
        entry_name = Literal::text(column(ledger.entry_no).as_str())
    )
}

/// Locks the wrong rows in the order of their keys, as writers do, and only then reads what they must be: whoever
/// changed a child before has committed, whoever changes one now waits for the lock.
fn repair(
    scope: Scope<'_>,
    feeds: &[Feed<'_>],
    parent: ModelId,
    name: QualifiedName,
    path: Option<Vec<Ident>>,
) -> Statement {
    let table = scope.table(parent);
    let row_key = row_key(scope, feeds, parent);
    let key = scope.column(parent, row_key);
    let (joins, expected) = expected(scope, feeds, parent);
    let wrong = expected.into_iter().map(|(field, value)| {
        sql!(
            "p.{column} OPERATOR(pg_catalog.<>) {value}",
            column = scope.column(parent, field),
            value = value
        )
    });
    let values: Vec<(FieldId, Sql)> = feeds
        .iter()
        .filter(|feed| feed.parent == parent)
        .flat_map(|feed| {
            let own = sql!("u.{key}", key = scope.column(parent, feed.key));
            definitions(scope, feed, &own)
        })
        .collect();
    let definitions = values
        .iter()
        .enumerate()
        .map(|(number, (field, definition))| {
            sql!(
                "CAST({definition} AS {ty}) AS value_{number}",
                definition = definition,
                ty = scope.ty(parent, *field),
                number = index(number + 1)
            )
        });
    let sets = values.iter().enumerate().map(|(number, (field, _))| {
        sql!(
            "{column} = e.value_{number}",
            column = scope.column(parent, *field),
            number = index(number + 1)
        )
    });
    let differs = values.iter().enumerate().map(|(number, (field, _))| {
        sql!(
            "p.{column} OPERATOR(pg_catalog.<>) e.value_{number}",
            column = scope.column(parent, *field),
            number = index(number + 1)
        )
    });
    let body = sql!(
        "\
#variable_conflict use_column
<<pgwright>>
DECLARE
    {declarations}
    wrong {key_type}[];
    repaired bigint;
BEGIN
    IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) ALL (ARRAY['read committed', 'read uncommitted']) THEN
        RAISE EXCEPTION USING
            ERRCODE = '25001',
            MESSAGE = {isolation};
    END IF;
    -- Find what is wrong, then lock it in the order in which writers lock.
    SELECT pg_catalog.array_agg(w.key ORDER BY w.key)
    INTO pgwright.wrong
    FROM (
        SELECT p.{key} AS key
        FROM {table} AS p
        {joins}
        WHERE {wrong}
        ORDER BY p.{key}
        LIMIT $1
    ) AS w;
    PERFORM 1
    FROM {table} AS u
    WHERE u.{key} {eq} ANY (pgwright.wrong)
    ORDER BY u.{key}
    FOR NO KEY UPDATE OF u;
    -- A new snapshot: what was committed before the locks were taken is seen.
    {announce}
    UPDATE {table} AS p
    SET {sets}
    FROM (
        SELECT u.{key} AS key,
               {definitions}
        FROM {table} AS u
        WHERE u.{key} {eq} ANY (pgwright.wrong)
    ) AS e
    WHERE p.{key} {eq} e.key
      AND ({differs});
    GET DIAGNOSTICS repaired = ROW_COUNT;
    {restore}
    RETURN repaired;
END pgwright;",
        declarations = Sql::join("\n    ", announce::declarations()),
        key_type = scope.ty(parent, row_key),
        isolation = Literal::text(format!(
            "{name} must run under READ COMMITTED: it has to see what others commit while it waits"
        )),
        table = table,
        joins = Sql::join("\n", joins).indented(8),
        wrong = Sql::join("\n           OR ", wrong),
        eq = scope.equal(parent, row_key),
        key = key,
        announce = announce::begin(&announce::any(scope, parent, &announce::own_depth())),
        sets = Sql::join(",\n        ", sets),
        definitions = Sql::join(",\n               ", definitions),
        differs = Sql::join("\n        OR ", differs),
        restore = announce::end()
    );
    Statement::CreateFunction(CreateFunction {
        name,
        arguments: vec![Argument {
            name: "max_rows",
            ty: sql!("bigint"),
            default: Some(sql!("NULL")),
        }],
        returns: sql!("bigint"),
        language: Language::PlPgSql,
        volatility: Volatility::Volatile,
        security_definer: false,
        search_path: path,
        body,
        comment: Some(format!(
            "Sets the maintained columns of at most max_rows wrong rows of {} to what they must be; returns how many. Runs beside writers.",
            table.name
        )),
    })
}
