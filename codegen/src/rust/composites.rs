//! Composite types: a struct of attributes each, any of which may be NULL.

use crate::schema::{Composite, Schema};

use super::module::Module;
use super::text::{File, code, literal};
use super::traits::Traits;
use super::types::{self, Mapped};
use super::{domains, names, sql_types};

/// All composite types.
pub(super) fn emit(schema: &Schema, file: &mut File, module: &mut Module) {
    for composite in &schema.composites {
        let name = names::type_name(&composite.name);
        file.blank();
        let sql = code(&composite.ty.to_string());
        match types::record(schema, composite, 0) {
            Some(attributes) => {
                file.doc_or(
                    0,
                    composite.doc.as_deref(),
                    &format!("A value of the composite type {sql}."),
                );
                structure(schema, composite, &name, &attributes, file);
            }
            None => {
                file.doc_or(
                    0,
                    composite.doc.as_deref(),
                    &format!(
                        "A value of the composite type {sql}, as PostgreSQL writes it: `(1,two)`."
                    ),
                );
                domains::newtype(file, &name, &types::text());
            }
        }
        module.reexport("types", name);
    }
    module.submodule("types");
}

fn structure(
    schema: &Schema,
    composite: &Composite,
    name: &str,
    attributes: &[Mapped],
    file: &mut File,
) {
    let texts: Vec<&str> = composite
        .attributes
        .iter()
        .map(|(attribute, _)| attribute.as_str())
        .collect();
    let fields = names::all(&texts, names::field);
    let traits = attributes.iter().fold(Traits::PLAIN, |traits, attribute| {
        traits.and(attribute.traits)
    });
    file.line(0, &traits.derives());
    file.line(0, &format!("pub struct {name} {{"));
    for ((field, mapped), (attribute, _)) in
        fields.iter().zip(attributes).zip(&composite.attributes)
    {
        file.doc(1, &format!("The attribute {}.", code(attribute.as_str())));
        file.field(
            1,
            &format!("pub {field}"),
            &format!("::core::option::Option<{}>", types::absolute(&mapped.rust)),
        );
    }
    file.line(0, "}");
    file.blank();
    file.line(0, &format!("impl {name} {{"));
    file.line(
        1,
        "fn write_record(&self, record: &mut ::pgwright::RecordWriter<'_>) {",
    );
    for (field, (_, ty)) in fields.iter().zip(&composite.attributes) {
        file.call(
            2,
            "record.add",
            &[
                format!("&self.{field}"),
                literal(&sql_types::lookup_name(schema, ty)),
            ],
        );
    }
    file.line(1, "}");
    file.blank();
    file.signature(
        1,
        "fn read_record",
        &["record: &mut ::pgwright::RecordReader<'_>".to_owned()],
        "::core::result::Result<Self, ::sqlx::error::BoxDynError>",
    );
    let values: Vec<String> = fields
        .iter()
        .map(|field| format!("{field}: record.attribute()?"))
        .collect();
    file.structure(2, "::core::result::Result::Ok(Self", &values, ")");
    file.line(1, "}");
    file.line(0, "}");
    file.blank();
    file.call(
        0,
        "::pgwright::composite!",
        &[
            name.to_owned(),
            literal(&sql_types::qualified(&composite.ty)),
        ],
    );
}
