//! Kinds that keep a column true: counter, sum, ledger.

use super::super::context::Lowering;
use super::super::names;
use crate::diag::Diagnostic;
use crate::fragment::Kind;
use crate::schema::{
    Builtin, Counter, Deferrable, FieldId, FieldRef, IndexKey, Ledger, ModelId, Sum, Unique,
};
use crate::source::Spanned;
use crate::spec::{self, Scalar};
use crate::sql::Literal;

/// A counter.
pub(super) fn counter(cx: &mut Lowering<'_>, item: &spec::Counter) -> Option<Counter> {
    let count = item.count.as_ref().and_then(|name| cx.model(name));
    let into = item.into.as_ref().and_then(|path| holder(cx, path));
    let (count, into) = (count?, into?);
    let by = refers(cx, count, item.by.as_ref()?, into, item.into.as_ref())?;
    let filter = item
        .filter
        .as_ref()
        .map(|sql| cx.row_fragment(Kind::Filter, count, sql));
    Some(Counter {
        count,
        by,
        into,
        filter,
    })
}

/// A sum.
pub(super) fn sum(cx: &mut Lowering<'_>, item: &spec::Sum) -> Option<Sum> {
    let of = item.of.as_ref().and_then(|name| cx.model(name));
    let into = item.into.as_ref().and_then(|path| holder(cx, path));
    let of = of?;
    let sum = item
        .sum
        .as_ref()
        .map(|sql| cx.row_fragment(Kind::Sum, of, sql));
    let into = into?;
    // A column that stands alone says its type; what an expression yields, only a server knows.
    if let Some(text) = &item.sum
        && let Some(field) = cx.schema.model(of).field_named(text.value.trim())
    {
        let at = FieldRef { model: of, field };
        if let Some(Builtin::Real | Builtin::DoublePrecision) = cx.builtin(at) {
            cx.report(
                Diagnostic::error("float-sum", format!("`{}` is a float, and a sum of floats cannot be kept", text.value), text.span.clone())
                    .help("what is added and taken away again does not give the same float; make the column a `numeric`"),
            );
        }
    }
    let by = refers(cx, of, item.by.as_ref()?, into, item.into.as_ref())?;
    let filter = item
        .filter
        .as_ref()
        .map(|sql| cx.row_fragment(Kind::Filter, of, sql));
    Some(Sum {
        sum: sum?,
        of,
        by,
        into,
        filter,
    })
}

/// A ledger.
pub(super) fn ledger(cx: &mut Lowering<'_>, item: &spec::Ledger) -> Option<Ledger> {
    let on = item.on.as_ref().and_then(|name| cx.model(name));
    let balance = item.balance.as_ref().and_then(|path| holder(cx, path));
    let minimum = item
        .minimum
        .as_ref()
        .and_then(|minimum| number(cx, minimum));
    let on = on?;
    let number_wanted = "a `bigint`, `integer`, `smallint` or `numeric` that takes no NULL";
    let amount = item.amount.as_ref().and_then(|name| {
        cx.column_of(on, name, number_wanted, |builtin, nullable| {
            is_number(builtin) && !nullable
        })
    });
    let balance_after = item.balance_after.as_ref().and_then(|name| {
        cx.column_of(on, name, number_wanted, |builtin, nullable| {
            is_number(builtin) && !nullable
        })
    });
    let entry_no = item.entry_no.as_ref().and_then(|name| {
        cx.column_of(
            on,
            name,
            "a `bigint` or `integer` that takes no NULL",
            |builtin, nullable| matches!(builtin, Builtin::BigInt | Builtin::Integer) && !nullable,
        )
    });
    let balance = balance?;
    let account = refers(
        cx,
        on,
        item.account.as_ref()?,
        balance,
        item.balance.as_ref(),
    )?;
    let (amount, balance_after, entry_no) = (amount?, balance_after?, entry_no?);
    different(cx, item);
    let account_field = FieldRef {
        model: on,
        field: account,
    };
    if cx.the_field(account_field).nullable
        && let Some(name) = &item.account
    {
        let span = cx.type_span(account_field);
        cx.report(
            Diagnostic::error(
                "ledger-account",
                format!("the account `{}` takes NULL", name.value),
                name.span.clone(),
            )
            .also(span, "this takes NULL")
            .help("an entry belongs to an account; remove the `?` of its type"),
        );
    }
    entry_key(cx, on, account, entry_no);
    Some(Ledger {
        on,
        account,
        amount,
        balance,
        balance_after,
        entry_no,
        minimum,
    })
}

/// No column of a ledger can do two things.
fn different(cx: &mut Lowering<'_>, item: &spec::Ledger) {
    let mut seen: Vec<&Spanned<String>> = Vec::new();
    let columns = [
        &item.account,
        &item.amount,
        &item.balance_after,
        &item.entry_no,
    ];
    for column in columns.into_iter().flatten() {
        if let Some(first) = seen.iter().find(|other| other.value == column.value) {
            cx.report(
                Diagnostic::error(
                    "ledger-column",
                    format!("`{}` cannot be two columns of the ledger", column.value),
                    column.span.clone(),
                )
                .also(first.span.clone(), "the first one")
                .help("name another field"),
            );
        }
        seen.push(column);
    }
}

