//! `drift`: what differs between a live database and the spec.

use super::spec::Spec;
use super::{Failure, Outcome, live};
use crate::args::Drift;
use crate::inspect::{self, Refusal};
use crate::ui::{BAD, DIM, GOOD, HEAD, Progress};
use pgwright_codegen::introspect::{self, Aspect, Difference, Found};
use pgwright_codegen::schema::Schema;
use serde_json::json;
use similar::{ChangeTag, TextDiff};

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
    let report = runtime.block_on(look(args, &spec, schema))?;
    if args.json {
        println!("{:#}", report.json());
    } else {
        report.show(&spec);
    }
    Ok(
        if report.drift().count() == 0 && report.settings.is_empty() {
            Outcome::Good
        } else {
            Outcome::Bad
        },
    )
}

async fn look(args: &Drift, spec: &Spec, schema: &Schema) -> Result<Report, Failure> {
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
    Ok(Report {
        database: name,
        versions: (found.version / 10_000, expected.version / 10_000),
        objects: expected.objects.len(),
        differences: introspect::compare(&found, &expected),
        settings,
    })
}

/// What was found.
struct Report {
    database: String,
    /// Of the database's server and of that of the comparison.
    versions: (u32, u32),
    /// How many objects the spec makes.
    objects: usize,
    differences: Vec<Difference>,
    /// Roles and databases with a setting that switches every trigger off.
    settings: Vec<String>,
}

impl Report {
    fn drift(&self) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(|difference| difference.counts())
    }

    fn unknown(&self) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(|difference| !difference.counts())
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "database": self.database,
            "server_version": self.versions.0,
            "reference_version": self.versions.1,
            "drift": self.drift().collect::<Vec<_>>(),
            "settings": self.settings,
            "unknown": self.unknown().map(|difference| &difference.object).collect::<Vec<_>>(),
        })
    }

    fn show(&self, spec: &Spec) {
        anstream::println!(
            "{HEAD}Database `{}`{HEAD:#} {DIM}on PostgreSQL {}{DIM:#}",
            self.database,
            self.versions.0
        );
        for difference in self.drift() {
            let object = &difference.object;
            match &difference.found {
                Found::Missing => anstream::println!("{BAD}missing{BAD:#}       {object}"),
                Found::Unexpected => anstream::println!("{BAD}unexpected{BAD:#}    {object}"),
                Found::NotInForce(aspects) => {
                    anstream::println!("{BAD}not in force{BAD:#}  {object}");
                    show_aspects(aspects);
                }
                Found::Different(aspects) => {
                    anstream::println!("{BAD}different{BAD:#}     {object}");
                    show_aspects(aspects);
                }
                Found::Unknown => {}
            }
        }
        for of in &self.settings {
            anstream::println!(
                "{BAD}not in force{BAD:#}  every trigger: `session_replication_role` is set for {of}"
            );
        }
        let unknown: Vec<String> = self
            .unknown()
            .map(|difference| difference.object.to_string())
            .collect();
        if !unknown.is_empty() {
            anstream::println!("{DIM}not in the spec and left alone:{DIM:#}");
            for object in unknown {
                anstream::println!("  {object}");
            }
        }
        if self.versions.0 != self.versions.1 {
            anstream::eprintln!(
                "note: the comparison was made on PostgreSQL {}, and versions word some definitions differently\n\
                 help: name a server of version {} with `--reference URL`",
                self.versions.1,
                self.versions.0
            );
        }
        let count = self.drift().count() + self.settings.len();
        if count == 0 {
            anstream::println!(
                "{GOOD}no drift{GOOD:#}: `{}` holds the {} objects of {}",
                self.database,
                self.objects,
                spec.path.display()
            );
        } else {
            anstream::eprintln!(
                "{BAD}drift{BAD:#}: {count} {} not as {} says",
                if count == 1 { "thing is" } else { "things are" },
                spec.path.display()
            );
        }
    }
}

fn show_aspects(aspects: &[Aspect]) {
    for Aspect {
        what,
        found,
        expected,
    } in aspects
    {
        let what = what.replace('_', " ");
        match (found, expected) {
            (Some(found), Some(expected)) if found.contains('\n') || expected.contains('\n') => {
                anstream::println!("  {what}, with `-` for the spec and `+` for the database:");
                for change in
                    TextDiff::from_lines(expected.as_str(), found.as_str()).iter_all_changes()
                {
                    let line = change.value().trim_end_matches('\n');
                    match change.tag() {
                        ChangeTag::Delete => anstream::println!("    {GOOD}- {line}{GOOD:#}"),
                        ChangeTag::Insert => anstream::println!("    {BAD}+ {line}{BAD:#}"),
                        ChangeTag::Equal => {}
                    }
                }
            }
            _ => {
                let text = |text: &Option<String>| {
                    text.clone()
                        .map_or_else(|| "nothing".into(), |text| format!("`{text}`"))
                };
                anstream::println!("  {what} is {}, should be {}", text(found), text(expected));
            }
        }
    }
}
