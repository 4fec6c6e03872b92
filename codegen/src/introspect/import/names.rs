//! Rust names for what a database calls otherwise.

use std::collections::BTreeSet;

use crate::lower::names;

/// Hands out names, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// The name, or with the schema before it, or with a number behind it.
    pub(super) fn take(&mut self, name: String, schema: Option<&str>) -> String {
        if self.free(&name) {
            return name;
        }
        let long = schema.map(|schema| format!("{}{name}", camel(schema)));
        if let Some(long) = long.filter(|long| self.free(long)) {
            return long;
        }
        let mut number = 2_usize;
        loop {
            let numbered = format!("{name}{number}");
            if self.free(&numbered) {
                return numbered;
            }
            number += 1;
        }
    }

    fn free(&mut self, name: &str) -> bool {
        // Two names that differ in case alone have one file for their module.
        self.taken
            .insert(names::snake_case(name).to_lowercase().replace('_', ""))
    }
}

/// The Rust name of a table's rows: one that gives the table's name by the rule, where there is one.
pub(super) fn model(table: &str) -> String {
    let candidates: Vec<String> = singulars(table).iter().map(|word| camel(word)).collect();
    let by_rule = candidates
        .iter()
        .find(|name| names::table(name).as_str() == table);
    by_rule
        .or(candidates.first())
        .cloned()
        .unwrap_or_else(|| "Unnamed".to_owned())
}

/// Singular forms of a word that may be plural, the likeliest first, the word itself last.
fn singulars(word: &str) -> Vec<String> {
    let lower = word.to_ascii_lowercase();
    let cut = |count: usize| {
        word.get(..word.len().saturating_sub(count))
            .unwrap_or(word)
            .to_owned()
    };
    let mut forms = Vec::new();
    let stays = ["ss", "us", "is", "news", "series", "species"];
    if lower.len() > 3 && !stays.iter().any(|end| lower.ends_with(end)) {
        if lower.ends_with("ies") {
            forms.push(format!("{}y", cut(3)));
        }
        if ["sses", "xes", "ches", "shes", "zes", "uses"]
            .iter()
            .any(|end| lower.ends_with(end))
        {
            forms.push(cut(2));
        }
        if lower.ends_with('s') {
            forms.push(cut(1));
        }
    }
    forms.push(word.to_owned());
    forms
}

/// Words put together, each with a capital: `user_tier`, `user-tier` and `UserTier` are `UserTier`.
pub(super) fn camel(text: &str) -> String {
    let mut result = String::new();
    for word in text
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let shouted = word.chars().any(char::is_lowercase) || word.chars().count() == 1;
        let mut chars = word.chars();
        if let Some(first) = chars.next() {
            result.extend(first.to_uppercase());
        }
        if shouted {
            result.push_str(chars.as_str());
        } else {
            result.extend(chars.flat_map(char::to_lowercase));
        }
    }
    if result.starts_with(|first: char| !first.is_alphabetic()) {
        result.insert(0, 'N');
    }
    if result.is_empty() {
        "Unnamed".to_owned()
    } else {
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gives_the_name_that_gives_the_table() {
        for (table, name) in [
            ("users", "User"),
            ("categories", "Category"),
            ("addresses", "Address"),
            ("statuses", "Status"),
            ("boxes", "Box"),
            ("days", "Day"),
            ("horses", "Horse"),
            ("auth_user", "AuthUser"),
            ("AspNetUsers", "AspNetUser"),
            ("news", "News"),
            ("film", "Film"),
            ("ci_builds_metadata", "CiBuildsMetadata"),
            ("order details", "OrderDetail"),
            ("USER_ROLES", "UserRole"),
            ("2fa", "N2fa"),
            ("\"", "Unnamed"),
        ] {
            assert_eq!(model(table), name, "{table}");
        }
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        let mut names = Names::default();
        assert_eq!(names.take("User".into(), None), "User");
        assert_eq!(names.take("User".into(), Some("audit log")), "AuditLogUser");
        assert_eq!(names.take("USER".into(), None), "USER2");
    }
}
