//! Generated code of every spec of the corpus, in a crate that has `pgwright` and `sqlx` as its only dependencies and
//! denies every warning; and the examples of its documentation, in the same crate.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::cases;

/// The type of the author's own that the corpus names, without a derive of serde: the crate does not depend on it.
const OWN: &str = r#"
#[derive(Clone, Debug)]
struct Settings(pgwright::serde_json::Value);

impl pgwright::serde::Serialize for Settings {
    fn serialize<S: pgwright::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> pgwright::serde::Deserialize<'de> for Settings {
    fn deserialize<D: pgwright::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        pgwright::serde::Deserialize::deserialize(deserializer).map(Self)
    }
}
"#;

const MANIFEST: &str = r#"
[package]
name = "elsewhere"
version = "0.0.0"
edition = "2024"

[dependencies]
pgwright = { path = "PGWRIGHT" }
sqlx = { version = "0.9", default-features = false, features = ["postgres"] }

[workspace]
"#;

/// The examples of a file, each in a function as a doctest is. Those that are only shown are left out.
fn write_examples(text: &str, examples: &mut String) {
    let mut lines = text.lines().map(str::trim_start);
    while let Some(line) = lines.next() {
        if line != "/// ```no_run" {
            continue;
        }
        let number = examples.len();
        writeln!(examples, "fn example_{number}() {{").unwrap();
        for line in lines.by_ref().take_while(|line| *line != "/// ```") {
            let line = line.strip_prefix("/// ").unwrap();
            writeln!(examples, "{}", line.strip_prefix("# ").unwrap_or(line)).unwrap();
        }
        examples.push_str("}\n");
    }
}

#[test]
fn generated_code_compiles_alone_without_a_warning() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("elsewhere");
    let _ = std::fs::remove_dir_all(folder.join("src"));
    let runtime = root.join("runtime").display().to_string();
    std::fs::create_dir_all(folder.join("src")).unwrap();
    std::fs::write(
        folder.join("Cargo.toml"),
        MANIFEST.replace("PGWRIGHT", &runtime.replace('\\', "/")),
    )
    .unwrap();
    // The same versions as here, so that nothing is fetched.
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut library =
        String::from("//! Generated code.\n#![deny(warnings, missing_docs, unreachable_pub)]\n");
    let mut examples = String::new();
    for case in cases::all() {
        let module = folder.join("src").join(&case.name);
        let path = format!("elsewhere::{}", case.name);
        for (name, text) in pgwright_codegen::rust::emit(&case.schema, Some(&path)) {
            write_examples(&text, &mut examples);
            crate::write(&module.join(name), &text);
        }
        // Private, so that unused items would be found.
        writeln!(library, "mod {};", case.name).unwrap();
    }
    library.push_str(OWN);
    library.push_str(
        "extern crate self as elsewhere;\n#[allow(warnings, clippy::all)]\nmod examples;\n",
    );
    assert!(examples.matches("async fn example").count() > 1_000);
    std::fs::write(folder.join("src/examples.rs"), examples).unwrap();
    std::fs::write(folder.join("src/lib.rs"), library).unwrap();
    let clippy = Command::new("cargo-clippy")
        .arg("--version")
        .output()
        .is_ok();
    let output = Command::new(env!("CARGO"))
        .args([
            if clippy { "clippy" } else { "check" },
            "--quiet",
            "--offline",
        ])
        .current_dir(&folder)
        // Kept from run to run: only the first one compiles the dependencies.
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
