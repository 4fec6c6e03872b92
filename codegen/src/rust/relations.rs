//! Relations of a model, both ways: their constants, the functions of a row, and what can be loaded for many rows.
//!
//! A reference makes two: from its model to the one it names, and back. Their names are in `lower/names.md`.

use crate::lower::names::{plural, snake_case};
use crate::schema::{FieldId, ForeignKey, IndexKey, Model, ModelId};

use super::columns::{Column, Table};
use super::examples::Examples;
use super::module::Module;
use super::names;
use super::text::{File, code};
use super::types::Wire;

/// Functions that a row's type has, or takes from everywhere: a relation of that name would hide it, or be hidden.
const TAKEN: &[&str] = &[
    "as_mut",
    "as_ref",
    "balance",
    "borrow",
    "borrow_mut",
    "cancel",
    "claim",
    "clone",
    "clone_from",
    "clone_into",
    "cmp",
    "complete",
    "delete",
    "delete_where",
    "delete_where_returning",
    "deref",
    "drop",
    "eq",
    "factory",
    "fail",
    "fetch",
    "find",
    "find_with_deleted",
    "fmt",
    "from",
    "get",
    "get_many",
    "hash",
    "heartbeat",
    "insert",
    "insert_many",
    "into",
    "key",
    "list",
    "load",
    "load_from",
    "max",
    "min",
    "ne",
    "only_deleted",
    "partial_cmp",
    "post",
    "post_many",
    "purge",
    "purge_expired",
    "query",
    "queue",
    "read_row",
    "release",
    "restore",
    "return_expired",
    "soft_delete",
    "statement",
    "to_owned",
    "to_string",
    "try_from",
    "try_into",
    "type_id",
    "update",
    "update_where",
    "update_where_returning",
    "upsert",
    "verify",
    "with_deleted",
];

/// A relation.
pub(super) struct Relation {
    /// Its name, and that of the function that loads it with a query.
    name: String,
    with: String,
    /// The type of the rows it leads to.
    target: String,
    one: bool,
    /// The columns that are equal, by their places: there and here.
    on: Vec<(usize, usize)>,
    doc: String,
}

/// The relations of a model: those of its references first, then those of references to it.
pub(super) fn of(table: &Table<'_>) -> Vec<Relation> {
    let Some(id) = table.id else {
        return Vec::new();
    };
    let schema = table.schema;
    let model = schema.model(id);
    // Names, those of the author first, of which none changes for one that was made.
    let mut found: Vec<(String, bool, Relation)> = Vec::new();
    for key in &model.foreign_keys {
        let name = own_name(model, key, schema.model(key.target));
        let target = Table::of_model(schema, table.links, key.target);
        let relation = relation(
            table,
            &target,
            &key.fields,
            &key.to,
            model,
            schema.model(key.target),
            true,
        );
        found.extend(relation.map(|relation| (name, false, relation)));
    }
    for &(other, key) in table.links.references(id) {
        let source = schema.model(other);
        let one = is_unique(source, key);
        let name = match &key.inverse {
            Some(name) => name.clone(),
            None => inverse_name(source, key, id, one, model),
        };
        let target = Table::of_model(schema, table.links, other);
        let relation = relation(table, &target, &key.to, &key.fields, model, source, one);
        found.extend(relation.map(|relation| (name, key.inverse.is_some(), relation)));
    }
    let mut taken: Vec<String> = TAKEN.iter().map(|&name| name.to_owned()).collect();
    taken.extend(table.columns.iter().map(|column| column.rust.clone()));
    for author in [true, false] {
        for (name, given, relation) in &mut found {
            if *given != author {
                continue;
            }
            let mut name = names::field(name);
            if name.starts_with("find_by_") {
                // A finder may be called so.
                name.push_str("_rows");
            }
            relation.name = free(&name, &taken);
            relation.with = with(&relation.name);
            taken.push(relation.name.clone());
            taken.push(relation.with.clone());
        }
    }
    found.into_iter().map(|(_, _, relation)| relation).collect()
}

/// A name that is free, together with its `_with`.
fn free(name: &str, taken: &[String]) -> String {
    let mut taken = taken.to_vec();
    loop {
        let free = names::free(name, &taken);
        if !taken.contains(&with(&free)) {
            return free;
        }
        taken.push(free);
    }
}

fn with(name: &str) -> String {
    format!("{}_with", name.strip_prefix("r#").unwrap_or(name))
}

/// `user_id` leads to `user`; `owner` to `owner_user`, since the column has its name already. Several columns lead to what
/// they name, unless one alone says which row it is: `(tenant_id, boss_id)` leads to `boss`, where the tenant of the
/// row there is a reference itself.
fn own_name(model: &Model, key: &ForeignKey, target: &Model) -> String {
    let column = |field: FieldId| snake_case(model.field(field).name.as_str());
    let row = |column: &str| match column.strip_suffix("_id") {
        Some(name) if !name.is_empty() => Some(name.to_owned()),
        _ => None,
    };
    let named = snake_case(&target.name);
    if let [field] = key.fields.as_slice() {
        let column = column(*field);
        return row(&column).unwrap_or_else(|| format!("{column}_{named}"));
    }
    let refers = |field: FieldId| {
        let mut keys = target.foreign_keys.iter();
        keys.any(|key| key.fields.as_slice() == [field])
    };
    let mut own = key
        .fields
        .iter()
        .zip(&key.to)
        .filter(|&(_, &to)| !refers(to));
    match (own.next(), own.next()) {
        (Some((&field, _)), None) => row(&column(field)).unwrap_or(named),
        _ => named,
    }
}

