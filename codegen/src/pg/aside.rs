//! A column of a new type beside the one of the old type: it follows, is filled, and takes its place.

use super::backfill::in_parts;
use crate::ident::{Ident, QualifiedName};
use crate::sql::{DollarQuoted, Literal, Render, Sql};

/// A trigger that gives each row that is written the values of the columns beside the old ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    /// The table.
    pub table: QualifiedName,
    /// The function.
    pub function: QualifiedName,
    /// The trigger. It must be the last of the table's `BEFORE` triggers, by its name.
    pub trigger: Ident,
    /// Each column, and its value made of `NEW`.
    pub sets: Vec<(Ident, Sql)>,
    /// Where types are found.
    pub search_path: Vec<Ident>,
}

impl Render for Follow {
    fn render(&self, sql: &mut Sql) {
        let mut body = Sql::new();
        for (column, value) in &self.sets {
            body.push(&crate::sql!(
                "    NEW.{column} := {value};\n",
                column = column,
                value = value
            ));
        }
        let body = crate::sql!("\nBEGIN\n{body}    RETURN NEW;\nEND\n", body = body);
        // How dates are read and written is the session's, and the value must not be.
        sql.push(&crate::sql!(
            "CREATE FUNCTION {function}()
    RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = {path}
    SET timezone = 'UTC'
    SET datestyle = 'ISO, YMD'
    SET intervalstyle = postgres
AS {body};

CREATE TRIGGER {trigger}
    BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW
    EXECUTE FUNCTION {function}();
",
            function = self.function,
            path = Sql::join(", ", &self.search_path),
            body = DollarQuoted(body),
            trigger = self.trigger,
            table = self.table
        ));
    }
}

/// Has the trigger of [`Follow`] give every row that is there its values, a part at a time. Rows that are written meanwhile
/// have theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyColumns {
    /// The table.
    pub table: QualifiedName,
    /// Each old column, and the one beside it.
    pub columns: Vec<(Ident, Ident)>,
    /// Triggers that are disabled in each transaction that fills rows.
    pub skipped: Vec<Ident>,
}

impl Render for CopyColumns {
    fn render(&self, sql: &mut Sql) {
        let sets = self
            .columns
            .iter()
            .map(|(_, to)| crate::sql!("{to} = {to}", to = to));
        let missing = self.columns.iter().map(|(from, to)| {
            crate::sql!("{from} IS NOT NULL AND {to} IS NULL", from = from, to = to)
        });
        let set = crate::sql!(
            "SET {sets} WHERE ({missing})",
            sets = Sql::join(", ", sets),
            missing = Sql::join(" OR ", missing)
        );
        sql.push(&in_parts(&self.table, &set, &self.skipped, false));
    }
}

/// Gives the sequence behind a serial column to another column, so that it does not go with the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSequence {
    /// The table.
    pub table: QualifiedName,
    /// The column that has it.
    pub from: Ident,
    /// The column that gets it.
    pub to: Ident,
}

impl Render for OwnSequence {
    fn render(&self, sql: &mut Sql) {
        let table = crate::sql!("{name}", name = self.table).into_string();
        let owner = crate::sql!("{name}.{to}", name = self.table, to = self.to).into_string();
        let body = crate::sql!(
            "
BEGIN
    EXECUTE pg_catalog.concat('ALTER SEQUENCE ', pg_catalog.pg_get_serial_sequence({table}, {from}), ' OWNED BY ', {owner});
END
",
            table = Literal::text(table),
            from = Literal::text(self.from.as_str()),
            owner = Literal::text(owner)
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// Keeps the next number of an identity column that goes, for [`RestoreNumber`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepNumber {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
}

impl Render for KeepNumber {
    fn render(&self, sql: &mut Sql) {
        let body = crate::sql!(
            "
DECLARE
    next bigint;
BEGIN
    EXECUTE pg_catalog.concat('SELECT last_value + is_called::integer FROM ', pg_catalog.pg_get_serial_sequence({table}, {column})) INTO next;
    -- Not local: psql runs a file without a transaction.
    PERFORM pg_catalog.set_config('pgwright.next_number', next::text, false);
END
",
            table = Literal::text(crate::sql!("{name}", name = self.table).into_string()),
            column = Literal::text(self.column.as_str())
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// Has an identity column go on with the number that [`KeepNumber`] kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreNumber {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
}

impl Render for RestoreNumber {
    fn render(&self, sql: &mut Sql) {
        sql.push(&crate::sql!(
            "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({table}, {column}), pg_catalog.current_setting('pgwright.next_number')::bigint, false);\nRESET pgwright.next_number;\n",
            table = Literal::text(crate::sql!("{name}", name = self.table).into_string()),
            column = Literal::text(self.column.as_str())
        ));
    }
}

/// What the planner knows of the values of a table is found anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analyze(pub QualifiedName);

impl Render for Analyze {
    fn render(&self, sql: &mut Sql) {
        sql.push(&crate::sql!("ANALYZE {table};\n", table = self.0));
    }
}
