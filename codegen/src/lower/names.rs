//! The one rule for names that the author does not set.
//!
#![doc = include_str!("names.md")]

use crate::ident::Ident;

/// A Rust name in snake case: `UserTier` → `user_tier`, `HTTPServer` → `http_server`, `Point3` → `point3`.
#[must_use]
pub fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, &char) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| chars[index]);
        let after = chars.get(index + 1);
        // A word begins at a capital after a small letter or digit, and at the last capital of an acronym.
        let begins = char.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

/// The plural of an English word in lower case.
#[must_use]
pub fn plural(word: &str) -> String {
    let mut ending = word.chars().rev();
    let last = ending.next();
    let before = ending.next();
    let is_vowel = |char: Option<char>| matches!(char, Some('a' | 'e' | 'i' | 'o' | 'u'));
    match (before, last) {
        (before @ Some(_), Some('y')) if !is_vowel(before) => {
            format!("{}ies", &word[..word.len() - 1])
        }
        (_, Some('s' | 'x' | 'z')) | (Some('c' | 's'), Some('h')) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

/// The table of a model.
#[must_use]
pub fn table(model: &str) -> Ident {
    Ident::derived(&[&plural(&snake_case(model))])
}

/// The primary key of a table.
#[must_use]
pub fn primary_key(table: &Ident) -> Ident {
    Ident::derived(&[table.as_str(), "pkey"])
}

/// A name of something on columns: its prefix, the table, the columns.
#[must_use]
pub fn on_columns(prefix: &str, table: &Ident, columns: &[&str]) -> Ident {
    let mut parts = vec![prefix, table.as_str()];
    parts.extend(columns);
    Ident::derived(&parts)
}

/// An expression's part of a name: its letters and digits, in lower case, with `_` for everything between.
#[must_use]
pub fn of_expression(sql: &str) -> String {
    let words: Vec<_> = sql
        .split(|char: char| !char.is_alphanumeric() && char != '_')
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_plural_and_acronyms_stay_one_word() {
        for (model, expected) in [
            ("User", "users"),
            ("CreditTransaction", "credit_transactions"),
            ("Category", "categories"),
            ("Day", "days"),
            ("Box", "boxes"),
            ("Status", "statuses"),
            ("Branch", "branches"),
            ("Dish", "dishes"),
            ("Quiz", "quizes"),
            ("Path", "paths"),
            ("HTTPServer", "http_servers"),
            ("OAuth2Token", "o_auth2_tokens"),
            ("ABTest", "ab_tests"),
            ("type", "types"),
            ("already_snake", "already_snakes"),
            ("Y", "ys"),
            ("Ñandú", "ñandús"),
        ] {
            assert_eq!(table(model).as_str(), expected, "{model}");
        }
    }

    #[test]
    fn types_are_snake_case() {
        assert_eq!(
            snake_case("CreditTierRestriction"),
            "credit_tier_restriction"
        );
        assert_eq!(snake_case("Point3"), "point3");
        assert_eq!(snake_case("IPv4Address"), "i_pv4_address");
    }

    #[test]
    fn an_expression_counts_by_its_letters_and_digits() {
        assert_eq!(of_expression("lower(email)"), "lower_email");
        assert_eq!(of_expression("(a -> 'B c')"), "a_b_c");
    }

    #[test]
    fn a_long_name_is_shortened_to_one_that_postgresql_keeps() {
        let table = Ident::derived(&[&"t".repeat(40)]);
        let one = on_columns("idx", &table, &[&"a".repeat(30)]);
        let other = on_columns("idx", &table, &[&"a".repeat(31)]);
        assert!(one.as_str().len() <= 63 && other.as_str().len() <= 63);
        assert_ne!(one, other);
    }
}
