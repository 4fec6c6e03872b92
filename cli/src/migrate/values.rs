//! Values that a column may take, the likeliest first.

use serde::Deserialize;

/// A column of a table.
#[derive(Debug, Deserialize)]
pub(super) struct Column {
    pub(super) number: i16,
    /// As SQL wants it.
    pub(super) name: String,
    /// As it is.
    pub(super) plain: String,
    /// As PostgreSQL writes it; below a domain, what that stands on.
    #[serde(rename = "type")]
    pub(super) ty: String,
    pub(super) domain: Option<String>,
    is_array: bool,
    /// `b` base, `e` enum, `c` composite, `r` range, `m` multirange.
    kind: String,
    labels: Option<Vec<String>>,
    attributes: usize,
    pub(super) not_null: bool,
    pub(super) has_default: bool,
    /// PostgreSQL makes it.
    pub(super) is_made: bool,
    /// Checks and bounds of partitions that say what it may be.
    texts: Vec<String>,
}

impl Column {
    /// Whether a row cannot do without a value for it.
    pub(super) fn is_required(&self) -> bool {
        self.not_null && !self.has_default && !self.is_made
    }
}

/// What to try, as SQL. The seed tells the rows apart.
pub(super) fn candidates(column: &Column, seed: usize) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let plain = plain(column, seed);
    let (first, rest) = plain
        .split_first()
        .map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
    list.extend(first.map(|text| literal(text)));
    let is_text = is_text(&column.ty);
    for constant in column.texts.iter().flat_map(|text| constants(text)) {
        match constant {
            Constant::Number(number) if !is_text && !column.is_array => {
                list.extend(
                    [number, number + 1, number - 1].map(|number| literal(&number.to_string())),
                );
            }
            Constant::Number(length) if is_text && (1..=1000).contains(&length) => {
                // A check on a text that has a number in it is one of its length, as a rule.
                let length = usize::try_from(length).unwrap_or(1);
                let digits = format!("{:0>length$}", seed + 1);
                list.push(literal(&digits[digits.len().saturating_sub(length)..]));
            }
            Constant::Text(text) => list.push(literal(&text)),
            Constant::Number(_) => {}
        }
    }
    list.extend(rest.iter().map(|text| literal(text)));
    if !column.not_null {
        list.push("NULL".to_owned());
    }
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|value| seen.insert(value.clone()));
    list.truncate(40);
    list
}

fn is_text(ty: &str) -> bool {
    ["text", "character", "citext", "name", "bpchar"]
        .iter()
        .any(|word| ty.starts_with(word))
}

