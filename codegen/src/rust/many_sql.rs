//! The SQL that inserts many rows at once: an array for each column.
//!
//! An array of arrays cannot be taken apart into its arrays. The elements of a column's lists are sent one after the other,
//! beside the number of the row that each is of, and put together again.

use crate::schema::{BaseType, Builtin, Schema, Type};
use crate::sql;
use crate::sql::{Keyword, Literal, Sql};

use super::columns::{Column, Insert, Table};
use super::sql_types::cast_type;
use super::statements::{cast, column_list, default, list, locked_parents, parameter};
use super::types::Wire;

/// The statement. `sequences` says whether the columns that a sequence fills are among those it writes. None where a
/// value of the model cannot be sent in an array, or there is nothing to send.
pub(super) fn insert_many(table: &Table<'_>, sequences: bool) -> Option<Sql> {
    let mut source = Source::default();
    let mut columns = Vec::new();
    let mut values = Vec::new();
    let mut arrays = Vec::new();
    for column in &table.columns {
        if column.insert == Insert::Never || (column.insert == Insert::OrNext && !sequences) {
            continue;
        }
        let element = element_type(table.schema, column)?;
        let says = matches!(column.insert, Insert::NullOrDefault(_))
            .then(|| source.rows(&sql!("boolean")).0);
        let record = is_record(table.schema, column);
        let value = match (column.mapped.list, record) {
            (true, _) => source.list(&element, record),
            (false, true) => source.record(&element),
            (false, false) => {
                let (value, array) = source.rows(&element);
                arrays.push((column.sql, array));
                value
            }
        };
        values.push(said(table, column, value, says, &element));
        columns.push(sql!("{name}", name = column.sql));
    }
    // Records alone are no rows.
    if source.arrays.is_empty() {
        return None;
    }
    let (with, condition) = parents(table, &arrays);
    Some(sql!(
        "{with}INSERT INTO {table}\n    ({columns})\nSELECT {values}\n{from}{condition}\nORDER BY r.n\n\
         RETURNING {returning}",
        with = with,
        table = table.sql,
        columns = list(columns),
        values = list(values),
        from = source.from(),
        condition = condition,
        returning = column_list(table)
    ))
}

/// What is stored in a column.
fn said(
    table: &Table<'_>,
    column: &Column<'_>,
    value: Sql,
    says: Option<Sql>,
    element: &Sql,
) -> Sql {
    let ty = cast_type(table.schema, column.ty);
    // The cast that a parameter of one row has, without those that only say what is sent.
    let plain = match cast(table, column).is_empty() {
        true => value.clone(),
        false => sql!("{value}::{ty}", value = value, ty = ty),
    };
    let typed = match ty == *element {
        true => value,
        false => sql!("{value}::{ty}", value = value, ty = ty),
    };
    match column.insert {
        Insert::OrDefault(clause) => sql!(
            "coalesce({typed}, {default})",
            typed = typed,
            default = default(table, column, clause)
        ),
        Insert::NullOrDefault(clause) => sql!(
            "CASE WHEN {says} THEN {typed} ELSE {default} END",
            says = says,
            typed = typed,
            default = default(table, column, clause)
        ),
        Insert::OrNext => {
            let mut name = Sql::new();
            name.push(table.sql);
            sql!(
                "coalesce({typed}, nextval(pg_get_serial_sequence({table}, {column})))",
                typed = typed,
                table = Literal::text(name.into_string()),
                column = Literal::text(column.sql.as_str())
            )
        }
        Insert::Never | Insert::Required | Insert::NewId | Insert::OrNull => plain,
    }
}

/// The arrays of a statement as rows.
#[derive(Default)]
struct Source {
    parameters: usize,
    /// Arrays with an element for each row, and what each is called.
    arrays: Vec<Sql>,
    names: Vec<Sql>,
    joins: Vec<Sql>,
}

impl Source {
    fn array(&mut self, element: &Sql) -> Sql {
        self.parameters += 1;
        sql!(
            "{parameter}::{element}[]",
            parameter = parameter(self.parameters),
            element = element
        )
    }

