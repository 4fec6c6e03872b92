//! Names of the database and of the spec, as names of Rust.
//!
//! Everything here is a pure function of the text, so that `verify` can find two names that become one before
//! anything is emitted. A name that is a plain Rust name already stays as it is.

use crate::schema::Schema;

/// Words that cannot be a name, but can be a raw one (`r#type`): strict and reserved ones of every edition.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Words that cannot be a raw name either.
const NEVER: &[&str] = &["crate", "self", "super", "Self", "_"];

/// Names of modules and files that are taken, or that some file system refuses.
const FILES: &[&str] = &[
    "mod",
    "enums",
    "types",
    "docs",
    "migrations",
    "lib",
    "main",
    "con",
    "prn",
    "aux",
    "nul",
    "com0",
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "lpt0",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
];

/// The name of a type: `user_profile` and `UserProfile` are `UserProfile`, `self` is `Self_`.
#[must_use]
pub fn type_name(text: &str) -> String {
    guard(
        Some(camel(text))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "Unnamed".to_owned()),
    )
}

/// The name of an enum's variant for a label: `pro_only` is `ProOnly`, `2d` is `_2d`, the empty label is `Empty`.
#[must_use]
pub fn variant(label: &str) -> String {
    if label.is_empty() {
        "Empty".to_owned()
    } else {
        type_name(label)
    }
}

/// The name of a field for a column: `type` is `r#type`, `self` is `self_`, `fooBar` is `foo_bar`.
#[must_use]
pub fn field(column: &str) -> String {
    guard(snake(column))
}

/// The name of a model's module, and of its file without `.rs`.
#[must_use]
pub fn module(model: &str) -> String {
    let name = snake(model);
    if KEYWORDS.contains(&name.as_str())
        || NEVER.contains(&name.as_str())
        || FILES.contains(&name.as_str())
    {
        format!("{name}_")
    } else {
        // A digit at the beginning, or nothing at all.
        guard(name)
    }
}

/// The name of a constant: `ux_users_email_ci` is `UX_USERS_EMAIL_CI`.
#[must_use]
pub fn constant(text: &str) -> String {
    let name: String = snake(text).chars().flat_map(char::to_uppercase).collect();
    guard(name)
}

/// Makes every name of a list its own: one that was there before gets the lowest number, from 2, that makes it new.
pub fn unique(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        taken.push(free(&name, &taken));
    }
    taken
}

/// Names for all texts of a list, each its own. A text that is its own name keeps it, wherever it stands in the list; of
/// the others the first comes first.
#[must_use]
pub fn all(texts: &[&str], name: fn(&str) -> String) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    let mut names: Vec<Option<String>> = texts
        .iter()
        .map(|text| {
            let own = name(text);
            let exact = own.strip_prefix("r#").unwrap_or(&own) == *text;
            (exact && !taken.contains(&own)).then(|| {
                taken.push(own.clone());
                own
            })
        })
        .collect();
    for (text, found) in texts.iter().zip(&mut names) {
        if found.is_none() {
            let free = free(&name(text), &taken);
            taken.push(free.clone());
            *found = Some(free);
        }
    }
    names.into_iter().flatten().collect()
}

/// The name, or the name with the lowest number that is not among the taken ones.
pub(super) fn free(name: &str, taken: &[String]) -> String {
    if !taken.iter().any(|other| other == name) {
        return name.to_owned();
    }
    let bare = name.strip_prefix("r#").unwrap_or(name);
    let mut number = 2_usize;
    loop {
        // A name that ends in a digit or is in snake case gets its number after a line.
        let candidate = if bare.chars().any(char::is_uppercase)
            && !bare.ends_with(|char: char| char.is_ascii_digit())
        {
            format!("{bare}{number}")
        } else {
            format!("{bare}_{number}")
        };
        if !taken.contains(&candidate) {
            return candidate;
        }
        number += 1;
    }
}