/// By type, without what checks say.
fn plain(column: &Column, seed: usize) -> Vec<String> {
    let number = seed + 1;
    let own = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    if let Some(labels) = &column.labels {
        let mut labels = labels.clone();
        if !labels.is_empty() {
            let first = seed % labels.len();
            labels.rotate_left(first);
        }
        return labels;
    }
    if column.is_array {
        return own(&["{}", "{1}", "{a}"]);
    }
    match column.kind.as_str() {
        "c" => {
            return vec![format!(
                "({})",
                ",".repeat(column.attributes.saturating_sub(1))
            )];
        }
        "r" => return own(&["empty", "(,)", "[1,5)", "[2026-01-01,2026-02-01)"]),
        "m" => return own(&["{}"]),
        _ => {}
    }
    let (head, modifier) = match column.ty.split_once('(') {
        Some((head, rest)) => (
            head,
            rest.split([',', ')'])
                .next()
                .and_then(|text| text.parse::<usize>().ok()),
        ),
        None => (column.ty.as_str(), None),
    };
    match head {
        "boolean" => {
            if seed.is_multiple_of(2) {
                own(&["false", "true"])
            } else {
                own(&["true", "false"])
            }
        }
        "smallint" | "integer" | "bigint" | "oid" | "money" | "numeric" | "real"
        | "double precision" => {
            let mut list = vec![number.to_string()];
            list.extend(own(&["0", "1", "10", "100", "50", "2026", "1000", "-1"]));
            // It may have room for a fraction alone.
            if matches!(head, "numeric" | "real" | "double precision") {
                list.push("0.5".to_owned());
            }
            list
        }
        "uuid" => vec![format!("00000000-0000-4000-8000-{number:012x}")],
        "date" | "timestamp without time zone" | "timestamp with time zone" => vec![
            format!("2026-01-{:02}", 1 + seed % 28),
            "2000-01-01".to_owned(),
            "2100-01-01".to_owned(),
        ],
        "time without time zone" | "time with time zone" => vec![format!("12:00:{:02}", seed % 60)],
        "interval" => vec![format!("{number} hours"), "0".to_owned()],
        "json" | "jsonb" => own(&["{}", "[]", "{\"a\": 1}", "\"x\"", "1", "null"]),
        "bytea" => vec![format!("\\x{:02x}", number % 256)],
        "inet" => vec![format!("10.0.0.{}", number % 250)],
        "cidr" => vec![format!("10.{}.0.0/16", number % 250)],
        "macaddr" => vec![format!("08:00:2b:01:02:{:02x}", number % 256)],
        "macaddr8" => vec![format!("08:00:2b:01:02:03:04:{:02x}", number % 256)],
        "bit" => vec!["0".repeat(modifier.unwrap_or(1))],
        "bit varying" => vec!["1".to_owned()],
        "point" => vec![format!("({number},0)")],
        "line" => own(&["{1,-1,0}"]),
        "lseg" | "path" => own(&["[(0,0),(1,1)]"]),
        "box" => own(&["(1,1),(0,0)"]),
        "polygon" => own(&["((0,0),(0,1),(1,1))"]),
        "circle" => own(&["<(0,0),1>"]),
        "xml" => own(&["<a/>"]),
        "tsvector" | "tsquery" => own(&["a"]),
        "pg_lsn" => own(&["0/0"]),
        "hstore" => own(&["", "a=>1"]),
        "ltree" => vec![format!("a{number}")],
        _ if is_text(head) => {
            let list = vec![
                format!("text {number}"),
                format!("user{number}@example.org"),
                format!("{number}"),
                format!("a{number}"),
                format!("A{number}"),
                format!("https://example.org/{number}"),
                "en".to_owned(),
                "EUR".to_owned(),
                "#aabbcc".to_owned(),
                "x".to_owned(),
                "0123456789abcdef0123456789abcdef".to_owned(),
                String::new(),
            ];
            match modifier {
                // The end tells them apart.
                Some(length) if length < 12 => {
                    let short = format!("{number}");
                    let mut all = vec![short[short.len().saturating_sub(length)..].to_owned()];
                    all.extend(list.into_iter().filter(|text| text.len() <= length));
                    all
                }
                Some(length) => list
                    .into_iter()
                    .filter(|text| text.len() <= length)
                    .collect(),
                None => list,
            }
        }
        _ => own(&["0", "", "a", "{}", "()", "1"]),
    }
}

enum Constant {
    Number(i64),
    Text(String),
}

/// The constants of a check: what it compares with is often what it wants.
fn constants(text: &str) -> Vec<Constant> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((start, char)) = chars.next() {
        match char {
            '\'' => {
                let mut value = String::new();
                while let Some((_, char)) = chars.next() {
                    if char == '\'' {
                        if chars.peek().is_some_and(|(_, next)| *next == '\'') {
                            chars.next();
                        } else {
                            break;
                        }
                    }
                    value.push(char);
                }
                // A pattern is seldom a value.
                found.push(match value.parse() {
                    Ok(number) => Constant::Number(number),
                    Err(_) => Constant::Text(value),
                });
            }
            '"' => while chars.next().is_some_and(|(_, char)| char != '"') {},
            _ if char.is_ascii_digit() && !before.is_alphanumeric() && before != '_' => {
                let end = text[start..]
                    .find(|char: char| !char.is_ascii_digit())
                    .map_or(text.len(), |length| start + length);
                while chars.peek().is_some_and(|(at, _)| *at < end) {
                    chars.next();
                }
                if let Ok(number) = text[start..end].parse::<i64>() {
                    found.push(Constant::Number(number));
                }
            }
            _ => {}
        }
        before = char;
    }
    found
}

fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!(
        "{escape}'{}'",
        text.replace('\\', "\\\\").replace('\'', "''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_of_checks_are_found_and_names_are_not() {
        let found = constants("CHECK (a1 >= 10 AND b = 'it''s' AND \"c2\" <> '20')");
        let texts: Vec<String> = found
            .into_iter()
            .map(|constant| match constant {
                Constant::Number(number) => number.to_string(),
                Constant::Text(text) => text,
            })
            .collect();
        assert_eq!(texts, ["10", "it's", "20"]);
    }
}
