//! An append-only ledger: each entry has a number and the balance after it, in the order of the account.
//!
//! The number and the balance are set by a BEFORE ROW trigger, so that `INSERT … RETURNING` shows them. It holds the
//! account's row and reads the account's last entry, which shows it the entries of its own statement too: a statement of
//! many entries stays linear. An entry under the minimum that was posted before is refused by its key, as one over the
//! minimum is, so that nobody takes one for the other. The account's balance itself moves once a statement, as any sum (see `feed`). An AFTER ROW
//! trigger refuses an entry that is not stored as it was made, which a later BEFORE trigger could do.

use super::announce;
use super::feed::{reference, sum_type};
use super::immutable::refuse;
use super::raise::{Raise, Rule, column_name, plain};
use super::retain::missing;
use super::scope::{Scope, named, row_trigger};
use crate::ident::Ident;
use crate::pg::{Closed, CreateTrigger, Statement};
use crate::schema::{Event, Ledger, PostingKey, Timing, Trigger};
use crate::sql;
use crate::sql::{Literal, Sql};

pub(super) fn statements(scope: Scope<'_>, trigger: &Trigger, ledger: &Ledger) -> Vec<Statement> {
    let table = scope.table(ledger.on);
    let key = trigger.name.as_str();
    let before = scope.function(
        ledger.on,
        named(
            trigger.functions.insert.as_ref(),
            &[key, "before", "insert"],
        ),
    );
    let after = scope.function(ledger.on, Ident::derived(&[key, "after", "insert"]));
    let posted = posted(scope, ledger);
    let path = scope.path_for(
        posted.iter().filter_map(|key| key.predicate),
        [
            (ledger.balance.model, account_key(scope, ledger)),
            (ledger.on, ledger.account),
        ]
        .into_iter()
        .chain(posted.iter().map(|key| (ledger.on, key.field))),
    );
    let mut statements = vec![
        scope.trigger_function(
            before.clone(),
            path,
            before_body(scope, ledger),
            format!("Numbers the entries of {} and refuses one that would take an account under its minimum.", table.name),
        ),
        row_trigger(
            named(trigger.names.insert.as_ref(), &["trg", key, "before", "insert"]),
            table.clone(),
            Timing::Before,
            Event::Insert,
            &before,
        )
        .into(),
        scope.trigger_function(
            after.clone(),
            None,
            sql!("BEGIN\n    {raise}\nEND;", raise = changed(scope, ledger).statement(scope).indented(4)),
            format!("Refuses an entry of {} that another trigger changed.", table.name),
        ),
        CreateTrigger {
            when: Some(sql!(
                "{made} OPERATOR(pg_catalog.<>) {mark}",
                made = announce::made(),
                mark = mark(scope, ledger)
            )),
            ..row_trigger(
                Ident::derived(&["trg", key, "after", "insert"]),
                table.clone(),
                Timing::After,
                Event::Insert,
                &after,
            )
        }
        .into(),
    ];
    let mut defaults = trigger.clone();
    for function in [
        &mut defaults.functions.update,
        &mut defaults.functions.delete,
        &mut defaults.functions.truncate,
    ] {
        function.get_or_insert_with(|| Ident::derived(&[key, "no", "update", "delete"]));
    }
    statements.extend(refuse(
        scope,
        &defaults,
        ledger.on,
        &[Event::Update, Event::Delete, Event::Truncate],
        &[],
        |event| {
            vec![
                key.to_owned(),
                "before".to_owned(),
                super::scope::event_name(event).to_owned(),
            ]
        },
    ));
    statements
}

fn account_key(scope: Scope<'_>, ledger: &Ledger) -> crate::schema::FieldId {
    reference(scope, ledger.on, ledger.account, ledger.balance.model)
        .map_or(crate::schema::FieldId(0), |key| key.to[0])
}

/// The key by which an entry is known when it is posted again, where there is a minimum that may refuse it before the key
/// does.
fn posted<'s>(scope: Scope<'s>, ledger: &Ledger) -> Option<PostingKey<'s>> {
    ledger.minimum.as_ref()?;
    ledger.posting_keys(scope.schema).into_iter().next()
}

/// Refuses an entry that was posted before as its key does, whatever the balance is by now.
fn refuse_posted(scope: Scope<'_>, ledger: &Ledger, key: PostingKey<'_>) -> Sql {
    let table = scope.table(ledger.on);
    let (account, field) = (
        scope.column(ledger.on, ledger.account),
        scope.column(ledger.on, key.field),
    );
    sql!(
        "\
-- What was posted before is refused by its key, however much there was left of it.
PERFORM 1
FROM {table} AS e
WHERE e.{account} {eq} NEW.{account} AND e.{key} {key_eq} NEW.{key}{predicate};
IF FOUND THEN
    RAISE EXCEPTION USING
        ERRCODE = '23505',
        MESSAGE = {message},
        DETAIL = pg_catalog.format({detail}, NEW.{account}, NEW.{key}),
        SCHEMA = {schema},
        TABLE = {name},
        CONSTRAINT = {constraint};
END IF;
",
        table = table,
        account = account,
        eq = scope.equal(ledger.on, ledger.account),
        key = field,
        key_eq = scope.equal(ledger.on, key.field),
        predicate = key
            .predicate
            .map(|predicate| sql!(" AND ({predicate})", predicate = Closed(predicate))),
        message = Literal::text(format!(
            "duplicate key value violates unique constraint \"{}\"",
            key.name.as_str()
        )),
        detail = Literal::text(format!(
            "Key ({}, {})=(%s, %s) already exists.",
            plain(account),
            plain(field)
        )),
        schema = Literal::text(table.schema.as_str()),
        name = Literal::text(table.name.as_str()),
        constraint = Literal::text(key.name.as_str())
    )
}

