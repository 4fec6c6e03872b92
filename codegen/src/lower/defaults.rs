//! Defaults of columns: constants that have to fit their type, or SQL.

use super::context::Lowering;
use crate::diag::{Diagnostic, Span, nearest};
use crate::fragment::Kind;
use crate::schema::{BaseType, Builtin, Default, EnumId, Type};
use crate::source::Spanned;
use crate::spec::{Constant, Scalar};
use crate::sql::Literal;

/// The default that `default` or `default_sql` says.
pub(super) fn lower(
    cx: &mut Lowering<'_>,
    constant: Option<&Spanned<Constant>>,
    sql: Option<&Spanned<String>>,
    ty: &Type,
) -> Option<Default> {
    match (constant, sql) {
        (Some(constant), Some(sql)) => {
            cx.report(
                Diagnostic::error("default", "a column has one default", sql.span.clone())
                    .label("a second one")
                    .also(constant.span.clone(), "the first one")
                    .help("remove `default` or `default_sql`"),
            );
            None
        }
        (None, Some(sql)) => Some(Default::Sql(cx.fragment(Kind::Default, sql))),
        (Some(constant), None) => value(cx, constant, ty),
        (None, None) => None,
    }
}

fn value(cx: &mut Lowering<'_>, constant: &Spanned<Constant>, ty: &Type) -> Option<Default> {
    let ty = cx.base_type(ty).clone();
    match &constant.value {
        Constant::Many(items) if ty.dimensions > 0 => {
            let element = Type {
                base: ty.base,
                dimensions: 0,
            };
            let element = cx.base_type(&element).clone();
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                values.push(scalar(cx, &item.value, &item.span, &element)?);
            }
            Some(Default::Array(values))
        }
        Constant::Many(items) => match &ty.base {
            BaseType::Builtin(Builtin::Json | Builtin::Jsonb) => {
                let values: Option<Vec<_>> = items.iter().map(|item| json(&item.value)).collect();
                let text = serde_json::Value::Array(values.unwrap_or_default()).to_string();
                Some(Default::Literal(Literal::text(text)))
            }
            BaseType::Other(_) => None,
            _ => {
                cx.report(
                    Diagnostic::error(
                        "default",
                        "an array is no default of a column that is none",
                        constant.span.clone(),
                    )
                    .help("write one value, or `[]` at the end of the type"),
                );
                None
            }
        },
        // `{1,2}` is PostgreSQL's own way to write an array as a text.
        Constant::One(Scalar::Text(text)) if ty.dimensions > 0 && text.trim().starts_with('{') => {
            Some(Default::Literal(Literal::text(text.as_str())))
        }
        Constant::One(item) if ty.dimensions > 0 => {
            cx.report(
                Diagnostic::error(
                    "default",
                    format!("the column is an array, and its default is {}", item.kind()),
                    constant.span.clone(),
                )
                .help("write an array: `default = []`"),
            );
            None
        }
        Constant::One(item) => scalar(cx, item, &constant.span, &ty).map(Default::Literal),
    }
}

/// One constant, which has to fit the type.
fn scalar(cx: &mut Lowering<'_>, item: &Scalar, span: &Span, ty: &Type) -> Option<Literal> {
    match &ty.base {
        BaseType::Enum(id) => label(cx, item, span, *id),
        BaseType::Builtin(builtin) => match builtin_value(builtin, item) {
            Ok(literal) => Some(literal),
            Err((message, help)) => {
                cx.report(Diagnostic::error("default", message, span.clone()).help(help));
                None
            }
        },
        // Only a server knows what fits a type of an extension, and a composite is written as a text.
        BaseType::Domain(_) | BaseType::Composite(_) | BaseType::Other(_) => Some(plain(item)),
    }
}

