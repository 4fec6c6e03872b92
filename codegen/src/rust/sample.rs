//! Rows for tests: for each model what its required columns are filled with, so that any insert of it is valid as far as the
//! spec says.

use std::collections::BTreeMap;

use crate::schema::{BaseType, Builtin, FieldId, FieldRef, ModelId, Schema, Type};

use super::columns::{Column, Insert, Table};
use super::text::{File, code, literal};
use super::{names, types};

/// The file, unless a required column has values that nobody can make up.
pub(super) fn file(table: &Table<'_>, known: &mut Known) -> Option<String> {
    let plan = Plan::of(table, known)?;
    let mut file = File::new(&[&format!("Rows of {} for tests.", code(table.name))]);
    file.blank();
    file.line(
        0,
        &format!(
            "impl ::pgwright::test::Sample for super::New{} {{",
            table.rust
        ),
    );
    let makes = |value: &Value| value.function.starts_with("make.");
    let make = if plan.parents.is_empty() && !plan.values.iter().any(makes) {
        "_"
    } else {
        "make"
    };
    file.line(
        1,
        &format!(
            "async fn sample({make}: &mut ::pgwright::test::Make) -> ::pgwright::Result<Self> {{"
        ),
    );
    for (index, parent) in plan.parents.iter().enumerate() {
        file.assignment(
            2,
            &format!("let parent_{index}"),
            &format!("make.parent::<super::New{parent}>().await?;"),
        );
    }
    let mut names = Vec::new();
    for (index, value) in plan.values.iter().enumerate() {
        let name = format!("value_{index}");
        match (&value.attributes, &value.arguments) {
            (Some(attributes), _) => {
                let head = format!("let {name} = {}", value.function);
                file.structure(2, &head, attributes, ";");
            }
            (None, Some(arguments)) => file.binding(2, &name, &value.function, arguments),
            (None, None) => file.line(2, &format!("let {name} = {};", value.function)),
        }
        for ty in &value.within {
            file.binding(2, &name, ty, std::slice::from_ref(&name));
        }
        names.push(format!("value_{index}"));
    }
    file.call(2, "let new = Self::new", &names);
    file.line(2, "Ok(new)");
    file.line(1, "}");
    file.line(0, "}");
    Some(file.finish())
}

/// Whether rows of a model can be made up, as far as that was asked for; nothing while it is being found out.
pub(super) type Known = BTreeMap<ModelId, Option<bool>>;

/// What a row is made of.
struct Plan {
    /// The models whose rows it refers to.
    parents: Vec<String>,
    /// A value for each parameter of the constructor.
    values: Vec<Value>,
}

/// How a value is made: a call, or an expression without arguments, and the types that it is put into.
struct Value {
    function: String,
    arguments: Option<Vec<String>>,
    /// Of a struct: its fields with their values.
    attributes: Option<Vec<String>>,
    within: Vec<String>,
}

impl Value {
    fn plain(expression: impl Into<String>) -> Self {
        Self {
            function: expression.into(),
            arguments: None,
            attributes: None,
            within: Vec::new(),
        }
    }

    fn call(function: impl Into<String>, arguments: [String; 2]) -> Self {
        Self {
            arguments: Some(arguments.into()),
            ..Self::plain(function)
        }
    }

    fn within(mut self, ty: String) -> Self {
        self.within.push(ty);
        self
    }
}

impl Plan {
    fn of(table: &Table<'_>, known: &mut Known) -> Option<Self> {
        let id = table.id?;
        match known.get(&id) {
            // Each of them would need the other first.
            Some(None) | Some(Some(false)) => return None,
            Some(Some(true)) => {}
            None => {
                known.insert(id, None);
            }
        }
        let plan = Self::of_columns(table, id, known);
        known.insert(id, Some(plan.is_some()));
        plan
    }

    fn of_columns(table: &Table<'_>, id: ModelId, known: &mut Known) -> Option<Self> {
        let model = table.schema.model(id);
        let mut plan = Self {
            parents: Vec::new(),
            values: Vec::new(),
        };
        let required = |column: &&Column<'_>| column.insert == Insert::Required;
        for column in table.columns.iter().filter(required) {
            let field = model.field_named(column.sql.as_str());
            let reference = field.and_then(|field| reference(table.schema, id, field));
            let value = match reference {
                Some(to) => plan.parent(table, to, known)?,
                None => value(table.schema, id, column)?,
            };
            plan.values.push(value);
        }
        Some(plan)
    }

