//! Texts of the spec that have a grammar of their own: types, SQL, names with a schema.

use super::context::Lowering;
use super::index_part::PartScope;
use super::types::{ParsedType, TypeScope, parse_type};
use crate::diag::Diagnostic;
use crate::fragment::{self, FragmentError, Kind};
use crate::ident::Ident;
use crate::schema::{ModelId, QualifiedNameOrIdent};
use crate::source::Spanned;
use crate::sql::SqlExpr;

impl Lowering<'_> {
    /// The author's SQL, checked as far as a parser is sure.
    pub(super) fn fragment(&mut self, kind: Kind, text: &Spanned<String>) -> SqlExpr {
        let result = fragment::check(kind, &text.value).map(|_| ());
        self.checked("", text, result)
    }

    /// The author's SQL on a row of a model: the columns it names have to be there.
    pub(super) fn row_fragment(
        &mut self,
        kind: Kind,
        model: ModelId,
        text: &Spanned<String>,
    ) -> SqlExpr {
        self.row_fragment_after(kind, model, "", text)
    }

    /// The author's SQL on a row of a model, with something of ours in front of it.
    pub(super) fn row_fragment_after(
        &mut self,
        kind: Kind,
        model: ModelId,
        prefix: &str,
        text: &Spanned<String>,
    ) -> SqlExpr {
        let whole = format!("{prefix}{}", text.value);
        let result = {
            let model = self.schema.model(model);
            let columns: Vec<&str> = model
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect();
            fragment::check_columns(kind, &whole, model.table.name.as_str(), &columns).map(|_| ())
        };
        self.checked(prefix, text, result)
    }

    fn checked(
        &mut self,
        prefix: &str,
        text: &Spanned<String>,
        result: Result<(), FragmentError>,
    ) -> SqlExpr {
        if let Err(error) = result {
            self.fragment_error(prefix.len(), text, error);
        }
        SqlExpr::trusted(format!("{prefix}{}", text.value.trim()))
    }

    /// Reports what is wrong with a text that has a grammar of its own; `before` bytes of it are not the author's.
    fn fragment_error(&mut self, before: usize, text: &Spanned<String>, error: FragmentError) {
        let own = error.range.start.saturating_sub(before)..error.range.end.saturating_sub(before);
        let span = self.source.inside(&text.span, &text.value, own);
        let help = error.help.unwrap_or_else(|| match text.value.trim() {
            "" => "write the SQL, or remove the key".to_owned(),
            _ => "write SQL as PostgreSQL reads it".to_owned(),
        });
        let diagnostic = Diagnostic::error("sql", error.message, span).help(help);
        self.report(diagnostic);
    }

    /// Reads a text that names columns of a model, and reports what is wrong with it.
    pub(super) fn part<T>(
        &mut self,
        model: ModelId,
        text: &Spanned<String>,
        parse: impl FnOnce(&str, PartScope<'_>) -> Result<T, FragmentError>,
    ) -> Option<T> {
        let result = {
            let model = self.schema.model(model);
            let columns: Vec<&str> = model
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect();
            let scope = PartScope {
                table: model.table.name.as_str(),
                columns: &columns,
            };
            parse(&text.value, scope)
        };
        match result {
            Ok(part) => Some(part),
            Err(error) => {
                self.fragment_error(0, text, error);
                None
            }
        }
    }

    /// A type; what is wrong with it is reported.
    pub(super) fn parse_type(&mut self, text: &Spanned<String>) -> Option<ParsedType> {
        let types = &self.type_ids;
        let scope = TypeScope {
            resolve: &|name| types.get(name).cloned(),
            known: &self.type_names,
            extensions: &self.schema.extensions,
            raw: self.raw_may_bring_types(),
            made: &self.made_by_raw,
        };
        match parse_type(&text.value, &scope) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                let span = self.source.inside(&text.span, &text.value, error.range);
                let help = error.help.unwrap_or_else(|| {
                    "write a type of PostgreSQL, such as `text` or `bigint?`".to_owned()
                });
                self.report(Diagnostic::error("type", error.message, span).help(help));
                None
            }
        }
    }

    /// Whether raw SQL makes what is not seen in it: an extension, or whatever a block does.
    fn raw_may_bring_types(&self) -> bool {
        let raw = self.spec.raw.iter().flat_map(|raw| raw.value.iter());
        raw.filter_map(|(_, item)| item.create.as_ref())
            .any(|create| fragment::brings_unseen(&create.value))
    }

    /// A name that may say its schema: `C`, `pg_catalog.C`, `"my.collation"`.
    pub(super) fn qualified_or_plain(&mut self, text: &Spanned<String>) -> QualifiedNameOrIdent {
        let (schema, name) = split_name(&text.value);
        let schema = schema.map(|schema| self.ident(&Spanned::new(schema, text.span.clone())));
        QualifiedNameOrIdent {
            schema,
            name: self.ident(&Spanned::new(name, text.span.clone())),
        }
    }
}

