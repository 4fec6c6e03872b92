//! PostgreSQL's own types with their aliases and modifiers.

use super::{Reader, TypeError};
use crate::fragment::lexer::Kind;
use crate::schema::{BaseType, Builtin, Sequence};

/// Types of `pg_catalog` that a column may have and that take no modifiers.
pub(super) const PLAIN: &[&str] = &[
    "aclitem",
    "bpchar",
    "box",
    "cid",
    "circle",
    "datemultirange",
    "daterange",
    "int2vector",
    "int4multirange",
    "int4range",
    "int8multirange",
    "int8range",
    "jsonpath",
    "line",
    "lseg",
    "nummultirange",
    "numrange",
    "oidvector",
    "path",
    "pg_snapshot",
    "point",
    "polygon",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "tid",
    "tsmultirange",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "txid_snapshot",
    "xid",
    "xid8",
];

/// Words with a meaning of their own in `simple`, `sized` or the compound types; for suggestions.
pub(super) const WORDS: &[&str] = &[
    "bigint",
    "bigserial",
    "bit",
    "bool",
    "boolean",
    "bytea",
    "char",
    "character",
    "cidr",
    "date",
    "decimal",
    "double precision",
    "float",
    "float4",
    "float8",
    "inet",
    "int",
    "int2",
    "int4",
    "int8",
    "integer",
    "interval",
    "json",
    "jsonb",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "oid",
    "pg_lsn",
    "real",
    "serial",
    "smallint",
    "smallserial",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsquery",
    "tsvector",
    "uuid",
    "varbit",
    "varchar",
    "xml",
];

/// Types that no column can have.
pub(super) const PSEUDO: &[&str] = &[
    "any",
    "anyarray",
    "anycompatible",
    "anyelement",
    "anyenum",
    "anynonarray",
    "anyrange",
    "cstring",
    "event_trigger",
    "fdw_handler",
    "internal",
    "language_handler",
    "record",
    "trigger",
    "unknown",
    "void",
];

/// `INTERVAL`'s fields in PostgreSQL's words; those that end in seconds take a precision.
const FIELDS: &[(&[&str], &str)] = &[
    (&["year", "to", "month"], "year to month"),
    (&["day", "to", "hour"], "day to hour"),
    (&["day", "to", "minute"], "day to minute"),
    (&["day", "to", "second"], "day to second"),
    (&["hour", "to", "minute"], "hour to minute"),
    (&["hour", "to", "second"], "hour to second"),
    (&["minute", "to", "second"], "minute to second"),
    (&["year"], "year"),
    (&["month"], "month"),
    (&["day"], "day"),
    (&["hour"], "hour"),
    (&["minute"], "minute"),
    (&["second"], "second"),
];

/// The longest `varchar` and `char`.
const MAX_CHARS: i64 = 10_485_760;
/// The longest `bit` and `varbit`.
const MAX_BITS: i64 = 83_886_080;

