//! References: of a field, and of several.

use super::context::Lowering;
use super::fields::column_names;
use super::fragments::names_of;
use super::keys::deferrable;
use super::models::own_field;
use super::names;
use crate::diag::{Diagnostic, Span};
use crate::schema::{Action, FieldId, FieldRef, ForeignKey, ModelId};
use crate::source::Spanned;
use crate::spec::{self, DeleteAction, UpdateAction};

/// The references of a model: those of fields in their order, then the model's.
pub(super) fn lower(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    for (name, field) in item.fields.iter().flat_map(|map| map.value.iter()) {
        let Some(id) = own_field(cx, model, &name.value) else {
            continue;
        };
        match &field.references {
            Some(references) => of_field(cx, FieldRef { model, field: id }, field, references),
            None => without_reference(cx, field),
        }
    }
    for key in item.foreign_keys.iter().flat_map(|list| list.value.iter()) {
        of_fields(cx, model, key);
    }
}

fn of_field(
    cx: &mut Lowering<'_>,
    at: FieldRef,
    field: &spec::Field,
    references: &Spanned<String>,
) {
    let Some((target, to)) = target(cx, references) else {
        return;
    };
    let (column, table) = {
        let model = cx.schema.model(at.model);
        (model.field(at.field).name.clone(), model.table.name.clone())
    };
    let to = match to {
        Some(to) => to,
        None => {
            let key = cx.schema.model(target).primary_key.as_ref();
            match key.map(|key| key.fields.as_slice()) {
                Some(&[to]) => to,
                Some(several) => {
                    let count = several.len();
                    let list = list_names(cx, target, several);
                    cx.report(
                        Diagnostic::error(
                            "reference-key",
                            format!("the primary key of `{}` has {count} columns, and this is one", references.value),
                            references.span.clone(),
                        )
                        .help(format!(
                            "write the model's `foreign_keys = [{{ fields = […], references = \"{}\", to = [{list}] }}]`",
                            references.value
                        )),
                    );
                    return;
                }
                None => {
                    // A key that was refused has been reported; a model without one is another matter.
                    let span = references.span.clone();
                    if !cx
                        .diagnostics
                        .iter()
                        .any(|other| other.code.contains("primary-key"))
                        && !cx.is_unread_below(&["models", &references.value, "fields"])
                    {
                        cx.report(
                            Diagnostic::error(
                                "reference-key",
                                format!("the model `{}` has no primary key", references.value),
                                span,
                            )
                            .help(format!(
                                "name a unique field of it: `references = \"{}.field\"`",
                                references.value
                            )),
                        );
                    }
                    return;
                }
            }
        }
    };
    let to = FieldRef {
        model: target,
        field: to,
    };
    fits(cx, at, to, &references.span);
    let name = cx.ident_or(field.references_name.as_ref(), || {
        names::on_columns("fk", &table, &[column.as_str()])
    });
    cx.named(at.model, &name, references.span.clone());
    let key = ForeignKey {
        name,
        fields: vec![at.field],
        target,
        to: vec![to.field],
        on_delete: delete_action(field.on_delete.as_ref()),
        on_update: update_action(field.on_update.as_ref()),
        deferrable: deferrable(field.deferrable.as_ref()),
        not_valid: field.not_valid.as_ref().is_some_and(|flag| flag.value),
        inverse: field.inverse.as_ref().map(|inverse| inverse.value.clone()),
    };
    cx.the_model(at.model).foreign_keys.push(key);
}

/// Keys that say something of a reference that is not there.
fn without_reference(cx: &mut Lowering<'_>, field: &spec::Field) {
    let spans: [(&str, Option<Span>); 6] = [
        (
            "on_delete",
            field.on_delete.as_ref().map(|key| key.span.clone()),
        ),
        (
            "on_update",
            field.on_update.as_ref().map(|key| key.span.clone()),
        ),
        (
            "inverse",
            field.inverse.as_ref().map(|key| key.span.clone()),
        ),
        (
            "deferrable",
            field.deferrable.as_ref().map(|key| key.span.clone()),
        ),
        (
            "not_valid",
            field.not_valid.as_ref().map(|key| key.span.clone()),
        ),
        (
            "references_name",
            field.references_name.as_ref().map(|key| key.span.clone()),
        ),
    ];
    for (key, span) in spans {
        if let Some(span) = span {
            cx.report(
                Diagnostic::error(
                    "no-reference",
                    format!("`{key}` says something of a reference, and there is none"),
                    span,
                )
                .help("write `references = \"Model\"` too, or remove the key"),
            );
        }
    }
}

