//! Values that are made up: an expression for each type.

use crate::schema::{BaseType, Builtin, FieldRef, ModelId, Schema, Type};

use super::super::columns::Column;
use super::super::text::{File, literal};
use super::super::{names, types};
use super::limits::Limits;
use super::pattern;

/// How a value is made: a call, or an expression without arguments, and the types that it is put into.
pub(super) struct Value {
    function: String,
    arguments: Option<Vec<String>>,
    /// Of a call with an array: its elements.
    elements: Option<Vec<String>>,
    /// Of a struct: its fields with their values, if they have one.
    attributes: Option<Vec<(String, Option<Value>)>>,
    within: Vec<String>,
    /// Whether a check says something of it that nobody understood.
    pub(super) unsure: bool,
}

impl Value {
    pub(super) fn plain(expression: impl Into<String>) -> Self {
        Self {
            function: expression.into(),
            arguments: None,
            elements: None,
            attributes: None,
            within: Vec::new(),
            unsure: false,
        }
    }

    fn call(function: impl Into<String>, arguments: impl Into<Vec<String>>) -> Self {
        Self {
            arguments: Some(arguments.into()),
            ..Self::plain(function)
        }
    }

    fn array(function: &str, elements: Vec<String>) -> Self {
        Self {
            elements: Some(elements),
            ..Self::plain(function)
        }
    }

    fn within(mut self, ty: String) -> Self {
        self.within.push(ty);
        self
    }

    /// Whether it asks for something that is made up.
    pub(super) fn uses_make(&self) -> bool {
        let attributes = self.attributes.iter().flatten();
        self.function.starts_with("make.")
            || attributes
                .filter_map(|(_, value)| value.as_ref())
                .any(Self::uses_make)
    }

    /// The value as a variable of that name.
    pub(super) fn write(&self, name: &str, file: &mut File) {
        if let Some(elements) = &self.elements {
            let head = format!("let {name} = {}(&", self.function);
            file.array(2, &head, elements, ");");
        }
        match (&self.attributes, &self.arguments) {
            _ if self.elements.is_some() => {}
            (Some(attributes), _) => {
                let mut fields = Vec::new();
                for (index, (field, value)) in attributes.iter().enumerate() {
                    let part = format!("{name}_{index}");
                    fields.push(match value {
                        Some(value) => {
                            value.write(&part, file);
                            format!("{field}: ::core::option::Option::Some({part})")
                        }
                        None => format!("{field}: ::core::option::Option::None"),
                    });
                }
                let head = format!("let {name} = {}", self.function);
                file.structure(2, &head, &fields, ";");
            }
            (None, Some(arguments)) => file.binding(2, name, &self.function, arguments),
            (None, None) => file.line(2, &format!("let {name} = {};", self.function)),
        }
        for ty in &self.within {
            file.binding(2, name, ty, &[name.to_owned()]);
        }
    }
}

/// An expression for the value of a column that refers to nothing.
pub(super) fn of_column(schema: &Schema, model: ModelId, column: &Column<'_>) -> Option<Value> {
    let field = FieldRef {
        model,
        field: schema.model(model).field_named(column.sql.as_str())?,
    };
    if schema.field(field).rust_type.is_some() {
        return None;
    }
    let name = column.sql.as_str();
    let mut limits = Limits::new(1, 1_000, 200);
    for check in &schema.model(model).checks {
        limits.read(check.sql.as_str(), name);
    }
    if column.mapped.list {
        // A domain over an array has a type of its own.
        if !column.mapped.rust.starts_with("Vec<") {
            return None;
        }
        return Some(Value {
            unsure: limits.unsure,
            ..Value::plain("::std::vec::Vec::new()")
        });
    }
    let inner = of_type(schema, name, column.ty, &mut limits)?;
    let value = match types::is_own_key(schema, field) {
        true => inner.within(column.mapped.rust.clone()),
        false => inner,
    };
    Some(Value {
        unsure: limits.unsure,
        ..value
    })
}

