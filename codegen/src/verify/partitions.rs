//! Partitioned tables: their keys, their partitions, and what they cannot be.

use super::Report;
use super::types;
use crate::diag::Diagnostic;
use crate::schema::{FieldId, IndexKey, Model, PartitionBy};

pub(super) fn check(report: &mut Report<'_>) {
    for model in &report.schema.models {
        if let Some(by) = &model.partition_by {
            key(report, model, by);
            unique_keys(report, model, by);
            partitions(report, model, by);
            table(report, model);
        }
        inheritance(report, model);
    }
}

fn key(report: &mut Report<'_>, model: &Model, by: &PartitionBy) {
    let path = ["models", model.name.as_str(), "partition"];
    if by.strategy == "LIST" && by.parts.len() != 1 {
        let diagnostic = report
            .error(
                "partition-key",
                "a table partitioned by list has one column or expression as its key",
                &path,
            )
            .help("write one column in `on`, or use `range`");
        report.push(diagnostic);
    }
    let method = if by.strategy == "HASH" {
        "hash"
    } else {
        "btree"
    };
    for part in &by.parts {
        let IndexKey::Field(field) = part.key else {
            continue;
        };
        let field = model.field(field);
        if field.generated.is_some() {
            let diagnostic = report
                .error(
                    "partition-key",
                    format!(
                        "`{}` is generated and can't be in the partition key",
                        field.name
                    ),
                    &path,
                )
                .help("partition by the columns that it is made of");
            report.push(diagnostic);
        }
        if part.operator_class.is_none()
            && types::indexed_by(report.schema, &field.ty, method) == Some(false)
        {
            let ty = types::name(report.schema, &field.ty);
            let diagnostic = report
                .error(
                    "partition-key",
                    format!(
                        "`{}` is `{ty}`, by which no table can be partitioned",
                        field.name
                    ),
                    &path,
                )
                .help("partition by a column whose values have an order");
            report.push(diagnostic);
        }
    }
}

/// A partition can only keep its own rows unique.
fn unique_keys(report: &mut Report<'_>, model: &Model, by: &PartitionBy) {
    let columns: Option<Vec<FieldId>> = by
        .parts
        .iter()
        .map(|part| match part.key {
            IndexKey::Field(field) => Some(field),
            IndexKey::Expression(_) => None,
        })
        .collect();
    let mut keys: Vec<(&str, &crate::ident::Ident, Vec<FieldId>)> = Vec::new();
    if let Some(primary) = &model.primary_key {
        keys.push(("primary key", &primary.name, primary.fields.clone()));
    }
    for unique in &model.uniques {
        keys.push(("unique constraint", &unique.name, unique.fields.clone()));
    }
    for index in model.indexes.iter().filter(|index| index.unique) {
        let fields = index.parts.iter().filter_map(|part| match part.key {
            IndexKey::Field(field) => Some(field),
            IndexKey::Expression(_) => None,
        });
        keys.push(("unique index", &index.name, fields.collect()));
    }
    for (what, name, fields) in keys {
        let span = report.spans.named(&model.name, name.as_str());
        let partition = report.spans.at(&["models", &model.name, "partition"]);
        let Some(columns) = &columns else {
            report.push(
                Diagnostic::error(
                    "partition-unique",
                    format!("a table that is partitioned by an expression can't have a {what}"),
                    span,
                )
                .also(partition, "partitioned by an expression")
                .help("partition by columns, or write `primary_key = []`"),
            );
            continue;
        };
        let missing: Vec<String> = columns
            .iter()
            .filter(|column| !fields.contains(column))
            .map(|column| format!("`{}`", model.field(*column).name))
            .collect();
        if !missing.is_empty() {
            report.push(
                Diagnostic::error(
                    "partition-unique",
                    format!("the {what} `{name}` lacks {} of the partition key", missing.join(", ")),
                    span,
                )
                .also(partition, "partitioned by")
                .help("a partition keeps only its own rows unique: add the columns of the partition key"),
            );
        }
    }
    for exclusion in &model.exclusions {
        let span = report.spans.named(&model.name, exclusion.name.as_str());
        report.push(
            Diagnostic::error(
                "partition-unique",
                "a partitioned table can't have an exclusion constraint before PostgreSQL 17",
                span,
            )
            .help("give each partition its own under [raw]"),
        );
    }
}