fn label(cx: &mut Lowering<'_>, item: &Scalar, span: &Span, id: EnumId) -> Option<Literal> {
    let (name, labels): (String, Vec<String>) = {
        let item = cx.schema.enumeration(id);
        (
            item.name.clone(),
            item.labels.iter().map(|label| label.text.clone()).collect(),
        )
    };
    let Scalar::Text(text) = item else {
        cx.report(
            Diagnostic::error(
                "default",
                format!(
                    "the enum `{name}` has labels, and the default is {}",
                    item.kind()
                ),
                span.clone(),
            )
            .help("write one of its labels between quotes"),
        );
        return None;
    };
    // What is wrong with the enum is said there.
    if labels.is_empty() {
        return None;
    }
    if !labels.contains(text) {
        let help = nearest(text, labels.iter().map(String::as_str)).map_or_else(
            || {
                let list: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
                format!("its labels are {}", list.join(", "))
            },
            |near| format!("did you mean `{near}`?"),
        );
        cx.report(
            Diagnostic::error(
                "unknown-label",
                format!("the enum `{name}` has no label `{text}`"),
                span.clone(),
            )
            .help(help),
        );
        return None;
    }
    Some(Literal::text(text.as_str()))
}

type Misfit = (String, String);

fn misfit<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Misfit> {
    Err((message.into(), help.into()))
}

