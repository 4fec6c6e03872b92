//! Enums and domains.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Aspect, Fixer, Object, Place, definition, ident, own_name, plain};
use crate::plan::{Hazard, HazardKind, Phase};
use crate::sql;
use crate::sql::{Literal, Sql};

impl Fixer<'_> {
    /// Labels that are missing come where they belong; a label that took the place of another one gets its name back.
    pub(super) fn labels(&mut self, object: &Object, aspects: &[&Aspect]) {
        let others: Vec<&Aspect> = aspects
            .iter()
            .copied()
            .filter(|aspect| aspect.what != "labels")
            .collect();
        self.leave_aspects(object, &others);
        if others.len() == aspects.len() {
            return;
        }
        let Some(found) = self.found.get(&object.key).copied() else {
            return;
        };
        let (have, want) = (found.texts("labels"), object.texts("labels"));
        let name = own_name(&object.key);
        let renamed: Vec<(&str, &str)> = have
            .iter()
            .zip(&want)
            .filter(|(have, want)| have != want)
            .map(|(have, want)| (*have, *want))
            .collect();
        let is_renamed = have.len() == want.len()
            && renamed
                .iter()
                .all(|(old, new)| !want.contains(old) && !have.contains(new));
        if is_renamed {
            for (old, new) in renamed {
                let has = |label: &str| {
                    let text = sql!("{name}", name = name);
                    sql!(
                        "EXISTS (SELECT FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = pg_catalog.to_regtype({name}) AND e.enumlabel = {label})",
                        name = Literal::text(text.into_string()),
                        label = Literal::text(label)
                    )
                };
                let condition = sql!("{new} OR NOT {old}", new = has(new), old = has(old));
                let rename = sql!(
                    "ALTER TYPE {name} RENAME VALUE {old} TO {new};",
                    name = name,
                    old = Literal::text(old),
                    new = Literal::text(new)
                );
                let statement = self.unless(condition, vec![rename]);
                let what = format!("`{old}` stands in the place of `{new}`");
                self.step(Phase::Expand, Place::Type, &object.key, &what, statement)
                    .hazards
                    .push(Hazard::new(
                        HazardKind::BreaksOldCode,
                        format!("rows that say `{old}` say `{new}` then"),
                    ));
            }
            return;
        }
        let mut rest = want.iter();
        if !have.iter().all(|label| rest.any(|other| other == label)) {
            let extra: Vec<String> = have
                .iter()
                .filter(|label| !want.contains(label))
                .map(|label| format!("`{label}`"))
                .collect();
            let why = if extra.is_empty() {
                "its labels are in another order, and rows are compared by it".to_owned()
            } else {
                format!(
                    "it has {} beside what the spec says, and rows may say so",
                    extra.join(", ")
                )
            };
            self.leave(
                &object.key,
                why,
                "take the labels into the spec as they are; a migration of its own may then remove or reorder them",
            );
            return;
        }
        for (index, label) in want.iter().enumerate() {
            if have.contains(label) {
                continue;
            }
            // The one before it is there, or was added just now.
            let last = index.checked_sub(1).and_then(|last| want.get(last));
            let place = match (last, have.first()) {
                (Some(last), _) => sql!(" AFTER {last}", last = Literal::text(*last)),
                (None, Some(first)) => sql!(" BEFORE {first}", first = Literal::text(*first)),
                (None, None) => Sql::new(),
            };
            let add = sql!(
                "ALTER TYPE {name} ADD VALUE IF NOT EXISTS {label}{place}",
                name = name,
                label = Literal::text(*label),
                place = place
            );
            let what = format!("the label `{label}` is missing");
            self.step(Phase::Labels, Place::Type, &object.key, &what, plain(add));
        }
    }

    pub(super) fn domain(&mut self, object: &Object, aspects: &[&Aspect]) {
        let name = own_name(&object.key);
        for aspect in aspects {
            match aspect.what.as_str() {
                "checks" => self.domain_checks(object),
                "check_comments" => self.check_comments(object),
                "default" => {
                    let action = match object.text("default") {
                        Some(default) => sql!("SET DEFAULT {sql}", sql = definition(default)),
                        None => sql!("DROP DEFAULT"),
                    };
                    let alter = sql!("ALTER DOMAIN {name} {action}", name = name, action = action);
                    self.step(
                        Phase::Expand,
                        Place::Type,
                        &object.key,
                        "its default",
                        plain(alter),
                    );
                }
                "not_null" => {
                    let action = sql::Keyword(if object.is("not_null") {
                        "SET NOT NULL"
                    } else {
                        "DROP NOT NULL"
                    });
                    let alter = sql!("ALTER DOMAIN {name} {action}", name = name, action = action);
                    self.step(
                        Phase::Expand,
                        Place::Type,
                        &object.key,
                        "whether it takes NULL",
                        plain(alter),
                    );
                }
                _ => self.leave_aspects(object, &[aspect]),
            }
        }
    }

    /// Comments on the checks of a domain.
    fn check_comments(&mut self, object: &Object) {
        let comments = |object: &Object| -> BTreeMap<String, String> {
            let list = object
                .facts
                .get("check_comments")
                .and_then(Value::as_object);
            list.into_iter()
                .flatten()
                .filter_map(|(check, text)| Some((check.clone(), text.as_str()?.to_owned())))
                .collect()
        };
        let have = self.found.get(&object.key).copied();
        let have = have.map(comments).unwrap_or_default();
        let want = comments(object);
        let name = own_name(&object.key);
        let checks: BTreeSet<&String> = have.keys().chain(want.keys()).collect();
        for check in checks {
            if have.get(check) == want.get(check) {
                continue;
            }
            let text = match want.get(check) {
                Some(text) => sql!("{text}", text = Literal::text(text)),
                None => sql!("NULL"),
            };
            let comment = sql!(
                "COMMENT ON CONSTRAINT {check} ON DOMAIN {name} IS {text}",
                check = ident(check),
                name = &name,
                text = text
            );
            self.step(
                Phase::Expand,
                Place::Rights,
                &object.key,
                "the comment of a check",
                plain(comment),
            );
        }
    }

    fn domain_checks(&mut self, object: &Object) {
        let checks = |object: &Object| -> Vec<(String, String, bool)> {
            let list = object.facts.get("checks").and_then(Value::as_array);
            list.into_iter()
                .flatten()
                .filter_map(|check| {
                    Some((
                        check.get("name")?.as_str()?.to_owned(),
                        check
                            .get("definition")?
                            .as_str()?
                            .trim_end_matches(" NOT VALID")
                            .to_owned(),
                        check.get("validated")?.as_bool()?,
                    ))
                })
                .collect()
        };
        let have = self
            .found
            .get(&object.key)
            .copied()
            .map(checks)
            .unwrap_or_default();
        let want = checks(object);
        let name = own_name(&object.key);
        for (check, text, _) in &have {
            if want
                .iter()
                .any(|(other, same, _)| other == check && same == text)
            {
                continue;
            }
            if want.iter().any(|(other, ..)| other == check) {
                continue;
            }
            let named = format!("{}.{check}", super::name(&object.key));
            if !self.drop.contains(&named) {
                self.leave(
                    &object.key,
                    format!("the spec does not know its check `{check}`"),
                    format!("take it into the spec, or let it go by `--drop \"{named}\"`"),
                );
                continue;
            }
            let drop = sql!(
                "ALTER DOMAIN {name} DROP CONSTRAINT IF EXISTS {check}",
                name = name,
                check = ident(check)
            );
            self.step(
                Phase::Expand,
                Place::Type,
                &object.key,
                "a check goes",
                plain(drop),
            );
        }
        for (check, text, _) in &want {
            let there = have.iter().find(|(other, ..)| other == check);
            let check = ident(check);
            if there.is_none_or(|(_, same, _)| same != text) {
                let type_name = sql!("{name}", name = name);
                let same = sql!(
                    "EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.contypid = pg_catalog.to_regtype({name}) AND k.conname = {check}\n        AND pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '') = {text})",
                    name = Literal::text(type_name.into_string()),
                    check = Literal::text(check.as_str()),
                    text = Literal::text(text.as_str())
                );
                let statements = vec![
                    sql!(
                        "ALTER DOMAIN {name} DROP CONSTRAINT IF EXISTS {check};",
                        name = name,
                        check = check
                    ),
                    sql!(
                        "ALTER DOMAIN {name} ADD CONSTRAINT {check} {text} NOT VALID;",
                        name = name,
                        check = check,
                        text = definition(text)
                    ),
                ];
                let statement = self.unless(same, statements);
                self.step(
                    Phase::Expand,
                    Place::Type,
                    &object.key,
                    "its checks",
                    statement,
                );
            }
            let validate = sql!(
                "ALTER DOMAIN {name} VALIDATE CONSTRAINT {check}",
                name = name,
                check = check
            );
            let text = format!("it fails if a value is not as `{check}` says");
            self.step(
                Phase::Validate,
                Place::Type,
                &object.key,
                "its checks",
                plain(validate),
            )
            .hazards
            .push(super::may_fail(text));
        }
    }
}