/// Splits `schema.name`. Parts in double quotes are taken as they stand; others too, so that `de_DE` keeps its capitals.
fn split_name(text: &str) -> (Option<String>, String) {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.trim().chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                if let Some(part) = parts.last_mut() {
                    part.push('"');
                }
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            _ => {
                if let Some(part) = parts.last_mut() {
                    part.push(char);
                }
            }
        }
    }
    // A collation such as `de_DE.utf8` has a dot of its own; only two parts that are names are schema and name.
    match parts.as_slice() {
        [schema, name] if !schema.is_empty() && !name.is_empty() && !is_encoding(name) => {
            (Some(schema.clone()), name.clone())
        }
        _ => (None, parts.join(".")),
    }
}

fn is_encoding(name: &str) -> bool {
    let plain = name.to_ascii_lowercase().replace(['-', '_'], "");
    plain == "utf8" || plain.starts_with("iso8859") || plain.starts_with("latin")
}

/// Whether a check goes on after its column, and does not name it.
pub(crate) fn goes_on_after_column(text: &str) -> bool {
    let text = text.trim_start();
    if text.starts_with([
        '=', '<', '>', '!', '~', '&', '|', '@', '#', '%', '^', '?', '*', '/',
    ]) {
        return !text.starts_with("/*");
    }
    let mut words = text
        .split(|char: char| !(char.is_alphanumeric() || char == '_'))
        .map(str::to_ascii_uppercase);
    let first = words.next().unwrap_or_default();
    let second = words.find(|word| !word.is_empty()).unwrap_or_default();
    match first.as_str() {
        "BETWEEN" | "IN" | "IS" | "LIKE" | "ILIKE" | "SIMILAR" | "ISNULL" | "NOTNULL"
        | "OPERATOR" => true,
        "NOT" => matches!(
            second.as_str(),
            "BETWEEN" | "IN" | "LIKE" | "ILIKE" | "SIMILAR"
        ),
        _ => false,
    }
}

/// A name, for comparison with others.
pub(super) fn names_of(fields: &[Ident]) -> Vec<&str> {
    fields.iter().map(Ident::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_begins_with_an_operator_gets_its_column() {
        for text in [
            ">= 0",
            "BETWEEN 0 AND 100",
            "in ('a')",
            " IS NOT NULL",
            "~ '@'",
            "not in (1)",
            "<> ''",
        ] {
            assert!(goes_on_after_column(text), "{text}");
        }
        for text in [
            "a >= 0",
            "NOT (a > 0)",
            "not a",
            "inner_id > 0",
            "(a > 0)",
            "-a < 0",
            "island = 1",
        ] {
            assert!(!goes_on_after_column(text), "{text}");
        }
    }

    #[test]
    fn a_collation_with_an_encoding_has_no_schema() {
        assert_eq!(split_name("C"), (None, "C".to_owned()));
        assert_eq!(split_name("de_DE.utf8"), (None, "de_DE.utf8".to_owned()));
        assert_eq!(
            split_name("pg_catalog.\"C\""),
            (Some("pg_catalog".to_owned()), "C".to_owned())
        );
    }
}