fn builtin_value(builtin: &Builtin, item: &Scalar) -> Result<Literal, Misfit> {
    match builtin {
        Builtin::SmallInt => integer("smallint", i64::from(i16::MIN), i64::from(i16::MAX), item),
        Builtin::Integer => integer("integer", i64::from(i32::MIN), i64::from(i32::MAX), item),
        Builtin::BigInt => integer("bigint", i64::MIN, i64::MAX, item),
        Builtin::Oid => integer("oid", 0, i64::from(u32::MAX), item),
        Builtin::Numeric(modifiers) => number("numeric", *modifiers, item),
        Builtin::Real => number("real", None, item),
        Builtin::DoublePrecision => number("double precision", None, item),
        Builtin::Money => match item {
            Scalar::Text(text) => Ok(Literal::text(text.as_str())),
            _ => number("money", None, item),
        },
        Builtin::Boolean => match item {
            Scalar::Boolean(value) => Ok(Literal::Boolean(*value)),
            _ => misfit(
                format!("a `boolean` cannot have {} as its default", item.kind()),
                "write `true` or `false`, without quotes",
            ),
        },
        Builtin::Json | Builtin::Jsonb => match item {
            Scalar::Text(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => {
                Ok(Literal::text(text.as_str()))
            }
            Scalar::Text(_) => misfit(
                "the default is not JSON",
                "write JSON between quotes: `default = \"{}\"`, and a JSON string as `'\"text\"'`",
            ),
            Scalar::Integer(number) => Ok(Literal::text(number.to_string())),
            Scalar::Float(number) if Literal::number(number).is_some() => {
                Ok(Literal::text(number.as_str()))
            }
            Scalar::Float(_) => misfit("JSON has no such number", "write JSON between quotes"),
            Scalar::Boolean(value) => Ok(Literal::text(value.to_string())),
        },
        Builtin::Varchar(length) | Builtin::Char(length) => characters(*length, item),
        _ => match item {
            Scalar::Text(text) => text_value(builtin, text),
            Scalar::Integer(number) => misfit(
                "the column is not a number, and its default is an integer",
                format!("write it between quotes: `\"{number}\"`"),
            ),
            Scalar::Float(number) => misfit(
                "the column is not a number, and its default is a float",
                format!("write it between quotes: `\"{number}\"`"),
            ),
            Scalar::Boolean(value) => misfit(
                "the column is not a boolean, and its default is one",
                format!("write it between quotes: `\"{value}\"`"),
            ),
        },
    }
}

fn integer(name: &str, min: i64, max: i64, item: &Scalar) -> Result<Literal, Misfit> {
    match item {
        Scalar::Integer(value) if (min..=max).contains(value) => Ok(Literal::Integer(*value)),
        Scalar::Integer(value) => misfit(
            format!("{value} does not fit `{name}`"),
            format!("write a number from {min} to {max}, or a larger type"),
        ),
        Scalar::Text(text) if text.trim().parse::<i64>().is_ok() => misfit(
            format!(
                "the column is {} `{name}`, and its default is a string",
                article(name)
            ),
            format!("write it without quotes: `default = {}`", text.trim()),
        ),
        Scalar::Text(text) if looks_like_sql(text) => misfit(
            format!(
                "the column is {} `{name}`, and its default is a string",
                article(name)
            ),
            format!("for an expression write `default_sql = \"{text}\"`"),
        ),
        _ => misfit(
            format!(
                "the column is {} `{name}`, and its default is {}",
                article(name),
                item.kind()
            ),
            "write a whole number",
        ),
    }
}

fn article(name: &str) -> &'static str {
    if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

fn number(name: &str, modifiers: Option<(u16, i16)>, item: &Scalar) -> Result<Literal, Misfit> {
    let text = match item {
        Scalar::Integer(value) => value.to_string(),
        Scalar::Float(text) | Scalar::Text(text) => text.trim().to_owned(),
        Scalar::Boolean(_) => {
            return misfit(
                format!(
                    "the column is {} `{name}`, and its default is a boolean",
                    article(name)
                ),
                "write a number",
            );
        }
    };
    let special = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if matches!(special.as_str(), "nan" | "inf" | "infinity")
        && name != "money"
        && modifiers.is_none()
    {
        return Ok(Literal::text(if special == "nan" {
            "NaN"
        } else if text.starts_with('-') {
            "-Infinity"
        } else {
            "Infinity"
        }));
    }
    let Some(literal) = Literal::number(&text) else {
        return misfit(
            format!(
                "`{text}` is not a number, and the column is {} `{name}`",
                article(name)
            ),
            if looks_like_sql(&text) {
                format!("for an expression write `default_sql = \"{text}\"`")
            } else {
                "write a number, `\"0.00\"`".to_owned()
            },
        );
    };
    if let Some((precision, scale)) = modifiers
        && !fits_precision(&text, precision, scale)
    {
        return misfit(
            format!("`{text}` does not fit `numeric({precision},{scale})`"),
            match i32::from(precision) - i32::from(scale) {
                digits if digits > 0 => format!("it holds {digits} digits before the point"),
                _ => "it holds numbers under 1 alone".to_owned(),
            },
        );
    }
    Ok(literal)
}

/// Whether the digits before the point fit. PostgreSQL rounds those after it.
fn fits_precision(text: &str, precision: u16, scale: i16) -> bool {
    if text.contains(['e', 'E']) {
        return true;
    }
    let whole = text
        .trim_start_matches(['+', '-'])
        .split('.')
        .next()
        .unwrap_or_default();
    let digits = whole.trim_start_matches('0').len();
    i64::try_from(digits).is_ok_and(|digits| digits <= i64::from(precision) - i64::from(scale))
}

fn characters(length: Option<u32>, item: &Scalar) -> Result<Literal, Misfit> {
    let Scalar::Text(text) = item else {
        return misfit(
            format!("the column is a text, and its default is {}", item.kind()),
            "write it between quotes",
        );
    };
    let count = text.trim_end_matches(' ').chars().count();
    if let Some(length) = length
        && usize::try_from(length).is_ok_and(|length| count > length)
    {
        return misfit(
            format!("the default has {count} characters, and the column holds {length}"),
            "shorten it, or make the column longer",
        );
    }
    Ok(Literal::text(text.as_str()))
}

/// A text for a type that is written as one; wrong ones are found where that is certain.
fn text_value(builtin: &Builtin, text: &str) -> Result<Literal, Misfit> {
    let time_like = matches!(
        builtin,
        Builtin::Date
            | Builtin::Time(_)
            | Builtin::TimeTz(_)
            | Builtin::Timestamp(_)
            | Builtin::TimestampTz(_)
    );
    if (time_like || matches!(builtin, Builtin::Uuid)) && looks_like_sql(text) {
        return misfit(
            format!("`{text}` is an expression, and `default` is a constant"),
            format!("write `default_sql = \"{text}\"`"),
        );
    }
    match builtin {
        Builtin::Uuid => {
            let digits = text
                .trim()
                .trim_start_matches('{')
                .trim_end_matches('}')
                .replace('-', "");
            if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return misfit(
                    format!("`{text}` is not a UUID"),
                    "write one as `00000000-0000-0000-0000-000000000000`",
                );
            }
        }
        Builtin::Bit(length) | Builtin::VarBit(length) => {
            let bits = text.trim_start_matches(['b', 'B']);
            if !bits.bytes().all(|byte| byte == b'0' || byte == b'1') {
                return misfit(
                    format!("`{text}` is not a string of bits"),
                    "write zeros and ones: `\"0101\"`",
                );
            }
            let exact = matches!(builtin, Builtin::Bit(_));
            let wanted = usize::try_from(length.unwrap_or(1)).unwrap_or(usize::MAX);
            if (exact && bits.len() != wanted)
                || (!exact && length.is_some() && bits.len() > wanted)
            {
                return misfit(
                    format!(
                        "the default has {} bits, and the column holds {wanted}",
                        bits.len()
                    ),
                    "write as many bits as the type says",
                );
            }
        }
        _ if time_like => {
            let word = text.trim().to_ascii_lowercase();
            if !is_possible_date(word.as_str()) {
                return misfit(
                    format!("`{text}` is no day of the calendar"),
                    "write a day as `2026-01-31`",
                );
            }
            let special = matches!(
                word.as_str(),
                "infinity"
                    | "-infinity"
                    | "epoch"
                    | "now"
                    | "today"
                    | "tomorrow"
                    | "yesterday"
                    | "allballs"
            );
            if !special && !text.bytes().any(|byte| byte.is_ascii_digit()) {
                return misfit(
                    format!("`{text}` is not a date or time"),
                    "write one as `2026-01-31` or `2026-01-31 12:00:00+00`, or an expression in `default_sql`",
                );
            }
        }
        _ => {}
    }
    Ok(Literal::text(text))
}

