//! The page of a schema: what the database holds, and how it hangs together.

use std::fmt::Write as _;

use super::markdown::{cell, code, paragraph};
use super::{diagram, triggers, type_text};
use crate::GENERATED;
use crate::schema::{
    Action, Default, Field, FieldId, ForeignKey, IndexKey, IndexPart, Links, Model, ModelId,
    Schema, Sequence,
};
use crate::sql::{Render as _, Sql};

/// The page of a schema: models with columns, keys, indexes and triggers, relations, and a diagram.
#[must_use]
pub fn schema_page(schema: &Schema) -> String {
    let mut page = format!(
        "<!-- {GENERATED} -->\n\n# The database {}\n",
        code(&schema.name)
    );
    if !schema.models.is_empty() {
        let _ = write!(page, "\n```mermaid\n{}```\n", diagram::diagram(schema));
    }
    let links = Links::of(schema);
    for (id, model) in schema.models_with_ids() {
        self::model(&mut page, schema, &links, id, model);
    }
    if !schema.enums.is_empty() {
        page.push_str("\n## Enums\n\n| enum | type | labels | |\n|---|---|---|---|\n");
        for item in &schema.enums {
            let labels: Vec<_> = item.labels.iter().map(|label| code(&label.text)).collect();
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} |",
                code(&item.name),
                code(&item.ty.to_string()),
                labels.join(", "),
                cell(item.doc.as_deref().unwrap_or_default())
            );
        }
    }
    domains_and_composites(&mut page, schema);
    for view in &schema.views {
        let kind = if view.materialized {
            "Materialized view"
        } else {
            "View"
        };
        let _ = write!(page, "\n## {kind} {}\n\n", code(&view.view.to_string()));
        page.push_str(&paragraph(view.doc.as_deref()));
        let columns = view.columns.iter().map(|column| {
            let null = if column.nullable { "?" } else { "" };
            format!(
                "- {} {}\n",
                code(column.name.as_str()),
                code(&format!("{}{null}", type_text(schema, &column.ty)))
            )
        });
        page.extend(columns);
    }
    page
}

fn domains_and_composites(page: &mut String, schema: &Schema) {
    if !schema.domains.is_empty() {
        page.push_str("\n## Domains\n\n| domain | type | of | checks | |\n|---|---|---|---|---|\n");
        for item in &schema.domains {
            let checks: Vec<_> = item
                .checks
                .iter()
                .map(|check| code(check.sql.as_str()))
                .collect();
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} |",
                code(&item.name),
                code(&item.ty.to_string()),
                code(&type_text(schema, &item.base)),
                checks.join(", "),
                cell(item.doc.as_deref().unwrap_or_default())
            );
        }
    }
    if !schema.composites.is_empty() {
        page.push_str(
            "\n## Composite types\n\n| composite | type | attributes | |\n|---|---|---|---|\n",
        );
        for item in &schema.composites {
            let attributes: Vec<_> = item
                .attributes
                .iter()
                .map(|(name, ty)| code(&format!("{name} {}", type_text(schema, ty))))
                .collect();
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} |",
                code(&item.name),
                code(&item.ty.to_string()),
                attributes.join(", "),
                cell(item.doc.as_deref().unwrap_or_default())
            );
        }
    }
}

fn model(page: &mut String, schema: &Schema, links: &Links<'_>, id: ModelId, model: &Model) {
    let _ = write!(page, "\n## {}\n\n", code(&model.name));
    page.push_str(&paragraph(model.doc.as_deref()));
    let _ = write!(page, "Table {}.\n\n", code(&model.table.to_string()));
    page.push_str("| column | type | default | |\n|---|---|---|---|\n");
    for (index, field) in model.fields.iter().enumerate() {
        let null = if field.nullable { "?" } else { "" };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            code(field.name.as_str()),
            code(&format!("{}{null}", type_text(schema, &field.ty))),
            default(field),
            notes(schema, model, FieldId(index), field)
        );
    }
    page.push('\n');
    constraints(page, schema, links, id, model);
    storage(page, schema, model);
    access(page, model);
    for line in triggers::of_model(schema, links, id) {
        let _ = writeln!(page, "- {line}");
    }
}

