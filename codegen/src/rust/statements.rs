//! The SQL of the operations.

use crate::ident::Ident;
use crate::pg::Closed;
use crate::schema::{Default, ForeignKey, TriggerKind};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql};

use super::columns::{Column, Insert, Table};
use super::sql_types;
use super::table as query;
use super::types::Wire;

/// A column list wraps behind this many characters.
const WRAP: usize = 84;

/// `$1`, `$2` …
pub(super) fn parameter(number: usize) -> Sql {
    let mut sql = Sql::new();
    sql.push_keyword("$")
        .push(&Literal::Integer(i64::try_from(number).unwrap_or(i64::MAX)));
    sql
}

/// Parts with commas, in lines of a readable width.
pub(super) fn list(parts: impl IntoIterator<Item = Sql>) -> Sql {
    let mut sql = Sql::new();
    let mut column = 0;
    for (index, part) in parts.into_iter().enumerate() {
        let width = part.as_str().chars().count();
        if index > 0 {
            if column + width + 2 > WRAP {
                sql.push_keyword(",\n    ");
                column = 4;
            } else {
                sql.push_keyword(", ");
                column += 2;
            }
        }
        column += width;
        sql.push(&part);
    }
    sql
}

/// What selects a column in the form that Rust reads.
pub(super) fn selected(column: &Column<'_>) -> Sql {
    let cast = match column.mapped.wire {
        Wire::Text => "::text",
        Wire::TextArray => "::text[]",
        _ => "",
    };
    sql!("{name}{cast}", name = column.sql, cast = Keyword(cast))
}

pub(super) fn column_list(table: &Table<'_>) -> Sql {
    list(table.columns.iter().map(selected))
}

/// The same of a table that goes by another name.
pub(super) fn column_list_of(table: &Table<'_>, alias: &'static str) -> Sql {
    list(table.columns.iter().map(|column| {
        sql!(
            "{alias}.{column}",
            alias = Keyword(alias),
            column = selected(column)
        )
    }))
}

/// `AND` and what holds of a row that is not deleted.
pub(super) fn and_shown(table: &Table<'_>) -> Sql {
    match query::shown(table) {
        Some(shown) => sql!(" AND {shown}", shown = shown),
        None => Sql::new(),
    }
}

/// What follows a parameter so that it becomes a value of the column.
///
/// A type of an extension is named as the spec names it. A session finds it by its search path, as it must find the
/// type's operators.
pub(super) fn cast(table: &Table<'_>, column: &Column<'_>) -> Sql {
    let ty = sql_types::cast_type(table.schema, column.ty);
    match column.mapped.wire {
        Wire::Native | Wire::Jsonb | Wire::Json | Wire::Own => Sql::new(),
        Wire::Cast => sql!("::{ty}", ty = ty),
        Wire::Text => sql!("::text::{ty}", ty = ty),
        Wire::TextArray => sql!("::text[]::{ty}", ty = ty),
    }
}

/// A parameter as a value of the column.
pub(super) fn bound(table: &Table<'_>, column: &Column<'_>, number: usize) -> Sql {
    sql!(
        "{value}{cast}",
        value = parameter(number),
        cast = cast(table, column)
    )
}

/// A parameter as a value of the column's type, where nothing else says the type.
pub(super) fn typed(table: &Table<'_>, column: &Column<'_>, number: usize) -> Sql {
    if cast(table, column).is_empty() {
        sql!(
            "{value}::{ty}",
            value = parameter(number),
            ty = sql_types::cast_type(table.schema, column.ty)
        )
    } else {
        bound(table, column, number)
    }
}

/// The default as a value of the column's type: the same expression as in the DDL.
pub(super) fn default(table: &Table<'_>, column: &Column<'_>, default: &Default) -> Sql {
    let ty = sql_types::cast_type(table.schema, column.ty);
    match default {
        Default::Literal(Literal::Boolean(value)) => {
            let mut sql = Sql::new();
            sql.push(&Literal::Boolean(*value));
            sql
        }
        Default::Literal(literal @ (Literal::Integer(_) | Literal::Number(_))) => {
            let mut number = Sql::new();
            number.push(literal);
            // A minus binds weaker than the cast.
            if number.as_str().starts_with('-') {
                sql!("({number})::{ty}", number = number, ty = ty)
            } else {
                sql!("{number}::{ty}", number = number, ty = ty)
            }
        }
        Default::Literal(literal) => sql!("{literal}::{ty}", literal = literal, ty = ty),
        Default::Array(elements) if elements.is_empty() => sql!("'{{}}'::{ty}", ty = ty),
        Default::Array(elements) => sql!(
            "ARRAY[{elements}]::{ty}",
            elements = Sql::join(", ", elements),
            ty = ty
        ),
        Default::Sql(expression) if is_plain_call(expression.as_str()) => {
            sql!("{expression}::{ty}", expression = expression, ty = ty)
        }
        Default::Sql(expression) => sql!(
            "({expression})::{ty}",
            expression = Closed(expression),
            ty = ty
        ),
    }
}

