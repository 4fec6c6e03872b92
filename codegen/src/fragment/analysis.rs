//! What a fragment reads.

use std::ops::Range;

use squawk_syntax::{SyntaxKind as S, SyntaxNode};

use super::lexer::{Kind as TokenKind, Token};
use super::{FragmentError, Kind, expression, parser, search_path};
use crate::diag::nearest;

/// A name that certainly is a column, or the row as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What stands before it: `NEW`, `OLD`, a table; in lower case unless it is quoted.
    pub qualifier: Option<String>,
    /// The name as PostgreSQL reads it; `*` for the whole row.
    pub name: String,
    /// Where it stands in the fragment.
    pub range: Range<usize>,
}

/// What is known of a fragment that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    references: Vec<Reference>,
    /// Every name and keyword in it, as PostgreSQL reads it.
    words: Vec<String>,
    /// Whether the parser read it whole.
    sure: bool,
    search_path_independent: bool,
    whole: Whole,
}

/// What an expression is as a whole, where that is plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    /// A number.
    Number,
    /// A column alone.
    Column(String),
    /// Anything else.
    Other,
}

impl Analysis {
    pub(super) fn of(kind: Kind, text: &str, tokens: &[Token]) -> Self {
        let words = tokens.iter().filter_map(|token| token.name(text)).collect();
        let escaped = tokens
            .iter()
            .any(|token| token.kind == TokenKind::Quoted && !token.text(text).starts_with('"'));
        let node = match kind {
            Kind::Body | Kind::View | Kind::Function | Kind::PartitionBounds | Kind::Statements => {
                None
            }
            _ => parser::expression(text).node(),
        };
        Self {
            references: node
                .as_ref()
                .map_or_else(Vec::new, |node| references(text, node)),
            words,
            sure: node.is_some() && !escaped,
            search_path_independent: node.as_ref().is_some_and(search_path::independent),
            whole: node.as_ref().map_or(Whole::Other, whole),
        }
    }

    /// Names that certainly are columns. Those within subqueries are not among them.
    #[must_use]
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// What the expression is as a whole, where that is plain.
    pub(crate) fn whole(&self) -> &Whole {
        &self.whole
    }

    /// Whether the fragment finds nothing through `search_path`: no function, operator or type.
    #[must_use]
    pub fn is_search_path_independent(&self) -> bool {
        self.search_path_independent
    }

    /// Those of `names` that the fragment may read: rather one too many than one too few.
    #[must_use]
    pub fn columns_read<'a>(&self, names: &[&'a str]) -> Vec<&'a str> {
        let whole_row = |reference: &Reference| {
            reference.name == "*"
                || reference.qualifier.is_none() && !names.contains(&reference.name.as_str())
        };
        if !self.sure || self.references.iter().any(whole_row) {
            return names.to_vec();
        }
        names
            .iter()
            .copied()
            .filter(|name| self.words.iter().any(|word| word == name))
            .collect()
    }

    /// The first column that the model does not have.
    pub(super) fn unknown_column(
        &self,
        kind: Kind,
        table: &str,
        columns: &[&str],
    ) -> Option<FragmentError> {
        // A check may read which table it is in, and nothing else of the system's.
        let system: &[&str] = match kind {
            Kind::Check | Kind::Generated => &["tableoid"],
            Kind::Key | Kind::Predicate => &[],
            _ => &["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"],
        };
        if !self.sure {
            return None;
        }
        self.references.iter().find_map(|reference| {
            let name = reference.name.as_str();
            // Within a policy's expression too, only the table itself stands before a column.
            if let Some(qualifier) = reference.qualifier.as_deref()
                && qualifier != table
                && !(kind == Kind::When && matches!(qualifier, "new" | "old"))
            {
                let error = FragmentError::new(
                    reference.range.clone(),
                    format!("there is no `{qualifier}` here that could have a `{name}`"),
                );
                return Some(error.help(if kind == Kind::When {
                    "write `NEW.` or `OLD.` before the column".to_owned()
                } else {
                    format!("write the column alone, or after its table: `{table}.{name}`")
                }));
            }
            if name == "*" || columns.contains(&name) || system.contains(&name) {
                let bare = kind == Kind::When && reference.qualifier.is_none() && name != "*";
                return bare.then(|| {
                    FragmentError::new(
                        reference.range.clone(),
                        format!("`{name}` alone is no row's column here"),
                    )
                    .help(format!("write `NEW.{name}` or `OLD.{name}`"))
                });
            }
            let whole_row = name == table || kind == Kind::When && matches!(name, "new" | "old");
            if reference.qualifier.is_none() && whole_row {
                return None;
            }
            let error = FragmentError::new(
                reference.range.clone(),
                format!("`{table}` has no column `{name}`"),
            );
            Some(match nearest(name, columns.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("its columns are {}", listed(columns))),
            })
        })
    }
}

