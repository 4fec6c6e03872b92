//! Claiming: which job is next, and what a claim writes.

use super::super::sql_types;
use super::super::statements::{column_list, parameter, selected};
use super::{Parts, is_text};
use crate::sql;
use crate::sql::{Keyword, Sql};

impl Parts<'_> {
    pub(super) fn claim_head(&self) -> Sql {
        sql!(
            "WITH chosen AS MATERIALIZED (\n    SELECT {keys}\n    FROM {table}\n    WHERE {ready}",
            keys = self.keys(),
            table = self.table.sql,
            ready = self.ready()
        )
    }

    pub(super) fn claim_order(&self) -> Sql {
        sql!("ORDER BY {order}\n    LIMIT ", order = self.order())
    }

    /// Parameters: the worker, then the seconds of the lease.
    pub(super) fn claim_tail(&self, several: bool) -> Sql {
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
}
