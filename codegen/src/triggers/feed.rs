//! Which rows feed which columns: a counter, a sum or a ledger's balance is a column of a parent that a child's rows
//! add up to.

use super::scope::Scope;
use crate::ident::Ident;
use crate::schema::{
    Action, BaseType, Builtin, Deferrable, Event, FieldId, ForeignKey, ModelId, Trigger,
    TriggerKind, Type,
};
use crate::sql;
use crate::sql::{Sql, SqlExpr};

/// All columns of one parent that one child feeds. One statement on the child becomes one `UPDATE` of the parent.
pub(super) struct Feed<'a> {
    pub(super) child: ModelId,
    pub(super) parent: ModelId,
    /// The parent's column that the child's rows name.
    pub(super) key: FieldId,
    pub(super) columns: Vec<FedColumn<'a>>,
}

/// One maintained column of the parent.
pub(super) struct FedColumn<'a> {
    pub(super) trigger: &'a Trigger,
    /// The column of the parent.
    pub(super) into: FieldId,
    /// The column of the child that names the parent.
    pub(super) by: FieldId,
    /// What one row adds; `None` is one.
    pub(super) amount: Option<Amount<'a>>,
    /// Which rows add.
    pub(super) filter: Option<&'a SqlExpr>,
    /// Whether rows are only ever inserted, and every one of them writes the parent.
    pub(super) ledger: bool,
}

pub(super) enum Amount<'a> {
    Expression(&'a SqlExpr),
    Field(FieldId),
}

/// The feeds of a schema, by the child's place in it and then the parent's place in the lock order.
pub(super) fn feeds<'a>(scope: Scope<'a>) -> Vec<Feed<'a>> {
    let mut feeds: Vec<Feed<'a>> = Vec::new();
    for trigger in &scope.schema.triggers {
        let (child, parent, column) = match &trigger.kind {
            TriggerKind::Counter(counter) => (
                counter.count,
                counter.into.model,
                FedColumn {
                    trigger,
                    into: counter.into.field,
                    by: counter.by,
                    amount: None,
                    filter: counter.filter.as_ref(),
                    ledger: false,
                },
            ),
            TriggerKind::Sum(sum) => (
                sum.of,
                sum.into.model,
                FedColumn {
                    trigger,
                    into: sum.into.field,
                    by: sum.by,
                    amount: Some(Amount::Expression(&sum.sum)),
                    filter: sum.filter.as_ref(),
                    ledger: false,
                },
            ),
            TriggerKind::Ledger(ledger) => (
                ledger.on,
                ledger.balance.model,
                FedColumn {
                    trigger,
                    into: ledger.balance.field,
                    by: ledger.account,
                    amount: Some(Amount::Field(ledger.amount)),
                    filter: None,
                    ledger: true,
                },
            ),
            _ => continue,
        };
        let Some(key) = reference(scope, child, column.by, parent).map(|key| key.to[0]) else {
            // `verify` refuses a column that names no parent.
            continue;
        };
        match feeds
            .iter_mut()
            .find(|feed| feed.child == child && feed.parent == parent && feed.key == key)
        {
            Some(feed) => feed.columns.push(column),
            None => feeds.push(Feed {
                child,
                parent,
                key,
                columns: vec![column],
            }),
        }
    }
    let order = crate::verify::write_graph::lock_order(scope.schema);
    let mut rank = vec![0; order.len()];
    for (place, model) in order.iter().enumerate() {
        rank[model.0] = place;
    }
    feeds.sort_by_key(|feed| (feed.child, rank[feed.parent.0]));
    feeds
}

/// The reference of a single column to a model.
pub(super) fn reference<'a>(
    scope: Scope<'a>,
    child: ModelId,
    by: FieldId,
    parent: ModelId,
) -> Option<&'a ForeignKey> {
    scope
        .model(child)
        .foreign_keys
        .iter()
        .find(|key| key.fields == [by] && key.target == parent && key.to.len() == 1)
}

impl<'a> Feed<'a> {
    pub(super) fn is_ledger(&self) -> bool {
        self.columns.iter().any(|column| column.ledger)
    }

