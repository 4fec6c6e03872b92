//! Scalar expressions: exactly one, and nothing in it that its place does not take.

use squawk_syntax::{SyntaxKind as S, SyntaxNode};

use super::lexer::Token;
use super::parser::{self, Mistake, Parsed};
use super::{FragmentError, Kind};

pub(super) fn check(kind: Kind, text: &str, tokens: &[Token]) -> Result<(), FragmentError> {
    match parser::expression(text) {
        Parsed::Unread => Ok(()),
        Parsed::Mistaken(mistake) => Err(syntax_error(kind, text, tokens, mistake)),
        Parsed::Tree { root, text: place } => {
            let parsed = Parsed::Tree { root, text: place };
            let Some(node) = parsed.node() else {
                return Err(FragmentError::new(
                    0..text.trim_end().len(),
                    format!("{} is exactly one expression", kind.place()),
                )
                .help("write one expression, without a list, an alias or a clause after it"));
            };
            if is_query(&node) {
                return Err(FragmentError::new(
                    0..text.trim_end().len(),
                    "a query is no expression",
                )
                .help("put it in parentheses where a subquery may stand"));
            }
            contents(kind, text, &node)
        }
    }
}

/// The parser's words, made ours.
fn syntax_error(kind: Kind, text: &str, tokens: &[Token], mistake: Mistake) -> FragmentError {
    let at_end = mistake.range.start >= text.trim_end().len()
        || tokens
            .last()
            .is_some_and(|last| mistake.range.start >= last.range.end);
    if at_end {
        let last = tokens
            .last()
            .map_or(0..text.len(), |token| token.range.clone());
        return FragmentError::new(last, "something is missing after this")
            .help(format!("{} is one whole expression", kind.place()));
    }
    let (range, found) = found(text, tokens, &mistake);
    FragmentError::new(range, format!("syntax error at `{found}`"))
        .help(format!("{} is one expression of PostgreSQL", kind.place()))
}

/// The token at which the parser stumbled: where its range begins, or the next one.
pub(super) fn found<'a>(
    text: &'a str,
    tokens: &[Token],
    mistake: &Mistake,
) -> (std::ops::Range<usize>, &'a str) {
    let token = tokens
        .iter()
        .find(|token| token.range.end > mistake.range.start)
        .or_else(|| tokens.last());
    match token {
        Some(token) => (token.range.clone(), token.text(text)),
        None => (0..text.len(), text),
    }
}

pub(super) fn is_query(node: &SyntaxNode) -> bool {
    matches!(
        node.kind(),
        S::SELECT | S::VALUES | S::TABLE | S::COMPOUND_SELECT | S::PAREN_SELECT | S::SELECT_INTO
    )
}

/// Whether PostgreSQL takes the expression where its grammar wants a simple one.
pub(super) fn stands_alone(node: &SyntaxNode) -> bool {
    match node.kind() {
        S::LITERAL | S::PAREN_EXPR => true,
        S::CALL_EXPR => node.children().all(|child| {
            !matches!(
                child.kind(),
                S::FILTER_CLAUSE | S::OVER_CLAUSE | S::WITHIN_CLAUSE
            )
        }),
        S::CAST_EXPR => node
            .children()
            .next()
            .is_some_and(|inner| stands_alone(&inner)),
        _ => false,
    }
}

/// What the place does not take although it is an expression.
fn contents(kind: Kind, text: &str, root: &SyntaxNode) -> Result<(), FragmentError> {
    // Within a subquery other rules hold; where one may stand, it is passed on.
    let mut within_query = None;
    for node in root.descendants() {
        let range = node.text_range();
        match node.kind() {
            S::BIN_EXPR => is_something(text, &node)?,
            S::INDEX_EXPR if node.children().count() < 2 => {
                return Err(FragmentError::new(
                    place(text, &node),
                    "an index is missing between the brackets",
                ));
            }
            S::FIELD_EXPR => field(text, &node)?,
            _ => {}
        }
        if within_query.is_some_and(|end| range.start() < end) {
            continue;
        }
        if is_query(&node) {
            if kind != Kind::Policy {
                return Err(FragmentError::new(
                    place(text, &node),
                    format!("{} cannot have a subquery", kind.place()),
                )
                .help(
                    "PostgreSQL takes none here; a function of the spec may look into other tables",
                ));
            }
            within_query = Some(range.end());
            continue;
        }
        match node.kind() {
            S::CALL_EXPR => call(kind, text, &node)?,
            S::NAME_REF => name(kind, text, &node)?,
            _ => {}
        }
    }
    Ok(())
}

/// The bytes of a node in the author's text.
pub(super) fn place(text: &str, node: &SyntaxNode) -> std::ops::Range<usize> {
    let range = node.text_range();
    parser::within(
        text,
        usize::from(range.start())..usize::from(range.end()),
        parser::EXPRESSION_START,
    )
}

/// `a IS NOT something`: the parser takes anything there, PostgreSQL a few words.
fn is_something(text: &str, node: &SyntaxNode) -> Result<(), FragmentError> {
    let is = node
        .children_with_tokens()
        .any(|element| matches!(element.kind(), S::IS_NOT | S::IS_KW));
    let Some(right) = node.children().last().filter(|_| is) else {
        return Ok(());
    };
    let word = right.text().to_string().to_ascii_lowercase();
    if right.kind() == S::NAME_REF && !matches!(word.as_str(), "unknown" | "document") {
        return Err(
            FragmentError::new(place(text, &right), format!("syntax error at `{word}`"))
                .help("after `IS` stands `NULL`, `TRUE`, `FALSE`, `UNKNOWN` or `DISTINCT FROM`"),
        );
    }
    Ok(())
}

