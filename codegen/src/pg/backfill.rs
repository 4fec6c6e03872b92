//! Values for rows that are there: beside writers, a part at a time.

use super::{AlterTable, TableAction};
use crate::ident::{Ident, QualifiedName};
use crate::sql::{DollarQuoted, Keyword, Literal, Render, Sql};

/// Fills the rows of a column that has none yet with its default, block by block of the table, each in a transaction of
/// its own. It may be run again at any time, and goes on where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillColumn {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
    /// Whether to commit after each part. Without it, the statement may stand in a transaction.
    pub in_parts: bool,
    /// Triggers that are disabled in each transaction that fills rows.
    pub skipped: Vec<Ident>,
}

impl Render for FillColumn {
    fn render(&self, sql: &mut Sql) {
        if !self.in_parts {
            sql.push(&crate::sql!(
                "UPDATE {table} SET {column} = DEFAULT WHERE {column} IS NULL;\n",
                table = self.table,
                column = self.column
            ));
            return;
        }
        let statement = crate::sql!(
            "SET {column} = DEFAULT WHERE {column} IS NULL",
            column = self.column
        );
        sql.push(&in_parts(&self.table, &statement, &self.skipped, true));
    }
}

/// An `UPDATE` of a table block by block, each part in a transaction of its own that asks politely for its locks. With
/// `rounds` it begins again until it finds nothing more: rows that writers move are behind it then.
pub(super) fn in_parts(table: &QualifiedName, set: &Sql, skipped: &[Ident], rounds: bool) -> Sql {
    let statement =
        Literal::text(crate::sql!("{set} AND ctid >= $1 AND ctid < $2", set = set).into_string());
    let switch = |action: fn(Ident) -> TableAction| {
        (!skipped.is_empty()).then(|| {
            let actions = skipped.iter().cloned().map(action).collect();
            AlterTable {
                table: table.clone(),
                actions,
            }
        })
    };
    let body = crate::sql!(
        "
DECLARE
    part pg_catalog.regclass;
    block bigint;
    filled bigint;
    changed bigint;
    said pg_catalog.timestamptz := pg_catalog.clock_timestamp();
BEGIN
    LOOP
        filled := 0;
        -- The table itself, or the partitions that hold its rows.
        FOR part IN
            WITH RECURSIVE parts AS (
                SELECT {table}::pg_catalog.regclass::oid AS part
                UNION
                SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN parts ON i.inhparent = parts.part
            )
            SELECT c.oid FROM parts JOIN pg_catalog.pg_class AS c ON c.oid = parts.part WHERE c.relkind = 'r'
        LOOP
            block := 0;
            -- Rows that writers move meanwhile are beyond the end that was: it is read anew.
            WHILE block * pg_catalog.current_setting('block_size')::bigint < pg_catalog.pg_relation_size(part) LOOP
                -- A row that a policy hides would be passed over in silence: this makes it an error.
                PERFORM pg_catalog.set_config('lock_timeout', '5s', true), pg_catalog.set_config('row_security', 'off', true);
{disable}                EXECUTE pg_catalog.concat('UPDATE ONLY ', part, ' ', {statement})
                  USING pg_catalog.format('(%s,0)', block)::tid, pg_catalog.format('(%s,0)', block + 500)::tid;
                GET DIAGNOSTICS changed = ROW_COUNT;
{enable}                filled := filled + changed;
                block := block + 500;
                COMMIT;
                IF pg_catalog.clock_timestamp() > said + '5s'::interval THEN
                    RAISE NOTICE '%: % of % MiB', part, block / 128, pg_catalog.pg_relation_size(part) / 1048576;
                    said := pg_catalog.clock_timestamp();
                END IF;
            END LOOP;
        END LOOP;
        {exit}
    END LOOP;
END
",
        table = Literal::text(crate::sql!("{name}", name = table).into_string()),
        statement = statement,
        disable = switch(TableAction::DisableTrigger),
        enable = switch(TableAction::EnableTrigger),
        exit = Keyword(if rounds {
            "-- What moved behind us is found by another round.\n        EXIT WHEN filled = 0;"
        } else {
            "EXIT;"
        })
    );
    let mut sql = Sql::new();
    sql.push_keyword("DO ")
        .push(&DollarQuoted(body))
        .push_keyword(";\n");
    sql
}

/// Sets the maintained columns of a table right by its repair function, a part at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The function.
    pub function: QualifiedName,
    /// Whether to commit after each part.
    pub in_parts: bool,
}

