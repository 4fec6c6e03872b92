//! The resolved schema: every id, name and default filled in, sorted once, comparable with `==`, without spans.
//!
//! Backends take `&Schema` and cannot fail. Whatever could make one fail is refused by `verify`.

mod constraint;
mod links;
mod model;
mod objects;
mod posting;
mod trigger;
mod types;

pub use constraint::*;
pub(crate) use links::Links;
pub use model::*;
pub use objects::*;
pub use posting::PostingKey;
pub use trigger::*;
pub use types::*;

use crate::ident::Ident;

/// Everything that a spec says, resolved. The order of every list is the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The database's name.
    pub name: String,
    /// The PostgreSQL schema of every object that names no other.
    pub default_schema: Ident,
    /// Every PostgreSQL schema that is used, the default one first.
    pub schemas: Vec<Ident>,
    /// Extensions that must be there.
    pub extensions: Vec<Ident>,
    /// Enum types.
    pub enums: Vec<Enum>,
    /// Domains.
    pub domains: Vec<Domain>,
    /// Composite types.
    pub composites: Vec<Composite>,
    /// Functions carried as SQL.
    pub functions: Vec<Function>,
    /// Models.
    pub models: Vec<Model>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// Views.
    pub views: Vec<View>,
    /// Whole objects carried as SQL.
    pub raw: Vec<Raw>,
}

macro_rules! id {
    ($(#[$doc:meta] $name:ident => $list:ident: $item:ty, $get:ident;)*) => {
        $(
            #[$doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub usize);
        )*
        impl Schema {
            $(
                /// What the id stands for. Ids are made by `lower` for this schema and are valid in it alone.
                #[must_use]
                pub fn $get(&self, id: $name) -> &$item {
                    &self.$list[id.0]
                }
            )*
        }
    };
}

id! {
    /// The place of an enum in [`Schema::enums`].
    EnumId => enums: Enum, enumeration;
    /// The place of a domain in [`Schema::domains`].
    DomainId => domains: Domain, domain;
    /// The place of a composite type in [`Schema::composites`].
    CompositeId => composites: Composite, composite;
    /// The place of a function in [`Schema::functions`].
    FunctionId => functions: Function, function;
    /// The place of a model in [`Schema::models`].
    ModelId => models: Model, model;
    /// The place of a trigger in [`Schema::triggers`].
    TriggerId => triggers: Trigger, trigger;
}

/// The place of a field in its model's [`Model::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub usize);

/// A field of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldRef {
    /// The model.
    pub model: ModelId,
    /// The field in it.
    pub field: FieldId,
}

impl Schema {
    /// The field that the reference names.
    #[must_use]
    pub fn field(&self, field: FieldRef) -> &Field {
        &self.model(field.model).fields[field.field.0]
    }

    /// Models with their ids.
    pub fn models_with_ids(&self) -> impl Iterator<Item = (ModelId, &Model)> {
        self.models
            .iter()
            .enumerate()
            .map(|(index, model)| (ModelId(index), model))
    }
}
