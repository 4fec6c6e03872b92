//! What a catalog answered.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

/// Which object it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Key {
    /// `table`, `column`, `trigger` …, in PostgreSQL's words.
    pub kind: String,
    /// Its PostgreSQL schema; empty for what is in none.
    pub schema: String,
    /// The table or view that it is on; empty for what is on none.
    pub on: String,
    /// Its name; a function's with its arguments.
    pub name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = [&self.schema, &self.on, &self.name];
        let path: Vec<&str> = path
            .into_iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        write!(f, "{} `{}`", self.kind, path.join("."))
    }
}

/// An object and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Which one it is.
    pub key: Key,
    /// What the catalog says of it, by names that begin with `_` where it is for the import alone.
    pub facts: Map<String, Value>,
}

impl Object {
    /// A fact that is a text.
    #[must_use]
    pub fn text(&self, fact: &str) -> Option<&str> {
        self.facts.get(fact)?.as_str()
    }

    /// Whether a fact is true.
    #[must_use]
    pub fn is(&self, fact: &str) -> bool {
        self.facts.get(fact).and_then(Value::as_bool) == Some(true)
    }

    /// A fact that is a number.
    #[must_use]
    pub fn number(&self, fact: &str) -> Option<i64> {
        self.facts.get(fact)?.as_i64()
    }

    /// A fact that is a list of texts; empty where there is none.
    #[must_use]
    pub fn texts(&self, fact: &str) -> Vec<&str> {
        let list = self.facts.get(fact).and_then(Value::as_array);
        list.map_or_else(Vec::new, |list| {
            list.iter().filter_map(Value::as_str).collect()
        })
    }

    /// What roles may do beyond what they may with a new object: by role, with `-` what is taken from it.
    #[must_use]
    pub fn grants(&self) -> Vec<(&str, Vec<&str>)> {
        let Some(Value::Object(grants)) = self.facts.get("grants") else {
            return Vec::new();
        };
        grants
            .iter()
            .map(|(role, rights)| {
                let rights = rights.as_array().map_or(&[][..], Vec::as_slice);
                (
                    role.as_str(),
                    rights.iter().filter_map(Value::as_str).collect(),
                )
            })
            .collect()
    }
}

/// Why an answer cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogError(String);

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the catalog's answer cannot be read: {}", self.0)
    }
}

impl std::error::Error for CatalogError {}

/// A whole catalog: objects in the order in which they were made, kind by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// The server's version, as `server_version_num`.
    pub version: u32,
    /// The objects.
    pub objects: Vec<Object>,
}

impl Catalog {
    /// An empty catalog of a server of that version.
    #[must_use]
    pub fn new(version: u32) -> Self {
        Self {
            version,
            objects: Vec::new(),
        }
    }

    /// Takes one row of the answer to one of the queries.
    ///
    /// # Errors
    /// If the row is not what the queries give.
    pub fn add(&mut self, row: &str) -> Result<(), CatalogError> {
        // `parse` is code of serde_json's own build, which is optimised; `from_str` would be made here.
        let value: Value = row
            .parse()
            .map_err(|error: serde_json::Error| CatalogError(error.to_string()))?;
        let Value::Object(mut facts) = value else {
            return Err(CatalogError("it is no object".to_owned()));
        };
        let mut part = |fact: &str| match facts.remove(fact) {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let key = Key {
            kind: part("kind"),
            schema: part("schema"),
            on: part("on"),
            name: part("name"),
        };
        if key.kind.is_empty() {
            return Err(CatalogError("it says no kind".to_owned()));
        }
        self.objects.push(Object { key, facts });
        Ok(())
    }

    /// The objects of a kind.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> + 'a {
        self.objects
            .iter()
            .filter(move |object| object.key.kind == kind)
    }

    /// The objects by their keys. Where two have one key the first counts: of operators and the like, which are told
    /// apart by more than a name, all that is compared is in the name.
    pub(super) fn by_key(&self) -> BTreeMap<&Key, &Object> {
        let mut map = BTreeMap::new();
        for object in &self.objects {
            map.entry(&object.key).or_insert(object);
        }
        map
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]
    use super::*;

    #[test]
    fn a_row_becomes_an_object_and_a_strange_one_an_error() {
        let mut catalog = Catalog::new(150_000);
        catalog
            .add(r#"{"kind":"table","schema":"a","name":"b","owner":"c","inherits":null}"#)
            .unwrap();
        assert_eq!(catalog.objects[0].key.to_string(), "table `a.b`");
        assert_eq!(catalog.objects[0].text("owner"), Some("c"));
        assert_eq!(catalog.objects[0].text("inherits"), None);
        for row in ["", "[]", "{}", r#"{"kind":1}"#] {
            assert!(catalog.add(row).is_err(), "{row}");
        }
    }
}
