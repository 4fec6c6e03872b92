//! `import`: the spec of a database that is already there.

use super::{Failure, Outcome, live};
use crate::args::Import;
use crate::dump::{self, Columns};
use crate::inspect::{self, Refusal};
use crate::migrate::runner::TABLE;
use crate::ui::{BAD, DIM, GOOD, Progress};
use pgwright_codegen::introspect::{self, Catalog, Difference, Found, Imported};
use pgwright_codegen::source::Source;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::str::FromStr;
use std::thread;

pub(super) fn run(args: &Import) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (catalog, imported, default_schema) = runtime.block_on(read(args))?;
    write(args, &imported.text)?;
    say(&imported);
    if args.no_proof {
        return Ok(Outcome::Good);
    }
    let proof = runtime.block_on(prove(args, &catalog, &imported, &default_schema))?;
    Ok(judge(&proof))
}

async fn read(args: &Import) -> Result<(Catalog, Imported, String), Failure> {
    let _progress = Progress::start("reading the database");
    let mut connection: PgConnection = live::connect(&args.url).await?;
    let (name,): (String,) = sqlx::query_as("SELECT pg_catalog.current_database()::text")
        .fetch_one(&mut connection)
        .await?;
    let default_schema = match &args.schema {
        Some(schema) => schema.clone(),
        None => inspect::main_schema(&mut connection).await?,
    };
    let mut catalog = inspect::read(&mut connection, &default_schema).await?;
    let history = without_history(&mut catalog);
    let mut imported = introspect::import(&catalog, &name, &default_schema).map_err(|error| {
        let list: Vec<String> = error
            .refused
            .iter()
            .map(|object| format!("\n  {object}"))
            .collect();
        Failure::from(format!("this cannot be imported:{}", list.concat()))
    })?;
    imported.left_out.extend(history);
    Ok((catalog, imported, default_schema))
}

/// Takes out the table of the migrations that were applied: whoever applies the first migration of the spec makes another one.
fn without_history(catalog: &mut Catalog) -> Option<String> {
    let before = catalog.objects.len();
    catalog.objects.retain(|object| {
        let key = &object.key;
        ![&key.name, &key.on].contains(&&TABLE.to_owned()) && key.name != format!("{TABLE}_pkey")
    });
    (catalog.objects.len() < before)
        .then(|| format!("table {TABLE}: the migrations that were applied to this database"))
}

/// To a new file, or to standard output.
fn write(args: &Import, text: &str) -> Result<(), Failure> {
    let Some(path) = &args.out else {
        print!("{text}");
        return Ok(());
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        Failure::from(format!(
            "cannot write `{}`: {error}\nhelp: name a file that is not there yet, in a folder that is",
            path.display()
        ))
    })?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

fn say(imported: &Imported) {
    anstream::eprintln!("{DIM}{} models{DIM:#}", imported.models);
    if !imported.raw.is_empty() {
        anstream::eprintln!(
            "{DIM}{} objects under [raw], which the language has no other words for{DIM:#}",
            imported.raw.len()
        );
    }
    for object in &imported.left_out {
        anstream::eprintln!("{BAD}left out{BAD:#} {object}");
    }
    if imported.offers > 0 {
        anstream::eprintln!(
            "{DIM}{} triggers could be said in a kind of the language: see the comments above them{DIM:#}",
            imported.offers
        );
    }
}

/// What the proof found.
struct Proof {
    differences: Vec<Difference>,
    /// How the dumps differ, where both could be made.
    dumps: Option<Vec<String>>,
}

