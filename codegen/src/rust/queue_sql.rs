//! The SQL of a job queue.

use crate::ident::{Ident, QualifiedName};
use crate::schema::{BaseType, Builtin, FieldId, FieldRef, Queue, Schema, TriggerKind, Type};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql};

use super::columns::{Column, Table};
use super::sql_types;
use super::statements::parameter;

mod claim;
mod leave;
mod settle;

/// How many jobs one statement returns whose lease has ended.
const BATCH: i64 = 100;

/// Labels that mean that a job was called off, where the status has one of them. The language has no key for it.
const CANCELLED: [&str; 2] = ["cancelled", "canceled"];

/// The statements of a queue, and what they are made of.
pub(super) struct QueueSql<'t> {
    /// Where a ready job is announced.
    pub(super) channel: Ident,
    /// What makes a job ready to be claimed.
    pub(super) ready: Sql,
    pub(super) running: Sql,
    pub(super) order: Sql,
    pub(super) keys: Sql,
    /// Other names for the columns of the key, and the comparison with them.
    pub(super) turn_keys: Sql,
    pub(super) same_turn: Sql,
    pub(super) worker: Option<&'t Column<'t>>,
    pub(super) attempt: Option<&'t Column<'t>>,
    pub(super) lease: bool,
    /// Whether a failed job can wait before it is tried again.
    pub(super) waits: bool,
    pub(super) claim: Sql,
    pub(super) claim_head: Sql,
    pub(super) claim_order: Sql,
    pub(super) claim_tail: Sql,
    pub(super) heartbeat: Option<Sql>,
    pub(super) complete: Sql,
    pub(super) completed: Option<Sql>,
    pub(super) fail: Sql,
    pub(super) retry: Option<Sql>,
    pub(super) release: Option<Sql>,
    pub(super) expire: Option<Sql>,
    pub(super) cancel: Option<Sql>,
}

/// The channel on which a table's ready jobs are announced.
pub(crate) fn channel(table: &QualifiedName) -> Ident {
    Ident::derived(&[table.schema.as_str(), table.name.as_str(), "queue"])
}

/// The statements of a table's queue.
pub(super) fn queue_sql<'t>(table: &'t Table<'t>) -> Option<QueueSql<'t>> {
    let parts = Parts::of(table)?;
    let (claim_head, claim_order) = (parts.claim_head(), parts.claim_order());
    Some(QueueSql {
        channel: channel(table.sql),
        ready: parts.ready(),
        running: parts.is(&parts.queue.running),
        order: parts.order(),
        keys: parts.keys(),
        turn_keys: Sql::join(", ", parts.turn_keys().map(|(_, turn)| turn)),
        same_turn: Sql::join(
            " AND ",
            parts
                .turn_keys()
                .map(|(key, turn)| sql!("{key} = turns.{turn}", key = key, turn = turn)),
        ),
        worker: parts.worker,
        attempt: parts.attempt,
        lease: parts.lease.is_some(),
        waits: parts.lease.is_some() && parts.retries,
        claim: sql!(
            "{head}\n    {order}1\n    {tail}",
            head = claim_head,
            order = claim_order,
            tail = parts.claim_tail(false)
        ),
        claim_head,
        claim_order,
        claim_tail: parts.claim_tail(true),
        heartbeat: parts.heartbeat(),
        complete: parts.change(&[parts.is(&parts.queue.done)], false),
        completed: parts.completed(),
        fail: parts.change(&[parts.is(&parts.queue.failed)], false),
        retry: parts.retry(),
        release: parts.release(),
        expire: parts.expire(),
        cancel: parts.cancel(),
    })
}

/// What the statements are made of.
struct Parts<'t> {
    table: &'t Table<'t>,
    queue: &'t Queue,
    status: &'t Column<'t>,
    worker: Option<&'t Column<'t>>,
    lease: Option<&'t Column<'t>>,
    attempt: Option<&'t Column<'t>>,
    /// The flag of rows that count as deleted.
    deleted: Option<&'t Ident>,
    /// Whether a running job may become ready, and a failed one: transitions may forbid it.
    returns: bool,
    retries: bool,
}

impl<'t> Parts<'t> {
    fn of(table: &'t Table<'t>) -> Option<Self> {
        let model = table.schema.model(table.id?);
        let queue = model.queue.as_ref()?;
        if table.key.is_empty() {
            return None;
        }
        let column = |field: FieldId| {
            let name = &model.field(field).name;
            table.columns.iter().find(|column| column.sql == name)
        };
        Some(Self {
            table,
            queue,
            status: column(queue.status)?,
            worker: queue.worker.and_then(column),
            lease: queue.lease.and_then(column),
            attempt: queue.attempt.and_then(column),
            deleted: model
                .soft_delete
                .as_ref()
                .map(|deleted| &model.field(deleted.flag).name),
            returns: allowed(table, queue, &queue.running, &queue.ready),
            retries: allowed(table, queue, &queue.failed, &queue.ready),
        })
    }

