//! Domains: a type of one value each.

use crate::ident::QualifiedName;
use crate::schema::{BaseType, Domain, DomainId, Schema};

use super::module::Module;
use super::text::{File, code};
use super::types::{self, Mapped};
use super::{names, rules};

/// What has a sum and an average.
const NUMBERS: &[&str] = &[
    "i16",
    "i32",
    "i64",
    "f32",
    "f64",
    "::pgwright::types::Decimal",
    "::pgwright::types::Interval",
];

/// All domains.
pub(super) fn emit(schema: &Schema, file: &mut File, module: &mut Module) {
    for (index, domain) in schema.domains.iter().enumerate() {
        let name = names::type_name(&domain.name);
        let inner = types::domain_inner(schema, domain, 0);
        file.blank();
        file.doc_or(0, domain.doc.as_deref(), &describe(domain));
        newtype(file, &name, &inner);
        if !inner.traits.string {
            let rust = types::absolute(&inner.rust);
            let arguments = [name.clone(), rust];
            file.call(0, "::pgwright::newtype_domain!", &arguments);
            if NUMBERS.contains(&inner.rust.as_str()) {
                file.call(0, "::pgwright::newtype_number!", &arguments);
            }
        }
        let made_of: Vec<&QualifiedName> = (schema.domains.iter())
            .filter(|other| is_made_of(schema, other, DomainId(index)))
            .map(|other| &other.ty)
            .collect();
        rules::emit_domain(domain, &name, &made_of, file, module);
        module.reexport("types", name);
    }
    module.submodule("types");
}

/// Whether a domain is made of another, or of one that is.
fn is_made_of(schema: &Schema, domain: &Domain, of: DomainId) -> bool {
    let mut domain = domain;
    // No more often than there are domains: a circle of them is refused, and this ends all the same.
    for _ in &schema.domains {
        match domain.base.base {
            BaseType::Domain(id) if id == of => return true,
            BaseType::Domain(id) => domain = schema.domain(id),
            _ => return false,
        }
    }
    false
}

fn describe(domain: &Domain) -> String {
    format!("A value of the domain {}.", code(&domain.ty.to_string()))
}

/// The struct around a value, and what it can do. The documentation stands before it.
pub(super) fn newtype(file: &mut File, name: &str, inner: &Mapped) {
    // Beside types of the spec's names, `String` may be another.
    let rust = types::absolute(&inner.rust);
    file.line(0, &inner.traits.derives());
    file.line(0, &format!("pub struct {name}(pub {rust});"));
    file.blank();
    let arguments = [name.to_owned(), rust];
    file.call(0, "::pgwright::newtype!", &arguments);
    if inner.traits.element {
        file.call(0, "::pgwright::newtype_element!", &arguments);
    }
    if inner.list {
        file.call(0, "::pgwright::newtype_list!", &arguments);
    }
    if inner.traits.text {
        file.call(0, "::pgwright::newtype_text!", &arguments);
    }
    if inner.traits.string {
        file.call(0, "::pgwright::newtype_string!", &arguments[..1]);
    }
}
