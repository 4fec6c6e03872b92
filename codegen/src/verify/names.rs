//! Names of the database that meet in one namespace, or that PostgreSQL keeps for itself.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::Report;
use crate::diag::{Diagnostic, Span};
use crate::ident::{Ident, MAX_BYTES, QualifiedName};
use crate::schema::{Model, Sequence};

/// Something that has a name.
struct Named<'a> {
    what: String,
    schema: &'a str,
    name: String,
    span: Span,
}

pub(super) fn check(report: &mut Report<'_>) {
    let relations = relations(report);
    clashes(
        report,
        &relations,
        "tables, views, indexes and sequences of one schema share their names",
    );
    let types = types(report);
    clashes(
        report,
        &types,
        "types, tables and views of one schema share their names",
    );
    let statistics = statistics(report);
    clashes(
        report,
        &statistics,
        "statistics of one schema share their names",
    );
    for model in &report.schema.models {
        constraints(report, model);
        system_columns(report, model);
    }
    for domain in &report.schema.domains {
        let checks: Vec<Named<'_>> = domain
            .checks
            .iter()
            .map(|check| Named {
                what: "check".to_owned(),
                schema: "",
                name: check.name.to_string(),
                span: report.spans.at(&["domains", &domain.name, "checks"]),
            })
            .collect();
        clashes(
            report,
            &checks,
            "constraints of one domain share their names",
        );
    }
    schemas(report);
}

/// Reports each name that stands twice in a list.
fn clashes(report: &mut Report<'_>, all: &[Named<'_>], rule: &str) {
    let mut taken: BTreeMap<(&str, &str), &Named<'_>> = BTreeMap::new();
    for later in all {
        let first = match taken.entry((later.schema, &later.name)) {
            Entry::Vacant(entry) => {
                entry.insert(later);
                continue;
            }
            Entry::Occupied(entry) => *entry.get(),
        };
        let place = if later.schema.is_empty() {
            String::new()
        } else {
            format!(" in the schema `{}`", later.schema)
        };
        report.push(
            Diagnostic::error(
                "name-clash",
                format!(
                    "the {} `{}` has the name of {}{place}",
                    later.what,
                    later.name,
                    with_article(&first.what)
                ),
                later.span.clone(),
            )
            .also(first.span.clone(), "the first of that name")
            .help(format!("set another name for one of them: {rule}")),
        );
    }
}

fn with_article(what: &str) -> String {
    match what.starts_with(['a', 'e', 'i', 'o']) {
        true => format!("an {what}"),
        false => format!("a {what}"),
    }
}

fn named<'a>(what: &str, name: &'a QualifiedName, span: Span) -> Named<'a> {
    Named {
        what: what.to_owned(),
        schema: name.schema.as_str(),
        name: name.name.to_string(),
        span,
    }
}

/// The span of a name that the author set, else of what has it.
fn set_or_derived(report: &Report<'_>, section: &str, name: &str, key: &str) -> Span {
    report
        .spans
        .exact(&[section, name, key])
        .unwrap_or_else(|| report.spans.key(&[section, name]))
}

fn tables<'a>(report: &Report<'a>) -> Vec<Named<'a>> {
    let mut all = Vec::new();
    for model in &report.schema.models {
        let span = set_or_derived(report, "models", &model.name, "table");
        all.push(named("table", &model.table, span));
        for partition in &model.partitions {
            let span = report.spans.at(&["models", &model.name, "partitions"]);
            all.push(named("partition", &partition.table, span));
        }
    }
    for view in &report.schema.views {
        all.push(named(
            "view",
            &view.view,
            report.spans.key(&["views", &view.name]),
        ));
    }
    all
}

