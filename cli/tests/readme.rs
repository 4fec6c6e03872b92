//! The README's promises that a test can keep.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use clap::Parser;
use pgwright_cli::args::Args;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// The contents of the code blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_string())
        .collect()
}

#[test]
fn the_first_shell_block_of_the_readme_is_two_commands() {
    let blocks = blocks(&read("README.md"), "sh");
    assert_eq!(blocks[0], "cargo xtask demo\ncargo xtask test\n");
}

#[test]
fn every_command_that_the_documents_name_is_one() {
    let mut commands = 0;
    for name in ["README.md", "CONTRIBUTING.md"] {
        let text = read(name);
        // In code blocks a command ends with its line or a comment, elsewhere with the backtick.
        for rest in text.split("cargo xtask ").skip(1) {
            let end = rest.find(['`', '\n', '#']).unwrap_or(rest.len());
            let words = rest[..end].split_whitespace().filter(|word| *word != "…");
            let parsed = Args::try_parse_from(std::iter::once("pgwright").chain(words));
            assert!(
                parsed.is_ok(),
                "{name}: `cargo xtask {}`: {}",
                &rest[..end],
                parsed.unwrap_err()
            );
            commands += 1;
        }
    }
    assert!(commands > 10, "the documents name no commands any more");
}

#[test]
fn every_file_that_the_documents_link_to_is_there() {
    for name in ["README.md", "CONTRIBUTING.md"] {
        for rest in read(name).split("](").skip(1) {
            let target = rest.split(')').next().unwrap();
            if !target.starts_with("http") {
                assert!(root().join(target).exists(), "{name} links to `{target}`");
            }
        }
    }
}

#[test]
fn the_error_that_the_readme_shows_is_what_the_compiler_says() {
    let spec = "version = 1\n\n[models.Dataset.fields]\nid   = { type = \"uuid\", primary_key = true }\n\
                size = { type = \"bigin\" }\n";
    let source = pgwright_codegen::source::Source::new("schema.toml", spec);
    let diagnostics = pgwright_codegen::compile(&source).diagnostics;
    let said = pgwright_codegen::diag::render(&source, &diagnostics, false);
    let trimmed: Vec<&str> = said.lines().map(str::trim_end).collect();
    assert_eq!(
        blocks(&read("README.md"), "text")[0].trim_end(),
        trimmed.join("\n")
    );
}

#[test]
fn the_spec_that_the_readme_shows_compiles_without_a_word() {
    let source =
        pgwright_codegen::source::Source::new("README.md", &blocks(&read("README.md"), "toml")[0]);
    let compiled = pgwright_codegen::compile(&source);
    assert!(
        compiled.schema.is_some() && compiled.diagnostics.is_empty(),
        "{:#?}",
        compiled.diagnostics
    );
}