/// Whether it is a call without arguments, which a cast can follow as it is.
fn is_plain_call(text: &str) -> bool {
    text.strip_suffix("()").is_some_and(|name| {
        name.chars()
            .all(|char| char.is_ascii_alphanumeric() || char == '_' || char == '.')
    })
}

/// An INSERT. `sequences` says whether the columns that a sequence fills are among those it writes.
pub(super) fn insert(table: &Table<'_>, sequences: bool) -> Sql {
    let Inserted {
        columns, values, ..
    } = inserted(table, sequences);
    let returning = column_list(table);
    if columns.is_empty() {
        return sql!(
            "INSERT INTO {table} DEFAULT VALUES\nRETURNING {returning}",
            table = table.sql,
            returning = returning
        );
    }
    sql!(
        "INSERT INTO {table}\n    ({columns})\nVALUES ({values})\nRETURNING {returning}",
        table = table.sql,
        columns = list(columns),
        values = list(values),
        returning = returning
    )
}

/// What an INSERT of one row writes.
#[derive(Default)]
pub(super) struct Inserted<'t> {
    pub(super) columns: Vec<Sql>,
    pub(super) values: Vec<Sql>,
    /// The parameter that holds the value of each column.
    pub(super) parameters: Vec<(&'t Ident, usize)>,
}

impl Inserted<'_> {
    /// The parameter that holds the value of a column.
    pub(super) fn parameter(&self, column: &Column<'_>) -> Option<usize> {
        let mut parameters = self.parameters.iter();
        parameters
            .find(|(name, _)| *name == column.sql)
            .map(|(_, number)| *number)
    }
}

/// What an INSERT of one row writes, column by column.
pub(super) fn inserted<'t>(table: &Table<'t>, sequences: bool) -> Inserted<'t> {
    let mut inserted = Inserted::default();
    let mut number = 0_usize;
    let mut next = || {
        number += 1;
        number
    };
    for column in &table.columns {
        let (number, value) = match column.insert {
            Insert::Never => continue,
            Insert::OrNext if !sequences => continue,
            Insert::Required | Insert::NewId | Insert::OrNull => {
                let number = next();
                // In an INSERT the column gives a parameter its type.
                (number, bound(table, column, number))
            }
            Insert::OrDefault(clause) => {
                let number = next();
                let value = sql!(
                    "coalesce({value}, {default})",
                    value = typed(table, column, number),
                    default = default(table, column, clause)
                );
                (number, value)
            }
            Insert::NullOrDefault(clause) => {
                let says = next();
                let number = next();
                let value = sql!(
                    "CASE WHEN {says}::boolean THEN {value} ELSE {default} END",
                    says = parameter(says),
                    value = typed(table, column, number),
                    default = default(table, column, clause)
                );
                (number, value)
            }
            Insert::OrNext => {
                let number = next();
                let mut name = Sql::new();
                name.push(table.sql);
                let value = sql!(
                    "coalesce({value}, nextval(pg_get_serial_sequence({table}, {column})))",
                    value = typed(table, column, number),
                    table = Literal::text(name.into_string()),
                    column = Literal::text(column.sql.as_str())
                );
                (number, value)
            }
        };
        inserted.columns.push(sql!("{name}", name = column.sql));
        inserted.values.push(value);
        inserted.parameters.push((column.sql, number));
    }
    inserted
}

/// The references whose row an INSERT of many rows locks before the server checks the foreign key: those to a row that a
/// counter or a sum of this model writes. The check would take the weaker KEY SHARE first, and sessions that insert for one
/// parent would wait for each other to give it up. A single row takes turns by a trigger of its table.
///
/// Where rights are granted table by table the lock might ask for one that a role has not (UPDATE on the parent), and a
/// trigger that looks at some rows only may not need it at all.
pub(super) fn locked_parents<'a>(table: &Table<'a>) -> Vec<&'a ForeignKey> {
    let schema = table.schema;
    let Some(id) = table.id else {
        return Vec::new();
    };
    let model = schema.model(id);
    let mut parents: Vec<&ForeignKey> = model
        .foreign_keys
        .iter()
        .filter(|reference| {
            let target = schema.model(reference.target);
            let counted = table
                .links
                .triggers(id)
                .iter()
                .any(|trigger| match &trigger.kind {
                    TriggerKind::Counter(counter) => {
                        counter.count == id
                            && reference.fields.as_slice() == [counter.by]
                            && counter.filter.is_none()
                            && counter.into.model == reference.target
                    }
                    TriggerKind::Sum(sum) => {
                        sum.of == id
                            && reference.fields.as_slice() == [sum.by]
                            && sum.filter.is_none()
                            && sum.into.model == reference.target
                    }
                    _ => false,
                });
            counted
                && !reference.is_retained()
                && reference.target != id
                && model.grants.is_empty()
                && target.grants.is_empty()
                && !target.row_security.enabled
        })
        .collect();
    if parents.len() < 2 {
        return parents;
    }
    // In the order in which the triggers lock them as well.
    let order = crate::verify::write_graph::lock_order(schema);
    parents.sort_by_key(|reference| order.iter().position(|model| *model == reference.target));
    parents
}

