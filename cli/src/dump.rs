//! pg_dump as a second judge, which knows nothing of our queries.

use crate::server::find::{self, Installation};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use std::process::Command;

/// Whether the order of a table's columns counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// It does.
    InOrder,
    /// It does not: a migration adds columns at the end.
    AnyOrder,
}

/// The installation of a server's own major version with pg_dump, where there is one on the machine.
#[must_use]
pub fn at_hand(version: u32) -> Option<Installation> {
    find::installed(&|found: &Installation| {
        if found.major() != Some(version / 10_000) {
            return Err("another version".to_owned());
        }
        let program = found.bin.join("pg_dump");
        let runs = Command::new(program).arg("--version").output();
        match runs {
            Ok(output) if output.status.success() => Ok(()),
            _ => Err("no pg_dump".to_owned()),
        }
    })
    .ok()
}

/// The statements of a dump of a database's schema, in an order of their own: that of the objects does not count. Nothing
/// where pg_dump may not read the database.
#[must_use]
pub fn statements(
    installation: &Installation,
    database: &PgConnectOptions,
    columns: Columns,
) -> Option<Vec<String>> {
    let mut url = database.to_url_lossy();
    // Everybody may read the arguments of a program.
    let password = url.password().and_then(|encoded| {
        let mut query = url.clone();
        query.set_query(Some(&format!("p={}", encoded.replace('+', "%2B"))));
        let value = query.query_pairs().next()?.1.into_owned();
        Some(value)
    });
    let _ = url.set_password(None);
    // Parameters of the driver's own are none of libpq's.
    let known: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| {
            matches!(
                &**key,
                "host" | "sslmode" | "sslrootcert" | "sslcert" | "sslkey"
            )
        })
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(known);
    let mut command = Command::new(installation.bin.join("pg_dump"));
    command.args([
        "--schema-only",
        "--no-owner",
        "--no-password",
        // What `migrate` and sqlx keep in it is of the database, not of its schema.
        "--exclude-table=*._sqlx_migrations",
        "--dbname",
        url.as_str(),
    ]);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let output = command.output().ok()?;
    output
        .status
        .success()
        .then(|| normalized(&String::from_utf8_lossy(&output.stdout), columns))
}

/// What stands in the one dump alone, with `-`, and in the other one alone, with `+`.
#[must_use]
pub fn difference(one: &[String], other: &[String]) -> Vec<String> {
    let only = |these: &[String], those: &[String], sign: &str| -> Vec<String> {
        these
            .iter()
            .filter(|statement| those.binary_search(statement).is_err())
            .map(|statement| format!("{sign} {statement}"))
            .collect()
    };
    let mut result = only(one, other, "-");
    result.extend(only(other, one, "+"));
    result
}

fn normalized(dump: &str, columns: Columns) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    for block in dump.split("\n\n") {
        let lines: Vec<&str> = block
            .lines()
            // What `\restrict` says is random.
            .filter(|line| !line.starts_with("--") && !line.starts_with('\\') && !line.is_empty())
            .collect();
        let lines: Vec<String> = lines.into_iter().map(options_sorted).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let statement = lines.join("\n");
        if statement.starts_with("GRANT ") || statement.starts_with("REVOKE ") {
            // The order of rights is that in which they were given.
            statements.extend(statement.lines().map(str::to_owned));
        } else if columns == Columns::AnyOrder
            && statement.starts_with("CREATE ")
            && statement.contains(" TABLE ")
        {
            statements.push(without_order(&lines));
        } else if !statement.is_empty() && !statement.starts_with("SET ") {
            statements.push(statement);
        }
    }
    statements.sort();
    statements.dedup();
    statements
}

/// A line with the storage parameters in it sorted: one that is set anew goes to the end.
fn options_sorted(line: &str) -> String {
    let start = match line.strip_prefix("WITH (") {
        Some(_) => Some("WITH (".len()),
        None => line.find(" WITH (").map(|at| at + " WITH (".len()),
    };
    let options = start.and_then(|start| Some((start, line.get(start..)?.find(')')? + start)));
    let Some((before, inside, after)) = options.and_then(|(start, end)| {
        Some((line.get(..start)?, line.get(start..end)?, line.get(end..)?))
    }) else {
        return line.to_owned();
    };
    let mut options: Vec<&str> = inside.split(", ").collect();
    options.sort_unstable();
    format!("{before}{}{after}", options.join(", "))
}

/// A table with its lines sorted.
fn without_order(lines: &[&str]) -> String {
    let mut inner: Vec<&str> = lines
        .iter()
        .filter(|line| line.starts_with("    "))
        .map(|line| line.trim_end_matches(','))
        .collect();
    inner.sort_unstable();
    let outer = lines
        .iter()
        .copied()
        .filter(|line| !line.starts_with("    "));
    outer.chain(inner).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::Columns;

    fn normalized(dump: &str) -> Vec<String> {
        super::normalized(dump, Columns::AnyOrder)
    }

    #[test]
    fn neither_the_order_of_columns_nor_that_of_objects_counts_and_everything_else_does() {
        let one = "\\restrict x\n\nCREATE TABLE public.t (\n    a integer,\n    b text\n);\n\nCREATE TABLE public.u (\n    a integer\n);\n";
        let other = "\\restrict y\n\nCREATE TABLE public.u (\n    a integer\n);\n\n-- A table\nCREATE TABLE public.t (\n    b text,\n    a integer\n);\n";
        assert_eq!(normalized(one), normalized(other));
        let in_order = |dump: &str| super::normalized(dump, Columns::InOrder);
        assert_ne!(in_order(one), in_order(other));
        let one = "CREATE TABLE t (\n    a integer\n)\nWITH (fillfactor='70', user_catalog_table='true');\n";
        let other = "CREATE TABLE t (\n    a integer\n)\nWITH (user_catalog_table='true', fillfactor='70');\n";
        assert_eq!(normalized(one), normalized(other));
        assert_ne!(normalized(one), normalized(&other.replace("70", "80")));
    }
}
