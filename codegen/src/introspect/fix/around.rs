//! What stands in the way of a column.

use super::{Fixer, Key, Object, definition, ident, keyword, table_of};
use crate::ddl::Mentions;
use crate::sql;
use crate::sql::Sql;

impl Fixer<'_> {
    /// What PostgreSQL wants gone while a column changes: views, triggers and policies that name it. They are made again
    /// as the spec has them.
    pub(super) fn around(&mut self, column: &Key) -> (Vec<Sql>, Vec<Sql>) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let names =
            |text: &str, name: &str| Mentions::of(text).all().any(|mention| mention == name);
        let mut views: Vec<String> = vec![column.on.clone()];
        let objects: Vec<&Object> = self.in_order.objects.iter().collect();
        // A view over a view comes later.
        for object in &objects {
            let key = &object.key;
            let is_view = matches!(key.kind.as_str(), "view" | "materialized view");
            let Some(query) = object.text("query").filter(|_| is_view) else {
                continue;
            };
            let first = names(query, &column.on) && names(query, &column.name);
            if !first && !views[1..].iter().any(|view| names(query, view)) {
                continue;
            }
            views.push(key.name.clone());
            let kind = keyword(if key.kind == "view" {
                "VIEW"
            } else {
                "MATERIALIZED VIEW"
            });
            let name = super::own_name(key);
            before.insert(
                0,
                sql!("DROP {kind} IF EXISTS {name};", kind = kind, name = name),
            );
            after.push(sql!(
                "{create};",
                create = super::views::create_view(object, query)
            ));
            for on in objects
                .iter()
                .filter(|on| super::rights::is_on(&on.key, &key.schema, &key.name))
            {
                if matches!(on.key.kind.as_str(), "trigger" | "index" | "rule")
                    && let Some(text) = on.text("definition")
                {
                    after.push(sql!(
                        "{text};",
                        text = definition(text.trim_end_matches(';'))
                    ));
                }
            }
            // Rights and comments went with it.
            let object = (*object).clone();
            self.found.remove(&object.key);
            self.finish_object(&object);
        }
        for object in objects {
            if !super::rights::is_on(&object.key, &column.schema, &column.on) {
                continue;
            }
            let name = ident(&object.key.name);
            let table = table_of(column);
            match object.key.kind.as_str() {
                "trigger" => {
                    let Some(text) = object.text("definition") else {
                        continue;
                    };
                    let head = text.split(" EXECUTE ").next().unwrap_or_default();
                    if !names(head, &column.name) || object.is("_parent") {
                        continue;
                    }
                    before.push(sql!(
                        "DROP TRIGGER IF EXISTS {name} ON {table};",
                        name = name,
                        table = table
                    ));
                    after.push(sql!("{text};", text = definition(text)));
                }
                "policy" => {
                    let text = ["using", "check"].map(|part| object.text(part).unwrap_or_default());
                    if text.iter().any(|text| names(text, &column.name)) {
                        before.push(sql!(
                            "DROP POLICY IF EXISTS {name} ON {table};",
                            name = name,
                            table = table
                        ));
                        after.push(sql!(
                            "{create};",
                            create = super::objects::create_policy(object)
                        ));
                    }
                }
                _ => {}
            }
        }
        (before, after)
    }
}
