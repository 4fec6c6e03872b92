//! What code that was generated for one schema meets on another one.
//!
//! PostgreSQL prepares every statement on both schemas: it refuses what is gone, and says what each column of a result is. What
//! only fails when it runs is read from the two schemas.

use crate::testing::{self, Cluster, Database};
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::rust;
use pgwright_codegen::schema::{Enum, Event, Field, Model, Schema, TriggerKind};
use pgwright_codegen::sql::Sql;
use sqlx::{AssertSqlSafe, Column as _, Executor as _, PgConnection, SqlSafeStr as _};
use sqlx::{Statement as _, TypeInfo as _};

/// A statement that does not run, or not as its code expects.
pub(crate) struct Broken {
    /// Which: the constant of the generated code, or what the code does.
    pub(crate) name: String,
    /// Why.
    pub(crate) error: String,
}

/// A schema in a database of its own.
pub(crate) struct Side<'a> {
    schema: &'a Schema,
    database: Database,
}

impl<'a> Side<'a> {
    pub(crate) async fn load(
        cluster: &Cluster,
        schema: &'a Schema,
    ) -> Result<Self, testing::Error> {
        let database = cluster.database(&schema_sql(schema)).await?;
        Ok(Self { schema, database })
    }
}

/// What of the code of one schema breaks on another one.
///
/// # Errors
/// If the databases cannot be asked.
pub(crate) async fn broken(
    code: &Side<'_>,
    target: &Side<'_>,
) -> Result<Vec<Broken>, testing::Error> {
    let mut at_home = code.database.connect().await?;
    let mut abroad = target.database.connect().await?;
    let mut found = Vec::new();
    for (name, sql) in rust::statements(code.schema) {
        let error = match prepared(&mut abroad, &sql).await {
            Err(error) => error,
            Ok(columns) => {
                // What does not run at home breaks nothing here.
                let expected = prepared(&mut at_home, &sql).await.unwrap_or_default();
                let Some(other) = expected.iter().zip(&columns).find(|(a, b)| a != b) else {
                    continue;
                };
                let ((name, expected), (_, ty)) = other;
                format!("returns `{name}` as {ty}, which the code reads as {expected}")
            }
        };
        found.push(Broken { name, error });
    }
    found.extend(refused(code.schema, target.schema));
    Ok(found)
}

/// The names and types of what a statement returns, or why PostgreSQL does not prepare it.
async fn prepared(
    connection: &mut PgConnection,
    sql: &Sql,
) -> Result<Vec<(String, String)>, String> {
    let statement = connection
        .prepare(AssertSqlSafe(sql.as_str()).into_sql_str())
        .await
        .map_err(|error| {
            error
                .as_database_error()
                .map_or_else(|| error.to_string(), |said| said.message().to_owned())
        })?;
    let columns = statement.columns().iter();
    Ok(columns
        .map(|column| {
            (
                column.name().to_owned(),
                column.type_info().name().to_lowercase(),
            )
        })
        .collect())
}

/// What can be prepared, and is refused when it runs.
fn refused(code: &Schema, target: &Schema) -> Vec<Broken> {
    let mut found = Vec::new();
    for (old, new) in models_of_both(code, target) {
        let mut refuse = |what: &str, error: String| {
            let name = format!("{what} of {}", old.name);
            found.push(Broken { name, error });
        };
        for field in &new.fields {
            match old.field_named(field.name.as_str()) {
                None if wants_value(field) => refuse(
                    "inserts",
                    format!(
                        "leave out {}, which takes no NULL and has no default",
                        field.name
                    ),
                ),
                // The statements of a field that is there name its column, so that no default serves.
                Some(id) if old.field(id).nullable && !field.nullable => refuse(
                    "writes",
                    format!("may say NULL for {}, which takes none", field.name),
                ),
                Some(id) if is_written(old.field(id)) && !is_written(field) => refuse(
                    "writes",
                    format!(
                        "may give {} a value, which the database keeps by itself",
                        field.name
                    ),
                ),
                _ => {}
            }
        }
        if is_immutable(target, new) && !is_immutable(code, old) {
            refuse("updates", "are refused: its rows are immutable".to_owned());
        }
    }
    for (old, new) in enums_of_both(code, target) {
        for label in missing(old, new) {
            found.push(Broken {
                name: format!("writes of {}", old.name),
                error: format!("may say `{label}`, which is no label there"),
            });
        }
    }
    found
}

/// What code does not understand as soon as the code of a later schema has written it: labels that it does not know.
pub(crate) fn unread(code: &Schema, later: &Schema) -> Vec<Broken> {
    enums_of_both(code, later)
        .flat_map(|(old, new)| {
            missing(new, old).map(|label| Broken {
                name: format!("reads of {}", old.name),
                error: format!("do not know the label `{label}`"),
            })
        })
        .collect()
}

fn models_of_both<'a>(
    code: &'a Schema,
    target: &'a Schema,
) -> impl Iterator<Item = (&'a Model, &'a Model)> {
    code.models.iter().filter_map(|old| {
        let mut models = target.models.iter();
        Some((old, models.find(|new| new.table == old.table)?))
    })
}

fn enums_of_both<'a>(
    code: &'a Schema,
    target: &'a Schema,
) -> impl Iterator<Item = (&'a Enum, &'a Enum)> {
    code.enums.iter().filter_map(|old| {
        let mut enums = target.enums.iter();
        Some((old, enums.find(|new| new.ty == old.ty)?))
    })
}

/// The labels of one enum that another one has not.
fn missing<'a>(of: &'a Enum, from: &'a Enum) -> impl Iterator<Item = &'a str> {
    let is_there = |text: &str| from.labels.iter().any(|label| label.text == text);
    let labels = of.labels.iter().map(|label| label.text.as_str());
    labels.filter(move |text| !is_there(text))
}

/// Whether an insert must name the column.
fn wants_value(field: &Field) -> bool {
    !field.nullable && field.default.is_none() && is_written(field) && field.sequence.is_none()
}

/// Whether programs give the column its values.
fn is_written(field: &Field) -> bool {
    field.generated.is_none() && field.maintained_by.is_none()
}

/// Whether no column of a row may change.
fn is_immutable(schema: &Schema, model: &Model) -> bool {
    schema.triggers.iter().any(|trigger| {
        matches!(&trigger.kind, TriggerKind::Immutable(kept)
            if schema.model(kept.on).table == model.table
                && kept.columns.is_empty()
                && kept.deny.contains(&Event::Update))
    })
}
