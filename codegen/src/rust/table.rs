//! What queries know of a table: the constant `TABLE`.

use crate::ident::Ident;
use crate::pg::type_sql;
use crate::schema::{BaseType, Builtin, Index, IndexKey, IndexPart, Nulls, Schema, Type};
use crate::sql;
use crate::sql::{Keyword, Sql};

use super::columns::{Column, Table};
use super::sql_types;
use super::statements;
use super::text::{self, File, literal, sql_literal};
use super::types::Wire;

/// The constant, within the implementation of `Model`.
pub(super) fn emit(table: &Table<'_>, file: &mut File) {
    let mut name = Sql::new();
    name.push(table.sql);
    file.line(
        1,
        "const TABLE: &'static ::pgwright::Table = &::pgwright::Table {",
    );
    // rustfmt leaves a string beside its field, however long it is.
    file.line(2, &format!("name: {},", literal(name.as_str())));
    let select = sql_literal(statements::column_list(table).as_str());
    file.line(2, &format!("select: {select},"));
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| info(table, column))
        .collect();
    file.array(2, "columns: &", &columns, ",");
    let key: Vec<String> = table.key.iter().map(ToString::to_string).collect();
    file.array(2, "key: &", &key, ",");
    let shown = shown(table).unwrap_or_default();
    file.line(2, &format!("shown: {},", literal(shown.as_str())));
    let indexes: Vec<String> = indexes(table)
        .iter()
        .map(|parts| {
            let parts: Vec<String> = parts.iter().map(|part| literal(part.as_str())).collect();
            text::nested_array(3, "&", &parts)
        })
        .collect();
    file.array(2, "indexes: &", &indexes, ",");
    file.line(1, "};");
}

/// What holds of a row that is not deleted.
pub(super) fn shown(table: &Table<'_>) -> Option<Sql> {
    flag(table).map(|flag| sql!("NOT {flag}", flag = flag))
}

/// The same of a table that goes by another name.
pub(super) fn shown_of(table: &Table<'_>, alias: &'static str) -> Option<Sql> {
    flag(table).map(|flag| sql!("NOT {alias}.{flag}", alias = Keyword(alias), flag = flag))
}

fn flag<'a>(table: &Table<'a>) -> Option<&'a Ident> {
    let model = table.schema.model(table.id?);
    let soft_delete = model.soft_delete.as_ref()?;
    Some(&model.field(soft_delete.flag).name)
}

/// What follows a parameter that is compared with the column, and one that is an array of such values.
pub(super) fn compared(table: &Table<'_>, column: &Column<'_>) -> Option<(Sql, Sql)> {
    let schema = table.schema;
    match column.mapped.wire {
        Wire::Text => Some(Type {
            base: column.ty.base.clone(),
            dimensions: column.ty.dimensions.saturating_add(1),
        })
        .map(|array| {
            (
                statements::cast(table, column),
                sql!("::text[]::{ty}", ty = sql_types::cast_type(schema, &array)),
            )
        }),
        Wire::TextArray | Wire::Cast => Some((statements::cast(table, column), Sql::new())),
        // An array equals only one of the very same type.
        Wire::Native if column.ty.dimensions > 0 => Some((
            sql!("::{ty}", ty = sql_types::cast_type(schema, column.ty)),
            Sql::new(),
        )),
        Wire::Native => compared_as(schema, &column.ty.base, 0).map(|base| {
            let ty = |dimensions| {
                let base = base.clone();
                let ty = Type { base, dimensions };
                sql!("::{ty}", ty = type_sql(schema, &ty))
            };
            (ty(0), ty(1))
        }),
        Wire::Jsonb | Wire::Json | Wire::Own => None,
    }
}

/// A column with how its values travel.
fn info(table: &Table<'_>, column: &Column<'_>) -> String {
    let mut name = Sql::new();
    name.push(column.sql);
    let name = literal(name.as_str());
    let info = match (compared(table, column), column.nullable) {
        (None, false) => text::call("::pgwright::ColumnInfo::new", 3, &[name]),
        (None, true) => text::call("::pgwright::ColumnInfo::nullable", 3, &[name]),
        (Some((cast, array)), nullable) => text::call(
            "::pgwright::ColumnInfo::cast",
            3,
            &[
                name,
                nullable.to_string(),
                literal(statements::selected(column).as_str()),
                literal(cast.as_str()),
                literal(array.as_str()),
            ],
        ),
    };
    match operand(table.schema, column) {
        Some(operand) => {
            let arguments = [info, literal(operand.as_str())];
            text::call("::pgwright::ColumnInfo::operand", 3, &arguments)
        }
        None => info,
    }
}

