//! Refuses SQL that could be nested too deeply for the stack, before it is planned.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::{Error, Result};

/// Operators that one text of SQL may have. Each may make the tree of expressions or plans one level deeper, and
/// whoever walks the tree needs stack for each level.
const MOST_OPERATORS: usize = 2_000;

/// Refuses SQL that may be too deep to be planned.
///
/// # Errors
/// Where it has too many operators.
pub fn check_depth(sql: &str) -> Result<()> {
    // The parser refuses what the tokenizer does, and says what is wrong.
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
}
