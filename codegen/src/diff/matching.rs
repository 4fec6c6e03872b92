//! Which model, field, type and label of the old schema is which of the new one.
//!
//! A name that stays is the same thing; `renamed_from` and `renamed` say the rest. What is gone must be named by `--drop`,
//! so that nothing is lost by a typo, and a rename that was not said is never taken for a drop and an add.

use std::collections::{BTreeMap, BTreeSet};

use super::{Options, Problem};
use crate::ident::Ident;
use crate::schema::{Enum, FieldId, Model, ModelId, Schema};

/// The pairs. Each id of the old schema stands at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// New model → old model.
    pub models: BTreeMap<ModelId, ModelId>,
    /// New field → old field, for the models that are in both.
    pub fields: BTreeMap<(ModelId, FieldId), FieldId>,
    /// New enum → old enum, by their places.
    pub enums: BTreeMap<usize, usize>,
    /// New label → old label, for the enums that are in both.
    pub labels: BTreeMap<(usize, String), String>,
    /// New domain → old domain.
    pub domains: BTreeMap<usize, usize>,
    /// New composite type → old composite type.
    pub composites: BTreeMap<usize, usize>,
}

impl Matching {
    /// The same pairs, for the way back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let flip =
            |map: &BTreeMap<usize, usize>| map.iter().map(|(&new, &old)| (old, new)).collect();
        Self {
            models: self.models.iter().map(|(&new, &old)| (old, new)).collect(),
            fields: self
                .fields
                .iter()
                .filter_map(|(&(model, field), &old)| {
                    Some(((*self.models.get(&model)?, old), field))
                })
                .collect(),
            enums: flip(&self.enums),
            labels: self
                .labels
                .iter()
                .filter_map(|((place, new), old)| {
                    Some(((*self.enums.get(place)?, old.clone()), new.clone()))
                })
                .collect(),
            domains: flip(&self.domains),
            composites: flip(&self.composites),
        }
    }

    /// The pairs of fields of a new model.
    pub(super) fn fields_of(
        &self,
        model: ModelId,
    ) -> impl Iterator<Item = (&(ModelId, FieldId), &FieldId)> {
        self.fields
            .range((model, FieldId(0))..=(model, FieldId(usize::MAX)))
    }

    /// The old models that are in no pair.
    #[must_use]
    pub fn dropped_models(&self, prev: &Schema) -> Vec<ModelId> {
        let kept: BTreeSet<ModelId> = self.models.values().copied().collect();
        prev.models_with_ids()
            .map(|(id, _)| id)
            .filter(|id| !kept.contains(id))
            .collect()
    }
}

/// Finds the pairs, and everything that only the author can answer.
pub(super) fn matching(
    prev: &Schema,
    next: &Schema,
    options: &Options,
    problems: &mut Vec<Problem>,
) -> Matching {
    let mut used = BTreeSet::new();
    let mut named = |name: &str| {
        used.insert(name.to_owned());
        options.may_go(name)
    };
    let models = pairs(
        &items(&prev.models, |model| {
            (&model.name, model.renamed_from.as_ref())
        }),
        &items(&next.models, |model| {
            (&model.name, model.renamed_from.as_ref())
        }),
        "model",
        problems,
    );
    let mut found = Matching {
        models: models
            .into_iter()
            .map(|(new, old)| (ModelId(new), ModelId(old)))
            .collect(),
        ..Matching::default()
    };
    by_table(prev, next, &mut found);
    for (place, old) in prev.models.iter().enumerate() {
        if found.models.values().any(|id| id.0 == place) {
            continue;
        }
        if !named(&old.name) {
            let new = next
                .models_with_ids()
                .filter(|(id, _)| !found.models.contains_key(id))
                .map(|(_, model)| format!("models.{}", model.name))
                .collect();
            problems.push(gone("models", &old.name, &old.name, new));
        }
    }
    for (&new_id, &old_id) in &found.models {
        let (new, old) = (next.model(new_id), prev.model(old_id));
        fields(old, new, new_id, &mut found.fields, &mut named, problems);
        partitions(old, new, &mut named, problems);
    }
    found.enums = pairs(
        &items(&prev.enums, |item| (&item.name, item.renamed_from.as_ref())),
        &items(&next.enums, |item| (&item.name, item.renamed_from.as_ref())),
        "enum",
        problems,
    );
    for (&new, &old) in &found.enums {
        labels(
            &prev.enums[old],
            &next.enums[new],
            new,
            &mut found.labels,
            &mut named,
            problems,
        );
    }
    found.domains = pairs(
        &items(&prev.domains, |item| {
            (&item.name, item.renamed_from.as_ref())
        }),
        &items(&next.domains, |item| {
            (&item.name, item.renamed_from.as_ref())
        }),
        "domain",
        problems,
    );
    found.composites = pairs(
        &items(&prev.composites, |item| {
            (&item.name, item.renamed_from.as_ref())
        }),
        &items(&next.composites, |item| {
            (&item.name, item.renamed_from.as_ref())
        }),
        "composite type",
        problems,
    );
    for name in options.drop.difference(&used) {
        if !name.starts_with("raw.") {
            problems.push(Problem::new(
                format!("`--drop {name}` names nothing that is gone"),
                "it takes `Model`, `Model.field`, `Model.partition` or `Enum.label`, as the last migration has them",
            ));
        }
    }
    found
}

