//! What every part of lowering shares: the spec, the names in it, and where mistakes go.

use std::collections::BTreeMap;

use super::names;
use crate::diag::{Diagnostic, Span, nearest};
use crate::ident::{Ident, QualifiedName};
use crate::schema::{
    BaseType, Builtin, CompositeId, DomainId, EnumId, Field, FieldId, FieldRef, Model, ModelId,
    Schema, Type,
};
use crate::source::{Source, Spanned, Spans};
use crate::spec::Spec;

/// The state of lowering. Ids are places in the spec, so every name can be resolved before any body is read.
pub(super) struct Lowering<'a> {
    pub(super) source: &'a Source,
    pub(super) spec: &'a Spec,
    pub(super) spans: &'a mut Spans,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What is made; its lists grow in the order of the stages.
    pub(super) schema: Schema,
    pub(super) model_ids: BTreeMap<String, ModelId>,
    /// Enums, domains and composites by their Rust names.
    pub(super) type_ids: BTreeMap<String, BaseType>,
    /// The same names with those in PostgreSQL, for suggestions.
    pub(super) type_names: Vec<(String, String)>,
    /// Names of what raw SQL makes: types among them.
    pub(super) made_by_raw: Vec<String>,
    /// Keys whose value could not be read.
    pub(super) unread: &'a [(Vec<String>, Span)],
    /// Fields whose type could not be read: nothing is said about how they fit.
    pub(super) unknown_types: Vec<FieldRef>,
}