impl Render for Repair {
    fn render(&self, sql: &mut Sql) {
        if !self.in_parts {
            sql.push(&crate::sql!(
                "SELECT {function}();\n",
                function = self.function
            ));
            return;
        }
        let body = crate::sql!(
            "
DECLARE
    repaired bigint;
    rows bigint := 0;
    said pg_catalog.timestamptz := pg_catalog.clock_timestamp();
BEGIN
    LOOP
        -- The rows of a part are locked while it is written: writers of these wait for it, and not for the whole.
        PERFORM pg_catalog.set_config('lock_timeout', '5s', true);
        repaired := {function}(5000);
        EXIT WHEN repaired = 0;
        COMMIT;
        rows := rows + repaired;
        IF pg_catalog.clock_timestamp() > said + '5s'::interval THEN
            RAISE NOTICE '% rows are right', rows;
            said := pg_catalog.clock_timestamp();
        END IF;
    END LOOP;
END
",
            function = self.function
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// Writes every row of a table into another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRows {
    /// Where the rows are.
    pub from: QualifiedName,
    /// Where they go.
    pub to: QualifiedName,
    /// The columns, each with its value.
    pub columns: Vec<(Ident, Sql)>,
}

impl Render for CopyRows {
    fn render(&self, sql: &mut Sql) {
        if self.columns.is_empty() {
            sql.push(&crate::sql!(
                "INSERT INTO {to} SELECT FROM {from};\n",
                to = self.to,
                from = self.from
            ));
            return;
        }
        // A row that a policy hides would be left behind in silence: this makes it an error.
        sql.push(&crate::sql!(
            "SET row_security = off;\nINSERT INTO {to} ({columns})\nOVERRIDING SYSTEM VALUE\nSELECT {values}\nFROM {from};\nRESET row_security;\n",
            to = self.to,
            from = self.from,
            columns = Sql::join(", ", self.columns.iter().map(|(name, _)| name)),
            values = Sql::join(", ", self.columns.iter().map(|(_, value)| value))
        ));
    }
}

/// Gives the rows of a table the numbers and balances of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberEntries {
    /// The table.
    pub table: QualifiedName,
    /// The column that names the account.
    pub account: Ident,
    /// What an entry adds.
    pub amount: Ident,
    /// The column of the number.
    pub entry_no: Ident,
    /// The column of the balance.
    pub balance_after: Ident,
    /// In which order entries were made.
    pub order: Vec<Ident>,
    /// Triggers that would refuse it, where they are there already.
    pub skipped: Vec<Ident>,
}

impl Render for NumberEntries {
    fn render(&self, sql: &mut Sql) {
        let order = (!self.order.is_empty()).then(|| {
            let columns = self
                .order
                .iter()
                .map(|name| crate::sql!("r.{name}", name = name));
            crate::sql!(" ORDER BY {order}", order = Sql::join(", ", columns))
        });
        let names = self.skipped.iter().map(|name| Literal::text(name.as_str()));
        let body = crate::sql!(
            "
DECLARE
    skipped text[] := ARRAY(
        SELECT t.tgname FROM pg_catalog.pg_trigger AS t
        WHERE t.tgrelid = {text}::pg_catalog.regclass AND t.tgenabled = 'O' AND t.tgname = ANY (ARRAY[{names}]::text[])
        ORDER BY t.tgname
    );
    name text;
BEGIN
    FOREACH name IN ARRAY skipped LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s DISABLE TRIGGER %I', {text}, name);
    END LOOP;
    UPDATE {table} AS e
    SET {entry_no} = n.number,
        {balance_after} = n.balance
    FROM (
        SELECT r.tableoid AS part,
               r.ctid AS row,
               pg_catalog.row_number() OVER entries AS number,
               pg_catalog.sum(r.{amount}) OVER entries AS balance
        FROM {table} AS r
        WINDOW entries AS (PARTITION BY r.{account}{order} ROWS UNBOUNDED PRECEDING)
    ) AS n
    WHERE e.tableoid = n.part
      AND e.ctid = n.row
      AND (e.{entry_no} IS DISTINCT FROM n.number OR e.{balance_after} IS DISTINCT FROM n.balance);
    FOREACH name IN ARRAY skipped LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE TRIGGER %I', {text}, name);
    END LOOP;
END
",
            text = Literal::text(crate::sql!("{name}", name = self.table).into_string()),
            names = Sql::join(", ", names),
            table = self.table,
            entry_no = self.entry_no,
            balance_after = self.balance_after,
            amount = self.amount,
            account = self.account,
            order = order
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// A sequence that belongs to a column, as `serial` makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSequence {
    /// Its name.
    pub name: QualifiedName,
    /// `smallint`, `integer` or `bigint`.
    pub ty: Sql,
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
}

impl Render for CreateSequence {
    fn render(&self, sql: &mut Sql) {
        sql.push(&crate::sql!(
            "CREATE SEQUENCE {name} AS {ty} OWNED BY {table}.{column};\n",
            name = self.name,
            ty = self.ty,
            table = self.table,
            column = self.column
        ));
    }
}

/// The sequence behind a column goes on after the highest number that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartSequence {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
}

impl Render for RestartSequence {
    fn render(&self, sql: &mut Sql) {
        sql.push(&crate::sql!(
            "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({text}, {name}), coalesce(pg_catalog.max({column}), 0) + 1, false)\n\
             FROM {table};\n",
            text = Literal::text(crate::sql!("{name}", name = self.table).into_string()),
            name = Literal::text(self.column.as_str()),
            column = self.column,
            table = self.table
        ));
    }
}

/// The sequence behind a serial column counts in another type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceType {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
    /// `smallint`, `integer` or `bigint`.
    pub ty: Sql,
}

impl Render for SequenceType {
    fn render(&self, sql: &mut Sql) {
        let body = crate::sql!(
            "
BEGIN
    EXECUTE pg_catalog.format('ALTER SEQUENCE %s AS {ty}', pg_catalog.pg_get_serial_sequence({table}, {column}));
END
",
            ty = self.ty,
            table = Literal::text(crate::sql!("{name}", name = self.table).into_string()),
            column = Literal::text(self.column.as_str())
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}
