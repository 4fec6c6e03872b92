//! `enums.rs`: the enums.

use crate::schema::{Enum, Schema};

use super::module::Module;
use super::text::{File, code, literal};
use super::{names, sql_types};

/// The file of all enums.
pub(super) fn file(schema: &Schema, module: &mut Module) -> String {
    let mut file = File::new(&["Enum types."]);
    for item in &schema.enums {
        file.blank();
        emit(item, &mut file);
        module.reexport("enums", names::type_name(&item.name));
    }
    module.submodule("enums");
    file.finish()
}

fn emit(item: &Enum, file: &mut File) {
    let name = names::type_name(&item.name);
    let labels: Vec<&str> = item
        .labels
        .iter()
        .map(|label| label.text.as_str())
        .collect();
    let variants = names::all(&labels, names::variant);
    file.doc_or(
        0,
        item.doc.as_deref(),
        &format!("The enum type {}.", code(&item.ty.to_string())),
    );
    file.line(
        0,
        "#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]",
    );
    file.line(0, "#[non_exhaustive]");
    file.line(0, &format!("pub enum {name} {{"));
    for (variant, label) in variants.iter().zip(&item.labels) {
        let shown = if label.text.trim().is_empty() {
            "The label without a letter.".to_owned()
        } else {
            format!("The label {}.", code(&label.text))
        };
        file.doc(1, &shown);
        file.line(1, &format!("{variant},"));
    }
    file.line(0, "}");
    file.blank();
    file.line(0, &format!("impl {name} {{"));
    file.doc(1, "Every value, in the order of the database.");
    let values: Vec<String> = variants
        .iter()
        .map(|variant| format!("Self::{variant}"))
        .collect();
    file.array(1, "pub const ALL: &'static [Self] = &", &values, ";");
    file.blank();
    file.doc(1, "The label in the database.");
    file.line(1, "#[must_use]");
    file.line(1, "pub const fn label(self) -> &'static str {");
    file.line(2, "match self {");
    for (variant, label) in variants.iter().zip(&item.labels) {
        file.arm(3, &format!("Self::{variant}"), &literal(&label.text));
    }
    file.line(2, "}");
    file.line(1, "}");
    file.blank();
    file.doc(1, "The value with that label.");
    file.line(1, "#[must_use]");
    file.line(
        1,
        "pub fn from_label(label: &str) -> ::core::option::Option<Self> {",
    );
    file.line(2, "match label {");
    for (variant, label) in variants.iter().zip(&item.labels) {
        file.arm(
            3,
            &literal(&label.text),
            &format!("::core::option::Option::Some(Self::{variant})"),
        );
    }
    file.line(3, "_ => ::core::option::Option::None,");
    file.line(2, "}");
    file.line(1, "}");
    file.line(0, "}");
    file.blank();
    file.call(
        0,
        "::pgwright::enumeration!",
        &[name, literal(&sql_types::qualified(&item.ty))],
    );
}