fn relations<'a>(report: &Report<'a>) -> Vec<Named<'a>> {
    let mut all = tables(report);
    for composite in &report.schema.composites {
        let span = set_or_derived(report, "composites", &composite.name, "type");
        all.push(named("composite type", &composite.ty, span));
    }
    let mut seen: BTreeSet<&QualifiedName> = BTreeSet::new();
    for model in &report.schema.models {
        // Names that are derived from a table's clash with it; that is one mistake.
        if !seen.insert(&model.table) {
            continue;
        }
        let schema = model.table.schema.as_str();
        let mut push = |what: &str, name: &Ident, span: Option<Span>| {
            all.push(Named {
                what: what.to_owned(),
                schema,
                name: name.to_string(),
                span: span.unwrap_or_else(|| report.spans.named(&model.name, name.as_str())),
            });
        };
        if let Some(key) = &model.primary_key {
            push("primary key", &key.name, None);
        }
        for unique in &model.uniques {
            push("unique constraint", &unique.name, None);
        }
        // Those that a queue brings stand behind the author's.
        let authors = |count: &usize| {
            let list = ["models", model.name.as_str(), "indexes"];
            let at = |place: usize| {
                report
                    .spans
                    .exact(&[list[0], list[1], list[2], &place.to_string()])
            };
            *count > 0 && at(count - 1).is_some() && at(*count).is_none()
        };
        let indexes = (0..=model.indexes.len()).find(authors).unwrap_or(0);
        for (index, item) in model.indexes.iter().enumerate() {
            push(
                "index",
                &item.name,
                in_list(report, model, "indexes", index, indexes),
            );
        }
        for (index, item) in model.exclusions.iter().enumerate() {
            push(
                "exclusion constraint",
                &item.name,
                in_list(report, model, "exclude", index, model.exclusions.len()),
            );
        }
        for field in &model.fields {
            let draws = matches!(
                field.sequence,
                Some(Sequence::Serial | Sequence::IdentityAlways | Sequence::IdentityByDefault)
            );
            let name = format!("{}_{}_seq", model.table.name, field.name);
            if draws && name.len() <= MAX_BYTES {
                let path = ["models", &model.name, "fields", field.name.as_str()];
                all.push(Named {
                    what: "sequence".to_owned(),
                    schema,
                    name,
                    span: report.spans.at(&path),
                });
            }
        }
    }
    all
}

/// Where the author wrote one of a list of `count`, if the list of the spec is as long: what can't be read is missing
/// here, what features add has no place there.
fn in_list(
    report: &Report<'_>,
    model: &Model,
    key: &str,
    index: usize,
    count: usize,
) -> Option<Span> {
    let exact = |index: usize| {
        report
            .spans
            .exact(&["models", &model.name, key, &index.to_string()])
    };
    let as_long = exact(count.checked_sub(1)?).is_some() && exact(count).is_none();
    let place = index.to_string();
    let name = report
        .spans
        .exact(&["models", &model.name, key, &place, "name"]);
    name.or_else(|| exact(index)).filter(|_| as_long)
}

fn types<'a>(report: &Report<'a>) -> Vec<Named<'a>> {
    // A table and a view have a type of their rows.
    let mut all = tables(report);
    for item in &report.schema.enums {
        all.push(named(
            "enum",
            &item.ty,
            set_or_derived(report, "enums", &item.name, "type"),
        ));
    }
    for domain in &report.schema.domains {
        all.push(named(
            "domain",
            &domain.ty,
            set_or_derived(report, "domains", &domain.name, "name"),
        ));
    }
    for composite in &report.schema.composites {
        let span = set_or_derived(report, "composites", &composite.name, "type");
        all.push(named("composite type", &composite.ty, span));
    }
    // Two of the tables and composites themselves were found among the relations.
    let relations = report.schema.models.len() + report.schema.views.len();
    if all.len() == relations {
        Vec::new()
    } else {
        without_relations(all)
    }
}

/// Leaves out clashes among relations alone, which were reported.
fn without_relations(all: Vec<Named<'_>>) -> Vec<Named<'_>> {
    let is_relation = |named: &Named<'_>| !matches!(named.what.as_str(), "enum" | "domain");
    let mut taken: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut kept: Vec<Named<'_>> = Vec::new();
    for named in all {
        if !is_relation(&named) || taken.insert((named.schema, named.name.clone())) {
            kept.push(named);
        }
    }
    kept
}

fn statistics<'a>(report: &Report<'a>) -> Vec<Named<'a>> {
    let mut all = Vec::new();
    for model in &report.schema.models {
        for item in &model.statistics {
            all.push(Named {
                what: "statistics object".to_owned(),
                schema: model.table.schema.as_str(),
                name: item.name.to_string(),
                span: report.spans.named(&model.name, item.name.as_str()),
            });
        }
    }
    all
}