/// PostgreSQL's own aggregates of one argument.
const AGGREGATES: &[&str] = &[
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "json_agg",
    "jsonb_agg",
    "max",
    "min",
    "stddev",
    "sum",
    "variance",
];

/// PostgreSQL's own functions that return several rows.
const SETS: &[&str] = &[
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_each",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
    "unnest",
];

/// PostgreSQL's own functions whose result may change from one call to the next.
const CHANGING: &[&str] = &[
    "clock_timestamp",
    "concat",
    "concat_ws",
    "current_database",
    "current_setting",
    "currval",
    "format",
    "gen_random_uuid",
    "nextval",
    "now",
    "random",
    "statement_timestamp",
    "timeofday",
    "to_char",
    "transaction_timestamp",
    "txid_current",
    "uuidv4",
    "uuidv7",
];

fn call(kind: Kind, text: &str, node: &SyntaxNode) -> Result<(), FragmentError> {
    let children: Vec<SyntaxNode> = node.children().collect();
    let has = |kind: S| children.iter().any(|child| child.kind() == kind);
    let refuse = |what: &str| {
        Err(FragmentError::new(
            place(text, node),
            format!("{} cannot have {what}", kind.place()),
        )
        .help("PostgreSQL looks at one row here"))
    };
    if has(S::OVER_CLAUSE) {
        return refuse("a window function");
    }
    if has(S::FILTER_CLAUSE) || has(S::WITHIN_CLAUSE) {
        return refuse("an aggregate");
    }
    let Some(callee) = children.first().filter(|child| child.kind() == S::NAME_REF) else {
        return Ok(());
    };
    let name = callee.text().to_string().to_ascii_lowercase();
    let list = children.iter().find(|child| child.kind() == S::ARG_LIST);
    let arguments = list.map_or(0, |list| list.children().count());
    let star = list.is_some_and(|list| {
        list.children_with_tokens()
            .any(|element| element.kind() == S::STAR)
    });
    if star || arguments == 1 && AGGREGATES.contains(&name.as_str()) {
        return refuse("an aggregate");
    }
    if SETS.contains(&name.as_str()) {
        return refuse("a function that returns several rows");
    }
    let changing = CHANGING.contains(&name.as_str())
        || name == "age" && arguments == 1
        || name == "to_tsvector" && arguments == 1;
    if changing && matches!(kind, Kind::Generated | Kind::Key | Kind::Predicate) {
        return Err(not_immutable(kind, text, node, &name));
    }
    Ok(())
}

fn not_immutable(kind: Kind, text: &str, node: &SyntaxNode, name: &str) -> FragmentError {
    let error = FragmentError::new(
        place(text, node),
        format!(
            "{} takes immutable functions alone, and `{name}` is none",
            kind.place()
        ),
    );
    error.help(match name {
        "to_tsvector" => "name the configuration: `to_tsvector('english', …)`",
        "concat" | "concat_ws" | "format" => {
            "join the parts with `||`, and `coalesce` where they can be NULL"
        }
        _ => "its result depends on more than its arguments",
    })
}

/// `user.name`, `a.b.c.d.e`: the parser takes words and lengths that PostgreSQL does not.
fn field(text: &str, node: &SyntaxNode) -> Result<(), FragmentError> {
    let mut names = 1;
    let mut inner = node.clone();
    while let Some(first) = inner
        .children()
        .next()
        .filter(|_| inner.kind() == S::FIELD_EXPR)
    {
        names += 1;
        inner = first;
    }
    if matches!(
        inner.kind(),
        S::CALL_EXPR | S::CAST_EXPR | S::LITERAL | S::CASE_EXPR
    ) {
        let whole = inner.text().to_string();
        return Err(FragmentError::new(
            place(text, node),
            "a field is read from something in parentheses",
        )
        .help(format!("write `({})` before the point", whole.trim())));
    }
    if inner.kind() != S::NAME_REF {
        return Ok(());
    }
    if !super::analysis::is_path_start(&inner) {
        let word = inner.text().to_string();
        return Err(FragmentError::new(
            place(text, &inner),
            format!("`{word}` is a word of PostgreSQL's own here"),
        )
        .help(format!(
            "write `\"{}\"` if it is a name",
            word.to_lowercase()
        )));
    }
    if names > 4 {
        return Err(
            FragmentError::new(place(text, node), "this name has too many parts")
                .help("a column is written alone, or after its table"),
        );
    }
    Ok(())
}

fn name(kind: Kind, text: &str, node: &SyntaxNode) -> Result<(), FragmentError> {
    let Some(token) = node.first_token() else {
        return Ok(());
    };
    let clock = matches!(
        token.kind(),
        S::CURRENT_DATE_KW
            | S::CURRENT_TIME_KW
            | S::CURRENT_TIMESTAMP_KW
            | S::LOCALTIME_KW
            | S::LOCALTIMESTAMP_KW
            | S::CURRENT_USER_KW
            | S::CURRENT_ROLE_KW
            | S::SESSION_USER_KW
            | S::USER_KW
    );
    if clock && matches!(kind, Kind::Generated | Kind::Key | Kind::Predicate) {
        return Err(not_immutable(kind, text, node, token.text()));
    }
    if kind == Kind::Default && super::analysis::is_column(node) {
        return Err(FragmentError::new(place(text, node), "a default cannot read a column")
            .help(format!(
                "write `'{0}'` for the text, `default = \"…\"` for a constant, or `generated` for an expression over columns",
                token.text().trim_matches('"')
            )));
    }
    Ok(())
}
