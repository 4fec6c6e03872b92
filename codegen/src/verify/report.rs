//! Where the rules put what they find.

use crate::diag::{Diagnostic, Span};
use crate::fragment;
use crate::schema::{FieldId, FieldRef, Model, ModelId, Schema};
use crate::source::Spans;

/// The schema under test, the places of its parts, and what was found.
pub(crate) struct Report<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) spans: &'a Spans,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(schema: &'a Schema, spans: &'a Spans) -> Self {
        Self {
            schema,
            spans,
            diagnostics: Vec::new(),
        }
    }

    /// An error at a path of the spec; it is not reported before it is pushed.
    pub(crate) fn error(
        &self,
        code: &'static str,
        message: impl Into<String>,
        path: &[&str],
    ) -> Diagnostic {
        Diagnostic::error(code, message, self.spans.at(path))
    }

    /// A warning at a path of the spec.
    pub(crate) fn warning(
        &self,
        code: &'static str,
        message: impl Into<String>,
        path: &[&str],
    ) -> Diagnostic {
        Diagnostic::warning(code, message, self.spans.at(path))
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Where a field is written.
    pub(crate) fn field_span(&self, field: FieldRef) -> Span {
        let model = self.schema.model(field.model);
        self.spans.at(&[
            "models",
            &model.name,
            "fields",
            model.field(field.field).name.as_str(),
        ])
    }

    /// Where a key of a field is written, else the field.
    pub(crate) fn key_of_field(&self, model: &Model, field: FieldId, key: &str) -> Span {
        self.spans.at(&[
            "models",
            &model.name,
            "fields",
            model.field(field).name.as_str(),
            key,
        ])
    }

    /// A model's field in the author's words.
    pub(crate) fn path_of(&self, field: FieldRef) -> String {
        format!(
            "{}.{}",
            self.schema.model(field.model).name,
            self.schema.field(field).name
        )
    }

    /// The model of an id, with a lifetime of its own.
    pub(crate) fn model(&self, id: ModelId) -> &'a Model {
        self.schema.model(id)
    }

    /// Whether raw SQL of the spec may make things that nothing else of it names, those of these words among them.
    pub(crate) fn raw_may_bring(&self, words: &[&str]) -> bool {
        self.schema.raw.iter().any(|raw| {
            fragment::brings_unseen(raw.create.as_str())
                || fragment::words(raw.create.as_str())
                    .iter()
                    .any(|word| words.contains(&word.as_str()))
        })
    }

    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
