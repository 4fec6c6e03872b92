//! The function that removes rows which were deleted softly and kept long enough.
//!
//! It takes a batch at a time and passes by rows that another session holds. What cascades would remove row by row it
//! removes before, a statement for each table, deepest first; the constraints do the rest. It runs with the rights of
//! its caller, and finds the same names under every search path.

mod graph;
mod render;

use crate::ident::{Ident, QualifiedName};
use crate::pg::{Argument, CreateFunction, Language, Statement, Volatility, qualified_type_sql};
use crate::schema::{BaseType, Links, Model, ModelId, Schema, SoftDelete, Type};
use crate::sql::{Keyword, Literal, Sql};

/// The purge functions, in the order of the models.
pub(super) fn statements(schema: &Schema) -> Vec<Statement> {
    let links = Links::of(schema);
    schema
        .models_with_ids()
        .filter_map(|(id, model)| Some((id, model, model.soft_delete.as_ref()?)))
        .map(|(id, model, soft)| function(schema, &links, id, model, soft))
        .collect()
}

/// The function of a model: `<table>_purge`, in the table's schema.
#[must_use]
pub(crate) fn name(model: &Model) -> QualifiedName {
    let name = Ident::derived(&[model.table.name.as_str(), "purge"]);
    QualifiedName::new(model.table.schema.clone(), name)
}

fn function(
    schema: &Schema,
    links: &Links<'_>,
    id: ModelId,
    model: &Model,
    soft: &SoftDelete,
) -> Statement {
    // Without a time of its own in the spec, the caller says how long rows are kept.
    // A default may only be followed by defaults.
    let keep = soft.keep.as_ref();
    let arguments = vec![
        Argument {
            name: "max_rows",
            ty: crate::sql!("integer"),
            default: keep.map(|_| crate::sql!("1000")),
        },
        Argument {
            name: "older_than",
            ty: crate::sql!("interval"),
            default: keep.map(|keep| crate::sql!("{keep}", keep = Literal::text(keep.as_str()))),
        },
    ];
    let nodes = graph::walk(schema, links, id);
    let own_types = nodes.iter().any(|node| {
        let compared = node.edges.iter().flat_map(|edge| &edge.fields);
        node.held
            .iter()
            .chain(compared)
            .any(|&field| has_own_operators(schema, &schema.model(node.model).field(field).ty))
    });
    let comment = format!(
        "Removes at most max_rows rows of {} that were deleted longer than older_than ago, with all that cascades \
         from them, and returns how many. Call it until it returns 0.",
        model.table.name
    );
    let create = CreateFunction {
        name: name(model),
        arguments,
        returns: Sql::join("", [Keyword("bigint")]),
        language: Language::PlPgSql,
        volatility: Volatility::Volatile,
        security_definer: false,
        // A type of an extension has operators of its own, which only a search path finds.
        search_path: own_types.then(|| super::function_search_path(schema)),
        body: render::body(schema, model, soft, &nodes, own_types),
        comment: Some(comment),
    };
    create.into()
}

/// Whether values of the type are compared by operators that an extension or raw SQL brings.
fn has_own_operators(schema: &Schema, ty: &Type) -> bool {
    match &ty.base {
        BaseType::Other(_) => true,
        BaseType::Domain(id) => has_own_operators(schema, &schema.domain(*id).base),
        BaseType::Builtin(_) | BaseType::Enum(_) | BaseType::Composite(_) => false,
    }
}

/// The array that keeps a column's values.
fn array_type(schema: &Schema, model: &Model, field: crate::schema::FieldId) -> Sql {
    let mut sql = qualified_type_sql(schema, &model.field(field).ty);
    sql.push_keyword("[]");
    sql
}
