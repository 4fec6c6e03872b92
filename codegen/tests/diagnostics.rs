//! Every mistake of `diagnostics/*.toml` is found where it stands, with help that says what to write.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

use std::fs;
use std::path::{Path, PathBuf};

use pgwright_codegen::compile;
use pgwright_codegen::diag::render;
use pgwright_codegen::source::Source;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

fn names(extension: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(extension)?.to_owned()))
        .collect();
    names.sort();
    names
}

#[test]
fn the_mistakes_of_each_spec_are_reported() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in names(".toml") {
            let text = fs::read(folder().join(format!("{name}.toml"))).unwrap();
            let source = Source::from_bytes(format!("{name}.toml"), &text);
            let compilation = compile(&source);
            assert!(compilation.schema.is_none(), "{name} has no mistake");
            for found in &compilation.diagnostics {
                let place = source.position(found.primary.span.start).line;
                assert!(
                    found.help.is_some(),
                    "{name}:{place} has no help: {}",
                    found.message
                );
                assert!(!found.message.ends_with('.'), "{}", found.message);
                assert!(
                    !found.message.starts_with(char::is_uppercase),
                    "{}",
                    found.message
                );
            }
            let again = compile(&source);
            assert_eq!(compilation, again, "{name} is not the same twice");
            insta::assert_snapshot!(name, render(&source, &compilation.diagnostics, false));
        }
    });
}

#[test]
fn no_snapshot_is_left_without_its_spec() {
    assert_eq!(names(".snap"), names(".toml"));
}

fn report(bytes: &[u8]) -> String {
    let source = Source::from_bytes("schema.toml", bytes);
    render(&source, &compile(&source).diagnostics, false)
}

#[test]
fn bytes_that_are_no_text_are_an_error_with_a_place() {
    insta::assert_snapshot!(report(b"version = 1\n# \xff\xfe\n"), @r"
    error[not-utf8]: the file is not UTF-8
     --> schema.toml:2:3
      |
    2 | # ��
      |   ^ no character
      |
      = help: save the file as UTF-8
    ");
    insta::assert_snapshot!(report(b"version = 1\n[database]\nname = \"a\\u0000b\"\n"), @r#"
    error[nul]: no text of PostgreSQL can hold a NUL character
     --> schema.toml:3:8
      |
    3 | name = "a\u0000b"
      |        ^^^^^^^^^^
      |
      = help: remove `\u0000`
    "#);
    insta::assert_snapshot!(report(b"version = 1\n\0\n"), @r"
    error[nul]: the file holds a NUL character
     --> schema.toml:2:1
      |
    2 | ␀
      | ^
      |
      = help: remove it; perhaps the file is not a text, or saved as UTF-16
    ");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_read() {
    let spec = "\u{feff}version = 1\r\n[models.A.fields]\r\nid = { type = \"uuid\", primary_key = true }\r\n";
    assert_eq!(report(spec.as_bytes()), "");
    let spec =
        "version = 1\r\n[models.A.fields]\r\nid = { type = \"uid\", primary_key = true }\r\n";
    insta::assert_snapshot!(report(spec.as_bytes()), @r#"
    error[type]: there is no type `uid`
     --> schema.toml:3:16
      |
    3 | id = { type = "uid", primary_key = true }
      |                ^^^
      |
      = help: did you mean `uuid`?
    "#);
}

#[test]
fn inline_tables_over_several_lines_are_read() {
    let spec =
        "version = 1\n[models.A.fields]\nid = {\n  type = \"uuid\",\n  primary_key = true,\n}\n";
    assert_eq!(report(spec.as_bytes()), "");
}
