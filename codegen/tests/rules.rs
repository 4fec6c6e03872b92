//! A spec for each rule that breaks it, with what the author is told.
//!
//! `rules/<code>_<case>.toml` breaks the rule `<code>`; the snapshot beside it is the whole report. Read it as the
//! author of the spec would, before it is accepted.

#![allow(clippy::unwrap_used, reason = "an assertion of the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgwright_codegen::source::Source;
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
