//! Constraints, indexes, and what else hangs on a table.

use super::{FieldId, ModelId, QualifiedNameOrIdent};
use crate::ident::{Ident, QualifiedName};
use crate::sql::SqlExpr;

/// The primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrimaryKey {
    /// The constraint's name.
    pub name: Ident,
    /// The columns.
    pub fields: Vec<FieldId>,
}

/// A unique constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unique {
    /// The constraint's name.
    pub name: Ident,
    /// The columns.
    pub fields: Vec<FieldId>,
    /// Further columns stored in its index.
    pub include: Vec<FieldId>,
    /// Whether NULLs are equal (PostgreSQL 15 and newer).
    pub nulls_not_distinct: bool,
    /// When it is checked.
    pub deferrable: Deferrable,
}

/// When a constraint is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Deferrable {
    /// At the end of each statement, always.
    #[default]
    No,
    /// `DEFERRABLE INITIALLY IMMEDIATE`.
    Immediate,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    Deferred,
}

/// A reference to another model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: Ident,
    /// The columns here.
    pub fields: Vec<FieldId>,
    /// The model there.
    pub target: ModelId,
    /// The columns there, in the same order.
    pub to: Vec<FieldId>,
    /// What a delete there does here.
    pub on_delete: Action,
    /// What a change of the key there does here.
    pub on_update: Action,
    /// When it is checked.
    pub deferrable: Deferrable,
    /// Not proven for the rows that were there before it.
    pub not_valid: bool,
    /// The name of the relation on the other side.
    pub inverse: Option<String>,
}

impl ForeignKey {
    /// Whether there is no constraint in the database: the value outlives the row it names and a trigger checks it on
    /// insert and when it changes.
    #[must_use]
    pub fn is_retained(&self) -> bool {
        self.on_delete == Action::Retain
    }
}

/// What happens to a reference when the row it names goes or changes its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Action {
    /// Refused at the end of the statement.
    #[default]
    NoAction,
    /// Refused at once.
    Restrict,
    /// Follows.
    Cascade,
    /// Becomes NULL.
    SetNull,
    /// Becomes its default.
    SetDefault,
    /// There is no foreign key; the value stays. For `on_delete` alone.
    Retain,
}

/// A check constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The constraint's name.
    pub name: Ident,
    /// The condition, whole.
    pub sql: SqlExpr,
    /// The field whose `check` it was, if it was one.
    pub field: Option<FieldId>,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: Ident,
    /// Whether it is unique.
    pub unique: bool,
    /// The access method, if not `btree`.
    pub using: Option<Ident>,
    /// The keys.
    pub parts: Vec<IndexPart>,
    /// Further columns stored in it.
    pub include: Vec<FieldId>,
    /// Which rows it holds.
    pub predicate: Option<SqlExpr>,
    /// Whether NULLs are equal (PostgreSQL 15 and newer).
    pub nulls_not_distinct: bool,
    /// Storage parameters.
    pub with: Vec<StorageParameter>,
}

/// One key of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexPart {
    /// What is indexed.
    pub key: IndexKey,
    /// Collation.
    pub collation: Option<QualifiedNameOrIdent>,
    /// Operator class, with its parameters as the author wrote them.
    pub operator_class: Option<OperatorClass>,
    /// Highest first.
    pub descending: bool,
    /// Where NULLs stand, if not where PostgreSQL puts them by itself.
    pub nulls: Option<Nulls>,
}

/// What an index holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexKey {
    /// A column.
    Field(FieldId),
    /// An expression, without the parentheses around it.
    Expression(SqlExpr),
}

/// An operator class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorClass {
    /// Its name.
    pub name: QualifiedNameOrIdent,
    /// Its parameters, with the parentheses around them (`(siglen=32)`).
    pub parameters: Option<SqlExpr>,
}

/// Where NULLs stand in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

/// `name = value` of a `WITH (…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageParameter {
    /// Its name, with a namespace where it has one (`toast.autovacuum_enabled`).
    pub name: Vec<Ident>,
    /// Its value.
    pub value: crate::sql::Literal,
}

/// An exclusion constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// The constraint's name.
    pub name: Ident,
    /// The access method, if not `btree`.
    pub using: Option<Ident>,
    /// Keys with the operator that must not be true of two rows (`=`, `&&`, `OPERATOR(public.=)`).
    pub parts: Vec<(IndexPart, SqlExpr)>,
    /// Further columns stored in its index.
    pub include: Vec<FieldId>,
    /// Which rows it binds.
    pub predicate: Option<SqlExpr>,
    /// When it is checked.
    pub deferrable: Deferrable,
}

/// Extended statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Their name; they live in the table's schema.
    pub name: Ident,
    /// `ndistinct`, `dependencies`, `mcv`; none means all.
    pub kinds: Vec<&'static str>,
    /// Columns or expressions.
    pub on: Vec<IndexKey>,
}

/// How a table is partitioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionBy {
    /// `RANGE`, `LIST` or `HASH`.
    pub strategy: &'static str,
    /// The partition key.
    pub parts: Vec<IndexPart>,
}

/// A partition of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its table.
    pub table: QualifiedName,
    /// What follows `FOR VALUES`, or nothing for the default partition.
    pub values: Option<SqlExpr>,
}

/// Row level security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RowSecurity {
    /// `ENABLE ROW LEVEL SECURITY`.
    pub enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`: the owner is bound too.
    pub force: bool,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: Ident,
    /// Whether it is `AS RESTRICTIVE`.
    pub restrictive: bool,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: &'static str,
    /// Roles; none means `PUBLIC`.
    pub to: Vec<Ident>,
    /// `USING`.
    pub using: Option<SqlExpr>,
    /// `WITH CHECK`.
    pub check: Option<SqlExpr>,
}

/// What a role may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role; `public` is everybody.
    pub role: Ident,
    /// `SELECT`, `INSERT`, …, in PostgreSQL's words.
    pub privileges: Vec<&'static str>,
}