type Item<'a> = (&'a str, Option<&'a str>);

fn items<'a, T>(
    list: &'a [T],
    get: impl Fn(&'a T) -> (&'a String, Option<&'a String>),
) -> Vec<Item<'a>> {
    list.iter()
        .map(|item| {
            let (name, old) = get(item);
            (name.as_str(), old.map(String::as_str))
        })
        .collect()
}

/// Pairs by name, then by old name. An old name that is gone is spent.
fn pairs(
    prev: &[Item<'_>],
    next: &[Item<'_>],
    what: &str,
    problems: &mut Vec<Problem>,
) -> BTreeMap<usize, usize> {
    let at = |name: &str| prev.iter().position(|(other, _)| *other == name);
    let mut found = BTreeMap::new();
    for (place, (name, old)) in next.iter().enumerate() {
        let renamed = old.and_then(at);
        match (at(name), renamed, old) {
            (Some(same), Some(_), Some(old)) if prev[same].1 != Some(*old) => {
                problems.push(Problem::new(
                    format!(
                        "{what} `{name}` is renamed from `{old}`, and the last migration has both"
                    ),
                    format!(
                        "drop `{name}` in a migration of its own first, or remove `renamed_from`"
                    ),
                ));
                found.insert(place, same);
            }
            (Some(same), _, _) => {
                found.insert(place, same);
            }
            (None, Some(renamed), _) => {
                found.insert(place, renamed);
            }
            (None, None, _) => {}
        }
    }
    found
}

/// A model that has another name in Rust and the same table is the same one.
fn by_table(prev: &Schema, next: &Schema, found: &mut Matching) {
    for (id, model) in next.models_with_ids() {
        if found.models.contains_key(&id) {
            continue;
        }
        let same = prev
            .models_with_ids()
            .find(|(old, other)| {
                other.table == model.table && !found.models.values().any(|used| used == old)
            })
            .map(|(old, _)| old);
        if let Some(old) = same {
            found.models.insert(id, old);
        }
    }
}

fn fields(
    old: &Model,
    new: &Model,
    id: ModelId,
    found: &mut BTreeMap<(ModelId, FieldId), FieldId>,
    named: &mut dyn FnMut(&str) -> bool,
    problems: &mut Vec<Problem>,
) {
    let (old_model, new_model) = (old, new);
    let (prev, next) = (field_items(old), field_items(new));
    let pairs = pairs(&prev, &next, &format!("field of `{}`", new.name), problems);
    for (place, field) in old.fields.iter().enumerate() {
        let path = format!("{}.{}", old.name, field.name);
        if pairs.values().any(|&used| used == place) || named(&path) {
            continue;
        }
        let added = new
            .fields
            .iter()
            .enumerate()
            .filter(|(other, _)| !pairs.contains_key(other))
            .map(|(_, field)| format!("models.{}.fields.{}", new.name, field.name))
            .collect();
        let whole = format!("models.{}.fields", old.name);
        problems.push(gone(&whole, field.name.as_str(), &path, added));
    }
    for (new, old) in pairs {
        let (before, after) = (&old_model.fields[old], &new_model.fields[new]);
        if before.generated.is_none() && after.generated.is_some() {
            let path = format!("{}.{}", old_model.name, before.name);
            if !named(&path) {
                problems.push(Problem::new(
                    format!(
                        "`{}.{}` becomes a generated column, and what was written in it goes",
                        new_model.name, after.name
                    ),
                    format!(
                        "to have it computed in the place of what is there: `--drop {}`",
                        word(&path)
                    ),
                ));
            }
        }
        found.insert((id, FieldId(new)), FieldId(old));
    }
}

fn field_items(model: &Model) -> Vec<Item<'_>> {
    model
        .fields
        .iter()
        .map(|field| {
            (
                field.name.as_str(),
                field.renamed_from.as_ref().map(Ident::as_str),
            )
        })
        .collect()
}

fn partitions(
    old: &Model,
    new: &Model,
    named: &mut dyn FnMut(&str) -> bool,
    problems: &mut Vec<Problem>,
) {
    // Where the table is not partitioned any more, the rows of its partitions are its own.
    if old.partition_by.is_some() && new.partition_by.is_none() {
        return;
    }
    for partition in &old.partitions {
        let kept = new
            .partitions
            .iter()
            .any(|other| other.table.name == partition.table.name);
        let path = format!("{}.{}", old.name, partition.table.name);
        if !kept && !named(&path) {
            problems.push(gone(
                &format!("models.{}.partitions", old.name),
                partition.table.name.as_str(),
                &path,
                Vec::new(),
            ));
        }
    }
}

fn labels(
    old: &Enum,
    new: &Enum,
    place: usize,
    found: &mut BTreeMap<(usize, String), String>,
    named: &mut dyn FnMut(&str) -> bool,
    problems: &mut Vec<Problem>,
) {
    let has = |item: &Enum, text: &str| item.labels.iter().any(|label| label.text == text);
    for label in &new.labels {
        let renamed = label.renamed_from.as_ref().filter(|from| has(old, from));
        if has(old, &label.text) {
            found.insert((place, label.text.clone()), label.text.clone());
        } else if let Some(from) = renamed {
            found.insert((place, label.text.clone()), from.clone());
        }
    }
    for label in &old.labels {
        let kept = found
            .iter()
            .any(|((item, _), from)| *item == place && *from == label.text);
        let path = format!("{}.{}", old.name, label.text);
        if kept || named(&path) {
            continue;
        }
        let added: Vec<String> = new
            .labels
            .iter()
            .filter(|other| !found.contains_key(&(place, other.text.clone())))
            .map(|other| format!("`{}`", other.text))
            .collect();
        let text = format!("the label `{}` of enums.{} is gone", label.text, old.name);
        problems.push(if added.is_empty() {
            Problem::new(text, format!("to remove it: `--drop {}`", word(&path)))
        } else {
            let (new_label, text) = (
                added[0].trim_matches('`').to_owned(),
                format!("{text}, and {} new", list(&added)),
            );
            Problem::new(
                text,
                format!(
                    "if it got a new text, write `renamed = {{ {:?} = {:?} }}` in enums.{}; if it goes, `--drop {}`",
                    label.text, new_label, new.name, word(&path)
                ),
            )
        });
    }
}

/// Something that is gone and was not named.
fn gone(section: &str, name: &str, path: &str, added: Vec<String>) -> Problem {
    let text = format!("`{section}.{name}` is gone");
    match added.first() {
        None => Problem::new(
            text,
            format!("to remove it with its data: `--drop {}`", word(path)),
        ),
        Some(first) => Problem::new(
            format!(
                "{text}, and {} new",
                list(
                    &added
                        .iter()
                        .map(|one| format!("`{one}`"))
                        .collect::<Vec<_>>()
                )
            ),
            format!(
                "if it was renamed, write `renamed_from = {name:?}` in `{first}`; if it goes with its data, `--drop {}`",
                word(path)
            ),
        ),
    }
}

/// A word as a shell takes it.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn list(items: &[String]) -> String {
    match items {
        [one] => format!("{one} is"),
        items => format!("{} are", items.join(", ")),
    }
}

/// The name that PostgreSQL gives a NOT NULL of a column, from version 18 on.
pub(super) fn not_null_name(table: &Ident, column: &Ident) -> Option<Ident> {
    let name = crate::ddl::object_name(table.as_str(), column.as_str(), "not_null");
    Ident::new(name).ok()
}
