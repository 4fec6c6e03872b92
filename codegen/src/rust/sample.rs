//! Rows for tests: for each model what its required columns are filled with, so that any insert of it is valid as far as the
//! spec says.

mod limits;
mod pattern;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{Deferrable, FieldId, FieldRef, ForeignKey, Links, ModelId, Schema};

use super::columns::{Column, Insert, Table};
use super::text::{File, code, literal};
use values::Value;

/// The file, unless a required column has values that nobody can make up.
pub(super) fn file(table: &Table<'_>, plans: &Plans) -> Option<String> {
    let id = table.id?;
    let plan = plans.plans.get(&id)?;
    let mut file = File::new(&[&format!("Rows of {} for tests.", code(table.name))]);
    file.blank();
    file.line(
        0,
        &format!(
            "impl ::pgwright::test::Sample for super::New{} {{",
            table.rust
        ),
    );
    let makes = |value: &Value| value.uses_make();
    let is_promised = plans.promised.contains(&id);
    let make = if plan.parents.is_empty()
        && plan.promises.is_empty()
        && !is_promised
        && plan.unsure().next().is_none()
        && !plan.values.iter().any(makes)
    {
        "_"
    } else {
        "make"
    };
    file.line(
        1,
        &format!(
            "async fn sample({make}: &mut ::pgwright::test::Make) -> ::pgwright::Result<Self> {{"
        ),
    );
    for (index, (_, parent)) in plan.parents.iter().enumerate() {
        file.assignment(
            2,
            &format!("let parent_{index}"),
            &format!("make.parent::<super::New{parent}>().await?;"),
        );
    }
    for (index, promise) in plan.promises.iter().enumerate() {
        let (row, key, field) = (&promise.row, &promise.key, &promise.field);
        file.assignment(
            2,
            &format!("let key: fn(&super::{row}) -> super::{key}"),
            &format!("|row| row.{field};"),
        );
        file.assignment(
            2,
            &format!("let promised_{index}"),
            &format!("make.promise::<super::New{row}, _>(key).await?;"),
        );
    }
    if let Some(own) = &plan.own {
        file.line(2, &format!("let own = super::{own}::new();"));
    }
    for column in plan.unsure() {
        let name = literal(&format!("{}.{column}", table.name));
        file.line(2, &format!("make.unsure({name});"));
    }
    let mut names = Vec::new();
    for (index, value) in plan.values.iter().enumerate() {
        let name = format!("value_{index}");
        value.write(&name, &mut file);
        names.push(name);
    }
    file.call(2, "let new = Self::new", &names);
    match (&plan.own, table.key_columns().next()) {
        (Some(_), Some(key)) => file.line(2, &format!("Ok(new.{}(own))", key.rust)),
        (None, Some(key)) if is_promised => {
            file.line(2, &format!("Ok(make.keep(new, Self::{}))", key.rust));
        }
        _ => file.line(2, "Ok(new)"),
    }
    file.line(1, "}");
    file.line(0, "}");
    Some(file.finish())
}

/// How rows of each model are made up, of those that can be.
#[derive(Default)]
pub(super) struct Plans {
    plans: BTreeMap<ModelId, Plan>,
    /// Models whose rows are referred to before they are there.
    promised: BTreeSet<ModelId>,
}

/// What a row is made of.
struct Plan {
    /// The models whose rows it refers to.
    parents: Vec<(ModelId, String)>,
    /// The models whose rows it refers to before they are there, and the types of their keys: a foreign key that waits for
    /// the end of the transaction closes a circle.
    promises: Vec<Promise>,
    /// The type of its own key, where it refers to itself.
    own: Option<String>,
    /// A value for each parameter of the constructor, and the column that it is for.
    values: Vec<Value>,
    columns: Vec<String>,
}

/// A row that is referred to before it is there: its type, that of its key, and the key's field.
#[derive(PartialEq)]
struct Promise {
    model: ModelId,
    row: String,
    key: String,
    field: String,
}

impl Plans {
    /// The plans of all models. What needs a row that nobody can make up cannot be made up either.
    pub(super) fn of(schema: &Schema, links: &Links<'_>) -> Self {
        let mut plans: BTreeMap<ModelId, Plan> = schema
            .models_with_ids()
            .filter_map(|(id, _)| {
                let table = Table::of_model(schema, links, id);
                Some((id, Plan::of(&table, id)?))
            })
            .collect();
        loop {
            let mut makeable: BTreeSet<ModelId> = BTreeSet::new();
            // Rows that are there before them, and rows that will be.
            while let Some(next) = plans.iter().find_map(|(id, plan)| {
                let ready = !makeable.contains(id)
                    && plan.parents.iter().all(|(id, _)| makeable.contains(id))
                    && (plan.promises.iter()).all(|other| plans.contains_key(&other.model));
                ready.then_some(*id)
            }) {
                makeable.insert(next);
            }
            if makeable.len() == plans.len() {
                break;
            }
            plans.retain(|id, _| makeable.contains(id));
        }
        let promises = plans.values().flat_map(|plan| &plan.promises);
        let promised = promises.map(|promise| promise.model).collect();
        Self { plans, promised }
    }
}

impl Plan {
    /// The columns that have checks which nobody understood.
    fn unsure(&self) -> impl Iterator<Item = &String> {
        let values = self.values.iter().zip(&self.columns);
        values
            .filter(|(value, _)| value.unsure)
            .map(|(_, column)| column)
    }

