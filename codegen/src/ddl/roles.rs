//! The roles that grants and policies name.

use crate::ident::Ident;
use crate::pg::{RequireRoles, RoleSpec, Statement};
use crate::schema::Schema;

/// Stops at once, with all their names, where roles are missing: PostgreSQL would name the first one, after much work.
pub(super) fn required(schema: &Schema) -> Vec<Statement> {
    let mut roles: Vec<Ident> = Vec::new();
    for model in &schema.models {
        let granted = model.grants.iter().map(|grant| &grant.role);
        for role in granted.chain(model.policies.iter().flat_map(|policy| &policy.to)) {
            if RoleSpec(role).word().is_none() && !roles.contains(role) {
                roles.push(role.clone());
            }
        }
    }
    if roles.is_empty() {
        Vec::new()
    } else {
        vec![RequireRoles { roles }.into()]
    }
}
