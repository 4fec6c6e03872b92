//! Objects under `[raw]`: PostgreSQL's own SQL, with what removes it.

use super::super::catalog::Object;
use super::Import;
use super::text::{self, Entries, Piece, Text};
use crate::sql::Sql;

/// One object under `[raw]`.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) key: String,
    create: String,
    drop: Option<String>,
    after: Vec<String>,
    piece: Piece,
}

impl Raw {
    /// The kind of the object that it makes.
    pub(super) fn kind(&self) -> &str {
        &self.piece.key.kind
    }
}

impl<'a> Import<'a> {
    /// Adds an object. The key gets a number where it is taken.
    pub(super) fn add_raw(
        &mut self,
        object: &Object,
        create: Sql,
        drop: Option<Sql>,
        after: Vec<String>,
    ) {
        let key = format!("{} {}", object.key.kind, object.key.name);
        let key = match object.key.on.as_str() {
            "" => key,
            on => format!("{key} of {on}"),
        };
        self.add_raw_as(&key, object, create, drop, after);
    }

    /// Adds an object with a key of the caller's choice.
    pub(super) fn add_raw_as(
        &mut self,
        key: &str,
        object: &Object,
        create: Sql,
        drop: Option<Sql>,
        after: Vec<String>,
    ) {
        let key: String = key
            .chars()
            .map(|char| if char.is_alphanumeric() { char } else { '_' })
            .collect();
        let mut own = key.clone();
        let mut number = 2_usize;
        while !self.raw_keys.insert(own.clone()) {
            own = format!("{key}_{number}");
            number += 1;
        }
        self.raw.push(Raw {
            key: own,
            create: create.into_string(),
            drop: drop.map(Sql::into_string),
            after,
            piece: Piece::new(&object.key, "raw"),
        });
    }

    /// Stops the import.
    pub(super) fn refuse(&mut self, object: &Object, why: &str) {
        self.refused.push(format!("{}: {why}", object.key));
    }

    pub(super) fn write_raw(&self) -> Text {
        let mut text = Text::new();
        for raw in &self.raw {
            let mut entries = Entries::new();
            entries.set("create", text::sql(&raw.create));
            if let Some(drop) = &raw.drop {
                entries.set("drop", text::sql(drop));
            }
            if !raw.after.is_empty() {
                entries.set("after", text::strings(raw.after.iter().map(String::as_str)));
            }
            let mut block = Text::from(format!("\n[raw.{}]\n", text::bare(&raw.key)));
            block.append(&entries.lines());
            text.append(&block.marked(raw.piece.clone()));
        }
        text
    }

    /// The key of a table's model for `after`.
    pub(super) fn after_table(&self, schema: &str, table: &str) -> Vec<String> {
        let model = self.models.get(&(schema, table));
        model
            .map(|model| format!("models.{model}"))
            .into_iter()
            .collect()
    }
}
