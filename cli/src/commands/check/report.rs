//! What `check` found, for people and for programs.

use crate::commands::Failure;
use crate::commands::spec::Spec;
use crate::inspect::{Column, Looked, Refusal, State};
use crate::ui::{BAD, DIM, GOOD, HEAD, Table};
use pgwright_codegen::diag::Diagnostic;
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// What of the spec PostgreSQL does not take.
    pub(super) refusals: Vec<Refusal>,
    /// Objects of the database.
    pub(super) looked: Vec<Looked>,
    /// Maintained columns.
    pub(super) maintained: Vec<Column>,
    /// Whether plpgsql_check has looked at the functions' bodies.
    pub(super) is_linted: bool,
    /// What could not be looked at.
    pub(super) failed: Vec<String>,
    /// The database.
    pub(super) database: String,
    /// The server's version.
    pub(super) version: String,
    /// Whether the database was made for this look.
    pub(super) is_new: bool,
}

impl Report {
    /// Notes which database is looked at.
    pub(super) async fn look_at_server(
        &mut self,
        live: &mut PgConnection,
        is_new: bool,
    ) -> Result<(), Failure> {
        (self.database, self.version) = sqlx::query_as(
            "SELECT pg_catalog.current_database()::text, pg_catalog.current_setting('server_version')",
        )
        .fetch_one(live)
        .await?;
        self.is_new = is_new;
        Ok(())
    }

    /// Whether the database keeps what the spec promises.
    pub(super) fn is_good(&self) -> bool {
        self.refusals.is_empty()
            && self.failed.is_empty()
            && self.bad().count() == 0
            && self.wrong().count() == 0
    }

    fn bad(&self) -> impl Iterator<Item = &Looked> {
        self.looked
            .iter()
            .filter(|looked| looked.state != State::InForce)
    }

    fn wrong(&self) -> impl Iterator<Item = &Column> {
        self.maintained.iter().filter(|column| column.wrong > 0)
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        let of_spec = self.refusals.iter().filter_map(|refusal| match refusal {
            Refusal::Spec(diagnostic) => Some(diagnostic.clone()),
            Refusal::Generated(_) => None,
        });
        of_spec.collect()
    }

    fn messages(&self) -> Vec<&str> {
        let generated = self.refusals.iter().filter_map(|refusal| match refusal {
            Refusal::Generated(message) => Some(&**message),
            Refusal::Spec(_) => None,
        });
        generated
            .chain(self.failed.iter().map(|text| &**text))
            .collect()
    }

    /// Tables to standard output, mistakes to standard error.
    pub(super) fn show(&self, spec: &Spec) {
        if !self.looked.is_empty() {
            self.show_tables();
        }
        spec.show(&self.diagnostics());
        for message in self.messages() {
            anstream::eprintln!("{BAD}error{BAD:#}: {message}");
        }
        for column in self.wrong() {
            anstream::eprintln!(
                "{BAD}error{BAD:#}: `{}.{}` is wrong in {} of {} rows",
                column.table,
                column.column,
                column.wrong,
                column.rows
            );
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".into());
            for example in &column.examples {
                anstream::eprintln!(
                    "  row {} holds {}, should hold {}",
                    text(&example.key),
                    text(&example.found),
                    text(&example.expected)
                );
            }
        }
        let mut repairs: Vec<&str> = self
            .wrong()
            .filter_map(|column| column.repair.as_deref())
            .collect();
        repairs.dedup();
        for repair in repairs {
            anstream::eprintln!("help: repair with `{repair}`");
        }
        if self.is_good() {
            anstream::println!(
                "{GOOD}good{GOOD:#}: `{}` keeps what {} promises",
                self.database,
                spec.path.display()
            );
        } else {
            let what =
                self.refusals.len() + self.failed.len() + self.bad().count() + self.wrong().count();
            anstream::eprintln!(
                "{BAD}error{BAD:#}: {what} {} not as {} says",
                if what == 1 { "thing is" } else { "things are" },
                spec.path.display()
            );
        }
    }

    fn show_tables(&self) {
        let new = if self.is_new {
            ", made for this look"
        } else {
            ""
        };
        anstream::println!(
            "{HEAD}Database `{}`{HEAD:#} {DIM}on PostgreSQL {}{new}{DIM:#}",
            self.database,
            self.version
        );
        let mut triggers = Table::new(["trigger", "on", "calls", "state"]);
        for looked in self.looked.iter().filter(|looked| looked.kind == "trigger") {
            triggers.row([
                looked.name.clone(),
                looked.on.clone(),
                looked.calls.clone(),
                state(&looked.state),
            ]);
        }
        if !triggers.is_empty() {
            anstream::println!("\n{}", triggers.render().trim_end());
        }
        let mut others = Table::new(["also looked at", "in force", "not"]);
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for looked in self.looked.iter().filter(|looked| looked.kind != "trigger") {
            let (good, bad) = counts.entry(&looked.kind).or_default();
            match looked.state {
                State::InForce => *good += 1,
                _ => *bad += 1,
            }
        }
        for (kind, (good, bad)) in counts {
            others.row([kind.to_string(), good.to_string(), bad.to_string()]);
        }
        anstream::println!("\n{}", others.render().trim_end());
        let mut bad = Table::new(["what", "on", "state"]);
        for looked in self.bad().filter(|looked| looked.kind != "trigger") {
            bad.row([looked.name.clone(), looked.on.clone(), state(&looked.state)]);
        }
        if !bad.is_empty() {
            anstream::println!("\n{}", bad.render().trim_end());
        }
        let linter = if self.is_linted {
            "PostgreSQL and plpgsql_check"
        } else {
            "PostgreSQL alone: plpgsql_check is not there"
        };
        anstream::println!("  {DIM}bodies of functions looked at by {linter}{DIM:#}");
        let mut maintained = Table::new(["maintained column", "of", "rows", "wrong"]);
        for column in &self.maintained {
            maintained.row([
                column.column.clone(),
                column.table.clone(),
                column.rows.to_string(),
                column.wrong.to_string(),
            ]);
        }
        if !maintained.is_empty() {
            anstream::println!("\n{}", maintained.render().trim_end());
        }
        anstream::println!();
    }

    /// The whole for a program.
    pub(super) fn json(&self, spec: &Spec) -> Value {
        let mut diagnostics = spec.json(&spec.diagnostics);
        diagnostics.extend(spec.json(&self.diagnostics()));
        json!({
            "good": spec.schema.is_some() && self.is_good(),
            "database": self.database,
            "server": self.version,
            "plpgsql_check": self.is_linted,
            "objects": self.looked,
            "maintained": self.maintained,
            "diagnostics": diagnostics,
            "errors": self.messages(),
        })
    }
}

fn state(state: &State) -> String {
    match state {
        State::InForce => format!("{GOOD}in force{GOOD:#}"),
        State::Missing => format!("{BAD}missing{BAD:#}"),
        State::Different(why) => format!("{BAD}different{BAD:#}: {why}"),
        State::NotInForce(why) => format!("{BAD}not in force{BAD:#}: {why}"),
        State::Unknown => format!("{BAD}not in the spec{BAD:#}"),
    }
}
