//! Rows by keys: many by the primary key, and one or some by every other key, reference and lookup.

use crate::ident::Ident;
use crate::schema::{FieldId, Index, IndexKey, Model};
use crate::sql;
use crate::sql::{Sql, SqlExpr};

use super::columns::{Column, Table};
use super::examples::Examples;
use super::many_sql::{element_type, is_record};
use super::model::{Key, Scope};
use super::module::Module;
use super::operations::{DB, operation};
use super::statements;
use super::text::{File, code, sql_literal};
use super::types::Wire;
use super::{names, table as query};

/// One way to find rows.
pub(super) struct Finder<'a> {
    /// What is given, and whether it is compared in lower case.
    pub(super) parts: Vec<(&'a Ident, bool)>,
    /// Which rows the index holds.
    pub(super) predicate: Option<&'a SqlExpr>,
    /// Whether there is one row at most.
    pub(super) unique: bool,
}

/// The file, if there is anything to find.
pub(super) fn file(table: &Table<'_>, module: &mut Module) -> Option<String> {
    let scope = Scope::elsewhere(table);
    let mut file = File::new(&[&format!("Rows of {} by their keys.", code(table.name))]);
    let mut methods = File::default();
    methods.examples(Examples::of(table));
    get_many(table, &scope, &mut file, &mut methods, module);
    let finders = finders(table);
    let named = names::unique(finders.iter().map(|finder| finder.name(table)));
    for (finder, name) in finders.iter().zip(&named) {
        emit(table, finder, name, &scope, &mut file, &mut methods, module);
    }
    if methods.is_empty() {
        return None;
    }
    file.blank();
    file.line(0, &format!("impl super::{} {{", table.rust));
    file.append(&methods);
    file.line(0, "}");
    Some(file.finish())
}

/// What rows of a model are found by, each once.
fn finders<'a>(table: &Table<'a>) -> Vec<Finder<'a>> {
    let Some(id) = table.id else {
        return Vec::new();
    };
    let model = table.schema.model(id);
    let mut finders: Vec<Finder<'a>> = Vec::new();
    let plain = |fields: &[FieldId]| -> Vec<(&'a Ident, bool)> {
        let name = |field: &FieldId| (&model.field(*field).name, false);
        fields.iter().map(name).collect()
    };
    let mut push = |finder: Finder<'a>| {
        let known = finders
            .iter()
            .any(|other| other.parts == finder.parts && other.predicate.is_none());
        let key = model
            .primary_key
            .as_ref()
            .is_some_and(|key| plain(&key.fields) == finder.parts);
        let found = finder.parts.iter().all(|(name, lower)| {
            table.columns.iter().any(|column| {
                column.sql == *name
                    && !matches!(column.mapped.wire, Wire::Jsonb | Wire::Json)
                    && (!lower || column.mapped.traits.string)
            })
        });
        if found && !known && !key && !finder.parts.is_empty() {
            finders.push(finder);
        }
    };
    for unique in &model.uniques {
        push(Finder {
            parts: plain(&unique.fields),
            predicate: None,
            unique: true,
        });
    }
    let indexes = model.indexes.iter().filter(|index| index.unique);
    let (whole, partial): (Vec<&Index>, Vec<&Index>) =
        indexes.partition(|index| index.predicate.is_none());
    for index in whole.into_iter().chain(partial) {
        if let Some(parts) = index_parts(model, index) {
            push(Finder {
                parts,
                predicate: index.predicate.as_ref(),
                unique: true,
            });
        }
    }
    for lookup in &model.lookups {
        push(Finder {
            parts: plain(lookup),
            predicate: None,
            unique: false,
        });
    }
    for reference in &model.foreign_keys {
        if is_served(model, &reference.fields) {
            push(Finder {
                parts: plain(&reference.fields),
                predicate: None,
                unique: false,
            });
        }
    }
    finders
}

/// The columns of an index, if that is all it is made of: plain ones, or in lower case.
pub(super) fn index_parts<'a>(model: &'a Model, index: &Index) -> Option<Vec<(&'a Ident, bool)>> {
    index
        .parts
        .iter()
        .map(|part| match &part.key {
            IndexKey::Field(field) => Some((&model.field(*field).name, false)),
            IndexKey::Expression(expression) => {
                let name = lower_of(expression.as_str())?;
                let field = model.field_named(&name)?;
                Some((&model.field(field).name, true))
            }
        })
        .collect()
}

/// The column of `lower(column)`.
fn lower_of(expression: &str) -> Option<String> {
    let text = expression.trim();
    let call = text.get(..5)?.eq_ignore_ascii_case("lower");
    let inner = text.get(5..)?.trim_start().strip_prefix('(')?;
    let mut inner = inner.strip_suffix(')').filter(|_| call)?.trim();
    inner = inner.strip_suffix("::text").unwrap_or(inner).trim();
    if let Some(parenthesized) = inner.strip_prefix('(') {
        inner = parenthesized.strip_suffix(')')?.trim();
    }
    match inner.strip_prefix('"') {
        Some(quoted) => {
            let name = quoted.strip_suffix('"')?.replace("\"\"", "\u{0}");
            (!name.contains('"')).then(|| name.replace('\u{0}', "\""))
        }
        None => inner
            .chars()
            .all(|char| char.is_alphanumeric() || char == '_' || char == '$')
            .then(|| inner.to_lowercase()),
    }
}

