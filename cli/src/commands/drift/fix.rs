//! `drift --fix`: the migration that brings a database back to its spec.

use super::super::migrate::new::{bad_name, parts, save, state};
use super::super::migrate::{folder, show_wrong};
use super::super::spec::Spec;
use super::super::{Failure, live};
use crate::args::Drift;
use crate::inspect;
use crate::migrate::history::{History, Part};
use crate::migrate::proof;
use crate::ui::{BAD, DIM, GOOD, HEAD, Progress, own_name};
use pgwright_codegen::diff::Planned;
use pgwright_codegen::introspect::{self, Catalog, Fix, Left};
use pgwright_codegen::plan::{self, Data, Hazard, Plan};
use pgwright_codegen::schema::Schema;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The way back that is asked for.
pub(super) struct Way<'a> {
    pub(super) args: &'a Drift,
    pub(super) spec: &'a Spec,
    pub(super) schema: &'a Schema,
    /// A file of its own, instead of a migration behind the others.
    pub(super) file: Option<&'a Path>,
}

/// What was written, and what stays.
pub(super) struct Written {
    files: Vec<PathBuf>,
    is_migration: bool,
    left: Vec<Left>,
    hazards: Vec<(String, Hazard)>,
}

impl Way<'_> {
    pub(super) async fn write(
        &self,
        found: &Catalog,
        expected: &Catalog,
    ) -> Result<Written, Failure> {
        let drop = self
            .args
            .drop
            .iter()
            .map(|name| name.replace('`', ""))
            .collect();
        let Fix { plan, left } = introspect::fix(found, expected, self.schema, &drop);
        let written = |files, is_migration, plan: &Plan| Written {
            files,
            is_migration,
            left,
            hazards: plan
                .hazards()
                .into_iter()
                .map(|(change, hazard)| (change.to_owned(), hazard.clone()))
                .collect(),
        };
        if plan.is_empty() {
            return Ok(written(Vec::new(), false, &plan));
        }
        self.refuse(&plan)?;
        if self.file.is_none()
            && let Some(files) = self.migration(&plan).await?
        {
            return Ok(written(files, true, &plan));
        }
        // Where there are no migrations there is none to stand behind.
        let beside = self
            .args
            .place
            .spec
            .with_file_name(format!("{}.sql", self.args.name));
        let file = self.file.unwrap_or(&beside);
        write_new(file, &script(&plan, self.schema))?;
        Ok(written(vec![file.to_path_buf()], false, &plan))
    }

    /// Hazards that nobody allowed.
    fn refuse(&self, plan: &Plan) -> Result<(), Failure> {
        let refused = plan.refused(&self.args.allow);
        if refused.is_empty() {
            return Ok(());
        }
        let mut words: Vec<&str> = refused
            .iter()
            .map(|(_, hazard)| hazard.kind.code())
            .collect();
        words.sort_unstable();
        words.dedup();
        let list: Vec<String> = refused
            .iter()
            .map(|(change, hazard)| {
                format!("\n  {change}: {}: {}", hazard.kind.code(), hazard.text)
            })
            .collect();
        Err(Failure::from(format!(
            "nothing was written, since it costs more than was allowed:{}\nhelp: where the tables are small enough or nobody is there: `--allow {}`",
            list.concat(),
            words.join(" --allow ")
        )))
    }

    /// A migration behind the others. It leads from the spec to the spec: a database that has not drifted runs it unharmed,
    /// and that is proven here. Nothing where there are no migrations.
    async fn migration(&self, plan: &Plan) -> Result<Option<Vec<PathBuf>>, Failure> {
        if let Some(why) = bad_name(&self.args.name) {
            return Err(Failure::from(format!(
                "`{}` cannot be the name of a migration: {why}\nhelp: a name as `fix_drift`",
                self.args.name
            )));
        }
        let history = History::read(&folder(self.args.out.as_ref(), &self.args.place)?)?;
        let Some(last) = history.entries.last() else {
            return Ok(None);
        };
        if state(&history, last)? != *self.schema {
            return Err(Failure::from(format!(
                "{} says more than the migrations lead to\nhelp: `{} migrate new NAME` first; or `--fix=FILE` writes a file of its own",
                self.spec.path.display(),
                own_name()
            )));
        }
        let version = history.next_version();
        let planned = Planned {
            plan: plan.clone(),
            back: None,
        };
        let parts = parts(
            &planned,
            None,
            self.schema,
            version,
            &self.args.name,
            &Data::new(),
        );
        self.prove(&history, &parts).await?;
        let folder = history.folder.clone();
        let files = parts
            .iter()
            .map(|part| folder.join(format!("{}.sql", part.stem)))
            .collect();
        save(
            history,
            version,
            &self.args.name,
            parts,
            self.spec.source.text(),
            &[],
        )?;
        Ok(Some(files))
    }

    async fn prove(&self, history: &History, parts: &[Part]) -> Result<(), Failure> {
        let _progress = Progress::start("proving that it harms no other database");
        let roles = inspect::roles(self.schema);
        let cluster = live::cluster(self.args.reference.as_deref(), &roles).await?;
        let before: Vec<Part> = history.parts().cloned().collect();
        let proved = proof::prove(&cluster, &before, parts, None, self.schema).await?;
        let wrong = proved.wrong;
        if wrong.is_empty() {
            return Ok(());
        }
        anstream::eprintln!("{BAD}error{BAD:#}: a database without drift would not be what it was");
        show_wrong(&wrong);
        Err(Failure::from(
            "the migration was not written\nhelp: `--fix=FILE` writes it as a file for this database alone",
        ))
    }
}

