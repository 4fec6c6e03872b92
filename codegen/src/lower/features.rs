//! Soft delete and queues: what they ask of columns, and the check and index they bring.

use super::context::Lowering;
use super::index_part::parse_index_part;
use super::names;
use crate::diag::{Diagnostic, nearest};
use crate::ident::Ident;
use crate::schema::{
    BaseType, Builtin, Check, FieldId, FieldRef, Index, IndexKey, IndexPart, ModelId, Queue,
    QueueOrder, SoftDelete,
};
use crate::source::Spanned;
use crate::spec;
use crate::sql::{Literal, Sql, SqlExpr};

/// Soft delete and queue of a model.
pub(super) fn lower(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    if let Some(written) = &item.soft_delete {
        soft_delete(cx, model, &written.value);
    }
    if let Some(written) = &item.queue {
        queue(cx, model, &written.value);
    }
}

fn soft_delete(cx: &mut Lowering<'_>, model: ModelId, item: &spec::SoftDelete) {
    let flag = item.flag.as_ref().and_then(|name| {
        cx.column_of(
            model,
            name,
            "a `boolean` that takes no NULL",
            |builtin, nullable| matches!(builtin, Builtin::Boolean) && !nullable,
        )
    });
    let at = item.at.as_ref().and_then(|name| {
        cx.column_of(
            model,
            name,
            "a `timestamptz?` or `timestamp?`",
            |builtin, nullable| {
                matches!(builtin, Builtin::TimestampTz(_) | Builtin::Timestamp(_)) && nullable
            },
        )
    });
    if let Some(keep) = &item.keep
        && !super::interval::is_interval(&keep.value)
    {
        cx.report(
            Diagnostic::error(
                "interval",
                format!("`{}` is not an interval", keep.value),
                keep.span.clone(),
            )
            .help("write one as PostgreSQL reads it: `\"30 days\"`"),
        );
    }
    let (Some(flag), Some(at)) = (flag, at) else {
        return;
    };
    let (table, flag_name, at_name) = {
        let model = cx.schema.model(model);
        (
            model.table.name.clone(),
            model.field(flag).name.clone(),
            model.field(at).name.clone(),
        )
    };
    let name = names::on_columns("ck", &table, &["deleted"]);
    if !cx
        .schema
        .model(model)
        .checks
        .iter()
        .any(|check| check.name == name)
    {
        let sql = crate::sql!(
            "{flag} = ({at} IS NOT NULL)",
            flag = flag_name,
            at = at_name
        );
        let span = cx.model_span(model, &["soft_delete"]);
        cx.named(model, &name, span);
        cx.the_model(model).checks.push(Check {
            name,
            sql: SqlExpr::trusted(sql.into_string()),
            field: None,
        });
    }
    // A row begins undeleted: an insert that says nothing must hold the check.
    let field = &mut cx.the_model(model).fields[flag.0];
    if field.default.is_none() && field.generated.is_none() {
        field.default = Some(crate::schema::Default::Literal(Literal::Boolean(false)));
    }
    cx.the_model(model).soft_delete = Some(SoftDelete {
        flag,
        at,
        keep: item.keep.as_ref().map(|keep| keep.value.clone()),
    });
}

fn queue(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Queue) {
    let status = item
        .status
        .as_ref()
        .and_then(|name| status(cx, model, name));
    let mut labels: Vec<Option<String>> = Vec::new();
    for label in [&item.ready, &item.running, &item.done, &item.failed] {
        let known = match (label, status) {
            (Some(label), Some(status)) => {
                let at = FieldRef {
                    model,
                    field: status,
                };
                cx.label_of(at, label).then(|| label.value.clone())
            }
            _ => None,
        };
        labels.push(known);
    }
    same_label_twice(cx, [&item.ready, &item.running, &item.done, &item.failed]);
    let order = order(cx, model, item);
    let lease = item.lease.as_ref().and_then(|name| {
        cx.column_of(
            model,
            name,
            "a `timestamptz?` or `timestamp?`",
            |builtin, nullable| {
                matches!(builtin, Builtin::TimestampTz(_) | Builtin::Timestamp(_)) && nullable
            },
        )
    });
    let worker = item.worker.as_ref().and_then(|name| {
        cx.column_of(model, name, "a `text?` or `uuid?`", |builtin, nullable| {
            matches!(builtin, Builtin::Text | Builtin::Varchar(_) | Builtin::Uuid) && nullable
        })
    });
    let attempt = item.attempt.as_ref().and_then(|name| {
        cx.column_of(
            model,
            name,
            "an `integer`, `bigint` or `smallint` that takes no NULL",
            |builtin, nullable| {
                matches!(
                    builtin,
                    Builtin::SmallInt | Builtin::Integer | Builtin::BigInt
                ) && !nullable
            },
        )
    });
    let (Some(status), [Some(ready), Some(running), Some(done), Some(failed)]) =
        (status, labels.as_slice())
    else {
        return;
    };
    let queue = Queue {
        status,
        ready: ready.clone(),
        running: running.clone(),
        done: done.clone(),
        failed: failed.clone(),
        order,
        lease,
        worker,
        attempt,
    };
    claim_index(cx, model, &queue);
    lease_index(cx, model, &queue);
    cx.the_model(model).queue = Some(queue);
}

