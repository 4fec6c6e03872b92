//! Grants on tables, and what a role needs beside them to use its rights.

use super::table::sequence_owner;
use crate::ident::{Ident, QualifiedName};
use crate::pg::{Grant, GrantObject, Statement};
use crate::schema::{BaseType, Model, Schema, Sequence, Type};

/// `USAGE` on schemas first, then each table with the sequences behind its serial columns. An identity column's
/// sequence needs no right of its own.
pub(super) fn grants(schema: &Schema) -> Vec<Statement> {
    let mut usage: Vec<(Ident, Ident)> = Vec::new();
    let mut tables = Vec::new();
    for model in &schema.models {
        for grant in &model.grants {
            for name in schemas_of(schema, model) {
                // Everybody may use `public`.
                let pair = (name.clone(), grant.role.clone());
                if name.as_str() != "public" && !usage.contains(&pair) {
                    usage.push(pair);
                }
            }
            tables.push(Statement::from(Grant {
                privileges: grant.privileges.clone(),
                on: GrantObject::Table(model.table.clone()),
                role: grant.role.clone(),
            }));
            let inserts = grant
                .privileges
                .iter()
                .any(|&privilege| privilege == "INSERT" || privilege.starts_with("ALL"));
            if inserts {
                tables.extend(sequences(schema, model).map(|sequence| {
                    Statement::from(Grant {
                        privileges: vec!["USAGE"],
                        on: GrantObject::Sequence(sequence),
                        role: grant.role.clone(),
                    })
                }));
            }
        }
    }
    let usage = usage.into_iter().map(|(name, role)| {
        Statement::from(Grant {
            privileges: vec!["USAGE"],
            on: GrantObject::Schema(name),
            role,
        })
    });
    usage.chain(tables).collect()
}

/// The schemas of a table and of the types of its columns.
fn schemas_of<'a>(schema: &'a Schema, model: &'a Model) -> Vec<&'a Ident> {
    let types = model
        .fields
        .iter()
        .filter_map(|field| type_schema(schema, &field.ty));
    std::iter::once(&model.table.schema).chain(types).collect()
}

fn type_schema<'a>(schema: &'a Schema, ty: &Type) -> Option<&'a Ident> {
    match &ty.base {
        BaseType::Enum(id) => Some(&schema.enumeration(*id).ty.schema),
        BaseType::Domain(id) => Some(&schema.domain(*id).ty.schema),
        BaseType::Composite(id) => Some(&schema.composite(*id).ty.schema),
        BaseType::Builtin(_) | BaseType::Other(_) => None,
    }
}

/// The sequences that PostgreSQL makes for the serial columns of a table.
fn sequences<'a>(schema: &'a Schema, model: &'a Model) -> impl Iterator<Item = QualifiedName> + 'a {
    let serial = model
        .fields
        .iter()
        .filter(|field| field.sequence == Some(Sequence::Serial));
    serial.filter_map(|field| {
        let table = &sequence_owner(schema, model, field).table;
        let name = sequence_name(table.name.as_str(), field.name.as_str());
        let name = Ident::new(name).ok()?;
        Some(QualifiedName::new(table.schema.clone(), name))
    })
}

/// The server's own rule (`makeObjectName`): `<table>_<column>_seq`, and where that is too long the longer of the two
/// is cut until it fits.
pub(crate) fn sequence_name(table: &str, column: &str) -> String {
    object_name(table, column, "seq")
}

/// The server's rule for names that nobody gave: `<table>_<column>_<label>`.
pub(crate) fn object_name(table: &str, column: &str, label: &str) -> String {
    let room = crate::ident::MAX_BYTES - "__".len() - label.len();
    let (mut table_bytes, mut column_bytes) = (table.len(), column.len());
    while table_bytes + column_bytes > room {
        if table_bytes > column_bytes {
            table_bytes -= 1;
        } else {
            column_bytes -= 1;
        }
    }
    let cut = |text: &str, bytes: usize| text[..text.floor_char_boundary(bytes)].to_owned();
    format!(
        "{}_{}_{label}",
        cut(table, table_bytes),
        cut(column, column_bytes)
    )
}

#[cfg(test)]
mod tests {
    use super::sequence_name;

    #[test]
    fn a_sequence_has_the_name_that_the_server_gives_it() {
        assert_eq!(sequence_name("jobs", "id"), "jobs_id_seq");
        // Both as PostgreSQL 15 named them.
        let long = sequence_name(&"t".repeat(63), "id");
        assert_eq!(long, format!("{}_id_seq", "t".repeat(56)));
        let both = sequence_name(&"t".repeat(63), &"c".repeat(63));
        assert_eq!(both, format!("{}_{}_seq", "t".repeat(29), "c".repeat(29)));
    }
}
