//! The generated Rust as text: fresh, formatted, compiling alone in any crate, and every statement of it prepared on a real
//! PostgreSQL.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

#[path = "../ddl/cases.rs"]
mod cases;
mod compiles;
mod database;
mod fresh;
mod prepares;

/// Writes a file, and makes the folder that it is in.
fn write(path: &std::path::Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
