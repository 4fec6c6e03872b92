//! What the emitters know of a table: its columns, what each is in Rust, and who may write it.

use crate::ident::{Ident, QualifiedName};
use crate::schema::{
    BaseType, Default, Event, Field, FieldId, FieldRef, Links, Model, ModelId, Schema, Sequence,
    TriggerKind, View,
};

use super::names;
use super::types::{self, Mapped};

/// A table or a view with its columns.
pub(super) struct Table<'a> {
    pub(super) schema: &'a Schema,
    /// What names each model of it.
    pub(super) links: &'a Links<'a>,
    /// Where the generated module is, as another crate names it, if that is known.
    pub(super) examples: Option<&'a str>,
    /// The model; none for a view.
    pub(super) id: Option<ModelId>,
    /// The name in the spec.
    pub(super) name: &'a str,
    /// The Rust name.
    pub(super) rust: String,
    /// The name in the database.
    pub(super) sql: &'a QualifiedName,
    pub(super) doc: Option<&'a str>,
    pub(super) columns: Vec<Column<'a>>,
    /// The columns of the primary key, by their places in `columns`.
    pub(super) key: Vec<usize>,
    /// Whether rows can be changed, and removed.
    pub(super) updates: bool,
    pub(super) deletes: bool,
}

/// A column.
pub(super) struct Column<'a> {
    pub(super) sql: &'a Ident,
    /// The type in the database.
    pub(super) ty: &'a crate::schema::Type,
    /// The Rust name.
    pub(super) rust: String,
    pub(super) doc: Option<&'a str>,
    pub(super) deprecated: Option<&'a str>,
    pub(super) mapped: Mapped,
    pub(super) nullable: bool,
    pub(super) insert: Insert<'a>,
    /// Whether a patch may set it.
    pub(super) patch: bool,
}

/// What an insert says of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Insert<'a> {
    /// Nothing: the database alone writes it.
    Never,
    /// What the constructor is given.
    Required,
    /// A UUIDv7 that the constructor makes, or what a setter is given.
    NewId,
    /// What a setter is given, or NULL.
    OrNull,
    /// What a setter is given, or the default.
    OrDefault(&'a Default),
    /// What a setter is given, NULL included, or the default.
    NullOrDefault(&'a Default),
    /// What a setter is given, or the next number of the column's sequence.
    OrNext,
}

impl<'a> Table<'a> {
    /// A model's table.
    pub(super) fn of_model(schema: &'a Schema, links: &'a Links<'a>, id: ModelId) -> Self {
        let model = schema.model(id);
        let fields = fields(schema, id, 0);
        let texts: Vec<&str> = fields
            .iter()
            .map(|(_, field)| field.name.as_str())
            .collect();
        let idents = names::all(&texts, names::field);
        let frozen = Frozen::of(links, id);
        let columns: Vec<Column<'a>> = fields
            .iter()
            .zip(idents)
            .map(|(&(at, field), rust)| Column {
                sql: &field.name,
                ty: &field.ty,
                rust,
                doc: field.doc.as_deref(),
                deprecated: field.deprecated.as_deref(),
                mapped: types::column_type(schema, at),
                nullable: field.nullable && !is_key(model, id, at),
                insert: insert(schema, id, at, field),
                patch: at.model == id
                    && field.maintained_by.is_none()
                    && field.generated.is_none()
                    && field.sequence != Some(Sequence::IdentityAlways)
                    && !is_key(model, id, at)
                    && !frozen.columns.contains(&at.field)
                    || at.model != id && field.generated.is_none(),
            })
            .collect();
        let key = model
            .primary_key
            .iter()
            .flat_map(|key| &key.fields)
            .filter_map(|field| {
                fields
                    .iter()
                    .position(|(at, _)| at.model == id && at.field == *field)
            })
            .collect();
        Self {
            schema,
            links,
            examples: None,
            id: Some(id),
            name: &model.name,
            rust: names::type_name(&model.name),
            sql: &model.table,
            doc: model.doc.as_deref(),
            updates: !frozen.update && columns.iter().any(|column| column.patch),
            deletes: !frozen.delete,
            columns,
            key,
        }
    }

    /// A typed view.
    pub(super) fn of_view(schema: &'a Schema, links: &'a Links<'a>, view: &'a View) -> Self {
        let texts: Vec<&str> = view
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let idents = names::all(&texts, names::field);
        let columns = view
            .columns
            .iter()
            .zip(idents)
            .map(|(column, rust)| Column {
                sql: &column.name,
                ty: &column.ty,
                rust,
                doc: None,
                deprecated: None,
                mapped: types::map(schema, &column.ty),
                nullable: column.nullable,
                insert: Insert::Never,
                patch: false,
            })
            .collect();
        Self {
            schema,
            links,
            examples: None,
            id: None,
            name: &view.name,
            rust: names::type_name(&view.name),
            sql: &view.view,
            doc: view.doc.as_deref(),
            columns,
            key: Vec::new(),
            updates: false,
            deletes: false,
        }
    }

    /// The columns of the primary key.
    pub(super) fn key_columns(&self) -> impl Iterator<Item = &Column<'a>> {
        self.key.iter().filter_map(|&index| self.columns.get(index))
    }

    /// Whether a statement may lock rows before it changes or removes them: a lock may need a right that a role has not,
    /// and meets policies of its own.
    pub(super) fn locks_rows(&self) -> bool {
        self.id.is_some_and(|id| {
            let model = self.schema.model(id);
            model.grants.is_empty() && !model.row_security.enabled
        })
    }

    /// The model's module.
    pub(super) fn module(&self) -> String {
        names::module(self.name)
    }
}