/// The model's name in snake case, plural where there can be many; which reference it is where there are several.
fn inverse_name(
    source: &Model,
    key: &ForeignKey,
    target: ModelId,
    one: bool,
    own: &Model,
) -> String {
    let name = snake_case(&source.name);
    let name = if one { name } else { plural(&name) };
    let several = source
        .foreign_keys
        .iter()
        .filter(|other| other.target == target && other.inverse.is_none())
        .nth(1)
        .is_some();
    if several {
        format!("{name}_by_{}", own_name(source, key, own))
    } else {
        name
    }
}

/// Whether no two rows have the same reference.
fn is_unique(model: &Model, key: &ForeignKey) -> bool {
    let covers = |fields: &[crate::schema::FieldId]| {
        !fields.is_empty() && fields.iter().all(|field| key.fields.contains(field))
    };
    model
        .primary_key
        .as_ref()
        .is_some_and(|primary| covers(&primary.fields))
        || model.uniques.iter().any(|unique| covers(&unique.fields))
        || model.indexes.iter().any(|index| {
            let fields: Option<Vec<_>> = index
                .parts
                .iter()
                .map(|part| match part.key {
                    IndexKey::Field(field) => Some(field),
                    IndexKey::Expression(_) => None,
                })
                .collect();
            index.unique
                && index.predicate.is_none()
                && fields.is_some_and(|fields| covers(&fields))
        })
}

/// A relation without its names, if the values of its columns can be sent.
fn relation(
    table: &Table<'_>,
    target: &Table<'_>,
    here: &[crate::schema::FieldId],
    there: &[crate::schema::FieldId],
    model: &Model,
    other: &Model,
    one: bool,
) -> Option<Relation> {
    let place = |table: &Table<'_>, model: &Model, field| {
        let name = &model.field(field).name;
        table.columns.iter().position(|column| column.sql == name)
    };
    let on: Vec<(usize, usize)> = there
        .iter()
        .zip(here)
        .map(|(&there, &here)| Some((place(target, other, there)?, place(table, model, here)?)))
        .collect::<Option<_>>()?;
    let equal: Vec<String> = on
        .iter()
        .filter_map(|&(there, here)| {
            let (there, here) = (target.columns.get(there)?, table.columns.get(here)?);
            (can_be_sent(there) && can_be_sent(here)).then(|| {
                format!(
                    "{} is its {}",
                    code(there.sql.as_str()),
                    code(here.sql.as_str())
                )
            })
        })
        .collect();
    if equal.len() != on.len() {
        return None;
    }
    let what = if one { "The row" } else { "The rows" };
    Some(Relation {
        name: String::new(),
        with: String::new(),
        target: target.rust.clone(),
        one,
        on,
        doc: format!(
            "{what} of {} whose {}.",
            code(other.name.as_str()),
            equal.join(" and ")
        ),
    })
}

/// Whether many values of a column can be sent as an array.
fn can_be_sent(column: &Column<'_>) -> bool {
    column.mapped.traits.element
        && !matches!(column.mapped.wire, Wire::Own | Wire::Json | Wire::Jsonb)
}

impl Relation {
    fn example(&self, examples: &Examples) -> Vec<String> {
        let name = &self.name;
        if self.one {
            examples.with_row(&format!("{name}().optional(db)"), "found")
        } else {
            examples.with_row(&format!("{name}().limit(10).all(db)"), "rows")
        }
    }

    fn kind(&self) -> &'static str {
        if self.one { "One" } else { "Many" }
    }
}

/// The constants, beside those of the columns.
pub(super) fn constants(table: &Table<'_>, relations: &[Relation], file: &mut File) {
    for relation in relations {
        file.blank();
        file.doc(0, &relation.doc);
        let mut types = vec![table.rust.clone(), relation.target.clone()];
        if relation.one {
            types.push("::pgwright::One".to_owned());
        }
        let on: Vec<String> = relation
            .on
            .iter()
            .map(|(there, here)| format!("({there}, {here})"))
            .collect();
        file.generic_constant(
            &format!("pub const {}: ::pgwright::Relation", relation.name),
            &types,
            &format!("::pgwright::Relation::new(&[{}])", on.join(", ")),
        );
    }
}

