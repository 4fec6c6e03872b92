//! `drift`: what differs between a live database and the spec, and the way back.

mod fix;
mod report;

use super::spec::Spec;
use super::{Failure, Outcome, live};
use crate::args::Drift;
use crate::inspect::{self, Refusal};
use crate::ui::Progress;
use fix::Written;
use pgwright_codegen::introspect::{self, Catalog};
use pgwright_codegen::schema::Schema;
use report::Report;

pub(super) fn run(args: &Drift) -> Result<Outcome, Failure> {
    let spec = Spec::read(&args.place)?;
    spec.show_diagnostics();
    let Some(schema) = &spec.schema else {
        // Nothing can be compared with a spec that says nothing for certain.
        return Err(Failure::from(format!(
            "{} has errors\nhelp: mend them first",
            spec.path.display()
        )));
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (report, found, expected) = runtime.block_on(look(args, &spec, schema))?;
    if !args.json {
        report.show(&spec);
    }
    let written: Option<Written> = match &args.fix {
        Some(file) if !report.is_clean() => {
            let way = fix::Way {
                args,
                spec: &spec,
                schema,
                file: file.as_deref(),
            };
            Some(runtime.block_on(way.write(&found, &expected))?)
        }
        _ => None,
    };
    if args.json {
        let mut json = report.json();
        if let (Some(written), Some(object)) = (&written, json.as_object_mut()) {
            object.insert("fix".to_owned(), written.json());
        }
        println!("{json:#}");
    } else if let Some(written) = &written {
        written.show();
    }
    Ok(if report.is_clean() {
        Outcome::Good
    } else {
        Outcome::Bad
    })
}

async fn look(
    args: &Drift,
    spec: &Spec,
    schema: &Schema,
) -> Result<(Report, Catalog, Catalog), Failure> {
    let _progress = Progress::start("comparing the database with the spec");
    let mut connection = live::connect(&args.url).await?;
    // The database is dropped before the server may stop.
    let cluster = live::cluster(args.reference.as_deref(), &inspect::roles(schema)).await?;
    let database = cluster.database("").await?;
    let mut reference = database.connect().await?;
    let ddl = pgwright_codegen::ddl::schema_sql(schema);
    let refusals = inspect::load(&mut reference, &spec.source, &ddl).await?;
    if let Some(first) = refusals.first() {
        let text = match first {
            Refusal::Spec(diagnostic) => &diagnostic.message,
            Refusal::Generated(text) => text,
        };
        return Err(Failure::from(format!(
            "the spec does not load into a new database: {text}\nhelp: `pgwright check` shows where"
        )));
    }
    let default_schema = schema.default_schema.as_str();
    let settings = inspect::replica_roles(&mut connection).await?;
    let found = inspect::read(&mut connection, default_schema).await?;
    let expected = inspect::read(&mut reference, default_schema).await?;
    let (name,): (String,) = sqlx::query_as("SELECT pg_catalog.current_database()::text")
        .fetch_one(&mut connection)
        .await?;
    let report = Report {
        database: name,
        versions: (found.version / 10_000, expected.version / 10_000),
        objects: expected.objects.len(),
        differences: introspect::compare(&found, &expected),
        settings,
    };
    Ok((report, found, expected))
}
