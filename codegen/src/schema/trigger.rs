//! What the database keeps true by itself.

use super::{FieldId, FieldRef, FunctionId, ModelId};
use crate::ident::Ident;
use crate::sql::SqlExpr;

/// A trigger of the spec. One of these may become several triggers and functions of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The key in the spec.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Names of functions that the author set, by event.
    pub functions: ByEvent<Option<Ident>>,
    /// Names of triggers that the author set, by event.
    pub names: ByEvent<Option<Ident>>,
    /// What it does.
    pub kind: TriggerKind,
}

/// One value for each event.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "each field is the event of that name")]
pub struct ByEvent<T> {
    pub insert: T,
    pub update: T,
    pub delete: T,
    pub truncate: T,
}

impl<T> ByEvent<T> {
    /// The value of an event.
    pub fn get(&self, event: Event) -> &T {
        match event {
            Event::Insert => &self.insert,
            Event::Update => &self.update,
            Event::Delete => &self.delete,
            Event::Truncate => &self.truncate,
        }
    }
}

/// What a trigger fires on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each variant is the statement of that name")]
pub enum Event {
    Insert,
    Update,
    Delete,
    Truncate,
}

/// The kinds of triggers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is described at its type")]
pub enum TriggerKind {
    Touch(Touch),
    Counter(Counter),
    Sum(Sum),
    Ledger(Ledger),
    Immutable(Immutable),
    Transitions(Transitions),
    Sql(SqlTrigger),
}

/// Sets a time column on every update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The column of each model, in the order of the spec.
    pub on: Vec<FieldRef>,
}

/// Keeps the number of a model's rows in the row they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// The model whose rows are counted.
    pub count: ModelId,
    /// The field of that model that refers to the row that holds the number.
    pub by: FieldId,
    /// The field that holds the number.
    pub into: FieldRef,
    /// Which rows count.
    pub filter: Option<SqlExpr>,
}

/// Keeps the sum of an expression over a model's rows in the row they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// What is added up; NULL adds nothing.
    pub sum: SqlExpr,
    /// The model whose rows are added up.
    pub of: ModelId,
    /// The field of that model that refers to the row that holds the sum.
    pub by: FieldId,
    /// The field that holds the sum.
    pub into: FieldRef,
    /// Which rows add.
    pub filter: Option<SqlExpr>,
}

/// Keeps an append-only ledger and the balance of its accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The model of the entries.
    pub on: ModelId,
    /// The field that refers to the account.
    pub account: FieldId,
    /// What an entry adds.
    pub amount: FieldId,
    /// The account's field that holds the balance.
    pub balance: FieldRef,
    /// The entry's field that holds the balance after it.
    pub balance_after: FieldId,
    /// The entry's field that holds its number: 1, 2, 3 … for each account.
    pub entry_no: FieldId,
    /// No entry may leave the balance under this; a number as the author wrote it.
    pub minimum: Option<crate::sql::Literal>,
}

/// Refuses changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Immutable {
    /// The model.
    pub on: ModelId,
    /// What is refused.
    pub deny: Vec<Event>,
    /// The columns whose change is refused; empty means all.
    pub columns: Vec<FieldId>,
}

/// Allows only some moves of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transitions {
    /// The column.
    pub on: FieldRef,
    /// From a label to labels. A label without an entry is final.
    pub allow: Vec<(String, Vec<String>)>,
}

/// The author's own trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlTrigger {
    /// The model, or none where the trigger is on a view.
    pub on: TriggerTable,
    /// When it fires.
    pub timing: Timing,
    /// What it fires on.
    pub events: Vec<Event>,
    /// `UPDATE OF` columns; empty means any.
    pub update_of: Vec<FieldId>,
    /// Once a row or once a statement.
    pub level: Level,
    /// `WHEN`.
    pub when: Option<SqlExpr>,
    /// What it runs.
    pub run: Run,
    /// `REFERENCING OLD TABLE AS`.
    pub old_table: Option<Ident>,
    /// `REFERENCING NEW TABLE AS`.
    pub new_table: Option<Ident>,
    /// A constraint trigger, and when it is checked.
    pub constraint: Option<super::Deferrable>,
}

/// What a trigger is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerTable {
    /// A model's table.
    Model(ModelId),
    /// A view, by its place in [`super::Schema::views`].
    View(usize),
}

/// When a trigger fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum Timing {
    Before,
    After,
    InsteadOf,
}

/// How often a trigger fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "PostgreSQL's own words")]
pub enum Level {
    Row,
    Statement,
}

/// What the author's own trigger runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// A PL/pgSQL body of its own.
    Body(SqlExpr),
    /// A function that several triggers may share, with arguments.
    Function {
        /// The function, where the spec has it.
        function: RunFunction,
        /// Text arguments.
        args: Vec<String>,
    },
}

/// The function that a trigger runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunFunction {
    /// A function of the spec.
    Spec(FunctionId),
    /// A function that an extension or PostgreSQL brings, by its name as the author wrote it.
    Other(super::QualifiedNameOrIdent),
}
