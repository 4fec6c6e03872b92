//! Columns that are missing, and those that take no NULL.

use super::columns::default_action;
use super::{
    Fixer, Key, Object, Place, definition, exclusive, ident, keyword, may_fail, plain, table_of,
};
use crate::ident::{Ident, QualifiedName};
use crate::pg::FillColumn;
use crate::plan::{Hazard, HazardKind, Lock, Phase};
use crate::sql;

impl Fixer<'_> {
    pub(super) fn add_column(&mut self, object: &Object) {
        match object.text("_of") {
            Some("v" | "m") => return,
            Some("c") => {
                self.leave(
                    &object.key,
                    "it is missing in a composite type",
                    "add it by `ALTER TYPE … ADD ATTRIBUTE`",
                );
                return;
            }
            _ => {}
        }
        if object.is("_inherited") && !object.is("_local") {
            return;
        }
        let table = table_of(&object.key);
        let column = ident(&object.key.name);
        let what = "it is missing";
        self.weakened
            .insert((object.key.schema.clone(), object.key.on.clone()));
        let collation = object
            .text("collation")
            .map(|name| sql!(" COLLATE {name}", name = definition(name)));
        let head = sql!(
            "ADD COLUMN IF NOT EXISTS {column} {ty}{collation}",
            column = column,
            ty = definition(object.text("type").unwrap_or("text")),
            collation = collation
        );
        let rewrites = if let Some(expression) = object.text("generated") {
            Some(sql!(
                " GENERATED ALWAYS AS ({expression}) {kind}",
                expression = definition(expression),
                kind = keyword(if object.is("virtual") {
                    "VIRTUAL"
                } else {
                    "STORED"
                })
            ))
        } else {
            object.text("identity").map(|when| {
                sql!(
                    " GENERATED {when} AS IDENTITY",
                    when = keyword(if when == "always" {
                        "ALWAYS"
                    } else {
                        "BY DEFAULT"
                    })
                )
            })
        };
        if let Some(rest) = rewrites {
            let statement = sql!(
                "ALTER TABLE {table} {head}{rest}{not_null}",
                table = table,
                head = head,
                rest = rest,
                not_null = keyword(if object.is("not_null") {
                    " NOT NULL"
                } else {
                    ""
                })
            );
            let step = self.step(
                Phase::Expand,
                Place::Column,
                &object.key,
                what,
                plain(statement),
            );
            step.locks = vec![Lock::access_exclusive(&table).long()];
            step.hazards.push(Hazard::new(
                HazardKind::Rewrite,
                format!("every row of {table} is written anew, to give it its {column}"),
            ));
            return;
        }
        let default = object.text("default");
        let is_constant =
            default.is_some_and(|default| !default.contains('(') || default == "now()");
        let with = |default: &str| sql!(" DEFAULT {default}", default = definition(default));
        let first = match default {
            Some(default) if is_constant => sql!(
                "{head}{default}{not_null}",
                head = head,
                default = with(default),
                not_null = keyword(if object.is("not_null") {
                    " NOT NULL"
                } else {
                    ""
                })
            ),
            _ => head,
        };
        let statement = sql!("ALTER TABLE {table} {first}", table = table, first = first);
        let step = self.step(
            Phase::Expand,
            Place::Column,
            &object.key,
            what,
            plain(statement),
        );
        exclusive(step, &table);
        step.hazards.push(Hazard::new(
            HazardKind::Weakens,
            "what was in it before somebody dropped it does not come back".to_owned(),
        ));
        if is_constant {
            return;
        }
        if default.is_some() {
            let action = default_action(object, &column);
            self.alter(object, what, action);
            self.step(
                Phase::Backfill,
                Place::Column,
                &object.key,
                "rows that are there get its default",
                FillColumn {
                    table: table.clone(),
                    column: column.clone(),
                    in_parts: true,
                    skipped: Vec::new(),
                },
            );
        }
        if object.is("not_null") {
            self.not_null(&object.key, &table, &column);
        }
    }

    /// `NOT NULL`, proven beside writers.
    pub(super) fn not_null(&mut self, key: &Key, table: &QualifiedName, column: &Ident) {
        let check = Ident::derived(&[table.name.as_str(), column.as_str(), "is_set"]);
        let what = "it takes no NULL";
        let add = sql!(
            "ALTER TABLE {table}\n    DROP CONSTRAINT IF EXISTS {check},\n    ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID",
            table = table,
            check = check,
            column = column
        );
        let step = self.step(Phase::Attach, Place::Column, key, what, plain(add));
        exclusive(step, table);
        let validate = sql!(
            "ALTER TABLE {table} VALIDATE CONSTRAINT {check}",
            table = table,
            check = check
        );
        let step = self.step(Phase::Validate, Place::Column, key, what, plain(validate));
        step.locks = vec![Lock::share_update_exclusive(table).long()];
        step.hazards.push(may_fail(format!(
            "it fails if {table}.{column} is NULL in some row"
        )));
        let set = sql!(
            "ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL",
            table = table,
            column = column
        );
        let drop = sql!(
            "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {check}",
            table = table,
            check = check
        );
        for statement in [set, drop] {
            let step = self.step(Phase::Contract, Place::Column, key, what, plain(statement));
            exclusive(step, table);
        }
    }
}