/// Every type that the generated code defines, with the words of the spec it comes from (`model `User``). Two entries of
/// one name cannot both be emitted: a diagnostic of `verify`.
#[must_use]
pub fn types(schema: &Schema) -> Vec<(String, TypeOrigin)> {
    let mut types = Vec::new();
    let plain = |section, index, name: &str, role| {
        (
            type_name(name),
            TypeOrigin {
                section,
                index,
                role,
            },
        )
    };
    for (index, item) in schema.enums.iter().enumerate() {
        types.push(plain(Section::Enum, index, &item.name, "the enum"));
    }
    for (index, item) in schema.domains.iter().enumerate() {
        types.push(plain(
            Section::Domain,
            index,
            &item.name,
            "the domain's type",
        ));
    }
    for (index, item) in schema.composites.iter().enumerate() {
        types.push(plain(
            Section::Composite,
            index,
            &item.name,
            "the composite's type",
        ));
    }
    for (id, item) in schema.models_with_ids() {
        let name = type_name(&item.name);
        let mut push = |name: String, role| {
            types.push((
                name,
                TypeOrigin {
                    section: Section::Model,
                    index: id.0,
                    role,
                },
            ));
        };
        push(name.clone(), "the rows' type");
        push(format!("New{name}"), "the insert type");
        push(format!("{name}Patch"), "the patch type");
        push(format!("{name}Load"), "the type that says what to load");
        if item.primary_key.is_some() {
            push(format!("{name}Id"), "the key's type");
        }
    }
    for (index, item) in schema.views.iter().enumerate() {
        if !item.columns.is_empty() {
            types.push(plain(Section::View, index, &item.name, "the rows' type"));
        }
    }
    types
}

/// Whether Rust brings a type of that name, and generated code uses it.
pub(super) fn is_prelude(name: &str) -> bool {
    ["Option", "String", "Vec"].contains(&name)
}

/// Whether a type of the spec hides one that Rust brings.
pub(super) fn hides_prelude(schema: &Schema) -> bool {
    types(schema).iter().any(|(name, _)| is_prelude(name))
}

/// What a type of the generated code comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeOrigin {
    /// The section of the spec.
    pub section: Section,
    /// The place in that list of the [`Schema`].
    pub index: usize,
    /// What the type is there for, in words.
    pub role: &'static str,
}

/// A section of the spec that makes types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the section of that name")]
pub enum Section {
    Enum,
    Domain,
    Composite,
    Model,
    View,
}

/// Makes a name of what may be a keyword, begin with a digit or be nothing.
fn guard(name: String) -> String {
    if NEVER.contains(&name.as_str()) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("_{name}")
    } else if name.chars().all(|char| char == '_') {
        format!("{name}unnamed")
    } else {
        name
    }
}

/// Whether rustc takes the letter in a name without a warning. Letters of other scripts warn (`confusable_idents`,
/// `uncommon_codepoints`) or have two forms, so that they are spelled by number.
fn is_latin(char: char) -> bool {
    matches!(char, '\u{c0}'..='\u{17e}')
        && char.is_alphabetic()
        && !matches!(
            char,
            '\u{130}' | '\u{132}' | '\u{133}' | '\u{13f}' | '\u{140}' | '\u{149}'
        )
}

