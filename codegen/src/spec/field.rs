//! Fields of models.

use toml::de::DeValue;

use super::reader::{Node, Reader};
use super::section::{section, words};
use super::shape::Shape;
use super::{Constant, Text, Value};
use crate::diag::Span;
use crate::source::Spanned;

section! {
    /// A field: one column. The short form is its type alone, `name = "text?"`.
    Field "a field" {
        /// The type in PostgreSQL's words, or an enum, domain or composite type by its Rust name. `?` at the end: takes
        /// NULL. `[]`: an array.
        ty: Text = "type" required,
        /// Documentation; a comment of the column.
        doc: Text = "doc",
        /// Why it should not be used any more.
        deprecated: Text = "deprecated",
        /// Whether the column is the primary key. For several columns, the model's `primary_key`. A `uuid` key without
        /// a default gets `gen_random_uuid()`.
        primary_key: bool = "primary_key",
        /// The model that the column refers to: `"User"` (its primary key) or `"Other.code"` (another unique field).
        references: Text = "references",
        /// Name of the foreign key. Default: `fk_<table>_<column>`.
        references_name: Text = "references_name",
        /// What a delete of the row referred to does here. Default: `no action`.
        on_delete: DeleteAction = "on_delete",
        /// What a change of the key referred to does here. Default: `no action`.
        on_update: UpdateAction = "on_update",
        /// Name of the relation on the other side.
        inverse: Text = "inverse",
        /// Makes the reference deferrable, and says when it is checked. Default: not deferrable.
        deferrable: Deferrable = "deferrable",
        /// Whether the reference is not proven for rows that were there before it (`NOT VALID`). Default: `false`.
        not_valid: bool = "not_valid",
        /// A constant that an insert gets that says nothing: a text, a number, a boolean, a label, or an array.
        default: Constant = "default",
        /// An expression that an insert gets that says nothing.
        default_sql: Text = "default_sql",
        /// A condition. Where it begins with an operator (`>= 0`, `BETWEEN …`, `IN (…)`, `IS …`, `LIKE …`, `~ …`), the
        /// column is put in front; otherwise it is the whole condition.
        check: Text = "check",
        /// Name of the check. Default: `ck_<table>_<column>`.
        check_name: Text = "check_name",
        /// Whether no two rows have the same value. Default: `false`.
        unique: bool = "unique",
        /// Name of the unique constraint. Default: `ux_<table>_<column>`.
        unique_name: Text = "unique_name",
        /// The expression of a generated column: `GENERATED ALWAYS AS (…) STORED`.
        generated: Text = "generated",
        /// Makes it an identity column.
        identity: Identity = "identity",
        /// Collation, if not the type's.
        collate: Text = "collate",
        /// The author's own Rust type, as a path. On `json` and `jsonb` any type that serde reads and writes; on other
        /// columns one that sqlx encodes and decodes.
        rust: Text = "rust",
        /// The column's old name: a rename, not drop and create.
        renamed_from: Text = "renamed_from",
    }
}

impl Value for Field {
    fn read(node: &Node<'_>, key: &Span, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(text) => Some(Self {
                ty: reader
                    .text(text, node.span())
                    .map(|text| Spanned::new(text, node.span())),
                ..Self::default()
            }),
            DeValue::Table(_) => reader.section(node, key),
            _ => reader.expected("a type as a string, or a table with the key `type`", node),
        }
        // A field that cannot be read is still a field: whatever names it is right to do so.
        .or_else(|| Some(Self::default()))
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, Shape::Section(Self::section_shape())])
    }
}

words! {
    /// What a delete of the row referred to does.
    DeleteAction "an action of `on_delete`" {
        /// Refused at the end of the statement.
        NoAction = "no action",
        /// Refused at once.
        Restrict = "restrict",
        /// The row goes too.
        Cascade = "cascade",
        /// The column becomes NULL.
        SetNull = "set null",
        /// The column gets its default.
        SetDefault = "set default",
        /// There is no foreign key: the value outlives the row it names. It is checked on insert and whenever it
        /// changes.
        Retain = "retain",
    }
}

words! {
    /// What a change of the key referred to does.
    UpdateAction "an action of `on_update`" {
        /// Refused at the end of the statement.
        NoAction = "no action",
        /// Refused at once.
        Restrict = "restrict",
        /// The column follows.
        Cascade = "cascade",
        /// The column becomes NULL.
        SetNull = "set null",
        /// The column gets its default.
        SetDefault = "set default",
    }
}

words! {
    /// Makes a constraint deferrable.
    Deferrable "a time of `deferrable`" {
        /// `DEFERRABLE INITIALLY IMMEDIATE`: checked at the end of each statement, unless the transaction asks otherwise.
        Immediate = "immediate",
        /// `DEFERRABLE INITIALLY DEFERRED`: checked at the end of the transaction.
        Deferred = "deferred",
    }
}

words! {
    /// Where an identity column's numbers come from.
    Identity "a kind of `identity`" {
        /// `GENERATED ALWAYS AS IDENTITY`: no insert says the number.
        Always = "always",
        /// `GENERATED BY DEFAULT AS IDENTITY`: an insert may say the number.
        ByDefault = "by default",
    }
}
