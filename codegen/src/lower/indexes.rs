//! Indexes, exclusion constraints, statistics, partition keys: whatever is made of index parts.

use super::context::Lowering;
use super::index_part::{PartScope, parse_exclusion_part, parse_index_part, parse_key};
use super::keys::deferrable;
use super::{names, storage};
use crate::diag::Diagnostic;
use crate::fragment::{FragmentError, Kind};
use crate::ident::Ident;
use crate::schema::{Exclusion, Index, IndexKey, IndexPart, ModelId, Statistics};
use crate::source::Spanned;
use crate::spec;

/// Indexes, exclusion constraints and statistics of a model.
pub(super) fn lower(cx: &mut Lowering<'_>, model: ModelId, item: &spec::Model) {
    for written in item.indexes.iter().flat_map(|list| list.value.iter()) {
        index(cx, model, written);
    }
    for written in item.exclude.iter().flat_map(|list| list.value.iter()) {
        exclusion(cx, model, written);
    }
    for written in item.statistics.iter().flat_map(|list| list.value.iter()) {
        statistics(cx, model, written);
    }
}

fn index(cx: &mut Lowering<'_>, model: ModelId, written: &Spanned<spec::Index>) {
    let item = &written.value;
    let Some(parts) = item
        .on
        .as_ref()
        .and_then(|on| cx.parts(model, on, parse_index_part))
    else {
        return;
    };
    let unique = item.unique.as_ref().is_some_and(|flag| flag.value);
    let table = cx.schema.model(model).table.name.clone();
    let name = cx.ident_or_parts(
        model,
        item.name.as_ref(),
        if unique { "ux" } else { "idx" },
        &table,
        &parts,
    );
    let include = item
        .include
        .as_ref()
        .map_or_else(Vec::new, |include| cx.fields(model, &include.value));
    let predicate = item
        .filter
        .as_ref()
        .map(|sql| cx.row_fragment(Kind::Predicate, model, sql));
    let using = item.using.as_ref().map(|using| cx.ident(using));
    cx.named(
        model,
        &name,
        item.name
            .as_ref()
            .map_or_else(|| written.span.clone(), |name| name.span.clone()),
    );
    let index = Index {
        name,
        unique,
        using: using.filter(|using| using.as_str() != "btree"),
        parts,
        include,
        predicate,
        nulls_not_distinct: item
            .nulls_not_distinct
            .as_ref()
            .is_some_and(|flag| flag.value),
        with: storage::parameters(cx, item.with.as_ref()),
    };
    if index.nulls_not_distinct && !unique {
        let span = item
            .nulls_not_distinct
            .as_ref()
            .map(|flag| flag.span.clone());
        cx.report(
            Diagnostic::error(
                "nulls-not-distinct",
                "only a unique index has `nulls_not_distinct`",
                span.unwrap_or_default(),
            )
            .help("write `unique = true` too, or remove it"),
        );
    }
    cx.the_model(model).indexes.push(index);
}

fn exclusion(cx: &mut Lowering<'_>, model: ModelId, written: &Spanned<spec::Exclude>) {
    let item = &written.value;
    let Some(parts) = item
        .on
        .as_ref()
        .and_then(|on| cx.parts(model, on, parse_exclusion_part))
    else {
        return;
    };
    let table = cx.schema.model(model).table.name.clone();
    let keys: Vec<IndexPart> = parts.iter().map(|(part, _)| part.clone()).collect();
    let name = cx.ident_or_parts(model, item.name.as_ref(), "ex", &table, &keys);
    cx.named(
        model,
        &name,
        item.name
            .as_ref()
            .map_or_else(|| written.span.clone(), |name| name.span.clone()),
    );
    let using = item.using.as_ref().map(|using| cx.ident(using));
    let exclusion = Exclusion {
        name,
        using: using.filter(|using| using.as_str() != "btree"),
        parts,
        include: item
            .include
            .as_ref()
            .map_or_else(Vec::new, |include| cx.fields(model, &include.value)),
        predicate: item
            .filter
            .as_ref()
            .map(|sql| cx.row_fragment(Kind::Predicate, model, sql)),
        deferrable: deferrable(item.deferrable.as_ref()),
    };
    cx.the_model(model).exclusions.push(exclusion);
}

fn statistics(cx: &mut Lowering<'_>, model: ModelId, written: &Spanned<spec::Statistics>) {
    let item = &written.value;
    let Some(on) = item
        .on
        .as_ref()
        .and_then(|on| cx.parts(model, on, parse_key))
    else {
        return;
    };
    if let [IndexKey::Field(_)] = on.as_slice()
        && let Some(list) = &item.on
    {
        cx.report(
            Diagnostic::error(
                "statistics",
                "statistics of one column are kept by every table already",
                list.span.clone(),
            )
            .help("name at least two columns, or an (expression)"),
        );
    }
    let table = cx.schema.model(model).table.name.clone();
    let name = cx.ident_or_keys(
        model,
        item.name.as_ref(),
        "st",
        &table,
        &on.iter().collect::<Vec<_>>(),
    );
    cx.named(model, &name, written.span.clone());
    let kinds = item.kinds.iter().flat_map(|list| list.value.iter());
    let statistics = Statistics {
        name,
        kinds: kinds.map(|kind| kind.value.word()).collect(),
        on,
    };
    cx.the_model(model).statistics.push(statistics);
}

impl Lowering<'_> {
    /// All parts of a key, if all of them can be read.
    pub(super) fn parts<T>(
        &mut self,
        model: ModelId,
        on: &Spanned<Vec<Spanned<String>>>,
        parse: fn(&str, PartScope<'_>) -> Result<T, FragmentError>,
    ) -> Option<Vec<T>> {
        if on.value.is_empty() {
            self.empty_list(&on.span);
        }
        let parts: Vec<T> = on
            .value
            .iter()
            .filter_map(|text| self.part(model, text, parse))
            .collect();
        (parts.len() == on.value.len() && !parts.is_empty()).then_some(parts)
    }

    fn ident_or_parts(
        &mut self,
        model: ModelId,
        name: Option<&Spanned<String>>,
        prefix: &str,
        table: &Ident,
        parts: &[IndexPart],
    ) -> Ident {
        let keys: Vec<&IndexKey> = parts.iter().map(|part| &part.key).collect();
        self.ident_or_keys(model, name, prefix, table, &keys)
    }

    /// The name that the author set, or the one that the rule makes of keys.
    fn ident_or_keys(
        &mut self,
        model: ModelId,
        name: Option<&Spanned<String>>,
        prefix: &str,
        table: &Ident,
        keys: &[&IndexKey],
    ) -> Ident {
        if let Some(name) = name {
            return self.ident(name);
        }
        let model = self.schema.model(model);
        let columns: Vec<String> = keys
            .iter()
            .map(|key| match key {
                IndexKey::Field(field) => model.field(*field).name.as_str().to_owned(),
                IndexKey::Expression(sql) => names::of_expression(sql.as_str()),
            })
            .collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        names::on_columns(prefix, table, &columns)
    }
}