    /// `status = 'label'`, as an assignment and as a condition.
    fn is(&self, label: &str) -> Sql {
        sql!(
            "{status} = {label}",
            status = self.status.sql,
            label = Literal::text(label)
        )
    }

    /// A label as a value of the status, where nothing else says its type.
    fn label(&self, label: &str) -> Sql {
        sql!(
            "{label}::{ty}",
            label = Literal::text(label),
            ty = sql_types::cast_type(self.table.schema, self.status.ty)
        )
    }

    fn not_deleted(&self) -> Sql {
        match self.deleted {
            Some(flag) => sql!(" AND NOT {flag}", flag = flag),
            None => Sql::new(),
        }
    }

    fn ready(&self) -> Sql {
        sql!(
            "{is}{deleted}",
            is = self.is(&self.queue.ready),
            deleted = self.not_deleted()
        )
    }

    fn keys(&self) -> Sql {
        Sql::join(", ", self.table.key_columns().map(|column| column.sql))
    }

    /// The columns of the key, each with a name for it that no table has.
    fn turn_keys(&self) -> impl Iterator<Item = (&'t Ident, Ident)> {
        self.table.key_columns().enumerate().map(|(index, column)| {
            (
                column.sql,
                Ident::derived(&["key of turn", &index.to_string()]),
            )
        })
    }

    /// `job.key = chosen.key AND …`
    fn same_key(&self, chosen: &'static str) -> Sql {
        Sql::join(
            " AND ",
            self.table.key_columns().map(|column| {
                sql!(
                    "job.{name} = {chosen}.{name}",
                    name = column.sql,
                    chosen = Keyword(chosen)
                )
            }),
        )
    }

    fn order(&self) -> Sql {
        let model = self.table.id.map(|id| self.table.schema.model(id));
        let order: Vec<Sql> = self
            .queue
            .order
            .iter()
            .filter_map(|part| {
                let name = &model?.field(part.field).name;
                let desc = Keyword(if part.descending { " DESC" } else { "" });
                Some(sql!("{name}{desc}", name = name, desc = desc))
            })
            .collect();
        if order.is_empty() {
            self.keys()
        } else {
            Sql::join(", ", order)
        }
    }

    /// What time it is, for a lease. A column without a zone holds UTC, whatever the session's zone is. `clock` is the
    /// time itself and not that of the transaction: a lease must not be shorter than was asked for.
    fn time(&self, lease: &Column<'_>, clock: bool) -> Sql {
        let now = Keyword(if clock { "clock_timestamp()" } else { "now()" });
        if has_zone(self.table.schema, lease.ty) {
            sql!("{now}", now = now)
        } else {
            sql!("({now} AT TIME ZONE 'UTC')", now = now)
        }
    }

    /// `lease = … + seconds`
    fn lease_until(&self, lease: &Column<'_>, number: usize) -> Sql {
        sql!(
            "{time} + make_interval(secs => {seconds}::double precision)",
            time = self.time(lease, true),
            seconds = parameter(number)
        )
    }
}

/// Whether transitions let a job go from one label to another.
fn allowed(table: &Table<'_>, queue: &Queue, from: &str, to: &str) -> bool {
    let Some(model) = table.id else {
        return true;
    };
    let status = FieldRef {
        model,
        field: queue.status,
    };
    table
        .schema
        .triggers
        .iter()
        .all(|trigger| match &trigger.kind {
            TriggerKind::Transitions(moves) if moves.on == status => moves
                .allow
                .iter()
                .any(|(label, labels)| label == from && labels.iter().any(|label| label == to)),
            _ => true,
        })
}

/// The type under all domains.
fn builtin<'a>(schema: &'a Schema, mut ty: &'a Type) -> Option<&'a Builtin> {
    for _ in 0..=schema.domains.len() {
        match &ty.base {
            BaseType::Domain(domain) => ty = &schema.domain(*domain).base,
            BaseType::Builtin(builtin) => return Some(builtin),
            _ => return None,
        }
    }
    None
}

fn has_zone(schema: &Schema, ty: &Type) -> bool {
    !matches!(builtin(schema, ty), Some(Builtin::Timestamp(_)))
}

fn is_text(schema: &Schema, ty: &Type) -> bool {
    matches!(
        builtin(schema, ty),
        Some(Builtin::Text | Builtin::Varchar(_))
    )
}