fn default(field: &Field) -> String {
    let mut sql = Sql::new();
    match (&field.default, field.sequence, &field.generated) {
        (_, _, Some(expression)) => return format!("generated: {}", code(expression.as_str())),
        (_, Some(Sequence::IdentityAlways), _) => return "identity, always".to_owned(),
        (_, Some(Sequence::IdentityByDefault), _) => return "identity".to_owned(),
        (_, Some(Sequence::Serial), _) => return "serial".to_owned(),
        (Some(Default::Literal(literal)), ..) => literal.render(&mut sql),
        (Some(Default::Array(items)), ..) => {
            sql.push_keyword("{")
                .push(&Sql::join(", ", items))
                .push_keyword("}");
        }
        (Some(Default::Sql(expression)), ..) => expression.render(&mut sql),
        (None, None, None) => return String::new(),
    }
    code(sql.as_str())
}

fn notes(schema: &Schema, model: &Model, id: FieldId, field: &Field) -> String {
    let mut notes = Vec::new();
    if model
        .primary_key
        .as_ref()
        .is_some_and(|key| key.fields.contains(&id))
    {
        notes.push("primary key".to_owned());
    }
    for key in model.foreign_keys.iter().filter(|key| key.fields == [id]) {
        notes.push(reference(schema, key));
    }
    if let Some(trigger) = field.maintained_by {
        notes.push(format!("kept by {}", code(&schema.trigger(trigger).name)));
    }
    if let Some(reason) = &field.deprecated {
        notes.push(format!("deprecated: {}", cell(reason)));
    }
    if let Some(doc) = &field.doc {
        notes.push(cell(doc));
    }
    notes.join("; ")
}

fn reference(schema: &Schema, key: &ForeignKey) -> String {
    let target = schema.model(key.target);
    let columns: Vec<_> = key
        .to
        .iter()
        .map(|&field| target.field(field).name.as_str())
        .collect();
    let to = code(&format!("{}.{}", target.name, columns.join(", ")));
    let action = match key.on_delete {
        Action::NoAction => "",
        Action::Restrict => ", restrict",
        Action::Cascade => ", cascade",
        Action::SetNull => ", set null",
        Action::SetDefault => ", set default",
        Action::Retain => ", retained",
    };
    format!("→ {to}{action}")
}

fn constraints(page: &mut String, schema: &Schema, links: &Links<'_>, id: ModelId, model: &Model) {
    let names = |fields: &[FieldId]| -> String {
        let names: Vec<_> = fields
            .iter()
            .map(|&field| model.field(field).name.as_str())
            .collect();
        code(&names.join(", "))
    };
    if let Some(key) = &model.primary_key {
        let _ = writeln!(
            page,
            "- primary key {} on {}",
            code(key.name.as_str()),
            names(&key.fields)
        );
    }
    for unique in &model.uniques {
        let _ = writeln!(
            page,
            "- unique {} on {}",
            code(unique.name.as_str()),
            names(&unique.fields)
        );
    }
    for key in model.foreign_keys.iter().filter(|key| key.fields.len() > 1) {
        let _ = writeln!(
            page,
            "- {} of {} {}",
            code(key.name.as_str()),
            names(&key.fields),
            reference(schema, key)
        );
    }
    for check in &model.checks {
        let _ = writeln!(
            page,
            "- check {}: {}",
            code(check.name.as_str()),
            code(check.sql.as_str())
        );
    }
    for exclusion in &model.exclusions {
        let parts: Vec<_> = exclusion
            .parts
            .iter()
            .map(|(key, operator)| format!("{} with {}", part(model, key), operator.as_str()))
            .collect();
        let _ = writeln!(
            page,
            "- exclusion {} on {}",
            code(exclusion.name.as_str()),
            code(&parts.join(", "))
        );
    }
    for index in &model.indexes {
        let kind = if index.unique {
            "unique index"
        } else {
            "index"
        };
        let using = index
            .using
            .as_ref()
            .map(|using| format!(" by {}", code(using.as_str())));
        let parts: Vec<_> = index.parts.iter().map(|key| part(model, key)).collect();
        let filter = index
            .predicate
            .as_ref()
            .map(|sql| format!(" where {}", code(sql.as_str())));
        let _ = writeln!(
            page,
            "- {kind} {} on {}{}{}",
            code(index.name.as_str()),
            code(&parts.join(", ")),
            using.unwrap_or_default(),
            filter.unwrap_or_default()
        );
    }
    for &(from, key) in links.references(id) {
        let other = schema.model(from);
        let columns: Vec<_> = key
            .fields
            .iter()
            .map(|&field| other.field(field).name.as_str())
            .collect();
        let name = key
            .inverse
            .as_ref()
            .map(|inverse| format!(" as {}", code(inverse)));
        let _ = writeln!(
            page,
            "- referred to by {}{}",
            code(&format!("{}.{}", other.name, columns.join(", "))),
            name.unwrap_or_default()
        );
    }
}