/// Constraints of one table share their names. Those that have an index were compared with each other as relations.
fn constraints(report: &mut Report<'_>, model: &Model) {
    let mut indexed: Vec<&Ident> = model.primary_key.iter().map(|key| &key.name).collect();
    indexed.extend(model.uniques.iter().map(|unique| &unique.name));
    indexed.extend(model.exclusions.iter().map(|exclusion| &exclusion.name));
    indexed.sort();
    indexed.dedup();
    let mut all: Vec<Named<'_>> = Vec::new();
    let mut push = |what: &str, name: &Ident, span: Option<Span>| {
        all.push(Named {
            what: what.to_owned(),
            schema: "",
            name: name.to_string(),
            span: span.unwrap_or_else(|| report.spans.named(&model.name, name.as_str())),
        });
    };
    for name in indexed {
        push("constraint with an index", name, None);
    }
    let of_fields = model
        .checks
        .iter()
        .filter(|check| check.field.is_some())
        .count();
    let of_model = model
        .checks
        .len()
        .saturating_sub(of_fields + usize::from(model.soft_delete.is_some()));
    for (index, check) in model.checks.iter().enumerate() {
        let place = index.checked_sub(of_fields);
        push(
            "check",
            &check.name,
            place.and_then(|place| in_list(report, model, "checks", place, of_model)),
        );
    }
    for key in model.foreign_keys.iter().filter(|key| !key.is_retained()) {
        push("foreign key", &key.name, None);
    }
    clashes(report, &all, "constraints of one table share their names");
}

/// Columns that every table has.
fn system_columns(report: &mut Report<'_>, model: &Model) {
    const SYSTEM: [&str; 6] = ["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"];
    for field in &model.fields {
        let name = field.name.as_str();
        if SYSTEM.contains(&name) {
            let span = report.spans.key(&["models", &model.name, "fields", name]);
            report.push(
                Diagnostic::error(
                    "reserved-name",
                    format!("every table of PostgreSQL has a column `{name}` already"),
                    span,
                )
                .help(format!("give the field another name, such as `{name}_`")),
            );
        }
    }
    if model.fields.len() > 1600 {
        let span = report.spans.key(&["models", &model.name]);
        report.push(
            Diagnostic::error(
                "too-many-columns",
                format!("the model has {} fields", model.fields.len()),
                span,
            )
            .help("a table of PostgreSQL has at most 1600 columns"),
        );
    }
}

/// Schemas that PostgreSQL keeps for itself.
fn schemas(report: &mut Report<'_>) {
    let is_reserved = |name: &str| name.starts_with("pg_") || name == "information_schema";
    let mut found: Vec<(String, Span)> = Vec::new();
    let default = &report.schema.default_schema;
    if is_reserved(default.as_str()) {
        found.push((
            default.to_string(),
            report.spans.at(&["database", "schema"]),
        ));
    }
    let models = report
        .schema
        .models
        .iter()
        .map(|model| ("models", model.name.as_str(), &model.table));
    let enums = report
        .schema
        .enums
        .iter()
        .map(|item| ("enums", item.name.as_str(), &item.ty));
    let domains = report
        .schema
        .domains
        .iter()
        .map(|item| ("domains", item.name.as_str(), &item.ty));
    let composites = report
        .schema
        .composites
        .iter()
        .map(|item| ("composites", item.name.as_str(), &item.ty));
    let views = report
        .schema
        .views
        .iter()
        .map(|item| ("views", item.name.as_str(), &item.view));
    for (section, key, name) in models
        .chain(enums)
        .chain(domains)
        .chain(composites)
        .chain(views)
    {
        if name.schema != *default && is_reserved(name.schema.as_str()) {
            found.push((
                name.schema.to_string(),
                report.spans.at(&[section, key, "schema"]),
            ));
        }
    }
    for (name, span) in found {
        report.push(
            Diagnostic::error(
                "reserved-name",
                format!("PostgreSQL keeps the schema `{name}` for itself"),
                span,
            )
            .help("schemas whose names begin with `pg_`, and `information_schema`, can't be made"),
        );
    }
}
