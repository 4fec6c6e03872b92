//! What makes an entry of a ledger the same when it is posted again.

use super::{BaseType, Builtin, FieldId, IndexKey, Ledger, Schema, Type};
use crate::ident::Ident;
use crate::sql::SqlExpr;

/// The unique key by which an entry of an account is known when it is posted again.
#[derive(Clone, Copy, Debug)]
pub struct PostingKey<'s> {
    /// Its column beside the account.
    pub field: FieldId,
    /// The constraint, or the unique index.
    pub name: &'s Ident,
    /// Which entries the index holds.
    pub predicate: Option<&'s SqlExpr>,
}

impl Ledger {
    /// The unique keys over the account and one text or UUID that is no reference: one called `idempotency_key` first, else
    /// in the order of the spec.
    pub fn posting_keys<'s>(&self, schema: &'s Schema) -> Vec<PostingKey<'s>> {
        let model = schema.model(self.on);
        let key = |fields: &[FieldId], name: &'s Ident, predicate: Option<&'s SqlExpr>| {
            let field = match fields {
                [one, other] if *one == self.account => *other,
                [other, one] if *one == self.account => *other,
                _ => return None,
            };
            let is_key = field != self.account
                && field != self.entry_no
                && is_text_or_uuid(schema, &model.field(field).ty, 0)
                && !model
                    .foreign_keys
                    .iter()
                    .any(|reference| reference.fields.contains(&field));
            is_key.then_some(PostingKey {
                field,
                name,
                predicate,
            })
        };
        let uniques = model
            .uniques
            .iter()
            .filter_map(|unique| key(&unique.fields, &unique.name, None));
        let indexes = model
            .indexes
            .iter()
            .filter(|index| index.unique)
            .filter_map(|index| {
                let fields: Option<Vec<FieldId>> = index
                    .parts
                    .iter()
                    .map(|part| match part.key {
                        IndexKey::Field(field) => Some(field),
                        IndexKey::Expression(_) => None,
                    })
                    .collect();
                key(&fields?, &index.name, index.predicate.as_ref())
            });
        let mut keys: Vec<_> = uniques.chain(indexes).collect();
        keys.sort_by_key(|key| model.field(key.field).name.as_str() != "idempotency_key");
        keys
    }
}

/// Whether it is a text or a UUID, or a domain of one.
fn is_text_or_uuid(schema: &Schema, ty: &Type, depth: usize) -> bool {
    ty.dimensions == 0
        && match &ty.base {
            BaseType::Builtin(Builtin::Text | Builtin::Varchar(_) | Builtin::Uuid) => true,
            BaseType::Domain(id) if depth <= schema.domains.len() => {
                is_text_or_uuid(schema, &schema.domain(*id).base, depth + 1)
            }
            BaseType::Other(text) => text.as_str().ends_with("citext"),
            _ => false,
        }
}