fn storage(page: &mut String, schema: &Schema, model: &Model) {
    for parent in &model.inherits {
        let _ = writeln!(
            page,
            "- inherits from {}",
            code(&schema.model(*parent).name)
        );
    }
    if model.unlogged {
        page.push_str("- not written to the log, and empty after a crash\n");
    }
    if let Some(partition) = &model.partition_by {
        let parts: Vec<_> = partition.parts.iter().map(|key| part(model, key)).collect();
        let _ = writeln!(
            page,
            "- partitioned by {} on {}",
            partition.strategy.to_lowercase(),
            code(&parts.join(", "))
        );
    }
    for partition in &model.partitions {
        let values = partition
            .values
            .as_ref()
            .map_or("default", |values| values.as_str());
        let _ = writeln!(
            page,
            "- partition {}: {}",
            code(&partition.table.to_string()),
            code(values)
        );
    }
}

fn access(page: &mut String, model: &Model) {
    if model.row_security.enabled {
        let force = if model.row_security.force {
            ", for the owner too"
        } else {
            ""
        };
        let _ = writeln!(page, "- row level security{force}");
    }
    for policy in &model.policies {
        let roles: Vec<_> = policy.to.iter().map(|role| code(role.as_str())).collect();
        let to = if roles.is_empty() {
            String::new()
        } else {
            format!(" to {}", roles.join(", "))
        };
        let using = policy
            .using
            .as_ref()
            .map(|sql| format!(" using {}", code(sql.as_str())));
        let check = policy
            .check
            .as_ref()
            .map(|sql| format!(" with check {}", code(sql.as_str())));
        let kind = if policy.restrictive {
            "restrictive policy"
        } else {
            "policy"
        };
        let _ = writeln!(
            page,
            "- {kind} {} for {}{to}{}{}",
            code(policy.name.as_str()),
            policy.command.to_lowercase(),
            using.unwrap_or_default(),
            check.unwrap_or_default()
        );
    }
    for grant in &model.grants {
        let privileges = grant.privileges.join(", ").to_lowercase();
        let _ = writeln!(page, "- {} may {privileges}", code(grant.role.as_str()));
    }
}

fn part(model: &Model, part: &IndexPart) -> String {
    let mut text = match &part.key {
        IndexKey::Field(field) => model.field(*field).name.as_str().to_owned(),
        IndexKey::Expression(sql) => format!("({})", sql.as_str()),
    };
    if let Some(class) = &part.operator_class {
        let _ = write!(text, " {}", class.name.name);
    }
    if part.descending {
        text.push_str(" desc");
    }
    text
}
