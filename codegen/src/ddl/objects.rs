//! All objects of a schema, with what each one needs.

use std::collections::{BTreeMap, BTreeSet};

use super::mentions::Mentions;
use super::order::{Object, Rank};
use super::{functions, grants, purge, raw, table, types, views};
use crate::fragment::created;
use crate::pg::Statement;
use crate::schema::{
    BaseType, FieldId, Model, RawAfter, Run, RunFunction, Schema, TriggerKind, Type,
};

/// The objects, in the order of the schema's lists.
pub(super) fn objects(schema: &Schema) -> Vec<Object> {
    let mut builder = Builder {
        objects: Vec::new(),
        texts: Vec::new(),
        places: BTreeMap::new(),
        names: BTreeMap::new(),
    };
    builder.add_types(schema);
    builder.add_functions(schema);
    builder.add_models(schema);
    builder.add_views(schema);
    builder.add_blocks(schema);
    builder.add_raw(schema);
    builder.link(schema)
}

struct Builder {
    objects: Vec<Object>,
    /// For each object, the names it mentions.
    texts: Vec<BTreeSet<String>>,
    /// Where an object of the spec is, by section and key.
    places: BTreeMap<(&'static str, String), usize>,
    /// Which objects have a name of the database.
    names: BTreeMap<String, Vec<usize>>,
}

impl Builder {
    fn add(
        &mut self,
        title: &'static str,
        rank: Rank,
        statements: Vec<Statement>,
        mentions: BTreeSet<String>,
    ) -> usize {
        self.objects.push(Object {
            title,
            rank,
            statements,
            needs: Vec::new(),
            mentions: Vec::new(),
        });
        self.texts.push(mentions);
        self.objects.len() - 1
    }

    fn place(&mut self, section: &'static str, key: &str, name: &str, object: usize) {
        self.places.insert((section, key.to_owned()), object);
        self.name(name, object);
    }

    fn name(&mut self, name: &str, object: usize) {
        self.names.entry(name.to_owned()).or_default().push(object);
    }

    fn add_types(&mut self, schema: &Schema) {
        for item in &schema.enums {
            let object = self.add(
                TYPES,
                Rank::Types,
                types::enumeration(item),
                BTreeSet::new(),
            );
            self.place("enums", &item.name, item.ty.name.as_str(), object);
        }
        for item in &schema.domains {
            let mentions = all(types::domain_mentions(item), [&item.base]);
            let object = self.add(TYPES, Rank::Types, types::domain(schema, item), mentions);
            self.place("domains", &item.name, item.ty.name.as_str(), object);
        }
        for item in &schema.composites {
            let attributes = item.attributes.iter().map(|(_, ty)| ty);
            let mentions = all(Mentions::default(), attributes);
            let object = self.add(TYPES, Rank::Types, types::composite(schema, item), mentions);
            self.place("composites", &item.name, item.ty.name.as_str(), object);
        }
    }

    /// A function stands before the tables, unless its text names one and no table or type calls it.
    fn add_functions(&mut self, schema: &Schema) {
        let texts: Vec<Mentions> = schema
            .functions
            .iter()
            .map(|item| Mentions::of(item.sql.as_str()))
            .collect();
        let relations: BTreeSet<&str> = schema
            .models
            .iter()
            .map(|model| model.table.name.as_str())
            .chain(schema.views.iter().map(|view| view.view.name.as_str()))
            .collect();
        let called = called_early(schema, &texts);
        for (index, item) in schema.functions.iter().enumerate() {
            let on_tables = texts[index].all().any(|name| relations.contains(name));
            let rank = if on_tables && !called[index] {
                Rank::FunctionsOnTables
            } else {
                Rank::Functions
            };
            // A body is not looked at until the function is called: only what stands outside of it must be there.
            let mut mentions = texts[index].outside.clone();
            mentions.extend(schema.functions.iter().filter_map(|other| {
                let name = other.function.name.as_str();
                texts[index].inside.contains(name).then(|| name.to_owned())
            }));
            let object = self.add(
                "Functions",
                rank,
                functions::function(schema, item),
                mentions,
            );
            self.place("functions", &item.name, item.function.name.as_str(), object);
        }
    }

