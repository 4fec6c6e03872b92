//! From a catalog to a spec that a person would have written.
//!
//! The compiler itself judges each draft: what it refuses of an object is written under `[raw]` in the next one, as
//! PostgreSQL's own SQL, until it takes the whole. What cannot even be said there stops the import by name.

mod access;
mod constraints;
mod cut;
mod details;
mod facts;
mod fields;
mod indexes;
mod models;
mod names;
mod objects;
mod offers;
mod partitions;
mod raw;
mod readable;
mod routines;
mod text;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub(super) use self::access::described;
use self::facts::Facts;
pub(super) use self::facts::parents;
use self::names::Names;
use self::raw::Raw;
use self::text::{Entries, Piece, Text};
use super::catalog::{Catalog, Key, Object};
use super::compare::Difference;
use crate::diag::Diagnostic;
use crate::schema::Schema;
use crate::source::Source;
use crate::sql::Sql;

/// A spec made from a catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The text of the spec.
    pub text: String,
    /// What it says.
    pub schema: Schema,
    /// How many models it has.
    pub models: usize,
    /// The objects under `[raw]`, by their keys there.
    pub raw: Vec<String>,
    /// Triggers that could be said in one of the language's own kinds.
    pub offers: usize,
    /// Objects that are not taken over, each with why.
    pub left_out: Vec<String>,
}

/// What a spec can say in no way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// Objects, each with why.
    pub refused: Vec<String>,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the language cannot say {}", self.refused.join("; nor "))
    }
}

impl std::error::Error for ImportError {}

/// What of a database is another than in one that was made from its spec. What the import left out is not counted.
#[must_use]
pub fn lost(made: &Catalog, original: &Catalog) -> Vec<Difference> {
    let left_out: BTreeSet<&Key> = original
        .objects
        .iter()
        .filter(|object| indexes::is_left_behind(object))
        .map(|object| &object.key)
        .collect();
    let mut differences = super::compare(made, original);
    differences.retain(|difference| !left_out.contains(&difference.object));
    differences
}

/// How often a draft may be written again. Each round settles every object that the one before was refused for.
const ROUNDS: usize = 40;

/// Makes a spec of a catalog that was read with `default_schema` as the search path. `name` is the database's.
///
/// # Errors
/// If the database holds something that cannot be said, not even under `[raw]`.
pub fn import(
    catalog: &Catalog,
    name: &str,
    default_schema: &str,
) -> Result<Imported, ImportError> {
    let mut demoted = BTreeSet::new();
    for _ in 0..ROUNDS {
        let draft = Import::new(catalog, default_schema, &demoted).write(name);
        if !draft.refused.is_empty() {
            return Err(ImportError {
                refused: draft.refused,
            });
        }
        let source = Source::new("schema.toml", draft.text.as_str());
        let compiled = crate::compile(&source);
        let mut progress = false;
        let mut refused = Vec::new();
        for error in compiled
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
        {
            match piece(&draft.text, error, &demoted) {
                Ok(piece) => progress |= demoted.insert(piece),
                Err(object) => refused.push(format!("{object}: {}", error.message)),
            }
        }
        if let Some(schema) = compiled.schema {
            return Ok(Imported {
                text: draft.text.as_str().to_owned(),
                schema,
                models: draft.models,
                raw: draft.raw,
                offers: draft.offers,
                left_out: draft.left_out,
            });
        }
        if !progress {
            return Err(ImportError { refused });
        }
    }
    Err(ImportError {
        refused: vec!["this database: its drafts have no end".to_owned()],
    })
}

/// The smallest part around an error that can be said in another way.
fn piece(text: &Text, error: &Diagnostic, demoted: &BTreeSet<Piece>) -> Result<Piece, String> {
    let spans = std::iter::once(&error.primary)
        .chain(&error.secondary)
        .map(|label| &label.span);
    let mut object = "the spec".to_owned();
    for span in spans {
        let mut around: Vec<_> = text
            .marks()
            .iter()
            .filter(|(range, _)| {
                range.start <= span.start && span.start < range.end.max(range.start + 1)
            })
            .collect();
        around.sort_by_key(|(range, _)| range.len());
        // A Rust name that clashes is no reason to give the table up; any other error is none to rename it.
        let renames = matches!(error.code, "rust-name-clash" | "duplicate-name");
        if let Some((_, piece)) = around.iter().find(|(_, piece)| {
            !demoted.contains(piece) && piece.part != "raw" && (piece.part == "name") == renames
        }) {
            return Ok(piece.clone());
        }
        if let Some((_, piece)) = around.first() {
            object = piece.key.to_string();
        }
    }
    Err(object)
}

/// One draft.
struct Draft {
    text: Text,
    models: usize,
    raw: Vec<String>,
    offers: usize,
    left_out: Vec<String>,
    refused: Vec<String>,
}

