//! Moves that no worker makes: leases that end, and jobs that are called off.

use super::super::statements::{bound, column_list};
use super::{BATCH, CANCELLED, Parts, allowed};
use crate::schema::BaseType;
use crate::sql;
use crate::sql::{Literal, Sql};

impl Parts<'_> {
    /// Parameters: how many attempts there may be, where they are counted.
    pub(super) fn expire(&self) -> Option<Sql> {
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
    pub(super) fn cancel(&self) -> Option<Sql> {
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