/// Whether a text that begins like `2026-01-31` names a day that there is. Other ways to write a day are left to the server.
fn is_possible_date(text: &str) -> bool {
    let day = text.split([' ', 't']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return true;
    };
    let number = |text: &str| text.parse::<u32>().ok();
    if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return true;
    };
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether a text was meant as an expression: a call, or one of SQL's words that is one.
fn looks_like_sql(text: &str) -> bool {
    let text = text.trim();
    text.ends_with(')')
        || text.contains("::")
        || matches!(
            text.to_ascii_lowercase().as_str(),
            "current_timestamp" | "current_date" | "current_time" | "localtimestamp" | "localtime"
        )
}

fn plain(item: &Scalar) -> Literal {
    match item {
        Scalar::Text(text) => Literal::text(text.as_str()),
        Scalar::Integer(number) => Literal::Integer(*number),
        Scalar::Float(number) => {
            Literal::number(number).unwrap_or_else(|| Literal::text(number.as_str()))
        }
        Scalar::Boolean(value) => Literal::Boolean(*value),
    }
}

fn json(item: &Scalar) -> Option<serde_json::Value> {
    Some(match item {
        Scalar::Text(text) => serde_json::Value::String(text.clone()),
        Scalar::Integer(number) => serde_json::Value::from(*number),
        Scalar::Float(number) => serde_json::from_str(number).ok()?,
        Scalar::Boolean(value) => serde_json::Value::Bool(*value),
    })
}
