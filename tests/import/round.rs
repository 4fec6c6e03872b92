//! The way around: a database, its spec, the database that the spec makes.

use pgwright_cli::inspect;
use pgwright_cli::testing::{self, Cluster, Database};
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::introspect::{self, Catalog, Imported};
use pgwright_codegen::source::Source;
use sqlx::{ConnectOptions, PgConnection};

use crate::dump;

/// A database with this SQL in it, loaded by a superuser: real dumps make extensions and name roles.
pub(crate) async fn database(sql: &str) -> Database {
    let database = testing::database("").await.unwrap();
    let mut connection = database.admin_options().connect().await.unwrap();
    load(&mut connection, sql).await.unwrap();
    database
}

/// What stands in a transaction at once, all else statement by statement: some refuse to run beside others.
async fn load(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    let source = Source::new("nothing.toml", "");
    let refusals = inspect::load_only(connection, &source, sql)
        .await
        .map_err(|error| error.to_string())?;
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(format!("{refusals:#?}"))
    }
}

pub(crate) async fn catalog(database: &Database) -> (Catalog, String) {
    let mut connection = database.admin_options().connect().await.unwrap();
    let schema = inspect::main_schema(&mut connection).await.unwrap();
    let catalog = inspect::read(&mut connection, &schema).await.unwrap();
    (catalog, schema)
}

/// The spec of a database.
pub(crate) async fn import(database: &Database) -> Imported {
    let (catalog, schema) = catalog(database).await;
    introspect::import(&catalog, "imported", &schema).unwrap()
}

/// Imports a database, makes another one of the spec, and says what is not the same.
pub(crate) async fn round(database: &Database) -> Result<Imported, String> {
    let (found, schema) = catalog(database).await;
    let imported =
        introspect::import(&found, "imported", &schema).map_err(|error| error.to_string())?;
    let source = Source::new("schema.toml", imported.text.as_str());
    let Some(compiled) = pgwright_codegen::compile(&source).schema else {
        return Err("the spec does not compile".to_owned());
    };
    let made = testing::database("")
        .await
        .map_err(|error| error.to_string())?;
    let mut connection = made
        .admin_options()
        .connect()
        .await
        .map_err(|error| error.to_string())?;
    load(&mut connection, &schema_sql(&compiled))
        .await
        .map_err(|error| format!("the spec does not load: {error}\n{}", imported.text))?;
    let again = inspect::read(&mut connection, &schema)
        .await
        .map_err(|error| error.to_string())?;
    let differences = introspect::lost(&again, &found);
    if !differences.is_empty() {
        return Err(format!("{differences:#?}"));
    }
    dump::compare(database, &made).await?;
    let second =
        introspect::import(&again, "imported", &schema).map_err(|error| error.to_string())?;
    if second.models != imported.models {
        return Err("the second import has other models than the first".to_owned());
    }
    Ok(imported)
}

/// Roles that SQL names, made where they are missing.
pub(crate) async fn roles(names: &[&str]) {
    for name in names {
        Cluster::shared()
            .await
            .unwrap()
            .ensure_role(name)
            .await
            .unwrap();
    }
}
