//! Triggers: what the database keeps true by itself.

use toml::de::DeValue;

use super::reader::{Node, Reader};
use super::section::{section, table, words};
use super::shape::Shape;
use super::{List, Map, OneOrMany, Scalar, Text, Value};
use crate::diag::{Diagnostic, Span, nearest};
use crate::source::Spanned;

section! {
    /// Names by event.
    EventNames "names by event" {
        /// For INSERT.
        insert: Text = "insert",
        /// For UPDATE.
        update: Text = "update",
        /// For DELETE.
        delete: Text = "delete",
        /// For TRUNCATE.
        truncate: Text = "truncate",
    }
}

table!(EventNames);

/// Defines the keys of one kind of trigger: those of every trigger, and its own.
macro_rules! kind {
    (
        $(#[doc = $doc:literal])*
        $name:ident $what:literal { $($keys:tt)* }
    ) => {
        section! {
            $(#[doc = $doc])*
            $name $what {
                /// What it does: the kind, which decides about the other keys.
                kind: Text = "kind" required,
                /// Documentation; a comment of its functions.
                doc: Text = "doc",
                /// Names of the functions it makes, by event.
                functions: EventNames = "functions",
                /// Names of the triggers it makes, by event.
                names: EventNames = "names",
                $($keys)*
            }
        }
    };
}

kind! {
    /// Sets a time column to the time of the transaction on every update.
    Touch "a `touch` trigger" {
        /// The time column.
        column: Text = "column" required,
        /// The models.
        on: OneOrMany = "on" required,
    }
}

kind! {
    /// Keeps the number of a model's rows in the row they belong to. The column becomes maintained.
    Counter "a `counter` trigger" {
        /// The model whose rows are counted.
        count: Text = "count" required,
        /// The field of that model that refers to the row that holds the number.
        by: Text = "by" required,
        /// Where the number is held: `"User.dataset_count"`.
        into: Text = "into" required,
        /// Which rows count: a condition on a row. Default: all.
        filter: Text = "where",
    }
}

kind! {
    /// Keeps the sum of an expression over a model's rows in the row they belong to. The column becomes maintained.
    Sum "a `sum` trigger" {
        /// What is added up: an expression on a row; NULL adds nothing.
        sum: Text = "sum" required,
        /// The model whose rows are added up.
        of: Text = "of" required,
        /// The field of that model that refers to the row that holds the sum.
        by: Text = "by" required,
        /// Where the sum is held: `"User.storage_used_bytes"`.
        into: Text = "into" required,
        /// Which rows add: a condition on a row. Default: all.
        filter: Text = "where",
    }
}

kind! {
    /// Keeps an append-only ledger and the balance of its accounts. The balance, `balance_after` and `entry_no` become
    /// maintained; UPDATE, DELETE and TRUNCATE of entries are refused.
    Ledger "a `ledger` trigger" {
        /// The model of the entries.
        on: Text = "on" required,
        /// The field that refers to the account.
        account: Text = "account" required,
        /// The field that says what an entry adds.
        amount: Text = "amount" required,
        /// The account's field that holds the balance: `"User.credit_balance"`.
        balance: Text = "balance" required,
        /// The field that holds the balance after the entry.
        balance_after: Text = "balance_after" required,
        /// The field that holds the entry's number: 1, 2, 3 … for each account.
        entry_no: Text = "entry_no" required,
        /// No entry may leave the balance under this. Default: no minimum.
        minimum: Scalar = "minimum",
    }
}

kind! {
    /// Refuses changes of a model's rows.
    Immutable "an `immutable` trigger" {
        /// The model.
        on: Text = "on" required,
        /// What is refused.
        deny: List<DeniedEvent> = "deny" required,
        /// The columns whose change is refused. Default: all.
        columns: List<Text> = "columns",
    }
}

kind! {
    /// Allows only some moves of an enum column. Binds UPDATE alone.
    Transitions "a `transitions` trigger" {
        /// The column: `"Job.status"`.
        on: Text = "on" required,
        /// From a label to the labels it may become. A label without an entry is final.
        allow: Map<List<Text>> = "allow" required,
    }
}

kind! {
    /// The way out: a trigger with a body or a function of the author's own.
    SqlTrigger "an `sql` trigger" {
        /// The model, or a view by its key.
        on: Text = "on" required,
        /// When it fires.
        timing: Timing = "timing" required,
        /// What it fires on.
        events: List<Event> = "events" required,
        /// Columns whose update it fires on. Default: any.
        update_of: List<Text> = "update_of",
        /// Once a row or once a statement. Default: `row`; `statement` where it fires on TRUNCATE or names a transition table.
        level: Level = "level",
        /// When it fires: a condition on OLD and NEW.
        when: Text = "when",
        /// The body, in PL/pgSQL.
        body: Text = "body",
        /// A function that several triggers share, instead of a body.
        function: Text = "function",
        /// Arguments of the function, as texts.
        args: List<Text> = "args",
        /// The name of the transition table of old rows.
        old_table: Text = "old_table",
        /// The name of the transition table of new rows.
        new_table: Text = "new_table",
        /// Makes it a constraint trigger, and says when it fires.
        constraint: ConstraintTime = "constraint",
    }
}

words! {
    /// What an immutable model refuses.
    DeniedEvent "something to deny" {
        /// Changes of rows.
        Update = "update",
        /// Removals of rows.
        Delete = "delete",
        /// TRUNCATE.
        Truncate = "truncate",
    }
}

words! {
    /// When a trigger fires.
    Timing "a timing" {
        /// Before the row is written.
        Before = "before",
        /// After the row, or the statement, is done.
        After = "after",
        /// Instead of writing, for views.
        InsteadOf = "instead of",
    }
}

words! {
    /// What a trigger fires on.
    Event "an event" {
        /// New rows.
        Insert = "insert",
        /// Changed rows.
        Update = "update",
        /// Removed rows.
        Delete = "delete",
        /// TRUNCATE.
        Truncate = "truncate",
    }
}

words! {
    /// How often a trigger fires.
    Level "a level" {
        /// Once a row.
        Row = "row",
        /// Once a statement.
        Statement = "statement",
    }
}

words! {
    /// When a constraint trigger fires.
    ConstraintTime "a time of a constraint trigger" {
        /// At the end of the transaction.
        Deferred = "deferred",
        /// At the end of the statement, unless the transaction asks otherwise.
        Deferrable = "deferrable",
        /// At the end of the statement, always.
        Immediate = "immediate",
    }
}

/// A trigger; its `kind` decides about its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is described at its type")]
pub enum Trigger {
    Touch(Box<Touch>),
    Counter(Box<Counter>),
    Sum(Box<Sum>),
    Ledger(Box<Ledger>),
    Immutable(Box<Immutable>),
    Transitions(Box<Transitions>),
    Sql(Box<SqlTrigger>),
    /// The kind is missing or not known, which was reported.
    Unknown,
}

const KINDS: [&str; 7] = [
    "touch",
    "counter",
    "sum",
    "ledger",
    "immutable",
    "transitions",
    "sql",
];

impl Value for Trigger {
    fn read(node: &Node<'_>, key: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            return reader.expected("a table", node);
        };
        let Some(kind) = table.get("kind") else {
            reader.missing(&["kind"], "a trigger", key.clone());
            return Some(Self::Unknown);
        };
        let DeValue::String(name) = kind.get_ref() else {
            reader.expected::<Self>("a string", kind);
            return Some(Self::Unknown);
        };
        Some(match name.as_ref() {
            "touch" => Self::Touch(Box::new(reader.table(table, key))),
            "counter" => Self::Counter(Box::new(reader.table(table, key))),
            "sum" => Self::Sum(Box::new(reader.table(table, key))),
            "ledger" => Self::Ledger(Box::new(reader.table(table, key))),
            "immutable" => Self::Immutable(Box::new(reader.table(table, key))),
            "transitions" => Self::Transitions(Box::new(reader.table(table, key))),
            "sql" => Self::Sql(Box::new(reader.table(table, key))),
            other => {
                let help = nearest(other, KINDS).map_or_else(
                    || {
                        format!(
                            "the kinds are {}",
                            KINDS.map(|kind| format!("`{kind}`")).join(", ")
                        )
                    },
                    |near| format!("did you mean `{near}`?"),
                );
                reader.diagnostics.push(
                    Diagnostic::error(
                        "unknown-kind",
                        format!("there is no trigger of kind `{other}`"),
                        kind.span(),
                    )
                    .help(help),
                );
                Self::Unknown
            }
        })
    }

    fn shape() -> Shape {
        Shape::Tagged {
            tag: "kind",
            variants: vec![
                ("touch", Touch::section_shape()),
                ("counter", Counter::section_shape()),
                ("sum", Sum::section_shape()),
                ("ledger", Ledger::section_shape()),
                ("immutable", Immutable::section_shape()),
                ("transitions", Transitions::section_shape()),
                ("sql", SqlTrigger::section_shape()),
            ],
        }
    }
}

impl Trigger {
    /// The names by event that the author set, functions first.
    #[must_use]
    #[allow(clippy::type_complexity, reason = "two options of the same thing")]
    pub fn event_names(&self) -> (Option<&Spanned<EventNames>>, Option<&Spanned<EventNames>>) {
        macro_rules! of {
            ($trigger:expr) => {
                ($trigger.functions.as_ref(), $trigger.names.as_ref())
            };
        }
        match self {
            Self::Touch(trigger) => of!(trigger),
            Self::Counter(trigger) => of!(trigger),
            Self::Sum(trigger) => of!(trigger),
            Self::Ledger(trigger) => of!(trigger),
            Self::Immutable(trigger) => of!(trigger),
            Self::Transitions(trigger) => of!(trigger),
            Self::Sql(trigger) => of!(trigger),
            Self::Unknown => (None, None),
        }
    }

    /// Documentation.
    #[must_use]
    pub fn doc(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Touch(trigger) => trigger.doc.as_ref(),
            Self::Counter(trigger) => trigger.doc.as_ref(),
            Self::Sum(trigger) => trigger.doc.as_ref(),
            Self::Ledger(trigger) => trigger.doc.as_ref(),
            Self::Immutable(trigger) => trigger.doc.as_ref(),
            Self::Transitions(trigger) => trigger.doc.as_ref(),
            Self::Sql(trigger) => trigger.doc.as_ref(),
            Self::Unknown => None,
        }
    }
}