/// The writing of one draft.
struct Import<'a> {
    catalog: &'a Catalog,
    facts: Facts<'a>,
    demoted: &'a BTreeSet<Piece>,
    default_schema: &'a str,
    /// Rust names of tables.
    models: BTreeMap<(&'a str, &'a str), String>,
    /// Rust names of enums, domains and composite types.
    types: BTreeMap<(&'a str, &'a str), String>,
    /// Keys of functions: by schema and name where that is one function alone.
    functions: BTreeMap<(&'a str, &'a str), String>,
    /// Keys of views.
    views: BTreeMap<(&'a str, &'a str), String>,
    /// Names of relations on the other side that are taken, by model.
    inverses: BTreeSet<(String, String)>,
    /// Rights that a grant of the spec brings: on a schema or a sequence, to a role.
    implied: BTreeSet<(&'static str, String, String)>,
    /// Schemas that something outside of `[raw]` is in.
    schemas: BTreeSet<&'a str>,
    /// Keys of triggers.
    triggers: BTreeMap<Key, String>,
    /// Statements that say more of tables and views.
    details: Vec<(&'a Object, Vec<Sql>)>,
    /// Where those of each stand.
    details_at: BTreeMap<&'a Key, usize>,
    /// Statements that come after every trigger: how many partitions deep, and of which trigger.
    late: Vec<(usize, &'a Object, Sql)>,
    /// Sequences whose column has been seen.
    owned: BTreeSet<Key>,
    comments: Vec<Sql>,
    grants: Vec<Sql>,
    owner_changes: Vec<Sql>,
    raw: Vec<Raw>,
    raw_keys: BTreeSet<String>,
    offers: usize,
    left_out: Vec<String>,
    refused: Vec<String>,
}

impl<'a> Import<'a> {
    fn new(catalog: &'a Catalog, default_schema: &'a str, demoted: &'a BTreeSet<Piece>) -> Self {
        let mut import = Self {
            catalog,
            facts: Facts::new(catalog),
            demoted,
            default_schema,
            models: BTreeMap::new(),
            types: BTreeMap::new(),
            functions: BTreeMap::new(),
            views: BTreeMap::new(),
            inverses: BTreeSet::new(),
            implied: BTreeSet::new(),
            schemas: BTreeSet::new(),
            triggers: BTreeMap::new(),
            details: Vec::new(),
            details_at: BTreeMap::new(),
            late: Vec::new(),
            owned: BTreeSet::new(),
            comments: Vec::new(),
            grants: Vec::new(),
            owner_changes: Vec::new(),
            raw: Vec::new(),
            raw_keys: BTreeSet::new(),
            offers: 0,
            left_out: Vec::new(),
            refused: Vec::new(),
        };
        import.assign_names();
        import
    }

    /// Whether that part of an object was refused in an earlier draft.
    fn is_demoted(&self, object: &Object, part: &'static str) -> bool {
        self.demoted.contains(&Piece::new(&object.key, part))
    }

    fn assign_names(&mut self) {
        let mut names = Names::default();
        for object in &self.catalog.objects {
            let schema =
                Some(object.key.schema.as_str()).filter(|schema| *schema != self.default_schema);
            let suffix = if self.is_demoted(object, "name") {
                "Row"
            } else {
                ""
            };
            match object.key.kind.as_str() {
                "table" if models::is_model(self, object) => {
                    let name = names.take(
                        format!("{}{suffix}", names::model(&object.key.name)),
                        schema,
                    );
                    self.models.insert(facts::path(object), name);
                }
                "enum" | "domain" | "composite type" if types::is_sayable(self, object) => {
                    let name = names.take(
                        format!("{}{suffix}", names::camel(&object.key.name)),
                        schema,
                    );
                    self.types.insert(facts::path(object), name);
                }
                _ => {}
            }
        }
    }

    /// The key `schema`, where it is not the default one.
    fn schema_entry(&mut self, entries: &mut Entries, object: &'a Object) {
        let schema = object.key.schema.as_str();
        self.schemas.insert(schema);
        if schema != self.default_schema {
            entries.text("schema", schema);
        }
    }

    fn write(mut self, name: &str) -> Draft {
        let types = self.write_types();
        let functions = self.write_functions();
        let models = self.write_models();
        let views = self.write_views();
        let triggers = self.write_triggers();
        self.add_rest();
        let mut text = Text::from("version = 1\n\n[database]\n");
        let mut database = Entries::new();
        database.text("name", if name.is_empty() { "app" } else { name });
        if self.default_schema != "public" {
            database.text("schema", self.default_schema);
        }
        let extensions = self.write_extensions();
        if !extensions.is_empty() {
            database.set("extensions", text::strings(extensions));
        }
        text.append(&database.lines());
        for (title, section) in [
            ("types", types),
            ("functions", functions),
            ("models", models),
            ("views", views),
            ("triggers", triggers),
        ] {
            if !section.as_str().is_empty() {
                text.push(&heading(title)).append(&section);
            }
        }
        for object in &self.left_out {
            text.push("\n")
                .push(&text::comment(&format!("Left out: {object}.")));
        }
        let raw = self.write_raw();
        if !raw.as_str().is_empty() {
            text.push(&heading("what nothing else can say"))
                .append(&raw);
        }
        Draft {
            text,
            models: self.models.len(),
            raw: self.raw.iter().map(|raw| raw.key.clone()).collect(),
            offers: self.offers,
            left_out: self.left_out,
            refused: self.refused,
        }
    }
}

fn heading(title: &str) -> String {
    format!(
        "\n# ---- {title} {}\n",
        "-".repeat(90_usize.saturating_sub(title.len()))
    )
}