    fn of(table: &Table<'_>, id: ModelId) -> Option<Self> {
        let model = table.schema.model(id);
        let mut plan = Self {
            parents: Vec::new(),
            promises: Vec::new(),
            own: None,
            values: Vec::new(),
            columns: Vec::new(),
        };
        let required = |column: &&Column<'_>| column.insert == Insert::Required;
        for column in table.columns.iter().filter(required) {
            let field = model.field_named(column.sql.as_str());
            let reference = field.and_then(|field| reference(table.schema, id, field));
            // A key of another type of Rust's, by a domain for one, is no value of this column.
            let fits = |to| type_of(table, to).is_some_and(|ty| ty == column.mapped.rust);
            let value = match reference {
                Some((_, to)) if !fits(to) => return None,
                Some((_, to)) if to.model == id => plan.itself(table, to)?,
                Some((key, to)) if closes_circle(table.schema, id, key) => {
                    plan.promise(table, to).or_else(|| plan.parent(table, to))?
                }
                Some((_, to)) => plan.parent(table, to)?,
                None => values::of_column(table.schema, id, column)?,
            };
            plan.values.push(value);
            plan.columns.push(column.sql.as_str().to_owned());
        }
        Some(plan)
    }

    /// The key of a row that will be there.
    fn promise(&mut self, table: &Table<'_>, to: FieldRef) -> Option<Value> {
        let target = Table::of_model(table.schema, table.links, to.model);
        let name = table.schema.field(to).name.as_str();
        let column = (target.columns.iter()).find(|column| column.sql.as_str() == name)?;
        if column.insert != Insert::NewId {
            return None;
        }
        let key = column.mapped.rust.trim_start_matches("super::");
        let promise = Promise {
            model: to.model,
            row: target.rust.clone(),
            key: key.to_owned(),
            field: column.rust.clone(),
        };
        let known = self.promises.iter().position(|other| *other == promise);
        let index = known.unwrap_or(self.promises.len());
        if known.is_none() {
            self.promises.push(promise);
        }
        Some(Value::plain(format!("promised_{index}")))
    }

    /// A row that has to refer to one of its own model refers to itself: foreign keys are checked when it is there.
    fn itself(&mut self, table: &Table<'_>, to: FieldRef) -> Option<Value> {
        let name = table.schema.field(to).name.as_str();
        let column = (table.columns.iter()).find(|column| column.sql.as_str() == name)?;
        let copied = if column.mapped.traits.copy {
            ""
        } else {
            ".clone()"
        };
        if column.insert == Insert::NewId {
            let key = column.mapped.rust.trim_start_matches("super::");
            self.own = Some(key.to_owned());
            return Some(Value::plain(format!("own{copied}")));
        }
        // It is made up already.
        let known = self.columns.iter().position(|column| column == name)?;
        let known = format!("value_{known}{copied}");
        Some(Value::plain(known))
    }

    /// The column of the row that is referred to.
    fn parent(&mut self, table: &Table<'_>, to: FieldRef) -> Option<Value> {
        let target = Table::of_model(table.schema, table.links, to.model);
        let name = table.schema.field(to).name.as_str();
        let column = (target.columns.iter()).find(|column| column.sql.as_str() == name)?;
        if column.nullable {
            return None;
        }
        let known = self
            .parents
            .iter()
            .position(|(parent, _)| *parent == to.model);
        let index = known.unwrap_or(self.parents.len());
        if known.is_none() {
            self.parents.push((to.model, target.rust.clone()));
        }
        let copied = if column.mapped.traits.copy {
            ""
        } else {
            ".clone()"
        };
        Some(Value::plain(format!(
            "parent_{index}.{}{copied}",
            column.rust
        )))
    }
}

/// The type of a column in Rust.
fn type_of(table: &Table<'_>, field: FieldRef) -> Option<String> {
    let target = Table::of_model(table.schema, table.links, field.model);
    let name = table.schema.field(field).name.as_str();
    let column = (target.columns.iter()).find(|column| column.sql.as_str() == name)?;
    Some(column.mapped.rust.clone())
}

/// What the column refers to, and by which key.
fn reference(schema: &Schema, model: ModelId, field: FieldId) -> Option<(&ForeignKey, FieldRef)> {
    schema.model(model).foreign_keys.iter().find_map(|key| {
        let at = key.fields.iter().position(|other| *other == field)?;
        let to = FieldRef {
            model: key.target,
            field: *key.to.get(at)?,
        };
        Some((key, to))
    })
}

/// Whether the key waits for the end of the transaction, and what it refers to needs a row of this model first.
fn closes_circle(schema: &Schema, id: ModelId, key: &ForeignKey) -> bool {
    if key.deferrable == Deferrable::No || key.fields.len() != 1 {
        return false;
    }
    let mut seen = BTreeSet::new();
    let mut next = vec![key.target];
    while let Some(at) = next.pop() {
        if at == id {
            return true;
        }
        if seen.insert(at) {
            let model = schema.model(at);
            let required =
                |key: &&ForeignKey| (key.fields.iter()).any(|field| !model.field(*field).nullable);
            let keys = model.foreign_keys.iter().filter(required);
            next.extend(keys.map(|key| key.target));
        }
    }
    false
}