/// The entry's number is unique in its account; a constraint says so, if the author has none.
fn entry_key(cx: &mut Lowering<'_>, model: ModelId, account: FieldId, entry_no: FieldId) {
    let both = |fields: &[FieldId]| {
        fields.len() == 2 && fields.contains(&account) && fields.contains(&entry_no)
    };
    let (there, table, columns) = {
        let model = cx.schema.model(model);
        let constraint = model.uniques.iter().any(|unique| both(&unique.fields))
            || model
                .primary_key
                .as_ref()
                .is_some_and(|key| both(&key.fields));
        let index = model.indexes.iter().any(|index| {
            let fields: Option<Vec<_>> = index
                .parts
                .iter()
                .map(|part| match part.key {
                    IndexKey::Field(field) => Some(field),
                    IndexKey::Expression(_) => None,
                })
                .collect();
            index.unique && index.predicate.is_none() && fields.is_some_and(|fields| both(&fields))
        });
        let columns = [account, entry_no].map(|field| model.field(field).name.clone());
        (constraint || index, model.table.name.clone(), columns)
    };
    if there {
        return;
    }
    let name = names::on_columns("ux", &table, &[columns[0].as_str(), columns[1].as_str()]);
    cx.the_model(model).uniques.push(Unique {
        name,
        fields: vec![account, entry_no],
        include: Vec::new(),
        nulls_not_distinct: false,
        deferrable: Deferrable::No,
    });
}

/// The field that holds a number for its row, `"User.dataset_count"`.
fn holder(cx: &mut Lowering<'_>, path: &Spanned<String>) -> Option<FieldRef> {
    let at = cx.field_path(path)?;
    if !cx.is_known(at) {
        return Some(at);
    }
    let found = cx.describe(at);
    let type_span = cx.type_span(at);
    let field = cx.the_field(at);
    let (nullable, generated) = (
        field.nullable,
        field.generated.is_some() || field.sequence.is_some(),
    );
    let help = match cx.builtin(at) {
        Some(builtin) if is_number(builtin) => None,
        Some(Builtin::Real | Builtin::DoublePrecision) => Some(
            "a float does not come back to where it was when the same number is added and taken away; write `numeric`",
        ),
        _ => Some("write `bigint`, `integer`, `smallint` or `numeric`"),
    };
    if let Some(help) = help {
        cx.report(
            Diagnostic::error(
                "maintained-type",
                format!("`{}` is `{found}`, which no trigger can keep", path.value),
                path.span.clone(),
            )
            .also(type_span, format!("this is `{found}`"))
            .help(help),
        );
        return None;
    }
    if nullable {
        cx.report(
            Diagnostic::error(
                "maintained-null",
                format!("`{}` takes NULL, and is kept by a trigger", path.value),
                path.span.clone(),
            )
            .also(type_span, "this takes NULL")
            .help("remove the `?` of its type; a row begins with 0"),
        );
        return None;
    }
    if generated {
        cx.report(
            Diagnostic::error(
                "maintained-generated",
                format!("`{}` is filled by the database already", path.value),
                path.span.clone(),
            )
            .also(type_span, "this column")
            .help("name a plain column"),
        );
        return None;
    }
    Some(at)
}

/// The field that refers to the model of the row that holds the number.
fn refers(
    cx: &mut Lowering<'_>,
    model: ModelId,
    name: &Spanned<String>,
    into: FieldRef,
    path: Option<&Spanned<String>>,
) -> Option<FieldId> {
    let field = cx.field(model, name)?;
    let keys = &cx.schema.model(model).foreign_keys;
    if keys
        .iter()
        .any(|key| key.fields == [field] && key.target == into.model)
    {
        return Some(field);
    }
    let target = cx.schema.model(into.model).name.clone();
    let candidates: Vec<String> = keys
        .iter()
        .filter(|key| key.target == into.model && key.fields.len() == 1)
        .filter_map(|key| key.fields.first())
        .map(|&field| format!("`{}`", cx.schema.model(model).field(field).name))
        .collect();
    let own = cx.schema.model(model).name.clone();
    // A reference that could not be read was reported where it stands.
    let broken = cx.diagnostics.iter().any(|other| {
        let at = cx
            .spans
            .at(&["models", &own, "fields", &name.value, "references"]);
        other.primary.span.start >= at.start && other.primary.span.end <= at.end && at != (0..0)
    }) || !cx.is_known(FieldRef { model, field });
    if broken {
        return None;
    }
    let help = if candidates.is_empty() {
        format!("write `references = \"{target}\"` at the field")
    } else {
        format!(
            "fields of `{own}` that refer to `{target}`: {}",
            candidates.join(", ")
        )
    };
    let mut diagnostic = Diagnostic::error(
        "trigger-reference",
        format!("`{}` does not refer to `{target}`", name.value),
        name.span.clone(),
    )
    .help(help);
    if let Some(path) = path {
        diagnostic = diagnostic.also(
            path.span.clone(),
            format!("the number is held by `{target}`"),
        );
    }
    cx.report(diagnostic);
    None
}

fn is_number(builtin: &Builtin) -> bool {
    matches!(
        builtin,
        Builtin::SmallInt | Builtin::Integer | Builtin::BigInt | Builtin::Numeric(_)
    )
}

fn number(cx: &mut Lowering<'_>, minimum: &Spanned<Scalar>) -> Option<Literal> {
    let literal = match &minimum.value {
        Scalar::Integer(number) => Some(Literal::Integer(*number)),
        Scalar::Float(text) | Scalar::Text(text) => Literal::number(text.trim()),
        Scalar::Boolean(_) => None,
    };
    if literal.is_none() {
        cx.report(
            Diagnostic::error(
                "ledger-minimum",
                "the minimum is not a number",
                minimum.span.clone(),
            )
            .help("write a number: `minimum = 0`"),
        );
    }
    literal
}