    /// The child's columns that name the parent, each once.
    pub(super) fn references(&self) -> Vec<FieldId> {
        let mut references: Vec<FieldId> = Vec::new();
        for column in &self.columns {
            if !references.contains(&column.by) {
                references.push(column.by);
            }
        }
        references
    }

    /// Whether a child may be there without its parent: its constraint is checked at the end of the transaction, or
    /// there is none.
    pub(super) fn has_orphans(&self, scope: Scope<'_>) -> bool {
        self.references().into_iter().any(|by| {
            reference(scope, self.child, by, self.parent)
                .is_some_and(|key| key.is_retained() || key.deferrable != Deferrable::No)
        })
    }

    /// Whether children may outlive their parent and change while it is gone.
    pub(super) fn has_loose_orphans(&self, scope: Scope<'_>) -> bool {
        !self.is_ledger()
            && self.references().into_iter().any(|by| {
                reference(scope, self.child, by, self.parent).is_some_and(ForeignKey::is_retained)
            })
    }

    /// The author's SQL in it.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &'a SqlExpr> + '_ {
        self.columns.iter().flat_map(|column| {
            let amount = match column.amount {
                Some(Amount::Expression(expression)) => Some(expression),
                Some(Amount::Field(_)) | None => None,
            };
            amount.into_iter().chain(column.filter)
        })
    }

    /// The events that change what the parent's columns must be.
    ///
    /// Entries of a ledger never change, but for references that a foreign key sets to NULL.
    pub(super) fn events(&self, scope: Scope<'_>) -> &'static [Event] {
        let set_null = scope
            .model(self.child)
            .foreign_keys
            .iter()
            .any(|key| [key.on_delete, key.on_update].contains(&Action::SetNull));
        if self.is_ledger() && set_null && self.columns.len() > 1 {
            &[Event::Insert, Event::Update]
        } else if self.is_ledger() {
            &[Event::Insert]
        } else {
            &[Event::Insert, Event::Update, Event::Delete, Event::Truncate]
        }
    }
}

impl FedColumn<'_> {
    /// What one row of the child, read as `row`, adds to the column: never NULL, and of a type whose sum is exact.
    pub(super) fn contribution(&self, scope: Scope<'_>, feed: &Feed<'_>, row: &Ident) -> Sql {
        let one = match &self.amount {
            None => sql!("1"),
            Some(amount) => {
                let amount = match amount {
                    Amount::Expression(expression) => {
                        sql!("({expression})", expression = expression)
                    }
                    Amount::Field(field) => sql!(
                        "{row}.{column}",
                        row = row,
                        column = scope.column(feed.child, *field)
                    ),
                };
                sql!(
                    "CAST(coalesce({amount}, 0) AS {ty})",
                    amount = amount,
                    ty = sum_type(&scope.field(feed.parent, self.into).ty)
                )
            }
        };
        match self.filter {
            None => one,
            Some(filter) => sql!(
                "CASE WHEN ({filter}) THEN {one} ELSE 0 END",
                filter = filter,
                one = one
            ),
        }
    }
}

/// The type of a change: the difference of two amounts may be larger than either.
pub(super) fn change_type(ty: &Type) -> Sql {
    match &ty.base {
        BaseType::Builtin(Builtin::SmallInt | Builtin::Integer | Builtin::BigInt) => sql!("bigint"),
        _ => sql!("numeric"),
    }
}

/// The type in which amounts are added up. Each row's amount is rounded to it by itself, so that adding and taking
/// away row by row comes to the same as adding up all rows.
pub(super) fn sum_type(ty: &Type) -> Sql {
    match &ty.base {
        BaseType::Builtin(Builtin::SmallInt | Builtin::Integer | Builtin::BigInt) => sql!("bigint"),
        BaseType::Builtin(Builtin::Numeric(Some((precision, scale)))) => sql!(
            "numeric({precision},{scale})",
            precision = crate::sql::Literal::Integer(i64::from(*precision)),
            scale = crate::sql::Literal::Integer(i64::from(*scale))
        ),
        _ => sql!("numeric"),
    }
}
