//! Whether an expression finds anything through `search_path`.

use squawk_syntax::{SyntaxKind as S, SyntaxNode};

use super::parser;
use crate::sql::SqlExpr;

/// Whether an expression provably finds no function, operator, type or collation through `search_path`, so that whoever
/// sets it cannot change what the expression means: columns, constants without casts, `AND`, `OR`, `NOT`, `IS NULL`,
/// `IS TRUE`, `CASE WHEN`, `coalesce`, `greatest`, `least`. An operator such as `>` is looked up by its name: another
/// schema may have one that fits better.
#[must_use]
pub fn is_search_path_independent(expression: &SqlExpr) -> bool {
    parser::expression(expression.as_str())
        .node()
        .is_some_and(|node| independent(&node))
}

pub(super) fn independent(node: &SyntaxNode) -> bool {
    let all = || node.children().all(|child| independent(&child));
    match node.kind() {
        S::NAME_REF | S::LITERAL => true,
        S::PAREN_EXPR
        | S::WHEN_CLAUSE_LIST
        | S::WHEN_CLAUSE
        | S::ELSE_CLAUSE
        | S::ARG_LIST
        | S::ARG => all(),
        // `NEW.a`, `t.a`: what is not a column of the row would be a function, but that is refused before.
        S::FIELD_EXPR => node.children().all(|child| child.kind() == S::NAME_REF),
        S::PREFIX_EXPR => first_word(node) == Some(S::NOT_KW) && all(),
        S::POSTFIX_EXPR => node
            .children_with_tokens()
            .all(|element| match element.kind() {
                S::ISNULL_KW | S::NOTNULL_KW | S::WHITESPACE | S::COMMENT => true,
                _ => element.as_node().is_some_and(independent),
            }),
        S::BIN_EXPR => binary(node),
        // With an operand, `CASE x WHEN y` compares by an operator named `=`.
        S::CASE_EXPR => {
            node.children()
                .next()
                .is_some_and(|child| child.kind() == S::WHEN_CLAUSE_LIST)
                && all()
        }
        S::CALL_EXPR => {
            let mut children = node.children();
            // These compare by the type's own order, not by an operator's name. `nullif` does not.
            let safe = children.next().is_some_and(|callee| {
                matches!(
                    callee.first_token().map(|token| token.kind()),
                    Some(S::COALESCE_KW | S::GREATEST_KW | S::LEAST_KW)
                )
            });
            safe && children.all(|child| child.kind() == S::ARG_LIST && independent(&child))
        }
        _ => false,
    }
}

fn first_word(node: &SyntaxNode) -> Option<S> {
    node.first_token().map(|token| token.kind())
}

/// `AND`, `OR`, `IS [NOT] NULL | TRUE | FALSE | UNKNOWN`.
fn binary(node: &SyntaxNode) -> bool {
    let mut operands = 0;
    let mut is = false;
    let mut connective = false;
    for element in node.children_with_tokens() {
        match element.kind() {
            S::WHITESPACE | S::COMMENT => {}
            S::AND_KW | S::OR_KW => connective = true,
            S::IS_KW | S::IS_NOT => is = true,
            _ => match element.as_node() {
                Some(operand) if independent(operand) => operands += 1,
                _ => return false,
            },
        }
    }
    let right_is_word = node.children().last().is_some_and(|right| {
        matches!(
            first_word(&right),
            Some(S::NULL_KW | S::TRUE_KW | S::FALSE_KW | S::UNKNOWN_KW)
        )
    });
    operands >= 1 && (connective && operands == 2 || is && right_is_word)
}
