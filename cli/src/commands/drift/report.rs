//! What was found, for people and for programs.

use super::super::spec::Spec;
use crate::ui::{BAD, DIM, GOOD, HEAD};
use pgwright_codegen::introspect::{Aspect, Difference, Found};
use serde_json::json;
use similar::{ChangeTag, TextDiff};

/// Of the JSON, which `docs/drift.md` describes: a key that goes or means something else makes it another one.
const FORMAT: u32 = 1;

/// What was found.
pub(super) struct Report {
    pub(super) database: String,
    /// Of the database's server and of that of the comparison.
    pub(super) versions: (u32, u32),
    /// How many objects the spec makes.
    pub(super) objects: usize,
    pub(super) differences: Vec<Difference>,
    /// Roles and databases with a setting that switches every trigger off.
    pub(super) settings: Vec<String>,
}

impl Report {
    /// Whether the database is as the spec says.
    pub(super) fn is_clean(&self) -> bool {
        self.drift().count() == 0 && self.settings.is_empty()
    }

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

    pub(super) fn json(&self) -> serde_json::Value {
        json!({
            "format": FORMAT,
            "database": self.database,
            "server_version": self.versions.0,
            "reference_version": self.versions.1,
            "drift": self.drift().collect::<Vec<_>>(),
            "settings": self.settings,
            "unknown": self.unknown().map(|difference| &difference.object).collect::<Vec<_>>(),
        })
    }

    pub(super) fn show(&self, spec: &Spec) {
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
