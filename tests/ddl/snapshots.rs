//! The DDL of each case, as text.

use pgwright_codegen::ddl::schema_sql;

use crate::cases;

#[test]
fn the_ddl_of_each_case_is_its_snapshot() {
    // The project's own DDL is committed as `generated/schema.sql`, and kept fresh by `gen --check`.
    for case in cases::all().iter().filter(|case| case.name != "platform") {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case.path);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("schema.sql", schema_sql(&case.schema)));
    }
}

#[test]
fn the_same_spec_makes_the_same_bytes() {
    for (one, other) in cases::all().iter().zip(&cases::all()) {
        assert_eq!(schema_sql(&one.schema), schema_sql(&other.schema));
    }
}

#[test]
fn no_snapshot_is_left_without_its_spec() {
    let folders = std::fs::read_dir(cases::folder()).unwrap();
    for folder in folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
    {
        assert!(
            folder.join("schema.toml").is_file(),
            "{} has no schema.toml: remove the folder",
            folder.display()
        );
    }
}