fn status(cx: &mut Lowering<'_>, model: ModelId, name: &Spanned<String>) -> Option<FieldId> {
    let field = cx.field(model, name)?;
    let at = FieldRef { model, field };
    if !cx.is_known(at) {
        return None;
    }
    let ty = &cx.the_field(at).ty;
    if ty.dimensions == 0 && matches!(ty.base, BaseType::Enum(_)) {
        return Some(field);
    }
    cx.report(
        Diagnostic::error(
            "queue-status",
            format!("the status `{}` is not an enum", name.value),
            name.span.clone(),
        )
        .help("write an enum under `[enums.…]` and use it as the type of the column"),
    );
    None
}

fn same_label_twice(cx: &mut Lowering<'_>, labels: [&Option<Spanned<String>>; 4]) {
    let mut seen: Vec<&Spanned<String>> = Vec::new();
    for label in labels.into_iter().flatten() {
        if let Some(first) = seen.iter().find(|other| other.value == label.value) {
            cx.report(
                Diagnostic::error(
                    "queue-label",
                    format!("`{}` stands for two states", label.value),
                    label.span.clone(),
                )
                .also(first.span.clone(), "the first one")
                .help("each state of a queue has a label of its own"),
            );
        }
        seen.push(label);
    }
}

fn order(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Queue) -> Vec<QueueOrder> {
    let mut order = Vec::new();
    for text in item.order.iter().flat_map(|list| list.value.iter()) {
        let Some(part) = cx.part(model, text, parse_index_part) else {
            continue;
        };
        let IndexKey::Field(field) = part.key else {
            cx.report(
                Diagnostic::error(
                    "queue-order",
                    "a queue is in the order of columns",
                    text.span.clone(),
                )
                .help("write a column, with `desc` if the highest comes first"),
            );
            continue;
        };
        if part.nulls.is_some() || part.operator_class.is_some() || part.collation.is_some() {
            cx.report(
                Diagnostic::error(
                    "queue-order",
                    "a queue's order is a column, with `desc` or without",
                    text.span.clone(),
                )
                .help("remove the rest"),
            );
        }
        order.push(QueueOrder {
            field,
            descending: part.descending,
        });
    }
    order
}

/// The index in the order of the claim, of the rows that may be claimed, unless the author has one of its name.
fn claim_index(cx: &mut Lowering<'_>, model: ModelId, queue: &Queue) {
    let (table, status, key) = {
        let model = cx.schema.model(model);
        let key = model.primary_key.as_ref().map(|key| key.fields.clone());
        (
            model.table.name.clone(),
            model.field(queue.status).name.clone(),
            key.unwrap_or_default(),
        )
    };
    let name = names::on_columns("idx", &table, &["queue"]);
    if cx
        .schema
        .model(model)
        .indexes
        .iter()
        .any(|index| index.name == name)
    {
        return;
    }
    let mut parts: Vec<_> = queue
        .order
        .iter()
        .map(|key| part(key.field, key.descending))
        .collect();
    if parts.is_empty() {
        parts = key.into_iter().map(|field| part(field, false)).collect();
    }
    if parts.is_empty() {
        parts = vec![part(queue.status, false)];
    }
    let ready = Literal::text(queue.ready.as_str());
    let predicate = crate::sql!("{status} = {ready}", status = status, ready = ready);
    queue_index(cx, model, name, parts, predicate);
}

