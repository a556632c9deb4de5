//! The header of a CSV log: the names of its columns, read before any row is.

use std::collections::HashMap;

use super::row_cutter::RowCutter;
use crate::error::{Error, Result};
use crate::shape::{column_names, is_a_row, shape};

/// The names in the first row of a CSV log; `None` where the file is empty.
///
/// # Errors
/// Where names repeat, or the row cannot be taken apart.
pub(super) fn csv_columns<R: std::io::Read>(
    text: &mut RowCutter<R>,
    shown: &str,
    delimiter: u8,
    quote: Option<u8>,
) -> Result<Option<Vec<String>>> {
    let Some(row) = text.first_row()? else { return Ok(None) };
    let mut reader = csv::ReaderBuilder::new();
    reader.delimiter(delimiter).has_headers(false);
    match quote {
        Some(quote) => reader.quote(quote),
        None => reader.quoting(false),
    };
    let first = reader.from_reader(row.as_slice()).into_byte_records().next();
    let first =
        first.transpose().map_err(|error| Error::user(format!("the header of `{shown}` cannot be read: {error}")))?;
    let Some(first) = first else { return Ok(None) };
    let names: Vec<String> = first
        .iter()
        .map(|name| {
            let name = std::str::from_utf8(name).map_err(|_| {
                Error::user(format!("the header of `{shown}` is not UTF-8"))
                    .fact("found", shape(&String::from_utf8_lossy(name)))
                    .hint("set `encoding`, for example \"windows-1252\"")
            })?;
            Ok(name.trim().to_owned())
        })
        .collect::<Result<_>>()?;
    refuse_repeated(&names, shown)?;
    Ok(Some(names))
}

fn refuse_repeated(names: &[String], shown: &str) -> Result<()> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    names.iter().enumerate().for_each(|(place, name)| places.entry(name).or_default().push(place + 1));
    let mut repeated: Vec<_> =
        places.into_iter().filter(|(name, places)| places.len() > 1 && !name.is_empty()).collect();
    repeated.sort();
    let is_a_row = is_a_row(names.iter().map(String::as_str));
    let errors = repeated.into_iter().map(|(name, places)| {
        let places: Vec<String> = places.iter().map(usize::to_string).collect();
        // In a log without a header it is a value, which messages must not show.
        let name = if is_a_row { shape(name) } else { name.to_owned() };
        Error::user(format!("`{shown}` has the column `{name}` more than once"))
            .fact("found", format!("columns {}", places.join(" and ")))
    });
    Error::all(errors).map_or(Ok(()), Err)
}

/// The error where the header is a single column because the log has another delimiter; asked where a column is
/// missing.
pub(super) fn single_column(names: &[String], delimiter: u8, shown: &str) -> Option<Error> {
    let other = other_delimiter(names, delimiter)?;
    let named = |mark: char| if mark == '\t' { "\\t".to_owned() } else { mark.to_string() };
    let error =
        Error::user(format!("`{shown}` has a single column with the delimiter `{}`", named(char::from(delimiter))));
    Some(
        error
            .fact("found", column_names(names.iter().flat_map(|name| name.split(other))))
            .hint(format!("did you mean `delimiter = \"{}\"`?", named(other))),
    )
}

fn other_delimiter(names: &[String], delimiter: u8) -> Option<char> {
    let [only] = names else { return None };
    let candidates = [';', ',', '\t', '|'].into_iter().filter(|&other| other as u32 != u32::from(delimiter));
    candidates
        .map(|other| (only.matches(other).count(), other))
        .filter(|(count, _)| *count > 0)
        .max()
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::formats::row_cutter::RowEnds;

    fn columns(text: &str) -> Result<Option<Vec<String>>> {
        let row_ends = RowEnds::AtLinesOutsideQuotes { delimiter: b';', quote: b'"' };
        let mut text = RowCutter::new(text.as_bytes(), "web.csv", row_ends);
        csv_columns(&mut text, "web.csv", b';', Some(b'"'))
    }

    #[test]
    fn names_are_unquoted_and_trimmed() {
        assert_eq!(columns("a;\"b;c\"; d\n1;2;3\n").unwrap().unwrap(), ["a", "b;c", "d"]);
        assert_eq!(columns("").unwrap(), None);
    }

    #[test]
    fn repeated_names_are_refused_together() {
        let error = columns("a;b;a;b\n").unwrap_err();
        assert_eq!(error.mistakes().len(), 2);
        assert_eq!(error.mistakes()[0].facts[0].1, "columns 1 and 3");
    }

    #[test]
    fn another_delimiter_is_found_in_a_single_name() {
        assert_eq!(other_delimiter(&["a;b;c".to_owned()], b','), Some(';'));
        assert_eq!(other_delimiter(&["a".to_owned()], b','), None);
    }
}
