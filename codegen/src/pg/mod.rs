//! Statements of PostgreSQL: one struct and one `render` for each kind, a file each.

mod alter_table;
mod alter_type;
mod aside;
mod author;
mod backfill;
mod column;
mod comment;
mod constraint;
mod create_function;
mod create_index;
mod create_schema;
mod create_statistics;
mod create_table;
mod create_trigger;
mod create_type;
mod create_view;
mod data_type;
mod drop;
mod foreign_key;
mod grant;
mod layout;
mod lock_tables;
mod mend;
mod rename;
mod row_security;
mod session;
mod switch_triggers;

pub use alter_table::*;
pub use alter_type::*;
pub use aside::*;
pub use author::*;
pub use backfill::*;
pub use column::*;
pub use comment::*;
pub use constraint::*;
pub use create_function::*;
pub use create_index::*;
pub use create_schema::*;
pub use create_statistics::*;
pub use create_table::*;
pub use create_trigger::*;
pub use create_type::*;
pub use create_view::*;
pub use data_type::*;
pub use drop::*;
pub use foreign_key::*;
pub use grant::*;
pub use lock_tables::*;
pub use mend::*;
pub use rename::*;
pub use row_security::*;
pub use session::*;
pub use switch_triggers::*;

use crate::sql::{Render, Sql};

macro_rules! statements {
    ($($name:ident),* $(,)?) => {
        /// Any statement that the compiler writes.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(
            missing_docs,
            reason = "each variant is the statement of that name, described at its type"
        )]
        pub enum Statement {
            $($name($name)),*
        }

        impl Render for Statement {
            fn render(&self, sql: &mut Sql) {
                match self {
                    $(Self::$name(statement) => statement.render(sql)),*
                }
            }
        }

        impl Statement {
            /// Whether both are of one kind.
            #[must_use]
            pub fn is_like(&self, other: &Self) -> bool {
                core::mem::discriminant(self) == core::mem::discriminant(other)
            }
        }

        $(
            impl From<$name> for Statement {
                fn from(statement: $name) -> Self {
                    Self::$name(statement)
                }
            }
        )*
    };
}

statements![
    Transaction,
    Set,
    RequireRoles,
    CreateSchema,
    CreateExtension,
    CreateEnum,
    CreateComposite,
    CreateDomain,
    CreateFunction,
    CreateTable,
    CreatePartition,
    AttachPartition,
    AddForeignKey,
    CreateIndex,
    CreateStatistics,
    CreateView,
    CreateTrigger,
    SetRowSecurity,
    CreatePolicy,
    Grant,
    Comment,
    AuthorStatement,
    AlterTable,
    AlterEnum,
    AlterDomain,
    AlterComposite,
    Rename,
    SetSchema,
    RenameNotNull,
    RenameSequence,
    CreateSequence,
    RestartSequence,
    SequenceType,
    Drop,
    DropComment,
    Revoke,
    ReplaceFunction,
    CreateIndexConcurrently,
    FillColumn,
    Follow,
    CopyColumns,
    OwnSequence,
    KeepNumber,
    RestoreNumber,
    LockTables,
    OpenFunction,
    SkipTriggers,
    RunTriggers,
    Analyze,
    Repair,
    NumberEntries,
    CopyRows,
    Reset,
    LockTable,
    Unless,
    UnlessThere,
    WithOwner,
];
