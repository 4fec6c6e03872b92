//! `CREATE TABLE`.

use super::{Closed, Column, Key, TableConstraint, layout};
use crate::ident::{Ident, QualifiedName};
use crate::schema::StorageParameter;
use crate::sql::{Keyword, Render, Sql, SqlExpr};

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTable {
    /// Its name.
    pub name: QualifiedName,
    /// `UNLOGGED`.
    pub unlogged: bool,
    /// The columns.
    pub columns: Vec<Column>,
    /// The constraints, foreign keys left out: those come when every table is there.
    pub constraints: Vec<TableConstraint>,
    /// Tables it inherits from.
    pub inherits: Vec<QualifiedName>,
    /// `RANGE`, `LIST` or `HASH`, and the key.
    pub partition_by: Option<(&'static str, Vec<Key>)>,
    /// Storage parameters.
    pub with: Vec<StorageParameter>,
}

impl Render for CreateTable {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(if self.unlogged {
            "CREATE UNLOGGED TABLE "
        } else {
            "CREATE TABLE "
        });
        sql.push(&self.name).push_keyword(" (");
        let name_width = layout::width(self.columns.iter().map(|column| &column.name));
        let type_width = layout::width(self.columns.iter().map(|column| &column.ty));
        let mut separator = "\n    ";
        for column in &self.columns {
            sql.push_keyword(separator);
            layout::pad(sql, &column.name, name_width);
            sql.push_keyword(" ");
            let tail = column.tail();
            if tail.is_empty() {
                sql.push(&column.ty);
            } else {
                layout::pad(sql, &column.ty, type_width);
                sql.push(&tail);
            }
            separator = ",\n    ";
        }
        for constraint in &self.constraints {
            sql.push_keyword(separator).push(constraint);
            separator = ",\n    ";
        }
        sql.push_keyword("\n)");
        if !self.inherits.is_empty() {
            sql.push_keyword("\nINHERITS (")
                .push(&Sql::join(", ", &self.inherits))
                .push_keyword(")");
        }
        if let Some((strategy, keys)) = &self.partition_by {
            sql.push_keyword("\nPARTITION BY ")
                .push(&Keyword(strategy))
                .push_keyword(" (")
                .push(&Sql::join(", ", keys))
                .push_keyword(")");
        }
        if !self.with.is_empty() {
            sql.push_keyword("\n").push(&With(&self.with));
        }
        sql.push_keyword(";\n");
    }
}

/// A partition of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePartition {
    /// Its name.
    pub name: QualifiedName,
    /// The table it is a part of.
    pub of: QualifiedName,
    /// `UNLOGGED`.
    pub unlogged: bool,
    /// What follows `FOR VALUES`; nothing for the default partition.
    pub values: Option<SqlExpr>,
    /// Storage parameters: a partitioned table has none of its own.
    pub with: Vec<StorageParameter>,
}

impl Render for CreatePartition {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword(if self.unlogged {
            "CREATE UNLOGGED TABLE "
        } else {
            "CREATE TABLE "
        });
        sql.push(&self.name)
            .push_keyword("\n    PARTITION OF ")
            .push(&self.of);
        match &self.values {
            Some(values) => sql.push_keyword(" FOR VALUES ").push(&Closed(values)),
            None => sql.push_keyword(" DEFAULT"),
        };
        if !self.with.is_empty() {
            sql.push_keyword("\n    ").push(&With(&self.with));
        }
        sql.push_keyword(";\n");
    }
}

/// A table becomes a partition of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachPartition {
    /// The partitioned table.
    pub table: QualifiedName,
    /// What becomes a part of it.
    pub partition: QualifiedName,
    /// What follows `FOR VALUES`; nothing for the default partition.
    pub values: Option<SqlExpr>,
}

impl Render for AttachPartition {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER TABLE ")
            .push(&self.table)
            .push_keyword("\n    ATTACH PARTITION ")
            .push(&self.partition);
        match &self.values {
            Some(values) => sql.push_keyword(" FOR VALUES ").push(&Closed(values)),
            None => sql.push_keyword(" DEFAULT"),
        };
        sql.push_keyword(";\n");
    }
}

/// `WITH (…)` of storage parameters.
pub(super) struct With<'a>(pub(super) &'a [StorageParameter]);

impl With<'_> {
    /// The list alone, which `SET (…)` takes too.
    pub(super) fn list(parameters: &[StorageParameter]) -> Sql {
        let mut sql = Sql::new();
        sql.push_keyword("(");
        for (index, parameter) in parameters.iter().enumerate() {
            if index > 0 {
                sql.push_keyword(", ");
            }
            sql.push(&Sql::join::<&Ident>(".", &parameter.name))
                .push_keyword(" = ")
                .push(&parameter.value);
        }
        sql.push_keyword(")");
        sql
    }
}

impl Render for With<'_> {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("WITH ").push(&Self::list(self.0));
    }
}
