//! Views.

use std::collections::BTreeMap;

use super::{Aspect, Fixer, Key, Object, Place, definition, keyword, own_name, plain, regclass};
use crate::plan::Phase;
use crate::sql;
use crate::sql::{Literal, Sql};

impl Fixer<'_> {
    pub(super) fn view(&mut self, object: &Object, aspects: &[&Aspect]) {
        let rest: Vec<&Aspect> = aspects
            .iter()
            .copied()
            .filter(|aspect| !matches!(aspect.what.as_str(), "query" | "options"))
            .collect();
        self.leave_aspects(object, &rest);
        if object.key.kind == "materialized view"
            && !aspects.iter().any(|aspect| aspect.what == "query")
        {
            // Its rows stay.
            self.options(object);
        } else if rest.len() < aspects.len() {
            self.add_view(object);
        }
    }

    /// A view is replaced in its place where its columns stay, else made again with what is on it.
    pub(super) fn add_view(&mut self, object: &Object) {
        let Some(query) = object.text("query") else {
            return;
        };
        let key = &object.key;
        let name = own_name(key);
        let materialized = key.kind == "materialized view";
        let replaces = !materialized && self.has_columns_of(key);
        if replaces {
            let create = create_view(object, query);
            let text = create
                .into_string()
                .replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1);
            self.step(
                Phase::Expand,
                Place::View,
                key,
                "made as the spec has it",
                plain(sql!("{text}", text = definition(&text))),
            );
            return;
        }
        let same = sql!(
            "pg_catalog.rtrim(pg_catalog.pg_get_viewdef({name}), ';') = {query}",
            name = regclass(&name),
            query = Literal::text(query)
        );
        let kind = keyword(if materialized {
            "MATERIALIZED VIEW"
        } else {
            "VIEW"
        });
        let mut statements = vec![
            sql!("DROP {kind} IF EXISTS {name};", kind = kind, name = name),
            sql!("{create};", create = create_view(object, query)),
        ];
        for on in &self.in_order.objects {
            if super::rights::is_on(&on.key, &key.schema, &key.name)
                && matches!(on.key.kind.as_str(), "trigger" | "index" | "rule")
                && let Some(text) = on.text("definition")
            {
                statements.push(sql!(
                    "{text};",
                    text = definition(text.trim_end_matches(';'))
                ));
            }
        }
        let statement = self.unless(same, statements);
        self.step(
            Phase::Expand,
            Place::View,
            key,
            "made as the spec has it",
            statement,
        );
        let object = object.clone();
        self.found.remove(&object.key);
        self.finish_object(&object);
    }

    /// Whether the view that is there has the columns of the one that should be, and no others.
    fn has_columns_of(&self, view: &Key) -> bool {
        let of = |objects: &BTreeMap<&Key, &Object>| -> Vec<(String, String)> {
            objects
                .values()
                .filter(|object| {
                    object.key.kind == "column"
                        && super::rights::is_on(&object.key, &view.schema, &view.name)
                })
                .map(|object| {
                    (
                        object.key.name.clone(),
                        object.text("type").unwrap_or_default().to_owned(),
                    )
                })
                .collect()
        };
        self.found.contains_key(view) && of(&self.found) == of(&self.expected)
    }
}

/// The view without a semicolon.
pub(super) fn create_view(object: &Object, query: &str) -> Sql {
    let options: Vec<Sql> = object
        .texts("options")
        .into_iter()
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| {
            sql!(
                "{name} = {value}",
                name = definition(name),
                value = Literal::text(value)
            )
        })
        .collect();
    let with = if options.is_empty() {
        Sql::new()
    } else {
        sql!(" WITH ({options})", options = Sql::join(", ", options))
    };
    sql!(
        "CREATE {kind} {name}{with} AS\n{query}",
        kind = keyword(if object.key.kind == "view" {
            "VIEW"
        } else {
            "MATERIALIZED VIEW"
        }),
        name = own_name(&object.key),
        with = with,
        query = definition(query)
    )
}
