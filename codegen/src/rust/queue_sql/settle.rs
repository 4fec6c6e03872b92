//! Settling a job that is held: what its worker says of it.

use super::super::columns::Column;
use super::super::statements::{bound, column_list, parameter};
use super::Parts;
use crate::sql;
use crate::sql::Sql;

impl Parts<'_> {
    /// The condition that a job is as its claim left it. Parameters: the key, the worker, the attempt.
    pub(super) fn held(&self, state: &str) -> Sql {
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
    pub(super) fn next_parameter(&self) -> usize {
        self.table.key.len()
            + usize::from(self.worker.is_some())
            + usize::from(self.attempt.is_some())
            + 1
    }

    /// A change of a held job. Its lease ends, unless the change says something of it; `free` forgets the worker.
    pub(super) fn change(&self, set: &[Sql], free: bool) -> Sql {
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

    pub(super) fn heartbeat(&self) -> Option<Sql> {
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
    pub(super) fn completed(&self) -> Option<Sql> {
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
    pub(super) fn retry(&self) -> Option<Sql> {
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

    pub(super) fn release(&self) -> Option<Sql> {
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
}