    fn add_models(&mut self, schema: &Schema) {
        for model in &schema.models {
            let mentions = all(table::mentions(model), []);
            let object = self.add(
                "Tables",
                Rank::Tables,
                table::table(schema, model),
                mentions,
            );
            self.place("models", &model.name, model.table.name.as_str(), object);
            for partition in &model.partitions {
                self.name(partition.table.name.as_str(), object);
            }
        }
    }

    fn add_views(&mut self, schema: &Schema) {
        for item in &schema.views {
            let mentions = all(Mentions::of(item.sql.as_str()), []);
            let object = self.add("Views", Rank::Views, views::view(item), mentions);
            self.place("views", &item.name, item.view.name.as_str(), object);
        }
    }

    /// What hangs on tables, one object for all of them.
    fn add_blocks(&mut self, schema: &Schema) {
        let each = |statements: &dyn Fn(&crate::schema::Model) -> Vec<Statement>| {
            schema
                .models
                .iter()
                .flat_map(statements)
                .collect::<Vec<_>>()
        };
        let names = |mentions: &dyn Fn(&crate::schema::Model) -> Mentions| {
            schema
                .models
                .iter()
                .flat_map(|model| all(mentions(model), []))
                .collect::<BTreeSet<_>>()
        };
        let references = self.add(
            "Foreign keys",
            Rank::ForeignKeys,
            each(&|model| table::foreign_keys(schema, model)),
            BTreeSet::new(),
        );
        let indexes = self.add(
            "Indexes",
            Rank::Indexes,
            each(&table::indexes),
            names(&table::index_mentions),
        );
        if schema
            .models
            .iter()
            .any(|model| refers_to_an_index(schema, model))
        {
            self.objects[references].needs.push(indexes);
        }
        self.add(
            "Statistics",
            Rank::Statistics,
            each(&table::statistics),
            BTreeSet::new(),
        );
        let triggers = self.add(
            "Triggers",
            Rank::Triggers,
            crate::triggers::statements(schema),
            trigger_mentions(schema),
        );
        for trigger in &schema.triggers {
            self.places
                .insert(("triggers", trigger.name.clone()), triggers);
        }
        self.add(
            "Purge of rows that were deleted softly",
            Rank::Purge,
            purge::statements(schema),
            BTreeSet::new(),
        );
        self.add(
            "Row level security",
            Rank::RowSecurity,
            each(&table::row_security),
            names(&table::policy_mentions),
        );
        self.add(
            "Grants",
            Rank::Grants,
            grants::grants(schema),
            BTreeSet::new(),
        );
    }

    fn add_raw(&mut self, schema: &Schema) {
        for item in &schema.raw {
            let text = item.create.as_str();
            // Strings are comments and bodies more often than names.
            let mentions = Mentions::of(text).outside;
            let object = self.add("Other objects", Rank::Raw, raw::raw(item), mentions);
            self.places.insert(("raw", item.name.clone()), object);
            for name in created(text) {
                self.name(&name, object);
            }
        }
    }

    /// Turns names into places.
    fn link(mut self, schema: &Schema) -> Vec<Object> {
        for (index, text) in self.texts.iter().enumerate() {
            let mut mentioned: BTreeSet<usize> = text
                .iter()
                .filter_map(|name| self.names.get(name))
                .flatten()
                .copied()
                .collect();
            mentioned.remove(&index);
            self.objects[index].mentions = mentioned.into_iter().collect();
        }
        self.link_types(schema);
        for model in &schema.models {
            let parents = model
                .inherits
                .iter()
                .map(|&id| schema.model(id).name.clone());
            let parents: Vec<_> = parents.filter_map(|key| self.at("models", &key)).collect();
            if let Some(object) = self.at("models", &model.name) {
                self.objects[object].needs.extend(parents);
            }
        }
        for item in &schema.raw {
            let after: Vec<_> = item
                .after
                .iter()
                .filter_map(|RawAfter { section, name }| self.at(section, name))
                .collect();
            if let Some(object) = self.at("raw", &item.name) {
                self.objects[object].needs.extend(after);
            }
        }
        self.objects
    }