fn partitions(report: &mut Report<'_>, model: &Model, by: &PartitionBy) {
    if model.partitions.is_empty() {
        let diagnostic = report
            .warning(
                "no-partitions",
                format!(
                    "`{}` has no partitions, so no row can be put into it",
                    model.name
                ),
                &["models", &model.name, "partition"],
            )
            .help("add `partitions = [{ name = \"…\", values = \"…\" }]`");
        report.push(diagnostic);
    }
    let mut default = None;
    for (index, partition) in model.partitions.iter().enumerate() {
        let place = index.to_string();
        let path = [
            "models",
            model.name.as_str(),
            "partitions",
            &place,
            "values",
        ];
        let Some(values) = &partition.values else {
            if by.strategy == "HASH" {
                let diagnostic = report
                    .error(
                        "partition-bounds",
                        "a table partitioned by hash has no default partition",
                        &path,
                    )
                    .help("write `WITH (modulus 4, remainder 0)`");
                report.push(diagnostic);
            } else if let Some(first) = default.replace(index) {
                let first = first.to_string();
                let diagnostic = report
                    .error(
                        "partition-bounds",
                        "a table has one default partition",
                        &path,
                    )
                    .also(
                        report
                            .spans
                            .at(&["models", &model.name, "partitions", &first]),
                        "the first one",
                    )
                    .help("write its `values`");
                report.push(diagnostic);
            }
            continue;
        };
        let word = values
            .as_str()
            .split_whitespace()
            .next()
            .unwrap_or_default();
        let word = word
            .split('(')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let (wanted, example) = match by.strategy {
            "RANGE" => ("from", "FROM (…) TO (…)"),
            "LIST" => ("in", "IN (…)"),
            _ => ("with", "WITH (modulus 4, remainder 0)"),
        };
        if word != wanted {
            let diagnostic = report
                .error(
                    "partition-bounds",
                    format!(
                        "these are no bounds of a table partitioned by {}",
                        by.strategy.to_lowercase()
                    ),
                    &path,
                )
                .help(format!("write `{example}`"));
            report.push(diagnostic);
        }
    }
}

fn table(report: &mut Report<'_>, model: &Model) {
    let mut refuse = |key: &str, message: &str, help: &str| {
        let diagnostic = report
            .error("partition-table", message, &["models", &model.name, key])
            .help(help);
        report.push(diagnostic);
    };
    if model.unlogged {
        refuse(
            "unlogged",
            "a partitioned table can't be unlogged",
            "remove `unlogged`",
        );
    }
    if !model.inherits.is_empty() {
        refuse(
            "inherits",
            "a partitioned table can't inherit",
            "remove `inherits` or `partition`",
        );
    }
}

fn inheritance(report: &mut Report<'_>, model: &Model) {
    for base in &model.inherits {
        let base = report.model(*base);
        if base.partition_by.is_some() {
            let diagnostic = report
                .error(
                    "inherits",
                    format!(
                        "`{}` is partitioned, and nothing can inherit from it",
                        base.name
                    ),
                    &["models", &model.name, "inherits"],
                )
                .help("make the table a partition instead");
            report.push(diagnostic);
        }
        for field in &base.fields {
            let Some(own) = model.field_named(field.name.as_str()) else {
                continue;
            };
            let own_field = model.field(own);
            // Before PostgreSQL 16 a child cannot say the expression at all; one that says another is left to nobody.
            if own_field.generated.is_some() && own_field.generated != field.generated {
                let diagnostic = report
                    .error(
                        "inherits",
                        format!(
                            "`{}` is generated here, but not in `{}`",
                            field.name, base.name
                        ),
                        &[
                            "models",
                            &model.name,
                            "fields",
                            field.name.as_str(),
                            "generated",
                        ],
                    )
                    .also(
                        report
                            .spans
                            .at(&["models", &base.name, "fields", field.name.as_str()]),
                        "inherited from here",
                    )
                    .help("leave the field out: it is inherited with its expression");
                report.push(diagnostic);
            }
            let own_type = &own_field.ty;
            if *own_type != field.ty {
                let (here, there) = (
                    types::name(report.schema, own_type),
                    types::name(report.schema, &field.ty),
                );
                let diagnostic = report
                    .error(
                        "inherits",
                        format!(
                            "`{}` is `{here}` here and `{there}` in `{}`",
                            field.name, base.name
                        ),
                        &["models", &model.name, "fields", field.name.as_str()],
                    )
                    .also(
                        report
                            .spans
                            .at(&["models", &base.name, "fields", field.name.as_str()]),
                        "inherited from here",
                    )
                    .help(format!(
                        "write `{there}`, or leave the field out: it is inherited"
                    ));
                report.push(diagnostic);
            }
        }
    }
}