impl Reader<'_> {
    /// A type that PostgreSQL brings, if one begins here. Nothing is read otherwise.
    pub(super) fn builtin(&mut self) -> Result<Option<(BaseType, Option<Sequence>)>, TypeError> {
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        if first.kind == Kind::Quoted {
            // The one-byte type of the catalogs.
            self.at += 1;
            return Ok(Some((BaseType::Builtin(Builtin::Plain("\"char\"")), None)));
        }
        let start = self.at;
        let word = first.text(self.text).to_ascii_lowercase();
        self.at += 1;
        let (builtin, sequence) = match word.as_str() {
            "smallserial" | "serial2" => (Builtin::SmallInt, Some(Sequence::Serial)),
            "serial" | "serial4" => (Builtin::Integer, Some(Sequence::Serial)),
            "bigserial" | "serial8" => (Builtin::BigInt, Some(Sequence::Serial)),
            "numeric" | "decimal" | "dec" => (self.numeric()?, None),
            "float" => (self.float()?, None),
            "varchar" => (Builtin::Varchar(self.length(MAX_CHARS)?), None),
            "bpchar" => match self.length(MAX_CHARS)? {
                Some(length) => (Builtin::Char(Some(length)), None),
                None => (Builtin::Plain("bpchar"), None),
            },
            "char" | "character" | "nchar" => (self.character()?, None),
            "national" if self.take_word("char") || self.take_word("character") => {
                (self.character()?, None)
            }
            "bit" if self.take_word("varying") => (Builtin::VarBit(self.length(MAX_BITS)?), None),
            "bit" => (Builtin::Bit(self.length(MAX_BITS)?), None),
            "varbit" => (Builtin::VarBit(self.length(MAX_BITS)?), None),
            "time" | "timetz" | "timestamp" | "timestamptz" => (self.time(&word)?, None),
            "interval" => (self.interval()?, None),
            "double" if self.take_word("precision") => (Builtin::DoublePrecision, None),
            _ => match simple(&word) {
                Some(builtin) => {
                    self.no_modifiers(&word)?;
                    (builtin, None)
                }
                None => {
                    self.at = start;
                    return Ok(None);
                }
            },
        };
        if sequence.is_some() {
            self.no_modifiers(&word)?;
        }
        Ok(Some((BaseType::Builtin(builtin), sequence)))
    }

    fn no_modifiers(&mut self, word: &str) -> Result<(), TypeError> {
        match self.peek().filter(|token| token.is(self.text, "(")) {
            Some(token) => Err(TypeError::new(
                token.range.start..self.text.trim_end().len(),
                format!("`{word}` takes no modifiers"),
            )
            .help(format!("write `{word}`"))),
            None => Ok(()),
        }
    }

    /// A parenthesised list of whole numbers, if there is one.
    fn numbers(&mut self) -> Result<Option<Vec<i64>>, TypeError> {
        let start = self.at;
        if !self.take("(") {
            return Ok(None);
        }
        let mut numbers = Vec::new();
        loop {
            let negative = self.take("-");
            let number = self
                .next()
                .filter(|token| token.kind == Kind::Number)
                .and_then(|token| token.text(self.text).parse::<i64>().ok());
            let end = self.next();
            if let (Some(number), Some(end)) = (number, end) {
                numbers.push(if negative { -number } else { number });
                if end.is(self.text, ")") {
                    return Ok(Some(numbers));
                }
                if end.is(self.text, ",") {
                    continue;
                }
            }
            return Err(TypeError::new(
                self.since(start),
                "the modifiers of this type are whole numbers in parentheses",
            )
            .help("for example `numeric(10,2)` or `varchar(80)`"));
        }
    }

    /// One number in parentheses between bounds, if there is one.
    fn number_between(&mut self, least: i64, most: i64) -> Result<Option<i64>, TypeError> {
        let start = self.at;
        match self.numbers()?.as_deref() {
            None => Ok(None),
            Some([number]) if (least..=most).contains(number) => Ok(Some(*number)),
            Some([_]) => Err(TypeError::new(
                self.since(start),
                format!("this number must be between {least} and {most}"),
            )
            .help(format!(
                "write a number between {least} and {most}, or no parentheses at all"
            ))),
            Some(_) => Err(TypeError::new(
                self.since(start),
                "this type takes one number",
            )),
        }
    }

    fn length(&mut self, most: i64) -> Result<Option<u32>, TypeError> {
        let length = self.number_between(1, most)?;
        Ok(length.and_then(|length| u32::try_from(length).ok()))
    }

    fn seconds(&mut self) -> Result<Option<u8>, TypeError> {
        let digits = self.number_between(0, 6)?;
        Ok(digits.and_then(|digits| u8::try_from(digits).ok()))
    }

    fn numeric(&mut self) -> Result<Builtin, TypeError> {
        let start = self.at;
        let (precision, scale) = match self.numbers()?.as_deref() {
            None => return Ok(Builtin::Numeric(None)),
            Some([precision]) => (*precision, 0),
            Some([precision, scale]) => (*precision, *scale),
            Some(_) => {
                return Err(TypeError::new(
                    self.since(start),
                    "`numeric` takes a precision and a scale",
                )
                .help("for example `numeric(10,2)`"));
            }
        };
        let checked = (
            u16::try_from(precision)
                .ok()
                .filter(|number| (1..=1000).contains(number)),
            i16::try_from(scale)
                .ok()
                .filter(|number| (-1000..=1000).contains(number)),
        );
        match checked {
            (Some(precision), Some(scale)) => Ok(Builtin::Numeric(Some((precision, scale)))),
            (None, _) => Err(TypeError::new(
                self.since(start),
                format!("the precision {precision} must be between 1 and 1000"),
            )
            .help("write `numeric` alone for numbers of any size")),
            (_, None) => Err(TypeError::new(
                self.since(start),
                format!("the scale {scale} must be between -1000 and 1000"),
            )),
        }
    }

    fn float(&mut self) -> Result<Builtin, TypeError> {
        Ok(match self.number_between(1, 53)? {
            Some(bits) if bits <= 24 => Builtin::Real,
            _ => Builtin::DoublePrecision,
        })
    }

    fn character(&mut self) -> Result<Builtin, TypeError> {
        let varying = self.take_word("varying");
        let length = self.length(MAX_CHARS)?;
        Ok(if varying {
            Builtin::Varchar(length)
        } else {
            Builtin::Char(length)
        })
    }

    fn time(&mut self, word: &str) -> Result<Builtin, TypeError> {
        let digits = self.seconds()?;
        let short = word.ends_with("tz");
        let zone = short || self.take_words(&["with", "time", "zone"]);
        if !zone {
            let _said = self.take_words(&["without", "time", "zone"]);
        }
        Ok(match (word.starts_with("timestamp"), zone) {
            (true, true) => Builtin::TimestampTz(digits),
            (true, false) => Builtin::Timestamp(digits),
            (false, true) => Builtin::TimeTz(digits),
            (false, false) => Builtin::Time(digits),
        })
    }

    fn interval(&mut self) -> Result<Builtin, TypeError> {
        let fields = FIELDS
            .iter()
            .find(|(words, _)| self.take_words(words))
            .map(|(_, fields)| *fields);
        if let Some(fields) = fields.filter(|fields| !fields.ends_with("second")) {
            self.no_modifiers(fields)?;
        }
        let digits = self.seconds()?;
        if digits.is_some()
            && fields.is_none()
            && let Some(word) = self.peek().filter(|token| token.kind == Kind::Word)
            && FIELDS
                .iter()
                .any(|(words, _)| word.is_word(self.text, words[0]))
        {
            return Err(TypeError::new(
                word.range.clone(),
                "the fields of an interval stand before its precision",
            )
            .help("for example `interval day to second(3)`"));
        }
        Ok(Builtin::Interval(fields, digits))
    }
}

