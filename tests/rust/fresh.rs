//! Generated code that is committed beside its spec (`tests/cases/*/generated/`): what it looks like, and what the tests
//! here compile and run.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::cases::{self, Case};

fn committed(case: &Case) -> Option<BTreeMap<String, String>> {
    let folder = case.path.join("generated");
    folder.is_dir().then(|| {
        let mut files = BTreeMap::new();
        read("", &folder, &mut files);
        files
    })
}

/// The files of a folder and of those in it, by their paths.
fn read(prefix: &str, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            read(&format!("{name}/"), &path, files);
        } else {
            files.insert(name, std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn committed_code_is_what_its_spec_makes() {
    let regenerate = std::env::var_os("REGENERATE").is_some();
    for case in cases::all() {
        let Some(found) = committed(&case) else {
            continue;
        };
        let expected = pgwright_codegen::rust::emit(&case.schema, None);
        if regenerate {
            let folder = case.path.join("generated");
            for stale in found.keys().filter(|name| !expected.contains_key(*name)) {
                std::fs::remove_file(folder.join(stale)).unwrap();
            }
            for (name, text) in &expected {
                crate::write(&folder.join(name), text);
            }
            continue;
        }
        let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            names(&found),
            names(&expected),
            "{}: run `REGENERATE=1 cargo test --test rust fresh` and look at the difference",
            case.name
        );
        for (name, text) in &expected {
            assert!(
                found.get(name) == Some(text),
                "{}/generated/{name} is stale: run `REGENERATE=1 cargo test --test rust fresh` and look at the difference",
                case.name
            );
        }
    }
}

#[test]
fn the_same_spec_makes_the_same_code() {
    for (one, other) in cases::all().iter().zip(&cases::all()) {
        assert_eq!(
            pgwright_codegen::rust::emit(&one.schema, None),
            pgwright_codegen::rust::emit(&other.schema, None)
        );
    }
}

#[test]
fn rustfmt_changes_nothing() {
    if Command::new("rustfmt").arg("--version").output().is_err() {
        eprintln!("rustfmt is not installed: not tried");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formatted");
    for case in cases::all() {
        let folder = folder.join(&case.name);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in pgwright_codegen::rust::emit(&case.schema, None) {
            crate::write(&folder.join(name), &text);
        }
        let output = Command::new("rustfmt")
            .args(["--edition", "2024", "--check"])
            .arg(folder.join("mod.rs"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}: {}{}",
            case.name,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
