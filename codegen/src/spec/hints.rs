//! Help for mistakes that readers of SQL and of other tools make, where the nearest known key would mislead.

/// What to write instead of a key that `what` does not have.
pub(super) fn unknown(key: &str, what: &str) -> Option<String> {
    let text = match (what, key) {
        ("a field", "null" | "nullable" | "optional") => {
            "write `?` at the end of the type, `type = \"text?\"`, for a column that takes NULL"
        }
        ("a field", "not_null" | "notnull" | "required") => {
            "a column takes no NULL unless its type ends in `?`; remove the key"
        }
        ("a field", "enum" | "values") => {
            "write the enum under `[enums.Name]` and use its name as the `type`"
        }
        ("a field", "length" | "size" | "max_length" | "precision" | "scale") => {
            "write it in the type, as PostgreSQL does: `varchar(80)`, `numeric(10,2)`"
        }
        ("a field", "index" | "indexed") => {
            "write it in the model: `indexes = [{ on = [\"column\"] }]`"
        }
        ("a field", "foreign_key" | "fk") => "write `references = \"Model\"`",
        ("a field", "pk" | "primary") => "did you mean `primary_key`?",
        ("a field", "name" | "column") => {
            "the column has the name of the field; for an old name write `renamed_from`"
        }
        ("a unique constraint", "where") => {
            "a constraint has no condition; write an index: `indexes = [{ on = […], unique = true, where = \"…\" }]`"
        }
        (
            "a unique constraint" | "an index" | "an exclusion constraint" | "statistics",
            "columns" | "fields",
        ) => "did you mean `on`?",
        ("a check" | "a view" | "a function", "check" | "expression" | "query" | "body") => {
            "did you mean `sql`?"
        }
        ("a foreign key", "on" | "columns") => "did you mean `fields`?",
        ("an enum", "labels" | "variants") => "did you mean `values`?",
        ("a model", "columns") => "did you mean `fields`?",
        ("a model", "index") => "did you mean `indexes`?",
        ("a model", "name") => "the model has the name of its key; for the table write `table`",
        ("the file", "enum") => "did you mean `enums`?",
        ("the file", "model" | "table" | "tables") => "did you mean `models`?",
        _ => return None,
    };
    Some(text.to_owned())
}

/// What to write for a key that `what` must have.
pub(super) fn missing(key: &str, what: &str) -> Option<String> {
    let text = match (what, key) {
        ("the file", "version") => "write `version = 1` at the top of the file",
        ("an enum", "values") => "write `values = [\"first\", \"second\"]`",
        ("a field", "type") => "write `type = \"text\"`, with `?` at the end if it takes NULL",
        ("a trigger", "kind") => {
            "write `kind = \"touch\"`, or `counter`, `sum`, `ledger`, `immutable`, `transitions` or `sql`"
        }
        (_, "on") if what.contains("index") || what.contains("constraint") => {
            "write `on = [\"column\"]`"
        }
        ("a domain", "type") => "write `type = \"text\"`",
        ("a foreign key", "fields") => "write `fields = [\"column\", …]`",
        (_, "references") => "write `references = \"Model\"`",
        (_, "count") => "write `count = \"Model\"`, the model whose rows are counted",
        (_, "by") => {
            "write `by = \"field\"`, the field that refers to the row that holds the number"
        }
        ("a policy" | "a partition", "name") => "write `name = \"…\"`",
        ("a partition", "values") => "write `values = \"FROM (…) TO (…)\"`, or `\"DEFAULT\"`",
        (_, "deny") => "write `deny = [\"update\", \"delete\"]`, or one of them",
        (_, "allow") => {
            "write `allow = { first = [\"second\"], second = [] }`, for each label those that may follow"
        }
        (_, "events") => "write `events = [\"insert\"]`, or `update`, `delete`, `truncate`",
        (_, "timing") => "write `timing = \"before\"`, or `after`",
        (_, "create") => "write `create = \"CREATE …\"`",
        (_, "sql") => "write `sql = \"…\"`",
        (_, "into") => "write `into = \"Model.field\"`",
        _ => return None,
    };
    Some(text.to_owned())
}