/// Types without modifiers.
fn simple(word: &str) -> Option<Builtin> {
    Some(match word {
        "smallint" | "int2" => Builtin::SmallInt,
        "integer" | "int" | "int4" => Builtin::Integer,
        "bigint" | "int8" => Builtin::BigInt,
        "real" | "float4" => Builtin::Real,
        "float8" => Builtin::DoublePrecision,
        "money" => Builtin::Money,
        "text" => Builtin::Text,
        "name" => Builtin::Name,
        "bytea" => Builtin::Bytea,
        "boolean" | "bool" => Builtin::Boolean,
        "uuid" => Builtin::Uuid,
        "date" => Builtin::Date,
        "json" => Builtin::Json,
        "jsonb" => Builtin::Jsonb,
        "xml" => Builtin::Xml,
        "inet" => Builtin::Inet,
        "cidr" => Builtin::Cidr,
        "macaddr" => Builtin::MacAddr,
        "macaddr8" => Builtin::MacAddr8,
        "tsvector" => Builtin::TsVector,
        "tsquery" => Builtin::TsQuery,
        "oid" => Builtin::Oid,
        "pg_lsn" => Builtin::PgLsn,
        _ => Builtin::Plain(PLAIN.iter().find(|plain| **plain == word)?),
    })
}