    /// An array with an element for each row: how the element is called, and the array.
    fn rows(&mut self, element: &Sql) -> (Sql, Sql) {
        let array = self.array(element);
        let name = numbered("c", self.parameters);
        let value = sql!("r.{name}", name = name);
        self.arrays.push(array.clone());
        self.names.push(name);
        (value, array)
    }

    /// A record for each row: among the tables of a FROM it would be taken apart into its attributes.
    fn record(&mut self, element: &Sql) -> Sql {
        let records = self.array(element);
        let name = numbered("l", self.parameters);
        self.joins.push(sql!(
            "\nLEFT JOIN (\n    SELECT unnest({records}) AS v, generate_subscripts({records}, 1) AS n\n) AS {name} ON \
             {name}.n = r.n",
            records = records,
            name = name
        ));
        sql!("{name}.v", name = name)
    }

    /// A list for each row.
    fn list(&mut self, element: &Sql, record: bool) -> Sql {
        let (has, _) = self.rows(&sql!("boolean"));
        let owners = self.array(&sql!("integer"));
        let elements = self.array(element);
        let name = numbered("l", self.parameters);
        let rows = match record {
            true => sql!(
                "(\n        SELECT unnest({owners}) AS n, unnest({elements}) AS v,\n            \
                 generate_subscripts({elements}, 1) AS o\n    ) AS e",
                owners = owners,
                elements = elements
            ),
            false => sql!(
                "unnest({owners}, {elements}) WITH ORDINALITY AS e(n, v, o)",
                owners = owners,
                elements = elements
            ),
        };
        self.joins.push(sql!(
            "\nLEFT JOIN (\n    SELECT e.n, array_agg(e.v ORDER BY e.o) AS v\n    FROM {rows}\n    GROUP BY e.n\n) AS \
             {name} ON {name}.n = r.n",
            rows = rows,
            name = name
        ));
        sql!(
            "CASE WHEN {has} THEN coalesce({name}.v, '{{}}') END",
            has = has,
            name = name
        )
    }

    /// In a SELECT list the arrays go on together, an element of each for each row. In FROM each of them would be copied to
    /// a table of its own first.
    fn from(self) -> Sql {
        let numbers = self.arrays.first().map(|array| {
            sql!(
                "generate_subscripts({array}, 1) AS n",
                array = array.clone()
            )
        });
        let elements = self.arrays.iter().zip(&self.names).map(|(array, name)| {
            sql!(
                "unnest({array}) AS {name}",
                array = array.clone(),
                name = name.clone()
            )
        });
        sql!(
            "FROM (\n    SELECT {elements}\n) AS r{joins}",
            elements = list(elements.chain(numbers)),
            joins = Sql::join("", self.joins)
        )
    }
}

fn numbered(letter: &'static str, number: usize) -> Sql {
    sql!(
        "{letter}{number}",
        letter = Keyword(letter),
        number = Literal::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    )
}

/// What locks the parents that are counted, in the order of their keys and before any row is inserted, and the condition
/// that has them locked.
fn parents(table: &Table<'_>, arrays: &[(&crate::ident::Ident, Sql)]) -> (Sql, Sql) {
    let schema = table.schema;
    let mut with = Vec::new();
    let mut condition = Sql::new();
    for reference in locked_parents(table) {
        let ([from], [to], Some(id)) = (
            reference.fields.as_slice(),
            reference.to.as_slice(),
            table.id,
        ) else {
            continue;
        };
        let child = schema.model(id).field(*from);
        let parent = schema.model(reference.target);
        let key = parent.field(*to);
        let Some((_, keys)) = arrays.iter().find(|(name, _)| **name == child.name) else {
            continue;
        };
        // What is sent as text is compared as what it is.
        let column = table
            .columns
            .iter()
            .find(|column| *column.sql == child.name);
        let ty = column
            .filter(|column| !cast(table, column).is_empty())
            .map(|_| sql!("::{ty}[]", ty = cast_type(schema, &key.ty)));
        let name = numbered("parent", with.len() + 1);
        with.push(sql!(
            "{name} AS MATERIALIZED (\n    SELECT FROM {table}\n    WHERE {key} = ANY({keys}{ty}){after}\n    \
             ORDER BY {key} FOR NO KEY UPDATE\n)",
            name = name,
            table = parent.table,
            key = key.name,
            keys = keys,
            ty = ty,
            after = match condition.is_empty() {
                true => Sql::new(),
                false => sql!(" AND {condition}", condition = condition),
            }
        ));
        condition = sql!("(SELECT count(*) FROM {name}) IS NOT NULL", name = name);
    }
    if with.is_empty() {
        return (Sql::new(), Sql::new());
    }
    (
        sql!("WITH {with}\n", with = Sql::join(",\n", with)),
        sql!("\nWHERE {condition}", condition = condition),
    )
}

