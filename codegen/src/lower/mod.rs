//! From the spec to the schema: names resolved, defaults filled in.
//!
//! Ids are places in the spec and are known before anything is read, so forward and circular references need no special
//! case. Lowering keeps going after a mistake and leaves out what it could not read.

mod access;
mod context;
mod defaults;
mod features;
mod fields;
mod fragments;
pub mod index_part;
mod indexes;
mod interval;
mod keys;
mod models;
pub mod names;
mod objects;
mod references;
mod renames;
mod storage;
mod triggers;
pub mod types;
mod types_fit;
mod user_types;

pub(crate) use fragments::goes_on_after_column;

use context::{Lowering, assign_ids};

use crate::diag::{Diagnostic, nearest};
use crate::ident::Ident;
use crate::schema::Schema;
use crate::source::Source;
use crate::spec::{Lost, Parsed, Spec};

/// The version of the language that this compiler reads.
pub const VERSION: i64 = 1;

/// The schema that a spec says, as far as it could be resolved, and every mistake that was found on the way. Where
/// there is one, the schema is not whole.
#[must_use]
pub fn lower(parsed: &mut Parsed, source: &Source) -> (Schema, Vec<Diagnostic>) {
    let Parsed {
        spec,
        spans,
        unread,
        ..
    } = parsed;
    let spec: &Spec = spec;
    let (model_ids, type_ids) = assign_ids(spec);
    // The prelude is never called by its default alone.
    let public = Ident::derived(&["public"]);
    let mut cx = Lowering {
        source,
        spec,
        spans,
        diagnostics: Vec::new(),
        schema: Schema {
            name: "app".to_owned(),
            default_schema: public.clone(),
            schemas: vec![public],
            extensions: Vec::new(),
            enums: Vec::new(),
            domains: Vec::new(),
            composites: Vec::new(),
            functions: Vec::new(),
            models: Vec::new(),
            triggers: Vec::new(),
            views: Vec::new(),
            raw: Vec::new(),
        },
        model_ids,
        type_ids,
        type_names: type_names(spec),
        made_by_raw: spec
            .raw
            .iter()
            .flat_map(|map| map.value.iter())
            .filter_map(|(_, item)| item.create.as_ref())
            .flat_map(|text| crate::fragment::created(&text.value))
            .collect(),
        unknown_types: Vec::new(),
        unread,
    };
    version(&mut cx);
    database(&mut cx);
    rust_names(&mut cx);
    renames::check(&mut cx);
    user_types::lower(&mut cx);
    objects::functions(&mut cx);
    models::lower(&mut cx);
    objects::views(&mut cx);
    triggers::lower(&mut cx);
    objects::raw(&mut cx);
    (cx.schema, cx.diagnostics)
}

/// Whether a mistake of this code stays one, whatever else the file may say that could not be read.
#[must_use]
pub fn is_certain(code: &str, lost: Lost) -> bool {
    // The names of types and models stand in the headers of tables.
    if matches!(code, "type" | "unknown-model") {
        return lost == Lost::Keys;
    }
    matches!(
        code,
        "version"
            | "name"
            | "duplicate-name"
            | "duplicate-label"
            | "empty-enum"
            | "label-too-long"
            | "default"
            | "identity"
            | "primary-key-twice"
            | "primary-key-null"
            | "reference-type"
            | "maintained-type"
            | "maintained-null"
            | "float-sum"
    )
}

fn version(cx: &mut Lowering<'_>) {
    if let Some(version) = cx
        .spec
        .version
        .as_ref()
        .filter(|version| version.value != VERSION)
    {
        let diagnostic = Diagnostic::error(
            "version",
            format!("version {} of the language is not known", version.value),
            version.span.clone(),
        )
        .help(format!("write `version = {VERSION}`"));
        cx.report(diagnostic);
    }
}

fn database(cx: &mut Lowering<'_>) {
    let Some(database) = &cx.spec.database else {
        return;
    };
    let database = &database.value;
    if let Some(name) = &database.name {
        cx.ident(name);
        cx.schema.name.clone_from(&name.value);
    }
    if let Some(schema) = &database.schema {
        let name = cx.ident(schema);
        cx.schema.default_schema = name.clone();
        cx.schema.schemas = vec![name];
    }
    for extension in database
        .extensions
        .iter()
        .flat_map(|list| list.value.iter())
    {
        let name = cx.ident(extension);
        if !cx.schema.extensions.contains(&name) {
            cx.schema.extensions.push(name);
        }
    }
}

/// Enums, domains, composites and models become Rust types of one module: no two may have one name.
fn rust_names(cx: &mut Lowering<'_>) {
    let spec = cx.spec;
    let mut all: Vec<(&'static str, &crate::source::Spanned<String>)> = Vec::new();
    all.extend(
        spec.enums
            .iter()
            .flat_map(|map| map.value.iter())
            .map(|(key, _)| ("an enum", key)),
    );
    all.extend(
        spec.domains
            .iter()
            .flat_map(|map| map.value.iter())
            .map(|(key, _)| ("a domain", key)),
    );
    all.extend(
        spec.composites
            .iter()
            .flat_map(|map| map.value.iter())
            .map(|(key, _)| ("a composite type", key)),
    );
    all.extend(
        spec.models
            .iter()
            .flat_map(|map| map.value.iter())
            .map(|(key, _)| ("a model", key)),
    );
    let mut seen = std::collections::BTreeMap::new();
    for (what, key) in all {
        match seen.get(key.value.as_str()) {
            None => {
                seen.insert(key.value.as_str(), (what, key.span.clone()));
            }
            Some((first_what, first)) => {
                let diagnostic = Diagnostic::error(
                    "duplicate-name",
                    format!("`{}` is the name of {what} and of {first_what}", key.value),
                    key.span.clone(),
                )
                .label(format!("{what} of that name"))
                .also(first.clone(), format!("{first_what} of that name"))
                .help(
                    "give one of them another name; the name in PostgreSQL can be set on its own",
                );
                cx.diagnostics.push(diagnostic);
            }
        }
    }
}

/// Types of the spec by their Rust names, with their names in PostgreSQL.
fn type_names(spec: &Spec) -> Vec<(String, String)> {
    let mut known = Vec::new();
    let mut add = |rust: &str, name: Option<&crate::source::Spanned<String>>| {
        let name = name.map_or_else(|| names::snake_case(rust), |name| name.value.clone());
        known.push((rust.to_owned(), name));
    };
    for (rust, item) in spec.enums.iter().flat_map(|map| map.value.iter()) {
        add(&rust.value, item.ty.as_ref());
    }
    for (rust, item) in spec.domains.iter().flat_map(|map| map.value.iter()) {
        add(&rust.value, item.name.as_ref());
    }
    for (rust, item) in spec.composites.iter().flat_map(|map| map.value.iter()) {
        add(&rust.value, item.ty.as_ref());
    }
    known
}

/// `did you mean`, or a list of what there is.
fn did_you_mean(word: &str, known: &[&str], otherwise: impl FnOnce() -> String) -> String {
    nearest(word, known.iter().copied())
        .map_or_else(otherwise, |near| format!("did you mean `{near}`?"))
}
