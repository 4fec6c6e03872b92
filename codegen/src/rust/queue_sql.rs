//! The SQL of a job queue.

use crate::ident::{Ident, QualifiedName};
use crate::schema::{BaseType, Builtin, FieldId, FieldRef, Queue, Schema, TriggerKind, Type};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql};

use super::columns::{Column, Table};
use super::sql_types;
use super::statements::{bound, column_list, parameter, selected};

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

    fn claim_head(&self) -> Sql {
        sql!(
            "WITH chosen AS MATERIALIZED (\n    SELECT {keys}\n    FROM {table}\n    WHERE {ready}",
            keys = self.keys(),
            table = self.table.sql,
            ready = self.ready()
        )
    }

    fn claim_order(&self) -> Sql {
        sql!("ORDER BY {order}\n    LIMIT ", order = self.order())
    }

    /// Parameters: the worker, then the seconds of the lease.
    fn claim_tail(&self, several: bool) -> Sql {
        let mut number = 0;
        let mut next = || {
            number += 1;
            number
        };
        let mut set = vec![self.is(&self.queue.running)];
        if let Some(worker) = self.worker {
            let base = sql_types::cast_type(self.table.schema, worker.ty);
            let text = is_text(self.table.schema, worker.ty);
            let value = sql!("{value}::text", value = parameter(next()));
            set.push(if text {
                sql!("{name} = {value}", name = worker.sql, value = value)
            } else {
                sql!(
                    "{name} = {value}::{base}",
                    name = worker.sql,
                    value = value,
                    base = base
                )
            });
        }
        if let Some(lease) = self.lease {
            let until = self.lease_until(lease, next());
            set.push(sql!("{name} = {until}", name = lease.sql, until = until));
        }
        if let Some(attempt) = self.attempt {
            set.push(sql!("{name} = job.{name} + 1", name = attempt.sql));
        }
        // The planner is free to read the chosen ones in another order: several are sorted again.
        let open = Keyword(if several { "), claimed AS (\n" } else { ")\n" });
        let returned = Sql::join(
            ",\n    ",
            self.table.columns.iter().map(|column| {
                if several {
                    sql!("job.{name}", name = column.sql)
                } else {
                    sql!("job.{column}", column = selected(column))
                }
            }),
        );
        let close = if several {
            sql!(
                "\n)\nSELECT {columns}\nFROM claimed\nORDER BY {order}",
                columns = column_list(self.table),
                order = self.order()
            )
        } else {
            Sql::new()
        };
        sql!(
            "FOR NO KEY UPDATE SKIP LOCKED\n{open}UPDATE {table} AS job\nSET {set}\nFROM chosen\nWHERE {same}\n\
             RETURNING {returned}{close}",
            open = open,
            table = self.table.sql,
            set = Sql::join(",\n    ", set),
            same = self.same_key("chosen"),
            returned = returned,
            close = close
        )
    }

    /// The condition that a job is as its claim left it. Parameters: the key, the worker, the attempt.
    fn held(&self, state: &str) -> Sql {
        let columns: Vec<&Column<'_>> = self
            .table
            .key_columns()
            .chain(self.worker)
            .chain(self.attempt)
            .collect();
        let mut conditions: Vec<Sql> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                sql!(
                    "{name} = {value}",
                    name = column.sql,
                    value = bound(self.table, column, index + 1)
                )
            })
            .collect();
        conditions.push(self.is(state));
        Sql::join(" AND ", conditions)
    }

    /// The number of the first parameter behind those of [`Self::held`].
    fn next_parameter(&self) -> usize {
        self.table.key.len()
            + usize::from(self.worker.is_some())
            + usize::from(self.attempt.is_some())
            + 1
    }

    /// A change of a held job. Its lease ends, unless the change says something of it; `free` forgets the worker.
    fn change(&self, set: &[Sql], free: bool) -> Sql {
        let mut set = set.to_vec();
        if let Some(worker) = self.worker.filter(|_| free) {
            set.push(sql!("{name} = NULL", name = worker.sql));
        }
        let says = self
            .lease
            .map(|lease| sql!("{name} = ", name = lease.sql))
            .filter(|head| {
                !set.iter()
                    .any(|part| part.as_str().starts_with(head.as_str()))
            });
        if let Some(head) = says {
            set.push(sql!("{head}NULL", head = head));
        }
        sql!(
            "UPDATE {table}\nSET {set}\nWHERE {held}\nRETURNING {columns}",
            table = self.table.sql,
            set = Sql::join(",\n    ", set),
            held = self.held(&self.queue.running),
            columns = column_list(self.table)
        )
    }

    fn heartbeat(&self) -> Option<Sql> {
        let lease = self.lease?;
        Some(sql!(
            "UPDATE {table}\nSET {lease} = {until}\nWHERE {held}",
            table = self.table.sql,
            lease = lease.sql,
            until = self.lease_until(lease, self.next_parameter()),
            held = self.held(&self.queue.running)
        ))
    }

    /// Only where a claim can be told from another one.
    fn completed(&self) -> Option<Sql> {
        self.worker.or(self.attempt)?;
        Some(sql!(
            "SELECT {columns}\nFROM {table}\nWHERE {held}",
            columns = column_list(self.table),
            table = self.table.sql,
            held = self.held(&self.queue.done)
        ))
    }

    /// Parameters behind those of [`Self::held`]: the seconds to wait, where there is a lease; how many attempts there may
    /// be, where they are counted.
    fn retry(&self) -> Option<Sql> {
        let mut number = self.next_parameter();
        match self.lease.filter(|_| self.retries) {
            // The lease of a failed job is the time at which it is ready again: the claim need not look at it.
            Some(lease) => {
                let until = self.lease_until(lease, number);
                number += 1;
                let until = match self.attempt {
                    Some(attempt) => sql!(
                        "CASE WHEN ({attempt} < {most}::bigint) IS NOT FALSE THEN {until} END",
                        attempt = attempt.sql,
                        most = parameter(number),
                        until = until
                    ),
                    None => until,
                };
                Some(self.change(
                    &[
                        self.is(&self.queue.failed),
                        sql!("{name} = {until}", name = lease.sql, until = until),
                    ],
                    false,
                ))
            }
            None if self.returns => {
                let status = match self.attempt {
                    Some(attempt) => sql!(
                        "{status} = CASE WHEN ({attempt} < {most}::bigint) IS NOT FALSE THEN {ready} ELSE {failed} END",
                        status = self.status.sql,
                        attempt = attempt.sql,
                        most = parameter(number),
                        ready = self.label(&self.queue.ready),
                        failed = self.label(&self.queue.failed)
                    ),
                    None => self.is(&self.queue.ready),
                };
                Some(self.change(&[status], true))
            }
            None => None,
        }
    }

    fn release(&self) -> Option<Sql> {
        if self.returns {
            return Some(self.change(&[self.is(&self.queue.ready)], true));
        }
        // By way of the failed ones, due at once.
        let lease = self.lease.filter(|_| self.retries)?;
        Some(self.change(
            &[
                self.is(&self.queue.failed),
                sql!(
                    "{name} = {time}",
                    name = lease.sql,
                    time = self.time(lease, true)
                ),
            ],
            true,
        ))
    }

    /// Parameters: how many attempts there may be, where they are counted.
    fn expire(&self) -> Option<Sql> {
        let lease = self.lease?;
        let running = sql!("job.{is}", is = self.is(&self.queue.running));
        // A job that has had all its attempts fails for good.
        let spent = match self.attempt {
            Some(attempt) => sql!(
                "{running} AND job.{attempt} >= $1::bigint",
                running = running,
                attempt = attempt.sql
            ),
            None => sql!("false"),
        };
        let ready = self.label(&self.queue.ready);
        let failed = self.label(&self.queue.failed);
        let (status, until) = match (self.returns, self.retries) {
            (true, _) if self.attempt.is_none() => (ready, sql!("NULL")),
            (true, _) => (
                sql!(
                    "CASE WHEN {spent} THEN {failed} ELSE {ready} END",
                    spent = spent,
                    failed = failed,
                    ready = ready
                ),
                sql!("NULL"),
            ),
            // By way of the failed ones, due at once.
            (false, true) => (
                sql!(
                    "CASE WHEN {running} THEN {failed} ELSE {ready} END",
                    running = running,
                    failed = failed,
                    ready = ready
                ),
                sql!(
                    "CASE WHEN {running} AND ({spent}) IS NOT TRUE THEN {time} END",
                    running = running,
                    spent = spent,
                    time = self.time(lease, false)
                ),
            ),
            (false, false) => (failed, sql!("NULL")),
        };
        let states = if self.retries {
            vec![&self.queue.running, &self.queue.failed]
        } else {
            vec![&self.queue.running]
        };
        let mut set = vec![sql!(
            "{name} = {status}",
            name = self.status.sql,
            status = status
        )];
        if let Some(worker) = self.worker {
            set.push(sql!("{name} = NULL", name = worker.sql));
        }
        set.push(sql!("{name} = {until}", name = lease.sql, until = until));
        Some(sql!(
            "WITH ended AS MATERIALIZED (\n    SELECT {keys}\n    FROM {table}\n    WHERE {lease} <= {now} AND {status} IN \
             ({states}){deleted}\n    ORDER BY {lease}\n    LIMIT {batch}\n    FOR NO KEY UPDATE SKIP LOCKED\n)\nUPDATE \
             {table} AS job\nSET {set}\nFROM ended\nWHERE {same}",
            keys = self.keys(),
            table = self.table.sql,
            lease = lease.sql,
            now = self.time(lease, false),
            status = self.status.sql,
            states = Sql::join(
                ", ",
                states.iter().map(|state| Literal::text(state.as_str()))
            ),
            deleted = self.not_deleted(),
            batch = Literal::Integer(BATCH),
            set = Sql::join(",\n    ", set),
            same = self.same_key("ended")
        ))
    }

    /// Parameters: the key.
    fn cancel(&self) -> Option<Sql> {
        let BaseType::Enum(id) = self.status.ty.base else {
            return None;
        };
        let labels = &self.table.schema.enumeration(id).labels;
        let queue = self.queue;
        let label = labels.iter().find(|label| {
            CANCELLED.contains(&label.text.as_str())
                && ![&queue.ready, &queue.running, &queue.done, &queue.failed]
                    .contains(&&label.text)
        })?;
        let from: Vec<Literal> = labels
            .iter()
            .filter(|from| {
                from.text != label.text
                    && from.text != queue.done
                    && from.text != queue.failed
                    && allowed(self.table, queue, &from.text, &label.text)
            })
            .map(|from| Literal::text(from.text.as_str()))
            .collect();
        if from.is_empty() {
            return None;
        }
        let key = Sql::join(
            " AND ",
            self.table.key_columns().enumerate().map(|(index, column)| {
                sql!(
                    "{name} = {value}",
                    name = column.sql,
                    value = bound(self.table, column, index + 1)
                )
            }),
        );
        let from = sql!(
            "{status} IN ({from})",
            status = self.status.sql,
            from = Sql::join(", ", from)
        );
        // A failed job that waits to be tried again stays failed, and is not tried again.
        let (set, from) = match self.lease {
            Some(lease) => (
                sql!(
                    "{status} = CASE WHEN {failed} THEN {status} ELSE {label} END, {lease} = NULL",
                    status = self.status.sql,
                    failed = self.is(&queue.failed),
                    label = self.label(&label.text),
                    lease = lease.sql
                ),
                sql!(
                    "({from} OR {failed} AND {lease} IS NOT NULL)",
                    from = from,
                    failed = self.is(&queue.failed),
                    lease = lease.sql
                ),
            ),
            None => (self.is(&label.text), from),
        };
        Some(sql!(
            "UPDATE {table}\nSET {set}\nWHERE {key} AND {from}\nRETURNING {columns}",
            table = self.table.sql,
            set = set,
            key = key,
            from = from,
            columns = column_list(self.table)
        ))
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