/// Whether an index over all rows begins with just these columns, in any order.
pub(crate) fn is_served(model: &Model, fields: &[FieldId]) -> bool {
    let begins = |columns: &mut dyn Iterator<Item = Option<FieldId>>| {
        let first: Vec<FieldId> = columns.take(fields.len()).flatten().collect();
        first.len() == fields.len() && fields.iter().all(|field| first.contains(field))
    };
    let all = |columns: &[FieldId]| begins(&mut columns.iter().map(|&field| Some(field)));
    model
        .primary_key
        .as_ref()
        .is_some_and(|key| all(&key.fields))
        || model.uniques.iter().any(|unique| all(&unique.fields))
        || model
            .indexes
            .iter()
            .filter(|index| index.predicate.is_none() && query::is_tree(index))
            .any(|index| {
                begins(&mut index.parts.iter().map(|part| match part.key {
                    IndexKey::Field(field) => Some(field),
                    IndexKey::Expression(_) => None,
                }))
            })
}

impl<'a> Finder<'a> {
    /// The columns with whether each is compared in lower case.
    pub(super) fn columns<'t>(&self, table: &'t Table<'a>) -> Vec<(&'t Column<'a>, bool)> {
        let column = |name: &Ident| table.columns.iter().find(|column| column.sql == name);
        self.parts
            .iter()
            .filter_map(|(name, lower)| Some((column(name)?, *lower)))
            .collect()
    }

    /// The name of the function, `find_by_user_id_and_name`.
    fn name(&self, table: &Table<'a>) -> String {
        let columns = self.columns(table);
        let columns = columns
            .iter()
            .map(|(column, _)| column.rust.strip_prefix("r#").unwrap_or(&column.rust));
        format!("find_by_{}", columns.collect::<Vec<_>>().join("_and_"))
    }

    /// What holds of the rows with given values.
    pub(super) fn condition(&self, table: &Table<'a>) -> Sql {
        let conditions =
            self.columns(table)
                .into_iter()
                .enumerate()
                .map(|(index, (column, lower))| {
                    let value = statements::compared(table, column, index + 1);
                    if lower {
                        sql!(
                            "lower({name}) = lower({value})",
                            name = column.sql,
                            value = value
                        )
                    } else {
                        let name = super::table::compared_column(table, column);
                        sql!("{name} = {value}", name = name, value = value)
                    }
                });
        sql!(
            "{conditions}{predicate}",
            conditions = Sql::join(" AND ", conditions),
            predicate = self.predicate.map(|predicate| sql!(
                " AND ({predicate})",
                predicate = crate::pg::Closed(predicate)
            ))
        )
    }

    fn sql(&self, table: &Table<'a>) -> Sql {
        let key = statements::key_order(table);
        let order = (!self.unique && !key.is_empty()).then(|| sql!("\nORDER BY {key}", key = key));
        sql!(
            "SELECT {columns}\nFROM {table}\nWHERE {condition}{shown}{order}",
            columns = statements::column_list(table),
            table = table.sql,
            condition = self.condition(table),
            shown = statements::and_shown(table),
            order = order
        )
    }
}

/// How a value of a column is given.
pub(super) fn parameter(column: &Column<'_>, name: &str, scope: &Scope) -> String {
    let ty = scope.value(&column.mapped);
    if column.mapped.traits.copy {
        format!("{name}: {ty}")
    } else if column.mapped.rust == "String" && column.mapped.wire != Wire::Own {
        format!("{name}: &str")
    } else {
        format!("{name}: &{ty}")
    }
}

fn emit(
    table: &Table<'_>,
    finder: &Finder<'_>,
    name: &str,
    scope: &Scope,
    file: &mut File,
    methods: &mut File,
    module: &mut Module,
) {
    let constant = names::constant(name);
    let columns = finder.columns(table);
    let what = columns
        .iter()
        .map(|(column, lower)| {
            let case = if *lower { " in any case" } else { "" };
            format!("{}{case}", code(column.sql.as_str()))
        })
        .collect::<Vec<_>>()
        .join(" and ");
    let within = match finder.predicate {
        Some(_) => ", among those that the unique index holds",
        None => "",
    };
    let (doc, result, fetch) = if finder.unique {
        (
            format!("The row with that {what}{within}, if there is one."),
            scope.option("Self"),
            "fetch_optional",
        )
    } else {
        (
            format!("All rows with that {what}, in the order of the key."),
            scope.list("Self"),
            "fetch_all",
        )
    };
    let sql = finder.sql(table);
    file.blank();
    file.doc(0, &doc);
    file.constant(
        0,
        &format!("pub const {constant}: &str"),
        &sql_literal(sql.as_str()),
    );
    module.statement(&table.module(), &constant, sql);
    if !methods.is_empty() {
        methods.blank();
    }
    methods.doc(
        1,
        &format!("{doc}\n\n# Errors\nIf the database cannot be asked or a row cannot be read."),
    );
    let mut parameters = vec![DB.to_owned()];
    let mut taken = vec!["db".to_owned(), "args".to_owned()];
    let mut values = Vec::new();
    for (column, _) in &columns {
        let name = names::free(&column.rust, &taken);
        // A text of a type of its own is asked for by any text.
        let text = column.mapped.traits.string
            && column.mapped.rust != "String"
            && column.mapped.wire != Wire::Own;
        if text {
            parameters.push(format!("{name}: impl ::core::convert::AsRef<str>"));
            values.push(format!("{name}.as_ref()"));
        } else {
            parameters.push(parameter(column, &name, scope));
            values.push(name.clone());
        }
        taken.push(name);
    }
    methods.signature(
        1,
        &format!("pub fn {name}<'c>"),
        &parameters,
        &operation(&result),
    );
    methods.line(2, "let mut args = ::pgwright::Args::new();");
    for value in &values {
        methods.call(2, "args.add", std::slice::from_ref(value));
    }
    super::operations::statement("read", name, &constant, methods);
    methods.line(2, &format!("::pgwright::{fetch}(db, statement, args)"));
    methods.line(1, "}");
}