/// The index of leases that may have ended, unless the author has one that begins with that column or has that name. Only
/// jobs that run, or wait to be tried again, have a lease, so that it stays small whatever the table has.
fn lease_index(cx: &mut Lowering<'_>, model: ModelId, queue: &Queue) {
    let Some(lease) = queue.lease else {
        return;
    };
    let item = cx.schema.model(model);
    let column = item.field(lease).name.clone();
    let name = names::on_columns("idx", &item.table.name, &[column.as_str()]);
    if item.indexes.iter().any(|index| {
        let first = index.parts.first().map(|part| &part.key);
        index.name == name || matches!(first, Some(IndexKey::Field(field)) if *field == lease)
    }) {
        return;
    }
    let predicate = crate::sql!("{lease} IS NOT NULL", lease = column);
    queue_index(cx, model, name, vec![part(lease, false)], predicate);
}

fn part(field: FieldId, descending: bool) -> IndexPart {
    IndexPart {
        key: IndexKey::Field(field),
        collation: None,
        operator_class: None,
        descending,
        nulls: None,
    }
}

/// An index that a queue brings.
fn queue_index(
    cx: &mut Lowering<'_>,
    model: ModelId,
    name: Ident,
    parts: Vec<IndexPart>,
    predicate: Sql,
) {
    let span = cx.model_span(model, &["queue"]);
    cx.named(model, &name, span);
    cx.the_model(model).indexes.push(Index {
        name,
        unique: false,
        using: None,
        parts,
        include: Vec::new(),
        predicate: Some(SqlExpr::trusted(predicate.into_string())),
        nulls_not_distinct: false,
        with: Vec::new(),
    });
}

impl Lowering<'_> {
    /// A field of a model whose type has to be of some kind.
    pub(super) fn column_of(
        &mut self,
        model: ModelId,
        name: &Spanned<String>,
        wanted: &str,
        fits: impl Fn(&Builtin, bool) -> bool,
    ) -> Option<FieldId> {
        let field = self.field(model, name)?;
        let at = FieldRef { model, field };
        if !self.is_known(at) {
            return Some(field);
        }
        let nullable = self.the_field(at).nullable;
        if self
            .builtin(at)
            .is_some_and(|builtin| fits(builtin, nullable))
        {
            return Some(field);
        }
        let found = self.describe(at);
        let span = self.type_span(at);
        self.report(
            Diagnostic::error(
                "column-type",
                format!("`{}` is `{found}`, and has to be {wanted}", name.value),
                name.span.clone(),
            )
            .also(span, format!("this is `{found}`"))
            .help(format!("write {wanted}, or name another field")),
        );
        None
    }

    /// The type of a field as the author would write it.
    pub(super) fn describe(&self, at: FieldRef) -> String {
        let field = self.the_field(at);
        let mut text = crate::docs::type_text(&self.schema, &field.ty);
        if field.nullable {
            text.push('?');
        }
        text
    }

    /// Where the type of a field stands.
    pub(super) fn type_span(&self, at: FieldRef) -> crate::diag::Span {
        let name: &Ident = &self.the_field(at).name;
        self.model_span(at.model, &["fields", name.as_str(), "type"])
    }

    /// Whether the enum of a field has the label; reported if not.
    pub(super) fn label_of(&mut self, at: FieldRef, label: &Spanned<String>) -> bool {
        let BaseType::Enum(id) = self.the_field(at).ty.base else {
            return false;
        };
        let item = self.schema.enumeration(id);
        if item.labels.iter().any(|known| known.text == label.value) {
            return true;
        }
        // What is wrong with the enum is said there.
        if item.labels.is_empty() {
            return false;
        }
        let near = nearest(
            &label.value,
            item.labels.iter().map(|known| known.text.as_str()),
        );
        let help = near.map_or_else(
            || {
                let list: Vec<_> = item
                    .labels
                    .iter()
                    .map(|known| format!("`{}`", known.text))
                    .collect();
                format!("its labels are {}", list.join(", "))
            },
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("the enum `{}` has no label `{}`", item.name, label.value);
        self.report(Diagnostic::error("unknown-label", message, label.span.clone()).help(help));
        false
    }
}