/// The fields of a model's table: those it inherits, in the order of the parents, then its own. A field of its own that
/// has the name of an inherited one is that one.
fn fields(schema: &Schema, id: ModelId, depth: usize) -> Vec<(FieldRef, &Field)> {
    let model = schema.model(id);
    let mut all: Vec<(FieldRef, &Field)> = Vec::new();
    if depth <= schema.models.len() {
        for &parent in &model.inherits {
            for (at, field) in fields(schema, parent, depth + 1) {
                if !all.iter().any(|(_, other)| other.name == field.name) {
                    all.push((at, field));
                }
            }
        }
    }
    for (index, field) in model.fields.iter().enumerate() {
        let at = FieldRef {
            model: id,
            field: FieldId(index),
        };
        match all.iter_mut().find(|(_, other)| other.name == field.name) {
            Some(inherited) => *inherited = (at, field),
            None => all.push((at, field)),
        }
    }
    all
}

fn is_key(model: &Model, id: ModelId, at: FieldRef) -> bool {
    at.model == id
        && model
            .primary_key
            .as_ref()
            .is_some_and(|key| key.fields.contains(&at.field))
}

fn insert<'a>(schema: &'a Schema, id: ModelId, at: FieldRef, field: &'a Field) -> Insert<'a> {
    if field.maintained_by.is_some() || field.generated.is_some() {
        return Insert::Never;
    }
    match field.sequence {
        Some(Sequence::IdentityAlways) => return Insert::Never,
        Some(Sequence::IdentityByDefault | Sequence::Serial) => return Insert::OrNext,
        None => {}
    }
    let model = schema.model(id);
    let reference = model
        .foreign_keys
        .iter()
        .any(|reference| at.model == id && reference.fields.contains(&at.field));
    let uuid = matches!(
        field.ty.base,
        BaseType::Builtin(crate::schema::Builtin::Uuid)
    );
    if at.model == id && types::is_own_key(schema, at) && uuid && !reference {
        return Insert::NewId;
    }
    let default = (field.default.as_ref()).or_else(|| default_of_type(schema, &field.ty));
    let nullable = field.nullable && !is_key(model, id, at);
    match (default, nullable) {
        (None, false) => Insert::Required,
        (None, true) => Insert::OrNull,
        (Some(default), false) => Insert::OrDefault(default),
        (Some(default), true) => Insert::NullOrDefault(default),
    }
}

/// The default of a domain, or of the domain that it is made of: PostgreSQL hands it on.
fn default_of_type<'a>(schema: &'a Schema, ty: &'a crate::schema::Type) -> Option<&'a Default> {
    let mut ty = ty;
    // No more often than there are domains: a circle of them is refused, and this ends all the same.
    for _ in &schema.domains {
        match &ty.base {
            BaseType::Domain(id) if ty.dimensions == 0 => {
                let domain = schema.domain(*id);
                if domain.default.is_some() {
                    return domain.default.as_ref();
                }
                ty = &domain.base;
            }
            _ => break,
        }
    }
    None
}

/// What a patch cannot change in a model.
#[derive(Debug, Default)]
struct Frozen {
    update: bool,
    delete: bool,
    columns: Vec<FieldId>,
}

impl Frozen {
    fn of(links: &Links<'_>, id: ModelId) -> Self {
        let mut frozen = <Self as std::default::Default>::default();
        for trigger in links.triggers(id) {
            match &trigger.kind {
                TriggerKind::Ledger(ledger) if ledger.on == id => {
                    frozen.update = true;
                    frozen.delete = true;
                }
                TriggerKind::Immutable(immutable) if immutable.on == id => {
                    let update = immutable.deny.contains(&Event::Update);
                    if !immutable.columns.is_empty() {
                        frozen.columns.extend(&immutable.columns);
                    } else {
                        frozen.update |= update;
                    }
                    frozen.delete |= immutable.deny.contains(&Event::Delete);
                }
                // Set on every update, whatever a patch says.
                TriggerKind::Touch(touch) => frozen.columns.extend(
                    touch
                        .on
                        .iter()
                        .filter(|column| column.model == id)
                        .map(|column| column.field),
                ),
                _ => {}
            }
        }
        frozen
    }
}
