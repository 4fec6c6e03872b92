//! Fields: names, types, defaults and checks of columns.

use super::context::Lowering;
use super::fragments::goes_on_after_column;
use super::user_types::text;
use super::{defaults, names};
use crate::diag::Diagnostic;
use crate::fragment::Kind;
use crate::ident::Ident;
use crate::schema::{
    BaseType, Builtin, Check, Default, Field, FieldId, FieldRef, ModelId, Sequence,
};
use crate::source::Spanned;
use crate::spec;
use crate::sql::{Render as _, Sql, SqlExpr};

/// The column of a field, without what may name other fields: its default, generation, check and reference.
pub(super) fn column(
    cx: &mut Lowering<'_>,
    model: ModelId,
    id: FieldId,
    name: &Spanned<String>,
    item: &spec::Field,
) -> Field {
    let column = cx.ident(name);
    let parsed = item.ty.as_ref().and_then(|ty| cx.parse_type(ty));
    let (ty, nullable, mut sequence) = match parsed {
        Some(parsed) => (parsed.ty, parsed.nullable, parsed.sequence),
        None => {
            cx.unknown_types.push(FieldRef { model, field: id });
            let nullable = item
                .ty
                .as_ref()
                .is_some_and(|ty| ty.value.trim_end().ends_with('?'));
            (cx.unknown_type(), nullable, None)
        }
    };
    if let Some(identity) = &item.identity {
        let integer = matches!(
            &ty.base,
            BaseType::Builtin(Builtin::SmallInt | Builtin::Integer | Builtin::BigInt)
        ) && ty.dimensions == 0;
        if sequence.is_some() {
            cx.report(
                Diagnostic::error(
                    "identity",
                    "a serial column cannot be an identity column too",
                    identity.span.clone(),
                )
                .help("write `type = \"bigint\"` with `identity`, or `bigserial` without"),
            );
        } else if !integer && cx.is_known(FieldRef { model, field: id }) {
            cx.report(
                Diagnostic::error(
                    "identity",
                    "an identity column is a `smallint`, `integer` or `bigint`",
                    identity.span.clone(),
                )
                .help("write `type = \"bigint\"`"),
            );
        } else if nullable {
            cx.report(
                Diagnostic::error(
                    "identity",
                    "an identity column takes no NULL",
                    identity.span.clone(),
                )
                .help("remove the `?` of its type"),
            );
        }
        sequence = Some(match identity.value {
            spec::Identity::Always => Sequence::IdentityAlways,
            spec::Identity::ByDefault => Sequence::IdentityByDefault,
        });
    }
    if let Some(own) = &item.rust
        && (!crate::rust::is_type(&own.value) || own.value.contains('\''))
    {
        cx.report(
            Diagnostic::error(
                "rust-type",
                format!("`{}` is not a type of Rust", own.value),
                own.span.clone(),
            )
            .help("write the path of a type without lifetimes: `crate::types::State`"),
        );
    }
    let renamed_from = item.renamed_from.as_ref().map(|old| cx.ident(old));
    Field {
        name: column,
        renamed_from,
        doc: text(item.doc.as_ref()),
        deprecated: text(item.deprecated.as_ref()),
        ty,
        nullable,
        default: None,
        generated: None,
        sequence,
        collation: item
            .collate
            .as_ref()
            .map(|collation| cx.qualified_or_plain(collation)),
        rust_type: text(item.rust.as_ref()),
        maintained_by: None,
    }
}

/// The field's default, or the expression that generates it.
pub(super) fn default(cx: &mut Lowering<'_>, at: FieldRef, item: &spec::Field) {
    if let Some(sql) = &item.generated {
        let sql = cx.row_fragment(Kind::Generated, at.model, sql);
        cx.the_model(at.model).fields[at.field.0].generated = Some(sql);
    }
    let field = cx.the_field(at);
    let ty = field.ty.clone();
    let (sequence, generated) = (field.sequence, field.generated.is_some());
    if let (Some(_), Some(sql)) = (sequence, &item.generated) {
        cx.report(
            Diagnostic::error(
                "identity",
                "a column that draws its numbers is not generated",
                sql.span.clone(),
            )
            .help("remove `generated`"),
        );
    }
    let written = item
        .default
        .as_ref()
        .map(|default| default.span.clone())
        .or(item
            .default_sql
            .as_ref()
            .map(|default| default.span.clone()));
    if let Some(span) = written {
        if sequence.is_some() {
            cx.report(
                Diagnostic::error(
                    "default",
                    "a column that draws its numbers has no default of its own",
                    span,
                )
                .help("remove the default"),
            );
            return;
        }
        if generated {
            cx.report(
                Diagnostic::error("default", "a generated column has no default", span)
                    .help("remove the default, or `generated`"),
            );
            return;
        }
    }
    if let Some(default) =
        defaults::lower(cx, item.default.as_ref(), item.default_sql.as_ref(), &ty)
    {
        cx.the_model(at.model).fields[at.field.0].default = Some(default);
    }
}

/// A `uuid` that is the primary key has a default of the database's own, so that a plain SQL insert works.
pub(super) fn key_default(cx: &mut Lowering<'_>, at: FieldRef, item: &spec::Field) {
    let field = cx.the_field(at);
    let is_uuid = matches!(cx.builtin(at), Some(Builtin::Uuid));
    if is_uuid && field.default.is_none() && field.generated.is_none() && item.references.is_none()
    {
        cx.the_model(at.model).fields[at.field.0].default =
            Some(Default::Sql(SqlExpr::trusted("gen_random_uuid()")));
    }
}

/// The field's `check`.
pub(super) fn check(cx: &mut Lowering<'_>, at: FieldRef, item: &spec::Field) {
    let column = cx.the_field(at).name.clone();
    let table = cx.schema.model(at.model).table.name.clone();
    let Some(condition) = &item.check else {
        if let Some(name) = &item.check_name {
            cx.report(
                Diagnostic::error(
                    "check-name",
                    "there is no check that could have this name",
                    name.span.clone(),
                )
                .help("write `check` too, or remove `check_name`"),
            );
        }
        return;
    };
    let name = cx.ident_or(item.check_name.as_ref(), || {
        names::on_columns("ck", &table, &[column.as_str()])
    });
    let prefix = if goes_on_after_column(&condition.value) {
        let mut sql = Sql::new();
        column.render(&mut sql);
        sql.push_keyword(" ");
        sql.into_string()
    } else {
        String::new()
    };
    let sql = cx.row_fragment_after(Kind::Check, at.model, &prefix, condition);
    cx.named(at.model, &name, condition.span.clone());
    cx.the_model(at.model).checks.push(Check {
        name,
        sql,
        field: Some(at.field),
    });
}

/// The names of fields of a model.
pub(super) fn column_names(cx: &Lowering<'_>, model: ModelId, fields: &[FieldId]) -> Vec<Ident> {
    let model = cx.schema.model(model);
    fields
        .iter()
        .map(|&field| model.field(field).name.clone())
        .collect()
}