impl Lowering<'_> {
    /// Records a mistake.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// A name of the database as the author wrote it.
    pub(super) fn ident(&mut self, text: &Spanned<String>) -> Ident {
        match Ident::new(text.value.as_str()) {
            Ok(name) => name,
            Err(error) => {
                self.report(
                    Diagnostic::error("name", error.to_string(), text.span.clone()).help(format!(
                        "write a name of 1 to {} bytes",
                        crate::ident::MAX_BYTES
                    )),
                );
                Ident::derived(&[&text.value])
            }
        }
    }

    /// A name that the author set, or the one that the rule makes.
    pub(super) fn ident_or(
        &mut self,
        text: Option<&Spanned<String>>,
        derived: impl FnOnce() -> Ident,
    ) -> Ident {
        text.map_or_else(derived, |text| self.ident(text))
    }

    /// The PostgreSQL schema that the author named, or the default one. New ones are remembered.
    pub(super) fn schema_or_default(&mut self, schema: Option<&Spanned<String>>) -> Ident {
        let Some(schema) = schema else {
            return self.schema.default_schema.clone();
        };
        let name = self.ident(schema);
        if !self.schema.schemas.contains(&name) {
            self.schema.schemas.push(name.clone());
        }
        name
    }

    /// The name of a type of the spec: set by the author, or the Rust name in snake case.
    pub(super) fn type_name(
        &mut self,
        rust: &str,
        name: Option<&Spanned<String>>,
        schema: Option<&Spanned<String>>,
    ) -> QualifiedName {
        let name = self.ident_or(name, || Ident::derived(&[&names::snake_case(rust)]));
        QualifiedName::new(self.schema_or_default(schema), name)
    }

    /// The model of a name.
    pub(super) fn model(&mut self, name: &Spanned<String>) -> Option<ModelId> {
        let found = self.model_ids.get(&name.value).copied();
        if found.is_none() {
            self.unknown_model(&name.value, name.span.clone());
        }
        found
    }

    /// Reports a model that is not there.
    pub(super) fn unknown_model(&mut self, name: &str, span: Span) {
        let near = nearest(name, self.model_ids.keys().map(String::as_str)).map(str::to_owned);
        // A reader of SQL writes the table's name.
        let by_table = self
            .schema
            .models
            .iter()
            .find(|model| model.table.name.as_str() == name)
            .map(|model| model.name.clone());
        let help = by_table.or(near).map_or_else(
            || format!("write it under `[models.{name}]`, or name one that is there"),
            |near| format!("did you mean `{near}`?"),
        );
        self.report(
            Diagnostic::error("unknown-model", format!("there is no model `{name}`"), span)
                .label("unknown model")
                .help(help),
        );
    }

    /// The field of a model.
    pub(super) fn field(&mut self, model: ModelId, name: &Spanned<String>) -> Option<FieldId> {
        self.field_at(model, &name.value, name.span.clone())
    }

    /// The field of a model, reported at a place of its own if it is not there.
    pub(super) fn field_at(&mut self, model: ModelId, name: &str, span: Span) -> Option<FieldId> {
        let target = self.schema.model(model);
        if let Some(field) = target.field_named(name) {
            return Some(field);
        }
        let help = match nearest(name, target.fields.iter().map(|field| field.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None if target.fields.len() <= 12 => {
                let list: Vec<_> = target
                    .fields
                    .iter()
                    .map(|field| format!("`{}`", field.name))
                    .collect();
                format!("its fields are {}", list.join(", "))
            }
            None => format!("write it under `[models.{}.fields]`", target.name),
        };
        let message = format!("the model `{}` has no field `{name}`", target.name);
        self.report(
            Diagnostic::error("unknown-field", message, span)
                .label("unknown field")
                .help(help),
        );
        None
    }

    /// Fields of a model; those that are not there are reported and left out.
    pub(super) fn fields(&mut self, model: ModelId, names: &[Spanned<String>]) -> Vec<FieldId> {
        let mut fields = Vec::with_capacity(names.len());
        for name in names {
            let Some(field) = self.field(model, name) else {
                continue;
            };
            if fields.contains(&field) {
                self.report(
                    Diagnostic::error(
                        "duplicate",
                        format!("`{}` stands here twice", name.value),
                        name.span.clone(),
                    )
                    .help("remove one of them"),
                );
            } else {
                fields.push(field);
            }
        }
        fields
    }

    /// Fields where at least one has to stand.
    pub(super) fn some_fields(
        &mut self,
        model: ModelId,
        names: Option<&Spanned<Vec<Spanned<String>>>>,
    ) -> Option<Vec<FieldId>> {
        let names = names?;
        if names.value.is_empty() {
            self.empty_list(&names.span);
        }
        let fields = self.fields(model, &names.value);
        (fields.len() == names.value.len() && !fields.is_empty()).then_some(fields)
    }

    /// Whether a mistake within the span was reported when it was read.
    pub(super) fn is_unread(&self, span: &Span) -> bool {
        self.unread
            .iter()
            .any(|(_, unread)| unread.start >= span.start && unread.end <= span.end)
    }

    /// Whether a mistake below the path was reported when it was read.
    pub(super) fn is_unread_below(&self, path: &[&str]) -> bool {
        self.unread.iter().any(|(unread, _)| {
            unread.len() >= path.len() && unread.iter().zip(path).all(|(one, other)| one == other)
        })
    }

    /// Reports a list that is empty, unless what stood in it could not be read.
    pub(super) fn empty(&mut self, span: &Span, message: &str, help: &str) {
        if !self.is_unread(span) {
            self.report(Diagnostic::error("empty-list", message, span.clone()).help(help));
        }
    }

    /// Reports a list of columns without one.
    pub(super) fn empty_list(&mut self, span: &Span) {
        self.empty(
            span,
            "at least one column has to stand here",
            "write the name of a field: `[\"name\"]`",
        );
    }

    /// `Model.field`.
    pub(super) fn field_path(&mut self, path: &Spanned<String>) -> Option<FieldRef> {
        let Some((model_name, field_name)) = path.value.rsplit_once('.') else {
            let near = match self.model_ids.contains_key(&path.value) {
                true => format!("write the field too: `{}.field`", path.value),
                false => "write a model and its field: `Model.field`".to_owned(),
            };
            self.report(
                Diagnostic::error(
                    "field-path",
                    format!("`{}` is not a model and a field", path.value),
                    path.span.clone(),
                )
                .help(near),
            );
            return None;
        };
        let at = |range| self.source.inside(&path.span, &path.value, range);
        let model_span = at(0..model_name.len());
        let field_span = at(model_name.len() + 1..path.value.len());
        let model = self.model(&Spanned::new(model_name.to_owned(), model_span))?;
        let field = self.field(model, &Spanned::new(field_name.to_owned(), field_span))?;
        Some(FieldRef { model, field })
    }

    /// The model of an id.
    pub(super) fn the_model(&mut self, id: ModelId) -> &mut Model {
        &mut self.schema.models[id.0]
    }

    /// The field of a reference.
    pub(super) fn the_field(&self, field: FieldRef) -> &Field {
        self.schema.field(field)
    }

    /// Whether the type of a field could be read.
    pub(super) fn is_known(&self, field: FieldRef) -> bool {
        !self.unknown_types.contains(&field)
    }

    /// The type below a domain, or the type itself.
    pub(super) fn base_type<'t>(&'t self, ty: &'t Type) -> &'t Type {
        let mut ty = ty;
        // Domains over domains end, since a domain that is not made yet cannot be used; the bound guards a circle.
        for _ in 0..=self.schema.domains.len() {
            match &ty.base {
                BaseType::Domain(domain) if ty.dimensions == 0 => {
                    match self.schema.domains.get(domain.0) {
                        Some(domain) => ty = &domain.base,
                        None => return ty,
                    }
                }
                _ => return ty,
            }
        }
        ty
    }

    /// The built-in type of a field that is no array, below its domain.
    pub(super) fn builtin(&self, field: FieldRef) -> Option<&Builtin> {
        match self.base_type(&self.the_field(field).ty) {
            Type {
                base: BaseType::Builtin(builtin),
                dimensions: 0,
            } => Some(builtin),
            _ => None,
        }
    }

    /// The path of a model for [`Spans`].
    pub(super) fn model_span(&self, model: ModelId, rest: &[&str]) -> Span {
        let name = self.schema.model(model).name.clone();
        let mut path = vec!["models", name.as_str()];
        path.extend(rest);
        self.spans.at(&path)
    }

    /// Remembers where a constraint or an index of a model was written.
    pub(super) fn named(&mut self, model: ModelId, name: &Ident, span: Span) {
        let model = self.schema.model(model).name.clone();
        self.spans.insert_named(&model, name.as_str(), span);
    }
}

/// The names of everything that has an id.
pub(super) fn assign_ids(spec: &Spec) -> (BTreeMap<String, ModelId>, BTreeMap<String, BaseType>) {
    let mut types = BTreeMap::new();
    let enums = spec.enums.iter().flat_map(|map| map.value.iter());
    let domains = spec.domains.iter().flat_map(|map| map.value.iter());
    let composites = spec.composites.iter().flat_map(|map| map.value.iter());
    for (index, (name, _)) in enums.enumerate() {
        types.insert(name.value.clone(), BaseType::Enum(EnumId(index)));
    }
    for (index, (name, _)) in domains.enumerate() {
        types
            .entry(name.value.clone())
            .or_insert(BaseType::Domain(DomainId(index)));
    }
    for (index, (name, _)) in composites.enumerate() {
        types
            .entry(name.value.clone())
            .or_insert(BaseType::Composite(CompositeId(index)));
    }
    let models = spec.models.iter().flat_map(|map| map.value.iter());
    let models = models
        .enumerate()
        .map(|(index, (name, _))| (name.value.clone(), ModelId(index)))
        .collect();
    (models, types)
}
