//! Loading the spec into an empty database: every fragment of raw SQL is tried by PostgreSQL itself.

use super::{Error, bodies, locate};
use crate::script;
use crate::testing::place;
use pgwright_codegen::diag::Diagnostic;
use pgwright_codegen::schema::Schema;
use pgwright_codegen::source::Source;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

/// Something of the spec that the server does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It stands in the spec.
    Spec(Diagnostic),
    /// It was made from the spec and is not found in it.
    Generated(String),
}

/// Every role that the spec's grants and policies name.
#[must_use]
pub fn roles(schema: &Schema) -> Vec<String> {
    let mut roles: Vec<String> = schema
        .models
        .iter()
        .flat_map(|model| {
            let granted = model.grants.iter().map(|grant| &grant.role);
            let policed = model.policies.iter().flat_map(|policy| &policy.to);
            granted.chain(policed)
        })
        .map(|role| role.as_str().to_string())
        .filter(|role| role != "public" && !role.starts_with("current_") && role != "session_user")
        .collect();
    roles.sort();
    roles.dedup();
    roles
}

/// Loads the DDL of a spec into an empty database and has the bodies of its functions checked. An empty answer means
/// that PostgreSQL takes all of it.
///
/// # Errors
/// When the server cannot be asked.
pub async fn load(
    connection: &mut PgConnection,
    source: &Source,
    ddl: &str,
) -> Result<Vec<Refusal>, Error> {
    let refusals = load_only(connection, source, ddl).await?;
    if !refusals.is_empty() {
        return Ok(refusals);
    }
    bodies::check(connection, source).await
}

/// Loads the DDL of a spec into an empty database. An empty answer means that PostgreSQL takes all of it.
///
/// # Errors
/// When the server cannot be asked.
pub async fn load_only(
    connection: &mut PgConnection,
    source: &Source,
    ddl: &str,
) -> Result<Vec<Refusal>, Error> {
    let mut refusals = Vec::new();
    let mut in_transaction = false;
    let statements = script::statements(ddl);
    let mut taken = 0;
    for (number, statement) in statements.iter().enumerate() {
        if number < taken {
            continue;
        }
        let is = |word: &str| statement.text.eq_ignore_ascii_case(word);
        if is("COMMIT") && !refusals.is_empty() {
            break;
        }
        if in_transaction && !is("COMMIT") {
            run(connection, "SAVEPOINT before_statement").await?;
        }
        let done = connection
            .execute(AssertSqlSafe(statement.text.to_string()))
            .await;
        in_transaction = (in_transaction || is("BEGIN")) && !is("COMMIT");
        let Err(error) = done else {
            if is("BEGIN") {
                let rest = &statements[number + 1..];
                taken = number + 1 + at_once(connection, ddl, rest).await?;
            }
            continue;
        };
        let Some(said) = error
            .as_database_error()
            .and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        else {
            return Err(Error::doing("load the spec into a new database")(error));
        };
        // After the first error only those count that do not follow from it.
        if refusals.is_empty() || !MISSES_AN_OBJECT.contains(&said.code()) {
            let offset = offset(said, statement.text);
            let message = place(&error, ddl, statement.start);
            refusals.push(refusal(source, said, statement.text, offset, message));
        }
        if !in_transaction {
            break;
        }
        run(connection, "ROLLBACK TO SAVEPOINT before_statement").await?;
    }
    Ok(refusals)
}

/// Sends what a transaction holds as one message: asking twice for each statement of a thousand tables takes longer than
/// making them. Answers how many statements were taken: all of them, or none, to be tried one by one.
async fn at_once(
    connection: &mut PgConnection,
    ddl: &str,
    rest: &[script::Statement<'_>],
) -> Result<usize, Error> {
    let is_end = |one: &script::Statement<'_>| one.text.eq_ignore_ascii_case("COMMIT");
    let Some(count) = rest.iter().position(is_end) else {
        return Ok(0);
    };
    run(connection, "SAVEPOINT before_all").await?;
    let text = &ddl[rest[0].start..rest[count].start];
    match connection.execute(AssertSqlSafe(text.to_string())).await {
        Ok(_) => Ok(count),
        Err(error) if error.as_database_error().is_some() => {
            run(connection, "ROLLBACK TO SAVEPOINT before_all").await?;
            Ok(0)
        }
        Err(error) => Err(Error::doing("load the spec into a new database")(error)),
    }
}

/// No such table, column, type or schema.
const MISSES_AN_OBJECT: [&str; 4] = ["42P01", "42703", "42704", "3F000"];

async fn run(connection: &mut PgConnection, sql: &'static str) -> Result<(), Error> {
    let done = connection.execute(sql).await.map(drop);
    done.map_err(Error::doing("load the spec into a new database"))
}

/// What to say of an error: at its place in the spec where that is known.
fn refusal(
    source: &Source,
    said: &PgDatabaseError,
    statement: &str,
    offset: Option<usize>,
    message: String,
) -> Refusal {
    let Some(span) = locate::locate(source, statement, offset) else {
        return Refusal::Generated(message);
    };
    let text = format!("PostgreSQL refuses this: {}", said.message());
    let mut diagnostic = Diagnostic::error("live-sql", text, span);
    let more: Vec<&str> = [said.detail(), said.hint()].into_iter().flatten().collect();
    if !more.is_empty() {
        diagnostic = diagnostic.help(more.join("; "));
    }
    Refusal::Spec(diagnostic)
}

/// The byte of the statement that the server names.
fn offset(said: &PgDatabaseError, statement: &str) -> Option<usize> {
    match said.position()? {
        sqlx::postgres::PgErrorPosition::Original(position) => Some(
            statement
                .chars()
                .take(position.saturating_sub(1))
                .map(char::len_utf8)
                .sum(),
        ),
        sqlx::postgres::PgErrorPosition::Internal { .. } => None,
    }
}