fn whole(node: &SyntaxNode) -> Whole {
    match node.kind() {
        S::PAREN_EXPR => parser::only_child(node).map_or(Whole::Other, |inner| whole(&inner)),
        S::LITERAL => match node.first_token().map(|token| token.kind()) {
            Some(S::INT_NUMBER | S::NUMERIC_NUMBER) => Whole::Number,
            _ => Whole::Other,
        },
        S::NAME_REF if is_column(node) => name_of(node).map_or(Whole::Other, Whole::Column),
        _ => Whole::Other,
    }
}

/// A few names for a message.
fn listed(names: &[&str]) -> String {
    let mut text = names
        .iter()
        .take(12)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > 12 {
        text.push_str(", …");
    }
    text
}

fn references(text: &str, root: &SyntaxNode) -> Vec<Reference> {
    root.descendants()
        .filter(|node| node.kind() == S::NAME_REF && is_column(node) && !in_query(root, node))
        .filter_map(|node| reference(text, &node))
        .collect()
}

fn in_query(root: &SyntaxNode, node: &SyntaxNode) -> bool {
    node.ancestors()
        .take_while(|ancestor| ancestor != root)
        .any(|ancestor| expression::is_query(&ancestor))
        || expression::is_query(root)
}

/// Whether a name is a column, or the beginning of a path to one, and not a function, a word of some syntax or a value
/// such as `current_date`.
pub(super) fn is_column(node: &SyntaxNode) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    let first = parent.children().next().as_ref() == Some(node);
    match parent.kind() {
        S::CALL_EXPR => return false,
        S::FIELD_EXPR if !first || names_function(&parent) => return false,
        // The form of `normalize(text, NFC)`.
        S::ARG if !first || is_normal_form(node, &parent) => return false,
        _ => {}
    }
    is_path_start(node)
}

/// Whether a word can be a name, and does not stand for a value such as `current_date`.
pub(super) fn is_path_start(node: &SyntaxNode) -> bool {
    node.first_token().is_some_and(|token| {
        !matches!(
            token.kind(),
            S::CURRENT_CATALOG_KW
                | S::CURRENT_DATE_KW
                | S::CURRENT_ROLE_KW
                | S::CURRENT_SCHEMA_KW
                | S::CURRENT_TIME_KW
                | S::CURRENT_TIMESTAMP_KW
                | S::CURRENT_USER_KW
                | S::DEFAULT_KW
                | S::LOCALTIME_KW
                | S::LOCALTIMESTAMP_KW
                | S::SESSION_USER_KW
                | S::SYSTEM_USER_KW
                | S::UNKNOWN_KW
                | S::DOCUMENT_KW
                | S::USER_KW
        )
    })
}

/// Whether a path is a function's name: `pg_catalog.lower(…)`.
fn names_function(path: &SyntaxNode) -> bool {
    let whole = path
        .ancestors()
        .take_while(|node| node.kind() == S::FIELD_EXPR)
        .last();
    let call = whole.as_ref().and_then(SyntaxNode::parent);
    call.is_some_and(|call| call.kind() == S::CALL_EXPR && call.children().next() == whole)
}

fn is_normal_form(node: &SyntaxNode, argument: &SyntaxNode) -> bool {
    let form = node.first_token().is_some_and(|token| {
        matches!(
            token.kind(),
            S::NFC_KW | S::NFD_KW | S::NFKC_KW | S::NFKD_KW
        )
    });
    form && argument
        .ancestors()
        .find(|ancestor| ancestor.kind() == S::CALL_EXPR)
        .and_then(|call| call.first_token())
        .is_some_and(|token| token.kind() == S::NORMALIZE_KW)
}

/// The reference that begins with this name: `a`, `NEW.a`, `t.a`, `t.*`.
fn reference(text: &str, node: &SyntaxNode) -> Option<Reference> {
    let name = name_of(node)?;
    let parent = node
        .parent()
        .filter(|parent| parent.kind() == S::FIELD_EXPR);
    let Some(field) = parent else {
        return Some(Reference {
            qualifier: None,
            name,
            range: expression::place(text, node),
        });
    };
    // `schema.table.column` is not looked into.
    if field
        .parent()
        .is_some_and(|outer| outer.kind() == S::FIELD_EXPR)
        && !matches!(name.as_str(), "new" | "old")
    {
        return None;
    }
    let column = field.children().nth(1);
    Some(Reference {
        qualifier: Some(name),
        name: match &column {
            Some(column) => name_of(column)?,
            None => "*".to_owned(),
        },
        range: expression::place(text, column.as_ref().unwrap_or(&field)),
    })
}

/// A name as PostgreSQL reads it.
fn name_of(node: &SyntaxNode) -> Option<String> {
    let text = node.text().to_string();
    let tokens = super::lexer::lex(&text).ok()?;
    match tokens.as_slice() {
        [token] => token.name(&text),
        _ => None,
    }
}
