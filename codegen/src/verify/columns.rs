//! Columns: what a generated one may read, collations, and types that extensions bring.

use super::Report;
use super::types;
use crate::diag::Diagnostic;
use crate::fragment::{self, Kind};
use crate::lower::types::extension_of;
use crate::schema::{BaseType, Domain, FieldId, Model, Type};

pub(super) fn check(report: &mut Report<'_>) {
    for model in &report.schema.models {
        generated(report, model);
        for index in 0..model.fields.len() {
            collation(report, model, FieldId(index));
            let field = model.field(FieldId(index));
            let path = [
                "models",
                model.name.as_str(),
                "fields",
                field.name.as_str(),
                "type",
            ];
            extension(report, &field.ty, &path);
        }
    }
    for domain in &report.schema.domains {
        value_alone(report, domain);
        extension(report, &domain.base, &["domains", &domain.name, "type"]);
        if domain.collation.is_some()
            && types::is_collatable(report.schema, &domain.base) == Some(false)
        {
            let ty = types::name(report.schema, &domain.base);
            let diagnostic = report
                .error(
                    "collation",
                    format!("`{ty}` has no collation"),
                    &["domains", &domain.name, "collate"],
                )
                .help("remove `collate`: only texts have one");
            report.push(diagnostic);
        }
    }
    for composite in &report.schema.composites {
        for (name, ty) in &composite.attributes {
            extension(
                report,
                ty,
                &["composites", &composite.name, "fields", name.as_str()],
            );
        }
    }
    circles(report);
}

/// A domain's check sees one value.
fn value_alone(report: &mut Report<'_>, domain: &Domain) {
    for (index, check) in domain.checks.iter().enumerate() {
        let Ok(analysis) = fragment::check(Kind::Check, check.sql.as_str()) else {
            continue;
        };
        let other = analysis
            .references()
            .iter()
            .find(|reference| reference.qualifier.is_none() && reference.name != "value");
        if let Some(other) = other {
            let place = index.to_string();
            let path = ["domains", domain.name.as_str(), "checks", &place, "sql"];
            let diagnostic = report
                .error(
                    "domain-check",
                    format!("a domain has no column `{}`", other.name),
                    &path,
                )
                .help("write `VALUE` for the value that is checked");
            report.push(diagnostic);
        }
    }
}

/// A generated column can't read another one.
fn generated(report: &mut Report<'_>, model: &Model) {
    let names: Vec<&str> = model
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    for field in &model.fields {
        let Some(expression) = &field.generated else {
            continue;
        };
        let Ok(analysis) = fragment::check(Kind::Generated, expression.as_str()) else {
            continue;
        };
        let path = [
            "models",
            model.name.as_str(),
            "fields",
            field.name.as_str(),
            "generated",
        ];
        for reference in analysis.references() {
            if reference.name == "*"
                || reference.qualifier.is_none()
                    && reference.name == model.table.name.as_str()
                    && !names.contains(&reference.name.as_str())
            {
                let diagnostic = report
                    .error(
                        "generated-column",
                        "a generated column can't read the whole row",
                        &path,
                    )
                    .help("name the columns that it is made of");
                report.push(diagnostic);
                continue;
            }
            let read = model.field_named(&reference.name).map(|id| model.field(id));
            if let Some(read) = read.filter(|read| read.generated.is_some()) {
                let message = if read.name == field.name {
                    format!("`{}` reads itself", field.name)
                } else {
                    format!(
                        "`{}` reads `{}`, which is generated too",
                        field.name, read.name
                    )
                };
                let place = report
                    .spans
                    .at(&["models", &model.name, "fields", read.name.as_str()]);
                let diagnostic = report
                    .error("generated-column", message, &path)
                    .also(place, "generated")
                    .help(
                        "PostgreSQL computes all generated columns at once: repeat the expression",
                    );
                report.push(diagnostic);
            }
        }
    }
}

fn collation(report: &mut Report<'_>, model: &Model, field: FieldId) {
    let field = model.field(field);
    if field.collation.is_some() && types::is_collatable(report.schema, &field.ty) == Some(false) {
        let ty = types::name(report.schema, &field.ty);
        let diagnostic = report
            .error(
                "collation",
                format!("`{}` is `{ty}`, which has no collation", field.name),
                &[
                    "models",
                    &model.name,
                    "fields",
                    field.name.as_str(),
                    "collate",
                ],
            )
            .help("remove `collate`: only texts have one");
        report.push(diagnostic);
    }
}

/// A type whose extension the spec does not name: it may be there already.
fn extension(report: &mut Report<'_>, ty: &Type, path: &[&str]) {
    let BaseType::Other(text) = &ty.base else {
        return;
    };
    let name = text.as_str().split('(').next().unwrap_or_default().trim();
    let Some(extension) = extension_of(name) else {
        return;
    };
    let named = report
        .schema
        .extensions
        .iter()
        .any(|known| known.as_str() == extension);
    if named || report.raw_may_bring(&[]) {
        return;
    }
    let diagnostic = report
        .warning("extension", format!("the type `{name}` comes with the extension `{extension}`, which the spec does not name"), path)
        .help(format!("add it to [database]: `extensions = [\"{extension}\"]`"));
    report.push(diagnostic);
}

/// A domain or composite type that is made of itself.
fn circles(report: &mut Report<'_>) {
    let schema = report.schema;
    // Composites come after domains in one list of nodes.
    let domains = schema.domains.len();
    let node = |ty: &Type| match ty.base {
        BaseType::Domain(id) => Some(id.0),
        BaseType::Composite(id) => Some(domains + id.0),
        _ => None,
    };
    let made_of: Vec<Vec<usize>> = schema
        .domains
        .iter()
        .map(|domain| node(&domain.base).into_iter().collect())
        .chain(schema.composites.iter().map(|composite| {
            composite
                .attributes
                .iter()
                .filter_map(|(_, ty)| node(ty))
                .collect()
        }))
        .collect();
    for start in 0..made_of.len() {
        let mut seen = vec![false; made_of.len()];
        let mut todo = made_of[start].clone();
        while let Some(next) = todo.pop() {
            if !std::mem::replace(&mut seen[next], true) {
                todo.extend(&made_of[next]);
            }
        }
        if seen[start] {
            let (section, name) = match start.checked_sub(domains) {
                None => ("domains", &schema.domains[start].name),
                Some(index) => ("composites", &schema.composites[index].name),
            };
            let span = report.spans.at(&[section, name]);
            report.push(
                Diagnostic::error(
                    "type-circle",
                    format!("the type `{name}` is made of itself"),
                    span,
                )
                .help("make one of the types in the circle of a type of PostgreSQL's own"),
            );
        }
    }
}
