//! Tables: what is said of them beside their columns.

use super::super::import::parents;
use super::{
    Aspect, Fixer, Object, Place, definition, exclusive, ident, keyword, may_fail, own_name, plain,
    regclass,
};
use crate::ident::QualifiedName;
use crate::plan::{Hazard, HazardKind, Lock, Phase};
use crate::sql;
use crate::sql::Sql;

impl Fixer<'_> {
    pub(super) fn table(&mut self, object: &Object, aspects: &[&Aspect]) {
        let name = own_name(&object.key);
        for aspect in aspects {
            let action: Sql = match aspect.what.as_str() {
                "row_security" => sql!(
                    "{verb} ROW LEVEL SECURITY",
                    verb = keyword(if object.is("row_security") {
                        "ENABLE"
                    } else {
                        "DISABLE"
                    })
                ),
                "force_row_security" => sql!(
                    "{verb} ROW LEVEL SECURITY",
                    verb = keyword(if object.is("force_row_security") {
                        "FORCE"
                    } else {
                        "NO FORCE"
                    })
                ),
                "unlogged" => {
                    let statement = sql!(
                        "ALTER TABLE {name} SET {what}",
                        name = name,
                        what = keyword(if object.is("unlogged") {
                            "UNLOGGED"
                        } else {
                            "LOGGED"
                        })
                    );
                    let step = self.step(
                        Phase::Expand,
                        Place::Column,
                        &object.key,
                        "whether its rows outlive a crash",
                        plain(statement),
                    );
                    step.locks = vec![Lock::access_exclusive(&name).long()];
                    step.hazards.push(Hazard::new(
                        HazardKind::Rewrite,
                        format!("every row of {name} is written anew, and nobody reads or writes it meanwhile"),
                    ));
                    continue;
                }
                "replica_identity" => match object.text("replica_identity") {
                    None => sql!("REPLICA IDENTITY DEFAULT"),
                    Some("nothing") => sql!("REPLICA IDENTITY NOTHING"),
                    Some("full") => sql!("REPLICA IDENTITY FULL"),
                    Some(_) => {
                        self.leave_aspects(object, &[aspect]);
                        continue;
                    }
                },
                "options" => {
                    self.options(object);
                    continue;
                }
                "partition_values" if self.was_detached(object) => {
                    self.attach(object);
                    continue;
                }
                "inherits" if self.was_detached(object) => continue,
                _ => {
                    self.leave_aspects(object, &[aspect]);
                    continue;
                }
            };
            let what = aspect.what.replace('_', " ");
            let statement = sql!("ALTER TABLE {name} {action}", name = name, action = action);
            let step = self.step(
                Phase::Expand,
                Place::Column,
                &object.key,
                &what,
                plain(statement),
            );
            exclusive(step, &name);
        }
    }

    /// Whether the table was a partition and is none any more.
    fn was_detached(&self, object: &Object) -> bool {
        let found = self.found.get(&object.key);
        object.text("partition_values").is_some()
            && found.is_some_and(|found| {
                found.text("partition_values").is_none() && parents(found).is_empty()
            })
    }

    /// Makes a table the partition again that it was.
    fn attach(&mut self, object: &Object) {
        let (Some(values), Some((schema, parent))) = (
            object.text("partition_values"),
            parents(object).first().copied(),
        ) else {
            return;
        };
        let name = own_name(&object.key);
        let parent = QualifiedName::new(ident(schema), ident(parent));
        let is_one = sql!(
            "EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = {name})",
            name = regclass(&name)
        );
        let attach = sql!(
            "ALTER TABLE {parent} ATTACH PARTITION {name} {values};",
            parent = &parent,
            name = &name,
            values = definition(values)
        );
        let statement = self.unless(is_one, vec![attach]);
        let step = self.step(
            Phase::Expand,
            Place::Reference,
            &object.key,
            "made a partition again",
            statement,
        );
        exclusive(step, &name);
        step.hazards.push(may_fail(format!(
            "rows of {name} that belong into no or another partition, or that {parent} does not take"
        )));
    }

    /// Storage parameters, as `name=value`.
    pub(super) fn options(&mut self, object: &Object) {
        let Some(found) = self.found.get(&object.key).copied() else {
            return;
        };
        let (have, want) = (found.texts("options"), object.texts("options"));
        let name_of = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
        // A parameter's name is a word; anything else was never taken by a server.
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|char| char.is_ascii_alphanumeric() || char == '_' || char == '.')
        };
        let table = own_name(&object.key);
        let set: Vec<Sql> = want
            .iter()
            .filter(|option| !have.contains(option))
            .filter_map(|option| {
                let (name, value) = option.split_once('=')?;
                is_word(name).then(|| {
                    sql!(
                        "{name} = {value}",
                        name = definition(name),
                        value = sql::Literal::text(value)
                    )
                })
            })
            .collect();
        let reset: Vec<Sql> = have
            .iter()
            .map(|option| name_of(option))
            .filter(|name| is_word(name) && !want.iter().any(|option| name_of(option) == *name))
            .map(|name| sql!("{name}", name = definition(&name)))
            .collect();
        for (verb, list) in [("SET", set), ("RESET", reset)] {
            if list.is_empty() {
                continue;
            }
            let statement = sql!(
                "ALTER TABLE {table} {verb} ({list})",
                table = table,
                verb = keyword(verb),
                list = Sql::join(", ", list)
            );
            self.step(
                Phase::Expand,
                Place::Column,
                &object.key,
                "its storage parameters",
                plain(statement),
            )
            .locks = vec![Lock::share_update_exclusive(&table)];
        }
    }
}
