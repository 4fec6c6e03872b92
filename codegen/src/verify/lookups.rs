//! Lookups that no index serves: each would read the whole table.

use super::Report;
use crate::rust::is_lookup_served;

pub(super) fn check(report: &mut Report<'_>) {
    let schema = report.schema;
    for (_, model) in schema.models_with_ids() {
        for (index, lookup) in model.lookups.iter().enumerate() {
            if lookup.is_empty() || is_lookup_served(model, lookup) {
                continue;
            }
            let names: Vec<&str> = lookup
                .iter()
                .map(|field| model.field(*field).name.as_str())
                .collect();
            let columns: Vec<String> = names
                .iter()
                .map(|name| toml::Value::from(*name).to_string())
                .collect();
            let place = index.to_string();
            let path = ["models", &model.name, "lookups", &place];
            let diagnostic = report
                .warning(
                    "lookup-index",
                    format!(
                        "no index begins with `{}`: this lookup reads the whole table",
                        names.join("`, `")
                    ),
                    &path,
                )
                .help(format!(
                    "add `{{ on = [{}] }}` to the `indexes` of `{}`",
                    columns.join(", "),
                    model.name
                ));
            report.push(diagnostic);
        }
    }
}