    /// The column of the row that is referred to.
    fn parent(&mut self, table: &Table<'_>, to: FieldRef, known: &mut Known) -> Option<Value> {
        let target = Table::of_model(table.schema, table.links, to.model);
        if known.get(&to.model) != Some(&Some(true)) {
            Self::of(&target, known)?;
        }
        let name = table.schema.field(to).name.as_str();
        let column = (target.columns.iter()).find(|column| column.sql.as_str() == name)?;
        if column.nullable {
            return None;
        }
        let known = self
            .parents
            .iter()
            .position(|parent| *parent == target.rust);
        let index = known.unwrap_or(self.parents.len());
        if known.is_none() {
            self.parents.push(target.rust.clone());
        }
        let copied = if column.mapped.traits.copy {
            ""
        } else {
            ".clone()"
        };
        Some(Value::plain(format!(
            "parent_{index}.{}{copied}",
            column.rust
        )))
    }
}

/// What the column refers to.
fn reference(schema: &Schema, model: ModelId, field: FieldId) -> Option<FieldRef> {
    schema.model(model).foreign_keys.iter().find_map(|key| {
        let at = key.fields.iter().position(|other| *other == field)?;
        Some(FieldRef {
            model: key.target,
            field: *key.to.get(at)?,
        })
    })
}

/// An expression for a value that refers to nothing.
fn value(schema: &Schema, model: ModelId, column: &Column<'_>) -> Option<Value> {
    let field = FieldRef {
        model,
        field: schema.model(model).field_named(column.sql.as_str())?,
    };
    if schema.field(field).rust_type.is_some() {
        return None;
    }
    if column.mapped.list {
        // A domain over an array has a type of its own.
        if !column.mapped.rust.starts_with("Vec<") {
            return None;
        }
        return Some(Value::plain("::std::vec::Vec::new()"));
    }
    let inner = of_type(schema, model, column, column.ty)?;
    if types::is_own_key(schema, field) {
        return Some(inner.within(column.mapped.rust.clone()));
    }
    Some(inner)
}

fn of_type(schema: &Schema, model: ModelId, column: &Column<'_>, ty: &Type) -> Option<Value> {
    if ty.dimensions > 0 {
        return None;
    }
    match &ty.base {
        BaseType::Enum(id) => {
            let item = schema.enumeration(*id);
            let labels: Vec<&str> = item
                .labels
                .iter()
                .map(|label| label.text.as_str())
                .collect();
            let first = names::all(&labels, names::variant).into_iter().next()?;
            let name = names::type_name(&item.name);
            Some(Value::call(
                "make.pick",
                [
                    format!("super::{name}::ALL"),
                    format!("super::{name}::{first}"),
                ],
            ))
        }
        BaseType::Domain(id) => {
            let domain = schema.domain(*id);
            let inner = of_type(schema, model, column, &domain.base)?;
            Some(inner.within(format!("super::{}", names::type_name(&domain.name))))
        }
        BaseType::Builtin(builtin) => of_builtin(schema, model, column, builtin),
        // Every attribute may be NULL.
        BaseType::Composite(id) => {
            let composite = schema.composite(*id);
            let name = format!("super::{}", names::type_name(&composite.name));
            if types::record(schema, composite, 0).is_none() {
                let commas = ",".repeat(composite.attributes.len().saturating_sub(1));
                let text = Value::plain(format!("{}.to_owned()", literal(&format!("({commas})"))));
                return Some(text.within(name));
            }
            let texts: Vec<&str> = (composite.attributes.iter())
                .map(|(attribute, _)| attribute.as_str())
                .collect();
            let fields = names::all(&texts, names::field);
            let nothing = |field: &String| format!("{field}: ::core::option::Option::None");
            Some(Value {
                attributes: Some(fields.iter().map(nothing).collect()),
                ..Value::plain(name)
            })
        }
        BaseType::Other(text) if text.as_str().ends_with("citext") => {
            let name = literal(column.sql.as_str());
            (column.mapped.rust == "String")
                .then(|| Value::call("make.text", [name, "200".to_owned()]))
        }
        BaseType::Other(_) => None,
    }
}

