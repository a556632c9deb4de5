//! What is known of SQL before it is planned: how deep it may be, and what a syntax error says.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::{Error, Result};

/// Operators in one text of SQL. Each may take the tree of expressions, or of plans, one level deeper, and all who walk over a tree need
/// room on the stack for each level.
const MOST_OPERATORS: usize = 2_000;

/// Refuses SQL that may be too deep to be planned.
///
/// # Errors
/// Where it has too many operators.
pub fn check_depth(sql: &str) -> Result<()> {
    // What cannot be taken apart is no deeper than it is short; the parser says what is wrong with it.
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize() else { return Ok(()) };
    let operators = tokens.iter().filter(|token| is_operator(token)).count();
    if operators <= MOST_OPERATORS {
        return Ok(());
    }
    let start: String = sql.chars().take(60).collect();
    Err(Error::user(format!("the SQL `{start}…` is too deep"))
        .fact("found", format!("{operators} operators, such as `and`, `+`, `union`"))
        .fact("expected", format!("at most {MOST_OPERATORS}"))
        .hint("a list takes one: `step in ('a', 'b', …)`"))
}

fn is_operator(token: &Token) -> bool {
    use Keyword::{AND, BETWEEN, CASE, EXCEPT, ILIKE, IN, INTERSECT, IS, JOIN, LIKE, NOT, OR, UNION};
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            AND | BETWEEN | CASE | EXCEPT | ILIKE | IN | INTERSECT | IS | JOIN | LIKE | NOT | OR | UNION
        ),
        Token::Eq
        | Token::DoubleEq
        | Token::Neq
        | Token::Lt
        | Token::Gt
        | Token::LtEq
        | Token::GtEq
        | Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::Mod
        | Token::StringConcat
        | Token::DoubleColon
        | Token::Caret
        | Token::Pipe
        | Token::Ampersand
        | Token::ExclamationMark
        | Token::Tilde
        | Token::ShiftLeft
        | Token::ShiftRight => true,
        _ => false,
    }
}

/// Adds to an error what the parser found wrong, and what it expected.
pub fn with_syntax(error: Error, syntax: &ParserError) -> Error {
    let text = match syntax {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => {
            return error.fact("found", "brackets in brackets, too deep").fact("expected", "at most some fifty levels");
        }
    };
    let (text, place) = match text.rsplit_once(" at Line: ") {
        Some((text, place)) => (text, format!(" at line {}", place.replace("Column:", "column"))),
        None => (text, String::new()),
    };
    match text.strip_prefix("Expected: ").and_then(|text| text.rsplit_once(", found: ")) {
        Some((expected, "EOF")) => error.fact("found", format!("the end{place}")).fact("expected", expected),
        Some((expected, found)) => error.fact("found", format!("`{found}`{place}")).fact("expected", expected),
        None => error.fact("found", format!("{text}{place}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_not_deep_and_long_chains_are() {
        let list = vec!["'a'"; 30_000].join(", ");
        assert!(check_depth(&format!("step in ({list})")).is_ok());
        for chain in [" or a", " union all select 1", " + 1", " = 1", " and not a"] {
            let error = check_depth(&format!("a{}", chain.repeat(3_000))).unwrap_err();
            assert!(error.to_string().contains("is too deep"), "{error}");
        }
    }

    #[test]
    fn syntax_errors_are_said_in_words() {
        let said = |text: &str| with_syntax(Error::user("no"), &ParserError::ParserError(text.to_owned())).to_string();
        assert_eq!(
            said("Expected: an expression, found: = at Line: 1, Column: 13"),
            "error: no\n  found:    `=` at line 1, column 13\n  expected: an expression\n"
        );
        assert_eq!(
            said("Expected: an expression, found: EOF"),
            "error: no\n  found:    the end\n  expected: an expression\n"
        );
    }
}
