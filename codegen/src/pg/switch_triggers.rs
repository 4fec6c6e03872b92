//! Triggers that do not fire until the end of a transaction.

use super::{AlterTable, TableAction};
use crate::ident::{Ident, QualifiedName};
use crate::sql::{DollarQuoted, Render, Sql};

/// Disables triggers by their names. Outside of a transaction others would write past them, so that it fails there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkipTriggers {
    /// The triggers of each table.
    pub tables: Vec<(QualifiedName, Vec<Ident>)>,
}

impl Render for SkipTriggers {
    fn render(&self, sql: &mut Sql) {
        let body = crate::sql!(
            "
BEGIN
    IF pg_catalog.current_setting('pgwright.in_transaction', true) IS DISTINCT FROM 'yes' THEN
        RAISE EXCEPTION 'triggers are disabled here, and this is no transaction'
            USING HINT = 'psql runs a file in one with --single-transaction.';
    END IF;
{switch}END
",
            switch = switch(&self.tables, TableAction::DisableTrigger, "    ")
        );
        // It is gone again at the end of the transaction, which outside of one is here.
        sql.push_keyword(
            "SELECT pg_catalog.set_config('pgwright.in_transaction', 'yes', true);\nDO ",
        )
        .push(&DollarQuoted(body))
        .push_keyword(";\n");
    }
}

/// Has triggers fire again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTriggers {
    /// The triggers of each table.
    pub tables: Vec<(QualifiedName, Vec<Ident>)>,
}

impl Render for RunTriggers {
    fn render(&self, sql: &mut Sql) {
        // PostgreSQL alters no table with references that are still to be checked.
        sql.push_keyword("SET CONSTRAINTS ALL IMMEDIATE;\n")
            .push(&switch(&self.tables, TableAction::EnableTrigger, ""));
    }
}

fn switch(
    tables: &[(QualifiedName, Vec<Ident>)],
    action: fn(Ident) -> TableAction,
    indent: &'static str,
) -> Sql {
    let mut sql = Sql::new();
    for (table, triggers) in tables {
        for trigger in triggers {
            sql.push_keyword(indent)
                .push(&AlterTable::one(table.clone(), action(trigger.clone())));
        }
    }
    sql
}
