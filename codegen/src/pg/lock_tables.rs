//! Locks that are taken together, before anything else of a transaction.

use crate::ident::QualifiedName;
use crate::sql::{DollarQuoted, Keyword, Render, Sql};

/// Takes the locks of several tables, all or none. Whoever holds one table and waits for the next one, as a writer does the
/// other way round, deadlocks: so each wait is short, and what was had is given back before it is tried again. All waits of a
/// try are shorter together than `deadlock_timeout` (a second), so that no writer is taken for the one who waits in a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockTables(pub Vec<(QualifiedName, &'static str)>);

impl Render for LockTables {
    fn render(&self, sql: &mut Sql) {
        let mut locks = Sql::new();
        for (table, mode) in &self.0 {
            locks.push(&crate::sql!(
                "            LOCK TABLE {table} IN {mode} MODE;\n",
                table = table,
                mode = Keyword(mode)
            ));
        }
        let timeout = match self.0.len() {
            0..=3 => "'250ms'",
            4..=8 => "'100ms'",
            _ => "'20ms'",
        };
        let body = crate::sql!(
            "
BEGIN
    FOR try IN 1..100 LOOP
        BEGIN
            PERFORM pg_catalog.set_config('lock_timeout', {timeout}, true);
{locks}            PERFORM pg_catalog.set_config('lock_timeout', '5s', true);
            RETURN;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            -- What was had is given back here, and whoever waited for it goes on.
            IF try = 100 THEN
                RAISE;
            END IF;
        END;
        PERFORM pg_catalog.pg_sleep(pg_catalog.random() / 4);
    END LOOP;
END
",
            timeout = Keyword(timeout),
            locks = locks
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}