fn of_builtin(
    schema: &Schema,
    model: ModelId,
    column: &Column<'_>,
    builtin: &Builtin,
) -> Option<Value> {
    let text = |longest: u32| {
        let name = literal(column.sql.as_str());
        Value::call("make.text", [name, longest.to_string()])
    };
    let number = |rust: &str, most: i64| {
        let checks = &schema.model(model).checks;
        let mut bounds = (1, most);
        for check in checks {
            narrow(&mut bounds, check.sql.as_str(), column.sql.as_str());
        }
        Value::call(
            format!("make.number::<{rust}>"),
            [bounds.0.to_string(), bounds.1.to_string()],
        )
    };
    Some(match builtin {
        Builtin::SmallInt => number("i16", 1_000),
        Builtin::Integer => number("i32", 1_000),
        Builtin::BigInt => number("i64", 1_000),
        Builtin::Real => number("f32", 1_000),
        Builtin::DoublePrecision => number("f64", 1_000),
        Builtin::Numeric(size) => {
            let digits = size.map_or(3, |(precision, scale)| {
                i64::from(precision) - i64::from(scale)
            });
            let most = 10_i64.pow(u32::try_from(digits.clamp(0, 3)).unwrap_or_default());
            number("::pgwright::types::Decimal", (most - 1).max(0))
        }
        Builtin::Boolean => Value::plain("make.flag()"),
        Builtin::Uuid => Value::plain("make.uuid()"),
        Builtin::Date => Value::plain("make.moment().date_naive()"),
        Builtin::Time(_) => Value::plain("make.moment().time()"),
        Builtin::Timestamp(_) => Value::plain("make.moment().naive_utc()"),
        Builtin::TimestampTz(_) => Value::plain("make.moment()"),
        Builtin::Json | Builtin::Jsonb => Value::plain("make.json()"),
        Builtin::Bytea => Value::plain("make.uuid().as_bytes().to_vec()"),
        Builtin::Char(longest) => text(longest.unwrap_or(1).min(200)),
        Builtin::Text | Builtin::Plain("bpchar") => text(200),
        Builtin::Name => text(63),
        Builtin::Varchar(longest) => text(longest.map_or(200, |longest| longest.min(200))),
        _ => return None,
    })
}

/// Takes what a check says of a column by comparing it with numbers; of everything else the check may say it knows nothing.
fn narrow(bounds: &mut (i64, i64), check: &str, column: &str) {
    let words: Vec<String> = check
        .to_lowercase()
        .replace(['(', ')'], " ")
        .replace(">=", " >= ")
        .replace("<=", " <= ")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    for at in 0..words.len() {
        if word(at) != column.to_lowercase() {
            continue;
        }
        match (word(at + 1), word(at + 2).parse::<i64>()) {
            (">=", Ok(least)) => bounds.0 = bounds.0.max(least),
            (">", Ok(least)) => bounds.0 = bounds.0.max(least.saturating_add(1)),
            ("<=", Ok(most)) => bounds.1 = bounds.1.min(most),
            ("<", Ok(most)) => bounds.1 = bounds.1.min(most.saturating_sub(1)),
            ("between", Ok(least)) => {
                bounds.0 = bounds.0.max(least);
                if let Ok(most) = word(at + 4).parse() {
                    bounds.1 = bounds.1.min(most);
                }
            }
            _ => {}
        }
    }
    // A bound that is below what is usual: negative numbers alone.
    if bounds.0 > bounds.1 {
        bounds.0 = bounds.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowed(check: &str) -> (i64, i64) {
        let mut bounds = (1, 1000);
        narrow(&mut bounds, check, "size");
        bounds
    }

    #[test]
    fn bounds_come_from_plain_comparisons() {
        assert_eq!(narrowed("size >= 0"), (1, 1000));
        assert_eq!(narrowed("size > 5 AND size<=10"), (6, 10));
        assert_eq!(narrowed("(size BETWEEN 3 AND 7)"), (3, 7));
        assert_eq!(narrowed("size < -3"), (-4, -4));
        assert_eq!(narrowed("other > 5"), (1, 1000));
        assert_eq!(narrowed("size + 1 > 5"), (1, 1000));
    }
}
