//! A database for a case of the corpus.

use pgwright_cli::testing::{self, Database};
use pgwright_codegen::ddl::schema_sql;

use crate::cases::{self, Case};

/// A database with the case's DDL. What stands behind the transaction makes indexes, which no statement needs.
pub(crate) async fn load(case: &Case) -> Database {
    let sql = schema_sql(&case.schema);
    let (inside, _) = sql.split_once("\nCOMMIT;\n").unwrap();
    testing::database(&format!("{inside}\nCOMMIT;\n"))
        .await
        .unwrap()
}

/// A case of the corpus by its folder's name.
pub(crate) fn case(name: &str) -> Case {
    cases::all()
        .into_iter()
        .find(|case| case.name == name)
        .unwrap()
}