/// Rows of many keys in one query.
fn get_many(
    table: &Table<'_>,
    scope: &Scope,
    file: &mut File,
    methods: &mut File,
    module: &mut Module,
) {
    let Some((key, sql)) = Key::of(table).zip(many_sql(table)) else {
        return;
    };
    file.blank();
    file.doc(0, "The rows of many keys, in the order of the keys.");
    file.constant(0, "pub const GET_MANY: &str", &sql_literal(sql.as_str()));
    module.statement(&table.module(), "GET_MANY", sql);
    methods.doc(
        1,
        "The rows with those keys in one query, in the order of the keys. A key that is there twice has its row twice, \
         one that no row has is passed over.\n\n# Errors\nIf the database cannot be asked or a row cannot be read.",
    );
    methods.signature(
        1,
        "pub fn get_many<'c>",
        &[DB.to_owned(), format!("ids: &[{}]", key.elsewhere(scope))],
        &operation(&scope.list("Self")),
    );
    methods.line(2, "let mut args = ::pgwright::Args::new();");
    match key {
        Key::Several(_) => {
            for column in table.key_columns() {
                methods.call(
                    2,
                    "args.column",
                    &["ids".to_owned(), format!("|id| &id.{}", column.rust)],
                );
            }
        }
        Key::Own(..) | Key::Other(_) => methods.line(2, "args.column(ids, |id| id);"),
    }
    super::operations::statement("read", "get_many", "GET_MANY", methods);
    methods.line(2, "::pgwright::fetch_all(db, statement, args)");
    methods.line(1, "}");
}

/// None where a value of the key cannot be sent in an array.
fn many_sql(table: &Table<'_>) -> Option<Sql> {
    let schema = table.schema;
    let mut arrays = Vec::new();
    let mut aliases = Vec::new();
    let mut conditions = Vec::new();
    for (index, column) in table.key_columns().enumerate() {
        if column.mapped.list || is_record(schema, column) {
            return None;
        }
        let number = index + 1;
        let alias = sql!(
            "c{number}",
            number = crate::sql::Literal::Integer(i64::try_from(number).ok()?)
        );
        arrays.push(sql!(
            "{parameter}::{element}[]",
            parameter = statements::parameter(number),
            element = element_type(schema, column)?
        ));
        // What is sent as text is cast to what it is.
        let cast = query::compared(table, column).map(|_| {
            let ty = super::sql_types::cast_type(schema, column.ty);
            sql!("::{ty}", ty = ty)
        });
        conditions.push(sql!(
            "t.{name} = k.{alias}{cast}",
            name = column.sql,
            alias = alias,
            cast = cast
        ));
        aliases.push(alias);
    }
    Some(sql!(
        "SELECT {columns}\nFROM unnest({arrays}) WITH ORDINALITY AS k({aliases}, n)\nJOIN {table} AS t ON \
         {conditions}{shown}\nORDER BY k.n",
        columns = statements::column_list_of(table, "t"),
        arrays = Sql::join(", ", arrays),
        aliases = Sql::join(", ", aliases),
        table = table.sql,
        conditions = Sql::join(" AND ", conditions),
        shown = query::shown_of(table, "t").map(|shown| sql!(" AND {shown}", shown = shown))
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_in_lower_case_is_found_in_what_the_author_wrote() {
        assert_eq!(lower_of("lower(email)").as_deref(), Some("email"));
        assert_eq!(lower_of(" LOWER ( Email )").as_deref(), Some("email"));
        assert_eq!(lower_of("lower((name)::text)").as_deref(), Some("name"));
        assert_eq!(lower_of("lower(\"a\"\"B\")").as_deref(), Some("a\"B"));
        assert_eq!(lower_of("lower(a || b)"), None);
        assert_eq!(lower_of("upper(a)"), None);
        assert_eq!(lower_of("lower(a) || lower(b)"), None);
        assert_eq!(lower_of("größe"), None);
    }
}