/// The words of a text: cut at everything that is no letter or digit, and where the case goes up.
fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    let cut = |words: &mut Vec<String>| {
        if words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
    };
    for (index, &char) in chars.iter().enumerate() {
        if char.is_ascii_alphanumeric() || is_latin(char) {
            let before = index.checked_sub(1).and_then(|index| chars.get(index));
            let after = chars.get(index + 1);
            let up = char.is_uppercase()
                && before.is_some_and(|before| {
                    before.is_lowercase()
                        || before.is_ascii_digit()
                        || (before.is_uppercase()
                            && after.is_some_and(|after| after.is_lowercase()))
                });
            if up {
                cut(&mut words);
            }
            if let Some(word) = words.last_mut() {
                word.push(char);
            }
        } else {
            cut(&mut words);
            if let Some(spelled) = spell(char, index == 0) {
                if let Some(word) = words.last_mut() {
                    word.push_str(&spelled);
                }
                cut(&mut words);
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The word for a sign; nothing for those that only stand between words.
fn spell(char: char, first: bool) -> Option<String> {
    let word = match char {
        '-' if first => "minus",
        '+' => "plus",
        '#' => "sharp",
        '*' => "star",
        '&' => "and",
        '%' => "percent",
        '=' => "eq",
        '<' => "lt",
        '>' => "gt",
        '!' => "not",
        '?' => "what",
        '@' => "at",
        '$' => "dollar",
        '|' => "or",
        '~' => "tilde",
        '^' => "caret",
        '\\' => "backslash",
        _ if char.is_ascii() || char.is_whitespace() => return None,
        _ => return Some(format!("u{:x}", u32::from(char))),
    };
    Some(word.to_owned())
}

fn camel(text: &str) -> String {
    // A name in camel case stays as its author wrote it: `XMLDoc` is not `XmlDoc`.
    if text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (text.len() == 1 || text.bytes().any(|byte| byte.is_ascii_lowercase()))
    {
        return text.to_owned();
    }
    let mut name = String::new();
    for word in words(text) {
        // Two numbers side by side would run together: `1.0` is not `10`.
        if name.ends_with(|last: char| last.is_ascii_digit())
            && word.starts_with(|first: char| first.is_ascii_digit())
        {
            name.push('_');
        }
        let mut chars = word.chars();
        if let Some(first) = chars.next() {
            name.extend(first.to_uppercase());
        }
        let rest = chars.as_str();
        if rest.chars().any(char::is_lowercase) {
            name.push_str(rest);
        } else {
            name.extend(rest.chars().flat_map(char::to_lowercase));
        }
    }
    name
}

fn snake(text: &str) -> String {
    // A name in snake case stays as its author wrote it, with every line it has.
    if !text.is_empty()
        && text.chars().all(|char| {
            char == '_'
                || char.is_ascii_digit()
                || ((char.is_ascii() || is_latin(char)) && char.is_lowercase())
        })
    {
        return text.to_owned();
    }
    let words: Vec<String> = words(text).iter().map(|word| word.to_lowercase()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay() {
        assert_eq!(field("user_id"), "user_id");
        assert_eq!(field("_a__b"), "_a__b");
        assert_eq!(type_name("UserTier"), "UserTier");
        assert_eq!(type_name("XMLDoc"), "XMLDoc");
        assert_eq!(module("UserTutorialProgress"), "user_tutorial_progress");
        assert_eq!(constant("ux_users_email_ci"), "UX_USERS_EMAIL_CI");
    }

    #[test]
    fn keywords_become_raw_or_get_a_line() {
        assert_eq!(field("type"), "r#type");
        assert_eq!(field("self"), "self_");
        assert_eq!(field("Self"), "self_");
        assert_eq!(field("crate"), "crate_");
        assert_eq!(type_name("self"), "Self_");
        assert_eq!(variant("Self"), "Self_");
        assert_eq!(module("type"), "type_");
        assert_eq!(module("Enums"), "enums_");
        assert_eq!(module("Con"), "con_");
    }

    #[test]
    fn any_text_is_a_name() {
        assert_eq!(field("2 fast"), "_2_fast");
        assert_eq!(field("fooBar"), "foo_bar");
        assert_eq!(field("a\"b"), "a_b");
        assert_eq!(field("🙂"), "u1f642");
        assert_eq!(field("größe"), "größe");
        assert_eq!(field("..."), "unnamed");
        assert_eq!(field("__"), "__unnamed");
        assert_eq!(variant("3d"), "_3d");
        assert_eq!(variant(""), "Empty");
        assert_eq!(variant(" "), "Unnamed");
        assert_eq!(variant("it's \"x\""), "ItSX");
        assert_eq!(variant("c++"), "CPlusPlus");
        assert_eq!(variant("-1"), "Minus1");
        assert_eq!(variant("1.0"), "_1_0");
        assert_eq!(variant("PRO_ONLY"), "ProOnly");
    }

    #[test]
    fn a_text_that_is_its_own_name_keeps_it() {
        assert_eq!(
            all(&["a b", "a_b", "a\"b", "type"], field),
            ["a_b_2", "a_b", "a_b_3", "r#type"]
        );
    }

    #[test]
    fn names_that_meet_get_numbers() {
        let names = ["a", "a", "r#type", "r#type", "Ab", "Ab", "A1", "A1"].map(str::to_owned);
        assert_eq!(
            unique(names),
            ["a", "a_2", "r#type", "type_2", "Ab", "Ab2", "A1", "A1_2"]
        );
    }
}
