//! `check`: a live database against the spec.

mod report;

use super::spec::Spec;
use super::{Failure, Outcome, live};
use crate::args::Check;
use crate::inspect::{self, Probe};
use crate::testing::{Database, quoted};
use crate::ui::Progress;
use pgwright_codegen::ident::QualifiedName;
use pgwright_codegen::schema::Schema;
use pgwright_codegen::sql::Sql;
use report::Report;
use sqlx::{Connection, Executor, PgConnection};

pub(super) fn run(args: &Check) -> Result<Outcome, Failure> {
    let spec = Spec::read(&args.place)?;
    spec.show_diagnostics();
    let Some(schema) = &spec.schema else {
        if args.json {
            println!("{:#}", Report::default().json(&spec));
        }
        return Ok(Outcome::Bad);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(look(args, &spec, schema))?;
    if args.json {
        println!("{:#}", report.json(&spec));
    } else {
        report.show(&spec);
    }
    Ok(if report.is_good() {
        Outcome::Good
    } else {
        Outcome::Bad
    })
}

async fn look(args: &Check, spec: &Spec, schema: &Schema) -> Result<Report, Failure> {
    let _progress = Progress::start("looking at the database");
    // The database is dropped before the server may stop.
    let cluster = live::cluster(args.reference.as_deref(), &inspect::roles(schema)).await?;
    let database = cluster.database("").await?;
    let mut report = Report {
        is_linted: add_linter(&database).await,
        ..Report::default()
    };
    let mut reference = database.connect().await?;
    let ddl = pgwright_codegen::ddl::schema_sql(schema);
    report.refusals = inspect::load(&mut reference, &spec.source, &ddl).await?;
    if !report.refusals.is_empty() {
        // What does not load cannot be compared with.
        return Ok(report);
    }
    let mut live = match &args.url {
        Some(url) => live::connect(url).await?,
        None => database.connect().await?,
    };
    report.look_at_server(&mut live, args.url.is_none()).await?;
    let default_schema = schema.default_schema.as_str();
    report.looked = inspect::compare(&mut live, &mut reference, default_schema).await?;
    let search_path = search_path(schema);
    for probe in probes(schema) {
        match inspect::drift(&mut live, &probe, &search_path).await {
            Ok(columns) => report.maintained.extend(columns),
            Err(error) => report.failed.push(error.to_string()),
        }
    }
    Ok(report)
}

/// What the maintained columns of each table are looked at with.
fn probes(schema: &Schema) -> Vec<Probe> {
    let all = pgwright_codegen::triggers::maintained(schema);
    all.into_iter()
        .map(|maintained| {
            let model = schema.model(maintained.model);
            let names = maintained
                .columns
                .iter()
                .map(|field| model.field(*field).name.as_str());
            Probe {
                table: rendered(&model.table),
                columns: names.map(String::from).collect(),
                drift: maintained.drift.into_string(),
                repair: maintained
                    .repair_function
                    .map(|function| format!("SELECT {}()", rendered(&function))),
            }
        })
        .collect()
}

fn rendered(name: &QualifiedName) -> String {
    let mut sql = Sql::new();
    sql.push(name);
    sql.into_string()
}

/// Where the author's SQL finds what it names, as `schema.sql` has it.
fn search_path(schema: &Schema) -> String {
    let mut names: Vec<String> = schema
        .schemas
        .iter()
        .map(|name| quoted(name.as_str()))
        .collect();
    names.push("public".to_string());
    names.dedup();
    names.join(", ")
}

/// Gives a new database plpgsql_check, where the server has it and lets it in: it finds more in bodies of functions than
/// the server itself. Says whether it did; without it the rest is still looked at.
async fn add_linter(database: &Database) -> bool {
    let Ok(mut connection) = PgConnection::connect_with(&database.admin_options()).await else {
        return false;
    };
    let made = connection
        .execute("CREATE EXTENSION IF NOT EXISTS plpgsql_check")
        .await;
    let _ = connection.close().await;
    made.is_ok()
}