fn of_type(schema: &Schema, name: &str, ty: &Type, limits: &mut Limits) -> Option<Value> {
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
            let variants = names::all(&labels, names::variant);
            let name = names::type_name(&item.name);
            // One that a check allows, where it names some.
            let allowed = |label: &str| limits.one_of.iter().any(|text| text == label);
            if let Some(at) = labels.iter().position(|label| allowed(label)) {
                let variant = variants.get(at)?;
                return Some(Value::plain(format!("super::{name}::{variant}")));
            }
            let first = variants.into_iter().next()?;
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
            for check in &domain.checks {
                limits.read(check.sql.as_str(), "VALUE");
            }
            let inner = of_type(schema, name, &domain.base, limits)?;
            Some(inner.within(format!("super::{}", names::type_name(&domain.name))))
        }
        BaseType::Builtin(builtin) => of_builtin(name, builtin, limits),
        BaseType::Composite(id) => {
            let composite = schema.composite(*id);
            let name = names::type_name(&composite.name);
            // Every attribute may be NULL.
            if types::record(schema, composite, 0).is_none() {
                let commas = ",".repeat(composite.attributes.len().saturating_sub(1));
                let text = Value::plain(format!("{}.to_owned()", literal(&format!("({commas})"))));
                return Some(text.within(name_of(&name)));
            }
            let texts: Vec<&str> = (composite.attributes.iter())
                .map(|(attribute, _)| attribute.as_str())
                .collect();
            // NULL is what a check that nobody understood lets through.
            let is_free = !limits.unsure;
            let fields = names::all(&texts, names::field).into_iter();
            let attributes = fields
                .zip(&composite.attributes)
                .map(|(field, (attribute, ty))| {
                    let mut limits = Limits::new(1, 1_000, 200);
                    let value = of_type(schema, attribute.as_str(), ty, &mut limits)
                        .filter(|_| is_free && !limits.unsure);
                    (field, value)
                })
                .collect();
            limits.unsure = false;
            Some(Value {
                attributes: Some(attributes),
                ..Value::plain(name_of(&name))
            })
        }
        BaseType::Other(text) => {
            let text = text.as_str().rsplit('.').next().unwrap_or_default();
            match text {
                "citext" => text_value(name, limits, 200),
                "ltree" => Some(numbered("n", "")),
                "hstore" => Some(numbered("n=>", "")),
                "cube" => Some(numbered("(", ")")),
                _ => None,
            }
        }
    }
}

fn name_of(ty: &str) -> String {
    format!("super::{ty}")
}

/// A text that differs in a number from others.
fn numbered(before: &str, after: &str) -> Value {
    Value::call("make.numbered", [literal(before), literal(after)])
}

fn text_value(name: &str, limits: &mut Limits, longest: u32) -> Option<Value> {
    let longest = limits
        .longest
        .min(usize::try_from(longest).unwrap_or(usize::MAX));
    if let Some(first) = limits.one_of.first() {
        let texts: Vec<String> = limits.one_of.iter().map(|text| literal(text)).collect();
        return Some(match texts.len() {
            1 => Value::plain(format!("{}.to_owned()", literal(first))),
            _ => Value::array("make.choose", texts),
        });
    }
    if let Some(pieces) = limits.pattern.take() {
        if let Some(parts) = pattern::counted(&pieces, limits.shortest, longest) {
            let parts: Vec<String> = parts
                .iter()
                .map(|(alphabet, count)| format!("({}, {count})", literal(alphabet)))
                .collect();
            return Some(Value::array("make.spelled", parts));
        }
        limits.unsure = true;
    }
    let arguments = [literal(name), longest.to_string()];
    Some(match limits.shortest {
        // What tells it from others is longer.
        0..=2 => Value::call("make.text", arguments),
        shortest => {
            let [name, longest] = arguments;
            Value::call("make.long_text", [name, shortest.to_string(), longest])
        }
    })
}