fn of_fields(cx: &mut Lowering<'_>, model: ModelId, key: &Spanned<spec::ForeignKey>) {
    let span = key.span.clone();
    let key = &key.value;
    let (Some(fields), Some(references)) = (&key.fields, &key.references) else {
        return;
    };
    let here = cx.some_fields(model, Some(fields));
    let Some(target) = cx.model(references) else {
        return;
    };
    let to = match &key.to {
        Some(to) => cx.some_fields(target, Some(to)),
        None => {
            let key = cx.schema.model(target).primary_key.as_ref();
            let found = key.map(|key| key.fields.clone());
            if found.is_none() && !cx.is_unread_below(&["models", &references.value, "fields"]) {
                cx.report(
                    Diagnostic::error(
                        "reference-key",
                        format!("the model `{}` has no primary key", references.value),
                        references.span.clone(),
                    )
                    .help("name the columns there: `to = [\"column\"]`"),
                );
            }
            found
        }
    };
    let (Some(here), Some(to)) = (here, to) else {
        return;
    };
    if here.len() != to.len() {
        let list = list_names(cx, target, &to);
        cx.report(
            Diagnostic::error(
                "reference-key",
                format!("{} columns here refer to {} there", here.len(), to.len()),
                fields.span.clone(),
            )
            .help(format!("name as many columns as there are in [{list}]")),
        );
        return;
    }
    for ((&field, &there), name) in here.iter().zip(&to).zip(&fields.value) {
        let at = FieldRef { model, field };
        let there = FieldRef {
            model: target,
            field: there,
        };
        fits(cx, at, there, &name.span);
    }
    let table = cx.schema.model(model).table.name.clone();
    let columns = column_names(cx, model, &here);
    let name = cx.ident_or(key.name.as_ref(), || {
        names::on_columns("fk", &table, &names_of(&columns))
    });
    cx.named(
        model,
        &name,
        key.name.as_ref().map_or(span, |name| name.span.clone()),
    );
    let key = ForeignKey {
        name,
        fields: here,
        target,
        to,
        on_delete: delete_action(key.on_delete.as_ref()),
        on_update: update_action(key.on_update.as_ref()),
        deferrable: deferrable(key.deferrable.as_ref()),
        not_valid: key.not_valid.as_ref().is_some_and(|flag| flag.value),
        inverse: key.inverse.as_ref().map(|inverse| inverse.value.clone()),
    };
    cx.the_model(model).foreign_keys.push(key);
}

/// `"Model"`, or `"Model.field"`.
fn target(
    cx: &mut Lowering<'_>,
    references: &Spanned<String>,
) -> Option<(ModelId, Option<FieldId>)> {
    if references.value.contains('.') && !cx.model_ids.contains_key(&references.value) {
        let field = cx.field_path(references)?;
        return Some((field.model, Some(field.field)));
    }
    cx.model(references).map(|model| (model, None))
}

/// Whether the types on both sides are the same. A length or a precision may differ.
fn fits(cx: &mut Lowering<'_>, at: FieldRef, to: FieldRef, span: &Span) {
    if !cx.is_known(at) || !cx.is_known(to) {
        return;
    }
    let (here, there) = (&cx.the_field(at).ty, &cx.the_field(to).ty);
    if super::types_fit::comparable(&cx.schema, here, there) {
        return;
    }
    let describe = |field: FieldRef| crate::docs::type_text(&cx.schema, &cx.the_field(field).ty);
    let (here, there) = (describe(at), describe(to));
    let path = format!(
        "{}.{}",
        cx.schema.model(to.model).name,
        cx.the_field(to).name
    );
    let column = cx.the_field(at).name.clone();
    let (here_model, there_model) = (
        cx.schema.model(at.model).name.clone(),
        cx.schema.model(to.model).name.clone(),
    );
    let there_name = cx.the_field(to).name.clone();
    let here_span = cx
        .spans
        .at(&["models", &here_model, "fields", column.as_str(), "type"]);
    let there_span = cx.spans.at(&[
        "models",
        &there_model,
        "fields",
        there_name.as_str(),
        "type",
    ]);
    let _ = span;
    cx.report(
        Diagnostic::error(
            "reference-type",
            format!("`{column}` is `{here}` and refers to `{path}`, which is `{there}`"),
            here_span,
        )
        .label(format!("this is `{here}`"))
        .also(there_span, format!("that is `{there}`"))
        .help(format!("write `{there}` as the type of `{column}`")),
    );
}

fn list_names(cx: &Lowering<'_>, model: ModelId, fields: &[FieldId]) -> String {
    let names = column_names(cx, model, fields);
    let names: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    names.join(", ")
}

fn delete_action(action: Option<&Spanned<DeleteAction>>) -> Action {
    match action.map(|action| action.value) {
        None | Some(DeleteAction::NoAction) => Action::NoAction,
        Some(DeleteAction::Restrict) => Action::Restrict,
        Some(DeleteAction::Cascade) => Action::Cascade,
        Some(DeleteAction::SetNull) => Action::SetNull,
        Some(DeleteAction::SetDefault) => Action::SetDefault,
        Some(DeleteAction::Retain) => Action::Retain,
    }
}

fn update_action(action: Option<&Spanned<UpdateAction>>) -> Action {
    match action.map(|action| action.value) {
        None | Some(UpdateAction::NoAction) => Action::NoAction,
        Some(UpdateAction::Restrict) => Action::Restrict,
        Some(UpdateAction::Cascade) => Action::Cascade,
        Some(UpdateAction::SetNull) => Action::SetNull,
        Some(UpdateAction::SetDefault) => Action::SetDefault,
    }
}
