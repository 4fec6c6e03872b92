//! Functions, views and raw objects.

use super::context::Lowering;
use super::user_types::text;
use crate::diag::{Diagnostic, nearest};
use crate::fragment::Kind;
use crate::ident::{Ident, QualifiedName};
use crate::schema::{Function, Raw, RawAfter, View, ViewColumn};
use crate::source::Spanned;
use crate::spec;

/// Functions, which triggers name.
pub(super) fn functions(cx: &mut Lowering<'_>) {
    let spec = cx.spec;
    for (name, item) in spec.functions.iter().flat_map(|map| map.value.iter()) {
        let lowered = function(cx, name, item);
        cx.schema.functions.push(lowered);
    }
}

fn function(cx: &mut Lowering<'_>, name: &Spanned<String>, item: &spec::Function) -> Function {
    let default_schema = cx.schema.default_schema.clone();
    let own = cx.ident(name);
    let mut function = QualifiedName::new(default_schema, own);
    let sql = match &item.sql {
        Some(sql) => {
            if let Some((schema, created)) = created_name(&sql.value) {
                if let Ok(created) = Ident::new(created) {
                    function.name = created;
                }
                if let Some(schema) = schema {
                    function.schema =
                        cx.schema_or_default(Some(&Spanned::new(schema, sql.span.clone())));
                }
            }
            cx.fragment(Kind::Function, sql)
        }
        None => crate::sql::SqlExpr::trusted(""),
    };
    Function {
        name: name.value.clone(),
        function,
        doc: text(item.doc.as_ref()),
        sql,
    }
}

/// The name after `CREATE [OR REPLACE] FUNCTION`, with its schema.
fn created_name(sql: &str) -> Option<(Option<String>, String)> {
    let mut rest = skip_blank(sql);
    for (word, optional) in [("create", false), ("or", true), ("replace", true)] {
        match take_word(rest, word) {
            Some(after) => rest = after,
            None if optional => {}
            None => return None,
        }
    }
    rest = ["function", "procedure", "aggregate"]
        .iter()
        .find_map(|word| take_word(rest, word))?;
    let (first, after) = take_name(rest)?;
    match skip_blank(after).strip_prefix('.') {
        Some(after) => take_name(skip_blank(after)).map(|(second, _)| (Some(first), second)),
        None => Some((None, first)),
    }
}

fn take_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let start = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    let ends = !rest.starts_with(|char: char| char.is_alphanumeric() || char == '_');
    (start.eq_ignore_ascii_case(word) && ends).then(|| skip_blank(rest))
}

/// A name as the server reads it: lower case unless it is quoted.
fn take_name(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut name = String::new();
        let mut chars = quoted.char_indices().peekable();
        while let Some((index, char)) = chars.next() {
            if char != '"' {
                name.push(char);
            } else if chars.peek().is_some_and(|(_, next)| *next == '"') {
                chars.next();
                name.push('"');
            } else {
                return Some((name, &quoted[index + 1..]));
            }
        }
        return None;
    }
    let end = text
        .find(|char: char| !(char.is_alphanumeric() || char == '_' || char == '$'))
        .unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_ascii_lowercase(), &text[end..]))
}

/// Skips white space and comments.
fn skip_blank(text: &str) -> &str {
    let mut text = text.trim_start();
    loop {
        if let Some(comment) = text.strip_prefix("--") {
            text = comment
                .split_once('\n')
                .map_or("", |(_, rest)| rest)
                .trim_start();
        } else if let Some(comment) = text.strip_prefix("/*") {
            text = comment
                .split_once("*/")
                .map_or("", |(_, rest)| rest)
                .trim_start();
        } else {
            return text;
        }
    }
}

/// Views, which triggers may be on.
pub(super) fn views(cx: &mut Lowering<'_>) {
    let spec = cx.spec;
    for (name, item) in spec.views.iter().flat_map(|map| map.value.iter()) {
        let lowered = view(cx, name, item);
        cx.schema.views.push(lowered);
    }
}