/// The file: what a row leads to, and what can be loaded for many rows.
pub(super) fn file(table: &Table<'_>, relations: &[Relation], module: &mut Module) -> String {
    let mut file = File::new(&[&format!("What belongs to rows of {}.", code(table.name))]);
    file.blank();
    let examples = Examples::of(table);
    file.line(0, &format!("impl super::{} {{", table.rust));
    for (index, relation) in relations.iter().enumerate() {
        if index > 0 {
            file.blank();
        }
        file.doc(1, &relation.doc);
        file.example(1, &relation.example(&examples));
        file.signature(
            1,
            &format!("pub fn {}", relation.name),
            &["&self".to_owned()],
            &format!("::pgwright::Query<super::{}>", relation.target),
        );
        file.line(2, &format!("super::{}.of(self)", relation.name));
        file.line(1, "}");
    }
    let load = format!("{}Load", table.rust);
    file.blank();
    file.doc(
        1,
        "Says what to load for many rows: a statement for each relation, however many rows there are.",
    );
    if let Some(first) = relations.first() {
        let rows = [("rows".to_owned(), "&[Self]".to_owned())];
        let loads = format!(
            "let rows = {}::load(rows).{}().fetch(db).await?;",
            table.rust, first.name
        );
        file.example(1, &examples.lines(&rows, &[loads]));
    }
    file.signature(
        1,
        "pub fn load",
        &["rows: &[Self]".to_owned()],
        &format!("{load}<&[Self]>"),
    );
    file.line(2, "<Self as ::pgwright::Loadable>::load_from(rows)");
    file.line(1, "}");
    file.line(0, "}");
    keys(table, relations, &mut file);
    loader(table, &load, relations, &mut file);
    module.reexport(&table.module(), load);
    file.finish()
}

/// How the values of the columns are read that relations go by.
fn keys(table: &Table<'_>, relations: &[Relation], file: &mut File) {
    let mut places: Vec<usize> = relations
        .iter()
        .flat_map(|relation| relation.on.iter().map(|&(_, here)| here))
        .collect();
    places.sort_unstable();
    places.dedup();
    file.blank();
    file.line(
        0,
        &format!("impl ::pgwright::Related for super::{} {{", table.rust),
    );
    file.line(
        1,
        "fn key<K: ::pgwright::Keys<Self>>(column: usize, keys: K) -> K::Out {",
    );
    file.line(2, "match column {");
    for place in places {
        let Some(column) = table.columns.get(place) else {
            continue;
        };
        let take = if column.nullable { "maybe" } else { "of" };
        let clone = if column.mapped.traits.copy {
            ""
        } else {
            ".clone()"
        };
        file.arm(
            3,
            &place.to_string(),
            &format!("keys.{take}(|row| row.{}{clone})", column.rust),
        );
    }
    file.line(3, "_ => ::core::default::Default::default(),");
    file.line(2, "}");
    file.line(1, "}");
    file.line(0, "}");
}

/// What can be loaded.
fn loader(table: &Table<'_>, load: &str, relations: &[Relation], file: &mut File) {
    file.blank();
    file.line(0, "::pgwright::loader! {");
    file.line(1, &format!("{load}, super::{}:", table.rust));
    for relation in relations {
        file.doc(
            1,
            &format!(
                "Loads {}{}",
                relation.doc[..1].to_lowercase(),
                &relation.doc[1..]
            ),
        );
        file.line(
            1,
            &format!(
                "{}, {}: {} of super::{}, super::{};",
                relation.name,
                relation.with,
                relation.kind(),
                relation.target,
                relation.name
            ),
        );
    }
    file.line(0, "}");
}

#[cfg(test)]
mod tests {
    #[test]
    fn references_of_several_columns_are_named_by_the_one_that_says_which_row() {
        let spec = r#"
            version = 1
            [models.Tenant.fields]
            id = { type = "uuid", primary_key = true }
            [models.Agent]
            primary_key = ["tenant_id", "id"]
            foreign_keys = [{ fields = ["tenant_id", "boss_id"], references = "Agent", inverse = "reports" }]
            [models.Agent.fields]
            tenant_id = { type = "uuid", references = "Tenant" }
            id = "uuid"
            boss_id = "uuid?"
            [models.Day]
            primary_key = ["tenant_id", "agent_id"]
            foreign_keys = [{ fields = ["tenant_id", "agent_id"], references = "Agent" }]
            [models.Day.fields]
            tenant_id = "uuid"
            agent_id = "uuid"
            [models.Note]
            primary_key = []
            foreign_keys = [
              { fields = ["tenant_id", "day_id"], references = "Day" },
              { fields = ["tenant_id", "no"], references = "Agent" },
            ]
            [models.Note.fields]
            tenant_id = "uuid"
            day_id = "uuid"
            no = "uuid"
        "#;
        let compilation = crate::compile(&crate::source::Source::new("schema.toml", spec));
        let schema = compilation.schema.expect("the spec is right");
        let names = |model: &str| -> Vec<String> {
            let (id, _) = schema
                .models_with_ids()
                .find(|(_, found)| found.name.as_str() == model)
                .expect("the model is there");
            let links = crate::schema::Links::of(&schema);
            let relations = super::of(&super::Table::of_model(&schema, &links, id));
            relations.into_iter().map(|found| found.name).collect()
        };
        assert_eq!(
            names("Agent"),
            ["tenant", "boss", "reports", "day", "notes"]
        );
        assert_eq!(names("Note"), ["day", "agent"]);
    }
}
