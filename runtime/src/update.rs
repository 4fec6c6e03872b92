//! An UPDATE that names the columns that a patch sets, and no other.

use std::fmt::Write as _;

use serde::Serialize;
use sqlx::{AssertSqlSafe, Encode, Postgres, Type};

use crate::{Args, Executor, Model, Operation, Patch, Statement};

/// An UPDATE in the making, put together from parts that are all `&'static str` of the generated code.
///
/// One statement with `CASE` for every column would be one constant, but it would fire every `UPDATE OF` trigger of the
/// table whatever the patch says, need the right to write every column, and send all of them. So the statement names what
/// the patch sets; the parts come in the order of the columns, so that two patches of the same fields are the same text
/// and share one prepared statement.
#[derive(Debug)]
pub struct Update {
    sql: String,
    args: Args,
    empty: bool,
}

impl Update {
    /// Begins with `UPDATE table\nSET ` and the values of the key, which come first.
    #[must_use]
    pub fn new(head: &'static str, key: Args) -> Self {
        Self {
            sql: head.to_owned(),
            args: key,
            empty: true,
        }
    }

    /// Sets a column that takes no NULL; `column` is `name = `, `cast` what follows the `$1`.
    pub fn set<'t, T>(&mut self, column: &'static str, value: &'t Option<T>, cast: &'static str)
    where
        &'t T: Encode<'t, Postgres> + Type<Postgres>,
    {
        if let Some(value) = value {
            self.args.add(value);
            self.assign(column, cast);
        }
    }

    /// Sets a column that takes NULL.
    pub fn patch<'t, T>(&mut self, column: &'static str, value: &'t Patch<T>, cast: &'static str)
    where
        &'t T: Encode<'t, Postgres> + Type<Postgres>,
        Option<&'t T>: Encode<'t, Postgres> + Type<Postgres>,
    {
        if !value.is_absent() {
            self.args.add(value.value());
            self.assign(column, cast);
        }
    }

    /// Sets a `jsonb` column that takes no NULL.
    pub fn set_jsonb<T: Serialize>(&mut self, column: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.args.jsonb(Some(value));
            self.assign(column, "");
        }
    }

    /// Sets a `jsonb` column that takes NULL.
    pub fn patch_jsonb<T: Serialize>(&mut self, column: &'static str, value: &Patch<T>) {
        if !value.is_absent() {
            self.args.jsonb(value.value());
            self.assign(column, "");
        }
    }

    /// Sets a `json` column that takes no NULL.
    pub fn set_json<T: Serialize>(&mut self, column: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.args.json(Some(value));
            self.assign(column, "");
        }
    }

    /// Sets a `json` column that takes NULL.
    pub fn patch_json<T: Serialize>(&mut self, column: &'static str, value: &Patch<T>) {
        if !value.is_absent() {
            self.args.json(value.value());
            self.assign(column, "");
        }
    }

    /// Whether no column is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// What there is of the statement, and the values.
    pub(crate) fn into_parts(self) -> (String, Args) {
        (self.sql, self.args)
    }

    /// Runs it; `tail` is the WHERE and the RETURNING.
    ///
    /// # Errors
    /// If the database refuses, or the row cannot be read.
    pub fn fetch_optional<'c, T: Model>(
        mut self,
        db: impl Executor<'c>,
        tail: &'static str,
    ) -> Operation<'c, Option<T>> {
        self.sql.push('\n');
        self.sql.push_str(tail);
        // Every part is a constant of the generated code, and the values are bound.
        let statement = Statement::write("update", AssertSqlSafe(self.sql));
        crate::fetch_optional(db, statement, self.args)
    }

    fn assign(&mut self, column: &'static str, cast: &'static str) {
        if !self.empty {
            self.sql.push_str(", ");
        }
        self.empty = false;
        self.sql.push_str(column);
        // Writing to a String cannot fail.
        let _ = write!(self.sql, "${}", self.args.len());
        self.sql.push_str(cast);
    }
}