/// One file for psql, with each transaction in it.
fn script(plan: &Plan, schema: &Schema) -> String {
    let heading = "What brings one database back to its spec; it may be run again. For psql: `psql -v ON_ERROR_STOP=1 -f`.";
    let mut text = String::new();
    for mut file in plan::files(plan, schema, heading, &Data::new()) {
        // Nobody plans it again: there is nothing to keep statements for.
        file.sql = without_places(&file.sql);
        if file.no_transaction {
            text.push_str(&file.sql);
        } else {
            text.push_str("BEGIN;\n");
            text.push_str(&file.sql);
            text.push_str("COMMIT;\n");
        }
        text.push('\n');
    }
    text
}

fn without_places(sql: &str) -> String {
    let is_mark = |line: &&str| !line.starts_with("-- >>> data of ") && *line != "-- <<< data";
    sql.lines()
        .filter(is_mark)
        .fold(String::new(), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        })
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(|error| {
            Failure::from(format!(
                "cannot write `{}`: {error}\nhelp: name a file that is not there yet, in a folder that is",
                path.display()
            ))
        })?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

impl Written {
    pub(super) fn json(&self) -> serde_json::Value {
        json!({
            "files": self.files,
            "hazards": self.hazards.iter().map(|(change, hazard)| json!({
                "change": change, "hazard": hazard.kind.code(), "text": hazard.text
            })).collect::<Vec<_>>(),
            "left": self.left.iter().map(|left| json!({
                "object": left.object, "why": left.why, "help": left.help
            })).collect::<Vec<_>>(),
        })
    }

    pub(super) fn show(&self) {
        match &self.files[..] {
            [] => anstream::println!(
                "{DIM}nothing was written: nothing of it comes back by itself{DIM:#}"
            ),
            [first, rest @ ..] => {
                let more = match rest.len() {
                    0 => String::new(),
                    count => format!(" and {count} more files"),
                };
                anstream::println!("{GOOD}written{GOOD:#} {}{more}", first.display());
            }
        }
        if !self.hazards.is_empty() {
            anstream::println!("{HEAD}What it costs{HEAD:#}");
        }
        for (change, hazard) in &self.hazards {
            anstream::println!("  {:<16} {change}: {}", hazard.kind.code(), hazard.text);
        }
        for left in &self.left {
            anstream::println!(
                "{BAD}stays{BAD:#}         {}: {}\n  help: {}",
                left.object,
                left.why,
                left.help
            );
        }
        if !self.files.is_empty() {
            let how = if self.is_migration {
                format!("`{} migrate run`", own_name())
            } else {
                "`psql -v ON_ERROR_STOP=1 -f`".to_owned()
            };
            anstream::println!("{DIM}Read it, then apply it: {how}{DIM:#}");
        }
    }
}