fn of_builtin(name: &str, builtin: &Builtin, limits: &mut Limits) -> Option<Value> {
    let bounds = limits.bounds();
    let number = |rust: &str, most: i64| {
        let (least, most) = (bounds.0.min(most), bounds.1.min(most));
        Value::call(
            format!("make.number::<{rust}>"),
            [least.to_string(), most.to_string()],
        )
    };
    let range = |element: &str| Value::call(format!("make.range::<{element}>"), []);
    let mut text = |longest: u32| text_value(name, limits, longest);
    Some(match builtin {
        Builtin::SmallInt => number("i16", i64::from(i16::MAX)),
        Builtin::Integer => number("i32", i64::from(i32::MAX)),
        Builtin::BigInt => number("i64", i64::MAX),
        Builtin::Real => number("f32", 1_000_000),
        Builtin::DoublePrecision => number("f64", i64::from(i32::MAX)),
        Builtin::Numeric(size) => {
            let digits = size.map_or(9, |(precision, scale)| {
                i64::from(precision) - i64::from(scale)
            });
            let most = 10_i64.pow(u32::try_from(digits.clamp(0, 9)).unwrap_or_default());
            number("::pgwright::types::Decimal", (most - 1).max(0))
        }
        Builtin::Boolean => Value::plain("make.flag()"),
        Builtin::Uuid => Value::plain("make.uuid()"),
        Builtin::Date => Value::plain("make.moment().date_naive()"),
        Builtin::Time(_) => Value::plain("make.moment().time()"),
        Builtin::TimeTz(_) => Value::plain("make.time_tz()"),
        Builtin::Timestamp(_) => Value::plain("make.moment().naive_utc()"),
        Builtin::TimestampTz(_) => Value::plain("make.moment()"),
        Builtin::Interval(..) => Value::plain("make.interval()"),
        Builtin::Money => Value::plain("make.money()"),
        Builtin::Oid => Value::plain("make.oid()"),
        Builtin::Json | Builtin::Jsonb => Value::plain("make.json()"),
        Builtin::Bytea => Value::plain("make.uuid().as_bytes().to_vec()"),
        Builtin::Char(longest) => text(longest.unwrap_or(1).min(200))?,
        Builtin::Text | Builtin::Plain("bpchar") => text(200)?,
        Builtin::Name => text(63)?,
        Builtin::Varchar(longest) => text(longest.map_or(200, |longest| longest.min(200)))?,
        Builtin::Inet | Builtin::Cidr => Value::plain("make.address()"),
        Builtin::MacAddr => Value::call("make.hardware_address", ["6".to_owned()]),
        Builtin::MacAddr8 => Value::call("make.hardware_address", ["8".to_owned()]),
        Builtin::Bit(digits) => Value::call("make.bits", [digits.unwrap_or(1).to_string()]),
        Builtin::VarBit(digits) => {
            Value::call("make.bits", [digits.unwrap_or(16).min(16).to_string()])
        }
        Builtin::Xml => numbered("<n>", "</n>"),
        Builtin::TsVector | Builtin::TsQuery => numbered("n", ""),
        Builtin::PgLsn => numbered("0/", ""),
        Builtin::Plain("int4range") => range("i32"),
        Builtin::Plain("int8range") => range("i64"),
        Builtin::Plain("numrange") => range("::pgwright::types::Decimal"),
        Builtin::Plain("daterange") => range("::pgwright::types::Date"),
        Builtin::Plain("tsrange") => range("::pgwright::types::NaiveDateTime"),
        Builtin::Plain("tstzrange") => range("::pgwright::types::DateTime"),
        Builtin::Plain("int4multirange" | "int8multirange" | "nummultirange") => {
            numbered("{[0,", "]}")
        }
        Builtin::Plain("datemultirange" | "tsmultirange" | "tstzmultirange") => {
            Value::plain("\"{}\".to_owned()")
        }
        Builtin::Plain("point") => numbered("(", ",0)"),
        Builtin::Plain("line") => numbered("{1,0,", "}"),
        Builtin::Plain("lseg") => numbered("[(0,0),(", ",1)]"),
        Builtin::Plain("box") => numbered("(", ",1),(0,0)"),
        Builtin::Plain("path") => numbered("[(0,0),(", ",1)]"),
        Builtin::Plain("polygon") => numbered("((0,0),(", ",1),(1,0))"),
        Builtin::Plain("circle") => numbered("<(", ",0),1>"),
        Builtin::Plain("jsonpath") => numbered("$.n", ""),
        Builtin::Plain("xid8" | "xid" | "cid") => numbered("", ""),
        _ => return None,
    })
}