/// The type of the elements that are sent, if an array of them can be sent.
pub(super) fn element_type(schema: &Schema, column: &Column<'_>) -> Option<Sql> {
    match column.mapped.wire {
        // Whatever sqlx makes of it; an array of it may not be known.
        Wire::Own => None,
        Wire::Text | Wire::TextArray => Some(sql!("text")),
        Wire::Jsonb => Some(sql!("jsonb")),
        Wire::Json => Some(sql!("json")),
        Wire::Native | Wire::Cast => Some(sent(schema, column.ty, 0)),
    }
}

/// Whether the values, or the elements of the lists, are records.
pub(super) fn is_record(schema: &Schema, column: &Column<'_>) -> bool {
    fn base(schema: &Schema, ty: &Type, depth: usize) -> bool {
        match &ty.base {
            BaseType::Composite(_) => true,
            BaseType::Domain(id) if depth <= schema.domains.len() => {
                base(schema, &schema.domain(*id).base, depth + 1)
            }
            _ => false,
        }
    }
    matches!(column.mapped.wire, Wire::Native | Wire::Cast) && base(schema, column.ty, 0)
}

/// The type of what sqlx sends for a value, or for an element of a list.
fn sent(schema: &Schema, ty: &Type, depth: usize) -> Sql {
    match &ty.base {
        BaseType::Domain(id) if depth <= schema.domains.len() => {
            sent(schema, &schema.domain(*id).base, depth + 1)
        }
        BaseType::Builtin(
            Builtin::Text
            | Builtin::Varchar(_)
            | Builtin::Char(_)
            | Builtin::Name
            | Builtin::Plain("bpchar"),
        ) => sql!("text"),
        base => cast_type(
            schema,
            &Type {
                base: base.clone(),
                dimensions: 0,
            },
        ),
    }
}

/// Whether what is sent is of the very type of the column, so that a binary COPY takes it: there are no casts, and no
/// type whose number only the server knows.
pub(super) fn is_copied(schema: &Schema, column: &Column<'_>) -> bool {
    match column.mapped.wire {
        Wire::Jsonb | Wire::Json => true,
        Wire::Own | Wire::Text | Wire::TextArray | Wire::Cast => false,
        Wire::Native => is_binary(schema, column.ty, 0),
    }
}

fn is_binary(schema: &Schema, ty: &Type, depth: usize) -> bool {
    match (&ty.base, ty.dimensions) {
        (BaseType::Domain(id), 0) if depth <= schema.domains.len() => {
            is_binary(schema, &schema.domain(*id).base, depth + 1)
        }
        (BaseType::Enum(_), 0) => true,
        (BaseType::Builtin(_), 0) => true,
        // An array says the type of its elements; texts are sent as `text`.
        (
            BaseType::Builtin(
                Builtin::Varchar(_) | Builtin::Char(_) | Builtin::Name | Builtin::Plain("bpchar"),
            ),
            _,
        ) => false,
        (BaseType::Builtin(_), 1) => true,
        _ => false,
    }
}