/// What is compared, where it is not the column as it is: PostgreSQL has no operators for a domain over an enum. An index on
/// the column serves the cast as well.
fn operand(schema: &Schema, column: &Column<'_>) -> Option<Sql> {
    let mut ty = column.ty;
    for _ in &schema.domains {
        match &ty.base {
            BaseType::Domain(id) if ty.dimensions == 0 => ty = &schema.domain(*id).base,
            _ => break,
        }
    }
    let is_enum = matches!(ty.base, BaseType::Enum(_)) && ty.dimensions == 0;
    (is_enum && !std::ptr::eq(ty, column.ty))
        .then(|| sql!("{name}::{ty}", name = column.sql, ty = type_sql(schema, ty)))
}

/// The column as it is compared with a parameter.
pub(super) fn compared_column(table: &Table<'_>, column: &Column<'_>) -> Sql {
    operand(table.schema, column).unwrap_or_else(|| sql!("{name}", name = column.sql))
}

/// The type that a parameter has to have, where the server would take another one. `char(n)` is a text beside a text, and
/// no index serves that; a composite beside a value of no type wants any record, which nothing can be sent as.
fn compared_as(schema: &Schema, base: &BaseType, depth: usize) -> Option<BaseType> {
    match base {
        BaseType::Builtin(Builtin::Char(_) | Builtin::Plain("bpchar")) => {
            Some(BaseType::Builtin(Builtin::Plain("bpchar")))
        }
        BaseType::Composite(_) => Some(base.clone()),
        BaseType::Domain(domain) if depth <= schema.domains.len() => {
            let base = &schema.domain(*domain).base;
            if base.dimensions > 0 {
                return None;
            }
            compared_as(schema, &base.base, depth + 1)
        }
        _ => None,
    }
}

/// The orders that an index over all rows has: those of keys first.
fn indexes(table: &Table<'_>) -> Vec<Vec<Sql>> {
    let Some(id) = table.id else {
        return Vec::new();
    };
    let model = table.schema.model(id);
    let columns = |fields: &[crate::schema::FieldId]| -> Vec<Sql> {
        fields
            .iter()
            .map(|field| sql!("{name}", name = model.field(*field).name))
            .collect()
    };
    let keys = model
        .primary_key
        .iter()
        .map(|key| columns(&key.fields))
        .chain(model.uniques.iter().map(|unique| columns(&unique.fields)));
    let indexes = model
        .indexes
        .iter()
        .filter(|index| is_tree(index) && index.predicate.is_none())
        .map(|index| {
            index
                .parts
                .iter()
                .map_while(|part| self::part(table, part))
                .collect()
        });
    keys.chain(indexes)
        .filter(|parts| !parts.is_empty())
        .collect()
}

pub(super) fn is_tree(index: &Index) -> bool {
    index
        .using
        .as_ref()
        .is_none_or(|method| method.as_str() == "btree")
}

/// A key of an index, if it is a column in the order that a query has it in.
fn part(table: &Table<'_>, part: &IndexPart) -> Option<Sql> {
    let IndexKey::Field(field) = &part.key else {
        return None;
    };
    if part.collation.is_some() || part.operator_class.is_some() {
        return None;
    }
    let field = table.schema.model(table.id?).field(*field);
    let mut sql = Sql::new();
    sql.push(&field.name);
    if part.descending {
        sql.push_keyword(" DESC");
    }
    match (part.nulls, part.descending) {
        (Some(Nulls::First), false) if field.nullable => {
            sql.push_keyword(" NULLS FIRST");
        }
        (Some(Nulls::Last), true) if field.nullable => {
            sql.push_keyword(" NULLS LAST");
        }
        _ => {}
    }
    Some(sql)
}
