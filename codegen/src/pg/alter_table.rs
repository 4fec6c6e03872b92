//! `ALTER TABLE`.

use super::create_table::With;
use super::{Column, DefaultClause, TableConstraint};
use crate::ident::{Ident, QualifiedName};
use crate::schema::{Deferrable, QualifiedNameOrIdent, StorageParameter};
use crate::sql::{Keyword, Render, Sql};

/// A change of a table, in one pass over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlterTable {
    /// The table.
    pub table: QualifiedName,
    /// What changes.
    pub actions: Vec<TableAction>,
}

impl AlterTable {
    /// A single change.
    #[must_use]
    pub fn one(table: QualifiedName, action: TableAction) -> Self {
        Self {
            table,
            actions: vec![action],
        }
    }
}

/// One change of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum TableAction {
    AddColumn(Column),
    DropColumn(Ident),
    /// `ALTER COLUMN … TYPE`.
    SetType {
        column: Ident,
        ty: Sql,
        collation: Option<QualifiedNameOrIdent>,
        using: Option<Sql>,
    },
    SetDefault(Ident, DefaultClause),
    /// `SET DEFAULT` of an expression of the compiler's.
    SetDefaultSql(Ident, Sql),
    DropDefault(Ident),
    SetNotNull(Ident),
    DropNotNull(Ident),
    AddIdentity {
        column: Ident,
        always: bool,
    },
    SetIdentity {
        column: Ident,
        always: bool,
    },
    DropIdentity(Ident),
    /// `DROP EXPRESSION`: what was computed stays.
    DropExpression(Ident),
    AddConstraint {
        constraint: TableConstraint,
        not_valid: bool,
    },
    /// A unique or primary key of an index that is there. PostgreSQL gives the index the constraint's name.
    AddUsingIndex {
        name: Ident,
        primary: bool,
        index: Ident,
        deferrable: Deferrable,
    },
    ValidateConstraint(Ident),
    DropConstraint(Ident),
    SetLogged(bool),
    SetStorage(Vec<StorageParameter>),
    ResetStorage(Vec<Vec<Ident>>),
    Inherit(QualifiedName),
    NoInherit(QualifiedName),
    DetachPartition(QualifiedName),
    DisableTrigger(Ident),
    EnableTrigger(Ident),
    DisableRowSecurity,
    NoForceRowSecurity,
}

impl Render for TableAction {
    fn render(&self, sql: &mut Sql) {
        let column = |sql: &mut Sql, column: &Ident, what: &'static str| {
            sql.push_keyword("ALTER COLUMN ")
                .push(column)
                .push_keyword(what);
        };
        match self {
            Self::AddColumn(added) => {
                sql.push_keyword("ADD COLUMN ")
                    .push(&added.name)
                    .push_keyword(" ")
                    .push(&added.ty)
                    .push(&added.tail());
            }
            Self::DropColumn(name) => {
                sql.push_keyword("DROP COLUMN ").push(name);
            }
            Self::SetType {
                column: name,
                ty,
                collation,
                using,
            } => {
                column(sql, name, " TYPE ");
                sql.push(ty);
                if let Some(collation) = collation {
                    sql.push_keyword(" COLLATE ").push(collation);
                }
                if let Some(using) = using {
                    sql.push_keyword(" USING ").push(using);
                }
            }
            Self::SetDefault(name, default) => {
                column(sql, name, " SET ");
                sql.push(default);
            }
            Self::SetDefaultSql(name, default) => {
                column(sql, name, " SET DEFAULT ");
                sql.push(default);
            }
            Self::DropDefault(name) => column(sql, name, " DROP DEFAULT"),
            Self::SetNotNull(name) => column(sql, name, " SET NOT NULL"),
            Self::DropNotNull(name) => column(sql, name, " DROP NOT NULL"),
            Self::AddIdentity {
                column: name,
                always,
            } => {
                column(sql, name, " ADD GENERATED ");
                sql.push(&kind(*always)).push_keyword(" AS IDENTITY");
            }
            Self::SetIdentity {
                column: name,
                always,
            } => {
                column(sql, name, " SET GENERATED ");
                sql.push(&kind(*always));
            }
            Self::DropIdentity(name) => column(sql, name, " DROP IDENTITY"),
            Self::DropExpression(name) => column(sql, name, " DROP EXPRESSION"),
            Self::AddConstraint {
                constraint,
                not_valid,
            } => {
                sql.push_keyword("ADD ").push(constraint);
                if *not_valid {
                    sql.push_keyword(" NOT VALID");
                }
            }
            Self::AddUsingIndex {
                name,
                primary,
                index,
                deferrable,
            } => {
                sql.push_keyword("ADD CONSTRAINT ")
                    .push(name)
                    .push_keyword(if *primary {
                        " PRIMARY KEY USING INDEX "
                    } else {
                        " UNIQUE USING INDEX "
                    })
                    .push(index)
                    .push(deferrable);
            }
            Self::ValidateConstraint(name) => {
                sql.push_keyword("VALIDATE CONSTRAINT ").push(name);
            }
            Self::DropConstraint(name) => {
                sql.push_keyword("DROP CONSTRAINT ").push(name);
            }
            Self::SetLogged(logged) => {
                sql.push_keyword(if *logged {
                    "SET LOGGED"
                } else {
                    "SET UNLOGGED"
                });
            }
            Self::SetStorage(parameters) => {
                // `SET (…)` has the list of `WITH (…)`.
                sql.push_keyword("SET ").push(&With::list(parameters));
            }
            Self::ResetStorage(names) => {
                let names = names.iter().map(|name| Sql::join::<&Ident>(".", name));
                sql.push_keyword("RESET (")
                    .push(&Sql::join(", ", names))
                    .push_keyword(")");
            }
            Self::Inherit(parent) => {
                sql.push_keyword("INHERIT ").push(parent);
            }
            Self::NoInherit(parent) => {
                sql.push_keyword("NO INHERIT ").push(parent);
            }
            Self::DetachPartition(name) => {
                sql.push_keyword("DETACH PARTITION ").push(name);
            }
            Self::DisableTrigger(name) => {
                sql.push_keyword("DISABLE TRIGGER ").push(name);
            }
            Self::EnableTrigger(name) => {
                sql.push_keyword("ENABLE TRIGGER ").push(name);
            }
            Self::DisableRowSecurity => {
                sql.push_keyword("DISABLE ROW LEVEL SECURITY");
            }
            Self::NoForceRowSecurity => {
                sql.push_keyword("NO FORCE ROW LEVEL SECURITY");
            }
        }
    }
}

fn kind(always: bool) -> Keyword {
    Keyword(if always { "ALWAYS" } else { "BY DEFAULT" })
}

impl Render for AlterTable {
    fn render(&self, sql: &mut Sql) {
        sql.push_keyword("ALTER TABLE ").push(&self.table);
        for (index, action) in self.actions.iter().enumerate() {
            sql.push_keyword(if self.actions.len() == 1 {
                " "
            } else if index == 0 {
                "\n    "
            } else {
                ",\n    "
            });
            sql.push(action);
        }
        sql.push_keyword(";\n");
    }
}
