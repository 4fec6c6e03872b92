//! `RENAME`, and what stands in for it.

use crate::ident::{Ident, QualifiedName};
use crate::sql::{DollarQuoted, Literal, Render, Sql};

/// A new name for an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// What it is called.
    pub object: Renamed,
    /// What it is to be called.
    pub to: Ident,
}

/// What can get a new name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum Renamed {
    Table(QualifiedName),
    Column(QualifiedName, Ident),
    Constraint(QualifiedName, Ident),
    Index(QualifiedName),
    Statistics(QualifiedName),
    Type(QualifiedName),
    Domain(QualifiedName),
}

impl Render for Rename {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER ");
        match &self.object {
            Renamed::Table(name) => sql
                .push_keyword("TABLE ")
                .push(name)
                .push_keyword(" RENAME"),
            Renamed::Column(table, name) => sql
                .push_keyword("TABLE ")
                .push(table)
                .push_keyword(" RENAME COLUMN ")
                .push(name),
            Renamed::Constraint(table, name) => sql
                .push_keyword("TABLE ")
                .push(table)
                .push_keyword(" RENAME CONSTRAINT ")
                .push(name),
            Renamed::Index(name) => sql
                .push_keyword("INDEX ")
                .push(name)
                .push_keyword(" RENAME"),
            Renamed::Statistics(name) => sql
                .push_keyword("STATISTICS ")
                .push(name)
                .push_keyword(" RENAME"),
            Renamed::Type(name) => sql.push_keyword("TYPE ").push(name).push_keyword(" RENAME"),
            Renamed::Domain(name) => sql
                .push_keyword("DOMAIN ")
                .push(name)
                .push_keyword(" RENAME"),
        };
        sql.push_keyword(" TO ").push(&self.to).push_keyword(";\n");
    }
}

/// Another schema of PostgreSQL for a table or a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetSchema {
    /// `TABLE`, `TYPE` or `DOMAIN`.
    pub kind: &'static str,
    /// The object.
    pub name: QualifiedName,
    /// Where it goes.
    pub schema: Ident,
}

impl Render for SetSchema {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER ")
            .push_keyword(self.kind)
            .push_keyword(" ")
            .push(&self.name)
            .push_keyword(" SET SCHEMA ")
            .push(&self.schema)
            .push_keyword(";\n");
    }
}

/// The sequence behind a serial or identity column, by the column: a new name, wherever it is and whatever it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameSequence {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
    /// The new name.
    pub to: Ident,
}

impl Render for RenameSequence {
    fn render(&self, sql: &mut Sql) {
        let body = crate::sql!(
            "
DECLARE
    sequence text := pg_catalog.pg_get_serial_sequence({table}, {column});
BEGIN
    IF sequence IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = sequence::pg_catalog.regclass AND c.relname = {to}
    ) THEN
        EXECUTE pg_catalog.format('ALTER SEQUENCE %s RENAME TO %I', sequence, {to});
    END IF;
END
",
            table = quoted(&self.table),
            column = Literal::text(self.column.as_str()),
            to = Literal::text(self.to.as_str())
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// PostgreSQL 18 gives each NOT NULL a name of its table and column. It follows them, where that version is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameNotNull {
    /// The table, as it is called now.
    pub table: QualifiedName,
    /// Its columns, as they are called now, with the name that PostgreSQL gives a NOT NULL of theirs.
    pub columns: Vec<(Ident, Ident)>,
}

impl Render for RenameNotNull {
    fn render(&self, sql: &mut Sql) {
        let columns = self
            .columns
            .iter()
            .map(|(column, _)| Literal::text(column.as_str()));
        let names = self
            .columns
            .iter()
            .map(|(_, name)| Literal::text(name.as_str()));
        let body = crate::sql!(
            "
DECLARE
    found record;
BEGIN
    -- Before PostgreSQL 18 a NOT NULL is no constraint, and nothing is found. A name goes to all tables below, or nowhere.
    FOR found IN
        WITH RECURSIVE below (parent, child) AS (
            SELECT i.inhparent, i.inhrelid FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = {table}::pg_catalog.regclass
            UNION
            SELECT i.inhparent, i.inhrelid FROM pg_catalog.pg_inherits AS i JOIN below AS b ON b.child = i.inhparent
        )
        SELECT k.conname, wanted.name
          FROM ROWS FROM (pg_catalog.unnest(ARRAY[{columns}]::text[]), pg_catalog.unnest(ARRAY[{names}]::text[])) AS wanted (attribute, name)
          JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = {table}::pg_catalog.regclass AND a.attname = wanted.attribute AND NOT a.attisdropped
          JOIN pg_catalog.pg_constraint AS k
            ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum AND k.coninhcount = 0
         WHERE k.conname <> wanted.name AND (k.connoinherit OR NOT EXISTS (
            SELECT FROM (SELECT child, pg_catalog.count(*) AS parents FROM below GROUP BY child) AS b
             WHERE NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint AS o
                 WHERE o.conrelid = b.child AND o.contype = 'n' AND o.conname = k.conname AND o.coninhcount <= b.parents
            )
         ))
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', {table}, found.conname, found.name);
    END LOOP;
END
",
            columns = Sql::join(", ", columns),
            names = Sql::join(", ", names),
            table = quoted(&self.table)
        );
        sql.push_keyword("DO ")
            .push(&DollarQuoted(body))
            .push_keyword(";\n");
    }
}

/// A qualified name as a text that `regclass` and `EXECUTE` read.
fn quoted(name: &QualifiedName) -> Literal {
    Literal::text(crate::sql!("{name}", name = name).into_string())
}