    /// Types that are made of types, and columns of them.
    fn link_types(&mut self, schema: &Schema) {
        let mut links = Vec::new();
        for item in &schema.domains {
            links.push(("domains", &item.name, &item.base));
        }
        for item in &schema.composites {
            links.extend(
                item.attributes
                    .iter()
                    .map(|(_, ty)| ("composites", &item.name, ty)),
            );
        }
        for model in &schema.models {
            links.extend(
                model
                    .fields
                    .iter()
                    .map(|field| ("models", &model.name, &field.ty)),
            );
        }
        for (section, key, ty) in links {
            let needed = match &ty.base {
                BaseType::Enum(id) => self.at("enums", &schema.enumeration(*id).name),
                BaseType::Domain(id) => self.at("domains", &schema.domain(*id).name),
                BaseType::Composite(id) => self.at("composites", &schema.composite(*id).name),
                BaseType::Builtin(_) | BaseType::Other(_) => None,
            };
            if let (Some(object), Some(needed)) = (self.at(section, key), needed)
                && !self.objects[object].needs.contains(&needed)
            {
                self.objects[object].needs.push(needed);
            }
        }
    }

    fn at(&self, section: &'static str, key: &str) -> Option<usize> {
        self.places.get(&(section, key.to_owned())).copied()
    }
}

const TYPES: &str = "Types";

/// Whether a type or a table calls the function, itself or through another one.
fn called_early(schema: &Schema, texts: &[Mentions]) -> Vec<bool> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for model in &schema.models {
        names.extend(all(table::mentions(model), []));
    }
    for domain in &schema.domains {
        names.extend(all(types::domain_mentions(domain), []));
    }
    let mut called = vec![false; schema.functions.len()];
    loop {
        let found =
            schema.functions.iter().enumerate().find(|(index, item)| {
                !called[*index] && names.contains(item.function.name.as_str())
            });
        let Some((index, _)) = found else {
            return called;
        };
        called[index] = true;
        names.extend(texts[index].all().map(str::to_owned));
    }
}

/// Whether a reference of the model is to columns that no constraint makes unique: an index does, and has to be there.
fn refers_to_an_index(schema: &Schema, model: &Model) -> bool {
    model.foreign_keys.iter().any(|key| {
        let target = schema.model(key.target);
        let is_same = |fields: &[FieldId]| {
            fields.len() == key.to.len() && fields.iter().all(|field| key.to.contains(field))
        };
        let primary = target.primary_key.iter().map(|key| &key.fields);
        let uniques = target.uniques.iter().map(|unique| &unique.fields);
        !key.is_retained() && !primary.chain(uniques).any(|fields| is_same(fields))
    })
}

/// Functions that triggers run and that are not the spec's, and what their conditions name.
fn trigger_mentions(schema: &Schema) -> BTreeSet<String> {
    let mut mentions = Mentions::default();
    for trigger in &schema.triggers {
        if let TriggerKind::Sql(trigger) = &trigger.kind {
            if let Run::Function {
                function: RunFunction::Other(name),
                ..
            } = &trigger.run
            {
                mentions.add_name(name.name.as_str());
            }
            if let Some(when) = &trigger.when {
                mentions.add(when.as_str());
            }
        }
    }
    all(mentions, [])
}

/// All names of a text and of types that the author wrote.
fn all<'a>(mut mentions: Mentions, types: impl IntoIterator<Item = &'a Type>) -> BTreeSet<String> {
    for ty in types {
        if let BaseType::Other(text) = &ty.base {
            mentions.add(text.as_str());
        }
    }
    mentions.all().map(str::to_owned).collect()
}
