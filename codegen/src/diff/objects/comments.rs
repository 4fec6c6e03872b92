//! Comments.

use crate::diff::units::{Key, routine};
use crate::diff::{Diff, Stage, described};
use crate::pg::{Comment, CommentObject, DropComment, Statement};
use crate::plan::Phase;

impl Diff<'_> {
    pub(super) fn comments(&mut self) {
        let mut steps: Vec<(usize, String, Statement)> = Vec::new();
        for (key, unit) in &self.old.by_key {
            let Statement::Comment(comment) = &unit.statement else {
                continue;
            };
            if !self.new.by_key.contains_key(key)
                && self.has_object(&comment.on)
                && !self.is_made_again(key, comment)
            {
                steps.push((
                    unit.place,
                    described(key),
                    DropComment(comment.on.clone()).into(),
                ));
            }
        }
        for (key, unit) in &self.new.by_key {
            let Statement::Comment(comment) = &unit.statement else {
                continue;
            };
            let same = self
                .old
                .by_key
                .get(key)
                .is_some_and(|old| old.statement == unit.statement);
            if !same || self.is_made_again(key, comment) {
                steps.push((unit.place, described(key), unit.statement.clone()));
            }
        }
        for (place, what, statement) in steps {
            self.step(Phase::Expand, Stage::Make, place, what, statement);
        }
    }

    /// Whether an object lost its comment as it was made again.
    fn is_made_again(&self, key: &Key, comment: &Comment) -> bool {
        self.touched.remade.contains(key)
            || match &comment.on {
                CommentObject::View(name) | CommentObject::MaterializedView(name) => {
                    self.touched.views.contains(name)
                }
                CommentObject::Routine(name, _) => {
                    self.touched.functions.contains(name.name.as_str())
                }
                CommentObject::Column(table, column) => self
                    .touched
                    .rebuilt
                    .contains(&(table.clone(), column.as_str().to_owned())),
                CommentObject::Table(_) | CommentObject::Type(_) | CommentObject::Domain(_) => {
                    false
                }
            }
    }

    /// Whether the new schema has what a comment is about.
    fn has_object(&self, on: &CommentObject) -> bool {
        let has = |key: Key| self.new.by_key.contains_key(&key);
        match on {
            CommentObject::Table(name) => has(Key::Table(name.clone())),
            CommentObject::Column(table, column) => {
                let models = &self.next.models;
                models.iter().any(|model| {
                    model.table == *table && model.field_named(column.as_str()).is_some()
                })
            }
            CommentObject::Type(name) => {
                has(Key::Enum(name.clone())) || has(Key::Composite(name.clone()))
            }
            CommentObject::Domain(name) => has(Key::Domain(name.clone())),
            CommentObject::View(name) | CommentObject::MaterializedView(name) => {
                has(Key::View(name.clone()))
            }
            CommentObject::Routine(name, _) => self.next.functions.iter().any(|item| {
                item.function == *name
                    && self
                        .before
                        .by_key
                        .contains_key(&routine(name, item.sql.as_str()))
            }),
        }
    }
}
