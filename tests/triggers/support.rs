//! A database made from a spec, and what tests ask of it.

use pgwright_cli::testing::{self, Database};
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;
use pgwright_codegen::triggers;
use sqlx::postgres::{PgConnection, PgDatabaseError};
use sqlx::{AssertSqlSafe, Executor, Row};

/// A database with the DDL of a spec.
pub(crate) struct Base {
    pub(crate) database: Database,
    pub(crate) schema: Schema,
}

/// Compiles the spec and loads it.
pub(crate) async fn base(spec: &str) -> Base {
    let schema = compile(spec);
    let sql = schema_sql(&schema);
    Base {
        database: testing::database(&sql).await.unwrap(),
        schema,
    }
}

/// The spec, resolved.
pub(crate) fn compile(spec: &str) -> Schema {
    let compilation = pgwright_codegen::compile(&Source::new("schema.toml", spec));
    compilation
        .schema
        .unwrap_or_else(|| panic!("{:#?}\n{spec}", compilation.diagnostics))
}

/// The project's own spec.
pub(crate) fn platform() -> &'static str {
    include_str!("../../schema.toml")
}

impl Base {
    pub(crate) async fn connect(&self) -> PgConnection {
        self.database.connect().await.unwrap()
    }

    /// Every maintained value that is not what its definition says.
    pub(crate) async fn drift(&self) -> Vec<String> {
        let mut connection = self.connect().await;
        drift(&mut connection, &self.schema).await
    }

    /// Fails unless every maintained column is true.
    pub(crate) async fn assert_true(&self, after: &str) {
        let wrong = self.drift().await;
        assert!(wrong.is_empty(), "after {after}:\n{}", wrong.join("\n"));
    }
}

pub(crate) async fn drift(connection: &mut PgConnection, schema: &Schema) -> Vec<String> {
    let mut wrong = Vec::new();
    for maintained in triggers::maintained(schema) {
        let rows = connection
            .fetch_all(AssertSqlSafe(maintained.drift.clone().into_string()))
            .await
            .unwrap();
        for row in rows {
            let (key, column): (String, String) = (row.get(0), row.get(1));
            wrong.push(format!(
                "{} of {} {key}",
                column,
                schema.model(maintained.model).name
            ));
        }
    }
    wrong
}

/// Runs statements as one message; fails with the statement.
pub(crate) async fn run(connection: &mut PgConnection, sql: &str) {
    if let Err(error) = connection.execute(AssertSqlSafe(sql.to_owned())).await {
        panic!("{error}\n{sql}");
    }
}

/// The first row of a query as text, columns parted by a blank.
pub(crate) async fn value(connection: &mut PgConnection, sql: &str) -> String {
    let sql = format!(
        "SELECT concat_ws(' ', VARIADIC ARRAY(SELECT v FROM json_each_text(to_json(q)) WITH ORDINALITY AS e (k, v, n) ORDER BY n)) FROM ({sql}) AS q"
    );
    sqlx::query_scalar(AssertSqlSafe(sql.clone()))
        .fetch_one(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}\n{sql}"))
}

/// The fields of an error that clients tell rules apart by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) schema: String,
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) constraint: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        let error = error
            .as_database_error()
            .unwrap_or_else(|| panic!("not an error of the database: {error}"))
            .downcast_ref::<PgDatabaseError>();
        let text = |field: Option<&str>| field.unwrap_or_default().to_owned();
        Self {
            code: error.code().to_owned(),
            schema: text(error.schema()),
            table: text(error.table()),
            column: text(error.column()),
            constraint: text(error.constraint()),
            message: format!(
                "{}\n{}",
                error.message(),
                error.detail().unwrap_or_default()
            )
            .trim()
            .to_owned(),
        }
    }

    /// `code schema.table.column constraint`
    pub(crate) fn fields(&self) -> String {
        format!(
            "{} {}.{}.{} {}",
            self.code, self.schema, self.table, self.column, self.constraint
        )
    }
}

/// Runs statements that must fail, and says how they did.
pub(crate) async fn refused(connection: &mut PgConnection, sql: &str) -> Refusal {
    match connection.execute(AssertSqlSafe(sql.to_owned())).await {
        Ok(_) => panic!("succeeded, and should fail: {sql}"),
        Err(error) => Refusal::of(&error),
    }
}
