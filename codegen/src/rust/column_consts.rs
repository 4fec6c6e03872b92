//! The public module of a model: its columns, and what the files beside say of it.
//!
//! A constant whose name is in lower case would break every pattern of that name, so that no code stands where columns do.

use super::columns::Table;
use super::model::Scope;
use super::relations::{self, Relation};
use super::text::{File, code, literal};
use super::types::Wire;

/// The file: `modules` are the files of its folder, and `hides` says whether a type of the spec hides one of Rust's.
pub(super) fn file(
    table: &Table<'_>,
    modules: &[&str],
    relations: &[Relation],
    hides: bool,
) -> String {
    let what = if table.id.is_some() {
        ("model", "table")
    } else {
        ("view", "view")
    };
    let mut file = File::new(&[&format!(
        "The {} {}: the {} {}. Its columns, for filters and orders, and all that is made for it.",
        what.0,
        code(table.name),
        what.1,
        code(&table.sql.to_string())
    )]);
    file.blank();
    file.line(0, "use super::*;");
    file.blank();
    for module in modules {
        file.line(0, &format!("mod {module};"));
    }
    file.blank();
    for module in modules {
        file.line(0, &format!("pub use self::{module}::*;"));
    }
    let scope = Scope::beside_all(table, hides);
    for (index, column) in table.columns.iter().enumerate() {
        file.blank();
        file.doc_or(
            0,
            column.doc,
            &format!("The column {}.", code(column.sql.as_str())),
        );
        if let Some(note) = column.deprecated {
            file.line(0, &format!("#[deprecated = {}]", literal(note)));
        }
        // A type of the author's own has no operators: as JSON it has.
        let value = match column.mapped.wire {
            Wire::Jsonb => "::pgwright::types::Json".to_owned(),
            Wire::Json => "::pgwright::PlainJson".to_owned(),
            _ => scope.value(&column.mapped),
        };
        let mut types = vec![table.rust.clone(), value];
        if column.nullable {
            types.push("::pgwright::Null".to_owned());
        }
        file.generic_constant(
            &format!("pub const {}: ::pgwright::Column", column.rust),
            &types,
            &format!("::pgwright::Column::new({index})"),
        );
    }
    relations::constants(table, relations, &mut file);
    file.finish()
}
