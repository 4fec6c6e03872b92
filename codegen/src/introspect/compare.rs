//! What differs between two catalogs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::catalog::{Catalog, Key, Object};

/// An object that is not as it should be, or that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The object.
    #[serde(flatten)]
    pub object: Key,
    /// How it is found.
    #[serde(flatten)]
    pub found: Found,
}

/// How an object is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "aspects")]
pub enum Found {
    /// It should be there and is not.
    Missing,
    /// It is there, and something of it is not as it should be.
    Different(Vec<Aspect>),
    /// It is there as it should be, and does nothing: a trigger that is disabled, an index that is not valid, a constraint
    /// that is not proven.
    NotInForce(Vec<Aspect>),
    /// It is there, on something that should be there, and should not be.
    Unexpected,
    /// It is there and concerns nothing that should be there.
    Unknown,
}

/// One thing about an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Aspect {
    /// Which one: `type`, `default`, `definition` …
    pub what: String,
    /// How it is; nothing where there is none.
    pub found: Option<String>,
    /// How it should be.
    pub expected: Option<String>,
}

impl Difference {
    /// Whether it makes the database another one than it should be. What concerns nothing that should be there does not.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.found != Found::Unknown
    }
}

/// Facts that say whether an object does its work.
const IN_FORCE: &[&str] = &["enabled", "valid", "validated"];

/// Compares what a database holds with what it should hold. Both were asked under the same settings.
///
/// Whoever owns most of the one database may be another than who owns most of the other: what belongs to them is equal.
#[must_use]
pub fn compare(found: &Catalog, expected: &Catalog) -> Vec<Difference> {
    let (have, want) = (found.by_key(), expected.by_key());
    let comparison = Comparison {
        owner: main_owner(&have, &want),
        wanted_owner: main_owner(&want, &have),
        same_version: found.version / 10_000 == expected.version / 10_000,
        both_name_not_null: (found.version >= 180_000) == (expected.version >= 180_000),
    };
    let mut result = Vec::new();
    for (key, wanted) in &want {
        if !comparison.is_compared(wanted) {
            continue;
        }
        match have.get(key) {
            Some(object) => result.extend(comparison.object(object, wanted)),
            None if is_made_by_itself(wanted) || is_on_missing(key, &have) => {}
            None => result.push(Difference {
                object: (*key).clone(),
                found: Found::Missing,
            }),
        }
    }
    for (key, object) in &have {
        if want.contains_key(key) || !comparison.is_compared(object) || is_made_by_itself(object) {
            continue;
        }
        let on_something = !key.on.is_empty();
        if on_something && container(key, &want).is_none() {
            // The table was listed as a whole.
            continue;
        }
        let owned = object.facts.get("owned_by").and_then(Value::as_array);
        if owned.is_some_and(|path| !is_table_of(path, &want)) {
            continue;
        }
        let found = if on_something {
            Found::Unexpected
        } else {
            Found::Unknown
        };
        result.push(Difference {
            object: (*key).clone(),
            found,
        });
    }
    result.sort_by(|one, other| one.object.cmp(&other.object));
    result
}

struct Comparison<'a> {
    owner: Option<&'a str>,
    wanted_owner: Option<&'a str>,
    same_version: bool,
    both_name_not_null: bool,
}

impl Comparison<'_> {
    fn is_compared(&self, object: &Object) -> bool {
        self.both_name_not_null || object.text("_type") != Some("n")
    }

    fn object(&self, found: &Object, wanted: &Object) -> Option<Difference> {
        let mut aspects = Vec::new();
        let facts: BTreeSet<&String> = found.facts.keys().chain(wanted.facts.keys()).collect();
        for fact in facts {
            if fact.starts_with('_') {
                continue;
            }
            let aspect = |found: Option<String>, expected: Option<String>| Aspect {
                what: fact.clone(),
                found,
                expected,
            };
            match fact.as_str() {
                "owner" => {
                    let is = found.text("owner");
                    // The schema `public` belongs to the server's own idea of an owner.
                    let compared = !(found.key.kind == "schema" && found.key.name == "public");
                    let should = match wanted.text("owner") {
                        owner if owner == self.wanted_owner => self.owner,
                        owner => owner,
                    };
                    if compared && is != should {
                        aspects.push(aspect(is.map(str::to_owned), should.map(str::to_owned)));
                    }
                }
                "grants" => {
                    let (is, should) = (self.grants(found), self.grants(wanted));
                    if is != should {
                        aspects.push(aspect(is, should));
                    }
                }
                _ => {
                    let (is, should) = (found.facts.get(fact), wanted.facts.get(fact));
                    let (is, should) = (is.and_then(shown), should.and_then(shown));
                    if is != should {
                        aspects.push(aspect(is, should));
                    }
                }
            }
        }
        if aspects.is_empty() {
            return None;
        }
        let only_force = aspects
            .iter()
            .all(|aspect| IN_FORCE.contains(&aspect.what.as_str()));
        let state = if only_force {
            Found::NotInForce
        } else {
            Found::Different
        };
        Some(Difference {
            object: found.key.clone(),
            found: state(aspects),
        })
    }

    /// Rights as a text. PostgreSQL 17 brought one that older servers cannot have.
    fn grants(&self, object: &Object) -> Option<String> {
        let mut roles: Vec<String> = Vec::new();
        for (role, rights) in object.grants() {
            let rights: Vec<&str> = rights
                .into_iter()
                .filter(|right| {
                    self.same_version || !right.trim_start_matches('-').starts_with("maintain")
                })
                .collect();
            if !rights.is_empty() {
                roles.push(format!("{role}: {}", rights.join(", ")));
            }
        }
        (!roles.is_empty()).then(|| roles.join("; "))
    }
}

/// A fact as people read it; nothing where there is none.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(value) => Some(if *value { "yes" } else { "no" }.to_owned()),
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.iter().all(Value::is_string) => Some(
            items
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        other => Some(other.to_string()),
    }
}

/// Who owns most of the objects that should be there.
fn main_owner<'a>(
    have: &BTreeMap<&Key, &'a Object>,
    want: &BTreeMap<&Key, &Object>,
) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, object) in have {
        if let Some(owner) = object
            .text("owner")
            .filter(|_| want.contains_key(key) && key.kind != "schema")
        {
            *counts.entry(owner).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(owner, _)| owner)
}

/// Whether PostgreSQL makes the object for each partition, with a name of its own choice.
fn is_made_by_itself(object: &Object) -> bool {
    object.is("_parent") && object.key.kind != "trigger"
}

const CONTAINERS: [&str; 5] = [
    "table",
    "view",
    "materialized view",
    "foreign table",
    "composite type",
];

/// The table, view or type that an object is on.
fn container<'a>(key: &Key, objects: &BTreeMap<&Key, &'a Object>) -> Option<&'a Object> {
    table(&key.schema, &key.on, objects)
}

fn table<'a>(schema: &str, name: &str, objects: &BTreeMap<&Key, &'a Object>) -> Option<&'a Object> {
    CONTAINERS.iter().find_map(|kind| {
        let key = Key {
            kind: (*kind).to_owned(),
            schema: schema.to_owned(),
            on: String::new(),
            name: name.to_owned(),
        };
        objects.get(&key).copied()
    })
}

fn is_on_missing(key: &Key, have: &BTreeMap<&Key, &Object>) -> bool {
    !key.on.is_empty() && container(key, have).is_none()
}

fn is_table_of(path: &[Value], want: &BTreeMap<&Key, &Object>) -> bool {
    match path {
        [Value::String(schema), Value::String(name), ..] => table(schema, name, want).is_some(),
        _ => false,
    }
}