fn view(cx: &mut Lowering<'_>, name: &Spanned<String>, item: &spec::View) -> View {
    let own = match &item.name {
        Some(own) => cx.ident(own),
        None => cx.ident(name),
    };
    let schema = cx.schema_or_default(item.schema.as_ref());
    let mut columns = Vec::new();
    for (column, written) in item.fields.iter().flat_map(|map| map.value.iter()) {
        let span = cx
            .spans
            .at(&["views", &name.value, "fields", &column.value]);
        let parsed = cx.parse_type(&Spanned::new(written.clone(), span.clone()));
        let column = cx.ident(column);
        if let Some(parsed) = parsed {
            if parsed.sequence.is_some() {
                cx.report(
                    Diagnostic::error("view-type", "a column of a view draws no numbers", span)
                        .help("write the type of the numbers: `bigint`, `integer` or `smallint`"),
                );
            }
            columns.push(ViewColumn {
                name: column,
                ty: parsed.ty,
                nullable: parsed.nullable,
            });
        }
    }
    View {
        name: name.value.clone(),
        view: QualifiedName::new(schema, own),
        doc: text(item.doc.as_ref()),
        sql: match &item.sql {
            Some(sql) => cx.fragment(Kind::View, sql),
            None => crate::sql::SqlExpr::trusted(""),
        },
        materialized: item.materialized.as_ref().is_some_and(|flag| flag.value),
        columns,
    }
}

const SECTIONS: [&str; 8] = [
    "enums",
    "domains",
    "composites",
    "functions",
    "models",
    "triggers",
    "views",
    "raw",
];

/// Raw objects.
pub(super) fn raw(cx: &mut Lowering<'_>) {
    let spec = cx.spec;
    for (name, item) in spec.raw.iter().flat_map(|map| map.value.iter()) {
        let mut after = Vec::new();
        for text in item.after.iter().flat_map(|list| list.value.iter()) {
            after.extend(raw_after(cx, text));
        }
        let create = match &item.create {
            Some(create) => cx.fragment(Kind::Statements, create),
            None => crate::sql::SqlExpr::trusted(""),
        };
        let drop = item
            .drop
            .as_ref()
            .map(|drop| cx.fragment(Kind::Statements, drop));
        cx.schema.raw.push(Raw {
            name: name.value.clone(),
            create,
            drop,
            after,
        });
    }
}

fn raw_after(cx: &mut Lowering<'_>, text: &Spanned<String>) -> Option<RawAfter> {
    let Some((section, name)) = text.value.split_once('.') else {
        cx.report(
            Diagnostic::error(
                "raw-after",
                format!("`{}` is not a section and a key", text.value),
                text.span.clone(),
            )
            .help("write both: `\"models.User\"`"),
        );
        return None;
    };
    let Some(&section) = SECTIONS.iter().find(|known| **known == section) else {
        let help = nearest(section, SECTIONS).map_or_else(
            || format!("the sections are {}", SECTIONS.join(", ")),
            |near| format!("did you mean `{near}.{name}`?"),
        );
        cx.report(
            Diagnostic::error(
                "raw-after",
                format!("there is no section `{section}`"),
                text.span.clone(),
            )
            .help(help),
        );
        return None;
    };
    let spec = cx.spec;
    fn keys<T>(map: Option<&Spanned<spec::Map<T>>>) -> Vec<&str> {
        map.map_or_else(Vec::new, |map| {
            map.value
                .iter()
                .map(|(key, _)| key.value.as_str())
                .collect()
        })
    }
    let known = match section {
        "enums" => keys(spec.enums.as_ref()),
        "domains" => keys(spec.domains.as_ref()),
        "composites" => keys(spec.composites.as_ref()),
        "functions" => keys(spec.functions.as_ref()),
        "models" => keys(spec.models.as_ref()),
        "triggers" => keys(spec.triggers.as_ref()),
        "views" => keys(spec.views.as_ref()),
        _ => keys(spec.raw.as_ref()),
    };
    if !known.contains(&name) {
        let help = nearest(name, known.iter().copied()).map_or_else(
            || format!("write it under `[{section}.{name}]`"),
            |near| format!("did you mean `{section}.{near}`?"),
        );
        cx.report(
            Diagnostic::error(
                "raw-after",
                format!("there is no `{}`", text.value),
                text.span.clone(),
            )
            .help(help),
        );
        return None;
    }
    Some(RawAfter {
        section,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::created_name;

    #[test]
    fn the_name_of_a_function_is_read_from_its_statement() {
        let name = |sql| created_name(sql).map(|(schema, name)| (schema.unwrap_or_default(), name));
        let found = |schema: &str, name: &str| Some((schema.to_owned(), name.to_owned()));
        assert_eq!(name("CREATE FUNCTION f() RETURNS int"), found("", "f"));
        assert_eq!(
            name("create or replace procedure Audit . \"Do It\"(x int)"),
            found("audit", "Do It")
        );
        assert_eq!(
            name("-- doc\n/* more */ CREATE AGGREGATE a (int)"),
            found("", "a")
        );
        assert_eq!(name("DROP FUNCTION f"), None);
        assert_eq!(name("CREATE FUNCTION \"open"), None);
    }
}
