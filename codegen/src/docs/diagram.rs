//! The entity-relationship diagram of a schema, in Mermaid's language.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::type_text;
use crate::schema::{FieldId, ForeignKey, Model, Schema};

/// The diagram. Labels of relations stay empty: some renderers draw over what is in them.
pub(super) fn diagram(schema: &Schema) -> String {
    let mut text = "erDiagram\n".to_owned();
    let names = entity_names(schema);
    for (model, name) in schema.models.iter().zip(&names) {
        for key in &model.foreign_keys {
            let other = names.get(key.target.0).map_or("", String::as_str);
            let _ = writeln!(
                text,
                "    {other} {} {name} : \"\"",
                cardinality(model, key)
            );
        }
    }
    for (model, name) in schema.models.iter().zip(&names) {
        let _ = writeln!(text, "    {name} {{");
        for (index, field) in model.fields.iter().enumerate() {
            let mut keys = Vec::new();
            if model
                .primary_key
                .as_ref()
                .is_some_and(|key| key.fields.contains(&FieldId(index)))
            {
                keys.push("PK");
            }
            if model
                .foreign_keys
                .iter()
                .any(|key| key.fields.contains(&FieldId(index)))
            {
                keys.push("FK");
            }
            if model
                .uniques
                .iter()
                .any(|unique| unique.fields == [FieldId(index)])
            {
                keys.push("UK");
            }
            let line = format!(
                "        {} {} {}",
                word(&type_text(schema, &field.ty)),
                word(field.name.as_str()),
                keys.join(", ")
            );
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push_str("    }\n");
    }
    text
}

fn cardinality(model: &Model, key: &ForeignKey) -> &'static str {
    let nullable = key.fields.iter().any(|&field| model.field(field).nullable);
    let same = |fields: &[FieldId]| {
        fields.len() == key.fields.len() && fields.iter().all(|field| key.fields.contains(field))
    };
    let single = model.uniques.iter().any(|unique| same(&unique.fields))
        || model
            .primary_key
            .as_ref()
            .is_some_and(|primary| same(&primary.fields));
    match (nullable, single) {
        (false, false) => "||--o{",
        (true, false) => "|o--o{",
        (false, true) => "||--o|",
        (true, true) => "|o--o|",
    }
}

/// Names that Mermaid reads, each a different one.
fn entity_names(schema: &Schema) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(schema.models.len());
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for model in &schema.models {
        let base = word(&model.name);
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

/// Letters, digits and `_`; anything else would end the word.
fn word(text: &str) -> String {
    let mut word: String = text
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() || char == '_' {
                char
            } else {
                '_'
            }
        })
        .collect();
    if !word.starts_with(|char: char| char.is_ascii_alphabetic()) {
        word.insert(0, 'x');
    }
    word
}
