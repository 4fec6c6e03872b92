//! Constraints and indexes of models.

use super::section::{section, table};
use super::{Deferrable, DeleteAction, List, Map, Scalar, Text, UpdateAction};

section! {
    /// A unique constraint.
    Unique "a unique constraint" {
        /// Its name. Default: `ux_<table>_<columns>`.
        name: Text = "name",
        /// The columns.
        on: List<Text> = "on" required,
        /// Further columns stored in its index.
        include: List<Text> = "include",
        /// Whether NULLs are equal (PostgreSQL 15 and newer). Default: `false`.
        nulls_not_distinct: bool = "nulls_not_distinct",
        /// Makes it deferrable, and says when it is checked.
        deferrable: Deferrable = "deferrable",
    }
}

section! {
    /// An index.
    Index "an index" {
        /// Its name. Default: `idx_<table>_<columns>`, or `ux_<table>_<columns>` if it is unique.
        name: Text = "name",
        /// What it holds, each a column or (expression) in SQL's own words: with collation, operator class, `asc` or
        /// `desc`, `nulls first` or `nulls last`.
        on: List<Text> = "on" required,
        /// Whether no two rows have the same keys. Default: `false`.
        unique: bool = "unique",
        /// The access method. Default: `btree`.
        using: Text = "using",
        /// Further columns stored in it.
        include: List<Text> = "include",
        /// Which rows it holds: a condition.
        filter: Text = "where",
        /// Whether NULLs are equal (PostgreSQL 15 and newer). Default: `false`.
        nulls_not_distinct: bool = "nulls_not_distinct",
        /// Storage parameters.
        with: Map<Scalar> = "with",
    }
}

section! {
    /// A check constraint.
    Check "a check" {
        /// Its name. Default: `ck_<table>_<place in the list, from 1>`.
        name: Text = "name",
        /// The condition.
        sql: Text = "sql" required,
    }
}

section! {
    /// A reference of several columns. For one column, the field's `references`.
    ForeignKey "a foreign key" {
        /// Its name. Default: `fk_<table>_<columns>`.
        name: Text = "name",
        /// The columns here.
        fields: List<Text> = "fields" required,
        /// The model there.
        references: Text = "references" required,
        /// The columns there, in the same order. Default: its primary key.
        to: List<Text> = "to",
        /// What a delete of the row referred to does here. Default: `no action`.
        on_delete: DeleteAction = "on_delete",
        /// What a change of the key referred to does here. Default: `no action`.
        on_update: UpdateAction = "on_update",
        /// Name of the relation on the other side.
        inverse: Text = "inverse",
        /// Makes it deferrable, and says when it is checked.
        deferrable: Deferrable = "deferrable",
        /// Whether it is not proven for rows that were there before it (`NOT VALID`). Default: `false`.
        not_valid: bool = "not_valid",
    }
}

section! {
    /// An exclusion constraint: no two rows for which all the operators say yes.
    Exclude "an exclusion constraint" {
        /// Its name. Default: `ex_<table>_<columns>`.
        name: Text = "name",
        /// The access method. Default: `btree`; `gist` is what most want.
        using: Text = "using",
        /// Index parts, each followed by `with` and an operator: `"room with ="`.
        on: List<Text> = "on" required,
        /// Further columns stored in its index.
        include: List<Text> = "include",
        /// Which rows it binds: a condition.
        filter: Text = "where",
        /// Makes it deferrable, and says when it is checked.
        deferrable: Deferrable = "deferrable",
    }
}

table!(Unique, Index, Check, ForeignKey, Exclude);
