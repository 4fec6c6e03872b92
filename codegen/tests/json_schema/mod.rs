//! As much of JSON Schema as the compiler's own schema uses.

use serde_json::Value;

/// Checks values against a schema.
pub(crate) struct Validator {
    schema: Value,
}

impl Validator {
    /// A validator of the schema's text.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            schema: serde_json::from_str(text).unwrap(),
        }
    }

    /// What is wrong with the value.
    pub(crate) fn errors(&self, value: &Value) -> Vec<String> {
        let mut errors = Vec::new();
        self.check(&self.schema, value, "", &mut errors);
        errors
    }

    fn check(&self, schema: &Value, value: &Value, path: &str, errors: &mut Vec<String>) {
        let Some(schema) = schema.as_object() else {
            return;
        };
        for (word, rule) in schema {
            match word.as_str() {
                "$comment" | "$schema" | "$defs" | "title" | "description" => {}
                "$ref" => {
                    let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    self.check(&self.schema["$defs"][name], value, path, errors);
                }
                "type" => {
                    let found = match value {
                        Value::Null => "null",
                        Value::Bool(_) => "boolean",
                        Value::Number(number) if number.is_i64() => "integer",
                        Value::Number(_) => "number",
                        Value::String(_) => "string",
                        Value::Array(_) => "array",
                        Value::Object(_) => "object",
                    };
                    let fits =
                        |word: &str| word == found || (word == "number" && found == "integer");
                    let right = match rule {
                        Value::Array(words) => {
                            words.iter().any(|word| fits(word.as_str().unwrap()))
                        }
                        word => fits(word.as_str().unwrap()),
                    };
                    if !right {
                        errors.push(format!("{path}: {found} is not {rule}"));
                    }
                }
                "const" if rule != value => errors.push(format!("{path}: {value} is not {rule}")),
                "const" => {}
                "enum" if !rule.as_array().unwrap().contains(value) => {
                    errors.push(format!("{path}: {value} is none of {rule}"));
                }
                "enum" => {}
                "required" => {
                    for key in rule.as_array().unwrap() {
                        if value.is_object() && value.get(key.as_str().unwrap()).is_none() {
                            errors.push(format!("{path}: {key} is missing"));
                        }
                    }
                }
                "properties" => {
                    for (key, value) in value.as_object().into_iter().flatten() {
                        if let Some(rule) = rule.get(key) {
                            self.check(rule, value, &format!("{path}/{key}"), errors);
                        }
                    }
                }
                "additionalProperties" => {
                    for (key, value) in value.as_object().into_iter().flatten() {
                        let known = schema
                            .get("properties")
                            .is_some_and(|keys| keys.get(key).is_some());
                        match rule {
                            _ if known => {}
                            Value::Bool(false) => errors.push(format!("{path}: unknown key {key}")),
                            rule => self.check(rule, value, &format!("{path}/{key}"), errors),
                        }
                    }
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{path}/{index}"), errors);
                    }
                }
                "anyOf" | "oneOf" => {
                    let fitting = rule.as_array().unwrap().iter().filter(|rule| {
                        let mut found = Vec::new();
                        self.check(rule, value, path, &mut found);
                        found.is_empty()
                    });
                    let count = fitting.count();
                    if count == 0 || (word == "oneOf" && count > 1) {
                        errors.push(format!("{path}: {count} of {word} fit"));
                    }
                }
                other => panic!("the schema uses `{other}`, which this validator does not know"),
            }
        }
    }
}
