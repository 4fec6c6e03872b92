//! The DDL of each case, as text.

use pgwright_codegen::ddl::schema_sql;

use crate::cases;

#[test]
fn the_ddl_of_each_case_is_its_snapshot() {
    for case in cases::all() {
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
