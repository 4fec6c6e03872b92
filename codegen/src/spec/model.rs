//! Models: tables and the types of their rows.

use super::section::{section, table, words};
use super::{
    Check, Exclude, Field, ForeignKey, Index, List, Map, OneOrMany, Policy, RowSecurity, Scalar,
    Text, Unique,
};

section! {
    /// A model: a table and the Rust type of its rows.
    Model "a model" {
        /// Documentation; a comment of the table.
        doc: Text = "doc",
        /// The table. Default: the model's name in snake case, plural.
        table: Text = "table",
        /// The PostgreSQL schema of the table. Default: that of `[database]`.
        schema: Text = "schema",
        /// The model's old name: a rename, not drop and create. Spent where the old name is gone.
        renamed_from: Text = "renamed_from",
        /// The columns of the primary key, instead of a field's flag. `[]` is a table without one: no finders by key.
        primary_key: List<Text> = "primary_key",
        /// Name of the primary key. Default: `<table>_pkey`.
        primary_key_name: Text = "primary_key_name",
        /// The columns, in their order: `name = "type"`, or `name = { type = "…", … }`.
        fields: Map<Field> = "fields",
        /// Unique constraints.
        unique: List<Unique> = "unique",
        /// Indexes.
        indexes: List<Index> = "indexes",
        /// Check constraints, beside those of fields.
        checks: List<Check> = "checks",
        /// References of several columns, beside those of fields.
        foreign_keys: List<ForeignKey> = "foreign_keys",
        /// Further finders, beside those of keys and references: lists of columns.
        lookups: List<List<Text>> = "lookups",
        /// Soft delete: rows stay, flagged, until they are purged.
        soft_delete: SoftDelete = "soft_delete",
        /// Makes the table a job queue.
        queue: Queue = "queue",
        /// Exclusion constraints.
        exclude: List<Exclude> = "exclude",
        /// Extended statistics.
        statistics: List<Statistics> = "statistics",
        /// How the table is partitioned.
        partition: PartitionBy = "partition",
        /// Its partitions.
        partitions: List<Partition> = "partitions",
        /// Models whose tables it inherits from.
        inherits: List<Text> = "inherits",
        /// Whether the table is not written to the log, and empty after a crash. Default: `false`.
        unlogged: bool = "unlogged",
        /// Storage parameters of the table.
        with: Map<Scalar> = "with",
        /// Row level security.
        rls: RowSecurity = "rls",
        /// Policies of row level security.
        policies: List<Policy> = "policies",
        /// What roles may do: `role = ["select", "insert"]`; `all` is everything, the role `public` is everybody.
        grants: Map<OneOrMany> = "grants",
    }
}

section! {
    /// Soft delete: a row is flagged instead of deleted, can be restored, and is purged later. A check keeps the flag
    /// set exactly when the time is.
    SoftDelete "`soft_delete`" {
        /// The boolean column.
        flag: Text = "flag" required,
        /// The time column, nullable.
        at: Text = "at" required,
        /// How long a deleted row is kept, as an interval of PostgreSQL: `"30 days"`.
        keep: Text = "keep",
    }
}

section! {
    /// A job queue: rows are claimed one by one, each by one worker. An index `idx_<table>_queue` that serves the claim
    /// is made, unless the model has one of that name; for the lease one on its column, unless another begins with it.
    /// Ready jobs are announced by NOTIFY, once a statement, unless `pgwright.notify` is set to `off`. Where the status has
    /// the label `cancelled` or `canceled`, jobs can be cancelled.
    Queue "`queue`" {
        /// The status column, an enum.
        status: Text = "status" required,
        /// The label of a job that may be claimed.
        ready: Text = "ready" required,
        /// The label of a claimed job.
        running: Text = "running" required,
        /// The label of a job that is done.
        done: Text = "done" required,
        /// The label of a job that failed.
        failed: Text = "failed" required,
        /// What is claimed first: columns, each with `desc` or without.
        order: List<Text> = "order",
        /// The time column that says when a claim ends by itself, and when a failed job is tried again.
        lease: Text = "lease",
        /// The text column that says who claimed the job.
        worker: Text = "worker",
        /// The integer column that counts the claims.
        attempt: Text = "attempt",
    }
}

section! {
    /// Extended statistics for the planner.
    Statistics "statistics" {
        /// Their name. Default: `st_<table>_<columns>`.
        name: Text = "name",
        /// What is gathered. Default: everything.
        kinds: List<StatisticsKind> = "kinds",
        /// Columns or (expressions).
        on: List<Text> = "on" required,
    }
}

words! {
    /// A kind of extended statistics.
    StatisticsKind "a kind of statistics" {
        /// Numbers of distinct values.
        NDistinct = "ndistinct",
        /// Functional dependencies.
        Dependencies = "dependencies",
        /// Most common values.
        Mcv = "mcv",
    }
}

section! {
    /// How a table is partitioned.
    PartitionBy "`partition`" {
        /// The strategy.
        by: PartitionStrategy = "by" required,
        /// The partition key: columns or (expressions).
        on: List<Text> = "on" required,
    }
}

words! {
    /// A strategy of partitioning.
    PartitionStrategy "a strategy of partitioning" {
        /// By ranges of the key.
        Range = "range",
        /// By lists of values.
        List = "list",
        /// By the remainder of a hash.
        Hash = "hash",
    }
}

section! {
    /// A partition of a table.
    Partition "a partition" {
        /// Its table.
        name: Text = "name" required,
        /// The PostgreSQL schema of its table. Default: the model's.
        schema: Text = "schema",
        /// What follows `FOR VALUES`: `FROM ('2026-01-01') TO ('2027-01-01')`, `IN ('a')`, `WITH (MODULUS 4, REMAINDER 0)`;
        /// or `DEFAULT`.
        values: Text = "values" required,
    }
}

table!(Model, SoftDelete, Queue, Statistics, PartitionBy, Partition);