/// Loads the spec into a new database and compares that with the one that was imported: by the catalog, and by pg_dump where
/// there is one of the server's version.
async fn prove(
    args: &Import,
    catalog: &Catalog,
    imported: &Imported,
    default_schema: &str,
) -> Result<Proof, Failure> {
    let _progress = Progress::start("proving the spec");
    // The one database is read while the other is made.
    let installation = dump::at_hand(catalog.version);
    let address = PgConnectOptions::from_str(&args.url).ok();
    let original = installation
        .clone()
        .zip(address)
        .map(|(installation, address)| {
            thread::spawn(move || dump::statements(&installation, &address, Columns::InOrder))
        });
    let source = Source::new("schema.toml", imported.text.as_str());
    // The database is dropped before the server may stop.
    let cluster = live::cluster(args.reference.as_deref(), &roles(catalog)).await?;
    let database = cluster.database("").await?;
    // Who makes extensions and gives objects to others has to be a superuser.
    let mut connection = database.admin_options().connect().await?;
    let ddl = pgwright_codegen::ddl::schema_sql(&imported.schema);
    let refusals = inspect::load_only(&mut connection, &source, &ddl).await?;
    if let Some(first) = refusals.first() {
        let text = match first {
            Refusal::Spec(diagnostic) => &diagnostic.message,
            Refusal::Generated(text) => text,
        };
        return Err(Failure::from(format!(
            "the spec could not be proven, it does not load into a new database: {text}\n\
             help: name a server with the same extensions with `--reference URL`, or leave the proof out with `--no-proof`"
        )));
    }
    let same_version = cluster.version() / 10_000 == catalog.version / 10_000;
    let made = installation
        .filter(|_| same_version)
        .map(|installation| (installation, database.admin_options()))
        .map(|(installation, address)| {
            thread::spawn(move || dump::statements(&installation, &address, Columns::InOrder))
        });
    let again = inspect::read(&mut connection, default_schema).await?;
    let differences = introspect::lost(&again, catalog);
    let joined = |dump: Option<thread::JoinHandle<Option<Vec<String>>>>| dump?.join().ok()?;
    let dumps = joined(original).zip(joined(made));
    Ok(Proof {
        differences,
        dumps: dumps.map(|(original, made)| dump::difference(&original, &made)),
    })
}

fn judge(proof: &Proof) -> Outcome {
    let lines = proof.dumps.as_deref().unwrap_or_default();
    if proof.differences.is_empty() && lines.is_empty() {
        if proof.dumps.is_some() {
            anstream::eprintln!(
                "{GOOD}proven{GOOD:#}: a database made from it has the same catalog, and pg_dump says the same of it"
            );
        } else {
            anstream::eprintln!(
                "{GOOD}proven{GOOD:#}: a database made from it has the same catalog"
            );
            anstream::eprintln!(
                "{DIM}not compared by pg_dump: there is none here for the version of both servers that may read the database{DIM:#}"
            );
        }
        return Outcome::Good;
    }
    for difference in &proof.differences {
        let object = &difference.object;
        match &difference.found {
            Found::Missing => anstream::eprintln!("{BAD}lost{BAD:#}     {object}"),
            Found::Unexpected | Found::Unknown => {
                anstream::eprintln!("{BAD}added{BAD:#}    {object}")
            }
            Found::Different(aspects) | Found::NotInForce(aspects) => {
                anstream::eprintln!("{BAD}changed{BAD:#}  {object}");
                for aspect in aspects {
                    let text =
                        |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".into());
                    anstream::eprintln!(
                        "  {} was {}, becomes {}",
                        aspect.what.replace('_', " "),
                        text(&aspect.expected),
                        text(&aspect.found)
                    );
                }
            }
        }
    }
    if !lines.is_empty() {
        anstream::eprintln!(
            "{BAD}changed{BAD:#}  what pg_dump says, `-` of the database, `+` of one made from the spec:"
        );
    }
    for line in lines {
        anstream::eprintln!("  {}", line.replace('\n', "\n    "));
    }
    anstream::eprintln!("{BAD}error{BAD:#}: a database made from the spec is another one");
    Outcome::Bad
}

/// Every role that the catalog names.
fn roles(catalog: &Catalog) -> Vec<String> {
    let mut roles = BTreeSet::new();
    for object in &catalog.objects {
        roles.extend(object.text("owner").map(str::to_string));
        roles.extend(
            object
                .grants()
                .into_iter()
                .map(|(role, _)| role.to_string()),
        );
        roles.extend(object.texts("roles").into_iter().map(str::to_string));
    }
    let own = |role: &String| role == "public" || role == "(owner)" || role.starts_with("pg_");
    roles.retain(|role| !own(role));
    roles.into_iter().collect()
}