/// The text of an entry as the BEFORE trigger made it.
fn mark(scope: Scope<'_>, ledger: &Ledger) -> Sql {
    let column = |field| scope.column(ledger.on, field);
    sql!(
        "pg_catalog.concat_ws(':', {table}, NEW.{account}, NEW.{entry_no}, NEW.{amount}, NEW.{balance_after})",
        table = Literal::text(scope.table(ledger.on).to_string()),
        account = column(ledger.account),
        entry_no = column(ledger.entry_no),
        amount = column(ledger.amount),
        balance_after = column(ledger.balance_after)
    )
}

fn changed(scope: Scope<'_>, ledger: &Ledger) -> Raise<'static> {
    let table = plain(&scope.table(ledger.on).name);
    Raise {
        rule: Rule::Maintained,
        model: ledger.on,
        column: Some(column_name(scope, ledger.on, ledger.balance_after)),
        message: format!(
            "{table} {}: a trigger changed the entry after it was numbered",
            scope.key_placeholders(ledger.on)
        ),
        values: Some(scope.key_values(ledger.on, "NEW"))
            .filter(|values| !values.is_empty())
            .into_iter()
            .collect(),
        hint: Some(
            "give a BEFORE INSERT trigger that changes entries a name that sorts before the ledger's",
        ),
    }
}

fn before_body(scope: Scope<'_>, ledger: &Ledger) -> Sql {
    let column = |field| scope.column(ledger.on, field);
    let account = column(ledger.account);
    let parent_key = account_key(scope, ledger);
    let missing = reference(scope, ledger.on, ledger.account, ledger.balance.model)
        .map(|key| missing(scope, ledger.on, key).statement(scope).indented(8));
    let minimum = ledger.minimum.as_ref().map(|minimum| {
        let raise = Raise {
            rule: Rule::Minimum,
            model: ledger.on,
            column: Some(column_name(scope, ledger.on, ledger.amount)),
            message: format!(
                "{}: an entry of %s would take {} (%s) to %s, under the minimum of %s",
                plain(&scope.table(ledger.on).name),
                plain(account)
            ),
            values: vec![
                sql!("NEW.{amount}", amount = column(ledger.amount)),
                sql!("NEW.{account}", account = account),
                sql!("NEW.{balance}", balance = column(ledger.balance_after)),
                sql!("{minimum}", minimum = Literal::text(number_text(minimum))),
            ],
            hint: None,
        };
        let posted = posted(scope, ledger).map(|key| refuse_posted(scope, ledger, key).indented(4));
        sql!(
            "\
IF NEW.{balance} OPERATOR(pg_catalog.<) {minimum} THEN
    {posted}{raise}
END IF;
",
            posted = posted,
            balance = column(ledger.balance_after),
            minimum = minimum,
            raise = raise.statement(scope).indented(4)
        )
        .indented(4)
    });
    sql!(
        "\
#variable_conflict use_column
<<pgwright>>
DECLARE
    last_no bigint;
    last_balance {balance_type};
    mark pg_catalog.text;
BEGIN
    -- A NULL account is refused by its column.
    IF NEW.{account} IS NULL THEN
        RETURN NEW;
    END IF;
    -- The account's row is the lock of its entries: whoever comes next sees this one, or waits.
    PERFORM 1
    FROM {parent} AS p
    WHERE p.{parent_key} {parent_eq} NEW.{account}
    FOR NO KEY UPDATE OF p;
    IF NOT FOUND THEN
        {missing}
    END IF;
    SELECT e.{entry_no}, e.{balance_after}
    INTO pgwright.last_no, pgwright.last_balance
    FROM {table} AS e
    WHERE e.{account} {eq} NEW.{account}
    ORDER BY e.{entry_no} DESC
    LIMIT 1;
    NEW.{entry_no} := coalesce(last_no, 0) OPERATOR(pg_catalog.+) 1;
    NEW.{balance_after} := coalesce(last_balance, 0) OPERATOR(pg_catalog.+) NEW.{amount};
    {minimum}mark := pg_catalog.set_config({setting}, {mark}, true);
    RETURN NEW;
END pgwright;",
        balance_type = sum_type(&scope.field(ledger.on, ledger.balance_after).ty),
        account = account,
        parent = scope.table(ledger.balance.model),
        parent_key = scope.column(ledger.balance.model, parent_key),
        parent_eq = scope.equal(ledger.balance.model, parent_key),
        missing = missing,
        entry_no = column(ledger.entry_no),
        balance_after = column(ledger.balance_after),
        table = scope.table(ledger.on),
        eq = scope.equal(ledger.on, ledger.account),
        amount = column(ledger.amount),
        minimum = minimum,
        setting = Literal::text(announce::MADE),
        mark = mark(scope, ledger)
    )
}

fn number_text(number: &Literal) -> String {
    let mut sql = Sql::new();
    sql.push(number);
    sql.into_string()
}
