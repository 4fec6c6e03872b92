//! The proof of a migration, before it is written: what it makes of the old schema is the new one, and of its rows too.

use super::history::Part;
use super::snapshot::{self, Line};
use super::{Error, rows, truth};
use crate::dump::{self, Columns};
use crate::said::Said;
use crate::testing::{Cluster, Database};
use pgwright_codegen::ddl::schema_sql;
use pgwright_codegen::diff::{self, Options};
use pgwright_codegen::schema::Schema;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};

/// What was found wrong; nothing means that the migration does what it is for.
pub type Wrong = Vec<String>;

/// What a proof found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// What is wrong.
    pub wrong: Wrong,
    /// What somebody may want to know.
    pub notes: Vec<String>,
}

/// Applies every migration that there is to a new database, puts rows into every table, applies the new migration, and
/// compares with a database that is made of the new spec, by the catalog and by pg_dump where that is at hand. No row is lost,
/// and checks, references and columns that triggers keep are true. With a way back, the same of the old spec.
///
/// Rows that are made up may be what a step says that it fails for (`may-fail`); it is proven without rows then.
///
/// # Errors
/// When the server cannot be asked.
pub async fn prove(
    cluster: &Cluster,
    before: &[Part],
    new: &[Part],
    prev: Option<&Schema>,
    next: &Schema,
) -> Result<Proof, Error> {
    for schema in prev.into_iter().chain([next]) {
        for role in crate::inspect::roles(schema) {
            cluster.ensure_role(&role).await?;
        }
    }
    let again = diff::plan(next, next, &Options::default());
    if !again.is_ok_and(|planned| planned.plan.is_empty()) {
        return Ok(Proof {
            wrong: vec!["planning again finds something to do".to_owned()],
            notes: Vec::new(),
        });
    }
    let way = Way {
        cluster,
        before,
        new,
        prev,
        next,
    };
    let with_rows = way.walk(true).await?;
    let expected = new.iter().any(|part| part.up.contains("-- may-fail: "));
    if with_rows.proof.wrong.is_empty() || !(with_rows.by_rows && expected) {
        return Ok(with_rows.proof);
    }
    let mut without = way.walk(false).await?.proof;
    without.notes.extend(
        with_rows
            .proof
            .wrong
            .iter()
            .map(|why| format!("with rows that were made up, {why}; the step says that it may")),
    );
    Ok(without)
}

struct Way<'a> {
    cluster: &'a Cluster,
    before: &'a [Part],
    new: &'a [Part],
    prev: Option<&'a Schema>,
    next: &'a Schema,
}

#[derive(Default)]
struct Walked {
    proof: Proof,
    /// Whether what is wrong may be the rows' doing.
    by_rows: bool,
}

impl Way<'_> {
    async fn walk(&self, with_rows: bool) -> Result<Walked, Error> {
        let mut walked = Walked::default();
        let database = self.cluster.database("").await?;
        let mut connection = database.connect().await?;
        for part in self.before {
            if let Err(error) = apply(&mut connection, &part.up, part.no_transaction()).await {
                walked.fails(&format!("`{}.sql` fails: {}", part.stem, Said(&error)));
                return Ok(walked);
            }
        }
        // Row security hides rows from their owner too.
        let mut admin = database
            .admin_options()
            .connect()
            .await
            .map_err(Error::doing("connect to the database of the proof"))?;
        if with_rows && !self.before.is_empty() {
            for empty in rows::fill(&mut admin).await? {
                walked.proof.notes.push(format!(
                    "{} was proven without rows: it takes none that were made up ({})",
                    empty.table, empty.why
                ));
            }
        }
        let first = truth::counts(&mut admin).await?;
        for part in self.new {
            if let Err(error) = apply(&mut connection, &part.up, part.no_transaction()).await {
                walked.by_rows = with_rows;
                walked.fails(&format!("`{}.sql` fails: {}", part.stem, Said(&error)));
                return Ok(walked);
            }
        }
        let text = "a new database of the spec";
        let wrong = self
            .compare(&database, &mut connection, self.next, text)
            .await?;
        walked.proof.wrong.extend(wrong);
        if with_rows {
            let wrong = rows_are_true(&mut admin, &first, self.next).await?;
            walked.by_rows = walked.proof.wrong.is_empty();
            walked.proof.wrong.extend(wrong);
        }
        let back = self.new.first().and_then(|part| part.down.as_deref());
        if let (true, Some(back), Some(prev)) = (walked.proof.wrong.is_empty(), back, self.prev) {
            if let Err(error) = apply(&mut connection, back, false).await {
                walked.by_rows = with_rows;
                walked.fails(&format!("the way back fails: {}", Said(&error)));
                return Ok(walked);
            }
            let text = "the database before it, after the way back";
            let wrong = self.compare(&database, &mut connection, prev, text).await?;
            walked.proof.wrong.extend(wrong);
            if with_rows {
                let wrong = rows_are_true(&mut admin, &first, prev).await?;
                let wrong = wrong
                    .into_iter()
                    .map(|why| format!("after the way back, {why}"));
                walked.proof.wrong.extend(wrong);
            }
        }
        Ok(walked)
    }

    async fn compare(
        &self,
        database: &Database,
        migrated: &mut PgConnection,
        schema: &Schema,
        with: &str,
    ) -> Result<Wrong, Error> {
        let fresh = self.cluster.database(&schema_sql(schema)).await?;
        let mut connection = fresh.connect().await?;
        let (found, wanted) = (lines(migrated).await?, lines(&mut connection).await?);
        let _ = connection.close().await;
        let mut differs = snapshot::difference(&found, &wanted);
        if differs.is_empty()
            && let Some(installation) = dump::at_hand(self.cluster.version())
            && let (Some(found), Some(wanted)) = (
                dump::statements(&installation, &database.admin_options(), Columns::AnyOrder),
                dump::statements(&installation, &fresh.admin_options(), Columns::AnyOrder),
            )
        {
            differs.extend(dump::difference(&found, &wanted));
        }
        Ok(differs
            .into_iter()
            .map(|line| format!("compared with {with}: {line}"))
            .collect())
    }
}

impl Walked {
    fn fails(&mut self, why: &str) {
        self.proof.wrong.push(why.to_owned());
    }
}

/// No row is lost, and every rule holds.
async fn rows_are_true(
    connection: &mut PgConnection,
    before: &truth::Counts,
    schema: &Schema,
) -> Result<Wrong, Error> {
    let mut wrong = before.lost(&truth::counts(connection).await?);
    wrong.extend(truth::broken(connection, schema).await?);
    Ok(wrong)
}

async fn lines(connection: &mut PgConnection) -> Result<Vec<Line>, Error> {
    snapshot::read(connection)
        .await
        .map_err(Error::doing("read the catalog"))
}

/// Runs a file as sqlx does: in one message, in a transaction unless it says otherwise.
///
/// # Errors
/// What the server says.
pub async fn apply(
    connection: &mut PgConnection,
    sql: &str,
    no_transaction: bool,
) -> Result<(), sqlx::Error> {
    let sql = AssertSqlSafe(sql.to_owned());
    if no_transaction {
        connection.execute(sql).await.map(drop)
    } else {
        let mut transaction = connection.begin().await?;
        transaction.execute(sql).await?;
        transaction.commit().await
    }
}
