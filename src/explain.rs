//! Errors of DataFusion and Arrow → errors in the user's words. Nothing else reads theirs.
//!
//! Who has to act follows from the error itself: errors of the disk are the environment's, errors of SQL the user's,
//! and all others are bugs of ours.

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use datafusion::sql::sqlparser::parser::ParserError;

use crate::error::Error;
use crate::shape::column_names;

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        Error::from(&error)
    }
}

impl From<&DataFusionError> for Error {
    fn from(error: &DataFusionError) -> Self {
        of_system(error).unwrap_or_else(|| Error::bug(first_line(error)))
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        of_arrow(&error).unwrap_or_else(|| Error::bug(error.to_string()))
    }
}

/// The error where SQL is not at fault: one of ours that came through DataFusion, the disk's, or a lack of memory.
fn of_system(error: &DataFusionError) -> Option<Error> {
    let root = error.find_root();
    let unreadable = || Error::environment("the store cannot be read").fact("found", first_line(error));
    match root {
        DataFusionError::External(inner) => inner.downcast_ref::<Error>().cloned(),
        DataFusionError::ArrowError(inner, _) => of_arrow(inner),
        DataFusionError::ParquetError(inner) => match inner.as_ref() {
            ParquetError::External(inner) if inner.is::<Error>() => inner.downcast_ref::<Error>().cloned(),
            _ => Some(unreadable()),
        },
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => Some(unreadable()),
        DataFusionError::ResourcesExhausted(_) => {
            Some(Error::environment("there is not enough memory").fact("found", first_line(error)))
        }
        _ => None,
    }
}

fn of_arrow(error: &ArrowError) -> Option<Error> {
    match error {
        ArrowError::IoError(found, _) => {
            Some(Error::environment("a file cannot be read or written").fact("found", found.as_str()))
        }
        ArrowError::MemoryError(found) => {
            Some(Error::environment("there is not enough memory").fact("found", found.as_str()))
        }
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => of_system(inner),
            None => inner.downcast_ref::<Error>().cloned(),
        },
        _ => None,
    }
}

/// What is wrong with an expression over these columns.
pub fn of_expression(sql: &str, schema: &SchemaRef, error: &DataFusionError) -> Error {
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    let invalid = || Error::user(format!("`{sql}` is not a valid expression"));
    match error.find_root() {
        DataFusionError::SchemaError(schema_error, _) => match schema_error.as_ref() {
            SchemaError::FieldNotFound { field, .. } => {
                Error::user(format!("`{sql}` names the column `{}`, which is not there", field.name))
                    .for_missing(&field.name)
                    .fact("columns", column_names(names()))
                    .did_you_mean(&field.name, names())
                    .hint_where(to_be_quoted(sql, names()))
            }
            _ => invalid().fact("found", first_line(error)),
        },
        DataFusionError::SQL(syntax, _) => with_syntax(invalid(), syntax),
        root => {
            // DataFusion adds a line such as `Did you mean 'lower'?`.
            let text = root.strip_backtrace();
            let meant = text.lines().find_map(|line| line.strip_prefix("Did you mean '")?.strip_suffix("'?"));
            let error = invalid().fact("found", first_line(error));
            error.hint_where(meant.map(|meant| format!("did you mean `{meant}`?")))
        }
    }
}

/// What is wrong with a query over these tables.
pub fn of_query(tables: &[&str], error: &DataFusionError) -> Error {
    if let Some(error) = of_system(error) {
        return error;
    }
    let unanswered = || Error::user("the SQL cannot be answered").fact("found", first_line(error));
    match error.find_root() {
        DataFusionError::Plan(message) if message.starts_with("table '") => {
            let name = message.split('\'').nth(1).and_then(|name| name.rsplit('.').next()).unwrap_or_default();
            Error::user(format!("there is no table `{name}`"))
                .fact("tables", tables.join(", "))
                .did_you_mean(name, tables.iter().copied())
        }
        DataFusionError::SchemaError(missing, _) => {
            let error = Error::user("the SQL names a column that is not there");
            match missing.as_ref() {
                SchemaError::FieldNotFound { field, valid_fields } => {
                    let names: Vec<&str> = valid_fields.iter().map(|field| field.name.as_str()).collect();
                    error
                        .fact("found", field.name.clone())
                        .fact("columns", names.join(", "))
                        .did_you_mean(&field.name, names)
                }
                other => error.fact("found", other.to_string()),
            }
        }
        DataFusionError::SQL(syntax, _) => with_syntax(Error::user("the SQL does not parse"), syntax),
        // DataFusion calls it an internal error. The range of a window that orders by something is one of values, unless said otherwise.
        DataFusionError::Internal(message) if message.starts_with("Cannot run range queries") => unanswered()
            .hint("a window that orders by ids counts rows: add `rows between unbounded preceding and current row`"),
        DataFusionError::Plan(_)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Execution(_)
        | DataFusionError::ArrowError(..) => unanswered(),
        _ => Error::from(error),
    }
}

/// The hint where SQL has a column name that needs quotes.
fn to_be_quoted<'a>(sql: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let is_plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let mut names = names.filter(|name| !is_plain(name));
    let name = names.find(|name| sql.contains(*name))?;
    Some(format!("a name with other characters than letters, digits and `_` stands in quotes: `\"{name}\"`"))
}

/// What DataFusion says, on one line.
pub fn first_line(error: &DataFusionError) -> String {
    let text = error.find_root().strip_backtrace();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("Error during planning: ").trim_start_matches("Execution error: ").to_owned()
}

/// Adds to an error what the parser found wrong, and what it expected.
fn with_syntax(error: Error, syntax: &ParserError) -> Error {
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
    use crate::error::Kind;

    #[test]
    fn what_the_disk_did_is_no_bug() {
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let arrow = || ArrowError::IoError("no space left".to_owned(), full());
        let kinds = [
            Error::from(arrow()).kind(),
            Error::from(DataFusionError::from(arrow())).kind(),
            Error::from(DataFusionError::IoError(full())).kind(),
            of_query(&[], &DataFusionError::from(arrow())).kind(),
        ];
        assert_eq!(kinds, [Kind::Environment; 4]);
        assert_eq!(Error::from(ArrowError::DivideByZero).kind(), Kind::Bug);
    }

    #[test]
    fn an_error_of_ours_comes_through_as_it_was() {
        let ours = Error::user("ours");
        assert_eq!(Error::from(DataFusionError::from(ours.clone())), ours);
        assert_eq!(Error::from(ArrowError::from_external_error(Box::new(DataFusionError::from(ours.clone())))), ours);
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
