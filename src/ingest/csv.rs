//! A chunk of CSV rows → text columns, by Polars.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray};
use polars::prelude::{CsvEncoding, CsvParseOptions, CsvReadOptions, DataType, Field, Schema, SerReader};

use super::bridge::text_batch;
use super::raw::{RawChunk, Reject};
use crate::error::{Error, Result};

/// How a CSV log is read.
#[derive(Clone, Debug)]
pub(super) struct CsvReader {
    pub delimiter: u8,
    pub quote: Option<u8>,
    /// All columns, in the order of the file.
    pub columns: Vec<String>,
    /// Places of the columns that are needed, ascending.
    pub needed: Vec<usize>,
}

impl CsvReader {
    /// Reads whole rows. A row with fewer fields than columns has empty ones; a row with more is broken.
    pub fn read(&self, chunk: &[u8]) -> Result<RawChunk> {
        let is_utf8 = std::str::from_utf8(chunk).is_ok();
        let names: Vec<String> = self.needed.iter().map(|&place| self.columns[place].clone()).collect();
        let all = text_batch(&self.parse(chunk, is_utf8)?, &[names, EXTRA.map(str::to_owned).to_vec()].concat())?;
        let length = all.num_rows() as i64;
        let extra: Vec<_> = all.columns()[self.needed.len()..].iter().map(AsArray::as_string_view).collect();
        let too_much = |row: usize| extra.iter().find(|extra| extra.is_valid(row)).map(|extra| extra.value(row));
        let has_nul = memchr::memchr(0, chunk).is_some();
        let cells: Vec<_> = all.columns()[..self.needed.len()].iter().map(AsArray::as_string_view).collect();
        let rows = all.project(&(0..self.needed.len()).collect::<Vec<_>>())?;
        let is_sound = is_utf8 && !has_nul && extra.iter().all(|extra| extra.null_count() == extra.len());
        if is_sound && cells.iter().any(|cells| cells.null_count() == 0) {
            return Ok(RawChunk { rows, numbers: (0..length).collect(), length, broken: Vec::new() });
        }
        let mut broken = Vec::new();
        let whole = |row: usize, broken: &mut Vec<Reject>| {
            let number = row as i64;
            if cells.iter().all(|cells| cells.is_null(row)) && too_much(row).is_none() {
                return false; // an empty line
            }
            let fault = if too_much(row).is_some() {
                Some("more fields than the header has")
            } else if !is_utf8 && cells.iter().any(|cells| cells.is_valid(row) && cells.value(row).contains('\u{fffd}'))
            {
                Some("not valid UTF-8 (is `encoding` right?)")
            } else if has_nul && cells.iter().any(|cells| cells.is_valid(row) && cells.value(row).contains('\0')) {
                Some("NUL byte in the text")
            } else {
                None
            };
            if let Some(reason) = fault {
                broken.push(Reject::row(number, too_much(row), reason));
            }
            fault.is_none()
        };
        let keep: Vec<bool> = (0..all.num_rows()).map(|row| whole(row, &mut broken)).collect();
        if keep.iter().all(|&keep| keep) {
            return Ok(RawChunk { rows, numbers: (0..length).collect(), length, broken });
        }
        let numbers = (0..length).zip(&keep).filter(|(_, keep)| **keep).map(|(number, _)| number).collect();
        let rows = arrow::compute::filter_record_batch(&rows, &BooleanArray::from(keep))?;
        Ok(RawChunk { rows, numbers, length, broken })
    }

    fn parse(&self, chunk: &[u8], is_utf8: bool) -> Result<polars::prelude::DataFrame> {
        // A few columns more than the header has: what falls into them is too much.
        let places = 0..self.columns.len() + EXTRA.len();
        let schema: Schema = places.map(|place| Field::new(place.to_string().into(), DataType::String)).collect();
        let projection: Vec<usize> =
            self.needed.iter().copied().chain(self.columns.len()..self.columns.len() + EXTRA.len()).collect();
        let syntax = CsvParseOptions::default()
            .with_separator(self.delimiter)
            .with_quote_char(self.quote)
            .with_truncate_ragged_lines(true)
            .with_encoding(if is_utf8 { CsvEncoding::Utf8 } else { CsvEncoding::LossyUtf8 });
        CsvReadOptions::default()
            .with_has_header(false)
            .with_raise_if_empty(false)
            .with_schema(Some(Arc::new(schema)))
            .with_projection(Some(Arc::new(projection)))
            .with_n_threads(Some(1))
            .with_parse_options(syntax)
            .into_reader_with_file_handle(Cursor::new(chunk))
            .finish()
            .map_err(|error| Error::user("a CSV log cannot be read").fact("found", error.to_string()))
    }
}

/// Names of the columns for what is too much; no log can have them, as names are trimmed.
const EXTRA: [&str; 3] = [" 1", " 2", " 3"];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> RawChunk {
        let columns: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        CsvReader { delimiter: b';', quote: Some(b'"'), columns, needed: vec![0, 2] }.read(text).unwrap()
    }

    fn column(chunk: &RawChunk, name: &str) -> Vec<Option<String>> {
        let column = chunk.rows.column_by_name(name).unwrap().as_string_view();
        column.iter().map(|value| value.map(str::to_owned)).collect()
    }

    #[test]
    fn only_needed_columns_and_quotes_undone() {
        let chunk = read(b"1;2;\"x;\"\"y\"\"\"\n4;5;6\r\n");
        assert_eq!(column(&chunk, "a"), [Some("1".to_owned()), Some("4".to_owned())]);
        assert_eq!(column(&chunk, "c"), [Some("x;\"y\"".to_owned()), Some("6".to_owned())]);
        assert_eq!((chunk.length, chunk.numbers), (2, vec![0, 1]));
    }

    #[test]
    fn ragged_and_empty_lines() {
        let chunk = read(b"1;2;3\n1;2\n\n1;2;3;;4\n7;8;9;;");
        assert_eq!(column(&chunk, "a"), ["1", "1", "7"].map(|a| Some(a.to_owned())));
        assert_eq!(column(&chunk, "c"), [Some("3".to_owned()), None, Some("9".to_owned())]);
        assert_eq!(chunk.numbers, [0, 1, 4]);
        assert_eq!(chunk.broken, [Reject::row(3, Some("4"), "more fields than the header has")]);
    }

    #[test]
    fn rows_that_are_not_text_are_broken_alone() {
        let chunk = read(b"1;2;caf\xe9\n4;5;6\n7;8;\0\n");
        assert_eq!(column(&chunk, "c"), [Some("6".to_owned())]);
        assert_eq!(chunk.broken.iter().map(|broken| broken.number).collect::<Vec<_>>(), [0, 2]);
    }
}