/// `key = $1 AND …`
pub(super) fn key_condition(table: &Table<'_>) -> Sql {
    Sql::join(
        " AND ",
        table.key_columns().enumerate().map(|(index, column)| {
            sql!(
                "{name} = {value}",
                name = query::compared_column(table, column),
                value = compared(table, column, index + 1)
            )
        }),
    )
}

/// A parameter that is compared with the column.
pub(super) fn compared(table: &Table<'_>, column: &Column<'_>, number: usize) -> Sql {
    sql!(
        "{value}{cast}",
        value = parameter(number),
        cast = query::compared(table, column).map(|(cast, _)| cast)
    )
}

/// The row of a key. `deleted` says whether one that is deleted softly is found as well.
pub(super) fn find(table: &Table<'_>, deleted: bool) -> Sql {
    sql!(
        "SELECT {columns}\nFROM {table}\nWHERE {key}{shown}",
        columns = column_list(table),
        table = table.sql,
        key = key_condition(table),
        shown = match deleted {
            true => Sql::new(),
            false => and_shown(table),
        }
    )
}

/// An UPDATE of every column that a patch may set: its head, its assignments and its tail.
pub(super) fn update(table: &Table<'_>) -> (Sql, Vec<Sql>, Sql) {
    let head = sql!("UPDATE {table}\nSET ", table = table.sql);
    let assignments = table
        .columns
        .iter()
        .filter(|column| column.patch)
        .map(|column| sql!("{name} = ", name = column.sql))
        .collect();
    let tail = sql!(
        "WHERE {key}{shown}\nRETURNING {columns}",
        key = key_condition(table),
        shown = and_shown(table),
        columns = column_list(table)
    );
    (head, assignments, tail)
}

/// The whole UPDATE, as it is when a patch sets every column.
pub(super) fn whole_update(table: &Table<'_>) -> Sql {
    let (head, assignments, tail) = update(table);
    let keys = table.key.len();
    let assignments = table
        .columns
        .iter()
        .filter(|column| column.patch)
        .zip(assignments)
        .enumerate()
        .map(|(index, (column, assignment))| {
            sql!(
                "{assignment}{value}",
                assignment = assignment,
                value = bound(table, column, keys + index + 1)
            )
        });
    sql!(
        "{head}{assignments}\n{tail}",
        head = head,
        assignments = list(assignments),
        tail = tail
    )
}

/// A DELETE by key.
pub(super) fn delete(table: &Table<'_>) -> Sql {
    sql!(
        "DELETE FROM {table}\nWHERE {key}",
        table = table.sql,
        key = key_condition(table)
    )
}

/// The columns of the key, to order by. A bare name means what is selected there, and where that is the text of the column,
/// rows would be sorted as texts: the cast to the column's own type, which does nothing, makes it the column.
pub(super) fn key_order(table: &Table<'_>) -> Sql {
    Sql::join(
        ", ",
        table.key_columns().map(|column| {
            let own = match column.mapped.wire {
                Wire::Text | Wire::TextArray => {
                    let ty = sql_types::cast_type(table.schema, column.ty);
                    sql!("::{ty}", ty = ty)
                }
                _ => Sql::new(),
            };
            sql!("{name}{own}", name = column.sql, own = own)
        }),
    )
}

/// The first rows in the order of the key, or those behind a key.
pub(super) fn list_by_key(table: &Table<'_>, after: bool) -> Sql {
    let keys: Vec<&Column<'_>> = table.key_columns().collect();
    let names = Sql::join(", ", keys.iter().map(|column| column.sql));
    let mut condition =
        query::shown(table).map_or_else(Sql::new, |shown| sql!("\nWHERE {shown}", shown = shown));
    let mut limit = 1;
    if after {
        let values = Sql::join(
            ", ",
            keys.iter()
                .enumerate()
                .map(|(index, column)| typed(table, column, index + 1)),
        );
        limit += keys.len();
        let shown = and_shown(table);
        condition = if keys.len() == 1 {
            sql!(
                "\nWHERE {names} > {values}{shown}",
                names = names,
                values = values,
                shown = shown
            )
        } else {
            sql!(
                "\nWHERE ({names}) > ({values}){shown}",
                names = names,
                values = values,
                shown = shown
            )
        };
    }
    sql!(
        "SELECT {columns}\nFROM {table}{condition}\nORDER BY {order}\nLIMIT {limit}",
        columns = column_list(table),
        table = table.sql,
        condition = condition,
        order = key_order(table),
        limit = parameter(limit)
    )
}

/// Some rows of what has no key.
pub(super) fn list_unordered(table: &Table<'_>) -> Sql {
    sql!(
        "SELECT {columns}\nFROM {table}{shown}\nLIMIT $1 OFFSET $2",
        columns = column_list(table),
        table = table.sql,
        shown = query::shown(table).map(|shown| sql!("\nWHERE {shown}", shown = shown))
    )
}
