//! Reading a spec.

use super::Failure;
use crate::args::Place;
use crate::manifest;
use crate::project::Project;
use pgwright_codegen::diag::{self, Diagnostic};
use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;
use serde_json::{Value, json};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A spec that was read.
pub(super) struct Spec {
    /// Its file.
    pub(super) path: PathBuf,
    /// Its text.
    pub(super) source: Source,
    /// What it says, unless it has errors.
    pub(super) schema: Option<Schema>,
    /// What is wrong with it.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Spec {
    /// Reads and compiles the spec.
    pub(super) fn read(place: &Place) -> Result<Self, Failure> {
        let path = find(&place.spec)?;
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        let source = Source::from_bytes(path.to_string_lossy(), &bytes);
        let compiled = pgwright_codegen::compile(&source);
        Ok(Self {
            path,
            source,
            schema: compiled.schema,
            diagnostics: compiled.diagnostics,
        })
    }

    /// The folder of the generated files, unless another is named.
    pub(super) fn generated(&self) -> Result<PathBuf, Failure> {
        beside(&self.path)
    }

    /// Shows what is wrong with the spec, on standard error.
    pub(super) fn show_diagnostics(&self) {
        self.show(&self.diagnostics);
    }

    /// Shows what is wrong at places of the spec, on standard error.
    pub(super) fn show(&self, diagnostics: &[Diagnostic]) {
        if !diagnostics.is_empty() {
            // Colours are taken out again where they cannot be shown.
            anstream::eprintln!(
                "{}",
                diag::render(&self.source, diagnostics, true).trim_end()
            );
        }
    }

    /// Diagnostics for a program: lines and columns from 1.
    pub(super) fn json(&self, diagnostics: &[Diagnostic]) -> Vec<Value> {
        let place = |offset| {
            let position = self.source.position(offset);
            json!({ "line": position.line, "column": position.column })
        };
        diagnostics
            .iter()
            .map(|diagnostic| {
                json!({
                    "severity": if diagnostic.is_error() { "error" } else { "warning" },
                    "code": diagnostic.code,
                    "message": diagnostic.message,
                    "label": diagnostic.primary.text,
                    "start": place(diagnostic.primary.span.start),
                    "end": place(diagnostic.primary.span.end),
                    "help": diagnostic.help,
                })
            })
            .collect()
    }
}

/// The folder of the generated files of a spec, which need not be there.
pub(super) fn generated(place: &Place) -> Result<PathBuf, Failure> {
    beside(&find(&place.spec)?)
}

/// `generated`, beside the spec; or what the Cargo.toml beside it says, if the spec has the name that all have unless they
/// are named.
fn beside(spec: &Path) -> Result<PathBuf, Failure> {
    let folder = spec.parent().unwrap_or(Path::new(""));
    let set = match spec.file_name() {
        Some(name) if name == "schema.toml" => manifest::settings(folder)?.out,
        _ => None,
    };
    Ok(folder.join(set.unwrap_or_else(|| PathBuf::from("generated"))))
}

/// The file that was named; a plain name that is not in this folder is looked for in the project's root.
fn find(spec: &Path) -> Result<PathBuf, Failure> {
    if spec.exists() || spec.components().count() != 1 {
        return Ok(spec.to_path_buf());
    }
    let in_root = Project::here()?.root.join(spec);
    Ok(if in_root.exists() {
        in_root
    } else {
        spec.to_path_buf()
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let help = match error.kind() {
        ErrorKind::NotFound => "write one, or name it with `--spec FILE`",
        ErrorKind::IsADirectory => "name the file with `--spec FILE`",
        ErrorKind::PermissionDenied => "make it readable for you",
        _ => "mend that, or name another with `--spec FILE`",
    };
    Failure::from(format!(
        "cannot read the spec `{}`: {error}\nhelp: {help}",
        path.display()
    ))
}
