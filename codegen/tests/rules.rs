//! A spec for each rule that breaks it, with what the author is told.
//!
//! `rules/<code>_<case>.toml` breaks the rule `<code>`; the snapshot beside it is the whole report. Read it as the
//! author of the spec would, before it is accepted.

#![allow(clippy::unwrap_used, reason = "an assertion of the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgwright_codegen::source::Source;
use pgwright_codegen::verify::write_graph;
use pgwright_codegen::{compile, diag};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

/// Names of the files with an ending, without it.
fn names(ending: &str) -> BTreeSet<String> {
    std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}

#[test]
fn each_broken_rule_is_reported_where_it_is_broken() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    for name in names(".toml") {
        let file = format!("{name}.toml");
        let text = std::fs::read_to_string(folder().join(&file)).unwrap();
        let source = Source::new(&file, text);
        let compilation = compile(&source);
        let code = name.split('_').next().unwrap();
        assert!(
            compilation
                .diagnostics
                .iter()
                .any(|found| found.code == code),
            "{file} breaks no rule `{code}`: {:?}",
            compilation.diagnostics
        );
        let has_error = compilation
            .diagnostics
            .iter()
            .any(diag::Diagnostic::is_error);
        assert_eq!(compilation.schema.is_none(), has_error, "{file}");
        insta::assert_snapshot!(
            name.as_str(),
            diag::render(&source, &compilation.diagnostics, false)
        );
    }
}

#[test]
fn every_snapshot_has_its_spec() {
    let orphans: Vec<String> = names(".snap")
        .difference(&names(".toml"))
        .cloned()
        .collect();
    assert_eq!(orphans, Vec::<String>::new(), "remove these snapshots");
}

#[test]
fn models_that_write_come_before_those_they_write() {
    let spec = r#"
version = 1

[models.User.fields]
id = { type = "uuid", primary_key = true }
size = { type = "bigint", default = 0 }

[models.Alone.fields]
id = { type = "uuid", primary_key = true }

[models.Folder.fields]
id = { type = "uuid", primary_key = true }
user_id = { type = "uuid", references = "User" }
parent_id = { type = "uuid?", references = "Folder" }
size = { type = "bigint", default = 0 }
folders = { type = "bigint", default = 0 }

[models.File.fields]
id = { type = "uuid", primary_key = true }
folder_id = { type = "uuid", references = "Folder" }
bytes = "bigint"

[triggers.folder_size]
kind = "sum"
sum = "bytes"
of = "File"
by = "folder_id"
into = "Folder.size"

[triggers.user_size]
kind = "sum"
sum = "size"
of = "Folder"
by = "user_id"
into = "User.size"

[triggers.folder_folders]
kind = "counter"
count = "Folder"
by = "parent_id"
into = "Folder.folders"
"#;
    let compilation = compile(&Source::new("schema.toml", spec));
    assert_eq!(compilation.diagnostics, []);
    let schema = compilation.schema.unwrap();
    let order: Vec<&str> = write_graph::lock_order(&schema)
        .into_iter()
        .map(|id| schema.model(id).name.as_str())
        .collect();
    assert_eq!(order, ["Alone", "File", "Folder", "User"]);
}
