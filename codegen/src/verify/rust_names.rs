//! Names that are two in the database and one in Rust.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Report;
use crate::diag::{Diagnostic, Span};
use crate::rust::names::{self, Section};

pub(super) fn check(report: &mut Report<'_>) {
    types(report);
    modules(report);
    for model in &report.schema.models {
        let fields = model.fields.iter().map(|field| {
            let path = ["models", &model.name, "fields", field.name.as_str()];
            (field.name.to_string(), report.spans.key(&path))
        });
        same(report, "field", names::field, fields.collect());
    }
    for view in &report.schema.views {
        let fields = view.columns.iter().map(|column| {
            let path = ["views", &view.name, "fields", column.name.as_str()];
            (column.name.to_string(), report.spans.key(&path))
        });
        same(report, "field", names::field, fields.collect());
    }
    for composite in &report.schema.composites {
        let fields = composite.attributes.iter().map(|(name, _)| {
            let path = ["composites", &composite.name, "fields", name.as_str()];
            (name.to_string(), report.spans.key(&path))
        });
        same(report, "field", names::field, fields.collect());
    }
    for item in &report.schema.enums {
        let labels = item.labels.iter().enumerate().map(|(index, label)| {
            let path = ["enums", &item.name, "values", &index.to_string()];
            (label.text.clone(), report.spans.at(&path))
        });
        same(report, "label", names::variant, labels.collect());
    }
}

/// Warns of names of one list that become one in Rust: name and place. All but one get a number there.
fn same(report: &mut Report<'_>, what: &str, rust: fn(&str) -> String, all: Vec<(String, Span)>) {
    let texts: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    let names = names::all(&texts, rust);
    for (index, (name, span)) in all.iter().enumerate() {
        let wanted = rust(name);
        if names[index] == wanted {
            continue;
        }
        let holder = names.iter().position(|name| *name == wanted);
        if let Some((other, place)) = holder.map(|holder| &all[holder]) {
            report.push(
                Diagnostic::warning(
                    "rust-name-clash",
                    format!(
                        "the {what}s `{other}` and `{name}` would both be `{wanted}` in Rust, so `{name}` is `{}`",
                        names[index]
                    ),
                    span.clone(),
                )
                .also(place.clone(), format!("`{other}` keeps the name"))
                .help("rename one of them if the number should not depend on their order"),
            );
        }
    }
}

/// Each model has a module, which is a file.
fn modules(report: &mut Report<'_>) {
    let models = &report.schema.models;
    let mut taken: BTreeMap<String, &crate::schema::Model> = BTreeMap::new();
    for model in models {
        let module = names::module(&model.name);
        let same_type = |first: &&crate::schema::Model| {
            names::type_name(&first.name) == names::type_name(&model.name)
        };
        let first = taken.get(&module).copied();
        taken.entry(module.clone()).or_insert(model);
        // Two types of one name were reported as such.
        if let Some(first) = first.filter(|first| !same_type(first)) {
            let diagnostic = Diagnostic::error(
                "rust-name-clash",
                format!(
                    "the models `{}` and `{}` would both have the module `{module}` in Rust",
                    first.name, model.name
                ),
                report.spans.key(&["models", &model.name]),
            )
            .also(
                report.spans.key(&["models", &first.name]),
                "the first of that name",
            )
            .help("give one of them another name; its table can be set on its own");
            report.push(diagnostic);
        }
    }
}

fn types(report: &mut Report<'_>) {
    let schema = report.schema;
    let types = names::types(schema);
    let mut taken: BTreeMap<&str, &names::TypeOrigin> = BTreeMap::new();
    for (name, origin) in &types {
        let first = match taken.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(origin);
                continue;
            }
            Entry::Occupied(entry) => *entry.get(),
        };
        let key = |section: Section, index: usize| -> (&'static str, &str) {
            match section {
                Section::Enum => ("enums", &schema.enums[index].name),
                Section::Domain => ("domains", &schema.domains[index].name),
                Section::Composite => ("composites", &schema.composites[index].name),
                Section::Model => ("models", &schema.models[index].name),
                Section::View => ("views", &schema.views[index].name),
            }
        };
        let (section, own) = key(origin.section, origin.index);
        let (first_section, first_own) = key(first.section, first.index);
        let diagnostic = Diagnostic::error(
            "rust-name-clash",
            format!(
                "{} of `{own}` and {} of `{first_own}` would both be `{name}` in Rust",
                origin.role, first.role
            ),
            report.spans.key(&[section, own]),
        )
        .also(
            report.spans.key(&[first_section, first_own]),
            "the first of that name",
        )
        .help("give one of them another name; its name in PostgreSQL can be set on its own");
        report.push(diagnostic);
    }
}
