//! The JSON Schema of the language, for editors.

use serde_json::{Map, Value, json};

use crate::GENERATED;
use crate::spec::Spec;
use crate::spec::shape::{KeyShape, SectionShape, Shape};

/// The JSON Schema (draft 2020-12) of a spec, made of the types that read it.
#[must_use]
pub fn json_schema() -> String {
    let mut definitions = Map::new();
    let top = section(&Spec::section_shape(), None, &mut definitions);
    let mut schema = Map::new();
    schema.insert("$comment".to_owned(), json!(GENERATED));
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".to_owned(), json!("schema.toml"));
    if let Value::Object(top) = top {
        schema.extend(top);
    }
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    let mut text = serde_json::to_string_pretty(&Value::Object(schema)).unwrap_or_default();
    text.push('\n');
    text
}

fn shape(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Integer => json!({ "type": "integer" }),
        Shape::Boolean => json!({ "type": "boolean" }),
        // Editors give a date of TOML as a string.
        Shape::Scalar => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Words(words) => {
            let words: Vec<_> = words
                .iter()
                .map(|word| json!({ "const": word.word, "description": text(word.doc) }))
                .collect();
            json!({ "oneOf": words })
        }
        Shape::List(item) => json!({ "type": "array", "items": self::shape(item, definitions) }),
        Shape::Map(value) => {
            json!({ "type": "object", "additionalProperties": self::shape(value, definitions) })
        }
        Shape::Section(item) => reference(item, None, definitions),
        Shape::AnyOf(shapes) => {
            let shapes: Vec<_> = shapes
                .iter()
                .map(|item| self::shape(item, definitions))
                .collect();
            json!({ "anyOf": shapes })
        }
        Shape::Tagged { tag, variants } => {
            let words: Vec<_> = variants.iter().map(|(value, _)| *value).collect();
            let variants: Vec<_> = variants
                .iter()
                .map(|(value, item)| reference(item, Some((tag, value)), definitions))
                .collect();
            // The tag stands for itself too, so that an editor can say what is wrong with it alone.
            let mut tags = Map::new();
            tags.insert((*tag).to_owned(), json!({ "enum": words }));
            json!({ "type": "object", "required": [tag], "properties": tags, "oneOf": variants })
        }
    }
}

/// A section is defined once and referred to.
fn reference(
    item: &SectionShape,
    tag: Option<(&str, &str)>,
    definitions: &mut Map<String, Value>,
) -> Value {
    if !definitions.contains_key(item.name) {
        definitions.insert(item.name.to_owned(), Value::Null);
        let defined = section(item, tag, definitions);
        definitions.insert(item.name.to_owned(), defined);
    }
    json!({ "$ref": format!("#/$defs/{}", item.name) })
}

fn section(
    item: &SectionShape,
    tag: Option<(&str, &str)>,
    definitions: &mut Map<String, Value>,
) -> Value {
    let mut properties = Map::new();
    for key in &item.keys {
        let value = match tag {
            Some((tag, value)) if tag == key.key => {
                json!({ "const": value, "description": text(key.doc) })
            }
            _ => property(key, definitions),
        };
        properties.insert(key.key.to_owned(), value);
    }
    let required: Vec<_> = item
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.key)
        .collect();
    let mut section = Map::new();
    section.insert("description".to_owned(), json!(text(item.doc)));
    section.insert("type".to_owned(), json!("object"));
    section.insert("additionalProperties".to_owned(), json!(false));
    if !required.is_empty() {
        section.insert("required".to_owned(), json!(required));
    }
    section.insert("properties".to_owned(), Value::Object(properties));
    Value::Object(section)
}

fn property(key: &KeyShape, definitions: &mut Map<String, Value>) -> Value {
    let mut value = shape(&key.shape, definitions);
    if let Value::Object(value) = &mut value {
        value.insert("description".to_owned(), json!(text(key.doc)));
    }
    value
}

/// Doc lines as one text.
pub(super) fn text(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_json_schema_is_defined() {
        let schema = json_schema();
        let value: Value = serde_json::from_str(&schema).unwrap();
        let definitions = value["$defs"].as_object().unwrap();
        for part in schema.split("\"#/$defs/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(definitions[name].is_object(), "{name}");
        }
    }
}
